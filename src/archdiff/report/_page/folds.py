"""Stretches of rows that are closed at first: what is equal, and blocks that repeat. Must not order rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from archdiff.model.rows import Mark
from archdiff.model.wording import plural

CONTEXT: Final = 2  # rows that stay open beside one that stands out
LEAST: Final = 4  # rows that are worth a fold
_LEVELS: Final = 3  # of numbers in a path that may tell blocks apart: `encoder.layers.3.experts.7`
_WORDS: Final = {
    Mark.EQUAL: "equal",
    Mark.SPELLING: "spelled differently",
    Mark.REPEATED: "like another row",
    Mark.NOTE_REPEATED: "with the note of another row",
}


class FoldRow(NamedTuple):
    """What is to be known of a row.

    Attributes:
        mark: How it differs.
        path: Of its layer, the candidate's where it has both.
        layer: The same number for the same layer, whatever its path.
        linked: Whether it is at the end of a link, so that it stays open.
    """

    mark: Mark
    path: str
    layer: int
    linked: bool = False


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


class _Segment(NamedTuple):
    """Neighbouring rows of one numbered block.

    Attributes:
        first: The first of them.
        end: The row behind the last.
        block: `encoder.layers.3`; "" for rows of no such block.
        inside: What is equal for blocks of the same layers.
    """

    first: int
    end: int
    block: str
    inside: tuple[object, ...]

    def goes_on(self, after: _Segment) -> bool:
        """Whether it is the next one of the same layers."""
        holder, _, number = self.block.rpartition(".")
        before, _, last = after.block.rpartition(".")
        return holder == before and int(number) == int(last) + 1 and self.inside == after.inside


def folds(rows: Sequence[FoldRow]) -> Iterator[Fold]:
    """The stretches of rows that need not be seen at first.

    Args:
        rows: All rows of a page.

    Yields:
        From top to bottom. A stretch that is mostly blocks of the same layers is one fold for these; what is before and
        behind them is closed where it is equal.
    """
    for first, end in _closed(rows):
        start = first
        for group in _repeated(rows, first, end):
            yield from _plain(rows, start, group[0].first)
            start = group[-1].end
            ends = f"{group[0].block} to {group[-1].block}"
            yield _fold(rows, group[0].first, start, f"x {len(group)}", ends)
        yield from _plain(rows, start, end)


def _closed(rows: Sequence[FoldRow]) -> Iterator[tuple[int, int]]:
    """First row and end of each stretch without what stands out, and without the rows beside that."""
    start = 0
    for is_open, group in groupby(rows, key=lambda row: row.mark.stands_out or row.linked):
        end = start + len(list(group))
        first, last = start + CONTEXT * (start > 0), end - CONTEXT * (end < len(rows))
        if not is_open and last - first >= LEAST:
            yield first, last
        start = end


def _plain(rows: Sequence[FoldRow], first: int, end: int) -> Iterator[Fold]:
    """What is equal between rows that differ as another one does: such a row is closed with its whole block alone."""
    start = first
    for differs, group in groupby(rows[first:end], key=lambda row: row.mark is Mark.REPEATED):
        stop = start + len(list(group))
        inner = start + CONTEXT * (start > first), stop - CONTEXT * (stop < end)
        if not differs and inner[1] - inner[0] >= LEAST:
            yield _fold(rows, *inner, "", f"{rows[inner[0]].path} to {rows[inner[1] - 1].path}")
        start = stop


def _fold(rows: Sequence[FoldRow], first: int, end: int, times: str, ends: str) -> Fold:
    counts = Counter(_WORDS[row.mark] for row in rows[first:end])
    told = [f"{count:,} {words}" for words, count in counts.items()]
    said = f", {next(iter(counts))}" if len(counts) == 1 else f": {', '.join(told)}"
    return Fold(first, end - 1, times, f"{ends}: {plural(end - first, 'layer')}{said}")


# Blocks that repeat


def _repeated(rows: Sequence[FoldRow], first: int, end: int) -> list[list[_Segment]]:
    """Neighbouring blocks of the same layers, of the outermost numbers that tell blocks apart; none where few are."""
    for level in range(_LEVELS):
        groups = [group for group in _groups(rows, first, end, level) if len(group) > 1]
        if 2 * sum(group[-1].end - group[0].first for group in groups) >= end - first:
            return groups
    return []


def _groups(rows: Sequence[FoldRow], first: int, end: int, level: int) -> Iterator[list[_Segment]]:
    """Whole blocks, those together that go on from one to the next with the same layers."""
    group: list[_Segment] = []
    for each in _segments(rows, first, end, level):
        if group and each.block and each.goes_on(group[-1]):
            group.append(each)
            continue
        if group:
            yield group
        group = [each] if each.block else []
    if group:
        yield group


def _segments(rows: Sequence[FoldRow], first: int, end: int, level: int) -> Iterator[_Segment]:
    blocks = [_block(row.path, level) for row in rows[max(first - 1, 0) : end + 1]]
    cut = {blocks[0] if first else "", blocks[-1] if end < len(rows) else ""}
    start = first
    for block, group in groupby(blocks[1 if first else 0 :][: end - first]):
        stop = start + len(list(group))
        inside = ((row.mark, row.layer, row.path[len(block) :]) for row in rows[start:stop])
        yield _Segment(start, stop, block, tuple(inside)) if block not in cut else _Segment(start, stop, "", ())
        start = stop


def _block(path: str, level: int) -> str:
    """`layers.3` of `layers.3.mlp.fc1`: up to the number with so many others before it; "" where there is none."""
    end = 0
    for part in path.split("."):
        end += len(part) + 1
        if part.isdecimal():
            if level == 0:
                return path[: end - 1]
            level -= 1
    return ""
