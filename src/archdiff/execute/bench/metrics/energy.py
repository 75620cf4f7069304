"""Joules of the whole board for one call, idle power included: the driver's counter over calls of at least one second.

On NVIDIA GPUs since Volta, whose driver counts energy (NVML). Not compared with an interval: one instance, one stretch.
"""

from __future__ import annotations

import time

import torch

from archdiff.execute.bench.metrics import Metric, Subject
from archdiff.execute.devices import nvml

_SECONDS = 1.0  # the counter moves about every 20 to 100 ms


def _measure(subject: Subject) -> float | None:
    if not subject.device.startswith("cuda"):
        return None
    place = torch.device(subject.device)
    before, calls, end = nvml.energy(place), 0, time.perf_counter() + _SECONDS
    if before is None:
        return None
    while time.perf_counter() < end:
        for _ in range(10):
            subject.step()
        torch.cuda.synchronize(place)
        calls += 10
    after = nvml.energy(place)
    return None if after is None else (after - before) / calls


METRIC = Metric("J", "lower", _measure, order=40)
