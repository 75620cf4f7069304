"""A function of each number alone runs before what only moves or copies numbers, or picks the largest.

ReLU and Upsample(mode='nearest'), Tanh and Flatten, Sigmoid and MaxPool2d. Of those that pick the largest number it
must never decrease. A padding by a constant is then one by what the function makes of it: ReLU(0) is 0, Sigmoid(0) is
0.5. A dropout that zeroes passes on a function that is proportional to what comes in. A softmax over the samples is no
different, nor is one over channels that are copied together, or whatever else mixes only the channels of one place.
"""

from __future__ import annotations

from typing import Final

from archdiff.semantics.kinds import NotKnown, Trait
from archdiff.semantics.runs import Op, Rewritten, RunRule, operation, stepwise


def _rewrite(before: Op, op: Op) -> Rewritten | None:
    behind = before if _passes(op, before) else _padded(op, before)
    return Rewritten((op, behind)) if behind is not None else None


def _padded(op: Op, pad: Op) -> Op | None:
    """The padding behind a function that stood before it: by what the function makes of its constant."""
    value = pad.settings.known("value") if pad.kind.name.startswith("constant_pad") else None
    if not isinstance(value, (int, float)) or op.kind.function is None or op.kind.name in _LEARNED:
        return None
    try:
        constant = op.kind.function(op.settings, 0.0)(float(value))
    except (NotKnown, ArithmeticError):
        return None
    return operation(pad.kind, {**pad.settings.printed, "value": float(f"{constant:.12g}") + 0.0}, op.output)


_LEARNED: Final = ("prelu", "rrelu")


def _passes(op: Op, before: Op) -> bool:
    if op.kind.name in _OVER_CHANNELS:
        return _competes_elsewhere(op, before)
    if before.kind.function is not None or op.kind.function is None:
        return op.kind.name == "dropout" and before.has(Trait.RESHAPES) and not before.has(Trait.IDENTITY)
    if op.kind.name == "prelu" and op.settings.known("num_parameters") != 1:  # one function a channel
        copies = before.has(Trait.COPIES) and before.kind.name != "unfold"
        return copies or _keeps_constant(op, before) or _merges_places(before)
    if before.has(Trait.DROPS):
        return before.kind.name.startswith("dropout") and op.has(Trait.HOMOGENEOUS)
    if before.has(Trait.COPIES) or before.has(Trait.RESHAPES):
        return op.kind.name != "rrelu"
    if before.has(Trait.PICKS_MAX):
        return op.has(Trait.MONOTONE)
    return op.kind.name == "prelu" and _keeps_constant(op, before)


#: work along one dimension, which may be that of the channels
_OVER_CHANNELS: Final = (
    *("softmax", "log_softmax", "softmin", "softmax_2d", "glu"),
    *("local_response_norm", "cross_map_lrn_2d"),
)


def _competes_elsewhere(op: Op, before: Op) -> bool:
    """Whether the numbers of a softmax compete over samples, which nothing moves, or over the channels of one place.

    Those are copied or moved together.
    """
    dim = op.settings.known("dim") if op.kind.field("dim") else 1
    moves = before.has(Trait.RESHAPES) or before.has(Trait.COPIES)
    if dim == 0:
        return moves and not before.has(Trait.IDENTITY)
    over_channels = dim == 1 or (before.kind.dims is not None and dim == -before.kind.dims - 1)
    copies = before.has(Trait.COPIES) and before.kind.name != "unfold"
    return over_channels and (copies or (dim == 1 and op.kind.field("dim") is not None and _merges_places(before)))


def _merges_places(op: Op) -> bool:
    """Whether it changes the number of dimensions behind the channels alone."""
    if op.kind.name == "flatten":
        first, last = op.settings.known("start_dim"), op.settings.known("end_dim")
        return isinstance(first, int) and first > 1 and isinstance(last, int)
    dim = op.settings.known("dim") if op.kind.name == "unflatten" else None
    return isinstance(dim, int) and dim > 1


def _keeps_constant(op: Op, pad: Op) -> bool:
    """Whether the number that a padding puts there stays what it is."""
    value = pad.settings.known("value") if pad.kind.name.startswith("constant_pad") else None
    if not isinstance(value, (int, float)) or op.kind.function is None:
        return False
    try:
        return all(op.kind.function(op.settings, drawn)(float(value)) == value for drawn in (-0.7, 0.4))
    except (NotKnown, ArithmeticError):
        return False


RULE = RunRule(
    name="elementwise_first",
    because="a function of each number alone passes what only moves, copies or ranks numbers",
    rewrite=stepwise((2, _rewrite)),
)
