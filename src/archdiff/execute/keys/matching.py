"""Tensors of both sides, and what was found of them so far. `match` says in which order it looks.

What two could stand for stays without a counterpart, unless `in_order` says to take them in the order of the
state_dicts, for outputs to be compared.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Final

from archdiff.execute.keys import projections, shapes
from archdiff.execute.keys.keymap import KeyMap, Leftover, MappedTensor, NetworkKeys, StoredTensor

#: names under which SparseWeights, PEFT and torch.compile hold a layer
_WRAPPERS: Final = frozenset({"module", "base_layer", "_orig_mod"})
#: names that say nothing of the tensor
_COMMON: Final = frozenset({"weight", "bias"})
_LISTED: Final = 4
_PARAMETRIZED: Final = "of a parametrization: torch.nn.utils.parametrize.remove_parametrizations leaves the weight"
_COUNTS: Final = "counts batches, and no output depends on it"
_BESIDE: Final = "extra state of its class, no tensor, and not the same in both"
_NOT_TRAINED: Final = "whole numbers, which nothing trains: taken to be the same in both"


class Matching:
    """One reference key after the other gets its counterpart; each tensor of the candidate is taken once."""

    def __init__(self, candidate: Sequence[StoredTensor], reference: Sequence[StoredTensor], in_order: bool) -> None:
        self.candidate, self.reference, self.in_order = candidate, reference, in_order
        self.open_candidate = {stored.key: stored for stored in candidate if not stored.beside}
        self.open_reference = {stored.key: stored for stored in reference if not stored.beside}
        # no tensors; and those that stand for each other, but cannot be made of each other
        self.closed_candidate = {stored.key: stored for stored in candidate if stored.beside}
        self.closed_reference = {stored.key: stored for stored in reference if stored.beside}
        self.mapped: dict[str, MappedTensor] = {}
        self.reasons: dict[str, str] = {}  # key of the reference -> why not
        self.unused_for: dict[str, str] = {}  # key of the candidate -> why it is left over
        self._whole = shapes.with_weight(candidate) | shapes.with_weight(reference)
        self._in_candidate, self._in_reference = shapes.inside(candidate), shapes.inside(reference)

    def take(self, made: MappedTensor) -> None:
        """A tensor of the reference has its counterpart."""
        self.mapped[made.key] = made
        self.open_reference.pop(made.key, None)
        for part in made.parts:
            self.open_candidate.pop(part.key, None)

    def take_group(self, candidate: projections.ProjectionGroup, reference: projections.ProjectionGroup) -> None:
        """Groups that stand for each other: all of their tensors, or the reason why not."""
        why = ""
        for stored, made in zip(reference.stored, projections.map_group(candidate, reference), strict=True):
            if isinstance(made, str):
                self.reasons[stored.key] = why = made
                self.closed_reference[stored.key] = self.open_reference.pop(stored.key)
            else:
                self.take(made)
        for stored in candidate.stored:
            if stored.key in self.open_candidate:
                self.closed_candidate[stored.key] = self.open_candidate.pop(stored.key)
                if why:
                    self.unused_for[stored.key] = why

    def take_layer(self, candidate: str, reference: str, found_by: str = "pair") -> None:
        """Tensors under one name in two layers: all of them, or none where one does not fit.

        Two layers with one tensor each may call it as they like: `gamma`, `lambda1`.
        """
        mine = _named(self._open(self._in_candidate, candidate, self.open_candidate), candidate)
        wanted = _named(self._open(self._in_reference, reference, self.open_reference), reference)
        both = [(mine[name], stored) for name, stored in wanted.items() if name in mine]
        if not both and len(mine) == len(wanted) == 1:
            both = [*zip(mine.values(), wanted.values(), strict=True)]
        made = [shapes.map_tensor(a, b, found_by) for a, b in both]
        for (a, b), one in zip(both, made, strict=True):
            if one is not None and None not in made:
                self.take(one)
            elif one is None:
                self.reasons[b.key] = shapes.refusal(a, b)

    def take_scope(self, here: str, there: str, block: Callable[[bool, StoredTensor], object]) -> None:
        """What is left in two containers that stand for each other.

        block: whether it is the candidate's, and a tensor -> the pair of blocks that it stays in.
        """
        wanted = self._open(self._in_reference, there, self.open_reference)
        mine = self._open(self._in_candidate, here, self.open_candidate) if wanted else []
        of_block = shapes.grouped(mine, partial(block, True))
        for number, reference in shapes.grouped(wanted, partial(block, False)).items():
            candidate = of_block.get(number, [])
            self._named_alike(candidate, reference, here, there)
            self._alone(candidate, reference, self._name, "name")
            self._layers(candidate, reference)
            self._alone(candidate, reference, self._shape, "shape")
            self._alone(candidate, reference, self._either_way, "shape")

    def _named_alike(self, mine: Iterable[StoredTensor], wanted: Iterable[StoredTensor], here: str, there: str) -> None:
        """What has one path in two containers: layers as a whole, and tensors that are in none."""
        layers = {stored.layer[len(here) :].strip("."): stored.layer for stored in mine if stored.layer in self._whole}
        for layer in dict.fromkeys(stored.layer for stored in wanted if stored.layer in self._whole):
            if other := layers.get(layer[len(there) :].strip(".")):
                self.take_layer(other, layer, "name")
        names = {stored.key[len(here) :].strip("."): stored for stored in mine if stored.layer not in self._whole}
        for stored in wanted:
            same = names.get(stored.key[len(there) :].strip("."))
            made = shapes.map_tensor(same, stored, "name") if same and same.key in self.open_candidate else None
            if made and stored.layer not in self._whole:
                self.take(made)

    def _open(
        self, containers: Mapping[str, Sequence[StoredTensor]], path: str, left: Mapping[str, StoredTensor]
    ) -> list[StoredTensor]:
        return [stored for stored in containers.get(path, ()) if stored.key in left]

    def _name(self, stored: StoredTensor) -> object:
        """Not of what goes where its layer goes, nor where the name is that of a thousand others."""
        return "" if stored.name in _COMMON or stored.layer in self._whole else stored.name

    def _shape(self, stored: StoredTensor) -> object:
        """Not of a bias, which goes where its weight goes."""
        known = stored.squeezed is not None and stored.layer not in self._whole
        return (stored.squeezed, stored.buffer) if known else ""

    def _either_way(self, stored: StoredTensor) -> object:
        """Of a matrix whichever way round it is kept."""
        matrix = stored.rows is not None and len(stored.rows) == 2 and not stored.buffer
        return tuple(sorted(stored.rows or ())) if matrix and stored.layer not in self._whole else ""

    def _alone(
        self,
        mine: Iterable[StoredTensor],
        wanted: Iterable[StoredTensor],
        look: Callable[[StoredTensor], object],
        found_by: str,
    ) -> None:
        """Tensors that are alone with what they look like on both sides; "" looks like nothing."""
        candidate, reference = _alike(mine, look, self.open_candidate), _alike(wanted, look, self.open_reference)
        for like, found in reference.items():
            others = candidate.get(like, [])
            if len(found) == len(others) == 1 or (self.in_order and found_by == "shape" and len(found) == len(others)):
                by = found_by if len(found) == 1 else "order"
                for a, b in zip(others, found, strict=True):
                    if made := shapes.map_tensor(a, b, by):
                        self.take(made)
            elif others and found_by == "shape":
                self._doubt(found, [stored.key for stored in others], others)

    def _layers(self, mine: Iterable[StoredTensor], wanted: Iterable[StoredTensor]) -> None:
        """Layers of several tensors that are alone with these on both sides."""
        candidate, reference = (
            _alike_layers(stored for stored in tensors if stored.key in left)
            for tensors, left in ((mine, self.open_candidate), (wanted, self.open_reference))
        )
        for form, found in reference.items():
            others = candidate.get(form, [])
            pairs = _in_pairs(others, found, self.in_order)
            for first, second, by in pairs:
                by_name = {stored.name: stored for stored in first}
                made = [shapes.map_tensor(by_name[stored.name], stored, by) for stored in second]
                for one in made:
                    if one is not None and None not in made:
                        self.take(one)
            if others and not pairs:
                for held in found:
                    self._doubt(held, [layer[0].layer for layer in others], chain.from_iterable(others))

    def _doubt(self, found: Iterable[StoredTensor], names: Sequence[str], others: Iterable[StoredTensor]) -> None:
        listed = ", ".join(names[:_LISTED]) + (" ..." if names[_LISTED:] else "")
        for stored in found:
            self.reasons.setdefault(stored.key, f"may be {listed}")
        for stored in others:
            self.unused_for.setdefault(stored.key, "may be one of several: see above")

    def take_ties(self) -> None:
        """A tensor that has two keys is mapped where one of them is; of the candidate's, one is enough."""
        tied = _by_tie(self.reference)
        for stored in list(self.open_reference.values()):
            if other := _tie(stored, tied, self.mapped):
                self.take(self.mapped[other]._replace(key=stored.key, found_by="tie"))

    def result(
        self, candidate: NetworkKeys, reference: NetworkKeys, constants: Container[str], differences: int
    ) -> KeyMap:
        """The map of all that was taken, with what has no counterpart."""
        used = {part.key for made in self.mapped.values() for part in made.parts}
        left_candidate = [*self.closed_candidate.values(), *self.open_candidate.values()]
        left_reference = [*self.closed_reference.values(), *self.open_reference.values()]
        tied = _by_tie(self.candidate)
        ties = {each.key: tie for each in left_candidate if (tie := _tie(each, tied, used))}
        kept, missing = _parted(left_reference, constants, {})
        dropped, unused = _parted(left_candidate, constants, ties)
        missing = [left._replace(why=self.reasons.get(left.key, left.why)) for left in missing]
        unused = [left._replace(why=self.unused_for.get(left.key, left.why)) for left in unused]
        mapped = tuple(self.mapped[stored.key] for stored in self.reference if stored.key in self.mapped)
        left = tuple(kept), tuple(dropped), tuple(missing), tuple(unused)
        return KeyMap(candidate, reference, mapped, *left, differences)


def _named(tensors: Iterable[StoredTensor], layer: str) -> dict[str, StoredTensor]:
    """Tensors in a layer by their names in it, those in a wrapper as if it were not there.

    A cell has `weight_ih`, and the first layer of an LSTM `weight_ih_l0`.
    """
    found: dict[str, StoredTensor] = {}
    for stored in tensors:
        parts = stored.key[len(layer) :].lstrip(".").split(".")
        found[".".join([part for part in parts if part not in _WRAPPERS]).removesuffix("_l0")] = stored
    return found


def _alike(
    tensors: Iterable[StoredTensor], look: Callable[[StoredTensor], object], left: Container[str]
) -> dict[object, list[StoredTensor]]:
    found = shapes.grouped((stored for stored in tensors if stored.key in left), look)
    return {like: alike for like, alike in found.items() if like != ""}


def _alike_layers(tensors: Iterable[StoredTensor]) -> dict[shapes.LayerForm, list[list[StoredTensor]]]:
    layers = shapes.layers(tensors).values()
    return shapes.grouped(
        (held for held in layers if len(held) > 1 and all(stored.squeezed is not None for stored in held)), shapes.form
    )


def _in_pairs(
    candidate: Sequence[list[StoredTensor]], reference: Sequence[list[StoredTensor]], in_order: bool
) -> list[tuple[list[StoredTensor], list[StoredTensor], str]]:
    """(layer of the candidate, of the reference, what shows it) of layers that look alike; none where nothing does.

    Of several, names that end in the same numbers do: `norm1` and `norm2`, `layer_norm1` and `layer_norm2`.
    """
    if len(candidate) != len(reference) or not candidate:
        return []
    if len(candidate) == 1:
        return [(candidate[0], reference[0], "shape")]
    numbers = [[_number(held[0].layer) for held in layers] for layers in (candidate, reference)]
    if "" not in numbers[0] and sorted(numbers[0]) == sorted(numbers[1]) and len(set(numbers[0])) == len(candidate):
        by_number = dict(zip(numbers[0], candidate, strict=True))
        return [(by_number[number], held, "name") for number, held in zip(numbers[1], reference, strict=True)]
    return [(a, b, "order") for a, b in zip(candidate, reference, strict=True)] if in_order else []


def _number(layer: str) -> str:
    """What a name ends in: "1" of `norm1`; "" of one that is a number, which is a place."""
    name = layer.rpartition(".")[2]
    return "" if name.isdigit() else name[len(name.rstrip("0123456789")) :]


def _parted(
    left: Sequence[StoredTensor], constants: Container[str], ties: Mapping[str, str]
) -> tuple[list[Leftover], list[Leftover]]:
    """(what needs no counterpart, what has none): counts of batches go with the statistics beside them."""
    trained = {each.layer for each in left if not (each.counts and each.buffer) and each.key not in ties}
    needless, lost = [], []
    for stored in left:
        if stored.key in ties:
            needless.append(Leftover(stored.key, f"the same tensor as {ties[stored.key]}"))
        elif stored.key in constants:
            why = "the same in both" if stored.beside else "a constant, which both compute"
            needless.append(Leftover(stored.key, why))
        elif stored.beside:
            lost.append(Leftover(stored.key, _BESIDE))
        elif stored.counts and stored.buffer and stored.layer not in trained:
            needless.append(Leftover(stored.key, _COUNTS if stored.name == "num_batches_tracked" else _NOT_TRAINED))
        else:
            lost.append(Leftover(stored.key, _PARAMETRIZED if ".parametrizations." in stored.key else "no counterpart"))
    return needless, lost


def _by_tie(tensors: Iterable[StoredTensor]) -> dict[str, list[StoredTensor]]:
    """Those that are one tensor; under "" all that are not tied."""
    return shapes.grouped(tensors, lambda stored: stored.tied)


def _tie(stored: StoredTensor, tied: Mapping[str, Sequence[StoredTensor]], used: Container[str]) -> str:
    """Another key of the tensor that is used; "" where there is none."""
    others = tied[stored.tied] if stored.tied else ()
    return next((each.key for each in others if each.key != stored.key and each.key in used), "")
