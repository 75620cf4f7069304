"""What moves numbers and changes none: any chain of it is one view."""

from __future__ import annotations

from archdiff.semantics.operations._call import Called, Rules, is_widened
from archdiff.semantics.operations._graph import Graph


def _same(graph: Graph, call: Called) -> int:
    return call.operand(graph, "self")


def _reshape(graph: Graph, call: Called) -> int | None:
    """Not the bits of each number as another type."""
    if not call.keeps_type:
        return None
    return graph.reshaped(call.operand(graph, "self"), call.shape)


def _converted(graph: Graph, call: Called) -> int:
    """Another place or layout in memory is none; another type of numbers is."""
    return _to(graph, call.operand(graph, "self"), call.types[0], call.dtype)


def _to(graph: Graph, x: int, before: str, after: str) -> int:
    return x if before == after or is_widened(before, after) else graph.elementwise("to", (after,), x)


def _copy(graph: Graph, call: Called) -> int:
    """Into what has another type, its numbers are converted."""
    return graph.expanded(_to(graph, call.operand(graph, "src"), call.types[-1], call.dtype), call.shape)


def _permute(graph: Graph, call: Called) -> int:
    return graph.permuted(call.operand(graph, "self"), call.wholes("dims"))


def _transpose(graph: Graph, call: Called) -> int:
    x = call.operand(graph, "self")
    order = [*range(len(call.shape))]
    first, second = (call.whole("dim0", 0), call.whole("dim1", 1)) if order else (0, 0)
    if len(order) > 1:
        order[first], order[second] = order[second], order[first]
    return graph.permuted(x, order)


def _expand(graph: Graph, call: Called) -> int:
    return graph.expanded(call.operand(graph, "self"), call.shape)


def _repeat(graph: Graph, call: Called) -> int:
    return graph.repeated(call.operand(graph, "self"), call.wholes("repeats"))


def _slice(graph: Graph, call: Called) -> int:
    x = call.operand(graph, "self")
    dim = call.whole("dim", 0)
    size = graph.shape(x)[dim]
    start = call.whole("start", 0)
    start = max(0, start + size) if start < 0 else min(start, size)
    return graph.sliced(x, dim, start, call.shape[dim], call.whole("step", 1))


def _select(graph: Graph, call: Called) -> int:
    x = call.operand(graph, "self")
    dim = call.whole("dim", 0)
    index = call.whole("index", 0) % graph.shape(x)[dim]
    return graph.reshaped(graph.sliced(x, dim, index, 1), call.shape)


def _parts(graph: Graph, call: Called) -> tuple[int, ...]:
    x = call.operand(graph, "self")
    dim = call.whole("dim", 0)
    found, start = [], 0
    for shape in call.shapes:
        found.append(graph.sliced(x, dim, start, shape[dim]))
        start += shape[dim]
    return tuple(found)


def _unbind(graph: Graph, call: Called) -> tuple[int, ...]:
    x = call.operand(graph, "self")
    dim = call.whole("dim", 0)
    return tuple(graph.reshaped(graph.sliced(x, dim, i, 1), shape) for i, shape in enumerate(call.shapes))


def _cat(graph: Graph, call: Called) -> int:
    dim = call.whole("dim", 0) % len(call.shape)
    return _joined(graph, call.operands("tensors"), dim, call)


def _stack(graph: Graph, call: Called) -> int:
    dim = call.whole("dim", 0) % len(call.shape)
    shape = (*call.shape[:dim], 1, *call.shape[dim + 1 :])
    return _joined(graph, [graph.reshaped(each, shape) for each in call.operands("tensors")], dim, call)


def _joined(graph: Graph, parts: list[int], dim: int, call: Called) -> int:
    """What is empty adds nothing."""
    return graph.joined([each for each in parts if 0 not in graph.shape(each)], dim, call.shape)


def _turned(graph: Graph, call: Called) -> int:
    """Flipped dimensions are counted from 0, in order; one that is flipped twice is not."""
    x = call.operand(graph, "self")
    dims = {each % len(call.shape) for each in call.wholes("dims")} if call.shape else set()
    node = graph.nodes[x]
    if node.op == "flip":
        dims ^= {each for each in node.constants if isinstance(each, int)}
        x = node.operands[0]
    return graph.node("flip", sorted(dims), (x,), call.shape) if dims else x


def _rolled(graph: Graph, call: Called) -> int | None:
    """By places counted from 0, one for each dimension; several of these are one."""
    shape, dims = call.shape, call.wholes("dims")
    if not dims or 0 in shape:
        return None
    x = call.operand(graph, "self")
    for dim, shift in zip(dims, call.wholes("shifts"), strict=True):
        x = graph.rolled(x, dim % len(shape), shift)
    return x


def _shuffled(graph: Graph, call: Called) -> int:
    """Channels of groups by turns."""
    x, groups = call.operand(graph, "self"), call.whole("groups", 1)
    batch, channels, *places = call.shape
    parts = graph.reshaped(x, (batch, groups, channels // groups, *places))
    turned = graph.permuted(parts, (0, 2, 1, *range(3, len(places) + 3)))
    return graph.reshaped(turned, call.shape)


def _enlarged(graph: Graph, call: Called) -> int:
    """Channels into places: pixel_shuffle."""
    x, factor = call.operand(graph, "self"), call.whole("upscale_factor", 1)
    *batch, channels, height, width = graph.shape(x)
    count = len(batch)
    parts = graph.reshaped(x, (*batch, channels // factor**2, factor, factor, height, width))
    order = (*range(count), *(count + each for each in (0, 3, 1, 4, 2)))
    return graph.reshaped(graph.permuted(parts, order), call.shape)


def _reduced(graph: Graph, call: Called) -> int:
    """MemoryPlaces into channels: pixel_unshuffle."""
    x, factor = call.operand(graph, "self"), call.whole("downscale_factor", 1)
    *batch, channels, height, width = graph.shape(x)
    count = len(batch)
    parts = graph.reshaped(x, (*batch, channels, height // factor, factor, width // factor, factor))
    order = (*range(count), *(count + each for each in (0, 2, 4, 1, 3)))
    return graph.reshaped(graph.permuted(parts, order), call.shape)


RULES: Rules = {
    **dict.fromkeys(
        (
            *("alias", "detach", "clone", "contiguous", "lift_fresh", "lift_fresh_copy"),
            *("positive", "lift", "resolve_conj", "resolve_neg"),
        ),
        _same,
    ),
    **dict.fromkeys(
        ("view", "_unsafe_view", "reshape", "_reshape_alias", "_reshape_copy", "flatten", "unflatten", "squeeze"),
        _reshape,
    ),
    **dict.fromkeys(("unsqueeze", "view_as"), _reshape),
    **dict.fromkeys(("_to_copy", "to"), _converted),
    "copy": _copy,
    "permute": _permute,
    "transpose": _transpose,
    "t": _transpose,
    "expand": _expand,
    "repeat": _repeat,
    "slice": _slice,
    "select": _select,
    "split": _parts,
    "split_with_sizes": _parts,
    "chunk": _parts,
    "unsafe_split": _parts,
    "unsafe_split_with_sizes": _parts,
    "unsafe_chunk": _parts,
    "unbind": _unbind,
    "flip": _turned,
    "roll": _rolled,
    "channel_shuffle": _shuffled,
    "native_channel_shuffle": _shuffled,
    "pixel_shuffle": _enlarged,
    "pixel_unshuffle": _reduced,
    "cat": _cat,
    "stack": _stack,
}
