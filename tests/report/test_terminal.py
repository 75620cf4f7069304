"""The terminal report: goldens in full text, and what must hold of every one of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from archdiff.model.effects import Effect
from archdiff.model.finding import Finding
from archdiff.report import View, find
from known import known
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
    text = known(REPORT.show)(SHOWN[answer], VIEWS[variant])
    _is_plain_text(text, VIEWS[variant].width)
    golden(f"show_{answer}{variant}.txt", text)


@pytest.mark.parametrize("width", range(60, 161, 7))
def test_every_width_is_kept(width: int) -> None:
    for outcome in COMPARED.values():
        _is_plain_text(REPORT.compare(outcome, View(width)), width)
    for shown in SHOWN.values():
        _is_plain_text(known(REPORT.show)(shown, View(width)), width)


def test_a_report_without_findings_says_so_first() -> None:
    assert REPORT.compare(COMPARED["identical"], View()).splitlines()[0] == "identical: nothing that is printed differs"


def test_colour_adds_nothing_but_colour() -> None:
    for outcome in COMPARED.values():
        colored = REPORT.compare(outcome, View(color=True))
        assert "\x1b[" in colored
        assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == REPORT.compare(outcome, View())


def test_hundreds_of_findings_are_counted() -> None:
    many = replace(DIFFERENT, findings=(DIFFERENT.findings[0],) * 1000)
    assert "  ... 960 more function (--max-findings, --all)\n" in REPORT.compare(many, View())
    assert REPORT.compare(many, View(all=True)).count("AD101") == 1000


def test_escape_sequences_of_a_file_do_not_reach_the_terminal() -> None:
    evil = replace(MINE, label="\x1b]0;pwned\x07Mine\nsecond line")
    text = REPORT.compare(replace(DIFFERENT, candidate=evil), View())
    assert "\x1b" not in text
    assert "\x07" not in text


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


def test_max_findings_counts_the_rest() -> None:
    text = REPORT.compare(DIFFERENT, View(most=1))
    functions = sum(finding.effect.word == "function" for finding in DIFFERENT.findings)
    assert f"  ... {functions - 1} more function (--max-findings, --all)\n" in text


def test_code_is_not_torn_apart() -> None:
    outcome = COMPARED["not_printed"]
    hint = f'print(model.get_submodule("{"layers.0." * 20}norm").eps)'
    finding = replace(outcome.findings[0], hint=hint)
    assert hint in REPORT.compare(replace(outcome, findings=(finding,)), View())
