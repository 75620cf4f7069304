"""Forwards that are equal in other words are told to be equal, those that look alike are not."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

import archdiff

Forward = Callable[[Any, Tensor], Any]
Parts = dict[str, Callable[[], nn.Module]]


def net(forward: Forward, **parts: Callable[[], nn.Module]) -> nn.Module:
    """A forward with the layers that it calls; the class is the same for all."""

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            for name, make in parts.items():
                setattr(self, name, make())

        def forward(self, x: Tensor) -> Any:
            return forward(self, x)

    return Net()


def conv(forward: Forward, padding: int = 0) -> nn.Module:
    return net(forward, c=partial(nn.Conv2d, 3, 8, 3, padding=padding))


def recurrent(forward: Forward, bidirectional: bool = False, layers: int = 1) -> nn.Module:
    make = partial(nn.LSTM, 6, 5, layers, batch_first=True, bidirectional=bidirectional)
    return net(forward, r=make, f=partial(nn.Linear, 5, 2))


def _slopes(self: Any, x: Tensor) -> Tensor:
    made = self.c(x)
    return torch.where(made > 0, made, 0.1 * made)


def _slopes_with_zero(self: Any, x: Tensor) -> Tensor:
    made = self.c(x)
    return torch.where(made >= 0, made, 0.1 * made)


def _rounded(self: Any, x: Tensor) -> Any:
    made = self.c(x)
    return made + (made.round() - made).detach()


def _rounded_otherwise(self: Any, x: Tensor) -> Any:
    made = self.c(x)
    return made.round().detach() + made - made.detach()


def _with_least(x: Tensor) -> Tensor:
    return functional.pad(x, (1, 1, 1, 1), value=-math.inf)


def _by_hand(self: Any, x: Tensor) -> Any:
    exponentials = self.f(x).exp()
    return exponentials / exponentials.sum(-1, keepdim=True)


@pytest.mark.parametrize(
    ("ours", "theirs", "shape", "verdict"),
    [
        pytest.param(
            conv(lambda self, x: self.c(functional.pad(x, (1, 1, 1, 1)))),
            conv(lambda self, x: self.c(x), 1),
            (3, 16, 16),
            "equivalent",
            id="padding",
        ),
        pytest.param(
            conv(lambda self, x: self.c(functional.pad(x, (1, 1, 1, 1), value=1.0))),
            conv(lambda self, x: self.c(x), 1),
            (3, 16, 16),
            "function",
            id="padding with ones",
        ),
        pytest.param(
            net(lambda self, x: self.p(_with_least(x)), p=partial(nn.MaxPool2d, 3, 2)),
            net(lambda self, x: self.p(x), p=partial(nn.MaxPool2d, 3, 2, 1)),
            (3, 16, 16),
            "equivalent",
            id="padding of a pool",
        ),
        pytest.param(
            net(lambda self, x: self.p(x), p=partial(nn.MaxPool2d, 2, ceil_mode=True)),
            net(lambda self, x: self.p(x), p=partial(nn.MaxPool2d, 2)),
            (3, 16, 16),
            "function",
            id="what shows at other sizes",
        ),
        pytest.param(
            net(lambda self, x: self.p(x), p=partial(nn.AdaptiveMaxPool2d, 1)),
            net(lambda _, x: x.amax((2, 3), keepdim=True)),
            (3, 16, 16),
            "training",
            id="which of several gets the gradient",
        ),
        pytest.param(
            conv(_slopes),
            conv(lambda self, x: functional.leaky_relu(self.c(x), 0.1)),
            (3, 16, 16),
            "identical",
            id="slopes",
        ),
        pytest.param(conv(_slopes), conv(_slopes_with_zero), (3, 16, 16), "training", id="the slope at 0"),
        pytest.param(conv(_rounded), conv(_rounded_otherwise), (3, 16, 16), "identical", id="straight through"),
        pytest.param(
            conv(_rounded), conv(lambda self, x: self.c(x).round()), (3, 16, 16), "training", id="not straight through"
        ),
        pytest.param(
            net(_by_hand, f=partial(nn.Linear, 6, 5)),
            net(lambda self, x: self.s(self.f(x)), f=partial(nn.Linear, 6, 5), s=partial(nn.Softmax, -1)),
            (6,),
            "equivalent",
            id="softmax",
        ),
        pytest.param(
            net(lambda self, x: self.c(x), c=partial(nn.Conv2d, 3, 8, 1)),
            net(lambda self, x: self.c(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2), c=partial(nn.Linear, 3, 8)),
            (3, 16, 16),
            "equivalent",
            id="pointwise",
        ),
        pytest.param(
            recurrent(lambda self, x: self.f(self.r(x)[0][:, -1])),
            recurrent(lambda self, x: self.f(self.r(x)[1][0][-1])),
            (7, 6),
            "identical",
            id="the last step",
        ),
        pytest.param(
            recurrent(lambda self, x: self.f(self.r(x)[0][:, 0])),
            recurrent(lambda self, x: self.f(self.r(x)[1][0][-1])),
            (7, 6),
            "function",
            id="the first step",
        ),
        pytest.param(
            recurrent(lambda self, x: self.f(self.r(x)[0][:, -1])),
            recurrent(lambda self, x: self.f(self.r(x)[1][1][-1])),
            (7, 6),
            "function",
            id="the other state",
        ),
        pytest.param(
            recurrent(lambda self, x: self.f(self.r(x)[0][:, -1, 5:]), bidirectional=True),
            recurrent(lambda self, x: self.f(self.r(x)[1][0][-1]), bidirectional=True),
            (7, 6),
            "function",
            id="the last step of what runs back",
        ),
        pytest.param(
            recurrent(lambda self, x: self.f(self.r(x)[0][:, -1]), layers=2),
            recurrent(lambda self, x: self.f(self.r(x)[1][0][0]), layers=2),
            (7, 6),
            "function",
            id="the state of the first of two",
        ),
    ],
)
def test_equal_forwards_are_told(ours: nn.Module, theirs: nn.Module, shape: Any, verdict: str) -> None:
    assert archdiff.compare(ours, theirs, input_shape=shape).verdict == verdict
    assert archdiff.compare(theirs, ours, input_shape=shape).verdict == verdict
