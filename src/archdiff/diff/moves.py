"""Layers that stand elsewhere: what is missing here and was added there is one move. Knows nothing of effects."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Container, Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple

from archdiff.diff.costs import pair_cost
from archdiff.diff.nodes import Node, kind_or_class
from archdiff.diff.steps import Added, Alike, Moved, Pair, Removed, Step, Swap, opened
from archdiff.semantics.kinds import Trait, has

MOVED = 0.4  # layers found elsewhere may differ this much: a k-winner of another n
MOVES = 300  # of which each is held against each; of more, each against one that it passes
NEAR = 3  # pairs that one layer of several without counterpart may have passed
LOOKED_AT = 8  # equal layers that may be the one that moved


def moved_as_they_are(steps: Sequence[Step]) -> set[Node]:
    """The nodes without counterpart that stand unchanged elsewhere, past other layers."""
    pairs = _pairs_before(steps)
    exact = _equal_keys(_groups(steps, Removed), _groups(steps, Added), pairs)[0]
    apart = [(group, other) for group, other in exact if pairs[group.start] != pairs[other.start]]
    return {node for pair in apart for group in pair for node in group.nodes}


def with_moves(steps: list[Step], inside: Callable[[Pair], list[Step]]) -> list[Step]:
    """The same steps, with layers that are missing here and were added there as one `Moved`.

    Neighbours with equal layers in equal order are one move; so is one layer that stands a few layers from its equal,
    among others that have no counterpart.

    Args:
        steps: An alignment without moves.
        inside: Gives the steps of a pair: itself, and all that stands in it.
    """
    removed, added = _groups(steps, Removed), _groups(steps, Added)
    if not (removed and added):
        return steps
    pairs_before = _pairs_before(steps)
    moves = _whole_groups(removed, added, pairs_before)
    taken = {index for pair in moves for group in pair for index in group.places}
    moves += _near(pairs_before, removed, added, taken)
    replaced: dict[int, list[Step]] = {index: [] for pair in moves for group in pair for index in group.places}
    passed = _passed(moves)
    for index, (group, other) in enumerate(moves):
        pairs = _as_pairs(group, other)
        between = opened(steps[group.end : other.start] if group.end <= other.start else steps[other.end : group.start])
        crossed = [pair for step in between for pair in _pairs_in(step)]
        crossed += [pair for move in passed.get(index, ()) for pair in _as_pairs(*move)]
        inner = [step for pair in pairs for step in opened(inside(pair))]
        # at the first of its two places, so that what it makes of the shapes between them is known there
        first = min(group.start, other.start)
        replaced[first] = [Moved(pairs, tuple(crossed), tuple(inner))] if crossed else inner
    return [kept for index, step in enumerate(steps) for kept in replaced.get(index, [step])]


def _passed(moves: Sequence[tuple[_Unpaired, _Unpaired]]) -> dict[int, list[tuple[_Unpaired, _Unpaired]]]:
    """By the index of a move the other moves that it passes; of two that pass each other, the shorter passes."""
    found: dict[int, list[tuple[_Unpaired, _Unpaired]]] = {}
    in_order = sorted(range(len(moves)), key=lambda index: moves[index][0].start)
    latest = 0  # of those before, the one that ends furthest behind
    for at, index in enumerate(in_order):
        before = in_order[:at] if len(moves) <= MOVES else in_order[latest : latest + 1] if at else []
        for other in before:
            if moves[other][1].start > moves[index][1].start:
                first, second = sorted((index, other), key=lambda each: moves[each][0].printed)
                found.setdefault(first, []).append(moves[second])
        if moves[index][1].start >= moves[in_order[latest]][1].start:
            latest = at
    return found


def _as_pairs(group: _Unpaired, other: _Unpaired) -> tuple[Pair, ...]:
    return tuple([Pair(a, b) for a, b in zip(other.nodes, group.nodes, strict=True)])


class _Unpaired(NamedTuple):
    """Steps that all add or all remove, next to each other but for an Identity, which stands for nothing."""

    places: tuple[int, ...]  # among the steps
    nodes: tuple[Node, ...]

    @property
    def start(self) -> int:
        return self.places[0]

    @property
    def end(self) -> int:
        return self.places[-1] + 1

    @property
    def keys(self) -> tuple[int, ...]:
        return tuple([node.key for node in self.nodes])

    @property
    def printed(self) -> tuple[int, list[str]]:
        """An order of groups by what is printed, whichever side they are of."""
        layers = [node.layer for node in self.nodes]
        return sum(node.size() for node in self.nodes), [f"{each.class_name} {each.settings}" for each in layers]

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple([kind_or_class(node.layer) for node in self.nodes])


def _pairs_before(steps: Sequence[Step]) -> list[int]:
    """How many layers with a counterpart stand before each step."""
    return [*accumulate((isinstance(step, Pair | Alike | Swap) for step in steps), initial=0)]


def _whole_groups(
    removed: Sequence[_Unpaired], added: Sequence[_Unpaired], pairs: Sequence[int]
) -> list[tuple[_Unpaired, _Unpaired]]:
    """Groups of the reference with those of the candidate that hold the same, equal ones first."""
    moves, left, others = _equal_keys(removed, added, pairs)
    by_classes: dict[tuple[str, ...], list[_Unpaired]] = {}
    for group in others:
        by_classes.setdefault(group.classes, []).append(group)
    for group in left:
        alike = by_classes.get(group.classes, [])
        other = next((each for each in alike if _equal_groups(each, group)), None)
        if other is not None:
            alike.remove(other)
            moves.append((group, other))
    return moves


def _equal_keys(
    removed: Sequence[_Unpaired], added: Sequence[_Unpaired], pairs: Sequence[int]
) -> tuple[list[tuple[_Unpaired, _Unpaired]], list[_Unpaired], list[_Unpaired]]:
    """Equal groups in the order in which they stand, and what is left of both."""
    by_keys: dict[tuple[int, ...], tuple[list[_Unpaired], list[_Unpaired]]] = {}
    for side, groups in enumerate((removed, added)):
        for group in groups:
            by_keys.setdefault(group.keys, ([], []))[side].append(group)
    moves = [pair for equal in by_keys.values() for pair in _in_order(*equal, pairs)]
    taken = {group.start for pair in moves for group in pair}
    left, others = ([group for group in groups if group.start not in taken] for groups in (removed, added))
    return sorted(moves), left, others


def _in_order(
    ours: Sequence[_Unpaired], theirs: Sequence[_Unpaired], pairs: Sequence[int]
) -> list[tuple[_Unpaired, _Unpaired]]:
    """All of the fewer groups, each with the nearest of the others behind the one that was taken before."""
    if len(ours) > len(theirs):
        return [(group, other) for other, group in _in_order(theirs, ours, pairs)]
    places = [pairs[other.start] for other in theirs]
    found: list[tuple[_Unpaired, _Unpaired]] = []
    at = 0
    for index, group in enumerate(ours):
        here = pairs[group.start]
        last = len(theirs) - len(ours) + index  # each one behind needs one, too
        while at < last and abs(places[at + 1] - here) < abs(places[at] - here):
            at += 1
        found.append((group, theirs[at]))
        at += 1
    return found


def _near(
    pairs: Sequence[int], removed: Iterable[_Unpaired], added: Iterable[_Unpaired], taken: set[int]
) -> list[tuple[_Unpaired, _Unpaired]]:
    """Layers that stand alone on one side and near their equal among others, the nearest ones first.

    Steps without counterpart between the same two pairs are equally near, in whatever order they are listed.
    """
    ours, theirs = (_equals(groups, taken) for groups in (added, removed))
    if ours.keys().isdisjoint(theirs):
        return []
    alone = {group.start for group in (*removed, *added) if len(group.nodes) == 1}
    found: set[tuple[int, int, int]] = set()
    for key in ours.keys() & theirs.keys():
        places = [place for place, _ in ours[key]]
        before = [pairs[place] for place in places]
        for one, _ in theirs[key]:
            at = bisect_left(before, pairs[one] - NEAR)
            for other in places[at : at + LOOKED_AT]:
                if abs(pairs[one] - pairs[other]) <= NEAR and not alone.isdisjoint((one, other)):
                    found.add((abs(pairs[one] - pairs[other]), one, other))
    nodes = {place: node for side in (ours, theirs) for equal in side.values() for place, node in equal}
    moves: list[tuple[_Unpaired, _Unpaired]] = []
    for _, one, other in sorted(found):
        if taken.isdisjoint((one, other)):
            taken |= {one, other}
            moves.append((_Unpaired((one,), (nodes[one],)), _Unpaired((other,), (nodes[other],))))
    return moves


def _equals(groups: Iterable[_Unpaired], taken: Container[int]) -> dict[int, list[tuple[int, Node]]]:
    """Places and nodes of all layers that have no counterpart, by key."""
    found: dict[int, list[tuple[int, Node]]] = {}
    for group in groups:
        for place, node in zip(group.places, group.nodes, strict=True):
            if place not in taken and not node.children:
                found.setdefault(node.key, []).append((place, node))
    return found


def _groups(steps: Sequence[Step], kind: type[Added] | type[Removed]) -> list[_Unpaired]:
    groups: list[_Unpaired] = []
    found: list[tuple[int, Node]] = []
    for index, step in enumerate([*steps, None]):
        node = step.candidate if isinstance(step, Added) else step.reference if isinstance(step, Removed) else None
        if node is not None and has(node.layer, Trait.IDENTITY):
            continue
        if node is not None and isinstance(step, kind):
            found.append((index, node))
        elif found:
            places, nodes = zip(*found, strict=True)
            groups.append(_Unpaired(places, nodes))
            found = []
    return groups


def _equal_groups(added: _Unpaired, removed: _Unpaired) -> bool:
    return all(
        a.key == b.key or (not a.children and not b.children and pair_cost(a, b) < MOVED)
        for a, b in zip(added.nodes, removed.nodes, strict=True)
    )


def _pairs_in(step: Step) -> tuple[Pair, ...]:
    match step:
        case Pair():
            return (step,)
        case Swap(first, second):
            return (first, second)
        case _:
            return ()
