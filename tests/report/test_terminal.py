"""The terminal report: goldens in full text, and what must hold of every one of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from archdiff import api
from archdiff.model.effects import Effect
from archdiff.model.outcome import Finding
from archdiff.parse import parse
from archdiff.report import View, find
from archdiff.report._lines import shorten
from report.answers import COMPARED, DIFFERENT, MINE, SHOWN

REPORT = find("terminal")
VIEWS = {"": View(), ".all": View(all=True), ".wide": View(width=120)}


@pytest.mark.parametrize("variant", VIEWS)
@pytest.mark.parametrize("answer", COMPARED)
def test_compare(answer: str, variant: str, golden: Callable[[str, str], None]) -> None:
    outcome, view = COMPARED[answer], VIEWS[variant]
    text = REPORT.compare(outcome, view)
    _is_plain_text(text, view.width)
    assert text.startswith(f"{', '.join(outcome.verdicts)}: ")
    for finding in outcome.findings:
        if view.all or finding.effect is not Effect.COSMETIC:
            for line in _lines_of(finding):
                assert re.search(rf":{line}\b", text), f"{finding.rule} line {line}"
    golden(f"compare_{answer}{variant}.txt", text)


@pytest.mark.parametrize("variant", ["", ".wide"])
@pytest.mark.parametrize("answer", SHOWN)
def test_show(answer: str, variant: str, golden: Callable[[str, str], None]) -> None:
    text = REPORT.show(SHOWN[answer], VIEWS[variant])
    _is_plain_text(text, VIEWS[variant].width)
    golden(f"show_{answer}{variant}.txt", text)


@pytest.mark.parametrize("width", range(60, 161, 7))
def test_every_width_is_kept(width: int) -> None:
    for outcome in COMPARED.values():
        _is_plain_text(REPORT.compare(outcome, View(width)), width)
    for shown in SHOWN.values():
        _is_plain_text(REPORT.show(shown, View(width)), width)


def test_a_report_without_findings_says_so_first() -> None:
    assert REPORT.compare(COMPARED["identical"], View()).splitlines()[0] == "identical: nothing that is printed differs"


def test_colour_adds_nothing_but_colour() -> None:
    for outcome in COMPARED.values():
        colored = REPORT.compare(outcome, View(color=True))
        assert "\x1b[" in colored
        assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == REPORT.compare(outcome, View())


def test_a_swap_stands_in_the_order_of_each_side() -> None:
    rows = [line for line in REPORT.compare(DIFFERENT, View()).splitlines() if line.startswith("x ")]
    assert [re.findall(r"\w*(?:kwinner|maxpool)", row) for row in rows] == [
        ["cnn1_kwinner", "cnnSdr1_maxpool"],
        ["cnn1_maxpool", "cnnSdr1_kwinner"],
    ]


def test_everything_that_differs_has_a_mark_without_colour() -> None:
    text = REPORT.compare(DIFFERENT, View())
    assert re.findall(r"^([^ ]) +\d", text, re.MULTILINE) == ["!", "x", "x", "!", "+"]
    assert "... 1 equal\n" in text


def test_hundreds_of_findings_are_counted() -> None:
    many = replace(DIFFERENT, findings=(DIFFERENT.findings[0],) * 1000)
    assert "  ... 960 more function (--max-findings, --all)\n" in REPORT.compare(many, View())
    assert REPORT.compare(many, View(all=True)).count("AD101") == 1000


def test_escape_sequences_of_a_file_do_not_reach_the_terminal() -> None:
    evil = replace(MINE, label="\x1b]0;pwned\x07Mine\nsecond line")
    text = REPORT.compare(replace(DIFFERENT, candidate=evil), View())
    assert "\x1b" not in text
    assert "\x07" not in text


@pytest.mark.parametrize(
    ("path", "width", "short"),
    [
        ("cnn1", 4, "cnn1"),
        ("features.0.conv", 15, "features.0.conv"),
        ("features.0.conv", 14, "feat..s.0.conv"),
        ("linearSdr.linearSdr1_kwinner", 22, "li..linearSdr1_kwinner"),
        ("features.0.conv", 2, "fe"),
        ("features.0.conv", 5, "f..nv"),
    ],
)
def test_shorten(path: str, width: int, short: str) -> None:
    assert shorten(path, width) == short
    assert len(shorten(path, width)) <= width


def _is_plain_text(text: str, width: int) -> None:
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert "\n\n\n" not in text
    assert "\x1b" not in text
    for line in text.splitlines():
        assert line == line.rstrip()
        assert len(line) <= width, line


def _lines_of(finding: Finding) -> Iterator[int]:
    yield from (place.line for place in (finding.candidate, finding.reference) if place)


def test_context_shows_equal_rows_about_each_row_that_differs() -> None:
    without, with_one = (REPORT.compare(DIFFERENT, View(context=rows)) for rows in (0, 1))
    table = {row.strip() for row in without.splitlines() if "equal" not in row}
    assert table - {row.strip() for row in with_one.splitlines()} == set()
    assert len(with_one.splitlines()) > len(without.splitlines()) - without.count("equal")


def test_max_findings_counts_the_rest() -> None:
    text = REPORT.compare(DIFFERENT, View(most=1))
    functions = sum(finding.effect.word == "function" for finding in DIFFERENT.findings)
    assert f"  ... {functions - 1} more function (--max-findings, --all)\n" in text


def test_code_is_not_torn_apart() -> None:
    outcome = COMPARED["not_printed"]
    hint = f'print(model.get_submodule("{"layers.0." * 20}norm").eps)'
    finding = replace(outcome.findings[0], hint=hint)
    assert hint in REPORT.compare(replace(outcome, findings=(finding,)), View())


LAYER = "({}): Linear(in_features=8, out_features={}, bias=True)"
TABLES = [  # lines of the candidate, those of the reference, rows of the table
    (
        "an Identity of one side is spelling",
        [LAYER.format("a", 8), "(idle): Identity()", LAYER.format("b", 8), LAYER.format("c", 4)],
        [LAYER.format("a", 8), LAYER.format("b", 8), LAYER.format("c", 2)],
        ["... 2 equal, 1 spelled differently", "! 5 c Linear  4 c Linear", "(! differs)"],
    ),
    (
        "an empty container is no row",
        [LAYER.format("a", 8), "(more): Sequential()", LAYER.format("b", 4)],
        [LAYER.format("a", 8), LAYER.format("b", 2)],
        ["... 1 equal", "! 4 b Linear  3 b Linear", "(! differs)"],
    ),
]


@pytest.mark.parametrize(("ours", "theirs", "rows"), [case[1:] for case in TABLES], ids=[case[0] for case in TABLES])
def test_rows_that_stand_out(ours: list[str], theirs: list[str], rows: list[str]) -> None:
    texts = ("\n  ".join(["Net(", *lines]) + "\n)\n" for lines in (ours, theirs))
    text = REPORT.compare(api.compare_networks(*(parse(each)[0] for each in texts)), View())
    table = text.split("candidate  ")[1].split("\n\n")[0]
    assert [line.strip() for line in table.splitlines()[1:]] == rows
