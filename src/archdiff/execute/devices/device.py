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

    def __init__(self, place: torch.device) -> None:
        self.place = place

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
        raise NotImplementedError

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

    def traced(self) -> Any:
        """What marks moments, and gives the seconds between two of them."""
        raise NotImplementedError

    def state(self) -> Mapping[str, object]:
        """Clocks, power and temperature, where the driver gives them."""
        return {}


class Cpu(TorchDevice):
    """Wall time, and time of the process (user and system) on all its cores."""

    clocks: tuple[str, ...] = ("cpu", "wall")

    def __init__(self, place: torch.device, threads: int = 1) -> None:
        super().__init__(place)
        self.why = (
            "CPU time: with one thread it is what a call takes, and what else runs disturbs it less than wall time"
        )
        if threads > 1:  # not how long one waits
            self.clocks, self.why = ("wall", "cpu"), "wall time: with several threads, CPU time is the sum over them"
        elif (step := clock_step(time.process_time)) > _COARSE:
            self.clocks = ("wall", "cpu")
            self.why = f"wall time: CPU time moves in steps of {1000 * step:.2g} ms here, as it does under a profiler"

    def timed(self, call: Callable[[], object], samples: int, inner: int) -> Mapping[str, list[float]]:
        """By both clocks."""
        cpu, wall = [], []
        for _ in range(samples):
            started, begun = time.perf_counter(), time.process_time()
            for _ in range(inner):
                call()
            ended, done = time.process_time(), time.perf_counter()
            cpu.append((ended - begun) / inner)
            wall.append((done - started) / inner)
        return {"cpu": cpu, "wall": wall}

    def traced(self) -> HostMarks:
        """By the clock that counts."""
        return HostMarks(time.process_time if self.clocks[0] == "cpu" else time.perf_counter)


class HostMarks:
    """Moments of a clock of the host, and the seconds between them."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.mark = clock

    @staticmethod
    def between(begin: float, end: float) -> float:
        """Seconds between two moments."""
        return end - begin


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

    def traced(self) -> CudaMarks:
        """By events."""
        return CudaMarks(self.place)

    def state(self) -> Mapping[str, object]:
        """Clocks, power and temperature, as the driver gives them."""
        return nvml.state(_index(self.place))


class CudaMarks:
    """Events as moments; the first that is read waits for all before it."""

    def __init__(self, place: torch.device) -> None:
        self.place = place

    def mark(self) -> Any:
        """An event behind all that was launched."""
        event: Any = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
        event.record(torch.cuda.current_stream(self.place))
        return event

    @staticmethod
    def between(begin: Any, end: Any) -> float:
        """Seconds between two events."""
        end.synchronize()
        return float(begin.elapsed_time(end)) / 1000


class Mps(TorchDevice):
    """Wall time of a sample with all its work done: waits behind each sample, not behind each call."""

    why = "wall time, waiting for the device behind each sample"

    def timed(self, call: Callable[[], object], samples: int, inner: int) -> Mapping[str, list[float]]:
        """By the wall."""
        found = []
        self.wait()
        for _ in range(samples):
            begin = time.perf_counter()
            for _ in range(inner):
                call()
            self.wait()
            found.append((time.perf_counter() - begin) / inner)
        return {"wall": found}

    def wait(self) -> None:
        """Returns once the device is idle."""
        torch.mps.synchronize()

    def traced(self) -> HostMarks:
        """By the wall; each mark waits for what was launched before it."""
        return HostMarks(self._idle)

    def _idle(self) -> float:
        self.wait()
        return time.perf_counter()


class _DeviceRow(NamedTuple):
    make: Callable[[torch.device, int], TorchDevice]
    number: Callable[[], int]


#: by name: how it is made, and how many of them this machine has
DEVICES: Final[Mapping[str, _DeviceRow]] = {
    "cpu": _DeviceRow(Cpu, lambda: 1),
    "cuda": _DeviceRow(
        lambda place, _: Cuda(place), lambda: torch.cuda.device_count() if torch.cuda.is_available() else 0
    ),
    "mps": _DeviceRow(lambda place, _: Mps(place), lambda: int(torch.backends.mps.is_available())),
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
    index: int | None = place.index  # typed as if it were never None
    return torch.cuda.current_device() if index is None else index
