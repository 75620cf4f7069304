"""What a forward does to gradients beside its operations is compared, and counts in training."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

import archdiff

Forward = Callable[[Any, Tensor], Any]


class Swish(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Any:
        ctx.save_for_backward(x)
        return x * torch.sigmoid(x)

    @staticmethod
    def backward(ctx: Any, given: Tensor) -> Any:
        (x,) = ctx.saved_tensors
        share = torch.sigmoid(x)
        return given * (share * (1 + x * (1 - share)))


class SpelledOtherwise(Swish):
    @staticmethod
    def backward(ctx: Any, given: Tensor) -> Any:
        (x,) = ctx.saved_tensors
        return given * (torch.sigmoid(x) * (1 + x * (1 - torch.sigmoid(x))))


class Straight(Swish):
    @staticmethod
    def backward(_: Any, given: Tensor) -> Any:
        return given


def net(forward: Forward) -> nn.Module:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = nn.Linear(6, 6), nn.Linear(6, 6)

        def forward(self, x: Tensor) -> Any:
            return forward(self, x)

    return Net()


def plain(self: Any, x: Tensor) -> Any:
    return self.b(self.a(x))


def hooked(share: float | None) -> Forward:
    def forward(self: Any, x: Tensor) -> Any:
        y = self.a(x)
        if y.requires_grad:
            y.register_hook(lambda given: None if share is None else given * share)
        return self.b(y)

    return forward


def of(function: type[torch.autograd.Function]) -> Forward:
    return lambda self, x: self.b(function.apply(self.a(x)))


def _kept(self: Any, x: Tensor) -> Any:
    self.a.weight.requires_grad_(False)
    return plain(self, x)


def _kept_for_once(self: Any, x: Tensor) -> Any:
    self.a.weight.requires_grad = False
    y = self.a(x)
    self.a.weight.requires_grad = True
    return self.b(y)


def _cut(self: Any, x: Tensor) -> Any:
    return self.b(self.a(x).detach().requires_grad_())


OWN = "forward of Net: a gradient of its own for a * sigmoid(a)"
FROZEN = (
    "forward of Net: a.weight with another requires_grad is only in the candidate;"
    " a takes the input and a.weight with another requires_grad, not the input"
)


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        pytest.param(hooked(0.1), hooked(0.1), [], id="equal hooks"),
        pytest.param(hooked(None), plain, [], id="a hook that only looks"),
        pytest.param(of(Swish), of(Swish), [], id="equal functions"),
        pytest.param(of(Swish), of(SpelledOtherwise), [], id="a gradient spelled otherwise"),
        pytest.param(lambda self, x: self.b(checkpoint(self.a, x, use_reentrant=True)), plain, [], id="a checkpoint"),
        pytest.param(
            lambda self, x: self.b(checkpoint(self.a, x, use_reentrant=False)), plain, [], id="the other checkpoint"
        ),
        pytest.param(lambda self, x: plain(self, x.requires_grad_()), plain, [], id="an input with a gradient"),
        pytest.param(
            hooked(0.1), plain, ["forward of Net: a hook on the gradient of a is only in the candidate"], id="a hook"
        ),
        pytest.param(
            hooked(0.1), hooked(0.2), ["forward of Net: a hook on the gradient of a is not the same"], id="other hooks"
        ),
        pytest.param(of(Swish), of(Straight), [f"{OWN} is not the same"], id="another gradient"),
        pytest.param(
            of(Swish),
            lambda self, x: self.b(nn.functional.silu(self.a(x))),
            [f"{OWN} is only in the candidate"],
            id="own",
        ),
        pytest.param(_kept, plain, [FROZEN], id="a weight that is frozen"),
        pytest.param(_kept_for_once, plain, [FROZEN], id="a weight that is frozen for a while"),
        pytest.param(_cut, plain, ["forward of Net: detach(a) is only in the candidate"], id="a new leaf"),
    ],
)
def test_gradients_count_in_training(ours: Forward, theirs: Forward, expected: list[str]) -> None:
    found = archdiff.compare(net(ours), net(theirs)).findings
    assert [(each.effect.name, each.message) for each in found] == [("TRAINING", each) for each in expected]


def test_a_hook_on_a_weight() -> None:
    ours = net(plain)
    ours.a.weight.register_hook(lambda given: given * 2)  # type: ignore[union-attr, operator]
    (found,) = archdiff.compare(ours, net(plain)).findings
    assert (found.effect.name, found.message) == (
        "TRAINING",
        "forward of Net: a hook on the gradient of a.weight is only in the candidate",
    )
