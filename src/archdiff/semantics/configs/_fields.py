"""The fields that are known of configurations, and how they are spelled: `fields.toml` as values."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from archdiff.model.effects import Effect

_FILE: Final = Path(__file__).with_name("fields.toml")


class ConfigField(NamedTuple):
    """One field of configurations.

    Attributes:
        name: The one name that it has here.
        words: What reports call it.
        effect: What another value changes, where nothing says otherwise.
    """

    name: str
    words: str
    effect: Effect


@cache
def _table() -> tuple[dict[str, ConfigField], dict[str, str]]:
    """Fields by their name, and names by their spelling."""
    with _FILE.open("rb") as file:
        groups = tomllib.load(file)
    fields: dict[str, ConfigField] = {}
    spellings: dict[str, str] = {}
    for effect, rows in groups.items():
        for name, row in rows.items():
            words, *others = [row] if isinstance(row, str) else row
            fields[name] = ConfigField(name, words, Effect[effect.upper()])
            spellings.update(dict.fromkeys((name, *others), name))
    return fields, spellings


def field_of(name: str) -> ConfigField | None:
    """The field of this name; None where nobody knows it.

    Args:
        name: Of a field, or of an item of one: `rope_scaling.factor`.
    """
    fields, spellings = _table()
    first, _, rest = name.partition(".")
    if found := fields.get(name) or fields.get(first) or fields.get(spellings.get(first, "")):
        return found._replace(name=name, words=f"{found.words} ({rest})") if rest else found
    words = (spellings.get(part, "") for part in rest.split(".")[::-1])  # `attn_config.alibi`
    inner = next((fields[word] for word in words if word in fields), None)
    return inner and inner._replace(name=name, words=f"{inner.words} ({first})")


def spelled(name: str) -> str:
    """The one name of a field that may have several."""
    return _table()[1].get(name, name)
