"""When one tensor can be made of another, and which layers and tensors look alike. Knows shapes, no places."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Final, TypeAlias, TypeVar

from archdiff.execute.keys.keymap import MappedTensor, StoredTensor, TensorPart, transposed
from archdiff.model.network import ancestors
from archdiff.model.wording import size

_Item = TypeVar("_Item")
_Key = TypeVar("_Key", bound=Hashable)
_ORDER: Final = {True: "(inputs, outputs, ...), as a transposed convolution has it", False: "(outputs, inputs, ...)"}
#: names and shapes of the tensors of a layer
LayerForm: TypeAlias = "tuple[tuple[str, object], ...]"


def map_tensor(candidate: StoredTensor, reference: StoredTensor, found_by: str) -> MappedTensor | None:
    """The candidate's tensor as the reference's; None where shapes leave a choice, or another kind of layer keeps it.

    A shape changes only by dimensions of size 1, by a matrix that is kept the other way round (of a layer that is not
    known, its shape says so), and from a kernel that covers its map to the matrix of a Linear.
    """
    turns = candidate.columns != reference.columns
    parts = (TensorPart(candidate.key),)
    if turns and any(stored.shape is not None and len(stored.shape) != 2 for stored in (candidate, reference)):
        return None
    if candidate.rows is None or reference.rows is None or candidate.rows == reference.rows:
        return MappedTensor(reference.key, parts, turns, None, found_by)
    known = candidate.known and reference.known
    if not known and len(candidate.rows) == 2 and candidate.rows == transposed(reference.rows):
        return MappedTensor(reference.key, parts, not turns, None, found_by)
    same = candidate.squeezed == reference.squeezed and len(candidate.rows) != len(reference.rows)
    if candidate.columns or reference.columns or not (same or _flat(candidate, reference)):
        return None
    return MappedTensor(reference.key, parts, False, reference.shape, found_by)


def refusal(candidate: StoredTensor, reference: StoredTensor) -> str:
    """Why `map_tensor` makes none."""
    if candidate.columns != reference.columns and candidate.shape is not None:
        held, other = (candidate, reference) if candidate.columns else (reference, candidate)
        return f"{held.key} is kept as {_ORDER[True]}, {other.key} as {_ORDER[False]}"
    return f"{candidate.key} is {size(candidate.shape)}, not {size(reference.shape)}"


def _flat(candidate: StoredTensor, reference: StoredTensor) -> bool:
    """Whether one is a kernel that covers its map and the other the matrix of a Linear behind a Flatten."""
    kernel, matrix = (candidate, reference) if candidate.covers else (reference, candidate)
    if not kernel.covers or kernel.shape is None or matrix.shape is None or len(matrix.shape) != 2:
        return False
    return kernel.numel == matrix.numel and kernel.shape[0] == matrix.shape[0]


def layers(tensors: Iterable[StoredTensor]) -> dict[str, list[StoredTensor]]:
    """Tensors by what holds them."""
    return grouped(tensors, lambda stored: stored.layer)


def grouped(items: Iterable[_Item], key: Callable[[_Item], _Key]) -> dict[_Key, list[_Item]]:
    """Items that have one key, in their order."""
    found: dict[_Key, list[_Item]] = defaultdict(list)
    for item in items:
        found[key(item)].append(item)
    return found


def inside(tensors: Iterable[StoredTensor]) -> dict[str, list[StoredTensor]]:
    """Tensors by every container around them, and "" for the network."""
    found: dict[str, list[StoredTensor]] = defaultdict(list)
    holders: dict[str, list[list[StoredTensor]]] = {}  # siblings share those around them
    for stored in tensors:
        if stored.layer:
            found[stored.layer].append(stored)
        container = stored.layer.rpartition(".")[0]
        if container not in holders:
            holders[container] = [found[path] for path in ancestors(container)]
        for held in holders[container]:
            held.append(stored)
    return found


def form(held: Iterable[StoredTensor]) -> LayerForm:
    """What a layer looks like."""
    return tuple(sorted((stored.name, stored.squeezed or ()) for stored in held))


def appearances(tensors: Sequence[StoredTensor]) -> Iterator[tuple[StoredTensor, object]]:
    """What each looks like: its layer, where it goes with that, else its shape."""
    whole = with_weight(tensors)
    for layer, held in layers(tensors).items():
        look = form(held) if layer in whole else None
        for stored in held:
            yield stored, look if look is not None else (stored.squeezed, stored.buffer)


def with_weight(tensors: Iterable[StoredTensor]) -> set[str]:
    """Layers that hold a weight and more, which go together."""
    return {
        layer
        for layer, held in layers(tensors).items()
        if len(held) > 1 and any(stored.name == "weight" for stored in held)
    }


def fits(candidate: Iterable[StoredTensor], reference: Iterable[StoredTensor]) -> bool:
    """Whether all that two layers hold under one name can be made of each other."""
    named = {stored.name: stored for stored in candidate}
    return all(map_tensor(named[stored.name], stored, "") is not None for stored in reference if stored.name in named)
