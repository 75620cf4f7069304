"""Numbers in all parameters that are not zero, of the network as built."""

import torch

from archdiff.execute.bench.metrics import Metric, Subject


def _measure(subject: Subject) -> float:
    return sum(int(torch.count_nonzero(each)) for each in subject.module.parameters())


METRIC = Metric("", "lower", _measure, order=21)
