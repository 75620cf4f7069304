"""A finding from its draft: the places, their count and the words; and where a layer or a network stands."""

from __future__ import annotations

import pytest

from answers import holding
from archdiff.diff.draft import Draft, of_places, on_side, place, root_place
from archdiff.model.effects import Effect
from archdiff.model.finding import Finding, Place
from archdiff.model.message import because, message
from trees import at, found, index, sized, trees

LINEAR = "Linear(in_features=8, out_features=8, bias=True)"
MINE, ORIGINAL = Place("fc", 2, 8, "Linear"), Place("head", 5, 4, "Linear")
WIDTH = message("setting", name="out_features", ours=8, theirs=4)


def test_a_draft_without_more_has_what_a_finding_has_without_more() -> None:
    frozen = Draft("AD301", Effect.FUNCTION, WIDTH, "setting").frozen()
    assert frozen == Finding("AD301", Effect.FUNCTION, "out_features 8, not 4", "setting", what=WIDTH)


def test_every_field_of_a_draft_is_in_its_finding() -> None:
    inner = Draft("AD302", Effect.FUNCTION, WIDTH, "shape", ORIGINAL, None).frozen()
    draft = Draft("AD301", Effect.FUNCTION, WIDTH, "setting", MINE, ORIGINAL, "out_features", "a hint", 2,
                  ((MINE, ORIGINAL), (ORIGINAL, MINE)), [inner])  # fmt: skip
    assert draft.frozen() == Finding(
        rule="AD301",
        effect=Effect.FUNCTION,
        message="out_features 8, not 4",
        aspect="setting",
        candidate=MINE,
        reference=ORIGINAL,
        setting="out_features",
        hint="a hint",
        count=2,
        places=((MINE, ORIGINAL), (ORIGINAL, MINE)),
        consequences=(inner,),
        what=WIDTH,
    )


def test_what_a_draft_collects_later_does_not_change_a_finding() -> None:
    draft = Draft("AD301", Effect.FUNCTION, WIDTH, "setting")
    before = draft.frozen()
    draft.consequences.append(before)
    assert before.consequences == ()
    assert draft.frozen().consequences == (before,)


def test_drafts_do_not_share_what_they_collect() -> None:
    one, other = (Draft("AD301", Effect.FUNCTION, WIDTH, "setting") for _ in range(2))
    one.consequences.append(one.frozen())
    assert other.consequences == []


def test_a_draft_says_what_it_takes_for_granted() -> None:
    what = because(WIDTH, message("taken-in-order", class_name="Net"))
    frozen = Draft("AD301", Effect.FUNCTION, what, "setting").frozen()
    assert frozen.message == "out_features 8, not 4: if Net runs its children in printed order"
    assert frozen.assumes == "if Net runs its children in printed order"


def test_one_place() -> None:
    one = of_places("AD301", Effect.FUNCTION, WIDTH, "setting", [(MINE, ORIGINAL)], "out_features", "a hint")
    assert (one.candidate, one.reference, one.count, one.all_places) == (MINE, ORIGINAL, 1, ((MINE, ORIGINAL),))
    assert (one.rule, one.effect, one.aspect, one.setting, one.hint) == (
        "AD301", Effect.FUNCTION, "setting", "out_features", "a hint",
    )  # fmt: skip


def test_many_places_are_one_finding_at_the_first_of_them() -> None:
    places = [(None, ORIGINAL), (MINE, ORIGINAL), (MINE, None)]
    many = of_places("AD107", Effect.COSMETIC, WIDTH, "name", places)
    assert (many.candidate, many.reference, many.count) == (None, ORIGINAL, 3)
    assert many.places == tuple(places)
    assert (many.setting, many.hint) == (None, "")


@pytest.mark.parametrize(
    ("in_candidate", "expected"), [(True, (MINE, None)), (False, (None, MINE))], ids=["candidate", "reference"]
)
def test_on_side(in_candidate: bool, expected: tuple[Place | None, Place | None]) -> None:
    assert on_side(MINE, in_candidate) == expected


NET = holding("Net", holding("Block", "ReLU()", LINEAR))


def test_where_a_layer_stands() -> None:
    node = at(trees(NET, NET)[0], "0.1")
    assert place(node) == Place("0.1", 4, None, "Linear")
    assert place(node, 8) == Place("0.1", 4, 8, "Linear")
    assert place(found(index(NET).leaf("0.1")), 8) == Place("0.1", 4, 8, "Linear")


def test_where_a_network_begins() -> None:
    candidate, _ = sized(f"# mine\n\n{NET}", NET)
    assert root_place(candidate) == Place("", 3, None, "Net")
    assert root_place(candidate, (8,)) == Place("", 3, (8,), "Net")
