"""Which attributes of a module are settings, and how each value is read, by the one rule of the module."""

from __future__ import annotations

import functools
import math
import pathlib
from collections.abc import Callable
from enum import Enum, IntEnum
from typing import Any, NoReturn

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from archdiff.execute.live.attributes import attributes, function_name
from archdiff.model.network import UNKNOWN, Value


class Shade(Enum):
    DARK = "dark"


class Size(IntEnum):
    LARGE = 3


class Called:
    def __call__(self) -> None: ...


class OddWord(str):
    __slots__ = ()

    def __contains__(self, part: object) -> bool:
        raise RuntimeError


class OddDict(dict[str, int]):
    def items(self) -> NoReturn:
        raise RuntimeError


class OddObject:
    def __getattr__(self, name: str) -> NoReturn:
        raise RuntimeError


#: a list that holds itself
ROUND: list[Any] = []
ROUND.append(ROUND)


class Holder(nn.Module):
    """Assigns `seen` while it runs."""

    def __init__(self, **held: Any) -> None:
        super().__init__()
        self.__dict__.update(held)

    @property
    def computed(self) -> int:
        raise AssertionError("no code of the module may run")

    def forward(self, x: Tensor) -> Tensor:
        self.seen = x.shape
        return x


def read(value: object) -> list[tuple[str, Value]]:
    return [*attributes(Holder(value=value))]


NOISE: list[tuple[str, object]] = [
    ("a-device", torch.device("cpu")),
    ("a-tensor", torch.zeros(2)),
    ("a-tensor-in-a-tuple", (1, torch.zeros(2))),
    ("a-module-in-a-list", [nn.ReLU()]),
    ("a-path", "/home/me/weights.pt"),
    ("a-path-of-another-system", "C:\\weights"),
    ("an-address", "https://example.org"),
    ("a-path-object", pathlib.PurePath("weights")),
    ("a-path-in-a-dict", {"weights": "a/b"}),
    ("a-generator", torch.Generator()),
]


@pytest.mark.parametrize("value", [case[1] for case in NOISE], ids=[case[0] for case in NOISE])
def test_what_is_no_setting(value: object) -> None:
    assert read(value) == []


@pytest.mark.parametrize("name", ["training", "seen"])
def test_names_that_are_no_setting(name: str) -> None:
    assert [*attributes(Holder(**{name: 3, "kept": 4}))] == [("kept", 4)]


def test_what_is_printed_is_no_news() -> None:
    assert [*attributes(Holder(a=1, b=2), {"a", None})] == [("b", 2)]


@pytest.mark.parametrize(
    "held",
    [
        *({"_private": 3}, {"config": object()}, {"many": [*range(65)]}, {"mixed": (1, object())}, {"call": Called()}),
        *({"text": "a" * 81}, {"lines": "a\nb"}, {"escapes": "\x1b[31m"}, {"round": ROUND}),
        *({"odd_word": OddWord("x")}, {"odd_dict": OddDict(a=1)}, {"odd_object": OddObject()}),
    ],
    ids=lambda held: next(iter(held)),
)  # fmt: skip
def test_what_is_not_read_is_named(held: dict[str, object]) -> None:
    (name,) = held
    assert [*attributes(Holder(**held))] == [(name, UNKNOWN)]


VALUES: list[tuple[str, object, Value]] = [
    ("none", None, None),
    ("a-truth", True, True),
    ("a-number", 3, 3),
    ("a-number-too-large", 1 << 2000, str(1 << 2000)),
    ("a-float", 0.5, 0.5),
    ("infinite", math.inf, math.inf),
    ("a-complex-number", 1j, "1j"),
    ("a-word", "mean", "mean"),
    ("a-member", Shade.DARK, "Shade.DARK"),
    ("a-member-that-counts", Size.LARGE, "Size.LARGE"),
    ("a-dtype", torch.float16, "torch.float16"),
    ("a-tuple", (1, (2, None)), (1, (2, None))),
    ("a-list", [1, 2], (1, 2)),
    ("a-size", torch.Size([2, 3]), (2, 3)),
    ("a-set", {"b", "a"}, ("a", "b")),
    ("a-dict", {"default": 16}, (("default", 16),)),
    ("a-partial", functools.partial(functional.elu, alpha=2.0),
     ("partial", "torch.nn.functional.elu", ("alpha", 2.0))),
]  # fmt: skip


@pytest.mark.parametrize(("value", "expected"), [case[1:] for case in VALUES], ids=[case[0] for case in VALUES])
def test_how_a_value_is_read(value: object, expected: Value) -> None:
    ((name, found),) = read(value)
    assert (name, found, type(found)) == ("value", expected, type(expected))


NAMES: list[tuple[str, Callable[..., Any], Value]] = [
    ("of-torch", functional.relu, "torch.nn.functional.relu"),
    ("of-torch-itself", torch.relu, "torch.nn.functional.relu"),
    ("written-in-c", functional.gelu, "torch.nn.functional.gelu"),
    ("of-tensors", torch.Tensor.sigmoid, "torch.nn.functional.sigmoid"),
    ("of-torch-alone", torch.sin, "torch.sin"),
    ("a-class-of-torch", nn.ReLU, "torch.nn.ReLU"),
    ("a-class", Holder, "Holder"),
    ("built-in", math.exp, "math.exp"),
    ("an-object", Called(), UNKNOWN),
]


@pytest.mark.parametrize(("function", "expected"), [case[1:] for case in NAMES], ids=[case[0] for case in NAMES])
def test_the_name_of_a_function(function: Callable[..., Any], expected: Value) -> None:
    assert function_name(function) == expected


def square(x: float) -> float:
    """With words about it."""
    return x * x


def copied() -> Callable[[float], float]:
    def square(x: float) -> float:
        return x * x

    return square


def power(exponent: float) -> Callable[[float], float]:
    return lambda x: x**exponent


def defaulting(number: float) -> Callable[..., float]:
    def times(x: float, by: float = number) -> float:
        return x * by

    return times


def around(function: Callable[[float], float]) -> Callable[[float], float]:
    @functools.wraps(function)
    def wrapper(x: float) -> float:
        return function(x)

    return wrapper


#: id, two functions of somebody, whether they are one
FUNCTIONS: list[tuple[str, Callable[..., Any], Callable[..., Any], bool]] = [
    ("itself", square, square, True),
    ("a-copy", square, copied(), True),
    ("other-code", square, lambda x: x + x, False),
    ("two-lambdas-alike", lambda x: x + 1, lambda x: x + 1, True),
    ("two-lambdas", lambda x: x + 1, lambda x: x + 2, False),
    ("another-method", lambda x: x.relu(), lambda x: x.tanh(), False),
    ("one-exponent", power(2), power(2), True),
    ("another-exponent", power(2), power(3), False),
    ("one-default", defaulting(2), defaulting(2), True),
    ("another-default", defaulting(2), defaulting(3), False),
    ("one-function-inside", around(square), around(copied()), True),
    ("another-function-inside", around(power(2)), around(power(3)), False),
]


@pytest.mark.parametrize(
    ("first", "second", "are_one"), [case[1:] for case in FUNCTIONS], ids=[case[0] for case in FUNCTIONS]
)
def test_functions_of_somebody(first: Callable[..., Any], second: Callable[..., Any], are_one: bool) -> None:
    assert (function_name(first) == function_name(second)) is are_one
