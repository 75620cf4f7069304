"""Functions and heads of two traced forwards where something else differs: that alone is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from torch import Tensor, nn
from torch.nn import functional

import archdiff


def named(name: str, forward: Callable[..., Tensor], **layers: nn.Module) -> nn.Module:
    """A module of a class of that name, with these layers."""
    made: nn.Module = type(name, (nn.Module,), {"forward": forward})()
    for each, layer in layers.items():
        made.add_module(each, layer)
    return made


def told(ours: nn.Module, theirs: nn.Module, shape: tuple[int, ...]) -> list[str]:
    """Effect and message of all that is graver than equivalent."""
    found = archdiff.compare(ours, theirs, input_shape=shape).findings
    return [f"{each.effect}: {each.message}" for each in found if each.effect.word not in ("cosmetic", "equivalent")]


def _block(is_function: bool, behind_relu: bool, is_wired: bool) -> nn.Module:
    """A block of a wide ResNet whose shortcut is a convolution.

    Args:
        is_function: Whether ReLU is called as a function.
        behind_relu: Whether the dropout stands behind the second ReLU, not in front of the second norm.
        is_wired: Whether the shortcut takes what the first ReLU gives, not what comes in.
    """

    def forward(self: nn.Module, x: Tensor) -> Tensor:
        part = dict(self.named_children())
        relus = [functional.relu] * 2 if is_function else [part["relu1"], part["relu2"]]
        first = relus[0](part["bn1"](x))
        y = part["conv1"](first)
        y = part["dropout"](relus[1](part["bn2"](y))) if behind_relu else relus[1](part["bn2"](part["dropout"](y)))
        return part["short"](first if is_wired else x) + part["conv2"](y)  # type: ignore[no-any-return]

    relus: dict[str, nn.Module] = {} if is_function else {"relu1": nn.ReLU(), "relu2": nn.ReLU()}
    return named(
        "Block",
        forward,
        bn1=nn.BatchNorm2d(4),
        conv1=nn.Conv2d(4, 8, 3, padding=1),
        dropout=nn.Dropout(0.3),
        bn2=nn.BatchNorm2d(8),
        conv2=nn.Conv2d(8, 8, 3, padding=1),
        short=nn.Conv2d(4, 8, 1),
        **relus,
    )


@pytest.mark.parametrize(
    ("ours", "effects"),
    [
        pytest.param((False, True, True), [], id="left alone"),
        pytest.param((True, True, True), [], id="a ReLU as a function"),
        pytest.param((True, False, True), ["training"], id="and a dropout in another place"),
        pytest.param((True, True, False), ["function"], id="and a shortcut that takes something else"),
        pytest.param((True, False, False), ["function", "training", "training"], id="and both"),
    ],
)
def test_a_relu_that_is_a_function(ours: tuple[bool, bool, bool], effects: list[str]) -> None:
    theirs = _block(is_function=False, behind_relu=True, is_wired=True)
    found = told(_block(*ours), theirs, (4, 8, 8))
    assert [each.partition(":")[0] for each in found] == effects
    assert not any("ReLU" in each for each in found)


def _dropping(behind_relu: bool, is_module: bool, p: float = 0.3) -> nn.Module:
    def forward(self: nn.Module, x: Tensor) -> Tensor:
        part = dict(self.named_children())
        drop = part["dropout"] if is_module else lambda given: functional.dropout(given, p, self.training)
        y = part["conv1"](x)
        y = drop(part["relu"](y)) if behind_relu else part["relu"](drop(y))
        return part["conv2"](y)  # type: ignore[no-any-return]

    drops: dict[str, nn.Module] = {"dropout": nn.Dropout(p)} if is_module else {}
    return named("Net", forward, conv1=nn.Conv2d(4, 4, 1), relu=nn.ReLU(), conv2=nn.Conv2d(4, 4, 1), **drops)


@pytest.mark.parametrize(
    ("behind_relu", "is_module", "p", "effects"),
    [
        pytest.param(True, True, 0.3, [], id="left alone"),
        pytest.param(True, False, 0.3, [], id="as a function"),
        pytest.param(False, False, 0.3, [], id="as a function before a ReLU"),
        pytest.param(False, True, 0.3, [], id="before a ReLU"),
        pytest.param(True, False, 0.5, ["training"], id="another rate as a function"),
    ],
)
def test_a_dropout_in_another_place(behind_relu: bool, is_module: bool, p: float, effects: list[str]) -> None:
    found = told(_dropping(behind_relu, is_module, p), _dropping(True, True), (4, 8, 8))
    assert sorted({each.partition(":")[0] for each in found}) == effects
    assert not any("0.3 at random in training, not 0.3" in each for each in found)


def _head(is_convolution: bool, padding: int = 0, act: type[nn.Module] = nn.Hardswish, bias: bool = True) -> nn.Module:
    """A stem, a pool, and a head of two products: the first as a convolution of a single place, or as a `Linear`."""

    def forward(self: nn.Module, x: Tensor) -> Tensor:
        part = dict(self.named_children())
        y = part["pool"](part["stem"](x))
        y = part["act"](part["fc1"](y if is_convolution else y.flatten(1)))
        return part["fc2"](y.flatten(1))  # type: ignore[no-any-return]

    return named(
        "Net",
        forward,
        stem=nn.Conv2d(3, 8, 3, padding=padding),
        pool=nn.AdaptiveAvgPool2d(1),
        fc1=nn.Conv2d(8, 16, 1, bias=bias) if is_convolution else nn.Linear(8, 16),
        act=act(),
        fc2=nn.Linear(16, 4),
    )


@pytest.mark.parametrize(
    ("ours", "expected"),
    [
        pytest.param(_head(False), [], id="left alone"),
        pytest.param(_head(True), [], id="a convolution"),
        pytest.param(_head(True, padding=1), ["function: padding 1x1, not 0x0"], id="and a stem of another padding"),
        pytest.param(_head(True, act=nn.ReLU), ["function: ReLU, not Hardswish"], id="and another activation"),
    ],
)
def test_a_head_of_convolutions(ours: nn.Module, expected: list[str]) -> None:
    assert told(ours, _head(False), (3, 16, 16)) == expected


def test_a_head_of_convolutions_without_a_bias() -> None:
    found = told(_head(True, padding=1, bias=False), _head(False), (3, 16, 16))
    assert found[0] == "function: padding 1x1, not 0x0"
    assert any(each.startswith("function: Conv2d, not Linear") for each in found)
