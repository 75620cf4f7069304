"""Layers that overwrite what a gradient is worked out from, so that training stops with an error: where only one of two
networks has such a place, this is a difference in training, whatever else is equal.

Looks around what differs alone: elsewhere both networks have the same neighbours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from archdiff.diff import layer_effects
from archdiff.diff.draft import Draft
from archdiff.diff.network_index import NetworkIndex, place_of
from archdiff.diff.nodes import Added, Alike, Moved, Pair, Removed, Step, Swap
from archdiff.infer.leaf import Leaf
from archdiff.model.effects import Effect
from archdiff.model.message import Message, message
from archdiff.semantics import kinds
from archdiff.semantics.kinds import IN_PLACE, Trait


def lost(steps: Iterable[Step], candidate: NetworkIndex, reference: NetworkIndex) -> Iterator[Draft]:
    """One finding where exactly one of the networks cannot be trained.

    Args:
        steps: what stands for what, in order.
        candidate: one side.
        reference: the other.
    """
    sides = candidate, reference
    found: list[_Fault | None] = [None, None]
    for both in _changed(steps, sides):
        for at, leaves in enumerate(both):
            if found[at] is None:
                found[at] = next(filter(None, (_fault(sides[at], leaf) for leaf in leaves)), None)
    if (found[0] is None) is not (found[1] is None):
        at = 0 if found[0] is not None else 1
        fault = found[at]
        assert fault is not None
        effect, what = Effect.TRAINING, message("cannot-train", side=("candidate", "reference")[at], why=fault.why)
        if fault.doubtful:
            why = message("if-in-printed-order", class_name=fault.doubtful, effect=effect.word)
            effect, what = Effect.UNKNOWN, message("because", what=what, why=why)
        ours, theirs = (None, place_of(fault.leaf)) if at else (place_of(fault.leaf), None)
        yield Draft("AD401", effect, what, "setting", ours, theirs, IN_PLACE)


class _Fault(NamedTuple):
    """A layer that overwrites what another needs, why no gradient passes it, and the class of somebody in which
    something else may run between the two; "" where nothing does."""

    leaf: Leaf
    why: Message
    doubtful: str = ""


def _changed(
    steps: Iterable[Step], sides: tuple[NetworkIndex, NetworkIndex]
) -> Iterator[tuple[Sequence[Leaf], Sequence[Leaf]]]:
    """Leaves that differ, and those right behind them, of both sides."""
    behind = False
    for step in steps:
        match step:
            case Alike():
                pair = step.pairs()[0] if behind and step.pairs() else None
                behind = False
                if pair is not None:
                    yield _leaves((pair.candidate.path,), sides[0]), _leaves((pair.reference.path,), sides[1])
            case Pair(a, b):
                if behind or a.key != b.key:
                    yield _leaves((a.path,), sides[0]), _leaves((b.path,), sides[1])
                behind = a.key != b.key
            case Added(node):
                yield _leaves((leaf.path for leaf in node.leaves()), sides[0]), ()
                behind = True
            case Removed(node):
                yield (), _leaves((leaf.path for leaf in node.leaves()), sides[1])
                behind = True
            case Swap(inner=inner) | Moved(inner=inner):
                pairs = [each for each in inner if isinstance(each, Pair)]
                ours, theirs = (_leaves((pair[at].path for pair in pairs), sides[at]) for at in (0, 1))
                yield _and_behind(ours, sides[0]), _and_behind(theirs, sides[1])
                behind = True


def _leaves(paths: Iterable[str], side: NetworkIndex) -> list[Leaf]:
    return [leaf for leaf in map(side.leaf, paths) if leaf is not None]


def _and_behind(leaves: Sequence[Leaf], side: NetworkIndex) -> list[Leaf]:
    return [leaf for leaf in chain(leaves, map(side.behind, leaves)) if leaf is not None]


def _fault(side: NetworkIndex, leaf: Leaf) -> _Fault | None:
    """Why no gradient passes a layer that overwrites its input; None where one does."""
    if leaf.settings.known(IN_PLACE) is not True:
        return None
    if layer_effects.cannot_go_back_in_place(leaf):
        return _Fault(leaf, message("no-gradient-in-place"))
    current, before, doubtful = leaf, side.before(leaf), ""
    while before is not None and side.runs_in_order_between(before, current):
        if not side.runs_as_neighbours(before, current):
            doubtful = doubtful or side.taken_in_order(before, current)
        if layer_effects.needs_its_output(before) or _goes_back_by_its_output(before):
            return _Fault(leaf, message("gradient-lost", first=before.layer.class_name), doubtful)
        if not _is_the_same_tensor(before):
            return None
        current, before = before, side.before(before)
    return None


def _goes_back_by_its_output(leaf: Leaf) -> bool:
    """Whether it overwrote its input itself, so that its output is all that its gradient is worked out from."""
    in_place = leaf.settings.known(IN_PLACE) is True
    by_class = kinds.bare(leaf.layer.class_name) == "LeakyReLU"  # of slope 0 it is of another kind
    return in_place and (by_class or leaf.layer.kind in ("leaky_relu", "elu", "celu", "rrelu", "selu"))


def _is_the_same_tensor(leaf: Leaf) -> bool:
    """Whether what comes out lies where what comes in lay: an Identity, another shape, a dropout of nothing, or a layer
    that works in place itself."""
    if leaf.has(Trait.IDENTITY) or leaf.layer.kind in ("flatten", "unflatten"):
        return True
    return leaf.settings.known(IN_PLACE) is True or (leaf.has(Trait.DROPS) and leaf.settings.known("p") == 0)
