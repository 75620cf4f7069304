"""Layers that classes of somebody compute: as torch's own where they do the same, and as they ran where they do not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

import archdiff


class BatchNormAct2d(nn.BatchNorm2d):
    """As timm has it: the norm, and then what it prints."""

    def __init__(self, channels: int, eps: float = 1e-5, factor: float = 1.0, drops: float = 0.0) -> None:
        super().__init__(channels, eps=eps)
        self.drop = nn.Identity()
        self.act = nn.ReLU()
        self._factor, self._drops = factor, drops

    def forward(self, x: Tensor) -> Tensor:
        if self.training and self.num_batches_tracked is not None:
            self.num_batches_tracked.add_(1)
        given = x if self._factor == 1.0 else x * self._factor
        y = functional.batch_norm(
            given, self.running_mean, self.running_var, self.weight, self.bias, self.training, 0.1, self.eps
        )
        y = self.act(self.drop(y))
        return y + self._drops if self._drops else y  # type: ignore[no-any-return]


class Conv2dSame(nn.Conv2d):
    """As timm has it: TensorFlow's padding, one more behind than in front."""

    def __init__(self, channels: int, factor: float = 1.0) -> None:
        super().__init__(channels, channels, 3, 2, bias=False)
        self.padding = "same"
        self._factor = factor

    def forward(self, x: Tensor) -> Tensor:
        weight = self.weight if self._factor == 1.0 else self.weight * self._factor
        return functional.conv2d(functional.pad(x, (0, 1, 0, 1)), weight, None, self.stride, 0)


def net(conv: nn.Module, norm: nn.Module, *beside: nn.Module, is_turned: bool = False) -> nn.Module:
    """A block with a skip connection, which may be added in front."""

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.norm = conv, nn.Sequential(norm, *beside)

        def forward(self, x: Tensor) -> Tensor:
            y = self.norm(self.conv(x))
            x = x[..., : y.shape[-2], : y.shape[-1]]
            return x + y if is_turned else y + x  # type: ignore[no-any-return]

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.block = Block()
            self.head = nn.Conv2d(4, 2, 1)

        def forward(self, x: Tensor) -> Tensor:
            return self.head(self.block(x))  # type: ignore[no-any-return]

    return Net()


def conv(eps: float = 1e-5, is_turned: bool = False) -> nn.Module:
    return net(nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4, eps=eps), nn.ReLU(), is_turned=is_turned)


def own(eps: float = 1e-5, factor: float = 1.0, drops: float = 0.0) -> nn.Module:
    return net(nn.Conv2d(4, 4, 3, padding=1), BatchNormAct2d(4, eps, factor, drops))


def told(ours: nn.Module, theirs: nn.Module) -> list[str]:
    """Rule, effect and message of all that is graver than equivalent."""
    with torch.random.fork_rng():
        outcome = archdiff.compare(ours, theirs, input_shape=(4, 8, 8))
    return [
        f"{each.rule} {each.effect}: {each.message}"
        for each in outcome.findings
        if each.effect.word not in ("cosmetic", "equivalent")
    ]


EPS = "AD301 function: eps 0.001, not 1e-05"


@pytest.mark.parametrize(
    ("ours", "expected"),
    [
        pytest.param(own, [], id="left alone"),
        pytest.param(lambda: conv(is_turned=True), [], id="a sum the other way round"),
        pytest.param(lambda: own(1e-3), [EPS], id="another eps"),
    ],
)
def test_a_norm_with_its_activation(ours: Callable[[], nn.Module], expected: list[str]) -> None:
    reference = conv(is_turned=True)
    assert [each[: len(EPS)] for each in told(ours(), reference)] == expected
    back = [each for each in told(reference, ours()) if each.startswith("AD110")]
    assert back == []


@pytest.mark.parametrize(
    "ours",
    [
        pytest.param(lambda eps: own(eps, factor=2.0), id="of twice what comes in"),
        pytest.param(lambda eps: own(eps, drops=1.0), id="and something more behind"),
    ],
)
@pytest.mark.parametrize("eps", [1e-5, 1e-3])
def test_a_norm_that_does_more(ours: Callable[[float], nn.Module], eps: float) -> None:
    found = told(ours(eps), conv())
    assert any(each.startswith("AD110 function") for each in found)
    assert any(each.startswith(EPS) for each in found) is (eps != 1e-5)


@pytest.mark.parametrize(
    ("factor", "is_other"), [pytest.param(1.0, False, id="left alone"), pytest.param(2.0, True, id="twice its weights")]
)
def test_padding_of_its_own(factor: float, is_other: bool) -> None:
    theirs = net(nn.Conv2d(4, 4, 3, 2, 1, bias=False), nn.BatchNorm2d(4), nn.ReLU())
    found = told(net(Conv2dSame(4, factor), nn.BatchNorm2d(4), nn.ReLU()), theirs)
    assert any(each.startswith("AD301 function: padding same, not 1x1") for each in found)
    assert any("AD110" in each for each in found) is is_other
