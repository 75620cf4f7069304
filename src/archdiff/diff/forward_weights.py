"""What the weights of two networks are called in both of their traced forwards.

Knows where modules are counterparts, and no graph.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod

from archdiff.diff.forward_sides import TracedSide, parameter_name
from archdiff.diff.live_modules import LiveNetwork
from archdiff.diff.weight_counterparts import alone_of_their_size
from archdiff.model.network import Layer, Value, join, names
from archdiff.model.trace import PARAMETER

#: what each weight of a network is called, by its name there
WeightNames = Mapping[str, Value]


def counterparts(ours: TracedSide, theirs: TracedSide) -> dict[str, str]:
    """The name in the reference of each weight of the candidate that both have in modules which are counterparts.

    Args:
        ours: The candidate.
        theirs: The reference.
    """
    there, printed, held = _sizes(theirs), _printed(theirs), LiveNetwork(theirs.sized)
    found: dict[str, str] = {}
    for each in _sizes(ours):
        path, _, last = each.rpartition(".")
        name = f"{ours.there(path)}.{last}".lstrip(".")
        module = ours.there(path)
        is_unused = path in ours.paths and last in held.at(module).tensors  # which the other network has
        if name in there or is_unused or (module in printed and _are_one_kind(ours, theirs, path)):
            found[each] = name
    return found


def by_use(side: TracedSide, known: Mapping[str, str]) -> Callable[[str], Value]:
    """Weights by what they are called in both networks; others by their size, in the order of first use.

    Args:
        side: One network.
        known: Names in both networks.
    """
    sizes = _sizes(side)
    numbers: dict[int, dict[str, int]] = {}

    def named(name: str) -> Value:
        if name in known:
            return known[name]
        alike = numbers.setdefault(sizes.get(name, 0), {})
        return alike.setdefault(name, len(alike))

    return named


def each_by_its_own(ours: TracedSide, theirs: TracedSide) -> tuple[WeightNames, WeightNames] | None:
    """Weights by names of which each stands for one weight of each network, known by more than the order of their use.

    Those of the same name in modules that are counterparts; others where they alone have their size in a module, or
    else in the network. What is left is a weight of one network.

    Args:
        ours: The candidate.
        theirs: The reference.

    Returns:
        The names of both; None where two weights have one counterpart.
    """
    known = counterparts(ours, theirs)
    if len({*known.values()}) < len(known):
        return None
    sizes = _sizes(ours), _sizes(theirs)
    known |= alone_of_their_size(*sizes, known, ours.paths)
    named: tuple[dict[str, Value], dict[str, Value]] = {**known}, {name: name for name in known.values()}
    for side, each, taken in zip(("candidate", "reference"), sizes, named, strict=True):
        taken.update({name: (side, name) for name in each if name not in taken})
    return named


def _sizes(side: TracedSide) -> dict[str, int]:
    """How many numbers each weight holds, by its name, in the order of first use."""
    used = (each for each in side.trace.operations if each.name == PARAMETER)
    return {parameter_name(each): prod(each.shapes[0]) for each in used}


def _printed(side: TracedSide) -> set[str]:
    """Paths of all modules; a layer that a rule made of one is none."""
    found: set[str] = set()
    stack: list[tuple[str, Layer]] = [("", side.sized.network.root)]
    while stack:
        path, layer = stack.pop()
        found.add(path)
        stack += [(join(path, name), child) for child in layer.children for name in names(child)]
    return found


def _are_one_kind(ours: TracedSide, theirs: TracedSide, path: str) -> bool:
    """Whether a layer has a counterpart of its kind, which then holds weights of the same names."""
    a, b = ours.leaves.get(path), theirs.leaves.get(ours.there(path))
    return a is not None and b is not None and path in ours.paths and a.kind is b.kind
