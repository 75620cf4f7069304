"""Devices: which there are, which clock counts, and what a time is the mean of. On a GPU: `test_cuda`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import count

import pytest
import torch

from archdiff.execute.devices import device
from archdiff.execute.devices.device import Cpu, TorchDevice, clock_step, find_device
from archdiff.model.errors import UsageError


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("tpu", "--device tpu: no such device"),
        ("cuda:x", "--device cuda:x: no such device"),
        ("cpu:-1", "--device cpu:-1: no such device"),
        ("", "--device : no such device"),
        ("cpu:1", "--device cpu:1: this machine has none (it has 1 cpu)"),
        ("cuda", "--device cuda: this machine has none (it has 1 cpu)"),
        ("mps", "--device mps: this machine has none (it has 1 cpu)"),
    ],
)
def test_no_such_device(monkeypatch: pytest.MonkeyPatch, name: str, message: str) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(UsageError) as caught:
        find_device(name)
    assert caught.value.message == message


@pytest.mark.parametrize("name", ["cpu", "cpu:0"])
def test_the_cpu_is_there(name: str) -> None:
    found = find_device(name)
    assert isinstance(found, Cpu)
    assert found.place.type == "cpu"


@pytest.mark.parametrize(
    ("threads", "step", "clocks", "why"),
    [
        (1, 1e-9, ("cpu", "wall"), "CPU time: "),
        (2, 1e-9, ("wall", "cpu"), "wall time: with several threads"),
        (1, 0.01, ("wall", "cpu"), "wall time: CPU time moves in steps of 10 ms"),
    ],
    ids=["one thread", "several", "a coarse clock"],
)
def test_which_clock_counts(
    monkeypatch: pytest.MonkeyPatch, threads: int, step: float, clocks: tuple[str, ...], why: str
) -> None:
    monkeypatch.setattr(device, "clock_step", lambda _clock: step)
    found = Cpu(torch.device("cpu"), threads)
    assert found.clocks == clocks
    assert found.why.startswith(why)


def test_a_time_is_the_mean_of_calls_in_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    wall, process = count(), count()
    monkeypatch.setattr("time.perf_counter", lambda: float(next(wall)))
    monkeypatch.setattr("time.process_time", lambda: 10.0 * next(process))
    cpu = Cpu(torch.device("cpu"), threads=2)
    calls: list[int] = []
    times = cpu.timed(lambda: calls.append(1), 3, 4)
    assert len(calls) == 12
    assert times == {"cpu": [10 / 4] * 3, "wall": [1 / 4] * 3}


class Scripted(TorchDevice):
    """Each sample takes the next of these times, on a clock that it moves."""

    def __init__(self, *seconds: float) -> None:
        super().__init__(torch.device("cpu"))
        self.seconds = iter(seconds)
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def timed(self, call: Callable[[], object], samples: int, inner: int) -> Mapping[str, list[float]]:
        seconds = next(self.seconds)
        self.time += samples * inner * seconds
        call()
        return {"wall": [seconds] * samples, "coarse": [0.0] * samples}


@pytest.mark.parametrize(
    ("seconds", "settled"),
    [((0.1, 0.1), 0.1), ((0.1, 0.05, 0.03, 0.029), 0.029), ((0.1, 0.2, 0.1, 0.2, 0.1, 0.2, 0.1, 0.2), 0.2)],
    ids=["at once", "once it is warm", "never: five seconds are enough"],
)
def test_a_device_is_called_until_it_is_steady(seconds: tuple[float, ...], settled: float) -> None:
    assert Scripted(*seconds).settle(lambda: None) == settled


def test_moments_of_the_host() -> None:
    device = find_device("cpu")
    assert device.between(1.0, 3.5) == 2.5
    assert 0 <= device.between(device.mark(), device.mark()) < 60


def ticks(*moments: float) -> Callable[[], float]:
    """A clock that shows these, the last one for ever."""

    def shown() -> Iterator[float]:
        yield from moments
        while True:
            yield moments[-1]

    return shown().__next__


@pytest.mark.parametrize(
    ("clock", "step"),
    [(ticks(0, 0, 1, 1, 1.5), 0.5), (ticks(0, 0.25, 0.5), 0.25), (ticks(7.0), 0.01)],
    ids=["coarse", "quick", "never moves"],
)
def test_by_how_much_a_clock_moves(clock: Callable[[], float], step: float) -> None:
    assert clock_step(clock, longest=0.01) == step
