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


def _set(layer: str, name: str, value: object) -> Forward:
    """A forward that changes a setting of a layer for one call."""

    def forward(self: Any, x: Tensor) -> Any:
        before = getattr(getattr(self, layer), name)
        setattr(getattr(self, layer), name, value)
        y = self.norm(self.conv(x))
        setattr(getattr(self, layer), name, before)
        return y

    return forward


def convolution(forward: Forward) -> nn.Module:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.norm = nn.Conv2d(3, 3, 3, padding=1), nn.BatchNorm2d(3)

        def forward(self, x: Tensor) -> Any:
            return forward(self, x)

    return Net()


@pytest.mark.parametrize(
    ("forward", "expected"),
    [
        pytest.param(_set("conv", "dilation", (1, 1)), [], id="to what it is"),
        pytest.param(
            _set("conv", "dilation", (2, 2)),
            ["function: forward of Net: conv with dilation=(2, 2), not dilation=(1, 1)"],
            id="a setting of all",
        ),
        pytest.param(
            _set("norm", "momentum", 0.5),
            ["training: forward of Net: norm with momentum=0.5, not momentum=0.1"],
            id="a setting of training",
        ),
    ],
)
def test_a_layer_that_a_forward_changes(forward: Forward, expected: list[str]) -> None:
    plain = convolution(lambda self, x: self.norm(self.conv(x)))
    found = archdiff.compare(convolution(forward), plain).findings
    assert [f"{each.effect}: {each.message}" for each in found] == expected


def test_statistics_move_in_the_order_of_calls() -> None:
    def ours(self: Any, x: Tensor) -> Any:
        first = self.norm(self.a(x))
        return first + self.norm(self.b(x))

    def theirs(self: Any, x: Tensor) -> Any:
        first = self.norm(self.b(x))
        return self.norm(self.a(x)) + first

    assert archdiff.compare(net(ours), net(theirs)).verdict == "training"


def test_a_hook_that_makes_the_weight_of_a_layer() -> None:
    made = nn.Sequential(nn.utils.spectral_norm(nn.Linear(6, 6)))
    assert archdiff.compare(made, nn.Sequential(nn.Linear(6, 6))).verdict in ("function", "unknown")
