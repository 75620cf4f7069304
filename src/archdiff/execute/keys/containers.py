"""Where a container of the reference stands in the candidate: around the partners of all that is in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from archdiff.execute.keys import shapes
from archdiff.execute.keys.keymap import StoredTensor
from archdiff.model.network import ancestors


class ContainerPairs:
    """Containers of the reference with the innermost container of the candidate around what stands for their layers."""

    def __init__(self, pairs: Iterable[tuple[str, str]], containers: Iterable[tuple[str, str]] = ()) -> None:
        self.partners: dict[str, str] = {"": ""}
        around_layers = [(candidate.rpartition(".")[0], reference.rpartition(".")[0]) for candidate, reference in pairs]
        for around, innermost in (*around_layers, *containers):
            for container in ancestors(innermost):
                known = self.partners.get(container, around)
                both = (each for each in ancestors(known) if not each or f"{around}.".startswith(f"{each}."))
                self.partners[container] = next(both)

    def scopes(self) -> Iterator[tuple[str, str]]:
        """(container of the candidate, container of the reference), innermost first, the whole networks last."""
        for container in sorted(self.partners, key=lambda path: -path.count(".") if path else 1):
            yield self.partners[container], container


class PairedBlocks:
    """Pairs of containers of which nothing in one stands for anything outside of the other."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self.pairs = pairs
        self._numbers = {(True, candidate): number for number, (candidate, _) in enumerate(pairs)}
        self._numbers |= {(False, reference): number for number, (_, reference) in enumerate(pairs)}
        self._around: dict[tuple[bool, str], int | None] = {}  # what `of` found for a container

    def looks(
        self, candidate: Mapping[str, Iterable[StoredTensor]], reference: Mapping[str, Iterable[StoredTensor]]
    ) -> tuple[dict[str, object], dict[str, object]]:
        """What each layer of both looks like, and in which pair it is; equal where one may stand for the other.

        Args:
            candidate: path of a layer -> its tensors.
            reference: the same of the reference.
        """
        both: list[dict[str, object]] = [
            {path: (self.of(of_candidate, path), shapes.form(held)) for path, held in layers.items()}
            for of_candidate, layers in ((True, candidate), (False, reference))
        ]
        return both[0], both[1]

    def of(self, candidate: bool, path: str) -> int | None:
        """The number of the innermost pair around a path of the candidate or of the reference; None outside of all."""
        number = self._numbers.get((candidate, path))
        if number is not None or not path:
            return number
        container = candidate, path.rpartition(".")[0]
        if container not in self._around:  # siblings share it
            numbers = (self._numbers.get((candidate, each)) for each in ancestors(container[1]))
            self._around[container] = next((number for number in numbers if number is not None), None)
        return self._around[container]
