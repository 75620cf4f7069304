"""Means, sums and pools over whole maps, and what is taken over a dimension."""

from __future__ import annotations

from math import prod

from archdiff.semantics.operations._call import Called, Rule, Rules
from archdiff.semantics.operations._graph import Graph


def _reduced(op: str) -> Rule:
    """Over dimensions counted from 0, which are then gone."""

    def rule(graph: Graph, call: Called) -> int | None:
        x = call.operand(graph, "self")
        shape = graph.shape(x)
        given = call.arguments.get("dim")
        dims = (given,) if isinstance(given, int) else given or tuple(range(len(shape)))
        if not isinstance(dims, tuple) or not all(isinstance(each, int) for each in dims):
            return None
        over = tuple(sorted(each % len(shape) for each in dims if isinstance(each, int))) if shape else ()
        left = tuple(size for dim, size in enumerate(shape) if dim not in over)
        factor, inner = graph.scaled(x)
        if op == "mean":  # a sum by another factor
            factor /= prod(shape[dim] for dim in over)
        made = graph.node(
            "sum over" if op in ("mean", "sum") else op, (over,), (inner if op in ("mean", "sum") else x,), left
        )
        if op in ("mean", "sum"):
            made = graph.scale(made, factor)
        return graph.reshaped(made, call.shape)

    return rule


def _pool(graph: Graph, call: Called) -> int | None:
    """A pool of one window over the whole map is a mean."""
    x = call.operand(graph, "self")
    shape = graph.shape(x)
    places = call.shape[2:] if len(call.shape) > 3 else call.shape[1:]
    plain = not any(call.wholes("padding") or (0,)) and call.arguments.get("divisor_override") is None
    if set(places) != {1} or tuple(call.wholes("kernel_size")) != shape[-len(places) :] or not plain:
        return None
    dims = tuple(range(len(shape) - len(places), len(shape)))
    made = graph.node("sum over", (dims,), (x,), shape[: -len(places)])
    made = graph.scale(made, 1 / prod(shape[dim] for dim in dims))
    return graph.reshaped(made, call.shape)


def _over(graph: Graph, call: Called) -> int | None:
    """Along a dimension counted from 0."""
    x = call.operand(graph, "self")
    dim = call.arguments.get("dim")
    return graph.node(call.name, (dim % len(graph.shape(x)),), (x,), call.shape) if isinstance(dim, int) else None


RULES: Rules = {
    "mean": _reduced("mean"),
    "sum": _reduced("sum"),
    "amax": _reduced("amax"),
    "amin": _reduced("amin"),
    "avg_pool2d": _pool,
    "avg_pool3d": _pool,
    "_softmax": _over,
    "_log_softmax": _over,
    "softmax": _over,
    "log_softmax": _over,
    "cumsum": _over,
}
