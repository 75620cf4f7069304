"""Distances of two inputs. torch prints none of their settings."""

from __future__ import annotations

from archdiff.model.network import UNKNOWN
from archdiff.semantics.kinds import Field, Kind, Trait

KINDS = (
    Kind(
        name="cosine_similarity",
        classes={"CosineSimilarity": {}},
        fields=(Field("dim", UNKNOWN, likely=1, varies=True), Field("eps", UNKNOWN, likely=1e-8, remark="small")),
        shape=None,  # of two inputs
        traits=frozenset({Trait.FUNCTIONAL}),
        constructor="torch.nn.CosineSimilarity",
    ),
    Kind(
        name="pairwise_distance",
        classes={"PairwiseDistance": {}},
        fields=(
            Field("p", UNKNOWN, likely=2.0, varies=True),
            Field("eps", UNKNOWN, likely=1e-6, remark="small"),
            Field("keepdim", UNKNOWN, likely=False, varies=True),
        ),
        shape=None,  # of two inputs
        traits=frozenset({Trait.FUNCTIONAL}),
        constructor="torch.nn.PairwiseDistance",
    ),
)
