"""Changes of one token of a print, each with the least that a verdict on it must say.

A token is a class name, the value of a setting, a setting, a child line, a name or a repeat count. What it can mean is
read from the table of kinds and never from what a comparison does.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from archdiff.model.network import UNKNOWN, Layer, Setting, Value
from archdiff.parse.unparse import unparse
from archdiff.semantics import kinds
from archdiff.semantics.kinds import Field, Kind, Trait

KINDS = ("class", "value", "setting less", "setting more", "line less", "line more", "name", "repeat")
#: what stands on child lines and is no module
NO_MODULES = ("None", "Parameter", "Buffer", "Object", "Tensor")
EXTRA = Layer("extra", "Unheard", (Setting("of", 3),))


@dataclass(frozen=True)
class Change:
    """A print with one token changed."""

    kind: str
    text: str
    at_least: str  # an effect; "cosmetic" asks for a finding and nothing more
    layer: Layer  # as it was
    setting: str = ""
    place: str = ""


def changes(root: Layer) -> Iterator[Change]:
    """Every token of the tree, changed once."""
    for path, layer in _walk(root, ()):
        place = ".".join(_at(root, path[:depth]).name for depth in range(1, len(path) + 1)) or "the root"
        for kind, new, at_least, setting in _of_layer(layer, is_root=not path):
            yield Change(kind, _text(_with(root, path, new)), at_least, layer, setting, place)
        if path:
            less = _with(root, path, None)
            if any(child.class_name != "None" for child in less.children):
                yield Change("line less", _text(less), _without(layer), layer, place=place)


def _of_layer(layer: Layer, is_root: bool) -> Iterator[tuple[str, Layer, str, str]]:
    """Kind of change, the layer changed, the least effect, the setting: of each change."""
    if layer.class_name.isidentifier() and layer.class_name not in NO_MODULES:
        at_least = "cosmetic" if layer.children or is_root else "unknown"
        yield "class", layer._replace(class_name="Unheard"), at_least, ""
        yield from _of_settings(layer)
    if layer.children:
        names = {child.name for child in layer.children}
        extra = EXTRA._replace(name=str(len(layer.children)) if all(map(str.isdecimal, names)) else EXTRA.name)
        yield "line more", layer._replace(children=(*layer.children, extra)), "unknown", ""
    if not is_root and layer.repeat == 1:
        yield "name", layer._replace(name=f"{layer.name}_other"), "cosmetic", ""
    if layer.repeat > 1 and (bounds := layer.name.split("-")) and len(bounds) == 2 and bounds[1].isdecimal():
        more = layer._replace(repeat=layer.repeat + 1, name=f"{bounds[0]}-{int(bounds[1]) + 1}")
        yield "repeat", more, _without(layer), ""


def _of_settings(layer: Layer) -> Iterator[tuple[str, Layer, str, str]]:
    kind = kinds.find(layer.class_name)
    positions = iter(kind.positional if kind else ())
    for at, setting in enumerate(layer.settings):
        name = setting.name or next(positions, None)
        field = _field(kind, name)
        around = layer.settings[:at], layer.settings[at + 1 :]
        other = _other(setting.value)
        if other is not None:
            new = layer._replace(settings=(*around[0], Setting(setting.name, other), *around[1]))
            yield "value", new, field.effect.word if field else "unknown", name or ""
        if setting.name is not None:
            less = layer._replace(settings=(*around[0], *around[1]))
            yield "setting less", less, _without_setting(field, setting.value), setting.name
    more = layer._replace(settings=(*layer.settings, Setting("unheard_of", 3)))
    yield "setting more", more, "unknown", "unheard_of"


def _field(kind: Kind | None, name: str | None) -> Field | None:
    if kind is None or name is None:
        return None
    return kind.field(name) or next((field for field in kind.fields if name in field.also), None)


def _without_setting(field: Field | None, value: Value) -> str:
    """A setting that is not printed may be at its default; where the default is not known, a finding must say so."""
    if field is None or callable(field.default) or field.default in (kinds.REQUIRED, UNKNOWN, value):
        return "cosmetic"
    read_off = field.aspect in ("k-winners", "input") or field.name == "n"  # what comes in tells it as well
    return "cosmetic" if field.spread or read_off else field.effect.word


def _without(layer: Layer) -> str:
    """What a layer less, or once more, can change at least."""
    if layer.children:
        inside = [_without(child) for child in layer.children]
        return next(effect for effect in ("unknown", "training", "cosmetic") if effect in inside)
    kind = kinds.find(layer.class_name)
    if kind is None:
        return "cosmetic" if layer.class_name in ("None", "") else "unknown"
    if Trait.IDENTITY in kind.traits:
        return "cosmetic"
    holds_nothing = kind.traits & {Trait.SEQUENTIAL, Trait.LISTS, Trait.WRAPS}
    if holds_nothing or kind.traits & {Trait.LOSS, Trait.METRIC}:
        return "cosmetic"
    return "training" if Trait.DROPS in kind.traits else "unknown"


def _other(value: Value) -> Value:
    """Another value of the same type; None where there is none that makes sense."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case float() if math.isfinite(value):
            return value * 1.5 + 0.25
        case (first, *rest) if (other := _other(first)) is not None:
            return (other, *rest)
        case str() if value.isidentifier():
            return f"{value}_other"
    return None


# Trees


def _walk(layer: Layer, path: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], Layer]]:
    yield path, layer
    for at, child in enumerate(layer.children):
        yield from _walk(child, (*path, at))


def _at(layer: Layer, path: tuple[int, ...]) -> Layer:
    for index in path:
        layer = layer.children[index]
    return layer


def _with(layer: Layer, path: tuple[int, ...], new: Layer | None) -> Layer:
    """The tree with another layer at a place, or none."""
    if not path:
        assert new is not None
        return new
    at, *rest = path
    inner = _with(layer.children[at], tuple(rest), new) if rest or new else None
    return layer._replace(children=(*layer.children[:at], *([inner] if inner else []), *layer.children[at + 1 :]))


def _text(root: Layer) -> str:
    return unparse(root) + "\n"
