"""What a layer of torch does in a forward counts: its mode, its weights, what comes in, whether it is trained."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import archdiff

Forward = Callable[[Any, Tensor], Any]


class Scaled(nn.Module):
    """A parametrization whose number nobody prints."""

    def __init__(self, scale: float) -> None:
        super().__init__()
        self._scale = scale

    def forward(self, weight: Tensor) -> Tensor:
        return weight * self._scale


def net(forward: Forward) -> nn.Module:
    """Layers that the forwards below call; the class is the same for all."""

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = nn.Linear(6, 6), nn.Linear(6, 6)
            self.norm = nn.BatchNorm1d(6)

        def forward(self, x: Tensor) -> Any:
            return forward(self, x)

    return Net()


def scaled(scale: float) -> nn.Module:
    made = nn.Sequential(nn.Linear(6, 6))
    nn.utils.parametrize.register_parametrization(made[0], "weight", Scaled(scale))
    return made


def _without_gradients(self: Any, x: Tensor) -> Any:
    with torch.no_grad():
        y = self.a(x)
    return self.b(y)


def _in_eval_mode(self: Any, x: Tensor) -> Any:
    self.norm.eval()
    return self.norm(self.a(x))


def _with_weights_of_b(self: Any, x: Tensor) -> Any:
    return torch.func.functional_call(self.a, dict(self.b.named_parameters()), (x,))


@pytest.mark.parametrize(
    ("ours", "theirs", "verdict"),
    [
        pytest.param(
            net(lambda self, x: {"p": self.a(x), "q": self.b(x)}),
            net(lambda self, x: {"q": self.b(x), "p": self.a(x)}),
            "identical",
            id="a dictionary in another order",
        ),
        pytest.param(
            net(lambda self, x: {"p": self.a(x), "q": self.b(x)}),
            net(lambda self, x: {"p": self.b(x), "q": self.a(x)}),
            "function",
            id="a dictionary with keys exchanged",
        ),
        pytest.param(net(lambda self, x: self.b(self.a(x))), net(_without_gradients), "training", id="no_grad"),
        pytest.param(
            net(lambda self, x: self.a(x) - self.b(x)),
            net(lambda self, x: self.b(x) - self.a(x)),
            "function",
            id="layers that trade roles",
        ),
        pytest.param(net(_in_eval_mode), net(lambda self, x: self.norm(self.a(x))), "training", id="eval in forward"),
        pytest.param(net(_with_weights_of_b), net(lambda self, x: self.a(x)), "function", id="weights of another"),
        pytest.param(
            net(lambda self, x: self.a(x) + self.b(torch.ones(6))),
            net(lambda self, x: self.a(x) * self.b(torch.ones(6))),
            "function",
            id="a layer called on constants",
        ),
        pytest.param(scaled(2.0), scaled(3.0), "function", id="another parametrization"),
        pytest.param(scaled(2.0), scaled(2.0), "identical", id="the same parametrization"),
    ],
)
def test_a_layer_counts_by_what_it_does(ours: nn.Module, theirs: nn.Module, verdict: str) -> None:
    assert archdiff.compare(ours, theirs).verdict == verdict
