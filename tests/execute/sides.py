"""Two printed networks compared and run, and random networks with random edits of every effect."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from archdiff import diff, infer, parse
from archdiff.diff import Comparison
from archdiff.execute.running.options import RunOptions
from archdiff.execute.running.run import run
from archdiff.infer import Sized
from archdiff.model.finding import Finding
from archdiff.model.running import Mode, RunResult
from archdiff.semantics import rules


@dataclass(frozen=True)
class Both:
    """What the texts say, and what running showed."""

    found: Comparison
    ran: RunResult
    more: tuple[Finding, ...]

    @property
    def inference(self) -> Mode:
        return self.ran.modes[0]

    @property
    def training(self) -> Mode:
        return self.ran.modes[1]


def sized(*texts: str, shape: tuple[int, ...] | None = None) -> tuple[Sized, ...]:
    return infer.infer([rules.normalize(parse.parse(text)[0]) for text in texts], shape)


def ran(candidate: str, reference: str, *undo: str, shape: tuple[int, ...] | None = None, **asked: Any) -> Both:
    """Both texts, compared and run."""
    ours, theirs = sized(candidate, reference, shape=shape)
    found = diff.compare(ours, theirs)
    return Both(found, *run(ours, theirs, found, RunOptions(undo=undo, **asked)))


def sequential(layers: list[str], name: str = "{}") -> str:
    """A line a layer; what a layer holds stands in lines of its own."""
    lines = (f"({name.format(i)}): {layer}" for i, layer in enumerate(layers))
    inside = "\n".join(lines).replace("\n", "\n  ")
    return f"Sequential(\n  {inside}\n)\n"


# Random networks

_BOOST = "boost_strength={}, boost_strength_factor=0.9, k_inference_factor=1.25, duty_cycle_period=1000"
_ANY = ("ReLU()", "Tanh()", "GELU(approximate='none')", "LeakyReLU(negative_slope=0.01)", "ELU(alpha=1.0)")
_DROPS = ("Dropout(p=0.5, inplace=False)", "AlphaDropout(p=0.5, inplace=False)")


def linear(inputs: int, outputs: int, draw: st.DrawFn) -> str:
    plain = f"Linear(in_features={inputs}, out_features={outputs}, bias={draw(st.booleans())})"
    if draw(st.integers(0, 3)):
        return plain
    share = draw(st.sampled_from(("sparsity=0.5", "weight_sparsity=0.25", "sparsity=0.75")))
    return f"SparseWeights(\n  {share}\n  (module): {plain}\n)"


def _norm(dims: int, width: int, draw: st.DrawFn) -> str:
    return f"BatchNorm{dims}d({width}, eps=1e-05, momentum=0.1, affine={draw(st.booleans())}, track_running_stats=True)"


def _flat(width: int, draw: st.DrawFn) -> list[str]:
    """Whatever may stand between two Linears."""
    boost = _BOOST.format(draw(st.sampled_from(("1.5", "0.0"))))
    some = (
        *_ANY,
        *_DROPS,
        _norm(1, width, draw),
        f"LayerNorm(({width},), eps=1e-05, elementwise_affine=True)",
        f"KWinners(n={width}, percent_on={draw(st.sampled_from(('0.6', '0.75')))}, {boost})",
    )
    return _one_each(draw(st.lists(st.sampled_from(some), max_size=4)))


def _spatial(width: int, draw: st.DrawFn) -> list[str]:
    """Whatever may stand behind a convolution."""
    boost = _BOOST.format(draw(st.sampled_from(("1.5", "0.0"))))
    some = (
        *_ANY,
        "Dropout(p=0.5, inplace=False)",
        "Dropout2d(p=0.5, inplace=False)",
        _norm(2, width, draw),
        f"KWinners2d(channels={width}, n=0, percent_on=0.6, {boost})",
        f"KWinners2d(channels={width}, n=0, percent_on=0.75, {boost}, local=True)",
        "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)",
        "AvgPool2d(kernel_size=2, stride=2, padding=0)",
    )
    found = draw(st.lists(st.sampled_from(some), max_size=4))
    return _one_each(found)


def _one_each(layers: list[str]) -> list[str]:
    """One activation, one pooling, one of each other class: a second one may do nothing."""
    kept: dict[str, str] = {}
    for layer in layers:
        name = layer.partition("(")[0]
        kept.setdefault("act" if layer in _ANY else "pool" if "Pool" in name else name, layer)
    return list(kept.values())


@st.composite
def networks(draw: st.DrawFn) -> tuple[list[str], tuple[int, ...]]:
    """(layers that fit each other, input shape)."""
    layers: list[str] = []
    shape: tuple[int, ...] = (draw(st.sampled_from((6, 8))),)
    width = shape[0]
    if draw(st.booleans()):
        width, shape = 4, (2, 9, 9)
        layers = ["Conv2d(2, 4, kernel_size=(3, 3), stride=(1, 1))", *_spatial(4, draw)]
        layers.append("Flatten(start_dim=1, end_dim=-1)")
        (found,) = sized(sequential(layers), shape=shape)
        width = found.leaves[-1].output_shape[0]
    for _ in range(draw(st.integers(1, 2))):
        following = draw(st.sampled_from((8, 12)))
        layers += [linear(width, following, draw), *_flat(following, draw)]
        width = following
    return layers, shape


# Random edits: what is printed and what is printed instead

_SETTINGS = (
    (r"p=0\.5", "p=0.25"),
    (r"momentum=0\.1", "momentum=0.9"),
    (r"eps=1e-05", "eps=0.01"),
    (r"\baffine=True", "affine=False"),
    (r"\baffine=False", "affine=True"),
    (r"track_running_stats=True", "track_running_stats=False"),
    (r"elementwise_affine=True", "elementwise_affine=False"),
    (r"bias=True", "bias=False"),
    (r"bias=False", "bias=True"),
    (r"inplace=False", "inplace=True"),
    (r", inplace=False", ""),
    (r"approximate='none'", "approximate='tanh'"),
    (r"negative_slope=0\.01", "negative_slope=0.3"),
    (r"alpha=1\.0", "alpha=0.5"),
    (r"ReLU\(\)", "ReLU(inplace=True)"),
    (r"ReLU\(\)", "Tanh()"),
    (r"MaxPool2d\([^)]*\)", "MaxPool2d(kernel_size=(2, 2), stride=(2, 2), padding=0, dilation=1, ceil_mode=False)"),
    (r"ceil_mode=False", "ceil_mode=True"),
    (r"MaxPool2d\([^)]*\)", "AvgPool2d(kernel_size=2, stride=2, padding=0)"),
    (r"stride=2, padding=0, dil", "stride=1, padding=0, dil"),
    (r"padding=0\)", "padding=1)"),
    (r"percent_on=0\.6", "percent_on=0.75"),
    (r"percent_on=0\.75", "percent_on=0.7500001"),
    (r"boost_strength=1\.5", "boost_strength=4.5"),
    (r"boost_strength=1\.5", "boost_strength=1.35"),  # 1.5 * 0.9: an epoch later
    (r"boost_strength_factor=0\.9", "boost_strength_factor=0.8"),
    (r"k_inference_factor=1\.25", "k_inference_factor=1.0"),
    (r"duty_cycle_period=1000", "duty_cycle_period=500"),
    (r"duty_cycle_period=1000", "duty_cycle_period=1000, break_ties=True"),
    (r"duty_cycle_period=1000", "duty_cycle_period=1000, break_ties=False"),
    (r"duty_cycle_period=1000", "duty_cycle_period=1000, relu=True"),
    (r", local=True", ""),
    (r"channels=4, ", ""),
    (r"\bsparsity=0\.5", "weight_sparsity=0.5"),
    (r"weight_sparsity=0\.25", "sparsity=0.75"),
    (r"\bsparsity=0\.75", "weight_sparsity=0.75"),
    (r"kernel_size=\(3, 3\), stride=\(1, 1\)", "kernel_size=(3, 3), stride=(1, 1), padding=(0, 0)"),
    (r"kernel_size=\(3, 3\), stride=\(1, 1\)", "kernel_size=(3, 3), stride=(1, 1), bias=False"),
)
_EXTRA = (
    "Identity()",
    "Softplus(beta=1, threshold=20)",
    "Tanh()",
    "Dropout(p=0.3, inplace=False)",
    "Dropout(p=0.0, inplace=False)",
    "Flatten(start_dim=1, end_dim=-1)",
    "LogSoftmax(dim=1)",
    "AvgPool2d(kernel_size=2, stride=2, padding=0)",
)


@st.composite
def edited(draw: st.DrawFn, layers: list[str]) -> list[str]:
    """The same with one edit; whether the layers still fit is for the reader to see."""
    at = draw(st.integers(0, len(layers) - 1))
    match draw(st.sampled_from(("swap", "less", "more", "moved", *["setting"] * 5))):
        case "swap" if at:
            return [*layers[: at - 1], layers[at], layers[at - 1], *layers[at + 1 :]]
        case "less":
            return layers[:at] + layers[at + 1 :]
        case "moved":
            rest, to = layers[:at] + layers[at + 1 :], draw(st.integers(0, len(layers) - 1))
            return [*rest[:to], layers[at], *rest[to:]]
        case "more":
            return [*layers[:at], draw(st.sampled_from(_EXTRA)), *layers[at:]]
        case _:
            fits = [pair for pair in _SETTINGS if re.search(pair[0], layers[at])]
            if not fits:
                return layers
            pattern, instead = draw(st.sampled_from(fits))
            return [*layers[:at], re.sub(pattern, instead, layers[at]), *layers[at + 1 :]]
