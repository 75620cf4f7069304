# ruff: noqa: E501  (tables: a case a line)
"""The headline as a sentence: what decides the verdict, the weightiest first, cut at a decision where there is no room."""

from __future__ import annotations

from dataclasses import replace
from textwrap import wrap

import pytest

from archdiff.model.effects import Effect
from archdiff.model.finding import Design, Finding, Place
from archdiff.model.message import message
from archdiff.model.result import Result
from archdiff.report import View, _summary, find
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
LISTED = decision(f"every width x 1/2: {'16, ' * 20}not {'32, ' * 20}", "decided-factor", "emb", "head")
ALL_WIDTHS = decision("every width x 3/4", "decided-factor", "emb", "head", "norm")
EPS = decision("eps 1e-06, not 1e-05", "decided-setting", "bn", "ln")
KERNEL = decision("kernel_size and stride 4x4, not 2x2", "decided-setting", "conv", "conv")
COPIES = [
    replace(finding("", "layers.28"), rule="AD106", what=message("copies", class_name="Block", ours=28, theirs=40))
]
CLOSE = replace(finding("p 0.1, not 0.101", "a"), candidate=Place("a", 1, 0.1), reference=Place("a", 1, 0.101))
SMALLER = [finding("smaller", "z", Effect.TRAINING)]
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
        pytest.param([finding("eps 1, not 2", "n", count=3)], "eps 1, not 2 (n.*, 3 places)", id="several places"),
        pytest.param([finding("a: for a reason", "fc", title="a")], "a (fc)", id="without reasons"),
        pytest.param(WIDTHS, "hidden size 3072, not 4096", id="a decision"),
        pytest.param(KERNEL, "kernel_size and stride 4x4, not 2x2 (conv)", id="a decision about one layer"),
        pytest.param([RENAMED], "names or nesting differ, so checkpoint keys change: cnn1 is cnnSdr.cnnSdr1_cnn",
                     id="spelling where nothing else differs"),
        # the weightiest first
        pytest.param([*EPS, *WIDTHS, *DEPTH], "28 blocks, not 40; hidden size 3072, not 4096; eps 1e-06, not 1e-05",
                     id="depth, widths, settings"),
        pytest.param([*WIDTHS, *ALL_WIDTHS], "every width x 3/4; hidden size 3072, not 4096", id="a factor before a width"),
        pytest.param([finding("few", "a"), finding("many", "b", count=2)], "many (b.*, 2 places); few (a)", id="more places"),
        pytest.param([finding("one", "a"), finding("two", "b")], "one (a); two (b)", id="equals keep their order"),
        pytest.param([CLOSE, finding("second", "b")], "second (b); p 0.1, not 0.101 (a)", id="close numbers last"),
        pytest.param([*COPIES, *WIDTHS], "28 Block blocks, not 40, in layers; hidden size 3072, not 4096", id="blocks of a list are a depth"),
        # equal words
        pytest.param([*decision("bias True, not False", "decided-setting", "a", "b"), *decision("bias True, not False", "decided-rate", "c.0", "c.1")],
                     "bias True, not False (a); bias True, not False (c.*)", id="decisions that differ in place alone"),
        pytest.param([finding("p 1, not 2", "a"), finding("p 1, not 2", "b")], "p 1, not 2 (a); p 1, not 2 (b)", id="findings say it anyway"),
        # what is left
        pytest.param([finding("gone", "a"), finding("p", "b", Effect.TRAINING)], "gone (a); 1 smaller difference",
                     id="a smaller one"),
        pytest.param([finding("gone", "a"), RENAMED, STATE], "gone (a)", id="spelling and state are not counted"),
    ],
)  # fmt: skip
def test_sentence(findings: list[Finding], told: str) -> None:
    assert sentence(replace(DIFFERENT, findings=tuple(findings)), lambda _: True) == told


@pytest.mark.parametrize(
    ("findings", "room", "told"),
    [
        pytest.param([finding("first", "a"), finding("second", "b")], 21, "first (a); second (b)", id="room for all"),
        pytest.param([finding("first", "a"), finding("second", "b")], 20, "first (a); 1 more", id="for one"),
        pytest.param([finding(LONG, "a"), finding("third", "c"), finding("fourth", "d")], 105, f"{LONG} (a); third (c); 1 more", id="for two"),
        pytest.param([finding("a", "a"), finding(LONG, "b"), finding("c", "c")], 60, "a; 2 more", id="the order stays"),
        pytest.param([finding("a", "a"), finding(LONG, "b"), *SMALLER], 60, "a; 2 more", id="smaller ones are among the rest"),
        pytest.param([finding("a", "a"), replace(finding(LONG, "b"), message=f"{LONG} (small)"), *SMALLER], 60, "a; 2 smaller differences", id="all small"),
        # numbers in a list go before decisions do
        pytest.param([*DEPTH, *LISTED], 45, "28 blocks, not 40; every width x 1/2", id="a list of numbers"),
        pytest.param([*DEPTH, *LISTED, *SMALLER], 50, "28 blocks, not 40; every width x 1/2; 1 more", id="a list and the rest"),
        pytest.param([*LISTED, *SMALLER], 42, "every width x 1/2; 1 smaller difference", id="the list of the first"),
        # the first always stands
        pytest.param([finding("first", "a"), finding("second", "b")], 0, "first (a); 1 more", id="no room at all"),
        pytest.param([finding("a decision of many words: of no use", "a"), *SMALLER], 42, "a decision of many words; 1 more", id="without its reason"),
        pytest.param([finding("a decision of many words", "layers.0.norm")], 30, "a decision of many words ...", id="not within a word"),
        pytest.param([finding("a decision of many words, and more", "a")], 30, "a decision of many words ...", id="no comma before the dots"),
    ],
)  # fmt: skip
def test_where_there_is_no_room(findings: list[Finding], room: int, told: str) -> None:
    assert sentence(replace(DIFFERENT, findings=tuple(findings)), lambda text: len(text) <= room) == told


def test_of_several_effects_that_decide_all_are_told() -> None:
    findings = (finding("p", "a", Effect.TRAINING), finding("t", "b", Effect.INFERENCE), STATE)
    outcome = replace(DIFFERENT, findings=findings)
    assert outcome.verdicts == ("training", "inference")
    assert sentence(outcome, lambda _: True) == "p (a); t (b)"


@pytest.mark.parametrize("width", [60, 80, 160])
def test_two_lines_at_most(width: int) -> None:
    """However many differ: told as many as there is room for."""
    many = tuple(finding(f"setting {at} differs", f"layer{at}") for at in range(2000))
    told = _summary.verdict(replace(DIFFERENT, findings=many), width)
    shown = {60: 3, 80: 4, 160: 10}[width]
    assert told.endswith(f"; {2000 - shown:,} more")
    lines = wrap(f"function: {told}", width, subsequent_indent="  ")
    assert len(lines) == 2


MANY = replace(DIFFERENT, findings=tuple(finding(f"setting {at} differs", f"layer{at}") for at in range(300)))


@pytest.mark.parametrize("width", [60, 80, 160])
@pytest.mark.parametrize("name", ["", "mine"])
def test_two_lines_in_a_terminal(width: int, name: str) -> None:
    """Of a comparison and of a pair that failed."""
    text = find("terminal").render([Result(name, MANY)], View(width))
    lines = text.splitlines()[1 if name else 0 :]
    assert lines[0].startswith("function: ")
    assert lines[1].endswith(" more")
    assert lines[2].startswith("300 function")


@pytest.mark.parametrize(("name", "before"), [("markdown", "### "), ("junit", 'name="headline" value="')])
def test_two_lines_elsewhere(name: str, before: str) -> None:
    """Of 80 columns, where nobody says how many there are."""
    text = find(name).render([Result(outcome=MANY)], View())
    (line,) = [line.partition(before)[2] for line in text.splitlines() if before in line]
    headline = line.removesuffix('" />')
    assert headline == f"function: {_summary.verdict(MANY)}"
    assert len(wrap(headline, 80, subsequent_indent="  ")) == 2
