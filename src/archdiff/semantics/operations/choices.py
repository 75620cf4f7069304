"""What is taken of two tensors by a third: masks, comparisons and maxima of two."""

from __future__ import annotations

from archdiff.semantics.operations._call import Called, Rule, Rules, kind
from archdiff.semantics.operations._graph import EITHER_WAY, Graph

_OUTER = ("maximum", "minimum")
_MIRRORED = {"gt": "lt", "ge": "le"}


def _where(graph: Graph, call: Called) -> int | None:
    if "self" not in call.arguments:
        return None
    mask, yes, no = (call.operand(graph, name) for name in ("condition", "self", "other"))
    return _chosen(graph, call, mask, yes, no)


def _chosen(graph: Graph, call: Called, mask: int, yes: int, no: int) -> int:
    made = _bent(graph, call, *(graph.expanded(each, call.shape) for each in (mask, yes, no)))
    return graph.chosen(mask, yes, no, call.shape) if made is None else made


def _bent(graph: Graph, call: Called, mask: int, yes: int, no: int) -> int | None:
    """By the sign of what is taken: a slope above 0, and another one below it.

    What is no number is on neither side, so that a 0 is taken below or above 0 alone. Where gradients count, the slope
    at 0 is that below it, as torch has it.
    """
    node = graph.nodes[mask]
    if node.op == "logical_not":
        node, yes, no = graph.nodes[node.operands[0]], no, yes
    if node.op not in ("lt", "le") or not call.is_exact or kind(call.dtype) != "f":
        return None
    a, b = node.operands
    sign, x = graph.scaled(b if graph.number(a) == 0 else a)
    if 0 not in (graph.number(a), graph.number(b)) or not sign or graph.number(x) is not None:
        return None
    slopes = [_slope(graph, each, x) for each in (yes, no)]
    if slopes[0] is None or slopes[1] is None or not slopes[1]:
        return None
    is_above = (graph.number(a) == 0) == (sign > 0)  # whether the mask holds above 0
    above, below = slopes if is_above else slopes[::-1]
    at_zero = slopes[0] if node.op == "le" else slopes[1]
    if call.is_trained and (at_zero != below or not above or above == -below):
        return None
    return graph.bent(x, above, below)  # type: ignore[arg-type]


def _slope(graph: Graph, number: int, x: int) -> float | None:
    """A node as a number times another one; None where it is none."""
    if graph.number(number) == 0:
        return 0.0
    factor, below = graph.scaled(number)
    return factor if below == x else None


def _masked_fill(graph: Graph, call: Called) -> int | None:
    """Where a mask holds, a number."""
    if not call.is_exact:
        return None
    mask, filled = call.operand(graph, "mask"), call.operand(graph, "value")
    return _chosen(graph, call, mask, filled, call.operand(graph, "self"))


def _not(graph: Graph, call: Called) -> int | None:
    """Of truth; of whole numbers the bits would turn."""
    if call.types[0] != "bool":
        return None
    x = call.operand(graph, "self")
    node = graph.nodes[x]
    return node.operands[0] if node.op == "logical_not" else graph.elementwise("logical_not", (), x)


def _compared(name: str) -> Rule:
    """Of two tensors of numbers, or a number and one."""

    def rule(graph: Graph, call: Called) -> int | None:
        if "self" not in call.arguments or "other" not in call.arguments:
            return None
        both = [graph.expanded(call.operand(graph, each), call.shape) for each in ("self", "other")]
        if name in _OUTER and (made := _outer(graph, call, both, name == "maximum")) is not None:
            return made
        if name in _MIRRORED:
            both.reverse()
        elif name in EITHER_WAY:
            both.sort()
        return graph.of_each(_MIRRORED.get(name, name), (), both, call.shape)

    return rule


def _outer(graph: Graph, call: Called, both: list[int], is_larger: bool) -> int | None:
    """The larger or the smaller of a node and a number, or of two slopes; gradients are shared where both are equal."""
    if call.is_trained or not call.is_exact or kind(call.dtype) != "f":
        return None
    for number, x in (both, reversed(both)):
        value = graph.number(number)
        if value is not None:
            return graph.clamped(x, *((value, None) if is_larger else (None, value)))
    (first, x), (second, y) = map(graph.scaled, both)
    if x != y:
        return None
    slopes = max(first, second), min(first, second)
    return graph.bent(x, *(slopes if is_larger else slopes[::-1]))


RULES: Rules = {
    "where": _where,
    "masked_fill": _masked_fill,
    "bitwise_not": _not,
    "logical_not": _not,
    **{name: _compared(name) for name in ("eq", "ne", "lt", "le", "gt", "ge", "maximum", "minimum")},
    **{name: _compared(name) for name in ("logical_and", "logical_or", "logical_xor")},
}
