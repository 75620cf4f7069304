"""Of several changes of shape one behind the other only the last shape counts: Unflatten and then Flatten is Flatten.

Flatten and Unflatten keep all numbers in their order; shuffles do not. Where shapes are not known, a Flatten of all
dimensions makes whatever was done to the shape before it undone.
"""

from __future__ import annotations

from typing import Final

from archdiff.semantics.kinds import by_name
from archdiff.semantics.runs import PART, Op, Rewritten, Rule, Run, operation

_KEEP_ORDER: Final = ("flatten", "unflatten")


def _rewrite(run: Run) -> Rewritten | None:
    for at, op in enumerate(run):
        before = run[at - 1] if at else None
        if op.kind.name in _KEEP_ORDER and before and before.kind.name in _KEEP_ORDER:
            one = _one(before, op)
            if one is not None:
                return Rewritten((*run[: at - 1], *one, *run[at + 1 :]))
        if op.kind.name in _KEEP_ORDER and op.output is not None and len(op.output) == 1 and not _flattens_all(op):
            return Rewritten((*run[:at], _flatten(op), *run[at + 1 :]))
    return None


def _one(first: Op, second: Op) -> Run | None:
    if _flattens_all(second) or (second.output is not None and len(second.output) == 1):
        return (_flatten(first),)
    if first.input_shape is None or second.output_shape is None:
        return None
    if first.input_shape == second.output_shape:
        return ()
    size = second.output_shape
    flat = _flatten(first)
    if _flattens_all(first):
        return None if second.settings.known("unflattened_size") == size else (flat, _unflatten(flat, size))
    return flat, _unflatten(flat, size)


def _flattens_all(op: Op) -> bool:
    return op.kind.name == "flatten" and (op.settings.known("start_dim"), op.settings.known("end_dim")) == (1, -1)


def _flatten(first: Op) -> Op:
    return operation(by_name()["flatten"], {"start_dim": 1, "end_dim": -1}, first.input, PART)


def _unflatten(flat: Op, size: tuple[int, ...]) -> Op:
    return operation(by_name()["unflatten"], {"dim": 1, "unflattened_size": size}, flat.output, PART)


RULE = Rule(name="reshapes", because="of several changes of shape only the last shape counts", rewrite=_rewrite)
