"""Which layer of one network stands for which of the other: trees of layers in, a list of steps out.

Children of matched containers are aligned level by level, so equal blocks are passed over as one. Where a container has
no counterpart, it is opened and its children are aligned with what stands beside it. Knows nothing of effects.

The alignment is the cheapest one under these costs. Leaving a layer out costs 1, a block that its neighbour repeats
only 0.5. A swap of neighbours costs 0.9, so that it beats leaving one out and adding it again (2), and only 0.4 where
both are equal to the last setting, so that it beats two changed layers. A pair of one kind costs 0 to 0.7, by the share
of settings that differ; a pair of two kinds 1.2 where they play one role (ReLU and KWinners), else 1.9, so that it only
just beats leaving both out. Another name costs 0.05: names are weak evidence, enough to decide between equal layers and
never enough against a setting. Numbers are places, not names.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from archdiff import kinds
from archdiff.kinds import Trait
from archdiff.network import Layer, Setting, is_tabled, join
from archdiff.rules import is_layer

GAP = 1.0
COPY = 0.5
SWAP = 0.9
EQUAL_SWAP = 0.4
NAME = 0.05
MOVED = 0.4  # layers found elsewhere may differ this much: a k-winner of another n
FAR = 10.0  # never a pair
CELLS = 40_000  # of one full table; a larger middle is split at unique anchors, then walked along its diagonal
BAND = 8  # columns each side of the diagonal at first; doubled while the cheapest way touches an edge
RENAMED = 3  # times that two names stand for each other before they are taken for the same
AMBIGUOUS = 16  # layers given back from equal ends where the next one is equal too, so that names can decide


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A layer of the normal form with its path; equal keys mean equal layers, whatever their names."""

    path: str
    layer: Layer
    line: int
    key: int
    children: tuple[Node, ...]
    is_layer: bool
    name: str  # without numbers, which are places; "" where nothing is left

    def leaves(self) -> Iterator[Node]:
        """All that computes something in here, in printed order; a layer comes before its children."""
        stack = [self]
        while stack:
            node = stack.pop()
            if node.is_layer:
                yield node
            stack.extend(reversed(node.children))


@dataclass(frozen=True, slots=True)
class Pair:
    """Two layers that stand for each other; where they have children, these have steps of their own."""

    candidate: Node
    reference: Node


@dataclass(frozen=True, slots=True)
class Swap:
    """Two neighbours, layers or blocks, that changed places; in the order of the reference."""

    first: Pair
    second: Pair
    inner: tuple[Step, ...] = ()  # what stands for what inside of both


@dataclass(frozen=True, slots=True)
class Moved:
    """Found elsewhere in the candidate; `crossed` are the candidate's layers that it passed on the way."""

    pairs: tuple[Pair, ...]
    crossed: tuple[Pair, ...]
    inner: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Added:
    candidate: Node


@dataclass(frozen=True, slots=True)
class Removed:
    reference: Node


Step: TypeAlias = Pair | Swap | Moved | Added | Removed


def nodes(first: Layer, second: Layer) -> tuple[Node, Node]:
    """Both trees with keys from one table, so that equal layers have equal keys across the two."""
    keys = _Keys({}, {})
    return _node(first, keys), _node(second, keys)


@dataclass(frozen=True, slots=True)
class _Keys:
    """Equal values to equal numbers."""

    known: dict[object, int]
    by_id: dict[int, int]  # of printed settings, which equal prints share: hashing them costs more than all the rest

    def of_settings(self, settings: tuple[Setting, ...]) -> int:
        key = self.by_id.get(id(settings))
        if key is None:
            key = self.by_id[id(settings)] = self.of(settings)
        return key

    def of(self, value: object) -> int:
        return self.known.setdefault(value, len(self.known))


def _node(root: Layer, keys: _Keys) -> Node:
    order: list[tuple[str, Layer, int, int]] = []
    stack = [("", root, 0, -1)]
    while stack:
        prefix, layer, shift, parent = stack.pop()
        path = join(prefix, layer.name)
        if layer.children:
            below = shift + layer.shift
            stack.extend([(path, child, below, len(order)) for child in reversed(layer.children)])
        order.append((path, layer, layer.span.line + shift, parent))
    children: dict[int, list[Node]] = {}
    for index in range(len(order) - 1, -1, -1):
        path, layer, line, parent = order[index]
        held = tuple(reversed(children.pop(index, ())))
        settings = keys.of_settings(layer.settings)
        key = keys.of((layer.kind or layer.class_name, settings, *(child.key for child in held)))
        node = Node(path, layer, line, key, held, is_layer(layer), _without_numbers(layer.name))
        if parent >= 0:
            children.setdefault(parent, []).append(node)
    return node


@cache
def _without_numbers(name: str) -> str:
    return ".".join(part for part in name.split(".") if not part.isdigit())


def steps_between(candidate: Node, reference: Node) -> list[Step]:
    """The steps that turn the reference into the candidate, in the reference's order.

    Where modules were renamed throughout, the first alignment tells the names that stand for each other, and a second
    one lets them decide between equal layers (k_proj and v_proj) as equal names do.
    """
    steps = _steps_between(candidate, reference)
    names = _other_names(steps)
    return _steps_between(_renamed(candidate, names), reference) if names else steps


def _other_names(steps: Iterable[Step]) -> dict[str, str]:
    """Candidate's name -> reference's name, where equal layers mostly have these two and other names elsewhere."""
    seen: dict[str, Counter[str]] = {}
    for step in steps:
        if isinstance(step, Pair) and step.candidate.key == step.reference.key:
            seen.setdefault(step.candidate.name, Counter())[step.reference.name] += 1
    found = {name: others.most_common(1)[0] for name, others in seen.items()}
    return {
        name: other
        for name, (other, times) in found.items()
        if name != other and times >= RENAMED and times > 0.8 * seen[name].total()
    }


def _renamed(root: Node, names: Mapping[str, str]) -> Node:
    children = tuple(_renamed(child, names) for child in root.children)
    return Node(root.path, root.layer, root.line, root.key, children, root.is_layer, names.get(root.name, root.name))


def _steps_between(candidate: Node, reference: Node) -> list[Step]:
    if candidate.children and reference.children:
        return _with_moves(_inside(Pair(candidate, reference)))
    sides = [[*node.children] or [node] for node in (candidate, reference)]
    return _with_moves(_steps(sides[0], sides[1]))


def _inside(pair: Pair) -> list[Step]:
    """The steps of a pair: itself, where there is something to compare, and all that stands in it."""
    a, b = pair.candidate, pair.reference
    if a.key == b.key:
        return [Pair(x, y) for x, y in zip(a.leaves(), b.leaves(), strict=True)]
    if not (a.children and b.children):
        return [pair]
    return [*([pair] if a.is_layer and b.is_layer else []), *_steps(a.children, b.children)]


def _steps(candidate: Sequence[Node], reference: Sequence[Node]) -> list[Step]:
    """Aligned at this level, opened where containers have no counterpart, and inside of matched containers."""
    result: list[Step] = []
    for group in _gaps_together(_aligned(candidate, reference)):
        match group:
            case Pair():
                result += _inside(group)
            case Swap(first, second):
                result.append(Swap(first, second, (*_inside(first), *_inside(second))))
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
    """Equal ends first, then the cheapest way; a middle too large for a full table is split at unique anchors."""
    start, end = _equal_ends(a, b)
    head: list[Step] = [Pair(x, y) for x, y in zip(a[:start], b[:start], strict=True)]
    tail: list[Step] = [Pair(x, y) for x, y in zip(a[len(a) - end :], b[len(b) - end :], strict=True)]
    return head + _middle(a[start : len(a) - end], b[start : len(b) - end]) + tail


def _equal_ends(a: Sequence[Node], b: Sequence[Node]) -> tuple[int, int]:
    """How many layers at the start and at the end are equal without a choice."""
    shorter = min(len(a), len(b))
    start = next((i for i in range(shorter) if a[i].key != b[i].key), shorter)
    rest = shorter - start
    end = next((i for i in range(rest) if a[-1 - i].key != b[-1 - i].key), rest)
    if start + end < max(len(a), len(b)):
        start -= _equal_run(a, b, start, -1)
        end -= _equal_run(a, b, end, 1)
    return start, end


def _equal_run(a: Sequence[Node], b: Sequence[Node], count: int, side: int) -> int:
    """How many of `count` equal layers at one end could as well stand for the layers next to them."""
    if count == 0:
        return 0
    last = a[count - 1] if side < 0 else a[-count]
    behind = [(each[count] if side < 0 else each[-count - 1]) for each in (a, b) if count < len(each)]
    if not last.name or all(node.key != last.key for node in behind):
        return 0
    ends = reversed(a[:count]) if side < 0 else iter(a[-count:])
    return min(AMBIGUOUS, next((index for index, node in enumerate(ends) if node.key != last.key), count))


def _middle(a: Sequence[Node], b: Sequence[Node]) -> list[Step]:
    if not a or not b:
        return [*map(Removed, b), *map(Added, a)]
    if len(a) * len(b) <= CELLS:
        return _cheapest(a, b, max(len(a), len(b)))
    anchors = _anchors(a, b)
    if not anchors:
        return _along_the_diagonal(a, b)
    result: list[Step] = []
    i = j = 0
    for x, y in anchors:
        result += _aligned(a[i:x], b[j:y])
        result.append(Pair(a[x], b[y]))
        i, j = x + 1, y + 1
    return result + _aligned(a[i:], b[j:])


def _along_the_diagonal(a: Sequence[Node], b: Sequence[Node]) -> list[Step]:
    """The cheapest way within a band, widened until the way stays clear of its edges."""
    width = BAND
    while True:
        steps = _cheapest(a, b, width)
        if width >= max(len(a), len(b)) or _strays(steps, len(a), len(b)) < width:
            return steps
        width *= 2


def _strays(steps: Iterable[Step], ours: int, theirs: int) -> float:
    """How far the way leaves the straight line from start to end, in columns."""
    i = j = 0
    far = 0.0
    for step in steps:
        i += 2 if isinstance(step, Swap) else not isinstance(step, Removed)
        j += 2 if isinstance(step, Swap) else not isinstance(step, Added)
        far = max(far, abs(j - i * theirs / ours))
    return far + 1


def _anchors(a: Sequence[Node], b: Sequence[Node]) -> list[tuple[int, int]]:
    """Places of layers that stand once on each side, in an order that both sides share (longest increasing run)."""
    ours, theirs = Counter(node.key for node in a), Counter(node.key for node in b)
    place = {node.key: index for index, node in enumerate(b) if theirs[node.key] == 1 and ours.get(node.key) == 1}
    return _increasing([(index, place[node.key]) for index, node in enumerate(a) if node.key in place])


def _increasing(points: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest run of points that grow in both coordinates; the first ones come sorted."""
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


def _cheapest(a: Sequence[Node], b: Sequence[Node], width: int) -> list[Step]:
    """Dynamic programming in a band around the diagonal.

    `rows[i][j]` is the least cost of aligning the first i with the first j layers.
    """
    cost, skip_a, skip_b = _pair_costs(a, b), _gap_costs(a), _gap_costs(b)
    slope = len(b) / len(a)
    rows: list[dict[int, float]] = []
    for i in range(len(a) + 1):
        row: dict[int, float] = {}
        above = rows[-1] if rows else {}
        for j in range(max(0, int(i * slope) - width), min(len(b), int(i * slope) + width) + 1):
            least = 0.0 if i == j == 0 else FAR * FAR * FAR
            if j and j - 1 in row:
                least = min(least, row[j - 1] + skip_b[j - 1])
            if j in above:
                least = min(least, above[j] + skip_a[i - 1])
            if j and j - 1 in above:
                least = min(least, above[j - 1] + cost(i - 1, j - 1))
                if i > 1 and j > 1 and j - 2 in rows[-2]:
                    least = min(least, rows[-2][j - 2] + _swap_cost(cost, a, i, j))
            row[j] = least
        rows.append(row)
    return _walk_back(a, b, rows, cost, skip_a, skip_b)


def _walk_back(
    a: Sequence[Node],
    b: Sequence[Node],
    best: list[dict[int, float]],
    cost: Callable[[int, int], float],
    skip_a: Sequence[float],
    skip_b: Sequence[float],
) -> list[Step]:
    steps: list[Step] = []
    i, j = len(a), len(b)
    while i or j:
        here = best[i][j] + 1e-9  # sums of the same costs in another order
        if (
            i and best[i - 1].get(j, FAR**3) + skip_a[i - 1] <= here
        ):  # gaps first: the last of equal blocks is the extra one
            i -= 1
            steps.append(Added(a[i]))
        elif j and best[i].get(j - 1, FAR**3) + skip_b[j - 1] <= here:
            j -= 1
            steps.append(Removed(b[j]))
        elif i > 1 and j > 1 and best[i - 2].get(j - 2, FAR**3) + _swap_cost(cost, a, i, j) <= here:
            i, j = i - 2, j - 2
            steps.append(Swap(Pair(a[i + 1], b[j]), Pair(a[i], b[j + 1])))
        else:
            i, j = i - 1, j - 1
            steps.append(Pair(a[i], b[j]))
    return steps[::-1]


def _swap_cost(cost: Callable[[int, int], float], a: Sequence[Node], i: int, j: int) -> float:
    if a[i - 1].key == a[i - 2].key:
        return FAR
    crossed = cost(i - 1, j - 2), cost(i - 2, j - 1)
    if max(crossed) <= NAME:
        return EQUAL_SWAP + sum(crossed)
    return SWAP + sum(crossed) if max(crossed) < SWAP else FAR


def _gap_costs(nodes: Sequence[Node]) -> list[float]:
    """What it costs to leave each one out: less for a block whose neighbour is equal."""
    costs = [GAP] * len(nodes)
    for index in range(1, len(nodes)):
        if nodes[index].children and nodes[index].key == nodes[index - 1].key:
            costs[index - 1] = costs[index] = COPY
    return costs


def _pair_costs(a: Sequence[Node], b: Sequence[Node]) -> Callable[[int, int], float]:
    known: dict[tuple[int, int], float] = {}
    names_a, names_b = ([node.name for node in each] for each in (a, b))

    def cost(i: int, j: int) -> float:
        keys = a[i].key, b[j].key
        if keys not in known:
            known[keys] = 0.0 if keys[0] == keys[1] else pair_cost(a[i], b[j])
        return known[keys] + (0.0 if names_a[i] == names_b[j] else NAME)

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
    if is_tabled(a) is not is_tabled(b):  # a row of a summary table has no settings to compare
        return 0.0
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


@dataclass(frozen=True, slots=True)
class _Run:
    """Steps `start` to `end` that all add or all remove."""

    start: int
    end: int
    nodes: tuple[Node, ...]


def _with_moves(steps: list[Step]) -> list[Step]:
    """A run of layers that is missing here and stands there, with equal layers in equal order, is one move."""
    removed, added = _runs(steps, Removed), _runs(steps, Added)
    by_length: dict[int, list[_Run]] = {}
    for run in added:
        by_length.setdefault(len(run.nodes), []).append(run)
    replaced: dict[int, list[Step]] = {}
    for run in removed:
        others = by_length.get(len(run.nodes), [])
        other = next((each for each in others if _equal_runs(each, run)), None)
        if other is None:
            continue
        others.remove(other)
        pairs = tuple(Pair(a, b) for a, b in zip(other.nodes, run.nodes, strict=True))
        between = steps[run.end : other.start] if run.end <= other.start else steps[other.end : run.start]
        replaced |= {index: [] for each in (run, other) for index in range(each.start, each.end)}
        inner = tuple(step for pair in pairs for step in _inside(pair))
        replaced[run.start] = [Moved(pairs, tuple(pair for step in between for pair in _pairs_in(step)), inner)]
    return [kept for index, step in enumerate(steps) for kept in replaced.get(index, [step])]


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
