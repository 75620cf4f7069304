"""Where a width, a stride or a depth differs, that is told once: forwards that do the same with it are no finding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

import archdiff

PICTURE = (3, 32, 32)
ROW = (8,)
WORDS = (5, 8)

Forward = Callable[[Any, Tensor], Any]


def net(forward: Forward, name: str = "Net", **layers: Any) -> nn.Module:
    """A forward with the layers that it calls, and what else it holds."""

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            for key, value in layers.items():
                setattr(self, key, value)

        def forward(self, x: Tensor) -> Any:
            return forward(self, x)

    made: nn.Module = type(name, (Net,), {})()
    return made


def between(width: int, *layers: nn.Module) -> nn.Module:
    return nn.Sequential(nn.Linear(8, width), *layers, nn.Linear(width, 8))


def strided(stride: int) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, stride, 1),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(4, 2),
    )


def bottleneck(
    width: int = 4, strides: tuple[int, int] = (1, 2), skip: bool = True, pooled: bool = False, i: int = 8
) -> nn.Module:
    """A block of a residual network that halves its map; the shortcut may do so by a pool."""

    def forward(self: Any, x: Tensor) -> Any:
        y = functional.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return self.act(y + self.short(x) if skip else y)

    return net(
        forward,
        "Block",
        conv1=nn.Conv2d(i, width, 1, strides[0], bias=False),
        bn1=nn.BatchNorm2d(width),
        conv2=nn.Conv2d(width, 8, 3, strides[1], 1, bias=False),
        bn2=nn.BatchNorm2d(8),
        short=nn.Sequential(*([nn.AvgPool2d(2, 2)] if pooled else []), nn.Conv2d(i, 8, 1, 1 if pooled else 2)),
        act=nn.ReLU(),
    )


def blocks(*made: nn.Module, classes: int = 2) -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 8, 3), *made, nn.Flatten(), nn.LazyLinear(classes))


def residual(depth: int, gated: bool = True, width: int = 8) -> nn.Module:
    """Blocks with what no layer does: a gate and an addition."""

    def forward(self: Any, x: Tensor) -> Any:
        y = self.fc(x)
        return x + y * torch.sigmoid(y) if gated else x + y

    made = [net(forward, "Block", fc=nn.Linear(width, width)) for _ in range(depth)]
    return nn.Sequential(nn.Linear(8, width), *made, nn.Linear(width, 2))


class OwnNorm(nn.LayerNorm):
    """One with a forward of its own under the name of torch's."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002
        return functional.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)


def own_norm(width: int) -> nn.Module:
    return between(width, type("LayerNorm", (OwnNorm,), {})(width))


class OwnLinear(nn.Linear):
    def forward(self, input: Tensor) -> Tensor:  # noqa: A002
        return functional.linear(input, self.weight, self.bias)


def own_linear(width: int) -> nn.Module:
    return between(width, nn.ReLU(), type("Linear", (OwnLinear,), {})(width, 7), nn.ReLU(), nn.Linear(7, width))


def placed(width: int) -> nn.Module:
    def forward(self: Any, x: Tensor) -> Any:
        return self.out(self.norm(self.fc(x) + self.places))

    places = nn.Parameter(torch.zeros(1, 5, width))
    return net(forward, fc=nn.Linear(8, width), norm=nn.LayerNorm(width), out=nn.Linear(width, 2), places=places)


def shuffled(width: int, by: int = 2) -> nn.Module:
    def forward(self: Any, x: Tensor) -> Any:
        y = self.conv(x)
        batch, channels, height, wide = y.shape
        y = y.view(batch, by, channels // by, height, wide).transpose(1, 2).reshape(y.shape)
        return self.out(self.norm(y))

    return net(forward, conv=nn.Conv2d(3, width, 1), norm=nn.BatchNorm2d(width), out=nn.Conv2d(width, 2, 1))


def mixed(width: int, turned: bool) -> nn.Module:
    """Words, whose numbers come in another order into the norm if they are turned."""

    def forward(self: Any, x: Tensor) -> Any:
        y = self.fc(x)
        y = y.transpose(1, 2).reshape(y.shape) if turned else y
        return self.out(self.norm(y))

    return net(forward, fc=nn.Linear(8, width), norm=nn.LayerNorm(width), out=nn.Linear(width, 2))


def dense(depth: int) -> nn.Module:
    """Layers that take all before them, side by side."""

    def step(self: Any, x: Any) -> Any:
        return functional.relu(self.fc(torch.cat(x, 1)))

    def forward(self: Any, x: Tensor) -> Any:
        made = [x]
        for layer in self.layers:
            made.append(layer(made))
        return torch.cat(made, 1)

    layers = [net(step, "Layer", fc=nn.Linear(8 + 4 * each, 4)) for each in range(depth)]
    return net(forward, "Dense", layers=nn.ModuleList(layers))


def deep(convolutions: int) -> nn.Module:
    made = [(nn.Conv2d(4, 4, 3, 1, 1), nn.BatchNorm2d(4), nn.ReLU()) for _ in range(convolutions)]
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), *(each for three in made for each in three))


def told(ours: nn.Module, theirs: nn.Module, shape: tuple[int, ...]) -> list[str]:
    """What is said of forwards."""
    found = archdiff.compare(ours, theirs, input_shape=shape)
    assert found.verdict == "function"
    return [f"{each.effect}: {each.message}" for each in found.findings if each.rule == "AD110"]


TOLD_ONCE = [
    pytest.param(between(4, nn.BatchNorm1d(4)), between(6, nn.BatchNorm1d(6)), ROW, id="a width before a norm"),
    pytest.param(between(4, nn.ReLU()), between(6, nn.ReLU()), ROW, id="a width before a function"),
    pytest.param(own_norm(4), own_norm(6), ROW, id="a width of a norm of its own"),
    pytest.param(own_linear(4), own_linear(6), ROW, id="a width of a matrix of its own"),
    pytest.param(placed(4), placed(6), WORDS, id="a width of a parameter"),
    pytest.param(shuffled(4), shuffled(8), PICTURE, id="a width of what is shuffled"),
    pytest.param(mixed(4, turned=True), mixed(6, turned=True), WORDS, id="a width of what is turned"),
    pytest.param(strided(1), strided(2), PICTURE, id="a stride"),
    pytest.param(blocks(bottleneck()), blocks(bottleneck(strides=(2, 1))), PICTURE, id="a stride elsewhere"),
    pytest.param(blocks(bottleneck(4)), blocks(bottleneck(6)), PICTURE, id="a width in a block"),
    pytest.param(blocks(classes=2), blocks(classes=3), PICTURE, id="a width at the end"),
    pytest.param(
        blocks(bottleneck(), bottleneck()),
        blocks(bottleneck(), bottleneck(pooled=True)),
        PICTURE,
        id="a pool in a shortcut",
    ),
    pytest.param(residual(1), residual(3), ROW, id="a depth"),
    pytest.param(dense(2), dense(4), ROW, id="a depth of what is put side by side"),
    pytest.param(deep(1), deep(3), PICTURE, id="a depth without blocks"),
]


@pytest.mark.parametrize(("ours", "theirs", "shape"), TOLD_ONCE)
def test_what_follows_is_not_told(ours: nn.Module, theirs: nn.Module, shape: tuple[int, ...]) -> None:
    assert told(ours, theirs, shape) == []
    assert told(theirs, ours, shape) == []


TOLD_AS_WELL = [
    pytest.param(
        mixed(4, turned=True),
        mixed(6, turned=False),
        WORDS,
        ["function: forward of Net: norm takes fc.transpose(1, 2).reshape(2, 5, 4), not fc"],
        id="one is turned",
    ),
    pytest.param(
        shuffled(4),
        shuffled(4, by=4),
        PICTURE,
        [
            "function: forward of Net: norm takes conv.view(2, 2, 2, 32, 32).transpose(1, 2).reshape(2, 4, 32, 32),"
            " not conv.view(2, 4, 1, 32, 32).transpose(1, 2).view(2, 4, 32, 32)"
        ],
        id="shuffled by another number",
    ),
    pytest.param(
        blocks(bottleneck(4)),
        blocks(bottleneck(6, skip=False)),
        PICTURE,
        [
            "function: forward of Block: bn2 + short.0 is only in the candidate",
            "function: forward of Sequential: 0 is only in the candidate",
        ],
        id="a skip",
    ),
    pytest.param(
        residual(2),
        residual(3, gated=False),
        ROW,
        ["function: forward of Block: sigmoid(fc) is only in the candidate; fc * sigmoid(fc) is only in the candidate"],
        id="a gate",
    ),
    pytest.param(
        residual(2),
        residual(2, gated=False, width=6),
        ROW,
        ["function: forward of Block: sigmoid(fc) is only in the candidate; fc * sigmoid(fc) is only in the candidate"],
        id="a gate and a width",
    ),
]


@pytest.mark.parametrize(("ours", "theirs", "shape", "expected"), TOLD_AS_WELL)
def test_what_differs_besides_is_told(
    ours: nn.Module, theirs: nn.Module, shape: tuple[int, ...], expected: list[str]
) -> None:
    assert told(ours, theirs, shape) == expected
