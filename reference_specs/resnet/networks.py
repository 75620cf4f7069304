"""Deep Residual Learning for Image Recognition, Table 1 and sections 3.3 and 3.4, as modules.

Names are those of torchvision, which most ports and checkpoints share. `resnet50_v1_5` is the network that most
libraries call ResNet-50: it strides the 3x3 convolution of a bottleneck, and is not in the paper.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from torch import Tensor, nn

RECIPE = """\
SGD (
Parameter Group 0
    lr: 0.1
    momentum: 0.9
    weight_decay: 0.0001
)
"""


class BasicBlock(nn.Module):
    """Two 3x3 convolutions beside a shortcut: Figure 5, left."""

    expansion = 1

    def __init__(self, inputs: int, width: int, stride: int, downsample: nn.Module | None) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, width, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = downsample

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return self.relu(y + (x if self.downsample is None else self.downsample(x)))


class Bottleneck(nn.Module):
    """1x1, 3x3 and 1x1 convolutions beside a shortcut: Figure 5, right."""

    expansion = 4

    def __init__(
        self, inputs: int, width: int, stride: int, downsample: nn.Module | None, stride_3x3: bool = False
    ) -> None:
        super().__init__()
        first, second = (1, stride) if stride_3x3 else (stride, 1)
        self.conv1 = nn.Conv2d(inputs, width, 1, first, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, second, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, width * self.expansion, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(width * self.expansion)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = downsample

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return self.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet(nn.Module):
    """conv1 to conv5_x of Table 1 (`layer1` is conv2_x), global average pooling and a 1000-way layer.

    Args:
        block: The block of all stages.
        depths: Blocks of each stage.
        make: Makes a block, where it takes more than `block` says.
    """

    def __init__(
        self,
        block: type[BasicBlock] | type[Bottleneck],
        depths: Sequence[int],
        make: Callable[..., nn.Module] | None = None,
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, padding=1)
        inputs = 64
        for stage, depth in enumerate(depths):
            width, blocks = 64 * 2**stage, []
            for number in range(depth):
                stride = 2 if stage and not number else 1
                outputs = width * block.expansion
                shortcut = _projection(inputs, outputs, stride) if stride > 1 or inputs != outputs else None
                blocks.append((make or block)(inputs, width, stride, shortcut))
                inputs = outputs
            self.add_module(f"layer{stage + 1}", nn.Sequential(*blocks))
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(inputs, 1000)

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(self.avgpool(x).flatten(1))


def _projection(inputs: int, outputs: int, stride: int) -> nn.Sequential:
    """Option B of section 3.3."""
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))


NETWORKS = {
    "resnet18": partial(ResNet, BasicBlock, (2, 2, 2, 2)),
    "resnet34": partial(ResNet, BasicBlock, (3, 4, 6, 3)),
    "resnet50": partial(ResNet, Bottleneck, (3, 4, 6, 3)),
    "resnet50_v1_5": partial(ResNet, Bottleneck, (3, 4, 6, 3), partial(Bottleneck, stride_3x3=True)),
    "resnet101": partial(ResNet, Bottleneck, (3, 4, 23, 3)),
    "resnet152": partial(ResNet, Bottleneck, (3, 8, 36, 3)),
}
