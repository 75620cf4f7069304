"""A finding says of itself what it is, where it stands, and in which order a report shows it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from archdiff.model.effects import Effect
from archdiff.model.finding import Category, Design, Finding, Place, PlacePair, decisions, gravest_first
from archdiff.model.message import message
from archdiff.model.network import Value

HERE: PlacePair = (Place("a", 1), Place("b", 2))
THERE: PlacePair = (Place("c", 3), None)


def at(value: Value) -> Place:
    return Place("bn", 1, value)


def finding(rule: str = "AD301", effect: Effect = Effect.FUNCTION, **more: object) -> Finding:
    return Finding(rule, effect, "", candidate=HERE[0], reference=HERE[1], **more)  # type: ignore[arg-type]  # any field


@pytest.mark.parametrize(
    ("rule", "effect", "category", "hint_is_code"),
    [
        pytest.param("AD301", Effect.FUNCTION, "difference", False, id="a setting"),
        pytest.param("AD104", Effect.UNKNOWN, "difference", True, id="a difference of unknown effect"),
        pytest.param("AD701", Effect.UNKNOWN, "not printed", True, id="a fact that is not printed"),
        pytest.param("AD001", Effect.UNKNOWN, "about the paper", False, id="a claim of the paper"),
        pytest.param("AD901", Effect.UNKNOWN, "measured", True, id="what a run showed"),
        pytest.param("AD901", Effect.FUNCTION, "difference", False, id="what a run showed to differ"),
    ],
)
def test_category(rule: str, effect: Effect, category: Category, hint_is_code: bool) -> None:
    found = finding(rule, effect)
    assert (found.category, found.hint_is_code) == (category, hint_is_code)
    assert (found.is_difference, found.not_printed) == (category == "difference", category == "not printed")


def test_places() -> None:
    alone, twice = finding(), finding(count=2, places=(HERE, THERE))
    assert (alone.all_places, alone.other_places) == ((HERE,), ())
    assert (twice.all_places, twice.other_places) == ((HERE, THERE), (THERE,))


def test_gravest_first() -> None:
    fact, init = finding("AD701", Effect.UNKNOWN), finding("AD101", Effect.INIT)
    unknown, function, other = finding("AD104", Effect.UNKNOWN), finding(), finding("AD103")
    assert gravest_first([fact, init, unknown, function, other]) == (function, other, unknown, init, fact)


WIDTH = Design(message("decided-width", name="hidden size"), "hidden size 8, not 4")
DEPTH = Design(message("decided-depth"), "2 blocks, not 4")


def part(path: str, design: Design | None = WIDTH, rule: str = "AD301", **more: object) -> Finding:
    """A finding at a path of both networks, with values."""
    pair = (Place(path, 1, 8, "Linear"), Place(path, 2, 4, "Linear"))
    return Finding(rule, more.pop("effect", Effect.FUNCTION), "", "", *pair, design=design, **more)  # type: ignore[arg-type]  # any field


@pytest.mark.parametrize(
    ("findings", "shown"),
    [
        # left alone
        pytest.param([], [], id="none"),
        pytest.param([part("a", None), part("b", None)], ["AD301 a", "AD301 b"], id="of no decision"),
        # a parent in the place of its first member
        pytest.param([part("a"), part("b")], ["AD109 a: a b"], id="two members"),
        pytest.param([part("a")], ["AD109 a: a"], id="one that is left of several"),
        pytest.param(
            [part("x", None), part("a"), part("y", None), part("b")],
            ["AD301 x", "AD109 a: a b", "AD301 y"],
            id="others between",
        ),
        pytest.param([part("a"), part("c", DEPTH), part("b")], ["AD109 a: a b", "AD109 c: c"], id="two decisions"),
    ],
)
def test_decisions(findings: list[Finding], shown: list[str]) -> None:
    told = [
        f"{each.rule} {each.candidate.path}{': ' if each.members else ''}"
        + " ".join(inner.candidate.path for inner in each.members if inner.candidate)
        for each in decisions(findings)
        if each.candidate
    ]
    assert told == shown


def test_a_decision() -> None:
    """It says what its design says, at the first place of it and without a value of its own."""
    members = (part("a", effect=Effect.TRAINING), part("b", rule="AD106"))
    (found,) = decisions(members)
    first = (Place("a", 1, None, "Linear"), Place("a", 2, None, "Linear"))
    assert (found.rule, found.effect, found.message, found.aspect) == (
        "AD109",
        Effect.FUNCTION,
        "hidden size 8, not 4",
        "design",
    )
    assert (found.candidate, found.reference, found.what, found.setting) == (*first, WIDTH.what, None)
    assert (found.members, found.design, found.is_difference) == (members, None, True)


def test_a_layer_counts_once_however_many_settings_of_it_changed() -> None:
    pairs = [((Place(name, 1, 8), Place(name, 2, 4))) for name in "abc"]
    kernel = part("a", count=2, places=(pairs[0], pairs[1]), setting="kernel_size")
    padding = part("b", count=2, places=(pairs[1], pairs[2]), setting="padding")
    (found,) = decisions([kernel, padding])
    assert (found.count, found.places) == (3, tuple(pairs))
    (alone,) = decisions([part("a", setting="kernel_size"), part("a", setting="stride")])
    assert (alone.count, alone.places, len(alone.all_places)) == (1, (), 1)


@pytest.mark.parametrize(
    ("words", "together"),
    [
        pytest.param(("", ""), "", id="nothing"),
        pytest.param(("equal", "equal"), "equal", id="the same"),
        pytest.param(("equal", ""), "", id="of one alone"),
        pytest.param(("equal", "differs"), "", id="different"),
    ],
)
def test_what_a_run_showed_of_a_decision(words: tuple[str, str], together: str) -> None:
    (found,) = decisions([part("a", measured=words[0]), part("b", measured=words[1])])
    assert found.measured == together


def test_a_decision_assumes_what_a_member_does() -> None:
    (found,) = decisions([part("a"), part("b", assumes="if Block runs in order")])
    assert found.assumes == "if Block runs in order"


RATE = Finding("AD401", Effect.TRAINING, "momentum 0.5, not 0.9", "setting", at(0.5), at(0.9), "momentum")


@pytest.mark.parametrize(
    ("finding", "small"),
    [
        pytest.param(RATE, False, id="far apart"),
        pytest.param(replace(RATE, candidate=at("many"), reference=at("few")), False, id="no number"),
        pytest.param(replace(RATE, message="widths another by 8 (small)"), True, id="it says so"),
        pytest.param(replace(RATE, candidate=at(0.85)), True, id="close"),
        pytest.param(replace(RATE, candidate=at(1), reference=at(1)), False, id="whole numbers are widths"),
    ],
)
def test_what_is_small(finding: Finding, small: bool) -> None:
    assert finding.is_small is small


def test_what_is_small_stands_last_of_its_effect() -> None:
    eps = Finding("AD301", Effect.FUNCTION, "eps 1e-05, not 0.001 (small)")
    stride = Finding("AD301", Effect.FUNCTION, "stride 2x2, not 1x1")
    found = gravest_first([RATE, eps, stride])
    assert [each.message for each in found] == [stride.message, eps.message, RATE.message]
