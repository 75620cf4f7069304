"""Layers that overwrite in place what a gradient is computed from, so that training fails with an error.

Where only one of two networks has such a place, this is a difference in training, whatever else is equal. Looks only
around what differs: elsewhere both networks have the same neighbours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from archdiff.diff.draft import Draft, on_side, place
from archdiff.diff.network_index import NetworkIndex
from archdiff.diff.steps import Added, Alike, Moved, Pair, Removed, Step, Swap
from archdiff.infer.leaf import Leaf
from archdiff.model.effects import Effect
from archdiff.model.message import Message, because, message
from archdiff.semantics import kinds
from archdiff.semantics.kinds import IN_PLACE, Trait


def lost(steps: Iterable[Step], candidate: NetworkIndex, reference: NetworkIndex) -> Iterator[Draft]:
    """One finding where exactly one of the networks cannot be trained.

    Args:
        steps: The alignment.
        candidate: One network.
        reference: The other.
    """
    both = candidate, reference
    faults: list[_Fault | None] = [None, None]
    sound: tuple[set[str], set[str]] = set(), set()
    for changed in _changed(steps, both):
        for at, leaves in enumerate(changed):
            faults[at] = faults[at] or next(filter(None, (_fault(both[at], leaf, sound[at]) for leaf in leaves)), None)
    fault = faults[0] or faults[1]
    if fault is None or None not in faults:
        return
    side = "reference" if faults[0] is None else "candidate"
    effect, what = Effect.TRAINING, message("cannot-train", side=side, why=fault.why)
    if fault.doubtful:
        why = message("if-in-printed-order", class_name=fault.doubtful, effect=effect.word)
        effect, what = Effect.UNKNOWN, because(what, why)
    yield Draft("AD401", effect, what, "setting", *on_side(place(fault.leaf), side == "candidate"), IN_PLACE)


class _Fault(NamedTuple):
    """A layer that overwrites what another needs, and why no gradient passes it."""

    leaf: Leaf
    why: Message
    doubtful: str = ""  # class of unknown forward in which something else may run between the two


def _changed(
    steps: Iterable[Step], both: tuple[NetworkIndex, NetworkIndex]
) -> Iterator[tuple[Sequence[Leaf], Sequence[Leaf]]]:
    """Leaves that differ, and those right behind them, of both sides."""
    behind = False
    for step in steps:
        match step:
            case Alike():
                if behind:
                    pair = step.end(0)
                    yield _leaves((pair.candidate.path,), both[0]), _leaves((pair.reference.path,), both[1])
                behind = False
            case Pair(a, b):
                if behind or a.key != b.key:
                    yield _leaves((a.path,), both[0]), _leaves((b.path,), both[1])
                behind = a.key != b.key
            case Added(node):
                yield both[0].leaves_of(node), ()
                behind = True
            case Removed(node):
                yield (), both[1].leaves_of(node)
                behind = True
            case Swap(inner=inner) | Moved(inner=inner):
                pairs = [each for each in inner if isinstance(each, Pair)]
                ours, theirs = (_leaves((pair[at].path for pair in pairs), both[at]) for at in (0, 1))
                yield _and_behind(ours, both[0]), _and_behind(theirs, both[1])
                behind = True


def _leaves(paths: Iterable[str], side: NetworkIndex) -> list[Leaf]:
    return [leaf for leaf in map(side.leaf, paths) if leaf is not None]


def _and_behind(leaves: Sequence[Leaf], side: NetworkIndex) -> list[Leaf]:
    return [leaf for leaf in chain(leaves, map(side.behind, leaves)) if leaf is not None]


def _fault(side: NetworkIndex, leaf: Leaf, sound: set[str]) -> _Fault | None:
    """Why no gradient passes a layer that overwrites its input; None where one does.

    Args:
        side: Its network.
        leaf: The layer.
        sound: Paths of layers before which nothing needs the tensor that comes in; those that are met are added.
    """
    if leaf.settings.known(IN_PLACE) is not True:
        return None
    if cannot_go_back_in_place(leaf):
        return _Fault(leaf, message("no-gradient-in-place"))
    current, before, doubtful = leaf, side.before(leaf), ""
    while before is not None and current.path not in sound and side.runs_in_order_between(before, current):
        sound.add(current.path)
        if not side.runs_as_neighbours(before, current):
            doubtful = doubtful or side.taken_in_order(before, current)
        if needs_its_output(before) or _goes_back_by_its_output(before):
            return _Fault(leaf, message("gradient-lost", first=before.layer.class_name), doubtful)
        if not _is_the_same_tensor(before):
            return None
        current, before = before, side.before(before)
    return None


def needs_its_output(leaf: Leaf) -> bool:
    """Whether torch computes the gradient from the output of a layer: training fails where that is overwritten.

    What a rule found to be a ReLU, Threshold(0, 0), still goes back as its class does.
    """
    return leaf.layer.kind in _NEEDS_ITS_OUTPUT and kinds.bare(leaf.layer.class_name) not in _BY_THEIR_INPUT


_BY_THEIR_INPUT = frozenset({"Hardtanh", "LeakyReLU", "Threshold"})
_NEEDS_ITS_OUTPUT = frozenset({"log_softmax", "relu", "sigmoid", "softmax", "softmax_2d", "softmin", "tanh"})


def cannot_go_back_in_place(leaf: Leaf) -> bool:
    """Whether torch computes no gradient of a layer that overwrites its input: a slope below zero hides the sign."""
    slope = leaf.settings.known(_SLOPES.get(leaf.layer.kind, ""))
    return isinstance(slope, (int, float)) and slope < 0


_SLOPES = {"leaky_relu": "negative_slope", "elu": "alpha", "celu": "alpha"}


def _goes_back_by_its_output(leaf: Leaf) -> bool:
    """Whether it overwrote its input itself, so that its gradient is computed from its output."""
    in_place = leaf.settings.known(IN_PLACE) is True
    by_class = kinds.bare(leaf.layer.class_name) == "LeakyReLU"  # of slope 0 it is of another kind
    return in_place and (by_class or leaf.layer.kind in ("leaky_relu", "elu", "celu", "rrelu", "selu"))


def _is_the_same_tensor(leaf: Leaf) -> bool:
    """Whether input and output are one tensor in memory: an Identity, another shape, p of 0, or a layer in place."""
    if leaf.has(Trait.IDENTITY) or leaf.layer.kind in ("flatten", "unflatten"):
        return True
    return leaf.settings.known(IN_PLACE) is True or (leaf.has(Trait.DROPS) and leaf.settings.known("p") == 0)
