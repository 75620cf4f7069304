"""GoogLeNet of public implementations whose factories take arguments, or that are not in a library of torch."""

from __future__ import annotations

import runpy
from pathlib import Path

import torch
from torch import Tensor, nn

MODULES = runpy.run_path(str(Path(__file__).with_name("networks.py")))["MODULES"]


class Inception(nn.Module):
    """The module of kuangliu/pytorch-cifar: two 3x3 convolutions for a 5x5, batch norms, biases."""

    def __init__(self, inputs: int, one: int, reduce3: int, three: int, reduce5: int, five: int, pool: int) -> None:
        super().__init__()
        self.b1 = nn.Sequential(*_convolution(inputs, one, 1))
        self.b2 = nn.Sequential(*_convolution(inputs, reduce3, 1), *_convolution(reduce3, three, 3))
        self.b3 = nn.Sequential(
            *_convolution(inputs, reduce5, 1), *_convolution(reduce5, five, 3), *_convolution(five, five, 3)
        )
        self.b4 = nn.Sequential(nn.MaxPool2d(3, 1, 1), *_convolution(inputs, pool, 1))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.b1(x), self.b2(x), self.b3(x), self.b4(x)], 1)


class GoogLeNet(nn.Module):
    """Its network, for 32x32 and 10 classes: one 3x3 convolution in place of the stem, one pool used twice."""

    def __init__(self) -> None:
        super().__init__()
        self.pre_layers = nn.Sequential(*_convolution(3, 192, 3))
        inputs = 192
        for name, filters in MODULES.items():
            if name == "4a":
                self.maxpool = nn.MaxPool2d(3, 2, 1)
            self.add_module(name[::-1], Inception(inputs, *filters))
            inputs = filters[0] + filters[2] + filters[4] + filters[5]
        self.avgpool = nn.AvgPool2d(8, 1)
        self.linear = nn.Linear(inputs, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.b3(self.a3(self.pre_layers(x)))
        for module in (self.maxpool, self.a4, self.b4, self.c4, self.d4, self.e4, self.maxpool, self.a5, self.b5):
            x = module(x)
        return self.linear(self.avgpool(x).flatten(1))


def _convolution(inputs: int, outputs: int, kernel: int) -> list[nn.Module]:
    return [
        nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    ]


def cifar_googlenet() -> nn.Module:
    """models/googlenet.py of kuangliu/pytorch-cifar at 64fe317."""
    return GoogLeNet()
