"""One level of two trees: which of these neighbours stands for which of those, without looking at what is in them.

The alignment is the cheapest one under these costs. Leaving a layer out costs 1, a block that its neighbour repeats
only 0.5. A swap of neighbours costs 0.9, so that it beats leaving one out and adding it again (2), and only 0.4 where
both are equal to the last setting, so that it beats two changed layers. A pair of one kind costs 0 to 0.7, by the share
of settings that differ; a pair of two kinds 1.2 where they play one role (ReLU and KWinners), else 1.9, so that it only
just beats leaving both out. Another name costs 0.05: names are weak evidence, enough to decide between equal layers and
never enough against a setting; but 0.6 where each of the two names stands for something else on the other side and the
forward calls them by name. Numbers are places, not names. An Identity stands for an Identity alone, and costs 0.1.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from math import inf

from archdiff.compare.nodes import Added, Node, Pair, Removed, Step, Swap
from archdiff.model.network import Layer, is_tabled
from archdiff.semantics import kinds
from archdiff.semantics.containers import runs_in_order
from archdiff.semantics.kinds import Trait

GAP = 1.0
COPY = 0.5
SWAP = 0.9
EQUAL_SWAP = 0.4
NAME = 0.05
CROSSED = 0.6  # two names that both sides have, and that stand for each other here
OTHER_CLASS = 4.0  # times the share of unlike layers in a pair of blocks of two classes
NOTHING = 0.1  # leaving out an Identity
CHANGED = 0.3  # of a pair of blocks in which nothing is equal, so that a swap or a move beats many such pairs
STRANGERS = 1.9  # two kinds that play different roles
FAR = 10.0  # never a pair
CELLS = 40_000  # of one full table; a larger middle is split at unique anchors, then walked along its diagonal
BAND = 8  # columns each side of the diagonal at first; doubled while the cheapest way touches an edge
WIDEST = 16  # columns each side of a way through long lists
AMBIGUOUS = 16  # layers given back from equal ends where the next one is equal too, so that names can decide


def aligned(a: Sequence[Node], b: Sequence[Node]) -> list[Step]:
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
    if len(a) == len(b) == 1 and _always_pair(a[0].layer, b[0].layer):
        return [Pair(a[0], b[0])]
    if len(a) * len(b) <= CELLS:
        return _cheapest(a, b, max(len(a), len(b)))
    anchors = _anchors(a, b)
    if not anchors:
        return _along_the_diagonal(a, b)
    result: list[Step] = []
    i = j = 0
    for x, y in anchors:
        result += aligned(a[i:x], b[j:y])
        result.append(Pair(a[x], b[y]))
        i, j = x + 1, y + 1
    return result + aligned(a[i:], b[j:])


def _always_pair(a: Layer, b: Layer) -> bool:
    """Whether two that stand alone cost less as a pair than left out, whatever is in them."""
    return a.class_name == b.class_name if a.children or b.children else True


def _along_the_diagonal(a: Sequence[Node], b: Sequence[Node]) -> list[Step]:
    """The cheapest way within a band, widened until the way stays clear of its edges.

    It stays as it is where nothing can be a pair, and where the band has become wide for so long a way, as between
    networks that have little in common.
    """
    width = BAND
    widest = min(2 * max(len(a), len(b)), max(WIDEST, 2 * CELLS // len(a)))
    while True:
        steps = _cheapest(a, b, width)
        if 2 * width > widest or _strays(steps, len(a), len(b)) < width:
            return steps
        if all(isinstance(step, Added | Removed) for step in steps) and not _may_pair(a, b):
            return steps
        width *= 2


def _may_pair(a: Sequence[Node], b: Sequence[Node]) -> bool:
    """Whether any of these could stand for any of those; blocks of one class and the same layers cost the same."""
    ours, theirs = ({node.profile(): node for node in side} for side in (a, b))
    return any(pair_cost(x, y) < FAR for x in ours.values() for y in theirs.values())


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
            least = 0.0 if i == j == 0 else inf
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
            i and best[i - 1].get(j, inf) + skip_a[i - 1] <= here
        ):  # gaps first: the last of equal blocks is the extra one
            i -= 1
            steps.append(Added(a[i]))
        elif j and best[i].get(j - 1, inf) + skip_b[j - 1] <= here:
            j -= 1
            steps.append(Removed(b[j]))
        elif i > 1 and j > 1 and best[i - 2].get(j - 2, inf) + _swap_cost(cost, a, i, j) <= here:
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
    """What it costs to leave each one out: less for a block that repeats the one before it, if the print is whole."""
    costs = [NOTHING if _role(node) == _IDENTITY else GAP for node in nodes]
    for index in range(1, 0 if nodes[0].is_cut else len(nodes)):
        if nodes[index].layer.children and nodes[index].key == nodes[index - 1].key:
            costs[index] = COPY
    return costs


def _pair_costs(a: Sequence[Node], b: Sequence[Node]) -> Callable[[int, int], float]:
    known: dict[tuple[int, int], float] = {}
    names_a, names_b = ([node.name for node in each] for each in (a, b))
    ours, theirs = ({node.name for node in each if _is_called_by_name(node)} - {""} for each in (a, b))
    both = ours & theirs

    def cost(i: int, j: int) -> float:
        keys = a[i].key, b[j].key
        if keys not in known:
            known[keys] = 0.0 if keys[0] == keys[1] else pair_cost(a[i], b[j])
        if names_a[i] == names_b[j]:
            return known[keys]
        return known[keys] + (CROSSED if names_a[i] in both and names_b[j] in both else NAME)

    return cost


def _is_called_by_name(node: Node) -> bool:
    """Whether a forward that is not known calls it, and not the order of its siblings."""
    return node.parent is not None and not runs_in_order(node.parent.layer)


def pair_cost(a: Node, b: Node) -> float:
    """What it costs to say that these two, which are not equal, stand in the same place; names apart."""
    if a.layer.children and b.layer.children:
        unlike = _unlike(a, b)
        if a.layer.class_name == b.layer.class_name:
            return 0.1 + 0.8 * unlike + CHANGED * _changed(a, b)
        return 0.2 + OTHER_CLASS * unlike if unlike < 0.5 and not _one_wraps_the_other(a, b, unlike) else FAR
    if a.layer.children or b.layer.children:
        alike = a.is_layer and b.is_layer and a.layer.kind == b.layer.kind != ""
        alike = alike or a.layer.class_name == b.layer.class_name  # all that was in it is missing
        return 0.3 + 0.6 * _differing(a.layer, b.layer) if alike else FAR
    if (_role(a) == _IDENTITY) is not (_role(b) == _IDENTITY):
        return FAR
    if (a.layer.kind or a.layer.class_name) == (b.layer.kind or b.layer.class_name):
        return 0.1 + 0.6 * _differing(a.layer, b.layer)
    return 1.2 if _role(a) == _role(b) != "" else STRANGERS


def _one_wraps_the_other(a: Node, b: Node, unlike: float) -> bool:
    """Whether a block in one of them is more like the other, or as like it where that cannot be said of both."""
    inner = _least_unlike(a, b), _least_unlike(b, a)
    return min(inner) < unlike or (inner[0] == unlike) is not (inner[1] == unlike)


def _least_unlike(a: Node, b: Node) -> float:
    """Of the blocks in `a` that are large enough, and small enough, to have more than half in common with `b`; what
    runs in order is no block, but nesting."""
    size = b.size()
    inner = [child for child in a.children if child.children and not runs_in_order(child.layer)]
    blocks = [child for child in inner if size <= 3 * child.size() <= 9 * size]
    return min((_unlike(block, b) for block in blocks), default=1.0)


def _unlike(a: Node, b: Node) -> float:
    """Share of the leaves' kinds that have no counterpart, order apart: cheap, and enough to tell blocks apart."""
    ours, theirs = a.classes(), b.classes()
    return 1 - 2 * (ours & theirs).total() / max(1, ours.total() + theirs.total())


def _changed(a: Node, b: Node) -> float:
    """Share of what stands in them that has no equal: two blocks in which all differs may be two others."""
    ours, theirs = a.inside(), b.inside()
    return 1 - 2 * (ours & theirs).total() / max(1, ours.total() + theirs.total())


def _differing(a: Layer, b: Layer) -> float:
    if is_tabled(a) is not is_tabled(b):  # a row of a summary table has no settings to compare
        return 0.0
    ours = {(setting.name, setting.value) for setting in a.settings}
    theirs = {(setting.name, setting.value) for setting in b.settings}
    return len(ours ^ theirs) / max(1, len(ours) + len(theirs))


_IDENTITY = "identity"
_ROLES = (Trait.AFFINE_MAP, Trait.CHANNEL_SCALE, Trait.PICKS_MAX, Trait.DROPS, Trait.RESHAPES, Trait.KEEPS_ARGMAX)


def _role(node: Node) -> str:
    """What a layer is there for, so that ReLU against KWinners reads as a replacement."""
    role = node.roles.get(node.key)
    if role is None:
        role = node.roles[node.key] = _role_of(node.layer)
    return role


def _role_of(layer: Layer) -> str:
    if not layer.kind:
        return ""
    kind, settings = kinds.by_name()[layer.kind], kinds.settings_of(layer)
    if kind.has(Trait.IDENTITY, settings):
        return _IDENTITY
    if kind.has(Trait.PICKS_WINNERS, settings) or kind.has(Trait.ELEMENTWISE, settings):
        return "activation"
    return next((role.name for role in _ROLES if kind.has(role, settings)), layer.kind.rpartition("_")[0])
