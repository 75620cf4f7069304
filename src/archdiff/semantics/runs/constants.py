"""A softmax over one number gives 1, whatever comes in, and its logarithm 0: what runs before it decides nothing."""

from __future__ import annotations

from typing import Final

from archdiff.model.network import Value
from archdiff.semantics.kinds import Kind, Misfit, NotKnown, Settings, axis
from archdiff.semantics.runs import Op, Rewritten, Rule, Run

_GIVES: Final = {"softmax": 1.0, "softmin": 1.0, "log_softmax": 0.0}


_CONSTANT: Final = Kind(name="constant", classes={}, shape=None)


def _rewrite(run: Run) -> Rewritten | None:
    for at in reversed(range(len(run))):
        op = run[at]
        if _is_over_one(op):
            printed: dict[str, Value] = {"value": _GIVES[op.kind.name], "shape": op.input}
            return Rewritten((Op(_CONSTANT, Settings(_CONSTANT, printed)), *run[at + 1 :]))
    return None


def _is_over_one(op: Op) -> bool:
    dim, x = op.settings.known("dim"), op.input
    if op.kind.name not in _GIVES or x is None or not isinstance(dim, int):
        return False
    try:
        return x[axis(dim, (1,) * len(x), "dim")] == 1
    except (Misfit, NotKnown):
        return False


RULE = Rule(name="constants", because="a softmax over one number gives a constant", rewrite=_rewrite)
