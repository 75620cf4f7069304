"""The windows of a convolution or a pool: those that do not overlap, and the padding around them."""

from __future__ import annotations

from collections.abc import Sequence

from archdiff.model.network import Value
from archdiff.semantics.operations._graph import Graph


def windows(graph: Graph, x: int, sizes: Sequence[int], stride: Sequence[int], places: Sequence[int]) -> int | None:
    """A map with two dimensions for each of its own: which window, and where in it; None where windows overlap.

    Args:
        graph: Which holds it.
        x: The map; its last dimensions are divided.
        sizes: Of a window.
        stride: From one to the next.
        places: How many there are.
    """
    first = len(graph.shape(x)) - len(sizes)
    stride = [size if count == 1 else step for size, step, count in zip(sizes, stride, places, strict=True)]
    if any(size not in (1, step) for size, step in zip(sizes, stride, strict=True)):
        return None
    for dim, (size, step, count) in enumerate(zip(sizes, stride, places, strict=True), first):
        if size * count > graph.shape(x)[dim]:
            return None  # the last one reaches over the end
        x = graph.sliced(x, dim, 0, count, step) if size == 1 else graph.sliced(x, dim, 0, size * count)
    pairs = [each for pair in zip(places, sizes, strict=True) for each in pair]
    return graph.reshaped(x, (*graph.shape(x)[:first], *pairs))


def symmetric(graph: Graph, x: int, padding: Sequence[int], value: Value) -> tuple[int, list[int]]:
    """A map without what is padded alike before and behind, and the padding with that.

    Args:
        graph: Which holds it.
        x: The map.
        padding: Of each of its last dimensions.
        value: With what these are padded.
    """
    inner, pads, held = graph.pads(x)
    first = len(pads) - len(padding)
    if held != value or isinstance(held, bool):
        return x, [*padding]
    alike = [0] * first + [min(before, behind) for before, behind in pads[first:]]
    left = [(before - each, behind - each) for (before, behind), each in zip(pads, alike, strict=True)]
    return graph.padded(inner, left, value), [own + each for own, each in zip(padding, alike[first:], strict=True)]
