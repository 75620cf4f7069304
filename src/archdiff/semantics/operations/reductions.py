"""Means, sums and pools over whole maps, and what is taken over a dimension."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from archdiff.semantics.operations._call import Called, Rules, as_it_is, kind
from archdiff.semantics.operations._graph import SUM_OVER, Graph
from archdiff.semantics.operations._softmax import SOFTMAX, softmax
from archdiff.semantics.operations._strides import Shape


def _summed(graph: Graph, call: Called) -> int | None:
    """Sums, and means as sums by another factor, over dimensions which are then gone."""
    x = call.operand(graph, "self")
    dims = _dims(graph, call, x)
    if dims is None or not call.is_exact:
        return None
    shape = graph.shape(x)
    factor, inner = graph.scaled(x)
    if call.name == "mean":
        factor /= prod(shape[dim] for dim in dims)
    return _over_map(graph, inner, dims, factor, call.shape)


def _extreme(graph: Graph, call: Called) -> int | None:
    x = call.operand(graph, "self")
    dims = _dims(graph, call, x)
    if dims is None:
        return None
    left = _left(graph, x, dims)
    return graph.reshaped(graph.reduced(call.name, x, dims, left), call.shape)


def _over_map(graph: Graph, x: int, dims: Sequence[int], factor: float, shape: Shape) -> int:
    made = graph.reduced(SUM_OVER, x, dims, _left(graph, x, dims))
    return graph.reshaped(graph.scale(made, factor), shape)


def _left(graph: Graph, x: int, dims: Sequence[int]) -> Shape:
    return tuple(size for dim, size in enumerate(graph.shape(x)) if dim not in dims)


def _dims(graph: Graph, call: Called, x: int) -> tuple[int, ...] | None:
    """Over which dimensions, counted from 0; None where they are not known or there is nothing."""
    shape = graph.shape(x)
    given = call.arguments.get("dim")
    dims = (given,) if isinstance(given, int) else given or tuple(range(len(shape)))
    if 0 in shape or not isinstance(dims, tuple):
        return None
    return tuple(sorted({each % len(shape) for each in dims if isinstance(each, int)} if shape else ()))


def _variance(graph: Graph, call: Called) -> int | None:
    """Mean of the squares of what is off the mean."""
    x = call.operand(graph, "self")
    dims = _dims(graph, call, x)
    correction = call.number("correction", 1)
    if dims is None or "unbiased" in call.arguments or not call.is_exact:
        return None
    count = prod(graph.shape(x)[dim] for dim in dims)
    if count <= correction:
        return None
    return graph.reshaped(_spread(graph, x, dims, count - correction)[1], call.shape)


def _spread(graph: Graph, x: int, dims: Sequence[int], count: float) -> tuple[int, int]:
    """What is off the mean, and the sum of its squares by a number; over dimensions that stay with size 1."""
    shape = graph.shape(x)
    whole = tuple(1 if dim in dims else size for dim, size in enumerate(shape))
    factor, inner = graph.scaled(x)
    mean = _over_map(graph, inner, dims, factor / prod(shape[dim] for dim in dims), whole)
    off = graph.sum([(1.0, x), (-1.0, mean)], 0.0, shape)
    square = graph.product([(off, 2.0)], shape)
    factor, inner = graph.scaled(square)
    return off, _over_map(graph, inner, dims, factor / count, whole)


def _layer_norm(graph: Graph, call: Called) -> tuple[int, ...] | None:
    """By its definition; its other outputs are for gradients."""
    x = call.operand(graph, "input")
    shape, sizes = graph.shape(x), call.wholes("normalized_shape")
    if 0 in shape or kind(call.dtype) != "f":
        return None
    dims = tuple(range(len(shape) - len(sizes), len(shape)))
    off, variance = _spread(graph, x, dims, prod(sizes))
    eps = call.number("eps", 1e-5)
    spread = graph.sum([(1.0, variance)], eps, graph.shape(variance))
    made = _weighted(graph, call, graph.product([(off, 1.0), (spread, -0.5)], shape))
    return made, *(graph.node("for gradients", (index,), (x,), each) for index, each in enumerate(call.shapes[1:]))


def _batch_norm(graph: Graph, call: Called) -> tuple[int, ...] | None:
    """With kept statistics by its definition: the momentum moves none."""
    x = call.operand(graph, "input")
    shape = graph.shape(x)
    kept = [call.arguments.get(name) for name in ("running_mean", "running_var")]
    if call.arguments.get("training") is not False or None in kept or 0 in shape or kind(call.dtype) != "f":
        return None
    channels = (1, shape[1], *[1] * (len(shape) - 2))
    mean, variance = (graph.reshaped(call.operand(graph, name), channels) for name in ("running_mean", "running_var"))
    spread = graph.sum([(1.0, variance)], call.number("eps", 1e-5), channels)
    made = graph.product([(graph.sum([(1.0, x), (-1.0, mean)], 0.0, shape), 1.0), (spread, -0.5)], shape)
    made = _weighted(graph, call, made, channels)
    return made, *(graph.node("for gradients", (index,), (x,), each) for index, each in enumerate(call.shapes[1:]))


def _rms_norm(graph: Graph, call: Called) -> tuple[int, ...] | None:
    x = call.operand(graph, "input")
    shape, sizes = graph.shape(x), call.wholes("normalized_shape")
    eps = call.arguments.get("eps")
    if 0 in shape or kind(call.dtype) != "f" or not isinstance(eps, float):
        return None
    dims = tuple(range(len(shape) - len(sizes), len(shape)))
    whole = (*shape[: -len(sizes)], *[1] * len(sizes))
    factor, square = graph.scaled(graph.product([(x, 2.0)], shape))
    mean = _over_map(graph, square, dims, factor / prod(sizes), whole)
    spread = graph.sum([(1.0, mean)], eps, whole)
    made = _weighted(graph, call, graph.product([(x, 1.0), (spread, -0.5)], shape))
    return made, *(graph.node("for gradients", (index,), (x,), each) for index, each in enumerate(call.shapes[1:]))


def _group_norm(graph: Graph, call: Called) -> tuple[int, ...] | None:
    """The same over all of a group, with a weight for each channel."""
    x = call.operand(graph, "input")
    shape, groups, channels = graph.shape(x), call.whole("group", 1), call.whole("C", 0)
    if 0 in shape or kind(call.dtype) != "f":
        return None
    parts = graph.reshaped(x, (shape[0], groups, prod(shape[1:]) // groups))
    off, variance = _spread(graph, parts, (2,), prod(shape[1:]) // groups)
    spread = graph.sum([(1.0, variance)], call.number("eps", 1e-5), graph.shape(variance))
    made = graph.reshaped(graph.product([(off, 1.0), (spread, -0.5)], graph.shape(parts)), shape)
    made = _weighted(graph, call, made, (1, channels, *[1] * (len(shape) - 2)))
    return made, *(graph.node("for gradients", (index,), (x,), each) for index, each in enumerate(call.shapes[1:]))


def _deviation(graph: Graph, call: Called) -> int | None:
    variance = _variance(graph, call)
    return None if variance is None else graph.product([(variance, 0.5)], call.shape)


def _variance_and_mean(graph: Graph, call: Called) -> tuple[int, ...] | None:
    variance, mean = _variance(graph, call), _summed(graph, call._replace(name="mean"))
    return None if variance is None or mean is None else (variance, mean)


def _length(graph: Graph, call: Called) -> int | None:
    """The root of the sum of squares; its gradient at 0 is 0, that of a root is none."""
    if call.is_trained or call.number("ord", 2) != 2 or kind(call.dtype) != "f" or kind(call.types[0]) != "f":
        return None
    x = call.operand(graph, "self")
    dims = _dims(graph, call, x)
    if dims is None:
        return None
    factor, square = graph.scaled(graph.product([(x, 2.0)], graph.shape(x)))
    return graph.product([(_over_map(graph, square, dims, factor, call.shape), 0.5)], call.shape)


def _largest(graph: Graph, call: Called) -> tuple[int, ...] | None:
    """The largest along a dimension, without its place; of several that are alike, one has the gradient."""
    if call.is_trained or not isinstance(call.arguments.get("dim"), int):
        return None
    made = _extreme(graph, call._replace(name={"max": "amax", "min": "amin"}[call.name]))
    return None if made is None else (made, *as_it_is(graph, call)[1:])


def _weighted(graph: Graph, call: Called, made: int, sizes: Shape | None = None) -> int:
    """Times the weight and plus the bias, where there are such; both seen with other sizes where these are given."""

    def seen(name: str) -> int:
        number = call.operand(graph, name)
        return graph.reshaped(number, sizes or graph.shape(number))

    if call.arguments.get("weight") is not None:
        made = graph.product([(made, 1.0), (seen("weight"), 1.0)], call.shape)
    if call.arguments.get("bias") is not None:
        made = graph.sum([(1.0, made), (1.0, seen("bias"))], 0.0, call.shape)
    return made


def _over(graph: Graph, call: Called) -> int | None:
    """Along a dimension counted from 0."""
    x = call.operand(graph, "self")
    dim = call.arguments.get("dim")
    shape = graph.shape(x)
    if not isinstance(dim, int) or not shape or 0 in shape or not call.is_exact:
        return None
    if call.name == SOFTMAX:
        return softmax(graph, x, dim % len(shape))
    return graph.over(call.name, x, dim % len(shape))


RULES: Rules = {
    **dict.fromkeys(("mean", "sum"), _summed),
    **dict.fromkeys(("amax", "amin"), _extreme),
    "var": _variance,
    "native_batch_norm": _batch_norm,
    "std": _deviation,
    "var_mean": _variance_and_mean,
    "linalg_vector_norm": _length,
    **dict.fromkeys(("max", "min"), _largest),
    "native_group_norm": _group_norm,
    "native_layer_norm": _layer_norm,
    "_fused_rms_norm": _rms_norm,
    **dict.fromkeys(("_softmax", "_log_softmax", "cumsum"), _over),
}
