"""The head of a report: the verdict in a sentence, and how many findings there are of each effect."""

from __future__ import annotations

from dataclasses import replace

import pytest

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
