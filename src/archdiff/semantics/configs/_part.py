"""A configuration as values: its parts, and in each the fields under one name with the line that says so."""

from __future__ import annotations

from collections.abc import Mapping
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
        """The value of a field: as the file says, else as follows from other fields, else the default.

        Args:
            name: Its one name.

        Returns:
            UNKNOWN where none of the three is known.
        """
        if name in self.held and (self.held[name].value is not None or name not in DERIVED_IF_NONE):
            return self.held[name].value
        if name not in self.held and spelled(name) != name:  # another spelling, beside which the usual one may stand
            return self.value(spelled(name))
        follows = self.derived(name)
        return self.defaults.get(name, UNKNOWN) if follows is UNKNOWN else follows

    def derived(self, name: str) -> Value:
        """The value that a field has where nobody sets it, as it follows from others; UNKNOWN where nothing follows."""
        from archdiff.semantics.configs._derived import RULES

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
