"""Softmax(dim=None) against a dimension: torch chooses one by how many dimensions come in. Measured each time."""

from __future__ import annotations

import warnings

import pytest
import torch
from torch import nn

from archdiff import api, parse

#: id, layers before the softmax, the other side's dimension, input shapes that fit both, verdict
CASES = [
    ("1-maps", [nn.Conv2d(4, 4, 1)], 1, [(4, 3, 3)], "equivalent"),
    ("2-maps-from-the-end", [nn.Conv2d(4, 4, 1)], -3, [(4, 3, 3)], "equivalent"),
    ("3-maps-and-columns", [nn.Conv2d(4, 4, 1)], 3, [(4, 3, 3)], "function"),
    ("4-steps", [nn.Conv1d(4, 4, 1)], 0, [(4, 5)], "equivalent"),
    ("5-steps-and-channels", [nn.Conv1d(4, 4, 1)], 1, [(4, 5)], "function"),
    ("6-flat", [nn.Flatten(), nn.Linear(12, 4)], -1, [(12,), (3, 4)], "equivalent"),
    ("7-rows-or-more", [nn.Linear(4, 4)], 1, [(4,), (4, 4)], "unknown"),
    ("8-rows-or-more-from-the-end", [nn.Linear(4, 4)], -1, [(4,), (4, 4)], "unknown"),
    ("9-any", [nn.ELU()], 1, [(4,), (4, 4)], "unknown"),
    ("10-any-and-the-batch", [nn.ELU()], 0, [(4,), (4, 4)], "unknown"),
    ("11-never", [nn.ELU()], 2, [(4, 4), (4, 4, 4)], "function"),
    ("12-never-from-the-end", [nn.ELU()], -2, [(4,), (4, 4), (4, 4, 4)], "function"),
]


@pytest.mark.parametrize(
    ("before", "dim", "shapes", "verdict"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
@pytest.mark.parametrize("kind", [nn.Softmax, nn.LogSoftmax, nn.Softmin])
def test_a_dimension_that_torch_chooses(
    before: list[nn.Module],
    dim: int,
    shapes: list[tuple[int, ...]],
    verdict: str,
    kind: type[nn.Module],
) -> None:
    chosen, named = (nn.Sequential(*before, kind(dim=each)).double() for each in (None, dim))
    equal = [_equal(chosen, named, shape) for shape in shapes]
    assert {"equivalent": all(equal), "function": not any(equal), "unknown": len({*equal}) == 2}[verdict]
    sides = [parse.parse(f"{each}\n")[0] for each in (chosen, named)]
    for ours, theirs in (sides, sides[::-1]):
        outcome = api.compare_networks(ours, theirs)
        assert outcome.verdict == verdict
        assert [each.setting for each in outcome.findings] == ["dim"]


def _equal(first: nn.Module, second: nn.Module, shape: tuple[int, ...]) -> bool:
    x = torch.randn(2, *shape, dtype=torch.float64)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        return torch.allclose(first(x), second(x))
