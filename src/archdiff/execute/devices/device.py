"""What runs and times calls: a row a device. Settings of a device (clocks, power) are read and never changed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from itertools import pairwise
from statistics import median
from typing import Any, Final, NamedTuple

import torch

from archdiff.execute.devices import nvml
from archdiff.model.errors import UsageError

#: data types of weights and inputs
DTYPES: Final = ("float32", "float64", "float16", "bfloat16")
_STEADY: Final = 0.05  # two medians of a warm-up that differ by less are stable
_LONGEST_WARMUP: Final = 5.0  # seconds
_CALLS: Final = 5  # of each median
_COARSE: Final = 2e-5  # seconds: 4 % of the shortest sample
_CYCLES: Final = 2e9  # a second, of a GPU at its quickest; a slower one is busy for longer


class TorchDevice:
    """Runs calls and times them; what is here holds for a device that works while the program waits.

    Attributes:
        clocks: by which calls are timed, the one that counts first.
        why: why that one, for reports.
        place: the device of torch.
    """

    clocks: tuple[str, ...] = ("wall",)
    why = ""

    def __init__(self, place: torch.device, threads: int = 1) -> None:
        self.place, self.threads = place, threads

    def now(self) -> float:
        """Seconds since some moment."""
        return time.perf_counter()

    def timed(self, call: Callable[[], object], samples: int, inner: int) -> Mapping[str, list[float]]:
        """Times a call.

        Args:
            call: what is timed.
            samples: how many times are taken.
            inner: calls in a row that one time is the mean of.

        Returns:
            For each clock, `samples` times in seconds a call.
        """
        found: dict[str, list[float]] = {clock: [] for clock in self.clocks}
        self.wait()
        for _ in range(samples):
            begin = self.times()
            for _ in range(inner):
                call()
            self.wait()
            end = self.times()
            for clock, times in found.items():
                times.append((end[clock] - begin[clock]) / inner)
        return found

    def times(self) -> Mapping[str, float]:
        """What each clock shows, in seconds."""
        return {"wall": time.perf_counter()}

    def settle(self, call: Callable[[], object]) -> float:
        """Calls until two medians in a row agree: clocks that ramp up and caches that fill take a while.

        Returns:
            Seconds a call.
        """
        begin = self.now()
        before = 0.0
        while True:
            seconds = max(median(samples) for samples in self.timed(call, _CALLS, 1).values())  # a clock may be coarse
            if abs(seconds - before) <= _STEADY * seconds or self.now() - begin > _LONGEST_WARMUP:
                return seconds
            before = seconds

    def wait(self) -> None:
        """Returns once all that was launched is done."""

    def ahead(self, seconds: float) -> None:
        """Keeps the device busy that long, so that what is launched meanwhile stands in its queue."""

    def mark(self) -> Any:
        """A moment behind all that was launched; `between` tells how far apart two of them are."""
        self.wait()
        return time.perf_counter()

    def between(self, begin: Any, end: Any) -> float:
        """Seconds from one moment to another."""
        return float(end - begin)

    def state(self) -> Mapping[str, object]:
        """Clocks, power and temperature, where the driver gives them."""
        return {}


class Cpu(TorchDevice):
    """Wall time, and time of the process (user and system) on all its cores."""

    clocks: tuple[str, ...] = ("cpu", "wall")

    def __init__(self, place: torch.device, threads: int = 1) -> None:
        super().__init__(place, threads)
        self.why = (
            "CPU time: with one thread it is what a call takes, and what else runs disturbs it less than wall time"
        )
        if threads > 1:  # not how long one waits
            self.clocks, self.why = ("wall", "cpu"), "wall time: with several threads, CPU time is the sum over them"
        elif (step := clock_step(time.process_time)) > _COARSE:
            self.clocks = ("wall", "cpu")
            self.why = f"wall time: CPU time moves in steps of {1000 * step:.2g} ms here, as it does under a profiler"

    def times(self) -> Mapping[str, float]:
        """Wall time, and that of the process."""
        return {"wall": time.perf_counter(), "cpu": time.process_time()}

    def mark(self) -> float:
        """By the clock that counts."""
        return time.process_time() if self.clocks[0] == "cpu" else time.perf_counter()


class Cuda(TorchDevice):
    """Events on the stream, one before the first sample and one behind each; nothing waits inside the timed region."""

    clocks: tuple[str, ...] = ("device",)
    why = "device time: events on the stream, so that what the host does meanwhile is left out where the device is busy"

    def timed(self, call: Callable[[], object], samples: int, inner: int) -> Mapping[str, list[float]]:
        """By events."""
        events: list[Any] = [torch.cuda.Event(enable_timing=True) for _ in range(samples + 1)]  # type: ignore[no-untyped-call]
        stream = torch.cuda.current_stream(self.place)
        events[0].record(stream)
        for event in events[1:]:
            for _ in range(inner):
                call()
            event.record(stream)
        events[-1].synchronize()
        return {"device": [before.elapsed_time(after) / 1000 / inner for before, after in pairwise(events)]}

    def wait(self) -> None:
        """Returns once the stream is empty."""
        torch.cuda.synchronize(self.place)

    def ahead(self, seconds: float) -> None:
        """Keeps the device busy that long."""
        torch.cuda._sleep(int(seconds * _CYCLES))  # type: ignore[no-untyped-call]

    def mark(self) -> Any:
        """An event; nothing waits for it before it is read."""
        event: Any = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
        event.record(torch.cuda.current_stream(self.place))
        return event

    def between(self, begin: Any, end: Any) -> float:
        """Seconds between two events; waits for the second one."""
        end.synchronize()
        return float(begin.elapsed_time(end)) / 1000

    def state(self) -> Mapping[str, object]:
        """Clocks, power and temperature, as the driver gives them."""
        return nvml.state(self.place)


class Mps(TorchDevice):
    """Wall time of a sample with all its work done: waits behind each sample, not behind each call."""

    why = "wall time, waiting for the device behind each sample"

    def wait(self) -> None:
        """Returns once the device is idle."""
        torch.mps.synchronize()


class _DeviceRow(NamedTuple):
    make: Callable[[torch.device, int], TorchDevice]
    number: Callable[[], int]


#: by name: how it is made, and how many of them this machine has
DEVICES: Final[Mapping[str, _DeviceRow]] = {
    "cpu": _DeviceRow(Cpu, lambda: 1),
    "cuda": _DeviceRow(Cuda, lambda: torch.cuda.device_count() if torch.cuda.is_available() else 0),
    "mps": _DeviceRow(Mps, lambda: int(torch.backends.mps.is_available())),
}


def find_device(name: str, threads: int = 1) -> TorchDevice:
    """The device of a name.

    Args:
        name: `cpu`, `cuda`, `cuda:1`, `mps`.
        threads: of the CPU.

    Raises:
        UsageError: there is no such device on this machine.
    """
    kind, _, index = name.partition(":")
    row = DEVICES.get(kind)
    if row is None or (index and not index.isdecimal()):
        raise UsageError(f"--device {name}: no such device", way_out=f"one of {', '.join(DEVICES)}, or cuda:1")
    if row.number() <= int(index or 0):
        has = ", ".join(f"{row.number()} {kind}" for kind, row in DEVICES.items() if row.number())
        raise UsageError(f"--device {name}: this machine has none (it has {has})", way_out="--device cpu")
    return row.make(torch.device(name), threads)


def find_dtype(name: str) -> torch.dtype:
    """The data type of a name.

    Raises:
        UsageError: networks are not run in such a type.
    """
    if name not in DTYPES:
        raise UsageError(f"--dtype {name}: no such type", way_out=f"one of {', '.join(DTYPES)}")
    found: torch.dtype = getattr(torch, name)
    return found


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
