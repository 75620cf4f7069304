"""A function of each number alone runs before what only moves or copies numbers, or picks the largest.

ReLU and Upsample(mode='nearest'), Tanh and Flatten, Sigmoid and MaxPool2d; ReLU and ZeroPad2d, since ReLU(0) is 0. Of
those that pick the largest number it must never decrease. A dropout that zeroes passes on a function that is
proportional to what comes in. A softmax over the samples is no different, nor is one over channels that are copied
together.
"""

from __future__ import annotations

from typing import Final

from archdiff.semantics.kinds import NotKnown, Trait
from archdiff.semantics.runs import Op, Rewritten, Rule, Run


def _rewrite(run: Run) -> Rewritten | None:
    for at in range(1, len(run)):
        if _passes(run[at], run[at - 1]):
            return Rewritten((*run[: at - 1], run[at], run[at - 1], *run[at + 1 :]))
    return None


def _passes(op: Op, before: Op) -> bool:
    if op.kind.name in _SOFTMAXES:
        return _competes_elsewhere(op, before)
    if before.kind.function is not None or op.kind.function is None:
        return _drops_each(op) and before.has(Trait.RESHAPES) and not before.has(Trait.IDENTITY)
    if op.kind.name == "prelu" and op.settings.known("num_parameters") != 1:  # one function a channel
        return before.has(Trait.COPIES) and before.kind.name != "unfold"
    if before.has(Trait.DROPS):
        return before.kind.name.startswith("dropout") and op.has(Trait.HOMOGENEOUS)
    if before.has(Trait.COPIES) or before.has(Trait.RESHAPES):
        return op.kind.name != "rrelu"
    if before.has(Trait.PICKS_MAX):
        return op.has(Trait.MONOTONE)
    return (
        op.kind.name != "rrelu"
        and before.kind.name.startswith("constant_pad")
        and _keeps(op, before.settings.known("value"))
    )


_SOFTMAXES: Final = ("softmax", "log_softmax", "softmin")


def _competes_elsewhere(op: Op, before: Op) -> bool:
    """Whether the numbers of a softmax compete over samples, which nothing moves, or over the channels of one place,
    which are copied together."""
    dim = op.settings.known("dim")
    moves = before.has(Trait.RESHAPES) or before.has(Trait.COPIES)
    over_samples = dim == 0 and moves and not before.has(Trait.IDENTITY)
    return over_samples or (dim == 1 and before.has(Trait.COPIES) and before.kind.name != "unfold")


def _drops_each(op: Op) -> bool:
    return op.kind.name == "dropout"


def _keeps(op: Op, value: object) -> bool:
    """Whether the number that a padding puts there stays what it is."""
    if not isinstance(value, (int, float)) or op.kind.function is None:
        return False
    try:
        return all(op.kind.function(op.settings, drawn)(float(value)) == value for drawn in (-0.7, 0.4))
    except (NotKnown, ArithmeticError):
        return False


RULE = Rule(
    name="elementwise_first",
    because="a function of each number alone passes what only moves, copies or ranks numbers",
    rewrite=_rewrite,
)
