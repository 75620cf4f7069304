"""Wrappers that keep a fixed share of the weights of the layer inside them.

Two conventions, known by the printed name: `weight_sparsity` is the share of NON-zero weights (the paper's code),
`sparsity` the share of zeros (nupic.torch). A rule merges the wrapper into the layer that it holds; nothing here does.
"""

from __future__ import annotations

from archdiff.model.network import UNKNOWN, Value
from archdiff.semantics.kinds import Field, Kind, Settings


def _other(name: str, settings: Settings) -> Value:
    """The share by the other convention: each is one minus the other."""
    share = settings.printed.get(name, UNKNOWN)
    return 1 - share if isinstance(share, (int, float)) else UNKNOWN


def _kind(name: str, class_name: str) -> Kind:
    return Kind(
        name=name,
        classes={class_name: {}},
        fields=(
            Field("weight_sparsity", lambda settings: _other("sparsity", settings), remark="share of non-zero weights"),
            Field("sparsity", lambda settings: _other("weight_sparsity", settings), remark="share of zero weights"),
        ),
        shape=None,  # of the layer inside
        constructor=f"archdiff.nn.{class_name}",
        parts=frozenset({"module"}),
        state=None,  # a mask, or a list of zeros in older code
    )


KINDS = (_kind("sparse_weights", "SparseWeights"), _kind("sparse_weights_2d", "SparseWeights2d"))
