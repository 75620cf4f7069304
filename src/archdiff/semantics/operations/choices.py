"""What is taken of two tensors by a third: masks, comparisons and maxima of two."""

from __future__ import annotations

from archdiff.semantics.operations._call import Called, Rule, Rules
from archdiff.semantics.operations._graph import EITHER_WAY, Graph

_MIRRORED = {"gt": "lt", "ge": "le"}


def _where(graph: Graph, call: Called) -> int | None:
    if "self" not in call.arguments:
        return None
    mask, yes, no = (call.operand(graph, name) for name in ("condition", "self", "other"))
    return graph.chosen(mask, yes, no, call.shape)


def _masked_fill(graph: Graph, call: Called) -> int | None:
    """Where a mask holds, a number."""
    if not call.is_exact:
        return None
    mask, filled = call.operand(graph, "mask"), call.operand(graph, "value")
    return graph.chosen(mask, filled, call.operand(graph, "self"), call.shape)


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
        if name in _MIRRORED:
            both.reverse()
        elif name in EITHER_WAY:
            both.sort()
        return graph.of_each(_MIRRORED.get(name, name), (), both, call.shape)

    return rule


RULES: Rules = {
    "where": _where,
    "masked_fill": _masked_fill,
    "bitwise_not": _not,
    "logical_not": _not,
    **{name: _compared(name) for name in ("eq", "ne", "lt", "le", "gt", "ge", "maximum", "minimum")},
    **{name: _compared(name) for name in ("logical_and", "logical_or", "logical_xor")},
}
