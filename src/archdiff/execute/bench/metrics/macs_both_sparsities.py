"""MACs of a sample whose weight and input are both non-zero: dense MACs x density of input x density of weights.

Layer by layer, with measured densities; exact where zeros of both are spread independently of each other.
"""

from archdiff.execute.bench.metrics import NOT_GAINED, Metric, Subject
from archdiff.execute.bench.metrics._products import products


def _measure(subject: Subject) -> float:
    return sum(each.macs * each.activations * each.weights for each in products(subject)) / subject.batch


METRIC = Metric("MAC", "lower", _measure, order=34, remark=NOT_GAINED)
