"""How many parameters a print tells of, and whether that is all of them."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from archdiff import api, infer, parse
from archdiff.infer.cost import total
from archdiff.nn import SparseWeights
from archdiff.semantics import rules

LINEAR = "(fc): Linear(in_features=3, out_features=4, bias=True)"
NUMBERS = "ParameterList(\n  (0): Parameter containing: [torch.float32 of size 3x2]\n)"
TABLE = """\
----------------------------------------------------------------
        Layer (type)               Output Shape         Param #
================================================================
            Linear-1                    [-1, 4]              16
           Somebody-2                   [-1, 4]               5
================================================================
Total params: 21
Trainable params: 21
Non-trainable params: 0
----------------------------------------------------------------
"""


@pytest.mark.parametrize(
    ("text", "parameters", "at_least"),
    [
        pytest.param(f"Sequential(\n  {LINEAR}\n)", 16, None, id="torch's own classes hold nothing else"),
        pytest.param(f"DataParallel(\n  (module): Sequential(\n    {LINEAR}\n  )\n)", 16, None, id="nor do wrappers"),
        pytest.param(f"ModuleList(\n  {LINEAR}\n)", 16, None, id="nor do lists"),
        pytest.param(
            "BatchNormAct2d(\n  4, eps=1e-05, momentum=0.1, affine=True\n  (drop): Identity()\n  (act): ReLU()\n)",
            8,
            None,
            id="nor does a known class of another library",
        ),
        pytest.param(
            "ParameterList(\n  (0): Parameter containing: [torch.float32 of size 3x2]\n)", 6, None, id="printed"
        ),
        pytest.param(TABLE, 21, None, id="a summary table counts what a class holds"),
        pytest.param(f"Net(\n  {LINEAR}\n)", 16, 16, id="a root of somebody"),
        pytest.param(f"Sequential(\n  (0): Block(\n    {LINEAR}\n  )\n)", 16, 16, id="a block of somebody"),
        pytest.param(f"ModuleList(\n  (0-2): 3 x Block(\n    {LINEAR}\n  )\n)", 48, 48, id="a block that is repeated"),
        pytest.param(f"Sequential(\n  {LINEAR}\n  (rope): Rope()\n)", None, 16, id="a leaf of somebody"),
        pytest.param(f"Sequential(\n  {LINEAR}\n  (ls): LayerScale()\n)", None, 16, id="a known one of unknown size"),
        pytest.param("Rope()", None, 0, id="nothing is known"),
    ],
)
def test_parameters_and_whether_there_may_be_more(text: str, parameters: int | None, at_least: int | None) -> None:
    [sized] = infer.infer(rules.normalized(parse.parse(text)))
    cost = total(sized)
    assert (cost.parameters, cost.at_least) == (parameters, at_least)


def test_blocks_that_stand_on_both_sides_are_counted_in_each() -> None:
    text = f"Net(\n  (a): Sequential(\n    {LINEAR}\n  )\n  (b): Sequential(\n    {LINEAR}\n  )\n)"
    both = infer.infer(rules.normalized(network for _ in range(2) for network in parse.parse(text)))
    assert [total(sized).at_least for sized in both] == [32, 32]


class Somebody(nn.Module):
    """Holds a weight of its own, one that two layers share, one that is not trained, and a buffer."""

    def __init__(self, first: nn.Module) -> None:
        super().__init__()
        self.first, self.table, self.head = first, nn.Embedding(5, 3), nn.Linear(3, 5, bias=False)
        self.head.weight = self.table.weight
        self.token = nn.Parameter(torch.zeros(7))
        self.scale = nn.Parameter(torch.ones(2), requires_grad=False)
        self.register_buffer("seen", torch.zeros(100))


@pytest.mark.parametrize(
    ("first", "nonzero"),
    [
        pytest.param(nn.Linear(3, 3), 12 + 15 + 7 + 2, id="dense"),
        pytest.param(SparseWeights(nn.Linear(4, 2), sparsity=0.5), None, id="sparse, with more than its layers"),
    ],
)  # fmt: skip
def test_a_live_module_tells_all_of_its_parameters(first: nn.Module, nonzero: int | None) -> None:
    model = Somebody(first)
    found = api.compare(model, model).reference
    held = sum(parameter.numel() for parameter in model.parameters())
    assert (found.parameters, found.parameters_at_least, found.nonzero_parameters) == (held, None, nonzero)


def test_its_print_tells_those_of_its_layers() -> None:
    text = str(Somebody(nn.Linear(3, 3)))
    found = api.compare(text, text).reference
    assert (found.parameters, found.parameters_at_least) == (12 + 15 + 15, 12 + 15)
