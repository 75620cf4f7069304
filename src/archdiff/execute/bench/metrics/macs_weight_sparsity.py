"""MACs of a sample without those whose weight is zero: dense MACs x density of the weights, layer by layer."""

from archdiff.execute.bench.metrics import NOT_GAINED, Metric, Subject
from archdiff.execute.bench.metrics._products import products


def _measure(subject: Subject) -> float:
    return sum(each.macs * each.weights for each in products(subject)) / subject.batch


METRIC = Metric("MAC", "lower", _measure, order=32, remark=NOT_GAINED)
