"""What every report says of a comparison as a whole: the verdict with its limits, the counts, what is unknown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from archdiff.model.effects import Effect
from archdiff.model.outcome import Finding
from archdiff.model.result import Result
from archdiff.report import View, _summary, find, names
from report.answers import COMPARED, MAY_BE_CALLED, MOMENTUM, NOT_PRINTED, RENAMED, STATISTICS, SWAP, result

HEADS = Finding("AD701", Effect.UNKNOWN, "neither print shows num_heads", setting="num_heads")
CLAIM = Finding("AD001", Effect.UNKNOWN, "the paper prints 64", "claim", setting="L1 F")
MEASURED = Finding("AD903", Effect.UNKNOWN, "relu is called twice", "order")


AS_FAR = ", as far as a print tells: "


@pytest.mark.parametrize(
    ("findings", "complete", "told"),
    [
        ((), True, "nothing that is printed differs"),
        ((), False, f"nothing that is printed differs{AS_FAR}a print is not whole"),
        ((HEADS,), True, f"nothing that is printed differs{AS_FAR}1 fact is not printed"),
        ((HEADS, NOT_PRINTED), True, f"nothing that is printed differs{AS_FAR}2 facts are not printed"),
        ((HEADS,), False, f"nothing that is printed differs{AS_FAR}a print is not whole and 1 fact is not printed"),
        ((RENAMED, HEADS), True, f"the same network, spelled differently{AS_FAR}1 fact is not printed"),
        ((MOMENTUM,), True, "the same in inference, different while training"),
        ((MOMENTUM,), False, "the same in inference, different while training"),
        ((MOMENTUM, HEADS), True, f"the same in inference, different while training{AS_FAR}1 fact is not printed"),
        ((STATISTICS,), True, "the same while training, different in inference (eval mode)"),
        ((STATISTICS, MOMENTUM), True, "different while training, and different in inference (eval mode)"),
        ((MAY_BE_CALLED, MOMENTUM), True, "what was read cannot decide whether the two compute the same"),
        ((SWAP,), True, "the two compute different things"),
        ((SWAP, MAY_BE_CALLED, HEADS), True, "the two compute different things"),
        ((CLAIM, MEASURED), True, "nothing that is printed differs"),
    ],
)
def test_the_headline(findings: tuple[Finding, ...], complete: bool, told: str) -> None:
    outcome = replace(COMPARED["identical"], findings=findings)
    outcome = replace(outcome, reference=replace(outcome.reference, complete=complete))
    assert _summary.verdict(outcome) == told


@pytest.mark.parametrize(
    ("findings", "told"),
    [
        ((), ""),
        ((HEADS,), "1 not printed"),
        ((SWAP, MAY_BE_CALLED, STATISTICS, MOMENTUM), "1 function, 1 unknown, 1 inference, 1 training"),
        ((MAY_BE_CALLED, RENAMED, HEADS, NOT_PRINTED), "1 unknown, 1 cosmetic; 2 not printed"),
    ],
)
def test_the_counts(findings: tuple[Finding, ...], told: str) -> None:
    assert _summary.counts(replace(COMPARED["identical"], findings=findings)) == told


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
        ("terminal", "training, inference: different while training, and different in inference"),
        ("markdown", "### training, inference: different while training, and different in inference"),
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
        assert f"\n{mark} 24 softmax" in find("terminal").compare(outcome, View())
