"""MACs of a sample without those whose input is zero: dense MACs x measured density of the input, layer by layer.

The density is that of what the layer consumes, behind pooling, for random inputs and new weights.
"""

from archdiff.execute.bench.metrics import NOT_GAINED, Metric, Subject
from archdiff.execute.bench.metrics._products import macs


def _measure(subject: Subject) -> float:
    return macs(subject, lambda each: each.activations)


METRIC = Metric("MAC", "lower", _measure, order=33, remark=NOT_GAINED)
