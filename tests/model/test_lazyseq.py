"""Runs are the sequence of their items, whoever makes them."""

from __future__ import annotations

import pytest

from archdiff.model.lazyseq import Runs
from archdiff.model.outcome import BlockPairs

CASES = [
    ("nothing", Runs([]), ()),
    ("one run", Runs([(1, 2)]), (1, 2)),
    ("empty runs between", Runs([(1,), (), (2, 3), ()]), (1, 2, 3)),
    ("runs of runs", Runs([Runs([(1,), (2,)]), (3,)]), (1, 2, 3)),
    ("a block", Runs([BlockPairs("a", "", ("x", "y"))]), (("a.x", "x"), ("a.y", "y"))),
]


@pytest.mark.parametrize(("runs", "items"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_the_same_as_a_tuple(runs: Runs[object], items: tuple[object, ...]) -> None:
    assert (tuple(runs), len(runs), bool(runs), repr(runs)) == (items, len(items), bool(items), repr(items))
    assert runs == items
    assert hash(runs) == hash(items)
    assert [runs[index] for index in range(-len(items), len(items))] == [*items, *items]
    assert (runs[1:], runs[::-1], runs[-2:]) == (items[1:], items[::-1], items[-2:])
    with pytest.raises(IndexError):
        runs[len(items)]
