"""What the layers of a network alone say of its distance to another: a lower bound, found without an alignment.

Only layers with weights count: linear layers and convolutions by how many features they give, norms by their family. An
alignment pairs each with one of the other network at most, no rule makes two of different widths equal, or a linear
layer and a norm, and none makes one of them stand for nothing. Where that does not hold (a class of somebody without
its body, projections that may be printed as one), the bound gives way; it is 0 where something is not printed, or may
forget all that runs before it. Must not know how findings are made; `distance` says what they weigh.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from archdiff.compare.distance import SETTING, WEIGHTS
from archdiff.model.effects import Effect
from archdiff.model.network import Layer, is_tabled
from archdiff.semantics.kinds import by_name, settings_of
from archdiff.semantics.projections import ATTENTION, GATED, MULTIHEAD, printed
from archdiff.semantics.rules import Normal, is_layer
from archdiff.semantics.runs.constants import may_forget

#: what such a layer weighs at least that stands on one side only, or in the place of one of another kind
_ALONE: Final = WEIGHTS[Effect.FUNCTION]
#: what two linear layers or convolutions weigh at least that are paired and differ in width
_OTHER_WIDTH: Final = SETTING * WEIGHTS[Effect.FUNCTION]

_GIVES: Final = frozenset({"out_features", "out_channels"})
_KINDS: Final = frozenset({"linear", "conv_1d", "conv_2d", "conv_3d"})
_BATCH_NORM: Final = "batch norm"
_NORM: Final = "other norm"
_NORMS: Final = {
    **{f"batch_norm_{dims}d": _BATCH_NORM for dims in (1, 2, 3)},
    **{f"instance_norm_{dims}d": _NORM for dims in (1, 2, 3)},
    **dict.fromkeys(("layer_norm", "layer_norm_2d", "rms_norm", "group_norm"), _NORM),
}
_HELD: Final = 3  # projections of a MultiheadAttention, which it does not print


class Leaves(NamedTuple):
    """The layers of one network, as far as the bound needs them."""

    counted: Counter[int | str]  # linear layers and convolutions by the features that they give, norms by family
    any: int  # layers that may stand for any one of these
    blocks: int  # layers that may stand for a whole block: of a class that is not known and prints no body
    largest: int  # how many of these the largest class of somebody below the root holds
    whole: bool  # nothing was cut out, no summary table closed a block, and no softmax may forget what runs before it


def of_network(normal: Normal) -> Leaves:
    """The layers of a network in normal form."""
    counting = _Counting()
    found = _Tally()
    found.add(counting.alone(normal.root), 1)
    if normal.root.children:
        found.add(counting.below(normal.root), 1)
    whole = normal.network.complete and not counting.vague
    return Leaves(found.counted, found.any, found.blocks, counting.largest, whole)


def at_least(ours: Leaves, theirs: Leaves) -> float:
    """A distance (as `distance.match` measures it) that two networks have at least."""
    if not (ours.whole and theirs.whole):
        return 0.0
    only_ours, only_theirs = ours.counted - theirs.counted, theirs.counted - ours.counted
    return max(
        _least(only_ours, theirs.any + theirs.blocks * ours.largest, only_theirs),
        _least(only_theirs, ours.any + ours.blocks * theirs.largest, only_ours),
    )


def _least(only: Counter[int | str], taken: int, others: Counter[int | str]) -> float:
    """What layers of one side weigh that have no equal: as many may be taken by what may stand for any, and the rest
    weighs least where it is paired with layers that differ in width alone."""
    left = max(only.total() - taken, 0)
    pairs = min(left, *(sum(count for what, count in each.items() if type(what) is int) for each in (only, others)))
    return _ALONE * left - (_ALONE - _OTHER_WIDTH) * pairs


@dataclass(slots=True, eq=False, repr=False)
class _Tally:
    """The first three of `Leaves`, as far as they were counted."""

    counted: Counter[int | str] = field(default_factory=Counter)
    any: int = 0
    blocks: int = 0

    def add(self, other: _Tally, times: int) -> None:
        for what, count in other.counted.items():
            self.counted[what] += times * count
        self.any += times * other.any
        self.blocks += times * other.blocks


_NOTHING: Final = _Tally()
_ANY: Final = _Tally(any=1)


@dataclass(slots=True, eq=False, repr=False)
class _Counting:
    """What was counted, by the identity of the children: blocks that stand in many places are counted once."""

    known: dict[tuple[int, str], _Tally] = field(default_factory=dict)
    largest: int = 0
    vague: bool = False

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
                    self.largest = max(self.largest, 0 if child.kind else inside.counted.total())
        return found

    def alone(self, layer: Layer) -> _Tally:
        """What a layer is by itself."""
        if not is_layer(layer):
            return _NOTHING
        if not layer.kind:
            self.vague |= is_tabled(layer)
            return _Tally(any=1, blocks=0 if layer.children else 1)
        self.vague |= is_tabled(layer) or may_forget(by_name()[layer.kind], settings_of(layer))
        if layer.kind == MULTIHEAD:
            return _Tally(any=_HELD)
        if layer.kind not in _KINDS and layer.kind not in _NORMS:
            return _NOTHING
        width = next((setting.value for setting in layer.settings if setting.name in _GIVES), None)
        what = _NORMS.get(layer.kind, width)
        if not isinstance(what, int | str) or layer.children:  # one that holds more may stand for a container
            return _ANY
        return _Tally(Counter({what: 1}))


def _projections(layer: Layer) -> Iterator[int]:
    """The places of children that another network may print in other parts."""
    for family in (ATTENTION, GATED):
        yield from (each.place for each in printed(layer, family))
