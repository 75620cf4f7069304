"""One leaf of the normal form with all that its own text and its input tell: shape, winners, densities, cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import prod
from typing import TypeAlias

from archdiff import kinds
from archdiff.kinds import Kind, Misfit, NotKnown, Settings, Shape, Trait
from archdiff.kinds.k_winners import Winners, winners
from archdiff.network import Layer, leaves

#: share of non-zero numbers in training and in inference; None where it depends on the data
Densities: TypeAlias = tuple[float | None, float | None]

DENSE: Densities = (1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Leaf:
    """One leaf with all that the text tells of it; None where it does not. Shapes without the batch."""

    path: str
    layer: Layer
    kind: Kind | None
    settings: Settings
    input_shape: Shape | None = None
    output_shape: Shape | None = None
    winners: Winners | None = None
    density: float | None = None  # share of non-zero outputs while training; after pooling for evenly spread winners
    density_inference: float | None = None
    parameters: int | None = 0
    nonzero_parameters: int | None = 0
    macs: int | None = 0

    def has(self, trait: Trait) -> bool:
        return self.kind is not None and self.kind.has(trait, self.settings)


def bare_leaves(root: Layer) -> Iterator[Leaf]:
    """The leaves in printed order with kind and settings; containers without children are no layers."""
    for path, layer in leaves(root):
        kind = kinds.by_name().get(layer.kind)
        settings = (
            kinds.settings_of(layer) if kind else Settings(_NO_KIND, {s.name or "": s.value for s in layer.settings})
        )
        leaf = Leaf(path, layer, kind, settings)
        if not (leaf.has(Trait.SEQUENTIAL) or leaf.has(Trait.LISTS)):
            yield leaf


_NO_KIND = Kind("", {})


def step(leaf: Leaf, x: Shape) -> Shape:
    """The output shape; raises Misfit or NotKnown. A printed n of k-winners fixes how many numbers come in."""
    if leaf.kind is None or leaf.kind.shape is None:
        raise NotKnown(leaf.layer.class_name)
    n = leaf.settings.known("n") if leaf.has(Trait.PICKS_WINNERS) else 0
    if isinstance(n, int) and n not in (0, prod(x)):
        raise Misfit("n", n, prod(x))
    return leaf.kind.shape(leaf.settings, x)


def with_facts(leaf: Leaf, x: Shape | None, y: Shape | None, dense: tuple[float | None, float | None]) -> Leaf:
    kind, settings = leaf.kind, leaf.settings
    won = _winners(leaf, x)
    total = _known(lambda: kind.parameters(settings)) if kind else None
    nonzero = total
    macs = 0 if kind else None
    if kind and kind.weight_rows is not None and total is not None:
        nonzero = _known(lambda: _nonzero(kind, settings, total))
    if kind:
        macs = _known(lambda: kind.macs(settings, x, y)) if x is not None and y is not None else None
    return replace(
        leaf,
        input_shape=x,
        output_shape=y,
        winners=won,
        density=dense[0],
        density_inference=dense[1],
        parameters=total,
        nonzero_parameters=nonzero,
        macs=macs,
    )


def _known(count: Callable[[], int]) -> int | None:
    try:
        return count()
    except (NotKnown, TypeError, ValueError, ZeroDivisionError):
        return None  # a setting that is missing or of another type than the formula needs


def _nonzero(kind: Kind, settings: Settings, total: int) -> int:
    density = settings.known("weight_density")
    if not isinstance(density, (int, float)):
        raise NotKnown("weight_density")
    assert kind.weight_rows is not None
    rows, inputs = kind.weight_rows(settings)
    return total - rows * (inputs - round(density * inputs))


def _winners(leaf: Leaf, x: Shape | None) -> Winners | None:
    """n, k and k_inference; n from the shape that comes in, else as printed."""
    if not leaf.has(Trait.PICKS_WINNERS):
        return None
    printed = leaf.settings.known("n")
    n = prod(x) if x is not None else printed if isinstance(printed, int) and printed > 0 else None
    try:
        return winners(leaf.settings, n)
    except NotKnown:
        return None


def densities(
    leaf: Leaf, x: Shape | None, y: Shape | None, before: tuple[float | None, float | None]
) -> tuple[float | None, float | None]:
    """Share of non-zero outputs in training and in inference.

    After k-winners it is k/n. The largest of w inputs is zero only where none is positive, so for winners spread evenly
    over the map 1 - (1 - d)^w outputs are non-zero: with two in a hundred of a 2x2 window, about eight in a hundred.
    """
    won = _winners(leaf, x)
    if won and won.n:
        return tuple(None if k is None else min(1.0, k / won.n) for k in (won.k, won.k_inference))  # type: ignore[return-value]
    if leaf.has(Trait.PICKS_MAX):
        window = prod(x[1:]) / prod(y[1:]) if x and y and "output_size" in leaf.settings else _window(leaf)
        return tuple(None if d is None or window is None else 1 - (1 - d) ** window for d in before)  # type: ignore[return-value]
    if leaf.has(Trait.RESHAPES) or leaf.has(Trait.IDENTITY):
        return before
    if leaf.has(Trait.DROPS):
        p = leaf.settings.known("p")
        return (before[0] * (1 - p) if before[0] is not None and isinstance(p, (int, float)) else None, before[1])
    if leaf.has(Trait.AFFINE_MAP) or leaf.has(Trait.CHANNEL_SCALE):
        return 1.0, 1.0
    return None, None


def _window(leaf: Leaf) -> int | None:
    try:
        dims = leaf.kind.dims if leaf.kind and leaf.kind.dims else 1
        return prod(leaf.settings.ints("kernel_size", dims))
    except NotKnown:
        return None
