"""SARIF: valid by the schema, on the candidate's lines, known again when only lines change."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from archdiff import __version__
from archdiff.model import catalogue
from archdiff.model.effects import Effect
from archdiff.model.errors import ReadError
from archdiff.model.finding import Finding, Place
from archdiff.model.result import Result
from archdiff.report import View, find
from archdiff.report.sarif import fingerprint
from report.answers import DENSITY, DIFFERENT, HOSTILE, MANY, RESULTS, STATE, SWAP, hostile

REPORT = find("sarif")
SCHEMA = jsonschema.Draft4Validator(
    json.loads((Path(__file__).parent / "schemas" / "sarif-2.1.0-rtm.4.json").read_text()),
    format_checker=jsonschema.FormatChecker(),
)


def read(results: Sequence[Result]) -> Any:
    """The one run of a log that is valid."""
    log = json.loads(REPORT.render(results, View()))
    SCHEMA.validate(log)
    (run,) = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    marks = [result["partialFingerprints"]["archdiff/v2"] for result in run["results"]]
    assert len(set(marks)) == len(marks)
    assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in run["results"])
    return run


@pytest.fixture
def few_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a rule that is told better changes no golden."""
    monkeypatch.setattr(catalogue, "BY_ID", {rule: catalogue.BY_ID[rule] for rule in ("AD101", "AD501")})


@pytest.mark.usefixtures("few_rules")
@pytest.mark.parametrize("answer", RESULTS)
def test_render(answer: str, golden: Callable[[str, str], None]) -> None:
    read(RESULTS[answer])
    text = REPORT.render(RESULTS[answer], View())
    golden(f"{answer}.sarif.json", text.replace(f'"version": "{__version__}"', '"version": "0"'))


def test_a_rule_brings_its_help() -> None:
    for rule in read(RESULTS["different"])["tool"]["driver"]["rules"]:
        entry = catalogue.BY_ID[rule["id"]]
        assert rule["name"] == entry.name
        assert all(part in rule["help"]["text"] for part in (entry.means, entry.example, entry.to_do))


def test_that_the_schema_refuses_what_is_wrong() -> None:
    log = json.loads(REPORT.render(MANY, View()))
    log["runs"][0]["results"][0]["level"] = "fatal"
    assert not SCHEMA.is_valid(log)


def test_the_line_of_the_candidate_and_that_of_the_reference() -> None:
    told = read(RESULTS["different"])["results"][0]
    place = told["locations"][0]
    assert place["physicalLocation"]["artifactLocation"] == {"uri": "note.md", "uriBaseId": "%SRCROOT%"}
    assert place["physicalLocation"]["region"] == {"startLine": 20}
    assert place["logicalLocations"][0]["fullyQualifiedName"] == "cnn1_kwinner"
    assert told["relatedLocations"][0]["physicalLocation"]["region"] == {"startLine": 114}


@pytest.mark.parametrize(
    ("fail_on", "levels"),
    [
        (Effect.COSMETIC, ["error"] * 6 + ["warning"]),
        (Effect.INIT, ["error"] * 4 + ["note"] * 2 + ["warning"]),
        (Effect.FUNCTION, ["error"] * 3 + ["warning"] + ["note"] * 2 + ["warning"]),
    ],
)
def test_the_level_comes_from_the_effect_and_the_threshold(fail_on: Effect, levels: list[str]) -> None:
    results = read([Result(outcome=DIFFERENT, fail_on=fail_on)])["results"]
    assert [result["level"] for result in results] == levels


def test_many_places_are_bounded() -> None:
    (told,) = read(RESULTS["deep"])["results"]
    assert told["properties"]["count"] == 80
    assert len(told["relatedLocations"]) == 21
    assert "(80 places)" in told["message"]["text"]


def _moved(place: Place | None) -> Place | None:
    return place._replace(line=place.line + 100) if place else None


@pytest.mark.parametrize("finding", [SWAP, DENSITY, STATE, replace(SWAP, candidate=None)])
def test_a_fingerprint_knows_no_lines(finding: Finding) -> None:
    moved = replace(finding, candidate=_moved(finding.candidate), reference=_moved(finding.reference), message="other")
    assert fingerprint("a", moved) == fingerprint("a", finding)


@pytest.mark.parametrize(
    "other",
    [
        replace(DENSITY, rule="AD301"),
        replace(DENSITY, setting="bias"),
        replace(DENSITY, candidate=None),
        replace(DENSITY, reference=Place("linearSdr.linearSdr1", 117, 0.5)),
        replace(DENSITY, reference=Place("linearSdr.linearSdr2", 117, 0.4)),
    ],
)
def test_a_fingerprint_knows_rule_path_and_values(other: Finding) -> None:
    assert fingerprint("", other) != fingerprint("", DENSITY)
    assert fingerprint("a", DENSITY) != fingerprint("b", DENSITY)


def test_errors_are_notifications_and_accepted_findings_are_suppressed() -> None:
    run = read(MANY)
    (invocation,) = run["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 2)
    gone, cut = invocation["toolExecutionNotifications"]
    assert gone["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "gone.txt", "uriBaseId": "%SRCROOT%"}
    }
    assert cut["locations"][0]["physicalLocation"]["region"] == {"startLine": 7, "startColumn": 3}
    suppressed = [result["suppressions"] for result in run["results"] if "suppressions" in result]
    assert suppressed == [[{"kind": "external", "justification": "dense on purpose"}], [{"kind": "inSource"}]]
    for results, code in ((RESULTS["identical"], 0), (RESULTS["different"], 1)):
        assert read(results)["invocations"][0]["exitCode"] == code


@pytest.mark.parametrize(
    ("source", "uri"),
    [
        ("a b.txt", "a%20b.txt"),
        ("./a.txt", "a.txt"),
        ("../a.txt", "../a.txt"),
        ("50%#?.txt", "50%25%23%3F.txt"),
        ("a:b.txt", "a%3Ab.txt"),
        ("/a/b c.txt", "file:///a/b%20c.txt"),
        ("C:\\a\\b c.txt", "file:///C:/a/b%20c.txt"),
        ("\udcff.txt", "%FF.txt"),
        ("\ud800.txt", "%EF%BF%BD.txt"),
        ("\u540d.txt", "%E5%90%8D.txt"),
    ],
)
def test_uris(source: str, uri: str) -> None:
    outcome = replace(DIFFERENT, candidate=replace(DIFFERENT.candidate, source=source))
    for told in (
        read([Result(outcome=outcome)])["results"][0],
        read([Result(error=ReadError("bad", source=source))])["invocations"][0]["toolExecutionNotifications"][0],
    ):
        assert told["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_standard_input_is_no_file() -> None:
    outcome = replace(DIFFERENT, candidate=replace(DIFFERENT.candidate, source="<stdin>"))
    for told in read([Result(outcome=outcome)])["results"]:
        assert all("physicalLocation" not in place for place in told["locations"])


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_others(text: str) -> None:
    run = read([Result(text, hostile(text)), Result(text, error=ReadError(text, source=text, line=1, line_text=text))])
    told = run["results"][0]["message"]["text"]
    assert text.replace("](", "] (") in told or not text.isprintable()
    assert all(char.isprintable() or char == "\n" for char in told)
    REPORT.render([Result(text, hostile(text))], View()).encode()


def test_a_log_that_names_the_top_of_the_repository_is_valid() -> None:
    log = json.loads(REPORT.render(MANY, View(folder="/repo/a b", root="/repo")))
    SCHEMA.validate(log)
    assert log["runs"][0]["originalUriBaseIds"] == {"%SRCROOT%": {"uri": "file:///repo/"}}
