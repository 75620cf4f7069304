"""Upsampling by a whole factor is upsampling to the size that comes of it."""

from __future__ import annotations

from archdiff.semantics.kinds import Shape
from archdiff.semantics.runs import Op, Rewritten, Rule, Run, operation


def _rewrite(run: Run) -> Rewritten | None:
    for at, op in enumerate(run):
        size = _size(op)
        if size is not None:
            printed = {name: value for name, value in op.settings.printed.items() if name != "scale_factor"}
            other = operation(op.kind, {**printed, "size": size}, op.input)
            return Rewritten((*run[:at], other, *run[at + 1 :]))
    return None


def _size(op: Op) -> Shape | None:
    x, y = op.input_shape, op.output_shape
    if op.kind.name != "upsample" or x is None or y is None or op.settings.known("scale_factor") is None:
        return None
    factors = op.settings.known("scale_factor")
    parts = factors if isinstance(factors, tuple) else (factors,) * (len(x) - 1)
    whole = all(isinstance(f, (int, float)) and a * f == b for a, b, f in zip(x[1:], y[1:], parts, strict=False))
    return y[1:] if whole else None


RULE = Rule(name="upsampling", because="the factor gives this size", rewrite=_rewrite)
