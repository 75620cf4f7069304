"""In-place layers that stop training, in one of two networks: what is said, and what torch does."""

from __future__ import annotations

from math import inf

import pytest
import torch
from torch import nn

from archdiff import api, parse

OVERWRITES = nn.ReLU(inplace=True)

#: id, candidate, reference, whether the candidate alone cannot be trained
CASES = [
    ("behind-a-convolution", [nn.Conv2d(4, 4, 1), OVERWRITES], [nn.Conv2d(4, 4, 1), nn.ReLU()], False),
    ("moved-behind-a-norm", [nn.BatchNorm2d(4), OVERWRITES, nn.Upsample(scale_factor=2)],
     [nn.BatchNorm2d(4), nn.Upsample(scale_factor=2), OVERWRITES], False),
    ("both", [nn.Sigmoid(), OVERWRITES], [nn.Tanh(), OVERWRITES], False),
    ("behind-a-slope-of-nothing", [nn.LeakyReLU(0.0), OVERWRITES], [nn.LeakyReLU(0.0)], False),
    ("behind-a-threshold", [nn.Threshold(0.0, 0.0), OVERWRITES], [nn.Threshold(0.0, 0.0)], False),
    ("behind-bounds", [nn.Hardtanh(0.0, inf), OVERWRITES], [nn.Hardtanh(0.0, inf)], False),
    ("behind-a-slope-in-place", [nn.LeakyReLU(0.0, inplace=True), OVERWRITES], [nn.LeakyReLU(0.0, inplace=True)], True),
    ("moved-from-a-slope-of-nothing", [nn.Softmax(1), nn.SELU(inplace=True), nn.LeakyReLU(0.0)],
     [nn.Softmax(1), nn.LeakyReLU(0.0), nn.SELU(inplace=True)], True),
    ("behind-a-sigmoid", [nn.Sigmoid(), OVERWRITES], [nn.Sigmoid()], True),
    ("twice", [nn.ReLU(), OVERWRITES], [nn.ReLU()], True),
    ("through-a-flatten", [nn.Sigmoid(), nn.Flatten(), OVERWRITES], [nn.Sigmoid(), nn.Flatten()], True),
    ("through-a-dropout-of-nothing", [nn.Tanh(), nn.Dropout(0.0), OVERWRITES], [nn.Tanh(), nn.Dropout(0.0), nn.ReLU()],
     True),
    ("moved-behind-a-softmax", [nn.Softmax(1), OVERWRITES, nn.Flatten()], [nn.Softmax(1), nn.MaxPool2d(1), OVERWRITES],
     True),
    ("below-zero", [nn.Tanhshrink(), nn.LeakyReLU(-0.5, inplace=True)], [nn.Tanhshrink(), nn.LeakyReLU(-0.5)], True),
]  # fmt: skip


def trains(layers: list[nn.Module]) -> bool:
    x = torch.randn(3, 4, 6, 6, dtype=torch.float64, requires_grad=True)
    try:
        nn.Sequential(*layers).double().train()(x * 1).sum().backward()
    except RuntimeError:
        return False
    return True


@pytest.mark.parametrize(("ours", "theirs", "stops"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
@pytest.mark.parametrize("mirrored", [False, True])
def test_only_one_can_be_trained(ours: list[nn.Module], theirs: list[nn.Module], stops: bool, mirrored: bool) -> None:
    assert (not trains(ours) and trains(theirs)) is stops
    a, b = (parse.parse(str(nn.Sequential(*each)))[0] for each in (ours, theirs))
    sides = (a, b)
    findings = api.compare_networks(*(sides[::-1] if mirrored else sides), (4, 6, 6)).findings
    told = [each for each in findings if each.setting == "inplace" and each.effect.word == "training"]
    assert len(told) == stops
