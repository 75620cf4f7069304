"""Live modules of which the prints do not hold what they compute: addresses `execute.live_networks:called`."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from archdiff.nn import KWinners


class Net(nn.Module):
    """Two layers and what a forward does between them; a layer there may be a module or a function."""

    def __init__(self, **between: nn.Module) -> None:
        super().__init__()
        self.fc1 = nn.Linear(6, 8)
        for name, layer in between.items():
            setattr(self, name, layer)
        self.fc2 = nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(self.between(self.fc1(x)))

    def between(self, x: Tensor) -> Tensor:
        return functional.relu(x)


def called() -> Net:
    return Net()


class Modules(Net):
    def __init__(self) -> None:
        super().__init__(relu=nn.ReLU())

    def between(self, x: Tensor) -> Tensor:
        return self.relu(x)


class CutOffAtSix(Net):
    """As ReLU, until numbers are large."""

    def between(self, x: Tensor) -> Tensor:
        return functional.relu6(x)


class Normed(Net):
    def __init__(self) -> None:
        super().__init__(norm=nn.LayerNorm(8))

    def between(self, x: Tensor) -> Tensor:
        return functional.relu(self.norm(x))


class NormedCutOffAtSix(Normed):
    def between(self, x: Tensor) -> Tensor:
        return functional.relu6(self.norm(x))


class Dropping(Net):
    def __init__(self, p: float = 0.5) -> None:
        super().__init__(drop=nn.Dropout(p))

    def between(self, x: Tensor) -> Tensor:
        return functional.relu(self.drop(x))


def dropping_less() -> Net:
    return Dropping(0.2)


class OneTwice(Net):
    """One dropout, called twice."""

    def __init__(self) -> None:
        super().__init__(drop=nn.Dropout(0.5))

    def between(self, x: Tensor) -> Tensor:
        return self.drop(functional.relu(self.drop(x)))


class TwoOnce(Net):
    """Two dropouts, each called once."""

    def __init__(self, second: float = 0.5) -> None:
        super().__init__(drop=nn.Dropout(0.5), drop2=nn.Dropout(second))

    def between(self, x: Tensor) -> Tensor:
        return self.drop2(functional.relu(self.drop(x)))


def two_rates() -> Net:
    return TwoOnce(0.25)


class DroppingByCall(Net):
    def between(self, x: Tensor) -> Tensor:
        return functional.relu(functional.dropout(x, 0.5, self.training))


class DroppingAlways(Net):
    """The default of the function."""

    def between(self, x: Tensor) -> Tensor:
        return functional.relu(functional.dropout(x, 0.5))


class Skipping(nn.Module):
    def __init__(self, skips: bool = True) -> None:
        super().__init__()
        self.fc1 = nn.Linear(6, 6)
        self.fc2 = nn.Linear(6, 3)
        self.skips = skips

    def forward(self, x: Tensor) -> Tensor:
        y = self.fc1(x).tanh()
        return self.fc2(x + y if self.skips else y)


def skip_lost() -> Skipping:
    return Skipping(False)


class Detached(Net):
    def between(self, x: Tensor) -> Tensor:
        return functional.relu(x.detach())


class WithoutGradient(Net):
    @torch.no_grad()
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x)


class Overwriting(Net):
    """No backward can go through: what exp gave is changed."""

    def between(self, x: Tensor) -> Tensor:
        return x.exp().add_(1)


def frozen() -> Net:
    made = Net()
    made.fc1.weight.requires_grad_(False)
    return made


def spare() -> Net:
    """A layer that is never called."""
    return Net(spare=nn.Linear(8, 8))


class Tied(nn.Module):
    def __init__(self, ties: bool = True) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(6, 6), nn.Linear(6, 6)
        if ties:
            self.second.weight = self.first.weight

    def forward(self, x: Tensor) -> Tensor:
        return self.second(self.first(x).tanh())


def untied() -> Tied:
    return Tied(False)


class Remembering(nn.Module):
    """A running mean whose momentum is not printed."""

    def __init__(self, momentum: float = 0.1) -> None:
        super().__init__()
        self.fc = nn.Linear(6, 6)
        self.momentum = momentum
        self.register_buffer("mean", torch.zeros(6))

    def forward(self, x: Tensor) -> Tensor:
        y = self.fc(x)
        with torch.no_grad():
            if self.training:
                self.mean.lerp_(y.mean(0), self.momentum)
        return y if self.training else y - self.mean


def remembering_less() -> Remembering:
    return Remembering(0.2)


def broken() -> Net:
    made = Net()
    nn.init.constant_(made.fc1.weight, float("nan"))
    return made


class Zero(Net):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) * 0


class Infinite(Net):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x).abs().add(1) / 0


class Blind(Net):
    """The input never reaches the output."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(torch.ones_like(x))


class Two(Net):
    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return super().forward(x), x


class Words(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(10, 4)
        self.fc = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(functional.relu(self.embedding(x)))


def chain() -> nn.Module:
    return nn.Sequential(nn.Linear(6, 6), nn.ReLU())


def longer_chain() -> nn.Module:
    """Nothing above a thousand reaches the Hardtanh, so it changes nothing that is seen."""
    return nn.Sequential(nn.Linear(6, 6), nn.ReLU(), nn.Hardtanh(0.0, 1000.0))


#: one object, with duty cycles that training moves
winning = nn.Sequential(nn.Linear(6, 8), KWinners(n=8, percent_on=0.3, boost_strength=1.5), nn.Linear(8, 3))


class Pooling(nn.Module):
    """A Sequential that is not run as one: what it holds cannot take 3x12x12 in its order."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8, 10))

    def forward(self, x: Tensor) -> Tensor:
        convolution, relu, flatten, linear = self.layers
        return linear(flatten(functional.adaptive_avg_pool2d(relu(convolution(x)), 1)))


class Windowed(Net):
    """Reads one number where inputs are long, and never reads another."""

    def __init__(self, window: int = 8, revision: int = 1) -> None:
        super().__init__()
        self.window, self.revision = window, revision

    def between(self, x: Tensor) -> Tensor:
        if x.shape[0] > self.window:
            return functional.relu6(x)
        return functional.relu(x)


def longer_window() -> Windowed:
    return Windowed(window=16)


def other_revision() -> Windowed:
    return Windowed(revision=2)
