"""One level of two trees: which of these neighbours corresponds to which of those, without looking at what is in them.

The alignment is the cheapest one under the costs of `costs`, exactly so for lists of which one is short, and nearly so
for long ones. In this order, each step for what the one before left open:

1. Equal layers at both ends are pairs.
2. A full table, where it has at most FULL cells for each layer: any two lists of 400, and 200 against any number.
3. Anchors, stretches of equal layers (see `anchors`). What lies between them is aligned in turn.
4. A table of a band along the diagonal, widened while the way touches its edge and becomes cheaper.

The work is bounded by n, the number of layers on both sides, whatever is in them. All full tables together have at most
FULL * n cells, all bands of step 4, of widths 8 to 64, at most 244 * n, and a cell takes three costs. Anchors take
n log n, and no layer lies in more than DEEPEST rounds of them.

Exchanging both sides gives the same steps exchanged: where several ways cost the same, the choice hangs on what is
printed, never on the side (`_comes_first`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate, groupby
from math import ceil, inf

from archdiff.diff.anchors import Stretch, anchors
from archdiff.diff.costs import CROSSED, FAR, NAME, SWAP, gap_costs, may_lack_children, pair_cost, swap_cost
from archdiff.diff.nodes import Node, kind_or_class
from archdiff.diff.steps import Added, Pair, Removed, Step, Swap
from archdiff.model.network import Layer

FULL = 200  # cells of a full table for each layer on both sides
BAND = 8  # layers of the shorter list each side of the diagonal at first; doubled up to WIDEST
WIDEST = 64
DEEPEST = 6  # rounds of anchors, each between those of the round before
AMBIGUOUS = 16  # layers given back from equal ends where the next one is equal too, so that names can decide


def aligned(a: Sequence[Node], b: Sequence[Node]) -> list[Step]:
    """The steps that turn one list of layers into another, in order.

    Args:
        a: Neighbours of the candidate.
        b: Neighbours of the reference, with keys from the same cache.

    Returns:
        Pairs, swaps, and between two pairs what is missing before what was added.
    """
    if _never_pair(a, b):
        return [*map(Removed, b), *map(Added, a)]
    steps = _aligned(a, b, 0) if _comes_first(a, b) else [_mirrored(step) for step in _aligned(b, a, 0)]
    result: list[Step] = []
    for is_gap, group in groupby(steps, lambda step: isinstance(step, Added | Removed)):
        result += sorted(group, key=lambda step: is_gap and isinstance(step, Added))
    return result


def _never_pair(a: Sequence[Node], b: Sequence[Node]) -> bool:
    """Whether no two can be a pair, as a thousand layers and a container.

    At every level of a deep chain their costs would be added up again.
    """
    ours, theirs = ({node.key: node for node in nodes} for nodes in (a, b))
    few = len(ours) * len(theirs) <= len(a) + len(b) and ours.keys().isdisjoint(theirs)
    return few and all(pair_cost(x, y) >= FAR for x in ours.values() for y in theirs.values())


def _comes_first(a: Sequence[Node], b: Sequence[Node]) -> bool:
    """An order of two lists by what is printed in them: keys are numbered from the candidate, so they cannot decide."""
    if len(a) != len(b):
        return len(a) < len(b)
    x, y = next(((x, y) for x, y in zip(a, b, strict=True) if x.key != y.key), (None, None))
    if x is None or y is None:
        return [node.name for node in a] <= [node.name for node in b]
    ours, theirs = (
        (kind_or_class(node.layer), [repr(setting[:2]) for setting in node.layer.settings]) for node in (x, y)
    )
    return ours < theirs if ours != theirs else _comes_first(x.children, y.children)


def _mirrored(step: Step) -> Step:
    match step:
        case Added(node):
            return Removed(node)
        case Removed(node):
            return Added(node)
        case Swap(Pair(a, b), Pair(c, d)):
            return Swap(Pair(d, c), Pair(b, a))
        case Pair(a, b):
            return Pair(b, a)
    return step


def _aligned(a: Sequence[Node], b: Sequence[Node], depth: int) -> list[Step]:
    start, end = _equal_ends(a, b)
    head: list[Step] = [Pair(x, y) for x, y in zip(a[:start], b[:start], strict=True)]
    tail: list[Step] = [Pair(x, y) for x, y in zip(a[len(a) - end :], b[len(b) - end :], strict=True)]
    return head + _middle(a[start : len(a) - end], b[start : len(b) - end], depth) + tail


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


def _middle(a: Sequence[Node], b: Sequence[Node], depth: int) -> list[Step]:
    if not a or not b:
        return [*map(Removed, b), *map(Added, a)]
    if len(a) == len(b) == 1 and _always_pair(a[0].layer, b[0].layer):
        return [Pair(a[0], b[0])]
    if len(a) * len(b) <= FULL * (len(a) + len(b)):
        return _cheapest(a, b, max(len(a), len(b)))
    stretches = anchors([node.key for node in a], [node.key for node in b]) if depth < DEEPEST else []
    return _around(stretches, a, b, depth + 1) if stretches else _along_the_diagonal(a, b)


def _always_pair(a: Layer, b: Layer) -> bool:
    """Whether two that stand alone cost less as a pair than left out, whatever is in them."""
    if a.children or b.children:
        return may_lack_children(a, b)
    return True


def _around(stretches: Sequence[Stretch], a: Sequence[Node], b: Sequence[Node], depth: int) -> list[Step]:
    """The stretches as pairs, and what lies between them aligned."""
    result: list[Step] = []
    i = j = 0
    for stretch in stretches:
        returned = min(AMBIGUOUS, (stretch.length - 1) // 2)  # from its ends, so that names and costs can decide
        x, y = stretch.x + returned, stretch.y + returned
        result += _aligned(a[i:x], b[j:y], depth)
        i, j = stretch.x + stretch.length - returned, stretch.y + stretch.length - returned
        result += map(Pair, a[x:i], b[y:j])
    return result + _aligned(a[i:], b[j:], depth)


# Tables


def _along_the_diagonal(a: Sequence[Node], b: Sequence[Node]) -> list[Step]:
    """The cheapest way within a band, widened until the way stays clear of its edges or becomes no cheaper."""
    costs, width, least = _Costs(a, b), BAND, inf
    while True:
        table = _Table(a, b, costs, width)
        steps = table.steps()
        if 2 * width > WIDEST or table.least > least - 1e-9 or _strays(steps, len(a), len(b)) < width:
            return steps
        least = table.least
        width *= 2


def _cheapest(a: Sequence[Node], b: Sequence[Node], width: int) -> list[Step]:
    return _Table(a, b, _Costs(a, b), width).steps()


class _Costs:
    """What it costs that one of `a` stands for one of `b`; each two keys are compared only the first time."""

    def __init__(self, a: Sequence[Node], b: Sequence[Node]) -> None:
        self.a = a
        self._inside = [_names_of_blocks(node) for node in b]
        self._keys = [node.key for node in b]
        self._names = [node.name for node in b]
        ours, theirs = ({node.name for node in each if _is_called_by_name(node)} for each in (a, b))
        self._both = (ours & theirs) - {""}
        self._by_key = {node.key: node for node in b}
        self._known: dict[int, dict[int, float]] = {}

    def row(self, i: int, start: int, stop: int) -> list[float]:
        """Of a[i] with each of b[start:stop]."""
        node, keys = self.a[i], self._keys[start:stop]
        known = self._known.setdefault(node.key, {node.key: 0.0})
        for key in set(keys).difference(known):
            known[key] = pair_cost(node, self._by_key[key])
        name = node.name
        crossed = self._both if name in self._both else ()
        costs = [
            known[key] if name == other else known[key] + (CROSSED if other in crossed else NAME)
            for key, other in zip(keys, self._names[start:stop], strict=True)
        ]
        if node.layer.children and name:
            own = _names_of_blocks(node)
            for at, (other, inside) in enumerate(zip(self._names[start:stop], self._inside[start:stop], strict=True)):
                if name != other and (name in inside or other in own):  # `decoder`, and `transformer` that holds one
                    costs[at] = FAR
        return costs

    def pair(self, i: int, j: int) -> float:
        return self.row(i, j, j + 1)[0]

    def swap(self, i: int, j: int) -> float:
        """Of a[i - 1] and a[i] with b[j] and b[j - 1]."""
        if self.a[i].key == self.a[i - 1].key:
            return inf
        return swap_cost(self.pair(i, j - 1), self.pair(i - 1, j))


class _Table:
    """Dynamic programming in a band, `width` layers of the shorter list to each side of the straight way.

    Row i holds the least costs of aligning the first i layers of `a` with the first low, low + 1 ... of `b`.
    """

    def __init__(self, a: Sequence[Node], b: Sequence[Node], costs: _Costs, width: int) -> None:
        self.a, self.b, self.costs = a, b, costs
        self._skip_a, self._skip_b = gap_costs(a), gap_costs(b)
        self._lows: list[int] = []
        self._rows: list[list[float]] = []
        reach = width * max(len(a), len(b))
        for i in range(len(a) + 1):
            low = max(0, ceil((i * len(b) - reach) / len(a)))
            high = min(len(b), (i * len(b) + reach) // len(a))
            row = self._row(i, low, high) if i else [*accumulate(self._skip_b[:high], initial=0.0)]
            self._lows.append(low)
            self._rows.append(row)
        self.least = self._rows[-1][-1]

    def _row(self, i: int, low: int, high: int) -> list[float]:
        edge = [inf] * (low == 0)  # nothing of `b` is left to pair
        pairs = edge + self.costs.row(i - 1, max(low, 1) - 1, high)
        gaps = edge + self._skip_b[max(low, 1) - 1 : high]
        above = self._part(i - 1, low - 1, high + 1)
        skip, least = self._skip_a[i - 1], inf
        row: list[float] = []
        for corner, up, pair, gap, swap in zip(above, above[1:], pairs, gaps, self._swaps(i, low, high), strict=False):
            least = min(up + skip, corner + pair, least + gap, swap)
            row.append(least)
        return row

    def _swaps(self, i: int, low: int, high: int) -> list[float]:
        """The least costs of a way that ends in a swap."""
        first = max(low, 2)
        if i < 2 or first > high or self.a[i - 1].key == self.a[i - 2].key:
            return [inf] * (high - low + 1)
        before = self._part(i - 2, first - 2, high - 1)
        crossed = self.costs.row(i - 1, first - 2, high - 1), self.costs.row(i - 2, first - 1, high)
        return [inf] * (first - low) + [
            cost + swap_cost(one, two) if one < SWAP and two < SWAP else inf
            for cost, one, two in zip(before, *crossed, strict=True)
        ]

    def _part(self, i: int, start: int, stop: int) -> list[float]:
        """Of row i the columns `start` to `stop`, as if it had them all."""
        low, row = self._lows[i], self._rows[i]
        inside = row[max(0, start - low) : max(0, stop - low)]
        left = min(max(0, low - start), stop - start)
        return [inf] * left + inside + [inf] * (stop - start - left - len(inside))

    def _at(self, i: int, j: int) -> float:
        return self._part(i, j, j + 1)[0]

    def steps(self) -> list[Step]:
        """The cheapest way, found from its end."""
        a, b = self.a, self.b
        steps: list[Step] = []
        i, j = len(a), len(b)
        while i or j:
            here = self._at(i, j) + 1e-9  # sums of the same costs in another order
            # gaps first: the last of equal blocks is the extra one
            if i and self._at(i - 1, j) + self._skip_a[i - 1] <= here:
                i -= 1
                steps.append(Added(a[i]))
            elif j and self._at(i, j - 1) + self._skip_b[j - 1] <= here:
                j -= 1
                steps.append(Removed(b[j]))
            elif i > 1 and j > 1 and self._at(i - 2, j - 2) + self.costs.swap(i - 1, j - 1) <= here:
                i, j = i - 2, j - 2
                steps.append(Swap(Pair(a[i + 1], b[j]), Pair(a[i], b[j + 1])))
            else:
                i, j = i - 1, j - 1
                steps.append(Pair(a[i], b[j]))
        return steps[::-1]


def _strays(steps: Iterable[Step], ours: int, theirs: int) -> float:
    """How far the way leaves the straight line from start to end, in layers of the shorter list."""
    i = j = far = 0
    for step in steps:
        i += 2 if isinstance(step, Swap) else not isinstance(step, Removed)
        j += 2 if isinstance(step, Swap) else not isinstance(step, Added)
        far = max(far, abs(j * ours - i * theirs))
    return far / max(ours, theirs) + 1


def _names_of_blocks(node: Node) -> frozenset[str]:
    """Of the blocks right below a block."""
    return frozenset(child.name for child in node.layer.children if child.children)


def _is_called_by_name(node: Node) -> bool:
    """Whether a forward that is not known calls it, and not the order of its siblings."""
    return node.parent is not None and not node.parent.runs_in_order
