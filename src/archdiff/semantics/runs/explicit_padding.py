"""The padding of a convolution is a padding layer before it, and so is that of an average pool that counts zeros.

Two paddings by one constant, or by the repeated edge, are one, and what is cut off again was not there.

padding_mode says which layer: zeros, reflect, replicate, circular. padding="same" is numbers where the stride is 1, or
where the size of the input is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from archdiff.model.message import message
from archdiff.model.network import UNKNOWN, Value
from archdiff.semantics.kinds import NotKnown, Settings, Shape, by_name
from archdiff.semantics.runs import Op, Rewritten, Rule, Run, operation

_LAYERS: Final = {"zeros": "constant", "reflect": "reflection", "replicate": "replication", "circular": "circular"}


def _rewrite(run: Run) -> Rewritten | None:
    open_: Rewritten | None = None
    for at, op in enumerate(run):
        plain = _plain(op)
        if plain is not None:
            return Rewritten((*run[:at], plain, *run[at + 1 :]))
        parts = _parts(op) or (_one(run[at - 1], op) if at else ())
        if parts:
            start = at if len(parts) == 2 else at - 1
            return Rewritten((*run[:start], *parts, *run[at + 1 :]))
        mean = _mean(op)
        if mean and open_ is None:
            open_ = Rewritten(
                (*run[:at], *mean, *run[at + 1 :]), message("zeros-count", name=op.kind.constructor.rpartition(".")[2])
            )
    return open_


def _plain(op: Op) -> Op | None:
    """A padding by a constant in the fewest dimensions, and by 0 where it only cuts off; None where it is that."""
    if not op.kind.name.startswith("constant_pad"):
        return None
    dims = op.kind.dims or 0
    padding = op.settings.ints("padding", 2 * dims)
    while dims > 1 and not any(padding[-2:]):
        padding, dims = padding[:-2], dims - 1
    value = op.settings.known("value")
    value = 0.0 if max(padding) <= 0 else value
    if dims == op.kind.dims and value == op.settings.known("value"):
        return None
    return operation(by_name()[f"constant_pad_{dims}d"], {"padding": padding, "value": value}, op.input)


def _mean(op: Op) -> tuple[Op, ...]:
    """A padding by zeros and an average pool without padding, if it counts them."""
    if not op.kind.name.startswith("avg_pool"):
        return ()
    dims = op.kind.dims or 0
    sides = op.settings.ints("padding", dims)
    if not any(sides):
        return ()
    padding = tuple([number for side in reversed(sides) for number in (side, side)])
    pad = operation(by_name()[f"constant_pad_{dims}d"], {"padding": padding, "value": 0.0}, op.input)
    return pad, operation(op.kind, {**op.settings.printed, "padding": (0,) * dims}, pad.output)


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
    """Two paddings by one constant, or by the repeated edge; what was cut off does not come back."""
    both = (first, second)
    if all(op.kind.name.startswith("constant_pad") for op in both):
        return _one_constant(first, second)
    if first.kind is not second.kind or not first.kind.name.startswith("replication_pad"):
        return ()
    sizes = [op.settings.ints("padding", 2 * (op.kind.dims or 0)) for op in both]
    if min(map(min, sizes)) < 0:
        return ()
    return (operation(first.kind, {"padding": _sum(*sizes)}, first.input),)


def _one_constant(first: Op, second: Op) -> tuple[Op, ...]:
    dims = max(first.kind.dims or 0, second.kind.dims or 0)
    sizes = [_of_dims(op, dims) for op in (first, second)]
    values = [op.settings.known("value") for op, size in zip((first, second), sizes, strict=True) if max(size) > 0]
    if UNKNOWN in values or len(set(values)) > 1 or any(a < 0 < b for a, b in zip(*sizes, strict=True)):
        return ()
    printed: dict[str, Value] = {"padding": _sum(*sizes), "value": values[0] if values else 0.0}
    return (operation(by_name()[f"constant_pad_{dims}d"], printed, first.input),)


def _of_dims(op: Op, dims: int) -> Shape:
    padding = op.settings.ints("padding", 2 * (op.kind.dims or 0))
    return (*padding, *(0,) * (2 * dims - len(padding)))


def _sum(first: Shape, second: Shape) -> Shape:
    return tuple([a + b for a, b in zip(first, second, strict=True)])


RULE = Rule(
    name="explicit_padding",
    because="padding is the same inside a layer, before it, and in several steps",
    rewrite=_rewrite,
)
