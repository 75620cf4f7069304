"""Log ratios of rounds to a ratio with an interval, and to a verdict. Pure arithmetic: no clock and no torch.

The unit of replication is the round, in which both networks were built anew: two instances of one network differ by
where their memory lies, and thousands of calls of one instance never average that out. A value is log(time of B / time
of A) of one round, above zero where A is faster. Percentages of a verdict are of the ratio: `precision` 0.02 is +-2 %.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from math import exp, expm1, inf, isfinite, log, log1p
from statistics import median

CONFIDENCE = 0.95
ZONE = 0.01  # a claim must lie wholly outside: differences below it are what two builds of one network show
PRECISION = 0.02  # half-width of the interval at which measuring stops
FEWEST = 10  # rounds below which nothing is claimed

#: Rounds after which it may be decided to stop, about 1.4 times as many each time. Fixed before anything is measured;
#: what is looked at is the width alone, since who stops when a difference is significant doubles the false claims.
CHECK_POINTS = (10, 14, 20, 28, 40, 56, 80, 112, 160, 224)


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its confidence interval, all as log ratios; infinite where there are too few values."""

    estimate: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """As a share of the ratio: 0.02 is +-2 %."""
        return expm1((self.high - self.low) / 2) if isfinite(self.high - self.low) else inf

    @property
    def farthest(self) -> float:
        """The largest difference that the interval holds, as a share."""
        far = max(abs(self.low), abs(self.high))
        return expm1(far) if isfinite(far) else inf

    def claims(self, zone: float = ZONE) -> bool:
        """Whether it lies wholly outside the zone."""
        edge = log1p(zone)
        return self.low > edge or self.high < -edge


class Speed(StrEnum):
    """What a verdict comes to."""

    FASTER = "faster"  # A than B
    SLOWER = "slower"
    SAME = "no measurable difference"
    UNKNOWN = "cannot tell"


@dataclass(frozen=True, slots=True)
class StoppingRule:
    """What it takes to claim something."""

    zone: float = ZONE
    precision: float = PRECISION
    confidence: float = CONFIDENCE


@dataclass(frozen=True, slots=True)
class Verdict:
    """One sentence, and what would help where it cannot be decided."""

    answer: Speed
    text: str
    help: str = ""


def hodges_lehmann(values: Sequence[float], confidence: float = CONFIDENCE) -> Interval:
    """Median of all pairwise means (Walsh averages), with the interval that inverts Wilcoxon's signed-rank test.

    Exact for independent values that are symmetric about their centre, whatever their distribution (Hollander, Wolfe
    and Chicken, Nonparametric Statistical Methods, 3.2 and 3.3). Taken in place of Student's t because of bursts:
    normal rounds make it 2 % wider; where 3 rounds in 100 are off by 30 %, it is half as wide at 20 rounds (1.1 against
    2.2 %) and less at 40 (0.7 against 1.7 %), and it covers 95 %, where t covers 97 to 98.
    """
    if not values:
        return Interval(0.0, -inf, inf)
    means = sorted((a + b) / 2 for i, a in enumerate(values) for b in values[i:])
    rank = _rank(len(values), confidence)
    if rank is None:
        return Interval(median(means), -inf, inf)
    return Interval(median(means), means[rank], means[-1 - rank])


@cache
def _rank(count: int, confidence: float) -> int | None:
    """The largest w with P(W <= w) at most half of what is left; None where there are too few values for any."""
    tail, allowed = 0, (1 - confidence) / 2 * 2**count
    for rank, ways in enumerate(_signed_ranks(count)):
        tail += ways
        if tail > allowed:
            return rank - 1 if rank else None
    return None


def _signed_ranks(count: int) -> list[int]:
    """In how many of the 2^count sign patterns the positive ranks sum to 0, 1, 2, ..."""
    ways = [1]
    for rank in range(1, count + 1):
        ways = [*ways, *([0] * rank)]
        for total in range(len(ways) - 1, rank - 1, -1):
            ways[total] += ways[total - rank]
    return ways


# Rounds


def lap_ratio(a: Sequence[Sequence[float]], b: Sequence[Sequence[float]]) -> float:
    """log(B / A) of one lap, which reads the same forwards and backwards: blocks of both sides, seconds a call.

    The median inside a block leaves out interruptions, the mean over the mirrored blocks a linear drift.
    """
    return _level(b) - _level(a)


def _level(blocks: Sequence[Sequence[float]]) -> float:
    return sum(log(max(median(block), 1e-12)) for block in blocks) / len(blocks)


# When to stop


def next_check_point(rounds: int) -> int | None:
    """The next number of rounds behind which measuring may stop; None behind the last."""
    return next((point for point in CHECK_POINTS if point > rounds), None)


def stops(rounds: int, interval: Interval, rule: StoppingRule, elapsed: float, budget: float) -> bool:
    """Whether enough was measured: decided at check points, by the width and the time, never by the difference."""
    following = next_check_point(rounds)
    if following is None or interval.half_width <= rule.precision:
        return True
    return elapsed * following / rounds > budget


# Verdicts


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a verdict is made of: A against B, and A against A', its copy."""

    interval: Interval
    control: Interval
    rounds: int
    seconds: float
    threads: int = 1


def verdict_from(evidence: Evidence, names: tuple[str, str], rule: StoppingRule) -> Verdict:
    """The sentence that the measurement bears."""
    interval = evidence.interval
    if evidence.rounds < FEWEST:
        needed = evidence.seconds * FEWEST / max(evidence.rounds, 1)
        text = f"cannot tell: {evidence.rounds} of at least {FEWEST} rounds in {evidence.seconds:.0f} s"
        return Verdict(Speed.UNKNOWN, text, f"--budget {1.2 * needed:.0f}")
    if evidence.control.claims(rule.zone):
        off = expm1(abs(evidence.control.estimate))
        text = f"cannot tell: on this machine {names[0]} differs from its own copy by {off:.1%}".replace("%", " %")
        return Verdict(Speed.UNKNOWN, text, _way_out(evidence))
    if interval.claims(rule.zone):
        return _claim(interval, names, rule)
    if interval.half_width <= rule.precision:
        text = f"no measurable difference (within ±{_percent(interval.farthest)})"
        return Verdict(Speed.SAME, text)
    text = f"cannot tell: this machine is too noisy (±{_percent(interval.half_width)} after {evidence.seconds:.0f} s)"
    return Verdict(Speed.UNKNOWN, text, _way_out(evidence, rule))


def _claim(interval: Interval, names: tuple[str, str], rule: StoppingRule) -> Verdict:
    faster = interval.estimate > 0
    ends = (interval.low, interval.high) if faster else (-interval.high, -interval.low)
    low, high = (_times(exp(end)) for end in ends)
    answer = Speed.FASTER if faster else Speed.SLOWER
    text = (
        f"{names[0]} is {_times(exp(abs(interval.estimate)))}x {answer} than {names[1]} "
        f"({100 * rule.confidence:g} % CI {low} to {high})"
    )
    return Verdict(answer, text)


def _times(ratio: float) -> str:
    """With enough digits to differ from 1."""
    return f"{ratio:.2f}" if ratio >= 1.095 else f"{ratio:.3f}"


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %" if share < 1 else f"{100 * share:.0f} %"


def _way_out(evidence: Evidence, rule: StoppingRule | None = None) -> str:
    """What would make it tell; the width falls with the root of the number of rounds."""
    ways = ["close what else runs"]
    if evidence.threads > 1:
        ways.append("--threads 1")
    if rule and isfinite(evidence.interval.half_width):
        longer = evidence.seconds * (evidence.interval.half_width / rule.precision) ** 2
        if longer < 1800:
            ways.append(f"--budget {1.2 * longer:.0f}")
        ways.append(
            f"--precision {_percent(1.1 * evidence.interval.half_width).removesuffix(' %')} for a rougher answer"
        )
    return "; ".join(ways)
