"""Which weight of one network is which of the other, by the module that holds it, its name and its size.

Knows no traces: who asks says where modules are counterparts, and how many numbers each weight holds.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Final, TypeVar

from archdiff.model.network import ancestors, join

#: how many numbers each weight of a network holds, by its path
Sizes = Mapping[str, int]
_NETWORK: Final = ""
_Key = TypeVar("_Key", bound=Hashable)


def of_modules(ours: Sizes, theirs: Sizes, there: Mapping[str, str]) -> dict[str, str]:
    """Weights as `by_name` and then `alone_of_their_size` tell.

    Args:
        ours: Of the candidate.
        theirs: Of the reference.
        there: Paths of the candidate's modules with those that they have in the reference.

    Returns:
        The path in the reference of each weight of the candidate that has one there.
    """
    there = _with_equal_parts(ours, theirs, there)
    known = by_name(ours, theirs, there)
    return {**known, **alone_of_their_size(ours, theirs, known, there)}


def by_name(ours: Sizes, theirs: Sizes, there: Mapping[str, str]) -> dict[str, str]:
    """Weights of one name and size in modules that are counterparts, or of one path where neither has one.

    Args:
        ours: Of the candidate.
        theirs: Of the reference.
        there: Paths of the candidate's modules with those that they have in the reference.

    Returns:
        The path in the reference of each of these in the candidate.
    """
    taken = {*there.values()}
    found: dict[str, str] = {}
    for each, size in ours.items():
        path, _, name = each.rpartition(".")
        module = there.get(path, None if path in taken else path)
        if module is not None and theirs.get(other := join(module, name)) == size:
            found[each] = other
    return found


def alone_of_their_size(
    ours: Sizes, theirs: Sizes, known: Mapping[str, str], there: Mapping[str, str]
) -> dict[str, str]:
    """Weights that alone have their size in a module, or else in the network, of what has no counterpart yet.

    Args:
        ours: Of the candidate.
        theirs: Of the reference.
        known: Weights that have a counterpart.
        there: Paths of the candidate's modules with those that they have in the reference.

    Returns:
        The path in the reference of each of these in the candidate.
    """
    left = [
        {name: size for name, size in side.items() if name not in taken}
        for side, taken in ((ours, known.keys()), (theirs, {*known.values()}))
    ]
    pairs = _of_weights(ours, theirs, _with_equal_parts(ours, theirs, there))
    near = _nearest(pairs.keys()), _nearest(pairs.values())
    found: dict[str, str] = {}
    for is_of_module in (True, False):
        alone = []
        for each, nearest, paths in zip(left, near, (pairs, {}), strict=True):
            holders = {name: paths.get(nearest(name), nearest(name)) if is_of_module else _NETWORK for name in each}
            alone.append(_alone(((holders[name], size), name) for name, size in each.items()))
        for key in [each for each in alone[0] if each in alone[1]]:
            found[alone[0][key]] = alone[1][key]
            for each, one in zip(left, (alone[0][key], alone[1][key]), strict=True):
                del each[one]
    return found


def _with_equal_parts(ours: Sizes, theirs: Sizes, there: Mapping[str, str]) -> dict[str, str]:
    """Modules with those of other classes and other nesting that hold a weight, and else the counterparts of all parts.

    A block whose layers stand in one Sequential, and one that holds them itself.
    """
    own, others = ({name.rpartition(".")[0] for name in side} for side in (ours, theirs))
    both = [(path, there[path]) for path in own if path in there and there[path] in others]
    found = []
    for side, alone in enumerate((own - there.keys(), others - {*there.values()})):
        parts: dict[str, set[str]] = {}
        for pair in both:
            for holder in alone.intersection(ancestors(pair[side])):
                parts.setdefault(holder, set()).add(pair[1])
        found.append(_alone((frozenset(inside), holder) for holder, inside in parts.items()))
    return {**there, **{holder: found[1][parts] for parts, holder in found[0].items() if parts in found[1]}}


def _of_weights(ours: Sizes, theirs: Sizes, there: Mapping[str, str]) -> dict[str, str]:
    """Modules that are counterparts and hold weights, or hold what does; not those that a rule made of one of these."""
    real = [{path for name in side for path in ancestors(name.rpartition(".")[0])} for side in (ours, theirs)]
    return {path: other for path, other in there.items() if path in real[0] and other in real[1]}


def _nearest(paths: Iterable[str]) -> Callable[[str], str]:
    """The nearest of these modules that holds a weight; the network holds all."""
    known = {*paths, _NETWORK}
    return lambda name: next(path for path in ancestors(name) if path in known)


def _alone(pairs: Iterable[tuple[_Key, str]]) -> dict[_Key, str]:
    """Names by their keys, where a key has one."""
    found: dict[_Key, list[str]] = {}
    for key, name in pairs:
        found.setdefault(key, []).append(name)
    return {key: names[0] for key, names in found.items() if len(names) == 1}
