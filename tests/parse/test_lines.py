"""Lines know their places in the file, whatever a cleaner makes of them; errors quote what stands there."""

from __future__ import annotations

import pytest

from archdiff.model.network import Span
from archdiff.parse.blocks import Blocks
from archdiff.parse.lines import Lines, line_break, split


def placed(lines: Lines) -> list[tuple[int, int, str]]:
    """(number, characters before it, text) of each line."""
    return list(zip(lines.numbers, lines.columns, lines.texts, strict=True))


@pytest.mark.parametrize(
    ("text", "ending"),
    [("a\nb", "\n"), ("a\r\nb", "\n"), ("a\rb", "\r"), ("a\rb\n", "\n"), ("a", "\n"), ("", "\n")],
    ids=["unix", "windows", "old mac", "progress bar", "one line", "nothing"],
)
def test_what_ends_a_line(text: str, ending: str) -> None:
    assert line_break(text) == ending


def test_a_text_is_split_as_it_stands() -> None:
    lines = split("net.txt", "Net(\r\n  (a): ReLU()\n")
    assert placed(lines) == [(1, 0, "Net(\r"), (2, 0, "  (a): ReLU()"), (3, 0, "")]
    assert (lines.source, lines.originals) == ("net.txt", lines.texts)
    assert lines.originals is not lines.texts  # a reader cuts its own lines, never what an error quotes


def test_texts_that_are_read_together_share_blocks() -> None:
    blocks = Blocks()
    assert split("a.txt", "", blocks).blocks is blocks
    assert split("a.txt", "").blocks is not split("b.txt", "").blocks


@pytest.mark.parametrize(
    ("text", "before", "span"),
    [
        ("  (a): ReLU() ", 0, Span("net.txt", 7, 3, 11)),
        ("(a): ReLU()", 4, Span("net.txt", 7, 5, 11)),
        ("   ", 0, Span("net.txt", 7, 4, 1)),  # a caret needs a character
    ],
    ids=["indented", "behind a prefix", "blank"],
)
def test_place_of_a_whole_line(text: str, before: int, span: Span) -> None:
    assert Lines("net.txt", [text], [7], [before], [text]).span(0) == span


@pytest.mark.parametrize(("number", "quoted"), [(1, "Net("), (2, ")"), (3, ""), (0, ""), (-1, "")], ids=str)
def test_a_line_as_it_stands_in_the_file(number: int, quoted: str) -> None:
    assert split("net.txt", "Net(\r\n)").original(number) == quoted


def test_a_line_of_what_is_no_file() -> None:
    lines = Lines("<model>", ["Net("], [40], [0], {40: "Net("})
    assert (lines.original(40), lines.original(1)) == ("Net(", "")


MAPPED = [
    ("a: x", "x", 3),
    ("  x", "x", 2),
    ("x  ", "x", 0),
    ("x", "x", 0),
    ("> (a): x", "(a): x", 2),
    ("abc", "", 0),
    ("x", "never there", 0),
]


@pytest.mark.parametrize(
    ("before", "after", "lost"), MAPPED, ids=[f"{before!r} to {after!r}" for before, after, _ in MAPPED]
)
def test_what_a_change_takes_away_in_front_is_counted(before: str, after: str, lost: int) -> None:
    lines = Lines("net.txt", [before], [5], [10], [before])
    assert placed(lines.mapped(lambda _text: after)) == [(5, 10 + lost, after)]


def test_a_line_as_none_one_or_several() -> None:
    lines = split("net.txt", "gone\nkept\ntwo parts")
    assert placed(lines.spread([[], [(0, "kept")], [(0, "two"), (4, "parts")]])) == [
        (2, 0, "kept"),
        (3, 0, "two"),
        (3, 4, "parts"),
    ]
    with pytest.raises(ValueError, match="shorter"):
        lines.spread([[]])


@pytest.mark.parametrize(("column", "shown"), [(3, 3), (90, 4), (0, 0)], ids=["in it", "behind it", "none"])
def test_an_error_quotes_the_original_line(column: int, shown: int) -> None:
    lines = split("net.txt", "\x1b[1mNet(\nA() \n")
    error = lines.error("wrong", Span("net.txt", 2, column, 5), "do better")
    assert (error.message, error.source, error.way_out, error.length) == ("wrong", "net.txt", "do better", 5)
    assert (error.line, error.column, error.line_text) == (2, shown, "A() ")
