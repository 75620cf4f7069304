"""A finding says of itself what it is, where it stands, and in which order a report shows it."""

from __future__ import annotations

import pytest

from archdiff.model.effects import Effect
from archdiff.model.finding import Category, Finding, Place, PlacePair, gravest_first

HERE: PlacePair = (Place("a", 1), Place("b", 2))
THERE: PlacePair = (Place("c", 3), None)


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
