"""Windows cut out of a map and put back: Unfold gives one column a window, Fold adds columns up again.

Both know two spatial dimensions only. Formulas: torch.nn.Unfold and torch.nn.Fold, section "Shape".
"""

from __future__ import annotations

from math import prod

from archdiff.semantics.kinds import Field, Kind, Misfit, Settings, Shape, Trait
from archdiff.semantics.kinds._windows import positions

_FUNCTIONAL = frozenset({Trait.FUNCTIONAL})
_WINDOWS = (
    Field("kernel_size", spread=2),
    Field("dilation", 1, spread=2),
    Field("padding", 0, spread=2),
    Field("stride", 1, spread=2),
)


def _windows(settings: Settings, sizes: Shape) -> int:
    """How many windows a map of these sizes has; a misfit where it has none."""
    names = ("kernel_size", "stride", "padding", "dilation")
    parts = zip(sizes, *(settings.ints(name, 2) for name in names), strict=True)
    counts = tuple(positions(size, k, s, p, d) for size, k, s, p, d in parts)
    if min(counts) < 1:
        raise Misfit("kernel_size", settings.ints("kernel_size", 2), sizes)
    return prod(counts)


def _unfolded(settings: Settings, x: Shape) -> Shape:
    kernel = settings.ints("kernel_size", 2)
    if len(x) != 3:
        raise Misfit("kernel_size", kernel, x)
    return (x[0] * prod(kernel), _windows(settings, x[1:]))


def _folded(settings: Settings, x: Shape) -> Shape:
    size, area = settings.ints("output_size", 2), prod(settings.ints("kernel_size", 2))
    if len(x) != 2 or area < 1 or x[0] % area:
        raise Misfit("kernel_size", area, x[0] if len(x) == 2 else x)
    if min(size) < 1 or x[1] != _windows(settings, size):
        raise Misfit("output_size", size, x[1])
    return (x[0] // area, *size)


KINDS = (
    Kind(
        name="unfold",
        classes={"Unfold": {}},
        positional=("kernel_size", "dilation", "padding", "stride"),
        fields=_WINDOWS,
        shape=_unfolded,
        traits=_FUNCTIONAL,
        traits_if={Trait.COPIES: lambda settings: settings.known("padding") == (0, 0)},
        dims=2,
        constructor="torch.nn.Unfold",
    ),
    Kind(
        name="fold",
        classes={"Fold": {}},
        positional=("output_size", "kernel_size", "dilation", "padding", "stride"),
        fields=(Field("output_size", spread=2), *_WINDOWS),
        shape=_folded,
        traits=_FUNCTIONAL,
        constructor="torch.nn.Fold",
    ),
)
