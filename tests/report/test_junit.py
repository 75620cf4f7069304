"""JUnit XML: valid by the schema, counted right, and whole whatever the networks are called."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
import xmlschema

from archdiff.model import catalogue
from archdiff.model.effects import Effect
from archdiff.model.result import Result
from archdiff.model.running import RunResult
from archdiff.report import View, find
from report.answers import COMPARED, DIFFERENT, HOSTILE, MANY, ORIGINAL, RESULTS, hostile

REPORT = find("junit")
SCHEMA = xmlschema.XMLSchema(Path(__file__).parent / "schemas" / "junit-10.xsd")
RULES = ["AD101", "AD103", "AD104", "AD107", "AD301", "AD401", "AD501", "AD601", "AD701"]


@pytest.fixture
def few_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a new rule changes no golden."""
    monkeypatch.setattr(catalogue, "BY_ID", {rule: catalogue.BY_ID[rule] for rule in RULES})


def read(results: Sequence[Result]) -> Element:
    text = REPORT.render(results, View())
    root = ElementTree.fromstring(text)
    SCHEMA.validate(root)
    suites = root.findall("testsuite")
    for suite in suites:
        cases = suite.findall("testcase")
        assert suite.get("tests") == str(len(cases))
        assert len({(case.get("classname"), case.get("name")) for case in cases}) == len(cases)
        for count, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert suite.get(count) == str(len(suite.findall(f"testcase/{tag}")))
    for count in ("tests", "failures", "errors"):
        assert root.get(count) == str(sum(int(suite.get(count, "")) for suite in suites))
    return root


@pytest.mark.usefixtures("few_rules")
@pytest.mark.parametrize("answer", RESULTS)
def test_render(answer: str, golden: Callable[[str, str], None]) -> None:
    read(RESULTS[answer])
    golden(f"{answer}.junit.xml", REPORT.render(RESULTS[answer], View()))


def test_a_rule_that_is_kept_is_a_case_that_passes() -> None:
    suite = read(RESULTS["identical"])[0]
    assert [(case.get("name") or "")[:5] for case in suite.findall("testcase")] == _OF_TEXTS
    assert all(len(case) == 0 for case in suite.findall("testcase"))


_OF_TEXTS = [rule for rule in catalogue.BY_ID if rule[:3] not in ("AD0", "AD8", "AD9")]
_RUN = RunResult("cpu", "float64", 16, 0, (1, 32, 32))


@pytest.mark.parametrize(
    ("result", "more", "without"),
    [
        (Result(outcome=COMPARED["identical"]), (), ()),
        (Result(outcome=replace(COMPARED["identical"], candidate=ORIGINAL, reference=ORIGINAL)), ("AD801",), ()),
        (Result(outcome=replace(COMPARED["identical"], candidate=ORIGINAL)), (), ()),
        (
            Result(outcome=replace(COMPARED["identical"], run=_RUN)),
            ("AD901", "AD902", "AD903", "AD904", "AD911"),
            (),
        ),
        (Result(outcome=COMPARED["identical"], left_out=frozenset({"AD101", "AD911"})), (), ("AD101",)),
        (Result(outcome=DIFFERENT, left_out=frozenset({"AD101"})), (), ()),  # what was found is never left out
    ],
    ids=["texts", "recipes", "one recipe", "a run", "not selected", "found"],
)
def test_a_rule_that_did_not_run_is_no_case(result: Result, more: tuple[str, ...], without: tuple[str, ...]) -> None:
    cases = [(case.get("name") or "")[:5] for case in read([result])[0].findall("testcase")]
    assert sorted(cases) == sorted({*_OF_TEXTS, *more} - set(without))


@pytest.mark.parametrize(
    ("fail_on", "failing"),
    [
        (Effect.COSMETIC, ["AD101", "AD104", "AD107", "AD401", "AD501", "AD601"]),
        (Effect.INIT, ["AD101", "AD104", "AD401", "AD501"]),
        (Effect.FUNCTION, ["AD101", "AD104", "AD501"]),
    ],
)
def test_what_reaches_the_threshold_fails(fail_on: Effect, failing: list[str]) -> None:
    root = read([Result(outcome=DIFFERENT, fail_on=fail_on)])
    failed = [(case.get("name") or "")[:5] for case in root[0] if case.find("failure") is not None]
    assert failed == failing


def test_unknown_and_accepted_are_skipped_and_an_error_is_an_error() -> None:
    suites = {suite.get("name"): suite for suite in read(MANY)}
    skipped = {
        (case.get("name") or "")[:5]: case.find("skipped").get("message", "")  # type: ignore[union-attr]  # each case of these is skipped
        for case in suites["accepted"]
        if case.find("skipped") is not None
    }
    assert list(skipped) == ["AD501", "AD601", "AD701"]
    assert skipped["AD501"].startswith("accepted (baseline: dense on purpose): ")
    error = suites["cut"].find("testcase/error")
    assert error is not None
    assert (error.get("type"), error.get("message")) == ("ReadError", "the print is cut off")
    assert error.text == str(MANY[3].error)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_xml_cannot_hold(text: str) -> None:
    root = read([Result(text or "a", hostile(text))])
    REPORT.render([Result(text, hostile(text))], View()).encode()
    messages = [failure.get("message") or "" for failure in root.iter("failure")]
    if text.isprintable():
        assert any(text in message for message in messages)


def test_each_suite_says_what_differs() -> None:
    names = [each.get("value") for each in read([RESULTS["training_inference"][0]])[0].iter("property")]
    assert names == [
        "training, inference: track_running_stats False, not True (cnn1_bn); momentum 0.1, not 0.9 (cnn1_bn)"
    ]
