"""A norm that prints the activation behind it as its child (timm's BatchNormAct2d) is a norm and then an activation."""

from __future__ import annotations

from collections.abc import Sequence

from archdiff.model.effects import Effect
from archdiff.model.network import Layer
from archdiff.semantics.kinds import Trait, has, may_have
from archdiff.semantics.rules import Rule, each_child, pulled_up


def _apart(child: Layer) -> Sequence[Layer] | None:
    if not child.children or not has(child, Trait.LEADS):
        return None
    return [child._replace(children=()), *(pulled_up(child, inner) for inner in child.children)]


RULE = Rule(
    name="norm_act",
    effect=Effect.COSMETIC,
    because="it runs the norm and then what it prints",
    rewrite=each_child(_apart, holders=True),
    concerns=lambda _kind, below: any(may_have(each, Trait.LEADS) for each in below),
)
