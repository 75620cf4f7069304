"""What the layers of a network alone say of its distance to another: a lower bound, found without an alignment.

Only linear layers and convolutions count, by how many features they give: an alignment pairs each with one of the other
network at most, no rule makes two of different widths equal, and none makes one of them stand for nothing. Where that
does not hold (a class of somebody that prints no body, projections that may be printed as one), the bound gives way; it
is 0 where something is not printed. Must not know how findings are made; `distance` says what they weigh.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from archdiff.compare.distance import SETTING, WEIGHTS
from archdiff.model.effects import Effect
from archdiff.model.network import Layer, is_tabled
from archdiff.semantics.projections import ATTENTION, GATED, MULTIHEAD, printed
from archdiff.semantics.rules import Normal, is_layer

#: what such a layer weighs at least that stands on one side only, and what two do that are paired and differ in width
_ALONE: Final = WEIGHTS[Effect.FUNCTION]
_OTHER_WIDTH: Final = SETTING * WEIGHTS[Effect.FUNCTION]

_GIVES: Final = frozenset({"out_features", "out_channels"})
_KINDS: Final = frozenset({"linear", "conv_1d", "conv_2d", "conv_3d"})
_HELD: Final = 3  # projections of a MultiheadAttention, which it does not print


class Leaves(NamedTuple):
    """The layers of one network, as far as the bound needs them."""

    widths: Counter[int]  # how many linear layers and convolutions give so many features
    any: int  # layers that may stand for one linear layer or convolution of any width
    blocks: int  # layers that may stand for a whole block: of a class that is not known and prints no body
    largest: int  # how many linear layers and convolutions the largest class of somebody below the root holds
    whole: bool  # nothing was cut out, and no summary table closed a block


def of_network(normal: Normal) -> Leaves:
    """The layers of a network in normal form."""
    counting = _Counting()
    found = _Tally()
    found.add(counting.alone(normal.root), 1)
    if normal.root.children:
        found.add(counting.below(normal.root), 1)
    whole = normal.network.complete and not counting.tabled
    return Leaves(found.widths, found.any, found.blocks, counting.largest, whole)


def at_least(ours: Leaves, theirs: Leaves) -> float:
    """A distance (as `distance.match` measures it) that two networks have at least."""
    if not (ours.whole and theirs.whole):
        return 0.0
    only_ours, only_theirs = ours.widths - theirs.widths, theirs.widths - ours.widths
    more, others = max(
        (_left(only_ours, ours, theirs), only_theirs.total()),
        (_left(only_theirs, theirs, ours), only_ours.total()),
    )
    pairs = min(more, others)
    return _OTHER_WIDTH * pairs + _ALONE * (more - pairs)


def _left(only: Counter[int], holder: Leaves, other: Leaves) -> int:
    """How many layers of one side have no equal and nothing that may stand for them."""
    return max(only.total() - other.any - other.blocks * holder.largest, 0)


@dataclass(slots=True, eq=False, repr=False)
class _Tally:
    """The first three of `Leaves`, as far as they were counted."""

    widths: Counter[int] = field(default_factory=Counter)
    any: int = 0
    blocks: int = 0

    def add(self, other: _Tally, times: int) -> None:
        for width, count in other.widths.items():
            self.widths[width] += times * count
        self.any += times * other.any
        self.blocks += times * other.blocks


_NOTHING: Final = _Tally()
_ANY: Final = _Tally(any=1)


@dataclass(slots=True, eq=False, repr=False)
class _Counting:
    """What was counted, by the identity of the children: blocks that stand in many places are counted once."""

    known: dict[tuple[int, str], _Tally] = field(default_factory=dict)
    largest: int = 0
    tabled: bool = False

    def below(self, layer: Layer) -> _Tally:
        """What stands in a layer; the depth of a print is bounded, so recursion is."""
        key = id(layer.children), layer.kind
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = _Tally()
            given = set(_projections(layer))
            for place, child in enumerate(layer.children):
                found.add(_ANY if place in given else self.alone(child), child.repeat)
                if child.children:
                    inside = self.below(child)
                    found.add(inside, child.repeat)
                    self.largest = max(self.largest, 0 if child.kind else inside.widths.total())
        return found

    def alone(self, layer: Layer) -> _Tally:
        """What a layer is by itself."""
        self.tabled |= is_tabled(layer)
        if not is_layer(layer):
            return _NOTHING
        if not layer.kind:
            return _Tally(any=1, blocks=0 if layer.children else 1)
        if layer.kind == MULTIHEAD:
            return _Tally(any=_HELD)
        if layer.kind not in _KINDS:
            return _NOTHING
        width = next((setting.value for setting in layer.settings if setting.name in _GIVES), None)
        if type(width) is not int or layer.children:  # one that holds more may stand for a container
            return _ANY
        return _Tally(Counter({width: 1}))


def _projections(layer: Layer) -> Iterator[int]:
    """The places of children that another network may print in other parts."""
    for family in (ATTENTION, GATED):
        yield from (each.place for each in printed(layer, family))
