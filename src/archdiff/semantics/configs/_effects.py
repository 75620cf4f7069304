"""What another value of a field changes, where that depends on other fields or on the class of the network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from archdiff.model.effects import Effect
from archdiff.model.network import UNKNOWN, Value
from archdiff.semantics.configs import _rope
from archdiff.semantics.configs._fields import field_of, spelled
from archdiff.semantics.configs._part import LAYER_TYPE_FIELDS, RULES, SLIDING, ConfigPart

#: fields that count only where another one is set
_ONLY_WITH: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(("position_buckets", "max_relative_positions", "pos_att_type"), ("relative_attention",)),
    **dict.fromkeys(("share_att_key", "norm_rel_ebd"), ("relative_attention",)),
    **dict.fromkeys(("mask_time_length", "mask_time_min_masks"), ("apply_spec_augment", "mask_time_prob")),
    **dict.fromkeys(("mask_feature_length", "mask_feature_min_masks"), ("apply_spec_augment", "mask_feature_prob")),
    **dict.fromkeys(("mask_time_prob", "mask_feature_prob"), ("apply_spec_augment",)),
    **dict.fromkeys(("router_aux_loss_coef", "router_z_loss_coef"), ("output_router_logits",)),
    **dict.fromkeys(("adapter_kernel_size", "adapter_stride", "num_adapter_layers"), ("add_adapter",)),
    "num_ln_in_parallel_attn": ("new_decoder_architecture",),
}
_SUMMARIES: Final = ("Double", "MultipleChoice", "XLNet", "XLM", "Flaubert")
_POOLED: Final = ("Model", "SequenceClassification", "MultipleChoice", "NextSentence", "PreTraining")
#: fields that count only in classes with a head that uses them, by a part of the class's name
_ONLY_IN: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(("classifier_dropout", "problem_type"), ("Classification", "MultipleChoice", "NextSentence")),
    **dict.fromkeys(("seq_classif_dropout", "classifier_pooling"), ("Classification",)),
    "classifier_proj_size": ("Classification", "Diarization"),
    **dict.fromkeys(("out_features", "out_indices"), ("Backbone",)),
    "num_labels": ("Classification", "Reward", "Detection", "Segmentation"),
    "qa_dropout": ("QuestionAnswering",),
    **dict.fromkeys(("summary_type", "summary_use_proj", "summary_activation", "summary_proj_to_labels"), _SUMMARIES),
    **dict.fromkeys(("summary_first_dropout", "summary_last_dropout"), _SUMMARIES),
    **dict.fromkeys(("pooler_hidden_size", "pooler_output_size", "pooler_act", "pooler_hidden_act"), _POOLED),
    "pooler_dropout": _POOLED,
    **dict.fromkeys(("tdnn_dim", "tdnn_kernel", "tdnn_dilation", "xvector_output_dim"), ("XVector",)),
    **dict.fromkeys(("num_codevectors_per_group", "num_codevector_groups", "codevector_dim"), ("PreTraining",)),
    **dict.fromkeys(("proj_codevector_dim", "num_negatives", "contrastive_logits_temperature"), ("PreTraining",)),
    **dict.fromkeys(("diversity_loss_weight", "feat_quantizer_dropout"), ("PreTraining",)),
    **dict.fromkeys(("ctc_loss_reduction", "ctc_zero_infinity", "final_dropout"), ("CTC",)),
    "use_weighted_layer_sum": ("Classification", "XVector"),
    "encoder_stride": ("MaskedImageModeling",),
}
#: scalings of rope that depend on the longest input
_BY_LENGTH: Final = ("dynamic", "longrope", "yarn", "llama3")


def effect_of(name: str, ours: ConfigPart, theirs: ConfigPart) -> Effect:
    """What it changes that two configurations differ in a field.

    Args:
        name: Its one name.
        ours: The part of the candidate.
        theirs: That of the reference.

    Returns:
        UNKNOWN where nobody knows the field.
    """
    both = ours, theirs
    stated = theirs.family.effects.get(name) or ours.family.effects.get(name)
    field = field_of(name)
    effect = stated or (field.effect if field else Effect.UNKNOWN)
    if effect is Effect.UNKNOWN and name not in _ONLY_IN:
        return effect
    if not any(_counts(name, each) for each in both):
        return Effect.EQUIVALENT
    if name in _ONLY_IN and field is None:
        return Effect.FUNCTION
    if name in _READ_AT and all(_is_read_at_a_token(each) for each in both):
        return Effect.FUNCTION
    rule = _SPECIAL.get(name)
    return rule(effect, ours, theirs) if rule and not stated else effect


def _counts(name: str, part: ConfigPart) -> bool:
    """Whether a part makes anything of a field."""
    if any(part.value(switch) in _OFF for switch in _ONLY_WITH.get(name, ())):
        return False
    heads = _ONLY_IN.get(name)
    if heads and part.architecture and not any(word in part.architecture for word in heads):
        return False
    if name.startswith(_rope.SCALING):
        item = name.removeprefix(_rope.SCALING).removesuffix("_local")
        local = "_local" if name.endswith("_local") else ""
        return item in _rope.ALWAYS or part.value(f"rope_type{local}") not in ("default", UNKNOWN)
    if name == "sliding_window":
        types = part.value("layer_types")
        return not isinstance(types, tuple) or any("full" not in str(each) for each in types)
    return True


#: tokens at which classifiers of sequences read their answer off
_READ_AT: Final = ("pad_token_id", "eos_token_id")


def _is_read_at_a_token(part: ConfigPart) -> bool:
    """Whether a class takes its answer from the last token, as classifiers do that are no encoders."""
    is_encoder = part.value("type_vocab_size") is not UNKNOWN
    return "SequenceClassification" in part.architecture and not is_encoder


_OFF: Final = (False, None, 0, 0.0)


def is_told_by_another(name: str, ours: ConfigPart, theirs: ConfigPart) -> bool:
    """Whether a difference in a field follows from that in another one, which is told: one decision, one finding.

    Args:
        name: Its one name.
        ours: The part of the candidate.
        theirs: That of the reference.
    """
    both = ours, theirs
    usual = spelled(name)
    if usual != name and all(each.value(name) == each.value(usual) for each in both):
        return True
    if name in RULES and not (name == "layer_types" and any(name in each.held for each in both)):
        follows = [each.derived(name) for each in both]
        if UNKNOWN not in follows and [each.value(name) for each in both] == follows:
            return True
    if name in LAYER_TYPE_FIELDS and any("layer_types" in each.held for each in both):
        return ours.value("layer_types") != theirs.value("layer_types") is not UNKNOWN
    if all(_is_one_a_layer(name, each) for each in both) and _same_as_far(ours.value(name), theirs.value(name)):
        return _differ("num_hidden_layers", ours, theirs)
    if name == "sliding_window":
        slides = {_slides(ours), _slides(theirs)}
        return slides == {True, False}
    if name.startswith(_rope.SCALING):
        local = "_local" if name.endswith("_local") else ""
        return _differ(f"rope_type{local}", ours, theirs)
    return name == "rotary_factor_local" and _differ("rotary_factor", ours, theirs)


def _differ(name: str, ours: ConfigPart, theirs: ConfigPart) -> bool:
    return ours.value(name) != theirs.value(name)


def _is_one_a_layer(name: str, part: ConfigPart) -> bool:
    """Whether a field is a list of one item for each layer."""
    items = part.value(name)
    return isinstance(items, tuple) and len(items) == part.value("num_hidden_layers")


def _same_as_far(ours: Value, theirs: Value) -> bool:
    """Whether one list is the beginning of the other."""
    return isinstance(ours, tuple) and isinstance(theirs, tuple) and all(map(_equal, ours, theirs))


def _equal(a: object, b: object) -> bool:
    return a == b


def _slides(part: ConfigPart) -> bool | None:
    """Whether any layer slides, where `layer_types` says so; None where it does not."""
    types = part.value("layer_types")
    return any(each == SLIDING for each in types) if isinstance(types, tuple) else None


def _positions(effect: Effect, ours: ConfigPart, theirs: ConfigPart) -> Effect:
    """Learned positions are weights; of computed ones it is how long an input may be."""
    both = ours, theirs
    if any(each.value("rope_type") in _BY_LENGTH for each in both):
        return effect
    is_rope = all(each.value("rope_base") is not UNKNOWN or each.value("rotary_dim") is not UNKNOWN for each in both)
    return Effect.EQUIVALENT if is_rope else effect


def _encoder_decoder(effect: Effect, ours: ConfigPart, theirs: ConfigPart) -> Effect:
    """Of a family that has both, whether there is a decoder."""
    has_both = any(each.defaults.get("is_encoder_decoder") is True for each in (ours, theirs))
    return Effect.FUNCTION if has_both else effect


def _key_value_heads(effect: Effect, ours: ConfigPart, theirs: ConfigPart) -> Effect:
    """Falcon has one, whatever it says, where `multi_query` does."""
    both = ours, theirs
    one = all(each.value("multi_query") is True and not each.value("new_decoder_architecture") for each in both)
    return Effect.EQUIVALENT if one else effect


def _projection(effect: Effect, ours: ConfigPart, theirs: ConfigPart) -> Effect:
    """Of a model of images and text the whole says how wide the projections are, not its parts."""
    return Effect.EQUIVALENT if ours.path and theirs.path else effect


def _original_positions(effect: Effect, ours: ConfigPart, theirs: ConfigPart) -> Effect:
    """The length that rope was trained at counts where rope is scaled by it."""
    scaled = any(each.value("rope_type") not in ("default", UNKNOWN) for each in (ours, theirs))
    return effect if scaled else Effect.EQUIVALENT


def _layer_drivers(effect: Effect, ours: ConfigPart, theirs: ConfigPart) -> Effect:
    """What only says which layers slide changes nothing where the same ones do."""
    types = ours.value("layer_types"), theirs.value("layer_types")
    return Effect.EQUIVALENT if types[0] == types[1] is not UNKNOWN else effect


def _layer_scale(effect: Effect, ours: ConfigPart, theirs: ConfigPart) -> Effect:
    """0 or null: there is none."""
    values = [each.value("layer_scale_init_value") for each in (ours, theirs)]
    return Effect.FUNCTION if (values[0] in _OFF) is not (values[1] in _OFF) else effect


def _tied(effect: Effect, ours: ConfigPart, theirs: ConfigPart) -> Effect:
    """Networks that end in a class have no map to words; of an encoder and decoder the embeddings are tied, too."""
    both = ours, theirs
    if any(each.value("is_encoder_decoder") is True for each in both):
        return effect
    return Effect.EQUIVALENT if all(map(_has_no_words, both)) else effect


def _has_no_words(part: ConfigPart) -> bool:
    name = part.architecture
    words = ("Classification", "QuestionAnswering", "MultipleChoice", "CTC", "Detection", "Segmentation", "XVector")
    bare = name.endswith("Model") and not name.endswith(("HeadModel", "HeadsModel"))
    return bare or any(word in name for word in words)


def _activation(effect: Effect, ours: ConfigPart, theirs: ConfigPart) -> Effect:
    """The approximation by tanh has several names."""
    values = [each.value("hidden_act") for each in (ours, theirs)]
    return Effect.EQUIVALENT if all(value in _TANH for value in values) else effect


_TANH: Final = ("gelu_new", "gelu_pytorch_tanh", "gelu_fast", "gelu_python_tanh", "gelu_accurate")


_SPECIAL: Final[Mapping[str, Callable[[Effect, ConfigPart, ConfigPart], Effect]]] = {
    "max_position_embeddings": _positions,
    "layer_scale_init_value": _layer_scale,
    "tie_word_embeddings": _tied,
    "hidden_act": _activation,
    "is_encoder_decoder": _encoder_decoder,
    "num_key_value_heads": _key_value_heads,
    "projection_dim": _projection,
    "original_max_position_embeddings": _original_positions,
    **dict.fromkeys(LAYER_TYPE_FIELDS, _layer_drivers),
}
