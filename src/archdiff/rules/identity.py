"""A layer that gives back its input (Identity) is left out of the container that holds it."""

from __future__ import annotations

from archdiff.effects import Effect
from archdiff.kinds import Trait
from archdiff.network import Layer
from archdiff.rules import Rule, has, may_have, runs_in_printed_order


def _rewrite(layer: Layer) -> Layer | None:
    if not runs_in_printed_order(layer):
        return None
    kept = tuple(child for child in layer.children if not has(child, Trait.IDENTITY))
    return layer._replace(children=kept) if kept and len(kept) < len(layer.children) else None


RULE = Rule(
    name="identity",
    effect=Effect.COSMETIC,
    finding="AD302",
    because="it gives back its input in training and in inference",
    rewrite=_rewrite,
    concerns=lambda kind, below: any(may_have(each, Trait.IDENTITY) for each in below),
)
