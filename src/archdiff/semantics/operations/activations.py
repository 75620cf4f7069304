"""Activations by their definitions in the documentation of torch, so that one written by hand is the same."""

from __future__ import annotations

from math import pi, sqrt

from archdiff.semantics.operations._call import Called, Rule, Rules, kind
from archdiff.semantics.operations._graph import Graph


def _clamp(least: float | None, most: float | None) -> Rule:
    def rule(graph: Graph, call: Called) -> int:
        return graph.clamped(call.operand(graph, "self"), least, most)

    return rule


def _clamp_to(graph: Graph, call: Called) -> int | None:
    least, most = (call.arguments.get(name) for name in ("min", "max"))
    if isinstance(least, tuple | str) or isinstance(most, tuple | str):  # of tensors
        return None
    return graph.clamped(call.operand(graph, "self"), least, most)


def _hardtanh(graph: Graph, call: Called) -> int:
    least, most = call.number("min_val", -1.0), call.number("max_val", 1.0)
    return graph.clamped(call.operand(graph, "self"), least, most)


def _threshold(graph: Graph, call: Called) -> int | None:
    if call.number("threshold", 1.0) or call.number("value", 1.0):
        return None
    return graph.clamped(call.operand(graph, "self"), 0.0, None)


def _silu(graph: Graph, call: Called) -> int:
    x = call.operand(graph, "self")
    return graph.product([(x, 1.0), (graph.elementwise("sigmoid", (), x), 1.0)], call.shape)


def _gelu(graph: Graph, call: Called) -> int:
    x = call.operand(graph, "self")
    if call.arguments.get("approximate") == "tanh":
        cube = graph.product([(x, 3.0)], call.shape)
        inner = graph.sum([(sqrt(2 / pi), x), (0.044715 * sqrt(2 / pi), cube)], 0.0, call.shape)
        curve = graph.elementwise("tanh", (), inner)
    else:
        curve = graph.elementwise("erf", (), graph.scale(x, 1 / sqrt(2)))
    half = graph.sum([(0.5, curve)], 0.5, call.shape)
    return graph.product([(x, 1.0), (half, 1.0)], call.shape)


def _hardsigmoid(graph: Graph, call: Called) -> int:
    return _hard(graph, call.operand(graph, "self"))


def _hard(graph: Graph, x: int) -> int:
    raised = graph.sum([(1.0, x)], 3.0, graph.shape(x))
    return graph.scale(graph.clamped(raised, 0.0, 6.0), 1 / 6)


def _hardswish(graph: Graph, call: Called) -> int:
    x = call.operand(graph, "self")
    return graph.product([(x, 1.0), (_hard(graph, x), 1.0)], call.shape)


def _mish(graph: Graph, call: Called) -> int:
    x = call.operand(graph, "self")
    soft = graph.elementwise("softplus", (), x)
    return graph.product([(x, 1.0), (graph.elementwise("tanh", (), soft), 1.0)], call.shape)


def _softplus(graph: Graph, call: Called) -> int | None:
    beta, threshold = call.number("beta", 1), call.number("threshold", 20)
    if not beta:
        return None
    constants = () if threshold == 20 else (threshold,)
    raised = graph.scale(call.operand(graph, "self"), beta)
    return graph.scale(graph.elementwise("softplus", constants, raised), 1 / beta)


def _glu(graph: Graph, call: Called) -> int:
    x = call.operand(graph, "self")
    dim = call.whole("dim", -1)
    size = graph.shape(x)[dim] // 2
    gate = graph.elementwise("sigmoid", (), graph.sliced(x, dim, size, size))
    return graph.product([(graph.sliced(x, dim, 0, size), 1.0), (gate, 1.0)], call.shape)


def _alone(graph: Graph, call: Called) -> int | None:
    """A function of each number alone; of complex ones it is another."""
    constants = [(name, value) for name, value in call.arguments.items() if name != "self"]
    if kind(call.types[0]) == "c" or any(isinstance(value, tuple) for _, value in constants):
        return None
    return graph.elementwise(call.name, constants, call.operand(graph, "self"))


def _leaky_relu(graph: Graph, call: Called) -> int:
    return graph.bent(call.operand(graph, "self"), 1.0, call.number("negative_slope", 0.01))


def _exp(graph: Graph, call: Called) -> int | None:
    """Of the logarithm of a softmax, that softmax."""
    x = call.operand(graph, "self")
    base, strides, offset = graph.viewed(x)
    node = graph.nodes[base]
    if node.op == "_log_softmax" and node.constants == (1,):
        return graph.view(graph.node("_softmax", (1,), node.operands, node.shape), strides, offset, call.shape)
    return _alone(graph, call)


RULES: Rules = {
    "relu": _clamp(0.0, None),
    "relu6": _clamp(0.0, 6.0),
    "clamp": _clamp_to,
    "clip": _clamp_to,
    "clamp_min": _clamp_to,
    "clamp_max": _clamp_to,
    "hardtanh": _hardtanh,
    "threshold": _threshold,
    "silu": _silu,
    "gelu": _gelu,
    "hardsigmoid": _hardsigmoid,
    "hardswish": _hardswish,
    "mish": _mish,
    "softplus": _softplus,
    "glu": _glu,
    **dict.fromkeys(
        ("sigmoid", "tanh", "erf", "log", "sin", "cos", "abs", "elu", "log_sigmoid", "celu"),
        _alone,
    ),
    "exp": _exp,
    "leaky_relu": _leaky_relu,
}
