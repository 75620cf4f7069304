"""A layer that gives back its input (Identity) is left out of a container that runs its children in order.

Elsewhere its name may be what the forward calls: `norm` and `fc_norm`, one of which is an Identity.
"""

from __future__ import annotations

from archdiff.model.effects import Effect
from archdiff.model.network import Layer
from archdiff.semantics.containers import runs_in_order
from archdiff.semantics.kinds import Trait
from archdiff.semantics.rules import Rule, has, may_have


def _rewrite(layer: Layer) -> Layer | None:
    if not (runs_in_order(layer) or has(layer, Trait.LEADS)):
        return None
    found = [index for index, child in enumerate(layer.children) if has(child, Trait.IDENTITY) and not child.settings]
    if not 0 < len(found) < len(layer.children):
        return None
    first = found[0]  # one at a time, so that each is counted
    return layer._replace(children=(*layer.children[:first], *layer.children[first + 1 :]))


RULE = Rule(
    name="identity",
    effect=Effect.COSMETIC,
    finding="AD302",
    because="it gives back its input in training and in inference",
    rewrite=_rewrite,
    concerns=lambda kind, below: any(may_have(each, Trait.IDENTITY) for each in below),
)
