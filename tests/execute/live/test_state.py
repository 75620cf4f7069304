"""Tensors, masks and hooks of one live module, as facts."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn.utils import prune, weight_norm

from archdiff.execute.live import state
from archdiff.execute.live.attributes import function_name
from archdiff.model.facts import HeldTensor
from archdiff.model.network import Value
from execute.attribute_networks import doubled


class Holding(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(2, 3, dtype=torch.float16), requires_grad=False)
        self.register_parameter("none", None)
        self.register_buffer("mean", torch.zeros(3))
        self.register_buffer("table", torch.arange(4), persistent=False)
        self.register_buffer("cache", torch.zeros(5000), persistent=False)


def test_tensors_of_a_module() -> None:
    assert [*state.tensors(Holding(), ("mean",))] == [
        HeldTensor("weight", "parameter", "float16", False, (2, 3), True),
        HeldTensor("mean", "buffer", "float32", False, (3,), False),
        HeldTensor("table", "constant", "int64", False, (4,), True, "63dbe322"),
        HeldTensor("cache", "constant", "float32", False, (5000,), True),
    ]


@pytest.mark.parametrize("module", [nn.ReLU(), nn.LazyLinear(4)], ids=["none", "not-there-yet"])
def test_a_module_without_tensors(module: nn.Module) -> None:
    assert [*state.tensors(module, ())] == []


@pytest.mark.filterwarnings("ignore:.*weight_norm:FutureWarning")
def test_what_a_hook_makes_a_weight_of_is_not_bare() -> None:
    layer = weight_norm(nn.Linear(3, 2))
    assert [(each.name, each.bare) for each in state.tensors(layer, ("weight", "bias"))] == [
        ("bias", False), ("weight_g", False), ("weight_v", False)]  # fmt: skip


@pytest.mark.parametrize("amount", [0.0, 0.25, 0.5, 1.0])
def test_the_density_of_a_mask(amount: float) -> None:
    layer = prune.l1_unstructured(nn.Linear(8, 8), "weight", amount=amount)
    assert state.weight_density(layer) == 1 - amount
    assert [*state.hooks(layer)] == []


@pytest.mark.parametrize(
    "module",
    [nn.Linear(8, 8), prune.l1_unstructured(nn.Linear(8, 8), "weight", amount=0.5).to("meta")],
    ids=["no-mask", "no-numbers"],
)
def test_no_density(module: nn.Module) -> None:
    assert state.weight_density(module) is None


def test_hooks_by_when_they_are_called() -> None:
    layer = nn.ReLU()
    layer.register_forward_pre_hook(print)
    layer.register_forward_hook(doubled)
    layer.register_full_backward_pre_hook(print)
    layer.register_full_backward_hook(print)
    assert [*state.hooks(layer)] == [
        ("forward_pre", "builtins.print"),
        ("forward", function_name(doubled)),
        ("backward_pre", "builtins.print"),
        ("backward", "builtins.print"),
    ]


def with_frequencies(*frequencies: float) -> nn.Module:
    made = nn.Module()
    made.register_buffer("inv_freq", torch.tensor(frequencies), persistent=False)
    return made


@pytest.mark.parametrize(
    ("module", "base"),
    [
        (nn.ReLU(), None),
        (with_frequencies(1.0), None),
        (with_frequencies(1.0, 0.1, 0.02, 0.001), None),
        (with_frequencies(1.0, 0.1, 0.01, 0.001).to("meta"), None),
        (with_frequencies(1.0, 0.1, 0.01, 0.001), 10_000.0),
        (with_frequencies(*(5e5 ** (-place / 8) for place in range(8))), 500_000.0),
    ],
    ids=["none", "one", "scaled", "no-numbers", "of-ten-thousand", "of-half-a-million"],
)
def test_the_base_of_a_rotary_embedding(module: nn.Module, base: Value) -> None:
    assert state.rope_base(module) == base
