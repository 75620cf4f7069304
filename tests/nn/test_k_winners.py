"""KWinners and KWinners2d beside their formulas: how many win, what is refused, places, checkpoints."""

from __future__ import annotations

import copy
import math
import pickle
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from archdiff.nn import KWinners, KWinners2d

#: of several types, as `Any`: of a TypedDict mypy cannot tell which keys are left out
TAIL: dict[str, Any] = {"boost_strength_factor": 0.9, "k_inference_factor": 1.5, "duty_cycle_period": 10}


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
    def test_a_change_is_heard(self, more: dict[str, Any], change: Callable[..., object]) -> None:
        module = KWinners(n=4, percent_on=0.25, boost_strength=1.5, boost_strength_factor=0.5, **more).eval()
        x = torch.tensor([[4.0, 3.0, 1.0, 1.0]])
        assert module(x).tolist() == [[4, 0, 0, 0]]
        change(module)
        for _ in range(2):
            assert module(x).tolist() == [[0, 3, 0, 0]]
        for _ in range(3):
            module.update_boost_strength()  # exp(.1875) < 4/3
        assert module(x).tolist() == [[4, 0, 0, 0]]

    def test_inference_mode_first(self) -> None:
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
            (KWinners(n=1000, percent_on=0.0004, break_ties=False), (2, 1000), 0, 0),
            (KWinners(n=10, percent_on=0.96, break_ties=False), (2, 10), 10, 10),
            (KWinners(n=10, k=9, k_inference_factor=1.5), (2, 10), 9, 10),
            (KWinners2d(n=12544, percent_on=0.0956632653061, **TAIL), (2, 64, 14, 14), 1200, 1800),
            (KWinners2d(channels=64, n=0, percent_on=0.095, **TAIL), (2, 64, 14, 14), 1192, 1788),
            (KWinners2d(channels=64, n=0, percent_on=0.095, **TAIL, break_ties=False), (2, 64, 28, 28), 4767, 7150),
        ],
    )
    def test_every_sample_has_k(self, module: nn.Module, shape: tuple[int, ...], k: int, k_inference: int) -> None:
        x = torch.randn(shape, generator=torch.Generator().manual_seed(1))
        per_sample = (lambda y: y.flatten(1)) if x.dim() == 4 else (lambda y: y.view(-1, shape[-1]))
        for training, wins in ((True, k), (False, k_inference), (True, k)):
            kept = per_sample(module.train(training)(x)).count_nonzero(1)
            assert kept.tolist() == [wins] * len(kept)

    def test_local_winners_at_every_position(self) -> None:
        module = KWinners2d(channels=64, local=True, n=0, percent_on=0.1, **TAIL)
        x = torch.randn(2, 64, 3, 5)
        assert set(module(x).count_nonzero(1).flatten().tolist()) == {6}
        assert set(module.eval()(x).count_nonzero(1).flatten().tolist()) == {10}  # 9.6; int(6 * 1.5) is 9

    def test_n_is_that_of_the_first_input(self) -> None:
        module = KWinners2d(channels=2, percent_on=0.25)
        assert module(torch.randn(1, 2, 4, 4)).count_nonzero() == 8
        assert module(torch.randn(1, 2, 6, 6)).count_nonzero() == 8

    def test_layouts_of_memory_are_no_difference(self) -> None:
        x = torch.randn(2, 8, 5, 5)
        ways: list[dict[str, Any]] = [{}, {"break_ties": False}, {"break_ties": False, "local": True}]
        for more in ways:
            module = KWinners2d(channels=8, percent_on=0.2, **more).eval()
            assert torch.equal(module(x.contiguous(memory_format=torch.channels_last)), module(x))


class TestRefused:
    @pytest.mark.parametrize(
        ("make", "says"),
        [
            (lambda: KWinners(percent_on=0.1), "needs n"),
            (lambda: KWinners(n=10), "percent_on"),
            (lambda: KWinners(n=10, percent_on=0.1, strength=1), "no 'strength'"),  # type: ignore[call-arg]  # refused
            (lambda: KWinners(n=10, percent_on=0.1, channels=1), "no 'channels'"),  # type: ignore[call-arg]  # refused
            (lambda: KWinners(n=5, percent_on=0.3, k_inference_factor=3), r"6 in eval mode\) of 5"),
            (
                lambda: KWinners(n=10, percent_on=0.8, k_inference_factor=1.5),
                "percent_on \\* k_inference_factor .*, not 1.2",
            ),
            (lambda: KWinners(n=10, percent_on=1.0), "percent_on lies between 0 and 1, both excluded, not 1"),
            (lambda: KWinners(n=10, percent_on=1.5), "percent_on lies between 0 and 1, both excluded, not 1.5"),
            (lambda: KWinners(n=10, percent_on=0.0), "percent_on lies between 0 and 1, both excluded, not 0"),
            (lambda: KWinners2d(channels=3, percent_on=1.0), "percent_on lies between 0 and 1, both excluded, not 1"),
            (lambda: KWinners2d(n=12, percent_on=1.0), "percent_on lies between 0 and 1, both excluded, not 1"),
            (lambda: KWinners(n=10, percent_on=0.1, boost_strength=-1.0), "boost_strength is 0 or more, not -1"),
            (lambda: KWinners(n=10, percent_on=0.1, boost_strength_factor=1.1), "boost_strength_factor .*, not 1.1"),
            (lambda: KWinners(n=10, percent_on=0.1)(torch.zeros(2, 11)), r"\(batch, ..., 10\), not \(2, 11\)"),
            (lambda: KWinners2d(channels=3, percent_on=0.1)(torch.zeros(1, 2, 4, 4)), r"3, height, width\), not"),
            (lambda: KWinners2d(channels=3, percent_on=0.1)(torch.zeros(3, 4, 4)), r"not \(3, 4, 4\)"),
            (lambda: KWinners2d(channels=3)(torch.zeros(1, 3, 4, 4)), "percent_on"),
        ],
    )
    def test_what_cannot_be(self, make: Callable[..., object], says: str) -> None:
        with pytest.raises((TypeError, ValueError), match=says):
            make()


class TestPlaces:
    @pytest.mark.parametrize("more", [{}, {"break_ties": False}, {"break_ties": False, "inplace": True, "relu": True}])
    def test_meta(self, more: dict[str, Any]) -> None:
        with torch.device("meta"):
            flat = KWinners(n=10, percent_on=0.2, boost_strength=1.5, boost_strength_factor=0.9, **more)
        image = KWinners2d(n=0, percent_on=0.2, boost_strength=1.5, **more, device="meta")
        assert flat(torch.empty(3, 10, device="meta")).shape == (3, 10)
        assert image(torch.empty(3, 2, 4, 4, device="meta")).shape == (3, 2, 4, 4)
        flat.update_boost_strength()
        assert "boost_strength=1.35" in repr(flat)
        assert "n=32" in repr(image)

    @pytest.mark.parametrize("more", [{}, {"break_ties": False}, {"inplace": True}])
    def test_half_precision_stays_in_the_values_only(self, more: dict[str, Any]) -> None:
        module = KWinners(n=8, percent_on=0.25, boost_strength=1.5, **more, dtype=torch.bfloat16)
        out = module(torch.randn(4, 8, dtype=torch.bfloat16))
        assert (out.dtype, module.duty_cycle.dtype) == (torch.bfloat16, torch.float32)
        assert float(module.duty_cycle.sum()) <= 2

    def test_in_place_is_in_place(self) -> None:
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

    def test_an_empty_batch_changes_nothing(self) -> None:
        module = KWinners(n=8, percent_on=0.25, break_ties=False)
        assert module(torch.zeros(0, 8)).shape == (0, 8)
        assert module.duty_cycle.tolist() == [0] * 8

    def test_copies_are_their_own(self) -> None:
        module = KWinners2d(n=0, percent_on=0.25, boost_strength=1.5)
        for other in (copy.deepcopy(module), pickle.loads(pickle.dumps(module))):
            other(torch.ones(1, 2, 2, 2))
            assert (module.n, other.n) == (0, 8)


class TestCheckpoints:
    def test_names(self) -> None:
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
    def test_today_and_older(self, held: dict[str, Tensor]) -> None:
        net = torch.nn.Sequential(torch.nn.ReLU(), KWinners(n=8, percent_on=0.25, boost_strength=1.5))
        net.load_state_dict({f"1.{name}": value for name, value in held.items()})
        layer = net[1]
        assert isinstance(layer, KWinners)
        assert layer.duty_cycle.tolist() == [0.5] * 8
        strength = 0.75 if len(held) == 2 else 1.5
        assert float(layer.boost_strength) == strength
        assert f"boost_strength={strength}" in repr(net)
        assert layer._boosted(torch.ones(1, 8), 2)[0, 0] == pytest.approx(math.exp((2 / 8 - 0.5) * strength))

    def test_channels_that_were_not_printed(self) -> None:
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
    def test_what_does_not_fit_is_an_error(self, held: dict[str, int | Tensor], says: str) -> None:
        with pytest.raises(RuntimeError, match=says):
            KWinners(n=8, percent_on=0.25).load_state_dict(held)

    def test_a_strength_keeps_its_spelling(self) -> None:
        module = KWinners(n=8, percent_on=0.25, boost_strength=1.67)
        module.load_state_dict(copy.deepcopy(module).state_dict())
        assert "boost_strength=1.67)" in repr(module)  # not 1.6699999570846558
