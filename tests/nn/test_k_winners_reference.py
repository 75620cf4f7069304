"""KWinners and KWinners2d against plain Python: outputs, gradients and duty cycles to the last bit."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from archdiff.nn import KWinners, KWinners2d
from nn.k_winners_reference import Layer, Maps, single

TAIL: dict[str, Any] = {"boost_strength_factor": 0.9, "k_inference_factor": 1.5, "duty_cycle_period": 10}

#: class, settings, layer of the reference without what GENERATIONS and ways of winning decide
SHAPES: dict[str, tuple[type[KWinners] | type[KWinners2d], dict[str, Any], dict[str, Any]]] = {
    "flat": (KWinners, {"n": 12, "percent_on": 0.33}, {"channels": 12, "positions": 1, "k": 4, "k_inference": 6}),
    "flat, int() of 4.5": (
        KWinners,
        {"n": 12, "percent_on": 0.25},
        {"channels": 12, "positions": 1, "k": 3, "k_inference": 4},
    ),
    "flat, all in eval mode": (
        KWinners,
        {"n": 6, "percent_on": 0.66},
        {"channels": 6, "positions": 1, "k": 4, "k_inference": 6},
    ),
    "flat, none": (
        KWinners,
        {"n": 12, "percent_on": 0.04},  # 0.48 to 0
        {"channels": 12, "positions": 1, "k": 0, "k_inference": 0},
    ),
    "map": (  # 2.64 to 3; 12 * .22 * 1.5 = 3.96 to 4
        KWinners2d,
        {"channels": 3, "n": 0, "percent_on": 0.22},
        {"channels": 3, "positions": 4, "k": 3, "k_inference": 4},
    ),
    "map of three positions": (  # shares of a third round; 2.7 to 3, 4.05 to 4
        KWinners2d,
        {"channels": 3, "n": 9, "percent_on": 0.3},
        {"channels": 3, "positions": 3, "k": 3, "k_inference": 4},
    ),
    "map, local": (  # 2.5 to the even 2, 3.75 to 4
        KWinners2d,
        {"channels": 5, "percent_on": 0.5, "local": True},
        {"channels": 5, "positions": 4, "k": 2, "k_inference": 4, "local": True},
    ),
}
WAYS: dict[str, dict[str, Any]] = {
    "first nupic.torch": {},
    "ties broken": {"break_ties": True},
    "ties win": {"break_ties": False},
    "ties broken, relu": {"break_ties": True, "relu": True},
    "ties win, relu": {"break_ties": False, "relu": True},
    "ties broken, in place": {"break_ties": True, "inplace": True},
    "ties win, in place": {"break_ties": False, "inplace": True},
    "ties broken, relu, in place": {"break_ties": True, "relu": True, "inplace": True},
    "ties win, relu, in place": {"break_ties": False, "relu": True, "inplace": True},
}
PAPER: dict[str, tuple[type[KWinners] | type[KWinners2d], dict[str, Any], dict[str, Any]]] = {
    "flat, k": (KWinners, {"n": 12, "k": 3}, {"channels": 12, "positions": 1, "k": 3, "k_inference": 4}),  # 4.5 to 4
    "flat, k, capped": (KWinners, {"n": 12, "k": 9}, {"channels": 12, "positions": 1, "k": 9, "k_inference": 12}),
    "flat, k of all": (KWinners, {"n": 12, "k": 12}, {"channels": 12, "positions": 1, "k": 12, "k_inference": 12}),
    "flat, 12 digits": (
        KWinners,
        {"n": 12, "percent_on": 0.416666666667},
        {"channels": 12, "positions": 1, "k": 5, "k_inference": 8},
    ),
    "map": (KWinners2d, {"n": 12, "percent_on": 0.25}, {"channels": 3, "positions": 4, "k": 3, "k_inference": 4}),
    "map, n=0": (KWinners2d, {"n": 0, "percent_on": 0.25}, {"channels": 3, "positions": 4, "k": 3, "k_inference": 4}),
    "map, k of all": (KWinners2d, {"n": 12, "k": 12}, {"channels": 3, "positions": 4, "k": 12, "k_inference": 12}),
}
#: what the inputs are drawn from
VALUES = {
    "ties": (-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.5),
    "zeros": (0.0, 0.0, 0.0, -1.5, 2.5),
    "all zero": (0.0,),
    "none above zero": (0.0, -1.0, -2.0),
    "no ties": tuple(single(0.37 * i - 7.1) for i in range(1, 60)),
}


def pairs() -> dict[str, tuple[Any, Layer]]:
    found = {}
    for boost in (0.0, 1.5):
        for shape, (make, settings, layer) in SHAPES.items():
            for way, more in WAYS.items():
                reference = Layer(
                    "today" if more else "first",
                    boost=boost,
                    strict=more.get("break_ties", True),
                    relu=more.get("relu", False),
                    **layer,
                )
                made = make(**settings, boost_strength=boost, **TAIL, **more)
                found[f"{shape}, {way}, boost {boost}"] = (made, reference)
        for shape, (make, settings, layer) in PAPER.items():
            made = make(**settings, boost_strength=boost, **TAIL)
            found[f"{shape}, paper, boost {boost}"] = (made, Layer("paper", boost=boost, **layer))
    return found


PAIRS = pairs()


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("name", PAIRS)
def test_to_the_last_bit(name: str, values: str) -> None:
    for seed in range(3):
        agrees(*copy.deepcopy(PAIRS[name]), VALUES[values], seed)


def agrees(module: Any, reference: Layer, values: tuple[float, ...], seed: int = 0) -> None:
    """Training over the first period and past it, a batch above the period, eval mode; boosting decays between."""
    rng = random.Random(seed)
    for batch, training in ((3, True), (4, True), (5, True), (3, True), (12, True), (4, False), (4, False)):
        module.train(training)
        agrees_on(module, reference, [_drawn(rng, values, reference, training) for _ in range(batch)], training)
        module.update_boost_strength()
        reference.decay_boost()


def _drawn(rng: random.Random, values: tuple[float, ...], layer: Layer, training: bool) -> list[list[float]]:
    """A sample of `values`, each at most one time where there are many of them."""
    units = layer.channels * layer.positions
    for _ in range(1000):
        row = rng.sample(values, units) if len(values) > 20 else rng.choices(values, k=units)
        sample = [row[at : at + layer.positions] for at in range(0, units, layer.positions)]
        if layer.is_decided(sample, training):
            return sample
    raise AssertionError("no sample on which the formulas decide")


def agrees_on(module: Any, reference: Layer, cells: Maps, training: bool) -> None:
    x = torch.tensor(cells, dtype=torch.float32)
    shaped = x.flatten(1) if isinstance(module, KWinners) else x.unsqueeze(2)
    leaf = shaped.clone().requires_grad_()
    out: Tensor = module(leaf * 1)  # times one: what is overwritten must not be a leaf
    weights = torch.arange(1, out.numel() + 1, dtype=torch.float32).view_as(out)
    (out * weights).sum().backward()
    assert leaf.grad is not None
    gradient = leaf.grad.view_as(x)
    expected, wins = reference.step(cells, (gradient != 0).tolist(), training)
    assert bits(out.detach().view_as(x).tolist()) == bits(expected)
    grid = weights.view_as(x).tolist()
    assert gradient.tolist() == [
        [[weight if won else 0.0 for weight, won in zip(*rows, strict=True)] for rows in zip(*each, strict=True)]
        for each in zip(grid, wins, strict=True)
    ]
    if duty := module.duty_cycle.flatten().tolist():
        assert duty == reference.duty
    assert float(module.boost_strength) == single(reference.boost)


def bits(cells: Maps) -> list[str]:
    """Every number in full; -0.0 is not 0.0."""
    return [value.hex() for sample in cells for row in sample for value in row]


class TestDutyCycles:
    """Worked out by hand from (duty * (period - batch) + count) / period in single precision."""

    @pytest.mark.parametrize(
        ("positive", "duty"),
        [
            # two of three units were positive in one of six samples, at another time: they tie
            ([[0, 0], [0, 0], [1, 0]], 0.1666666716337204),
            ([[0, 0], [1, 0], [0, 0]], 0.1666666716337204),
            ([[1, 0], [0, 0], [0, 0]], 0.1666666716337204),
            ([[1, 1], [1, 1], [1, 1]], 1.0),
            ([[0, 0], [0, 0], [0, 0]], 0.0),
        ],
    )
    def test_when_does_not_matter(self, positive: list[list[int]], duty: float) -> None:
        module = KWinners(n=2, percent_on=0.96, break_ties=False)
        for batch in positive:
            module(torch.tensor([[float(value), 1.0] for value in batch]))
        assert module.duty_cycle.tolist() == [duty, 1.0]

    def test_equal_counts_stay_tied(self) -> None:
        """Had the first two units other duty cycles, only one would win."""
        module = KWinners(n=3, percent_on=0.4, boost_strength=1.5, break_ties=False)
        for strong in (2, 2, 2, 0, 1, 2):  # the first two in one of six samples each
            module(torch.tensor([[5.0 if unit == strong else 0.0 for unit in range(3)]]))
        assert module.duty_cycle.tolist()[:2] == [0.1666666716337204] * 2
        assert module(torch.tensor([[5.0, 5.0, 1.0]])).tolist() == [[5.0, 5.0, 0.0]]


class TestGradientAtZero:
    """A zero at the threshold wins where ties win, and passes its gradient; where ties are broken it is taken away."""

    @pytest.mark.parametrize(
        ("more", "x", "passes"),
        [
            ({"break_ties": False, "relu": True}, [0.0, -1.0, 3.0, 0.0], [1.0, 0.0, 1.0, 1.0]),
            ({"break_ties": False, "relu": True}, [-2.0, -1.0, 3.0, -5.0], [0.0, 0.0, 1.0, 0.0]),
            ({"break_ties": False, "relu": True}, [0.0, 1.0, 3.0, 0.0], [0.0, 1.0, 1.0, 0.0]),
            ({"break_ties": False, "relu": True}, [0.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0]),
            ({"break_ties": False}, [-2.0, -1.0, 3.0, -5.0], [0.0, 1.0, 1.0, 0.0]),
            ({"break_ties": True, "relu": True}, [0.0, -1.0, 3.0, 0.0], [0.0, 0.0, 1.0, 0.0]),
            ({"break_ties": True, "relu": True}, [-2.0, -1.0, 3.0, -5.0], [0.0, 0.0, 1.0, 0.0]),
        ],
    )
    @pytest.mark.parametrize("inplace", [False, True])
    def test_who_gets_a_gradient(
        self, more: dict[str, Any], x: list[float], passes: list[float], inplace: bool
    ) -> None:
        leaf = torch.tensor([x], requires_grad=True)
        KWinners(n=4, percent_on=0.5, **more, inplace=inplace)(leaf * 1).sum().backward()
        assert leaf.grad is not None
        assert leaf.grad.tolist() == [passes]


def _without_published_rounding(module: Any) -> Callable[[Tensor, Any], None]:
    def count(out: Tensor, dims: Any) -> None:
        module.samples_seen += len(out)
        share = len(out) / min(module.duty_cycle_period, module.samples_seen)
        module.duty_cycle.lerp_((out.detach() > 0).float().mean(dims).view_as(module.duty_cycle), share)

    return count


WRONG: dict[str, Callable[[Any], object]] = {
    "boosts the other way": lambda module: setattr(module, "_boosted", lambda x, _k: x * module.duty_cycle.exp()),
    "does not boost": lambda module: setattr(module, "_boosted", lambda x, _k: x),
    "one more": lambda module: setattr(module, "k", module.k + 1),
    "one more in eval mode": lambda module: setattr(module, "k_inference", module.k_inference + 1),
    "strict": lambda module: setattr(module, "break_ties", True),
    "no relu": lambda module: setattr(module, "relu", False),
    "another period": lambda module: setattr(module, "duty_cycle_period", 9),
    "another decay": lambda module: setattr(module, "boost_strength_factor", 0.8),
    "duty cycles by lerp_": lambda module: setattr(module, "_count", _without_published_rounding(module)),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_that_a_wrong_layer_is_noticed(wrong: str) -> None:
    module, reference = copy.deepcopy(PAIRS["flat, ties win, relu, boost 1.5"])
    WRONG[wrong](module)
    with pytest.raises(AssertionError):
        _agrees_on_all(module, reference)


def _agrees_on_all(module: Any, reference: Layer) -> None:
    for values in VALUES.values():
        agrees(module, reference, values)
