"""Which printed difference a value of a live module follows from."""

from __future__ import annotations

import pytest

from archdiff.diff.draft import Draft
from archdiff.diff.live_causes import evidence, grows_with, is_number, printed_cause, says
from archdiff.model.effects import Effect
from archdiff.model.finding import Place
from archdiff.model.message import message
from archdiff.model.network import Value


@pytest.mark.parametrize(
    ("these", "those", "expected"),
    [
        ((8, 8), (4, 8), False),
        ((3, 5), (4, 8), False),
        ((True, False), (4, 8), False),
        ((0, 4), (4, 8), False),
        (("a", "b"), (4, 8), False),
        ((float("inf"), 4), (4, 8), False),
        ((16, 8), (8, 4), True),
        ((4, 8), (8, 4), True),
        ((4**-0.5, 8**-0.5), (4, 8), True),
        ((196, 576), (14, 24), True),
        (((14, 14), (24, 24)), (196, 576), True),
        (((14, 7), (24, 7)), (196, 576), True),
        (((14, 7), (24, 8)), (196, 576), False),
    ],
)
def test_what_grows_with_what(these: tuple[Value, Value], those: tuple[Value, Value], expected: bool) -> None:
    assert grows_with(these, those) is expected
    assert grows_with((these[1], these[0]), (those[1], those[0])) is expected


@pytest.mark.parametrize(
    ("these", "those", "expected"),
    [
        (("RNN_TANH", "RNN_RELU"), ("tanh", "relu"), True),
        (("RNN_TANH", "RNN_RELU"), ("relu", "tanh"), False),
        (("RNN_TANH", "RNN_RELU"), ("", ""), False),
        (("RNN_TANH", 3), ("tanh", "relu"), False),
        ((1, 2), (1, 2), False),
    ],
)
def test_words_that_say_others(these: tuple[Value, Value], those: tuple[Value, Value], expected: bool) -> None:
    assert says(these, those) is expected


@pytest.mark.parametrize(("value", "expected"), [(1, True), (0.5, True), (True, False), ("1", False), (None, False)])
def test_numbers(value: Value, expected: bool) -> None:
    assert is_number(value) is expected


def draft(path: str, ours: Value, theirs: Value, setting: str = "width", effect: Effect = Effect.FUNCTION) -> Draft:
    what = message("setting", name=setting, ours=str(ours), theirs=str(theirs))
    return Draft("AD301", effect, what, "setting", Place(path, 1, ours), Place(path, 1, theirs), setting)


WIDTH = draft("block.fc", 16, 8)
BLOCKS = Draft("AD106", Effect.FUNCTION, message("copies", ours=12, theirs=6, class_name="Block"), "structure",
               Place("blocks", 1), Place("blocks", 1))  # fmt: skip


@pytest.mark.parametrize(
    ("shown", "name", "values", "path", "is_cause"),
    [
        (WIDTH, "dim", (16, 8), "block", True),
        (WIDTH, "dim", (16, 8), "", True),
        (WIDTH, "dim", (16, 8), "block.fc.inner", True),
        (WIDTH, "dim", (16, 8), "other", False),
        (WIDTH, "dim", (8, 16), "block.fc.inner", False),
        (WIDTH, "head_dim", (4, 2), "block", True),
        (WIDTH, "head_dim", (4, 2), "block.fc.inner", False),
        (WIDTH, "shape", ((1, 16), (1, 8)), "block", True),
        (WIDTH, "shape", ((1, 16), (2, 8)), "block", False),
        (draft("block.fc", (5, 5), (3, 3)), "kernel", (5, 3), "block", True),
        (draft("block.fc", True, False, "bias"), "qkv_bias", (True, False), "block", True),
        (draft("block.fc", True, False, "affine"), "qkv_bias", (True, False), "block", False),
        (BLOCKS, "depth", (12, 6), "", True),
        (draft("block.fc", 0.1, 0.2, "p", Effect.TRAINING), "dropout", (0.1, 0.2), "block", False),
    ],
)
def test_the_printed_cause(shown: Draft, name: str, values: tuple[Value, Value], path: str, is_cause: bool) -> None:
    found = printed_cause(name, values, path, evidence([shown], Effect.UNKNOWN))
    assert found is (shown if is_cause else None)


def test_a_fact_that_is_not_printed_is_no_cause() -> None:
    fact = draft("block.fc", 16, 8)
    fact.rule = "AD701"
    assert evidence([fact], Effect.UNKNOWN).at == {}


def test_what_is_unknown_is_no_cause_of_what_is_certain() -> None:
    unknown = draft("block.fc", 16, 8, effect=Effect.UNKNOWN)
    assert [*evidence([unknown], Effect.FUNCTION).at] == []
    assert [*evidence([unknown], Effect.UNKNOWN).at] == ["block.fc"]
