"""What forwards cost as they ran: products in layers and in functions, each call, and nothing that did not run."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from archdiff import api, infer, parse, sources
from archdiff.infer.traced_cost import TracedMacs, traced_macs
from archdiff.infer.traced_shapes import as_traced
from archdiff.model.facts import INPUT_SHAPE, TRACES
from archdiff.model.trace import INPUT, ForwardTrace, Operation, Ref
from archdiff.semantics import rules
from known import known


class Attention(nn.Module):
    """Over 4 rows of 8 numbers, with 2 heads."""

    def __init__(self, way: str) -> None:
        super().__init__()
        self.qkv = nn.Linear(8, 24)
        self._way = way

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.qkv(x).unflatten(-1, (3, 2, 4)).permute(2, 0, 3, 1, 4).unbind(0)
        if self._way == "one function":
            made = functional.scaled_dot_product_attention(q, k, v)
        elif self._way == "einsum":
            weights = torch.einsum("bhid,bhjd->bhij", q, k).softmax(-1)
            made = torch.einsum("bhij,bhjd->bhid", weights, v)
        else:
            made = (q @ k.mT).softmax(-1) @ v
        return torch.relu(made)


class Twice(nn.Module):
    """One layer that runs twice, and one that never runs."""

    def __init__(self) -> None:
        super().__init__()
        self.fc, self.idle = nn.Linear(8, 8), nn.Linear(8, 8)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.fc(self.fc(x)))


class Weights(nn.Module):
    """A product of weights, which is one for all samples."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Parameter(torch.ones(8, 6)), nn.Parameter(torch.ones(6, 8))

    def forward(self, x: Tensor) -> Tensor:
        return x @ (self.a @ self.b)


class SelfAttention(nn.Module):
    """Attention of torch, which prints one of its layers."""

    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        made: Tensor = self.attention(x, x, x, need_weights=False)[0]
        return made


def ran(module: nn.Module, inputs: str) -> TracedMacs:
    held: list[object] = []
    [network] = sources.traced([sources.one(module, parse.Blocks(), held)], [held], None, inputs)
    [sized] = infer.infer((rules.normalize(network),))
    return known(as_traced(sized).macs)


ROWS = "float32[2,4,8]"


@pytest.mark.parametrize(
    ("module", "inputs", "expected"),
    [
        pytest.param(nn.Sequential(nn.ReLU()), ROWS, TracedMacs(0, 0), id="no products"),
        pytest.param(nn.Sequential(nn.Linear(8, 24)), ROWS, TracedMacs(4 * 8 * 24, 0), id="linear"),
        pytest.param(
            nn.Sequential(nn.Conv2d(4, 8, 3, groups=2)),
            "float32[3,4,6,6]",
            TracedMacs(8 * 4 * 4 * 2 * 9, 0),
            id="convolution",
        ),
        pytest.param(
            nn.Sequential(nn.ConvTranspose2d(4, 8, 3)),
            "float32[3,4,6,6]",
            TracedMacs(4 * 6 * 6 * 8 * 9, 0),
            id="transposed",
        ),
        pytest.param(
            nn.Sequential(nn.LSTM(8, 16, batch_first=True)), "float32[2,4,8]", TracedMacs(4 * 4 * 16 * 24, 0), id="lstm"
        ),
        *(
            pytest.param(Attention(way), ROWS, TracedMacs(4 * 8 * 24 + 2 * 4 * 4 * 8, 2 * 4 * 4 * 8), id=way)
            for way in ("plain", "einsum", "one function")
        ),
        pytest.param(Twice(), "float32[2,8]", TracedMacs(2 * 8 * 8, 0), id="twice and never"),
        pytest.param(Weights(), "float32[5,8]", TracedMacs(8 * 6 * 8 + 8 * 8, 8 * 6 * 8 + 8 * 8), id="of weights"),
    ],
)
def test_as_it_runs(module: nn.Module, inputs: str, expected: TracedMacs) -> None:
    assert ran(module, inputs)[:2] == expected[:2]


@pytest.mark.parametrize(
    ("module", "inputs", "expected"),
    [
        pytest.param(Twice(), "float32[2,8]", {"fc": 2 * 8 * 8}, id="twice and never"),
        pytest.param(Attention("plain"), ROWS, {"qkv": 4 * 8 * 24}, id="functions"),
        pytest.param(SelfAttention(), ROWS, {"attention": 4 * 8 * 32 + 2 * 4 * 4 * 8}, id="attention of torch"),
    ],
)
def test_of_each_layer(module: nn.Module, inputs: str, expected: dict[str, int]) -> None:
    macs = ran(module, inputs)
    assert dict(macs.layers) == expected
    assert sum(expected.values()) == macs.total - macs.functions


def test_a_kernel_that_is_not_known() -> None:
    x = Operation(INPUT, (("number", 0),), ((2, 4),), "", "", "float32")
    fft = Operation("_fft_r2c", (("self", Ref(0)),), ((2, 3),), "", "", "complex64")
    assert traced_macs(ForwardTrace((x, fft), (), (Ref(1),), (), "traced"), ()) is None


def test_what_was_not_traced() -> None:
    sized = infer.infer((rules.normalize(api.read("Sequential(\n  (0): Linear(8, 8)\n)\n")),))[0]
    assert as_traced(sized) is sized
    assert (sized.macs, sized.network.fact(TRACES), sized.network.fact(INPUT_SHAPE)) == (None, None, None)
