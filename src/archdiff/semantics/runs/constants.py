"""A softmax over one number gives 1, whatever comes in, and its logarithm 0; a LayerNorm of one number gives its bias.
What runs before them decides nothing."""

from __future__ import annotations

from typing import Final

from archdiff.model.network import Value
from archdiff.semantics.kinds import Kind, Misfit, NotKnown, Settings, Trait, axis
from archdiff.semantics.runs import Op, Rewritten, Rule, Run

_GIVES: Final = {"softmax": 1.0, "softmin": 1.0, "log_softmax": 0.0}
_CONSTANT: Final = Kind(name="constant", classes={}, shape=None)


def _rewrite(run: Run) -> Rewritten | None:
    if any(op.has(Trait.CHANNEL_SCALE) for op in run):  # the statistics that it keeps follow what comes in
        return None
    for at in reversed(range(len(run))):
        op = run[at]
        if _normalizes_one(op) and op.input_shape and at and run[:at] != (zeros := _constant(0.0, op),):
            return Rewritten((zeros, *run[at:]))
        if _is_over_one(op):
            return Rewritten((_constant(_GIVES[op.kind.name], op), *run[at + 1 :]))
    return None


def _constant(value: float, op: Op) -> Op:
    printed: dict[str, Value] = {"value": value, "shape": op.input}
    return Op(_CONSTANT, Settings(_CONSTANT, printed), op.input, op.input)


def _normalizes_one(op: Op) -> bool:
    shape = op.settings.known("normalized_shape")
    return op.kind.name == "layer_norm" and isinstance(shape, tuple) and set(shape) == {1}


def _is_over_one(op: Op) -> bool:
    dim, x = op.settings.known("dim"), op.input
    if op.kind.name not in _GIVES or x is None or not isinstance(dim, int):
        return False
    try:
        return x[axis(dim, (1,) * len(x), "dim")] == 1
    except (Misfit, NotKnown):
        return False


RULE = Rule(name="constants", because="a softmax or a LayerNorm of one number gives a constant", rewrite=_rewrite)
