"""Which layer of one network stands for which of the other: trees of layers in, a list of steps out.

Children of matched containers are aligned level by level, so equal blocks are passed over as one. Where a container has
no counterpart, it is opened and its children are aligned with what stands beside it. Knows nothing of effects.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from archdiff.compare.level import STRANGERS, aligned, pair_cost
from archdiff.compare.nodes import Added, Alike, Held, Moved, Node, Opened, Pair, Removed, Reordered, Step, Swap
from archdiff.semantics.containers import runs_in_order

MOVED = 0.4  # layers found elsewhere may differ this much: a k-winner of another n
NEAR = 3  # steps that one layer of several without counterpart may have moved
RENAMED = 3  # times that two names stand for each other before they are taken for the same


class Alignment(NamedTuple):
    """The steps that turn the reference into the candidate, in its order, and the trees they are made of."""

    steps: list[Step]
    candidate: Node
    reference: Node


def aligned_trees(candidate: Node, reference: Node) -> Alignment:
    """Which layer stands for which.

    Where modules were renamed throughout, the first alignment tells the names that stand for each other, and a second
    one lets them decide between equal layers (k_proj and v_proj) as equal names do.
    """
    steps = _aligned(candidate, reference)
    names = _other_names(steps)
    if not names:
        return Alignment(steps, candidate, reference)
    renamed = candidate.renamed(names)
    return Alignment(_aligned(renamed, reference), renamed, reference)


def _other_names(steps: Iterable[Step]) -> dict[str, str]:
    """Candidate's name -> reference's name, where equal layers mostly have these two and other names elsewhere."""
    seen: dict[str, Counter[str]] = {}
    alike: list[Node] = []
    for step in steps:
        if isinstance(step, Pair) and step.candidate.key == step.reference.key:
            seen.setdefault(step.candidate.name, Counter())[step.reference.name] += 1
        elif isinstance(step, Alike):
            alike.append(step.candidate)
    found = {name: others.most_common(1)[0] for name, others in seen.items()}
    other = {name for name, (other, times) in found.items() if name != other and times >= RENAMED}
    if other:  # names that stand for themselves where blocks are left closed
        for name in (leaf.name for node in alike for leaf in node.leaves()):
            if name in other:
                seen[name][name] += 1
    return {name: found[name][0] for name in other if found[name][1] > 0.8 * seen[name].total()}


def _aligned(candidate: Node, reference: Node) -> list[Step]:
    return _with_moves(list(_strangers_apart(_across_containers(_matched(candidate, reference)))))


def _strangers_apart(steps: Iterable[Step]) -> Iterator[Step]:
    """Two layers that have nothing in common replace each other only where order is the meaning: elsewhere a forward
    may call either as a function."""
    for step in steps:
        if isinstance(step, Pair) and _are_strangers(step) and not _share_a_place(step):
            yield from (Added(step.candidate), Removed(step.reference))
        else:
            yield step


def _share_a_place(pair: Pair) -> bool:
    a, b = pair.candidate, pair.reference
    in_order = all(node.parent is None or runs_in_order(node.parent.layer) for node in (a, b))
    return in_order or a.layer.name == b.layer.name


def _across_containers(steps: Iterable[Step]) -> Iterator[Step]:
    """Layers at the end of one container may stand for layers at the begin of the next one: where nothing but the edges
    of containers lies between, what has no counterpart is aligned again."""
    matched: dict[int, Node] = {}
    for is_edge, group in groupby(steps, lambda step: _is_lone(step) or isinstance(step, Held | Opened | Reordered)):
        edge = list(group)
        matched.update((id(step.candidate), step.reference) for step in edge if isinstance(step, Held | Pair))
        yield from _realigned(edge, matched) if is_edge else edge


def _is_lone(step: Step) -> bool:
    """Whether it pairs nothing, or two strangers for want of better."""
    return isinstance(step, Added | Removed) or (isinstance(step, Pair) and _are_strangers(step))


def _realigned(edge: list[Step], matched: Mapping[int, Node]) -> list[Step]:
    """Containers first, then what is left over around their edges; all as it was where no edge parts anything."""
    lone = [step for step in edge if _is_lone(step)]
    added = [step.candidate for step in lone if isinstance(step, Added | Pair)]
    removed = [step.reference for step in lone if isinstance(step, Removed | Pair)]
    ours = {id(_holder(node, matched)) for node in added}
    theirs = {id(node.parent) for node in removed}
    if not (added and removed) or (ours == theirs and len(ours) == 1):
        return edge
    inner = _steps(added, removed)
    return [step for step in edge if not _is_lone(step)] + inner if _finds(inner) else edge


def _holder(node: Node, matched: Mapping[int, Node]) -> Node | None:
    """What stands for the container of a layer on the other side."""
    return matched.get(id(node.parent)) if node.parent else None


def _finds(steps: Iterable[Step]) -> bool:
    """Whether anything stands for anything here."""
    return any(
        not _are_strangers(step) if isinstance(step, Pair) else not isinstance(step, Added | Removed | Opened)
        for step in steps
    )


def _matched(a: Node, b: Node) -> list[Step]:
    """The steps of two layers that stand for each other whatever is in them."""
    if bool(a.children) is bool(b.children) or _class(a) == _class(b):
        return _inside(Pair(a, b))
    opened = Opened(a, True) if a.children else Opened(b, False)
    return [opened, *_steps(a.children or [a], b.children or [b])]


def _class(node: Node) -> str:
    return node.layer.kind or node.layer.class_name


def _inside(pair: Pair) -> list[Step]:
    """The steps of a pair: itself, and all that stands in it."""
    a, b = pair.candidate, pair.reference
    own: Step = pair if a.is_layer and b.is_layer and not _prints_no_body(a, b) else Held(a, b)
    if a.layer.children and a.layer.children is b.layer.children and not a.is_layer:
        return [Alike(a, b)]
    if _prints_no_body(a, b):
        return [own]
    if not (a.children and b.children):  # one of them holds more: a FakeQuantize in a Conv2d
        return [own, *map(Added, a.children), *map(Removed, b.children)]
    if (named := _by_names(a, b)) is not None:
        return [own, *named]
    if a.key == b.key:
        return [own, *(step for x, y in zip(a.children, b.children, strict=True) for step in _inside(Pair(x, y)))]
    return [own, *_steps(a.children, b.children)]


def _prints_no_body(a: Node, b: Node) -> bool:
    """Whether a class of somebody stands alone on one side, `Net()`, and with what is in it on the other."""
    return bool(a.children) is not bool(b.children) and a.is_somebodys and b.is_somebodys


def _by_names(a: Node, b: Node) -> list[Step] | None:
    """Children of equal names stand for each other, in whatever order they are printed; None where the sets of names
    differ, or where order is the meaning and a name is only a place."""
    ours, theirs = ({child.layer.name: child for child in node.children} for node in (a, b))
    if ours.keys() != theirs.keys() or not len(a.children) == len(ours) == len(b.children):
        return None
    if runs_in_order(a.layer) or runs_in_order(b.layer) or _are_places(a, ours) or _are_places(b, theirs):
        return None
    reordered: list[Step] = [] if [*ours] == [*theirs] else [Reordered(a, b)]
    return [*reordered, *(step for name in theirs for step in _matched(ours[name], theirs[name]))]


def _are_places(node: Node, names: Iterable[str]) -> bool:
    """Whether these names only count: all but the keys of a ModuleDict may."""
    return node.layer.kind != "module_dict" and all(name.isdigit() for name in names)


def _steps(candidate: Sequence[Node], reference: Sequence[Node]) -> list[Step]:
    """Aligned at this level, opened where containers have no counterpart, and inside of matched containers."""
    result: list[Step] = []
    for group in _gaps_together(aligned(candidate, reference)):
        if isinstance(group, list):
            result += _open_run(group)
        else:
            result += _of_step(group)
    return result


def _of_step(step: Step) -> list[Step]:
    match step:
        case Pair():
            return _inside(step)
        case Swap(first, second):
            return [Swap(first, second, tuple(opened([*_inside(first), *_inside(second)])))]
        case _:
            return [step]


def opened(steps: Iterable[Step]) -> Iterator[Step]:
    """The same steps, with blocks that are alike as their pairs."""
    for step in steps:
        if isinstance(step, Alike):
            yield from step.opened()
        else:
            yield step


def _gaps_together(steps: Iterable[Step]) -> Iterator[Step | list[Step]]:
    """Runs of layers without counterpart, and of loose pairs beside them, as one list each."""
    for is_run, group in groupby(steps, lambda step: isinstance(step, Added | Removed) or _is_loose(step)):
        if is_run:
            yield list(group)
        else:
            yield from group


def _is_loose(step: Step) -> bool:
    """Two layers that are paired for want of better: neither equal nor of one name, or strangers."""
    if not isinstance(step, Pair) or step.candidate.layer.children or step.candidate.key == step.reference.key:
        return False
    return step.candidate.name != step.reference.name or _are_strangers(step)


def _are_strangers(pair: Pair) -> bool:
    return not pair.candidate.layer.children and pair_cost(pair.candidate, pair.reference) >= STRANGERS


def _open_run(run: list[Step]) -> list[Step]:
    """A run in which containers stand against something: the highest, and of those the largest, are opened and all
    aligned again, if that finds a pair. What one side wraps up (`model` of a ForCausalLM) then meets its counterpart
    before that is opened too."""
    added = [step.candidate for step in run if isinstance(step, Added | Pair)]
    removed = [step.reference for step in run if isinstance(step, Removed | Pair)]
    height = max(node.height for node in (*added, *removed))
    if not (added and removed and height):
        return run
    size = max(node.size() for node in (*added, *removed) if node.height == height)
    inner = _steps(_open(added, height, size), _open(removed, height, size))
    if not _finds(inner):
        return run
    sides = ((added, True), (removed, False))
    opened = [Opened(node, ours) for nodes, ours in sides for node in nodes if _is_opened(node, height, size)]
    return [*opened, *inner]


def _open(nodes: Sequence[Node], height: int, size: int) -> list[Node]:
    """Those of this height, with at least half as many layers, replaced by their children."""
    return [inner for node in nodes for inner in (node.children if _is_opened(node, height, size) else (node,))]


def _is_opened(node: Node, height: int, size: int) -> bool:
    return node.height == height and 2 * node.size() >= size


# Moves


@dataclass(frozen=True, slots=True)
class _Run:
    """Steps `start` to `end` that all add or all remove."""

    start: int
    end: int
    nodes: tuple[Node, ...]

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple([node.layer.kind or node.layer.class_name for node in self.nodes])


def _with_moves(steps: list[Step]) -> list[Step]:
    """A run of layers that is missing here and stands there, with equal layers in equal order, is one move."""
    removed, added = _runs(steps, Removed), _runs(steps, Added)
    by_classes: dict[tuple[str, ...], list[_Run]] = {}
    for run in added:
        by_classes.setdefault(run.classes, []).append(run)
    replaced: dict[int, list[Step]] = {}
    for run in removed:
        others = by_classes.get(run.classes, [])
        other = next((each for each in others if _equal_runs(each, run)), None) or _near(run, steps, replaced)
        if other is None:
            continue
        if other in others:
            others.remove(other)
        pairs = tuple(Pair(a, b) for a, b in zip(other.nodes, run.nodes, strict=True))
        between = opened(steps[run.end : other.start] if run.end <= other.start else steps[other.end : run.start])
        replaced |= {index: [] for each in (run, other) for index in range(each.start, each.end)}
        inner = tuple(step for pair in pairs for step in opened(_inside(pair)))
        replaced[run.start] = [Moved(pairs, tuple(pair for step in between for pair in _pairs_in(step)), inner)]
    return [kept for index, step in enumerate(steps) for kept in replaced.get(index, [step])]


def _near(run: _Run, steps: Sequence[Step], taken: Collection[int]) -> _Run | None:
    """The equal of a layer that stands alone, among others that have no counterpart, a few layers from it."""
    if len(run.nodes) > 1 or run.nodes[0].children:
        return None
    for index in range(max(0, run.start - NEAR - 1), min(len(steps), run.end + NEAR + 1)):
        step = steps[index]
        if isinstance(step, Added) and index not in taken and step.candidate.key == run.nodes[0].key:
            return _Run(index, index + 1, (step.candidate,))
    return None


def _runs(steps: list[Step], kind: type[Added] | type[Removed]) -> list[_Run]:
    runs: list[_Run] = []
    start = 0
    nodes: list[Node] = []
    for index, step in enumerate([*steps, None]):
        if isinstance(step, kind):
            start = start if nodes else index
            nodes.append(step.candidate if isinstance(step, Added) else step.reference)
        elif nodes:
            runs.append(_Run(start, index, tuple(nodes)))
            nodes = []
    return runs


def _equal_runs(added: _Run, removed: _Run) -> bool:
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
