"""Deep networks: nodes, and what they take, grow with the network and no faster."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from archdiff.semantics.operations import Graph
from graph_values import Runs, traced


def _residual(x: Tensor, depth: int) -> list[Tensor]:
    for _ in range(depth):
        x = x + functional.linear(x.relu(), x[0, :, :8])
    return [x.mean(1), x[:, 0], x.transpose(1, 2)]


def _attention(x: Tensor, depth: int) -> list[Tensor]:
    for _ in range(depth):
        y = functional.layer_norm(x, (8,)).view(2, 8, 2, 4).transpose(1, 2)
        x = x + functional.scaled_dot_product_attention(y, y, y).transpose(1, 2).flatten(2)
    return [x.flatten(1)]


def _gates(x: Tensor, depth: int) -> list[Tensor]:
    """Each takes what it is given twice: followed without a memory, 2 ** depth steps."""
    for _ in range(depth):
        x = functional.silu(x) * x
    return [torch.cat(x.chunk(2, -1), -1), torch.cat(x.chunk(2, -1)[::-1], -1), x.transpose(1, 2)[:, 0]]


def _scaled(x: Tensor, depth: int) -> list[Tensor]:
    """Each sum flows into the next by another factor, as far as sums stay short."""
    for _ in range(depth):
        x = x * 0.9 + x.sigmoid()
    return [x.flatten()]


def _dense(x: Tensor, depth: int) -> list[Tensor]:
    """All that was made before is put together again in each step."""
    for _ in range(depth):
        x = torch.cat([x, x[..., :8].tanh() * x[..., -8:]], -1)
    return [x.sigmoid()]


@pytest.mark.parametrize("forward", [_residual, _attention, _gates, _scaled, _dense])
def test_nodes_grow_with_the_network(forward: Callable[[Tensor, int], list[Tensor]]) -> None:
    sizes = [_size(Runs(lambda x, depth=depth: forward(x, depth))) for depth in (100, 200, 300)]
    first, second = sizes[1] - sizes[0], sizes[2] - sizes[1]
    assert 0 < second <= 1.2 * first


def _size(module: nn.Module) -> int:
    graph = Graph()
    traced(module, [torch.ones(2, 8, 8, dtype=torch.float64)], graph)
    return sum(1 + len(node.operands) for node in graph.nodes)
