"""One traced forward: which of its modules take what, and what it calls as a function."""

from __future__ import annotations

import pytest
from torch import nn
from torch.nn import functional

from archdiff import infer, parse, sources
from archdiff.diff.beside_forward import traces_of
from archdiff.diff.one_forward import OneForward
from archdiff.infer.leaf import Leaf
from archdiff.semantics import rules
from execute.printed_networks import Called, Ordered, Residual, relu_by_hand


def forward(module: nn.Module) -> OneForward:
    """Its forward in eval mode."""
    held: list[object] = []
    [network] = sources.traced([sources.one(module, parse.Blocks(), held)], [held])
    [sized] = infer.infer((rules.normalize(network),))
    return OneForward(sized, traces_of(sized)[0], training=False)


def leaf(text: str) -> Leaf:
    """A layer of a print."""
    [network] = parse.read_string(f"Sequential(\n  (0): {text}\n)\n", parse.Blocks())
    [sized] = infer.infer((rules.normalize(network),))
    [found] = sized.leaves
    assert isinstance(found, Leaf)
    return found


def test_what_runs() -> None:
    ordered = forward(Ordered("conv bn relu", "conv relu"))
    assert [ordered.runs(path) for path in ("conv", "bn", "relu")] == [True, False, True]
    assert [ordered.places(path) for path in ("conv", "bn", "relu")] == [[""], [], ["conv"]]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (["conv", "relu"], True),
        (["conv", "bn", "relu"], False),
        (["conv"], False),
        (["relu", "conv"], False),
        (["conv", leaf("ReLU()")], True),
        (["conv", leaf("GELU()")], False),
    ],
)
def test_runs_in_order(parts: list[str | Leaf], *, expected: bool) -> None:
    assert forward(Ordered("conv bn relu", "conv relu")).runs_in_order("", parts) is expected


@pytest.mark.parametrize(
    ("before", "parts", "behind", "expected"),
    [
        ("conv1", ["ReLU()"], "conv2", [True]),
        ("conv1", ["GELU()"], "conv2", [False]),
        ("conv1", ["GELU()", "ReLU()"], "conv2", [False, True]),
        ("", ["ReLU()"], "conv1", [False]),
        ("conv2", ["ReLU()"], "", [True]),
        ("conv2", ["ReLU()"], "conv1", [False]),
    ],
)
def test_calls_between(before: str, parts: list[str], behind: str, expected: list[bool]) -> None:
    assert forward(Residual()).calls_between(before, [*map(leaf, parts)], behind) == expected


def test_where_it_calls_a_function() -> None:
    residual = forward(Residual())
    assert residual.calls_in("", leaf("ReLU()")) == ["conv1", "conv2"]
    assert residual.calls_in("", leaf("GELU()")) == []
    assert not residual.may_call("", "", "gelu")
    assert forward(Called(relu_by_hand)).may_call("", "", "relu")
    assert forward(Called(functional.relu)).calls_in("", leaf("ReLU()")) == ["conv1"]
