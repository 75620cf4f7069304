"""Where a container of the reference stands in the candidate: around the partners of all that is in it.

Knows paths alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from archdiff.model.network import ancestors


class ContainerPairs:
    """Containers of the reference with the innermost container of the candidate around what stands for their layers."""

    def __init__(self, pairs: Iterable[tuple[str, str]], containers: Iterable[tuple[str, str]] = ()) -> None:
        self.partners: dict[str, str] = {"": ""}
        around_layers = [(candidate.rpartition(".")[0], reference.rpartition(".")[0]) for candidate, reference in pairs]
        for around, innermost in (*around_layers, *containers):
            for container in ancestors(innermost):
                known = self.partners.get(container)
                self.partners[container] = around if known is None else common_parent(known, around)

    def scopes(self) -> Iterator[tuple[str, str]]:
        """(container of the candidate, container of the reference), innermost first, the whole networks last."""
        for container in sorted(self.partners, key=lambda path: -path.count(".") if path else 1):
            yield self.partners[container], container


def common_parent(first: str, second: str) -> str:
    """The innermost container around two."""
    parts = []
    for a, b in zip(first.split("."), second.split("."), strict=False):
        if a != b:
            break
        parts.append(a)
    return ".".join(parts)


class PairedBlocks:
    """Pairs of containers of which nothing in one stands for anything outside of the other."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self.pairs = pairs
        self._numbers = {(True, candidate): number for number, (candidate, _) in enumerate(pairs)}
        self._numbers |= {(False, reference): number for number, (_, reference) in enumerate(pairs)}

    def of(self, candidate: bool, path: str) -> int | None:
        """The number of the innermost pair around a path of the candidate or of the reference; None outside of all."""
        keys = ((candidate, each) for each in ancestors(path) if each)
        return next((self._numbers[key] for key in keys if key in self._numbers), None)
