"""Commands that most runs do not need: one file each, exporting `COMMAND`, which is loaded where it is called.

`compare` and `show` stand in `main.py`.
"""
