"""Sums, products and powers: `x - y`, `torch.sub`, `x + y * -1` are one."""

from __future__ import annotations

from archdiff.semantics.operations._call import Called, Rule, Rules
from archdiff.semantics.operations._graph import FULL, Graph, Shape


def _add(graph: Graph, call: Called) -> int:
    alpha = call.number("alpha", 1)
    return _sum(graph, call, [(1.0, call.operand(graph, "self")), (alpha, call.operand(graph, "other"))])


def _sub(graph: Graph, call: Called) -> int:
    alpha = call.number("alpha", 1)
    return _sum(graph, call, [(1.0, call.operand(graph, "self")), (-alpha, call.operand(graph, "other"))])


def _rsub(graph: Graph, call: Called) -> int:
    alpha = call.number("alpha", 1)
    return _sum(graph, call, [(-alpha, call.operand(graph, "self")), (1.0, call.operand(graph, "other"))])


def _sum(graph: Graph, call: Called, terms: list[tuple[float, int]]) -> int:
    """Sums of whole numbers stay sums; what is added to nothing else flows into the sum."""
    flat: list[tuple[float, int]] = []
    constant = 0.0
    for coefficient, number in terms:
        if graph.shape(number) == call.shape and (number in call.used_once or len(graph.terms(number)[0]) < 2):
            inner, own = graph.terms(number)
            flat += [(coefficient * each, below) for each, below in inner]
            constant += coefficient * own
        else:
            flat.append((coefficient, number))
    return graph.sum(flat, constant, call.shape)


def _neg(graph: Graph, call: Called) -> int:
    return graph.scale(call.operand(graph, "self"), -1.0)


def _mul(graph: Graph, call: Called) -> int:
    return _product(graph, call.operand(graph, "self"), call.operand(graph, "other"), 1.0, call.shape)


def _div(graph: Graph, call: Called) -> int | None:
    if call.arguments.get("rounding_mode"):
        return None
    return _product(graph, call.operand(graph, "self"), call.operand(graph, "other"), -1.0, call.shape)


def _product(graph: Graph, first: int, second: int, power: float, shape: Shape) -> int:
    """A number times a sum is a sum with other coefficients."""
    for number, other, own in ((second, first, power), (first, second, 1.0)):
        node = graph.nodes[number]
        is_number = node.op == FULL and isinstance(node.constants[0], int | float) and (node.constants[0] or own > 0)
        if is_number and (own == 1.0 or number == second) and (power == 1.0 or number == second):
            factor = float(node.constants[0]) ** own  # type: ignore[arg-type]
            if graph.shape(other) == shape:
                terms, constant = graph.terms(other)
                return graph.sum([(factor * each, below) for each, below in terms], factor * constant, shape)
    return graph.product([(first, 1.0), (second, power)], shape)


def _pow(graph: Graph, call: Called) -> int | None:
    exponent = call.arguments.get("exponent")
    if not isinstance(exponent, int | float):
        return None
    return graph.product([(call.operand(graph, "self"), float(exponent))], call.shape)


def _power(exponent: float) -> Rule:
    def rule(graph: Graph, call: Called) -> int:
        return graph.product([(call.operand(graph, "self"), exponent)], call.shape)

    return rule


def _full(value: float) -> Rule:
    def rule(graph: Graph, call: Called) -> int:
        return graph.full(value, call.shape)

    return rule


def _full_of(graph: Graph, call: Called) -> int | None:
    value = call.arguments.get("fill_value", call.arguments.get("value", call.arguments.get("s")))
    return graph.full(value, call.shape) if isinstance(value, bool | int | float) else None


def _tensor(graph: Graph, call: Called) -> int | None:
    match call.arguments.get("holds"):
        case (bool() | int() | float() as value,):
            return graph.full(value, call.shape)
        case held if held:
            return graph.node("tensor", (held, call.dtype), (), call.shape)
    return None


RULES: Rules = {
    "add": _add,
    "sub": _sub,
    "subtract": _sub,
    "rsub": _rsub,
    "neg": _neg,
    "mul": _mul,
    "multiply": _mul,
    "div": _div,
    "divide": _div,
    "true_divide": _div,
    "pow": _pow,
    "sqrt": _power(0.5),
    "rsqrt": _power(-0.5),
    "reciprocal": _power(-1.0),
    "square": _power(2.0),
    "zeros": _full(0.0),
    "zeros_like": _full(0.0),
    "new_zeros": _full(0.0),
    "zero": _full(0.0),
    "ones": _full(1.0),
    "ones_like": _full(1.0),
    "new_ones": _full(1.0),
    "full": _full_of,
    "full_like": _full_of,
    "new_full": _full_of,
    "fill": _full_of,
    "scalar_tensor": _full_of,
    "tensor": _tensor,
}
