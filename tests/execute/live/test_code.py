"""What tells whether two modules run the same code."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from archdiff.execute.live.code import of_function, of_module


def doubled(x: Tensor) -> Tensor:
    return x * 2


def tripled(x: Tensor) -> Tensor:
    return x * 3


def net(run: Callable[[Tensor], Tensor]) -> nn.Module:
    class Net(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return run(x)

    return Net()


def calls_doubled() -> nn.Module:
    class Net(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return doubled(x)

    return Net()


def calls_tripled() -> nn.Module:
    class Net(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return tripled(x)

    return Net()


def by(share: float) -> Callable[[Tensor], Tensor]:
    return lambda x: x * share


def patched(run: Callable[[Tensor], Tensor]) -> nn.Module:
    made = nn.Linear(2, 2)
    made.forward = run  # type: ignore[assignment, method-assign]
    return made


@pytest.mark.parametrize(
    ("ours", "theirs", "same"),
    [
        pytest.param(net(doubled), net(doubled), True, id="the same"),
        pytest.param(nn.Sequential(nn.ReLU()), nn.Sequential(nn.Tanh()), True, id="classes of torch have none"),
        pytest.param(net(torch.relu), net(torch.tanh), True, id="nor have functions of torch, which traces tell"),
        pytest.param(net(doubled), net(tripled), False, id="what a closure holds"),
        pytest.param(net(by(2.0)), net(by(3.0)), False, id="a number that it holds"),
        pytest.param(calls_doubled(), calls_tripled(), False, id="what is called by name"),
        pytest.param(patched(doubled), patched(tripled), False, id="a forward that was set"),
    ],
)
def test_two_modules(ours: nn.Module, theirs: nn.Module, same: bool) -> None:
    assert ([*of_module(ours)] == [*of_module(theirs)]) is same


class Holder:
    @property
    def value(self) -> int:
        return 1

    @staticmethod
    def made() -> int:
        return 2

    def itself(self) -> Any:
        return self.itself


@pytest.mark.parametrize(
    "function",
    [
        pytest.param(Holder.__dict__["value"], id="a property"),
        pytest.param(Holder.__dict__["made"], id="a static method"),
        pytest.param(Holder().itself, id="a method that names itself"),
        pytest.param(partial(doubled), id="a part"),
    ],
)
def test_what_has_code(function: object) -> None:
    assert of_function(function)


def test_what_has_none() -> None:
    assert of_function(torch.relu) == of_function(3) == ""
