"""What the field calls a width, from the paths and settings of the layers that have it."""

from __future__ import annotations

import pytest

from archdiff.diff.decisions._names import name_of, setting_name
from archdiff.model.effects import Effect
from archdiff.model.finding import Finding, Place

BLOCK = "model.layers.3."


def changed(path: str, setting: str, class_name: str = "Linear", follows: str = "") -> Finding:
    """One number that is another, in both networks at the same place; what follows is of the same path."""
    places = Place(path, 1, 8, class_name), Place(path, 1, 4, class_name)
    inner = (changed(path, follows, class_name),) if follows else ()
    return Finding("AD301", Effect.FUNCTION, "", "width", *places, setting, consequences=inner)


@pytest.mark.parametrize(
    ("findings", "name"),
    [
        # nothing tells: the first layer's path
        pytest.param([changed("proj", "out_features")], "proj.out_features", id="one layer"),
        pytest.param([changed("a", "out_features"), changed("b", "in_features")], "a.out_features", id="two layers"),
        pytest.param([changed("", "out_features")], "out_features", id="the network is the layer"),
        pytest.param([changed("norm", "normalized_shape")], "norm.normalized_shape", id="a norm in no block"),
        pytest.param([changed(f"{BLOCK}conv", "out_channels")], f"{BLOCK}conv.out_channels", id="a block's layer"),
        pytest.param(
            [changed(f"{BLOCK}k_proj", "out_features"), changed(f"{BLOCK}o_proj", "in_features")],
            f"{BLOCK}k_proj.out_features",
            id="keys and more",
        ),
        pytest.param(
            [changed(f"{BLOCK}mlp.up", "out_features"), changed(f"{BLOCK}attn.out", "in_features")],
            f"{BLOCK}mlp.up.out_features",
            id="feed-forward layers and more",
        ),
        pytest.param(
            [changed("conv", "out_channels"), changed("fc", "out_features")], "conv.out_channels", id="more than a head"
        ),
        pytest.param([changed("fc1", "out_features")], "fc1.out_features", id="the first of several"),
        pytest.param([changed("fc", "out_features", follows="in_features")], "fc.out_features", id="something follows"),
        # heads
        pytest.param([changed("fc", "out_features")], "classes", id="classes"),
        pytest.param([changed("classifier.6", "out_features")], "classes", id="the last of a classifier"),
        pytest.param([changed("head.fc", "out_features")], "classes", id="in a head"),
        pytest.param([changed("lm_head", "out_features")], "vocabulary", id="a head of a vocabulary alone"),
        # embeddings
        pytest.param([changed("emb", "num_embeddings", "Embedding")], "vocabulary", id="vocabulary"),
        pytest.param([changed("emb", "setting 1", "MyEmbedding")], "vocabulary", id="an embedding of somebody"),
        pytest.param(
            [changed("emb", "num_embeddings", "Embedding"), changed("head", "out_features")],
            "vocabulary",
            id="a vocabulary and its head",
        ),
        pytest.param([changed("wpe", "num_embeddings", "Embedding")], "positions", id="positions of GPT-2"),
        pytest.param([changed("e.position", "num_embeddings", "Embedding")], "positions", id="positions"),
        pytest.param([changed("postnet", "num_embeddings", "Embedding")], "vocabulary", id="post is no position"),
        pytest.param([changed("token_type", "num_embeddings", "Embedding")], "token types", id="token types"),
        pytest.param(
            [changed("wte", "num_embeddings", "Embedding"), changed("wpe", "num_embeddings", "Embedding")],
            "vocabulary",
            id="not positions alone",
        ),
        pytest.param(
            [changed(f"{BLOCK}attn2.to_k", "in_features"), changed(f"{BLOCK}attn2.to_v", "in_features")],
            "cross-attention width",
            id="what keys and values take",
        ),
        # blocks
        pytest.param(
            [changed("emb", "embedding_dim", "Embedding"), changed(f"{BLOCK}out", "out_features")],
            "hidden size",
            id="hidden size",
        ),
        pytest.param([changed(f"{BLOCK}norm", "normalized_shape", "LayerNorm")], "hidden size", id="a block's norm"),
        pytest.param(
            [changed(f"{BLOCK}out", "out_features", follows="normalized_shape")],
            "hidden size",
            id="a norm that follows",
        ),
        pytest.param(
            [changed(f"{BLOCK}k_proj", "out_features"), changed(f"{BLOCK}v_proj", "out_features")],
            "key and value width",
            id="keys and values",
        ),
        pytest.param([changed(f"{BLOCK}attn.to_k", "out_features")], "key and value width", id="keys of diffusers"),
        pytest.param([changed(f"{BLOCK}mlp.up_proj", "out_features")], "feed-forward size", id="mlp"),
        pytest.param(
            [changed(f"{BLOCK}DenseReluDense.wi", "out_features"), changed(f"{BLOCK}ffn.w2", "in_features")],
            "feed-forward size",
            id="two spellings of feed-forward layers",
        ),
    ],
)
def test_name_of(findings: list[Finding], name: str) -> None:
    assert name_of(findings) == name


@pytest.mark.parametrize(
    ("setting", "class_name", "name"),
    [
        ("out_features", "Linear", "out_features"),
        ("setting 1", "Linear", "setting 1"),
        ("num_embeddings", "Embedding", "num_embeddings"),
        ("setting 1", "ScaledEmbedding", "num_embeddings"),
        ("setting 2", "ScaledEmbedding", "embedding_dim"),
        ("setting 3", "ScaledEmbedding", "setting 3"),
    ],
)
def test_setting_name(setting: str, class_name: str, name: str) -> None:
    assert setting_name(changed("a", setting, class_name)) == name
