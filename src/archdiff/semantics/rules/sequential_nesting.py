"""A Sequential inside a container that runs its children in order is no layer of its own."""

from __future__ import annotations

from archdiff.model.effects import Effect
from archdiff.model.network import Layer
from archdiff.semantics.containers import runs_in_order
from archdiff.semantics.kinds import Trait, has, may_have
from archdiff.semantics.rules import Rule, pulled_up


def _rewrite(layer: Layer) -> Layer | None:
    if not runs_in_order(layer) or not any(map(_dissolves, layer.children)):
        return None
    children: list[Layer] = []
    for child in layer.children:
        children += [pulled_up(child, inner) for inner in child.children] if _dissolves(child) else [child]
    return layer._replace(children=tuple(children))


def _dissolves(layer: Layer) -> bool:
    return has(layer, Trait.SEQUENTIAL) and not layer.settings


RULE = Rule(
    name="sequential_nesting",
    effect=Effect.COSMETIC,
    finding="",
    because="a Sequential runs its children one after the other, wherever it stands",
    rewrite=_rewrite,
    concerns=lambda kind, below: any(may_have(each, Trait.SEQUENTIAL) for each in below),
)
