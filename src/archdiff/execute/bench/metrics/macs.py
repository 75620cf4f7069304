"""Dense multiply-accumulates of a sample in one forward, zeros counted as any other number.

Matrix products, convolutions and attention; biases, normalisation and activations are not counted. Half the FLOPs of
`torch.utils.flop_counter`. This is what dense kernels do: they gain nothing from zeros.
"""

from archdiff.execute.bench.metrics import Metric
from archdiff.execute.bench.metrics._products import macs

METRIC = Metric("MAC", "lower", macs, order=30)
