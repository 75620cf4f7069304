"""The padding of a convolution is a padding layer before it, and so is that of an average pool that counts zeros.

Two paddings by one constant, or by the repeated edge, are one, and what is cut off again was not there.

padding_mode says which layer: zeros, reflect, replicate, circular. padding="same" is numbers where the stride is 1, or
where the size of the input is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from archdiff.model.message import Message, message
from archdiff.model.network import UNKNOWN, Value
from archdiff.semantics.kinds import NotKnown, Settings, Shape, by_name
from archdiff.semantics.runs import Op, Rewritten, RunRule, operation, stepwise

_LAYERS: Final = {"zeros": "constant", "reflect": "reflection", "replicate": "replication", "circular": "circular"}


def _plain(op: Op) -> Rewritten | None:
    """A padding by a constant in the fewest dimensions, and by 0 where it only cuts off; None where it is that."""
    if not op.kind.name.startswith("constant_pad"):
        return None
    dims = op.kind.spatial
    padding = op.settings.ints("padding", 2 * dims)
    while dims > 1 and not any(padding[-2:]):
        padding, dims = padding[:-2], dims - 1
    value = op.settings.known("value")
    value = 0.0 if max(padding) <= 0 else value
    if dims == op.kind.dims and value == op.settings.known("value"):
        return None
    return Rewritten((operation(by_name()[f"constant_pad_{dims}d"], {"padding": padding, "value": value}, op.input),))


def _mean(op: Op) -> Rewritten | None:
    """A padding by zeros and an average pool without padding, if it counts them."""
    if not op.kind.name.startswith("avg_pool"):
        return None
    needs = message("zeros-count", name=op.kind.constructor.rpartition(".")[2])
    return _apart(
        op._replace(layer=None), "constant", [(number, number) for number in op.settings.ints("padding")], needs
    )


def _parts(op: Op) -> Rewritten | None:
    """A padding layer and the convolution without padding; None where the convolution pads nothing."""
    if op.kind.name not in ("conv_1d", "conv_2d", "conv_3d"):
        return None
    ends = _ends(op)
    layer = _LAYERS.get(str(op.settings.known("padding_mode")))
    return None if layer is None or ends is None else _apart(op, layer, ends)


def _apart(op: Op, layer: str, ends: Sequence[tuple[int, int]], needs: Message | None = None) -> Rewritten | None:
    """What an operation pads before and behind, in each dimension, as a layer before it; None where that is nothing."""
    if not any(map(any, ends)):
        return None
    value: dict[str, Value] = {"value": 0.0} if layer == "constant" else {}
    padding = tuple([number for end in reversed(ends) for number in end])
    pad = operation(by_name()[f"{layer}_pad_{len(ends)}d"], {"padding": padding, **value}, op.input)
    printed = {name: each for name, each in op.settings.printed.items() if name not in ("padding", "padding_mode")}
    rest = operation(op.kind, {**printed, "padding": (0,) * len(ends)}, pad.output, op.layer)
    return Rewritten((pad, rest), needs)


def _ends(op: Op) -> Sequence[tuple[int, int]] | None:
    """Before and behind, for each spatial dimension."""
    value = op.settings.known("padding")
    if value == "valid" or value is UNKNOWN:
        return None
    try:
        if value != "same":
            return [(number, number) for number in op.settings.ints("padding")]
        totals = _totals(op.settings, op.input_shape)
    except NotKnown:
        return None
    return None if totals is None else [(total // 2, total - total // 2) for total in totals]


def _totals(settings: Settings, x: Shape | None) -> list[int] | None:
    """What "same" pads in all; with a stride as little as gives every stride one output, as TensorFlow does."""
    kernel, stride, dilation = (settings.ints(name) for name in ("kernel_size", "stride", "dilation"))
    reach = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
    if set(stride) == {1}:
        return reach
    if x is None or len(x) != len(kernel) + 1 or min(stride) < 1:
        return None
    sizes = zip(x[1:], stride, reach, strict=True)
    return [max((-(-size // step) - 1) * step + each + 1 - size, 0) for size, step, each in sizes]


def _one(first: Op, second: Op) -> Rewritten | None:
    """Two paddings by one constant, or by the repeated edge; what was cut off does not come back."""
    both = (first, second)
    if all(op.kind.name.startswith("constant_pad") for op in both):
        return _one_constant(first, second)
    if first.kind is not second.kind or not first.kind.name.startswith("replication_pad"):
        return None
    sizes = [op.settings.ints("padding", 2 * op.kind.spatial) for op in both]
    if min(map(min, sizes)) < 0:
        return None
    return Rewritten((operation(first.kind, {"padding": _sum(*sizes)}, first.input),))


def _one_constant(first: Op, second: Op) -> Rewritten | None:
    dims = max(first.kind.spatial, second.kind.spatial)
    sizes = [_of_dims(op, dims) for op in (first, second)]
    values = [op.settings.known("value") for op, size in zip((first, second), sizes, strict=True) if max(size) > 0]
    if UNKNOWN in values or len(set(values)) > 1 or any(a < 0 < b for a, b in zip(*sizes, strict=True)):
        return None
    printed: dict[str, Value] = {"padding": _sum(*sizes), "value": values[0] if values else 0.0}
    return Rewritten((operation(by_name()[f"constant_pad_{dims}d"], printed, first.input),))


def _of_dims(op: Op, dims: int) -> Shape:
    padding = op.settings.ints("padding", 2 * op.kind.spatial)
    return (*padding, *(0,) * (2 * dims - len(padding)))


def _sum(first: Shape, second: Shape) -> Shape:
    return tuple([a + b for a, b in zip(first, second, strict=True)])


RULE = RunRule(
    name="explicit_padding",
    because="padding is the same inside a layer, before it, and in several steps",
    rewrite=stepwise((1, _plain), (1, _parts), (2, _one), (1, _mean)),
)
