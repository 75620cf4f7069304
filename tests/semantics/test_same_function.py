# ruff: noqa: E501  (tables: a case a line)
"""Whether two sequences of operations are one function on what comes in, held against torch, and what comes out."""

from __future__ import annotations

from collections import Counter
from math import inf
from typing import Final

import pytest
import torch
from torch import Tensor, nn

from archdiff import parse
from archdiff.semantics import kinds, rules, runs
from archdiff.semantics.kinds import Shape
from archdiff.semantics.pointwise import FAR, Domain
from archdiff.semantics.same_function import ANY_SLOPE, domain_behind, same

Layers = list[nn.Module]

MAP: Final = (4, 8, 8)
ROW: Final = (6,)
ANY: Final = Domain()
POSITIVE: Final = Domain(0.0, FAR)
UNIT: Final = Domain(0.0, 1.0)


def operations(layers: Layers, x: Shape | None = MAP) -> runs.Ops:
    """As they are printed, with shapes; the n-th of each class stands for the n-th in the other sequence."""
    counts: Counter[str] = Counter()
    found: list[runs.Op] = []
    for each in layers:
        layer = rules.normalize(parse.parse(str(each))[0]).root
        twin = runs.Twin(counts[layer.kind], alike=True)
        counts[layer.kind] += 1
        found.append(
            runs.operation(kinds.by_name()[layer.kind], kinds.settings_of(layer).printed, None, (layer.kind, twin))
        )
    return runs.linked(found, x)


#: id, two sequences, the shape and the numbers that come in, whether they are one in inference, and in training
CASES: list[tuple[str, Layers, Layers, Shape, Domain, bool, bool]] = [
    # activations that are not one
    ("relu-for-nothing", [nn.ReLU()], [], ROW, ANY, False, False),
    ("relu-for-tanh", [nn.ReLU()], [nn.Tanh()], ROW, ANY, False, False),
    ("another-slope", [nn.LeakyReLU(0.1)], [nn.LeakyReLU(0.2)], ROW, ANY, False, False),
    ("another-gelu", [nn.GELU()], [nn.GELU("tanh")], ROW, ANY, False, False),
    ("another-order", [nn.ReLU(), nn.LogSigmoid()], [nn.LogSigmoid(), nn.ReLU()], ROW, ANY, False, False),
    ("clamped-within-reach", [nn.Hardtanh(-1, 1)], [], ROW, Domain(-1, 1.01), False, False),
    ("clamped-below-within-reach", [nn.Hardtanh(-1, 1)], [], ROW, Domain(-1.01, 1), False, False),
    ("another-elu", [nn.ELU(2.0)], [nn.CELU(2.0)], ROW, ANY, False, False),
    ("relu-of-some-negative", [nn.ReLU()], [], ROW, Domain(-1e-6, 1), False, False),
    ("a-drawn-slope-for-its-mean", [nn.RReLU(0.1, 0.3)], [nn.LeakyReLU(0.2)], ROW, ANY, True, False),
    ("a-slope-past-tanh", [nn.PReLU(), nn.Tanh()], [nn.Tanh(), nn.PReLU()], ROW, ANY, False, False),
    ("relu-behind-a-slope", [nn.PReLU(), nn.ReLU()], [nn.ReLU()], ROW, ANY, False, False),
    # activations that are
    ("nothing", [], [], ROW, ANY, True, True),
    ("relu-twice", [nn.ReLU(), nn.ReLU()], [nn.ReLU()], ROW, ANY, True, True),
    ("relu-of-6", [nn.ReLU6()], [nn.ReLU(), nn.Hardtanh(-1, 6)], ROW, ANY, True, True),
    ("clamped-at-its-ends", [nn.Hardtanh(-1, 1)], [], ROW, Domain(-1, 1), True, True),
    ("clamped-twice", [nn.Hardtanh(-1, 2), nn.Hardtanh(0, 3)], [nn.Hardtanh(0, 2)], ROW, ANY, True, True),
    ("clamped-above-alone", [nn.Hardtanh(-inf, 2), nn.Hardtanh(-inf, 1)], [nn.Hardtanh(-inf, 1)], ROW, ANY, True, True),
    ("clamped-behind-softplus", [nn.Softplus(), nn.ReLU()], [nn.Softplus()], ROW, ANY, True, True),
    ("relu-past-tanh", [nn.ReLU(), nn.Tanh()], [nn.Tanh(), nn.ReLU()], ROW, ANY, True, True),
    ("an-elu-of-1", [nn.ELU()], [nn.CELU()], ROW, ANY, True, True),
    ("slopes-of-what-is-positive", [nn.LeakyReLU(0.1)], [nn.LeakyReLU(0.2)], ROW, POSITIVE, True, True),
    ("a-learned-slope-of-what-is-positive", [nn.PReLU()], [], ROW, POSITIVE, True, True),
    ("a-slope-behind-relu", [nn.ReLU(), nn.PReLU()], [nn.ReLU()], ROW, ANY, True, True),
    ("one-slope", [nn.PReLU(), nn.Tanh()], [nn.PReLU(), nn.Tanh()], ROW, ANY, True, True),
    ("a-drawn-slope-of-equal-bounds", [nn.RReLU(0.2, 0.2)], [nn.LeakyReLU(0.2)], ROW, ANY, True, True),
    ("a-drawn-slope-behind-relu", [nn.RReLU(), nn.ReLU()], [nn.ReLU()], ROW, ANY, True, True),
    # around layers with weights
    ("relu-behind-a-linear", [nn.Linear(6, 6), nn.ReLU()], [nn.Linear(6, 6)], ROW, POSITIVE, False, False),
    ("relu-on-the-other-side", [nn.ReLU(), nn.Linear(6, 6)], [nn.Linear(6, 6), nn.ReLU()], ROW, ANY, False, False),
    ("one-linear-more", [nn.Linear(6, 6), nn.Linear(6, 6)], [nn.Linear(6, 6)], ROW, ANY, False, False),
    ("without-bias", [nn.Linear(6, 6)], [nn.Linear(6, 6, bias=False)], ROW, ANY, False, False),
    ("another-eps", [nn.LayerNorm(6)], [nn.LayerNorm(6, eps=1e-3)], ROW, ANY, False, False),
    ("relu-before-a-linear", [nn.ReLU(), nn.ReLU(), nn.Linear(6, 6)], [nn.ReLU(), nn.Linear(6, 6)], ROW, ANY, True, True),
    ("no-relu-before-a-linear", [nn.ReLU(), nn.Linear(6, 6)], [nn.Linear(6, 6)], ROW, POSITIVE, True, True),
    ("another-dilation", [nn.Conv2d(4, 4, 3, padding=1)], [nn.Conv2d(4, 4, 3, padding=2, dilation=2)], MAP, ANY, False, False),
    ("dilation-of-one-number", [nn.Conv2d(4, 4, 1)], [nn.Conv2d(4, 4, 1, dilation=2)], MAP, ANY, True, True),
    ("another-padding", [nn.Conv2d(4, 4, 3, padding=1)], [nn.Conv2d(4, 4, 3, padding=1, padding_mode="circular")], MAP, ANY, False, False),
    ("padding-of-nothing", [nn.Conv2d(4, 4, 3)], [nn.Conv2d(4, 4, 3, padding_mode="circular")], MAP, ANY, True, True),
    ("in-place", [nn.Linear(6, 6), nn.Dropout()], [nn.Linear(6, 6), nn.Dropout(inplace=True)], ROW, ANY, True, True),
    # pools that are not one
    ("another-window", [nn.MaxPool2d(2)], [nn.MaxPool2d(3, 2, 1)], MAP, ANY, False, False),
    ("mean-for-largest", [nn.AvgPool2d(2)], [nn.MaxPool2d(2)], MAP, ANY, False, False),
    ("gelu-past-largest", [nn.GELU(), nn.MaxPool2d(2)], [nn.MaxPool2d(2), nn.GELU()], MAP, ANY, False, False),
    ("relu-past-mean", [nn.ReLU(), nn.AvgPool2d(2)], [nn.AvgPool2d(2), nn.ReLU()], MAP, ANY, False, False),
    ("falling-past-largest", [nn.LeakyReLU(-0.5), nn.MaxPool2d(2)], [nn.MaxPool2d(2), nn.LeakyReLU(-0.5)], MAP, ANY, False, False),
    ("zeros-among-negative", [nn.ZeroPad2d(1), nn.MaxPool2d(3, 2)], [nn.MaxPool2d(3, 2, 1)], MAP, Domain(-2, 2), False, False),
    ("pad-larger-than-all", [nn.ConstantPad2d(1, 1.5), nn.MaxPool2d(3, 2)], [nn.MaxPool2d(3, 2, 1)], MAP, UNIT, False, False),
    ("pad-of-one-side", [nn.ZeroPad2d((2, 0, 2, 0)), nn.MaxPool2d(3, 1)], [nn.MaxPool2d(3, 1, 1)], MAP, UNIT, False, False),
    ("pad-of-holes", [nn.ZeroPad2d(1), nn.MaxPool2d(3, 1, dilation=2)], [nn.MaxPool2d(3, 1, 1)], MAP, UNIT, False, False),
    ("pad-of-more", [nn.ZeroPad2d(1), nn.MaxPool2d(3, 1, 1)], [nn.MaxPool2d(3, 1, 1)], MAP, UNIT, False, False),
    ("pad-of-three-sides", [nn.ZeroPad2d((1, 1, 0, 1)), nn.MaxPool2d(3, 1)], [nn.MaxPool2d(3, 1, (0, 1))], MAP, UNIT, False, False),
    ("slope-past-largest", [nn.PReLU(), nn.MaxPool2d(2)], [nn.MaxPool2d(2), nn.PReLU()], MAP, ANY, False, False),
    ("power-of-what-is-negative", [nn.LPPool2d(2, 1)], [], MAP, Domain(-1, 1), False, False),
    ("power-of-two-numbers", [nn.LPPool2d(2, 2)], [nn.LPPool2d(3, 2)], MAP, UNIT, False, False),
    # pools that are
    ("stride-of-the-kernel", [nn.MaxPool2d(2)], [nn.MaxPool2d((2, 2), stride=2)], MAP, ANY, True, True),
    ("relu-past-largest", [nn.ReLU(), nn.MaxPool2d(2)], [nn.MaxPool2d(2), nn.ReLU()], MAP, ANY, True, True),
    ("two-past-largest", [nn.Tanh(), nn.Sigmoid(), nn.MaxPool2d(2)], [nn.MaxPool2d(2), nn.Tanh(), nn.Sigmoid()], MAP, ANY, True, True),
    ("gelu-past-largest-where-it-rises", [nn.GELU(), nn.MaxPool2d(2)], [nn.MaxPool2d(2), nn.GELU()], MAP, UNIT, True, True),
    ("relu-past-mean-of-positive", [nn.ReLU(), nn.AvgPool2d(2)], [nn.AvgPool2d(2), nn.ReLU()], MAP, POSITIVE, True, True),
    ("straight-past-mean", [nn.Hardtanh(-1, 1), nn.AvgPool2d(2)], [nn.AvgPool2d(2), nn.Hardtanh(-1, 1)], MAP, Domain(-1, 1), True, True),
    ("straight-past-bilinear", [nn.ReLU(), nn.Upsample(scale_factor=2, mode="bilinear")], [nn.Upsample(scale_factor=2, mode="bilinear"), nn.ReLU()], MAP, UNIT, True, True),
    ("slope-past-largest-of-positive", [nn.PReLU(), nn.MaxPool2d(2)], [nn.MaxPool2d(2), nn.PReLU()], MAP, POSITIVE, True, True),
    ("pads-by-itself", [nn.ZeroPad2d(1), nn.MaxPool2d(3, 2)], [nn.MaxPool2d(3, 2, 1)], MAP, UNIT, True, True),
    ("pads-two-sides-by-itself", [nn.ZeroPad2d((0, 0, 1, 1)), nn.MaxPool2d(3, 2)], [nn.MaxPool2d(3, 2, (1, 0))], MAP, UNIT, True, True),
    ("pads-a-signal-by-itself", [nn.ConstantPad1d(1, 0.0), nn.MaxPool1d(3, 2)], [nn.MaxPool1d(3, 2, 1)], (4, 8), UNIT, True, True),
    ("pads-the-last-dimension-by-itself", [nn.ConstantPad1d(1, 0.0), nn.MaxPool2d(3, 2)], [nn.MaxPool2d(3, 2, (0, 1))], MAP, UNIT, True, True),
    ("pads-by-itself-behind-relu", [nn.ReLU(), nn.ConstantPad2d(1, -3.0), nn.MaxPool2d(2, 2)], [nn.ReLU(), nn.MaxPool2d(2, 2, 1)], MAP, ANY, True, True),
    ("power-of-what-is-positive", [nn.LPPool2d(2, 1)], [], MAP, UNIT, True, True),
    # softmaxes
    ("another-dimension", [nn.Softmax(1)], [nn.Softmax(2)], MAP, ANY, False, False),
    ("for-its-logarithm", [nn.Softmax(1)], [nn.LogSoftmax(1)], MAP, ANY, False, False),
    ("clamped-within-its-reach", [nn.Softmax(1), nn.Hardtanh(0, 0.9)], [nn.Softmax(1)], MAP, ANY, False, False),
    ("clamped-below-the-most", [nn.Softmax(1), nn.Hardtanh(0, 0.47)], [nn.Softmax(1)], MAP, UNIT, False, False),
    ("clamped-above-the-least", [nn.Softmax(1), nn.Hardtanh(0.11, 1)], [nn.Softmax(1)], MAP, UNIT, False, False),
    ("logarithm-above-its-least", [nn.LogSoftmax(1), nn.Hardtanh(-2.2, 0)], [nn.LogSoftmax(1)], MAP, UNIT, False, False),
    ("from-the-end", [nn.Softmax(1)], [nn.Softmax(-3)], MAP, ANY, True, True),
    ("clamped-at-its-ends-too", [nn.Softmax(1), nn.Hardtanh(0, 1)], [nn.Softmax(1)], MAP, ANY, True, True),
    ("softmin-clamped", [nn.Softmin(1), nn.Hardtanh(0, 1)], [nn.Softmin(1)], MAP, ANY, True, True),
    ("share-of-one-number", [nn.Softmax(1), nn.Hardtanh(0, 1)], [nn.Softmax(1)], (1, 8, 8), UNIT, True, True),
    ("clamped-above-the-most", [nn.Softmax(1), nn.Hardtanh(0.1, 0.48)], [nn.Softmax(1)], MAP, UNIT, True, True),
    ("over-images-clamped", [nn.Softmax2d(), nn.Hardtanh(0.1, 0.48)], [nn.Softmax2d()], MAP, UNIT, True, True),
    ("logarithm-below-its-least", [nn.LogSoftmax(1), nn.Hardtanh(-2.3, 0)], [nn.LogSoftmax(1)], MAP, UNIT, True, True),
    ("logarithm-clamped-to-0", [nn.LogSoftmax(1), nn.ReLU(), nn.Tanh()], [nn.LogSoftmax(1), nn.ReLU()], MAP, ANY, True, True),
    ("logarithm-clamped-to-0-behind-another", [nn.Tanh(), nn.LogSoftmax(1), nn.ReLU()], [nn.LogSoftmax(1), nn.ReLU()], MAP, ANY, True, True),
    ("zeros-through-a-linear-without-bias", [nn.LogSigmoid(), nn.ReLU(), nn.Linear(6, 6, bias=False)], [nn.LogSigmoid(), nn.ReLU()], ROW, ANY, True, True),
    ("zeros-through-a-linear", [nn.LogSigmoid(), nn.ReLU(), nn.Linear(6, 6)], [nn.LogSigmoid(), nn.ReLU()], ROW, ANY, False, False),
    ("constants-of-two-numbers", [nn.Hardtanh(1, 2), nn.Tanh()], [nn.Hardtanh(1, 2)], ROW, Domain(-2, -1), False, False),
    ("constants-of-one-number", [nn.Hardtanh(1, 2), nn.ReLU()], [nn.Hardtanh(1, 3)], ROW, Domain(-2, -1), True, True),
    ("constants-of-two-shapes", [nn.Hardtanh(1, 2), nn.MaxPool2d(2)], [nn.Hardtanh(1, 2)], MAP, Domain(-2, -1), False, False),
    # numbers that are kept, zeroed or scaled on the way
    ("behind-a-dropout", [nn.Dropout(), nn.Hardtanh(0, 1)], [nn.Dropout()], MAP, UNIT, True, False),
    ("positive-behind-a-dropout", [nn.Dropout(), nn.ReLU()], [nn.Dropout()], MAP, UNIT, True, True),
    ("positive-behind-an-alpha-dropout", [nn.AlphaDropout(), nn.ReLU()], [nn.AlphaDropout()], MAP, UNIT, True, False),
    ("another-share-dropped", [nn.Dropout(0.2)], [nn.Dropout(0.4)], MAP, UNIT, True, False),
    ("behind-a-pad", [nn.ConstantPad2d(1, 1.5), nn.Hardtanh(0, 1)], [nn.ConstantPad2d(1, 1.5)], MAP, UNIT, False, False),
    ("behind-a-pad-in-reach", [nn.ConstantPad2d(1, 0.5), nn.Hardtanh(0, 1)], [nn.ConstantPad2d(1, 0.5)], MAP, UNIT, True, True),
    ("behind-a-mean", [nn.AvgPool2d(2), nn.Hardtanh(0, 1)], [nn.AvgPool2d(2)], MAP, UNIT, True, True),
    ("behind-a-mean-with-zeros", [nn.AvgPool2d(3, 1, 1), nn.Hardtanh(0.5, 1)], [nn.AvgPool2d(3, 1, 1)], MAP, Domain(0.5, 1), False, False),
    ("behind-a-shuffle", [nn.ChannelShuffle(2), nn.Hardtanh(0, 1)], [nn.ChannelShuffle(2)], MAP, UNIT, True, True),
    ("behind-bilinear", [nn.Upsample(scale_factor=2, mode="bilinear"), nn.Hardtanh(0, 1)], [nn.Upsample(scale_factor=2, mode="bilinear")], MAP, UNIT, True, True),
    ("behind-bicubic", [nn.Upsample(scale_factor=2, mode="bicubic"), nn.ReLU()], [nn.Upsample(scale_factor=2, mode="bicubic")], MAP, UNIT, False, False),
    ("behind-an-even-power", [nn.LPPool2d(2, 2), nn.ReLU()], [nn.LPPool2d(2, 2)], MAP, Domain(-2, 2), True, True),
    ("behind-neighbours", [nn.LocalResponseNorm(2), nn.ReLU()], [nn.LocalResponseNorm(2)], MAP, UNIT, True, True),
    ("behind-neighbours-that-change-signs", [nn.LocalResponseNorm(2, -9.0, 1.0), nn.ReLU()], [nn.LocalResponseNorm(2, -9.0, 1.0)], MAP, UNIT, False, False),
]  # fmt: skip
IDS = [case[0] for case in CASES]


@pytest.mark.parametrize(
    ("ours", "theirs", "x", "domain", "inference", "training"), [case[1:] for case in CASES], ids=IDS
)
def test_same(ours: Layers, theirs: Layers, x: Shape, domain: Domain, inference: bool, training: bool) -> None:
    first, second = operations(ours, x), operations(theirs, x)
    assert [same(first, second, domain, mode) for mode in (False, True)] == [inference, training]
    assert [same(second, first, domain, mode) for mode in (False, True)] == [inference, training]


def weighted(layers: Layers) -> nn.Sequential:
    """With weights that depend on nothing but the place among the layers of one class; slopes are negative."""
    net = nn.Sequential(*layers).double()
    counts: Counter[type[nn.Module]] = Counter()
    for layer in net:
        draw = torch.Generator().manual_seed(counts[type(layer)])
        counts[type(layer)] += 1
        for parameter in layer.parameters():
            numbers = torch.randn(parameter.shape, generator=draw, dtype=torch.float64)
            with torch.no_grad():
                parameter.copy_(-numbers.abs() if isinstance(layer, nn.PReLU) else numbers)
    return net


def inputs(x: Shape, domain: Domain) -> Tensor:
    """Numbers of the domain, as far as 3 from 0, with its ends among them."""
    low, high = max(domain.low, -3.0), min(domain.high, 3.0)
    found = low + (high - low) * torch.rand(8, *x, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    found[0], found[1] = low, high
    found[2], found[2, 0] = low, high
    found[3], found[3, 0] = high, low
    return found


def outputs(layers: Layers, x: Tensor, training: bool) -> Tensor:
    torch.manual_seed(0)
    with torch.no_grad():
        found = weighted(layers).train(training)(x)
    assert isinstance(found, Tensor)
    return found


def measured(ours: Layers, theirs: Layers, x: Tensor, training: bool) -> bool:
    a, b = (outputs(layers, x, training) for layers in (ours, theirs))
    return a.shape == b.shape and torch.allclose(a, b, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("ours", "theirs", "x", "domain", "inference", "training"), [case[1:] for case in CASES], ids=IDS
)
def test_measured(ours: Layers, theirs: Layers, x: Shape, domain: Domain, inference: bool, training: bool) -> None:
    rows = inputs(x, domain)
    assert [measured(ours, theirs, rows, mode) for mode in (False, True)] == [inference, training]


#: what is one function and is not found to be, since that would have to be known first
CAUTIOUS: list[tuple[str, Layers, Layers, Shape | None, Domain]] = [
    ("numbers-too-large-to-look-at", [nn.Hardtanh(-1e7, 1e7)], [], ROW, UNIT),
    ("dimension-from-the-end-of-no-known-shape", [nn.Softmax(1)], [nn.Softmax(-3)], None, ANY),
    ("share-of-no-known-number", [nn.Softmax(1), nn.Hardtanh(0.1, 0.48)], [nn.Softmax(1)], None, UNIT),
    ("share-of-numbers-far-apart", [nn.Softmax(1), nn.Hardtanh(1e-26, 1)], [nn.Softmax(1)], MAP, Domain(0, 51)),
    ("pad-of-one-side-that-no-window-reaches", [nn.ZeroPad2d((1, 0, 1, 0)), nn.MaxPool2d(3, 2)], [nn.MaxPool2d(3, 2, 1)], MAP, UNIT),
    ("pad-of-what-has-no-bound", [nn.ConstantPad2d(1, -1e8), nn.MaxPool2d(3, 2)], [nn.MaxPool2d(3, 2, 1)], MAP, ANY),
]  # fmt: skip


@pytest.mark.parametrize(
    ("ours", "theirs", "x", "domain"), [case[1:] for case in CAUTIOUS], ids=[case[0] for case in CAUTIOUS]
)
def test_left_apart(ours: Layers, theirs: Layers, x: Shape | None, domain: Domain) -> None:
    assert not same(operations(ours, x), operations(theirs, x), domain, False)
    assert measured(ours, theirs, inputs(x or MAP, domain), False)


#: between which bounds learned slopes lie, and whether two sequences are one function then
SLOPES: list[tuple[str, Layers, Layers, dict[tuple[float, float], bool]]] = [
    ("positive-anyway", [nn.ReLU(), nn.PReLU()], [nn.ReLU()], {ANY_SLOPE: True, (-1.0, 1.0): True, (0.0, 2.0): True}),
    ("rises", [nn.PReLU(), nn.ReLU()], [nn.ReLU()], {ANY_SLOPE: False, (-1.0, 1.0): False, (0.0, 2.0): True}),
    ("shrinks", [nn.Hardtanh(-1, 1), nn.PReLU(), nn.Hardtanh(-1, 1)], [nn.Hardtanh(-1, 1), nn.PReLU()],
     {ANY_SLOPE: False, (0.0, 2.0): False, (-1.0, 1.0): True, (0.0, 1.0): True}),
    ("shrinks-on-the-way", [nn.Hardtanh(-1, 1), nn.PReLU(), nn.Flatten(), nn.Hardtanh(-1, 1)],
     [nn.Hardtanh(-1, 1), nn.PReLU(), nn.Flatten()], {ANY_SLOPE: False, (0.0, 2.0): False, (-1.0, 1.0): True}),
    ("two-slopes", [nn.PReLU(), nn.PReLU()], [nn.PReLU()], {ANY_SLOPE: False, (0.0, 1.0): False}),
]  # fmt: skip


@pytest.mark.parametrize(("ours", "theirs", "bounds"), [case[1:] for case in SLOPES], ids=[case[0] for case in SLOPES])
def test_between_bounds(ours: Layers, theirs: Layers, bounds: dict[tuple[float, float], bool]) -> None:
    first, second = operations(ours, ROW), operations(theirs, ROW)
    assert {each: same(first, second, ANY, True, each) for each in bounds} == bounds


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (nn.Threshold(0.37, 0.0), nn.Threshold(0.3700001, 0.0)),
        (nn.Threshold(-0.37, 5.0), nn.Threshold(-0.3700001, 5.0)),
        (nn.Softplus(2.0, 1.0), nn.Softplus(2.0, 1.00001)),
        (nn.Softshrink(0.37), nn.Softshrink(0.3700001)),
        (nn.Hardshrink(0.37), nn.Hardshrink(0.3700001)),
    ],
    ids=str,
)
def test_levels_that_are_nearly_one(first: nn.Module, second: nn.Module) -> None:
    """Such two part between two levels alone, where no input is likely to be."""
    assert same(operations([first], ROW), operations([first], ROW), ANY, False)
    assert not same(operations([first], ROW), operations([second], ROW), ANY, False)


def test_slopes_of_two_layers_are_two() -> None:
    """Of layers that do not stand for each other each has its own."""
    (first,) = operations([nn.PReLU()], ROW)
    assert same((first,), (first,), ANY, False)
    assert not same((first,), (first._replace(layer="another"),), ANY, False)
    assert not same((first._replace(layer=None),), (first._replace(layer=None),), ANY, False)


def test_what_only_training_or_inference_asks_for() -> None:
    """Outputs are the same in both modes, and what is kept is not."""
    first, second = (operations([nn.BatchNorm2d(4, momentum=momentum)]) for momentum in (0.1, 0.2))
    assert [same(first, second, ANY, mode) for mode in (False, True)] == [True, False]


def test_statistics_that_are_kept_of_other_numbers() -> None:
    """Nothing but 0 comes out, but in training a norm before that keeps statistics of what comes in."""
    tail: Layers = [nn.BatchNorm2d(4), nn.LogSoftmax(1), nn.ReLU()]
    first, second = operations([nn.ReLU(), *tail]), operations(tail)
    assert [same(first, second, ANY, mode) for mode in (False, True)] == [True, False]


def test_settings_of_no_field_have_to_be_equal() -> None:
    kind = kinds.by_name()["linear"]
    first, second = ((runs.operation(kind, {"in_features": 6, "odd": odd}, ROW),) for odd in (1, 2))
    assert same(first, first, ANY, False)
    assert not same(first, second, ANY, False)
    assert not same(first, (runs.operation(kind, {"in_features": 6}, ROW),), ANY, False)


#: layers, the shape and the numbers that come in, the numbers that may come out in inference, and in training
DOMAINS: list[tuple[str, Layers, Shape | None, Domain, Domain, Domain]] = [
    ("nothing", [], MAP, UNIT, UNIT, UNIT),
    ("linear", [nn.Linear(8, 8)], MAP, UNIT, ANY, ANY),
    ("relu", [nn.ReLU()], MAP, Domain(-2, 3), Domain(0, 3), Domain(0, 3)),
    ("clamp", [nn.Hardtanh(-1, 2)], None, ANY, Domain(-1, 2), Domain(-1, 2)),
    ("two", [nn.Hardtanh(-1, 2), nn.LeakyReLU(0.5)], None, ANY, Domain(-0.5, 2), Domain(-0.5, 2)),
    ("drawn", [nn.RReLU(0.25, 0.75)], None, Domain(-1, 1), Domain(-0.75, 1), Domain(-0.75, 1)),
    ("learned", [nn.PReLU()], None, Domain(-1, 1), Domain(-2, 2), Domain(-2, 2)),
    ("learned-of-positive", [nn.PReLU()], None, UNIT, UNIT, UNIT),
    ("dropout", [nn.Dropout()], None, UNIT, UNIT, POSITIVE),
    ("dropout-of-negative", [nn.Dropout()], None, Domain(-2, -1), Domain(-2, -1), Domain(-FAR, 0)),
    ("dropout-of-both", [nn.Dropout()], None, Domain(-1, 1), Domain(-1, 1), ANY),
    ("alpha-dropout", [nn.AlphaDropout()], None, UNIT, UNIT, ANY),
    ("largest", [nn.MaxPool2d(2)], None, UNIT, UNIT, UNIT),
    ("mean", [nn.AvgPool2d(2)], None, Domain(1, 2), Domain(1, 2), Domain(1, 2)),
    ("mean-with-zeros", [nn.AvgPool2d(3, 1, 1)], None, Domain(1, 2), Domain(0, 2), Domain(0, 2)),
    ("flatten", [nn.Flatten()], None, Domain(1, 2), Domain(1, 2), Domain(1, 2)),
    ("copies", [nn.ReplicationPad2d(1)], None, Domain(1, 2), Domain(1, 2), Domain(1, 2)),
    ("bilinear", [nn.Upsample(scale_factor=2, mode="bilinear")], None, Domain(1, 2), Domain(1, 2), Domain(1, 2)),
    ("bicubic", [nn.Upsample(scale_factor=2, mode="bicubic")], None, Domain(1, 2), ANY, ANY),
    ("pad", [nn.ConstantPad2d(1, 5.0)], None, Domain(1, 2), Domain(1, 5), Domain(1, 5)),
    ("pad-below", [nn.ConstantPad2d(1, -5)], None, Domain(1, 2), Domain(-5, 2), Domain(-5, 2)),
    ("softmax", [nn.Softmax(1)], None, ANY, UNIT, UNIT),
    ("softmin", [nn.Softmin(1)], None, ANY, UNIT, UNIT),
    ("log-softmax", [nn.LogSoftmax(1)], None, ANY, Domain(-FAR, 0), Domain(-FAR, 0)),
    ("even-power", [nn.LPPool2d(2, 2)], None, Domain(-1, 1), POSITIVE, POSITIVE),
    ("odd-power", [nn.LPPool2d(3, 2)], None, Domain(-1, 1), ANY, ANY),
    ("odd-power-of-positive", [nn.LPPool2d(3, 2)], None, UNIT, POSITIVE, POSITIVE),
    ("embedding", [nn.Embedding(10, 4)], None, ANY, ANY, ANY),
    ("embedding-with-a-bound", [nn.Embedding(10, 4, max_norm=2.0)], None, ANY, Domain(-2, 2), Domain(-2, 2)),
    ("embedding-with-a-bound-of-sums", [nn.Embedding(10, 4, max_norm=2.0, norm_type=1.0)], None, ANY, Domain(-2, 2), Domain(-2, 2)),
    ("embedding-with-another-norm", [nn.Embedding(10, 4, max_norm=2.0, norm_type=0.5)], None, ANY, ANY, ANY),
    ("neighbours", [nn.LocalResponseNorm(2)], None, UNIT, POSITIVE, POSITIVE),
    ("neighbours-around-0", [nn.LocalResponseNorm(2)], None, Domain(-1, 1), ANY, ANY),
    ("neighbours-below-0", [nn.LocalResponseNorm(2, k=0)], None, UNIT, ANY, ANY),
    ("neighbours-without-factor", [nn.LocalResponseNorm(2, alpha=0)], None, UNIT, POSITIVE, POSITIVE),
    ("ones-through-an-instance-norm", [nn.InstanceNorm2d(4)], None, Domain(1, 1), Domain(0, 0), Domain(0, 0)),
    ("ones-through-kept-statistics", [nn.InstanceNorm2d(4, track_running_stats=True)], None, Domain(1, 1), ANY, ANY),
    ("ones-through-groups", [nn.GroupNorm(2, 4, affine=False)], None, Domain(1, 1), Domain(0, 0), Domain(0, 0)),
    ("ones-through-a-batch-norm", [nn.BatchNorm2d(4, affine=False)], None, Domain(1, 1), ANY, ANY),
    ("zeros-through-a-linear", [nn.Linear(8, 8, bias=False)], None, Domain(0, 0), Domain(0, 0), Domain(0, 0)),
    ("zeros-through-a-bias", [nn.Linear(8, 8)], None, Domain(0, 0), ANY, ANY),
    ("ones-through-a-linear", [nn.Linear(8, 8, bias=False)], None, Domain(1, 1), ANY, ANY),
    ("ones-through-a-norm", [nn.LayerNorm(8, bias=False)], None, Domain(1, 1), Domain(0, 0), Domain(0, 0)),
    ("ones-through-a-norm-with-bias", [nn.LayerNorm(8)], None, Domain(1, 1), ANY, ANY),
    ("numbers-through-a-norm", [nn.LayerNorm(8, bias=False)], None, UNIT, ANY, ANY),
    ("large-numbers", [nn.Hardtanh(-1e7, 1e7)], None, UNIT, ANY, ANY),
]  # fmt: skip


@pytest.mark.parametrize(
    ("layers", "x", "domain", "inference", "training"),
    [case[1:] for case in DOMAINS],
    ids=[case[0] for case in DOMAINS],
)
def test_domain_behind(layers: Layers, x: Shape | None, domain: Domain, inference: Domain, training: Domain) -> None:
    ops = operations(layers, x)
    assert domain_behind(ops, domain, training=False) == pytest.approx(inference)
    assert domain_behind(ops, domain, training=True) == pytest.approx(training)


def test_shares_of_few_numbers() -> None:
    """One of four numbers from 0 to 1 has at least 1 / (1 + 3e) of the sum of exponentials."""
    low, high = 0.10923177257303593, 0.4753668864186717
    for layer in (nn.Softmax(1), nn.Softmin(1), nn.Softmax2d()):
        assert domain_behind(operations([layer]), UNIT, False) == pytest.approx((low, high), rel=2e-9)
    log_low, log_high = -2.2142833, -0.7436684
    assert domain_behind(operations([nn.LogSoftmax(1)]), UNIT, False) == pytest.approx((log_low, log_high), rel=1e-6)


def printed(text: str) -> runs.Op:
    layer = rules.normalize(parse.parse(text)[0]).root
    return runs.operation(kinds.by_name()[layer.kind], kinds.settings_of(layer).printed, None)


@pytest.mark.parametrize("text", ["KWinners(n=30, percent_on=0.1)", "KWinners2d(channels=4, percent_on=0.1)"])
def test_winners_and_zeros(text: str) -> None:
    assert domain_behind([printed(text)], Domain(1, 2), training=False) == Domain(0, 2)
    assert domain_behind([printed(text)], Domain(-2, -1), training=True) == Domain(-2, 0)


#: two prints, whether they are one function in inference, and in training
PRINTED = [
    ("KWinners(n=30, percent_on=0.1)", "KWinners(n=30, percent_on=0.2)", False, False),
    ("KWinners(n=30, k_inference_factor=1.0)", "KWinners(n=30, k_inference_factor=1.5)", False, True),
    ("KWinners(n=30, boost_strength_factor=0.9)", "KWinners(n=30, boost_strength_factor=0.8)", True, False),
    ("Linear(8, 4, weight_dtype='a')", "Linear(8, 4, weight_dtype='b')", False, False),
    ("LPPool2d(norm_type=2)", "LPPool2d(norm_type=3)", False, False),
    ("LPPool2d(norm_type=2)", "LPPool2d(norm_type=2)", True, True),
    ("LeakyReLU(negative_slope='x')", "LeakyReLU(negative_slope='x')", True, True),
    ("LeakyReLU(negative_slope='x')", "LeakyReLU(negative_slope='y')", False, False),
]  # fmt: skip


@pytest.mark.parametrize(("ours", "theirs", "inference", "training"), PRINTED)
def test_of_what_is_printed(ours: str, theirs: str, inference: bool, training: bool) -> None:
    """Equal prints are one function also where they cannot be evaluated."""
    first, second = (printed(ours),), (printed(theirs),)
    assert [same(first, second, UNIT, mode) for mode in (False, True)] == [inference, training]
