"""The side-by-side table of a comparison: which rows stand out, by a mark and not by colour alone.

Must not judge: a row's mark follows from the findings that name its layers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from archdiff.effects import Effect
from archdiff.outcome import Finding, LayerFacts, NetworkFacts, Outcome
from archdiff.reports import View
from archdiff.reports._lines import BLANK, Line, plain, plural, shorten, size

#: mark -> (what it says, style), strongest first: a row that several findings name carries the first of theirs
MARKS = {
    "x": ("swapped", "function"),
    "m": ("moved", "function"),
    "-": ("missing", "function"),
    "+": ("extra", "function"),
    "!": ("differs", "function"),
    "~": ("same computation", "equivalent"),
    ">": ("follows from another row", "follows"),
    "?": ("unknown", "unknown"),
    ".": ("spelling", "faint"),
}
_BY_RULE = {"AD101": "x", "AD102": "m", "AD103": "-", "AD104": "+"}
_STRENGTH = {mark: strength for strength, mark in enumerate(MARKS)}
_MOST_ROWS = 60  # of those that differ, without --all
_ROOM_FOR_SHAPES = 110  # columns from which the output shapes stand beside the classes
_LONGEST_CLASS = 16


@dataclass(frozen=True, slots=True)
class _Row:
    mark: str  # " " where nothing differs
    candidate: LayerFacts | None
    reference: LayerFacts | None


def table(outcome: Outcome, view: View) -> list[Line]:
    """The rows that differ with a legend, or nothing; all rows where the view wants all."""
    rows = list(_in_own_order(_rows(outcome, view)))
    if not rows or not (view.all or any(row.mark != " " for row in rows)):
        return []
    columns = _Columns.fitting(rows, view)
    lines = [plain("   " + columns.titles(), "faint"), *_folded(rows, columns, view)]
    used = [mark for mark in MARKS if any(row.mark == mark for row in rows)]
    legend = ", ".join(f"{mark} {MARKS[mark][0]}" for mark in used)
    return [BLANK, *lines, *([plain(f"   ({legend})", "faint")] if legend else [])]


# Which rows stand out


def _rows(outcome: Outcome, view: View) -> Iterator[_Row]:
    ours, theirs = _by_path(outcome.candidate), _by_path(outcome.reference)
    marks = _marks(outcome.findings, view)
    for mine, original in outcome.pairs:
        lone = "+" if original is None else "-" if mine is None else " "
        found = [*_marks_of(mine, marks[0]), *_marks_of(original, marks[1])]
        mark = min(found, key=_STRENGTH.__getitem__, default=lone)
        yield _Row(mark, ours.get(mine or ""), theirs.get(original or ""))


def _by_path(network: NetworkFacts) -> dict[str, LayerFacts]:
    return {layer.path: layer for layer in network.layers}


def _marks(findings: Iterable[Finding], view: View) -> tuple[dict[str, str], dict[str, str]]:
    """(candidate path -> mark, reference path -> mark)."""
    sides: tuple[dict[str, str], dict[str, str]] = ({}, {})
    for finding, mark in _marked(findings, view):
        for places in ((finding.candidate, finding.reference), *finding.places):
            for marks, place in zip(sides, places, strict=True):
                if place and _STRENGTH[mark] < _STRENGTH.get(marks.get(place.path, ""), len(MARKS)):
                    marks[place.path] = mark
    return sides


def _marked(findings: Iterable[Finding], view: View, follows: bool = False) -> Iterator[tuple[Finding, str]]:
    for finding in findings:
        if finding.effect is not Effect.COSMETIC or view.all:
            yield finding, ">" if follows else _mark(finding)
            yield from _marked(finding.consequences, view, follows=True)


def _mark(finding: Finding) -> str:
    if finding.effect is Effect.UNKNOWN:
        return "?"
    if finding.rule in _BY_RULE:
        return _BY_RULE[finding.rule]
    if finding.effect is Effect.COSMETIC:
        return "."
    return "~" if finding.effect <= Effect.STATE else "!"


def _marks_of(path: str | None, marks: dict[str, str]) -> Iterator[str]:
    """The mark of a layer, and that of a block that it stands in."""
    if path is None:
        return
    if path in marks:
        yield marks[path]
    while "." in path:
        path = path.rpartition(".")[0]
        if marks.get(path) in _BY_RULE.values() or marks.get(path) == "!":
            yield marks[path]


def _in_own_order(rows: Iterable[_Row]) -> Iterator[_Row]:
    """Where neighbours changed places, each side stands in its own order, so that the swap can be seen."""
    for mark, group in groupby(rows, key=lambda row: row.mark):
        if mark != "x":
            yield from group
            continue
        run = list(group)
        ours = sorted((row.candidate for row in run if row.candidate), key=lambda layer: layer.line)
        theirs = sorted((row.reference for row in run if row.reference), key=lambda layer: layer.line)
        if len(ours) == len(theirs) == len(run):
            yield from (_Row(mark, a, b) for a, b in zip(ours, theirs, strict=True))
        else:
            yield from run


# How they are laid out


@dataclass(frozen=True, slots=True)
class _Columns:
    """Widths of one side; both sides have the same."""

    line: int
    path: int
    class_name: int
    shape: int

    @classmethod
    def fitting(cls, rows: list[_Row], view: View) -> _Columns:
        shown = [
            layer for row in rows if view.all or row.mark != " " for layer in (row.candidate, row.reference) if layer
        ]
        line = max((len(str(layer.line)) for layer in shown), default=1)
        name = min(max((len(layer.class_name) for layer in shown), default=1), _LONGEST_CLASS)
        shape = (
            max((len(size(layer.output_shape)) for layer in shown), default=1) if view.width >= _ROOM_FOR_SHAPES else 0
        )
        room = (view.width - 3 - 2) // 2 - (line + 1) - (name + 1) - (shape + 1 if shape else 0)
        path = max(min(room, max((len(layer.path) for layer in shown), default=1)), 6)
        return cls(line, path, name, shape)

    def titles(self) -> str:
        return f"{'candidate':<{len(self.cell(None))}}  reference"

    def cell(self, layer: LayerFacts | None) -> str:
        if layer is None:
            return " " * (self.line + self.path + self.class_name + 2 + (self.shape + 1 if self.shape else 0))
        shape = f" {size(layer.output_shape):<{self.shape}}" if self.shape else ""
        path, name = shorten(layer.path, self.path), shorten(layer.class_name, self.class_name)
        return f"{layer.line:>{self.line}} {path:<{self.path}} {name:<{self.class_name}}{shape}"


def _folded(rows: list[_Row], columns: _Columns, view: View) -> Iterator[Line]:
    left = len(rows) if view.all else _MOST_ROWS
    dropped = 0
    for equal, group in groupby(rows, key=lambda row: row.mark == " "):
        run = list(group)
        if equal and not view.all:
            if left:
                yield plain(f"   ... {plural(len(run), 'equal layer')}", "faint")
            continue
        yield from (_line(row, columns) for row in run[:left])
        dropped += max(len(run) - left, 0)
        left = max(left - len(run), 0)
    if dropped:
        yield plain(f"   ... {plural(dropped, 'more row')} that differ (--all shows them)", "faint")


def _line(row: _Row, columns: _Columns) -> Line:
    style = MARKS[row.mark][1] if row.mark in MARKS else ""
    cells = f"{columns.cell(row.candidate)}  {columns.cell(row.reference)}"
    return ((f" {row.mark} ", style), (cells.rstrip(), "" if style == "faint" else style))
