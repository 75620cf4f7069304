"""Of several changes of shape one behind the other only the last shape counts: Unflatten and then Flatten is Flatten.

Flatten and Unflatten keep all numbers in their order; shuffles do not. Where shapes are not known, a Flatten of all
dimensions makes whatever was done to the shape before it undone.
"""

from __future__ import annotations

from typing import Final

from archdiff.semantics.kinds import by_name
from archdiff.semantics.runs import PART, Op, Rewritten, RunRule, operation, stepwise

#: the setting that names the first dimension that becomes another one
_DIMENSIONS: Final = {"flatten": "start_dim", "unflatten": "dim"}


def _one(first: Op, second: Op) -> Rewritten | None:
    if not (_keeps_order(first) and _keeps_order(second)):
        return None
    flat = _flatten(first)
    if _flattens_all(second) or _gives_one_dimension(second):
        return Rewritten((flat,))
    size = second.output_shape
    if first.input_shape is None or size is None:
        return None
    if first.input_shape == size:
        return Rewritten(())
    if _flattens_all(first) and second.settings.known("unflattened_size") == size:
        return None
    return Rewritten((flat, _unflatten(flat, size)))


def _plain(op: Op) -> Rewritten | None:
    is_other = _keeps_order(op) and _gives_one_dimension(op) and not _flattens_all(op)
    return Rewritten((_flatten(op),)) if is_other else None


def _keeps_order(op: Op) -> bool:
    """Whether all numbers of a sample stay in their order, and none goes into another sample: Flatten(0) does that."""
    if op.kind.name not in _DIMENSIONS:
        return False
    dim = op.settings.known(_DIMENSIONS[op.kind.name])
    rank = len(op.input) + 1 if op.input is not None else None
    return isinstance(dim, int) and (dim > 0 or (dim < 0 and rank is not None and dim + rank > 0))


def _gives_one_dimension(op: Op) -> bool:
    return op.output is not None and len(op.output) == 1


def _flattens_all(op: Op) -> bool:
    return op.kind.name == "flatten" and (op.settings.known("start_dim"), op.settings.known("end_dim")) == (1, -1)


def _flatten(first: Op) -> Op:
    return operation(by_name()["flatten"], {"start_dim": 1, "end_dim": -1}, first.input, PART)


def _unflatten(flat: Op, size: tuple[int, ...]) -> Op:
    return operation(by_name()["unflatten"], {"dim": 1, "unflattened_size": size}, flat.output, PART)


RULE = RunRule(
    name="reshapes",
    because="of several changes of shape only the last shape counts",
    rewrite=stepwise((2, _one), (1, _plain)),
)
