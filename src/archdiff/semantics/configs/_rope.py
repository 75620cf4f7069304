"""Rotary positions in the two forms that configurations have had, as the same fields.

Until version 4 of transformers `rope_theta`, `rope_scaling` and `partial_rotary_factor`; since version 5
`rope_parameters`, which also has one set for each kind of layer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from archdiff.model.network import Value
from archdiff.semantics.configs._part import HeldField

_BASES: Final = {
    "rope_theta": "rope_base",
    "rotary_emb_base": "rope_base",
    "rotary_embedding_base": "rope_base",
    "global_rope_theta": "rope_base",
    "rope_local_base_freq": "rope_base_local",
    "local_rope_theta": "rope_base_local",
    "partial_rotary_factor": "rotary_factor",
    "rotary_pct": "rotary_factor",
    "rope_pct": "rotary_factor",
    "rope_percent": "rotary_factor",
}
_GROUPS: Final = ("rope_scaling", "rope_parameters")
_ITEMS: Final = {"rope_theta": "rope_base", "partial_rotary_factor": "rotary_factor", "type": "rope_type"}
_LAYERS: Final = {"full_attention": "", "sliding_attention": "_local"}
#: other words for a type; the sections of a multimodal rope stand in an item of their own
_TYPES: Final[Mapping[Value, str]] = {"su": "longrope", "mrope": "default"}

#: the fields that both forms become; all items of the scaling are `rope_scaling.NAME`
SCALING: Final = "rope_scaling."
#: items that count without a scaling
ALWAYS: Final = frozenset({"mrope_section", "mrope_interleaved"})


def is_rope(name: str) -> bool:
    """Whether a field is one of those that are read here."""
    return name in _BASES or name.partition(".")[0] in _GROUPS


def fields(given: Mapping[str, HeldField]) -> Iterator[tuple[str, HeldField]]:
    """The fields of rope by their one name, where several say the same the last one.

    Args:
        given: Every field of a part, by its name in the file.
    """
    for name, held in given.items():
        group, _, rest = name.partition(".")
        if name in _BASES:
            yield _BASES[name], held
        elif group in _GROUPS and not rest:
            if held.value in (None, ()):
                yield "rope_type", held._replace(value="default")
            else:
                yield name, held
        elif group in _GROUPS:
            layer, _, item = rest.partition(".")
            suffix, item = (_LAYERS[layer], item) if layer in _LAYERS else ("", rest)
            if layer in _LAYERS and not item:
                continue  # null: this kind of layer has no scaling
            yield _item(item, suffix, held)


def _item(item: str, suffix: str, held: HeldField) -> tuple[str, HeldField]:
    if item in _ITEMS or item == "rope_type":
        value = _TYPES.get(held.value, held.value) if item in ("type", "rope_type") else held.value
        value = "default" if value is None else value
        return f"{_ITEMS.get(item, item)}{suffix}", held._replace(value=value)
    return f"{SCALING}{item}{suffix}", held
