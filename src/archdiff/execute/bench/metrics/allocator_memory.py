"""Bytes that CUDA's allocator has handed out at most during one call, without what was handed out before it."""

from __future__ import annotations

import torch

from archdiff.execute.bench.metrics import Metric, Subject


def _measure(subject: Subject) -> float | None:
    if not subject.device.startswith("cuda"):
        return None
    subject.step()
    torch.cuda.synchronize(subject.device)
    before = torch.cuda.memory_allocated(subject.device)
    torch.cuda.reset_peak_memory_stats(subject.device)
    subject.step()
    torch.cuda.synchronize(subject.device)
    return torch.cuda.max_memory_allocated(subject.device) - before


METRIC = Metric("B", "lower", _measure, order=11)
