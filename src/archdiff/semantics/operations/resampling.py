"""Maps in other sizes: by a factor or by a size, and those whose numbers stay what they are."""

from __future__ import annotations

from archdiff.semantics.operations._call import Called, Rule, Rules, as_it_is
from archdiff.semantics.operations._graph import Graph

_SCALES = ("scales", "scales_d", "scales_h", "scales_w")


def _resized(graph: Graph, call: Called) -> tuple[int, ...] | None:
    """A factor that gives this very size says no more than the size."""
    sizes = call.wholes("output_size")
    given = [name for name in _SCALES if call.arguments.get(name) is not None]
    if not sizes or len(given) not in (0, len(sizes)):
        return None
    before = graph.shape(call.operand(graph, "self"))[-len(sizes) :]
    whole = all(size * call.number(name, 0) == after for name, size, after in zip(given, before, sizes, strict=False))
    return as_it_is(graph, call, dict.fromkeys(given)) if whole else None


def _nearest(graph: Graph, call: Called) -> int | tuple[int, ...] | None:
    """By a power of 2, where no rounding moves a place, a number again and again; by the other way, each of so many."""
    made = _resized(graph, call)
    if made is None:
        return None
    x = call.operand(graph, "self")
    sizes = call.wholes("output_size")
    first = len(call.shape) - len(sizes)
    for dim, after in enumerate(sizes, first):
        shape = graph.shape(x)
        before = shape[dim]
        if 0 in (before, after):
            return made
        if before % after == 0:
            x = graph.sliced(x, dim, 0, after, before // after)
        elif after % before == 0 and (after // before).bit_count() == 1:
            x = graph.reshaped(x, (*shape[: dim + 1], 1, *shape[dim + 1 :]))
            x = graph.expanded(x, (*shape[: dim + 1], after // before, *shape[dim + 1 :]))
            x = graph.reshaped(x, (*shape[:dim], after, *shape[dim + 1 :]))
        else:
            return made
    return x


_OTHERS: dict[str, Rule] = dict.fromkeys(
    (
        *("upsample_linear1d", "upsample_bilinear2d", "upsample_trilinear3d", "upsample_bicubic2d"),
        *("_upsample_bilinear2d_aa", "_upsample_bicubic2d_aa"),
        *("_upsample_nearest_exact1d", "_upsample_nearest_exact2d", "_upsample_nearest_exact3d"),
    ),
    _resized,
)

RULES: Rules = {
    **dict.fromkeys(("upsample_nearest1d", "upsample_nearest2d", "upsample_nearest3d"), _nearest),
    **_OTHERS,
}
