"""Tables of vectors looked up by number. Inputs are whole numbers: (words,) -> (words, embedding_dim)."""

from __future__ import annotations

from archdiff.model.effects import Effect
from archdiff.model.network import UNKNOWN
from archdiff.semantics.kinds import Field, Kind, Misfit, Settings, Shape, matrix

_WIDTHS = (Field("num_embeddings"), Field("embedding_dim", aspect="width"))
_NORMS = (
    Field("max_norm", None),
    Field(
        "norm_type", 2.0, idle=lambda settings: "" if settings.known("max_norm") is not None else "no norm is bounded"
    ),
    Field("scale_grad_by_freq", False, Effect.TRAINING),
)
_SPARSE_REMARK = "optimizers with momentum treat sparse gradients differently"


def _looked_up(settings: Settings, x: Shape) -> Shape:
    return (*x, settings.int("embedding_dim"))


def _pooled(settings: Settings, x: Shape) -> Shape:
    if len(x) != 1:  # bags of different sizes come as one flat list with offsets, which has no shape
        raise Misfit("dimensions", 1, x)
    return (settings.int("embedding_dim"),)


KINDS = (
    Kind(
        name="embedding",
        classes={"Embedding": {}},
        positional=("num_embeddings", "embedding_dim"),
        fields=(
            *_WIDTHS,
            Field("padding_idx", None, Effect.TRAINING, remark="the vector of that index is never trained"),
            *_NORMS,
            Field("sparse", False, Effect.TRAINING, remark=_SPARSE_REMARK),
        ),
        shape=_looked_up,
        state=matrix("num_embeddings", "embedding_dim"),
        constructor="torch.nn.Embedding",
    ),
    Kind(
        name="embedding_bag",
        classes={"EmbeddingBag": {}},
        positional=("num_embeddings", "embedding_dim"),
        fields=(
            *_WIDTHS,
            *_NORMS,
            Field("mode", "mean"),
            Field("padding_idx", None, remark="that index is left out of the bag"),
            Field("sparse", UNKNOWN, Effect.TRAINING, likely=False, remark=_SPARSE_REMARK),
            Field("include_last_offset", UNKNOWN, likely=False, varies=True),
        ),
        shape=_pooled,
        state=matrix("num_embeddings", "embedding_dim"),
        constructor="torch.nn.EmbeddingBag",
    ),
)
