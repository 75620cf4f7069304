"""What runs and times calls: a row a device. Settings of a device (clocks, power) are read and never changed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any, Final

import torch

from archdiff.execute.devices import nvml
from archdiff.model.errors import UsageError

_STEADY: Final = 0.05  # two medians of a warm-up that differ by less are stable
_LONGEST_WARMUP: Final = 5.0  # seconds
_CALLS: Final = 5  # of each median
_COARSE: Final = 2e-5  # seconds: 4 % of the shortest sample
_CYCLES: Final = 2e9  # a second, of a GPU at its quickest; a slower one is busy for longer


class Cpu:
    """Wall time, and time of the process (user and system) on all its cores."""

    clocks: tuple[str, ...] = ("cpu", "wall")

    def __init__(self, place: torch.device, threads: int = 1) -> None:
        self.place = place
        self.why = (
            "CPU time: with one thread it is what a call takes, and what else runs disturbs it less than wall time"
        )
        if threads > 1:  # not how long one waits
            self.clocks, self.why = ("wall", "cpu"), "wall time: with several threads, CPU time is the sum over them"
        elif (step := clock_step(time.process_time)) > _COARSE:
            self.clocks = ("wall", "cpu")
            self.why = f"wall time: CPU time moves in steps of {1000 * step:.2g} ms here, as it does under a profiler"

    def now(self) -> float:
        return time.perf_counter()

    def stamp(self) -> float:
        """Seconds by the most trusted clock."""
        return time.process_time() if self.clocks[0] == "cpu" else time.perf_counter()

    def timed(self, call: Callable[[], object], samples: int, inner: int) -> Mapping[str, list[float]]:
        cpu, wall = [], []
        for _ in range(samples):
            started, begun = time.perf_counter(), time.process_time()
            for _ in range(inner):
                call()
            ended, done = time.process_time(), time.perf_counter()
            cpu.append((ended - begun) / inner)
            wall.append((done - started) / inner)
        return {"cpu": cpu, "wall": wall}

    def settle(self, call: Callable[[], object]) -> float:
        return _settled(self, call)

    def wait(self) -> None:
        """Nothing runs behind the program's back."""

    def ahead(self, seconds: float) -> None:
        """Nothing waits in a queue."""

    def traced(self) -> CpuTrace:
        return CpuTrace(self.stamp)

    def state(self) -> Mapping[str, object]:
        return {}


class CpuTrace:
    """Moments, and the seconds between them."""

    def __init__(self, stamp: Callable[[], float]) -> None:
        self.mark = stamp

    @staticmethod
    def between(begin: float, end: float) -> float:
        return end - begin


class Cuda:
    """Events on the stream, one before the first sample and one behind each; nothing waits inside the timed region."""

    clocks: tuple[str, ...] = ("device",)
    why = "device time: events on the stream, so that what the host does meanwhile is left out where the device is busy"

    def __init__(self, place: torch.device, threads: int = 1) -> None:
        self.place = place

    def now(self) -> float:
        return time.perf_counter()

    def timed(self, call: Callable[[], object], samples: int, inner: int) -> Mapping[str, list[float]]:
        events: list[Any] = [torch.cuda.Event(enable_timing=True) for _ in range(samples + 1)]  # type: ignore[no-untyped-call]
        stream = torch.cuda.current_stream(self.place)
        events[0].record(stream)
        for event in events[1:]:
            for _ in range(inner):
                call()
            event.record(stream)
        events[-1].synchronize()
        return {"device": [before.elapsed_time(after) / 1000 / inner for before, after in pairwise(events)]}

    def settle(self, call: Callable[[], object]) -> float:
        return _settled(self, call)

    def wait(self) -> None:
        torch.cuda.synchronize(self.place)

    def ahead(self, seconds: float) -> None:
        """Keeps the device busy that long, so that what is launched meanwhile stands in its queue."""
        torch.cuda._sleep(int(seconds * _CYCLES))  # type: ignore[no-untyped-call]

    def traced(self) -> CudaTrace:
        return CudaTrace(self.place)

    def state(self) -> Mapping[str, object]:
        """Clocks, power and temperature as the driver tells them."""
        return nvml.state(_index(self.place))


class CudaTrace:
    """Events as moments; the first that is read waits for all before it."""

    def __init__(self, place: torch.device) -> None:
        self.place = place

    def mark(self) -> Any:
        event: Any = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
        event.record(torch.cuda.current_stream(self.place))
        return event

    @staticmethod
    def between(begin: Any, end: Any) -> float:
        end.synchronize()
        return float(begin.elapsed_time(end)) / 1000


class Mps:
    """Wall time of a sample with all its work done: waits behind each sample, not behind each call."""

    clocks: tuple[str, ...] = ("wall",)
    why = "wall time, waiting for the device behind each sample"

    def __init__(self, place: torch.device, threads: int = 1) -> None:
        self.place = place

    def now(self) -> float:
        return time.perf_counter()

    def timed(self, call: Callable[[], object], samples: int, inner: int) -> Mapping[str, list[float]]:
        found = []
        self.wait()
        for _ in range(samples):
            begin = time.perf_counter()
            for _ in range(inner):
                call()
            self.wait()
            found.append((time.perf_counter() - begin) / inner)
        return {"wall": found}

    def settle(self, call: Callable[[], object]) -> float:
        return _settled(self, call)

    def wait(self) -> None:
        torch.mps.synchronize()

    def ahead(self, seconds: float) -> None:
        """Each mark waits for what was launched before it."""

    def traced(self) -> CpuTrace:
        return CpuTrace(self._waited)

    def _waited(self) -> float:
        self.wait()
        return time.perf_counter()

    def state(self) -> Mapping[str, object]:
        return {}


AnyDevice = Cpu | Cuda | Mps


@dataclass(frozen=True, slots=True)
class _DeviceRow:
    made: Callable[[torch.device, int], AnyDevice]
    count: Callable[[], int]


#: a device that can be asked for, and how many of it there are
DEVICES: Final[Mapping[str, _DeviceRow]] = {
    "cpu": _DeviceRow(Cpu, lambda: 1),
    "cuda": _DeviceRow(Cuda, lambda: torch.cuda.device_count() if torch.cuda.is_available() else 0),
    "mps": _DeviceRow(Mps, lambda: int(torch.backends.mps.is_available())),
}


def find_device(name: str, threads: int = 1) -> AnyDevice:
    """`cpu`, `cuda`, `cuda:1`, `mps`; UsageError where this machine has none."""
    kind, _, index = name.partition(":")
    row = DEVICES.get(kind)
    if row is None or (index and not index.isdecimal()):
        raise UsageError(f"--device {name}: no such device", way_out=f"one of {', '.join(DEVICES)}, or cuda:1")
    if row.count() <= int(index or 0):
        has = ", ".join(f"{row.count()} {kind}" for kind, row in DEVICES.items() if row.count())
        raise UsageError(f"--device {name}: this machine has none (it has {has})", way_out="--device cpu")
    return row.made(torch.device(name), threads)


def clock_step(clock: Callable[[], float], longest: float = 0.1) -> float:
    """Seconds by which a clock moves at once, the second time that it does; `longest` where it did not until then."""
    end = time.perf_counter() + longest
    before, moved = clock(), 0.0
    for _ in range(2):
        now = before
        while now == before:
            if time.perf_counter() > end:
                return longest
            now = clock()
        before, moved = now, now - before
    return moved


def _index(place: torch.device) -> int:
    index: int | None = place.index  # typed as if it were always told
    return torch.cuda.current_device() if index is None else index


def _settled(device: AnyDevice, call: Callable[[], object]) -> float:
    """Calls until two medians in a row agree; clocks that ramp up and caches that fill take a while."""
    begin = device.now()
    before = 0.0
    while True:
        seconds = max(median(samples) for samples in device.timed(call, _CALLS, 1).values())  # a clock may be coarse
        if abs(seconds - before) <= _STEADY * seconds or device.now() - begin > _LONGEST_WARMUP:
            return seconds
        before = seconds
