"""A config.json of transformers, diffusers or timm: fields by name, each with the line of its key.

Plain JSON; the libraries are not needed. Must not know what a field means, which `semantics.configs` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from archdiff.model.errors import ReadError
from archdiff.model.facts import Fact, Provenance
from archdiff.model.network import Layer, Network, Span, Value
from archdiff.parse.blocks import Blocks
from archdiff.parse.document import Document
from archdiff.parse.lines import split
from archdiff.parse.readers import Format
from archdiff.parse.readers.notes import read_lines

#: keys of which a configuration has at least one: what names the model
_NAMES: Final = ("architectures", "_class_name", "architecture", "model_type", "auto_map", "transformers_version")
#: and sizes, of configurations that people write themselves
_SIZES: Final = ("hidden_size", "d_model", "n_embd", "n_layer", "n_head", "num_hidden_layers", "num_attention_heads")

MAX_NESTING: Final = 50
_START: Final = re.compile(r'\s*\{\s*(?:"(?:[^"\\]|\\.)*"\s*:|\})')
_STRING: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_WAY_OUT: Final = "give the config.json that stands beside the weights, as its library wrote it"


def _sniff(text: str) -> bool:
    """An object, and no notebook, which comes before."""
    return _START.match(text) is not None


def _read_text(source: str, text: str, blocks: Blocks) -> Document:
    """A configuration where its keys name one, else what is printed between."""
    if not any(f'"{name}"' in text for name in (*_NAMES, *_SIZES)):
        document = read_lines(source, text, blocks)
        if document.networks or not text.rstrip().endswith("}"):
            return document
    facts = read_config(source, text)
    name = _class_name(facts)
    root = Layer("", name, span=Span(source, 1))
    lines = text.count("\n") + 1
    return Document(source, (Network(root, name, (name,), source, 1, lines, facts=facts),))


def read_config(source: str, text: str) -> tuple[Fact, ...]:
    """The fields of a configuration in the order of the file.

    Args:
        source: What messages call it.
        text: All of it.

    Returns:
        A fact a field; those of an object inside of it under joined names: `rope_scaling.factor`.

    Raises:
        ReadError: It is no JSON, no object, or no configuration; or a key stands twice, with the line.
    """
    import json  # only for configurations

    try:
        pairs = json.loads(text, object_pairs_hook=_JsonFields)
        facts = tuple(_facts(source, text, pairs))
    except json.JSONDecodeError as error:
        place = Span(source, error.lineno, error.colno, 1)
        raise split(source, text).error(f"no valid JSON: {error.msg}", place, _WAY_OUT) from None
    except RecursionError:
        raise _too_deep(source) from None
    except ValueError as error:  # a number of very many digits
        raise ReadError(f"no configuration: {error}", source=source, way_out=_WAY_OUT) from None
    if not {fact.name.partition(".")[0] for fact in facts} & {*_NAMES, *_SIZES}:
        raise ReadError(
            "JSON, and no configuration of a model: no key names one (model_type, _class_name, architecture)",
            source=source,
            line=1,
            way_out=_WAY_OUT,
        )
    return facts


class _JsonFields(list[tuple[str, Any]]):
    """A JSON object in the order of the file, doubled keys and all."""


def _facts(source: str, text: str, pairs: object) -> Iterator[Fact]:
    if not isinstance(pairs, _JsonFields):
        raise ReadError("JSON, and no object of fields", source=source, line=1, way_out=_WAY_OUT)
    strings = _STRING.finditer(text)
    lines = _LineCounter(text)

    def fields(held: _JsonFields, prefix: str, depth: int) -> Iterator[Fact]:
        if depth > MAX_NESTING:
            raise _too_deep(source)
        before: dict[str, int] = {}
        for key, value in held:
            line = lines.of(next(strings).start())
            if key in before:
                message = f'the key "{key}" stands twice, first on line {before[key]}'
                raise ReadError(message, source=source, line=line, way_out="delete the one that does not hold")
            before[key] = line
            if isinstance(value, _JsonFields) and value:
                yield from fields(value, f"{prefix}{key}.", depth + 1)
            else:
                yield Fact(f"{prefix}{key}", _value(value, depth), Provenance.CONFIG, source=source, line=line)
                for _ in range(_strings_in(value)):
                    next(strings)

    yield from fields(pairs, "", 0)


class _LineCounter:
    """Lines of places that are asked for in order."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._offset, self._line = 0, 1

    def of(self, offset: int) -> int:
        self._line += self._text.count("\n", self._offset, offset)
        self._offset = offset
        return self._line


def _too_deep(source: str) -> ReadError:
    message = f"a configuration nested deeper than {MAX_NESTING} levels"
    return ReadError(message, source=source, line=1, way_out=_WAY_OUT)


def _value(value: Any, depth: int) -> Value:
    """A value of JSON as a setting holds it: objects in lists are pairs."""
    if isinstance(value, _JsonFields):
        return tuple((key, _value(item, depth + 1)) for key, item in value)
    if isinstance(value, list):
        return tuple(_value(item, depth + 1) for item in value)
    known: Value = value
    return known


def _strings_in(value: Any) -> int:
    """How many strings stand in a value."""
    if isinstance(value, _JsonFields):
        return sum(1 + _strings_in(item) for _, item in value)
    if isinstance(value, list):
        return sum(map(_strings_in, value))
    return int(isinstance(value, str))


def _class_name(facts: tuple[Fact, ...]) -> str:
    """What the network is called: its class, else its type."""
    held = {fact.name: fact.value for fact in facts}
    architectures = held.get("architectures")
    first = architectures[0] if isinstance(architectures, tuple) and architectures else None
    names = (first, held.get("_class_name"), held.get("architecture"), held.get("model_type"))
    return next((name for name in names if isinstance(name, str) and name), "config")


FORMAT = Format("model_config", 30, _sniff, _read_text)
