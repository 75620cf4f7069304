"""Samples a second: the batch size through the latency."""

from archdiff.execute.bench.metrics import Metric

METRIC = Metric(
    "samples/s", "higher", lambda subject: subject.batch / subject.seconds if subject.seconds else None, order=2
)
