"""Dense floating-point operations of a sample in one forward, 2 for each MAC (one multiplication, one addition)."""

from archdiff.execute.bench.metrics import Metric, Subject
from archdiff.execute.bench.metrics._products import products


def _measure(subject: Subject) -> float:
    return 2 * sum(each.macs for each in products(subject)) / subject.batch


METRIC = Metric("FLOP", "lower", _measure, order=31)
