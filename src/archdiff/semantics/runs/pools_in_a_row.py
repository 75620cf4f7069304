"""Two pools one behind the other are one pool of larger windows: maxima of maxima, and means of means that share none.

The windows of the first must leave no number out; those of an average pool must not overlap.
"""

from __future__ import annotations

from archdiff.model.network import Value
from archdiff.semantics.kinds import Shape, Trait
from archdiff.semantics.runs import Op, Rewritten, RunRule, operation, stepwise


def _rewrite(first: Op, second: Op) -> Rewritten | None:
    x, dims = first.input_shape, first.kind.spatial
    if first.kind is not second.kind or not first.kind.name.startswith(("max_pool", "avg_pool")) or x is None:
        return None
    inner, outside = (_windows(op) for op in (first, second))
    if inner is None or outside is None:
        return None
    (kernel, stride), (outer, step) = inner, outside
    means = first.has(Trait.AVERAGES) and second.has(Trait.AVERAGES)
    if not means and not (first.has(Trait.PICKS_MAX) and second.has(Trait.PICKS_MAX)):  # a sum, by another divisor
        return None
    for size, k, s in zip(x[-dims:], kernel, stride, strict=True):
        if (size - k) % s or s > k or (means and s != k):
            return None
    settings: dict[str, Value] = {
        "kernel_size": tuple([k + (o - 1) * s for k, s, o in zip(kernel, stride, outer, strict=True)]),
        "stride": tuple([s * t for s, t in zip(stride, step, strict=True)]),
        "padding": (0,) * dims,
        "ceil_mode": False,
    }
    holes: dict[str, Value] = {"dilation": (1,) * dims} if first.kind.field("dilation") else {}
    one = operation(first.kind, {**settings, **holes}, first.input)
    return Rewritten((one,)) if one.output == second.output else None


def _windows(op: Op) -> tuple[Shape, Shape] | None:
    """How wide the windows are and how far apart; None where they are padded, have holes, or may be cut off."""
    if op.settings.known("ceil_mode") is not False or any(op.settings.ints("padding")):
        return None
    if op.kind.field("dilation") and set(op.settings.ints("dilation")) != {1}:
        return None
    return op.settings.ints("kernel_size"), op.settings.ints("stride")


RULE = RunRule(
    name="pools_in_a_row",
    because="two pools in a row are one of larger windows",
    rewrite=stepwise((2, _rewrite)),
)
