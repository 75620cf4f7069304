"""Places of a dimension by numbers: `x[:, [0, 2]]`, `index_select`, `embedding` and `gather` are one.

Where the numbers are known, slices are views; else rows of a table are taken by what comes in.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Final

from archdiff.model.trace import Ref
from archdiff.semantics.operations._call import Called, Rules
from archdiff.semantics.operations._graph import TAKEN, Graph

_MOST: Final = 64  # places that are told one by one


def _index(graph: Graph, call: Called) -> int | None:
    """By one tensor of whole numbers, in one dimension."""
    indices = call.arguments.get("indices")
    if not isinstance(indices, tuple):
        return None
    given = [(dim, each.operation) for dim, each in enumerate(indices) if isinstance(each, Ref)]
    if len(given) != 1 or call.types[-1] not in ("int32", "int64"):  # a mask picks
        return None
    dim, places = given[0]
    return _taken(graph, call.operand(graph, "self"), dim, places)


def _index_select(graph: Graph, call: Called) -> int | None:
    x = call.operand(graph, "self")
    shape = graph.shape(x)
    return _taken(graph, x, call.whole("dim", 0) % len(shape), call.operand(graph, "index")) if shape else None


def _embedding(graph: Graph, call: Called) -> int | None:
    """Not where one row, or how often each is taken, counts for gradients."""
    own = {name for name, value in call.arguments.items() if value is not None}
    if call.is_trained and not own <= {"weight", "indices"}:
        return None
    return _taken(graph, call.operand(graph, "weight"), 0, call.operand(graph, "indices"))


def _gather(graph: Graph, call: Called) -> int | None:
    """By the same number everywhere."""
    x, places = call.operand(graph, "self"), call.operand(graph, "index")
    dim = call.whole("dim", 0)
    known, shape = graph.number(places), graph.shape(x)
    if known is None or not shape:
        return None
    dim %= len(shape)
    one = graph.sliced(x, dim, int(known), 1)
    for other, size in enumerate(call.shape):
        if other != dim:
            one = graph.sliced(one, other, 0, size)
    return graph.expanded(one, call.shape)


def _taken(graph: Graph, x: int, dim: int, places: int) -> int | None:
    """Some places of a dimension, by numbers that come in or are known."""
    shape, sizes = graph.shape(x), graph.shape(places)
    whole = (*shape[:dim], *sizes, *shape[dim + 1 :])
    if 0 in whole or 0 in shape:
        return None
    known = [*_known(graph, places)]
    if known:
        row = (*shape[:dim], len(known), *shape[dim + 1 :])
        parts = [graph.sliced(x, dim, start, size) for start, size in _runs([each % shape[dim] for each in known])]
        return graph.reshaped(graph.joined(parts, dim, row), whole)
    rows = graph.permuted(x, (dim, *(each for each in range(len(shape)) if each != dim)))
    matrix = graph.reshaped(rows, (shape[dim], prod(shape) // shape[dim]))
    made = graph.node(
        TAKEN, (), (matrix, graph.reshaped(places, (prod(sizes),))), (prod(sizes), graph.shape(matrix)[1])
    )
    inner = graph.reshaped(made, (*sizes, *shape[:dim], *shape[dim + 1 :]))
    count = len(sizes)
    order = (*range(count, count + dim), *range(count), *range(count + dim, len(whole)))
    return graph.permuted(inner, order)


def _known(graph: Graph, places: int) -> Iterator[int]:
    """The numbers of a table, where these are noted."""
    base, strides, offset = graph.viewed(places)
    node = graph.nodes[base]
    value = graph.number(places)
    if value is not None and prod(graph.shape(places)) <= _MOST:
        yield from [int(value)] * prod(graph.shape(places))
    if node.op != "tensor" or not isinstance(node.constants[0], tuple):
        return
    held = node.constants[0]
    found = [offset]
    for stride, size in strides:
        found = [each + stride * place for each in found for place in range(size)]
    if len(found) <= _MOST and all(type(each) is int for each in held):
        yield from (held[each] for each in found)  # type: ignore[misc]


def _runs(places: list[int]) -> Iterator[tuple[int, int]]:
    """Places one behind the other: the first of each run, and how many."""
    start = 0
    for end in range(1, len(places) + 1):
        if end == len(places) or places[end] != places[end - 1] + 1:
            yield places[start], end - start
            start = end


RULES: Rules = {
    "index": _index,
    "index_select": _index_select,
    "embedding": _embedding,
    "gather": _gather,
}
