"""Two traced forwards: what they do differently, in the terms of the modules whose forwards they are.

Layers that correspond to each other are one node in both graphs, whatever differs in them, and what a module beside
them calls is compared as it is. Knows no findings of the trees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from math import prod

from archdiff.diff.forward_graphs import GraphComparison
from archdiff.diff.forward_layers import closed_layers
from archdiff.diff.forward_nodes import ForwardDifference, TracedNodes, TracedSide, parameter_name
from archdiff.diff.forward_outputs import give_the_same
from archdiff.diff.steps import Alike, ContainerPair, Moved, Pair, Reordered, Step, Swap
from archdiff.infer import Sized
from archdiff.infer.leaf import Leaf
from archdiff.model.network import Value
from archdiff.model.trace import PARAMETER, ForwardTrace
from archdiff.semantics.operations import Graph, normal_form


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
    return TracedSide(candidate, both[0], ours, there), TracedSide(reference, both[1], theirs, same)


def _layers(side: Sized, trace: ForwardTrace) -> dict[str, Leaf]:
    """Layers of a known kind by path, without those that a class of somebody computes."""
    own = {call.path for call in trace.calls if not call.of_torch}
    return {leaf.path: leaf for leaf in side.leaves if leaf.kind is not None and leaf.path not in own}


def are_equal(ours: TracedSide, theirs: TracedSide) -> bool:
    """Whether both compute the same, layers included, whatever stands in the trees.

    Weights are those of the same name in modules that are counterparts; where a name has no counterpart, all are known
    by their size and the order of their first use.
    """
    names = _names(ours, theirs)
    same = {name: name for name in names.values()}
    used = {parameter_name(each) for each in ours.trace.operations if each.name == PARAMETER}
    labels = [(_by_use(ours, names), _by_use(theirs, same))]
    if used != names.keys():
        labels.append((_by_use(ours, {}), _by_use(theirs, {})))
    return any(_outputs(ours, theirs, *each) for each in labels)


def _outputs(ours: TracedSide, theirs: TracedSide, a: Callable[[str], Value], b: Callable[[str], Value]) -> bool:
    """Whether the same comes out where weights have these names."""
    graph = Graph()
    made = [normal_form(side.trace, graph, str, names, lambda _: False) for side, names in ((ours, a), (theirs, b))]
    return give_the_same(made[0], made[1], (ours.trace, theirs.trace))


def _by_use(side: TracedSide, known: Mapping[str, str]) -> Callable[[str], Value]:
    """Weights by what they are called in both networks; others by their size, in the order of first use."""
    sizes = {parameter_name(each): prod(each.shapes[0]) for each in side.trace.operations if each.name == PARAMETER}
    numbers: dict[int, dict[str, int]] = {}

    def named(name: str) -> Value:
        if name in known:
            return known[name]
        alike = numbers.setdefault(sizes.get(name, 0), {})
        return alike.setdefault(name, len(alike))

    return named


def differences(ours: TracedSide, theirs: TracedSide) -> list[ForwardDifference]:
    """What two forwards do otherwise; nothing where they are the same but for what differs in their layers.

    Args:
        ours: The candidate.
        theirs: The reference.
    """
    graph = Graph()
    closed = closed_layers(ours, theirs)
    here, there = {a for a, _ in closed}, {b for _, b in closed}
    names = _names(ours, theirs)
    a = normal_form(ours.trace, graph, ours.there, _by_use(ours, names), here.__contains__)
    same = {name: name for name in names.values()}
    b = normal_form(theirs.trace, graph, theirs.there, _by_use(theirs, same), there.__contains__)
    if give_the_same(a, b, (ours.trace, theirs.trace)):
        return []
    return GraphComparison(graph, TracedNodes(graph, ours, a), TracedNodes(graph, theirs, b)).differences()


def _are_one_kind(ours: TracedSide, theirs: TracedSide, path: str) -> bool:
    """Whether a layer has a counterpart of its kind, which then holds weights of the same names."""
    a, b = ours.leaves.get(path), theirs.leaves.get(ours.there(path))
    return a is not None and b is not None and path in ours.paths and a.kind is b.kind


def _names(ours: TracedSide, theirs: TracedSide) -> dict[str, str]:
    """The name in the reference of each weight of the candidate that both have in modules which are counterparts."""
    there = {parameter_name(each) for each in theirs.trace.operations if each.name == PARAMETER}
    found: dict[str, str] = {}
    for each in ours.trace.operations:
        if each.name == PARAMETER:
            path, _, last = parameter_name(each).rpartition(".")
            name = f"{ours.there(path)}.{last}".lstrip(".")
            if name in there or _are_one_kind(ours, theirs, path):  # the other network has it, and may not use it
                found[parameter_name(each)] = name
    return found
