"""Commands that most runs do not ask for: one file each, exporting `COMMAND`, made when it is asked for.

`compare`, `show` and what else is quick stands in `cli.py`, which finds these by their names.
"""
