"""n, k and k_inference of the prints that are known, and the two generations told apart."""

from __future__ import annotations

from typing import Literal

import pytest

from archdiff import parse
from archdiff.model.effects import Effect
from archdiff.model.network import UNKNOWN
from archdiff.semantics import kinds, rules
from archdiff.semantics.kinds import Misfit, NotKnown, Settings, Trait
from archdiff.semantics.kinds.k_winners import Winners, winners
from known import known

TAIL = "boost_strength=1.5, boost_strength_factor=0.9, k_inference_factor=1.5, duty_cycle_period=1000)"


def view(text: str) -> Settings:
    return kinds.settings_of(rules.normalize(parse.parse(text)[0]).root)


@pytest.mark.parametrize(
    ("text", "n", "k", "k_inference", "generation"),
    [
        (f"KWinners2d(n=12544, percent_on=0.0956632653061, {TAIL}", 12544, 1200, 1800, "paper"),
        (f"KWinners2d(n=1600, percent_on=0.125, {TAIL}", 1600, 200, 300, "paper"),
        (f"KWinners2d(channels=64, n=0, percent_on=0.095, {TAIL}", 12544, 1192, 1788, "nupic"),
        (f"KWinners2d(channels=64, n=0, percent_on=0.095, {TAIL}", 50176, 4767, 7150, "nupic"),
        (f"KWinners2d(channels=64, n=0, percent_on=0.125, {TAIL}", 6400, 800, 1200, "nupic"),
        (f"KWinners2d(channels=64, local=False, n=0, percent_on=0.125, {TAIL}", 1600, 200, 300, "nupic"),
        (f"KWinners(n=1000, percent_on=0.1, {TAIL}", 1000, 100, 150, "nupic"),
        # 100.5 rounds half to even
        (f"KWinners(n=1500, percent_on=0.067, {TAIL}", 1500, 100, 150, "nupic"),
        (f"KWinners(n=1500, percent_on=0.0666666666667, {TAIL}", 1500, 100, 150, "paper"),
        # all 16 digits: a number of today's Python, not one of the paper's code
        (f"KWinners(n=1500, percent_on=0.06666666666666667, {TAIL}", 1500, 100, 150, "nupic"),
        # 75 * 1.5 = 112.5: int() cuts, round() goes to the even neighbour
        (f"KWinners(n=1000, percent_on=0.075, {TAIL}", 1000, 75, 112, "nupic"),
        (f"KWinners(n=1000, k=77, {TAIL}", 1000, 77, 116, "paper"),
        (f"KWinners(n=1000, percent_on=0.077, {TAIL}", 1000, 77, 115, "nupic"),
        (f"KWinners(n=1000, k=77, k_inference=90, {TAIL}", 1000, 77, 90, "paper"),
        # the paper's code never asks for more winners than there are units
        (f"KWinners(n=1000, k=800, {TAIL}", 1000, 800, 1000, "paper"),
    ],
)
def test_how_many_win(text: str, n: int, k: int, k_inference: int, generation: Literal["paper", "nupic"]) -> None:
    assert winners(view(text), n) == Winners(n, k, k_inference, generation)


def test_local_winners_are_picked_from_the_channels() -> None:
    settings = view(f"KWinners2d(channels=64, local=True, n=0, percent_on=0.1, {TAIL}")
    assert winners(settings, 50176) == Winners(64, 6, 10, "nupic")
    assert winners(settings, None) == Winners(64, 6, 10, "nupic")


def test_without_units_there_are_no_winners() -> None:
    assert winners(view(f"KWinners2d(channels=64, n=0, percent_on=0.1, {TAIL}"), None) == Winners(
        None, None, None, "nupic"
    )


@pytest.mark.parametrize("percent_on", ["many", "None", "True", "inf"])
def test_a_share_that_is_no_number_is_not_known(percent_on: str) -> None:
    with pytest.raises(NotKnown):
        winners(view(f"KWinners(n=10, percent_on={percent_on}, {TAIL}"), 10)


def test_no_share_is_not_known() -> None:
    with pytest.raises(NotKnown):
        winners(view(f"KWinners(n=10, {TAIL}"), 10)


class TestShapes:
    def test_n_is_what_comes_in(self) -> None:
        flat, image = view(f"KWinners(n=10, percent_on=0.1, {TAIL}"), view(f"KWinners2d(n=32, percent_on=0.5, {TAIL}")
        assert known(flat.kind.shape)(flat, (10,)) == (10,)
        assert known(image.kind.shape)(image, (2, 4, 4)) == (2, 4, 4)

    @pytest.mark.parametrize(
        ("text", "shape", "misfit"),
        [
            (f"KWinners(n=10, percent_on=0.1, {TAIL}", (11,), Misfit("n", 10, 11)),
            (f"KWinners(n=10, percent_on=0.1, {TAIL}", (1, 10), Misfit("n", 10, (1, 10))),
            (f"KWinners2d(n=32, percent_on=0.5, {TAIL}", (2, 4, 5), Misfit("n", 32, 40)),
            (f"KWinners2d(channels=3, n=0, percent_on=0.5, {TAIL}", (2, 4, 4), Misfit("channels", 3, 2)),
        ],
    )
    def test_anything_else_does_not_fit(self, text: str, shape: tuple[int, ...], misfit: Misfit) -> None:
        settings = view(text)
        with pytest.raises(Misfit) as caught:
            known(settings.kind.shape)(settings, shape)
        assert caught.value.args == misfit.args

    def test_before_the_first_forward_any_number_fits(self) -> None:
        settings = view(f"KWinners2d(channels=2, n=0, percent_on=0.5, {TAIL}")
        assert known(settings.kind.shape)(settings, (2, 5, 7)) == (2, 5, 7)


class TestFields:
    @pytest.mark.parametrize("name", ["n", "percent_on", "k", "k_inference", "boost_strength", "break_ties"])
    def test_what_only_counts_together(self, name: str) -> None:
        for kind in ("k_winners", "k_winners_2d"):
            assert known(kinds.by_name()[kind].field(name)).joint

    @pytest.mark.parametrize(
        ("name", "effect", "aspect"),
        [
            ("percent_on", Effect.FUNCTION, "k-winners"),
            ("local", Effect.FUNCTION, "k-winners"),
            ("relu", Effect.FUNCTION, "k-winners"),
            ("k_inference_factor", Effect.INFERENCE, "k-winners"),
            ("boost_strength_factor", Effect.TRAINING, "setting"),
            ("duty_cycle_period", Effect.TRAINING, "setting"),
            ("inplace", Effect.COSMETIC, "setting"),
            ("n", Effect.FUNCTION, "input"),
            ("channels", Effect.FUNCTION, "input"),
        ],
    )
    def test_what_a_difference_is_worth(self, name: str, effect: Effect, aspect: str) -> None:
        field = known(kinds.by_name()["k_winners_2d"].field(name))
        assert (field.effect, field.aspect) == (effect, aspect)

    def test_old_prints_hold_less(self) -> None:
        settings = view(f"KWinners2d(n=32, percent_on=0.5, {TAIL}")
        assert settings.known("channels") is UNKNOWN
        assert settings.known("local") is False
        assert settings.known("break_ties") is True  # code that printed none was strict

    def test_picks_winners_and_nothing_else(self) -> None:
        for kind in ("k_winners", "k_winners_2d"):
            assert kinds.by_name()[kind].traits == frozenset({Trait.PICKS_WINNERS})
