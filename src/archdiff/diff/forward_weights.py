"""What the weights of two networks are called in both of their traced forwards.

Knows where modules are counterparts, and no graph.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from math import prod

from archdiff.diff.forward_nodes import TracedSide, parameter_name
from archdiff.diff.live_modules import LiveNetwork
from archdiff.model.network import Layer, Value, ancestors, join, names
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
    named: tuple[dict[str, Value], dict[str, Value]] = {**known}, {name: name for name in known.values()}
    left = [
        {name: size for name, size in _sizes(side).items() if name not in taken}
        for side, taken in zip((ours, theirs), named, strict=True)
    ]
    pairs = _of_weights(ours, theirs)
    near = _nearest(pairs.keys()), _nearest(pairs.values())
    for is_of_module in (True, False):
        alone = []
        for each, nearest, there in zip(left, near, (pairs, {}), strict=True):
            holders = {name: there.get(nearest(name), nearest(name)) if is_of_module else None for name in each}
            alone.append(_alone(((holders[name], size), name) for name, size in each.items()))
        for key in alone[0].keys() & alone[1].keys():
            for each, taken, one in zip(left, named, (alone[0][key], alone[1][key]), strict=True):
                taken[one] = key
                del each[one]
    for side, each, taken in zip(("candidate", "reference"), left, named, strict=True):
        taken.update({name: (side, name) for name in each})
    return named


def _of_weights(ours: TracedSide, theirs: TracedSide) -> dict[str, str]:
    """Modules that are counterparts and hold weights, or hold what does; not those that a rule made of one of these."""
    real = [{path for name in _sizes(side) for path in ancestors(name.rpartition(".")[0])} for side in (ours, theirs)]
    return {path: other for path, other in ours.paths.items() if path in real[0] and other in real[1]}


def _nearest(paths: Iterable[str]) -> Callable[[str], str]:
    """The nearest of these modules that holds a weight; the network holds all."""
    known = {*paths, ""}
    return lambda name: next(path for path in ancestors(name) if path in known)


def _alone(pairs: Iterable[tuple[tuple[Value, int], str]]) -> dict[tuple[Value, int], str]:
    """Names by their keys, where a key has one."""
    found: dict[tuple[Value, int], list[str]] = {}
    for key, name in pairs:
        found.setdefault(key, []).append(name)
    return {key: names[0] for key, names in found.items() if len(names) == 1}


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
