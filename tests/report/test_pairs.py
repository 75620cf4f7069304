"""The side-by-side table: which rows stand out, and by which mark. In full text: the goldens of `test_terminal`."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from archdiff import api
from archdiff.parse import parse
from archdiff.report import View, find
from report.answers import COMPARED, DIFFERENT, HEADS, MAY_BE_CALLED, SWAP

REPORT = find("terminal")


def test_a_swap_stands_in_the_order_of_each_side() -> None:
    rows = [line for line in REPORT.compare(DIFFERENT, View()).splitlines() if line.startswith("x ")]
    assert [re.findall(r"\w*(?:kwinner|maxpool)", row) for row in rows] == [
        ["cnn1_kwinner", "cnnSdr1_maxpool"],
        ["cnn1_maxpool", "cnnSdr1_kwinner"],
    ]


def marks(view: View) -> list[str]:
    return re.findall(r"^([^ ]|  ) *\d", REPORT.compare(DIFFERENT, view), re.MULTILINE)


def test_everything_that_differs_has_a_mark_without_colour() -> None:
    assert marks(View(all=True)) == [".", "!", "x", "x", "  ", "!", "+"]


def test_only_order_and_structure_stand_in_the_table_and_the_rest_in_the_list() -> None:
    assert marks(View()) == ["x", "x", "+"]
    text = REPORT.compare(DIFFERENT, View())
    assert [line.strip() for line in text.splitlines() if "equal" in line] == ["... 1 equal, 1 listed above"] * 2


def test_context_shows_each_row_that_differs_and_equal_rows_about_it() -> None:
    assert marks(View(context=1)) == ["  ", "!", "x", "x", "  ", "!", "+"]


@pytest.mark.parametrize(("known", "columns"), [(True, " 64x28x28"), (False, "")])
def test_shapes_stand_there_where_one_is_known(known: bool, columns: str) -> None:
    both = (DIFFERENT.candidate, DIFFERENT.reference)
    unknown = [tuple(replace(each, output_shape=None) for each in side.layers) for side in both]
    ours, theirs = (side if known else replace(side, layers=layers) for side, layers in zip(both, unknown, strict=True))
    text = REPORT.compare(replace(DIFFERENT, candidate=ours, reference=theirs), View(width=160))
    row = next(line for line in text.splitlines() if line.startswith("x  20"))
    assert row.rstrip().startswith(f"x  20 cnn1_kwinner KWinners2d{columns}  113 ")
    assert ("?" in row) is False


LAYER = "({}): Linear(in_features=8, out_features={}, bias=True)"
TABLES = [  # lines of the candidate, those of the reference, rows of the table
    (
        "an Identity of one side is spelling",
        [LAYER.format("a", 8), "(idle): Identity()", LAYER.format("b", 8), LAYER.format("c", 4)],
        [LAYER.format("a", 8), LAYER.format("b", 8), LAYER.format("c", 2)],
        ["... 1 equal, 1 spelled differently", "4 b Linear  3 b Linear", "! 5 c Linear  4 c Linear", "(! differs)"],
    ),
    (
        "an empty container is no row",
        [LAYER.format("a", 8), "(more): Sequential()", LAYER.format("b", 4)],
        [LAYER.format("a", 8), LAYER.format("b", 2)],
        ["2 a Linear  2 a Linear", "! 4 b Linear  3 b Linear", "(! differs)"],
    ),
]


@pytest.mark.parametrize(("ours", "theirs", "rows"), [case[1:] for case in TABLES], ids=[case[0] for case in TABLES])
def test_rows_that_stand_out(ours: list[str], theirs: list[str], rows: list[str]) -> None:
    (a,), (b,) = (parse("\n  ".join(["Net(", *lines]) + "\n)\n") for lines in (ours, theirs))
    text = REPORT.compare(api.compare_networks(a, b), View(context=1))
    table = text.split("candidate  ")[1].split("\n\n")[0]
    assert [line.strip() for line in table.splitlines()[1:]] == rows


def test_a_row_tells_a_difference_of_unknown_effect_from_a_fact_that_is_not_printed() -> None:
    layer = MAY_BE_CALLED.candidate
    for finding, mark in (
        (MAY_BE_CALLED, "?"),
        (replace(HEADS, candidate=layer), "n"),
        (replace(SWAP, candidate=layer), "x"),
    ):
        told = replace(finding, reference=layer, consequences=())
        pairs = ((layer.path, layer.path),) if layer else ()
        outcome = replace(COMPARED["identical"], pairs=pairs, findings=(told,))
        assert f"\n{mark} 24 softmax" in find("terminal").compare(outcome, View(all=True))


def test_without_another_order_or_structure_the_list_says_it_all() -> None:
    (a,), (b,) = (parse(f"Net(\n  {LAYER.format('a', width)}\n)\n") for width in (8, 4))
    outcome = api.compare_networks(a, b)
    assert "candidate  " not in REPORT.compare(outcome, View())
    assert "! 2 a Linear" in REPORT.compare(outcome, View(all=True))
