"""Numbers in all parameters, each counted once where several layers share it."""

from archdiff.execute.bench.metrics import Metric

METRIC = Metric("", "lower", lambda subject: sum(each.numel() for each in subject.module.parameters()), order=20)
