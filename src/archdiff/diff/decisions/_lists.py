"""Lists of blocks, which are the stages of a network. Must not compare two networks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from archdiff.diff.decisions._proposal import numberless
from archdiff.diff.network_index import NetworkIndex
from archdiff.model.network import Layer, join


def blocks_of(of: Layer) -> int:
    """Those of the class that most of them have; they have layers in them, and numbers for names."""
    counted: Counter[str] = Counter()
    for child in of.children:
        if child.children:
            counted[child.class_name] += child.repeat
    return max(counted.values(), default=0)


def lists_named_as(holder: str, side: NetworkIndex) -> Iterator[str]:
    """The paths of all lists with the same name but for its numbers, in printed order."""

    def below(layer: Layer, path: str, wanted: list[str]) -> Iterator[str]:
        if not wanted:
            if blocks_of(layer):
                yield path
            return
        for child in layer.children:
            if numberless(child.name) == wanted[0]:
                yield from below(child, join(path, child.name), wanted[1:])

    yield from below(side.sized.network.root, "", numberless(holder).split(".") if holder else [])
