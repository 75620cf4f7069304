"""The concise report: a line a finding, whatever the networks are called."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

import archdiff
from archdiff.model.effects import Effect
from archdiff.model.finding import Finding, Place
from archdiff.model.outcome import Outcome
from archdiff.model.result import Result
from archdiff.report import View, find
from report.answers import COMPARED, DIFFERENT, HOSTILE, MANY, RESULTS, hostile

REPORT = find("concise")
LINE = re.compile(r"[^:]+:\d+: AD\d\d\d (unknown|cosmetic|equivalent|state|init|training|inference|function) \S.*")


@pytest.mark.parametrize("answer", RESULTS)
def test_render(answer: str, golden: Callable[[str, str], None]) -> None:
    text = REPORT.render(RESULTS[answer], View())
    for line in text.splitlines():
        assert LINE.fullmatch(line) or "error: " in line
    golden(f"{answer}.concise.txt", text)


def test_nothing_where_nothing_differs() -> None:
    assert REPORT.compare(COMPARED["identical"], View()) == ""


def test_spelling_stands_there_where_it_is_wanted_or_fails() -> None:
    outcome = COMPARED["cosmetic"]
    assert REPORT.compare(outcome, View()) == ""
    assert "AD107 cosmetic" in REPORT.compare(outcome, View(all=True))
    assert "AD107 cosmetic" in REPORT.render([Result(outcome=outcome, fail_on=Effect.COSMETIC)], View())


def test_what_holds_under_a_condition_stands_there() -> None:
    nets = [f"{name}(\n  (fc): Linear(in_features=4, out_features=4, bias=True)\n)\n" for name in ("Mine", "Theirs")]
    assert REPORT.compare(archdiff.compare(*nets), View()) == (
        "<text>:1: AD108 cosmetic Mine around these layers, not Theirs: if Mine combines its layers as Theirs does\n"
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_a_finding_is_one_line(text: str) -> None:
    outcome = hostile(text)
    lines = REPORT.compare(outcome, View()).split("\n")
    assert len(lines) == len(outcome.findings) + 1
    assert all(line.isprintable() for line in lines)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("softmax", 117),
        ("cnn1_bn", 111),
        ("cnn1", 110),  # nothing stands before it: the line that opens the network
        ("head", 117),  # a block
        ("elsewhere", 110),
    ],
)
def test_a_layer_that_is_missing_is_told_behind_the_layer_before_it(path: str, line: int) -> None:
    pairs = [
        *((theirs, ours) if ours not in ("cnn1", "cnn1_bn") else (None, ours) for ours, theirs in DIFFERENT.pairs),
        (None, "head.0"),
        (None, "head.1"),
    ]
    pairs[1:1] = [("cnnSdr.cnnSdr1_cnn", None)]
    lacks = Finding("AD103", Effect.FUNCTION, "missing", reference=Place(path, 5))
    outcome = Outcome(DIFFERENT.reference, DIFFERENT.candidate, tuple(pairs), (lacks,))
    assert REPORT.compare(outcome, View()) == f"note.md:{line}: AD103 function {path}: missing\n"


def test_pairs_are_named() -> None:
    for line in REPORT.render(MANY, View()).splitlines():
        assert line.rpartition(" [")[2].removesuffix("]") in {result.name for result in MANY}
