"""What counts as finite numbers where nothing is known of them: what no function made that may give none.

What a logarithm, a quotient or a root gives may be no number, and 0 times that is none.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Final

from archdiff.semantics.operations._graph import SUM, SUM_OVER, VIEW, WHERE, Graph

_MOST: Final = 4096  # nodes that are looked at before something counts as no number
#: what gives finite numbers of finite ones
_KEEP: Final = frozenset(
    {
        *(SUM, VIEW, SUM_OVER, "contraction", "layer", "taken", "aten.convolution", "cat", "roll", "flip", "pad"),
        *(
            "clamp",
            "abs",
            "leaky_relu",
            "maximum",
            "minimum",
            "sigmoid",
            "tanh",
            "erf",
            "sin",
            "cos",
            "softplus",
            "elu",
        ),
        *("amax", "amin", "input", "parameter", "without gradient", "aten.round", "exp"),
        *("aten.dropout", "aten.dropout1d", "aten.dropout2d", "aten.dropout3d"),
    }
)


def is_real(graph: Graph, number: int, beside: Collection[str] = ()) -> bool:
    """Whether all that leads to it gives finite numbers of finite ones; a softmax does, whatever is masked in it.

    Args:
        graph: Which holds it.
        number: The node.
        beside: What else counts as finite.
    """
    stack, met = [number], set[int]()
    while stack:
        current = stack.pop()
        if current in met:
            continue
        met.add(current)
        node = graph.nodes[current]
        if len(met) > _MOST or not (node.op in _KEEP or node.op in beside or _is_finite(graph, current)):
            return False
        if node.op == "_softmax" and graph.nodes[node.operands[0]].op == WHERE:
            stack += [each for each in graph.nodes[node.operands[0]].operands[1:] if graph.number(each) is None]
        else:
            stack += node.operands[1:] if node.op == WHERE else node.operands
    return True


def _is_finite(graph: Graph, number: int) -> bool:
    """Whether a number, a choice, a softmax or a product is finite where what it takes is."""
    node = graph.nodes[number]
    match node.op:
        case "full":
            return math.isfinite(graph.number(number) or 0.0)
        case "product":
            powers = zip(node.operands, node.constants, strict=True)
            return all(_is_above(graph, each) or float(power) in _WHOLE for each, power in powers)  # type: ignore[arg-type]
        case "tensor":
            held = node.constants[0]
            return isinstance(held, tuple) and all(
                isinstance(each, int | float) and abs(each) < math.inf for each in held
            )
    return node.op in (WHERE, "_softmax")


_WHOLE: Final = (1.0, 2.0, 3.0, 4.0)


def _is_above(graph: Graph, number: int) -> bool:
    """Whether it is a number above 0 and what is never below it."""
    node = graph.nodes[number]
    return node.op == SUM and graph.is_never_below(number) and bool(node.constants[-1])
