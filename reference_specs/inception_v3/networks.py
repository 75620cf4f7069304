"""Rethinking the Inception Architecture for Computer Vision, as modules.

Table 1 is an outline. The network is that of its authors' code (inception_v3 of slim), which departs from it in the
stem, in widths and in the number of modules. Names are those of torchvision.
"""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional

RECIPE = """\
RMSprop (
Parameter Group 0
    alpha: 0.9
    eps: 1.0
    lr: 0.045
)
StepLR
    step_size 2
    gamma 0.94
"""

Kernel = int | tuple[int, int]


class BasicConv2d(nn.Module):
    """A convolution, its batch norm and ReLU. Table 1 marks those that are padded."""

    def __init__(self, inputs: int, outputs: int, kernel: Kernel, stride: int = 1, padded: bool = True) -> None:
        super().__init__()
        height, width = (kernel, kernel) if isinstance(kernel, int) else kernel
        padding = (height // 2, width // 2) if padded else (0, 0)
        self.conv = nn.Conv2d(inputs, outputs, (height, width), stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(outputs, eps=0.001, momentum=0.0003)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(self.bn(self.conv(x)), inplace=True)


class Inception(nn.Module):
    """Branches that start from the same input, concatenated; the last of them is a pooling.

    Where a module `shrinks` the grid, the last convolution of a branch has stride 2, and the pooling is a maximum.
    """

    shrinks = False

    def __init__(self) -> None:
        super().__init__()
        self.branches: list[list[str]] = []

    def branch(self, name: str, inputs: int, *rows: tuple[int, Kernel]) -> None:
        """Adds a branch: a row for each convolution, of filters and kernel."""
        names = [f"{name}_{number}" for number in range(1, len(rows) + 1)] if len(rows) > 1 else [name]
        for part, (filters, kernel) in zip(names, rows, strict=True):
            last = self.shrinks and part == names[-1]
            self.add_module(part, BasicConv2d(inputs, filters, kernel, 2 if last else 1, padded=not last))
            inputs = filters
        self.branches.append(names)

    def forward(self, x: Tensor) -> Tensor:
        outputs = []
        for names in self.branches:
            y = x
            for name in names:
                y = self.get_submodule(name)(y)
            outputs.append(y)
        return torch.cat([*outputs, self.pooled(x)], 1)

    def pooled(self, x: Tensor) -> Tensor:
        """The branch of the pooling: an average leaves the padding out of its count, as TensorFlow does."""
        if self.shrinks:
            return functional.max_pool2d(x, 3, 2)
        return self.branch_pool(functional.avg_pool2d(x, 3, 1, 1, count_include_pad=False))


class InceptionA(Inception):
    """35x35: Figure 5, but with a 5x5 convolution where the figure has a 3x3."""

    def __init__(self, inputs: int, pool: int) -> None:
        super().__init__()
        self.branch("branch1x1", inputs, (64, 1))
        self.branch("branch5x5", inputs, (48, 1), (64, 5))
        self.branch("branch3x3dbl", inputs, (64, 1), (96, 3), (96, 3))
        self.branch_pool = BasicConv2d(inputs, pool, 1)


class InceptionB(Inception):
    """35x35 to 17x17: Figure 10."""

    shrinks = True

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.branch("branch3x3", inputs, (384, 3))
        self.branch("branch3x3dbl", inputs, (64, 1), (96, 3), (96, 3))


class InceptionC(Inception):
    """17x17: Figure 6, with n = 7."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        row, column = (1, 7), (7, 1)
        self.branch("branch1x1", inputs, (192, 1))
        self.branch("branch7x7", inputs, (width, 1), (width, row), (192, column))
        self.branch("branch7x7dbl", inputs, (width, 1), (width, column), (width, row), (width, column), (192, row))
        self.branch_pool = BasicConv2d(inputs, 192, 1)


class InceptionD(Inception):
    """17x17 to 8x8."""

    shrinks = True

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.branch("branch3x3", inputs, (192, 1), (320, 3))
        self.branch("branch7x7x3", inputs, (192, 1), (192, (1, 7)), (192, (7, 1)), (192, 3))


class InceptionE(Inception):
    """8x8: Figure 7. Two branches part once more."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.branch1x1 = BasicConv2d(inputs, 320, 1)
        self.branch3x3_1 = BasicConv2d(inputs, 384, 1)
        self.branch3x3_2a = BasicConv2d(384, 384, (1, 3))
        self.branch3x3_2b = BasicConv2d(384, 384, (3, 1))
        self.branch3x3dbl_1 = BasicConv2d(inputs, 448, 1)
        self.branch3x3dbl_2 = BasicConv2d(448, 384, 3)
        self.branch3x3dbl_3a = BasicConv2d(384, 384, (1, 3))
        self.branch3x3dbl_3b = BasicConv2d(384, 384, (3, 1))
        self.branch_pool = BasicConv2d(inputs, 192, 1)

    def forward(self, x: Tensor) -> Tensor:
        single, double = self.branch3x3_1(x), self.branch3x3dbl_2(self.branch3x3dbl_1(x))
        parted = torch.cat([self.branch3x3_2a(single), self.branch3x3_2b(single)], 1)
        parted_double = torch.cat([self.branch3x3dbl_3a(double), self.branch3x3dbl_3b(double)], 1)
        return torch.cat([self.branch1x1(x), parted, parted_double, self.pooled(x)], 1)


class InceptionAux(nn.Module):
    """The classifier on the side of section 4, batch-normalized throughout (section 10), which only training has."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.conv0 = BasicConv2d(inputs, 128, 1)
        self.conv1 = BasicConv2d(128, 768, 5, padded=False)
        self.fc = nn.Linear(768, 1000)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.conv1(self.conv0(functional.avg_pool2d(x, 5, 3))).flatten(1))


class Inception3(nn.Module):
    """The network, at the sizes of Table 1.

    Args:
        head: Whether it has the classifier on the side.
    """

    def __init__(self, head: bool = False) -> None:
        super().__init__()
        self.Conv2d_1a_3x3 = BasicConv2d(3, 32, 3, 2, padded=False)
        self.Conv2d_2a_3x3 = BasicConv2d(32, 32, 3, padded=False)
        self.Conv2d_2b_3x3 = BasicConv2d(32, 64, 3)
        self.maxpool1 = nn.MaxPool2d(3, 2)
        self.Conv2d_3b_1x1 = BasicConv2d(64, 80, 1)
        self.Conv2d_4a_3x3 = BasicConv2d(80, 192, 3, padded=False)
        self.maxpool2 = nn.MaxPool2d(3, 2)
        self.Mixed_5b = InceptionA(192, 32)
        self.Mixed_5c = InceptionA(256, 64)
        self.Mixed_5d = InceptionA(288, 64)
        self.Mixed_6a = InceptionB(288)
        self.Mixed_6b = InceptionC(768, 128)
        self.Mixed_6c = InceptionC(768, 160)
        self.Mixed_6d = InceptionC(768, 160)
        self.Mixed_6e = InceptionC(768, 192)
        self.AuxLogits = InceptionAux(768) if head else None
        self.Mixed_7a = InceptionD(768)
        self.Mixed_7b = InceptionE(1280)
        self.Mixed_7c = InceptionE(2048)
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.dropout = nn.Dropout(0.2)
        self.fc = nn.Linear(2048, 1000)

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        x = self.maxpool1(self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(x))))
        x = self.maxpool2(self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(x)))
        x = self.Mixed_6a(self.Mixed_5d(self.Mixed_5c(self.Mixed_5b(x))))
        side = self.Mixed_6e(self.Mixed_6d(self.Mixed_6c(self.Mixed_6b(x))))
        x = self.avgpool(self.Mixed_7c(self.Mixed_7b(self.Mixed_7a(side))))
        x = self.fc(self.dropout(x).flatten(1))
        return (x, self.AuxLogits(side)) if self.training and self.AuxLogits is not None else x


NETWORKS = {
    "inception_v3": Inception3,
    "inception_v3_with_head": partial(Inception3, head=True),
}
