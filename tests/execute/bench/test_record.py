"""What a benchmark measured, as values: the clock that counts, errors once, and what a sample costs as batches grow."""

from __future__ import annotations

import pytest

from archdiff.execute.bench.record import CANDIDATE, Benched, BenchedNetwork, BenchSettings, Point, Timing
from archdiff.execute.bench.stats import Evidence, Interval, StoppingRule, verdict_from

INTERVAL = Interval(0.1, 0.0, 0.2)
VERDICT = verdict_from(Evidence(INTERVAL, INTERVAL, 10, 60.0), ("mine", "original"), StoppingRule())
NETWORK = BenchedNetwork("mine", "mine.txt", (3,))


def timing(clock: str, seconds: float = 1.0) -> Timing:
    return Timing(clock, INTERVAL, INTERVAL, VERDICT, {CANDIDATE: seconds}, 0.01)


def test_the_clock_that_counts() -> None:
    wall, cpu = timing("wall"), timing("cpu")
    assert Point(1, clock="cpu", timings=(wall, cpu)).timing is cpu
    assert Point(1, clock="device", timings=(wall, cpu)).timing is None
    assert Point(1).timing is None


def test_what_could_not_be_measured_is_told_once() -> None:
    points = (Point(1, errors={"candidate": "x", "copy": "x"}), Point(2, errors={"reference": "y"}), Point(4))
    assert Benched(NETWORK, NETWORK, BenchSettings(), points).errors == ("x", "y")
    assert Benched(NETWORK, NETWORK, BenchSettings()).errors == ()


@pytest.mark.parametrize(("stopped", "interrupted"), [("interrupted", True), ("budget", False), ("", False)])
def test_ctrl_c(stopped: str, interrupted: bool) -> None:
    points = (Point(1, stopped="precision"), Point(2, stopped=stopped))
    assert Benched(NETWORK, NETWORK, BenchSettings(), points).interrupted is interrupted


def test_time_a_sample_as_a_share_of_the_first() -> None:
    points = (
        Point(1),
        Point(2, clock="cpu", timings=(timing("cpu", 4.0),)),
        Point(8, clock="cpu", timings=(timing("cpu", 8.0),)),
    )
    benched = Benched(NETWORK, NETWORK, BenchSettings(), points)
    assert benched.growth(CANDIDATE) == (None, 1.0, 0.5)
    assert benched.growth("reference") == (None, None, None)
    assert Benched(NETWORK, NETWORK, BenchSettings()).growth(CANDIDATE) == ()
