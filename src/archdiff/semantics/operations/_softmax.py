"""What a softmax is taken of: less the largest, with masks that are added, and where it is written out."""

from __future__ import annotations

import math
from typing import Final

from archdiff.semantics.operations._finite import is_real
from archdiff.semantics.operations._graph import SUM, SUM_OVER, WHERE, Graph
from archdiff.semantics.operations._strides import Shape

SOFTMAX: Final = "_softmax"
_FAR: Final = -1e9  # of a score: what people fill in for minus infinity, and below
_LARGE: Final = 1e3  # factor of a score, above which it might reach there
_TABLES: Final = ("tensor",)  # which may hold minus infinity, as a mask does


def softmax(graph: Graph, number: int, dim: int) -> int:
    """A softmax along a dimension, counted from 0.

    Args:
        graph: Gets it.
        number: Of what.
        dim: Along which.
    """
    return graph.over(SOFTMAX, masked(graph, shifted(graph, number, dim), dim), dim)


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


def masked(graph: Graph, number: int, dim: int) -> int:
    """With a mask as a choice: one that is added, 0 where it lets through and minus infinity elsewhere.

    What is that far below all others counts as minus infinity where each row lets something through: its exponential
    is 0.
    """
    node = graph.nodes[number]
    if node.op == WHERE:
        mask, *both = node.operands
        far = [each for each in both if -math.inf < (graph.number(each) or 0.0) <= _FAR]
        near = [each for each in both if each not in far and _is_near(graph, each)]
        if len(far) == len(near) == 1 and _lets_through(graph, mask, dim, is_true=far[0] == both[1]):
            kept = [graph.full(-math.inf, node.shape) if each in far else each for each in both]
            return graph.chosen(mask, kept[0], kept[1], node.shape)
    if node.op != SUM:
        return number
    terms, constant = graph.terms(number)
    masks = [each for coefficient, each in terms if coefficient > 0 and _is_mask(graph, each, coefficient, dim)]
    if len(masks) != 1 or len(terms) < 2:
        return number
    rest = graph.sum([pair for pair in terms if pair[1] != masks[0]], constant, node.shape)
    mask, yes, no = graph.nodes[masks[0]].operands
    is_endless = -math.inf in (graph.number(yes), graph.number(no))
    if not (is_real(graph, rest, _TABLES) if is_endless else _is_near(graph, rest)):
        return number
    kept = [rest if graph.number(each) == 0 else graph.full(-math.inf, node.shape) for each in (yes, no)]
    return graph.chosen(mask, kept[0], kept[1], node.shape)


def _is_near(graph: Graph, number: int) -> bool:
    """Whether it is finite, and no multiple that reaches what is far below."""
    terms = graph.terms(number)[0] if graph.nodes[number].op == SUM else [graph.scaled(number)]
    return is_real(graph, number, _TABLES) and all(abs(factor) <= _LARGE for factor, _ in terms)


def _is_mask(graph: Graph, number: int, coefficient: float, dim: int) -> bool:
    node = graph.nodes[number]
    values = [graph.number(each) for each in node.operands[1:]] if node.op == WHERE else []
    low = min((each for each in values if each is not None), default=0.0)
    if len(values) != 2 or 0.0 not in values or low * coefficient > _FAR:
        return False
    return low == -math.inf or _lets_through(graph, node.operands[0], dim, is_true=values[0] == 0)


def _lets_through(graph: Graph, mask: int, dim: int, is_true: bool) -> bool:
    """Whether a table is true, or is not, somewhere in each row along the last dimension."""
    node = graph.nodes[mask]
    if node.op == "logical_not":
        return _lets_through(graph, node.operands[0], dim, not is_true)
    base, parts, offset = graph.dims(mask)
    table = graph.nodes[base]
    width = graph.shape(mask)[dim]
    if table.op != "tensor" or len(table.constants) < 3 or parts[dim] != ((1, width),) or dim != len(parts) - 1:
        return False
    whole = all(stride % width == 0 for part in parts[:-1] for stride, _ in part) and offset % width == 0
    rows = table.constants[2]
    return whole and isinstance(rows, tuple) and rows[0] == width and bool(rows[1 if is_true else 2])
