"""Dense floating-point operations of a sample in one forward, 2 for each MAC (one multiplication, one addition)."""

from archdiff.execute.bench.metrics import Metric
from archdiff.execute.bench.metrics._products import macs

METRIC = Metric("FLOP", "lower", lambda subject: 2 * macs(subject), order=31)
