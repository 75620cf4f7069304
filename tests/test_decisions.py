"""The pairs of `benchmarks/decisions.toml`: every network can be made, every row is one, and how they are compared."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from archdiff import Effect

BENCHMARKS = str(Path(__file__).parents[1] / "benchmarks")
if BENCHMARKS not in sys.path:
    sys.path.append(BENCHMARKS)

import decisions  # noqa: E402
import page_cases  # noqa: E402
from decisions import Checked, Pair, Row  # noqa: E402

WIDTHS = Row("function", "every width x 5/6: 40, 80, not 48, 96")
EPS = Row("function", "eps 1e-05, not 1e-06, in all norms")
DROPOUT = Row("training", "dropout 0.2, not 0.3")

#: id, a text, its whole numbers
NUMBERS = [
    ("none", "Bottleneck, not BasicBlock", set()),
    ("of a name", "wi_0 and conv1, not Conv2d", set()),
    ("decimals", "dropout 0.2, not 0.3.", set()),
    ("a small number", "eps 1e-06, not 1.5625e-07", set()),
    ("a kernel", "kernel_size 3x3, not 1x1", set()),
    ("at the end of a sentence", "12 layers, not 24.", {"12", "24"}),
    ("alternatives", "k 4767/7150, not 1200/1800", {"4767", "7150", "1200", "1800"}),
]

#: id, expected, found, rows whose numbers are absent with those numbers, whether all holds
CHECKS: list[tuple[str, tuple[Row, ...], tuple[Row, ...], list[tuple[Row, set[str]]], bool]] = [
    ("as expected", (WIDTHS,), (Row("function", "AD109 widths 40, 80, not 48, 96 (9 places)"),), [], True),
    ("rows without whole numbers", (EPS, DROPOUT), (Row("function", "a"), Row("training", "b")), [], True),
    ("too many", (EPS,), (Row("function", "eps"), Row("unknown", "class")), [], False),
    ("too few", (EPS, DROPOUT), (Row("function", "eps"),), [], False),
    ("nothing", (WIDTHS,), (), [(WIDTHS, {"40", "80", "48", "96"})], False),
    ("half of it", (WIDTHS,), (Row("function", "40, not 48"),), [(WIDTHS, {"80", "96"})], False),
    (
        "in two messages",  # one decision is one finding
        (WIDTHS,),
        (Row("function", "40, not 48"), Row("function", "80, not 96")),
        [(WIDTHS, {"80", "96"})],
        False,
    ),
]


@pytest.mark.parametrize(("text", "numbers"), [case[1:] for case in NUMBERS], ids=[case[0] for case in NUMBERS])
def test_whole_numbers(text: str, numbers: set[str]) -> None:
    assert decisions.integers(text) == numbers


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("x 5/6: 40", {"40"}), ("inner width x 2: 128", {"128"}), ("max 2", {"2"}), ("2 x 3", {"2"})],
)
def test_a_factor_is_no_number_of_a_row(text: str, numbers: set[str]) -> None:
    assert Row("function", text).numbers == numbers


@pytest.mark.parametrize(
    ("rows", "found", "absent", "holds"), [case[1:] for case in CHECKS], ids=[case[0] for case in CHECKS]
)
def test_what_was_found_against_what_is_expected(
    rows: tuple[Row, ...], found: tuple[Row, ...], absent: list[tuple[Row, set[str]]], holds: bool
) -> None:
    checked = Checked(Pair("a", "b", rows), found)
    assert [(row, set(numbers)) for row, numbers in checked.absent] == absent
    assert checked.holds == holds
    assert str(checked).startswith("ok a/b" if holds else "-- a/b")


def test_every_network_of_a_pair_can_be_made() -> None:
    known = {*decisions.networks(), *decisions.OF_THE_NOTE}
    of_pages = {name for pair in page_cases.OF_LIBRARIES.values() for name in pair}
    named = {name for pair in decisions.expected() for name in (pair.candidate, pair.reference)}
    assert named <= known <= named | of_pages


@pytest.mark.parametrize("pair", decisions.expected(), ids=lambda pair: pair.name)
def test_rows(pair: Pair) -> None:
    effects = {effect.word for effect in Effect} - {"cosmetic"}
    assert pair.rows
    assert {row.effect for row in pair.rows} <= effects
    assert len({row.text for row in pair.rows}) == len(pair.rows)


def test_a_pair_of_the_note_holds(tmp_path: Path) -> None:
    (pair,) = (pair for pair in decisions.expected() if pair.name == "Sparse/SuperSparse")
    assert decisions.check(pair, tmp_path).holds


def test_what_is_written_is_read(tmp_path: Path) -> None:
    decisions.write(["unet_32"], tmp_path)
    same = decisions.check(Pair("unet_32", "unet_32", ()), tmp_path)
    assert same.found == ()
    assert same.holds
