"""The side-by-side table of a comparison: which rows are shown, each with a mark, so that colour is not needed.

Must not decide what differs, nor which rows stand out: `model.rows` does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from archdiff.model.outcome import LayerInfo, Outcome
from archdiff.model.places import short
from archdiff.model.rows import Mark, Row, rows
from archdiff.model.wording import plural, size
from archdiff.report import View
from archdiff.report._lines import BLANK, Line, plain, shorten

#: mark -> (its sign, what it says, style)
MARKS = {
    Mark.SWAPPED: ("x", "swapped", "strong"),
    Mark.MOVED: ("m", "moved", "strong"),
    Mark.MISSING: ("-", "missing", "strong"),
    Mark.EXTRA: ("+", "extra", "strong"),
    Mark.DIFFERS: ("!", "differs", "strong"),
    Mark.UNKNOWN: ("?", "unknown", "unknown"),
    Mark.EQUIVALENT: ("~", "same computation", "equivalent"),
    Mark.FOLLOWS: (">", "follows from another row", "follows"),
    Mark.NOTE: ("n", "note", "not printed"),
    Mark.REPEATED: ('"', "like another row", "faint"),
    Mark.NOTE_REPEATED: ("'", "with the note of another row", "faint"),
    Mark.SPELLING: (".", "spelling", "faint"),
    Mark.EQUAL: (" ", "", ""),
}
#: in the words for how many rows of a mark are left out
_LEFT_OUT = {
    Mark.MISSING: "more missing",
    Mark.EXTRA: "more extra",
    Mark.EQUAL: "equal",
    Mark.SPELLING: "spelled differently",
    **dict.fromkeys((Mark.DIFFERS, Mark.UNKNOWN, Mark.EQUIVALENT, Mark.FOLLOWS, Mark.NOTE), "listed above"),
    **dict.fromkeys((Mark.REPEATED, Mark.NOTE_REPEATED), "listed above"),
}

#: what a reader looks for in both columns; whether it matters the list says
_OF_SIDES = frozenset({Mark.SWAPPED, Mark.MOVED, Mark.MISSING, Mark.EXTRA, Mark.DIFFERS, Mark.UNKNOWN})
_STRUCTURE = frozenset({Mark.SWAPPED, Mark.MOVED, Mark.MISSING, Mark.EXTRA})
_DEPTHS = ("decided-depth", "decided-depths", "decided-between")
_LONG_RUN = 3  # rows of a missing block that are shown one by one, without --all
_ROOM_FOR_SHAPES = 110  # columns from which the output shapes stand beside the classes
_LONGEST_CLASS = 16


def table(outcome: Outcome, view: View) -> list[Line]:
    """Rows of which order or structure differ, with a legend: a list of findings, which has all else, shows that worse.

    All rows where the view wants all, and those that differ where it wants some around them.
    """
    found = _rows(outcome, view)
    blocks = _listed_blocks(outcome)
    wanted = _stands_out if view.context else lambda row: _is_structure(row) and not _is_in(row, blocks)
    if not view.all and not any(map(wanted, found)):
        return []
    near = _near(found, view, wanted)
    shown = [row for row, close in zip(found, near, strict=True) if close]
    columns = _Columns.fitting(shown, view)
    used = {row.mark for row in shown} - {Mark.EQUAL, Mark.REPEATED, Mark.NOTE_REPEATED}
    words = ", ".join(" ".join(MARKS[mark][:2]) for mark in sorted(used))
    legend = [plain(f"  ({words})", "faint")] if used else []
    lines = (
        plain(f"  ... {row}", "faint") if isinstance(row, str) else _line(row, columns)
        for row in _folded(found, near, view)
    )
    return [BLANK, plain(f"  {columns.titles()}", "faint"), *lines, *legend]


def _stands_out(row: Row) -> bool:
    return row.mark.stands_out


def _is_structure(row: Row) -> bool:
    """Whether layers changed places, or one side has no such layer."""
    return row.mark in _STRUCTURE or (row.mark.stands_out and not all(row.paths))


def _listed_blocks(outcome: Outcome) -> frozenset[str]:
    """The paths of blocks of which one side has more: their number says it all."""
    members = [each for decision in outcome.decisions for each in (decision.members or (decision,))]
    depths = [each for each in members if each.rule == "AD106" or (each.design and each.design.what.code in _DEPTHS)]
    return frozenset(place.path for each in depths for pair in each.all_places for place in pair if place)


def _is_in(row: Row, blocks: frozenset[str]) -> bool:
    path = row.paths[0] or row.paths[1] or ""
    while blocks and path:
        if path in blocks:
            return True
        path = path.rpartition(".")[0]
    return False


def folded(outcome: Outcome, view: View) -> list[Row | str]:
    """The same rows for a report with a layout of its own; a text says how many are left out there."""
    found = _rows(outcome, view)
    shown = any(row.mark.stands_out for row in found)
    return list(_folded(found, _near(found, view, _stands_out), view)) if shown else []


def _rows(outcome: Outcome, view: View) -> list[Row]:
    """Blocks in which all is equal are one row, unless the view may show what is in them."""
    return rows(outcome, everything=view.all, opened=view.all or view.context > 0)


class _Columns(NamedTuple):
    """Widths of both sides; a side is line, path, class and, where there is room, output shape."""

    line: int
    paths: tuple[int, int]
    class_name: int
    shape: int

    @classmethod
    def fitting(cls, found: Sequence[Row], view: View) -> _Columns:
        layers = [[row.candidate for row in found if row.candidate], [row.reference for row in found if row.reference]]
        both = [*layers[0], *layers[1]]
        line = max((len(short(layer.line)) for layer in both), default=1)
        known = view.width >= _ROOM_FOR_SHAPES and any(layer.output_shape is not None for layer in both)
        shape = max(len(size(layer.output_shape)) for layer in both) if known else 0
        room = view.width - 4 - 2 * (line + 1) - 2 * (shape + 1 if shape else 0)
        name = min(max((len(layer.class_name) for layer in both), default=0), _LONGEST_CLASS, room // 4 - 1)
        room -= 2 * (name + 1)
        longest = [max((len(layer.path) for layer in side), default=0) for side in layers]
        paths = [
            min(wanted, max(room // 2, room - other)) for wanted, other in zip(longest, reversed(longest), strict=True)
        ]
        return cls(line, (paths[0], paths[1]), name, shape)

    def titles(self) -> str:
        return f"{'candidate':<{len(self.cell(None, 0))}}  reference"

    def cell(self, layer: LayerInfo | None, side: int) -> str:
        line, path, name, shape = (
            (short(layer.line), layer.path, layer.class_name, size(layer.output_shape)) if layer else ("", "", "", "")
        )
        width = self.paths[side]
        start = (
            f"{line:>{self.line}} {shorten(path, width):<{width}} {shorten(name, self.class_name):<{self.class_name}}"
        )
        return f"{start} {shape:<{self.shape}}" if self.shape else start


def _near(found: Sequence[Row], view: View, wanted: Callable[[Row], bool]) -> list[bool]:
    """Which rows are shown: those that are wanted, the start of a missing block, and `context` rows about them."""
    if view.all:
        return [True] * len(found)
    near = [False] * len(found)
    run = 0
    for index, row in enumerate(found):
        lone = row.mark in (Mark.MISSING, Mark.EXTRA)
        run = run + 1 if index and lone and row.mark is found[index - 1].mark else 1
        if wanted(row) and run <= _LONG_RUN:
            for close in range(max(0, index - view.context), min(len(found), index + view.context + 1)):
                near[close] = True
    return near


def _folded(found: Sequence[Row], near: Sequence[bool], view: View) -> Iterator[Row | str]:
    """The rows that are shown; between them, how many are equal or differ as another one does."""
    left = len(found) if view.all else view.most
    dropped = 0
    for shown, group in groupby(zip(found, near, strict=True), key=lambda pair: pair[1]):
        run = [row for row, _ in group]
        if shown:
            yield from run[:left]
            dropped += max(len(run) - left, 0)
            left = max(left - len(run), 0)
        elif left:
            yield _left_out(run)
    if dropped:
        yield f"{plural(dropped, 'more row')} (--max-findings, --all)"


def _left_out(run: Sequence[Row]) -> str:
    """How many rows are left out, by their marks: `2 more missing, 1,204 equal`."""
    counts = dict.fromkeys(_LEFT_OUT.values(), 0)
    for row in run:
        counts[_LEFT_OUT[row.mark]] += len(row.block or (row,))
    return ", ".join(f"{count:,} {words}" for words, count in counts.items() if count)


def _line(row: Row, columns: _Columns) -> Line:
    """Its sign, then both sides in their colours where they differ."""
    sign, _, style = MARKS[row.mark]
    styles = ("ours", "theirs") if row.mark in _OF_SIDES else ("", "")
    ours, theirs = (columns.cell(layer, side) for side, layer in enumerate((row.candidate, row.reference)))
    return ((f"{sign} ", style), (ours, styles[0]), ("  ", ""), (theirs.rstrip(), styles[1]))
