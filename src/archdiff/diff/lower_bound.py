"""A lower bound for the distance of two networks, from the layers of each alone and without an alignment.

Only layers with weights count: linear layers and convolutions by how many features they give, norms by their family. An
alignment pairs each with one of the other network at most, no rule makes two of different widths equal, or a linear
layer and a norm, and none makes one of them equal to nothing. Where that does not hold (a class without a kind that
prints no body, projections that may be printed as one), the bound is lower; it is 0 where something is not printed, or
where a layer may be constant whatever runs before it. Must not know how findings are made; `distance` says what they
weigh.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from archdiff.diff.distance import SETTING, WEIGHTS
from archdiff.model.effects import Effect
from archdiff.model.memo import Memo
from archdiff.model.network import Layer
from archdiff.semantics.kinds import by_name, settings_of
from archdiff.semantics.projections import ATTENTION, GATED, MULTIHEAD, is_map, projection_layers
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


class LayerCounts(NamedTuple):
    """The layers of one network, as far as the bound needs them.

    Attributes:
        counted: Linear layers and convolutions by their output features, norms by family.
        any: Layers that may correspond to any of these.
        bare: Classes of unknown forward that print no body; each may correspond to one of its class that does.
        holds: Class of unknown forward -> how many of the counted layers the largest of it holds.
        layers: How many layers of any kind there are at most, also where some are printed in parts.
        whole: Nothing was cut out, no summary table closed a block, and no softmax may be constant.
    """

    counted: Counter[int | str]
    any: int
    bare: Counter[str]
    holds: Mapping[str, int]
    layers: int
    whole: bool


def of_network(normal: Normal) -> LayerCounts:
    """Counts the layers of a network in normal form."""
    counting = _Counting(normal.root)
    found = _PartialCounts(layers=0)
    found.add(counting.alone(normal.root), 1)
    if normal.root.children:
        found.add(counting.inside(normal.root), 1)
    whole = normal.network.complete and not normal.network.is_table and not counting.vague
    return LayerCounts(found.counted, found.any, found.bare, counting.holds, found.layers, whole)


def at_least(ours: LayerCounts, theirs: LayerCounts) -> float:
    """The least distance that two networks can have.

    Args:
        ours: The layers of one network.
        theirs: The layers of the other.

    Returns:
        A distance as `distance.match` measures it; 0 where either is not known as a whole.
    """
    if not (ours.whole and theirs.whole):
        return 0.0
    return _weighed(ours, theirs, _takes(theirs, ours), _takes(ours, theirs))


def about(ours: LayerCounts, theirs: LayerCounts) -> float:
    """What `at_least` would be if no layer could correspond to another kind: which networks to compare first.

    Args:
        ours: The layers of one network.
        theirs: The layers of the other.

    Returns:
        A distance, which may be more than that of a comparison.
    """
    return _weighed(ours, theirs, 0, 0)


def _weighed(ours: LayerCounts, theirs: LayerCounts, of_ours: int, of_theirs: int) -> float:
    only_ours, only_theirs = ours.counted - theirs.counted, theirs.counted - ours.counted
    return max(_least(only_ours, of_ours, only_theirs), _least(only_theirs, of_theirs, only_ours))


def _takes(leaves: LayerCounts, others: LayerCounts) -> int:
    """How many layers of another network these may correspond to that are not equal."""
    return leaves.any + sum(count * others.holds.get(name, 0) for name, count in leaves.bare.items())


def _least(only: Counter[int | str], taken: int, others: Counter[int | str]) -> float:
    """What layers of one side weigh that have no equal.

    As many are subtracted as may correspond to any layer; the rest weighs least where it is paired with layers that
    differ in width alone.
    """
    left = max(only.total() - taken, 0)
    pairs = min(left, *(sum(count for what, count in each.items() if type(what) is int) for each in (only, others)))
    return _ALONE * left - (_ALONE - _OTHER_WIDTH) * pairs


@dataclass(slots=True, eq=False, repr=False)
class _PartialCounts:
    """The first three of `LayerCounts`, as far as they were counted."""

    counted: Counter[int | str] = field(default_factory=Counter)
    any: int = 0
    layers: int = 1
    bare: Counter[str] = field(default_factory=Counter)

    def add(self, other: _PartialCounts, times: int) -> None:
        for what, count in other.counted.items():
            self.counted[what] += times * count
        self.any += times * other.any
        self.layers += times * other.layers
        for name, count in other.bare.items():
            self.bare[name] += times * count


_NOTHING: Final = _PartialCounts(layers=0)
_OTHER: Final = _PartialCounts()
_ANY: Final = _PartialCounts(any=1)


class _Counting:
    """What was counted; blocks that stand in many places are counted once."""

    def __init__(self, root: Layer) -> None:
        self.root = root
        self.holds: dict[str, int] = {}
        self.vague = False
        self._known: Memo[_PartialCounts] = Memo(self._counted)

    def inside(self, layer: Layer) -> _PartialCounts:
        """What stands in a layer; the depth of a print is bounded, so recursion is."""
        found = self._known(layer.children, layer.kind, layer.class_name)
        if not layer.kind:
            name = layer.class_name
            self.holds[name] = max(self.holds.get(name, 0), found.counted.total())
        return found

    def _counted(self, children: tuple[Layer, ...], kind: str, class_name: str) -> _PartialCounts:
        layer = Layer("", class_name, children=children, kind=kind)
        found = _PartialCounts(layers=0)
        projections = set(_projections(layer))
        self.vague |= self.may_forget(layer)
        for place, child in enumerate(children):
            found.add(_ANY if place in projections else self.alone(child), child.repeat)
            if child.children:
                found.add(self.inside(child), child.repeat)
        return found

    def may_forget(self, layer: Layer) -> bool:
        """Whether something in a layer may be constant whatever runs before it.

        In a class of unknown forward with two layers with weights, which is not taken to run them in order, nothing is
        known to run before it.
        """
        if not layer.kind and layer.children is not self.root.children and sum(map(is_map, layer.children)) > 1:
            return False
        known = (child for child in layer.children if child.kind)
        return any(may_forget(by_name()[child.kind], settings_of(child)) for child in known)

    def alone(self, layer: Layer) -> _PartialCounts:
        """What a layer is by itself."""
        if not is_layer(layer):
            return _NOTHING
        if not layer.kind:
            return _PartialCounts(any=1, bare=Counter() if layer.children else Counter({layer.class_name: 1}))
        if layer.kind == MULTIHEAD:
            return _PartialCounts(any=_HELD, layers=1 + _HELD)
        if layer.kind not in _KINDS and layer.kind not in _NORMS:
            return _OTHER
        width = next((setting.value for setting in layer.settings if setting.name in _GIVES), None)
        what = _NORMS.get(layer.kind, width)
        if not isinstance(what, int | str) or layer.children:  # one that holds more may stand for a container
            return _ANY
        return _PartialCounts(Counter({what: 1}))


def _projections(layer: Layer) -> Iterator[int]:
    """The places of children that another network may print in other parts."""
    for family in (ATTENTION, GATED):
        yield from (each.place for each in projection_layers(layer, family))
