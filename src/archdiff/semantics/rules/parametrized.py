"""`ParametrizedConv1d` is a Conv1d; what stands between it and its weights stands behind it as a layer of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from archdiff.model.effects import Effect
from archdiff.model.network import Layer, Setting
from archdiff.semantics import kinds
from archdiff.semantics.rules import Rule, each_child, pulled_up

_PREFIX: Final = "Parametrized"
_PARTS: Final = "parametrizations"


def _apart(layer: Layer) -> Sequence[Layer] | None:
    """The layer that is parametrized, and what it is parametrized with."""
    name = layer.class_name.removeprefix(_PREFIX)
    if name == layer.class_name or layer.kind:  # as of nearly all
        return None
    kind = kinds.find(name)
    held = [child for child in layer.children if child.name == _PARTS]
    if kind is None or not held:
        return None
    own = tuple(child for child in layer.children if child.name != _PARTS)
    settings = kinds.resolve(kind, name, layer.settings)
    parts = [
        pulled_up(layer, pulled_up(each, part)) for each in held for tensor in each.children for part in _of(tensor)
    ]
    return [layer._replace(class_name=name, kind=kind.name, settings=settings, children=own), *parts]


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
    rewrite=each_child(_apart, holders=True),
    concerns=lambda _kind, below: "" in below,
)
