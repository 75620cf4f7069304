"""GoogLeNet of a public implementation that is not in a library of torch modules."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import relu

from reference_specs.googlenet.networks import MODULES


class Inception(nn.Module):
    """The module of Dive into Deep Learning."""

    def __init__(self, inputs: int, one: int, reduce3: int, three: int, reduce5: int, five: int, pool: int) -> None:
        super().__init__()
        self.b1_1 = nn.Conv2d(inputs, one, 1)
        self.b2_1 = nn.Conv2d(inputs, reduce3, 1)
        self.b2_2 = nn.Conv2d(reduce3, three, 3, padding=1)
        self.b3_1 = nn.Conv2d(inputs, reduce5, 1)
        self.b3_2 = nn.Conv2d(reduce5, five, 5, padding=2)
        self.b4_1 = nn.MaxPool2d(3, 1, 1)
        self.b4_2 = nn.Conv2d(inputs, pool, 1)

    def forward(self, x: Tensor) -> Tensor:
        two, three = self.b2_2(relu(self.b2_1(x))), self.b3_2(relu(self.b3_1(x)))
        return torch.cat([relu(self.b1_1(x)), relu(two), relu(three), relu(self.b4_2(self.b4_1(x)))], 1)


class GoogleNet(nn.Module):
    """Its network for 10 classes: no norms, no dropout, no heads, and pools that are padded on both sides."""

    def __init__(self) -> None:
        super().__init__()
        stem = [nn.Conv2d(3, 64, 7, 2, 3), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
        second = [nn.Conv2d(64, 64, 1), nn.ReLU(), nn.Conv2d(64, 192, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
        third: list[nn.Module] = []
        fourth: list[nn.Module] = []
        fifth: list[nn.Module] = []
        inputs = 192
        for name, filters in MODULES.items():
            {"3": third, "4": fourth, "5": fifth}[name[0]].append(Inception(inputs, *filters))
            inputs = filters[0] + filters[2] + filters[4] + filters[5]
        third.append(nn.MaxPool2d(3, 2, 1))
        fourth.append(nn.MaxPool2d(3, 2, 1))
        fifth += [nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten()]
        stages = [nn.Sequential(*stage) for stage in (stem, second, third, fourth, fifth)]
        self.net = nn.Sequential(*stages, nn.Linear(inputs, 10))

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)


def d2l_googlenet() -> nn.Module:
    """GoogleNet of d2l.ai, section 8.4, once its lazy layers know their inputs."""
    return GoogleNet()
