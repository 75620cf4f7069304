"""What the fields of a config.json mean: the same name for the same thing in every family, and what each one changes.

    fields.toml      every field that is known, by what it changes, with its other names
    families/*.toml  one file a model type: the defaults of its class, and where it means something of its own

Knows one configuration at a time; `diff.configs` compares two. Must not import torch or transformers.
"""

from archdiff.semantics.configs._effects import effect_of, is_told_by_another
from archdiff.semantics.configs._fields import ConfigField, field_of, spelled
from archdiff.semantics.configs._part import ConfigPart, Configuration, HeldField
from archdiff.semantics.configs._read import configuration
from archdiff.semantics.configs._tree import tree

__all__ = [
    "Configuration",
    "ConfigField",
    "HeldField",
    "ConfigPart",
    "configuration",
    "effect_of",
    "field_of",
]
__all__ += ["is_told_by_another", "spelled", "tree"]
