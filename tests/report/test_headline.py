# ruff: noqa: E501  (tables: a case a line)
"""The headline as a sentence: what decides the verdict, the weightiest first, in two lines of a terminal at most."""

from __future__ import annotations

from dataclasses import replace

import pytest

from archdiff.model.effects import Effect
from archdiff.model.finding import Design, Finding, Place
from archdiff.model.message import message
from archdiff.report._headline import sentence
from report.answers import CLAIM, DIFFERENT, HEADS, NOT_PRINTED, RENAMED, STATE


def finding(
    words: str, path: str = "", effect: Effect = Effect.FUNCTION, code: str = "", count: int = 1, title: str = ""
) -> Finding:
    place = Place(path, 1)
    places = tuple((Place(f"{path}.{at}", at),) * 2 for at in range(count)) if count > 1 else ()
    what = message(code) if code else None
    return Finding(
        "AD301", effect, words, candidate=place, reference=place, what=what, title=title, count=count, places=places
    )


def decision(words: str, code: str, *paths: str, effect: Effect = Effect.FUNCTION) -> list[Finding]:
    """Its members."""
    return [replace(finding("", path, effect), design=Design(message(code), words)) for path in paths]


WIDTHS = decision("hidden size 3072, not 4096", "decided-width", "emb", "head")
DEPTH = decision("28 blocks, not 40", "decided-depth", "layers.28")
ALL_WIDTHS = decision("every width x 3/4", "decided-factor", "emb", "head", "norm")
EPS = decision("eps 1e-06, not 1e-05", "decided-setting", "bn", "ln")
KERNEL = decision("kernel_size and stride 4x4, not 2x2", "decided-setting", "conv", "conv")
LONG = "x" * 80


@pytest.mark.parametrize(
    ("findings", "told"),
    [
        # nothing decides
        pytest.param([], "", id="no finding"),
        pytest.param([HEADS, CLAIM, NOT_PRINTED], "", id="no difference"),
        # one
        pytest.param([finding("bias True, not False", "fc")], "bias True, not False (fc)", id="its path"),
        pytest.param([finding("another class")], "another class", id="the network itself"),
        pytest.param([finding("fc lacks a bias", "fc")], "fc lacks a bias", id="a path that is in the words"),
        pytest.param([finding("eps 1, not 2", "n", count=3)], "eps 1, not 2 (3 places)", id="several places"),
        pytest.param([finding("a: for a reason", "fc", title="a")], "a (fc)", id="without reasons"),
        pytest.param(WIDTHS, "hidden size 3072, not 4096", id="a decision"),
        pytest.param(KERNEL, "kernel_size and stride 4x4, not 2x2 (conv)", id="a decision about one layer"),
        pytest.param([RENAMED], "names or nesting differ, so checkpoint keys change: cnn1 is cnnSdr.cnnSdr1_cnn",
                     id="spelling where nothing else differs"),
        # the weightiest first
        pytest.param([*EPS, *WIDTHS, *DEPTH], "28 blocks, not 40; hidden size 3072, not 4096; eps 1e-06, not 1e-05",
                     id="depth, widths, settings"),
        pytest.param([*WIDTHS, *ALL_WIDTHS], "every width x 3/4; hidden size 3072, not 4096", id="a factor before a width"),
        pytest.param([finding("few", "a"), finding("many", "b", count=2)], "many (2 places); few (a)", id="more places"),
        pytest.param([finding("one", "a"), finding("two", "b")], "one (a); two (b)", id="equals keep their order"),
        # what is left
        pytest.param([finding("gone", "a"), finding("p", "b", Effect.TRAINING)], "gone (a); 1 smaller difference",
                     id="a smaller one"),
        pytest.param([finding("gone", "a"), RENAMED, STATE], "gone (a)", id="spelling and state are not counted"),
        pytest.param([finding(LONG, "a"), finding(LONG, "b"), finding("c", "c")], f"{LONG} (a); c; 1 more", id="no room"),
        pytest.param([finding(LONG, "a"), finding(LONG, "b"), *decision("p", "decided-rate", "c", "d", effect=Effect.TRAINING)],
                     f"{LONG} (a); 1 more; 1 smaller difference", id="no room, and a smaller one"),
        pytest.param([finding("y" * 200, "a")], f"{'y' * 109}...", id="longer than two lines"),
    ],
)  # fmt: skip
def test_sentence(findings: list[Finding], told: str) -> None:
    assert sentence(replace(DIFFERENT, findings=tuple(findings))) == told


def test_of_several_effects_that_decide_all_are_told() -> None:
    findings = (finding("p", "a", Effect.TRAINING), finding("t", "b", Effect.INFERENCE), STATE)
    outcome = replace(DIFFERENT, findings=findings)
    assert (outcome.verdicts, sentence(outcome)) == (("training", "inference"), "p (a); t (b)")


def test_two_lines_at_most() -> None:
    """However many differ: with the verdict before it a sentence takes less than 160 columns."""
    many = tuple(finding(f"setting {at} differs", f"layer{at}") for at in range(2000))
    told = sentence(replace(DIFFERENT, findings=many))
    assert told.endswith("; 1,996 more")
    assert len(f"function: {told}") < 160
