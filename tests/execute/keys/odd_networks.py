"""Modules that keep their state in unusual ways, and recurrent layers of somebody."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def plain() -> nn.Module:
    return nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 2))


def lazy() -> nn.Module:
    """Has no sizes before its first forward."""
    return nn.Sequential(nn.LazyLinear(4), nn.ReLU(), nn.Linear(4, 2))


class Positions(nn.Module):
    def __init__(self, persistent: bool) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.register_buffer("positions", torch.arange(4.0), persistent=persistent)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x) + self.positions


def kept() -> nn.Module:
    return Positions(True)


def computed() -> nn.Module:
    return Positions(False)


def without_numbers() -> nn.Module:
    with torch.device("meta"):
        return Positions(True)


class Extra(nn.Module):
    """Keeps something beside its tensors."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 4)

    steps = 3

    def get_extra_state(self) -> dict[str, int]:
        return {"steps": self.steps}

    def set_extra_state(self, state: dict[str, int]) -> None:
        pass

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x)


class OtherExtra(Extra):
    steps = 4


class TwoNames(nn.Module):
    """Two parameters, in one place in memory or not."""

    def __init__(self, one_place: bool) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(4, 4, bias=False), nn.Linear(4, 4, bias=False)
        if one_place:
            self.second.weight.data = self.first.weight.data

    def forward(self, x: Tensor) -> Tensor:
        return self.second(self.first(x).relu())


def one_place() -> nn.Module:
    return TwoNames(True)


def two_places() -> nn.Module:
    return TwoNames(False)


class Recurrent(nn.Module):
    """An LSTM by hand, its gates in some order."""

    def __init__(self, order: str) -> None:
        super().__init__()
        self.order = order
        for name, shape in {"weight_ih": (12, 5), "weight_hh": (12, 3), "bias_ih": (12,), "bias_hh": (12,)}.items():
            setattr(self, name, nn.Parameter(0.3 * torch.randn(shape)))

    def forward(self, x: Tensor) -> Tensor:
        hidden = cell = x.new_zeros(len(x), 3)
        made = []
        for step in x.unbind(1):
            sums = step @ self.weight_ih.T + self.bias_ih + hidden @ self.weight_hh.T + self.bias_hh
            gates = dict(zip(self.order, sums.chunk(4, -1), strict=True))
            cell = gates["f"].sigmoid() * cell + gates["i"].sigmoid() * gates["g"].tanh()
            hidden = gates["o"].sigmoid() * cell.tanh()
            made.append(hidden)
        return torch.stack(made, 1)


class Tagger(nn.Module):
    def __init__(self, rnn: nn.Module) -> None:
        super().__init__()
        self.rnn, self.head = rnn, nn.Linear(3, 2)

    def forward(self, x: Tensor) -> Tensor:
        made = self.rnn(x)
        return self.head(made[0] if isinstance(made, tuple) else made)


def of_torch() -> nn.Module:
    return Tagger(nn.LSTM(5, 3, batch_first=True))


def by_hand() -> nn.Module:
    return Tagger(Recurrent("ifgo"))


def by_hand_in_another_order() -> nn.Module:
    return Tagger(Recurrent("ifog"))
