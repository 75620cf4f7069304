"""A layer more than the other network has, right behind its equal: held against running both."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from archdiff import api, parse

PAIRS = [  # id, layers of the one, layers of the other, effects of what one side lacks
    ("relu-twice", [nn.ReLU(), nn.ReLU()], [nn.ReLU()], ["equivalent"]),
    ("relu-three-times", [nn.ReLU(), nn.ReLU(inplace=True), nn.ReLU()], [nn.ReLU()], ["equivalent", "equivalent"]),
    ("relu6-twice", [nn.ReLU6(), nn.ReLU6()], [nn.ReLU6()], ["equivalent"]),
    ("hardtanh-twice", [nn.Hardtanh(-2, 1), nn.Hardtanh(-2, 1)], [nn.Hardtanh(-2, 1)], ["equivalent"]),
    ("log-softmax-twice", [nn.LogSoftmax(1), nn.LogSoftmax(1)], [nn.LogSoftmax(1)], ["equivalent"]),
    ("flatten-twice", [nn.Flatten(), nn.Flatten()], [nn.Flatten()], ["equivalent"]),
    ("both-are-missing", [nn.ReLU(), nn.ReLU()], [], ["function", "function"]),
    ("another-dim", [nn.LogSoftmax(1), nn.LogSoftmax(2)], [nn.LogSoftmax(1)], ["function"]),
    ("another-range", [nn.Hardtanh(-1, 1), nn.Hardtanh(0, 1)], [nn.Hardtanh(-1, 1)], ["function"]),
    ("twice-is-more-than-once", [nn.Tanh(), nn.Tanh()], [nn.Tanh()], ["function"]),
    ("something-between", [nn.ReLU(), nn.Tanh(), nn.ReLU()], [nn.ReLU(), nn.Tanh()], ["equivalent"]),
    (
        "something-other-between",
        [nn.ReLU(), nn.BatchNorm2d(6), nn.ReLU()],
        [nn.ReLU(), nn.BatchNorm2d(6)],
        ["function"],
    ),
]


@pytest.mark.parametrize(
    ("longer", "shorter", "effects"), [each[1:] for each in PAIRS], ids=[each[0] for each in PAIRS]
)
@pytest.mark.parametrize("mirrored", [False, True])
def test_effect(longer: list[nn.Module], shorter: list[nn.Module], effects: list[str], mirrored: bool) -> None:
    ours, theirs = (parse.parse(str(nn.Sequential(nn.Conv2d(3, 6, 3), *each)))[0] for each in (longer, shorter))
    sides = (ours, theirs)
    findings = api.compare_networks(*(sides[::-1] if mirrored else sides), input_shape=(3, 8, 8)).findings
    lacking = [each for each in findings if each.rule in ("AD103", "AD104")]
    assert [each.effect.word for each in lacking for _ in range(each.count)] == effects


@pytest.mark.parametrize(
    ("longer", "shorter", "effects"), [each[1:] for each in PAIRS], ids=[each[0] for each in PAIRS]
)
def test_running_both(longer: list[nn.Module], shorter: list[nn.Module], effects: list[str]) -> None:
    x = torch.randn(4, 6, 5, 5, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        a, b = (nn.Sequential(*each)(x.clone()) for each in (longer, shorter))
    assert (a.shape == b.shape and torch.allclose(a, b, atol=1e-6)) is ("function" not in effects)


IN_BLOCK = "Net(\n  (block): Block(\n    (fc): Linear(4, 4, bias=True)\n{}  )\n  (act): Tanh()\n)"
AT_ROOT = "Net(\n  (fc): Linear(4, 4, bias=True)\n{})"


@pytest.mark.parametrize(
    ("text", "activation", "effect"),
    [
        (AT_ROOT, "ReLU", "equivalent"),  # its shapes agree with the printed order
        (AT_ROOT, "ReLU6", "equivalent"),
        (AT_ROOT, "Hardtanh", "equivalent"),
        (AT_ROOT, "Hardsigmoid", "function"),
        (AT_ROOT, "Tanh", "function"),
        (IN_BLOCK, "ReLU", "unknown"),
        (IN_BLOCK, "Tanh", "unknown"),
    ],
)
def test_a_forward_that_is_not_printed_may_call_one_twice(text: str, activation: str, effect: str) -> None:
    texts = (text.format("".join(f"({name}): {activation}()\n" for name in names)) for names in ("ab", "a"))
    a, b = (parse.parse(each)[0] for each in texts)
    for sides in ((a, b), (b, a)):
        assert [each.effect.word for each in api.compare_networks(*sides).findings] == [effect]
