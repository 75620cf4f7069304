"""What counts as finite numbers where nothing is known of them: what no function made that may give none.

What a logarithm, a quotient or a root gives may be no number, and 0 times that is none.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Final

from archdiff.semantics.operations._graph import SUM, VIEW, Graph

_MOST: Final = 64  # nodes that are looked at before something counts as no number


def is_real(graph: Graph, number: int, beside: Collection[str] = ()) -> bool:
    """Whether sums and products alone lead to it from layers, weights, inputs, and products of matrices.

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
        match node.op:
            case "contraction" | "input" | "parameter" | "layer" | "taken" | "aten.convolution":
                continue
            case _ if node.op in beside:
                continue
            case "full":
                if not math.isfinite(graph.number(current) or 0.0):
                    return False
            case "product":
                if any(not isinstance(power, int | float) or power < 0 or power % 1 for power in node.constants):
                    return False
            case _ if node.op not in (SUM, VIEW, "clamp", "cat", "roll", "sigmoid", "tanh", "without gradient"):
                return False
        if len(met) > _MOST:
            return False
        stack += node.operands
    return True
