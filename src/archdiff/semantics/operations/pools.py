"""Pools: those whose windows do not overlap are means over dimensions, and adaptive ones are pools of one size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from math import prod
from typing import Final

from archdiff.model.trace import Argument, Ref
from archdiff.semantics.operations._call import Called, Rules, as_it_is
from archdiff.semantics.operations._graph import CAT, SUM, SUM_OVER, VIEW, Graph
from archdiff.semantics.operations._windows import symmetric, windows


def _mean(graph: Graph, call: Called) -> int | tuple[int, ...] | None:
    """The mean of each window, with the zeros around the map."""
    x, sizes = call.operand(graph, "self"), call.wholes("kernel_size")
    if not call.is_exact or call.arguments.get("divisor_override") is not None or 0 in graph.shape(x) or not sizes:
        return None
    stride = call.wholes("stride") or sizes
    padding = call.wholes("padding") or [0] * len(sizes)
    counts_zeros = call.arguments.get("count_include_pad", True) is True
    if call.arguments.get("ceil_mode", False) is False and counts_zeros:
        inner, own = symmetric(graph, x, padding, 0.0)
        if graph.pads(inner)[0] == inner and all(each <= size // 2 for each, size in zip(own, sizes, strict=True)):
            x, padding = inner, own
    if any(padding):
        return as_it_is(graph, call, {"self": Ref(x), "padding": tuple(padding)})
    return _of_windows(graph, SUM_OVER, x, sizes, stride, call)


def _of_windows(graph: Graph, op: str, x: int, sizes: Sequence[int], stride: Sequence[int], call: Called) -> int | None:
    """Of windows that do not overlap."""
    parts = windows(graph, x, sizes, stride, call.shape[-len(sizes) :])
    if parts is None:
        return None
    whole = graph.shape(parts)
    first = len(whole) - 2 * len(sizes)
    inside = range(first + 1, len(whole), 2)
    factor, inner = graph.scaled(parts) if op == SUM_OVER else (1.0, parts)
    left = tuple(size for dim, size in enumerate(whole) if dim not in inside)
    made = graph.reshaped(graph.reduced(op, inner, tuple(inside), left), call.shape)
    return graph.scale(made, factor / prod(sizes)) if op == SUM_OVER else made


def _adaptive_mean(graph: Graph, call: Called) -> int | None:
    x = call.operand(graph, "self")
    sizes = _sizes(graph, call, x)
    return _of_windows(graph, SUM_OVER, x, sizes, sizes, call) if sizes and call.is_exact else None


def _sizes(graph: Graph, call: Called, x: int) -> list[int]:
    """Of the windows of an adaptive pool, where they are alike; else nothing."""
    given = call.wholes("output_size")
    pairs = [*zip(graph.shape(x)[-len(given) :], call.shape[-len(given) :], strict=True)] if given else []
    whole = pairs and not any(0 in pair or pair[0] % pair[1] for pair in pairs)
    return [size // count for size, count in pairs] if whole else []


def _largest(graph: Graph, call: Called) -> tuple[int, ...] | None:
    """The largest number of each window; places are those in what is padded."""
    x, sizes = call.operand(graph, "self"), call.wholes("kernel_size")
    padding = call.wholes("padding") or [0] * len(sizes)
    plain = call.arguments.get("ceil_mode", False) is False and not any(each > 1 for each in call.wholes("dilation"))
    if not plain or not sizes or 0 in graph.shape(x):
        return None
    places = as_it_is(graph, call)[1:]
    for value in (-math.inf, 0.0):
        inner, own = symmetric(graph, x, padding, value)
        is_least = value < 0 or (_ends_flat(graph, inner) if call.is_trained else graph.is_never_below(inner))
        fits = all(each <= size // 2 for each, size in zip(own, sizes, strict=True))
        if inner != x and is_least and fits and graph.pads(inner)[0] == inner:
            x, padding = inner, own
    stride = call.wholes("stride") or sizes
    made = None if any(padding) or call.is_trained else _of_windows(graph, "amax", x, sizes, stride, call)
    changed: dict[str, Argument] = {"self": Ref(x)}
    if any(padding):
        changed["padding"] = tuple(padding)
    return as_it_is(graph, call, changed)[0] if made is None else made, *places


def _ends_flat(graph: Graph, number: int) -> bool:
    """Whether it is never below 0, and no gradient passes where it is 0: whichever of several zeros is the largest."""
    node = graph.nodes[number]
    if node.op in (SUM, VIEW, CAT):
        return graph.is_never_below(number) and all(_ends_flat(graph, each) for each in node.operands)
    return node.op in _FLAT_AT_0 and graph.is_never_below(number)


#: ReLU and its kin; what others give is only 0 where it is too small for a number, with its slope
_FLAT_AT_0: Final = ("clamp", "sigmoid", "exp", "softplus")


def _adaptive_largest(graph: Graph, call: Called) -> tuple[int, ...] | None:
    sizes = _sizes(graph, call, call.operand(graph, "self"))
    if not sizes:
        return None
    arguments: dict[str, Argument] = {"self": call.arguments["self"], "kernel_size": tuple(sizes)}
    name = f"max_pool{len(sizes)}d_with_indices"
    return _largest(graph, call._replace(name=name, arguments=arguments))


RULES: Rules = {
    **dict.fromkeys(("avg_pool2d", "avg_pool3d"), _mean),
    **dict.fromkeys(("_adaptive_avg_pool2d", "_adaptive_avg_pool3d"), _adaptive_mean),
    **dict.fromkeys(("max_pool2d_with_indices", "max_pool3d_with_indices"), _largest),
    **dict.fromkeys(("adaptive_max_pool2d", "adaptive_max_pool3d"), _adaptive_largest),
}
