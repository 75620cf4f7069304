"""Values of options: numbers, shapes and words, and those that make no sense."""

from __future__ import annotations

from typing import Any

import pytest

from archdiff.cli.options import effect_of, one_of, run_options, shape_of, whole, words
from archdiff.model.effects import Effect
from archdiff.model.errors import UsageError


@pytest.mark.parametrize(
    ("number", "least", "most", "value"),
    [("0", 0, 9, 0), ("9", 0, 9, 9), (" 7 ", 0, 9, 7), ("999999999", 0, 999_999_999, 999_999_999)],
)
def test_whole(number: str, least: int, most: int, value: int) -> None:
    assert whole("--batch", number, least, most) == value


@pytest.mark.parametrize("number", ["", "-1", "10", "0", "1.5", "x", "1e3", "0" * 12])
def test_what_is_no_such_number(number: str) -> None:
    with pytest.raises(UsageError, match=f"--batch {number}: not a valid number") as caught:
        whole("--batch", number, 1, 9)
    assert caught.value.way_out == "a whole number from 1 to 9"


@pytest.mark.parametrize(
    ("sizes", "shape"),
    [("", None), ("4", (4,)), ("1,32,32", (1, 32, 32)), ("1x32x32", (1, 32, 32)), ("1, 32", (1, 32))],
)
def test_shape_of(sizes: str, shape: tuple[int, ...] | None) -> None:
    assert shape_of(sizes) == shape


@pytest.mark.parametrize("sizes", ["0", "1,,2", "-1", "2147483648", "a"])
def test_what_is_no_shape(sizes: str) -> None:
    with pytest.raises(UsageError, match="not a shape"):
        shape_of(sizes)


def test_words() -> None:
    assert words(["a,b", " c ", ","]) == ("a", "b", "c")
    assert effect_of("training") is Effect.TRAINING
    with pytest.raises(UsageError, match="--fail-on unknown: no such value") as caught:
        effect_of("unknown")
    assert "function" in caught.value.way_out
    assert one_of("--color", "auto", ["auto", "always"]) == "auto"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seed": "x"}, "--seed x: not a number"),
        ({"batch": "-1"}, "--batch -1: not a number"),
        ({"batch": "0"}, "--batch 0: no samples"),
        ({"run": False, "undo": ("AD101",)}, "--undo: nothing is run"),
        ({"run": False, "supplied": ("a.b=1",)}, "--set: nothing is run"),
        ({"run": False, "candidate_weights": "x.pt"}, "--candidate-weights: nothing is run"),
    ],
)
def test_options_of_a_run_that_make_no_sense(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        run_options(**{"run": True, "seed": "0", "batch": "16", **options})
    assert caught.value.message == message


def test_options_of_a_run() -> None:
    assert run_options(False, "0", "16") is None
    options = run_options(True, "3", "2", undo=("AD101",))
    assert options is not None
    assert (options.seed, options.batch, options.undo) == (3, 2, ("AD101",))
