"""Pools by the windows that they really have: an adaptive pool whose windows lie evenly is a plain one.

Where a window is placed once, its stride decides nothing; a window of one number has no dilation; ceil_mode decides
nothing where no window is cut off.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from archdiff.model.network import UNKNOWN, Value
from archdiff.semantics.kinds import Kind, NotKnown, Shape, by_name
from archdiff.semantics.kinds._windows import positions
from archdiff.semantics.runs import Op, Rewritten, RunRule, operation, stepwise

_CONVOLUTIONS: Final = ("conv_1d", "conv_2d", "conv_3d")
_POOLS: Final = ("avg_pool", "max_pool", "adaptive_")


def _rewrite(op: Op) -> Rewritten | None:
    other = None
    if op.kind.name in _CONVOLUTIONS:
        dilation = _without_holes(*(op.settings.ints(name) for name in ("kernel_size", "dilation")))
        if dilation != op.settings.known("dilation"):
            other = operation(op.kind, {**op.settings.printed, "dilation": dilation}, op.input, op.layer)
    elif op.kind.name.startswith(_POOLS):
        other = _plain(op)
    return None if other is None or dict(other.settings.printed) == dict(op.settings.printed) else Rewritten((other,))


def _without_holes(kernel: Shape, dilation: Shape) -> Shape:
    """The dilation, along a side of one number 1."""
    return tuple([1 if k == 1 else d for k, d in zip(kernel, dilation, strict=True)])


def _plain(op: Op) -> Op | None:
    """The pool with windows; None where it is one, or where not all of its windows are known."""
    x, y, dims = op.input_shape, op.output_shape, op.kind.dims
    if x is None or y is None or dims is None or len(x) <= dims:
        return None
    kind, sizes, outputs = op.kind, x[-dims:], y[-dims:]
    if op.kind.name.startswith("adaptive"):
        kind = by_name()[op.kind.name.removeprefix("adaptive_")]
        found = [_evenly(size, count) for size, count in zip(sizes, outputs, strict=True)]
        if None in found:
            return None
        kernel, stride = zip(*[each for each in found if each is not None], strict=True)
        return operation(kind, _settings(kind, kernel, stride, (0,) * dims, (1,) * dims), x)
    try:
        kernel, stride, padding = (op.settings.ints(name) for name in ("kernel_size", "stride", "padding"))
        dilation = op.settings.ints("dilation") if kind.field("dilation") else (1,) * dims
    except NotKnown:
        return None
    if op.settings.known("divisor_override") not in (None, UNKNOWN) or op.settings.known("return_indices") is True:
        return None
    placed = [_placed(sizes, kernel, stride, padding, dilation, ceil) for ceil in (False, True)]
    if placed[0] != outputs or (op.settings.known("ceil_mode") is UNKNOWN and placed[0] != placed[1]):
        return None
    stride = tuple([size if count == 1 else s for size, s, count in zip(sizes, stride, outputs, strict=True)])
    return operation(kind, _settings(kind, kernel, stride, padding, _without_holes(kernel, dilation)), x)


def _evenly(size: int, count: int) -> tuple[int, int] | None:
    """How wide the windows of an adaptive pool are and how far apart; None where not all are the same."""
    places = [(at * size // count, -(-(at + 1) * size // count)) for at in range(count)]
    widths = {end - start for start, end in places}
    steps = {second[0] - first[0] for first, second in pairwise(places)} or {size}
    return (widths.pop(), steps.pop()) if len(widths) == len(steps) == 1 and 0 not in steps else None


def _placed(sizes: Shape, kernel: Shape, stride: Shape, padding: Shape, dilation: Shape, ceil: bool) -> Shape:
    """How many windows there are, with or without those that hang over the end."""
    each = zip(sizes, kernel, stride, padding, dilation, strict=True)
    return tuple([positions(size, k, s, p, d, ceil) for size, k, s, p, d in each])


def _settings(kind: Kind, kernel: Shape, stride: Shape, padding: Shape, dilation: Shape) -> dict[str, Value]:
    holes: dict[str, Value] = {"dilation": dilation} if kind.field("dilation") else {}
    return {"kernel_size": kernel, "stride": stride, "padding": padding, "ceil_mode": False, **holes}


RULE = RunRule(name="windows", because="their windows are the same here", rewrite=stepwise((1, _rewrite)))
