"""The side-by-side table of a comparison: which rows stand out, by a mark and not by colour alone.

Must not decide what differs: a row's mark follows from the findings that name its layers.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple, TypeAlias

from archdiff.model.effects import Effect
from archdiff.model.lazyseq import Runs
from archdiff.model.memo import Same
from archdiff.model.outcome import BlockLayers, BlockPairs, Finding, LayerInfo, Outcome
from archdiff.model.places import short
from archdiff.model.wording import plural, size
from archdiff.report import View
from archdiff.report._lines import BLANK, Line, plain, shorten

#: mark -> (what it says, style), strongest first: a row that several findings name carries the first of theirs
MARKS = {
    "x": ("swapped", "function"),
    "m": ("moved", "function"),
    "-": ("missing", "function"),
    "+": ("extra", "function"),
    "!": ("differs", "function"),
    "?": ("unknown", "unknown"),
    "~": ("same computation", "equivalent"),
    ">": ("follows from another row", "follows"),
    "n": ("note", "not printed"),
    '"': ("like another row", "faint"),
    "'": ("with the note of another row", "faint"),
    ".": ("spelling", "faint"),
    " ": ("equal", ""),
}
_STRENGTH = {mark: strength for strength, mark in enumerate(MARKS)}
_BY_RULE = {"AD101": "x", "AD102": "m", "AD103": "-", "AD104": "+"}
_Marks: TypeAlias = "tuple[dict[str, str], dict[str, str]]"  # candidate path -> mark, reference path -> mark
_ONE_SIDED = ("AD103", "AD104", "AD106")
_OF_BLOCKS = {"x", "m", "-", "+", "!"}  # marks that a block gives to all of its layers

_LIKE_OTHERS = {" ", '"', "'"}
_COUNTED = {*_LIKE_OTHERS, "."}  # marks of rows that are counted and not shown, without --all

_LONG_RUN = 3  # rows of a missing block that are shown one by one, without --all
_ROOM_FOR_SHAPES = 110  # columns from which the output shapes stand beside the classes
_LONGEST_CLASS = 16


class PairRow(NamedTuple):
    mark: str
    candidate: LayerInfo | None
    reference: LayerInfo | None
    order: tuple[int, int]  # where each side stands in its own network
    block: BlockPairs | None = None  # a row that stands for all of a block, in which all is equal

    @property
    def stands_out(self) -> bool:
        return self.mark not in _COUNTED


def table(outcome: Outcome, view: View) -> list[Line]:
    """The rows that differ with a legend, or nothing; all rows where the view wants all."""
    rows = _rows(outcome, view)
    near = _near(rows, view)
    if not any(row.stands_out for row in rows) and not view.all:
        return []
    shown = [row for row, close in zip(rows, near, strict=True) if close]
    columns = _Columns.fitting(shown, view)
    used = [mark for mark in MARKS if mark not in _LIKE_OTHERS and any(row.mark == mark for row in shown)]
    legend = [plain(f"  ({', '.join(f'{mark} {MARKS[mark][0]}' for mark in used)})", "faint")] if used else []
    lines = (
        plain(f"  ... {row}", "faint") if isinstance(row, str) else _line(row, columns)
        for row in _folded(rows, near, view)
    )
    return [BLANK, plain(f"  {columns.titles()}", "faint"), *lines, *legend]


def folded(outcome: Outcome, view: View) -> list[PairRow | str]:
    """The same rows for a report with a layout of its own; a text says how many are left out there."""
    rows = _rows(outcome, view)
    return list(_folded(rows, _near(rows, view), view)) if any(row.stands_out for row in rows) else []


# Which rows stand out


def _rows(outcome: Outcome, view: View) -> list[PairRow]:
    """Blocks in which all is equal are one row, unless the view may show what is in them."""
    marks = _marks(outcome.findings, view)
    sides = _LayersByPath(outcome.candidate.layers), _LayersByPath(outcome.reference.layers)
    closed = frozenset[Same]() if view.all or view.context else _closed(outcome, marks)
    while True:
        rows = _with_partners(list(_aligned(outcome.pairs, closed, marks, sides)))
        crossed = [Same(row.block) for row in rows if row.block and row.mark != " "]
        if not crossed:
            return list(_in_own_order(rows))
        closed = closed.difference(crossed)


def _closed(outcome: Outcome, marks: _Marks) -> frozenset[Same]:
    """Blocks in which all is equal: none of those that have a mark on them, in them or round them."""
    runs = outcome.pairs.runs if isinstance(outcome.pairs, Runs) else ()
    blocks = [run for run in runs if isinstance(run, BlockPairs)]
    marked = [{inner for path in side for inner in (path, *_holders(path))} for side in marks]
    return frozenset(
        Same(block)
        for block in blocks
        if block.candidate not in marked[0]
        and block.reference not in marked[1]
        and not any(map(_marks_round, (block.candidate, block.reference), marks))
    )


def _aligned(
    pairs: Sequence[tuple[str | None, str | None]],
    closed: Container[Same],
    marks: _Marks,
    sides: tuple[_LayersByPath, _LayersByPath],
) -> Iterator[PairRow]:
    inherited: tuple[dict[str, list[str]], ...] = ({}, {})  # by the path of what a layer stands in
    for run in pairs.runs if isinstance(pairs, Runs) else [pairs]:
        if isinstance(run, BlockPairs) and Same(run) in closed:
            yield PairRow(" ", None, None, (sides[0].start(run.candidate), sides[1].start(run.reference)), run)
            continue
        for pair in run:
            (mine, a), (original, b) = (side.at(path) for path, side in zip(pair, sides, strict=True))
            lone = "+" if pair[1] is None else "-" if pair[0] is None else " "
            given: list[str] = []
            for path, of_side, side, known in zip(pair, marks, sides, inherited, strict=True):
                if path:
                    holder = path.rpartition(".")[0]
                    if holder not in known:
                        known[holder] = _marks_round(path, of_side, side.holds)
                    given += [of_side[path], *known[holder]] if path in of_side else known[holder]
            if a is None and b is None:
                continue  # an empty container: no layer
            if given:
                lone = min([*given, lone] if not set(given) <= _COUNTED else given, key=_STRENGTH.__getitem__)
            yield PairRow(lone, a, b, (mine, original))


class _LayersByPath:
    """The layers of one side by path, with their places; those of a block once somebody asks for one of them."""

    def __init__(self, layers: Sequence[LayerInfo]) -> None:
        self._known: dict[str, tuple[int, LayerInfo]] = {}
        self._blocks: dict[str, tuple[int, BlockLayers]] = {}
        start = 0
        for run in layers.runs if isinstance(layers, Runs) else [layers]:
            if isinstance(run, BlockLayers):
                self._blocks[run.path] = start, run
            else:
                self._enter(start, run)
            start += len(run)

    def start(self, block: str) -> int:
        return self._blocks[block][0]

    def at(self, path: str | None) -> tuple[int, LayerInfo | None]:
        if path is None:
            return -1, None
        if path not in self._known:
            for holder in (path, *_holders(path)):
                if holder in self._blocks:
                    self._enter(*self._blocks[holder])
                    break
        return self._known.get(path, (-1, None))

    def holds(self, path: str) -> bool:
        return self.at(path)[1] is not None

    def _enter(self, start: int, run: Sequence[LayerInfo]) -> None:
        self._known.update({layer.path: (index, layer) for index, layer in enumerate(run, start)})


def _holders(path: str) -> Iterator[str]:
    """The paths of all that it stands in, the innermost first, "" last."""
    while path:
        path = path.rpartition(".")[0]
        yield path


def _marks(findings: Iterable[Finding], view: View) -> _Marks:
    sides: _Marks = ({}, {})
    for finding, mark in _marked(findings, view):
        alike = mark if view.all or finding.count == 1 or mark == "." else "'" if mark == "n" else '"'
        for places, given in (
            *((places, alike) for places in finding.places),
            ((finding.candidate, finding.reference), mark),
        ):
            for marks, place in zip(sides, places, strict=True):
                if place and _STRENGTH[given] < _STRENGTH[marks.get(place.path, " ")]:
                    marks[place.path] = given
    return sides


def _marked(findings: Iterable[Finding], view: View, follows: bool = False) -> Iterator[tuple[Finding, str]]:
    for finding in findings:
        if view.all or finding.effect not in (Effect.COSMETIC, Effect.STATE):
            yield finding, ">" if follows else _mark(finding)
            yield from _marked(finding.consequences, view, follows=True)
        elif finding.rule in _ONE_SIDED:
            yield finding, "."  # told as spelling: an Identity of one side is no row that stands out


def _mark(finding: Finding) -> str:
    if not finding.is_difference:
        return "n"
    if finding.effect is Effect.UNKNOWN:
        return "?"
    if finding.rule in _BY_RULE:
        return _BY_RULE[finding.rule]
    if finding.effect is Effect.COSMETIC:
        return "."
    return "~" if finding.effect <= Effect.STATE else "!"


def _marks_round(
    path: str, marks: Mapping[str, str], is_layer: Callable[[str], bool] = lambda _holder: False
) -> list[str]:
    """The marks of the blocks that a layer stands in, which are no layers themselves."""
    holders = [holder for holder in _holders(path) if holder and marks.get(holder) in _OF_BLOCKS]
    return [marks[holder] for holder in holders if not is_layer(holder)]


def _with_partners(rows: list[PairRow]) -> list[PairRow]:
    """What a swapped layer changed places with is swapped too."""
    for start, row in enumerate(rows):
        for step in (1, -1) if row.mark == "x" else ():
            index = start + step
            while 0 <= index < len(rows) and _crossed(row, rows[index]):
                if _STRENGTH[rows[index].mark] > _STRENGTH["x"]:
                    rows[index] = rows[index]._replace(mark="x")
                index += step
    return rows


def _crossed(a: PairRow, b: PairRow) -> bool:
    return min(*a.order, *b.order) >= 0 and (a.order[0] < b.order[0]) != (a.order[1] < b.order[1])


def _in_own_order(rows: Iterable[PairRow]) -> Iterator[PairRow]:
    """Where neighbours changed places, each side stands in its own order, so that the swap can be seen."""
    for mark, group in groupby(rows, key=lambda row: row.mark):
        run = list(group)
        if mark != "x" or any(min(row.order) < 0 for row in run):
            yield from run
            continue
        ours = sorted(run, key=lambda row: row.order[0])
        theirs = sorted(run, key=lambda row: row.order[1])
        yield from (
            PairRow(mark, a.candidate, b.reference, (a.order[0], b.order[1])) for a, b in zip(ours, theirs, strict=True)
        )


# How they are laid out


class _Columns(NamedTuple):
    """Widths of both sides; a side is line, path, class and, where there is room, output shape."""

    line: int
    paths: tuple[int, int]
    class_name: int
    shape: int

    @classmethod
    def fitting(cls, rows: Sequence[PairRow], view: View) -> _Columns:
        sides = [[row.candidate for row in rows if row.candidate], [row.reference for row in rows if row.reference]]
        both = [*sides[0], *sides[1]]
        line = max((len(short(layer.line)) for layer in both), default=1)
        shape = (
            max((len(size(layer.output_shape)) for layer in both), default=0) if view.width >= _ROOM_FOR_SHAPES else 0
        )
        room = view.width - 4 - 2 * (line + 1) - 2 * (shape + 1 if shape else 0)
        name = min(max((len(layer.class_name) for layer in both), default=0), _LONGEST_CLASS, room // 4 - 1)
        room -= 2 * (name + 1)
        longest = [max((len(layer.path) for layer in side), default=0) for side in sides]
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


def _near(rows: Sequence[PairRow], view: View) -> list[bool]:
    """Which rows are shown: those that stand out, the start of a missing block, and `context` rows about them."""
    if view.all:
        return [True] * len(rows)
    near = [False] * len(rows)
    run = 0
    for index, row in enumerate(rows):
        run = run + 1 if index and row.mark in "-+" and row.mark == rows[index - 1].mark else 1
        if row.stands_out and run <= _LONG_RUN:
            for close in range(max(0, index - view.context), min(len(rows), index + view.context + 1)):
                near[close] = True
    return near


def _folded(rows: Sequence[PairRow], near: Sequence[bool], view: View) -> Iterator[PairRow | str]:
    """The rows that are shown; between them, how many are equal or differ as another one does."""
    left = len(rows) if view.all else view.most
    dropped = 0
    for shown, group in groupby(zip(rows, near, strict=True), key=lambda pair: pair[1]):
        run = [row for row, _ in group]
        if shown:
            yield from run[:left]
            dropped += max(len(run) - left, 0)
            left = max(left - len(run), 0)
        elif left:
            yield _counted(run)
    if dropped:
        yield f"{plural(dropped, 'more row')} (--max-findings, --all)"


def _counted(run: Sequence[PairRow]) -> str:
    counts = {
        "more missing": sum(row.mark == "-" for row in run),
        "more extra": sum(row.mark == "+" for row in run),
        "equal": sum(len(row.block) if row.block else 1 for row in run if row.mark == " "),
        "like another that differs": sum(row.mark == '"' for row in run),
        "with the note of another": sum(row.mark == "'" for row in run),
        "spelled differently": sum(row.mark == "." for row in run),
    }
    return ", ".join(f"{count:,} {word}" for word, count in counts.items() if count)


def _line(row: PairRow, columns: _Columns) -> Line:
    style = MARKS[row.mark][1]
    cells = f"{columns.cell(row.candidate, 0)}  {columns.cell(row.reference, 1)}"
    return ((f"{row.mark} ", style), (cells.rstrip(), "" if style == "faint" else style))
