"""Attention as torch.nn has it: layers that print their parts and none of their settings.

The number of heads changes no shape and no parameter count, so nothing in a print shows it; nothing is guessed here.
Parameters are those of the printed parts and of the input projections, whose size the output projection shows.
"""

from __future__ import annotations

from collections.abc import Iterator

from archdiff.model.effects import Effect
from archdiff.model.network import UNKNOWN
from archdiff.semantics.kinds import Field, Kind, Settings, StateTensor, sizes
from archdiff.semantics.kinds._field import DROP_OR_KEEP

_PARTS = frozenset(
    (
        *("self_attn", "linear1", "dropout", "linear2", "norm1", "norm2", "dropout1", "dropout2", "activation"),
        *("multihead_attn", "norm3", "dropout3"),
    )
)


def _block(name: str, class_name: str) -> Kind:
    return Kind(
        name=name,
        classes={class_name: {}},
        fields=(
            Field("nhead", UNKNOWN, joint=True),  # the attention that is printed in it shows as much, and it alone
            Field("batch_first", UNKNOWN, likely=False, joint=True),  # holds this one
            Field("norm_first", UNKNOWN, remark="pre-norm or post-norm"),
            Field("activation", UNKNOWN),
        ),
        shape=None,  # of parts that do not run in the printed order
        constructor=f"torch.nn.{class_name}",
        parts=_PARTS,
    )


def _state(settings: Settings) -> Iterator[StateTensor]:
    """Queries, keys and values in one, as it is where all three have one width; the output projection is a child."""
    width = sizes(settings, "embed_dim")
    yield StateTensor("in_proj_weight", width and (3 * width[0], *width))
    if settings["bias"]:
        yield StateTensor("in_proj_bias", width and (3 * width[0],))


KINDS = (
    Kind(
        name="multihead_attention",
        classes={"MultiheadAttention": {}},
        fields=(
            Field("embed_dim", UNKNOWN, aspect="input"),  # both worked out from the output projection
            Field("bias", UNKNOWN, aspect="input"),
            Field("num_heads", UNKNOWN),
            Field("dropout", UNKNOWN, Effect.TRAINING, likely=0.0, varies=True, complement=DROP_OR_KEEP),
            Field("add_bias_kv", UNKNOWN, likely=False),
            Field("add_zero_attn", UNKNOWN, likely=False),
            Field("kdim", UNKNOWN, likely=None),
            Field("vdim", UNKNOWN, likely=None),
            Field("batch_first", UNKNOWN, likely=False, varies=True, remark="which dimension is the batch"),
        ),
        shape=None,  # of three inputs
        constructor="torch.nn.MultiheadAttention",
        state=_state,
        parts=frozenset({"out_proj"}),
    ),
    _block("transformer_encoder_layer", "TransformerEncoderLayer"),
    _block("transformer_decoder_layer", "TransformerDecoderLayer"),
)
