"""Findings about what forwards do otherwise: one for all that do the same otherwise, with all its places."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Final

from archdiff.diff.draft import of_places
from archdiff.diff.forward_sides import ForwardDifference
from archdiff.infer import Sized
from archdiff.model.effects import Effect
from archdiff.model.finding import Finding, Place, PlacePair
from archdiff.model.message import Message, message
from archdiff.model.network import Layer, join, moved, names

_SHOWN: Final = 2  # of what one forward does otherwise


def findings(
    found: Sequence[ForwardDifference], effect: Effect, candidate: Sized, reference: Sized
) -> Iterator[Finding]:
    """One for all forwards that do the same otherwise: of a block that stands in many places, of several classes.

    Args:
        found: What differs.
        effect: Of all of it.
        candidate: One network.
        reference: The other.
    """
    ours, theirs = lines(candidate), lines(reference)
    forwards: dict[tuple[str, str], list[ForwardDifference]] = {}
    for each in found:
        forwards.setdefault(each.containers, []).append(each)
    groups: dict[tuple[Message, ...], list[tuple[PlacePair, list[ForwardDifference]]]] = {}
    for containers, inside in forwards.items():
        inside.sort(key=lambda each: each.is_order)
        pair = place_at(ours, containers[0]), place_at(theirs, containers[1])
        groups.setdefault(tuple(dict.fromkeys(each.what for each in inside)), []).append((pair, inside))
    order = {path: number for number, path in enumerate(theirs)}
    for parts, places in groups.items():
        places.sort(key=lambda each: order.get(each[0][1].path if each[0][1] else "", 0))
        inside = places[0][1]
        two = parts[1] if len(parts) == _SHOWN else None
        more = len(parts) - 1 if len(parts) > _SHOWN else None
        names = tuple(dict.fromkeys(_class_of(pair) for pair, _ in places))
        what = message("traced", what=parts[0], more=more, names=names)
        if two:
            what = message("traced-two", what=parts[0], also=two, names=names)
        code = _code(inside[0])
        yield of_places("AD110", effect, what, "forward", [place for place, _ in places], hint=code and f"see {code}")


def _class_of(pair: PlacePair) -> str:
    return next((place.class_name for place in pair[::-1] if place and place.class_name), "the network")


def lines(side: Sized) -> dict[str, Place]:
    """Where each module is printed; folded ones once for all.

    Args:
        side: A network.
    """
    return {path: Place(path, layer.span.line, None, layer.class_name) for path, layer in modules(side)}


def modules(side: Sized) -> Iterator[tuple[str, Layer]]:
    """Every module with its path, as it is printed; a folded line for each that it stands for."""
    stack = [("", side.network.root, 0)]
    while stack:
        path, layer, shift = stack.pop()
        yield path, moved(layer, shift)
        below = [(join(path, name), child, shift + layer.shift) for child in layer.children for name in names(child)]
        stack += reversed(below)


def place_at(printed: dict[str, Place], path: str) -> Place:
    """Of a module; of one that is printed folded, of what holds it.

    Args:
        printed: What `lines` found.
        path: Of the module.
    """
    whole = path
    while path and path not in printed:
        path = path.rpartition(".")[0]
    found = printed.get(path, Place("", 1))
    return found._replace(path=whole)


def _code(difference: ForwardDifference) -> str:
    """Where the code stands: `nets.py:12 and theirs.py:40`; below the working folder from there."""
    return " and ".join(dict.fromkeys(map(_near, filter(None, difference.places))))


def _near(place: str) -> str:
    near = os.path.relpath(place)
    return place if near.startswith("..") else near
