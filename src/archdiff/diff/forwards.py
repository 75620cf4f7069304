"""Two traced forwards: what they do differently, in the terms of the modules whose forwards they are.

Layers that correspond to each other are one node in both graphs, whatever differs in them, and what a module beside
them calls is compared as it is. Knows no findings of the trees.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeAlias

from archdiff.diff.forward_draws import alone_at_random, at_random
from archdiff.diff.forward_graphs import GraphComparison
from archdiff.diff.forward_layers import closed_layers, without_told_biases
from archdiff.diff.forward_nodes import TracedNodes
from archdiff.diff.forward_outputs import give_the_same
from archdiff.diff.forward_own import with_own_layers
from archdiff.diff.forward_sides import ForwardDifference, TracedSide
from archdiff.diff.forward_weights import by_use, counterparts, each_by_its_own
from archdiff.diff.steps import Alike, ContainerPair, Moved, Pair, Reordered, Step, Swap
from archdiff.infer import Sized
from archdiff.infer.leaf import Leaf
from archdiff.model.trace import ForwardTrace
from archdiff.semantics.operations import Graph, NormalTrace, normal_form

_Evened: TypeAlias = tuple[frozenset[int], frozenset[int]]
_NONE: Final[_Evened] = (frozenset(), frozenset())


def paths(steps: Iterable[Step]) -> dict[str, str]:
    """The path in the reference of each layer and container of the candidate that has a counterpart."""
    return {"": "", **dict(_nodes(steps))}


def _nodes(steps: Iterable[Step]) -> Iterator[tuple[str, str]]:
    for step in steps:
        match step:
            case Alike():
                yield from ((each.candidate.path, each.reference.path) for each in step.opened())
            case Pair(a, b) | ContainerPair(a, b) | Reordered(a, b):
                yield a.path, b.path
            case Swap(first, second, inner):
                yield from _nodes((first, second, *inner))
            case Moved(pairs, _, inner):
                yield from _nodes((*pairs, *inner))
            case _:
                pass


def sides(
    candidate: Sized, reference: Sized, there: Mapping[str, str], both: tuple[ForwardTrace, ForwardTrace]
) -> tuple[TracedSide, TracedSide]:
    """Both networks with traces of one mode.

    Args:
        candidate: One network.
        reference: The other.
        there: What `paths` found.
        both: Their traces.
    """
    ours, theirs = (_layers(side, trace) for side, trace in zip((candidate, reference), both, strict=True))
    same = {path: path for path in there.values()}
    return with_own_layers(TracedSide(candidate, both[0], ours, there), TracedSide(reference, both[1], theirs, same))


def _layers(side: Sized, trace: ForwardTrace) -> dict[str, Leaf]:
    """Layers of a known kind by path, without those that a class of somebody computes."""
    own = {call.path for call in trace.calls if not call.of_torch}
    return {leaf.path: leaf for leaf in side.leaves if leaf.kind is not None and leaf.path not in own}


def are_equal(ours: TracedSide, theirs: TracedSide, evened: _Evened = _NONE) -> bool:
    """Whether both compute the same, layers included, whatever stands in the trees.

    Which weight is which must be known by more than the order of their use: layers that trade roles are not equal.

    Args:
        ours: The candidate.
        theirs: The reference.
        evened: Operations of both that draw numbers, and are taken by the mean of these.
    """
    names = each_by_its_own(ours, theirs)
    if names is None:
        return False
    graph = Graph()
    a, b = (
        normal_form(side.trace, graph, str, known.__getitem__, lambda _: False, drawing)
        for side, known, drawing in zip((ours, theirs), names, evened, strict=True)
    )
    return give_the_same(a, b, (ours.trace, theirs.trace))


def differences(ours: TracedSide, theirs: TracedSide) -> list[ForwardDifference]:
    """What two forwards do otherwise; nothing where they are the same but for what differs in their layers.

    Args:
        ours: The candidate.
        theirs: The reference.
    """
    graph, a, b = _beside_layers(ours, theirs)
    if give_the_same(a, b, (ours.trace, theirs.trace)):
        return []
    return GraphComparison(graph, TracedNodes(graph, ours, a), TracedNodes(graph, theirs, b)).differences()


def drops(ours: TracedSide, theirs: TracedSide) -> list[ForwardDifference]:
    """What two forwards leave out at random otherwise, where they are the same in all else; nothing where they are not.

    Args:
        ours: The candidate.
        theirs: The reference.
    """
    alone = alone_at_random(ours, theirs)
    if not any(alone):
        return []
    _, a, b = _beside_layers(ours, theirs, alone)
    is_all = give_the_same(a, b, (ours.trace, theirs.trace)) or are_equal(ours, theirs, alone)
    return at_random(ours, theirs, alone) if is_all else []


def _beside_layers(
    ours: TracedSide, theirs: TracedSide, evened: _Evened = _NONE
) -> tuple[Graph, NormalTrace, NormalTrace]:
    """Both forwards on one graph, in which layers that correspond to each other are one operation."""
    graph = Graph()
    closed = closed_layers(ours, theirs)
    here, there = {a for a, _ in closed}, {b for _, b in closed}
    names = counterparts(ours, theirs)
    back = {there: here for here, there in ours.paths.items()}
    traces = without_told_biases(ours, theirs, ours.paths), without_told_biases(theirs, ours, back)
    a = normal_form(traces[0], graph, ours.there, by_use(ours, names), here.__contains__, evened[0])
    same = {name: name for name in names.values()}
    b = normal_form(traces[1], graph, theirs.there, by_use(theirs, same), there.__contains__, evened[1])
    return graph, a, b
