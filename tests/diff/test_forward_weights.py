"""Which weight is which where names differ: by the module that holds it and its size, never by the order of its use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

import archdiff

Forward = Callable[[Any, Tensor], Tensor]


def held(forward: Forward, **sizes: int) -> nn.Module:
    """A module with bare parameters, in one whose forward runs it."""

    class Scales(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            for name, size in sizes.items():
                self.register_parameter(name, nn.Parameter(torch.ones(size)))

        def forward(self, x: Tensor) -> Tensor:
            return forward(self, x)

    return nn.Sequential(nn.Linear(6, 6), Scales())


def attention(is_fused: bool, heads: int = 2, swapped: bool = False) -> nn.Module:
    """Queries, keys and values in one matrix: of torch, or in code."""

    class Attention(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.qkv, self.out = nn.Linear(8, 24), nn.Linear(8, 8)

        def forward(self, x: Tensor) -> Any:
            parts = self.qkv(x).unflatten(-1, (3, heads, -1)).permute(2, 0, 3, 1, 4).unbind(0)
            query, key, value = (parts[1], parts[0], parts[2]) if swapped else parts
            made = functional.scaled_dot_product_attention(query, key, value)
            return self.out(made.transpose(1, 2).flatten(2))

    class MultiheadAttention(nn.MultiheadAttention):
        def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]
            made: Tensor = super().forward(x, x, x, need_weights=False)[0]
            return made

    return nn.Sequential(Attention() if is_fused else MultiheadAttention(8, heads, batch_first=True), nn.Linear(8, 8))


@pytest.mark.parametrize(
    ("ours", "theirs", "shape", "verdict"),
    [
        pytest.param(attention(True), attention(True), (5, 8), "identical", id="one form"),
        pytest.param(attention(False), attention(True), (5, 8), "equivalent", id="two forms of one attention"),
        pytest.param(attention(False), attention(True, heads=4), (5, 8), "unknown", id="other heads"),
        pytest.param(attention(False), attention(True, swapped=True), (5, 8), "function", id="queries for keys"),
        pytest.param(
            held(lambda self, x: x * self.scale, scale=6),
            held(lambda self, x: x * self.gamma, gamma=6),
            (6,),
            "cosmetic",
            id="another name",
        ),
        pytest.param(
            held(lambda self, x: x * self.a - self.b, a=6, b=6),
            held(lambda self, x: x * self.b - self.a, a=6, b=6),
            (6,),
            "function",
            id="two that trade roles",
        ),
        pytest.param(
            held(lambda self, x: x * self.a, a=6, b=6),
            held(lambda self, x: x * self.b, a=6, b=6),
            (6,),
            "function",
            id="the other one of two",
        ),
    ],
)
def test_a_weight_is_known_by_its_module(ours: nn.Module, theirs: nn.Module, shape: Any, verdict: str) -> None:
    assert archdiff.compare(ours, theirs, input_shape=shape).verdict == verdict
    assert archdiff.compare(theirs, ours, input_shape=shape).verdict == verdict
