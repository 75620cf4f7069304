"""A configuration as values: its parts, and in each the fields under one name with the line that says so.

What nobody sets follows from other fields: the size of a head, the kinds of layers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from archdiff.model.network import UNKNOWN, Value
from archdiff.semantics.configs._family import ModelType
from archdiff.semantics.configs._fields import spelled


class HeldField(NamedTuple):
    """What a file says of one field.

    Attributes:
        raw: Its name in the file, `text_config.n_head`.
        value: Its value, as this package spells it.
        source: The file.
        line: Of the key, counted from 1.
    """

    raw: str
    value: Value
    source: str = ""
    line: int = 0


class ConfigPart(NamedTuple):
    """One configuration, or one inside of another: the text part of a model of images and text.

    Attributes:
        path: `text_config`; "" for the whole.
        type: Its model type or class; "" where the file does not say.
        family: What is known of that type.
        architecture: The class of the network; "" where the file does not say.
        held: What the file says, by the one name of each field.
        defaults: What the class takes where the file says nothing, by the same names.
    """

    path: str
    type: str
    family: ModelType
    architecture: str
    held: Mapping[str, HeldField]
    defaults: Mapping[str, Value]

    def value(self, name: str) -> Value:
        """The value of a field: as the file says, else the default of the class, else as follows from other fields.

        Args:
            name: Its one name.

        Returns:
            UNKNOWN where none of the three is known.
        """
        if name in self.held and (self.held[name].value is not None or name not in DERIVED_IF_NONE):
            return self.held[name].value
        default = self.defaults.get(name, UNKNOWN)
        if default is not UNKNOWN and default is not None:
            return default
        if name not in self.held and spelled(name) != name:  # another spelling, beside which the usual one may stand
            return self.value(spelled(name))
        is_guess = not self.family.name and name not in self.held  # its class may take another default
        follows = UNKNOWN if is_guess else self.derived(name)
        return default if follows is UNKNOWN else follows

    def derived(self, name: str) -> Value:
        """The value that a field has where nobody sets it, as it follows from others; UNKNOWN where nothing follows."""
        return RULES[name](self) if name in RULES else UNKNOWN

    def number(self, name: str) -> int | None:
        """The value of a field that is a whole number."""
        value = self.value(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None


class Configuration(NamedTuple):
    """All that a config.json says.

    Attributes:
        source: The file.
        library: "transformers", "diffusers" or "timm".
        parts: The whole first, then what stands inside of it, by path.
    """

    source: str
    library: str
    parts: Mapping[str, ConfigPart]

    @property
    def whole(self) -> ConfigPart:
        """The outermost part."""
        return self.parts[""]

    @property
    def class_name(self) -> str:
        """The class of the network, else its type."""
        return self.whole.architecture or self.whole.type


#: fields whose `null` means that they follow from others
DERIVED_IF_NONE: Final = frozenset(
    {"head_dim", "num_key_value_heads", "intermediate_size", "num_decoder_layers", "layer_types", "num_labels"}
    | {"hidden_act", "word_embed_proj_dim", "projection_dim", "rope_type", "rope_base", "rotary_factor"}
)

SLIDING, FULL = "sliding_attention", "full_attention"

#: what says which layers slide, where `layer_types` is not spelled out
LAYER_TYPE_FIELDS: Final = frozenset(
    {"sliding_window_pattern", "max_window_layers", "use_sliding_window", "global_attn_every_n_layers"}
    | {"full_attn_idxs"}
)


def _key_value_heads(part: ConfigPart) -> Value:
    if part.value("multi_query") is True and part.value("new_decoder_architecture") is not True:
        return 1
    return part.value("num_attention_heads")


def _head_size(part: ConfigPart) -> Value:
    if "kv_lora_rank" in part.held:
        return part.value("qk_rope_head_dim")
    width, heads = part.number("hidden_size"), part.number("num_attention_heads")
    return width // heads if width and heads else UNKNOWN


#: model types whose feed-forward part is four times as wide as the rest where nobody sets it
_FOURFOLD: Final = frozenset({"gpt2", "gpt_neo", "gptj", "codegen", "gpt_bigcode", "falcon", "mpt", "imagegpt", "ctrl"})


def _feed_forward(part: ConfigPart) -> Value:
    width = part.number("hidden_size")
    return 4 * width if width and part.type in _FOURFOLD else UNKNOWN


def _layer_types(part: ConfigPart) -> Value:
    """The kind of each layer, as configurations of version 5 spell it out."""
    layers = part.number("num_hidden_layers")
    if layers is None or not 0 < layers <= MOST_LAYERS:
        return UNKNOWN
    if period := part.number("sliding_window_pattern"):
        return tuple(FULL if (number + 1) % period == 0 else SLIDING for number in range(layers))
    if period := part.number("global_attn_every_n_layers"):
        return tuple(SLIDING if number % period else FULL for number in range(layers))
    match part.value("use_sliding_window"):
        case False:
            return (FULL,) * layers
        case True if (first := part.number("max_window_layers")) is not None:
            return tuple(SLIDING if number >= first else FULL for number in range(layers))
    return UNKNOWN


MOST_LAYERS: Final = 100_000


def _attention_layers(part: ConfigPart) -> Value:
    """Of GPT-Neo: `[[["global", "local"], 6]]` is both in turns, six times."""
    layers: list[Value] = []
    types = part.value("attention_types")
    for each in types if isinstance(types, tuple) else ():
        match each:
            case (tuple(kinds), int(times)) if times < MOST_LAYERS:
                layers += kinds * times
            case _:
                return UNKNOWN
    return tuple(layers) or UNKNOWN


def _dense_activation(part: ConfigPart) -> Value:
    """`gated-gelu` of T5 is the approximation by tanh."""
    words = part.value("feed_forward_proj")
    if not isinstance(words, str):
        return UNKNOWN
    return "gelu_new" if words == "gated-gelu" else words.rpartition("-")[2]


def _is_gated(part: ConfigPart) -> Value:
    words = part.value("feed_forward_proj")
    return words.startswith("gated-") if isinstance(words, str) else UNKNOWN


def _last_width(part: ConfigPart) -> Value:
    """Of a network of stages each of which is twice as wide as the one before, as Swin."""
    first, depths = part.number("embed_dim"), part.value("depths")
    if first and isinstance(depths, tuple) and 0 < len(depths) < 32:
        return first << (len(depths) - 1)
    return UNKNOWN


def _stage_names(part: ConfigPart) -> Value:
    depths = part.value("depths")
    names = [f"stage{number + 1}" for number in range(len(depths))] if isinstance(depths, tuple) else ()
    return ("stem", *names) if names else UNKNOWN


def _count(name: str) -> Callable[[ConfigPart], Value]:
    def count(part: ConfigPart) -> Value:
        items = part.value(name)
        return len(items) if isinstance(items, tuple) else UNKNOWN

    return count


def _same_as(name: str) -> Callable[[ConfigPart], Value]:
    return lambda part: part.value(name)


def _latent_head(part: ConfigPart) -> Value:
    """Of latent attention: what runs with rope beside what runs without."""
    sizes = part.number("qk_nope_head_dim"), part.number("qk_rope_head_dim")
    return sum(filter(None, sizes)) if None not in sizes else UNKNOWN


def _labels(part: ConfigPart) -> Value:
    """Two in every class of transformers."""
    return 2 if part.type else UNKNOWN


RULES: Final[Mapping[str, Callable[[ConfigPart], Value]]] = {
    "num_key_value_heads": _key_value_heads,
    "head_dim": _head_size,
    "intermediate_size": _feed_forward,
    "layer_types": _layer_types,
    "qk_head_dim": _latent_head,
    "attention_layers": _attention_layers,
    "dense_act_fn": _dense_activation,
    "is_gated_act": _is_gated,
    "hidden_size": _last_width,
    "stage_names": _stage_names,
    "num_stages": _count("depths"),
    "num_labels": _labels,
    "num_feat_extract_layers": _count("conv_dim"),
    "num_decoder_layers": _same_as("num_hidden_layers"),
    "num_hidden_layers": _same_as("encoder_layers"),
    "rope_base_local": _same_as("rope_base"),
    "rotary_factor_local": _same_as("rotary_factor"),
    "word_embed_proj_dim": _same_as("hidden_size"),
    "output_hidden_size": _same_as("hidden_size"),
    "pooler_output_size": _same_as("hidden_size"),
    "pooler_hidden_size": _same_as("hidden_size"),
    "num_attention_heads": _same_as("encoder_attention_heads"),
}
