"""What a swap of two layers changes, held against running both orders with torch."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from archdiff import parse
from archdiff.diff import layer_effects
from archdiff.infer.leaf import Leaf, bare_leaves
from archdiff.model.effects import Effect
from archdiff.semantics import rules


def norm(affine: bool) -> nn.BatchNorm2d:
    """With statistics and weights of a network that has been trained; positive weights would hide what signs do."""
    layer = nn.BatchNorm2d(4, affine=affine)
    layer.running_mean, layer.running_var = torch.tensor([0.5, -1.0, 2.0, 0.1]), torch.tensor([0.5, 2.0, 1.0, 3.0])
    if affine:
        layer.weight = nn.Parameter(torch.tensor([1.0, -2.0, 0.5, -1.0]))
    return layer


#: activations, and what one may find them before or behind
ACTIVATIONS = {
    "relu": nn.ReLU(),
    "leaky": nn.LeakyReLU(0.2),
    "leaky-negative": nn.LeakyReLU(-0.2),
    "tanh": nn.Tanh(),
    "sigmoid": nn.Sigmoid(),
    "gelu": nn.GELU(),
    "silu": nn.SiLU(),
}
OTHERS = {
    "max-pool": nn.MaxPool2d(2),
    "adaptive-max": nn.AdaptiveMaxPool2d(9),
    "avg-pool": nn.AvgPool2d(2),
    "adaptive-avg": nn.AdaptiveAvgPool2d(5),
    "padded-avg": nn.AvgPool2d(2, padding=1),
    "norm": norm(affine=False),
    "norm-affine": norm(affine=True),
    "dropout": nn.Dropout(0.5),
    "dropout-2d": nn.Dropout2d(0.5),
    "alpha-dropout": nn.AlphaDropout(0.5),
    "conv": nn.Conv2d(4, 4, 3, padding=1),
    "identity": nn.Identity(),
    "pad": nn.ConstantPad2d(1, -1.5),
    "flatten": nn.Flatten(2),
}
LAYERS = ACTIVATIONS | OTHERS
#: two pools, or a pool and a convolution, are no two orders of one thing; two activations in a row are nobody's network
PAIRS = [(a, b) for a in ACTIVATIONS for b in OTHERS]
PAIRS += [
    (a, b)
    for a in ("norm", "norm-affine", "dropout", "identity")
    for b in OTHERS
    if a != b and (b != "flatten" or not a.startswith("norm"))
]


def leaf(module: nn.Module) -> Leaf:
    return next(bare_leaves(rules.normalize(parse.parse(repr(module))[0]).root))


def outputs(first: nn.Module, second: nn.Module, training: bool) -> torch.Tensor:
    torch.manual_seed(0)
    x = torch.randn(6, 4, 12, 12) * 3
    network = nn.Sequential(copy.deepcopy(first), copy.deepcopy(second)).train(training)
    y: torch.Tensor = network(x)
    return y


def same(a: str, b: str, training: bool) -> bool:
    one, other = outputs(LAYERS[a], LAYERS[b], training), outputs(LAYERS[b], LAYERS[a], training)
    return one.shape == other.shape and torch.allclose(one, other, atol=1e-6)


@pytest.mark.parametrize(("a", "b"), PAIRS, ids=[f"{a}-{b}" for a, b in PAIRS])
def test_a_swap_changes_what_running_both_shows(a: str, b: str) -> None:
    effect, _ = layer_effects.swapped(leaf(LAYERS[a]), leaf(LAYERS[b]))
    match effect:
        case Effect.COSMETIC | Effect.EQUIVALENT:
            assert same(a, b, training=False)
            assert same(a, b, training=True)
        case Effect.TRAINING:
            assert same(a, b, training=False)
            assert not same(a, b, training=True)
        case Effect.UNKNOWN:
            assert not same(a, b, training=False)  # with these weights; with positive ones it would be
        case _:
            assert effect is Effect.FUNCTION
            assert not same(a, b, training=False)


@pytest.mark.parametrize(("a", "b"), PAIRS, ids=[f"{a}-{b}" for a, b in PAIRS])
def test_a_swap_is_the_same_both_ways(a: str, b: str) -> None:
    ours, theirs = leaf(LAYERS[a]), leaf(LAYERS[b])
    assert layer_effects.swapped(ours, theirs)[0] == layer_effects.swapped(theirs, ours)[0]


WINNERS = "KWinners(n=12, percent_on=0.25, boost_strength={}, boost_strength_factor=0.9, k_inference_factor=1.0)"
BY_ONE = "Conv2d(4, 4, kernel_size=(1, 1), stride=({0}, {0}), padding=({1}, {1}), bias={2})"


@pytest.mark.parametrize(
    ("first", "second", "effect"),
    [
        (WINNERS.format(0.0), "Tanh()", Effect.EQUIVALENT),
        (WINNERS.format(1.5), "Tanh()", Effect.FUNCTION),  # boosting scales before it ranks
        (WINNERS.format(1.5), "LeakyReLU(negative_slope=0.1)", Effect.EQUIVALENT),  # which passes factors on
        (WINNERS.format(0.0), "Hardtanh(min_val=-1.0, max_val=1.0)", Effect.FUNCTION),  # makes ties
        (BY_ONE.format(1, 0, True), "AvgPool2d(kernel_size=2, stride=2, padding=0)", Effect.EQUIVALENT),
        (BY_ONE.format(2, 0, True), "AvgPool2d(kernel_size=2, stride=2, padding=0)", Effect.FUNCTION),
        (BY_ONE.format(1, 1, True), "AvgPool2d(kernel_size=2, stride=2, padding=0)", Effect.FUNCTION),
        (BY_ONE.format(1, 0, False), "ConstantPad2d(padding=(1, 1, 1, 1), value=0)", Effect.EQUIVALENT),
        (BY_ONE.format(1, 0, False), "ConstantPad2d(padding=(1, 1, 1, 1), value=2)", Effect.FUNCTION),
        (BY_ONE.format(1, 0, True), "ConstantPad2d(padding=(1, 1, 1, 1), value=0)", Effect.FUNCTION),
    ],
)
def test_a_swap_of_printed_layers(first: str, second: str, effect: Effect) -> None:
    a, b = (
        next(bare_leaves(rules.normalize(parse.parse(f"Net(\n  (0): {text}\n)\n")[0]).root)) for text in (first, second)
    )
    assert (layer_effects.swapped(a, b)[0], layer_effects.swapped(b, a)[0]) == (effect, effect)
