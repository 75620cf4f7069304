"""Wide Residual Networks, Table 1, sections 2.3, 2.4 and 3, as modules.

The network for CIFAR has the names of xternalz/WideResNet-pytorch, the network for ImageNet those of torchvision.
"""

from __future__ import annotations

from functools import partial

from torch import Tensor, nn

RECIPE = """\
SGD (
Parameter Group 0
    dampening: 0
    lr: 0.1
    momentum: 0.9
    nesterov: True
    weight_decay: 0.0005
)
"""


class BasicBlock(nn.Module):
    """B(3,3) of section 2.3 with dropout between its convolutions, Figure 1(d); BN-ReLU-conv.

    Where widths differ, the shortcut reads what the first convolution reads, as in the authors' code.
    """

    def __init__(self, inputs: int, outputs: int, stride: int, dropout: float) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm2d(inputs)
        self.relu1 = nn.ReLU(inplace=True)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.relu2 = nn.ReLU(inplace=True)
        self.dropout = nn.Dropout(dropout)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.convShortcut = nn.Conv2d(inputs, outputs, 1, stride, bias=False) if inputs != outputs else None

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu1(self.bn1(x))
        shortcut = x if self.convShortcut is None else self.convShortcut(y)
        return self.conv2(self.dropout(self.relu2(self.bn2(self.conv1(y))))) + shortcut


class NetworkBlock(nn.Module):
    """A group of Table 1; its first block has the stride."""

    def __init__(self, blocks: int, inputs: int, outputs: int, stride: int, dropout: float) -> None:
        super().__init__()
        rest = [BasicBlock(outputs, outputs, 1, dropout) for _ in range(blocks - 1)]
        self.layer = nn.Sequential(BasicBlock(inputs, outputs, stride, dropout), *rest)

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x)


class WideResNet(nn.Module):
    """Table 1: conv1, conv2 to conv4 (`block1` to `block3`), 8x8 average pooling and a layer of ten classes.

    Args:
        depth: n of WRN-n-k, 6 N + 4.
        width: k.
        dropout: Section 3: 0.3 for CIFAR.
    """

    def __init__(self, depth: int, width: int, dropout: float = 0.3) -> None:
        super().__init__()
        blocks = (depth - 4) // 6
        self.conv1 = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.block1 = NetworkBlock(blocks, 16, 16 * width, 1, dropout)
        self.block2 = NetworkBlock(blocks, 16 * width, 32 * width, 2, dropout)
        self.block3 = NetworkBlock(blocks, 32 * width, 64 * width, 2, dropout)
        self.bn1 = nn.BatchNorm2d(64 * width)
        self.relu = nn.ReLU(inplace=True)
        self.avgpool = nn.AvgPool2d(8)
        self.fc = nn.Linear(64 * width, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.block3(self.block2(self.block1(self.conv1(x))))
        return self.fc(self.avgpool(self.relu(self.bn1(x))).flatten(1))


class Bottleneck(nn.Module):
    """The bottleneck of ResNet, activated behind the addition, with its inner 3x3 convolution twice as wide.

    The 3x3 convolution has the stride, as in the authors' pretrained/wide-resnet.lua.
    """

    def __init__(self, inputs: int, width: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, outputs, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn3(self.conv3(self.relu(self.bn2(self.conv2(y)))))
        return self.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet(nn.Module):
    """WRN-50-2-bottleneck of Table 8: the stages of ResNet-50, their inner width times `factor`."""

    def __init__(self, factor: int = 2) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, padding=1)
        inputs = 64
        for stage, depth in enumerate((3, 4, 6, 3)):
            width, outputs = 64 * factor * 2**stage, 256 * 2**stage
            blocks = [Bottleneck(inputs, width, outputs, 2 if stage else 1)]
            blocks += [Bottleneck(outputs, width, outputs, 1) for _ in range(depth - 1)]
            self.add_module(f"layer{stage + 1}", nn.Sequential(*blocks))
            inputs = outputs
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(inputs, 1000)

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(self.avgpool(x).flatten(1))


NETWORKS = {"28_10": partial(WideResNet, 28, 10), "50_2": ResNet}
