"""Samples a second: the batch size through the latency."""

from archdiff.runtime.metrics import Metric

METRIC = Metric(
    "samples/s", "higher", lambda subject: subject.batch / subject.seconds if subject.seconds else None, order=2
)
