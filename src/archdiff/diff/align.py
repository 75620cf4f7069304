"""Which layer of one network corresponds to which of the other: trees of layers in, a list of steps out.

Children of matched containers are aligned level by level, so equal blocks are passed over as one. Where a container has
no counterpart, it is opened and its children are aligned with what stands beside it. Knows nothing of effects.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from itertools import groupby, zip_longest
from typing import NamedTuple

from archdiff.diff import leftovers
from archdiff.diff.costs import STRANGERS, pair_cost
from archdiff.diff.level import aligned
from archdiff.diff.moves import moved_as_they_are, with_moves
from archdiff.diff.nodes import Node, by_name, kind_or_class, prints_no_body
from archdiff.diff.steps import Added, Alike, ContainerPair, Moved, Opened, Pair, Removed, Reordered, Step, Swap, opened
from archdiff.model.network import Layer
from archdiff.semantics.kinds import Trait, has

FLATTENED = 2_000  # printed layers of a container that is compared without what is in it
WORTH_FLATTENING = 4  # layers without an equal
SETTING = 0.25  # of a layer: a pair that differs in no width; where all are set otherwise, it is no reason to flatten
LARGELY_ALIKE = 12  # of so many layers one may lack an equal, and what holds them is not torn apart
RENAMED = 3  # times that two names correspond to each other before they are taken for the same


class Alignment(NamedTuple):
    """The steps that turn the reference into the candidate, in its order, and the trees they are made of."""

    steps: list[Step]
    candidate: Node
    reference: Node


def aligned_trees(candidate: Node, reference: Node) -> Alignment:
    """Which layer of the candidate corresponds to which of the reference.

    Where modules were renamed throughout, the first alignment finds the names that correspond to each other, and a
    second one lets them decide between equal layers (k_proj and v_proj) as equal names do.

    Args:
        candidate: Root of the candidate.
        reference: Root of the reference, with keys from the same cache.
    """
    steps = _aligned(candidate, reference)
    names = _other_names(steps)
    if not names:
        return Alignment(steps, candidate, reference)
    renamed = candidate.renamed(names)
    return Alignment(_aligned(renamed, reference), renamed, reference)


def _other_names(steps: Iterable[Step]) -> dict[str, str]:
    """Candidate's name -> reference's name, where equal layers mostly have these two and other names elsewhere."""
    times: Counter[tuple[str, str]] = Counter()
    alike: list[Node] = []
    for step in steps:
        if isinstance(step, Pair) and step.candidate.key == step.reference.key:
            times[step.candidate.name, step.reference.name] += 1
        elif isinstance(step, Alike):
            alike.append(step.candidate)
    if not any(count >= RENAMED for (ours, theirs), count in times.items() if ours != theirs):
        return {}
    for name in (leaf.name for node in alike for leaf in node.leaves()):  # stands for itself in what is left closed
        times[name, name] += 1
    totals: tuple[Counter[str], Counter[str]] = Counter(), Counter()
    for names, count in times.items():
        for total, name in zip(totals, names, strict=True):
            total[name] += count
    return {
        names[0]: names[1]
        for names, count in times.items()
        if names[0] != names[1]
        and count >= RENAMED
        and all(count > 0.8 * of[name] for of, name in zip(totals, names, strict=True))
    }


def _aligned(candidate: Node, reference: Node) -> list[Step]:
    steps = leftovers.paired(_roots(candidate, reference))
    moved = moved_as_they_are(steps)
    return with_moves(list(_strangers_apart(_across_containers(steps, moved))), _inside)


def _roots(a: Node, b: Node) -> list[Step]:
    """The steps of two networks; what one wraps, with heads or losses beside it, is aligned with its own class."""
    plain: list[Step] | None = None
    for outer, other, ours in ((a, b, True), (b, a, False)):
        own, name = kind_or_class(outer.layer), kind_or_class(other.layer)
        same = [child for child in outer.children if child.children and kind_or_class(child.layer) == name]
        if len(same) == 1 and (other.has_no_kind or other.is_layer) and name and own != name:
            inner = _roots(same[0], other) if ours else _roots(other, same[0])
            beside = [child for child in outer.children if child is not same[0]]
            alone: list[Step] = [Added(node) if ours else Removed(node) for node in beside]
            wrapped = [Opened(outer, ours), *inner, *alone]
            plain = plain or _matched(a, b)
            if _cost(wrapped) <= _cost(plain) + other.is_layer:  # a layer is more than what it holds
                return wrapped
    return plain or _matched(a, b)


def _strangers_apart(steps: Iterable[Step]) -> Iterator[Step]:
    """Two layers that have nothing in common replace each other only where order is the meaning.

    Elsewhere a forward may call either as a function. A container that holds nothing corresponds to no layer.
    """
    for step in steps:
        if isinstance(step, Pair) and (_one_is_empty(step) or (_are_strangers(step) and not _share_a_place(step))):
            yield from (Added(step.candidate), Removed(step.reference))
        else:
            yield step


def _one_is_empty(pair: Pair) -> bool:
    a, b = pair.candidate, pair.reference
    return a.key != b.key and a.holds_nothing is not b.holds_nothing


def _share_a_place(pair: Pair) -> bool:
    a, b = pair.candidate, pair.reference
    in_order = all(node.parent is None or node.parent.runs_in_order for node in (a, b))
    return in_order or a.layer.name == b.layer.name


def _across_containers(steps: Iterable[Step], moved: Container[Node]) -> Iterator[Step]:
    """Aligns again what has no counterpart where only edges of containers lie between; what has `moved` stays."""
    matched: dict[Node, Node] = {}

    def is_edge(step: Step) -> bool:
        return isinstance(step, ContainerPair | Opened | Reordered) or (_is_lone(step) and not _is_among(step, moved))

    for has_edges, group in groupby(steps, is_edge):
        edge = list(group)
        matched.update((step.candidate, step.reference) for step in edge if isinstance(step, ContainerPair | Pair))
        yield from _realigned(edge, matched) if has_edges else edge


def _is_among(step: Step, nodes: Container[Node]) -> bool:
    node = step.candidate if isinstance(step, Added) else step.reference if isinstance(step, Removed) else None
    return node in nodes


def _is_lone(step: Step) -> bool:
    """Whether it pairs nothing, or two strangers for want of better."""
    return isinstance(step, Added | Removed) or (isinstance(step, Pair) and _are_strangers(step))


def _realigned(edge: list[Step], matched: Mapping[Node, Node]) -> list[Step]:
    """Containers first, then what is left over around their edges; all as it was where no edge parts anything."""
    lone = [step for step in edge if _is_lone(step)]
    added = [step.candidate for step in lone if isinstance(step, Added | Pair)]
    removed = [step.reference for step in lone if isinstance(step, Removed | Pair)]
    ours = {_holder(node, matched) for node in added}
    theirs = {node.parent for node in removed}
    if not (added and removed) or (ours == theirs and len(ours) == 1):
        return edge
    inner = _steps(added, removed)
    return [step for step in edge if not _is_lone(step)] + inner if _finds(inner) else edge


def _holder(node: Node, matched: Mapping[Node, Node]) -> Node | None:
    """The counterpart of the container of a layer."""
    return matched.get(node.parent) if node.parent else None


def _finds(steps: Iterable[Step]) -> bool:
    """Whether anything has a counterpart here."""
    return any(
        not _are_strangers(step) if isinstance(step, Pair) else not isinstance(step, Added | Removed | Opened)
        for step in steps
    )


def _matched(a: Node, b: Node) -> list[Step]:
    """The steps of two layers that correspond to each other whatever is in them."""
    if bool(a.layer.children) is bool(b.layer.children) or kind_or_class(a.layer) == kind_or_class(b.layer):
        return _inside(Pair(a, b))
    container = Opened(a, True) if a.layer.children else Opened(b, False)
    return [container, *_steps(a.children or [a], b.children or [b])]


def _inside(pair: Pair) -> list[Step]:
    """The steps of a pair: itself, and all that stands in it."""
    a, b = pair.candidate, pair.reference
    if a.layer.children and a.layer.children is b.layer.children and not a.is_layer:
        return [Alike(a, b)]
    if prints_no_body(a, b):
        return [ContainerPair(a, b)]
    own: Step = pair if a.is_layer and b.is_layer else ContainerPair(a, b)
    if not (a.layer.children and b.layer.children):  # one of them holds more: a FakeQuantize in a Conv2d
        return [own, *map(Added, a.children), *map(Removed, b.children)]
    equal = a.key == b.key
    if not (equal and _same_names(a, b)) and (named := _by_names(a, b)) is not None:
        return [own, *named]
    if equal:
        return [own, *(step for x, y in zip(*_in_equal_order(a, b), strict=True) for step in _inside(Pair(x, y)))]
    return [own, *_flatter(a, b, _steps(a.children, b.children))]


def _in_equal_order(a: Node, b: Node) -> tuple[Sequence[Node], Sequence[Node]]:
    """The children of two equal nodes: as they run where they are equal so, too, and their names say nothing."""
    as_run = not _same_names(a, b) and all(x.key == y.key for x, y in zip(a.children, b.children, strict=True))
    return (a.children, b.children) if as_run else (a.as_printed, b.as_printed)


def _flatter(a: Node, b: Node, steps: list[Step]) -> list[Step]:
    """The steps of two containers, or those of all layers in them whatever holds them, where these are far cheaper.

    Two libraries cut one network into other blocks, and declare the parts of a block in another order.
    """
    if not (a.has_blocks or b.has_blocks) or not (a.is_within(FLATTENED) and b.is_within(FLATTENED)):
        return steps
    dear = _cost(steps)
    if not dear:
        return steps
    if a.size() == b.size() and (regrouped := _regrouped(a, b)):
        return regrouped
    if _cost(steps, function=1) < max(WORTH_FLATTENING, (a.size() + b.size()) / LARGELY_ALIKE):
        return steps
    ours, theirs = ([inner for child in node.children for inner in _flat(child)] for node in (a, b))
    layers = ([node for node in side if node.is_layer] for side in (ours, theirs))
    flat: list[Step] = [Opened(node, side is ours) for side in (ours, theirs) for node in side if not node.is_layer]
    flat += [inner for step in aligned(*layers) for inner in _of_step(step)]
    return flat if 2 * _cost(flat, setting=SETTING) < _cost(steps, setting=SETTING) else steps


def _regrouped(a: Node, b: Node) -> list[Step]:
    """The steps of two containers that hold equal layers in one order; none where the layers are not equal."""
    ours, theirs = ([inner for child in node.children for inner in _flat(child)] for node in (a, b))
    layers = [*zip_longest(*([node for node in side if node.is_layer] for side in (ours, theirs)))]
    if not all(x and y and x.key == y.key for x, y in layers):
        return []
    places = dict(_by_first_layer(theirs))
    held: list[Step] = []
    for place, node in _by_first_layer(ours):
        other = places.pop(place, None)
        held.append(ContainerPair(node, other) if other else Opened(node, True))
    held += [Opened(node, False) for node in places.values()]
    return [*held, *(step for x, y in layers for step in _inside(Pair(x, y)))]


def _by_first_layer(nodes: Iterable[Node]) -> Iterator[tuple[tuple[int, int], Node]]:
    """Containers by the number of layers before them, and by that of containers which begin there, too."""
    before = around = 0
    for node in nodes:
        if node.is_layer:
            before, around = before + 1, 0
        else:
            yield (before, around), node
            around += 1


def _flat(node: Node) -> Iterator[Node]:
    """Containers and layers; what is in a layer belongs to it."""
    yield node
    if not node.is_layer:
        for child in node.children:
            yield from _flat(child)


def _cost(steps: list[Step], function: float = 0.25, setting: float = 1) -> float:
    """How many layers have no equal; half of those that moved, a quarter of those that may be called as functions.

    Args:
        steps: Of two containers.
        function: What one counts that may be called as a function.
        setting: What two count that are of one kind and as wide, and set otherwise.
    """
    total = 0.0
    for step in with_moves(steps, _inside):
        match step:
            case Added(node) | Removed(node):
                total += _alone(node, function)
            case Pair(x, y) if x.key != y.key:
                total += _alone(x, function) + _alone(y, function) if _are_strangers(step) else _unlike(x, y, setting)
            case Swap(inner=inner) | Moved(inner=inner):
                total += len(inner) / 2
    return total


def _unlike(a: Node, b: Node, setting: float) -> float:
    return setting if a.sizes == b.sizes else 1


def _alone(node: Node, function: float) -> float:
    if node.is_layer:
        return node.size() * (function if _may_be_a_function(node.layer) else 1)
    return sum(_alone(child, function) for child in node.children)


def _may_be_a_function(layer: Layer) -> bool:
    return not layer.children and (not layer.kind or has(layer, Trait.FUNCTIONAL))


def _by_names(a: Node, b: Node) -> list[Step] | None:
    """Children of equal names as pairs; None where the names differ, or where they are only places in an order."""
    if a.runs_in_order or b.runs_in_order:
        return None
    if _are_places(a) or _are_places(b):
        return None
    if _same_names(a, b):
        return [step for x, y in zip(a.as_printed, b.as_printed, strict=True) for step in _matched(x, y)]
    named = by_name(a, b)
    if named is None:
        return None
    ours, theirs = named
    pairs = [step for name in theirs for step in _matched(ours[name], theirs[name])]
    return pairs if [*ours] == [*theirs] else [Reordered(a, b), *pairs]


def _same_names(a: Node, b: Node) -> bool:
    """Whether the children have equal names in equal order."""
    ours, theirs = a.layer.children, b.layer.children
    return len(ours) == len(theirs) and all(x.name == y.name for x, y in zip(ours, theirs, strict=True))


def _are_places(node: Node) -> bool:
    """Whether the names of the children only count: all but the keys of a ModuleDict may."""
    return node.layer.kind != "module_dict" and all(child.name.isdigit() for child in node.layer.children)


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


def _gaps_together(steps: Iterable[Step]) -> Iterator[Step | list[Step]]:
    """Runs of layers without counterpart, and of loose pairs beside them, as one list each."""
    for is_run, group in groupby(steps, lambda step: isinstance(step, Added | Removed) or _is_loose(step)):
        if is_run:
            yield list(group)
        else:
            yield from group


def _is_loose(step: Step) -> bool:
    """Two layers that are paired for want of better: neither equal nor of one name, or strangers."""
    if not isinstance(step, Pair) or step.candidate.key == step.reference.key:
        return False
    if step.candidate.layer.children or step.reference.layer.children:
        return False
    return step.candidate.name != step.reference.name or _are_strangers(step)


def _are_strangers(pair: Pair) -> bool:
    a, b = pair.candidate, pair.reference
    return a.key != b.key and not a.layer.children and pair_cost(a, b) >= STRANGERS


def _open_run(run: list[Step]) -> list[Step]:
    """Opens the highest containers among steps without counterpart and aligns all of them again, if that finds a pair.

    Of the highest, the largest are opened. What one side wraps up (`model` of a ForCausalLM) then meets its counterpart
    before that is opened too.
    """
    added = [step.candidate for step in run if isinstance(step, Added | Pair)]
    removed = [step.reference for step in run if isinstance(step, Removed | Pair)]
    if not (added and removed and any(node.layer.children for node in (*added, *removed))):
        return run
    large = _to_open([*added, *removed])
    inner = _steps(_open(added, large), _open(removed, large))
    if not _finds(inner):
        return run
    ours = [Opened(node, True) for node in added if node in large]
    theirs = [Opened(node, False) for node in removed if node in large]
    return [*ours, *theirs, *inner]


def _to_open(nodes: Sequence[Node]) -> set[Node]:
    """Those of the greatest height with at least half as many layers as the largest, and all others of such a class.

    So the stages of a network are opened together, however many blocks they have.
    """
    height = max(node.height for node in nodes)
    highest = [node for node in nodes if node.height == height]
    size = max(node.size() for node in highest)
    large = [node for node in highest if 2 * node.size() >= size]
    classes = {node.layer.class_name for node in large if node.has_no_kind}
    alike = [node for node in nodes if node.layer.class_name in classes and node.layer.children]
    return {*large, *alike}


def _open(nodes: Sequence[Node], large: Container[Node]) -> list[Node]:
    """Those that are to be opened replaced by their children."""
    return [inner for node in nodes for inner in (node.children if node in large else (node,))]
