"""Norms, activations, biases and the like: what each layer adds to a fact sheet, in exact words."""

from __future__ import annotations

import pytest

from archdiff.infer.layer_facts import layer_rows, outputs, stem, winner_rows
from infer.prints import CONV, POOL, net, sequential, sized

LINEAR = "Linear(in_features=8, out_features=8, bias={})"


def rows(text: str) -> dict[str, str]:
    """All rows but the one that every layer with weights has."""
    (only,) = sized(text)
    leaves = list(only.leaves)
    found = [*layer_rows(leaves, lambda _path: 1), *winner_rows(leaves, lambda _path: 1)]
    return {name: value for name, value in found if value and name != "layers with weights"}


@pytest.mark.parametrize(
    ("layer", "told"),
    [
        pytest.param("Identity()", {}, id="an identity is nothing"),
        pytest.param("Somebody(eps=1e-05)", {"unknown classes": "Somebody (1)"}, id="what nobody knows is no norm"),
        pytest.param("LayerNorm((8,), eps=1e-12)", {"norm": "LayerNorm, eps 1e-12 (1)"}, id="a norm with its eps"),
        pytest.param("LlamaRMSNorm()", {"norm": "RMSNorm (1)"}, id="an eps that is not printed is not guessed"),
        pytest.param(
            "LayerNorm((8,), eps=1e-06, elementwise_affine=False)",
            {"norm": "LayerNorm, eps 1e-06, not affine (1)"},
            id="without weights",
        ),
        pytest.param(
            "GroupNorm(32, 64, eps=1e-05, affine=True)", {"norm": "GroupNorm, 32 groups, eps 1e-05 (1)"}, id="groups"
        ),
        pytest.param("ReLU(inplace=True)", {"activation": "ReLU (1)"}, id="in place or not is no fact"),
        pytest.param("SiLUActivation()", {"activation": "SiLU (1)"}, id="the name of the field, not of a library"),
        pytest.param(
            "GELU(approximate='tanh')", {"activation": "GELU(approximate=tanh) (1)"}, id="what changes the function"
        ),
        pytest.param(
            "LeakyReLU(negative_slope=0.2)", {"activation": "LeakyReLU(negative_slope=0.2) (1)"}, id="a slope"
        ),
        pytest.param("Dropout(p=0.1, inplace=False)", {"dropout": "Dropout 0.1 (1)"}, id="a rate"),
        pytest.param(
            "LSTM(10, 20, num_layers=2, bidirectional=True, dropout=0.5)",
            {
                "recurrent layers": "LSTM, hidden size 20, 2 layers, both directions (1)",
                "dropout": "LSTM dropout 0.5 (1)",
            },
            id="a recurrent layer",
        ),
        pytest.param(POOL, {"pooling": "MaxPool2d 2x2 (1)"}, id="a pool as far apart as it is wide"),
        pytest.param(
            POOL.replace("stride=2", "stride=1"), {"pooling": "MaxPool2d 2x2, stride 1 (1)"}, id="another stride"
        ),
        pytest.param("AdaptiveAvgPool2d(output_size=1)", {"pooling": "AdaptiveAvgPool2d (1)"}, id="a global pool"),
        pytest.param(
            "AdaptiveAvgPool2d(output_size=(7, 7))", {"pooling": "AdaptiveAvgPool2d 7x7 (1)"}, id="to some size"
        ),
        pytest.param(CONV, {"biases": "all"}, id="one convolution has no kernels to tell"),
    ],
)
def test_one_layer(layer: str, told: dict[str, str]) -> None:
    assert rows(sequential(layer)) == told


@pytest.mark.parametrize(
    ("layers", "told"),
    [
        pytest.param({"fc1": LINEAR.format(False), "fc2": LINEAR.format(False)}, {"biases": "none"}, id="none"),
        pytest.param(
            {"q_proj": LINEAR.format(True), "o_proj": LINEAR.format(False)},
            {"biases": "Linear 1 of 2 (q_proj)"},
            id="named by their layers",
        ),
        pytest.param(
            {"a": f"A(\n(fc): {LINEAR.format(True)}\n)", "b": f"B(\n(fc): {LINEAR.format(False)}\n)"},
            {"biases": "Linear 1 of 2"},
            id="where names tell nothing, counted",
        ),
        pytest.param(
            {"embed_tokens": "Embedding(1000, 16)", "embed_positions": "Embedding(64, 16)"},
            {"vocabulary": "1,000", "embedding size": "16", "positions": "64"},
            id="embeddings of tokens and of positions",
        ),
        pytest.param({"relations": "Embedding(1000, 16)"}, {}, id="an embedding of something else"),
        pytest.param(
            {"a": "ReLU()", "b": "Sigmoid()", "c": "ReLU()"},
            {"activation": "ReLU (2), Sigmoid (1)"},
            id="the most first",
        ),
        pytest.param(
            {f"d{number}": f"DropPath(drop_prob=0.{number})" for number in range(5)},
            {"dropout": "DropPath 0 to 0.4 (5)"},
            id="rates that rise",
        ),
        pytest.param(
            {
                "a": "Conv2d(8, 8, kernel_size=(3, 3), stride=(2, 2), groups=8, bias=False)",
                "b": "Conv2d(8, 8, kernel_size=(1, 5), stride=(1, 1), dilation=(1, 2), groups=2, bias=False)",
            },
            {
                "kernels": "3x3 (1), 1x5 (1)",
                "strides": "2 (1)",
                "dilations": "1x2 (1)",
                "groups": "depthwise (1), 2 (1)",
                "biases": "none",
            },
            id="convolutions",
        ),
        pytest.param(
            {"kw": "KWinners(n=10, percent_on=0.2, k_inference_factor=1.5)"},
            {"k-winners": "k 2 of 10 (20 %), 3 in inference"},
            id="k-winners",
        ),
        pytest.param(
            {"kw": "KWinners2d(channels=64, n=0, percent_on=0.095)"},
            {"k-winners": "9.5 % of its input"},
            id="k-winners of an unknown number",
        ),
        pytest.param(
            {"a": LINEAR.format(True), "kw": "KWinners(n=8, percent_on=0.25, k_inference_factor=1.0)"},
            {"biases": "all", "k-winners": "k 2 of 8 (25 %)", "weights": "dense"},
            id="beside k-winners, dense weights are a fact",
        ),
        pytest.param(
            {"a": LINEAR.format(True), "b": "DSLinear(in_features=8, out_features=8, bias=True)"},
            {"biases": "all"},
            id="a density that no print holds is none",
        ),
    ],
)
def test_several_layers(layers: dict[str, str], told: dict[str, str]) -> None:
    assert rows(net(**layers)) == told


@pytest.mark.parametrize(
    ("layers", "named", "told"),
    [
        pytest.param({"fc": CONV}, False, {}, id="no Linear"),
        pytest.param({"pooler": LINEAR.format(True)}, True, {}, id="behind blocks, one that is not named as the last"),
        pytest.param({"pooler": LINEAR.format(True)}, False, {"outputs": "8"}, id="without blocks"),
        pytest.param({"head": LINEAR.format(True)}, True, {"outputs": "8"}, id="named"),
    ],
)
def test_outputs(layers: dict[str, str], named: bool, told: dict[str, str]) -> None:
    (only,) = sized(net(**layers))
    assert dict(outputs(list(only.leaves), named)) == told


@pytest.mark.parametrize(
    ("layers", "told"),
    [
        pytest.param({"fc": LINEAR.format(True)}, {}, id="no convolution"),
        pytest.param({"conv": CONV}, {"stem": "3x3 convolution, 3 to 8 channels"}, id="without a stride"),
        pytest.param(
            {"a": "Conv2d(3, 96, kernel_size=(4, 4), stride=(4, 4))", "b": CONV},
            {"stem": "4x4 convolution, stride 4, 3 to 96 channels"},
            id="the first of two",
        ),
    ],
)
def test_stem(layers: dict[str, str], told: dict[str, str]) -> None:
    (only,) = sized(net(**layers))
    assert dict(stem(list(only.leaves))) == told
