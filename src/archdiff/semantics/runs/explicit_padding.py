"""The padding of a convolution is a padding layer before it; two paddings by one constant are one.

padding_mode says which layer: zeros, reflect, replicate, circular. padding="same" is numbers where the stride is 1, or
where the size of the input is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from archdiff.model.network import UNKNOWN, Value
from archdiff.semantics.kinds import NotKnown, Settings, Shape, by_name
from archdiff.semantics.runs import Op, Rewritten, Rule, Run, operation

_LAYERS: Final = {"zeros": "constant", "reflect": "reflection", "replicate": "replication", "circular": "circular"}


def _rewrite(run: Run) -> Rewritten | None:
    for at, op in enumerate(run):
        parts = _parts(op) or (_one(run[at - 1], op) if at else ())
        if parts:
            start = at if len(parts) == 2 else at - 1
            return Rewritten((*run[:start], *parts, *run[at + 1 :]))
    return None


def _parts(op: Op) -> tuple[Op, ...]:
    """A padding layer and the convolution without padding; none where the convolution pads nothing."""
    if op.kind.name not in ("conv_1d", "conv_2d", "conv_3d"):
        return ()
    dims = op.kind.dims or 0
    sides = _sides(op, dims)
    layer = _LAYERS.get(str(op.settings.known("padding_mode")))
    if layer is None or sides is None or not any(map(any, sides)):
        return ()
    padding = tuple([number for side in reversed(sides) for number in side])
    value: dict[str, Value] = {"value": 0.0} if layer == "constant" else {}
    pad = operation(by_name()[f"{layer}_pad_{dims}d"], {"padding": padding, **value}, op.input)
    printed = {name: each for name, each in op.settings.printed.items() if name not in ("padding", "padding_mode")}
    return pad, operation(op.kind, {**printed, "padding": (0,) * dims}, pad.output, op.layer)


def _sides(op: Op, dims: int) -> Sequence[tuple[int, int]] | None:
    """Before and behind, for each spatial dimension."""
    value = op.settings.known("padding")
    if value == "valid" or value is UNKNOWN:
        return None
    try:
        if value != "same":
            return [(number, number) for number in op.settings.ints("padding", dims)]
        totals = _totals(op.settings, op.input_shape, dims)
    except NotKnown:
        return None
    return None if totals is None else [(total // 2, total - total // 2) for total in totals]


def _totals(settings: Settings, x: Shape | None, dims: int) -> list[int] | None:
    """What "same" pads in all; with a stride as little as gives every stride one output, as TensorFlow does."""
    kernel, stride, dilation = (settings.ints(name, dims) for name in ("kernel_size", "stride", "dilation"))
    reach = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
    if set(stride) == {1}:
        return reach
    if x is None or len(x) != dims + 1 or min(stride) < 1:
        return None
    sizes = zip(x[1:], stride, reach, strict=True)
    return [max((-(-size // step) - 1) * step + each + 1 - size, 0) for size, step, each in sizes]


def _one(first: Op, second: Op) -> tuple[Op, ...]:
    """Two paddings by one constant."""
    if not (first.kind is second.kind and first.kind.name.startswith("constant_pad")):
        return ()
    dims = first.kind.dims or 0
    value = first.settings.known("value")
    sizes = [op.settings.ints("padding", 2 * dims) for op in (first, second)]
    if value is UNKNOWN or value != second.settings.known("value") or min(map(min, sizes)) < 0:
        return ()
    total = tuple([a + b for a, b in zip(*sizes, strict=True)])
    return (operation(first.kind, {"padding": total, "value": value}, first.input),)


RULE = Rule(
    name="explicit_padding",
    because="the padding of a convolution is a padding layer before it",
    rewrite=_rewrite,
)
