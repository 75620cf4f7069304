# ruff: noqa: E501  (a table: a case a line)
"""An answer to `archdiff match`: which are nearest, and all of it as plain values."""

from __future__ import annotations

import pytest

from archdiff.model.ranking import Match, Ranking


def reference(address: str, distance: float, near: bool = True) -> Match:
    return Match(address, distance, 0.12504, near, ("training", "function"), {"function": 1}, 1)


A, B, FAR = reference("a.txt", 2), reference("b.txt", 2), reference("far.txt", 90, near=False)


@pytest.mark.parametrize(
    ("matches", "nearest"),
    [((A, FAR), (A,)), ((A, B, FAR), (A, B)), ((FAR,), ()), ((), ()), ((reference("c.txt", 1), A), (reference("c.txt", 1),))],
    ids=["one", "a tie", "none is near", "none", "the second is farther"],
)  # fmt: skip
def test_those_that_no_other_is_nearer_than(matches: tuple[Match, ...], nearest: tuple[Match, ...]) -> None:
    assert Ranking(matches).nearest == nearest


def test_all_of_it_as_plain_values() -> None:
    found = Ranking((A, FAR), 7, ("x.txt: empty",), 2).to_dict()
    assert {name: value for name, value in found.items() if name != "matches"} == {
        "schema": "archdiff/match/3",
        "nearest": ["a.txt"],
        "farther": 7,
        "not_compared": 2,
        "left_out": ["x.txt: empty"],
    }
    assert found["matches"][0] == {
        "reference": "a.txt",
        "distance": 2,
        "share": 0.125,
        "near": True,
        "verdict": "function",
        "verdicts": ("training", "function"),
        "not_printed": 1,
        "counts": {"function": 1},
    }
