"""`(0-11): 12 x Block(` stands for twelve equal blocks, which share one value here."""

from __future__ import annotations

import re

from archdiff.effects import Effect
from archdiff.network import Layer
from archdiff.rules import Rule

_RANGE = re.compile(r"(\d+)(?:-(\d+))?")


def _rewrite(layer: Layer) -> Layer | None:
    if all(child.repeat == 1 for child in layer.children):
        return None
    children: list[Layer] = []
    for child in layer.children:
        children += [child._replace(name=name, repeat=1) for name in _names(child)]
    return layer._replace(children=tuple(children))


def _names(child: Layer) -> list[str]:
    """`0-27, 29-47` -> its 47 names; numbers from 0 where the name does not tell as many as the repeat."""
    if child.repeat == 1:
        return [child.name]
    found: list[str] = []
    for match in _RANGE.finditer(child.name):
        first, last = int(match[1]), int(match[2] or match[1])
        if last - first >= child.repeat:
            break
        found += [str(number) for number in range(first, last + 1)]
    return found if len(found) == child.repeat else [f"{child.name}.{number}" for number in range(child.repeat)]


RULE = Rule(
    name="repeats",
    effect=Effect.COSMETIC,
    finding="AD302",
    because="newer torch prints equal neighbours once, with a count",
    rewrite=_rewrite,
)
