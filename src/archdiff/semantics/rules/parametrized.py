"""`ParametrizedConv1d` is a Conv1d; what stands between it and its weights stands behind it as a layer of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from archdiff.model.effects import Effect
from archdiff.model.network import Layer, Setting
from archdiff.semantics import kinds
from archdiff.semantics.rules import Rule, pulled_up

_PREFIX: Final = "Parametrized"
_PARTS: Final = "parametrizations"


def _rewrite(layer: Layer) -> Layer | None:
    if not [child for child in layer.children if child.class_name.startswith(_PREFIX)]:
        return None
    children = tuple([part for child in layer.children for part in _apart(child)])
    return None if children == layer.children else layer._replace(children=children)


def _apart(layer: Layer) -> Iterator[Layer]:
    """The layer that is parametrized, and what it is parametrized with."""
    name = layer.class_name.removeprefix(_PREFIX)
    kind = kinds.find(name) if name != layer.class_name and not layer.kind else None
    if kind is None or not any(child.name == _PARTS for child in layer.children):
        yield layer
        return
    own = tuple(child for child in layer.children if child.name != _PARTS)
    settings = kinds.resolve(kind, name, layer.settings)
    yield layer._replace(class_name=name, kind=kind.name, settings=settings, children=own)
    for child in layer.children:
        if child.name == _PARTS:
            yield from (pulled_up(layer, pulled_up(child, part)) for tensor in child.children for part in _of(tensor))


def _of(tensor: Layer) -> Iterator[Layer]:
    """What makes one tensor of the layer, `weight` or `bias`."""
    for leaf in _leaves(tensor):
        yield leaf._replace(settings=(*leaf.settings, Setting("tensor", tensor.name, tensor.name)))


def _leaves(layer: Layer) -> Iterator[Layer]:
    if not layer.children:
        yield layer
    for child in layer.children:
        yield from (pulled_up(layer, inner) for inner in _leaves(child))


RULE = Rule(
    name="parametrized",
    effect=Effect.COSMETIC,
    because="it is the layer that it parametrizes, and what makes its weights",
    rewrite=_rewrite,
    concerns=lambda kind, below: "" in below,
)
