"""`(0-11): 12 x Block(` stands for twelve equal blocks, which share one value here."""

from __future__ import annotations

from archdiff.model.effects import Effect
from archdiff.model.network import REPEAT, Layer, names
from archdiff.semantics.rules import Rule


def _rewrite(layer: Layer) -> Layer | None:
    if max(map(REPEAT, layer.children), default=1) == 1:
        return None
    children: list[Layer] = []
    for child in layer.children:
        children += [child._replace(name=name, repeat=1) for name in names(child)]
    return layer._replace(children=tuple(children))


RULE = Rule(
    name="repeats",
    effect=Effect.COSMETIC,
    because="newer torch prints equal neighbours once, with a count",
    rewrite=_rewrite,
)
