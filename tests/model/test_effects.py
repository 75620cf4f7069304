"""The verdict: the strongest effect of what differs, two where they are not ordered, and what never enters it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from archdiff.model.effects import THRESHOLDS, Effect, strongest
from archdiff.model.finding import Finding, gravest_first
from archdiff.model.outcome import Outcome, Suppressed
from archdiff.report import _summary
from report.answers import COMPARED

C, E, S, I, T, N, U, F = (  # noqa: E741
    Effect.COSMETIC,
    Effect.EQUIVALENT,
    Effect.STATE,
    Effect.INIT,
    Effect.TRAINING,
    Effect.INFERENCE,
    Effect.UNKNOWN,
    Effect.FUNCTION,
)
FACT = Finding("AD701", U, "neither print shows num_heads", setting="num_heads")
CLAIM = Finding("AD001", U, "the paper prints 64")
MEASURED = Finding("AD903", U, "relu is called twice")


def finding(effect: Effect) -> Finding:
    return Finding("AD301", effect, effect.word)


def outcome(*found: Effect | Finding) -> Outcome:
    told = tuple(each if isinstance(each, Finding) else finding(each) for each in found)
    return replace(COMPARED["identical"], findings=told)


@pytest.mark.parametrize(
    ("found", "verdicts"),
    [
        ((), ["identical"]),
        ((FACT,), ["identical"]),
        ((FACT, CLAIM, MEASURED), ["identical"]),
        ((C,), ["cosmetic"]),
        ((C, FACT), ["cosmetic"]),
        ((E, C), ["equivalent"]),
        ((S, E), ["state"]),
        ((I, S), ["init"]),
        ((T, I), ["training"]),
        ((N, I), ["inference"]),
        ((T, N), ["training", "inference"]),
        ((N, T, T, C, FACT), ["training", "inference"]),
        ((U,), ["unknown"]),
        ((U, C), ["unknown"]),
        ((U, T, N), ["unknown"]),
        ((U, FACT), ["unknown"]),
        ((F, U), ["function"]),
        ((F, T, N), ["function"]),
        ((F, FACT), ["function"]),
        ((Finding("AD801", T, "lr"),), ["training"]),
        ((Finding("AD108", U, "another class"),), ["unknown"]),
        ((Finding("AD904", F, "lacks a key"), MEASURED), ["function"]),
    ],
)
def test_the_strongest_effects(found: tuple[Effect | Finding, ...], verdicts: list[str]) -> None:
    for order in (found, found[::-1]):
        told = outcome(*order)
        assert (list(told.verdicts), told.verdict) == (verdicts, verdicts[-1])


@pytest.mark.parametrize(
    ("found", "counts", "not_printed"),
    [
        ((), {}, 0),
        ((F, F, U, C), {"function": 2, "unknown": 1, "cosmetic": 1}, 0),
        ((U, FACT, FACT), {"unknown": 1}, 2),
        ((T, FACT, CLAIM, MEASURED), {"training": 1}, 1),
    ],
)
def test_counts_hold_what_enters_the_verdict(
    found: tuple[Effect | Finding, ...], counts: dict[str, int], not_printed: int
) -> None:
    told = outcome(*found)
    assert list(told.counts) == [*THRESHOLDS, "unknown"]
    assert {word: number for word, number in told.counts.items() if number} == counts
    assert told.not_printed == not_printed


@pytest.mark.parametrize("first", Effect)
@pytest.mark.parametrize("second", Effect)
def test_all_but_two_effects_are_ordered(first: Effect, second: Effect) -> None:
    pair = {first, second}
    assert strongest([first, second]) == ((T, N) if pair == {T, N} else (max(pair),))


def test_what_is_no_difference_stands_behind() -> None:
    told = gravest_first([FACT, finding(C), CLAIM, finding(U), finding(N), finding(F), MEASURED])
    assert [each.effect for each in told[:4]] == [F, U, N, C]
    assert told[4:] == (FACT, CLAIM, MEASURED)


@pytest.mark.parametrize(
    ("left", "aside", "verdict"),
    [
        ((F,), [], "function"),
        ((), [(F, "baseline")], "function, all accepted"),
        ((), [(F, "baseline"), (T, "baseline"), (FACT, "ignore")], "function, all accepted"),
        ((C,), [(F, "baseline")], "function, accepted but for cosmetic"),
        ((T, N), [(F, "ignore"), (U, "baseline")], "function, ignored or accepted but for training, inference"),
        ((F,), [(F, "baseline"), (U, "baseline")], "function"),
        ((T,), [(N, "selection")], "training, inference, left out but for training"),
        ((), [(FACT, "baseline"), (CLAIM, "ignore")], "identical"),
        ((F,), [(FACT, "baseline")], "function"),
    ],
)
def test_what_is_set_aside_is_of_the_verdict(
    left: tuple[Effect, ...], aside: list[tuple[Effect | Finding, str]], verdict: str
) -> None:
    named = tuple(Suppressed(outcome(each).findings[0], by) for each, by in aside)
    assert _summary.verdicts(replace(outcome(*left), suppressed=named)) == verdict


def test_an_effect_is_printed_as_its_word() -> None:
    assert (str(Effect.TRAINING), f"{Effect.FUNCTION}") == ("training", "function")
