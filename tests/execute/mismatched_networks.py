"""Pairs of live modules for the mismatches that prints leave `unknown`."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from execute.printed_networks import Ordered


class Net(nn.Module):
    """Two convolutions with pools, called as functions, and a classifier."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 3)
        self.conv2 = nn.Conv2d(8, 8, 3)
        self.fc = nn.Linear(8, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.second(self.conv2(self.first(self.conv1(x))))
        return self.fc(x.mean((2, 3)))

    def first(self, x: Tensor) -> Tensor:
        return functional.max_pool2d(x, 2)

    def second(self, x: Tensor) -> Tensor:
        return functional.max_pool2d(x, 2)


def functions() -> nn.Module:
    return Net()


def modules() -> nn.Module:
    class Modules(Net):
        def __init__(self) -> None:
            super().__init__()
            self.pool1, self.pool2 = nn.MaxPool2d(2), nn.MaxPool2d(2)

        def first(self, x: Tensor) -> Tensor:
            return self.pool1(x)

        def second(self, x: Tensor) -> Tensor:
            return self.pool2(x)

    return Modules()


def without_pool() -> nn.Module:
    class Without(Net):
        def first(self, x: Tensor) -> Tensor:
            return x

    return Without()


def scaled(*order: str) -> nn.Module:
    """A norm and a pool behind a convolution."""

    class Scaled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.bn, self.pool = nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.MaxPool2d(2)

        def forward(self, x: Tensor) -> Tensor:
            x = self.conv(x)
            for name in order:
                x = getattr(self, name)(x)
            return x

    return Scaled()


def encoder(heads: int = 4, *, norm_first: bool = False) -> nn.Module:
    layer = nn.TransformerEncoderLayer(16, heads, 32, norm_first=norm_first, batch_first=True)
    return nn.Sequential(nn.Embedding(20, 16), layer)


class Attending(nn.Module):
    def __init__(self, heads: int) -> None:
        super().__init__()
        self.fc = nn.Linear(16, 16)
        self.attention = nn.MultiheadAttention(16, heads, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        x = self.fc(x)
        attended: Tensor = self.attention(x, x, x)[0]
        return attended


class Probabilities(nn.Module):
    """A classifier of rows, or of each place of a sequence."""

    def __init__(self, dim: int | None, *, words: bool = False) -> None:
        super().__init__()
        self.head = nn.Embedding(20, 5) if words else nn.Linear(20, 5)
        self.out = nn.LogSoftmax(dim)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.head(x))


def words(dim: int | None) -> nn.Module:
    return Probabilities(dim, words=True)


def ordered(declared: str, run: str) -> nn.Module:
    return Ordered(declared, run)
