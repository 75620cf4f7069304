# ruff: noqa: E501  (tables: a case a line)
"""What timing both networks showed, as plain values."""

from __future__ import annotations

from dataclasses import replace
from math import inf, log
from typing import Any

import pytest

from archdiff.execute.bench.record import (
    Benched,
    BenchedNetwork,
    BenchSettings,
    EarlierRecord,
    MetricValue,
    PairTime,
    Point,
    Timing,
)
from archdiff.execute.bench.stats import Interval, Speed, Verdict
from archdiff.report._page.timed import of_bench

NETWORKS = BenchedNetwork("Mine", "a.txt", (1, 32, 32)), BenchedNetwork("Theirs", "b.txt", (1, 32, 32))
#: the reference takes half as long: between 0.4 and 0.8 of the candidate
INTERVAL = Interval(log(0.5), log(0.4), log(0.8))
SLOWER = Verdict(next(iter(Speed)), "Mine is 2x slower")
TIMING = Timing("cpu", INTERVAL, Interval(0.0, -0.1, 0.1), SLOWER, {"candidate": 2e-3, "reference": 1e-3}, 0.01)
POINT = Point(
    8,
    calls=20,
    seconds=3.0,
    stopped="precision",
    clock="cpu",
    because="CPU time: one thread",
    timings=(TIMING,),
    values=(
        MetricValue("latency", "s", "lower", 2e-3, 1e-3),
        MetricValue("macs", "MAC", "lower", 13e6, None, note="not counted"),
    ),
    layers=(PairTime("a", "b", "Linear", 1e-3, 5e-4, 0.5), PairTime(None, "c", "ReLU", None, inf, None)),
)
BENCHED = Benched(*NETWORKS, BenchSettings(), (POINT,), {"cpu": "a CPU", "cores": 2})


def test_all_that_is_told() -> None:
    assert of_bench(BENCHED) == {
        "head": ["Mine against Theirs: inference on cpu, float32, 1 thread", "a CPU, 2 cores; input 1x32x32"],
        "points": [
            {
                "batch": 8,
                "text": "Mine is 2x slower",
                "by": "by CPU time: one thread; from round to round the ratio moved by 1.0 % in CPU time; 0 rounds, "
                "20 calls of each in 3 s; stopped at the precision asked for; Mine against its own copy 1.000 (0.905 "
                "to 1.105)",
                "ratio": [pytest.approx(2.0), pytest.approx(1.25), pytest.approx(2.5)],
                "metrics": [
                    ["latency", "2 ms", "1 ms", "2", ""],
                    ["macs a sample", "13M MAC", "-", "", "not counted"],
                ],
                "layers": [["a", "b", "Linear", 1e-3, 5e-4, 0.5], [None, "c", "ReLU", None, None, None]],
            }
        ],
        "notes": [],
    }


@pytest.mark.parametrize(
    ("point", "told"),
    [
        pytest.param(Point(1), {"text": "no comparison", "by": "", "ratio": None, "metrics": [], "layers": []}, id="nothing"),
        pytest.param(Point(1, errors={"candidate": "out of memory"}, alone={"reference": 0.5}),
                     {"text": "no comparison; out of memory; Theirs alone: 500 ms a call, compared with nothing"}, id="one alone"),
        pytest.param(Point(1, stopped="interrupted"), {"text": "interrupted before the first round was whole"}, id="interrupted"),
        pytest.param(replace(POINT, timings=(replace(TIMING, verdict=replace(SLOWER, help="more rounds")),)),
                     {"text": "Mine is 2x slower; what would help: more rounds"}, id="what would help"),
        pytest.param(replace(POINT, timings=(replace(TIMING, interval=Interval(0.1, -inf, inf)),)), {"ratio": None}, id="too few rounds"),
    ],
)  # fmt: skip
def test_a_batch_size(point: Point, told: dict[str, Any]) -> None:
    (found,) = of_bench(replace(BENCHED, points=(point,)))["points"]
    assert {key: found[key] for key in told} == told


def test_notes_and_an_earlier_record() -> None:
    against = EarlierRecord("old.json", ("another CPU",), ("Mine was 2 ms",))
    notes = of_bench(replace(BENCHED, notes=("a note",), against=against))["notes"]
    assert notes == ["against old.json: another CPU", "against old.json: Mine was 2 ms", "a note"]
