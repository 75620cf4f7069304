"""From the fields of a file to a `Configuration`: parts taken apart, each field under its one name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from archdiff.model.effects import Effect
from archdiff.model.errors import ReadError
from archdiff.model.facts import Provenance
from archdiff.model.network import Network, Value
from archdiff.semantics.configs import _rope
from archdiff.semantics.configs._family import ModelType, model_type_of
from archdiff.semantics.configs._fields import field_of, spelled
from archdiff.semantics.configs._part import MOST_LAYERS, ConfigPart, Configuration, HeldField

#: what a configuration inside of another is called where it does not name its type
_PARTS: Final = frozenset({"text_config", "vision_config", "audio_config", "encoder", "decoder", "llm_config"})
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
#: the same as activations: the approximation by tanh, the logistic function times the input
_ACTIVATIONS: Final[Mapping[Value, str]] = {"swish": "silu", "gelu_python": "gelu"}


def configuration(network: Network) -> Configuration | None:
    """The configuration that is known of a network.

    Args:
        network: A print with the facts of a config.json, or what a config.json alone was read as.

    Returns:
        None where there is none.

    Raises:
        ReadError: A size is no number, with the line.
    """
    facts = [each for each in network.facts if each.provenance is Provenance.CONFIG]
    if not facts:
        return None
    given = {each.name: HeldField(each.name, each.value, each.source, each.line) for each in facts}
    library = _library(given)
    version = _text(given, "transformers_version") or _text(given, "_diffusers_version")
    parts: dict[str, ConfigPart] = {}
    _add_parts(parts, "", given, "", version)
    return Configuration(facts[0].source, library, parts)


def _library(given: Mapping[str, HeldField]) -> str:
    if "_class_name" in given:
        return "diffusers"
    return "timm" if "architecture" in given and "model_type" not in given else "transformers"


def _text(given: Mapping[str, HeldField], name: str) -> str:
    value = given[name].value if name in given else ""
    return value if isinstance(value, str) else ""


def _add_parts(
    parts: dict[str, ConfigPart], path: str, given: Mapping[str, HeldField], type_: str, version: str
) -> None:
    """This part, and all inside of it; depth is bounded by the reader."""
    type_ = _text(given, "model_type") or _text(given, "_class_name") or type_
    family = model_type_of(type_)
    inside: dict[str, dict[str, HeldField]] = {}
    own: dict[str, HeldField] = {}
    for name, held in given.items():
        first, dot, rest = name.partition(".")
        if dot and (first in _PARTS or first in family.parts or _text(given, f"{first}.model_type")):
            inside.setdefault(first, {})[rest] = held
        else:
            own[name] = held
    timm = {name.removeprefix("model_args."): held for name, held in own.items()}
    held_fields = _named(timm, family)
    defaults = _named({name: HeldField(name, value) for name, value in family.defaults_of(version).items()}, family)
    values = {name: each.value for name, each in defaults.items()}
    parts[path] = ConfigPart(path, type_, family, _architecture(given), held_fields, values)
    _check(held_fields)
    for name in {**dict.fromkeys(family.parts), **dict.fromkeys(inside)}:
        below = f"{path}.{name}" if path else name
        _add_parts(parts, below, inside.get(name, {}), family.parts.get(name, ""), version)


def _architecture(given: Mapping[str, HeldField]) -> str:
    value = given["architectures"].value if "architectures" in given else None
    first = value[0] if isinstance(value, tuple) and value else value
    return first if isinstance(first, str) else _text(given, "_class_name")


#: what names the whole and is compared apart
_NAMES: Final = frozenset({"model_type", "_class_name", "architectures"})


def _named(given: Mapping[str, HeldField], family: ModelType) -> dict[str, HeldField]:
    """Fields under their one name; where several have the same one, all but the first keep their own."""
    found: dict[str, HeldField] = dict(_rope.fields(given))
    labels = [held for name, held in given.items() if name.startswith("id2label.")]
    if labels and "num_labels" not in given and "num_classes" not in given:
        found["num_labels"] = labels[0]._replace(raw="id2label", value=len(labels))
    others: list[tuple[str, str, HeldField]] = []
    for raw, each in given.items():
        held = each
        if raw in _NAMES or _rope.is_rope(raw):
            continue
        if raw.startswith(("id2label.", "label2id.")):
            found.setdefault("id2label", held._replace(raw="id2label", value=_joined(given)))
            continue
        name = _name(raw, family)
        if name in ("hidden_act", raw) and isinstance(held.value, str):
            held = held._replace(value=_ACTIVATIONS.get(held.value, held.value))
        if name == raw:
            found[name] = held
        else:
            others.append((name, raw, held))
    for name, raw, held in sorted(others, key=lambda each: each[1] not in family.names):
        found.setdefault(raw if name in found else name, held)
    return found


def _name(raw: str, family: ModelType) -> str:
    """The one name of a field, or of an item of one: `attn_config.alibi`."""
    first, dot, rest = raw.partition(".")
    return family.names.get(raw) or f"{family.names.get(first) or spelled(first)}{dot}{rest}"


def _joined(given: Mapping[str, HeldField]) -> Value:
    """The names of the labels, as one value."""
    return tuple(held.value for name, held in given.items() if name.startswith("id2label."))


def _check(held: Mapping[str, HeldField]) -> None:
    """Refuses what is no number where only a number makes sense."""
    for spelling, each in held.items():
        name, value = spelled(spelling), each.value
        field = field_of(name)
        counts = field is not None and field.effect in (Effect.FUNCTION, Effect.TRAINING, Effect.INIT)
        if isinstance(value, str) and counts and _NUMBER.fullmatch(value.strip()):
            raise _wrong(each, f'the text "{value}"', "write the number without quotes")
        if name in _SIZES and isinstance(value, (str, bool, float)):
            raise _wrong(each, f"{str(value).lower() if isinstance(value, bool) else repr(value)}", "a whole number")
        if name in _SIZES and isinstance(value, int) and value < 0:
            raise _wrong(each, str(value), "a whole number from 0 on")
        if name in _DEPTHS and isinstance(value, int) and value > MOST_LAYERS:
            raise _wrong(each, f"{value}", f"no real network has more than {MOST_LAYERS:,} layers")


_DEPTHS: Final = ("num_hidden_layers", "encoder_layers", "decoder_layers", "num_decoder_layers")
_SIZES: Final = frozenset(
    {*_DEPTHS, "hidden_size", "num_attention_heads", "num_key_value_heads", "head_dim", "vocab_size"}
    | {"encoder_attention_heads", "decoder_attention_heads", "encoder_ffn_dim", "decoder_ffn_dim"}
)


def _wrong(held: HeldField, what: str, way_out: str) -> ReadError:
    return ReadError(f"{held.raw} is {what}", source=held.source, line=held.line, way_out=way_out)
