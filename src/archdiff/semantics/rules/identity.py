"""A layer that gives back its input (Identity) is left out of a container that runs its children in order.

Elsewhere its name may be what the forward calls: `norm` and `fc_norm`, one of which is an Identity.
"""

from __future__ import annotations

from archdiff.model.effects import Effect
from archdiff.model.network import Layer
from archdiff.semantics.containers import runs_in_order
from archdiff.semantics.kinds import Trait, has, may_have
from archdiff.semantics.rules import Rule


def _rewrite(layer: Layer) -> Layer | None:
    if not (runs_in_order(layer) or has(layer, Trait.LEADS)):
        return None
    left = tuple([child for child in layer.children if child.settings or not has(child, Trait.IDENTITY)])
    return layer._replace(children=left) if 0 < len(left) < len(layer.children) else None


RULE = Rule(
    name="identity",
    effect=Effect.COSMETIC,
    because="it gives back its input in training and in inference",
    rewrite=_rewrite,
    one_by_one=True,
    concerns=lambda _kind, below: any(may_have(each, Trait.IDENTITY) for each in below),
)
