"""Time of one call on a CUDA device that has all of it in its queue; the rest of the latency it waits for the host.

The median over a few calls, each launched while the device is kept busy. `--cuda-graphs` replays a call without the
host; what the host and the device do at once is in neither.
"""

from __future__ import annotations

import time
from statistics import median

import torch

from archdiff.execute.bench.metrics import Metric, Subject
from archdiff.execute.devices import device

_CALLS = 5


def _measure(subject: Subject) -> float | None:
    if not subject.device.startswith("cuda"):
        return None
    cuda = device.Cuda(torch.device(subject.device))
    begin = time.perf_counter()
    subject.step()
    launched = 2 * (time.perf_counter() - begin)
    found = []
    for _ in range(_CALLS):
        cuda.ahead(launched)
        [seconds] = cuda.timed(subject.step, 1, 1)["device"]
        found.append(seconds)
    return median(found)


METRIC = Metric("s", "lower", _measure, order=3)
