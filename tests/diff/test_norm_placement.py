"""Norms before what a connection goes round, or behind its sum: one decision, with what follows from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import archdiff
from archdiff import Finding

Forward = Callable[[Any, Tensor], Any]


class Norm(nn.Module):
    """A norm of somebody, over an unbiased deviation."""

    def __init__(self) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(8))

    def forward(self, x: Tensor) -> Tensor:
        return self.gain * x / (x.std(-1, keepdim=True) + 1e-6)


class OtherNorm(Norm):
    """Over the biased one."""

    def forward(self, x: Tensor) -> Tensor:
        return self.gain * x / (x.std(-1, keepdim=True, unbiased=False) + 1e-6)


Norm.__name__ = OtherNorm.__name__ = "LayerNorm"


def block(run: Forward, norm: Callable[[], nn.Module]) -> nn.Module:
    """Two branches, each with a norm; one class name for all."""

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm1, self.norm2 = norm(), norm()
            self.mix = nn.Linear(8, 8)
            self.fc1, self.act, self.fc2 = nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 8)
            self.drop = nn.Dropout(0.1)

        def forward(self, x: Tensor) -> Any:
            return run(self, x)

    return Block()


class Net(nn.Module):
    """Three blocks between two layers, with a norm behind them if so wished."""

    def __init__(self, run: Forward, last: bool = False, norm: Callable[[], nn.Module] = lambda: nn.LayerNorm(8)):
        super().__init__()
        self.first = nn.Linear(4, 8)
        self.blocks = nn.Sequential(*[block(run, norm) for _ in range(3)])
        self.norm = norm() if last else None
        self.head = nn.Linear(8, 2)

    def forward(self, x: Tensor) -> Any:
        x = self.blocks(self.first(x))
        return self.head(self.norm(x) if self.norm is not None else x)


def _pre(self: Any, x: Tensor) -> Any:
    x = x + self.drop(self.mix(self.norm1(x)))
    return x + self.drop(self.fc2(self.act(self.fc1(self.norm2(x)))))


def _pre_spelled(self: Any, x: Tensor) -> Any:
    around = x
    x = self.drop(self.mix(self.norm1(x))) + around
    return torch.add(self.drop(self.fc2(self.act(self.fc1(self.norm2(x))))), x)


def _post(self: Any, x: Tensor) -> Any:
    x = self.norm1(x + self.drop(self.mix(x)))
    return self.norm2(x + self.drop(self.fc2(self.act(self.fc1(x)))))


def _no_sums(self: Any, x: Tensor) -> Any:
    x = self.norm1(self.drop(self.mix(x)))
    return self.norm2(self.drop(self.fc2(self.act(self.fc1(x)))))


def _no_activation(self: Any, x: Tensor) -> Any:
    x = x + self.drop(self.mix(self.norm1(x)))
    return x + self.drop(self.fc2(self.fc1(self.norm2(x))))


def _no_second_sum(self: Any, x: Tensor) -> Any:
    x = x + self.drop(self.mix(self.norm1(x)))
    return self.drop(self.fc2(self.act(self.fc1(self.norm2(x)))))


def _third_branch(self: Any, x: Tensor) -> Any:
    return _pre(self, x) + self.mix(x)


def _of_both(self: Any, x: Tensor) -> Any:
    x = self.norm1(x + self.drop(self.mix(x)))
    return x + self.drop(self.fc2(self.act(self.fc1(self.norm2(x)))))


class Torch(nn.Module):
    """Layers of torch around one of somebody."""

    def __init__(self, first: bool) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, norm_first=first)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)

    def forward(self, x: Tensor) -> Any:
        return self.encoder(x)


def told(candidate: nn.Module, reference: nn.Module) -> list[str]:
    """All of effect function, with what follows from each."""
    wide = isinstance(candidate, Torch)
    found = archdiff.compare(candidate, reference, input_shape=(3, 8) if wide else (3, 4)).findings
    return [line for each in found if each.effect.word == "function" for line in _lines(each)]


def _lines(finding: Finding, before: str = "") -> list[str]:
    own = f"{before}{finding.rule} {finding.message} ({finding.count})"
    return [own, *(line for each in finding.consequences for line in _lines(each, "-> "))]


@pytest.mark.parametrize(
    ("candidate", "reference"),
    [
        pytest.param(Net(_pre), Net(_pre), id="pre in both"),
        pytest.param(Net(_post, last=True), Net(_post, last=True), id="post in both"),
        pytest.param(Net(_pre), Net(_pre_spelled), id="in other words"),
        pytest.param(Net(_pre, norm=Norm), Net(_pre_spelled, norm=Norm), id="of a class of somebody"),
        pytest.param(Torch(first=True), Torch(first=True), id="layers of torch"),
    ],
)
def test_norms_that_stand_alike(candidate: nn.Module, reference: nn.Module) -> None:
    assert told(candidate, reference) == []


@pytest.mark.parametrize(
    ("candidate", "reference", "expected"),
    [
        pytest.param(Net(_pre), Net(_post), ["AD110 norm placement pre, not post (6)"], id="pre"),
        pytest.param(Net(_post), Net(_pre), ["AD110 norm placement post, not pre (6)"], id="post"),
        pytest.param(
            Net(_pre, norm=Norm), Net(_post, norm=Norm), ["AD110 norm placement pre, not post (6)"],
            id="norms of somebody",
        ),
        pytest.param(
            Net(_pre, last=True), Net(_post, last=True), ["AD110 norm placement pre, not post (6)"],
            id="a last norm in both is no part of it",
        ),
        pytest.param(
            Torch(first=True), Torch(first=False),
            ["AD301 norm_first True, not False (pre-norm or post-norm) (live attribute) (2)"],
            id="a setting says it",
        ),
    ],
)  # fmt: skip
def test_norms_that_stand_elsewhere(candidate: nn.Module, reference: nn.Module, expected: list[str]) -> None:
    assert [each for each in told(candidate, reference) if not each.startswith("->")] == expected


def test_what_follows_stands_below_it() -> None:
    assert told(Net(_pre), Net(_post)) == [
        "AD110 norm placement pre, not post (6)",
        "-> AD110 forward of Block: norm1 takes what comes in, not what comes in + mix and 4 more (3)",
    ]


@pytest.mark.parametrize(
    ("other", "beside"),
    [
        pytest.param(_no_activation, "act is missing", id="an activation"),
        pytest.param(_third_branch, "what comes in + mix + fc2 + mix, not what comes in + mix + fc2", id="a sum"),
        pytest.param(_no_second_sum, "what comes in + mix + fc2 is missing", id="a connection"),
    ],
)
def test_what_differs_beside_it_is_told_of_itself(other: Forward, beside: str) -> None:
    lines = told(Net(other), Net(_post))
    assert lines[0].startswith("AD110 norm placement pre, not post")
    assert [line for line in lines if beside in line and not line.startswith("->")] != []


def test_other_norms_are_told_of_themselves() -> None:
    lines = told(Net(_pre, norm=Norm), Net(_post, norm=OtherNorm))
    assert lines[0] == "AD110 norm placement pre, not post (6)"
    assert [line for line in lines if line.startswith("AD110 forward of LayerNorm")] != []


@pytest.mark.parametrize(
    ("candidate", "reference"),
    [
        pytest.param(_no_sums, _pre, id="no connections"),
        pytest.param(_of_both, _post, id="in both places"),
    ],
)
def test_where_norms_stand_in_no_one_place_nothing_is_said_of_it(candidate: Forward, reference: Forward) -> None:
    lines = told(Net(candidate), Net(reference))
    assert lines != []
    assert [line for line in lines if "norm placement" in line] == []
