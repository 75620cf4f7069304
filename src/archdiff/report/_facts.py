"""Fact sheets: two networks beside each other, or one. Rows that are equal are faint, rows that differ are marked.

Must not decide which rows there are, nor what they say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Final

from archdiff.model import inert
from archdiff.model.fact_sheet import FactPair, FactRow
from archdiff.report import View
from archdiff.report._lines import BLANK, Line, hanging, plain
from archdiff.report._markdown import header, row, text

#: what a side has in a row that its print does not tell
NOTHING: Final = "-"
#: before a row that differs, as in the side-by-side table; a depth changes the counts of most rows, not what they say
_DIFFERS: Final = "!"
_IN_COUNTS: Final = "#"
_MARK_STYLES: Final = {_DIFFERS: "function", _IN_COUNTS: "faint", " ": ""}
_LEGEND: Final = {_DIFFERS: "differs", _IN_COUNTS: "other number of layers"}
_LONGEST_NAME: Final = 20
_COLUMNS: Final = ("fact", "candidate", "reference")


def beside(pairs: Sequence[FactPair], view: View) -> Iterator[Line]:
    """Both sheets under the head of a report, where they are wanted."""
    if not (view.facts and pairs):
        return
    rows = [(pair.name, pair.candidate or NOTHING, pair.reference or NOTHING) for pair in pairs]
    name = min(max(len(each[0]) for each in rows), _LONGEST_NAME)
    longest = [max(map(len, (inert.printable(each[side]) for each in rows))) for side in (1, 2)]
    room = view.width - len("! ") - name - 4
    left = min(max(longest[0], len(_COLUMNS[1])), max(room // 2, room - longest[1]))
    widths = name, left, room - left
    yield BLANK
    yield plain("  " + _text(("", *_COLUMNS[1:]), widths), "faint")
    for pair, cells in zip(pairs, rows, strict=True):
        wrapped = [_wrapped(cell, width) for cell, width in zip(cells, widths, strict=True)]
        for number in range(max(map(len, wrapped))):
            parts = [each[number] if number < len(each) else "" for each in wrapped]
            mark = (f"{_mark(pair)} ", _MARK_STYLES[_mark(pair)]) if not number else ("  ", "")
            yield mark, (_text(parts, widths), "" if _mark(pair) == _DIFFERS else "faint")
    used = {_mark(pair) for pair in pairs if pair.differs}
    if used:
        yield plain(f"  ({', '.join(f'{mark} {_LEGEND[mark]}' for mark in sorted(used))})", "faint")


def _mark(pair: FactPair) -> str:
    return " " if not pair.differs else _IN_COUNTS if pair.only_counts else _DIFFERS


def _text(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True)).rstrip()


def _wrapped(cell: str, width: int) -> list[str]:
    return wrap(inert.printable(cell), max(width, 1), break_on_hyphens=False) or [""]


def alone(sheet: Sequence[FactRow], view: View) -> Iterator[Line]:
    """The sheet of one network, where it is wanted."""
    if not (view.facts and sheet):
        return
    name = max(len(each.name) for each in sheet)
    yield BLANK
    for each in sheet:
        yield from hanging(plain(f"{each.name:<{name}}  ", "faint"), each.value, view.width, name + 2)


def markdown(pairs: Sequence[FactPair]) -> tuple[str, tuple[str, ...]]:
    """What a table of Markdown begins with, and its rows; those that differ in more than counts stand in bold."""
    return header(_COLUMNS), tuple(map(_cells, pairs))


def _cells(pair: FactPair) -> str:
    cells = [text(each) for each in (pair.name, pair.candidate or NOTHING, pair.reference or NOTHING)]
    return row([f"**{cell}**" for cell in cells] if pair.differs and not pair.only_counts else cells)
