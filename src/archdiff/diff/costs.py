"""What each step of an alignment costs; `level` finds the cheapest ones.

    a layer left out                         1     0.65 for a block that its neighbour repeats
    two neighbours that changed places       0.9   beats leaving one out and adding it again (2)
      both equal to the last setting         0.4   beats two changed layers
    a pair of one kind                       0.1 to 0.7, by the share of settings that differ; equal 0
    a pair of two kinds of one role          1.2   ReLU and KWinners
    a pair of two kinds                      1.9   only just beats leaving both out
    a pair of blocks of two classes          0.2   and 1.5 times the share of the layers in them that are unlike
    a pair of blocks of one class            0.1   and 0.8 times that share; 0.3 times that of what has no equal in it;
                                                   0.05 times that of layers that differ in more than their widths
    a pair of blocks                         0.05  times the share of the layers in them of other widths: where all is
                                                   set otherwise, they tell which blocks correspond to each other
    a pair of two names                      0.05  more: names are weak evidence, enough to decide between equal
                                                   layers and never enough against a setting; numbers are places
      names that both sides hold             0.6   more, where a forward calls them by name: each stands for itself
      a block of the other's name in one of them     never a pair: the one wraps the other
    an Identity left out                     0.1   it stands for an Identity alone

Looks at two layers at a time. Knows nothing of effects.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import inf
from typing import TypeVar

from archdiff.diff.nodes import Node, kind_or_class
from archdiff.model.network import Layer, is_tabled
from archdiff.semantics import kinds
from archdiff.semantics.kinds import Trait

T = TypeVar("T")

GAP = 1.0
COPY = 0.65
SWAP = 0.9
EQUAL_SWAP = 0.4
NAME = 0.05
CROSSED = 0.6  # two names that both sides have, and that stand for each other here
OTHER_CLASS = 1.5  # times the share of unlike layers in a pair of blocks of two classes
NOTHING = 0.1  # leaving out an Identity
CHANGED = 0.3  # of a pair of blocks in which nothing is equal, so that a swap or a move beats many such pairs
FORM = 0.05  # of a pair of blocks in which all differs in more than widths: which of equally unlike ones
WIDTHS = 0.05  # of a pair of blocks in which all have other widths: which of equally unlike ones
STRANGERS = 1.9  # two kinds that play different roles
FAR = 10.0  # never a pair


def gap_costs(nodes: Sequence[Node]) -> list[float]:
    """What it costs to leave each layer out: less for a block that repeats the one before it, if the print is whole.

    Args:
        nodes: Neighbours in one container, at least one.
    """
    costs = [NOTHING if _role(node) == _IDENTITY else GAP for node in nodes]
    for index in range(1, 0 if nodes[0].is_cut else len(nodes)):
        if nodes[index].layer.children and nodes[index].key == nodes[index - 1].key:
            costs[index] = COPY
    return costs


def swap_cost(one: float, two: float) -> float:
    """What it costs that two neighbours changed places.

    Args:
        one: Cost of the first as a pair with its counterpart, names included.
        two: The same of the second.
    """
    if one <= NAME and two <= NAME:
        return EQUAL_SWAP + (one + two)
    return SWAP + (one + two) if one < SWAP and two < SWAP else inf


def may_lack_children(a: Layer, b: Layer) -> bool:
    """Whether two layers of which one has children are of one class, and both printed or both rows of a table."""
    return kind_or_class(a) == kind_or_class(b) and is_tabled(a) is is_tabled(b)


def pair_cost(a: Node, b: Node) -> float:
    """What it costs that two layers which are not equal correspond to each other, names apart.

    Args:
        a: A layer or block of one network.
        b: One of the other network.

    Returns:
        A number from the table above; FAR where they must not be a pair.
    """
    if a.layer.children and b.layer.children:
        unlike = _by_outline(_unlike, a, b)
        if a.layer.class_name == b.layer.class_name:
            other = CHANGED * _changed(a, b) + FORM * _other_forms(a, b) + WIDTHS * _other_widths(a, b)
            return 0.1 + 0.8 * unlike + other
        if unlike >= 0.5 or _by_outline(_one_wraps_the_other, a, b):
            return FAR
        return 0.2 + OTHER_CLASS * unlike + WIDTHS * _other_widths(a, b)
    if a.layer.children or b.layer.children:
        alike = may_lack_children(a.layer, b.layer)
        return 0.3 + 0.6 * _differing(a, b) if alike else FAR  # all that was in it is missing
    if (_role(a) == _IDENTITY) is not (_role(b) == _IDENTITY):
        return FAR
    if kind_or_class(a.layer) == kind_or_class(b.layer):
        return 0.1 + 0.6 * _differing(a, b)
    return 1.2 if _role(a) == _role(b) != "" else STRANGERS


def _by_outline(known: Callable[[Node, Node], float], a: Node, b: Node) -> float:
    """What is known of two blocks whatever is set in them, worked out once for all that look like these."""
    key = known, a.outline, b.outline
    found = a.compared.get(key)
    if found is None:
        found = a.compared[key] = known(a, b)
    return found


def _one_wraps_the_other(a: Node, b: Node) -> bool:
    """Whether a block in one of them is more like the other, or as like it where that is not so of both."""
    inner, unlike = (_least_unlike(a, b), _least_unlike(b, a)), _by_outline(_unlike, a, b)
    return min(inner) < unlike or (inner[0] == unlike) is not (inner[1] == unlike)


def _least_unlike(a: Node, b: Node) -> float:
    """The least of the blocks in `a` that are large and small enough to have more than half in common with `b`."""
    size = b.size()
    blocks = [block for block in a.blocks() if size <= 3 * block.size() <= 9 * size]
    return min((_by_outline(_unlike, block, b) for block in blocks), default=1.0)


def _unlike(a: Node, b: Node) -> float:
    """Share of the leaves' kinds that have no counterpart, order apart: cheap, and enough to tell blocks apart."""
    return _apart(a.classes(), b.classes())


def _changed(a: Node, b: Node) -> float:
    """Share of what stands in them that has no equal: two blocks in which all differs may be two others."""
    return _apart(a.inside(), b.inside())


def _other_forms(a: Node, b: Node) -> float:
    """Share of the layers in them that differ in more than widths, worked out once for all with such layers."""
    key = _other_forms, a.form, b.form
    if key not in a.compared:
        a.compared[key] = _apart(a.forms(), b.forms())
    return a.compared[key]


def _other_widths(a: Node, b: Node) -> float:
    """Share of the layers in them that have no equal by kind and widths, worked out once for all that are as wide."""
    key = _other_widths, a.width, b.width
    if key not in a.compared:
        a.compared[key] = _apart(a.widths(), b.widths())
    return a.compared[key]


def _apart(ours: Mapping[T, int], theirs: Mapping[T, int]) -> float:
    """Share of what is counted on both sides that has no counterpart."""
    common = sum([min(count, theirs[each]) for each, count in ours.items() if each in theirs])
    return 1 - 2 * common / max(1, sum(ours.values()) + sum(theirs.values()))


def _differing(a: Node, b: Node) -> float:
    """Share of the printed settings that differ."""
    if is_tabled(a.layer) is not is_tabled(b.layer):  # a row of a summary table has no settings to compare
        return 0.0
    ours, theirs = a.printed(), b.printed()
    return len(ours ^ theirs) / max(1, len(ours) + len(theirs))


_IDENTITY = "identity"
_ROLES = (Trait.AFFINE_MAP, Trait.PICKS_MAX, Trait.DROPS, Trait.RESHAPES, Trait.KEEPS_ARGMAX)


def _role(node: Node) -> str:
    """What a layer is there for, so that ReLU against KWinners reads as a replacement."""
    role = node.roles.get(node.key)
    if role is None:
        role = node.roles[node.key] = _role_of(node.layer)
    return role


def _role_of(layer: Layer) -> str:
    if not layer.kind:
        return ""
    kind, settings = kinds.by_name()[layer.kind], kinds.settings_of(layer)
    if kind.has(Trait.IDENTITY, settings):
        return _IDENTITY
    if kind.has(Trait.PICKS_WINNERS, settings) or kind.has(Trait.ELEMENTWISE, settings):
        return "activation"
    return next((role.name for role in _ROLES if kind.has(role, settings)), layer.kind.rpartition("_")[0])
