"""From log ratios of rounds to an interval and a sentence: known values, then what the sentence may claim."""

from __future__ import annotations

from itertools import product
from math import exp, inf, log
from random import Random
from statistics import mean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archdiff.execute.bench import stats
from archdiff.execute.bench.stats import (
    Evidence,
    Interval,
    Speed,
    StoppingRule,
    Verdict,
    hodges_lehmann,
    verdict_from,
)

NAMES = ("Mine", "Sparse")
QUIET = Interval(0.0, -0.005, 0.005)


def verdict(
    low: float, high: float, control: Interval = QUIET, rounds: int = 10, seconds: float = 60.0, **rule: float
) -> Verdict:
    """Of an interval given as ratios."""
    seen = Interval((log(low) + log(high)) / 2, log(low), log(high))
    return verdict_from(Evidence(seen, control, rounds, seconds), NAMES, StoppingRule(**rule))


class TestInterval:
    def test_of_ten_values_is_from_the_ninth_walsh_average_to_the_ninth_from_above(self) -> None:
        """The critical value of Wilcoxon's signed-rank test for n = 10 at 5 %, two-sided, is 8 in every table."""
        values = [float(2**i) for i in range(10)]
        means = sorted((a + b) / 2 for i, a in enumerate(values) for b in values[i:])
        found = hodges_lehmann(values)
        assert (found.low, found.high) == (means[8], means[-9])
        assert found.estimate == means[27]

    @pytest.mark.parametrize(
        ("count", "critical"), [(6, 0), (7, 2), (8, 3), (9, 5), (10, 8), (14, 21), (20, 52), (25, 89)]
    )
    def test_critical_values_are_those_of_the_tables(self, count: int, critical: int) -> None:
        assert stats._rank(count, 0.95) == critical

    @pytest.mark.parametrize("count", [1, 4, 8])
    def test_counts_of_signed_ranks_are_those_of_trying_all_signs(self, count: int) -> None:
        sums = [sum(rank for rank, sign in enumerate(signs, 1) if sign) for signs in product((0, 1), repeat=count)]
        assert stats._signed_ranks(count) == [sums.count(total) for total in range(max(sums) + 1)]

    @pytest.mark.parametrize("values", [[], [0.1], [0.1, 0.2, 0.3, 0.2, 0.1]])
    def test_of_too_few_values_is_endless(self, values: list[float]) -> None:
        found = hodges_lehmann(values)
        assert (found.low, found.high) == (-inf, inf)
        assert found.half_width == found.farthest == inf
        assert not found.claims()

    @given(st.lists(st.floats(-1, 1), min_size=6, max_size=30))
    def test_mirrors(self, values: list[float]) -> None:
        found, mirrored = hodges_lehmann(values), hodges_lehmann([-value for value in values])
        assert found.low == pytest.approx(-mirrored.high)
        assert found.estimate == pytest.approx(-mirrored.estimate)
        assert found.low <= found.estimate <= found.high

    def test_bursts_blind_student_and_not_hodges_and_lehmann(self) -> None:
        """Twenty rounds of 2 % noise, three in a hundred off by 30 %: why Student's t was not taken."""
        chance = Random(1)
        trials = [[chance.gauss(0, 0.02) + 0.3 * _burst(chance, 0.03) for _ in range(20)] for _ in range(1000)]
        widths, covers = {}, {}
        for rule in (hodges_lehmann, student):
            found = [rule(values) for values in trials]
            widths[rule] = sum(each.half_width for each in found) / len(found)
            covers[rule] = sum(each.low <= 0 <= each.high for each in found) / len(found)
        assert widths[hodges_lehmann] < 0.6 * widths[student]
        assert covers[hodges_lehmann] == pytest.approx(0.95, abs=0.02)


def student(values: list[float]) -> Interval:
    """Student's t interval of 20 values; 2.0930 is the 97.5 % quantile at 19 degrees of freedom."""
    reach = 2.0930 * stdev(values) / len(values) ** 0.5
    return Interval(mean(values), mean(values) - reach, mean(values) + reach)


def _burst(chance: Random, share: float) -> int:
    return chance.choice((-1, 1)) if chance.random() < share else 0


class TestRound:
    def test_a_linear_drift_falls_out(self) -> None:
        """Blocks at times 1 to 6 in the order ABCCBA, each second one hundredth slower."""
        at = [1.01**t for t in range(1, 7)]
        assert stats.lap_ratio([[at[0]], [at[5]]], [[at[1]], [at[4]]]) == pytest.approx(0)

    def test_an_interruption_falls_out(self) -> None:
        assert stats.lap_ratio([[1, 1, 9], [1, 1, 1]], [[2, 2, 2], [2, 7, 2]]) == pytest.approx(log(2))


class TestStopping:
    @pytest.mark.parametrize(
        ("rounds", "half", "elapsed", "stops"),
        [
            (10, 0.05, 6, False),
            (10, 0.01, 6, True),  # narrow enough
            (10, 0.05, 50, True),  # 14 rounds would take 70 s
            (224, 0.05, 6, True),  # the last check point
        ],
    )
    def test_at_a_check_point(self, rounds: int, half: float, elapsed: int, stops: bool) -> None:
        assert stats.stops(rounds, Interval(0.5, 0.5 - half, 0.5 + half), StoppingRule(), elapsed, 60) is stops

    @given(st.floats(-3, 3))
    def test_the_difference_does_not_count(self, estimate: float) -> None:
        """Who stops when it is significant doubles the false claims."""
        shifted = Interval(estimate, estimate - 0.03, estimate + 0.03)
        assert stats.stops(20, shifted, StoppingRule(), 10, 60) is stats.stops(
            20, Interval(0, -0.03, 0.03), StoppingRule(), 10, 60
        )


class TestVerdict:
    @pytest.mark.parametrize(
        ("low", "high", "text"),
        [
            (0.99, 1.01, "no measurable difference (within ±1 %)"),
            (0.99, 1.018, "no measurable difference (within ±1.8 %)"),
            (1.001, 1.03, "no measurable difference (within ±3 %)"),  # does not hold 1, but the zone
            (0.87, 1.13, "cannot tell: this machine is too noisy (±14 % after 60 s)"),
            (1.19, 1.27, "Mine is 1.23x faster than Sparse (95 % CI 1.19 to 1.27)"),
            (1 / 1.27, 1 / 1.19, "Mine is 1.23x slower than Sparse (95 % CI 1.19 to 1.27)"),
            (1.012, 1.03, "Mine is 1.021x faster than Sparse (95 % CI 1.012 to 1.030)"),
        ],
    )
    def test_sentences(self, low: float, high: float, text: str) -> None:
        assert verdict(low, high).text == text

    def test_is_withheld_where_a_network_differs_from_its_own_copy(self) -> None:
        found = verdict(1.19, 1.27, control=Interval(0.04, 0.02, 0.06))
        assert found.answer is Speed.UNKNOWN
        assert found.text == "cannot tell: on this machine Mine differs from its own copy by 4.1 %"

    def test_needs_ten_rounds(self) -> None:
        found = verdict(1.19, 1.27, rounds=6, seconds=12)
        assert found.text == "cannot tell: 6 of at least 10 rounds in 12 s"
        assert found.help == "--budget 24"

    def test_says_what_would_help(self) -> None:
        assert verdict(0.96, 1.04).help.startswith("close what else runs; --budget 300; ")
        assert (
            "--threads 1"
            in verdict_from(Evidence(Interval(0, -0.2, 0.2), QUIET, 10, 60, threads=2), NAMES, StoppingRule()).help
        )

    def test_the_zone_is_an_option(self) -> None:
        assert verdict(1.012, 1.03, zone=0.02).answer is Speed.SAME
        assert verdict(1.001, 1.03, zone=0.0005).answer is Speed.FASTER

    @given(st.floats(-0.5, 0.5), st.floats(1e-6, 0.3))
    def test_mirrors(self, estimate: float, half: float) -> None:
        def answer(sign: int) -> Speed:
            middle = sign * estimate
            return verdict_from(
                Evidence(Interval(middle, middle - half, middle + half), QUIET, 10, 60), NAMES, StoppingRule()
            ).answer

        other = {Speed.FASTER: Speed.SLOWER, Speed.SLOWER: Speed.FASTER}
        assert answer(-1) is other.get(answer(1), answer(1))

    @given(st.floats(-0.5, 0.5), st.floats(1e-6, 0.3))
    def test_what_the_interval_holds_is_never_denied(self, estimate: float, half: float) -> None:
        interval = Interval(estimate, estimate - half, estimate + half)
        found = verdict_from(Evidence(interval, QUIET, 10, 60), NAMES, StoppingRule())
        if interval.low <= 0 <= interval.high:
            assert found.answer in (Speed.SAME, Speed.UNKNOWN)
        if found.answer is Speed.FASTER:
            assert exp(interval.low) > 1.01
