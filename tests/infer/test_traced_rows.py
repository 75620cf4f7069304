"""How deep a traced network is, and where its norms stand."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from archdiff import api

Run = Callable[["Net", Tensor], Tensor]


class Net(nn.Module):
    """Four linear layers, two norms, a convolution and a forward over them."""

    def __init__(self, run: Run) -> None:
        super().__init__()
        self.a, self.b, self.c, self.d = (nn.Linear(4, 4) for _ in range(4))
        self.n, self.m = nn.LayerNorm(4), nn.LayerNorm(4)
        self.conv = nn.Conv1d(1, 1, 3, padding=1)
        self.table = nn.Embedding(4, 4)
        self.attention = nn.MultiheadAttention(4, 2, batch_first=True)
        self.narrow = nn.MultiheadAttention(4, 2, bias=False, kdim=3, vdim=3, batch_first=True)
        self.run = run

    def forward(self, x: Tensor) -> Tensor:
        return self.run(self, x)


def rows(model: nn.Module) -> dict[str, str]:
    found = api.compare(model, model, input_shape=(4,)).reference.facts
    return {row.name: row.value for row in found if row.name in ("longest path", "norm placement")}


def _branches(net: Net, x: Tensor) -> Tensor:
    return torch.cat([net.a(x), net.c(net.b(x))], -1)


def _shared(net: Net, x: Tensor) -> Tensor:
    return net.a(net.a(net.a(x)))  # type: ignore[no-any-return]


def _unused(net: Net, x: Tensor) -> Tensor:
    net.d(net.c(net.b(x)))
    return net.a(x)  # type: ignore[no-any-return]


def _attention(net: Net, x: Tensor) -> Tensor:
    x = net.a(x)[:, None]
    return net.attention(x, x, x)[0]  # type: ignore[no-any-return]


def _values_are_longer(net: Net, x: Tensor) -> Tensor:
    x = x[:, None]
    return net.narrow(net.a(x), x[..., :3], net.c(net.b(x))[..., :3])[0]  # type: ignore[no-any-return]


def _shortcut_is_longer(net: Net, x: Tensor) -> Tensor:
    return net.a(x) + net.d(net.c(net.b(x)))  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("run", "longest"),
    [
        pytest.param(lambda _, x: x + 1, None, id="no layer with weights"),
        pytest.param(lambda net, x: net.n(x), None, id="a norm is none"),
        pytest.param(lambda net, x: net.table(x.long() * 0), None, id="a table is none"),
        pytest.param(lambda net, x: net.b(net.a(x)), 2, id="one behind the other"),
        pytest.param(lambda net, x: net.conv(net.a(x)[:, None]), 2, id="a convolution"),
        pytest.param(_branches, 2, id="the longer of two branches"),
        pytest.param(_shortcut_is_longer, 3, id="whichever it is"),
        pytest.param(_shared, 3, id="a layer that runs three times"),
        pytest.param(_attention, 3, id="both projections of an attention"),
        pytest.param(_values_are_longer, 4, id="projections of queries, keys and values stand side by side"),
        pytest.param(_unused, 1, id="what no output needs"),
        pytest.param(lambda net, x: x + net.a(x) + net.b(x + net.a(x)), 2, id="over a sum"),
    ],
)
def test_longest_path(run: Run, longest: int | None) -> None:
    told = f"{longest} convolutions and linear layers"
    assert rows(Net(run)).get("longest path") == (told if longest else None)


def _ends_twice(net: Net, x: Tensor) -> Tensor:
    x = net.n(x + net.a(x))
    return torch.cat([net.b(x), net.c(x)], -1)


def _pre(net: Net, x: Tensor) -> Tensor:
    x = x + net.a(net.n(x))
    return net.c(x + net.b(net.m(x)))  # type: ignore[no-any-return]


def _post(net: Net, x: Tensor) -> Tensor:
    x = net.n(x + net.a(x))
    x = net.m(x + net.b(x))
    return x + net.c(x)  # type: ignore[no-any-return]


def _both(net: Net, x: Tensor) -> Tensor:
    x = net.m(x + net.a(net.n(x)))
    return x + net.b(x)  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("run", "placement"),
    [
        pytest.param(lambda net, x: net.b(net.n(net.a(x))), None, id="no connection"),
        pytest.param(lambda net, x: net.n(x + net.a(x)), None, id="the last one"),
        pytest.param(lambda net, x: net.b(net.n(x + net.a(x))), None, id="before the head"),
        pytest.param(_ends_twice, None, id="the last one of an encoder, which goes on in two ways and round none"),
        pytest.param(lambda net, x: net.n(net.a(x)) + x, None, id="in a branch"),
        pytest.param(_pre, "pre (2)", id="pre"),
        pytest.param(_post, "post (2)", id="post"),
        pytest.param(_both, "pre (1), post (1)", id="both"),
        pytest.param(lambda net, x: net.a(y := net.n(x)) + y, None, id="of one before all blocks, which takes no sum"),
    ],
)
def test_norm_placement(run: Run, placement: str | None) -> None:
    assert rows(Net(run)).get("norm placement") == placement


@pytest.mark.parametrize(("first", "placement"), [(True, "pre (4)"), (False, "post (3)")])
def test_layers_of_torch(first: bool, placement: str) -> None:
    """The last norm of a stack that norms behind its sums goes on in one way."""
    layer = nn.TransformerEncoderLayer(4, 2, 8, norm_first=first, batch_first=True)
    model = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
    found = api.compare(model, model, input_shape=(3, 4)).reference.facts
    assert {row.name: row.value for row in found}["norm placement"] == placement


class OwnNorm(nn.Module):
    """Prints nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.gain, self.eps = nn.Parameter(torch.ones(4)), 1e-3

    def forward(self, x: Tensor) -> Tensor:
        return self.gain * x / (x.std(-1, keepdim=True) + self.eps)


OwnNorm.__name__ = "LayerNorm"


@pytest.mark.parametrize(
    ("norm", "told"),
    [
        pytest.param(nn.LayerNorm(4), "LayerNorm, eps 1e-05 (1)", id="of torch"),
        pytest.param(OwnNorm(), "LayerNorm, eps 0.001 (1)", id="of somebody"),
        pytest.param(str(nn.Sequential(nn.Linear(4, 4), OwnNorm())), "LayerNorm (1)", id="a print of somebody's"),
    ],
)
def test_a_norm_has_its_own_eps(norm: nn.Module | str, told: str) -> None:
    model = norm if isinstance(norm, str) else nn.Sequential(nn.Linear(4, 4), norm)
    found = api.compare(model, model, input_shape=(4,)).reference.facts
    assert next(row.value for row in found if row.name == "norm") == told


def test_a_print_tells_neither() -> None:
    text = str(Net(_pre))
    names = [row.name for row in api.compare(text, text).reference.facts]
    assert "longest path" not in names
    assert "norm placement" not in names
