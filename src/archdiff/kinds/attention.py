"""Attention as torch.nn has it: layers that print their parts and none of their settings.

The number of heads changes no shape and no parameter count, so nothing in a print tells it; nothing is guessed here.
Costs are those of the printed parts.
"""

from __future__ import annotations

from archdiff.effects import Effect
from archdiff.kinds import Field, Kind
from archdiff.network import UNKNOWN

_BATCH_FIRST = Field("batch_first", UNKNOWN, likely=False, remark="which dimension is the batch")


def _block(name: str, class_name: str) -> Kind:
    return Kind(
        name=name,
        classes={class_name: {}},
        fields=(
            Field("nhead", UNKNOWN),
            Field("norm_first", UNKNOWN, remark="pre-norm or post-norm"),
            Field("activation", UNKNOWN),
            _BATCH_FIRST,
        ),
        shape=None,  # of parts that do not run in the printed order
        constructor=f"torch.nn.{class_name}",
    )


KINDS = (
    Kind(
        name="multihead_attention",
        classes={"MultiheadAttention": {}},
        fields=(
            Field("num_heads", UNKNOWN),
            Field("dropout", UNKNOWN, Effect.TRAINING, likely=0.0, complement="drop or keep probability?"),
            Field("add_bias_kv", UNKNOWN, likely=False),
            Field("add_zero_attn", UNKNOWN, likely=False),
            Field("kdim", UNKNOWN, likely=None),
            Field("vdim", UNKNOWN, likely=None),
            _BATCH_FIRST,
        ),
        shape=None,  # of three inputs
        constructor="torch.nn.MultiheadAttention",
    ),
    _block("transformer_encoder_layer", "TransformerEncoderLayer"),
    _block("transformer_decoder_layer", "TransformerDecoderLayer"),
)
