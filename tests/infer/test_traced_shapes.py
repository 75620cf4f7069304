"""Shapes, order and cost of a live module as it ran, in place of those of its print."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from archdiff import api, infer, sources
from archdiff.infer import Sized
from archdiff.infer.cost import total
from archdiff.infer.traced_shapes import as_traced
from archdiff.semantics import rules


class Backwards(nn.Module):
    """Declares last what runs first, and pools in between."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(8, 10)
        self.spare = nn.Linear(8, 8)
        self.conv = nn.Conv2d(3, 8, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.fc(torch.flatten(functional.max_pool2d(self.conv(x), 4), 1))
        return y


def sized(module: nn.Module, shape: tuple[int, ...]) -> Sized:
    [network] = sources.traced([api.read(module)], [[module]], shape)
    return infer.infer((rules.normalize(network),))[0]


@pytest.mark.parametrize(
    ("in_order", "expected"),
    [
        pytest.param(
            False,
            [("fc", (8,), (10,)), ("spare", None, None), ("conv", (3, 4, 4), (8, 4, 4))],
            id="as it is printed",
        ),
        pytest.param(
            True,
            [("conv", (3, 4, 4), (8, 4, 4)), ("fc", (8,), (10,)), ("spare", None, None)],
            id="as it ran, what never ran behind",
        ),
    ],
)
def test_shapes_are_those_of_the_forward(
    in_order: bool, expected: list[tuple[str, tuple[int, ...] | None, tuple[int, ...] | None]]
) -> None:
    ran = as_traced(sized(Backwards(), (3, 4, 4)), in_order)
    assert [(leaf.path, leaf.input_shape, leaf.output_shape) for leaf in ran.leaves] == expected
    assert (ran.input_shape, ran.input_shape_from) == ((3, 4, 4), "traced")


def test_multiplications_are_counted_where_they_ran() -> None:
    ran = as_traced(sized(nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.Flatten(), nn.Linear(128, 10)), (3, 4, 4)))
    assert total(ran).macs == 3 * 9 * 8 * 16 + 128 * 10


def test_a_print_is_left_alone() -> None:
    printed = infer.infer((rules.normalize(api.read("Sequential(\n  (0): Linear(3, 4)\n)\n")),))[0]
    assert as_traced(printed) is printed
