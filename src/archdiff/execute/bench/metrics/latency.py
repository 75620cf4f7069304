"""Time of one call of the whole batch: median over all timed calls of all rounds, by the clock whose verdict counts."""

from archdiff.execute.bench.metrics import Metric

METRIC = Metric("s", "lower", lambda subject: subject.seconds, order=1)
