"""Sums, products and powers: `x - y`, `torch.sub`, `x + y * -1` are one.

Of numbers that wrap round, and of truth, each operator stays what it is.
"""

from __future__ import annotations

from math import isfinite, prod
from typing import Final

from archdiff.model.trace import Argument, Ref
from archdiff.semantics.operations._call import Called, Rule, Rules, kind, plain
from archdiff.semantics.operations._finite import is_real
from archdiff.semantics.operations._graph import SUM, Graph
from archdiff.semantics.operations._softmax import softmax_of
from archdiff.semantics.operations._strides import Shape


def _add(graph: Graph, call: Called) -> int:
    alpha = call.number("alpha", 1)
    return _sum(graph, call, [(1.0, call.operand(graph, "self")), (alpha, call.operand(graph, "other"))])


def _sub(graph: Graph, call: Called) -> int:
    alpha = call.number("alpha", 1)
    return _sum(graph, call, [(1.0, call.operand(graph, "self")), (-alpha, call.operand(graph, "other"))])


def _rsub(graph: Graph, call: Called) -> int:
    alpha = call.number("alpha", 1)
    return _sum(graph, call, [(-alpha, call.operand(graph, "self")), (1.0, call.operand(graph, "other"))])


def _addcmul(graph: Graph, call: Called) -> int:
    return _added(graph, call, 1.0)


def _addcdiv(graph: Graph, call: Called) -> int:
    return _added(graph, call, -1.0)


def _added(graph: Graph, call: Called, power: float) -> int:
    first, second = (call.operand(graph, name) for name in ("tensor1", "tensor2"))
    made = graph.product([(first, 1.0), (second, power)], call.shape)
    return _sum(graph, call, [(1.0, call.operand(graph, "self")), (call.number("value", 1), made)])


def _sum(graph: Graph, call: Called, terms: list[tuple[float, int]]) -> int:
    """What is added to nothing else flows into the sum, as far as that stays short."""
    flat: list[tuple[float, int]] = []
    constant = 0.0
    for coefficient, number in terms:
        inner, own = graph.terms(number)
        if graph.shape(number) == call.shape and number in call.used_once and len(inner) <= _MOST:
            flat += [(coefficient * each, below) for each, below in inner]
            constant += coefficient * own
        else:
            flat.append((coefficient, number))
    return _without_zeros(graph, call, graph.sum(flat, constant, call.shape))


def _without_zeros(graph: Graph, call: Called, made: int) -> int:
    """A sum without what is taken 0 times, and finite; where gradients count, those are 0 there, and not missing."""
    node = graph.nodes[made]
    if call.is_trained or node.op != SUM or 0 not in node.constants[:-1]:
        return made
    terms, constant = graph.terms(made)
    left = [(factor, each) for factor, each in terms if factor or not is_real(graph, each)]
    return graph.sum(left, constant, node.shape) if len(left) < len(terms) else made


def _lerp(graph: Graph, call: Called) -> int:
    """Between two: the first, and a part of what the second is more."""
    first, second, weight = (call.operand(graph, name) for name in ("self", "end", "weight"))
    value = graph.number(weight)
    if value is not None:
        return graph.sum([(1 - value, first), (value, second)], 0.0, call.shape)
    more = graph.sum([(1.0, second), (-1.0, first)], 0.0, call.shape)
    part = graph.product([(weight, 1.0), (more, 1.0)], call.shape)
    return graph.sum([(1.0, first), (1.0, part)], 0.0, call.shape)


def _neg(graph: Graph, call: Called) -> int:
    return graph.scale(call.operand(graph, "self"), -1.0)


def _mul(graph: Graph, call: Called) -> int:
    return _product(graph, call.operand(graph, "self"), call.operand(graph, "other"), 1.0, call.shape)


def _div(graph: Graph, call: Called) -> int | None:
    if call.arguments.get("rounding_mode"):
        return None
    made = softmax_of(graph, call.operand(graph, "self"), call.operand(graph, "other"), call.shape)
    if made is not None:
        return made
    return _product(graph, call.operand(graph, "self"), call.operand(graph, "other"), -1.0, call.shape)


def _product(graph: Graph, first: int, second: int, power: float, shape: Shape) -> int:
    """A number times a sum is a sum with other coefficients."""
    factor, other = graph.number(second), first
    if factor is None and power > 0:
        factor, other = graph.number(first), second
    if factor is not None and graph.shape(other) == shape and (factor or power > 0):
        factor **= power
        terms, constant = graph.terms(other)
        return graph.sum([(factor * each, below) for each, below in terms], factor * constant, shape)
    return graph.product([(first, 1.0), (second, power)], shape)


def _pow(graph: Graph, call: Called) -> int | None:
    exponent = call.arguments.get("exponent")
    if not isinstance(exponent, int | float) or kind(call.types[0]) == "c":
        return None
    return graph.product([(call.operand(graph, "self"), float(exponent))], call.shape)


def _power(exponent: float) -> Rule:
    def rule(graph: Graph, call: Called) -> int | None:
        if kind(call.types[0]) == "c":
            return None
        return graph.product([(call.operand(graph, "self"), exponent)], call.shape)

    return rule


def _full(value: float) -> Rule:
    def rule(graph: Graph, call: Called) -> int:
        return graph.full(value, call.shape)

    return rule


def _full_of(graph: Graph, call: Called) -> int | None:
    value = call.arguments.get("fill_value", call.arguments.get("value", call.arguments.get("s")))
    if isinstance(value, Ref):
        alike = call.types[-1] == call.dtype or kind(call.types[-1]) == kind(call.dtype) == "f"
        return graph.expanded(value.operation, call.shape) if alike else None
    return graph.full(_of_type(value, call.dtype), call.shape) if isinstance(value, bool | int | float) else None


def _of_type(value: float, dtype: str) -> float:
    """As it is held: 0.5 as a whole number is 0."""
    if dtype == "bool":
        return bool(value)
    if kind(dtype) in "iush" and isfinite(value):
        return int(value) % 256 if dtype == "uint8" else int(value)
    return value


def _tensor(graph: Graph, call: Called) -> int | None:
    """A table; of two numbers as a choice by a mask, whose first place is true."""
    match call.arguments.get("holds"):
        case (bool() | int() | float() as value,):
            return graph.full(value, call.shape)
        case ("two", bool() | int() | float() as first, bool() | int() | float() as other, held, rows):
            return _of_two(graph, held, first, other, call, rows)
        case (int() | float(), *_) as held if call.dtype == "bool" or (kind(call.dtype) == "f" and len({*held}) == 2):
            more = [each for each in held if each != held[0]]
            mask = tuple(each == held[0] for each in held)
            return _of_two(graph, mask, held[0], [*more, held[0]][0], call, _in_rows(mask, call))
        case held if held:  # in the order in which the numbers lie, whatever their shape
            return _table(graph, held, {"f": "float64", "i": "int64"}.get(kind(call.dtype), call.dtype), call)
    return None


def _table(graph: Graph, held: Argument, dtype: str, call: Called, *rows: Argument) -> int:
    """Numbers in their order, repeated along dimensions in which they are; and of a mask what its rows hold."""
    sizes = tuple(call.wholes("sizes")) if "sizes" in call.arguments else call.shape
    table = graph.node("tensor", (plain(held), dtype, *map(plain, rows)), (), (prod(sizes),))
    return graph.expanded(graph.reshaped(table, sizes), call.shape)


def _in_rows(mask: tuple[bool, ...], call: Called) -> tuple[int, bool, bool]:
    """The width of rows, whether each holds what is true, and whether each holds what is not."""
    width = ([*(call.wholes("sizes") if "sizes" in call.arguments else call.shape)] or [1])[-1]
    rows = [{*mask[at : at + width]} for at in range(0, len(mask), width)]
    return width, all(True in row for row in rows), all(False in row for row in rows)


def _of_two(graph: Graph, held: Argument, first: Argument, other: Argument, call: Called, rows: Argument) -> int:
    held, first, other = map(plain, (held, first, other))
    mask = _table(graph, held, "bool", call, rows)
    if call.dtype == "bool":
        return mask if first else graph.elementwise("logical_not", (), mask)
    return graph.chosen(mask, graph.full(first, ()), graph.full(other, ()), call.shape)


_MOST: Final = 32  # terms of a sum that flows into another: a chain of scaled ones would grow with each link


def _exact(rule: Rule) -> Rule:
    """Not of what wraps round."""
    return lambda graph, call: rule(graph, call) if call.is_exact else None


_ARITHMETIC: Rules = {
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
    "addcmul": _addcmul,
    "addcdiv": _addcdiv,
    "lerp": _lerp,
}

RULES: Rules = {
    **{name: _exact(rule) for name, rule in _ARITHMETIC.items()},
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
