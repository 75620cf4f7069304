# ruff: noqa: E501  (tables: a case a line)
"""What running both networks showed, in a few lines, from values made by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from archdiff.model.effects import Effect
from archdiff.model.finding import Finding, Place
from archdiff.model.running import LayerRun, Measurement, Mode, RunResult, Step
from archdiff.report import View
from archdiff.report._run import lines
from report.answers import COMPARED, DIFFERENT

EQUAL = Step(("a",), ("a",), "equal", (2, 3), (2, 3))
ROUNDED = Step(("b",), ("b",), "rounding", (2, 3), (2, 3), max_abs=1.5e-7)
PARTS = Step(("c",), ("d",), "parts", (2, 3), (2, 3), 0.25, 0.125, 0.5, (1, 2))
LONE = replace(PARTS, candidate=(), reference=("e",), differing=(2, 2))
SHAPES = replace(PARTS, status="shapes", candidate_shape=(2, 4))
NAN = replace(PARTS, status="nan")
RAN = RunResult("cpu", "float64", 2, 0, (3,))
DIFFERENCE = "50 % of 2x3 differ (1 to 2 units a sample), max abs 0.25, relative 0.125"


def told(ran: RunResult, view: View | None = None) -> list[str]:
    found = lines(DIFFERENT, ran, view or View(width=400))
    return ["".join(text for text, _ in line) for line in found]


def mode(*steps: Step, output: Step | None = None, name: str = "inference", why_not: str = "") -> Mode:
    return Mode(name, steps, output, why_not)


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (mode(EQUAL, output=EQUAL), "bitwise equal in all 1 layer and at the output"),
        (mode(EQUAL, ROUNDED), "equal up to rounding (1.5e-07) in all 2 layers and at the output"),
        (mode(EQUAL, why_not="all outputs are NaN"), "all outputs are NaN, which proves nothing"),
        (mode(EQUAL, PARTS), f"bitwise equal through a (1 layer); part at c (d): {DIFFERENCE}"),
        (mode(PARTS), f"part at c (d): {DIFFERENCE}"),
        (mode(LONE), f"part at e (only in the reference): {DIFFERENCE.replace('1 to 2', '2')}"),
        (mode(EQUAL, SHAPES), "bitwise equal through a (1 layer); other shapes at c (d): 2x4, in the reference 2x3"),
        (mode(NAN), "no numbers at c (d): NaN on both sides"),
        (mode(PARTS, EQUAL, output=EQUAL), f"bitwise equal at the output; in between c (d) differs: {DIFFERENCE}"),
        (
            mode(PARTS, EQUAL, output=replace(PARTS, max_abs=0.5)),
            f"part at c (d): {DIFFERENCE}; at the output {DIFFERENCE.replace('0.25', '0.5')}",
        ),
    ],
    ids=[
        "equal", "rounding", "proves nothing", "parts", "parts at once", "one side alone", "shapes", "NaN", "equal again",
        "output",
    ],
)  # fmt: skip
def test_a_mode(shown: Mode, text: str) -> None:
    head, first, *_ = told(replace(RAN, modes=(shown,)))
    assert head == "run: 2 samples of 3 white noise, float64 on cpu, seed 0"
    assert first == f"  eval      {text}"


def test_where_the_second_mode_parts_at_the_same_place() -> None:
    ran = replace(RAN, modes=(mode(EQUAL, PARTS), mode(EQUAL, PARTS, name="training")))
    assert f"  training  bitwise equal so far, part there too: {DIFFERENCE}" in told(ran)


def test_how_the_error_grows() -> None:
    steps = [replace(PARTS, candidate=(f"l{at}",), reference=(f"l{at}",), relative=at / 8) for at in range(12)]
    ran = replace(RAN, modes=(mode(EQUAL, *steps),))
    assert told(ran)[2].strip() == "relative error: l0 0, l3 0.375, l6 0.75, l9 1.12, l11 1.38"
    assert told(ran, View(width=400, all=True))[2].count("l") - 1 == 12
    assert not any("relative error" in line for line in told(replace(RAN, modes=(mode(EQUAL, PARTS),))))


FAILS, HOLDS = Measurement(3, "outputs differ"), Measurement(3)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"undone": ("AD101@a",)}, "equal in eval; findings were undone, so this does not change the verdict"),
        ({"built": ("candidate", "reference")}, "equal in eval (built from the prints in printed order, so this does not change the verdict)"),
        ({"built": ("candidate",)}, "equal in eval; the candidate was built from its print, so what is unknown stays so"),
        ({}, "settles nothing"),
        ({"measured": FAILS}, "settles nothing: outputs differ"),
        ({"measured": HOLDS}, "equal in eval, training and gradients on 3 inputs"),
        ({"undone": ("x",), "modes": (mode(PARTS), mode(EQUAL, name="training"))}, "equal in training, not equal in eval; findings were undone, so this does not change the verdict"),
        ({"built": ("reference",), "modes": (mode(EQUAL, why_not="all zero"),)}, "proves nothing: all zero; the reference was built from its print, so what is unknown stays so"),
    ],
    ids=["undone", "both built", "one built", "not measured", "not equal", "equal", "equal in one mode", "all zero"],
)  # fmt: skip
def test_what_it_means_for_the_verdict(change: dict[str, object], text: str) -> None:
    ran = replace(RAN, **{"modes": (mode(EQUAL),), **change})  # type: ignore[arg-type]  # fields of several types
    assert f"  shows     {text}" in told(ran)


def test_differences_that_were_settled() -> None:
    settled = Finding("AD104", Effect.EQUIVALENT, "", measured="equal")
    outcome = replace(COMPARED["identical"], findings=(settled, replace(settled, measured="")))
    ran = replace(RAN, modes=(mode(EQUAL),), measured=HOLDS)
    text = ["".join(part for part, _ in line) for line in lines(outcome, ran, View(width=400))]
    assert text[-1].endswith("on 3 inputs: 1 unknown difference settled")


def test_shapes_alone_and_notes() -> None:
    ran = replace(RAN, candidate=(LayerRun("a", "A"),), undone=("AD101@a", "AD401@b"), notes=("one", "two"))
    assert told(ran)[1:] == [
        "  undone    AD101@a, AD401@b",
        "  meta      shapes alone: 1 layers against 0, nothing was allocated",
        "  assumed   one",
        "  assumed   two",
    ]


def test_densities_that_the_findings_derive_from_an_order() -> None:
    density = Finding("AD601", Effect.FUNCTION, "", candidate=Place("b", 2), reference=Place("b", 2), setting="density")
    order = Finding("AD101", Effect.FUNCTION, "", candidate=Place("a", 1), consequences=(density,))
    ours = LayerRun("a", "A", (1,), density=0.5, density_inference=0.25), LayerRun("b", "B", (2,))
    theirs = (replace(ours[0], density=0.75, density_inference=0.75), ours[1])
    outcome = replace(COMPARED["identical"], findings=(order,))
    ran = replace(RAN, modes=(mode(EQUAL),), candidate=ours, reference=theirs)
    text = ["".join(part for part, _ in line) for line in lines(outcome, ran, View(width=400))]
    assert text[-1] == "  non-zero  50 % (25 % in eval) of the input of b measured, not 75 % (follows from AD101 at a)"
    same = replace(ran, reference=ours)
    assert not any("non-zero" in "".join(part for part, _ in line) for line in lines(outcome, same, View()))
