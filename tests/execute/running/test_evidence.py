"""What a run makes of findings, from plain values alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from archdiff.execute.running.evidence import MEASURED, unexplained_differences, with_run
from archdiff.execute.running.measure import MeasuredDifference
from archdiff.model.effects import Effect
from archdiff.model.finding import Finding
from archdiff.model.outcome import Outcome
from archdiff.model.running import Measurement, Mode, RunResult, Step
from report.answers import MINE, ORIGINAL

EQUAL = Step(("a",), ("a",), "equal", (3,), (3,))
PARTS = Step(("a",), ("a",), "parts", (3,), (3,))
NAN = Step(("a",), ("a",), "nan", (3,), (3,))
BOTH = ("candidate", "reference")


def ran(
    eval_mode: Step, training: Step, built: tuple[str, ...] = (), why_not: str | None = None, nothing: str = ""
) -> RunResult:
    modes = tuple(
        Mode(name, (step,), step, nothing) for name, step in (("inference", eval_mode), ("training", training))
    )
    measured = None if why_not is None else Measurement(3, why_not)
    return RunResult("cpu", "float64", 4, 0, (3,), modes=modes, built=built, measured=measured)


@pytest.mark.parametrize(
    ("rule", "effect", "becomes", "evidence"),
    [
        pytest.param("AD301", Effect.FUNCTION, Effect.FUNCTION, "", id="function is never lowered"),
        pytest.param("AD401", Effect.TRAINING, Effect.TRAINING, "", id="training stays"),
        pytest.param("AD801", Effect.UNKNOWN, Effect.UNKNOWN, "", id="a recipe is not run"),
        pytest.param("AD903", Effect.UNKNOWN, Effect.UNKNOWN, "", id="measured of one side alone"),
        pytest.param("AD701", Effect.UNKNOWN, Effect.UNKNOWN, MEASURED, id="still not printed, but answered"),
        pytest.param("AD103", Effect.UNKNOWN, Effect.EQUIVALENT, MEASURED, id="a layer that may be called"),
        pytest.param("AD108", Effect.UNKNOWN, Effect.EQUIVALENT, MEASURED, id="another container class"),
    ],
)
def test_what_a_measurement_settles(rule: str, effect: Effect, becomes: Effect, evidence: str) -> None:
    finding = Finding(rule, effect, "message", hint="code")
    outcome = Outcome(MINE, ORIGINAL, (), (finding,))
    (after,) = with_run(outcome, ran(EQUAL, EQUAL, why_not=""), ()).findings
    assert (after.effect, after.measured) == (becomes, evidence)
    for settles_nothing in (ran(EQUAL, EQUAL, why_not="why"), ran(EQUAL, EQUAL, BOTH)):
        assert with_run(outcome, settles_nothing, ()).findings == (finding,)


@pytest.mark.parametrize(
    ("run", "contradicts"),
    [
        pytest.param(ran(PARTS, PARTS), False, id="parts"),
        pytest.param(ran(EQUAL, PARTS), False, id="parts in training"),
        pytest.param(ran(NAN, NAN, nothing="the output is NaN on both sides"), False, id="nan"),
        pytest.param(ran(EQUAL, EQUAL, nothing="the output is all zero"), False, id="all zero"),
        pytest.param(ran(EQUAL, EQUAL), True, id="equal"),
    ],
)
def test_a_function_finding_and_equal_outputs_contradict(run: RunResult, contradicts: bool) -> None:
    outcome = Outcome(MINE, ORIGINAL, (), (Finding("AD301", Effect.FUNCTION, "message"),))
    assert bool(with_run(outcome, run, ()).notes) is contradicts


@pytest.mark.parametrize(
    ("run", "differences", "effects", "found"),
    [
        pytest.param(ran(EQUAL, EQUAL), [], [], None, id="equal"),
        pytest.param(ran(NAN, NAN, nothing="the output is NaN"), [], [], None, id="nan"),
        pytest.param(ran(PARTS, PARTS), [], [Effect.FUNCTION], None, id="explained"),
        pytest.param(ran(EQUAL, PARTS), [], [Effect.TRAINING], None, id="explained in training"),
        pytest.param(ran(PARTS, PARTS), [], [], Effect.FUNCTION, id="both modes"),
        pytest.param(ran(PARTS, EQUAL), [], [], Effect.INFERENCE, id="eval mode"),
        pytest.param(ran(PARTS, PARTS, ("reference",)), [], [], Effect.FUNCTION, id="one live module"),
        pytest.param(ran(PARTS, PARTS, BOTH), [], [], Effect.UNKNOWN, id="prints decide nothing"),
        pytest.param(
            ran(EQUAL, EQUAL),
            [MeasuredDifference("gradient", "inference", "a.weight")],
            [],
            Effect.TRAINING,
            id="gradient",
        ),
        pytest.param(
            ran(EQUAL, EQUAL), [MeasuredDifference("outputs", "inference", moved=True)], [], Effect.TRAINING, id="moved"
        ),
        pytest.param(
            ran(EQUAL, EQUAL), [MeasuredDifference("outputs", "inference")], [], Effect.INFERENCE, id="on other input"
        ),
    ],
)
def test_what_nothing_explains(
    run: RunResult, differences: list[MeasuredDifference], effects: list[Effect], found: Effect | None
) -> None:
    known = [Finding("AD301", effect, "message") for effect in effects]
    assert [each.effect for each in unexplained_differences(run, differences, known, {})] == (
        [found] if found is not None else []
    )


def test_other_weights_are_reason_enough() -> None:
    (found,) = unexplained_differences(ran(PARTS, PARTS), [], [], {}, ["a of the candidate", "b of the reference"])
    hint = "weights without a counterpart: a of the candidate, b of the reference"
    assert (found.effect, found.hint) == (Effect.UNKNOWN, hint)


@pytest.mark.parametrize(
    ("relative", "effect"),
    [(1e-9, Effect.UNKNOWN), (1e-6, Effect.UNKNOWN), (2e-6, Effect.FUNCTION), (None, Effect.FUNCTION)],
)
def test_what_may_be_rounding(relative: float | None, effect: Effect) -> None:
    step = replace(PARTS, relative=relative)
    assert [each.effect for each in unexplained_differences(ran(step, step), [], [], {})] == [effect]
