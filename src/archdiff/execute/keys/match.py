"""What each tensor of the reference is made of: along the pairs of the comparison, then by name, shape and place.

1. `projections`: groups that hold queries, keys and values are paired by where they stand.
2. Layers that the comparison pairs: tensors of one name.
3. What is left, from the innermost container outwards, where it stands for another: the same name there; then the only
   layer with such tensors; then the only tensor of its shape. What two could stand for stays without a counterpart.

A shape changes only where that leaves no choice: dimensions of size 1, a matrix that is kept the other way round, a
kernel that covers its map. Knows no torch.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from archdiff.execute.keys import projections
from archdiff.execute.keys.keymap import KeyMap, Left, Mapped, Part, Side, Stored, size
from archdiff.execute.keys.places import Places, inside

#: paths of layers that stand for each other, of the candidate and of the reference, as both are printed
Pairs = Sequence[tuple[str, str]]

#: names under which SparseWeights, PEFT and torch.compile hold a layer
_WRAPPERS: Final = frozenset({"module", "base_layer", "_orig_mod"})


def key_map(
    candidate: Side,
    reference: Side,
    pairs: Pairs,
    blocks: Pairs = (),
    constants: Iterable[str] = (),
    differences: int = 0,
) -> KeyMap:
    """A checkpoint of the candidate under the keys of the reference.

    Args:
        candidate, reference: the tensors of both state_dicts.
        pairs: paths of layers that stand for each other.
        blocks: paths of containers that do.
        constants: buffers that one keeps in its state_dict, and the other computes alike and does not.
        differences: in the function, which the comparison found.

    Returns:
        The map; what has no counterpart is in it, with the reason.
    """
    pairs = _with_tensors(pairs, candidate.stored, reference.stored)
    matching = _Matching(candidate.stored, reference.stored)
    ours, theirs = (projections.groups(side.stored) for side in (candidate, reference))
    groups = _paired_groups(ours, theirs, pairs, blocks)
    for first, second in groups:
        matching.take_group(first, second)
    left = _outside_of_groups(pairs, ours, theirs, groups)
    for a, b in left:
        matching.take_layer(a, b)
    for here, there in Places(left, blocks).scopes():
        matching.take_scope(here, there)
    matching.take_ties()
    return matching.result(candidate, reference, frozenset(constants), differences)


def _with_tensors(pairs: Pairs, ours: Sequence[Stored], theirs: Sequence[Stored]) -> Pairs:
    """Pairs of layers that hold something: an activation or a dropout may be paired with any other."""
    first, second = (_around(stored.layer for stored in side) for side in (ours, theirs))
    return [(a, b) for a, b in pairs if a in first and b in second]


def _around(layers: Iterable[str]) -> set[str]:
    """The paths of layers and of all that holds them."""
    found = {""}
    for layer in layers:
        path = layer
        while path not in found:
            found.add(path)
            path = path.rpartition(".")[0]
    return found


_Groups: TypeAlias = "Sequence[projections.Group]"
_Paired: TypeAlias = "list[tuple[projections.Group, projections.Group]]"


def _paired_groups(ours: _Groups, theirs: _Groups, pairs: Pairs, blocks: Pairs) -> _Paired:
    """Groups in places that stand for each other: the only ones there, from the innermost container outwards.

    What the comparison pairs a projection with says nothing: three stand beside one.
    """
    open_ours, open_theirs = list(ours), list(theirs)
    members = [_layers(groups) for groups in (ours, theirs)]
    places = Places([(a, b) for a, b in pairs if a not in members[0] and b not in members[1]], blocks)
    found: _Paired = []
    for here, there in places.scopes():
        for family in projections.FAMILIES:
            first = [each for each in open_ours if each.family == family and inside(each.container, here)]
            second = [each for each in open_theirs if each.family == family and inside(each.container, there)]
            for a, b in _only(first, second, here, there):
                found.append((a, b))
                open_ours.remove(a)
                open_theirs.remove(b)
    return found


def _layers(groups: _Groups) -> set[str]:
    return {stored.layer for group in groups for stored in group.stored}


def _outside_of_groups(pairs: Pairs, ours: _Groups, theirs: _Groups, paired: _Paired) -> list[tuple[str, str]]:
    """Pairs of layers that are in no group which was paired, nor one of several in a group that was not."""
    taken = [_layers([both[index] for both in paired]) for index in (0, 1)]
    several = [_layers([group for group in groups if len(_layers([group])) > 1]) for groups in (ours, theirs)]
    return [
        (a, b) for a, b in pairs if a not in taken[0] and b not in taken[1] and (a in several[0]) == (b in several[1])
    ]


def _only(
    ours: Sequence[projections.Group], theirs: Sequence[projections.Group], here: str, there: str
) -> Iterator[tuple[projections.Group, projections.Group]]:
    """The groups of one place in both; else those under one name in it."""
    if len(ours) == len(theirs) == 1:
        yield ours[0], theirs[0]
        return
    named = {group.container[len(here) :].strip("."): group for group in ours}
    for group in theirs:
        other = named.get(group.container[len(there) :].strip("."))
        if other is not None:
            yield other, group


class _Matching:
    """Tensors of both sides, and what was found of them so far."""

    def __init__(self, ours: Sequence[Stored], theirs: Sequence[Stored]) -> None:
        self.ours, self.theirs = ours, theirs
        self.open_ours = {stored.key: stored for stored in ours}
        self.open_theirs = {stored.key: stored for stored in theirs}
        self.mapped: dict[str, Mapped] = {}
        self.closed_ours: dict[str, Stored] = {}  # stand for each other, but cannot be made of each other
        self.closed_theirs: dict[str, Stored] = {}
        self.reasons: dict[str, str] = {}  # key of the reference -> why not
        self.whole = _with_weight(ours) | _with_weight(theirs)

    def take(self, made: Mapped) -> None:
        self.mapped[made.key] = made
        self.open_theirs.pop(made.key, None)
        for part in made.parts:
            self.open_ours.pop(part.key, None)

    def take_group(self, ours: projections.Group, theirs: projections.Group) -> None:
        for stored, made in zip(theirs.stored, projections.made(ours, theirs), strict=True):
            if isinstance(made, str):
                self.reasons[stored.key] = made
                self.closed_theirs[stored.key] = self.open_theirs.pop(stored.key)
            else:
                self.take(made)
        for stored in ours.stored:
            if stored.key in self.open_ours:
                self.closed_ours[stored.key] = self.open_ours.pop(stored.key)

    def take_layer(self, ours: str, theirs: str) -> None:
        """Tensors under one name in two layers: all of them, or none where one does not fit."""
        mine = _named(self.open_ours.values(), ours)
        wanted = _named(self.open_theirs.values(), theirs)
        both = [(mine[name], stored) for name, stored in wanted.items() if name in mine]
        made = [_made(a, b, "pair") for a, b in both]
        for (a, b), one in zip(both, made, strict=True):
            if one is not None and None not in made:
                self.take(one)
            elif one is None:
                self.reasons[b.key] = f"{a.key} is {size(a.shape)}, not {size(b.shape)}"

    def take_pair(self, ours: Stored, theirs: Stored, found_by: str) -> None:
        made = _made(ours, theirs, found_by)
        if made is not None:
            self.take(made)

    def take_scope(self, here: str, there: str) -> None:
        mine = [stored for stored in self.open_ours.values() if inside(stored.key, here)]
        wanted = [stored for stored in self.open_theirs.values() if inside(stored.key, there)]
        if not mine or not wanted:
            return
        named = {stored.key[len(here) :].strip("."): stored for stored in mine}
        for stored in wanted:
            other = named.get(stored.key[len(there) :].strip("."))
            if other is not None and other.key in self.open_ours:
                self.take_pair(other, stored, "name")
        self._only_layers(mine, wanted)
        self._only_shapes(mine, wanted)

    def _only_layers(self, mine: Iterable[Stored], wanted: Iterable[Stored]) -> None:
        """Layers that are alone with such tensors on both sides."""
        ours, theirs = _by_form(mine, self.open_ours), _by_form(wanted, self.open_theirs)
        for form, layers in theirs.items():
            others = ours.get(form, [])
            if len(layers) == len(others) == 1 and len(form) > 1:
                for (_, a), (_, b) in zip(sorted(others[0].items()), sorted(layers[0].items()), strict=True):
                    self.take_pair(a, b, "shape")

    def _only_shapes(self, mine: Iterable[Stored], wanted: Iterable[Stored]) -> None:
        """Tensors that are alone with their shape on both sides; not a bias, which goes where its weight goes."""
        ours = _by_shape(mine, self.open_ours, self.whole)
        theirs = _by_shape(wanted, self.open_theirs, self.whole)
        for shape, found in theirs.items():
            others = ours.get(shape, [])
            if len(found) == len(others) == 1:
                self.take_pair(others[0], found[0], "shape")
            elif others:
                listed = ", ".join(stored.key for stored in others[:4])
                for stored in found:
                    self.reasons.setdefault(stored.key, f"may be {listed}")

    def take_ties(self) -> None:
        """A tensor that has two keys is mapped where one of them is; of the candidate's, one is enough."""
        for stored in list(self.open_theirs.values()):
            other = next((each for each in self.theirs if _tied(each, stored) and each.key in self.mapped), None)
            if other is not None:
                self.take(self.mapped[other.key]._replace(key=stored.key, found_by="tie"))

    def result(self, candidate: Side, reference: Side, constants: Container[str], differences: int) -> KeyMap:
        used = {part.key for made in self.mapped.values() for part in made.parts}
        ours, theirs = ([*a.values(), *b.values()] for a, b in self._left)
        kept, missing = _parted(theirs, constants, {})
        ties = {each.key: tie for each in ours if (tie := _tie(each, self.ours, used))}
        dropped, unused = _parted(ours, constants, ties)
        missing = [left._replace(why=self.reasons.get(left.key, left.why)) for left in missing]
        mapped = [self.mapped[stored.key] for stored in self.theirs if stored.key in self.mapped]
        left = tuple(kept), tuple(dropped), tuple(missing), tuple(unused)
        return KeyMap(candidate, reference, tuple(mapped), *left, differences)

    @property
    def _left(self) -> tuple[tuple[dict[str, Stored], dict[str, Stored]], tuple[dict[str, Stored], dict[str, Stored]]]:
        return (self.closed_ours, self.open_ours), (self.closed_theirs, self.open_theirs)


def _parted(
    left: Sequence[Stored], constants: Container[str], ties: Mapping[str, str]
) -> tuple[list[Left], list[Left]]:
    """(what needs no counterpart, what has none): counts of batches go with the statistics beside them."""
    trained = {each.layer for each in left if not (each.counts and each.buffer) and each.key not in ties}
    needless, lost = [], []
    for stored in left:
        if stored.key in ties:
            needless.append(Left(stored.key, f"the same tensor as {ties[stored.key]}"))
        elif stored.key in constants:
            needless.append(Left(stored.key, "a constant, which both compute"))
        elif stored.counts and stored.buffer and stored.layer not in trained:
            needless.append(Left(stored.key, "whole numbers, which nothing trains"))
        else:
            lost.append(Left(stored.key, "no counterpart"))
    return needless, lost


def _tie(stored: Stored, tensors: Iterable[Stored], used: Container[str]) -> str:
    return next((each.key for each in tensors if _tied(each, stored) and each.key in used), "")


def _tied(first: Stored, second: Stored) -> bool:
    return bool(first.tied) and first.tied == second.tied and first.key != second.key


def _named(tensors: Iterable[Stored], layer: str) -> dict[str, Stored]:
    """Tensors in a layer by their names in it, those in a wrapper as if it were not there."""
    found: dict[str, Stored] = {}
    for stored in tensors:
        if inside(stored.key, layer):
            parts = stored.key[len(layer) :].lstrip(".").split(".")
            found[".".join([part for part in parts if part not in _WRAPPERS])] = stored
    return found


def _made(ours: Stored, theirs: Stored, found_by: str) -> Mapped | None:
    """The one as the other; None where the shapes leave a choice, or another kind of layer keeps it."""
    turns = ours.columns != theirs.columns
    parts = (Part(ours.key),)
    if turns and any(stored.shape is not None and len(stored.shape) != 2 for stored in (ours, theirs)):
        return None
    if ours.rows is None or theirs.rows is None or ours.rows == theirs.rows:
        return Mapped(theirs.key, parts, turns, None, found_by)
    if ours.columns or theirs.columns:
        return None
    same = ours.squeezed == theirs.squeezed and len(ours.rows) != len(theirs.rows)
    return Mapped(theirs.key, parts, False, theirs.shape, found_by) if same or _flat(ours, theirs) else None


def _flat(ours: Stored, theirs: Stored) -> bool:
    """Whether one is a kernel that covers its map and the other the matrix of a Linear behind a Flatten."""
    kernel, matrix = (ours, theirs) if ours.covers else (theirs, ours)
    if not kernel.covers or kernel.shape is None or matrix.shape is None or len(matrix.shape) != 2:
        return False
    return kernel.numel == matrix.numel and kernel.shape[0] == matrix.shape[0]


def _by_form(tensors: Iterable[Stored], open_: dict[str, Stored]) -> dict[tuple[object, ...], list[dict[str, Stored]]]:
    """Layers by the names and shapes of their tensors."""
    layers: dict[str, dict[str, Stored]] = {}
    for stored in tensors:
        if stored.key in open_:
            layers.setdefault(stored.layer, {})[stored.name] = stored
    found: dict[tuple[object, ...], list[dict[str, Stored]]] = {}
    for held in layers.values():
        form = tuple(sorted((name, stored.squeezed) for name, stored in held.items() if stored.squeezed is not None))
        if len(form) == len(held):
            found.setdefault(form, []).append(held)
    return found


def _with_weight(tensors: Iterable[Stored]) -> set[str]:
    """Layers that hold a weight and more, which go together."""
    names: dict[str, set[str]] = {}
    for stored in tensors:
        names.setdefault(stored.layer, set()).add(stored.name)
    return {layer for layer, held in names.items() if "weight" in held and len(held) > 1}


def _by_shape(
    tensors: Iterable[Stored], open_: dict[str, Stored], whole: Container[str]
) -> dict[tuple[object, ...], list[Stored]]:
    found: dict[tuple[object, ...], list[Stored]] = {}
    for stored in tensors:
        if stored.key in open_ and stored.squeezed is not None and stored.layer not in whole:
            found.setdefault((stored.squeezed, stored.buffer), []).append(stored)
    return found
