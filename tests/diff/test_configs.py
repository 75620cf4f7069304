"""Two config.json and nothing else: what is the same in other spellings is left alone, then one finding a field."""

from __future__ import annotations

import json
from typing import Any

import pytest

from answers import lines
from archdiff import api
from archdiff.model.errors import UsageError

Fields = dict[str, Any]

LLAMA: Fields = {"model_type": "llama", "hidden_size": 64, "num_attention_heads": 8, "num_hidden_layers": 2}
GPT2: Fields = {"model_type": "gpt2", "n_embd": 64, "n_head": 8}
QWEN: Fields = {"model_type": "qwen2", "num_hidden_layers": 2}
GEMMA3: Fields = {"model_type": "gemma3_text", "num_hidden_layers": 6}
SLIDING, FULL = "sliding_attention", "full_attention"
YARN = {"rope_type": "yarn", "factor": 4.0}

#: id, candidate, reference
SAME: list[tuple[str, Fields, Fields]] = [
    ("itself", LLAMA, LLAMA),
    ("another-order", LLAMA, dict(reversed(LLAMA.items()))),
    ("a-default-spelled-out", {**LLAMA, "attention_bias": False, "rms_norm_eps": 1e-6}, LLAMA),
    ("what-follows-spelled-out", {**LLAMA, "head_dim": 8, "num_key_value_heads": 8}, LLAMA),
    ("null-for-what-follows", {**LLAMA, "head_dim": None, "num_key_value_heads": None}, LLAMA),
    ("null-and-left-out", {**LLAMA, "pad_token_id": None, "n_sparks": None, "sparks": []}, LLAMA),
    ("1-and-1.0", {**LLAMA, "rope_theta": 10000}, {**LLAMA, "rope_theta": 10000.0}),
    ("rope-of-4-and-5", {**LLAMA, "rope_theta": 5e5, "rope_scaling": None},
     {**LLAMA, "rope_parameters": {"rope_theta": 5e5, "rope_type": "default"}}),
    ("scaling-of-4-and-5", {**LLAMA, "rope_theta": 5e5, "rope_scaling": {"type": "yarn", "factor": 4.0}},
     {**LLAMA, "rope_parameters": {"rope_theta": 5e5, **YARN}}),
    ("shares-of-4-and-5", {"model_type": "gpt_neox", "rotary_pct": 0.5, "rotary_emb_base": 10},
     {"model_type": "gpt_neox", "rope_parameters": {"partial_rotary_factor": 0.5, "rope_theta": 10}}),
    ("sliding-rope-of-4-and-5", {**GEMMA3, "rope_theta": 1e6, "rope_local_base_freq": 1e4},
     {**GEMMA3, "rope_parameters": {FULL: {"rope_theta": 1e6}, SLIDING: {"rope_theta": 1e4}}}),
    ("layer-types-spelled-out", {**GEMMA3, "sliding_window_pattern": 6},
     {**GEMMA3, "layer_types": [SLIDING] * 5 + [FULL]}),
    ("a-window-that-is-not-used", {**QWEN, "sliding_window": 4096}, {**QWEN, "sliding_window": None}),
    ("scaling-items-without-scaling", {**LLAMA, "rope_parameters": {"rope_type": "default", "factor": 2.0}}, LLAMA),
    ("old-name-beside-the-new", {**GPT2, "n_ctx": 512, "n_positions": 512}, {**GPT2, "n_positions": 512}),
    ("of-diffusers", {"_class_name": "UNet2DModel", "act_fn": "silu"}, {"_class_name": "UNet2DModel"}),
]  # fmt: skip


@pytest.mark.parametrize(("ours", "theirs"), [case[1:] for case in SAME], ids=[case[0] for case in SAME])
def test_the_same(ours: Fields, theirs: Fields) -> None:
    both = _findings(ours, theirs) + _findings(theirs, ours)
    assert [each for each in both if not each.startswith("AD302 equivalent")] == []


#: id, candidate, reference, findings
DIFFERENT: list[tuple[str, Fields, Fields, list[str]]] = [
    ("heads-and-what-follows", {**LLAMA, "num_attention_heads": 4}, LLAMA,
     ["AD301 function .|.: attention heads 4, not 8"]),
    ("width-and-what-follows-spelled-out", {**LLAMA, "head_dim": 8}, {**LLAMA, "hidden_size": 32, "head_dim": 4},
     ["AD301 function .|.: width 64, not 32"]),
    ("heads-of-another-name", {**GPT2, "n_head": 4}, GPT2, ["AD301 function .|.: attention heads 4, not 8"]),
    ("depth-and-lists-a-layer", {**GEMMA3, "layer_types": [SLIDING] * 5 + [FULL]},
     {**GEMMA3, "num_hidden_layers": 5, "layer_types": [SLIDING] * 5}, ["AD301 function .|.: layers 6, not 5"]),
    ("a-default", {**LLAMA, "tie_word_embeddings": True}, LLAMA,
     ["AD301 function .|.: tied embeddings true, not false"]),
    ("rope-across-versions", {**LLAMA, "rope_theta": 5e5}, {**LLAMA, "rope_parameters": {"rope_theta": 1e4}},
     ["AD301 function .|.: rope base 500000.0, not 10000.0"]),
    ("scaling-as-one", {**LLAMA, "rope_scaling": {"type": "linear", "factor": 2.0}}, {**LLAMA, "rope_scaling": None},
     ["AD301 function .|.: rope scaling linear, not default"]),
    ("factor", {**LLAMA, "rope_scaling": {**YARN, "factor": 8.0}}, {**LLAMA, "rope_scaling": YARN},
     ["AD301 function .|.: rope scaling (factor) 8.0, not 4.0"]),
    ("window", {**QWEN, "use_sliding_window": True, "sliding_window": 8, "max_window_layers": 1},
     {**QWEN, "use_sliding_window": True, "sliding_window": 4, "max_window_layers": 1},
     ["AD301 function .|.: sliding window 8, not 4"]),
    ("whether-layers-slide",
     {**QWEN, "use_sliding_window": True, "max_window_layers": 1, "layer_types": [FULL, SLIDING]},
     {**QWEN, "use_sliding_window": False, "max_window_layers": 1, "layer_types": [FULL, FULL]},
     ["AD301 function .|.: kinds of layers [full_attention, sliding_attention], not [full_attention, full_attention]"]),
    ("which-layers-slide-by-their-period", {**GEMMA3, "sliding_window_pattern": 3}, GEMMA3,
     ["AD301 function .|.: sliding layers between full ones 3, not 6"]),
    ("depth-and-a-list-of-something-else", {"model_type": "wav2vec2", "num_hidden_layers": 3, "conv_dim": [512] * 7},
     {"model_type": "wav2vec2", "num_hidden_layers": 2, "conv_dim": [512] * 8},
     ["AD301 function .|.: layers 3, not 2",
      "AD301 function .|.: widths of the feature extractor [512, 512, 512, 512, 512, 512, 512], not [512, 512, 512, "
      "512, 512, 512, 512, 512]"]),
    ("image-token", {"model_type": "llava", "image_token_index": 1}, {"model_type": "llava", "image_token_index": 2},
     ["AD301 function .|.: image token 1, not 2"]),
    ("read-off-at-a-token",
     {"model_type": "gpt2", "architectures": ["GPT2ForSequenceClassification"], "pad_token_id": 1},
     {"model_type": "gpt2", "architectures": ["GPT2ForSequenceClassification"], "pad_token_id": 2},
     ["AD301 function .|.: padding token 1, not 2"]),
    ("dropout", {**LLAMA, "attention_dropout": 0.1}, LLAMA,
     ["AD401 training .|.: attention dropout 0.1, not 0.0"]),
    ("first-weights", {**LLAMA, "initializer_range": 0.1}, LLAMA,
     ["AD401 init .|.: standard deviation of the first weights 0.1, not 0.02"]),
    ("generation", {**LLAMA, "use_cache": False, "top_k": 5}, {**LLAMA, "top_k": 50},
     ["AD302 equivalent .|.: generation: top k 5, not 50",
      "AD302 equivalent .|.: cache of generation false, not true"]),
    ("precision-of-the-file", {**LLAMA, "torch_dtype": "float16"}, {**LLAMA, "dtype": "bfloat16"},
     ["AD302 state .|.: precision of the checkpoint float16, not bfloat16"]),
    ("who-wrote-it", {**LLAMA, "transformers_version": "4.40.0"}, {**LLAMA, "transformers_version": "5.0.0"},
     ["AD302 cosmetic .|.: version that wrote it 4.40.0, not 5.0.0"]),
    ("tanh-by-two-names", {**LLAMA, "hidden_act": "gelu_new"}, {**LLAMA, "hidden_act": "gelu_pytorch_tanh"},
     ["AD302 equivalent .|.: activation gelu_new, not gelu_pytorch_tanh"]),
    ("nobody-knows-it", {**LLAMA, "n_sparks": 1}, {**LLAMA, "n_sparks": 2}, ["AD301 unknown .|.: n_sparks 1, not 2"]),
    ("nobody-knows-its-default", {**LLAMA, "n_sparks": 1}, LLAMA, ["AD301 unknown .|.: n_sparks 1, not left out"]),
    ("a-known-field-without-default", {"model_type": "x", "alibi": True}, {"model_type": "x"},
     ["AD301 unknown .|.: ALiBi true, not left out"]),
    ("training-without-default", {"model_type": "x", "dropout": 0.1}, {"model_type": "x"},
     ["AD401 unknown .|.: dropout 0.1, not left out"]),
    ("padding-that-counts", {"model_type": "roberta", "pad_token_id": 0}, {"model_type": "roberta"},
     ["AD301 function .|.: padding token 0, not 1"]),
    ("padding-that-does-not", {"model_type": "gpt2", "pad_token_id": 0}, {"model_type": "gpt2", "pad_token_id": 5},
     ["AD302 equivalent .|.: padding token 0, not 5"]),
    ("dropout-of-a-head-that-is-not-there",
     {"model_type": "bert", "architectures": ["BertForMaskedLM"], "classifier_dropout": 0.5},
     {"model_type": "bert", "architectures": ["BertForMaskedLM"]},
     ["AD302 equivalent .|.: classifier dropout 0.5, not null"]),
    ("dropout-of-the-head",
     {"model_type": "bert", "architectures": ["BertForTokenClassification"], "classifier_dropout": 0.5},
     {"model_type": "bert", "architectures": ["BertForTokenClassification"]},
     ["AD401 training .|.: classifier dropout 0.5, not null"]),
    ("positions-of-rope", {**LLAMA, "max_position_embeddings": 64}, LLAMA,
     ["AD302 equivalent .|.: positions 64, not 2048"]),
    ("positions-that-scale-rope", {**LLAMA, "max_position_embeddings": 64, "rope_scaling": {"type": "dynamic"}},
     {**LLAMA, "rope_scaling": {"type": "dynamic"}}, ["AD301 function .|.: positions 64, not 2048"]),
    ("positions-that-are-learned", {**GPT2, "n_positions": 64}, GPT2, ["AD301 function .|.: positions 64, not 1024"]),
    ("layer-scale-and-none", {"model_type": "convnext", "layer_scale_init_value": 0}, {"model_type": "convnext"},
     ["AD301 function .|.: first layer scale 0, not 1e-06"]),
    ("a-part", {"model_type": "clip", "text_config": {"num_attention_heads": 4}}, {"model_type": "clip"},
     ["AD301 function text_config|text_config: text_config: attention heads 4, not 8"]),
    ("another-class", {**LLAMA, "architectures": ["LlamaForCausalLM"]},
     {**LLAMA, "architectures": ["LlamaForSequenceClassification"]},
     ["AD108 function .|.: class LlamaForCausalLM, not LlamaForSequenceClassification"]),
    ("another-type", LLAMA, {**LLAMA, "model_type": "mistral"},
     ["AD301 function .|.: feed-forward width 11008, not 14336",
      "AD108 unknown .|.: model type llama, not mistral",
      "AD302 equivalent .|.: positions 2048, not 131072"]),
    ("of-diffusers", {"_class_name": "UNet2DModel", "layers_per_block": 1}, {"_class_name": "UNet2DModel"},
     ["AD301 function .|.: layers a block 1, not 2"]),
    ("of-timm", {"architecture": "resnet50", "num_classes": 10, "pretrained_cfg": {"mean": [0.5]}},
     {"architecture": "resnet50", "num_classes": 1000, "pretrained_cfg": {"mean": [0.1]}},
     ["AD301 function .|.: labels 10, not 1000",
      "AD302 equivalent .|.: how the weights were made and read (mean) [0.5], not [0.1]"]),
    ("another-of-timm", {"architecture": "resnet50"}, {"architecture": "resnet101"},
     ["AD301 function .|.: architecture resnet50, not resnet101"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("ours", "theirs", "findings"), [case[1:] for case in DIFFERENT], ids=[case[0] for case in DIFFERENT]
)
def test_findings(ours: Fields, theirs: Fields, findings: list[str]) -> None:
    assert _findings(ours, theirs) == findings
    assert len(_findings(theirs, ours)) == len(findings)


def _findings(ours: Fields, theirs: Fields) -> list[str]:
    return lines(api.compare(_text(ours), _text(theirs)).findings)


def _text(fields: Fields) -> str:
    """A field a line, the first on line 2."""
    return json.dumps(fields, indent=1)


def test_a_finding_stands_at_the_line_of_its_key() -> None:
    texts = [_text(each) for each in ({**LLAMA, "num_attention_heads": 4}, LLAMA)]
    (finding,) = api.compare(*texts).findings
    assert finding.setting == "num_attention_heads"
    places = finding.candidate, finding.reference
    assert [each and (each.line, each.value) for each in places] == [(4, 4), (4, 8)]


@pytest.mark.parametrize(
    ("fields", "notes"),
    [
        (LLAMA, ()),
        ({"model_type": "nobody", "n_layer": 2},
         ("<text>: nobody is not known: fields are compared by name, without their defaults",)),
        ({"n_layer": 2}, ("<text>: no model_type is not known: fields are compared by name, without their defaults",)),
    ],
    ids=["known", "unknown", "none"],
)  # fmt: skip
def test_an_unknown_family_is_one_line(fields: Fields, notes: tuple[str, ...]) -> None:
    assert api.compare(_text(fields), _text(fields)).notes == notes


@pytest.mark.parametrize("swapped", [False, True])
def test_no_print_against_a_configuration(swapped: bool) -> None:
    sides = _text(LLAMA), "Linear(in_features=2, out_features=2, bias=True)"
    with pytest.raises(UsageError, match="a configuration, and the other network is printed") as caught:
        api.compare(*(reversed(sides) if swapped else sides))
    assert "--candidate-config" in caught.value.way_out
