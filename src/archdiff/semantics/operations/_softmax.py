"""What a softmax is taken of: less the largest, with masks that are added, and where it is written out."""

from __future__ import annotations

import math
from typing import Final

from archdiff.semantics.operations._finite import is_real
from archdiff.semantics.operations._graph import SUM, SUM_OVER, WHERE, Graph
from archdiff.semantics.operations._strides import Shape

SOFTMAX: Final = "_softmax"
_TABLES: Final = ("tensor",)  # which may hold minus infinity, as a mask does


def softmax(graph: Graph, number: int, dim: int) -> int:
    """A softmax along a dimension, counted from 0.

    Args:
        graph: Gets it.
        number: Of what.
        dim: Along which.
    """
    return graph.over(SOFTMAX, masked(graph, shifted(graph, number, dim)), dim)


def softmax_of(graph: Graph, first: int, second: int, shape: Shape) -> int | None:
    """A quotient that is a softmax: exponentials by their sum; None where it is none.

    Args:
        graph: Gets it.
        first: What is divided.
        second: By what.
        shape: Of the quotient.
    """
    node = graph.nodes[first]
    if node.op != "exp" or node.constants or node.shape != shape or 0 in shape:
        return None
    second = graph.expanded(second, shape)
    for dim in range(len(shape)):
        if _along(graph, SUM_OVER, first, dim) == second:
            return softmax(graph, node.operands[0], dim)
    return None


def _along(graph: Graph, op: str, number: int, dim: int) -> int:
    """What is taken over a dimension, at each of its places."""
    shape = graph.shape(number)
    left = shape[:dim] + shape[dim + 1 :]
    made = graph.reduced(op, number, (dim,), left)
    return graph.expanded(graph.reshaped(made, (*shape[:dim], 1, *shape[dim + 1 :])), shape)


def shifted(graph: Graph, number: int, dim: int) -> int:
    """Without a number that is added everywhere, and without the largest along the dimension: neither changes it."""
    node = graph.nodes[number]
    if node.op != SUM:
        return number
    terms, constant = graph.terms(number)
    if constant and math.isfinite(constant):
        return shifted(graph, graph.sum(terms, 0.0, node.shape), dim)
    for coefficient, each in terms:
        rest = graph.sum([pair for pair in terms if pair != (coefficient, each)], 0.0, node.shape)
        factor, inner = graph.scaled(rest)
        if len(terms) < 2 or factor <= 0 or not math.isclose(coefficient, -factor, rel_tol=1e-9):
            continue
        if each == _along(graph, "amax", inner, dim) or _is_largest(graph, each, inner, dim):
            return rest
    return number


def _is_largest(graph: Graph, number: int, of: int, dim: int) -> bool:
    """The same by `max`, which gives places, too."""
    base, parts, _ = graph.dims(number)
    node = graph.nodes[base]
    if node.op != "aten.max" or node.operands != (of,) or any(stride for stride, _ in parts[dim]):
        return False
    said = dict(each for each in node.constants if isinstance(each, tuple) and len(each) == 2)
    given, shape = said.get("dim"), graph.shape(of)
    if said.get("output") != 0 or not isinstance(given, int) or given % len(shape) != dim:
        return False
    whole = (*shape[:dim], 1, *shape[dim + 1 :])
    return graph.expanded(graph.reshaped(base, whole), shape) == number


def masked(graph: Graph, number: int) -> int:
    """With a mask that is added, 0 where it lets through and minus infinity elsewhere, as a choice."""
    node = graph.nodes[number]
    if node.op != SUM:
        return number
    terms, constant = graph.terms(number)
    masks = [each for coefficient, each in terms if coefficient > 0 and _is_mask(graph, each)]
    if len(masks) != 1 or len(terms) < 2:
        return number
    rest = graph.sum([pair for pair in terms if pair[1] != masks[0]], constant, node.shape)
    if not is_real(graph, rest, _TABLES):
        return number
    mask, yes, no = graph.nodes[masks[0]].operands
    kept = [rest if graph.number(each) == 0 else graph.full(-math.inf, node.shape) for each in (yes, no)]
    return graph.chosen(mask, kept[0], kept[1], node.shape)


def _is_mask(graph: Graph, number: int) -> bool:
    node = graph.nodes[number]
    return node.op == WHERE and {graph.number(each) for each in node.operands[1:]} == {0.0, -math.inf}
