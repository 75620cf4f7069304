"""One network of a comparison, its leaves by path; blocks stay closed until somebody asks for a leaf in one.

Knows nothing of the other network.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from archdiff.compare.nodes import Node
from archdiff.infer import Contradiction, Placed, Sized
from archdiff.infer.chain import is_sequential
from archdiff.infer.leaf import Leaf
from archdiff.model.network import Value
from archdiff.model.outcome import Place
from archdiff.semantics import kinds

#: two leaves that stand for each other, or two places of one block in which all stands for itself
Both: TypeAlias = "tuple[Leaf, Leaf] | tuple[Placed, Placed]"


class Side:
    """What is known of one network, and what stands before and behind every leaf."""

    __slots__ = ("_closed", "_leaves", "_places", "_runs", "_unprinted", "blocks", "sized")

    def __init__(self, sized: Sized) -> None:
        self.sized = sized
        self.blocks = {run.path: run for run in sized.leaves.runs if isinstance(run, Placed)}
        self._runs: list[Sequence[Leaf]] = list(sized.leaves.runs)
        self._closed: dict[str, int] = {}  # path of a block -> its run
        self._leaves: dict[str, Leaf] = {}
        self._places: dict[str, tuple[int, int]] = {}  # run, and where in it
        self._unprinted = {seen.container: seen for seen in sized.contradictions if not seen.certain}
        for number, run in enumerate(self._runs):
            if isinstance(run, Placed):
                self._closed[run.path] = number
            else:
                self._enter(number, run)

    def leaf(self, path: str) -> Leaf | None:
        if path not in self._leaves:
            self._open(path)
        return self._leaves.get(path)

    def leaves_of(self, node: Node) -> list[Leaf]:
        found = (self.leaf(inner.path) for inner in node.leaves())
        return [leaf for leaf in found if leaf is not None]

    def before(self, leaf: Leaf) -> Leaf | None:
        number, place = self._places[leaf.path]
        if place:
            return self._runs[number][place - 1]
        return self._runs[number - 1][-1] if number else None

    def behind(self, leaf: Leaf) -> Leaf | None:
        number, place = self._places[leaf.path]
        if place + 1 < len(self._runs[number]):
            return self._runs[number][place + 1]
        return self._runs[number + 1][0] if number + 1 < len(self._runs) else None

    def before_in_sequential(self, leaf: Leaf) -> Iterator[Leaf]:
        """What stands before it in one Sequential, the nearest first."""
        holder = leaf.path.rpartition(".")[0]
        container = self.sized.normal.printed(holder)
        before = self.before(leaf) if container and is_sequential(container.class_name) else None
        while before and before.path.rpartition(".")[0] == holder:
            yield before
            before = self.before(before)

    def calls_functions(self, near: str) -> Contradiction | None:
        """Evidence that a container around this path runs operations that the print does not hold."""
        self._open(near)
        while True:
            if near in self._unprinted:
                return self._unprinted[near]
            if not near:
                return None
            near = near.rpartition(".")[0]

    def out_of_order(self, path: str) -> str:
        """The class of the container of a path where the shapes contradict its printed order; "" where they do not."""
        self._open(path)
        container = self.sized.normal.printed(path.rpartition(".")[0])
        name = container.class_name if container else ""
        return name if any(seen.container_class == name for seen in self._unprinted.values()) else ""

    def may_run_again(self, kind: str, near: str) -> str:
        """The name of a layer of this kind beside a path, where a forward that is not printed calls both."""
        container = self.sized.normal.printed(near.rpartition(".")[0])
        if container is None or is_sequential(container.class_name):
            return ""
        named = ((child.name, kinds.find(child.class_name)) for child in container.children)
        return next((name for name, found in named if found and found.name == kind), "")

    def _open(self, path: str) -> None:
        """Open the block that this path lies in, if it is still closed."""
        while self._closed:
            number = self._closed.pop(path, None)
            if number is not None:
                self._enter(number, self._runs[number])
                return
            if not path:
                return
            path = path.rpartition(".")[0]

    def _enter(self, number: int, run: Sequence[Leaf]) -> None:
        if isinstance(run, Placed):
            for seen in run.contradictions():
                if not seen.certain:
                    self._unprinted.setdefault(seen.container, seen)
            run = self._runs[number] = tuple(run)
        for place, leaf in enumerate(run):
            self._leaves[leaf.path] = leaf
            self._places[leaf.path] = number, place


def leaf_pairs(both: Both) -> Iterable[tuple[Leaf, Leaf]]:
    """Two leaves as they are; of two places of one block, all that stands in them."""
    a, b = both
    if isinstance(a, Leaf) and isinstance(b, Leaf):
        return ((a, b),)
    assert isinstance(a, Placed)
    assert isinstance(b, Placed)
    return zip(a, b, strict=True)


def place_of(leaf: Leaf, value: Value = None) -> Place:
    return Place(leaf.path, leaf.line, value, leaf.layer.class_name)
