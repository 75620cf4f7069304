"""Which layer of one network stands for which of the other: trees of layers in, a list of steps out.

Children of matched containers are aligned level by level, so equal blocks are passed over as one. Where a container has
no counterpart, it is opened and its children are aligned with what stands beside it. Knows nothing of effects.

The alignment is the cheapest one under these costs: leaving a layer out 1; a swap of neighbours 0.9, so that it beats
leaving one out and adding it again (2); a pair of one kind 0 to 0.7, by the share of settings that differ; a pair of two
kinds 1.2 where they play one role (ReLU and KWinners), else 1.9, so that it only just beats leaving both out. Another name
costs 0.05: names are weak evidence, enough to decide between equal layers and never enough against a setting.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from archdiff import kinds
from archdiff.kinds import Trait
from archdiff.network import Layer, join

GAP = 1.0
SWAP = 0.9
NAME = 0.05
FAR = 10.0  # never a pair
CELLS = 250_000  # of one exact table; larger middles are split at unique anchors first


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A layer of the normal form with its path; equal keys mean equal layers, whatever their names."""

    path: str
    layer: Layer
    key: int
    children: tuple[Node, ...]

    @property
    def name(self) -> str:
        return self.path.rpartition(".")[2]

    def leaves(self) -> Iterator[Node]:
        stack = [self]
        while stack:
            node = stack.pop()
            if not node.children:
                yield node
            stack.extend(reversed(node.children))


@dataclass(frozen=True, slots=True)
class Pair:
    candidate: Node
    reference: Node


@dataclass(frozen=True, slots=True)
class Swap:
    """Two neighbours that changed places; in the order of the reference."""

    first: Pair
    second: Pair


@dataclass(frozen=True, slots=True)
class Moved:
    """Found elsewhere in the candidate; `crossed` are the candidate's layers that it passed on the way."""

    pairs: tuple[Pair, ...]
    crossed: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Added:
    candidate: Node


@dataclass(frozen=True, slots=True)
class Removed:
    reference: Node


Step: TypeAlias = Pair | Swap | Moved | Added | Removed


def nodes(first: Layer, second: Layer) -> tuple[Node, Node]:
    """Both trees with keys from one table, so that equal layers have equal keys across the two."""
    table: dict[object, int] = {}
    return _node(first, table), _node(second, table)


def _node(root: Layer, table: dict[object, int]) -> Node:
    order: list[tuple[str, Layer, int]] = []
    stack = [("", root, -1)]
    while stack:
        prefix, layer, parent = stack.pop()
        path = join(prefix, layer.name)
        stack.extend((path, child, len(order)) for child in reversed(layer.children))
        order.append((path, layer, parent))
    children: list[list[Node]] = [[] for _ in order]
    for index in range(len(order) - 1, -1, -1):
        path, layer, parent = order[index]
        held = tuple(reversed(children[index]))
        identity = (layer.kind or layer.class_name, layer.settings, tuple(child.key for child in held))
        node = Node(path, layer, table.setdefault(identity, len(table)), held)
        if parent >= 0:
            children[parent].append(node)
    return node


def align(candidate: Node, reference: Node) -> list[Step]:
    """The steps that turn the reference into the candidate, in the reference's order."""
    if not (candidate.children and reference.children):
        return _steps([*candidate.leaves()], [*reference.leaves()])
    return _with_moves(_steps(candidate.children, reference.children))


def _steps(candidate: Sequence[Node], reference: Sequence[Node]) -> list[Step]:
    """Aligned at this level, opened where containers have no counterpart, and inside of matched containers."""
    result: list[Step] = []
    for group in _gaps_together(_aligned(candidate, reference)):
        match group:
            case Pair(a, b) if a.key == b.key or not (a.children and b.children):
                result += (Pair(x, y) for x, y in zip(a.leaves(), b.leaves(), strict=True))
            case Pair(a, b):
                result += _steps(a.children, b.children)
            case list():
                result += _opened(group)
            case _:
                result.append(group)
    return result


def _gaps_together(steps: Iterable[Step]) -> Iterator[Step | list[Step]]:
    """Runs of layers without counterpart as one list each."""
    run: list[Step] = []
    for step in steps:
        if isinstance(step, Added | Removed):
            run.append(step)
            continue
        if run:
            yield run
            run = []
        yield step
    if run:
        yield run


def _opened(run: list[Step]) -> list[Step]:
    """A run in which containers stand against something: opened one level and aligned again, if that finds a pair."""
    added = [step.candidate for step in run if isinstance(step, Added)]
    removed = [step.reference for step in run if isinstance(step, Removed)]
    if not (added and removed) or not any(node.children for node in (*added, *removed)):
        return run
    inner = _steps(_open(added), _open(removed))
    return inner if any(not isinstance(step, Added | Removed) for step in inner) else run


def _open(nodes: Sequence[Node]) -> list[Node]:
    return [inner for node in nodes for inner in (node.children or (node,))]


# One level


def _aligned(a: Sequence[Node], b: Sequence[Node]) -> list[Step]:
    """Equal ends first, then the cheapest table; a middle too large for a table is split at unique anchors."""
    start = 0
    while start < min(len(a), len(b)) and _same(a[start], b[start]):
        start += 1
    end = 0
    while end < min(len(a), len(b)) - start and _same(a[-1 - end], b[-1 - end]):
        end += 1
    head: list[Step] = [Pair(x, y) for x, y in zip(a[:start], b[:start], strict=True)]
    tail: list[Step] = [Pair(x, y) for x, y in zip(a[len(a) - end :], b[len(b) - end :], strict=True)]
    return head + _middle(a[start : len(a) - end], b[start : len(b) - end]) + tail


def _same(a: Node, b: Node) -> bool:
    return a.key == b.key


def _middle(a: Sequence[Node], b: Sequence[Node]) -> list[Step]:
    if not a or not b:
        return [*map(Removed, b), *map(Added, a)]
    if len(a) * len(b) <= CELLS:
        return _cheapest(a, b)
    anchors = _anchors(a, b) or [(len(a) // 2, len(b) // 2)]
    result: list[Step] = []
    i = j = 0
    for x, y in [*anchors, (len(a), len(b))]:
        result += _middle(a[i:x], b[j:y])
        i, j = x, y
    return result


def _anchors(a: Sequence[Node], b: Sequence[Node]) -> list[tuple[int, int]]:
    """Places of layers that stand once on each side, in an order that both sides share (longest increasing run)."""
    ours, theirs = Counter(node.key for node in a), Counter(node.key for node in b)
    place = {node.key: index for index, node in enumerate(b) if theirs[node.key] == 1 and ours.get(node.key) == 1}
    return [
        found
        for found in _increasing([(i, place[n.key]) for i, n in enumerate(a) if n.key in place])
        if found != (0, 0)
    ]


def _increasing(points: list[tuple[int, int]]) -> list[tuple[int, int]]:
    from bisect import bisect_left

    ends: list[int] = []
    heads: list[int] = []
    back: list[int] = []
    for index, (_, y) in enumerate(points):
        at = bisect_left(ends, y)
        back.append(heads[at - 1] if at else -1)
        ends[at : at + 1] = [y]
        heads[at : at + 1] = [index]
    chain: list[tuple[int, int]] = []
    index = heads[-1] if heads else -1
    while index >= 0:
        chain.append(points[index])
        index = back[index]
    return chain[::-1]


def _cheapest(a: Sequence[Node], b: Sequence[Node]) -> list[Step]:
    """Dynamic programming over both sequences; on equal cost a pair comes before a gap."""
    cost = _pair_costs(a, b)
    best = [[GAP * j for j in range(len(b) + 1)]]
    for i in range(1, len(a) + 1):
        above, row = best[-1], [GAP * i]
        for j in range(1, len(b) + 1):
            least = min(above[j - 1] + cost(i - 1, j - 1), above[j] + GAP, row[j - 1] + GAP)
            if i > 1 and j > 1:
                least = min(least, best[i - 2][j - 2] + _swap_cost(cost, a, i, j))
            row.append(least)
        best.append(row)
    return _walk_back(a, b, best, cost)


def _walk_back(
    a: Sequence[Node], b: Sequence[Node], best: list[list[float]], cost: Callable[[int, int], float]
) -> list[Step]:
    steps: list[Step] = []
    i, j = len(a), len(b)
    while i or j:
        here = best[i][j] - 1e-9
        if i and j and best[i - 1][j - 1] + cost(i - 1, j - 1) <= here + 2e-9:
            i, j = i - 1, j - 1
            steps.append(Pair(a[i], b[j]))
        elif i > 1 and j > 1 and best[i - 2][j - 2] + _swap_cost(cost, a, i, j) <= here + 2e-9:
            i, j = i - 2, j - 2
            steps.append(Swap(Pair(a[i + 1], b[j]), Pair(a[i], b[j + 1])))
        elif i and best[i - 1][j] + GAP <= here + 2e-9:
            i -= 1
            steps.append(Added(a[i]))
        else:
            j -= 1
            steps.append(Removed(b[j]))
    return steps[::-1]


def _swap_cost(cost: Callable[[int, int], float], a: Sequence[Node], i: int, j: int) -> float:
    if a[i - 1].key == a[i - 2].key:
        return FAR
    crossed = cost(i - 1, j - 2), cost(i - 2, j - 1)
    return SWAP + sum(crossed) if max(crossed) < SWAP else FAR


def _pair_costs(a: Sequence[Node], b: Sequence[Node]) -> Callable[[int, int], float]:
    known: dict[tuple[int, int], float] = {}

    def cost(i: int, j: int) -> float:
        x, y = a[i], b[j]
        keys = x.key, y.key
        if keys not in known:
            known[keys] = 0.0 if x.key == y.key else pair_cost(x, y)
        return known[keys] + (0.0 if x.name == y.name else NAME)

    return cost


def pair_cost(a: Node, b: Node) -> float:
    """What it costs to say that these two, which are not equal, stand in the same place; names apart."""
    if a.children and b.children:
        unlike = _unlike(a, b)
        if a.layer.class_name == b.layer.class_name:
            return 0.1 + 0.8 * unlike
        return 0.2 + 0.8 * unlike if unlike < 0.5 else FAR
    if a.children or b.children:
        return FAR
    if (a.layer.kind or a.layer.class_name) == (b.layer.kind or b.layer.class_name):
        return 0.1 + 0.6 * _differing(a.layer, b.layer)
    return 1.2 if _role(a.layer) == _role(b.layer) != "" else 1.9


def _unlike(a: Node, b: Node) -> float:
    """Share of the leaves' kinds that have no counterpart, order apart: cheap, and enough to tell blocks apart."""
    ours = Counter(leaf.layer.kind or leaf.layer.class_name for leaf in a.leaves())
    theirs = Counter(leaf.layer.kind or leaf.layer.class_name for leaf in b.leaves())
    return 1 - 2 * (ours & theirs).total() / max(1, ours.total() + theirs.total())


def _differing(a: Layer, b: Layer) -> float:
    ours = {(setting.name, setting.value) for setting in a.settings}
    theirs = {(setting.name, setting.value) for setting in b.settings}
    return len(ours ^ theirs) / max(1, len(ours) + len(theirs))


_ROLES = (Trait.AFFINE_MAP, Trait.CHANNEL_SCALE, Trait.PICKS_MAX, Trait.DROPS, Trait.RESHAPES, Trait.KEEPS_ARGMAX)


def _role(layer: Layer) -> str:
    """What a layer is there for, so that ReLU against KWinners reads as a replacement."""
    if not layer.kind:
        return ""
    kind, settings = kinds.by_name()[layer.kind], kinds.settings_of(layer)
    if kind.has(Trait.PICKS_WINNERS, settings) or kind.has(Trait.ELEMENTWISE, settings):
        return "activation"
    return next((role.name for role in _ROLES if kind.has(role, settings)), layer.kind.rpartition("_")[0])


# Moves


def _with_moves(steps: list[Step]) -> list[Step]:
    """A run of layers that is missing here and stands there, with equal layers in equal order, is one move."""
    runs = [(i, j) for i, j in _runs(steps)]
    taken: dict[int, Step | None] = {}
    for i, j in runs:
        if not isinstance(steps[i], Removed) or i in taken:
            continue
        for x, y in runs:
            if isinstance(steps[x], Added) and x not in taken and _equal_runs(steps[x:y], steps[i:j]):
                pairs = tuple(Pair(s.candidate, r.reference) for s, r in zip(steps[x:y], steps[i:j], strict=True))  # type: ignore[union-attr]
                between = steps[j:x] if j <= x else steps[y:i]
                taken.update(dict.fromkeys((*range(i, j), *range(x, y))))
                taken[i] = Moved(pairs, tuple(pair for step in between for pair in _pairs_in(step)))
                break
    kept = [taken.get(index, step) if index in taken else step for index, step in enumerate(steps)]
    return [step for step in kept if step is not None]


def _runs(steps: list[Step]) -> Iterator[tuple[int, int]]:
    """(start, end) of maximal runs of Added or of Removed."""
    start = 0
    for index in range(1, len(steps) + 1):
        if index == len(steps) or type(steps[index]) is not type(steps[start]):
            if isinstance(steps[start], Added | Removed):
                yield start, index
            start = index


def _equal_runs(added: Sequence[Step], removed: Sequence[Step]) -> bool:
    if len(added) != len(removed):
        return False
    both = zip(added, removed, strict=True)
    return all(
        a.candidate.key == r.reference.key
        or (not a.candidate.children and not r.reference.children and pair_cost(a.candidate, r.reference) < 0.4)  # type: ignore[union-attr]
        for a, r in both
    )


def _pairs_in(step: Step) -> tuple[Pair, ...]:
    match step:
        case Pair():
            return (step,)
        case Swap(first, second):
            return (first, second)
        case _:
            return ()
