"""Two traced networks around attentions of other forms: torch's own layer, and one that somebody wrote."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

import archdiff


class Attention(nn.Module):
    """One with four projections."""

    def __init__(self, bias: bool) -> None:
        super().__init__()
        self.k_proj = nn.Linear(16, 16, bias=bias)
        self.v_proj = nn.Linear(16, 16, bias=bias)
        self.q_proj = nn.Linear(16, 16, bias=bias)
        self.out_proj = nn.Linear(16, 16, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        heads = [each(x).view(*x.shape[:2], 4, 4).transpose(1, 2) for each in (self.q_proj, self.k_proj, self.v_proj)]
        scores = torch.softmax(heads[0] @ heads[1].transpose(-1, -2) * 0.5, -1)
        y: Tensor = self.out_proj((scores @ heads[2]).transpose(1, 2).reshape(x.shape))
        return y


class Layer(nn.Module):
    """A layer of an encoder, with an activation of another name than torch's."""

    def __init__(self, bias: bool, activation: nn.Module, is_first: bool) -> None:
        super().__init__()
        self.is_first = is_first
        self.self_attn = Attention(bias)
        self.self_attn_layer_norm = nn.LayerNorm(16)
        self.fc1, self.fc2 = nn.Linear(16, 32), nn.Linear(32, 16)
        self.final_layer_norm = nn.LayerNorm(16)
        self.activation_fn = activation

    def forward(self, x: Tensor) -> Tensor:
        if self.is_first:
            x = x + self.self_attn(self.self_attn_layer_norm(x))
            y: Tensor = x + self.fc2(self.activation_fn(self.fc1(self.final_layer_norm(x))))
            return y
        x = self.self_attn_layer_norm(x + self.self_attn(x))
        return self.final_layer_norm(x + self.fc2(self.activation_fn(self.fc1(x))))  # type: ignore[no-any-return]


def net(layer: nn.Module) -> nn.Module:
    """A network with weights before the layer and behind it."""

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embed, self.layer, self.head = nn.Linear(8, 16), layer, nn.Linear(16, 3)

        def forward(self, x: Tensor) -> Tensor:
            y: Tensor = self.head(self.layer(self.embed(x)))
            return y

    return Net()


def own(bias: bool = True, activation: Callable[[], nn.Module] = nn.ReLU, is_first: bool = False) -> nn.Module:
    return net(Layer(bias, activation(), is_first))


def of_torch(bias: bool = True) -> nn.Module:
    layer = nn.TransformerEncoderLayer(16, 4, 32, dropout=0.0, batch_first=True)
    layer.self_attn = nn.MultiheadAttention(16, 4, bias=bias, batch_first=True)
    return net(layer)


def told(ours: nn.Module, theirs: nn.Module) -> list[str]:
    """Effect and message of all that is graver than equivalent, but for what the attentions themselves leave open."""
    found = archdiff.compare(ours, theirs, input_shape=(5, 8)).findings
    open_ = [each for each in found if each.effect.word == "unknown"]
    places = [place for each in open_ for both in each.all_places for place in both if place is not None]
    assert {place.path for place in places} <= {"layer.self_attn"}
    graver = [each for each in found if each.effect.word not in ("cosmetic", "equivalent", "unknown")]
    return [f"{each.effect}: {each.message}" for each in graver]


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        pytest.param(own, own, [], id="left alone"),
        pytest.param(own, of_torch, [], id="torch's own layer"),
        pytest.param(of_torch, own, [], id="exchanged"),
        pytest.param(
            own,
            lambda: of_torch(bias=False),
            ["function: bias True, not False"] * 2,
            id="without a bias",
        ),
        pytest.param(
            lambda: own(bias=False),
            of_torch,
            ["function: bias False, not True"] * 2,
            id="with a bias",
        ),
        pytest.param(
            lambda: own(activation=nn.GELU),
            of_torch,
            ["function: only in the candidate: GELU", "function: forward of Net: layer is missing"],
            id="another activation",
        ),
    ],
)
def test_what_is_told_around_an_attention(
    ours: Callable[[], nn.Module], theirs: Callable[[], nn.Module], expected: list[str]
) -> None:
    assert told(ours(), theirs()) == expected


def test_norms_that_stand_elsewhere_are_told() -> None:
    outcome = archdiff.compare(own(is_first=True), of_torch(), input_shape=(5, 8))
    assert outcome.verdict == "function"
    assert outcome.findings[0].message.startswith("norm placement pre, not post")
