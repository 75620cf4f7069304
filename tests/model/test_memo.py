"""A memo calls its function once for each object, by identity, and holds what it knows."""

from __future__ import annotations

import gc
import weakref

import pytest

from archdiff.model.memo import Memo, Same
from archdiff.model.network import Layer, blocks, counts
from archdiff.parse import parse


class Thing:
    """Something that a weak reference can hold."""


def counting() -> tuple[Memo[int], list[object]]:
    calls: list[object] = []

    def number(*arguments: object) -> int:
        calls.append(arguments)
        return len(calls)

    return Memo(number), calls


FIRST = ["a list", "equals another"]
CASES = [  # two calls, and whether the second one is answered from the first
    ("the_same_object", (FIRST,), (FIRST,), True),
    ("an_equal_object", (FIRST,), (list(FIRST),), False),
    ("the_same_with_equal_values", (FIRST, (1, 2)), (FIRST, (1, 2)), True),
    ("the_same_with_another_value", (FIRST, 1), (FIRST, 2), False),
    ("the_same_with_and_without_a_value", (FIRST,), (FIRST, 1), False),
]


@pytest.mark.parametrize(("first", "second", "known"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_is_known(first: tuple[object, ...], second: tuple[object, ...], known: bool) -> None:
    memo, calls = counting()
    assert (memo(*first) == memo(*second)) is known
    assert calls == ([first] if known else [first, second])


def test_none_is_a_result_as_well() -> None:
    calls: list[object] = []
    memo: Memo[None] = Memo(calls.append)
    assert (memo(FIRST), memo(FIRST), calls) == (None, None, [FIRST])


def test_an_object_lives_as_long_as_what_is_known_of_it() -> None:
    memo = Memo(lambda _thing: 1)
    thing = Thing()
    alive = weakref.ref(thing)
    memo(thing)
    del thing
    gc.collect()
    assert alive() is not None
    del memo
    gc.collect()
    assert alive() is None


def test_a_key_is_the_same_for_one_object_alone() -> None:
    assert {Same(FIRST), Same(FIRST)} == {Same(FIRST)}
    assert Same(FIRST) != Same(list(FIRST))
    assert Same(FIRST) != FIRST


TEXT = """\
Net(
  (0): Block(
    (a): Inner(
      (x): ReLU()
    )
  )
  (1): Block(
    (a): Inner(
      (x): ReLU()
    )
  )
  (2-4): 3 x Other(
    (y): 2 x Inner(
      (x): ReLU()
    )
  )
)
"""


def test_blocks_are_given_once_and_inner_ones_before_what_holds_them() -> None:
    root = parse(TEXT)[0].root
    found = blocks(root, root)
    names = [[child.name for child in children] for children in found]
    assert names == [["x"], ["a"], ["x"], ["y"], ["0", "1", "2-4"]]


@pytest.mark.parametrize(
    ("layer", "printed", "stand_for"),
    [
        (parse(TEXT)[0].root, 10, 7 + 3 * (1 + 2 * 2)),
        (Layer("", "ReLU"), 1, 1),
        (Layer("0-1", "ReLU", repeat=2), 1, 2),
    ],
    ids=["folded", "a_leaf", "a_folded_leaf"],
)
def test_counts(layer: Layer, printed: int, stand_for: int) -> None:
    assert counts(layer) == [(printed, stand_for)]
