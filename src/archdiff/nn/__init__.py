"""Layers that torch lacks: k-winners and sparse weights, with the print and the checkpoints of the published code.

Made to run printed networks: every class takes its printed settings by name and prints them back as they were given.
Written from the published formulas: Ahmad and Scheinkman, "How Can We Be So Dense?", 2019, and the documentation of
nupic.torch. Must not read prints.
"""

from archdiff.nn.dynamic_sparse import DSConv2d, DSLinear
from archdiff.nn.k_winners import KWinners, KWinners2d
from archdiff.nn.sparse_weights import SparseWeights, SparseWeights2d

__all__ = ["KWinners", "KWinners2d", "SparseWeights", "SparseWeights2d", "DSLinear", "DSConv2d"]
