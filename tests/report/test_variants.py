"""The name of a set of findings in every report: beside the findings, in the form that each format has for a note."""

from __future__ import annotations

import json
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from archdiff.model.outcome import Outcome
from archdiff.model.result import Result
from archdiff.report import View, find
from report.answers import COMPARED, DENSITY, DIFFERENT, HOSTILE, SWAP

WIDE = "known as Wide ResNet (candidate): twice as wide"
OTHER = "known as LoRA (reference): low rank"
NAMED = replace(DIFFERENT, findings=(SWAP, DENSITY), notes=("not a name", WIDE, "known elsewhere"))
HINTED = replace(DIFFERENT, findings=(replace(SWAP, hint=OTHER), DENSITY), notes=())
LIVE = replace(NAMED, candidate=replace(NAMED.candidate, source="<model>"))


def concise(outcome: Outcome, pair: str = "") -> list[str]:
    return find("concise").render([Result(pair, outcome)], View()).splitlines()


def github(outcome: Outcome, pair: str = "") -> list[str]:
    return find("github").render([Result(pair, outcome)], View()).splitlines()


def properties(outcome: Outcome) -> list[str | None]:
    suites = ElementTree.fromstring(find("junit").render([Result(outcome=outcome)], View()))
    return [each.get("value") for each in suites.iter("property") if each.get("name") == "variant"]


def notes_of_sarif(outcome: Outcome, pair: str = "") -> list[object]:
    (run,) = json.loads(find("sarif").render([Result(pair, outcome)], View()))["runs"]
    found: list[object] = run["invocations"][0]["toolExecutionNotifications"]
    return found


def test_which_notes_are_names() -> None:
    assert [outcome.variants for outcome in (COMPARED["different"], HINTED, NAMED)] == [(), (), (WIDE,)]


@pytest.mark.parametrize("name", ["terminal", "markdown", "concise", "github", "junit", "sarif", "json"])
def test_every_report_has_it_and_each_finding(name: str) -> None:
    text = find(name).render([Result(outcome=NAMED)], View())
    assert text.count("known as Wide ResNet (candidate)") == 1
    assert SWAP.message in " ".join(text.split())


@pytest.mark.parametrize("name", ["terminal", "markdown", "concise", "github", "junit", "sarif", "json"])
def test_every_report_has_it_as_a_hint(name: str) -> None:
    text = find(name).render([Result(outcome=HINTED)], View())
    assert text.count("known as LoRA (reference): low rank") == 1


@pytest.mark.parametrize(
    ("outcome", "pair", "last"),
    [
        pytest.param(NAMED, "", f"note.md:17: note: {WIDE}", id="behind the findings, at the first line"),
        pytest.param(NAMED, "mine", f"note.md:17: note: {WIDE} [mine]", id="of a pair"),
        pytest.param(LIVE, "", f"note.md:110: note: {WIDE}", id="of a live module, at the other print"),
        pytest.param(replace(NAMED, findings=()), "", None, id="not where no finding is shown"),
    ],
)
def test_concise(outcome: Outcome, pair: str, last: str | None) -> None:
    lines = concise(outcome, pair)
    assert lines[-1:] == ([last] if last else [])
    assert [line.split(": ")[1][:5] for line in lines[:-1]] == (["AD101", "AD501"] if last else [])


def test_concise_has_a_hint_behind_its_finding() -> None:
    assert [line.split(": ")[1][:5] for line in concise(HINTED)] == ["AD101", "note", "AD501"]
    assert concise(HINTED)[1] == f"note.md:20: note: {OTHER}"


@pytest.mark.parametrize(
    ("outcome", "pair", "told"),
    [
        pytest.param(NAMED, "", f"::notice file=note.md,line=17,title=variant::{WIDE}", id="at the first line"),
        pytest.param(NAMED, "mine", f"::notice file=note.md,line=17,title=variant (mine)::{WIDE}", id="of a pair"),
        pytest.param(
            LIVE, "", f"::notice file=note.md,line=110,title=variant::Sequential: {WIDE}", id="of a live module"
        ),
    ],
)
def test_github(outcome: Outcome, pair: str, told: str) -> None:
    lines = github(outcome, pair)
    assert lines[-1] == told
    assert len(lines) == 3
    assert all(line.startswith("::error ") for line in lines[:-1])


def test_junit() -> None:
    assert (properties(COMPARED["different"]), properties(NAMED)) == ([], [WIDE])


def test_sarif() -> None:
    physical = {"artifactLocation": {"uri": "note.md", "uriBaseId": "%SRCROOT%"}, "region": {"startLine": 17}}
    note = {"level": "note", "message": {"text": WIDE}, "locations": [{"physicalLocation": physical}]}
    assert notes_of_sarif(COMPARED["different"]) == []
    assert notes_of_sarif(NAMED) == [note]
    assert notes_of_sarif(NAMED, "mine") == [{**note, "message": {"text": f"mine: {WIDE}"}}]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", ["concise", "github"])
def test_a_name_is_one_line(name: str, text: str) -> None:
    """Though it holds what somebody's file holds."""
    outcome = replace(NAMED, notes=(f"{WIDE}{text}",))
    lines = find(name).render([Result(outcome=outcome)], View()).split("\n")
    assert len(lines) == 4
    assert all(line.isprintable() for line in lines)
