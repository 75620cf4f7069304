"""A norm that prints the activation behind it as its child (timm's BatchNormAct2d) is a norm and then an activation."""

from __future__ import annotations

from archdiff.model.effects import Effect
from archdiff.model.network import Layer
from archdiff.semantics.kinds import Trait, has, may_have
from archdiff.semantics.rules import Rule, pulled_up


def _rewrite(layer: Layer) -> Layer | None:
    if not any(_leads(child) for child in layer.children):
        return None
    children: list[Layer] = []
    for child in layer.children:
        if _leads(child):
            children += [child._replace(children=()), *(pulled_up(child, inner) for inner in child.children)]
        else:
            children.append(child)
    return layer._replace(children=tuple(children))


def _leads(layer: Layer) -> bool:
    return bool(layer.children) and has(layer, Trait.LEADS)


RULE = Rule(
    name="norm_act",
    effect=Effect.COSMETIC,
    because="it runs the norm and then what it prints",
    rewrite=_rewrite,
    concerns=lambda kind, below: any(may_have(each, Trait.LEADS) for each in below),
)
