"""What makes the exit code 1: the threshold, differences of unknown effect, facts that have to be printed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from archdiff.model.effects import Effect
from archdiff.model.errors import UsageError
from archdiff.model.finding import Finding
from archdiff.model.result import Result, tally
from report.answers import (
    CLAIM,
    COMPARED,
    HEADS,
    MAY_BE_CALLED,
    MEASURED,
    MOMENTUM,
    NOT_PRINTED,
    RENAMED,
    SGD,
    STATISTICS,
    SWAP,
    result,
)

STATE = Finding("AD301", Effect.STATE, "n=0, not 12544")
INIT = Finding("AD101", Effect.INIT, "declared in another order", "order")


@pytest.mark.parametrize(
    ("finding", "terms", "fails"),
    [
        (NOT_PRINTED, {}, False),
        (CLAIM, {}, False),
        (MEASURED, {}, False),
        (RENAMED, {}, False),
        (STATE, {}, False),
        (STATE, {"fail_on": Effect.STATE}, True),
        (INIT, {}, True),
        (INIT, {"fail_on": Effect.TRAINING}, False),
        (NOT_PRINTED, {"fail_on": Effect.COSMETIC}, False),
        (MEASURED, {"fail_on": Effect.COSMETIC}, False),
        (RENAMED, {"fail_on": Effect.COSMETIC}, True),
        (MOMENTUM, {}, True),
        (MOMENTUM, {"fail_on": Effect.INFERENCE}, False),
        (STATISTICS, {"fail_on": Effect.INFERENCE}, True),
        (SWAP, {"fail_on": Effect.FUNCTION}, True),
        (MAY_BE_CALLED, {}, True),
        (MAY_BE_CALLED, {"fail_on": Effect.FUNCTION}, True),
        (MAY_BE_CALLED, {"unknown": "pass"}, False),
        (MAY_BE_CALLED, {"unknown": "pass", "fail_on": Effect.COSMETIC}, False),
        (MAY_BE_CALLED, {"unknown": "pass", "strict": ("AD104",)}, True),
        (MAY_BE_CALLED, {"unknown": "pass", "strict": ("all",)}, False),
        (SWAP, {"unknown": "pass"}, True),
        (HEADS, {"strict": ("all",)}, True),
        (HEADS, {"strict": ("num_heads",)}, True),
        (HEADS, {"strict": ("AD701",)}, True),
        (HEADS, {"strict": ("recipe",)}, False),
        (HEADS, {"strict": ("num_heads",), "unknown": "pass", "fail_on": Effect.FUNCTION}, True),
        (CLAIM, {"strict": ("AD001",)}, True),
        (CLAIM, {"strict": ("all",)}, False),
        (MOMENTUM, {"strict": ("momentum",), "fail_on": Effect.FUNCTION}, False),
    ],
)
def test_fails(finding: Finding, terms: dict[str, object], fails: bool) -> None:
    assert result(finding, **terms).failed is fails
    assert result(RENAMED, finding, **terms).fails(finding) is fails


@pytest.mark.parametrize(
    ("finding", "terms", "severity"),
    [
        (SWAP, {}, "error"),
        (INIT, {"fail_on": Effect.FUNCTION}, "warning"),
        (MAY_BE_CALLED, {"unknown": "pass"}, "warning"),
        (HEADS, {}, "warning"),
        (HEADS, {"strict": ("num_heads",)}, "error"),
        (STATE, {}, "notice"),
        (RENAMED, {}, "notice"),
        (RENAMED, {"fail_on": Effect.COSMETIC}, "error"),
    ],
)
def test_severity(finding: Finding, terms: dict[str, object], severity: str) -> None:
    assert result(finding, **terms).severity(finding) == severity


@pytest.mark.parametrize(
    ("rule", "terms", "looked_for"),
    [
        ("AD101", {}, True),
        ("AD101", {"left_out": frozenset({"AD101"})}, False),
        ("AD001", {}, False),  # no spec was read
        ("AD801", {}, False),  # no recipe is printed
        ("AD903", {}, False),  # nothing was run
    ],
)
def test_rules_that_were_looked_for(rule: str, terms: dict[str, object], looked_for: bool) -> None:
    assert result(**terms).looked_for(rule) is looked_for
    assert not Result(error=UsageError("no such file"), **terms).looked_for(rule)  # type: ignore[arg-type]  # the fields named


def test_recipes_are_compared_where_both_print_one() -> None:
    outcome = COMPARED["identical"]
    one = replace(outcome, candidate=replace(outcome.candidate, recipe=SGD))
    both = replace(one, reference=replace(outcome.reference, recipe=SGD))
    assert [Result(outcome=each).looked_for("AD801") for each in (one, both)] == [False, True]


def test_tally() -> None:
    assert tally([]) == (0, 0)
    assert tally([result(), result(SWAP), result(STATE), Result(error=UsageError("no such file"))]) == (1, 1)


def test_without_an_outcome_nothing_fails() -> None:
    assert not Result().failed
