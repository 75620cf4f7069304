"""Multiply-accumulates against what torch counts: two operations each, one sample."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from archdiff import parse
from archdiff.semantics import kinds, rules
from archdiff.semantics.kinds import Settings
from known import known

META = torch.device("meta")


def view(module: nn.Module) -> Settings:
    return kinds.settings_of(rules.normalize(parse.parse(repr(module))[0]).root)


@pytest.mark.parametrize(
    ("module", "shape"),
    [
        (nn.Conv1d(3, 8, 5, 2, 1, device=META), (3, 17)),
        (nn.Conv2d(1, 64, 5, device=META), (1, 32, 32)),
        (nn.Conv2d(64, 64, 5, bias=False, device=META), (64, 14, 14)),
        (nn.Conv2d(8, 8, 3, padding=1, groups=8, device=META), (8, 9, 9)),
        (nn.Conv2d(6, 4, (3, 1), dilation=2, groups=2, device=META), (6, 9, 9)),
        (nn.Conv3d(2, 4, 3, padding="same", device=META), (2, 5, 6, 7)),
        (nn.ConvTranspose1d(4, 6, 3, 2, device=META), (4, 9)),
        (nn.ConvTranspose2d(4, 6, 3, 2, 1, 1, groups=2, device=META), (4, 7, 7)),
        (nn.ConvTranspose3d(2, 3, 2, device=META), (2, 3, 4, 5)),
        (nn.Linear(1600, 1000, device=META), (1600,)),
        (nn.Linear(16, 10, bias=False, device=META), (7, 16)),
    ],
    ids=str,
)
def test_macs(module: nn.Module, shape: tuple[int, ...]) -> None:
    with FlopCounterMode(display=False) as counter:
        module(torch.empty(1, *shape, device=META))
    settings = view(module)
    assert (
        2 * settings.kind.macs(settings, shape, known(settings.kind.shape)(settings, shape))
        == counter.get_total_flops()
    )


def test_layers_without_weights_cost_nothing() -> None:
    for module in (nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Dropout()):
        settings = view(module)
        assert settings.kind.macs(settings, (1, 4, 4), (1, 4, 4)) == settings.kind.parameters(settings) == 0


@pytest.mark.parametrize(
    "module",
    [nn.Linear(3, 4), nn.Conv2d(4, 6, (2, 3), groups=2), nn.ConvTranspose1d(4, 6, 3, groups=2), nn.Conv3d(1, 2, 2)],
    ids=str,
)
def test_weight_rows_cover_the_weight(module: nn.Module) -> None:
    settings = view(module)
    assert settings.kind.weight_rows is not None
    rows, inputs = settings.kind.weight_rows(settings)
    assert rows * inputs == module.get_parameter("weight").numel()
    assert settings.kind.parameters(settings) == rows * inputs + module.get_parameter("bias").numel()


def test_frozen_weights_are_not_trained() -> None:
    kind = kinds.find("FrozenBatchNorm2d")
    assert kind is not None
    assert kind.parameters(Settings(kind, {"num_features": 8, "frozen": True})) == 0
