"""What the fields of a config.json mean: one name for one thing, defaults, what follows, parts, the tree."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from archdiff.model.effects import Effect
from archdiff.model.errors import ReadError
from archdiff.model.network import UNKNOWN, Value, walk
from archdiff.parse import parse
from archdiff.semantics import configs
from archdiff.semantics.configs._family import model_type_of
from archdiff.semantics.configs._fields import field_of, spelled

FAMILIES = Path(configs.__file__).parent / "families"


def configuration(**fields: Any) -> configs.Configuration:
    (network,) = parse(json.dumps(fields, indent=0), "config.json")
    held = configs.configuration(network)
    assert held
    return held


LLAMA = {"model_type": "llama", "hidden_size": 64, "num_attention_heads": 8, "num_hidden_layers": 2}
QWEN = {"model_type": "qwen2", "num_hidden_layers": 3}
#: id, fields, name, value
VALUES: list[tuple[str, dict[str, Any], str, Value]] = [
    ("as-it-stands", LLAMA, "hidden_size", 64),
    ("nobody-knows", LLAMA, "n_sparks", UNKNOWN),
    ("default", LLAMA, "vocab_size", 32000),
    ("default-of-no-type", {"model_type": "nobody", "n_layer": 2}, "vocab_size", UNKNOWN),
    ("other-name", {"model_type": "gpt2", "n_head": 4}, "num_attention_heads", 4),
    ("name-of-one-type", {"model_type": "distilbert", "hidden_dim": 48}, "intermediate_size", 48),
    ("head-size-follows", LLAMA, "head_dim", 8),
    ("head-size-null-follows", {**LLAMA, "head_dim": None}, "head_dim", 8),
    ("key-value-heads-follow", LLAMA, "num_key_value_heads", 8),
    ("one-key-value-head", {"model_type": "falcon", "multi_query": True}, "num_key_value_heads", 1),
    ("feed-forward-follows", {"model_type": "gpt2", "n_embd": 8, "n_inner": None}, "intermediate_size", 32),
    ("no-window-used", QWEN, "layer_types", ("full_attention",) * 3),
    ("window-from-a-layer-on", {**QWEN, "use_sliding_window": True, "max_window_layers": 2}, "layer_types",
     ("full_attention", "full_attention", "sliding_attention")),
    ("window-in-turns", {"model_type": "gemma2", "num_hidden_layers": 2}, "layer_types",
     ("sliding_attention", "full_attention")),
    ("rope-of-version-4", {**LLAMA, "rope_theta": 5e5}, "rope_base", 5e5),
    ("rope-of-version-5", {**LLAMA, "rope_parameters": {"rope_theta": 5e5}}, "rope_base", 5e5),
    ("rope-of-gpt-neox", {"model_type": "gpt_neox", "rotary_emb_base": 10, "rotary_pct": 1.0}, "rope_base", 10),
    ("share-of-gpt-neox", {"model_type": "gpt_neox", "rotary_pct": 1.0}, "rotary_factor", 1.0),
    ("no-scaling", {**LLAMA, "rope_scaling": None}, "rope_type", "default"),
    ("scaling-of-version-4", {**LLAMA, "rope_scaling": {"type": "linear", "factor": 2.0}}, "rope_type", "linear"),
    ("scaling-by-its-old-name", {**LLAMA, "rope_scaling": {"type": "su"}}, "rope_type", "longrope"),
    ("factor", {**LLAMA, "rope_scaling": {"type": "linear", "factor": 2.0}}, "rope_scaling.factor", 2.0),
    ("sliding-layers-of-version-4", {"model_type": "gemma3_text", "rope_local_base_freq": 5}, "rope_base_local", 5),
    ("sliding-layers-of-version-5",
     {"model_type": "gemma3_text", "rope_parameters": {"sliding_attention": {"rope_theta": 5}}}, "rope_base_local", 5),
    ("activation-of-t5", {"model_type": "t5", "feed_forward_proj": "gated-gelu"}, "dense_act_fn", "gelu_new"),
    ("swish-is-silu", {**LLAMA, "hidden_act": "swish"}, "hidden_act", "silu"),
    ("labels-are-counted", {"model_type": "bert", "id2label": {"0": "a", "1": "b", "2": "c"}}, "num_labels", 3),
    ("default-of-version-4", {"model_type": "cohere", "transformers_version": "4.40.1"}, "rope_base", 10000.0),
    ("default-of-version-5", {"model_type": "cohere", "transformers_version": "5.0.0"}, "rope_base", 500000.0),
    ("width-of-the-last-stage", {"model_type": "swin", "embed_dim": 16, "depths": [2, 2, 2]}, "hidden_size", 64),
    ("arguments-of-timm", {"architecture": "vit", "model_args": {"drop_path_rate": 0.1}}, "drop_path_rate", 0.1),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "name", "value"), [case[1:] for case in VALUES], ids=[case[0] for case in VALUES])
def test_value(fields: dict[str, Any], name: str, value: Value) -> None:
    assert configuration(**fields).whole.value(name) == value


def test_a_field_has_its_line() -> None:
    held = configuration(**LLAMA).whole.held["num_attention_heads"]
    assert held == configs.HeldField("num_attention_heads", 8, "config.json", 4)


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({"n_positions": 8}, {"max_position_embeddings": 8}),
        ({"n_positions": 8, "n_ctx": 4}, {"max_position_embeddings": 8, "n_ctx": 4}),
        ({"n_positions": 8, "max_position_embeddings": 4}, {"max_position_embeddings": 4, "n_positions": 8}),
    ],
    ids=["one", "two-spellings", "with-the-usual-one"],
)
def test_no_field_is_lost_where_two_have_one_name(fields: dict[str, int], names: dict[str, int]) -> None:
    held = configuration(model_type="x", **fields).whole.held
    assert {name: each.value for name, each in held.items()} == names


def test_parts_have_types_of_their_own() -> None:
    parts = configuration(model_type="clip", text_config={"hidden_size": 8}).parts
    types = [("", "clip"), ("text_config", "clip_text_model"), ("vision_config", "clip_vision_model")]
    assert [(path, part.type) for path, part in parts.items()] == types
    assert (parts["text_config"].value("hidden_size"), parts["vision_config"].value("hidden_size")) == (8, 768)


#: id, fields, message
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("number-as-text", {**LLAMA, "hidden_size": "64"}, 'hidden_size is the text "64"'),
    ("share-as-text", {**LLAMA, "attention_dropout": "0.1"}, 'attention_dropout is the text "0.1"'),
    ("word-for-a-number", {**LLAMA, "n_layer": "many"}, "n_layer is 'many'"),
    ("boolean-for-a-number", {**LLAMA, "vocab_size": True}, "vocab_size is true"),
    ("half-a-head", {**LLAMA, "num_attention_heads": 1.5}, "num_attention_heads is 1.5"),
    ("below-zero", {**LLAMA, "head_dim": -8}, "head_dim is -8"),
    ("too-many-layers", {**LLAMA, "num_hidden_layers": 10**9}, "num_hidden_layers is 1000000000"),
]


@pytest.mark.parametrize(("fields", "message"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ReadError) as caught:
        configuration(**fields)
    assert caught.value.message == message
    assert caught.value.line > 1
    assert caught.value.way_out


#: id, fields, paths and classes with their settings
TREES: list[tuple[str, dict[str, Any], list[str]]] = [
    ("layers-and-heads", {**LLAMA, "vocab_size": 10, "intermediate_size": 96}, [
        "llama",
        "embedding Embedding(10, 64)",
        "layers ModuleList",
        "layers.0-1 llama.Layer",
        "layers.0-1.attention Attention(num_attention_heads=8, num_key_value_heads=8, head_dim=8, "
        "attention_dropout=0.0)",
        "layers.0-1.feed_forward FeedForward(hidden_size=64, intermediate_size=96, hidden_act='silu')",
    ]),
    ("stages", {"_class_name": "Mine", "block_out_channels": [8, 16]},
     ["Mine", "block_out_channels Stages(block_out_channels=(8, 16))"]),
    ("numbers-alone", {"model_type": "x", "alpha": 2}, ["x(alpha=2)"]),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "expected"), [case[1:] for case in TREES], ids=[case[0] for case in TREES])
def test_tree(fields: dict[str, Any], expected: list[str]) -> None:
    (network,) = parse(json.dumps(fields), "config.json")
    found = []
    for path, layer in walk(configs.tree(network).root):
        settings = ", ".join(each.text or str(each.value) for each in layer.settings)
        found.append(f"{path} {layer.class_name}{f'({settings})' if settings else ''}".strip())
    assert found == expected


@pytest.mark.parametrize(
    ("name", "words", "effect"),
    [
        ("num_attention_heads", "attention heads", Effect.FUNCTION),
        ("attention_dropout", "attention dropout", Effect.TRAINING),
        ("initializer_range", "standard deviation of the first weights", Effect.INIT),
        ("use_cache", "cache of generation", Effect.EQUIVALENT),
        ("rope_scaling.factor", "rope scaling (factor)", Effect.FUNCTION),
    ],
)
def test_field(name: str, words: str, effect: Effect) -> None:
    assert field_of(name) == configs.ConfigField(name, words, effect)


def test_a_field_that_nobody_knows() -> None:
    assert field_of("n_sparks") is None
    assert spelled("n_sparks") == "n_sparks"


@pytest.mark.parametrize("name", sorted(file.stem for file in FAMILIES.glob("*.toml")))
def test_each_model_type_can_be_read(name: str) -> None:
    family = model_type_of(name)
    assert family.name == name
    assert all(model_type_of(part) for part in family.parts.values())
    assert set(family.names.values()) <= {spelled(each) for each in family.names.values()}
    assert configuration(model_type=name).whole.defaults or not family.defaults


@pytest.mark.parametrize("name", ["", "../fields", "no/where", "nobody"])
def test_a_type_without_a_file(name: str) -> None:
    assert model_type_of(name).name == ""
