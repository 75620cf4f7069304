# ruff: noqa: E501  (tables: a case a line)
"""What stands before each line of a print: learned from its first child, and cut from all of its lines."""

from __future__ import annotations

import pytest

from archdiff.parse.cleaners.prefixes import cut_prefix
from archdiff.parse.lines import split

PLAIN = ["Net(", "  (a): ReLU()", "  (b): Tanh()", ")"]
ALONE = [
    ("no prefix", PLAIN),
    ("no child below the root", ["> Net(", ">", "> )"]),
    ("children far below the root", ["> Net(", *["> p=1"] * 8, ">   (a): ReLU()"]),
    ("one line alone", ["Net(", "> (a): ReLU()", "words"]),
]


@pytest.mark.parametrize("texts", [texts for _, texts in ALONE], ids=[name for name, _ in ALONE])
def test_left_alone(texts: list[str]) -> None:
    lines = split("net.txt", "\n".join(texts))
    cut_prefix(lines, 0, len(texts))
    assert (lines.texts, lines.columns) == (texts, [0] * len(texts))


CUT = [
    # name, lines as they stand, lines without the prefix, characters cut from each
    ("quoted", [f"> {text}" for text in PLAIN], [" Net(", *(f" {text}" for text in PLAIN[1:3]), " )"], [1] * 4),
    (
        "logged, each line at its own time",
        [f"12:00:0{at} INFO: {text}" for at, text in enumerate(PLAIN)],
        [f" {text}" for text in PLAIN],
        [14] * 4,
    ),
    ("the root behind other words", ["log: Net(", *(f"> {text}" for text in PLAIN[1:])], ["log: Net(", *(f" {text}" for text in PLAIN[1:])], [0, 1, 1, 1]),
    (
        "a warning in it",
        ["> Net(", ">   (a): ReLU()", "UserWarning: x", ">   (b): Tanh()", "> )", "words"],
        [" Net(", "   (a): ReLU()", "", "   (b): Tanh()", " )", "words"],
        [1, 1, 1, 1, 1, 0],
    ),
    (
        "words behind it",
        ["> Net(", ">   (a): ReLU()", "> )", "words", "> more"],
        [" Net(", "   (a): ReLU()", " )", "words", "> more"],
        [1, 1, 1, 0, 0],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("texts", "shown", "cut"), [row[1:] for row in CUT], ids=[row[0] for row in CUT])
def test_cut(texts: list[str], shown: list[str], cut: list[int]) -> None:
    lines = split("net.txt", "\n".join(texts))
    cut_prefix(lines, 0, len(texts))
    assert (lines.texts, lines.columns) == (shown, cut)
    assert lines.numbers == list(range(1, len(texts) + 1))


def test_lines_of_two_processes_are_sorted() -> None:
    each = ["[0] Net(", "[1] Net(", "[0]   (a): ReLU()", "[1]   (a): ReLU()", "[1] )", "[0] )"]
    lines = split("net.txt", "\n".join(each))
    cut_prefix(lines, 0, len(each))
    assert lines.texts == [" Net(", "   (a): ReLU()", " )"] * 2
    assert lines.numbers == [1, 3, 6, 2, 4, 5]


@pytest.mark.parametrize("at_root", ["12:00:00 INFO train.py:10 | ", ""], ids=["the root, too", "the children alone"])
def test_lines_of_a_clock_that_goes_back_stay_where_they_are(at_root: str) -> None:
    plain = ["Net(", "  (a): Block(", "    (0): ReLU()", "  )", "  (b): Tanh()", ")"]
    logged = [f"12:00:0{at % 2} INFO train.py:10 | {text}" for at, text in enumerate(plain)]
    lines = split("net.txt", "\n".join([at_root + plain[0], *logged[1:]]))
    cut_prefix(lines, 0, len(plain))
    assert [text.strip() for text in lines.texts] == [text.strip() for text in plain]
    assert lines.numbers == [1, 2, 3, 4, 5, 6]


def test_what_stands_behind_the_end_is_left_alone() -> None:
    texts = ["> Net(", ">   (a): ReLU()", "> )", "> more"]
    lines = split("net.txt", "\n".join(texts))
    cut_prefix(lines, 0, 3)
    assert lines.texts == [" Net(", "   (a): ReLU()", " )", "> more"]
