"""Every value that a report of `archdiff bench` may use; the record `archdiff/bench/1` is these types, field by field.

Must not hold torch objects. Times are seconds, shares are of 1, sizes are bytes. `candidate` is A, `reference` B, and
`copy` is A', a second instance of the candidate that shows what the machine makes of no difference at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from math import isfinite
from typing import Any, Final

from archdiff.execute.bench.stats import Interval, StoppingRule, Verdict

SCHEMA: Final = "archdiff/bench/1"
CANDIDATE, REFERENCE, COPY = "candidate", "reference", "copy"
ARMS = (CANDIDATE, REFERENCE, COPY)

#: {arm: {clock: one list of seconds a call for every block, in the order they ran}}
Samples = dict[str, dict[str, list[list[float]]]]


@dataclass(frozen=True, slots=True)
class Round:
    """All three built anew, one new input, and laps of blocks whose order reads the same both ways."""

    seed: int
    built: tuple[str, ...]  # arms in the order of building
    order: tuple[str, ...]  # arms of the first half of the first lap; they change places by one in each that follows
    samples: Samples
    ratios: Mapping[str, float]  # log(reference / candidate) by clock
    controls: Mapping[str, float]  # log(copy / candidate) by clock
    setup: Mapping[str, float] = field(
        default_factory=dict
    )  # seconds to build, and to compile where --compile is given


@dataclass(frozen=True, slots=True)
class Timing:
    """What one clock says."""

    clock: str  # "wall" | "cpu" | "device"
    interval: Interval
    control: Interval
    verdict: Verdict
    medians: Mapping[str, float]  # seconds a call by arm
    spread: float  # of the ratio between rounds: half the width of the middle 68 %


@dataclass(frozen=True, slots=True)
class MetricValue:
    """One metric of both; None where it cannot be had, and why."""

    name: str
    unit: str
    direction: str  # "lower" | "higher" | "neither" is better
    candidate: float | None
    reference: float | None
    definition: str = ""
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Candidate by reference; None where one of them is 0 or cannot be had."""
        return self.candidate / self.reference if self.candidate and self.reference else None


@dataclass(frozen=True, slots=True)
class PairTime:
    """Time of a matched pair of layers, median over rounds; None on the side that has no such layer."""

    candidate: str | None
    reference: str | None
    class_name: str
    candidate_seconds: float | None
    reference_seconds: float | None
    share: float | None  # of the difference between the sums of all layers


@dataclass(frozen=True, slots=True)
class Point:
    """All that was measured at one batch size."""

    batch: int
    rounds: tuple[Round, ...] = ()
    calls: int = 0  # of each arm that were timed
    seconds: float = 0.0
    stopped: str = ""  # "precision" | "budget" | "rounds" | "interrupted" | "failed" | "too short"
    clock: str = ""  # whose verdict counts
    because: str = ""  # why that clock
    timings: tuple[Timing, ...] = ()
    values: tuple[MetricValue, ...] = ()
    layers: tuple[PairTime, ...] = ()
    setup: Mapping[str, float] = field(default_factory=dict)  # seconds of the first building and compiling, by arm
    errors: Mapping[str, str] = field(default_factory=dict)  # by arm: why it could not be measured
    alone: Mapping[str, float] = field(default_factory=dict)  # seconds a call of the one that runs, not compared

    @property
    def timing(self) -> Timing | None:
        """That of the clock whose verdict counts."""
        return next((timing for timing in self.timings if timing.clock == self.clock), None)

    @property
    def seconds_a_call(self) -> Mapping[str, float]:
        """By arm: those of the clock whose verdict counts, else of the one that was measured alone."""
        return self.timing.medians if self.timing else self.alone


@dataclass(frozen=True, slots=True)
class BenchSettings:
    """How it was measured."""

    mode: str = "inference"  # | "train"
    batches: tuple[int, ...] = (1,)
    device: str = "cpu"
    dtype: str = "float32"
    threads: int = 1
    compile: bool = False
    channels_last: bool = False
    cuda_graphs: bool = False
    layers: bool = False
    budget: float = 60.0  # seconds for each batch size
    clock: str = "auto"  # | "wall" | "cpu" | "device"
    seed: int = 0
    rule: StoppingRule = field(default_factory=StoppingRule)


@dataclass(frozen=True, slots=True)
class BenchedNetwork:
    """One of the two."""

    name: str  # as verdicts call it
    source: str
    input_shape: tuple[int, ...]
    label: str = ""
    class_name: str = ""
    parameters: int | None = None


@dataclass(frozen=True, slots=True)
class EarlierRecord:
    """How it compares with an earlier record."""

    source: str
    differs: tuple[str, ...] = ()  # of the machine or the question: why it cannot be compared
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Benched:
    """The answer to `archdiff bench`."""

    candidate: BenchedNetwork
    reference: BenchedNetwork
    settings: BenchSettings
    points: tuple[Point, ...] = ()
    environment: Mapping[str, object] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    against: EarlierRecord | None = None

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C ended it; what was measured before is whole."""
        return any(point.stopped == "interrupted" for point in self.points)

    @property
    def errors(self) -> tuple[str, ...]:
        """What could not be measured."""
        return tuple(dict.fromkeys(why for point in self.points for why in point.errors.values()))

    def growth(self, arm: str) -> tuple[float | None, ...]:
        """Time a sample at each batch size, as a share of that at the first that was measured.

        Args:
            arm: Whose: `CANDIDATE` or `REFERENCE`.

        Returns:
            A share of 1 for each point; None where it was not measured.
        """
        each = [_per_sample(point, arm) for point in self.points]
        first = next((one for one in each if one), None)
        return tuple(one / first if one and first else None for one in each)

    def to_dict(self) -> dict[str, Any]:
        """The record as plain values.

        Returns:
            What `archdiff bench --format json` prints, schema `archdiff/bench/1`: every field of this module by its
            name, raw samples in seconds, and None where there is no number.
        """
        grown = {arm: self.growth(arm) for arm in (CANDIDATE, REFERENCE)}
        points = [
            {
                **asdict(point),
                "verdict": asdict(point.timing.verdict) if point.timing else None,
                "growth": {arm: shares[index] for arm, shares in grown.items()},
            }
            for index, point in enumerate(self.points)
        ]
        record: dict[str, Any] = _plain({"schema": SCHEMA, **asdict(self), "points": points, "errors": self.errors})
        return record


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is, after each round."""

    batch: int
    rounds: int
    seconds: float
    interval: Interval
    clock: str


def _per_sample(point: Point, arm: str) -> float | None:
    timing = point.timing
    seconds = timing.medians.get(arm) if timing else None
    return seconds / point.batch if seconds else None


def _plain(value: Any) -> Any:
    """Samples keep the nanosecond, which is all that a clock tells; None where there is no number."""
    match value:
        case Mapping():
            return {key: _plain(each) for key, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case float():
            return (round(value, 9) if 0 < abs(value) < 10 else value) if isfinite(value) else None
        case _:
            return value
