"""Places in words: lines of files, lines in cells, layers of live modules."""

from __future__ import annotations

import pytest

from archdiff.model import places
from archdiff.model.places import Cell, cell_of, in_cell


@pytest.mark.parametrize(
    "cell", [Cell(1, True, 1, 1), Cell(12, False, 3, 40), Cell(10_000, True, 9_000_000, 80_000_000)]
)
@pytest.mark.parametrize("more", [0, 1, 1_000])
@pytest.mark.parametrize("follows", [True, False], ids=["a line each", "all on one"])
def test_a_line_in_a_cell_is_a_number_that_counts_on(cell: Cell, more: int, follows: bool) -> None:
    number = in_cell(cell, follows)
    further = cell._replace(line=cell.line + more, file_line=cell.file_line + more * follows)
    assert cell_of(number + more) == further
    assert places.file_line(number + more) == further.file_line
    assert number > 100_000_000


def test_a_cell_whose_lines_stand_on_fewer_of_the_file() -> None:
    """One string of 50 lines on line 3, and behind it a list of strings from line 9 on."""
    assert cell_of(in_cell(Cell(1, True, 51, 9), follows=True) + 2) == Cell(1, True, 53, 11)


LINE = in_cell(Cell(3, True, 20, 90), follows=True)
SOURCE = in_cell(Cell(2, False, 4, 9), follows=False)


@pytest.mark.parametrize(
    ("source", "line", "path", "column", "at"),
    [
        ("mine.txt", 20, "features.0", 0, "mine.txt:20"),
        ("mine.txt", 20, "features.0", 3, "mine.txt:20:3"),
        ("mine.txt", 0, "", 0, "mine.txt"),
        ("", 7, "", 0, "7"),
        ("ref:how_so_dense/gsc_sparse_cnn2", 20, "a", 0, "ref:how_so_dense/gsc_sparse_cnn2:20"),
        ("one.ipynb", LINE, "features.0", 5, "one.ipynb: cell 3, output line 20"),
        ("one.ipynb", SOURCE, "", 0, "one.ipynb: cell 2, line 4"),
        ("<model>", 14, "features.0", 0, "features.0"),
        ("nets.small:Net", 14, "features.0", 0, "features.0"),
        ("nets.small:Net", 14, "", 0, "nets.small:Net"),
        ("<stdin>", 14, "features.0", 0, "<stdin>:14"),
    ],
)
def test_at(source: str, line: int, path: str, column: int, at: str) -> None:
    assert places.at(source, line, path, column) == at


@pytest.mark.parametrize(
    ("source", "first", "last", "whole"),
    [
        ("mine.txt", 17, 32, "mine.txt:17-32"),
        ("one.ipynb", LINE, LINE + 15, "one.ipynb: cell 3, output lines 20-35"),
        ("one.ipynb", SOURCE, LINE, "one.ipynb: cell 2, line 4 to cell 3, output line 20"),
        ("nets.small:Net", 1, 20, "nets.small:Net"),
    ],
)
def test_whole(source: str, first: int, last: int, whole: str) -> None:
    assert places.whole(source, first, last) == whole


@pytest.mark.parametrize(
    ("line", "short"), [(20, ":20"), (0, ":0"), (LINE, "3:20"), (SOURCE, "2:4"), ((1 << 28) - 1, ":268435455")]
)
def test_short(line: int, short: str) -> None:
    assert places.short(line, ":") == short
