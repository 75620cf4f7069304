"""MACs of a sample whose weight and input are both non-zero: dense MACs x density of input x density of weights.

Layer by layer, with measured densities; exact where zeros of both are spread independently of each other.
"""

from archdiff.execute.bench.metrics import NOT_GAINED, Metric, Subject
from archdiff.execute.bench.metrics._products import macs


def _measure(subject: Subject) -> float:
    return macs(subject, lambda each: each.activations * each.weights)


METRIC = Metric("MAC", "lower", _measure, order=34, remark=NOT_GAINED)
