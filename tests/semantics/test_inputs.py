# ruff: noqa: E501  (tables: a case a line)
"""Whether keys and values may come from another input than queries: then one projection is not surely what three are."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pytest

from answers import compared, holding

Parts: TypeAlias = dict[str, str]


def linear(inputs: int, outputs: int) -> str:
    return f"Linear(in_features={inputs}, out_features={outputs}, bias=True)"


NORM = "LayerNorm((8,), eps=1e-05, elementwise_affine=True)"
MLP = holding("Mlp", fc1=linear(8, 32), fc2=linear(32, 8))
APART: Parts = {f"{name}_proj": linear(8, 8) for name in "qkv"}
FUSED: Parts = {"qkv": linear(8, 24)}


def attention(parts: Parts, class_name: str = "Attention", **more: str) -> str:
    return holding(class_name, **parts, out_proj=linear(8, 8), **more)


#: id, a network around attentions in these parts, the effect of printing them in other parts, with the place of each
CASES: list[tuple[str, Callable[[Parts], str], list[str]]] = [
    ("self-attention", lambda p: holding("Net", attn=attention(p)), ["equivalent attn"]),
    ("called-self", lambda p: holding("Net", self_attn=attention(p)), ["equivalent self_attn"]),
    ("called-cross", lambda p: holding("Net", cross_attn=attention(p)), ["unknown cross_attn"]),
    ("class-cross", lambda p: holding("Net", attn=attention(p, "CrossAttention")), ["unknown attn"]),
    ("class-self-cross", lambda p: holding("Net", attn=attention(p, "SelfCrossAttention")), ["equivalent attn"]),
    ("called-encoder-attention", lambda p: holding("Net", encoder_attn=attention(p)), ["unknown encoder_attn"]),
    ("called-enc-dec-attention", lambda p: holding("Net", EncDecAttention=attention(p)), ["unknown EncDecAttention"]),
    ("called-encoder", lambda p: holding("Net", encoder=attention(p)), ["equivalent encoder"]),
    ("called-memory-attention", lambda p: holding("Net", mem_attn=attention(p)), ["unknown mem_attn"]),
    ("efficient-image-attention", lambda p: holding("Net", efficient_image_attn=attention(p)), ["equivalent efficient_image_attn"]),
    ("class-encoder-attention", lambda p: holding("Net", attn=attention(p, "EncoderAttention")), ["equivalent attn"]),
    ("class-attention", lambda p: holding("Net", attn=attention(p, "ClassAttention")), ["unknown attn"]),
    ("called-class-attention", lambda p: holding("Net", cls_attn=attention(p)), ["unknown cls_attn"]),
    ("called-class", lambda p: holding("Net", cls=attention(p)), ["equivalent cls"]),
    ("pooling", lambda p: holding("Net", attn_pool=attention(p)), ["unknown attn_pool"]),
    ("class-pooling", lambda p: holding("Net", attn=attention(p, "AttentionPool2d")), ["unknown attn"]),
    ("resampler", lambda p: holding("Net", a=attention(p, "PerceiverResampler")), ["unknown a"]),
    ("in-a-cross-block", lambda p: holding("Net", x=holding("CrossBlock", attn=attention(p))), ["unknown x.attn"]),
    ("in-a-list-called-cross", lambda p: holding("Net", cross_layers=holding("ModuleList", attention(p),attention(p))), ["unknown cross_layers.0"]),
    ("in-a-list-in-a-cross-net", lambda p: holding("CrossNet", layers=holding("ModuleList", attention(p),attention(p))), ["equivalent layers.0"]),
    ("in-order", lambda p: holding("Sequential", attention(p)), ["equivalent 0"]),
    ("norm-of-context", lambda p: holding("Net", attn=attention(p, norm_context=NORM)), ["unknown attn"]),
    ("norm-of-context-beside", lambda p: holding("Net", norm_context=NORM, attn=attention(p)), ["unknown attn"]),
    ("norm-beside", lambda p: holding("Net", norm1=NORM, attn=attention(p)), ["equivalent attn"]),
    ("proj-of-context", lambda p: holding("Net", context_proj=linear(8, 8), attn=attention(p)), ["unknown attn"]),
    ("kv-norm", lambda p: holding("Net", attn=attention(p, kv_norm=NORM)), ["unknown attn"]),
    ("fewer-places", lambda p: holding("Net", attn=attention(p, sr="Conv2d(8, 8, kernel_size=(2, 2), stride=(2, 2))")), ["unknown attn"]),
    ("as-many-places", lambda p: holding("Net", attn=attention(p, sr="Conv2d(8, 8, kernel_size=(3, 3), stride=(1, 1))")), ["equivalent attn"]),
    ("as-many-places-of-a-volume", lambda p: holding("Net", attn=attention(p, sr="Conv3d(8, 8, kernel_size=(3, 3, 3), stride=(1, 1, 1))")), ["equivalent attn"]),
    ("pooled-places", lambda p: holding("Net", attn=attention(p, pool="AvgPool2d(kernel_size=2)")), ["unknown attn"]),
    ("pooled-places-inside", lambda p: holding("Net", attn=attention(p, sr=holding("Sequential", "MaxPool2d(kernel_size=2)"))), ["unknown attn"]),
    ("query-positions", lambda p: holding("Net", query_embed="Embedding(10, 8)", attn=attention(p)), ["unknown attn"]),
    ("positions", lambda p: holding("Net", pos_embed="Embedding(10, 8)", attn=attention(p)), ["equivalent attn"]),
    ("query-positions-in-a-list", lambda p: holding("Net", h=holding("ModuleList", attention(p)), query_position_embeddings="Embedding(10, 8)"), ["unknown h.0"]),
    ("second-attention", lambda p: holding("Net", a=attention(p), b=attention(p)), ["unknown b", "equivalent a"]),
    ("second-attention-of-itself", lambda p: holding("Net", a=attention(p), self_attn=attention(p)), ["unknown a", "equivalent self_attn"]),
    ("first-beside-one-of-itself", lambda p: holding("Net", attn=attention(p), self_attn=attention(APART)), ["unknown attn"]),
    ("decoder-layer", lambda p: holding("Net", layers=holding("ModuleList", *[holding("DecoderLayer", self_attn=attention(p), norm=NORM, multihead_attn=attention(p), mlp=MLP)]*2)), ["unknown layers.0.multihead_attn", "equivalent layers.0.self_attn"]),
    ("stack-of-blocks", lambda p: holding("Net", layers=holding("ModuleList", *[holding("Layer", attn=attention(p), mlp=MLP)]*2)), ["equivalent layers.0.attn"]),
    ("one-block-as-a-list", lambda p: holding("Net", layer=holding("ModuleList", holding("SelfLayer", SelfAttention=attention(p)), holding("Rest", attn=attention(p)), holding("FF", mlp=MLP))), ["unknown layer.1.attn", "equivalent layer.0.SelfAttention"]),
    ("list-of-nine", lambda p: holding("Net", layer=holding("ModuleList", *[attention(p, f"Attention{number}") for number in range(9)])), ["equivalent layer.0", "equivalent layer.1", "equivalent layer.2", "equivalent layer.3", "equivalent layer.4", "equivalent layer.5", "equivalent layer.6", "equivalent layer.7", "equivalent layer.8"]),
    ("list-of-eight", lambda p: holding("Net", layer=holding("ModuleList", *[attention(p, f"Attention{number}") for number in range(8)])), ["unknown layer.1", "unknown layer.2", "unknown layer.3", "unknown layer.4", "unknown layer.5", "unknown layer.6", "unknown layer.7", "equivalent layer.0"]),
    ("no-head", attention, ["equivalent"]),
]  # fmt: skip


@pytest.mark.parametrize(("around", "effects"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
@pytest.mark.parametrize("mirrored", [False, True])
def test_one_projection_for_three(around: Callable[[Parts], str], effects: list[str], mirrored: bool) -> None:
    networks = (around(APART), around(FUSED))
    outcome = compared(*(networks[::-1] if mirrored else networks))
    found = [each for each in outcome.findings if "fused_query_key_value" in each.message]
    places = [each.candidate or each.reference for each in found]
    assert [
        f"{each.effect.word} {place.path if place else ''}".strip() for each, place in zip(found, places, strict=True)
    ] == effects
