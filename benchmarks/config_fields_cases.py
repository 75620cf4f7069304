"""The model types of `config_fields.py`, small, with inputs for each, and other values for each of their fields."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import torch

Inputs: TypeAlias = "Callable[[Any], dict[str, Any]]"

#: small enough to build in a moment, under the names that configurations have for it; others keep their defaults
SMALL: Mapping[str, Any] = {
    **dict.fromkeys(("hidden_size", "d_model", "n_embd", "dim", "word_embed_proj_dim", "embedding_size"), 32),
    **dict.fromkeys(("intermediate_size", "ffn_dim", "encoder_ffn_dim", "decoder_ffn_dim", "d_ff", "hidden_dim"), 48),
    **dict.fromkeys(("num_hidden_layers", "num_layers", "n_layer", "n_layers", "encoder_layers", "decoder_layers"), 2),
    **dict.fromkeys(("num_attention_heads", "num_heads", "n_head", "n_heads", "encoder_attention_heads"), 4),
    **dict.fromkeys(("decoder_attention_heads", "num_experts", "num_local_experts", "n_routed_experts"), 4),
    **dict.fromkeys(("max_position_embeddings", "n_positions"), 64),
    **dict.fromkeys(("num_key_value_heads", "num_decoder_layers", "num_experts_per_tok"), 2),
    **dict.fromkeys(("d_kv", "head_dim"), 8),
    **dict.fromkeys(("bos_token_id", "eos_token_id"), 1),
    "vocab_size": 101,
    "moe_intermediate_size": 24,
    "shared_expert_intermediate_size": 24,
    "pad_token_id": 0,
    "image_size": 32,
    "patch_size": 8,
}


def tokens(_config: Any) -> dict[str, Any]:
    """Two rows of 40 tokens, of which each is asked for."""
    ids = torch.randint(3, 90, (2, 40))
    return {"input_ids": ids, "labels": ids}


def two_rows(_config: Any) -> dict[str, Any]:
    """Of an encoder and a decoder."""
    ids = torch.randint(3, 90, (2, 40))
    return {"input_ids": ids, "decoder_input_ids": ids[:, :20], "labels": ids[:, :20].contiguous()}


def padded(_config: Any) -> dict[str, Any]:
    """Rows with padding behind them, as encoders get them."""
    ids = torch.randint(3, 90, (2, 40))
    ids[0, 30:] = 0
    mask = torch.ones_like(ids)
    mask[0, 30:] = 0
    return {"input_ids": ids, "attention_mask": mask, "labels": ids}


def image(config: Any) -> dict[str, Any]:
    size = config.image_size
    pixels = torch.rand(2, config.num_channels, *(size if isinstance(size, (tuple, list)) else (size, size)))
    return {"pixel_values": pixels, "labels": torch.tensor([0, 1])}


def image_and_text(_config: Any) -> dict[str, Any]:
    ids = torch.randint(3, 90, (2, 12))
    ids[:, -1] = 1
    return {"input_ids": ids, "pixel_values": torch.rand(2, 3, 32, 32), "return_loss": True}


def spectrum(config: Any) -> dict[str, Any]:
    ids = torch.randint(3, 90, (2, 12))
    mels = torch.rand(2, config.num_mel_bins, 2 * config.max_source_positions)
    return {"input_features": mels, "decoder_input_ids": ids, "labels": ids}


def wave(_config: Any) -> dict[str, Any]:
    return {"input_values": torch.rand(2, 4000), "labels": torch.randint(3, 30, (2, 4))}


@dataclass(frozen=True)
class Model:
    """One model type."""

    type: str
    name: str  # class of transformers
    config: str
    inputs: Inputs = tokens
    small: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)


def causal(type_: str, stem: str, **small: Any) -> Model:
    return Model(type_, f"{stem}ForCausalLM", f"{stem}Config", tokens, small)


def masked(type_: str, stem: str, **small: Any) -> Model:
    return Model(type_, f"{stem}ForMaskedLM", f"{stem}Config", padded, small)


CLIP_TEXT = {"vocab_size": 101, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2,
             "num_attention_heads": 4, "max_position_embeddings": 16, "eos_token_id": 1, "bos_token_id": 0,
             "projection_dim": 24}  # fmt: skip
CLIP_VISION = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
               "image_size": 32, "patch_size": 8, "projection_dim": 24}  # fmt: skip

MODELS = (
    causal("llama", "Llama"),
    causal("mistral", "Mistral", sliding_window=16),
    causal("qwen2", "Qwen2", use_sliding_window=True, sliding_window=16, max_window_layers=1),
    causal("qwen3", "Qwen3"),
    causal("qwen3_moe", "Qwen3Moe", num_experts=4),
    causal("gemma", "Gemma"),
    causal("gemma2", "Gemma2", sliding_window=16),
    Model("gemma3_text", "Gemma3ForCausalLM", "Gemma3TextConfig", tokens, {"sliding_window": 16}),
    causal("phi", "Phi"),
    causal("phi3", "Phi3"),
    causal("olmo2", "Olmo2"),
    causal("cohere", "Cohere"),
    causal("granite", "Granite"),
    causal("stablelm", "StableLm"),
    causal("starcoder2", "Starcoder2"),
    Model("gpt2", "GPT2LMHeadModel", "GPT2Config", tokens, {"bos_token_id": 1, "eos_token_id": 1}),
    causal("gpt_neox", "GPTNeoX"),
    Model("gptj", "GPTJForCausalLM", "GPTJConfig", tokens, {"rotary_dim": 4}),
    causal("opt", "OPT", _remove_final_layer_norm=True),
    Model("bloom", "BloomForCausalLM", "BloomConfig", tokens, {"n_head": 4}),
    causal("falcon", "Falcon", num_kv_heads=4),
    causal("mixtral", "Mixtral"),
    masked("bert", "Bert"),
    masked("roberta", "Roberta", max_position_embeddings=66),
    masked("distilbert", "DistilBert"),
    masked("electra", "Electra"),
    masked("albert", "Albert"),
    masked("deberta-v2", "DebertaV2", relative_attention=True, pos_att_type=["p2c", "c2p"], position_buckets=8),
    Model("t5", "T5ForConditionalGeneration", "T5Config", two_rows),
    Model("bart", "BartForConditionalGeneration", "BartConfig", two_rows),
    Model("vit", "ViTForImageClassification", "ViTConfig", image),
    Model("deit", "DeiTForImageClassification", "DeiTConfig", image),
    Model("swin", "SwinForImageClassification", "SwinConfig", image,
          {"patch_size": 2, "embed_dim": 16, "depths": [2, 2], "num_heads": [2, 4], "window_size": 4}),
    Model("convnext", "ConvNextForImageClassification", "ConvNextConfig", image,
          {"patch_size": 2, "hidden_sizes": [8, 16], "depths": [2, 2], "num_stages": 2}),
    Model("clip", "CLIPModel", "CLIPConfig", image_and_text,
          {"text_config": CLIP_TEXT, "vision_config": CLIP_VISION, "projection_dim": 24}),
    Model("whisper", "WhisperForConditionalGeneration", "WhisperConfig", spectrum,
          {"max_source_positions": 32, "max_target_positions": 32, "num_mel_bins": 16, "decoder_start_token_id": 1}),
    Model("wav2vec2", "Wav2Vec2ForCTC", "Wav2Vec2Config", wave,
          {"conv_dim": [16, 16], "conv_kernel": [10, 4], "conv_stride": [5, 4], "num_feat_extract_layers": 2,
           "num_conv_pos_embeddings": 16, "num_conv_pos_embedding_groups": 4, "vocab_size": 32,
           "mask_time_prob": 0.3, "mask_time_length": 4}),
)  # fmt: skip

#: other values for fields whose default says too little
OTHERS: Mapping[str, tuple[Any, ...]] = {
    "head_dim": (16,),
    "sliding_window": (8,),
    "n_inner": (96,),
    "pad_token_id": (5,),
    "rope_type": ("linear",),
    "num_key_value_heads": (4, 1),
    "num_kv_heads": (2,),
    "position_buckets": (4,),
    "feed_forward_proj": ("gated-gelu", "gelu"),
    "position_embedding_type": ("relative_key",),
    "problem_type": ("regression", "multi_label_classification"),
    "attn_logit_softcapping": (None, 20.0),
    "final_logit_softcapping": (None, 20.0),
    "max_relative_positions": (16,),
    "pos_att_type": (["p2c"], []),
    "summary_type": ("last",),
    "num_labels": (),
    "id2label": (),
    "label2id": (),
    "drop_path_rate": (0.5,),
    "feat_extract_norm": ("layer",),
    "norm_elementwise": (),
    "ctc_loss_reduction": ("mean",),
    "use_bidirectional_attention": (True,),
    "chunk_size_feed_forward": (2,),
    "pretraining_tp": (2,),
    "torchscript": (),
}
ACTIVATIONS = ("gelu", "silu", "gelu_new", "relu", "quick_gelu", "gelu_pytorch_tanh", "tanh", "swish")
LAYER_TYPES = {"full_attention": "sliding_attention", "sliding_attention": "full_attention"}


def values(model: Model, path: str, value: Any) -> Iterator[Any]:
    """Other valid values of a field; none where none is known."""
    name = path.rpartition(".")[2]
    if path in model.values or name in OTHERS:
        yield from (each for each in model.values.get(path, OTHERS.get(name, ())) if each != value)
        return
    match value:
        case bool():
            yield not value
        case int():
            yield 2 * value or 1
        case float():
            yield value / 2 if value > 0.5 else 2 * value or 0.25
        case str() if value in ACTIVATIONS:
            yield "gelu" if value == "relu" else "relu"
        case [str(first), *rest] if first in LAYER_TYPES:
            yield [LAYER_TYPES[first], *rest]
        case [int() | float(), *_]:
            yield [2 * each for each in value]
        case [bool(first), *rest]:
            yield [not first, *rest]
        case None:
            yield from (16, 0.5, True)
