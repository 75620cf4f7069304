"""A print beside a traced forward: one fact that is not printed where that does more than run its layers in order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

import archdiff
from archdiff.model.finding import Finding

NOT_PRINTED = "what the forward of the {} does beside its layers is not printed; that of the {} calls {}"
OTHERWISE = (
    "how the forward of the {} runs its layers is not printed; that of the {} does not run them as it prints them"
)

Forward = Callable[[Any, Tensor], Any]


def net(forward: Forward) -> nn.Module:
    """Two maps of rows, and what a forward does with them."""

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc1 = nn.Linear(8, 8)
            self.drop = nn.Dropout(0.1)
            self.fc2 = nn.Linear(8, 8)

        def forward(self, x: Tensor) -> Any:
            return forward(self, x)

    return Net()


def facts(ours: object, theirs: object) -> list[Finding]:
    found = archdiff.compare(ours, theirs, input_shape=(8,)).findings  # type: ignore[arg-type]
    return [each for each in found if each.setting == "forward"]


@pytest.mark.parametrize(
    "forward",
    [
        pytest.param(lambda self, x: self.fc2(self.drop(self.fc1(x))), id="its layers"),
        pytest.param(lambda self, x: self.fc2(self.drop(self.fc1(x).view(-1, 2, 4).flatten(1))), id="a flatten"),
    ],
)
def test_nothing_beside_its_layers(forward: Forward) -> None:
    module = net(forward)
    assert facts(module, str(module)) == facts(str(module), module) == []


@pytest.mark.parametrize(
    ("forward", "message"),
    [
        pytest.param(
            lambda self, x: x + self.fc2(self.drop(self.fc1(x))), NOT_PRINTED.format("{}", "{}", "add"), id="a shortcut"
        ),
        pytest.param(
            lambda self, x: self.fc2(self.drop(self.fc1(x).relu()).relu()).tanh(),
            NOT_PRINTED.format("{}", "{}", "relu (2 times), tanh"),
            id="functions, the most frequent first",
        ),
        pytest.param(
            lambda self, x: functional.dropout(self.fc2(self.drop(self.fc1(x))), 0.1, self.training),
            NOT_PRINTED.format("{}", "{}", "dropout"),
            id="in training alone",
        ),
        pytest.param(
            lambda self, x: self.fc2(self.drop(self.fc1(x).T.T)),
            NOT_PRINTED.format("{}", "{}", "permute (2 times)"),
            id="another order of numbers",
        ),
        pytest.param(lambda self, x: self.fc1(self.drop(self.fc2(x))), OTHERWISE, id="another order of layers"),
        pytest.param(lambda self, x: self.fc2(self.fc1(x)), OTHERWISE, id="a layer that never runs"),
        pytest.param(lambda self, x: self.fc2(self.drop(self.fc1(self.fc1(x)))), OTHERWISE, id="one that runs twice"),
        pytest.param(lambda self, x: (self.fc1(x), self.fc2(self.drop(x))), OTHERWISE, id="layers beside each other"),
    ],
)
def test_one_fact(forward: Forward, message: str) -> None:
    module = net(forward)
    for pair, sides in (((module, str(module)), ("reference", "candidate")), ((str(module), module), SIDES)):
        (fact,) = facts(*pair)
        assert (fact.rule, fact.effect.word, fact.message) == ("AD701", "unknown", message.format(*sides))
        assert not fact.is_difference


SIDES = ("candidate", "reference")


def test_both_are_known() -> None:
    module = net(lambda self, x: x + torch.tanh(self.fc2(self.drop(self.fc1(x)))))
    assert facts(module, module) == []
    text = archdiff.snapshot(module, input_shape=(8,))
    assert facts(module, text) == facts(text, text) == []


def test_neither_is_known() -> None:
    text = str(net(lambda self, x: x + self.fc1(x)))
    assert facts(text, text) == []


def test_the_headline_says_so() -> None:
    module = net(lambda self, x: x + self.fc2(self.drop(self.fc1(x))))
    outcome = archdiff.compare(str(module), archdiff.snapshot(module, input_shape=(8,)))
    assert (outcome.verdict, outcome.not_printed) == ("identical", 1)
