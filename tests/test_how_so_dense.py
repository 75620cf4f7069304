"""The shipped references against the facts of their paper: its table, and the settings that were published with it."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import pytest

from archdiff import commands, parse
from archdiff.model.network import Layer, Value
from archdiff.model.outcome import LayerInfo, NetworkInfo
from archdiff.parse import toml


class Facts(NamedTuple):
    """One network. k is None where all units are active, which is a ReLU."""

    filters: tuple[int, ...]
    convolutions: tuple[tuple[int, int] | None, ...]  # k of n
    hidden: int
    k: int | None
    non_zero: float  # share of the weights of the hidden layer
    lr: float
    momentum: float
    parameters: int
    non_zero_parameters: int
    dropout: float = 0.0


MNIST = {
    "dense_cnn1": Facts((30,), (None,), 1000, None, 1, 0.01, 0.9, 4_331_790, 4_331_790),
    "dense_cnn2": Facts((30, 30), (None, None), 1000, None, 1, 0.01, 0.9, 514_320, 514_320),
    "sparse_cnn1": Facts((30,), ((400, 4320),), 150, 50, 0.3, 0.01, 0, 650_440, 196_840),
    "sparse_cnn2": Facts((32, 64), ((400, 4608), (300, 1024)), 700, 100, 0.3, 0.02, 0, 776_606, 274_706),
    "dense_cnn2_sp3": Facts((30, 30), (None, None), 700, 100, 0.3, 0.01, 0.5, 367_020, 131_820),
    "sparse_cnn2_d3": Facts((32, 64), ((400, 4608), (300, 1024)), 1000, None, 1, 0.01, 0.9, 1_087_106, 1_087_106),
    "sparse_cnn2_w1": Facts((32, 64), ((400, 4608), (300, 1024)), 700, 100, 1, 0.01, 0.9, 776_606, 776_606),
    "sparse_cnn2_dsw": Facts((32, 64), ((400, 4608), (300, 1024)), 1000, None, 0.3, 0.01, 0.9, 1_087_106, 370_106),
}
GSC = {
    "sparse_cnn2": Facts((64, 64), ((1200, 12544), (200, 1600)), 1000, 100, 0.4, 0.01, 0, 1_717_140, 757_140),
    "super_sparse_cnn2": Facts((64, 64), ((1200, 12544), (200, 1600)), 1500, 100, 0.1, 0.01, 0, 2_523_640, 363_640),
    "dense_cnn2": Facts((64, 64), (None, None), 1000, None, 1, 0.01, 0.9, 1_717_140, 1_717_140),
    "dense_cnn2_dropout": Facts((64, 64), (None, None), 1000, None, 1, 0.01, 0.9, 1_717_140, 1_717_140, dropout=0.5),
}
FACTS = {f"{data}_{name}": facts for data, of in (("mnist", MNIST), ("gsc", GSC)) for name, facts in of.items()}


@pytest.fixture(params=FACTS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def network(name: str) -> NetworkInfo:
    (found,) = commands.show(commands.Request(f"ref:how_so_dense/{name}"))
    return found


def test_all_that_are_shipped_have_facts() -> None:
    assert {f"how_so_dense/{name}" for name in FACTS} == {
        name for name in parse.shipped() if name.startswith("how_so_dense/")
    }


def test_layers(name: str, network: NetworkInfo) -> None:
    """Every layer in its order, built as the one class of the paper builds them all."""
    facts, gsc = FACTS[name], name.startswith("gsc")
    expected = []
    for convolution in facts.convolutions:
        expected += ["Conv2d", *["BatchNorm2d"] * gsc, "MaxPool2d", "KWinners2d" if convolution else "ReLU"]
    dropout = ["Dropout"] if facts.dropout else []
    expected += ["Flatten", "Linear", *["BatchNorm1d"] * gsc, *dropout, "KWinners" if facts.k else "ReLU"]
    expected += ["Linear", "LogSoftmax"]
    assert [layer.class_name for layer in network.layers] == expected
    assert network.input_shape == ((1, 32, 32) if gsc else (1, 28, 28))


def test_widths_and_weights(name: str, network: NetworkInfo) -> None:
    facts = FACTS[name]
    convolutions = [layer for layer in network.layers if layer.class_name == "Conv2d"]
    hidden, output = (layer for layer in network.layers if layer.class_name == "Linear")
    channels = (1, *facts.filters)
    assert [layer.settings for layer in convolutions] == [
        {"in_channels": before, "out_channels": after, "kernel_size": (5, 5), "stride": (1, 1)}
        for before, after in pairwise(channels)
    ]
    inputs = hidden.settings["in_features"]
    assert isinstance(inputs, int)
    realised = 1 - round((1 - facts.non_zero) * inputs) / inputs  # the paper's code counts the zeros of a unit
    assert hidden.settings["out_features"] == facts.hidden
    assert hidden.weight_density == pytest.approx(realised, abs=1e-12)
    assert (output.settings["in_features"], output.weight_density) == (facts.hidden, 1)
    assert output.settings["out_features"] == (12 if name.startswith("gsc") else 10)
    assert (network.parameters, network.nonzero_parameters) == (facts.parameters, facts.non_zero_parameters)
    assert [layer.settings for layer in network.layers if layer.class_name == "Dropout"] == (
        [{"p": facts.dropout}] if facts.dropout else []
    )
    for norm in (layer for layer in network.layers if layer.class_name.startswith("BatchNorm")):
        assert norm.settings["affine"] is False


def test_winners(name: str, network: NetworkInfo) -> None:
    facts = FACTS[name]
    expected = [convolution for convolution in facts.convolutions if convolution]
    expected += [(facts.k, facts.hidden)] if facts.k else []
    found = [layer for layer in network.layers if layer.picks_winners]
    assert [(layer.k, layer.n) for layer in found] == expected
    for layer, (k, n) in zip(found, expected, strict=True):
        assert layer.k_inference == round(k * 1.5)
        assert boosting(layer) == {
            "percent_on": float(f"{k / n:.12g}"),  # as the paper's code printed it
            "boost_strength": 1.5,
            "boost_strength_factor": 0.9 if name.startswith("gsc") else 0.85,
            "k_inference_factor": 1.5,
            "duty_cycle_period": 1000,
        }


def boosting(layer: LayerInfo) -> dict[str, object]:
    return {name: value for name, value in layer.settings.items() if name != "n"}


def test_recipe(name: str, network: NetworkInfo) -> None:
    facts, gsc = FACTS[name], name.startswith("gsc")
    sparse_gsc = gsc and facts.momentum == 0
    assert network.recipe is not None
    (optimizer,), (scheduler,) = network.recipe
    (group,) = optimizer.children
    assert (optimizer.class_name, scheduler.class_name) == ("SGD", "StepLR")
    assert values(group, "lr", "momentum", "weight_decay") == [facts.lr, facts.momentum, 0.01 if gsc else 0]
    assert values(scheduler, "step_size", "gamma") == [1, 0.9 if sparse_gsc else 0.8]
    spec = toml.read(parse.spec_beside(f"ref:how_so_dense/{name}")).values
    assert spec["training"] == {"batch_size": 16 if sparse_gsc else 64}


def values(printed: Layer, *names: str) -> list[Value]:
    found = {setting.name: setting.value for setting in printed.settings}
    return [found[name] for name in names]
