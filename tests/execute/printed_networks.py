"""Live modules and prints of the same layers: what one of them prints, the other may call as a function."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

WIDTH = 8


class Called(nn.Module):
    """A convolution, a function and a convolution."""

    def __init__(self, function: Callable[[Tensor], Tensor] = functional.relu) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, WIDTH, 3)
        self.conv2 = nn.Conv2d(WIDTH, WIDTH, 3)
        vars(self)["function"] = function

    def forward(self, x: Tensor) -> Tensor:
        function: Callable[[Tensor], Tensor] = vars(self)["function"]
        return self.conv2(function(self.conv1(x)))


class Pooled(nn.Module):
    """A convolution, what makes rows of its map, and a classifier."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, WIDTH, 3)
        self.fc = nn.Linear(WIDTH, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.conv(x).mean((2, 3)))


class Rows(nn.Module):
    """The same of rows."""

    def __init__(self, function: Callable[[Tensor], Tensor] = functional.relu) -> None:
        super().__init__()
        self.fc1 = nn.Linear(WIDTH, WIDTH)
        self.fc2 = nn.Linear(WIDTH, WIDTH)
        vars(self)["function"] = function

    def forward(self, x: Tensor) -> Tensor:
        function: Callable[[Tensor], Tensor] = vars(self)["function"]
        return self.fc2(function(self.fc1(x)))


def printed(module: nn.Module, **layers: nn.Module) -> str:
    """The print of a module with layers before its last one."""
    *first, last = module._modules.items()
    module._modules.clear()
    module._modules.update({**dict(first), **layers, last[0]: last[1]})
    return f"{module!r}\n"


class Residual(nn.Module):
    """Two convolutions with functions around them, and a shortcut."""

    def __init__(self, *, last: bool = True) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(WIDTH, WIDTH, 3, padding=1)
        self.conv2 = nn.Conv2d(WIDTH, WIDTH, 3, padding=1)
        self._last = last

    def forward(self, x: Tensor) -> Tensor:
        y = x + self.conv2(functional.relu(self.conv1(x)))
        return functional.relu(y) if self._last else y


class Ordered(nn.Module):
    """A norm and an activation behind a convolution, declared and run in any order."""

    def __init__(self, declared: str, run: str) -> None:
        super().__init__()
        made = {"conv": nn.Conv2d(3, WIDTH, 3), "bn": nn.BatchNorm2d(WIDTH), "relu": nn.ReLU()}
        for name in declared.split():
            setattr(self, name, made[name])
        self._run = run.split()

    def forward(self, x: Tensor) -> Tensor:
        for name in self._run:
            x = getattr(self, name)(x)
        return x


class Chain(nn.Module):
    """Three layers, one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(WIDTH, WIDTH)
        self.between = nn.GELU()
        self.last = nn.Linear(WIDTH, WIDTH)
        self.behind = nn.Linear(WIDTH, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        return self.behind(self.last(self.between(self.first(x))))


class Shortcut(Chain):
    def forward(self, x: Tensor) -> Tensor:
        return x + self.behind(self.last(self.between(self.first(x))))


class Around(nn.Module):
    """A block between two layers."""

    def __init__(self, block: nn.Module) -> None:
        super().__init__()
        self.stem = nn.Linear(WIDTH, WIDTH)
        self.block = block
        self.head = nn.Linear(WIDTH, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.block(self.stem(x)))


def relu_by_hand(x: Tensor) -> Tensor:
    """By a comparison."""
    return torch.where(x > 0, x, torch.zeros_like(x))
