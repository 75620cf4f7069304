"""Networks with bare parameters and buffers, under other names and in other places: `execute.bare_networks:scaled`."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn


class Scaled(nn.Module):
    """A layer and two bare rows: numbers that it multiplies with, and numbers that it adds."""

    def __init__(self, scale: str, shift: str, *sizes: int) -> None:
        super().__init__()
        self.fc = nn.Linear(6, 6)
        for name in (scale, shift):
            self.register_parameter(name, nn.Parameter(torch.randn(*sizes, 6)))

    def forward(self, x: Tensor) -> Tensor:
        scale, shift = (each.flatten() for name, each in self.named_parameters() if "." not in name)
        return x + self.fc(x) * scale + shift


class Nested(nn.Module):
    """A block with its layers in one Sequential."""

    def __init__(self) -> None:
        super().__init__()
        self.block = nn.Sequential(nn.Linear(6, 6), nn.ReLU())
        self.layer_scale = nn.Parameter(torch.randn(1, 6))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layer_scale * self.block(x)


class Flat(nn.Module):
    """The same block with its layers in itself."""

    def __init__(self) -> None:
        super().__init__()
        self.fc, self.act = nn.Linear(6, 6), nn.ReLU()
        self.gamma = nn.Parameter(torch.randn(6))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.gamma * self.act(self.fc(x))


class Statistics(nn.Module):
    """A norm by hand, with numbers that a checkpoint holds."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.randn(6))
        self.mean: Tensor

    def forward(self, x: Tensor) -> Tensor:
        return x - self.mean


class Positions(nn.Module):
    """One bare parameter that no other has the size of."""

    def __init__(self, name: str, *sizes: int) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(6, 6), nn.Linear(6, 6)
        self.register_parameter(name, nn.Parameter(torch.randn(*sizes)))

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(self.fc1(x) + next(self.parameters(recurse=False)).reshape(3, 6))


def _twice(make: Callable[[], nn.Module]) -> nn.Module:
    return nn.Sequential(make(), make())


def _drawn_otherwise() -> None:
    """Both networks are made with one seed, and would begin with the same numbers."""
    torch.randn(1)


def scaled() -> nn.Module:
    return _twice(lambda: Scaled("scale", "shift"))


def scaled_in_rows() -> nn.Module:
    _drawn_otherwise()
    return _twice(lambda: Scaled("scale", "shift", 1, 1))


def one_of_another_name() -> nn.Module:
    _drawn_otherwise()
    return _twice(lambda: Scaled("gamma", "shift"))


def two_of_other_names() -> nn.Module:
    _drawn_otherwise()
    return _twice(lambda: Scaled("gamma", "beta"))


def nested() -> nn.Module:
    return _twice(Nested)


def flat() -> nn.Module:
    _drawn_otherwise()
    return _twice(Flat)


def normed() -> nn.Module:
    return nn.Sequential(nn.Linear(6, 6), Statistics(), nn.Linear(6, 6))


def normed_elsewhere() -> nn.Module:
    _drawn_otherwise()
    return nn.Sequential(nn.Linear(6, 6), nn.Sequential(Statistics(), nn.Linear(6, 6)))


def positions() -> nn.Module:
    return Positions("pos", 1, 3, 6)


def positions_in_columns() -> nn.Module:
    _drawn_otherwise()
    return Positions("table", 18, 1)
