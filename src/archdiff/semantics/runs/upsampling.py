"""Upsampling by a whole factor is upsampling to the size that comes of it.

Of one number every mode makes copies, and so does an adaptive pool to more numbers.
"""

from __future__ import annotations

from typing import Final

from archdiff.semantics.kinds import Shape, Trait, by_name
from archdiff.semantics.runs import Op, Rewritten, Rule, Run, operation


def _rewrite(run: Run) -> Rewritten | None:
    for at, op in enumerate(run):
        copies = _copies(op)
        if copies is not None:
            other = operation(by_name()["upsample"], {"size": copies, "mode": "nearest"}, op.input)
            return Rewritten((*run[:at], other, *run[at + 1 :]))
        size = _size(op)
        if size is not None:
            printed = {name: value for name, value in op.settings.printed.items() if name != "scale_factor"}
            other = operation(op.kind, {**printed, "size": size}, op.input)
            return Rewritten((*run[:at], other, *run[at + 1 :]))
    return None


def _copies(op: Op) -> Shape | None:
    """Of how many numbers it makes copies; None where more than one number comes in, or it is printed so already."""
    x, y = op.input, op.output
    if x is None or y is None or len(x) < 2 or len(x) != len(y) or set(x[1:]) != {1}:
        return None
    sizes = tuple([size for size in y[1:] if size is not None])
    if len(sizes) < len(y) - 1 or set(sizes) == {1}:
        return None
    if op.kind.name == "upsample":
        is_plain = op.settings.known("mode") == "nearest" and op.settings.known("size") == sizes
        return None if is_plain or op.settings.known("mode") not in _MODES else sizes
    adapts = op.kind.name.startswith("adaptive") and (op.has(Trait.AVERAGES) or op.has(Trait.PICKS_MAX))
    return sizes if adapts and op.kind.dims == len(x) - 1 else None


_MODES: Final = ("nearest", "nearest-exact", "linear", "bilinear", "trilinear")


def _size(op: Op) -> Shape | None:
    x, y = op.input_shape, op.output_shape
    if op.kind.name != "upsample" or x is None or y is None or op.settings.known("scale_factor") is None:
        return None
    factors = op.settings.known("scale_factor")
    parts = factors if isinstance(factors, tuple) else (factors,) * (len(x) - 1)
    whole = all(isinstance(f, (int, float)) and a * f == b for a, b, f in zip(x[1:], y[1:], parts, strict=False))
    return y[1:] if whole else None


RULE = Rule(name="upsampling", because="the factor gives this size", rewrite=_rewrite)
