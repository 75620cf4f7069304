"""Pools of which a print holds little: the way back from a max pool, and fractional max pools.

A max unpool takes the indices that its max pool returned, and its forward may be given an output size, which no print
holds. A fractional max pool prints nothing at all.
"""

from __future__ import annotations

from archdiff.model.network import UNKNOWN
from archdiff.semantics.kinds import Field, Kind, Misfit, Settings, Shape, Trait
from archdiff.semantics.kinds._windows import INDICES, spatial, window_fields


def _unpooled(settings: Settings, x: Shape) -> Shape:
    """Of the usual output size: what a max pool without remainder had. Source: torch.nn.MaxUnpool2d, "Shape"."""
    kernel, dims = settings.ints("kernel_size"), settings.kind.spatial
    sizes = spatial("kernel_size", kernel, x, dims)
    stride, padding = settings.ints("stride"), settings.ints("padding")
    out = tuple((size - 1) * s + k - 2 * p for size, s, k, p in zip(sizes, stride, kernel, padding, strict=True))
    if min(out) < 1:
        raise Misfit("kernel_size", kernel, sizes)
    return (*x[: len(x) - dims], *out)


def _max_unpool(dims: int) -> Kind:
    return Kind(
        name=f"max_unpool_{dims}d",
        classes={f"MaxUnpool{dims}d": {}},
        positional=("kernel_size", "stride", "padding"),
        fields=window_fields(dims),
        shape=_unpooled,
        traits=frozenset({Trait.FUNCTIONAL, Trait.UNPOOLS}),
        dims=dims,
        constructor=f"torch.nn.MaxUnpool{dims}d",
    )


def _fractional_max_pool(dims: int) -> Kind:
    return Kind(
        name=f"fractional_max_pool_{dims}d",
        classes={f"FractionalMaxPool{dims}d": {}},
        fields=(
            Field("kernel_size", UNKNOWN),
            Field("output_size", UNKNOWN, remark="this or output_ratio is given"),
            Field("output_ratio", UNKNOWN, follows="output_size"),
            INDICES,
        ),
        shape=None,  # of an output size that is not printed
        traits=frozenset({Trait.FUNCTIONAL, Trait.PICKS_MAX}),
        constructor=f"torch.nn.FractionalMaxPool{dims}d",
    )


KINDS = (*(_max_unpool(dims) for dims in (1, 2, 3)), *(_fractional_max_pool(dims) for dims in (2, 3)))
