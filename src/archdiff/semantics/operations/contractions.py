"""Products of matrices: `matmul`, `bmm`, `einsum` and `linear` are one operation over three dimensions."""

from __future__ import annotations

from archdiff.model.trace import Ref
from archdiff.semantics.operations._call import Called, Rule, Rules
from archdiff.semantics.operations._graph import Graph
from archdiff.semantics.operations._strides import Shape


def _bmm(graph: Graph, call: Called) -> int:
    return _product(graph, call.operand(graph, "self"), call.operand(graph, "mat2"), call.shape)


def _addmm(graph: Graph, call: Called) -> int:
    names = ("batch1", "batch2") if "batch1" in call.arguments else ("mat1", "mat2")
    first, second = (call.operand(graph, name) for name in names)
    made = _product(graph, first, second, call.shape)
    terms = [(call.number("beta", 1), call.operand(graph, "self")), (call.number("alpha", 1), made)]
    return graph.sum(terms if terms[0][0] else terms[1:], 0.0, call.shape)


def _linear(graph: Graph, call: Called) -> int:
    x, weight = call.operand(graph, "input"), call.operand(graph, "weight")
    rows = graph.reshaped(x, (1, _count(graph.shape(x)[:-1]), graph.shape(x)[-1]))
    columns = graph.reshaped(weight, (1, *graph.shape(weight)))
    made = graph.contracted(rows, columns, (1, graph.shape(rows)[1], graph.shape(columns)[1]))
    made = graph.reshaped(made, call.shape)
    if call.arguments.get("bias") is None:
        return made
    return graph.sum([(1.0, made), (1.0, call.operand(graph, "bias"))], 0.0, call.shape)


def _product(graph: Graph, first: int, second: int, shape: Shape) -> int:
    """Of (rows, k) with (k, columns), or of batches of these."""
    if len(shape) == 2:
        first, second = (graph.reshaped(each, (1, *graph.shape(each))) for each in (first, second))
    columns = graph.permuted(second, (0, 2, 1))
    batch, rows = graph.shape(first)[:2]
    made = graph.contracted(first, columns, (batch, rows, graph.shape(columns)[1]))
    return graph.reshaped(made, shape)


def _count(sizes: Shape) -> int:
    found = 1
    for size in sizes:
        found *= size
    return found


def _exact(rule: Rule) -> Rule:
    """Not of what wraps round, and not of nothing."""
    return lambda graph, call: rule(graph, call) if call.is_exact and not _is_of_nothing(graph, call) else None


def _is_of_nothing(graph: Graph, call: Called) -> bool:
    given = [each.operation for each in call.arguments.values() if isinstance(each, Ref)]
    return any(0 in graph.shape(each) for each in given)


RULES: Rules = {
    name: _exact(rule)
    for name, rule in (("bmm", _bmm), ("mm", _bmm), ("addmm", _addmm), ("baddbmm", _addmm), ("linear", _linear))
}
