"""Lines of Python that show what no print holds, run on live models of which the prints are equal.

One row a setting: the two models differ in it alone, and what the line prints of each holds its value.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn.functional import relu, silu

from archdiff import api, parse
from archdiff.model.finding import Finding

WIDTH, PAD, FIRST, RECOMPUTE = 8, "count_include_pad", "batch_first", "recompute_scale_factor"

Make = Callable[..., nn.Module]


class Attention(nn.Module):
    def __init__(self, num_heads: int = 2, window: int | None = None) -> None:
        super().__init__()
        self.num_heads, self.window = num_heads, window
        self.q, self.k, self.v = (nn.Linear(WIDTH, WIDTH) for _ in range(3))


class FeedForward(nn.Module):
    def __init__(self, activation: Callable[..., torch.Tensor] = relu) -> None:
        super().__init__()
        self.activation = activation
        self.fc1, self.fc2 = nn.Linear(WIDTH, 2 * WIDTH), nn.Linear(2 * WIDTH, WIDTH)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc2(self.activation(self.fc1(x)))


class Block(nn.Module):
    def __init__(self, norm_first: bool = False, dropout: float = 0.0, **attention: Any) -> None:
        super().__init__()
        self.norm_first, self.dropout = norm_first, dropout
        self.attn, self.norm = Attention(**attention), nn.LayerNorm(WIDTH)


class Gate(nn.Module):
    """Prints nothing, as its weight is a bare parameter."""

    def __init__(self, top_k: int) -> None:
        super().__init__()
        self.top_k, self.weight = top_k, nn.Parameter(torch.zeros(4, WIDTH))


class Mixture(nn.Module):
    def __init__(self, top_k: int = 1, *, own_gate: bool = False) -> None:
        super().__init__()
        if own_gate:
            self.gate: nn.Module = Gate(top_k)
        else:
            self.gate, self.top_k = nn.Linear(WIDTH, 4), top_k
        self.experts = nn.ModuleList(nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.GELU()) for _ in range(4))


class Permute(nn.Module):
    def __init__(self, dims: tuple[int, ...]) -> None:
        super().__init__()
        self.dims = dims


class RotaryEmbedding(nn.Module):
    def __init__(self, base: float) -> None:
        super().__init__()
        self.register_buffer("inv_freq", base ** -torch.arange(0, 1, 0.5), persistent=False)


class Config:
    def __init__(self, **values: Any) -> None:
        self.values = values

    def __repr__(self) -> str:
        return f"Config({self.values})"


class Model(nn.Module):
    """A network of blocks, equal neighbours of which are printed as one."""

    def __init__(self, make: Callable[..., nn.Module] = Block, times: int = 3, **settings: Any) -> None:
        super().__init__()
        self.config = Config(**settings)
        self.layers = nn.ModuleList(make(**settings) for _ in range(times))


class Configured(nn.Module):
    """A network whose blocks do not know what they were made with."""

    def __init__(self, **settings: Any) -> None:
        super().__init__()
        self.config, self.layers = Config(**settings), nn.ModuleList([Block(), Block()])


class Language(nn.Module):
    def __init__(self, *, tied: bool) -> None:
        super().__init__()
        self.embed, self.head = nn.Embedding(50, WIDTH), nn.Linear(WIDTH, 50, bias=False)
        if tied:
            self.head.weight = self.embed.weight


def on(make: Make) -> Make:
    """The layer as the last of a network."""
    return lambda **settings: nn.Sequential(nn.ReLU(), make(**settings))


def several(make: Make) -> Make:
    return lambda **settings: nn.Sequential(*(make(**settings) for _ in range(3)))


def named(**settings: Any) -> nn.Module:
    return nn.Sequential(nn.Linear(4, 4), nn.ModuleDict({"a-b": rnn(**settings), "c_d": nn.ReLU()}))


def encoder(dropout: float = 0.1, **settings: Any) -> nn.Module:
    layer = nn.TransformerEncoderLayer(WIDTH, settings.pop("nhead", 2), 16, dropout, **settings)
    return nn.TransformerEncoder(layer, 3, enable_nested_tensor=False)


def attention(**settings: Any) -> nn.Module:
    return nn.MultiheadAttention(WIDTH, settings.pop("num_heads", 2), **settings)


rnn = partial(nn.RNN, 4, 4)
average = partial(nn.AvgPool2d, 3, 1, 1)
odd_factor = partial(nn.Upsample, scale_factor=1.3)
upsample = partial(nn.Upsample, scale_factor=2, mode="bilinear")
feeds = partial(Model, FeedForward)
gated = partial(Model, partial(Mixture, own_gate=True))

#: id, how a model is made of the setting, the setting of the finding, the two values, what is printed of each
CASES: list[tuple[str, Make, str, Mapping[str, Any], Mapping[str, Any], str, str]] = [
    ("heads", Model, "num_heads", {"num_heads": 2}, {"num_heads": 4}, "num_heads=2", "num_heads=4"),
    ("window", Model, "num_heads", {"window": None}, {"window": 5}, "window=None", "window=5"),
    ("norm", Model, "num_heads", {"norm_first": False}, {"norm_first": True}, "norm_first=False", "norm_first=True"),
    ("dropout-of-a-block", Model, "num_heads", {"dropout": 0.1}, {"dropout": 0.2}, "dropout=0.1", "dropout=0.2"),
    ("configuration", Configured, "num_heads", {"scale": 1.5}, {"scale": 2.5}, "'scale': 1.5", "'scale': 2.5"),
    ("activation", feeds, "activation", {"activation": relu}, {"activation": silu}, "function relu", "function silu"),
    ("forward", feeds, "activation", {}, {}, "self.fc2(self.act", "self.fc2(self.act"),
    ("experts", partial(Model, Mixture), "top_k", {"top_k": 1}, {"top_k": 2}, "top_k=1", "top_k=2"),
    ("experts-of-a-gate", gated, "top_k", {"top_k": 1}, {"top_k": 2}, "top_k=1", "top_k=2"),
    ("leaf", on(Permute), "settings", {"dims": (0, 1)}, {"dims": (1, 0)}, "dims=(0, 1)", "dims=(1, 0)"),
    ("buffer", on(RotaryEmbedding), "rope_base", {"base": 100.0}, {"base": 10000.0}, "0.1000", "0.0100"),
    ("tied", Language, "tie_word_embeddings", {"tied": False}, {"tied": True}, "set()", "head.weight'}"),
    ("heads-of-torch", on(attention), "num_heads", {"num_heads": 2}, {"num_heads": 4}, "2", "4"),
    ("heads-of-several", several(attention), "num_heads", {"num_heads": 2}, {"num_heads": 4}, "{2}", "{4}"),
    ("dropout-of-torch", on(attention), "dropout", {"dropout": 0.0}, {"dropout": 0.5}, "0.0", "0.5"),
    ("batch-first", on(attention), FIRST, {FIRST: False}, {FIRST: True}, "False", "True"),
    ("batch-first-in-a-block", encoder, FIRST, {FIRST: False}, {FIRST: True}, "{False}", "{True}"),
    ("recomputed", on(odd_factor), RECOMPUTE, {RECOMPUTE: None}, {RECOMPUTE: True}, "None", "True"),
    ("pre-norm", encoder, "norm_first", {"norm_first": False}, {"norm_first": True}, "first=False", "first=True"),
    ("act-of-torch", encoder, "activation", {"activation": "relu"}, {"activation": "gelu"}, "tion relu", "tion gelu"),
    ("heads-in-a-block", encoder, "num_heads", {"nhead": 2}, {"nhead": 4}, "{2}", "{4}"),
    ("rnn", on(rnn), "nonlinearity", {"nonlinearity": "tanh"}, {"nonlinearity": "relu"}, "tanh", "relu"),
    ("pad", on(average), PAD, {PAD: True}, {PAD: False}, "True", "False"),
    ("pad-of-several", several(average), PAD, {PAD: True}, {PAD: False}, "{True}", "{False}"),
    ("corners", on(upsample), "align_corners", {"align_corners": False}, {"align_corners": True}, "False", "True"),
    ("in-a-dict", named, "nonlinearity", {"nonlinearity": "tanh"}, {"nonlinearity": "relu"}, "tanh", "relu"),
]

#: what the model stands in on each side
AROUND: list[tuple[str, Callable[[nn.Module], nn.Module], Callable[[nn.Module], nn.Module]]] = [
    ("as it is", lambda model: model, lambda model: model),
    ("both in DataParallel", nn.DataParallel, nn.DataParallel),
    ("one in DataParallel", nn.DataParallel, lambda model: model),
    ("the other in DataParallel", lambda model: model, nn.DataParallel),
]


def findings(ours: nn.Module, theirs: nn.Module) -> tuple[Finding, ...]:
    (a,), (b,) = parse.parse(str(ours)), parse.parse(str(theirs))
    return api.compare_networks(a, b).findings


def shown(hint: str, model: nn.Module) -> str:
    """What the line prints, run as somebody would paste it."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(hint, {"model": model, "torch": torch})
    return printed.getvalue()


@pytest.mark.parametrize(
    ("make", "setting", "ours", "theirs", "expected", "other"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
@pytest.mark.parametrize(("wrap", "wrap_other"), [case[1:] for case in AROUND], ids=[case[0] for case in AROUND])
def test_the_line_shows_the_value_of_each(
    make: Callable[..., nn.Module],
    setting: str,
    ours: dict[str, Any],
    theirs: dict[str, Any],
    expected: str,
    other: str,
    wrap: Callable[[nn.Module], nn.Module],
    wrap_other: Callable[[nn.Module], nn.Module],
) -> None:
    assert str(make(**ours)) == str(make(**theirs))
    a, b = wrap(make(**ours)), wrap_other(make(**theirs))
    found = findings(a, b)
    assert {each.effect.word for each in found if each.rule != "AD701"} <= {"cosmetic"}
    (finding,) = (each for each in found if each.setting == setting)
    assert (finding.rule, finding.effect.word) == ("AD701", "unknown")
    assert "\n" not in finding.hint
    for model, value in ((a, expected), (b, other)):
        assert value in shown(finding.hint, model)
    if expected != other:
        assert other not in shown(finding.hint, a)
        assert expected not in shown(finding.hint, b)


PLAIN = [
    ("convolutions", lambda: nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.MaxPool2d(2), nn.ReLU())),
    ("averages", lambda: nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())),
    ("a list of convolutions", lambda: Model(partial(nn.Conv2d, WIDTH, WIDTH, 3))),
    ("an LSTM", lambda: nn.Sequential(nn.ReLU(), nn.LSTM(4, 4))),
    ("upsampling", lambda: nn.Sequential(nn.ReLU(), nn.Upsample(scale_factor=2))),
    ("an embedding and a classifier", lambda: nn.Sequential(nn.Embedding(50, WIDTH), nn.Linear(WIDTH, 2))),
]


@pytest.mark.parametrize("make", [case[1] for case in PLAIN], ids=[case[0] for case in PLAIN])
def test_known_layers_leave_nothing_to_ask(make: Callable[[], nn.Module]) -> None:
    assert findings(make(), make()) == ()


def test_dropout_that_the_block_prints_is_no_question() -> None:
    settings = [each.setting for each in findings(encoder(), encoder())]
    assert settings == ["norm_first", "activation", "num_heads", "batch_first"]


def test_a_name_is_never_code() -> None:
    """A print may hold any name, and people run these lines."""
    (network,) = parse.parse('Net(\n  (a"b): MultiheadAttention()\n)\n')
    hints = {each.setting: each.hint for each in api.compare_networks(network, network).findings}
    assert hints["num_heads"] == r'print(model.get_submodule("a\"b").num_heads)'


def test_every_line_runs_where_the_values_differ_from_block_to_block() -> None:
    models = [Model(times=2), Model(times=2)]
    vars(models[1].get_submodule("layers.1.attn"))["num_heads"] = 4
    assert str(models[0]) == str(models[1])
    (finding,) = (each for each in findings(*models) if each.setting == "num_heads")
    assert [[line for line in shown(finding.hint, model).split("\n") if "heads" in line] for model in models] == [
        ["num_heads=2"],
        ["num_heads=2", "num_heads=4"],
    ]
