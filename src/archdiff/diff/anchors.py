"""Stretches that two long lists surely share: lists of keys in, stretches of equal keys out.

Candidates are the longest equal stretches around something that stands once on each side, be it one key or 2, 4, 8 ...
in a row; where none of these is of use, around what stands equally often on both sides, taken in order. Of them the
chain that is worth most is taken, where equal keys count against the gaps that they force. n keys take n log n steps.
Must not know what a key stands for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

RARE = 64  # times that something may stand on each side to be an anchor
LOOKED_AT = 8  # keys, for each key of both lists, in growing stretches around what stands more than once
CHAINED = 32  # stretches before one that may come before it in a chain


class Stretch(NamedTuple):
    """That `a[x : x + length]` equals `b[y : y + length]`."""

    x: int
    y: int
    length: int


def anchors(a: Sequence[int], b: Sequence[int]) -> list[Stretch]:
    """The stretches that are worth their gaps, in an order that both lists share, without overlap.

    Args:
        a: Keys of one list.
        b: Keys of the other.
    """
    lengths = list(_lengths(a, b))
    for most in (1, RARE):
        if chain := _chain(_grown(a, b, _shared(lengths, most)), len(a) - len(b)):
            return chain
    return []


class _Length(NamedTuple):
    """What stands in both lists, of one length: a number for each place, and how often each stands there."""

    a: Sequence[int]
    b: Sequence[int]
    times: Counter[int]
    others: Counter[int]  # of `b`


def _lengths(a: Sequence[int], b: Sequence[int]) -> Iterator[_Length]:
    """Keys, two in a row, four in a row, ... up to what stands once in each list."""
    size = 1
    while a and b:
        length = _Length(a, b, Counter(a), Counter(b))
        yield length
        if len(length.times) == len(a) and len(length.others) == len(b):
            break  # longer ones stand once as well
        a, b = _joined(a, b, size)
        size *= 2


def _shared(lengths: Iterable[_Length], most: int) -> set[tuple[int, int]]:
    """Where something stands equally often on both sides, `most` times at most, the first with the first."""
    found: set[tuple[int, int]] = set()
    for a, b, times, others in lengths:
        rare = {key for key, count in others.items() if count <= most and count == times.get(key)}
        if not rare:
            continue
        places: dict[int, list[int]] = {key: [] for key in rare}
        for y, key in enumerate(b):
            if key in rare:
                places[key].append(y)
        turns = {key: iter(where) for key, where in places.items()}
        found.update([(x, next(turns[key])) for x, key in enumerate(a) if key in turns])
    return found


def _joined(a: Sequence[int], b: Sequence[int], size: int) -> tuple[list[int], list[int]]:
    """Numbers of what is twice as long, from numbers of what is `size` long."""
    numbers: dict[tuple[int, int], int] = {}
    first, second = (
        [numbers.setdefault(two, len(numbers)) for two in zip(each, each[size:], strict=False)] for each in (a, b)
    )
    return first, second


def _grown(a: Sequence[int], b: Sequence[int], points: Iterable[tuple[int, int]]) -> list[Stretch]:
    """The longest stretches of equal keys through these points, in order.

    Two stretches at most reach a place from points that stand once on each side: a third would hold the point of
    another. Through other points there may be many, hence the limit.
    """
    stretches: list[Stretch] = []
    ends: dict[int, int] = {}  # of the last stretch on a diagonal, by x - y
    left = LOOKED_AT * (len(a) + len(b))
    for x, y in sorted(points):
        if x < ends.get(x - y, 0):
            continue
        most = min(x, y)
        before = next((n for n in range(most) if a[x - n - 1] != b[y - n - 1]), most)
        most = min(len(a) - x, len(b) - y)
        behind = next((n for n in range(most) if a[x + n] != b[y + n]), most)
        ends[x - y] = x + behind
        stretches.append(Stretch(x - before, y - before, before + behind))
        left -= before + behind
        if left < 0:
            break
    return sorted(stretches)


def _chain(stretches: Sequence[Stretch], shift: int) -> list[Stretch]:
    """Runs that follow each other on both sides, cut where they overlap: those that are worth most.

    Each equal key counts 1. Each change of diagonal costs what `_bend` says, from the first diagonal, 0, to the last,
    `shift`. So one layer that stands elsewhere is not worth tearing apart all that it passed.
    """
    worth: list[float] = []
    back: list[tuple[int, int]] = []  # the stretch before, and how much of this one is cut off
    leader, last, most = -1, -1, -_bend(shift)
    for index, stretch in enumerate(stretches):
        options = [(stretch.length - _bend(stretch.x - stretch.y), -1, 0)]
        for place in {leader, *range(max(0, index - CHAINED), index)} - {-1}:
            other = stretches[place]
            cut = max(0, other.x + other.length - stretch.x, other.y + other.length - stretch.y)
            if other.x < stretch.x and other.y < stretch.y and cut < stretch.length:
                turn = _bend(stretch.x - stretch.y - other.x + other.y)
                options.append((worth[place] + stretch.length - cut - turn, place, cut))
        value, before, cut = max(options, key=lambda option: (option[0], -option[1]))  # the fewest stretches
        worth.append(value)
        back.append((before, cut))
        leader = index if leader < 0 or value > worth[leader] else leader
        if (total := value - _bend(stretch.x - stretch.y - shift)) > most:
            most, last = total, index
    return _followed(stretches, back, last)


def _bend(shift: int) -> float:
    """How many equal keys make up for so many gaps: half as many, as a pair saves two gaps; fewer for a long move."""
    return min(abs(shift) / 2, 4 + abs(shift) / 8)


def _followed(stretches: Sequence[Stretch], back: Sequence[tuple[int, int]], last: int) -> list[Stretch]:
    chain: list[Stretch] = []
    while last >= 0:
        x, y, length = stretches[last]
        last, cut = back[last]
        chain.append(Stretch(x + cut, y + cut, length - cut))
    return chain[::-1]
