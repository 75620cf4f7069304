"""What a model type means by its fields: `families/<model type>.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from archdiff.model.effects import Effect
from archdiff.model.network import Value

_FOLDER: Final = Path(__file__).with_name("families")


class ModelType(NamedTuple):
    """One model type.

    Attributes:
        name: `model_type` of transformers, the class of diffusers; "" for one that nobody has written down.
        defaults: What its class takes where a file says nothing, by the names that the class has for it.
        earlier: The same of versions before the one that is named.
        names: What this type calls a field otherwise than all others.
        effects: What a field changes in this type, where that is not what it changes in others.
        parts: The model types of configurations inside of this one.
    """

    name: str
    defaults: Mapping[str, Value]
    earlier: tuple[tuple[str, Mapping[str, Value]], ...]
    names: Mapping[str, str]
    effects: Mapping[str, Effect]
    parts: Mapping[str, str]

    def defaults_of(self, version: str) -> dict[str, Value]:
        """The defaults by the version that wrote a file; the newest where it does not say."""
        found = dict(self.defaults)
        for before, values in sorted(self.earlier, key=lambda each: _numbers(each[0]), reverse=True):
            if version and _numbers(version) < _numbers(before):
                found |= values
        return found


@cache
def model_type_of(name: str) -> ModelType:
    """The model type of this name, which holds nothing where no file has it."""
    held: dict[str, Any] = {}
    if re.fullmatch(r"[\w.-]+", name) and (file := _FOLDER / f"{name}.toml").is_file():
        with file.open("rb") as opened:
            held = tomllib.load(opened)
    unset = dict.fromkeys(held.get("unset", ()))
    return ModelType(
        name if held else "",
        _flat({**unset, **held.get("defaults", {})}),
        tuple((before, _flat(values)) for before, values in held.get("before", {}).items()),
        held.get("names", {}),
        {field: Effect[word.upper()] for field, word in held.get("effects", {}).items()},
        held.get("parts", {}),
    )


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Value]:
    """Tables in tables under joined names, lists as tuples, as the facts of a file are."""
    found: dict[str, Value] = {}
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            found |= _flat(value, f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = () if isinstance(value, Mapping) else _frozen(value)
    return found


def _frozen(value: Any) -> Value:
    frozen: Value = tuple(map(_frozen, value)) if isinstance(value, list) else value
    return frozen


def _numbers(version: str) -> tuple[int, ...]:
    """`4.51.0.dev0` -> (4, 51, 0)."""
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])
