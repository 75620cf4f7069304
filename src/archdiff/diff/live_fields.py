"""What a live module holds and a config.json says as well: heads, their size, the base of rope, experts for each input.

Attributes have the names of fields, in any of their spellings. Must not decide what a difference changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from archdiff.diff.live_modules import LiveNetwork
from archdiff.model.network import UNKNOWN, Value
from archdiff.semantics.configs import Configuration, HeldField, spelled

_HEADS: Final = ("num_attention_heads", "encoder_attention_heads", "decoder_attention_heads")
_SIZE: Final = "head_dim"
#: by the field that an attribute is spelled as, those that may say its value
_SAID_BY: Final = {
    **dict.fromkeys(_HEADS, _HEADS),
    _SIZE: (_SIZE,),
    "rope_base": ("rope_base", "rope_base_local"),
    "num_experts_per_tok": ("num_experts_per_tok",),
}


class LiveValue(NamedTuple):
    """One attribute of a live module.

    Attributes:
        name: The one name of its field.
        value: What the module holds.
        path: Of the first module that holds it so.
        modules: How many do.
    """

    name: str
    value: Value
    path: str
    modules: int


class Disagreement(NamedTuple):
    """An attribute with another value than the configuration of its network says.

    Attributes:
        live: The attribute.
        says: What the configuration says.
        held: Where; None where it is a default.
    """

    live: LiveValue
    says: Value
    held: HeldField | None


def values(live: LiveNetwork) -> list[LiveValue]:
    """The attributes of a live network that are fields of configurations, each value once."""
    found: dict[tuple[str, Value], LiveValue] = {}
    held = [(path, name, value) for path, module in live.modules.items() for name, value in module.attributes.items()]
    held += [(path, name, value) for (path, name), value in live.settings.items()]
    for path, attribute, value in dict.fromkeys(each for each in held if _is_number(each[2])):
        if name := field_name(attribute):
            first = found.setdefault((name, value), LiveValue(name, value, path, 0))
            found[name, value] = first._replace(modules=first.modules + 1)
    return [*found.values()]


#: what attributes of modules are called beside the spellings of their field
_FIELD_NAMES: Final = {"rope_theta": "rope_base", "base": "rope_base", "top_k": "num_experts_per_tok"}


def disagreements(live: LiveNetwork, said: Configuration, told: Iterable[str] = ()) -> list[Disagreement]:
    """The attributes of a live network that its own configuration contradicts.

    Args:
        live: The network.
        said: Its configuration; what it does not say contradicts nothing.
        told: Fields that its print contradicts already. Of heads and their size one follows from the other.
    """
    found = [
        Disagreement(each, *answers[0])
        for each in values(live)
        if (answers := answers_of(said, each.name)) and not any(each.value == value for value, _ in answers)
    ]
    names = {each.live.name for each in found} | {*told}
    return [
        each
        for each in found
        if each.live.name not in told and not (each.live.name == _SIZE and not names.isdisjoint(_HEADS))
    ]


def answers_of(said: Configuration, name: str) -> list[tuple[Value, HeldField | None]]:
    """What a configuration says of a field, in all its parts: values, with the field that says so."""
    return [answer for each in _SAID_BY.get(name, ()) for answer in _answers(said, each)]


def field_name(attribute: str) -> str:
    """The one name of the field that an attribute of a module is; "" where it is none of those above."""
    name = spelled(_FIELD_NAMES.get(attribute, attribute))
    return name if name in _SAID_BY else ""


def _answers(said: Configuration, name: str) -> Iterator[tuple[Value, HeldField | None]]:
    """What each part of a configuration says of a field; of a list what stands in it."""
    for part in said.parts.values():
        value = part.value(name)
        for each in value if isinstance(value, tuple) else (value,):
            if each is not UNKNOWN and _is_number(each):
                yield each, part.held.get(name) or (part.held.get(_HEADS[0]) if name == _SIZE else None)


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
