"""The cases of `one_field.py`: architectures, and for each the fields that are changed one at a time. Builds nothing.

What a field does is written here by hand, from what the library does with it and never from an answer of archdiff: its
sort, the effect of that sort, and for the few fields that are more than one design decision which these are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True)
class Architecture:
    """A network of a library with its configuration, and other values of some of its fields."""

    library: str  # "transformers", "timm", "diffusers"
    model: str  # class, or timm's name of the network
    base: Mapping[str, Any]
    changed: Mapping[str, Any]  # field: its other value
    config: str = ""  # class of the configuration; transformers alone has one

    @property
    def name(self) -> str:
        return self.config.removesuffix("Config").lower() or self.model.lower()


#: what every sort of field changes
EFFECTS: Final[Mapping[str, str]] = {
    "activation": "function",
    "eps": "function",
    "bias": "function",
    "depth": "function",
    "dropout": "training",  # drop path too: no sample is dropped in eval mode
    "feed-forward size": "function",
    "vocabulary": "function",
    "kv heads": "function",
    "head_dim": "function",
    "hidden size": "function",
    "heads": "function",
    "positions": "function",
    "classes": "function",
    "input channels": "function",
    "patch size": "function",
    "stage width": "function",
    "kernel": "function",
    "norm": "function",
    "experts": "function",
    "layer scale": "function",
    "layers": "function",  # a sort of layer more, less or another
}

#: the sort of each field, by its name
SORTS: Final[Mapping[str, str]] = {
    name: sort
    for sort, names in {
        "activation": "hidden_act hidden_activation activation_function activation act_layer act_fn "
        "feat_extract_activation feed_forward_proj activation_fn",
        "eps": "rms_norm_eps layer_norm_eps layer_norm_epsilon norm_eps",
        "bias": "attention_bias mlp_bias qkv_bias bias use_qkv_bias enable_bias use_bias use_conv_bias conv_bias "
        "norm_bias decoder_bias proj_bias",
        "depth": "num_hidden_layers num_layers n_layer n_layers encoder_layers decoder_layers num_decoder_layers "
        "depth depths layers layers_per_block block_sizes num_single_layers",
        "dropout": "hidden_dropout hidden_dropout_prob dropout dropout_rate resid_pdrop embd_pdrop attn_pdrop "
        "attention_dropout attention_probs_dropout_prob activation_dropout drop_path_rate drop_rate "
        "proj_drop_rate attn_drop_rate pos_drop_rate mlp_dropout embedding_dropout final_dropout "
        "feat_proj_dropout classifier_dropout seq_classif_dropout classifier_dropout_prob",
        "feed-forward size": "intermediate_size ffn_dim encoder_ffn_dim decoder_ffn_dim d_ff d_inner n_inner mlp_ratio "
        "mlp_ratios ffn_hidden_size hidden_dim moe_intermediate_size shared_expert_intermediate_size",
        "vocabulary": "vocab_size type_vocab_size caption_channels",
        "kv heads": "num_key_value_heads multi_query",
        "head_dim": "head_dim d_kv d_head attention_head_dim",
        "hidden size": "hidden_size d_model n_embd dim embed_dim embedding_size decoder_hidden_size state_size expand "
        "time_step_rank projection_dim word_embed_proj_dim cross_attention_dim latent_channels "
        "pooled_projection_dim joint_attention_dim",
        "heads": "num_attention_heads num_heads n_head",
        "positions": "max_position_embeddings n_positions max_target_positions relative_attention_num_buckets",
        "classes": "num_labels num_classes",
        "input channels": "num_channels in_chans in_channels num_mel_bins",
        "patch size": "patch_size",
        "stage width": "hidden_sizes dims block_out_channels channels base_width bn_size",
        "kernel": "conv_kernel kernel_sizes sr_ratios window_size cardinality output_stride "
        "num_conv_pos_embeddings num_conv_pos_embedding_groups",
        "norm": "use_qk_norm layer_norm_elementwise_affine qk_norm norm_layer norm_num_groups pre_norm "
        "feat_extract_norm _remove_final_layer_norm",
        "experts": "num_local_experts num_experts",
        "layer scale": "init_values",
        "layers": "tie_word_embeddings layer_type parallel_attn use_swiglu_ffn global_pool stem_type avg_down "
        "use_grn downsample_in_first_stage transformer_layers_per_block vision_use_head",
    }.items()
    for name in names.split()
}

#: fields that are more than one decision, and which these are; every other is one, with all that follows from it: a
#: padding from its kernel, drop rates from the depth, the width of the feed-forward layers from a ratio, the width of
#: the keys from the number of heads, positions from the size of a patch
DECISIONS: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("t5", "feed_forward_proj"): ("a gate in the feed-forward layers", "GELU, not ReLU"),
    ("mt5", "feed_forward_proj"): ("no gate in the feed-forward layers", "ReLU, not GELU"),
    # the library takes two thirds of the width where there is a gate
    ("dinov2", "use_swiglu_ffn"): (
        *("a gate in the feed-forward layers", "SiLU, not GELU"),
        "feed-forward size 2048, not 3072",
    ),
    # the first stage halves the map where the stem does not
    ("convnext_tiny", "patch_size"): ("patch size 2, not 4", "a layer that halves the map before the first stage"),
    ("resnet50", "cardinality"): ("2 groups, not 1", "twice the width inside of all blocks"),
    ("vit_small_patch16_224", "pre_norm"): ("a norm before the blocks", "no bias in the projection of the patches"),
}


def _transformers(config: str, model: str, base: Mapping[str, Any], **changed: Any) -> Architecture:
    return Architecture("transformers", model, base, changed, f"{config}Config")


def _timm(model: str, base: Mapping[str, Any], **changed: Any) -> Architecture:
    return Architecture("timm", model, base, changed)


def _diffusers(model: str, base: Mapping[str, Any], **changed: Any) -> Architecture:
    return Architecture("diffusers", model, base, changed)


def _layers(number: int, **more: Any) -> dict[str, Any]:
    return {"num_hidden_layers": number, **more}


_GQA: Final = _layers(6, num_key_value_heads=8)

DECODERS: Final = (
    _transformers(
        "Llama", "LlamaForCausalLM", _GQA, hidden_act="gelu", rms_norm_eps=1e-5, attention_bias=True, mlp_bias=True,
        num_hidden_layers=8, attention_dropout=0.1, intermediate_size=14336, vocab_size=128256, num_key_value_heads=4,
        head_dim=64, hidden_size=3072, num_attention_heads=16, tie_word_embeddings=True,
    ),
    _transformers(
        "Mistral", "MistralForCausalLM", _GQA, hidden_act="relu", rms_norm_eps=1e-5, num_hidden_layers=4,
        attention_dropout=0.1, intermediate_size=8192, vocab_size=32768, num_key_value_heads=2, head_dim=96,
        hidden_size=5120, num_attention_heads=16,
    ),
    _transformers(
        "Qwen2", "Qwen2ForCausalLM", _GQA, hidden_act="gelu", rms_norm_eps=1e-5, num_hidden_layers=12,
        attention_dropout=0.1, intermediate_size=11008, vocab_size=152064, num_key_value_heads=4, hidden_size=3584,
        num_attention_heads=64,
    ),
    _transformers(
        "Qwen3", "Qwen3ForCausalLM", _GQA, hidden_act="relu", rms_norm_eps=1e-5, attention_bias=True,
        num_hidden_layers=7, intermediate_size=12288, vocab_size=150000, num_key_value_heads=16, head_dim=64,
        hidden_size=2560, num_attention_heads=40,
    ),
    _transformers(
        "Gemma", "GemmaForCausalLM", _layers(6), hidden_act="silu", rms_norm_eps=1e-5, attention_bias=True,
        num_hidden_layers=5, intermediate_size=16384, vocab_size=32000, num_key_value_heads=1, head_dim=128,
        hidden_size=2048, num_attention_heads=8,
    ),
    _transformers(
        "Gemma2", "Gemma2ForCausalLM", _layers(6), hidden_activation="relu", rms_norm_eps=1e-5, attention_bias=True,
        num_hidden_layers=8, intermediate_size=14336, vocab_size=128000, num_key_value_heads=8, head_dim=128,
        hidden_size=3584, num_attention_heads=16,
    ),
    _transformers(
        "Glm", "GlmForCausalLM", _layers(6), hidden_act="gelu", rms_norm_eps=1e-5, attention_bias=False,
        num_hidden_layers=4, intermediate_size=11008, vocab_size=160000, num_key_value_heads=4, head_dim=64,
        hidden_size=3072, num_attention_heads=48,
    ),
    _transformers(
        "Phi3", "Phi3ForCausalLM", _GQA, hidden_act="gelu", rms_norm_eps=1e-6, num_hidden_layers=8, resid_pdrop=0.1,
        embd_pdrop=0.1, intermediate_size=10240, vocab_size=100352, num_key_value_heads=16, hidden_size=5120,
        num_attention_heads=24,
    ),
    _transformers(
        "Mixtral", "MixtralForCausalLM", _layers(4), hidden_act="gelu", rms_norm_eps=1e-6, num_hidden_layers=6,
        intermediate_size=16384, vocab_size=32768, num_key_value_heads=4, head_dim=64, hidden_size=6144,
        num_attention_heads=64, num_local_experts=16,
    ),
    _transformers(
        "Qwen2Moe", "Qwen2MoeForCausalLM", _layers(4, num_experts=8), hidden_act="gelu", rms_norm_eps=1e-5,
        qkv_bias=False, num_hidden_layers=6, moe_intermediate_size=2560, shared_expert_intermediate_size=20480,
        vocab_size=100000, num_key_value_heads=4, hidden_size=3584, num_experts=16,
    ),
    _transformers(
        "Olmo2", "Olmo2ForCausalLM", _GQA, hidden_act="gelu", rms_norm_eps=1e-6, attention_bias=True,
        num_hidden_layers=8, intermediate_size=13824, vocab_size=100352, num_key_value_heads=16, hidden_size=5120,
        num_attention_heads=16,
    ),
    _transformers(
        "GPT2", "GPT2LMHeadModel", {"n_layer": 6}, activation_function="relu", layer_norm_epsilon=1e-6, n_layer=8,
        resid_pdrop=0.0, embd_pdrop=0.2, attn_pdrop=0.0, n_inner=2048, vocab_size=50304, n_embd=1152, n_head=16,
        n_positions=2048,
    ),
    _transformers(
        "GPTNeoX", "GPTNeoXForCausalLM", _layers(6), hidden_act="relu", layer_norm_eps=1e-6, attention_bias=False,
        num_hidden_layers=4, hidden_dropout=0.1, attention_dropout=0.1, intermediate_size=16384, vocab_size=50304,
        hidden_size=5120, num_attention_heads=48,
    ),
    _transformers(
        "OPT", "OPTForCausalLM", _layers(6), activation_function="gelu", num_hidden_layers=8, dropout=0.0,
        ffn_dim=2048, vocab_size=50000, enable_bias=False, layer_norm_elementwise_affine=False,
        word_embed_proj_dim=512, max_position_embeddings=1024, _remove_final_layer_norm=True,
    ),
    _transformers(
        "Bloom", "BloomForCausalLM", {"n_layer": 6, "hidden_size": 1024}, layer_norm_epsilon=1e-6, n_layer=4,
        hidden_dropout=0.1, attention_dropout=0.1, vocab_size=250112, hidden_size=1536, n_head=16,
    ),
    _transformers(
        "Falcon", "FalconForCausalLM", _layers(6), activation="relu", layer_norm_epsilon=1e-6, bias=True,
        num_hidden_layers=8, hidden_dropout=0.1, attention_dropout=0.1, ffn_hidden_size=16384, vocab_size=50304,
        multi_query=False, hidden_size=9088, parallel_attn=False,
    ),
    _transformers(
        "Cohere", "CohereForCausalLM", _layers(4, num_key_value_heads=8), hidden_act="gelu", layer_norm_eps=1e-6,
        attention_bias=True, num_hidden_layers=6, intermediate_size=33792, vocab_size=255000, num_key_value_heads=16,
        hidden_size=6144, use_qk_norm=True,
    ),
    _transformers(
        "StableLm", "StableLmForCausalLM", _layers(6), hidden_act="gelu", layer_norm_eps=1e-6, use_qkv_bias=True,
        num_hidden_layers=4, hidden_dropout=0.1, attention_dropout=0.1, intermediate_size=5632, vocab_size=100352,
        num_key_value_heads=8, hidden_size=2048,
    ),
    _transformers(
        "Mamba", "MambaForCausalLM", _layers(6), hidden_act="relu", layer_norm_epsilon=1e-6, use_bias=True,
        use_conv_bias=False, num_hidden_layers=8, vocab_size=50432, hidden_size=1024, state_size=32, expand=3,
        conv_kernel=3, time_step_rank=64,
    ),
)  # fmt: skip

ENCODERS: Final = (
    _transformers(
        "Bert", "BertForMaskedLM", _layers(6), hidden_act="relu", layer_norm_eps=1e-6, num_hidden_layers=4,
        hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.2, intermediate_size=2048, vocab_size=28996,
        hidden_size=1152, num_attention_heads=16, max_position_embeddings=1024, type_vocab_size=1,
    ),
    _transformers(
        "Roberta", "RobertaForSequenceClassification", _layers(6), hidden_act="silu", layer_norm_eps=1e-5,
        num_hidden_layers=8, hidden_dropout_prob=0.2, attention_probs_dropout_prob=0.0, classifier_dropout=0.3,
        intermediate_size=4096, vocab_size=52000, hidden_size=576, max_position_embeddings=514, num_labels=5,
    ),
    _transformers(
        "Electra", "ElectraForPreTraining", _layers(6), hidden_act="relu", layer_norm_eps=1e-6, num_hidden_layers=12,
        hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, intermediate_size=2048, vocab_size=50000,
        hidden_size=512, embedding_size=64,
    ),
    _transformers(
        "DistilBert", "DistilBertForSequenceClassification", {}, activation="relu", n_layers=4, dropout=0.0,
        attention_dropout=0.0, seq_classif_dropout=0.1, hidden_dim=2048, vocab_size=28996, dim=1152,
        max_position_embeddings=1024, num_labels=4,
    ),
    _transformers(
        "Deberta", "DebertaForMaskedLM", _layers(6), hidden_act="relu", layer_norm_eps=1e-5, num_hidden_layers=8,
        hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, intermediate_size=4096, vocab_size=50000,
        hidden_size=1152,
    ),
    _transformers(
        "DebertaV2", "DebertaV2ForMaskedLM", _layers(6), hidden_act="relu", layer_norm_eps=1e-5, num_hidden_layers=4,
        hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, intermediate_size=4096, vocab_size=128000,
        hidden_size=1152,
    ),
    _transformers(
        "Albert", "AlbertForMaskedLM", {}, hidden_act="relu", layer_norm_eps=1e-6, hidden_dropout_prob=0.1,
        attention_probs_dropout_prob=0.1, intermediate_size=8192, vocab_size=32000, hidden_size=2048,
        embedding_size=256, max_position_embeddings=1024,
    ),
    _transformers(
        "ModernBert", "ModernBertForMaskedLM", _layers(6), hidden_activation="relu", norm_eps=1e-6, norm_bias=True,
        attention_bias=True, mlp_bias=True, decoder_bias=False, num_hidden_layers=4, attention_dropout=0.1,
        embedding_dropout=0.1, mlp_dropout=0.1, intermediate_size=2624, vocab_size=50432, hidden_size=1152,
    ),
    _transformers(
        "Funnel", "FunnelForMaskedLM", {"block_sizes": [2, 2, 2]}, hidden_act="relu", layer_norm_eps=1e-6,
        block_sizes=[3, 3, 3], num_decoder_layers=4, hidden_dropout=0.0, attention_dropout=0.0,
        activation_dropout=0.1, d_inner=2048, vocab_size=28996, d_model=512, n_head=8, d_head=32,
    ),
)  # fmt: skip

ENCODER_DECODERS: Final = (
    _transformers(
        "T5", "T5ForConditionalGeneration", {"num_layers": 3, "num_decoder_layers": 3}, feed_forward_proj="gated-gelu",
        layer_norm_epsilon=1e-5, num_layers=4, num_decoder_layers=2, dropout_rate=0.0, d_ff=1024, vocab_size=32000,
        d_kv=32, d_model=768, num_heads=6, relative_attention_num_buckets=64,
    ),
    _transformers(
        "MT5", "MT5ForConditionalGeneration", {"num_layers": 3, "num_decoder_layers": 3}, feed_forward_proj="relu",
        num_layers=2, num_decoder_layers=4, dropout_rate=0.2, d_ff=2048, vocab_size=250000, d_kv=32, d_model=768,
        num_heads=12,
    ),
    _transformers(
        "Bart", "BartForConditionalGeneration", {"encoder_layers": 4, "decoder_layers": 4}, activation_function="relu",
        encoder_layers=6, decoder_layers=3, dropout=0.0, attention_dropout=0.1, activation_dropout=0.1,
        encoder_ffn_dim=3072, decoder_ffn_dim=3072, vocab_size=50000, d_model=768, max_position_embeddings=512,
    ),
    _transformers(
        "Pegasus", "PegasusForConditionalGeneration", {"encoder_layers": 4, "decoder_layers": 4},
        activation_function="relu", encoder_layers=3, decoder_layers=6, dropout=0.0, encoder_ffn_dim=2048,
        decoder_ffn_dim=2048, vocab_size=96103, d_model=768, max_position_embeddings=512,
    ),
    _transformers(
        "Whisper", "WhisperForConditionalGeneration", {}, activation_function="relu", encoder_layers=6,
        decoder_layers=2, encoder_ffn_dim=1024, decoder_ffn_dim=1024, vocab_size=51866, d_model=768,
        num_mel_bins=128, max_target_positions=256, dropout=0.1,
    ),
)  # fmt: skip

_DROP_PATH: Final = {"depths": [2, 2, 2, 2]}

VISION_AND_SPEECH: Final = (
    _transformers(
        "ViT", "ViTForImageClassification", _layers(6), hidden_act="relu", layer_norm_eps=1e-6, qkv_bias=False,
        num_hidden_layers=8, hidden_dropout_prob=0.1, attention_probs_dropout_prob=0.1, intermediate_size=1536,
        hidden_size=384, patch_size=32, num_channels=1, num_labels=10,
    ),
    _transformers(
        "Beit", "BeitForImageClassification", _layers(6), hidden_act="relu", layer_norm_eps=1e-6, num_hidden_layers=8,
        hidden_dropout_prob=0.1, attention_probs_dropout_prob=0.1, drop_path_rate=0.2, intermediate_size=1536,
        hidden_size=384, patch_size=32,
    ),
    _transformers(
        "Swin", "SwinForImageClassification", _DROP_PATH, hidden_act="relu", layer_norm_eps=1e-6, qkv_bias=False,
        depths=[2, 2, 4, 2], hidden_dropout_prob=0.1, attention_probs_dropout_prob=0.1, drop_path_rate=0.2,
        mlp_ratio=3.0, embed_dim=192, patch_size=2,
    ),
    _transformers(
        "ConvNext", "ConvNextForImageClassification", _DROP_PATH, hidden_act="relu", layer_norm_eps=1e-6,
        depths=[2, 2, 6, 2], drop_path_rate=0.2, hidden_sizes=[128, 256, 512, 1024], patch_size=2, num_labels=10,
    ),
    _transformers(
        "ResNet", "ResNetForImageClassification", {}, hidden_act="gelu", depths=[3, 4, 8, 3], embedding_size=32,
        hidden_sizes=[128, 256, 512, 1024], layer_type="basic", downsample_in_first_stage=True, num_channels=1,
        num_labels=10,
    ),
    _transformers(
        "Segformer", "SegformerForSemanticSegmentation", {}, hidden_act="relu", depths=[3, 4, 6, 3],
        hidden_dropout_prob=0.1, attention_probs_dropout_prob=0.1, classifier_dropout_prob=0.2, drop_path_rate=0.2,
        hidden_sizes=[64, 128, 320, 512], decoder_hidden_size=768, mlp_ratios=[2, 2, 2, 2], sr_ratios=[4, 4, 2, 1],
        num_labels=150,
    ),
    _transformers(
        "CLIPText", "CLIPTextModelWithProjection", _layers(6), hidden_act="gelu", layer_norm_eps=1e-6,
        num_hidden_layers=8, attention_dropout=0.1, intermediate_size=3072, vocab_size=50000, hidden_size=768,
        projection_dim=768, max_position_embeddings=128,
    ),
    _transformers(
        "SiglipVision", "SiglipVisionModel", _layers(6), hidden_act="relu", layer_norm_eps=1e-5, num_hidden_layers=4,
        attention_dropout=0.1, intermediate_size=4304, hidden_size=1152, patch_size=32, vision_use_head=False,
    ),
    _transformers(
        "Dinov2", "Dinov2Model", _layers(6), hidden_act="relu", layer_norm_eps=1e-5, qkv_bias=False,
        num_hidden_layers=8, hidden_dropout_prob=0.1, attention_probs_dropout_prob=0.1, drop_path_rate=0.2,
        mlp_ratio=3, hidden_size=384, patch_size=16, use_swiglu_ffn=True,
    ),
    _transformers(
        "Wav2Vec2", "Wav2Vec2ForCTC", _layers(6), hidden_act="relu", layer_norm_eps=1e-6, num_hidden_layers=8,
        hidden_dropout=0.0, activation_dropout=0.0, attention_dropout=0.0, feat_proj_dropout=0.1, final_dropout=0.0,
        conv_bias=True, feat_extract_activation="relu", intermediate_size=2048, hidden_size=1152,
        num_conv_pos_embeddings=64, vocab_size=64, num_conv_pos_embedding_groups=8, feat_extract_norm="layer",
    ),
)  # fmt: skip

_VIT: Final = {"depth": 4}

#: values of timm that begin with "torch.nn." are looked up
TIMM: Final = (
    _timm(
        "vit_small_patch16_224", _VIT, act_layer="relu", norm_layer="torch.nn.BatchNorm1d", qkv_bias=False, depth=6,
        drop_rate=0.1, proj_drop_rate=0.1, attn_drop_rate=0.1, drop_path_rate=0.2, pos_drop_rate=0.1, mlp_ratio=3.0,
        embed_dim=192, num_heads=12, qk_norm=True, init_values=1e-5, patch_size=32, in_chans=1, num_classes=10,
        global_pool="avg", pre_norm=True, proj_bias=False,
    ),
    _timm(
        "swin_tiny_patch4_window7_224", {"depths": (2, 2, 2, 2), "drop_path_rate": 0.0}, depths=(2, 2, 4, 2),
        proj_drop_rate=0.1, attn_drop_rate=0.1, drop_path_rate=0.2, mlp_ratio=3.0, embed_dim=48, qkv_bias=False,
        num_classes=10, window_size=14,
    ),
    _timm(
        "convnext_tiny", {"depths": (2, 2, 2, 2)}, act_layer="relu", depths=(2, 2, 6, 2), drop_rate=0.1,
        drop_path_rate=0.2, dims=(48, 96, 192, 384), kernel_sizes=5, patch_size=2, use_grn=True, conv_bias=False,
        norm_eps=1e-5, num_classes=10,
    ),
    _timm(
        "resnet50", {"stem_width": 32}, act_layer="silu", layers=(3, 4, 8, 3), drop_path_rate=0.2, base_width=128,
        cardinality=2, stem_type="deep", avg_down=True, num_classes=10, in_chans=1, output_stride=16,
        channels=(32, 64, 128, 256),
    ),
    _timm(
        "efficientnet_b0", {}, act_layer="relu", drop_path_rate=0.2, num_classes=10, in_chans=1,
    ),
    _timm("mobilenetv3_large_100", {}, act_layer="relu", num_classes=10, in_chans=1, drop_rate=0.1),
    _timm("regnetx_004", {}, act_layer="silu", num_classes=10, drop_path_rate=0.2),
    _timm(
        "mixer_s16_224", {}, act_layer="torch.nn.ReLU", proj_drop_rate=0.1, drop_path_rate=0.2, mlp_ratio=(0.5, 2.0),
        num_classes=10, in_chans=1,
    ),
    _timm(
        "deit3_small_patch16_224", {"depth": 4}, act_layer="relu", depth=5, proj_drop_rate=0.1, embed_dim=576,
        mlp_ratio=2.0, num_classes=10, qkv_bias=False,
    ),
    _timm("densenet121", {}, act_layer="silu", num_classes=10, in_chans=1, drop_rate=0.1, bn_size=2),
)  # fmt: skip

_CROSS: Final = {
    "block_out_channels": (64, 128, 256),
    "down_block_types": ("CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
    "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
    "cross_attention_dim": 768,
}
_UNET: Final = {
    "block_out_channels": (64, 128, 256),
    "down_block_types": ("DownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D"),
    "up_block_types": ("AttnUpBlock2D", "AttnUpBlock2D", "UpBlock2D"),
}
_VAE: Final = {
    "block_out_channels": (64, 128, 256),
    "down_block_types": ("DownEncoderBlock2D",) * 3,
    "up_block_types": ("UpDecoderBlock2D",) * 3,
}

DIFFUSERS: Final = (
    _diffusers(
        "UNet2DConditionModel", _CROSS, act_fn="relu", norm_eps=1e-6, layers_per_block=3, dropout=0.1,
        block_out_channels=(96, 192, 384), cross_attention_dim=1024, attention_head_dim=16, in_channels=8,
        transformer_layers_per_block=2, norm_num_groups=16,
    ),
    _diffusers(
        "UNet2DModel", _UNET, act_fn="relu", norm_eps=1e-6, layers_per_block=3, dropout=0.1,
        block_out_channels=(32, 64, 128), in_channels=1, norm_num_groups=16,
    ),
    _diffusers(
        "AutoencoderKL", _VAE, act_fn="relu", layers_per_block=2, block_out_channels=(32, 64, 128), in_channels=1,
        latent_channels=16, norm_num_groups=16,
    ),
    _diffusers(
        "DiTTransformer2DModel", {"num_layers": 4, "sample_size": 32}, activation_fn="geglu", num_layers=6,
        dropout=0.1, attention_bias=False, attention_head_dim=64, num_attention_heads=12, in_channels=8, patch_size=4,
    ),
    _diffusers(
        "SD3Transformer2DModel", {"num_layers": 4, "sample_size": 32}, num_layers=6, attention_head_dim=32,
        num_attention_heads=12, in_channels=4, joint_attention_dim=2048, pooled_projection_dim=1024,
        qk_norm="rms_norm",
    ),
    _diffusers(
        "FluxTransformer2DModel", {"num_layers": 2, "num_single_layers": 4}, num_layers=3, num_single_layers=6,
        num_attention_heads=16, joint_attention_dim=2048, pooled_projection_dim=512, in_channels=128,
    ),
    _diffusers(
        "PixArtTransformer2DModel", {"num_layers": 4}, num_layers=6, dropout=0.1, attention_bias=False,
        num_attention_heads=12, caption_channels=2048, in_channels=8, norm_eps=1e-5,
    ),
)  # fmt: skip

ARCHITECTURES: Final = (*DECODERS, *ENCODERS, *ENCODER_DECODERS, *VISION_AND_SPEECH, *TIMM, *DIFFUSERS)
