"""Which nodes of two traced forwards are one operation: by what is computed, by layer, by module, by what comes in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import Final

from archdiff.diff.forward_nodes import TracedNodes
from archdiff.model.trace import INPUT, PARAMETER, TENSOR
from archdiff.semantics.operations import FULL, HIDDEN, LAYER, SUM, VIEW, Graph

VALUES: Final = frozenset({INPUT, PARAMETER, TENSOR, FULL, HIDDEN})  # what is taken, and does nothing
_BY_NAME: Final = (PARAMETER, FULL, HIDDEN)  # values that are one in both, whatever their sizes are
_ROUNDS: Final = 8  # in each, what takes the pairs of the round before is paired


class NodePairs:
    """Nodes of the candidate with those of the reference that are the same operation.

    Args:
        graph: That holds both.
        ours: Of the candidate.
        theirs: Of the reference.

    Attributes:
        mates: The nodes of the reference, by those of the candidate.
        common: Of the candidate, those that compute what their mates do.
    """

    def __init__(self, graph: Graph, ours: TracedNodes, theirs: TracedNodes) -> None:
        self._graph, self._ours, self._theirs = graph, ours, theirs
        common = [each for each in set(ours.normal.order) & set(theirs.normal.order) if not self._is_elsewhere(each)]
        self.mates = {ours.whole(number): theirs.whole(number) for number in common}  # ours -> theirs
        self._paired = set(self.mates.values())
        self.common = frozenset(self.mates)
        self._values: dict[object, int] = {}
        self._containers = self._paired_by_module()

    def alone(self) -> Iterator[tuple[list[int], list[int]]]:
        """What has no mate, of both sides, module by module."""
        for a, b in self._containers:
            yield [each for each in a if each not in self.mates], [each for each in b if each not in self._paired]

    def is_paired(self, nodes: TracedNodes, number: int) -> bool:
        """Whether a node of one side has a mate."""
        return number in (self.mates if nodes is self._ours else self._paired)

    def take_the_same(self, a: int, b: int) -> bool:
        """Whether two operations take the same, as it was computed or as the forwards see it that call them.

        What one of them takes besides is told of itself where the other network has no such thing.
        """
        ours, theirs = sorted(self._inputs(self._ours, a)), sorted(self._inputs(self._theirs, b))
        if ours == theirs:
            return True
        if len(ours) != len(theirs):
            more, less = ((self._ours, a), theirs) if len(ours) > len(theirs) else ((self._theirs, b), ours)
            if sorted(self._inputs(*more, paired=True)) == less:
                return True
        if self._ours.side.there(self._ours.container(a)) != self._theirs.container(b):
            return False
        return self._sources(self._ours, a) == self._sources(self._theirs, b)

    def is_known(self, nodes: TracedNodes, number: int) -> bool:
        """Whether the other side has the same, in whichever order its numbers are taken."""
        while self._graph.nodes[number].op == VIEW:
            number = nodes.whole(self._graph.nodes[number].operands[0])
        return self._graph.nodes[number].op in VALUES or self.is_paired(nodes, number)

    def through(self, nodes: TracedNodes, number: int) -> int:
        """What a node comes from, past all that the other side does not do: the same number on both sides."""
        graph = self._graph
        while True:
            while graph.nodes[number].op == VIEW:
                number = nodes.whole(graph.nodes[number].operands[0])
            if nodes is self._ours and number in self.mates:
                return self.mates[number]
            if nodes is self._theirs and number in self._paired:
                return number
            if graph.nodes[number].op in VALUES or not graph.nodes[number].operands:
                return self._value(number)
            inner = nodes.main(number)
            if inner == number:
                return number
            number = inner

    def label(self, number: int) -> tuple[object, ...]:
        """What an operation is, whatever it takes."""
        node = self._graph.nodes[number]
        return node.op, node.constants, len(node.operands) if node.op == SUM else 0

    def _is_elsewhere(self, number: int) -> bool:
        """Whether one forward does itself what a module of the other network does that has no counterpart."""
        if self._graph.nodes[number].op in VALUES:
            return False
        side = self._ours.side
        a, b = self._ours.container(number), self._theirs.container(number)
        return side.there(a) != b and (a not in side.paths or b not in self._theirs.side.paths)

    def _paired_by_module(self) -> list[tuple[list[int], list[int]]]:
        """What is left of both sides where layers are paired, module by module; that is paired as far as can be."""
        graph = self._graph
        left = [
            [
                each
                for each in nodes.order
                if not self.is_paired(nodes, each) and each not in nodes.of_gradients
                if graph.nodes[each].op not in (*VALUES, VIEW)
            ]
            for nodes in (self._ours, self._theirs)
        ]
        self._pair_layers(*left)
        containers: dict[str, tuple[list[int], list[int]]] = {}
        for index, nodes in enumerate((self._ours, self._theirs)):
            for number in left[index]:
                if not self.is_paired(nodes, number):
                    where = nodes.side.there(nodes.container(number))
                    containers.setdefault(where, ([], []))[index].append(number)
        for a, b in containers.values():
            known = (
                [each for each in numbers if self._takes_known(nodes, each)] for nodes, numbers in self._both(a, b)
            )
            self._pair_by_inputs(*known)
            self._pair(
                *([each for each in numbers if not self.is_paired(nodes, each)] for nodes, numbers in self._both(a, b))
            )
        self._pair_by_inputs(*left)
        return [*containers.values()]

    def _both(self, a: list[int], b: list[int]) -> tuple[tuple[TracedNodes, list[int]], tuple[TracedNodes, list[int]]]:
        return (self._ours, a), (self._theirs, b)

    def _takes_known(self, nodes: TracedNodes, number: int) -> bool:
        """Whether all that it takes is known on the other side: what it does to that is not passed over."""
        return all(self.is_known(nodes, each) for each in nodes.takes(number))

    def _mate(self, pairs: Iterable[tuple[int, int]]) -> None:
        for a, b in pairs:
            self.mates[a] = b
            self._paired.add(b)

    def _pair_layers(self, a: Sequence[int], b: Sequence[int]) -> None:
        """Layers that correspond to each other, each call with the call of the same number.

        Of those that are no node of their own, all that runs in them, where as much runs in both.
        """
        calls: tuple[dict[object, list[int]], dict[object, list[int]]] = ({}, {})
        for numbers, found in zip((a, b), calls, strict=True):
            for number in numbers:
                if self._graph.nodes[number].op == LAYER:
                    found.setdefault(self.label(number), []).append(number)
        for label, ours in calls[0].items():
            self._mate(zip(ours, calls[1].get(label, ()), strict=False))
        inside, there = self._by_layer(self._ours, a), self._by_layer(self._theirs, b)
        for path, own in inside.items():
            other = there.get(self._ours.side.paths.get(path, ""), [])
            if [*map(self.label, own)] == [*map(self.label, other)]:
                self._mate(zip(own, other, strict=True))
            elif other and self._are_of_two_kinds(path):  # what comes out stands for it, so that what takes it is one
                self._mate([(own[-1], other[-1])])

    def _are_of_two_kinds(self, path: str) -> bool:
        """Whether a layer of the candidate is another one in the reference, which is told of its own."""
        ours, theirs = self._ours.side, self._theirs.side
        return ours.leaves[path].kind is not theirs.leaves[ours.paths[path]].kind

    def _by_layer(self, nodes: TracedNodes, numbers: Iterable[int]) -> dict[str, list[int]]:
        """What runs in each layer that is no node of its own."""
        found: dict[str, list[int]] = {}
        for each in numbers:
            if nodes.is_of_layer(each) and not self.is_paired(nodes, each):
                found.setdefault(nodes.operation(each).path, []).append(each)
        return found

    def _pair(self, a: Sequence[int], b: Sequence[int]) -> None:
        """What is called alike and in the same order in one forward."""
        ours, theirs = ([self.label(number) for number in each] for each in (a, b))
        for block in SequenceMatcher(None, ours, theirs, autojunk=False).get_matching_blocks():
            ends = block.a + block.size, block.b + block.size
            self._mate(zip(a[block.a : ends[0]], b[block.b : ends[1]], strict=True))

    def _pair_by_inputs(self, a: Sequence[int], b: Sequence[int]) -> None:
        """What both do to the same, in whichever modules."""
        for _ in range(_ROUNDS):
            waiting: dict[object, list[int]] = {}
            for number in b:
                if number not in self._paired:
                    waiting.setdefault(self._key(self._theirs, number), []).append(number)
            before = len(self.mates)
            for number in a:
                if number not in self.mates and (found := waiting.get(self._key(self._ours, number))):
                    self._mate([(number, found.pop(0))])
            if len(self.mates) == before:
                return

    def _key(self, nodes: TracedNodes, number: int) -> object:
        return self.label(number), tuple(sorted(self._inputs(nodes, number)))

    def _inputs(self, nodes: TracedNodes, number: int, paired: bool = False) -> list[int]:
        """What an operation takes, past all that the other side does not do; or without that."""
        taken = nodes.takes(number)
        return [self.through(nodes, each) for each in taken if not paired or self.is_known(nodes, each)]

    def _sources(self, nodes: TracedNodes, number: int) -> list[str]:
        """What an operation takes, as the forward that calls it sees it: what comes in, what a module gives."""
        here = nodes.container(number)
        found = []
        for each in nodes.takes(number):
            base = each
            while self._graph.nodes[base].op == VIEW:
                base = nodes.whole(self._graph.nodes[base].operands[0])
            if (place := nodes.comes_in(base, here, nodes.normal.origins.get(number, 0))) is not None:
                found.append(f"in {place}")
            elif module := nodes.given_by(base, here):
                found.append(f"of {nodes.side.there(module)}")
            else:
                found.append(str(self.through(nodes, each)))
        return sorted(found)

    def _value(self, number: int) -> int:
        """A value, whose size may be another one in both: the first of its name."""
        node = self._graph.nodes[number]
        return self._values.setdefault(node[:2], number) if node.op in _BY_NAME and node.constants else number
