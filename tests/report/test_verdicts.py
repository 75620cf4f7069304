"""How every format shows a verdict, and what of it fails: differences of unknown effect, facts that are not printed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from archdiff.model.finding import Finding
from archdiff.model.result import Result
from archdiff.report import View, find, names
from report.answers import COMPARED, HEADS, MAY_BE_CALLED, MEASURED


def result(*findings: Finding, **terms: object) -> Result:
    return Result(outcome=replace(COMPARED["identical"], findings=findings), **terms)  # type: ignore[arg-type]  # the fields named


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("pair", ["", "mine"])
@pytest.mark.parametrize("unknown", ["fail", "pass"])
def test_every_report_shows_an_unknown_verdict(name: str, pair: str, unknown: str) -> None:
    text = find(name).render([Result(pair, COMPARED["unknown"], unknown=unknown)], View())
    assert "unknown" in text
    assert "may call it as a function" in " ".join(text.split())


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("terminal", "training, inference: track_running_stats False, not True (cnn1_bn); momentum"),
        (
            "markdown",
            "### training, inference: track_running_stats False, not True (cnn1_bn); momentum",
        ),
        ("json", '"verdict": "inference",\n  "verdicts": [\n    "training",\n    "inference"\n  ],'),
        ("sarif", '"verdict": "inference",'),
    ],
)
def test_both_of_two_verdicts_are_named(name: str, shown: str) -> None:
    assert shown in find(name).compare(COMPARED["training_inference"], View())


@pytest.mark.parametrize(
    ("name", "failing", "passing"),
    [
        ("sarif", '"level": "error"', '"level": "warning"'),
        ("github", "::error ", "::warning "),
        ("junit", "<failure ", "<skipped "),
        ("markdown", "**Failed** (`--fail-on init`)", "**Passed** (`--fail-on init --unknown pass`)"),
    ],
)
def test_an_unknown_effect_is_an_error_unless_it_passes(name: str, failing: str, passing: str) -> None:
    fails, passes = (find(name).render([result(MAY_BE_CALLED, unknown=word)], View()) for word in ("fail", "pass"))
    assert failing in fails
    assert passing not in fails
    assert passing in passes
    assert failing not in passes


@pytest.mark.parametrize(
    ("name", "lenient", "strict"),
    [
        ("sarif", '"level": "warning"', '"level": "error"'),
        ("github", "::warning ", "::error "),
        ("junit", "<skipped ", "<failure "),
        ("markdown", "**Passed** (`--fail-on init`)", "**Failed** (`--fail-on init --strict=num_heads`)"),
    ],
)
def test_a_fact_that_is_not_printed_is_an_error_where_it_has_to_be(name: str, lenient: str, strict: str) -> None:
    assert lenient in find(name).render([result(HEADS)], View())
    assert strict in find(name).render([result(HEADS, strict=("num_heads",))], View())


@pytest.mark.parametrize(("name", "head"), [("terminal", "\nmeasured: "), ("markdown", "**Measured: ")])
def test_what_a_run_showed_of_one_side_stands_apart(name: str, head: str) -> None:
    text = find(name).render([result(MEASURED, HEADS)], View())
    assert head in text
    assert text.index("relu is called twice") > text.index(head) > text.index("num_heads")
