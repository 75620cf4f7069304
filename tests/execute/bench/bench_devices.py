"""A scripted machine with virtual time: what a call costs is the network, its instance, the drift and the bursts.

Nothing here reads a clock, so that thousands of benchmarks run in seconds and always come out the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from archdiff.execute.bench.record import CANDIDATE, COPY, REFERENCE
from archdiff.execute.bench.rounds import Bench


@dataclass
class Machine:
    """`drift` is slowdown a virtual second, `burst` the chance that a call meets one: half as slow again."""

    chance: Random
    clocks: tuple[str, ...] = ("wall",)
    noise: float = 0.01
    drift: float = 0.0
    burst: float = 0.0
    time: float = 0.0
    speed: float = 1.0
    calls: int = 0
    dies_after: int | None = None  # calls, after which the device is gone
    interrupts_after: int | None = None
    in_burst: int = 0
    log: list[str] = field(default_factory=list)

    def now(self) -> float:
        return self.time

    def spend(self, seconds: float) -> float:
        self.calls += 1
        if self.dies_after is not None and self.calls > self.dies_after:
            raise RuntimeError("device lost")
        if self.interrupts_after is not None and self.calls > self.interrupts_after:
            raise KeyboardInterrupt
        if self.burst and not self.in_burst and self.chance.random() < self.burst:
            self.in_burst = self.chance.randrange(1, 12)
        factor = 1.5 if self.in_burst else 1.0
        self.in_burst = max(self.in_burst - 1, 0)
        took = seconds * factor * (1 + self.drift * self.time) * (1 + self.noise * self.chance.random())
        self.time += took
        return took

    def timed(self, call: Callable[[], object], samples: int, inner: int) -> Mapping[str, list[float]]:
        found = []
        for _ in range(samples):
            start = self.time
            for _ in range(inner):
                call()
            found.append((self.time - start) / inner)
        return dict.fromkeys(self.clocks, found)

    def settle(self, call: Callable[[], object]) -> float:
        start = self.time
        call()
        return self.time - start


@dataclass
class Made:
    """An instance: slower or faster than its like by where it lies in memory."""

    call: Callable[[], Any]  # whatever the script returns; seconds where layers are asked for
    setup: Mapping[str, float] = field(default_factory=dict)
    shares: Mapping[str, float] = field(default_factory=dict)

    def layers(self, device: Machine, calls: int) -> Mapping[str, float]:
        return {path: self.call() * share for path, share in self.shares.items()}


def scripted(
    machine: Machine,
    seconds: Mapping[str, float],
    *,
    instance: float = 0.0,
    afresh: bool = True,
    build: float = 0.0,
    **more: object,
) -> Bench:
    """Seconds a call by arm; each instance is off by a share that is drawn anew, or once where not `afresh`."""
    seconds = {COPY: seconds[CANDIDATE], **seconds}
    once = {arm: 1 + machine.chance.gauss(0, instance) for arm in seconds}

    def made(arm: str, _seed: int, _x: object) -> Made:
        machine.time += build
        off = 1 + machine.chance.gauss(0, instance) if afresh else once[arm]
        machine.log.append(arm)
        return Made(lambda: machine.spend(seconds[arm] * off))

    options = {"build": made, "draw": lambda seed: seed, "device": machine, "pad": lambda _size: None, **more}
    return Bench(**options)  # type: ignore[arg-type]  # the options named


EQUAL = {CANDIDATE: 0.002, REFERENCE: 0.002}
