"""Which fields of a configuration a print shows as well, and which of them it contradicts.

What a print shows is compared there, so that one decision is one finding. Knows the print of one network at a time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, NamedTuple, TypeAlias

from archdiff.infer import Sized
from archdiff.model.effects import Effect
from archdiff.model.finding import Finding
from archdiff.model.network import CHILDREN, UNKNOWN, Layer, Value, blocks
from archdiff.semantics import kinds
from archdiff.semantics.configs import ConfigPart, Configuration, HeldField, field_of
from archdiff.semantics.kinds import Trait
from archdiff.semantics.names import words

Number: TypeAlias = "int | float"


class PrintedNumbers(NamedTuple):
    """The numbers of a print, and what else of it a configuration says too.

    Attributes:
        sizes: Every whole number that is a setting.
        settings: The numbers under the name of a setting, by that name.
        depths: How many numbered children stand in one holder, each such number.
        activations: The classes of activations.
        rows: Of embeddings that are not of positions, rows and width; the largest is the vocabulary.
        classes: Of all layers.
        queries: The widths of the projections of queries, where these stand alone.
    """

    sizes: frozenset[Number]
    settings: Mapping[str, frozenset[Value]]
    depths: frozenset[int]
    activations: frozenset[str]
    rows: tuple[tuple[int, int], ...]
    classes: frozenset[str]
    queries: frozenset[int]


def printed_numbers(side: Sized) -> PrintedNumbers:
    """What a print holds, blocks that stand in several places once.

    Args:
        side: The network in normal form; printed settings have names there.
    """
    root = side.normal.root
    layers = [root, *(layer for children in blocks(root) for layer in children)]
    settings: dict[str, set[Value]] = {}
    sizes: set[Number] = set()
    rows: list[tuple[int, int]] = []
    queries: set[int] = set()
    for layer in layers:
        for setting in layer.settings:
            values = {*_flat(setting.value)}
            settings.setdefault(setting.name or "", set()).update(values)
            sizes.update(each for each in values if isinstance(each, (int, float)) and not isinstance(each, bool))
        if layer.kind == "linear" and layer.name.rpartition(".")[2] in _QUERIES:
            held = {each.name: each.value for each in layer.settings}
            queries.update(width for width in (held.get("out_features"),) if isinstance(width, int))
        if layer.kind == "embedding" and not words(layer.name) & _POSITIONS:
            held = {each.name: each.value for each in layer.settings}
            size = held.get("num_embeddings"), held.get("embedding_dim")
            if isinstance(size[0], int) and isinstance(size[1], int):
                rows.append((size[0], size[1]))
    depths = {sum(child.repeat for child in layer.children) for layer in layers if _is_numbered(layer)}
    active = {layer.class_name for layer in layers if _is_activation(layer)}
    names = {layer.class_name for layer in layers}
    return PrintedNumbers(
        frozenset(sizes),
        {name: frozenset(values) for name, values in settings.items()},
        frozenset(depths),
        frozenset(active),
        tuple(rows),
        frozenset(names),
        frozenset(queries),
    )


#: in the names of tables that hold no vocabulary
_POSITIONS: Final = frozenset({"position", "positions", "pos", "wpe", "type", "types", "rel", "relative"})
#: projections of queries and nothing else
_QUERIES: Final = frozenset({"q", "wq", "to_q", "q_lin", "q_proj", "query", "query_proj"})


def _flat(value: Value) -> Iterator[Value]:
    if isinstance(value, tuple):
        for each in value:
            yield from _flat(each)
    else:
        yield value


def _is_numbered(layer: Layer) -> bool:
    return bool(layer.children) and all(child.name[:1].isdigit() for child in layer.children)


def _is_activation(layer: Layer) -> bool:
    if CHILDREN(layer):
        return False
    kind = kinds.of_layer(layer)
    if kind is not None:
        return kinds.has(layer._replace(kind=kind.name), Trait.ELEMENTWISE)
    return layer.class_name.endswith("Activation")


_Pairs: TypeAlias = "Callable[[Value, ConfigPart], Iterable[Value]]"


def _itself(value: Value, _part: ConfigPart) -> Iterator[Value]:
    yield from _flat(value)


def _fused(value: Value, _part: ConfigPart) -> Iterator[Value]:
    """Itself, and as two or three in one matrix."""
    for each in _flat(value):
        if isinstance(each, int):
            yield from (each, 2 * each, 3 * each)


def _behind_two(value: Value, _part: ConfigPart) -> Iterator[Value]:
    """Positions of OPT and BART begin at the third row, those of images hold a class."""
    for each in _flat(value):
        if isinstance(each, int):
            yield from (each, each + 2, each + 1)


def _heads(_value: Value, part: ConfigPart) -> Iterator[Value]:
    """The widths of queries, of keys, and of all in one matrix; the size of a head may follow from their number."""
    heads = part.number("num_attention_heads")
    others = part.number("num_key_value_heads")
    size = part.number("head_dim") or part.derived("head_dim")
    if isinstance(size, int) and heads:
        yield from (heads * size, (others or heads) * size, (heads + 2 * (others or heads)) * size, (heads + 2) * size)


def _patches(value: Value, part: ConfigPart) -> Iterator[Value]:
    """How many positions an image has."""
    size = part.number("patch_size")
    if isinstance(value, int) and size:
        count = (value // size) ** 2
        yield from (count, count + 1, count + 2)


def _head_size(value: Value, part: ConfigPart) -> Iterator[Value]:
    if isinstance(value, int):
        yield value
        for name in ("num_attention_heads", "num_key_value_heads"):
            if count := part.number(name):
                yield value * count


def _twice(value: Value, _part: ConfigPart) -> Iterator[Value]:
    """Relative positions to both sides."""
    if isinstance(value, int):
        yield from (value, 2 * value)


def _ratio(value: Value, part: ConfigPart) -> Iterator[Value]:
    width = part.number("hidden_size") or part.number("embed_dim")
    for each in _flat(value):
        if isinstance(each, (int, float)) and width:
            yield int(each * width)


#: which numbers of a print a field becomes, and under which names of settings; "" is any of them
_SHOWN: Final[Mapping[str, tuple[_Pairs, tuple[str, ...]]]] = {
    **dict.fromkeys(("hidden_size", "embedding_size", "word_embed_proj_dim", "embed_dim"), (_fused, ())),
    **dict.fromkeys(("intermediate_size", "encoder_ffn_dim", "decoder_ffn_dim", "moe_intermediate_size"), (_fused, ())),
    **dict.fromkeys(("shared_expert_intermediate_size", "vocab_size", "type_vocab_size", "num_labels"), (_itself, ())),
    **dict.fromkeys(("max_position_embeddings", "max_source_positions", "max_target_positions"), (_behind_two, ())),
    **dict.fromkeys(("hidden_sizes", "conv_dim", "projection_dim", "num_mel_bins", "num_channels"), (_itself, ())),
    **dict.fromkeys(("block_out_channels", "cross_attention_dim", "out_channels", "latent_channels"), (_itself, ())),
    **dict.fromkeys(("q_lora_rank", "kv_lora_rank", "state_size", "classifier_proj_size"), (_itself, ())),
    **dict.fromkeys(("patch_size", "window_size", "conv_kernel", "conv_stride", "num_mel_bins"), (_itself, ())),
    **dict.fromkeys(("num_conv_pos_embeddings", "num_conv_pos_embedding_groups", "norm_num_groups"), (_itself, ())),
    **dict.fromkeys(("pooler_hidden_size", "pooler_output_size", "output_hidden_size"), (_itself, ())),
    **dict.fromkeys(("position_buckets", "max_relative_positions"), (_twice, ("num_embeddings",))),
    **dict.fromkeys(("input_embedding_size", "output_embedding_size", "num_local_experts"), (_itself, ())),
    "relative_attention_num_buckets": (_itself, ("num_embeddings",)),
    "num_attention_heads": (_heads, ()),
    "num_key_value_heads": (_heads, ()),
    "image_size": (_patches, ("num_embeddings",)),
    "head_dim": (_head_size, ()),
    "mlp_ratio": (_ratio, ()),
    "mlp_ratios": (_ratio, ()),
    "norm_eps": (_itself, ("eps",)),
    "batch_norm_eps": (_itself, ("eps",)),
    "batch_norm_momentum": (_itself, ("momentum",)),
    "pad_token_id": (_itself, ("padding_idx",)),
}
#: fields that are a number of blocks
_DEPTHS: Final = frozenset(
    {"num_hidden_layers", "encoder_layers", "decoder_layers", "num_decoder_layers", "depths", "num_local_experts"}
    | {"n_shared_experts", "num_stages", "num_feat_extract_layers", "layers_per_block", "num_single_layers"}
)
_DROPS: Final = ("p", "dropout", "drop_prob")
#: fields that are an activation
_ACTIVATIONS: Final = frozenset(
    {"hidden_act", "dense_act_fn", "feed_forward_proj", "is_gated_act", "pooler_act", "pooler_hidden_act", "conv_act"}
    | {"feat_extract_activation", "projector_hidden_act", "summary_activation", "classifier_activation"}
)
#: fields that are the bias of layers
_BIASES: Final = frozenset(
    {"attention_bias", "attention_out_bias", "mlp_bias", "bias", "no_bias", "conv_bias", "norm_bias", "lm_head_bias"}
    | {"projector_bias", "use_conv_bias", "mamba_proj_bias", "decoder_bias", "classifier_bias"}
)
#: fields that add layers or take them away
STRUCTURE: Final = frozenset(
    {
        "legacy",
        "layers_per_block",
        "resnet_time_scale_shift",
        "use_mean_pooling",
        "use_shared_relative_position_bias",
        "conv_pos_batch_norm",
        "num_groups",
    }
    | {"head_ratio", "n_shared_experts", "mlp_ratios", "v_head_dim", "qk_nope_head_dim", "qk_rope_head_dim"}
    | {"qk_layernorm", "add_cross_attention", "add_adapter", "num_adapter_layers", "new_decoder_architecture"}
    | {"num_ln_in_parallel_attn", "multi_query", "_remove_final_layer_norm", "emb_layer_norm_before", "norm_type"}
    | {"relative_attention", "position_biased_input", "pos_att_type", "share_att_key", "norm_rel_ebd", "layer_type"}
    | {"position_embedding_type", "use_swiglu_ffn", "is_gated_act", "feed_forward_proj", "patch_norm", "strides"}
    | {"feat_extract_norm", "feat_proj_layer_norm", "do_layer_norm_before", "conv_kernel_size", "num_hidden_groups"}
    | {"inner_group_num", "use_layer_scale", "tie_word_embeddings", "apply_layernorm", "decoder_sparse_step"}
    | {"encoder_sparse_step", "mlp_only_layers", "first_k_dense_replace", "moe_layer_freq", "adapter_attn_dim"}
    | {"num_sparse_encoder_layers", "num_sparse_decoder_layers", "expert_layer_period", "expert_layer_offset"}
    | {"attn_layer_period", "attn_layer_offset", "layer_types", "drop_path_rate", "layer_norm_elementwise_affine"}
    | {"down_block_types", "up_block_types", "mid_block_type", "only_cross_attention", "dual_cross_attention"}
    | {"use_linear_projection", "class_embed_type", "addition_embed_type", "time_embedding_type", "guidance_embeds"}
    | {"use_quant_conv", "use_post_quant_conv", "mid_block_add_attention", "sr_ratios", "architecture", "num_queries"}
    | {"vision_use_head", "use_relative_position_bias", "num_encoder_blocks", "groups_width", "is_decoder"}
    | {"summary_use_proj", "summary_proj_to_labels", "apply_residual_connection_post_layernorm", "parallel_attn"}
)


#: values of a setting that the prints differ in, by its name
Told: TypeAlias = "frozenset[tuple[Value, Value]]"


def told(found: Iterable[Finding]) -> Told:
    """The values that findings are about, the candidate's and the reference's."""
    pairs: set[tuple[Value, Value]] = set()
    for finding in (each for one in found for each in (one, *one.consequences) if each.is_difference):
        for a, b in finding.all_places:
            if a and b:
                pairs.update(zip(_flat(a.value), _flat(b.value), strict=False))
    return frozenset(pairs)


def is_shown(
    name: str,
    values: tuple[Value, Value],
    parts: tuple[ConfigPart, ConfigPart],
    prints: tuple[PrintedNumbers, PrintedNumbers],
    about: Told,
) -> bool:
    """Whether both prints show the two values of a field, so that they differ in it as well.

    Args:
        name: The one name of the field.
        values: Its value in both configurations.
        parts: The parts that hold it.
        prints: What both prints hold.
        about: The values that the prints are found to differ in.
    """
    ours, theirs = prints
    if name in _BIASES and any(isinstance(a, bool) and isinstance(b, bool) and a != b for a, b in about):
        return True
    if name in _ACTIVATIONS and ours.activations != theirs.activations:
        return True
    if name in _BIASES and ours.settings.get("bias") != theirs.settings.get("bias"):
        return True
    if name in _DEPTHS:
        return any(_apart(*pair, ours.depths, theirs.depths) for pair in _pairs(values, parts, _itself))
    if "drop" in name:
        p, q = (frozenset().union(*(each.settings.get(key, frozenset()) for key in _DROPS)) for each in prints)
        return any(_apart(*pair, p, q) for pair in _pairs(values, parts, _itself))
    make, names = _SHOWN.get(name, (None, ()))
    if make is None:
        return field_of(name) is None and any(pair in about for pair in _pairs(values, parts, _itself))
    if any(pair in about for pair in _pairs(values, parts, make)):
        return True
    if names:
        held = [frozenset().union(*(each.settings.get(key, frozenset()) for key in names)) for each in prints]
        return any(_apart(*pair, *held) for pair in _pairs(values, parts, make))
    return any(_apart(*pair, ours.sizes, theirs.sizes) for pair in _pairs(values, parts, make))


def _pairs(
    values: tuple[Value, Value], parts: tuple[ConfigPart, ConfigPart], make: _Pairs
) -> Iterator[tuple[Value, Value]]:
    ours, theirs = ([*make(value, part)] for value, part in zip(values, parts, strict=True))
    return ((a, b) for a, b in zip(ours, theirs, strict=False) if a != b)


def _apart(a: Value, b: Value, ours: frozenset[Value], theirs: frozenset[Value]) -> bool:
    """Whether each is on its own side, and at least one of them on that alone."""
    return a in ours and b in theirs and (a not in theirs or b not in ours)


class WrongNumber(NamedTuple):
    """A number of a configuration that its own print does not have.

    Attributes:
        name: The one name of the field.
        says: What the configuration says.
        prints: What the print has in its place; None where nothing single stands there.
        held: Where the configuration says so.
    """

    name: str
    says: int
    prints: int | None
    held: HeldField


class CheckedNumbers(NamedTuple):
    """What became of the numbers of a configuration beside a print.

    Attributes:
        wrong: Those that the print does not have.
        right: How many it has.
        is_other_class: Whether no class of the print begins as that of the configuration does.
    """

    wrong: tuple[WrongNumber, ...]
    right: int

    is_other_class: bool

    @property
    def is_of_another_model(self) -> bool:
        """Whether most numbers are not those of the print, or some are not and neither is the class."""
        return len(self.wrong) > (0 if self.is_other_class else max(self.right, 1))


def checked(held: Configuration, printed: PrintedNumbers) -> CheckedNumbers:
    """Compares the numbers of a configuration with those of the print beside it.

    Args:
        held: The configuration.
        printed: What the print holds.
    """
    wrong: list[WrongNumber] = []
    right = 0
    for part in held.parts.values():
        for name, prints, has in _numbers(part, printed):
            says = part.number(name)
            if says is None or name not in part.held or part.family.effects.get(name) is Effect.EQUIVALENT:
                continue
            if has(says):
                right += 1
            else:
                wrong.append(WrongNumber(name, says, prints, part.held[name]))
    return CheckedNumbers(tuple(wrong), right, _is_other_class(held.whole.architecture, printed))


def _is_other_class(architecture: str, printed: PrintedNumbers) -> bool:
    """`LlamaForCausalLM` beside a print without any class `Llama...`."""
    stem = _HEAD.split(architecture, maxsplit=1)[0]
    return bool(stem) and not any(name.startswith(stem) for name in printed.classes)


_HEAD: Final = re.compile(r"For[A-Z]|LMHead|Model$|DoubleHeads")


def _numbers(part: ConfigPart, printed: PrintedNumbers) -> Iterator[tuple[str, int | None, Callable[[int], bool]]]:
    """Fields whose number a print must have: the name, what the print has, and whether it has one."""
    if printed.depths and part.value("num_hidden_groups") in (UNKNOWN, None):
        for name in ("num_hidden_layers", "encoder_layers", "decoder_layers", "num_decoder_layers"):
            yield name, max(printed.depths), printed.depths.__contains__
    if printed.rows:
        rows, width = max(printed.rows)
        yield "vocab_size", rows, printed.sizes.__contains__
        yield "hidden_size", width, printed.sizes.__contains__
    else:
        yield "hidden_size", None, printed.sizes.__contains__
    labels = part.held.get("num_labels")
    if labels is not None and labels.raw == "num_classes" and labels.value:  # of timm, whose networks end in them
        yield "num_labels", None, printed.sizes.__contains__
    size = part.number("head_dim") if "head_dim" in part.held else None  # else it follows from the width
    if size and len(printed.queries) == 1:
        (width,) = printed.queries
        yield "num_attention_heads", width // size, lambda heads: heads * size == width
