"""An error as text: the thing, the place, the line with a caret under it, and the way out."""

from __future__ import annotations

import pytest

from archdiff import errors as public
from archdiff.model import errors
from archdiff.model.errors import LINE_SHOWN, ArchdiffError, ReadError
from archdiff.model.places import Cell, in_cell

WRONG = "wrong"
DRAWN = [
    # name, what is known of the place, the text
    ("nothing known", {}, "wrong"),
    ("a source", {"source": "net.txt"}, "net.txt: wrong"),
    ("a line", {"source": "net.txt", "line": 3}, "net.txt:3: wrong"),
    ("a column", {"source": "net.txt", "line": 3, "column": 2}, "net.txt:3:2: wrong"),
    ("a way out", {"way_out": "do better"}, "wrong\n  help: do better"),
    (
        "the line",
        {"source": "net.txt", "line": 3, "column": 3, "length": 4, "line_text": "  (a): ReLU()"},
        "net.txt:3:3: wrong\n  3 |   (a): ReLU()\n    |   ^^^^",
    ),
    (
        "more carets than the line has characters",
        {"line": 12, "column": 5, "length": 90, "line_text": "Net(\tx"},
        "12:5: wrong\n  12 | Net( x\n     |     ^^",
    ),
    (
        "a line of a cell",
        {"source": "a.ipynb", "line": in_cell(Cell(3, True, 20, 90), True), "column": 1, "line_text": "Net("},
        "a.ipynb: cell 3, output line 20: wrong\n  3:20 | Net(\n       | ^",
    ),
    (
        "what acts on a terminal",
        {"source": "\x1b[1m", "line": 1, "column": 1, "line_text": "\x1b[31mNet("},
        "\ufffd[1m:1:1: wrong\n  1 | \ufffd[31mNet(\n    | ^",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("known", "text"), [row[1:] for row in DRAWN], ids=[row[0] for row in DRAWN])
def test_an_error_as_text(known: dict[str, object], text: str) -> None:
    assert str(ReadError(WRONG, **known)) == text  # type: ignore[arg-type]  # a row names any of its arguments


@pytest.mark.parametrize(
    ("column", "before", "after", "caret"),
    [(1, "", "...", 0), (200, "...", "...", 53), (400, "...", "", 53)],
    ids=["its beginning", "its middle", "its end"],
)
def test_of_a_long_line_the_part_around_the_place_is_shown(column: int, before: str, after: str, caret: int) -> None:
    line = "".join(chr(ord("a") + at % 26) for at in range(400))
    _, quoted, under = str(ReadError(WRONG, line=1, column=column, line_text=line)).split("\n")
    shown = quoted.removeprefix("  1 | ")
    assert (shown[:3] == "...", shown[-3:] == "...") == (before == "...", after == "...")
    assert len(shown.strip(".")) <= LINE_SHOWN
    place = under.index("^") - len("    | ")
    assert place == caret
    assert shown[place] == line[column - 1]


def test_what_an_error_holds() -> None:
    error = ReadError("m", source="s", line=1, column=2, length=3, line_text="t", way_out="w")
    assert (error.message, error.source, error.line, error.column) == ("m", "s", 1, 2)
    assert (error.length, error.line_text, error.way_out) == (3, "t", "w")
    assert error.args == ("m",)


@pytest.mark.parametrize("name", ["UsageError", "ReadError", "ShapeError", "BuildError", "PluginError"])
def test_one_tree(name: str) -> None:
    assert issubclass(getattr(errors, name), ArchdiffError)


def test_what_is_public() -> None:
    assert public.__all__ == ["ArchdiffError", "UsageError", "ReadError", "ShapeError", "BuildError"]
    assert all(getattr(public, name) is getattr(errors, name) for name in public.__all__)
