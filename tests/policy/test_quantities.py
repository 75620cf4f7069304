"""What a network has of that which papers claim: of layers, containers and the whole, printed and traced."""

from __future__ import annotations

from fractions import Fraction

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from archdiff import api, parse
from archdiff.model.outcome import NetworkInfo
from archdiff.policy import quantities
from archdiff.policy.printed_values import PaperValue
from known import known

PRINT = """\
SGD (
Parameter Group 0
    lr: 0.05
Parameter Group 1
    lr: 0.05
    momentum: 0.9
)
Sequential(
  (stem): Sequential(
    (0): Conv2d(3, 8, kernel_size=(7, 5), stride=(2, 2), padding=(3, 2), bias=False)
    (1): BatchNorm2d(8, eps=0.001, momentum=0.01, affine=True, track_running_stats=True)
    (2): ReLU6(inplace=True)
  )
  (up): ConvTranspose2d(8, 4, kernel_size=(2, 2), stride=(2, 2))
  (drop): Dropout(p=0.2, inplace=False)
  (flat): Flatten(start_dim=1, end_dim=-1)
  (fc): Linear(in_features=4096, out_features=10, bias=True)
)
"""


class Residual(nn.Module):
    """A block whose norm stands before its branch, or behind the sum, and which may call a product as a function."""

    def __init__(self, is_pre: bool, calls_a_function: bool) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(6)
        self.one = nn.Linear(6, 12, bias=False)
        self.act = nn.GELU()
        self.two = nn.Linear(12, 6)
        self.is_pre, self.calls_a_function = is_pre, calls_a_function

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.two(self.act(self.one(self.norm(x) if self.is_pre else x)))
        if self.calls_a_function:
            y = torch.bmm(y[:, None].transpose(1, 2), y[:, None])[:, 0]
        y = x + y
        return y if self.is_pre else self.norm(y)


class Chain(nn.Module):
    """Blocks, a norm behind them, a head."""

    def __init__(self, *blocks: nn.Module, norm: nn.Module | None = None, calls: bool = False) -> None:
        super().__init__()
        self.calls = calls
        self.blocks = nn.Sequential(*blocks)
        self.norm = norm or nn.Identity()
        self.head = nn.Linear(6, 2)

    def forward(self, x: Tensor) -> Tensor:
        if self.calls:
            x = functional.dropout(functional.relu(x), 0.5, self.training)
        return self.head(self.norm(self.blocks(x)))  # type: ignore[no-any-return]


def pre(is_function: bool = False) -> Residual:
    return Residual(True, is_function)


def post() -> Residual:
    return Residual(False, False)


def info(source: object) -> NetworkInfo:
    if isinstance(source, str):
        (source,) = parse.parse(source, "net.txt")
        return api.compare_networks(source, source, (3, 32, 32)).reference
    assert isinstance(source, nn.Module)
    return api.compare(source, source, input_shape=(6,)).reference


def value(network: NetworkInfo, of: str, layer: str = "") -> PaperValue | None:
    layers = [*network.layers]
    part = known(quantities.part(layer, network, layers))
    return known(quantities.quantity(of))(part).value


@pytest.fixture(scope="module")
def printed() -> NetworkInfo:
    return info(PRINT)


@pytest.mark.parametrize(
    ("of", "layer", "expected"),
    [
        pytest.param("kernel size", "stem.0", (7, 5), id="a setting of sizes"),
        pytest.param("stride", "conv 1", (2, 2), id="of a counted layer"),
        pytest.param("stride", "conv 2", (2, 2), id="a transposed one counts"),
        pytest.param("eps", "stem.1", Fraction("0.001"), id="a number"),
        pytest.param("bias", "stem.0", "false", id="a truth"),
        pytest.param("bias", "fc", "true", id="the other one"),
        pytest.param("eps", "stem.0", None, id="a setting that the layer has not"),
        pytest.param("eps", "stem", None, id="nor has a container any"),
        pytest.param("filters", "stem.0", 8, id="filters"),
        pytest.param("units", "fc", 10, id="units"),
        pytest.param("activation", "stem.0", "ReLU6", id="behind a layer and its norm"),
        pytest.param("activation", "up", None, id="none behind it"),
        pytest.param("activation", "", "ReLU6", id="the one of the network"),
        pytest.param("input size", "stem", (32, 32), id="what goes into the first layer"),
        pytest.param("output size", "stem", (16, 16), id="what comes out of the last"),
        pytest.param("output size", "up", (32, 32), id="of a layer"),
        pytest.param("output size", "fc", None, id="of no sides"),
        pytest.param("parameters", "stem", 840 + 16, id="of a container"),
        pytest.param("weights", "stem", 840, id="weights of a container"),
        pytest.param("weights", "", 840 + 128 + 40960, id="weights of the network"),
        pytest.param("multiply-adds", "stem", 840 * 256, id="products of a container"),
        pytest.param("convolutions", "", 2, id="convolutions"),
        pytest.param("convolutions", "stem", 1, id="convolutions of a container"),
        pytest.param("blocks", "stem", 3, id="children of a container"),
        pytest.param("blocks", "", 5, id="of the network"),
        pytest.param("dropout", "", Fraction("0.2"), id="of all"),
        pytest.param("dropout", "up", Fraction("0.2"), id="behind a layer"),
        pytest.param("dropout", "drop", Fraction("0.2"), id="of a dropout"),
        pytest.param("dropout", "stem.0", 0, id="none"),
        pytest.param("drop path", "", 0, id="no drop path"),
        pytest.param("depth", "", None, id="what only a trace tells"),
        pytest.param("norm placement", "", None, id="that too"),
        pytest.param("heads", "", None, id="what it has not"),
        pytest.param("optimizer", "", "SGD", id="class of the optimizer"),
        pytest.param("optimizer lr", "", Fraction("0.05"), id="equal in all groups"),
        pytest.param("optimizer momentum", "", Fraction("0.9"), id="in one group alone"),
        pytest.param("scheduler", "", None, id="no scheduler"),
    ],
)  # fmt: skip
def test_of_a_print(printed: NetworkInfo, of: str, layer: str, expected: PaperValue | int | None) -> None:
    assert value(printed, of, layer) == expected


@pytest.mark.parametrize("word", ["stem.3", "ste", "conv 0", "conv 3", "linear 2", "attention 1", "stem."])
def test_what_there_is_not(printed: NetworkInfo, word: str) -> None:
    assert quantities.part(word, printed, [*printed.layers]) is None


@pytest.mark.parametrize("of", ["", "filtres", "kernel", "kernel sizes", "macs", "Stride"])
def test_what_is_no_quantity(of: str) -> None:
    assert quantities.quantity(of) is None


@pytest.mark.parametrize(
    ("network", "of", "layer", "expected"),
    [
        pytest.param(Chain(pre(), pre()), "depth", "", 5, id="two in each branch, and the head"),
        pytest.param(Chain(pre(), nn.Linear(6, 6)), "depth", "", 4, id="a layer between"),
        pytest.param(Chain(pre(), pre(), norm=nn.LayerNorm(6)), "norm placement", "", "pre", id="the last is neither"),
        pytest.param(Chain(post(), post(), post()), "norm placement", "", "post", id="behind the sum"),
        pytest.param(Chain(pre(), pre(), post(), post()), "norm placement", "", None, id="of both sorts"),
        pytest.param(Chain(nn.LayerNorm(6)), "norm placement", "", None, id="beside no connection"),
        pytest.param(Chain(pre()), "multiply-adds", "", 72 + 72 + 12, id="all are in layers"),
        pytest.param(Chain(pre()), "multiply-adds", "blocks", 72 + 72, id="so a container is known"),
        pytest.param(Chain(pre(True)), "multiply-adds", "", 72 + 72 + 12 + 36, id="one is called as a function"),
        pytest.param(Chain(pre(True)), "multiply-adds", "blocks", None, id="of which nothing says where"),
        pytest.param(Chain(pre()), "weights", "blocks.0", 144, id="without biases and norms"),
        pytest.param(Chain(pre()), "activation", "blocks.0.one", "GELU", id="behind a linear layer"),
        pytest.param(Chain(pre()), "activation", "", "GELU", id="the one of a traced network"),
        pytest.param(Chain(pre(), calls=True), "activation", "", None, id="another one is called as a function"),
        pytest.param(Chain(pre()), "dropout", "", 0, id="no dropout"),
        pytest.param(Chain(pre(), calls=True), "dropout", "", None, id="one is called as a function"),
    ],
)  # fmt: skip
def test_of_a_trace(network: nn.Module, of: str, layer: str, expected: PaperValue | int | None) -> None:
    assert value(info(network), of, layer) == expected


def test_parameters_that_a_class_may_hold_beside_its_layers_are_not_known() -> None:
    network = info("Net(\n  (fc): Linear(in_features=3, out_features=2, bias=True)\n)")
    told = ("parameters", "printed parameters", "weights")
    assert [value(network, of) for of in told] == [None, 8, 6]
    assert value(network, "parameters", "fc") == 8


def test_what_somebody_sets_is_printed_whole() -> None:
    assert [
        of for of in ("eps", "optimizer lr", "scheduler gamma", "stride", "dropout") if not quantities.is_set(of)
    ] == []
    assert [of for of in ("parameters", "multiply-adds", "active outputs", "drop path") if quantities.is_set(of)] == []
