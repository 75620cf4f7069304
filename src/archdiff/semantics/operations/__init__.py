"""A trace in the form that all spellings of one computation share.

One file a family of torch's operators, each exporting `RULES`: by the name of the operator, what it is made of. What
has no rule stays as it is, with what it was called with. Knows one trace at a time; that two share a `Graph` makes
equal what is equal in both. Equal node numbers are a promise: the same numbers come out, whatever goes in.
"""

from __future__ import annotations

from collections.abc import Callable

from archdiff.model.network import Value
from archdiff.model.trace import ForwardTrace
from archdiff.semantics.operations._graph import CONTRACTION, FULL, SUM, VIEW, WHERE, Graph, GraphNode
from archdiff.semantics.operations._reading import HIDDEN, LAYER, NormalTrace, Reading, rate
from archdiff.semantics.operations._strides import Shape, Strides, composed, contiguous, merged, split

__all__ = [
    "CONTRACTION",
    "FULL",
    "HIDDEN",
    "LAYER",
    "SUM",
    "VIEW",
    "WHERE",
    "Graph",
    "GraphNode",
    "NormalTrace",
    "Reading",
    "Shape",
    "Strides",
    "composed",
    "contiguous",
    "merged",
    "normal_form",
    "rate",
    "split",
]


def normal_form(
    trace: ForwardTrace,
    graph: Graph,
    layer: Callable[[str], Value],
    parameter: Callable[[str], Value],
    closed: Callable[[str], bool],
    evened: frozenset[int] = frozenset(),
) -> NormalTrace:
    """The nodes of a trace.

    Args:
        trace: Of one forward.
        graph: Gets the nodes; that of the other network as well.
        layer: What a layer is called in both networks, by its path.
        parameter: What a weight is called in both networks, by its name.
        closed: Whether a module counts as one layer, by its path, although what runs in it was traced.
        evened: Operations that draw numbers and are taken by the mean of these: nothing is left out at random.
    """
    return Reading(trace, graph, layer, parameter, closed, evened).read()
