"""KWinners and KWinners2d against the formulas, worked out on plain lists without torch."""

from __future__ import annotations

import copy
import math
import pickle
import random
from dataclasses import dataclass, field
from itertools import product

import pytest
import torch
from torch import Tensor

from archdiff.nn import KWinners, KWinners2d

TAIL = {"boost_strength_factor": 0.9, "k_inference_factor": 1.5, "duty_cycle_period": 10}
DOUBLE = {"dtype": torch.float64}

Maps = list[list[list[float]]]  # sample, channel, position; a flat layer has one position


@dataclass
class Slow:
    """One layer by the formulas. It is told who won, so that it can check a choice among ties and go on from there."""

    channels: int
    positions: int
    k: int
    k_inference: int
    boost: float
    paper: bool = False
    strict: bool = True
    relu: bool = False
    local: bool = False
    seen: int = 0
    duty: list[float] = field(default_factory=list)

    def step(self, x: Maps, won: list[list[list[bool]]], training: bool = True) -> Maps:
        """The output; AssertionError where others had to win."""
        self.duty = self.duty or [0.0] * self.channels
        if self.relu:
            x = [[[max(value, 0.0) for value in row] for row in sample] for sample in x]
        k = self.k if training else self.k_inference
        for sample, wins in zip(x, won, strict=True):
            for units in self.groups():
                self.check({(c, p): sample[c][p] for c, p in units}, {(c, p) for c, p in units if wins[c][p]}, k)
        cells = list(product(range(len(x)), range(self.channels), range(self.positions)))
        out = copy.deepcopy(x)
        for s, c, p in cells:
            out[s][c][p] = x[s][c][p] if won[s][c][p] else 0.0
        if training:
            self.seen += len(x)
            period = min(TAIL["duty_cycle_period"], self.seen)
            for c in range(self.channels):
                count = sum(sum(value > 0 for value in sample[c]) / self.positions for sample in out)
                self.duty[c] = (self.duty[c] * (period - len(x)) + count) / period
        return out

    def groups(self) -> list[list[tuple[int, int]]]:
        everywhere = range(self.positions)
        if self.local:
            return [[(c, p) for c in range(self.channels)] for p in everywhere]
        return [[(c, p) for c in range(self.channels) for p in everywhere]]

    def check(self, units: dict[tuple[int, int], float], wins: set[tuple[int, int]], k: int) -> None:
        target = k / len(units) if self.paper else 0.0
        score = {unit: value * math.exp((target - self.duty[unit[0]]) * self.boost) for unit, value in units.items()}
        kth = sorted(score.values(), reverse=True)[k - 1]
        above, tied = ({unit for unit in score if test(score[unit])} for test in (kth.__lt__, kth.__eq__))
        if self.relu:  # zeros that win are not seen
            positive = {unit for unit in units if units[unit] > 0}
            above, tied, k = above & positive, tied & positive, min(k, len(positive))
        if self.strict:
            assert above <= wins <= above | tied
            assert len(wins) == k
        else:
            assert wins == above | tied


FLAT = ({"n": 12, "percent_on": 0.33}, Slow(12, 1, 4, 6, 0))  # 3.96 -> 4; 4 * 1.5
MAP = ({"channels": 3, "n": 0, "percent_on": 0.22}, Slow(3, 4, 3, 4, 0))  # 2.64 -> 3; 12 * .22 * 1.5 = 3.96 -> 4
CASES = {
    "flat": (KWinners, *FLAT, {}),
    "flat, break_ties": (KWinners, *FLAT, {"break_ties": True}),
    "flat, ties win": (KWinners, *FLAT, {"break_ties": False}),
    "flat, ties win, relu": (KWinners, *FLAT, {"break_ties": False, "relu": True}),
    "flat, relu": (KWinners, *FLAT, {"relu": True}),
    "flat, inplace": (KWinners, *FLAT, {"inplace": True}),
    "flat, ties win, relu, inplace": (KWinners, *FLAT, {"break_ties": False, "relu": True, "inplace": True}),
    "flat, break_ties, relu, inplace": (KWinners, *FLAT, {"break_ties": True, "relu": True, "inplace": True}),
    "flat, int() of 4.5": (KWinners, {"n": 12, "percent_on": 0.25}, Slow(12, 1, 3, 4, 0), {}),
    "flat, all in eval mode": (KWinners, {"n": 6, "percent_on": 0.67}, Slow(6, 1, 4, 6, 0), {}),
    "flat, paper, k": (KWinners, {"n": 12, "k": 3}, Slow(12, 1, 3, 4, 0, paper=True), {}),  # 4.5 to the even 4
    "flat, paper, more than n": (KWinners, {"n": 12, "k": 9}, Slow(12, 1, 9, 12, 0, paper=True), {}),
    "flat, paper, 12 digits": (KWinners, {"n": 12, "percent_on": 0.416666666667}, Slow(12, 1, 5, 8, 0, paper=True), {}),
    "map": (KWinners2d, *MAP, {}),
    "map, ties win": (KWinners2d, *MAP, {"local": False, "break_ties": False}),
    "map, inplace": (KWinners2d, *MAP, {"local": False, "break_ties": False, "inplace": True}),
    "map, local": (KWinners2d, {"channels": 5, "percent_on": 0.5}, Slow(5, 4, 2, 4, 0, local=True), {"local": True}),
    "map, local, ties win": (
        KWinners2d,
        {"channels": 5, "percent_on": 0.5},  # 2.5 to the even 2, 3.75 to 4
        Slow(5, 4, 2, 4, 0, local=True),
        {"local": True, "break_ties": False, "relu": True},
    ),
    "map, paper": (KWinners2d, {"n": 12, "percent_on": 0.25}, Slow(3, 4, 3, 4, 0, paper=True), {}),
    "map, paper, n=0": (KWinners2d, {"n": 0, "percent_on": 0.25}, Slow(3, 4, 3, 4, 0, paper=True), {}),
}


def run(module: KWinners | KWinners2d, slow: Slow, seed: int = 0) -> None:
    """Three steps of training with a change of boosting between them, then eval mode."""
    rng = random.Random(seed)
    for training in (True, True, True, False):
        module.train(training)
        x = torch.tensor(
            [[[rng.choice((-3, -2, -1, 0, 1, 2, 3, 4.5)) for _ in range(slow.positions)] for _ in range(slow.channels)]
             for _ in range(4)],
            **DOUBLE,
        )  # fmt: skip
        check(module, slow, x, training)
        module.update_boost_strength()
        slow.boost *= TAIL["boost_strength_factor"]


def check(module: KWinners | KWinners2d, slow: Slow, x: Tensor, training: bool) -> None:
    shaped = x.flatten(1) if isinstance(module, KWinners) else x.unflatten(2, (2, -1))
    leaf = shaped.clone().requires_grad_()
    out = module(leaf * 1)
    weights = torch.arange(1, out.numel() + 1, **DOUBLE).view_as(out)
    (out * weights).sum().backward()
    gradient = leaf.grad.view_as(x)
    expected = slow.step(x.tolist(), (gradient != 0).tolist(), training)
    assert out.view_as(x).tolist() == expected
    assert torch.equal(gradient, weights.view_as(x) * (gradient != 0))  # unchanged at winners
    assert module.duty_cycle.flatten().tolist() == pytest.approx(slow.duty, rel=1e-12)
    assert float(module.boost_strength) == pytest.approx(slow.boost, rel=1e-12)


@pytest.mark.parametrize("boost", [0, 1.5])
@pytest.mark.parametrize("name", CASES)
def test_outputs_gradients_and_duty_cycles(name, boost):
    make, settings, slow, more = CASES[name]
    slow = copy.deepcopy(slow)
    slow.boost, slow.strict, slow.relu = boost, more.get("break_ties", True), more.get("relu", False)
    for seed in range(5):
        run(make(**settings, boost_strength=boost, **TAIL, **more, **DOUBLE), copy.deepcopy(slow), seed)


WRONG = {
    "boosts the other way": lambda module: setattr(module, "_boosted", lambda x, k: x * module.duty_cycle.exp()),
    "does not boost": lambda module: setattr(module, "_boosted", lambda x, k: x),
    "one more": lambda module: setattr(module, "k", module.k + 1),
    "one more in eval mode": lambda module: setattr(module, "k_inference", module.k_inference + 1),
    "strict": lambda module: setattr(module, "break_ties", True),
    "no relu": lambda module: setattr(module, "relu", False),
    "another period": lambda module: setattr(module, "duty_cycle_period", 9),
    "another decay": lambda module: setattr(module, "boost_strength_factor", 0.8),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_that_a_wrong_layer_is_seen(wrong):
    slow = Slow(12, 1, 4, 6, 1.5, strict=False, relu=True)
    module = KWinners(**FLAT[0], boost_strength=1.5, **TAIL, break_ties=False, relu=True, **DOUBLE)
    WRONG[wrong](module)
    with pytest.raises(AssertionError):
        run(module, slow)


class TestBoostingInEvalMode:
    """Its factors are kept between two forwards; whatever they follow from must be heard."""

    @pytest.mark.parametrize(
        "change",
        [
            lambda module: module.duty_cycle.copy_(torch.tensor([1.0, 0, 0, 0])),
            lambda module: module.load_state_dict({"duty_cycle": torch.tensor([1.0, 0, 0, 0])}),
            lambda module: module.load_state_dict({"duty_cycle": torch.tensor([1.0, 0, 0, 0])}, assign=True),
            lambda module: setattr(module, "duty_cycle", torch.tensor([1.0, 0, 0, 0])),
            lambda module: [module.train()(torch.tensor([[4.0, 0, 0, 0]])), module.eval()],
        ],
    )
    @pytest.mark.parametrize("more", [{}, {"break_ties": False}])
    def test_a_change_is_heard(self, more, change):
        module = KWinners(n=4, percent_on=0.25, boost_strength=1.5, boost_strength_factor=0.5, **more).eval()
        x = torch.tensor([[4.0, 3.0, 1.0, 1.0]])
        assert module(x).tolist() == [[4, 0, 0, 0]]
        change(module)
        for _ in range(2):
            assert module(x).tolist() == [[0, 3, 0, 0]]
        for _ in range(3):
            module.update_boost_strength()  # exp(.1875) < 4/3
        assert module(x).tolist() == [[4, 0, 0, 0]]

    def test_inference_mode_first(self):
        x = torch.randn(1, 2, 2, 2, requires_grad=True)
        module = KWinners2d(n=0, percent_on=0.25, boost_strength=1.5).eval()
        with torch.inference_mode():
            module(x)
            KWinners2d(channels=2, percent_on=0.25, boost_strength=1.5).eval()(x)
        module(x).sum().backward()
        module.train()(x).sum().backward()
        assert module.duty_cycle.sum() > 0


class TestHowManyWin:
    """Numbers of the published networks, seen in what comes out."""

    @pytest.mark.parametrize(
        ("module", "shape", "k", "k_inference"),
        [
            (KWinners(n=1000, percent_on=0.1, **TAIL), (3, 1000), 100, 150),
            (KWinners(n=1500, percent_on=0.067, **TAIL), (3, 1500), 100, 150),  # 100.5 to the even 100
            (KWinners(n=1500, percent_on=0.0666666666667, **TAIL), (3, 1500), 100, 150),
            (KWinners(n=1000, percent_on=0.075, **TAIL, break_ties=False), (3, 1000), 75, 112),
            (KWinners(n=1000, k=77, **TAIL), (3, 1000), 77, 116),
            (KWinners(n=1000, k=77, k_inference=90), (3, 1000), 77, 90),
            (KWinners(n=1000, percent_on=0.1), (2, 3, 1000), 100, 100),
            (KWinners(n=1000, percent_on=0.0, break_ties=False), (2, 1000), 0, 0),
            (KWinners(n=10, percent_on=1.0, break_ties=False), (2, 10), 10, 10),
            (KWinners2d(n=12544, percent_on=0.0956632653061, **TAIL), (2, 64, 14, 14), 1200, 1800),
            (KWinners2d(channels=64, n=0, percent_on=0.095, **TAIL), (2, 64, 14, 14), 1192, 1788),
            (KWinners2d(channels=64, n=0, percent_on=0.095, **TAIL, break_ties=False), (2, 64, 28, 28), 4767, 7150),
        ],
    )
    def test_every_sample_has_k(self, module, shape, k, k_inference):
        x = torch.randn(shape, generator=torch.Generator().manual_seed(1))
        per_sample = (lambda y: y.flatten(1)) if x.dim() == 4 else (lambda y: y.view(-1, shape[-1]))
        for training, wins in ((True, k), (False, k_inference), (True, k)):
            kept = per_sample(module.train(training)(x)).count_nonzero(1)
            assert kept.tolist() == [wins] * len(kept)

    def test_local_winners_at_every_position(self):
        module = KWinners2d(channels=64, local=True, n=0, percent_on=0.1, **TAIL)
        x = torch.randn(2, 64, 3, 5)
        assert set(module(x).count_nonzero(1).flatten().tolist()) == {6}
        assert set(module.eval()(x).count_nonzero(1).flatten().tolist()) == {10}  # 9.6; int(6 * 1.5) is 9

    def test_n_is_that_of_the_first_input(self):
        module = KWinners2d(channels=2, percent_on=0.25)
        assert module(torch.randn(1, 2, 4, 4)).count_nonzero() == 8
        assert module(torch.randn(1, 2, 6, 6)).count_nonzero() == 8

    def test_layouts_of_memory_are_no_difference(self):
        x = torch.randn(2, 8, 5, 5)
        for more in ({}, {"break_ties": False}, {"break_ties": False, "local": True}):
            module = KWinners2d(channels=8, percent_on=0.2, **more).eval()
            assert torch.equal(module(x.contiguous(memory_format=torch.channels_last)), module(x))


class TestRefused:
    @pytest.mark.parametrize(
        ("make", "says"),
        [
            (lambda: KWinners(percent_on=0.1), "needs n"),
            (lambda: KWinners(n=10), "percent_on"),
            (lambda: KWinners(n=10, percent_on=0.1, strength=1), "no 'strength'"),
            (lambda: KWinners(n=10, percent_on=0.1, channels=1), "no 'channels'"),
            (lambda: KWinners(n=10, percent_on=0.8, k_inference_factor=1.5), r"12 in eval mode\) of 10"),
            (lambda: KWinners(n=10, percent_on=0.1)(torch.zeros(2, 11)), r"\(batch, ..., 10\), not \(2, 11\)"),
            (lambda: KWinners2d(channels=3, percent_on=0.1)(torch.zeros(1, 2, 4, 4)), r"3, height, width\), not"),
            (lambda: KWinners2d(channels=3, percent_on=0.1)(torch.zeros(3, 4, 4)), r"not \(3, 4, 4\)"),
            (lambda: KWinners2d(channels=3)(torch.zeros(1, 3, 4, 4)), "percent_on"),
        ],
    )
    def test_what_cannot_be(self, make, says):
        with pytest.raises((TypeError, ValueError), match=says):
            make()


class TestPlaces:
    @pytest.mark.parametrize("more", [{}, {"break_ties": False}, {"break_ties": False, "inplace": True, "relu": True}])
    def test_meta(self, more):
        with torch.device("meta"):
            flat = KWinners(n=10, percent_on=0.2, boost_strength=1.5, boost_strength_factor=0.9, **more)
        image = KWinners2d(n=0, percent_on=0.2, boost_strength=1.5, **more, device="meta")
        assert flat(torch.empty(3, 10, device="meta")).shape == (3, 10)
        assert image(torch.empty(3, 2, 4, 4, device="meta")).shape == (3, 2, 4, 4)
        flat.update_boost_strength()
        assert "boost_strength=1.35" in repr(flat)
        assert "n=32" in repr(image)

    @pytest.mark.parametrize("more", [{}, {"break_ties": False}, {"inplace": True}])
    def test_half_precision_stays_in_the_values_only(self, more):
        module = KWinners(n=8, percent_on=0.25, boost_strength=1.5, **more, dtype=torch.bfloat16)
        out = module(torch.randn(4, 8, dtype=torch.bfloat16))
        assert (out.dtype, module.duty_cycle.dtype) == (torch.bfloat16, torch.float32)
        assert float(module.duty_cycle.sum()) <= 2

    def test_in_place_is_in_place(self):
        for module, shape in (
            (KWinners(n=8, percent_on=0.25, inplace=True), (2, 8)),
            (KWinners2d(channels=2, percent_on=0.25, inplace=True, break_ties=False), (2, 2, 2, 2)),
        ):
            x = torch.randn(shape)
            assert module(x).data_ptr() == x.data_ptr()
            assert x.count_nonzero() == 4
            x = torch.randn(shape)
            assert type(module)(**(module._given | {"inplace": False}))(x).data_ptr() != x.data_ptr()
            assert x.count_nonzero() == 16

    def test_an_empty_batch_changes_nothing(self):
        module = KWinners(n=8, percent_on=0.25, break_ties=False)
        assert module(torch.zeros(0, 8)).shape == (0, 8)
        assert module.duty_cycle.tolist() == [0] * 8

    def test_copies_are_their_own(self):
        module = KWinners2d(n=0, percent_on=0.25, boost_strength=1.5)
        for other in (copy.deepcopy(module), pickle.loads(pickle.dumps(module))):
            other(torch.ones(1, 2, 2, 2))
            assert (module.n, other.n) == (0, 8)


class TestCheckpoints:
    def test_names(self):
        flat, image = KWinners(n=8, percent_on=0.25), KWinners2d(channels=3, n=0, percent_on=0.25)
        shapes = [{name: tuple(value.shape) for name, value in each.state_dict().items()} for each in (flat, image)]
        assert shapes == [
            {"duty_cycle": (8,), "boost_strength": ()},
            {"duty_cycle": (1, 3, 1, 1), "boost_strength": ()},
        ]

    @pytest.mark.parametrize(
        "held",
        [
            {"duty_cycle": torch.full((8,), 0.5), "boost_strength": torch.tensor(0.75)},
            {"duty_cycle": torch.full((8,), 0.5), "_boost_strength": torch.tensor([0.75])},
            {"dutyCycle": torch.full((1, 8), 0.5), "boostStrength": torch.tensor(0.75)},
            {"duty_cycle": torch.full((8,), 0.5)},
        ],
    )
    def test_today_and_older(self, held):
        net = torch.nn.Sequential(torch.nn.ReLU(), KWinners(n=8, percent_on=0.25, boost_strength=1.5))
        net.load_state_dict({f"1.{name}": value for name, value in held.items()})
        assert net[1].duty_cycle.tolist() == [0.5] * 8
        strength = 0.75 if len(held) == 2 else 1.5
        assert float(net[1].boost_strength) == strength
        assert f"boost_strength={strength}" in repr(net)
        assert net[1]._boosted(torch.ones(1, 8), 2)[0, 0] == pytest.approx(math.exp(-0.5 * strength))

    def test_channels_that_were_not_printed(self):
        module = KWinners2d(n=0, percent_on=0.25)
        module.load_state_dict({"duty_cycle": torch.full((1, 3, 1, 1), 0.5)})
        module.eval()(torch.zeros(1, 3, 2, 2))
        assert module.duty_cycle.flatten().tolist() == [0.5] * 3

    @pytest.mark.parametrize(
        ("held", "says"),
        [
            ({"duty_cycle": torch.zeros(9)}, "size mismatch"),
            ({}, "Missing"),
            ({"duty_cycle": torch.zeros(8), "x": 0}, "Unexpected"),
        ],
    )
    def test_what_does_not_fit_is_an_error(self, held, says):
        with pytest.raises(RuntimeError, match=says):
            KWinners(n=8, percent_on=0.25).load_state_dict(held)

    def test_a_strength_keeps_its_spelling(self):
        module = KWinners(n=8, percent_on=0.25, boost_strength=1.67)
        module.load_state_dict(copy.deepcopy(module).state_dict())
        assert "boost_strength=1.67)" in repr(module)  # not 1.6699999570846558
