"""What the text of a bench says of times that are mostly the host's, and of growth; runs show the rest."""

from __future__ import annotations

import pytest

from archdiff.execute.bench.record import Benched, BenchedNetwork, BenchSettings, MetricValue, Point, Timing
from archdiff.execute.bench.stats import Interval, Speed, Verdict
from archdiff.report import View, _bench

Both = tuple[float | None, float | None]
#: seconds a call of the note's two networks at batch 64 on an H200, and how long the device was busy
LATENCY: Both = (986e-6, 978e-6)
DEVICE: Both = (412e-6, 357e-6)
WAITS = (
    "the device is busy for 42 % and 37 % of a call, which waits for the host; "
    "the device alone: 412 us and 357 us (ratio 1.15)"
)
GRAPHS = "; --cuda-graphs measures without the host"


def point(latency: Both, device: Both | None, batch: int = 64) -> Point:
    verdict = Verdict(Speed.SAME, "no measurable difference (within ±0.8 %)")
    medians = {arm: each for arm, each in zip(("candidate", "reference"), latency, strict=True) if each}
    timing = Timing("device", Interval(0, -0.008, 0.008), Interval(0, -0.01, 0.01), verdict, medians, 0.011)
    values = [MetricValue("latency", "s", "lower", *latency)]
    values += [MetricValue("device_time", "s", "lower", *device)] if device else []
    return Point(batch, clock="device", because="device time: events", timings=(timing,), values=tuple(values))


def lines(*points: Point, **settings: bool | str) -> list[str]:
    mine, other = (BenchedNetwork(name, "note.md", (1, 32, 32)) for name in ("Mine", "Lucas's"))
    benched = Benched(mine, other, BenchSettings(device="cuda", **settings), points)  # type: ignore[arg-type]  # one each
    return _bench.text(benched, View(width=400)).splitlines()


@pytest.mark.parametrize(
    ("latency", "device", "settings"),
    [
        pytest.param(LATENCY, None, {}, id="no device"),
        pytest.param(LATENCY, (None, None), {}, id="not measured"),
        pytest.param(LATENCY, (412e-6, None), {}, id="one not measured"),
        pytest.param((None, 978e-6), DEVICE, {}, id="one not timed"),
        pytest.param(LATENCY, (789e-6, 783e-6), {}, id="busy"),
        pytest.param(LATENCY, (990e-6, 990e-6), {}, id="busier than a call"),
        pytest.param((415e-6, 360e-6), DEVICE, {"cuda_graphs": True}, id="without the host"),
    ],
)
def test_nothing_of_a_device_that_is_busy(latency: Both, device: Both | None, settings: dict[str, bool]) -> None:
    assert [line for line in lines(point(latency, device), **settings) if "host" in line] == []


@pytest.mark.parametrize(
    ("device", "settings", "expected"),
    [
        pytest.param(DEVICE, {}, WAITS + GRAPHS, id="both wait"),
        pytest.param(DEVICE, {"mode": "train"}, WAITS, id="no graphs in training"),
        pytest.param(DEVICE, {"cuda_graphs": True}, WAITS, id="with graphs"),
        pytest.param(
            (980e-6, 357e-6),
            {},
            "the device is busy for 99 % and 37 % of a call, which waits for the host; "
            "the device alone: 980 us and 357 us (ratio 2.75)" + GRAPHS,
            id="one waits",
        ),
    ],
)
def test_a_device_that_waits_for_its_host(device: Both, settings: dict[str, bool | str], expected: str) -> None:
    found = lines(point(LATENCY, device), **settings)
    at = found.index("batch 64: no measurable difference (within ±0.8 %)")
    assert found[at + 1] == f"  {expected}"
    assert found[at + 2].startswith("  by device time: events;")


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(64.0, "x1.00"), (150.4, "x2.35"), (19.2, "x0.30"), (6.4, "x0.10"), (0.913, "x0.014"), (0.0512, "x0.00080")],
)
def test_a_sample_has_two_digits(seconds: float, expected: str) -> None:
    found = lines(point((1.0, 1.0), None, 1), point((seconds, seconds), None))
    assert found[-1].split()[-1] == expected
