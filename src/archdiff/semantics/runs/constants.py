"""What gives the same whatever comes in: a softmax over one number gives 1, a norm of one number its bias.

The logarithm of such a softmax is 0.

What runs before it decides nothing but the shape, as far as no statistics are kept of what comes in on the way.
"""

from __future__ import annotations

from math import prod
from typing import Final

from archdiff.model.effects import Effect
from archdiff.model.network import Value
from archdiff.semantics.kinds import Field, Kind, Misfit, NotKnown, Settings, Trait, axis
from archdiff.semantics.runs import Op, Ops, Rewritten, RunRule, sizes_behind
from archdiff.semantics.runs._shapes import whole

_GIVES: Final = {"softmax": 1.0, "softmax_2d": 1.0, "softmin": 1.0, "log_softmax": 0.0}
#: give no positive number, and what runs behind them may leave nothing else
_NEGATIVE: Final = ("log_softmax", "log_sigmoid")
_EPS: Final = 1e-5
_CONSTANT: Final = Kind(
    name="constant",
    classes={},
    fields=(Field("value"), Field("shape"), Field("sizes", None, Effect.COSMETIC)),
    shape=None,
)


def _rewrite(ops: Ops) -> Rewritten | None:
    kept = next((at + 1 for at in reversed(range(len(ops))) if keeps_statistics(ops[at])), 0)
    for at in reversed(range(kept, len(ops))):
        op = ops[at]
        if op.kind.name in _GIVES and competitors(op) == 1:
            return Rewritten((*ops[:kept], _constant(_GIVES[op.kind.name], ops[kept:at], op), *ops[at + 1 :]))
        if _normalizes_one(op) and not (at == kept + 1 and _is_zero(ops[kept]) and op.settings.known("eps") == _EPS):
            norm = Op(op.kind, Settings(op.kind, {**op.settings.printed, "eps": _EPS}), op.input, op.output, op.layer)
            return Rewritten((*ops[:kept], _constant(0.0, ops[kept:at], op), norm, *ops[at + 1 :]))
    return None


def keeps_statistics(op: Op) -> bool:
    """Whether it keeps statistics of what comes in, and is in both networks, so that these can be compared."""
    return op.has(Trait.CHANNEL_SCALE) and op.layer is not None


def _constant(value: float, before: Ops, op: Op) -> Op:
    printed: dict[str, Value] = {"value": value, "shape": repr(sizes_behind(before)), "sizes": op.input}
    return Op(_CONSTANT, Settings(_CONSTANT, printed), None, op.input)


def _is_zero(op: Op) -> bool:
    return op.kind is _CONSTANT and op.settings.known("value") == 0


def _normalizes_one(op: Op) -> bool:
    """Whether every number is a group of its own."""
    if op.kind.name == "layer_norm":
        return _is_over_one(op.settings)
    if op.kind.name != "group_norm" or not op.input:
        return False
    groups, rest = op.settings.known("num_groups"), whole(op.input[1:])
    return isinstance(groups, int) and groups == op.input[0] and rest is not None and prod(rest) == 1


def _is_over_one(norm: Settings) -> bool:
    shape = norm.known("normalized_shape")
    return isinstance(shape, tuple) and set(shape) == {1}


def may_forget(kind: Kind, settings: Settings) -> bool:
    """Whether a layer, alone or with what runs right behind it, may give the same whatever comes in."""
    if kind.name == "layer_norm":
        return _is_over_one(settings)
    if kind.name == "group_norm":
        return settings.known("num_groups") == settings.known("num_channels")
    return kind.name in _NEGATIVE or kind.name in _GIVES


def competitors(op: Op) -> int | None:
    """Over how many numbers a softmax works; None where that is not known."""
    dim, x = -3 if op.kind.name == "softmax_2d" else op.settings.known("dim"), op.input
    if x is None or not isinstance(dim, int):
        return None
    try:
        return x[axis(dim, (1,) * len(x), "dim")]
    except (Misfit, NotKnown):
        return None


RULE = RunRule(name="constants", because="a softmax or a norm of one number gives a constant", rewrite=_rewrite)
