"""The head of a report: the verdict in a sentence, and how many findings there are of each effect."""

from __future__ import annotations

from dataclasses import replace

import pytest

from archdiff import compare
from archdiff.model.finding import Finding
from archdiff.model.outcome import Suppressed
from archdiff.report import _summary
from report.answers import (
    CLAIM,
    COMPARED,
    HEADS,
    MAY_BE_CALLED,
    MEASURED,
    MOMENTUM,
    NOT_PRINTED,
    RENAMED,
    STATISTICS,
    SWAP,
)

AS_FAR = ", as far as a print tells: "


TOLD = {
    MOMENTUM: "momentum 0.1, not 0.9 (cnn1_bn)",
    STATISTICS: "track_running_stats False, not True (cnn1_bn)",
    MAY_BE_CALLED: "the reference lacks LogSoftmax: the other forward may call it as a function, which no print shows "
    "(softmax)",
    SWAP: "KWinners2d before MaxPool2d, the reference has them the other way round (cnn1_kwinner)",
}


@pytest.mark.parametrize(
    ("findings", "complete", "told"),
    [
        ((), True, "nothing that is printed differs"),
        ((), False, f"nothing that is printed differs{AS_FAR}a print is not whole"),
        ((HEADS,), True, f"nothing that is printed differs{AS_FAR}1 fact is not printed"),
        ((HEADS, NOT_PRINTED), True, f"nothing that is printed differs{AS_FAR}2 facts are not printed"),
        ((HEADS,), False, f"nothing that is printed differs{AS_FAR}a print is not whole and 1 fact is not printed"),
        ((RENAMED, HEADS), True, f"the same network, spelled differently{AS_FAR}1 fact is not printed"),
        ((MOMENTUM,), True, f"{TOLD[MOMENTUM]}: the same in inference, different while training"),
        ((MOMENTUM,), False, f"{TOLD[MOMENTUM]}: the same in inference, different while training"),
        (
            (MOMENTUM, HEADS),
            True,
            f"{TOLD[MOMENTUM]}: the same in inference, different while training{AS_FAR}1 fact is not printed",
        ),
        ((STATISTICS,), True, f"{TOLD[STATISTICS]}: the same while training, different in inference (eval mode)"),
        (
            (STATISTICS, MOMENTUM),
            True,
            f"{TOLD[STATISTICS]}; {TOLD[MOMENTUM]}",  # with the meaning of the verdict these are three lines
        ),
        (
            (MAY_BE_CALLED, MOMENTUM),
            True,
            f"{TOLD[MAY_BE_CALLED]}; 1 smaller difference",
        ),
        ((SWAP,), True, TOLD[SWAP]),
        ((SWAP, MAY_BE_CALLED, HEADS), True, f"{TOLD[SWAP]}; 1 smaller difference"),
        ((CLAIM, MEASURED), True, "nothing that is printed differs"),
    ],
)
def test_the_headline(findings: tuple[Finding, ...], complete: bool, told: str) -> None:
    outcome = replace(COMPARED["identical"], findings=findings)
    outcome = replace(outcome, reference=replace(outcome.reference, complete=complete))
    assert _summary.verdict(outcome) == told


@pytest.mark.parametrize(
    ("findings", "width", "told"),
    [
        ((RENAMED, HEADS), 80, f"the same network, spelled differently{AS_FAR}1 fact is not printed"),
        ((RENAMED, HEADS), 40, "the same network, spelled differently, 1 fact not printed"),
        ((MOMENTUM, HEADS), 60, f"{TOLD[MOMENTUM]}{AS_FAR}1 fact is not printed"),
        ((MOMENTUM, HEADS, NOT_PRINTED), 35, f"{TOLD[MOMENTUM]}, 2 facts not printed"),
    ],
)
def test_a_narrow_headline_has_fewer_words(findings: tuple[Finding, ...], width: int, told: str) -> None:
    """Never without what qualifies it."""
    assert _summary.verdict(replace(COMPARED["identical"], findings=findings), width) == told


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


@pytest.mark.parametrize(
    ("left", "aside", "told"),
    [
        ((), (), "identical"),
        ((SWAP,), (), "function"),
        ((SWAP,), (Suppressed(MOMENTUM, "ignore"),), "function"),
        ((MOMENTUM,), (Suppressed(SWAP, "baseline"),), "function, accepted but for training"),
        ((), (Suppressed(SWAP, "baseline"), Suppressed(MOMENTUM, "ignore")), "function, all accepted or ignored"),
        ((), (Suppressed(HEADS, "ignore"),), "identical"),
    ],
    ids=["nothing", "nothing aside", "graver is left", "the gravest is aside", "all aside", "a fact aside"],
)
def test_the_verdicts(left: tuple[Finding, ...], aside: tuple[Suppressed, ...], told: str) -> None:
    assert _summary.verdicts(replace(COMPARED["identical"], findings=left, suppressed=aside)) == told


def test_the_input_of_both() -> None:
    outcome = COMPARED["different"]
    assert _summary.inputs(outcome) == "input 1x32x32 (solved; 1x33x33 fits too)"
    other = replace(outcome.candidate, input_shape=(9,))
    assert _summary.inputs(replace(outcome, candidate=other)) == "input 9 (solved) against input 1x32x32 (solved)"
    several = _summary.input_size(outcome.candidate, [(1, 2), (1, 3), (1, 4), (1, 5)])
    assert several == "input 1x32x32 (solved; 1x2, 1x3, 1x4 and 1 more fit too)"
    unknown = replace(outcome.candidate, input_shape=None)
    assert _summary.input_size(unknown, ()) == "input size unknown (--input-shape gives it)"


def widths(*pairs: tuple[int, int]) -> str:
    layers = [f"Linear(in_features={taken}, out_features={given}, bias=True)" for taken, given in pairs]
    return "Sequential(\n" + "".join(f"  ({at}): {layer}\n" for at, layer in enumerate(layers)) + ")\n"


RUNS = widths((8, 64), (64, 128), (128, 256), (256, 2))
HALF = widths((8, 32), (32, 64), (64, 128), (128, 2))
FORGOTTEN = widths((8, 32), (32, 64), (64, 128), (256, 2))
WRONG = widths((8, 64), (32, 128), (128, 256), (256, 2))
WHY_HALF = "cannot run: 3 takes in_features 256, but 2 gives 128 (lines 4 and 5)"
WHY_WRONG = "cannot run: 1 takes in_features 32, but 0 gives 64 (lines 2 and 3)"


@pytest.mark.parametrize(
    ("candidate", "reference", "begins", "ends"),
    [
        pytest.param(RUNS, RUNS, "nothing that is printed differs", "", id="two that run"),
        pytest.param(HALF, RUNS, "every width x 1/2", "", id="two that run and differ"),
        pytest.param(WRONG, RUNS, f"the candidate {WHY_WRONG}", "", id="the candidate alone"),
        pytest.param(RUNS, WRONG, f"the reference {WHY_WRONG}", "", id="the reference alone"),
        pytest.param(
            FORGOTTEN,
            RUNS,
            f"the candidate {WHY_HALF}; ",
            "128, not 64, 128, 256, but 3 keeps 256",
            id="one width forgotten",
        ),
        pytest.param(FORGOTTEN, WRONG, f"the candidate {WHY_HALF}; ", "", id="each for a reason of its own"),
        pytest.param(
            WRONG,
            WRONG,
            f"as printed, each of the two {WHY_WRONG}; nothing that is printed differs",
            "",
            id="both for the same reason, so nothing differs",
        ),
    ],
)
def test_what_cannot_run_comes_first(candidate: str, reference: str, begins: str, ends: str) -> None:
    outcome = compare(candidate, reference)
    verdict = _summary.verdict(outcome, 160)
    assert verdict.startswith(begins)
    assert verdict.endswith(ends)
    assert not any("cannot run" in note for note in _summary.notes(outcome))
    if "cannot run" in verdict and outcome.findings:
        assert outcome.findings[0].cannot_run
        assert outcome.decisions[0].cannot_run
