"""Two fact sheets beside each other: every row once, in the order of the sheets."""

from __future__ import annotations

import pickle

import pytest

from archdiff import api
from archdiff.model.fact_sheet import FactPair, FactRow, KnownSheet, beside


@pytest.mark.parametrize(
    ("candidate", "reference", "order"),
    [
        pytest.param("", "", "", id="nothing"),
        pytest.param("abc", "abc", "abc", id="the same rows"),
        pytest.param("abc", "", "abc", id="one side alone"),
        pytest.param("", "abc", "abc", id="the other side alone"),
        pytest.param("abd", "acd", "abcd", id="each where it stands"),
        pytest.param("bd", "acd", "bacd", id="what the candidate alone has goes first"),
        pytest.param("abcd", "d", "abcd", id="a short reference"),
        pytest.param("ab", "ba", "ab", id="in two orders, which no sheets have, still once"),
    ],
)
def test_every_row_stands_once(candidate: str, reference: str, order: str) -> None:
    sides = [[FactRow(name, name.upper()) for name in names] for names in (candidate, reference)]
    expected = [
        FactPair(name, *(name.upper() if name in names else None for names in (candidate, reference))) for name in order
    ]
    assert list(beside(*sides)) == expected


@pytest.mark.parametrize(
    ("candidate", "reference", "differs", "only_counts"),
    [
        pytest.param("ReLU (17)", "ReLU (17)", False, False, id="equal"),
        pytest.param("ReLU (17)", "ReLU (1,024)", True, True, id="in how many"),
        pytest.param("ReLU (17)", "GELU (17)", True, False, id="in what"),
        pytest.param(
            "ReLU (9), Sigmoid (2)", "Sigmoid (8), ReLU (7)", True, True, id="in how many, so in another order"
        ),
        pytest.param("Linear 3 of 9 (q, k)", "Linear 6 of 18 (q, k)", True, True, id="in how many of how many"),
        pytest.param("Linear 3 of 9 (q, k)", "Linear 3 of 9 (q, v)", True, False, id="in which of as many"),
        pytest.param("64 (1 of 12)", "64 (2 of 24)", True, True, id="in how many blocks"),
        pytest.param("k 2 of 10 (9 %)", "k 4 of 20 (9 %)", True, False, id="winners are no counts of layers"),
        pytest.param("12", "24", True, False, id="a depth is a fact"),
        pytest.param("k 2 of 10 (20 %)", "k 2 of 8 (25 %)", True, False, id="shares are no counts"),
        pytest.param(None, "ReLU (17)", True, False, id="on one side alone"),
    ],
)
def test_how_a_row_differs(candidate: str | None, reference: str, differs: bool, only_counts: bool) -> None:
    pair = FactPair("activation", candidate, reference)
    assert (pair.differs, pair.only_counts) == (differs, only_counts)


def test_a_known_sheet_is_what_it_was() -> None:
    sheet = (FactRow("depth", "12"),)
    assert KnownSheet(sheet)() == sheet


def test_a_pickle_holds_the_sheets() -> None:
    outcome = api.compare("ReLU()", "GELU(approximate='tanh')")
    pairs = (FactPair("activation", "ReLU (1)", "GELU(approximate=tanh) (1)"),)
    assert pickle.loads(pickle.dumps(outcome)).facts == outcome.facts == pairs
