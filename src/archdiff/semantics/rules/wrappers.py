"""A wrapper that computes what its only child computes (DataParallel, a compiled module) is left out."""

from __future__ import annotations

from archdiff.model.effects import Effect
from archdiff.model.network import Layer, moved
from archdiff.semantics.kinds import Trait
from archdiff.semantics.rules import Rule, has, may_have


def _rewrite(layer: Layer) -> Layer | None:
    if len(layer.children) == 1 and has(layer, Trait.WRAPS):
        return moved(layer.children[0], layer.shift)._replace(name=layer.name)
    return None


RULE = Rule(
    name="wrappers",
    effect=Effect.COSMETIC,
    finding="AD107",
    because="the wrapper only passes its input on to the one module that it holds",
    rewrite=_rewrite,
    concerns=lambda kind, below: may_have(kind, Trait.WRAPS),
)
