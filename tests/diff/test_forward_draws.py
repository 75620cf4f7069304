"""What is left out at random: other rates are one finding, and rates that are equal none, in whichever form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

import archdiff

Drop = Callable[[Tensor, bool], Tensor]


class Block(nn.Module):
    def __init__(self, drop: Drop, after: bool) -> None:
        super().__init__()
        self.fc = nn.Linear(6, 6)
        self._drop, self._after = drop, after

    def forward(self, x: Tensor) -> Tensor:
        made = self._drop(self.fc(x), self.training)
        return x + (made.relu() if self._after else made)


def net(*drops: Drop, after: bool = False) -> nn.Module:
    return nn.Sequential(*[Block(each, after) for each in drops])


def dropout(rate: float) -> Drop:
    return lambda x, training: functional.dropout(x, rate, training)


def path(rate: float, by_mask: bool = False) -> Drop:
    """A branch that is left out whole, for each sample: two ways to write it."""

    def drop(x: Tensor, training: bool) -> Tensor:
        if not training or not rate:
            return x
        if by_mask:
            return x / (1 - rate) * x.new_empty(x.shape[0], 1).bernoulli_(1 - rate)
        return x * torch.empty(x.shape[0], dtype=x.dtype).bernoulli_(1 - rate).div_(1 - rate).unsqueeze(1)

    return drop


def never(x: Tensor, _: bool) -> Tensor:
    return x


FORWARD: Final = "forward of Sequential: leaves out"
RANDOM: Final = "at random in training"


@pytest.mark.parametrize(
    ("ours", "theirs", "found"),
    [
        pytest.param(net(path(0.1), path(0.2)), net(path(0.1), path(0.2)), [], id="the same"),
        pytest.param(net(path(0.1), path(0.2)), net(path(0.1, True), path(0.2, True)), [], id="in another form"),
        pytest.param(net(path(0.1)), net(path(0.1 + 1e-9)), [], id="by rounding"),
        pytest.param(net(never), net(path(0.0)), [], id="never"),
        pytest.param(
            net(path(0.1), path(0.2)),
            net(never, never),
            [("training", f"{FORWARD} 0.1 to 0.2 {RANDOM}, not nothing")],
            id="on one side",
        ),
        pytest.param(
            net(path(0.1), path(0.2)),
            net(path(0.1), path(0.3)),
            [("training", f"{FORWARD} 0.2 {RANDOM}, not 0.3")],
            id="another rate",
        ),
        pytest.param(
            net(dropout(0.1), dropout(0.1)),
            net(dropout(0.5), dropout(0.5)),
            [("training", f"{FORWARD} 0.1 {RANDOM}, not 0.5")],
            id="numbers, not branches",
        ),
        pytest.param(
            net(dropout(0.1)),
            net(path(0.1)),
            [("training", f"{FORWARD} 0.1 {RANDOM}, not nothing; leaves out nothing {RANDOM}, not 0.1")],
            id="numbers for branches",
        ),
    ],
)
def test_rates_are_one_finding(ours: nn.Module, theirs: nn.Module, found: list[tuple[str, str]]) -> None:
    outcome = archdiff.compare(ours, theirs, input_shape=(6,))
    assert [(str(each.effect), each.message) for each in outcome.findings] == found


def test_what_else_differs_is_told() -> None:
    outcome = archdiff.compare(net(path(0.1), after=True), net(path(0.2)), input_shape=(6,))
    assert outcome.verdict == "function"
    assert "relu" in " ".join(each.message for each in outcome.findings)


def test_a_rate_of_all_is_none() -> None:
    """What is left out whole gives another forward."""
    assert archdiff.compare(net(dropout(1.0)), net(never), input_shape=(6,)).verdict == "training"
