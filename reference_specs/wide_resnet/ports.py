"""WRN-28-10 as two public ports define it."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, dropout, relu


class wide_basic(nn.Module):  # noqa: N801 (as it is printed)
    """The block of bmsookim/wide-resnet.pytorch.

    Dropout directly behind the first convolution, stride in the second one, biases, a shortcut that reads what came in.
    """

    def __init__(self, inputs: int, outputs: int, stride: int, drop: float) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.dropout = nn.Dropout(drop)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, stride, padding=1)
        self.shortcut = nn.Sequential()
        if stride != 1 or inputs != outputs:
            self.shortcut.append(nn.Conv2d(inputs, outputs, 1, stride))

    def forward(self, x: Tensor) -> Tensor:
        y = self.dropout(self.conv1(relu(self.bn1(x))))
        return self.conv2(relu(self.bn2(y))) + self.shortcut(x)


class BasicBlock(nn.Module):
    """The block of xternalz/WideResNet-pytorch at 24a5cb1: a dropout function behind the first convolution."""

    def __init__(self, inputs: int, outputs: int, stride: int, drop: float) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm2d(inputs)
        self.relu1 = nn.ReLU(inplace=True)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.relu2 = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.droprate = drop
        self.convShortcut = nn.Conv2d(inputs, outputs, 1, stride, bias=False) if inputs != outputs else None

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu1(self.bn1(x))
        shortcut = x if self.convShortcut is None else self.convShortcut(y)
        y = dropout(self.conv1(y), self.droprate, self.training)
        return self.conv2(self.relu2(self.bn2(y))) + shortcut


class NetworkBlock(nn.Module):
    """A group of `BasicBlock`."""

    def __init__(self, layer: nn.Sequential) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x)


class Wide_ResNet(nn.Module):  # noqa: N801 (as it is printed)
    """The network of bmsookim/wide-resnet.pytorch; its last batch normalization has TensorFlow's momentum in torch."""

    def __init__(self, blocks: int = 4, width: int = 10, drop: float = 0.3) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, padding=1)
        self.layer1 = _group(wide_basic, blocks, 16, 16 * width, 1, drop)
        self.layer2 = _group(wide_basic, blocks, 16 * width, 32 * width, 2, drop)
        self.layer3 = _group(wide_basic, blocks, 32 * width, 64 * width, 2, drop)
        self.bn1 = nn.BatchNorm2d(64 * width, momentum=0.9)
        self.linear = nn.Linear(64 * width, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.layer3(self.layer2(self.layer1(self.conv1(x))))
        return self.linear(avg_pool2d(relu(self.bn1(x)), 8).flatten(1))


class WideResNet(nn.Module):
    """The network of xternalz/WideResNet-pytorch at 24a5cb1."""

    def __init__(self, blocks: int = 4, width: int = 10, drop: float = 0.3) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.block1 = NetworkBlock(_group(BasicBlock, blocks, 16, 16 * width, 1, drop))
        self.block2 = NetworkBlock(_group(BasicBlock, blocks, 16 * width, 32 * width, 2, drop))
        self.block3 = NetworkBlock(_group(BasicBlock, blocks, 32 * width, 64 * width, 2, drop))
        self.bn1 = nn.BatchNorm2d(64 * width)
        self.relu = nn.ReLU(inplace=True)
        self.fc = nn.Linear(64 * width, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.block3(self.block2(self.block1(self.conv1(x))))
        return self.fc(avg_pool2d(self.relu(self.bn1(x)), 8).flatten(1))


def _group(block: type[nn.Module], blocks: int, inputs: int, outputs: int, stride: int, drop: float) -> nn.Sequential:
    rest = [block(outputs, outputs, 1, drop) for _ in range(blocks - 1)]
    return nn.Sequential(block(inputs, outputs, stride, drop), *rest)


def bmsookim_28_10() -> nn.Module:
    """WRN-28-10 with dropout 0.3."""
    return Wide_ResNet()


def xternalz_28_10() -> nn.Module:
    """WRN-28-10 with dropout 0.3."""
    return WideResNet()
