"""In which parts a class prints projections of one input: q, k and v, or qkv; gate and up, or both in one.

Names say what a layer gives; for a feed-forward part with a gate whose layers are numbered (w1, w2, w3), sizes say the
rest. Knows one layer at a time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import Final, NamedTuple, TypeAlias

from archdiff.model.network import Layer
from archdiff.semantics.attention import fused, part, projection
from archdiff.semantics.containers import Forward, forward

ATTENTION: Final = ("query", "key", "value")
GATED: Final = ("gate", "up")
#: a MultiheadAttention takes three inputs and holds their projections in one matrix, which it does not print
NOT_PRINTED: Final = "not printed"
MULTIHEAD: Final = "multihead_attention"

_SIZES: Final = {"linear": ("in_features", "out_features")} | {
    f"conv_{dims}d": ("in_channels", "out_channels") for dims in (1, 2, 3)
}


class ProjectionLayer(NamedTuple):
    """One printed layer, and which projections it gives."""

    parts: tuple[str, ...]
    place: int  # among the children
    layer: Layer

    @property
    def width(self) -> int:
        """How many features or channels it gives; 0 where that is not printed."""
        return widths(self.layer)[1]


#: the parts of each printed layer, in the order of the family
Grouping: TypeAlias = tuple[tuple[str, ...], ...]


def projection_layers(layer: Layer, family: tuple[str, ...]) -> tuple[ProjectionLayer, ...]:
    """The layers of a class that give the projections of a family.

    Args:
        layer: with children in normal form.
        family: ATTENTION or GATED.

    Returns:
        In the order of the family; none unless each projection is given by exactly one of them.
    """
    if not layer.children or forward(layer) is not Forward.SOMEBODY:  # in a Sequential one takes what the other gives
        return ()
    found = _named(layer) if family == ATTENTION else _named(layer) or _numbered(layer)
    found = [each for each in found if set(each.parts) <= {*family}]
    ordered = sorted(found, key=lambda each: family.index(each.parts[0]))
    return tuple(ordered) if sorted(part for each in ordered for part in each.parts) == sorted(family) else ()


def _named(layer: Layer) -> list[ProjectionLayer]:
    named = ((place, child, fused(child.name) or _alone(child.name)) for place, child in enumerate(layer.children))
    return [ProjectionLayer(parts, place, child) for place, child, parts in named if parts and is_map(child)]


def _alone(name: str) -> tuple[str, ...]:
    found = part(name)
    return (found,) if found else ()


_NUMBERED: Final = re.compile(r"(w|wi|fc1|l|linear)_?(\d|[gx])?")
#: `w12` of xformers, `w13` of vLLM: two of three numbered layers
_TWO: Final = re.compile(r"w_?\d_?w?_?\d")


def _numbered(layer: Layer) -> list[ProjectionLayer]:
    """Gate and up of names that do not say so: two layers of one size before one that makes them narrow again."""
    maps = [(place, child) for place, child in enumerate(layer.children) if is_map(child)]
    if len(maps) == 2 and _TWO.fullmatch(maps[0][1].name) and widths(maps[0][1])[1] == 2 * widths(maps[1][1])[0]:
        return [ProjectionLayer(GATED, *maps[0])]
    if len(maps) != 3:
        return []
    for down in maps:
        first, second = (each for each in maps if each is not down)
        inputs, wide = widths(first[1])
        is_two = widths(second[1]) == (inputs, wide) and widths(down[1])[0] == wide != inputs
        if is_two and all(_NUMBERED.fullmatch(child.name) for _, child in (first, second)):
            return [ProjectionLayer(("gate",), *first), ProjectionLayer(("up",), *second)]
    return []


def is_map(layer: Layer) -> bool:
    """Whether it is a Linear or a convolution that prints its sizes."""
    return layer.kind in _SIZES and not layer.children and 0 not in widths(layer)


def widths(layer: Layer) -> tuple[int, int]:
    """How many features or channels a Linear or a convolution takes and gives; zeros where that is not printed."""
    names = _SIZES.get(layer.kind)
    sizes = {setting.name: setting.value for setting in layer.settings if names and setting.name in names}
    inputs, outputs = (sizes.get(name) for name in names) if names else (0, 0)
    return (inputs, outputs) if isinstance(inputs, int) and isinstance(outputs, int) else (0, 0)


@cache
def form_of(family: tuple[str, ...]) -> Callable[[Layer], Grouping | str | None]:
    """(a layer) -> in which parts it prints the projections of this family; None where it prints none."""

    def form(layer: Layer) -> Grouping | str | None:
        if family == ATTENTION and layer.kind == MULTIHEAD:
            return NOT_PRINTED
        return tuple([each.parts for each in projection_layers(layer, family)]) or None

    return form


def may_differ(own: frozenset[str], other: frozenset[str], family: tuple[str, ...]) -> bool:
    """Whether two networks may print projections of this family in other parts, by the names and kinds in each."""
    words = [frozenset([name for name in names if not name.isdigit()]) for names in (own, other)]  # long lists count
    both = [_parts_in(names, family) for names in words]
    together = {parts for each in both for parts in each}
    return all(both) and sum(map(len, together)) > len({part for parts in together for part in parts})


def _parts_in(names: frozenset[str], family: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
    found = {fused(name) or _alone(name) for name in names}
    if family == ATTENTION and MULTIHEAD in names:
        found |= {ATTENTION, *((part,) for part in ATTENTION)}  # it goes with each
    if family == GATED and any(map(_NUMBERED.fullmatch, names)):
        found |= {(part,) for part in GATED}
    if family == GATED and any(map(_TWO.fullmatch, names)):
        found.add(GATED)
    return frozenset(parts for parts in found if parts and {*parts} <= {*family})


def others(layer: Layer, projections: Iterable[ProjectionLayer]) -> list[Layer]:
    """The other Linears and convolutions of a class: its output projection, the one that makes it narrow again."""
    own = {each.place for each in projections}
    return [child for place, child in enumerate(layer.children) if place not in own and is_map(child)]


def is_output(name: str) -> bool:
    """Whether a name says that a layer takes what attention, or the gated part, gives."""
    return projection(name) == "output" or name.lower() in _OUTPUTS


_OUTPUTS: Final = frozenset({"down", "down_proj", "w2", "w3", "c_proj", "dense", "proj", "fc2", "wo"})
