"""Windows: pieces of both networks between layers with weights, in which layers may differ and compute the same.

A window reaches from one layer with weights that both networks have to the next one, or over more of them, over which
layers may have moved. Says which piece it is; whether both sides compute the same, `proofs` says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple, TypeAlias

from archdiff.diff.network_index import NetworkIndex
from archdiff.diff.nodes import Node
from archdiff.diff.steps import Added, Alike, ContainerPair, Moved, Opened, Pair, Removed, Step, Swap
from archdiff.infer.leaf import Leaf
from archdiff.model.effects import Effect
from archdiff.model.network import Layer
from archdiff.semantics import kinds
from archdiff.semantics.kinds import Trait, has
from archdiff.semantics.runs import constants

MOST_LAYERS: Final = 40  # of a window; more are left to what is found of each
MOST_STEPS: Final = 60  # on either side of what was found, containers among them
SOON: Final = 12  # steps


class Networks(NamedTuple):
    """Both networks; `certain_shapes`: shapes follow from an input that was printed or given."""

    candidate: NetworkIndex
    reference: NetworkIndex
    certain_shapes: bool


class Window(NamedTuple):
    """One piece of each network.

    Attributes:
        steps: The steps in it.
        leaves: Leaves of the candidate and of the reference, in printed order.
        nodes: The same as nodes.
        pairs: Those that correspond to each other.
    """

    steps: tuple[Step, ...]
    leaves: tuple[tuple[Leaf, ...], tuple[Leaf, ...]]
    nodes: tuple[tuple[Node, ...], tuple[Node, ...]]
    pairs: tuple[Pair, ...]

    def apart(self) -> tuple[Sequence[Node], Sequence[Node]]:
        """Both sides without the layers with which they begin and end alike."""
        return _apart(*self.nodes)


#: what stands before a window and behind it, on both sides; None at an end of the network
Ends: TypeAlias = "tuple[Pair | None, Pair | None]"


def spans(steps: Sequence[Step], at: int, done: int) -> Iterator[tuple[int, int, bool]]:
    """The windows around a step, the smallest one first.

    Args:
        steps: The alignment.
        at: Index of a step.
        done: Index of the first step at which a window may begin.

    Yields:
        The first step of a window, the one behind its last, and whether a part of it is of no use.
    """
    yield (*_tight(steps, at, done), True)
    narrow = isinstance(steps[at], Pair) and not is_hopeless(steps[at])
    for before, behind in _REACH[:2] if narrow else _REACH:
        first, last = _back(steps, at, done, before), _on(steps, at + 1, behind)
        if first is not None and last is not None:
            yield first, last, before + behind > 0


#: how many layers with weights a window takes in before and behind
_REACH: Final = ((0, 0), (0, 1), (1, 0), (0, 2), (2, 0), (1, 1), (0, 3), (3, 0))


def _tight(steps: Sequence[Step], at: int, done: int) -> tuple[int, int]:
    """From behind the last layer with weights to the next one, with it where it differs, as in a long chain."""
    first = last = at
    while first > done and at - first < MOST_STEPS and not _weighs(steps[first - 1]):
        first -= 1
    while last < len(steps) and last - at < MOST_STEPS and not _weighs(steps[last]):
        last += 1
    takes = last < len(steps) and is_weighted_pair(steps[last]) and not _ends_a_window(steps[last])
    return first, last + takes


def _weighs(step: Step) -> bool:
    return is_weighted_pair(step) or _ends_a_window(step)


def _back(steps: Sequence[Step], first: int, done: int, reach: int) -> int | None:
    """Where a window begins that ends before `first`.

    None where fewer than `reach` layers with weights are there, or where it would be too large.
    """
    least = max(done, first - MOST_STEPS)
    while first > least:
        if _ends_a_window(steps[first - 1]):
            if not reach or isinstance(steps[first - 1], Alike):
                break
            reach -= 1
        first -= 1
    return None if reach or (first == least > done) else first


def _on(steps: Sequence[Step], last: int, reach: int) -> int | None:
    """Behind which step a window ends that goes on at `last`; None as there."""
    most = min(len(steps), last + MOST_STEPS)
    while last < most:
        if _ends_a_window(steps[last]):
            if not reach or isinstance(steps[last], Alike):
                break
            reach -= 1
        last += 1
    return None if reach or (last == most < len(steps)) else last


def nearest(steps: Iterable[Step], which: int) -> Pair | None:
    """The nearest pair of layers in some steps: the first one (0) of a step, or its last one (-1)."""
    for step in steps:
        if isinstance(step, Alike):
            return step.end(which)
        if pairs := nodes_of(step)[2]:
            return pairs[which]
    return None


def nodes_of(step: Step) -> tuple[tuple[Node, ...], tuple[Node, ...], tuple[Pair, ...]]:
    """The layers of a step on both sides, and which of them correspond to each other."""
    match step:
        case Pair(a, b):
            return (a,), (b,), (step,)
        case Added(node):
            return tuple(node.leaves()), (), ()
        case Removed(node):
            return (), tuple(node.leaves()), ()
        case Swap(inner=inner) | Moved(inner=inner):
            parts = [nodes_of(each) for each in inner]
            ours = tuple([node for part in parts for node in part[0]])
            theirs = tuple([node for part in parts for node in part[1]])
            return ours, theirs, tuple([pair for part in parts for pair in part[2]])
    return (), (), ()


def _ends_a_window(step: Step) -> bool:
    match step:
        case Pair(a, b):
            return a.key == b.key and not _is_weightless(a.layer)
        case ContainerPair() | Opened() | Swap() | Moved() | Added() | Removed():
            return False
    return True


def is_weighted_pair(step: Step) -> bool:
    """Whether a step pairs two layers of which one has weights."""
    return isinstance(step, Pair) and not (
        _is_weightless(step.candidate.layer) and _is_weightless(step.reference.layer)
    )


def _is_weightless(layer: Layer) -> bool:
    kind = kinds.by_name().get(layer.kind)
    return kind is not None and (kind.function is not None or has(layer, Trait.FUNCTIONAL))


def is_hopeless(step: Step) -> bool:
    """Whether a step has weights on its two sides that no rule makes equal; costs less to find than a window."""
    ours, theirs, _ = nodes_of(step)
    first, second = (_maps(node.layer for node in nodes) for nodes in (ours, theirs))
    if isinstance(step, Added | Removed):  # a convolution may stand for a Linear that stands elsewhere
        return len(first + second) > 1 or any(each[0] != _MAP for each in first + second)
    return Counter(first) != Counter(second)


def forgetting(steps: Sequence[Step]) -> list[int]:
    """The places of steps of which the candidate's part may be constant, whatever its input."""
    layers = {node.key: node.layer for step in steps for node in nodes_of(step)[0]}
    keys = {key for key, layer in layers.items() if _may_forget(layer)}
    if not keys:
        return []
    return [place for place, step in enumerate(steps) if any(node.key in keys for node in nodes_of(step)[0])]


def _may_forget(layer: Layer) -> bool:
    kind = kinds.by_name().get(layer.kind)
    return kind is not None and constants.may_forget(kind, kinds.settings_of(layer))


def window_of(group: Sequence[Step], ends: Ends, networks: Networks) -> Window | None:
    """A group of steps as a window, where each side is one piece of its network and of known kinds.

    Args:
        group: Neighbouring steps.
        ends: The pairs before and behind them.
        networks: Both networks.
    """
    parts = [nodes_of(step) for step in group]
    ours = tuple([node for part in parts for node in part[0]])
    theirs = tuple([node for part in parts for node in part[1]])
    if not _may_be_one(ours, theirs, networks):
        return None
    leaves: list[tuple[Leaf, ...]] = []
    nodes: list[tuple[Node, ...]] = []
    for side, own, at in ((networks.candidate, ours, 0), (networks.reference, theirs, 1)):
        by_path = {node.path: node for node in own}
        found = _in_one_piece(side, by_path)
        before, behind = (each[at].path if each else None for each in ends)
        if found is None or not _fits(found, before, behind, side):
            return None
        leaves.append(found)
        nodes.append(tuple([by_path[leaf.path] for leaf in found]))
    layers = [[leaf.layer for leaf in own] for own in leaves]
    if _maps(layers[0]) != _maps(layers[1]) and not _both_forget(layers[0], layers[1]):
        return None
    return Window(
        tuple(group), (leaves[0], leaves[1]), (nodes[0], nodes[1]), tuple([pair for part in parts for pair in part[2]])
    )


def _may_be_one(ours: Sequence[Node], theirs: Sequence[Node], networks: Networks) -> bool:
    """Whether both sides have the same weights, and what one side alone has stands where the order is known.

    Looks neither at shapes nor at neighbours, which cost more.
    """
    if not (ours or theirs) or max(len(ours), len(theirs)) > MOST_LAYERS:
        return False
    layers = [[node.layer for node in own] for own in (ours, theirs)]
    if Counter(_maps(layers[0])) != Counter(_maps(layers[1])) and not _both_forget(layers[0], layers[1]):
        return False
    apart = _apart(ours, theirs)
    if all(apart):
        return True
    return all(
        side.may_run_in_order(node.path) for side, nodes in zip(networks[:2], apart, strict=True) for node in nodes
    )


def _both_forget(ours: Iterable[Layer], theirs: Iterable[Layer]) -> bool:
    return all(any(map(_may_forget, layers)) for layers in (ours, theirs))


def _apart(ours: Sequence[Node], theirs: Sequence[Node]) -> tuple[Sequence[Node], Sequence[Node]]:
    while ours and theirs and ours[0].key == theirs[0].key:
        ours, theirs = ours[1:], theirs[1:]
    while ours and theirs and ours[-1].key == theirs[-1].key:
        ours, theirs = ours[:-1], theirs[:-1]
    return ours, theirs


def _in_one_piece(side: NetworkIndex, by_path: dict[str, Node]) -> tuple[Leaf, ...] | None:
    """The leaves under these paths in printed order; None where others stand between them."""
    left = {path: side.leaf(path) for path in by_path}
    if any(leaf is None or leaf.kind is None for leaf in left.values()):
        return None
    if any(leaf and leaf.has(Trait.PICKS_MAX) for leaf in left.values()) and side.unpools:
        return None
    first = next((leaf for leaf in left.values() if leaf and not _stands_in(side.before(leaf), left)), None)
    found: list[Leaf] = []
    while first is not None and first.path in left:
        found.append(first)
        first = side.behind(first)
    return tuple(found) if len(found) == len(left) else None


_MAP: Final = "map"


def _maps(layers: Iterable[Layer]) -> list[tuple[object, ...]]:
    """The layers with weights and all of their settings that no rule changes.

    Of a map, which may be printed as a convolution or as a Linear, how wide it is and whether it adds a bias.
    """
    found: list[tuple[object, ...]] = []
    for layer in layers:
        kind = kinds.by_name().get(layer.kind)
        if kind is None or _is_weightless(layer):
            continue
        settings = kinds.settings_of(layer)
        if layer.kind.startswith(("conv_1", "conv_2", "conv_3", "linear")):
            width = settings.known("out_channels" if kind.field("out_channels") else "out_features")
            found.append((_MAP, width, settings.known("bias")))
        else:
            fields = [field for field in kind.fields if field.effect >= Effect.FUNCTION]
            found.append((layer.kind, *(settings.known(field.name) for field in fields)))
    return found


def _fits(leaves: Sequence[Leaf], before: str | None, behind: str | None, side: NetworkIndex) -> bool:
    """Whether the leaves are all that stands between two paths."""
    if leaves:
        return _path(side.before(leaves[0])) == before and _path(side.behind(leaves[-1])) == behind
    first = side.leaf(before) if before else None
    return _path(side.behind(first) if first else side.first()) == behind


def _path(leaf: Leaf | None) -> str | None:
    return leaf.path if leaf else None


def _stands_in(leaf: Leaf | None, paths: dict[str, Leaf | None]) -> bool:
    return leaf is not None and leaf.path in paths
