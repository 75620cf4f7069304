"""A convolution whose kernel covers all that comes in is a Flatten and a Linear: Conv2d(512, 4096, 7) on a 7x7 map.

The weights lie in memory in the same order; only the shape of the parameter is another. It gives a map of 1x1, so the
Linear is followed by an Unflatten, and a Flatten behind that undoes it.
"""

from __future__ import annotations

from math import prod

from archdiff.model.message import message
from archdiff.model.network import Value
from archdiff.semantics.kinds import NotKnown, added_to, by_name
from archdiff.semantics.runs import PART, Op, Ops, Rewritten, RunRule, operation, stepwise


def _rewrite(op: Op) -> Rewritten | None:
    try:
        found = _parts(op)
    except NotKnown:
        return None
    if found is None:
        return None
    parts, sizes = found
    incoming = op.input[1:] if op.input else (None,)
    if any(gets is not None and gets != size for gets, size in zip(incoming, sizes, strict=False)):
        return None
    needs = None if None not in incoming else message("map-comes-in", shape=sizes, name="the convolution")
    return Rewritten(parts, needs)


def _parts(op: Op) -> tuple[Ops, tuple[int, ...]] | None:
    """Flatten, Linear and Unflatten, and the sizes of the map that has to come in."""
    if op.kind.name not in ("conv_1d", "conv_2d", "conv_3d"):
        return None
    settings = op.settings
    kernel, padding, dilation = (settings.ints(name) for name in ("kernel_size", "padding", "dilation"))
    holes = any(k > 1 and d > 1 for k, d in zip(kernel, dilation, strict=True))
    if any(padding) or holes or settings.int("groups") != 1 or settings.known("standardized") is not False:
        return None
    if settings.known("weight_density") != 1 or added_to(settings):  # of an adapter only the layer itself is known
        return None
    inputs, outputs = settings.int("in_channels"), settings.int("out_channels")
    sizes: dict[str, Value] = {
        "in_features": inputs * prod(kernel),
        "out_features": outputs,
        "bias": settings.known("bias"),
    }
    flat = operation(by_name()["flatten"], {"start_dim": 1, "end_dim": -1}, (inputs, *kernel), PART)
    linear = operation(by_name()["linear"], sizes, flat.output, op.layer)
    back: dict[str, Value] = {"dim": 1, "unflattened_size": (outputs, *(1 for _ in kernel))}
    return (flat, linear, operation(by_name()["unflatten"], back, linear.output, PART)), kernel


RULE = RunRule(
    name="convolution_as_linear",
    because="a convolution whose kernel covers all that comes in is a Linear",
    rewrite=stepwise((1, _rewrite)),
)
