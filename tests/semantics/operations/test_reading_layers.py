"""Layers that count as one operation: what comes into them, in which role, decides whether two calls are one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pytest
import torch
from torch import Tensor, nn

from archdiff.semantics.operations import LAYER, Graph
from graph_values import traced

Attend: TypeAlias = "Callable[[nn.MultiheadAttention, Tensor, Tensor], Tensor]"


class Attention(nn.Module):
    def __init__(self, attend: Attend) -> None:
        super().__init__()
        self.attn = nn.MultiheadAttention(8, 2, batch_first=True)
        self.attend = attend

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return self.attend(self.attn, x, y)


def _masked(attn: nn.MultiheadAttention, x: Tensor, diagonal: int) -> Tensor:
    return attn(x, x, x, attn_mask=torch.full((4, 4), -torch.inf, dtype=torch.float64).triu(diagonal))[0]


@pytest.mark.parametrize(
    ("a", "b", "is_one"),
    [
        pytest.param(lambda f, x, y: f(x, y, y)[0], lambda f, x, y: f(x, key=y, value=y)[0], True, id="by name"),
        pytest.param(lambda f, x, y: f(x, y, y)[0], lambda f, x, y: f(x, x, y)[0], False, id="keys"),
        pytest.param(lambda f, x, y: f(x, y, y)[0], lambda f, x, y: f(y, x, x)[0], False, id="queries"),
        pytest.param(lambda f, x, _: f(x, x, x)[0], lambda f, _, y: f(y, y, y)[0], False, id="input"),
        pytest.param(lambda f, x, _: _masked(f, x, 1), lambda f, x, _: _masked(f, x, 1), True, id="mask"),
        pytest.param(lambda f, x, _: _masked(f, x, 1), lambda f, x, _: _masked(f, x, 2), False, id="another mask"),
    ],
)
def test_attention(a: Attend, b: Attend, is_one: bool) -> None:
    graph = Graph()
    given = [torch.zeros(2, 4, 8, dtype=torch.float64) for _ in range(2)]
    found = [
        traced(Attention(each), given, graph, closed=lambda path: path == "attn").normal.outputs for each in (a, b)
    ]
    assert [graph.nodes[each[0]].op for each in found] == [LAYER, LAYER]
    assert (found[0] == found[1]) is is_one
