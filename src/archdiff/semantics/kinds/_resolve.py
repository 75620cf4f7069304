"""What a layer prints, under the names of its kind: positions named, one number for all sides, what a class implies."""

from __future__ import annotations

from functools import cache

from archdiff.model.network import NAME, UNKNOWN, Layer, Setting
from archdiff.semantics.kinds._kind import Kind, Trait
from archdiff.semantics.kinds._settings import CUT, Settings, spread
from archdiff.semantics.kinds._table import by_name, may_have, row_of


def resolve(kind: Kind, class_name: str, settings: tuple[Setting, ...]) -> tuple[Setting, ...]:
    """Every setting under its field's name, ints spread over the dimensions, what the class implies added.

    Args:
        kind: that of the class.
        class_name: as printed.
        settings: as printed, in this order.

    Returns:
        The same object where nothing changes, as for most layers.
    """
    also, counts, rewritten = _rewritten(kind)
    row = row_of(class_name)
    implied = kind.classes[row]
    if rewritten.isdisjoint(map(NAME, settings)) and not implied and not row.startswith("Lazy"):
        return settings
    position = iter(kind.positional)
    named: list[Setting] = []
    cut = False
    for index, setting in enumerate(settings, 1):
        if setting.name is None and setting.value in (CUT, "\u2026"):
            cut, position = True, iter(())  # which setting is the 4 of Linear(..., 4)?
            continue
        name, value, text = setting.name or next(position, f"setting {index}"), setting.value, setting.text
        if name in also:
            field = kind.field(also[name])
            name, text = also[name], setting.as_printed if field and field.rounded else ""
        value = spread(value, counts[name]) if name in counts else value
        same = name == setting.name and value is setting.value
        named.append(setting if same else Setting(name, value, text))
    if cut:
        named.append(Setting(CUT, UNKNOWN))
    if implied:
        printed = {setting.name for setting in named}
        left = [(name, value) for name, value in implied.items() if name not in printed]
        named += [Setting(name, spread(value, counts.get(name, 0))) for name, value in left]
    if row.startswith("Lazy"):
        named = [_of_first_input(kind, setting) for setting in named]
    return tuple(named)


def resolved(layer: Layer, kind: Kind) -> Layer:
    """A printed layer of this kind, with its settings as `resolve` names them."""
    return layer._replace(kind=kind.name, settings=resolve(kind, layer.class_name, layer.settings))


def _of_first_input(kind: Kind, setting: Setting) -> Setting:
    """A lazy layer prints 0 for what it takes from its first input."""
    field = kind.field(setting.name) if setting.name else None
    waits = field is not None and field.aspect == "input" and setting.value == 0
    return Setting(setting.name, UNKNOWN, setting.text) if waits else setting


@cache
def _rewritten(kind: Kind) -> tuple[dict[str | None, str], dict[str | None, int], frozenset[str | None]]:
    """Other names of fields with the field's own, over how many numbers one is spread, and all such names."""
    also: dict[str | None, str] = {other: field.name for field in kind.fields for other in field.also}
    counts: dict[str | None, int] = {field.name: field.spread for field in kind.fields if field.spread}
    return also, counts, frozenset((None, *also, *counts))


def settings_of(layer: Layer) -> Settings:
    """The settings of a layer in normal form, whose kind is known."""
    kind = by_name()[layer.kind]
    return Settings(kind, {setting.name: setting.value for setting in layer.settings if setting.name})


def has(layer: Layer, trait: Trait) -> bool:
    """Whether a layer in normal form has a trait; one of an unknown class has none."""
    if not may_have(layer.kind, trait):
        return False
    kind = by_name()[layer.kind]
    return trait in kind.traits or kind.has(trait, settings_of(layer))
