"""The form of what comes out of a forward."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest
import torch
from torch import Tensor, nn

from archdiff.execute.live.outputs import form

A, B = torch.zeros(1), torch.ones(1)


class Named(NamedTuple):
    b: Tensor
    a: Tensor


@dataclass
class Held:
    b: Tensor
    a: Tensor


class Slotted:
    __slots__ = ("a", "left_out")

    def __init__(self) -> None:
        self.a = A


PAIR = ("by key", ("a", ("tensor",)), ("b", ("tensor",)))


@pytest.mark.parametrize(
    ("value", "expected", "tensors"),
    [
        pytest.param(A, ("tensor",), [A], id="a tensor"),
        pytest.param([A, (B,)], ("in order", ("tensor",), ("in order", ("tensor",))), [A, B], id="in order"),
        pytest.param({"b": B, "a": A}, PAIR, [A, B], id="a dictionary"),
        pytest.param(OrderedDict(b=B, a=A), PAIR, [A, B], id="an ordered one"),
        pytest.param(Named(B, A), PAIR, [A, B], id="a named tuple"),
        pytest.param(Held(B, A), PAIR, [A, B], id="a dataclass"),
        pytest.param(Slotted(), ("by key", ("a", ("tensor",))), [A], id="slots"),
        pytest.param({0: A}, ("by key", ("0", ("tensor",))), [A], id="numbers as names"),
        pytest.param(
            (3, "x", None, 0.5), ("in order", *(("plain", each) for each in (3, "x", None, 0.5))), [], id="plain"
        ),
        pytest.param(nn.ReLU(), ("plain", "ReLU"), [], id="a module"),
        pytest.param(print, ("plain", "builtin_function_or_method"), [], id="a function"),
    ],
)
def test_forms(value: Any, expected: Any, tensors: list[Tensor]) -> None:
    made, found = form(value)
    assert made == expected
    assert [id(each) for each in found] == [id(each) for each in tensors]


def test_what_holds_itself_ends() -> None:
    held: list[Any] = [A]
    held.append(held)
    _, found = form(held)
    assert {id(each) for each in found} == {id(A)}
