"""A wrapper that computes what its only child computes (DataParallel, a compiled module) is left out.

Its child keeps both names, `module.conv1`, since that is what paths and the keys of a checkpoint are.
"""

from __future__ import annotations

from archdiff.model.effects import Effect
from archdiff.model.network import Layer
from archdiff.semantics.kinds import Trait
from archdiff.semantics.rules import Rule, has, may_have, pulled_up


def _rewrite(layer: Layer) -> Layer | None:
    if not layer.name and _wraps(layer):  # nothing holds the whole network
        return pulled_up(layer, layer.children[0])
    if not any(map(_wraps, layer.children)):
        return None
    inner = tuple([pulled_up(child, child.children[0]) if _wraps(child) else child for child in layer.children])
    return layer._replace(children=inner)


def _wraps(layer: Layer) -> bool:
    if layer.settings or len(layer.children) != 1 or not has(layer, Trait.WRAPS):
        return False
    return layer.repeat == layer.children[0].repeat == 1


RULE = Rule(
    name="wrappers",
    effect=Effect.COSMETIC,
    finding="AD107",
    because="the wrapper only passes its input on to the one module that it holds",
    rewrite=_rewrite,
    concerns=lambda kind, below: may_have(kind, Trait.WRAPS) or any(may_have(each, Trait.WRAPS) for each in below),
)
