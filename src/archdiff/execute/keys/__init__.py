"""A checkpoint of one network under the keys of another: what becomes of each tensor, along a comparison's pairs.

    stored (from a print) or live (from a module) -> match (with projections) -> KeyMap -> apply, verify

`keymap` holds the values. Only `live`, `apply` and `verify` load torch. Must not print.
"""
