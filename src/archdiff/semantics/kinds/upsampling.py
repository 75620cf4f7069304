"""Upsampling by a factor or to a size. align_corners is never printed and moves every interpolated number."""

from __future__ import annotations

from math import floor, isfinite

from archdiff.model.network import UNKNOWN, Value
from archdiff.semantics.kinds import Field, Kind, Misfit, NotKnown, Partial, Settings, Shape, Trait
from archdiff.semantics.kinds._windows import requests_own_size

#: spatial dimensions of each mode; nearest ones take any of one to three: torch.nn.functional.interpolate
_DIMS = {"linear": (1,), "bilinear": (2,), "bicubic": (2,), "lanczos": (2,), "trilinear": (3,)}


def _corners(settings: Settings) -> Value:
    """Without interpolation there are no corners to align."""
    return UNKNOWN if settings.known("mode") in _DIMS else None


def _recomputed(settings: Settings) -> Value:
    """Matters only where a factor gives no whole size."""
    factors = settings.known("scale_factor")
    parts = factors if isinstance(factors, tuple) else (factors,)
    return (
        None if all(part is None or (isinstance(part, (int, float)) and part % 1 == 0) for part in parts) else UNKNOWN
    )


def _each_side(value: Value, _settings: Settings, x: Shape | None) -> Value:
    """One number stands for all sides."""
    return (value,) * (len(x) - 1) if x and isinstance(value, (int, float)) else value


def _upsampled(settings: Settings, x: Shape) -> Shape:
    dims = len(x) - 1
    if dims not in _DIMS.get(str(settings["mode"]), (1, 2, 3)):
        raise Misfit("dimensions", _DIMS.get(str(settings["mode"]), (1, 2, 3)), x)
    if settings["size"] is not None:
        return (x[0], *settings.ints("size", dims))
    factors = _each_side(settings["scale_factor"], settings, x)
    if not isinstance(factors, tuple) or len(factors) != dims:
        raise NotKnown("scale_factor")
    numbers = tuple(part for part in factors if isinstance(part, (int, float)) and isfinite(part))
    if len(numbers) != dims:
        raise NotKnown("scale_factor")
    out = tuple(floor(size * factor) for size, factor in zip(x[1:], numbers, strict=True))
    if min(out) < 1:
        raise Misfit("scale_factor", out, x[1:])
    return (x[0], *out)


def _to_own_size(settings: Settings, x: Partial | None) -> bool:
    """No interpolation moves a number that is wanted where it is."""
    factors = settings.known("scale_factor")
    parts = factors if isinstance(factors, tuple) else (factors,)
    if settings.known("size") is None and all(part == 1 for part in parts):
        return True
    if settings.known("size") is None:
        return False
    if x is None or len(x) < 2:
        raise NotKnown("size")
    return requests_own_size("size", settings.ints("size", len(x) - 1), x[1:])


def _nearest(settings: Settings) -> bool:
    return str(settings.known("mode")).startswith("nearest")


KINDS = (
    Kind(
        name="upsample",
        classes={
            "Upsample": {},
            "UpsamplingNearest2d": {"mode": "nearest"},
            "UpsamplingBilinear2d": {"mode": "bilinear", "align_corners": True},
        },
        fields=(
            Field("size", None, meaning=_each_side),
            # sizes are cut off: a third of 24 numbers is 8, 0.33333333 of them is 7
            Field("scale_factor", None, meaning=_each_side, tolerance=0.0),
            Field("mode", "nearest"),
            Field("align_corners", _corners, likely=False, varies=True, remark="moves every interpolated number"),
            Field("recompute_scale_factor", _recomputed, likely=None, varies=True),
        ),
        shape=_upsampled,
        traits=frozenset({Trait.FUNCTIONAL}),
        traits_if={Trait.COPIES: _nearest},
        idle=_to_own_size,
        constructor="torch.nn.Upsample",
    ),
)
