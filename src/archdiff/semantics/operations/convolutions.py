"""Convolutions, and the places around a map: padding by a layer of its own is the padding of what takes it.

A convolution whose windows do not overlap is a product of matrices, as a `Linear` of patches is.
"""

from __future__ import annotations

from math import prod

from archdiff.model.trace import Argument, Ref
from archdiff.semantics.operations._call import Called, Rules, as_it_is
from archdiff.semantics.operations._graph import Graph
from archdiff.semantics.operations._windows import symmetric, windows


def _pad(graph: Graph, call: Called) -> int | None:
    """What is taken away is a slice."""
    x, given = call.operand(graph, "self"), call.wholes("pad")
    shape = graph.shape(x)
    value = call.arguments.get("value", 0.0)
    if isinstance(value, Ref | tuple | str) or value is None or 0 in call.shape or 0 in shape:
        return None
    pads = [(0, 0)] * (len(shape) - len(given) // 2)
    pads += [*zip(given[-2::-2], given[-1::-2], strict=True)]
    for dim, (before, behind) in enumerate(pads):
        left_out = min(before, 0), min(behind, 0)
        x = graph.sliced(x, dim, -left_out[0], shape[dim] + sum(left_out))
    return graph.padded(x, [(max(before, 0), max(behind, 0)) for before, behind in pads], value)


def _convolution(graph: Graph, call: Called) -> int | tuple[int, ...] | None:
    """With as much padding as is alike before and behind, and the bias apart."""
    if call.arguments.get("transposed") is not False or not call.is_exact or 0 in call.shape:
        return None
    x, weight = call.operand(graph, "input"), call.operand(graph, "weight")
    factor, x = graph.scaled(x)
    x, padding = symmetric(graph, x, call.wholes("padding"), 0.0)
    made = _product(graph, call, x, weight, padding)
    if made is None:
        own: dict[str, Argument] = {"input": Ref(x), "weight": Ref(weight), "bias": None, "padding": tuple(padding)}
        made = as_it_is(graph, call._replace(types=call.types[:2]), own)[0]
    made = graph.scale(made, factor)
    if call.arguments.get("bias") is None:
        return made
    bias = graph.reshaped(call.operand(graph, "bias"), (1, call.shape[1], *[1] * (len(call.shape) - 2)))
    return graph.sum([(1.0, made), (1.0, bias)], 0.0, call.shape)


def _product(graph: Graph, call: Called, x: int, weight: int, padding: list[int]) -> int | None:
    """Of patches that lie beside each other, of all channels."""
    outputs, channels, *kernel = graph.shape(weight)
    count = len(kernel)
    stride, dilation = call.wholes("stride"), call.wholes("dilation")
    plain = not any(padding) and call.whole("groups", 1) == 1
    if not plain or any(size > 1 and by > 1 for size, by in zip(kernel, dilation, strict=True)):
        return None
    patches = windows(graph, x, kernel, stride, call.shape[2:])
    if patches is None:
        return None
    batch, places = call.shape[0], call.shape[2:]
    dims = range(2, 2 + 2 * count)
    rows = graph.permuted(patches, (0, *dims[::2], 1, *dims[1::2]))
    width = channels * prod(kernel)
    rows = graph.reshaped(rows, (1, batch * prod(places), width))
    columns = graph.reshaped(weight, (1, outputs, width))
    made = graph.reshaped(
        graph.contracted(rows, columns, (1, batch * prod(places), outputs)), (batch, *places, outputs)
    )
    return graph.permuted(made, (0, count + 1, *range(1, count + 1)))


RULES: Rules = {
    "constant_pad_nd": _pad,
    "convolution": _convolution,
}
