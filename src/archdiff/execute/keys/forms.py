"""When one tensor can be made of another, and which layers and tensors look alike. Knows shapes, no places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeAlias

from archdiff.execute.keys.keymap import Mapped, Part, Stored, turned
from archdiff.model.wording import size

_ORDER: Final = {True: "(inputs, outputs, ...), as a transposed convolution has it", False: "(outputs, inputs, ...)"}
#: names and shapes of the tensors of a layer
Form: TypeAlias = "tuple[tuple[str, object], ...]"


def made(ours: Stored, theirs: Stored, found_by: str) -> Mapped | None:
    """The candidate's tensor as the reference's; None where shapes leave a choice, or another kind of layer keeps it.

    A shape changes only by dimensions of size 1, by a matrix that is kept the other way round (of a layer that is not
    known, its shape says so), and from a kernel that covers its map to the matrix of a Linear.
    """
    turns = ours.columns != theirs.columns
    parts = (Part(ours.key),)
    if turns and any(stored.shape is not None and len(stored.shape) != 2 for stored in (ours, theirs)):
        return None
    if ours.rows is None or theirs.rows is None or ours.rows == theirs.rows:
        return Mapped(theirs.key, parts, turns, None, found_by)
    if not (ours.known and theirs.known) and len(ours.rows) == 2 and ours.rows == turned(theirs.rows):
        return Mapped(theirs.key, parts, not turns, None, found_by)
    if ours.columns or theirs.columns:
        return None
    same = ours.squeezed == theirs.squeezed and len(ours.rows) != len(theirs.rows)
    return Mapped(theirs.key, parts, False, theirs.shape, found_by) if same or _flat(ours, theirs) else None


def refusal(ours: Stored, theirs: Stored) -> str:
    """Why `made` makes none."""
    if ours.columns != theirs.columns and ours.shape is not None:
        held, other = (ours, theirs) if ours.columns else (theirs, ours)
        return f"{held.key} is kept as {_ORDER[True]}, {other.key} as {_ORDER[False]}"
    return f"{ours.key} is {size(ours.shape)}, not {size(theirs.shape)}"


def _flat(ours: Stored, theirs: Stored) -> bool:
    """Whether one is a kernel that covers its map and the other the matrix of a Linear behind a Flatten."""
    kernel, matrix = (ours, theirs) if ours.covers else (theirs, ours)
    if not kernel.covers or kernel.shape is None or matrix.shape is None or len(matrix.shape) != 2:
        return False
    return kernel.numel == matrix.numel and kernel.shape[0] == matrix.shape[0]


def layers(tensors: Iterable[Stored]) -> dict[str, list[Stored]]:
    """Tensors by what holds them."""
    found: dict[str, list[Stored]] = {}
    for stored in tensors:
        found.setdefault(stored.layer, []).append(stored)
    return found


def inside(tensors: Iterable[Stored]) -> dict[str, list[Stored]]:
    """Tensors by every container around them, and "" for the network."""
    found: dict[str, list[Stored]] = {}
    for stored in tensors:
        path = stored.layer
        while path:
            found.setdefault(path, []).append(stored)
            path = path.rpartition(".")[0]
        found.setdefault("", []).append(stored)
    return found


def form(held: Iterable[Stored]) -> Form:
    """What a layer looks like."""
    return tuple(sorted((stored.name, stored.squeezed or ()) for stored in held))


def looks(tensors: Sequence[Stored]) -> Iterator[tuple[Stored, object]]:
    """What each looks like: its layer, where it goes with that, else its shape."""
    whole = with_weight(tensors)
    for layer, held in layers(tensors).items():
        look = form(held) if layer in whole else None
        for stored in held:
            yield stored, look if look is not None else (stored.squeezed, stored.buffer)


def with_weight(tensors: Iterable[Stored]) -> set[str]:
    """Layers that hold a weight and more, which go together."""
    found = set()
    for layer, held in layers(tensors).items():
        if len(held) > 1 and any(stored.name == "weight" for stored in held):
            found.add(layer)
    return found


def fits(ours: Iterable[Stored], theirs: Iterable[Stored]) -> bool:
    """Whether all that two layers hold under one name can be made of each other."""
    named = {stored.name: stored for stored in ours}
    return all(made(named[stored.name], stored, "") is not None for stored in theirs if stored.name in named)
