"""The rows of a page: each side in its own order, what changed places joined by links, equal stretches folded.

How rows differ is decided in `model.rows`. Must not know findings.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Final, NamedTuple

from archdiff.model import rows
from archdiff.model.outcome import LayerInfo, Outcome
from archdiff.model.rows import Mark
from archdiff.model.wording import plural

CONTEXT: Final = 2  # rows that stay open beside one that stands out
_LEAST: Final = 4  # rows that are worth a fold
_WORDS: Final = {
    Mark.EQUAL: "equal",
    Mark.SPELLING: "spelled differently",
    Mark.REPEATED: "like another row",
    Mark.NOTE_REPEATED: "with the note of another row",
}


#: places on both sides, as keys
_LEFT, _RIGHT = attrgetter("left"), attrgetter("right")


class PageRow(NamedTuple):
    """A row: a layer of each side, or of one.

    Attributes:
        mark: How the two differ.
        left: Place of the candidate's layer among its layers, counted from 0; -1 where there is none.
        right: The same of the reference.
    """

    mark: Mark
    left: int
    right: int


class Fold(NamedTuple):
    """Rows that are closed at first.

    Attributes:
        first: The first of them, counted from 0.
        last: The last of them.
        times: "x 11" where they are so many blocks of the same layers; else "".
        label: "layers.1 to layers.11: 132 layers, equal".
    """

    first: int
    last: int
    times: str
    label: str


class PageRows(NamedTuple):
    """The rows of a page.

    Attributes:
        rows: From top to bottom. Either column holds the layers of its side in their order.
        links: Pairs of layers that stand in different rows: the row of the candidate's and that of the reference's.
        folds: From top to bottom; none overlaps another.
    """

    rows: list[PageRow]
    links: list[tuple[int, int]]
    folds: list[Fold]


def of_outcome(outcome: Outcome, layers: tuple[Sequence[LayerInfo], Sequence[LayerInfo]]) -> PageRows:
    """The rows of one comparison.

    Args:
        outcome: Whose.
        layers: Those of both sides.
    """
    found = [
        PageRow(row.mark, *row.order) for row in rows.rows(outcome, everything=True, opened=True, each_place=False)
    ]
    ordered = in_own_order(found)
    links = list(_links(outcome, ordered, layers))
    return PageRows(ordered, links, list(_folds(ordered, {row for link in links for row in link}, layers)))


# Order


def in_own_order(found: Sequence[PageRow]) -> list[PageRow]:
    """Takes rows apart until each side stands in its own order.

    Args:
        found: Rows in any order, each layer in one of them.

    Returns:
        The same layers, those of the left in the order of their places and those of the right too. As few rows as may
        be are taken apart, and those that moved before all others.
    """
    both = sorted((row for row in found if min(row[1:]) >= 0), key=lambda row: row.left)
    kept = _together(both)
    whole = set(kept)
    apart = [row for row in both if row not in whole]
    ours = sorted([*(row for row in found if row.right < 0), *(row._replace(right=-1) for row in apart)], key=_LEFT)
    theirs = sorted([*(row for row in found if row.left < 0), *(row._replace(left=-1) for row in apart)], key=_RIGHT)
    at = _places(found)
    return list(_merged(kept, ours, theirs, at))


def _places(found: Sequence[PageRow]) -> tuple[dict[int, int], dict[int, int]]:
    """In which row a layer of one side alone stood."""
    ours = {row.left: number for number, row in enumerate(found) if row.right < 0}
    theirs = {row.right: number for number, row in enumerate(found) if row.left < 0}
    return ours, theirs


def _together(both: Sequence[PageRow]) -> list[PageRow]:
    """Most of the rows, so that their order is that of both sides; first of those that did not move."""
    if all(a.right < b.right for a, b in zip(both, both[1:], strict=False)):
        return list(both)
    still = _rising([row for row in both if row.mark is not Mark.MOVED])
    ends = iter([*still, PageRow(Mark.EQUAL, len(both) + max(map(_LEFT, both)), 1 + max(map(_RIGHT, both)))])
    end, low = next(ends), -1
    kept: list[PageRow] = []
    between: list[PageRow] = []
    for row in both:
        if row == end:
            kept += [*_rising(between), row]
            between, low, end = [], row.right, next(ends)
        elif row.mark is Mark.MOVED and low < row.right < end.right:
            between.append(row)
    return [*kept, *_rising(between)]


def _rising(found: Sequence[PageRow]) -> list[PageRow]:
    """The most rows of which each stands behind the one before on the right too."""
    lowest: list[int] = []  # the right of the last row of the best run of each length
    last: list[int] = []
    before: list[int] = []
    for number, row in enumerate(found):
        length = bisect_left(lowest, row.right)
        before.append(last[length - 1] if length else -1)
        if length == len(lowest):
            lowest.append(row.right)
            last.append(number)
        else:
            lowest[length], last[length] = row.right, number
    kept: list[PageRow] = []
    at = last[-1] if last else -1
    while at >= 0:
        kept.append(found[at])
        at = before[at]
    return kept[::-1]


def _merged(
    kept: Sequence[PageRow],
    ours: Sequence[PageRow],
    theirs: Sequence[PageRow],
    at: tuple[dict[int, int], dict[int, int]],
) -> Iterator[PageRow]:
    """Between two rows that both sides share, what one side alone has there: as it stood before, as far as it can."""
    left = right = 0
    for end in [*kept, None]:
        first = (left, right)
        while left < len(ours) and (end is None or ours[left].left < end.left):
            left += 1
        while right < len(theirs) and (end is None or theirs[right].right < end.right):
            right += 1
        yield from _beside(ours[first[0] : left], theirs[first[1] : right], at)
        if end is not None:
            yield end


def _beside(
    ours: Sequence[PageRow], theirs: Sequence[PageRow], at: tuple[dict[int, int], dict[int, int]]
) -> Iterator[PageRow]:
    waiting = list(reversed(theirs))
    place = -1
    for row in ours:
        place = max(place, at[0].get(row.left, place))
        while waiting and at[1].get(waiting[-1].right, -1) < place:
            yield waiting.pop()
        yield row
    yield from reversed(waiting)


# Links


def _links(
    outcome: Outcome, ordered: Sequence[PageRow], layers: tuple[Sequence[LayerInfo], Sequence[LayerInfo]]
) -> Iterator[tuple[int, int]]:
    """Of layers that stand for each other and not beside each other."""
    apart = [(row.left, row.right, number) for number, row in enumerate(ordered)]
    ours = {layers[0][left].path: number for left, _, number in apart if left >= 0}
    theirs = {layers[1][right].path: number for _, right, number in apart if right >= 0}
    for mine, other in outcome.pairs:
        if mine is None or other is None:
            continue
        rows_of = ours.get(mine), theirs.get(other)
        if rows_of[0] is not None and rows_of[1] is not None and rows_of[0] != rows_of[1]:
            yield rows_of[0], rows_of[1]


# Folds


def _folds(
    ordered: Sequence[PageRow], linked: set[int], layers: tuple[Sequence[LayerInfo], Sequence[LayerInfo]]
) -> Iterator[Fold]:
    stands_out = [row.mark.stands_out or number in linked for number, row in enumerate(ordered)]
    start = 0
    for out, group in groupby(stands_out):
        length = len(list(group))
        end = start + length
        if not out:
            first = start + CONTEXT if start else start
            last = end - CONTEXT if end < len(ordered) else end
            if last - first >= _LEAST:
                yield _fold(ordered, first, last, layers)
        start = end


def _fold(
    ordered: Sequence[PageRow], first: int, last: int, layers: tuple[Sequence[LayerInfo], Sequence[LayerInfo]]
) -> Fold:
    run = ordered[first:last]
    ends = [_path(row, layers) for row in (run[0], run[-1])]
    counts = Counter(_WORDS[row.mark] for row in run)
    words = ", ".join(f"{count:,} {word}" for word, count in counts.items())
    said = f", {words.partition(' ')[2]}" if len(counts) == 1 else f": {words}"
    return Fold(first, last - 1, "", f"{ends[0]} to {ends[1]}: {plural(len(run), 'layer')}{said}")


def _path(row: PageRow, layers: tuple[Sequence[LayerInfo], Sequence[LayerInfo]]) -> str:
    return layers[0][row.left].path if row.left >= 0 else layers[1][row.right].path
