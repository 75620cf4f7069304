"""Printed networks as modules of torch that run, and as the Python text that makes them.

`binding` says how to construct a printed layer and `source` writes it down, both without torch; `build` does it.
"""
