"""Upsampling by a whole factor is upsampling to the size that comes of it.

Of one number every mode makes copies, and so does an adaptive pool to a multiple of what comes in.
"""

from __future__ import annotations

from typing import Final

from archdiff.semantics.kinds import Shape, Trait, by_name
from archdiff.semantics.runs import Op, Rewritten, RunRule, operation, stepwise
from archdiff.semantics.runs._shapes import whole


def _plain(op: Op) -> Rewritten | None:
    """An operation by nearest numbers, to a size; None where it is that."""
    kind, printed = op.kind, op.settings.printed
    if (copies := _copies(op)) is not None:
        kind, printed = by_name()["upsample"], {"size": copies, "mode": "nearest"}
    elif _is_exact(op):
        printed = {**printed, "mode": "nearest"}
    elif (size := _size(op)) is not None:
        printed = {**{name: value for name, value in printed.items() if name != "scale_factor"}, "size": size}
    else:
        return None
    return Rewritten((operation(kind, printed, op.input),))


def _again(first: Op, second: Op) -> Rewritten | None:
    """Whatever is picked or averaged of copies of one number, or copied again, is so many copies of it."""
    x, y = first.input, second.output
    if first.kind.name != "upsample" or not first.has(Trait.COPIES) or x is None or y is None or len(x) != len(y):
        return None
    sizes = whole(y[1:])
    takes = any(second.has(trait) for trait in (Trait.AVERAGES, Trait.PICKS_MAX, Trait.COPIES))
    if not takes or len(x) < 2 or set(x[1:]) != {1} or sizes is None:
        return None
    return Rewritten(() if set(sizes) == {1} else (operation(first.kind, {"size": sizes, "mode": "nearest"}, x),))


def _is_exact(op: Op) -> bool:
    """Whether it takes the same numbers with and without half a step more: of a whole factor."""
    factors = op.settings.known("scale_factor") if op.settings.known("mode") == "nearest-exact" else None
    parts = factors if isinstance(factors, tuple) else (factors,)
    return all(isinstance(part, (int, float)) and part >= 1 and part % 1 == 0 for part in parts)


def _copies(op: Op) -> Shape | None:
    """Of how many numbers it makes copies; None where more than one number comes in, or it is printed so already."""
    x, y = op.input, op.output
    if x is None or y is None or len(x) < 2 or len(x) != len(y):
        return None
    pairs = [(a, b) for a, b in zip(x[1:], y[1:], strict=True) if a is not None and b is not None]
    if len(pairs) < len(x) - 1 or all(a == b for a, b in pairs):
        return None
    sizes = tuple([b for _, b in pairs])
    adapts = op.kind.name.startswith("adaptive") and op.kind.dims == len(x) - 1
    if adapts or op.settings.known("mode") == "nearest-exact":
        return sizes if all(b % a == 0 for a, b in pairs) else None
    return sizes if op.settings.known("mode") in _LINEAR and all(a in (1, b) for a, b in pairs) else None


_LINEAR: Final = ("linear", "bilinear", "trilinear")


def _size(op: Op) -> Shape | None:
    x, y = op.input_shape, op.output_shape
    if op.kind.name != "upsample" or x is None or y is None or op.settings.known("scale_factor") is None:
        return None
    factors = op.settings.known("scale_factor")
    parts = factors if isinstance(factors, tuple) else (factors,) * (len(x) - 1)
    whole = all(isinstance(f, (int, float)) and a * f == b for a, b, f in zip(x[1:], y[1:], parts, strict=False))
    return y[1:] if whole else None


RULE = RunRule(name="upsampling", because="the factor gives this size", rewrite=stepwise((2, _again), (1, _plain)))
