"""The keys that a print holds are those of the module: names, sizes and which of them are buffers."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from archdiff import nn as ours
from archdiff import parse
from archdiff.execute.keys import from_module, from_print
from execute.keys.key_networks import Conv1D

LAYERS = [
    nn.Linear(3, 5),
    nn.Linear(3, 5, bias=False),
    nn.Bilinear(3, 4, 5),
    nn.Conv1d(4, 6, 3),
    nn.Conv2d(4, 6, (3, 5), groups=2, bias=False),
    nn.Conv3d(2, 3, 2),
    nn.ConvTranspose1d(4, 6, 3, groups=2),
    nn.ConvTranspose2d(4, 6, 3),
    nn.BatchNorm1d(5),
    nn.BatchNorm2d(5, affine=False),
    nn.BatchNorm3d(5, track_running_stats=False),
    nn.InstanceNorm2d(5),
    nn.InstanceNorm2d(5, affine=True, track_running_stats=True),
    nn.LayerNorm((3, 4)),
    nn.LayerNorm(4, elementwise_affine=False),
    nn.LayerNorm(4, bias=False),
    nn.RMSNorm(4),
    nn.GroupNorm(2, 4),
    nn.GroupNorm(2, 4, affine=False),
    nn.Embedding(7, 3),
    nn.EmbeddingBag(7, 3),
    nn.PReLU(),
    nn.PReLU(4),
    nn.RNN(3, 4, num_layers=2, bidirectional=True),
    nn.LSTM(3, 4, num_layers=2, proj_size=2),
    nn.GRU(3, 4, bias=False),
    nn.LSTMCell(3, 4),
    nn.GRUCell(3, 4, bias=False),
    nn.MultiheadAttention(6, 2),
    nn.MultiheadAttention(6, 2, bias=False),
    nn.TransformerEncoderLayer(6, 2, 8),
    nn.TransformerDecoderLayer(6, 2, 8),
    nn.ParameterList([torch.zeros(2, 3), torch.zeros(4)]),
    Conv1D(5, 3),
    nn.DataParallel(nn.Linear(3, 5)),
    nn.ModuleList([nn.Linear(3, 3) for _ in range(12)]),  # folded
    nn.Sequential(nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Dropout()),
]


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: repr(layer).partition("\n")[0])
def test_printed_as_in_the_module(layer: nn.Module) -> None:
    network = nn.Sequential(layer)
    (printed,) = parse.parse(f"{network}\n", "print")
    held, unknown = from_print.tensors_of_print(printed)
    exact = from_module.tensors_of_module(network, from_print.columns(printed), (), from_print.known_layers(printed))
    assert [each._replace(tied="") for each in exact] == list(held)
    assert unknown == ()


@pytest.mark.parametrize(
    ("layer", "untold"),
    [
        pytest.param("KWinners(n=0, percent_on=0.1, boost_strength=1.0)", ("KWinners (1)",), id="names-differ"),
        pytest.param("Linear8bitLt(in_features=4, out_features=4, bias=True)", ("Linear8bitLt (1)",), id="packed"),
        pytest.param(
            "Linear(in_features=4, out_features=4, weight=AffineQuantizedTensor(shape=torch.Size([4, 4])))",
            ("Linear (1)",),
            id="tensor-of-few-bits",
        ),
        pytest.param("Mystery()", ("Mystery (1)",), id="unknown-class"),
    ],
)
def test_classes_whose_keys_are_not_known_are_named(layer: str, untold: tuple[str, ...]) -> None:
    (printed,) = parse.parse(f"Sequential(\n  (0): {layer}\n)\n", "print")
    assert from_print.tensors_of_print(printed) == ((), untold)


def test_a_mask_around_a_layer() -> None:
    """Older code keeps a list of zeros in place of the mask."""
    network = nn.Sequential(ours.SparseWeights(nn.Linear(4, 3), sparsity=0.5))
    (printed,) = parse.parse(f"{network}\n", "print")
    held, unknown = from_print.tensors_of_print(printed)
    assert ([each.key for each in held], unknown) == (["0.module.weight", "0.module.bias"], ("SparseWeights (1)",))
