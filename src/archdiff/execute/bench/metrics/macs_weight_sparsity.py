"""MACs of a sample without those whose weight is zero: dense MACs x density of the weights, layer by layer."""

from archdiff.execute.bench.metrics import NOT_GAINED, Metric, Subject
from archdiff.execute.bench.metrics._products import macs


def _measure(subject: Subject) -> float:
    return macs(subject, lambda each: each.weights)


METRIC = Metric("MAC", "lower", _measure, order=32, remark=NOT_GAINED)
