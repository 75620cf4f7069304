"""Attention as torch.nn has it: layers that print their parts and none of their settings.

The number of heads changes no shape and no parameter count, so nothing in a print tells it; nothing is guessed here.
Parameters are those of the printed parts and of the input projections, whose size the output projection tells.
"""

from __future__ import annotations

from collections.abc import Iterator

from archdiff.model.effects import Effect
from archdiff.model.network import UNKNOWN
from archdiff.semantics.kinds import Field, Held, Kind, Settings

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
            Field("nhead", UNKNOWN, joint=True),  # the attention that is printed in it tells as much, and it alone
            Field("batch_first", UNKNOWN, likely=False, joint=True),  # holds this one
            Field("norm_first", UNKNOWN, remark="pre-norm or post-norm"),
            Field("activation", UNKNOWN),
        ),
        shape=None,  # of parts that do not run in the printed order
        constructor=f"torch.nn.{class_name}",
        parts=_PARTS,
    )


def _input_projections(settings: Settings) -> int:
    """The three input projections, which no print shows; the output projection is a child with a count of its own."""
    width = settings.int("embed_dim")
    return 3 * width * width + (3 * width if settings["bias"] else 0)


def _state(settings: Settings) -> Iterator[Held]:
    """Queries, keys and values in one, as it is where all three have one width; the output projection is a child."""
    width = settings.known("embed_dim")
    rows = 3 * width if isinstance(width, int) else None
    yield Held("in_proj_weight", (rows, width) if rows is not None and isinstance(width, int) else None)
    if settings["bias"]:
        yield Held("in_proj_bias", (rows,) if rows is not None else None)


KINDS = (
    Kind(
        name="multihead_attention",
        classes={"MultiheadAttention": {}},
        fields=(
            Field("embed_dim", UNKNOWN, aspect="input"),  # both worked out from the output projection
            Field("bias", UNKNOWN, aspect="input"),
            Field("num_heads", UNKNOWN),
            Field("dropout", UNKNOWN, Effect.TRAINING, likely=0.0, varies=True, complement="drop or keep probability?"),
            Field("add_bias_kv", UNKNOWN, likely=False),
            Field("add_zero_attn", UNKNOWN, likely=False),
            Field("kdim", UNKNOWN, likely=None),
            Field("vdim", UNKNOWN, likely=None),
            Field("batch_first", UNKNOWN, likely=False, varies=True, remark="which dimension is the batch"),
        ),
        shape=None,  # of three inputs
        parameters=_input_projections,
        constructor="torch.nn.MultiheadAttention",
        state=_state,
        parts=frozenset({"out_proj"}),
    ),
    _block("transformer_encoder_layer", "TransformerEncoderLayer"),
    _block("transformer_decoder_layer", "TransformerDecoderLayer"),
)
