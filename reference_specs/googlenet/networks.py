"""Going Deeper with Convolutions: Table 1, Figure 3 and section 5, as modules.

Names are those of torchvision, whose network has another kernel, batch norms and no local response norms. Padding, bias
and the settings of the norms are not in the paper: they are those of its replication in Caffe (bvlc_googlenet).
"""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional

RECIPE = """\
SGD (
Parameter Group 0
    momentum: 0.9
)
StepLR
    step_size 8
    gamma 0.96
"""

# Table 1: 1x1, 3x3 reduce, 3x3, 5x5 reduce, 5x5, pool proj.
MODULES = {
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}


class BasicConv2d(nn.Module):
    """A convolution and its ReLU: "all the convolutions use rectified linear activation" (section 5)."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(self.conv(x), inplace=True)


class Inception(nn.Module):
    """The module of Figure 2 (b): four branches, concatenated."""

    def __init__(self, inputs: int, one: int, reduce3: int, three: int, reduce5: int, five: int, pool: int) -> None:
        super().__init__()
        self.branch1 = BasicConv2d(inputs, one, 1)
        self.branch2 = nn.Sequential(BasicConv2d(inputs, reduce3, 1), BasicConv2d(reduce3, three, 3))
        self.branch3 = nn.Sequential(BasicConv2d(inputs, reduce5, 1), BasicConv2d(reduce5, five, 5))
        self.branch4 = nn.Sequential(_pool(stride=1, padding=1), BasicConv2d(inputs, pool, 1))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], 1)


class InceptionAux(nn.Module):
    """The classifier on the side of section 5, which only training has."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.conv = BasicConv2d(inputs, 128, 1)
        self.fc1 = nn.Linear(4 * 4 * 128, 1024)
        self.fc2 = nn.Linear(1024, 1000)
        self.dropout = nn.Dropout(0.7)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(functional.avg_pool2d(x, 5, 3)).flatten(1)
        return self.fc2(self.dropout(functional.relu(self.fc1(x), inplace=True)))


class GoogLeNet(nn.Module):
    """The column of Table 1.

    Args:
        heads: Whether it has the two classifiers behind 4a and 4d.
    """

    def __init__(self, heads: bool = False) -> None:
        super().__init__()
        self.conv1 = BasicConv2d(3, 64, 7, 2)
        self.maxpool1 = _pool()
        self.norm1 = nn.LocalResponseNorm(5, alpha=0.0001, beta=0.75)
        self.conv2 = BasicConv2d(64, 64, 1)
        self.conv3 = BasicConv2d(64, 192, 3)
        self.norm2 = nn.LocalResponseNorm(5, alpha=0.0001, beta=0.75)
        self.maxpool2 = _pool()
        inputs = 192
        for name, filters in MODULES.items():
            if name in ("4a", "5a"):
                self.add_module(f"maxpool{int(name[0]) - 1}", _pool())
            self.add_module(f"inception{name}", Inception(inputs, *filters))
            inputs = filters[0] + filters[2] + filters[4] + filters[5]
        self.aux1 = InceptionAux(512) if heads else None
        self.aux2 = InceptionAux(528) if heads else None
        self.avgpool = nn.AvgPool2d(7, 1)
        self.dropout = nn.Dropout(0.4)
        self.fc = nn.Linear(inputs, 1000)

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, Tensor, Tensor]:
        x = self.norm1(self.maxpool1(self.conv1(x)))
        x = self.maxpool2(self.norm2(self.conv3(self.conv2(x))))
        x = four_a = self.inception4a(self.maxpool3(self.inception3b(self.inception3a(x))))
        x = four_d = self.inception4d(self.inception4c(self.inception4b(x)))
        x = self.inception5b(self.inception5a(self.maxpool4(self.inception4e(x))))
        x = self.fc(self.dropout(self.avgpool(x).flatten(1)))
        if self.training and self.aux1 is not None and self.aux2 is not None:
            return x, self.aux2(four_d), self.aux1(four_a)
        return x


def _pool(stride: int = 2, padding: int = 0) -> nn.MaxPool2d:
    """A max pool that halves 112 to 56: its last window is cut off."""
    return nn.MaxPool2d(3, stride, padding, ceil_mode=True)


NETWORKS = {
    "googlenet": GoogLeNet,
    "googlenet_with_heads": partial(GoogLeNet, heads=True),
}
