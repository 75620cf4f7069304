"""Fact sheets in every format that has them: only where they are wanted, equal rows faint, others marked."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from archdiff.model.fact_sheet import FactPair, FactRow, KnownSheet
from archdiff.report import View, _facts, find
from archdiff.report._lines import length
from known import known
from report.answers import DIFFERENT, SHOWN

OURS = (FactRow("depth", "12"), FactRow("norm", "LayerNorm, eps 1e-12 (25)"), FactRow("activation", "GELU (12)"))
THEIRS = (FactRow("depth", "12"), FactRow("norm", "LayerNorm, eps 1e-05 (25)"), FactRow("activation", "GELU (24)"))
HEADS = FactRow("heads", "8")
OUTCOME = replace(
    DIFFERENT,
    candidate=replace(DIFFERENT.candidate, sheet=KnownSheet(OURS)),
    reference=replace(DIFFERENT.reference, sheet=KnownSheet((*THEIRS, HEADS))),
)
WANTED = View(facts=True)
TABLE = """\
              candidate                  reference
  depth       12                         12
! norm        LayerNorm, eps 1e-12 (25)  LayerNorm, eps 1e-05 (25)
# activation  GELU (12)                  GELU (24)
! heads       -                          8
  (! differs, # other number of layers)
"""


@pytest.mark.parametrize("name", ["terminal", "markdown", "json"])
def test_there_is_none_unless_it_is_wanted(name: str) -> None:
    bare = replace(
        OUTCOME,
        candidate=replace(OUTCOME.candidate, sheet=lambda: pytest.fail("worked out")),
        reference=replace(OUTCOME.reference, sheet=lambda: pytest.fail("worked out")),
    )
    assert find(name).compare(bare, View()) == find(name).compare(DIFFERENT, View())


def test_terminal_between_head_and_findings() -> None:
    head, table, rest = find("terminal").compare(OUTCOME, WANTED).split("\n\n", 2)
    assert table + "\n" == TABLE
    assert f"{head}\n\n{rest}" == find("terminal").compare(OUTCOME, View())


def test_equal_rows_are_faint_and_only_they() -> None:
    _, _, *rows, _ = _facts.beside(OUTCOME.facts, WANTED)
    assert [(line[0], line[1][1]) for line in rows] == [
        (("  ", ""), "faint"),
        (("! ", "function"), ""),
        (("# ", "faint"), "faint"),
        (("! ", "function"), ""),
    ]


def test_two_equal_sheets_need_no_legend() -> None:
    pairs = (FactPair("depth", "12", "12"),)
    assert ["".join(text for text, _ in line) for line in _facts.beside(pairs, WANTED)] == [
        "",
        "         candidate  reference",
        "  depth  12         12",
    ]


@pytest.mark.parametrize("width", [60, 73, 80, 160])
def test_what_is_too_long_is_wrapped(width: int) -> None:
    value = ", ".join(f"Conv2d {number}x{number} ({number})" for number in range(30))
    pairs = (FactPair("the width of a very long name", value, value[::-1]),)
    lines = list(_facts.beside(pairs, View(width, facts=True)))
    assert max(map(length, lines)) <= width
    told = "".join(text for line in lines for text, _ in line)
    assert all(f"{number}x{number}" in told for number in range(30))


def test_markdown_sets_what_differs_in_bold() -> None:
    text = find("markdown").compare(OUTCOME, WANTED)
    rows = """\
| fact | candidate | reference |
|---|---|---|
| depth | 12 | 12 |
| **norm** | **LayerNorm, eps 1e-12 (25)** | **LayerNorm, eps 1e-05 (25)** |
| activation | GELU (12) | GELU (24) |
| **heads** | **-** | **8** |
"""
    assert rows in text
    assert text.replace(f"{rows}\n", "") == find("markdown").compare(OUTCOME, View())


def test_json_adds_a_key() -> None:
    found = json.loads(find("json").compare(OUTCOME, WANTED))
    facts = found.pop("facts")
    assert found == json.loads(find("json").compare(OUTCOME, View()))
    assert facts == [
        {"name": "depth", "candidate": "12", "reference": "12"},
        {"name": "norm", "candidate": "LayerNorm, eps 1e-12 (25)", "reference": "LayerNorm, eps 1e-05 (25)"},
        {"name": "activation", "candidate": "GELU (12)", "reference": "GELU (24)"},
        {"name": "heads", "candidate": None, "reference": "8"},
    ]


def test_one_network() -> None:
    (network,) = next(shown for shown in SHOWN.values() if len(shown) == 1)
    network = replace(network, sheet=KnownSheet(OURS))
    show = known(find("terminal").show)
    head, sheet, rest = show([network], WANTED).split("\n\n", 2)
    assert sheet == "depth       12\nnorm        LayerNorm, eps 1e-12 (25)\nactivation  GELU (12)"
    assert f"{head}\n\n{rest}" == show([network], View())
    found = json.loads(known(find("json").show)([network], WANTED))["networks"][0]
    assert found.pop("facts") == dict(OURS)
    assert found == json.loads(known(find("json").show)([network], View()))["networks"][0]


def test_names_of_classes_have_no_effect_where_they_are_shown() -> None:
    sheet = KnownSheet((FactRow("block", "\x1b[31m<b>@me|x"),))
    outcome = replace(OUTCOME, candidate=replace(OUTCOME.candidate, sheet=sheet))
    assert "\x1b" not in find("terminal").compare(outcome, WANTED)
    assert "<b>" not in find("markdown").compare(outcome, WANTED)
