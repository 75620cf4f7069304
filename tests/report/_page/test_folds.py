# ruff: noqa: E501  (tables: a case a line)
"""Stretches of rows that are closed at first, and what is said of them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from archdiff.model.rows import Mark
from archdiff.report._page.folds import Fold, FoldRow, folds

MARKS = {"=": Mark.EQUAL, "!": Mark.DIFFERS, ".": Mark.SPELLING, '"': Mark.REPEATED, "'": Mark.NOTE_REPEATED}


def row(mark: str, path: str, layer: int = 0) -> FoldRow:
    """`~` stands for a row at the end of a link."""
    return FoldRow(MARKS.get(mark, Mark.EQUAL), path, layer, mark == "~")


def marked(marks: str) -> list[FoldRow]:
    """Rows of layers a, b, c ... that are in no numbered block."""
    return [row(mark, chr(ord("a") + number), number) for number, mark in enumerate(marks)]


def told(found: Sequence[Fold]) -> list[tuple[int, int, str]]:
    return [(fold.first, fold.last, f"{fold.times} {fold.label}".lstrip()) for fold in found]


@pytest.mark.parametrize(
    ("marks", "found"),
    [
        pytest.param("", [], id="no rows"),
        pytest.param("!!!!!!", [], id="all stand out"),
        pytest.param("===", [], id="few rows"),
        pytest.param("=====!", [], id="few rows without those beside the one that stands out"),
        pytest.param("!=======!", [], id="few rows between"),
        pytest.param("====~", [], id="few rows beside a link"),
        pytest.param("====", [(0, 3, "a to d: 4 layers, equal")], id="all"),
        pytest.param("======!", [(0, 3, "a to d: 4 layers, equal")], id="before"),
        pytest.param("!======", [(3, 6, "d to g: 4 layers, equal")], id="behind"),
        pytest.param("!========!", [(3, 6, "d to g: 4 layers, equal")], id="between"),
        pytest.param("======~========~======",
                     [(0, 3, "a to d: 4 layers, equal"), (9, 12, "j to m: 4 layers, equal"), (18, 21, "s to v: 4 layers, equal")], id="links"),
        pytest.param("....", [(0, 3, "a to d: 4 layers, spelled differently")], id="spelling"),
        pytest.param('""""', [], id="like another row, in no block"),
        pytest.param('======"======', [(0, 3, "a to d: 4 layers, equal"), (9, 12, "j to m: 4 layers, equal")], id="round one that is like another"),
        pytest.param("==..='", [(0, 5, "a to f: 6 layers: 3 equal, 2 spelled differently, 1 with the note of another row")], id="several words"),
    ],
)  # fmt: skip
def test_stretches(marks: str, found: list[tuple[int, int, str]]) -> None:
    assert told(list(folds(marked(marks)))) == found


def block(path: str, layers: str = "ab", marks: str = "==") -> list[FoldRow]:
    """Two layers of a block, which differ from block to block by the letters of `layers`."""
    return [row(mark, f"{path}.{name}", ord(layer)) for name, layer, mark in zip("xy", layers, marks, strict=True)]


OTHER = block("head", "cd")


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        pytest.param([*block("l.0"), *block("l.1", "ac")], [(0, 3, "l.0.x to l.1.y: 4 layers, equal")], id="other layers"),
        pytest.param([*block("l.0"), *block("l.2")], [(0, 3, "l.0.x to l.2.y: 4 layers, equal")], id="numbers apart"),
        pytest.param([*block("l.0"), *block("m.1")], [(0, 3, "l.0.x to m.1.y: 4 layers, equal")], id="other holders"),
        pytest.param([*block("l.0"), *block("l.1", marks='="')], [], id="other marks"),
        pytest.param([*block("l.0"), row("=", "l.1.x", 97), row("=", "l.1.z", 98)], [(0, 3, "l.0.x to l.1.z: 4 layers, equal")], id="other names"),
        pytest.param([*block("l.0"), *block("l.1"), *OTHER, *OTHER, *OTHER], [(0, 9, "l.0.x to head.y: 10 layers, equal")], id="few of many"),
        pytest.param([*block("l.0"), *block("l.1"), *block("l.2")], [(0, 5, "x 3 l.0 to l.2: 6 layers, equal")], id="blocks"),
        pytest.param([row("=", f"{at}", 1) for at in range(9, 14)], [(0, 4, "x 5 9 to 13: 5 layers, equal")], id="layers"),
        pytest.param([*block("l.0", marks='""'), *block("l.1", marks='""')], [(0, 3, "x 2 l.0 to l.1: 4 layers, like another row")], id="blocks that differ as others do"),
        pytest.param([*OTHER, *block("l.0"), *block("l.1"), *OTHER], [(2, 5, "x 2 l.0 to l.1: 4 layers, equal")], id="few rows round them stay open"),
        pytest.param([*OTHER, *OTHER, *block("l.0"), *block("l.1")], [(0, 3, "head.x to head.y: 4 layers, equal"), (4, 7, "x 2 l.0 to l.1: 4 layers, equal")], id="more are a fold of their own"),
        pytest.param([*block("l.0"), *block("l.1"), *block("l.2", "ac"), *block("l.3", "ac")],
                     [(0, 3, "x 2 l.0 to l.1: 4 layers, equal"), (4, 7, "x 2 l.2 to l.3: 4 layers, equal")], id="two sorts"),
        pytest.param([*block("l.0", marks="!!"), *block("l.1"), *block("l.2"), *block("l.3")], [(4, 7, "x 2 l.2 to l.3: 4 layers, equal")], id="whole blocks behind what stands out"),
        pytest.param([*block("l.0", marks="=!"), *block("l.1"), *block("l.2"), *block("l.3"), *block("l.4"), *block("l.5", marks="!=")],
                     [(4, 7, "x 2 l.2 to l.3: 4 layers, equal")], id="a block that is cut is none"),
        pytest.param([row("=", "l.0.y", 98), row("!", "l.1.x"), row("=", "l.1.y", 98), *block("l.2"), *block("l.3"), *block("l.4"), *block("l.5")],
                     [(5, 10, "x 3 l.3 to l.5: 6 layers, equal")], id="nor one that stands out in part"),
        pytest.param([*block("e.0.l.0"), *block("e.0.l.1"), *block("e.0.l.2")], [(0, 5, "x 3 e.0.l.0 to e.0.l.2: 6 layers, equal")], id="the numbers that tell them apart"),
    ],
)  # fmt: skip
def test_blocks_that_repeat(rows: list[FoldRow], found: list[tuple[int, int, str]]) -> None:
    assert told(list(folds(rows))) == found
