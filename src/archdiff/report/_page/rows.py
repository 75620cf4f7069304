"""The rows of a page: each side in its own order, and links between what changed places.

How rows differ is decided in `model.rows`. Must not know findings, nor fold.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from operator import attrgetter
from typing import Final, NamedTuple, TypeAlias

from archdiff.model import rows
from archdiff.model.outcome import Outcome
from archdiff.model.rows import Mark

#: of all layers of the candidate and of the reference
Paths: TypeAlias = tuple[Sequence[str], Sequence[str]]
#: places on both sides, as keys
_LEFT: Final = attrgetter("left")
_RIGHT: Final = attrgetter("right")


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


class PageRows(NamedTuple):
    """The rows of a page.

    Attributes:
        rows: From top to bottom. Either column holds the layers of its side in their order.
        links: Pairs of layers that stand in different rows: the row of the candidate's and that of the reference's.
    """

    rows: list[PageRow]
    links: list[tuple[int, int]]


def of_outcome(outcome: Outcome, paths: Paths) -> PageRows:
    """The rows of one comparison.

    Args:
        outcome: Whose.
        paths: Of the layers of both sides.
    """
    aligned = rows.rows(outcome, everything=True, opened=True, each_place=False)
    found = [PageRow(row.mark, *row.order) for row in aligned]
    ordered = in_own_order([*found, *_unpaired(found, paths)])
    return PageRows(ordered, list(_links(outcome, ordered, paths)))


def _unpaired(found: Sequence[PageRow], paths: Paths) -> Iterator[PageRow]:
    """Layers that no row holds: where one side prints a container without what is in it, nothing is paired."""
    ours, theirs = {row.left for row in found}, {row.right for row in found}
    yield from (PageRow(Mark.UNKNOWN, at, -1) for at in range(len(paths[0])) if at not in ours)
    yield from (PageRow(Mark.UNKNOWN, -1, at) for at in range(len(paths[1])) if at not in theirs)


# What follows

_TOLD_EQUAL: Final = (Mark.EQUAL, Mark.SPELLING)


def with_sizes(
    found: Sequence[PageRow],
    alike: tuple[Sequence[int], Sequence[int]],
    sizes: Callable[[int], Sequence[float | None]],
) -> list[PageRow]:
    """Marks rows without a finding whose layers are of unequal size: some finding about another row explains that.

    Args:
        found: Rows in the order of the page.
        alike: Of the layers of either side, equal numbers for equal layers.
        sizes: What is known of a layer by that number, None where it is not.

    Returns:
        The same rows; two layers that stood beside each other before differ as these do.
    """
    met: set[tuple[int, int]] = set()
    marked: list[PageRow] = []
    for row in found:
        mark, both = row.mark, (alike[0][row.left], alike[1][row.right]) if min(row.left, row.right) >= 0 else (-1, -1)
        if both[0] != both[1]:
            if mark in _TOLD_EQUAL and _is_unequal(*map(sizes, both)):
                mark = Mark.REPEATED if both in met else Mark.FOLLOWS
            met.add(both)
        marked.append(row if mark is row.mark else row._replace(mark=mark))
    return marked


def _is_unequal(ours: Sequence[float | None], theirs: Sequence[float | None]) -> bool:
    return any(a is not None and b is not None and a != b for a, b in zip(ours, theirs, strict=True))


# Order


def in_own_order(found: Sequence[PageRow]) -> list[PageRow]:
    """Takes rows apart until each side stands in its own order.

    Args:
        found: Rows in any order, each layer in one of them.

    Returns:
        The same layers, those of the left in the order of their places and those of the right too. As few rows are
        taken apart as may be, those that are marked as moved before all others; what is taken apart is marked.
    """
    both = sorted([row for row in found if row.left >= 0 and row.right >= 0], key=_LEFT)
    kept = _together(both)
    whole = {row.left for row in kept}
    apart = [_moved(row) for row in both if row.left not in whole]
    ours = sorted([*(row for row in found if row.right < 0), *(row._replace(right=-1) for row in apart)], key=_LEFT)
    theirs = sorted([*(row for row in found if row.left < 0), *(row._replace(left=-1) for row in apart)], key=_RIGHT)
    at = {row: number for number, row in enumerate(found) if row.left < 0 or row.right < 0}
    return list(_merged(kept, ours, theirs, at))


def _moved(row: PageRow) -> PageRow:
    return row if row.mark.stands_out else row._replace(mark=Mark.MOVED)


def _together(both: Sequence[PageRow]) -> list[PageRow]:
    """Most of the rows, in an order that is that of both sides: what did not move, then what fits between."""
    if all(a.right < b.right for a, b in pairwise(both)):
        return list(both)
    still = _rising([row for row in both if row.mark is not Mark.MOVED])
    ends = iter(still)
    end, low = next(ends, None), -1
    kept: list[PageRow] = []
    between: list[PageRow] = []
    for row in both:
        if row is end:
            kept += [*_rising(between), row]
            between, low, end = [], row.right, next(ends, None)
        elif row.mark is Mark.MOVED and low < row.right and (end is None or row.right < end.right):
            between.append(row)
    return [*kept, *_rising(between)]


def _rising(found: Sequence[PageRow]) -> list[PageRow]:
    """The most rows of which each stands behind the one before on the right too (patience sorting)."""
    lowest: list[int] = []  # by length, the right of the last row of the run that ends first
    last: list[int] = []  # the number of that row
    before: list[int] = []  # of each row, the number of the one before it in its run
    for number, row in enumerate(found):
        length = bisect_left(lowest, row.right)
        before.append(last[length - 1] if length else -1)
        lowest[length : length + 1] = [row.right]
        last[length : length + 1] = [number]
    kept: list[PageRow] = []
    at = last[-1] if last else -1
    while at >= 0:
        kept.append(found[at])
        at = before[at]
    return kept[::-1]


def _merged(
    kept: Sequence[PageRow], ours: Sequence[PageRow], theirs: Sequence[PageRow], at: Mapping[PageRow, int]
) -> Iterator[PageRow]:
    """Before each row that both sides share what one side alone has there."""
    left = right = 0
    for end in [*kept, None]:
        start = left, right
        while left < len(ours) and (end is None or ours[left].left < end.left):
            left += 1
        while right < len(theirs) and (end is None or theirs[right].right < end.right):
            right += 1
        yield from _beside(ours[start[0] : left], theirs[start[1] : right], at)
        if end is not None:
            yield end


def _beside(ours: Sequence[PageRow], theirs: Sequence[PageRow], at: Mapping[PageRow, int]) -> Iterator[PageRow]:
    """Rows of one side each, as they stood before, as far as both orders allow."""
    waiting, place = iter(theirs), -1
    other = next(waiting, None)
    for row in ours:
        place = max(place, at.get(row, place))
        while other is not None and at.get(other, -1) < place:
            yield other
            other = next(waiting, None)
        yield row
    if other is not None:
        yield other
        yield from waiting


# Links


def _links(outcome: Outcome, ordered: Sequence[PageRow], paths: Paths) -> Iterator[tuple[int, int]]:
    """Of layers that stand for each other and not beside each other: what changed places, and what was taken apart."""
    loose = [number for number, row in enumerate(ordered) if row.mark is Mark.SWAPPED or min(row.left, row.right) < 0]
    ours = {paths[0][ordered[at].left]: at for at in loose if ordered[at].left >= 0}
    theirs = {paths[1][ordered[at].right]: at for at in loose if ordered[at].right >= 0}
    if not (ours and theirs):
        return
    for mine, other in outcome.pairs:
        if mine in ours and other in theirs and ours[mine] != theirs[other]:
            yield ours[mine], theirs[other]
