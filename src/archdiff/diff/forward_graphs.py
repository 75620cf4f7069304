"""Two traced forwards as nodes of one graph: what is left of each where all that both do is taken away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import Final

from archdiff.diff.forward_nodes import COMES_IN, OWN_GRADIENTS, WRITTEN, TracedNodes
from archdiff.diff.forward_orders import TakenOrder, are_alike
from archdiff.diff.forward_outputs import OTHER_OUTPUT, OUTPUT
from archdiff.diff.forward_sides import FOLLOWS, OTHERWISE, OUTPUT_SIZED, SIZED, ForwardDifference
from archdiff.model.message import Message, message
from archdiff.model.network import Value
from archdiff.model.trace import INPUT, PARAMETER, TENSOR, Operation, refs
from archdiff.semantics.operations import FULL, HIDDEN, LAYER, SUM, VIEW, Graph

_VALUES: Final = frozenset({INPUT, PARAMETER, TENSOR, FULL, HIDDEN})  # what is taken, and does nothing
_BY_NAME: Final = (PARAMETER, FULL, HIDDEN)  # values that are one in both, whatever their sizes are
_ROUNDS: Final = 8  # in each, what takes the pairs of the round before is paired


class GraphComparison:
    """What remains of two graphs where all that both have is taken away."""

    def __init__(self, graph: Graph, ours: TracedNodes, theirs: TracedNodes) -> None:
        self._graph, self._ours, self._theirs = graph, ours, theirs
        common = set(ours.normal.order) & set(theirs.normal.order)
        self._mates = {ours.whole(number): theirs.whole(number) for number in common}  # ours -> theirs
        self._paired = set(self._mates.values())
        self._common = frozenset(self._mates)
        self._values: dict[object, int] = {}

    def differences(self) -> list[ForwardDifference]:
        """All that is left: what one side does alone, and what both do to something else."""
        graph = self._graph
        left = [
            [
                each
                for each in nodes.order
                if not self._is_paired(nodes, each) and each not in nodes.of_gradients
                if graph.nodes[each].op not in (*_VALUES, VIEW)
            ]
            for nodes in (self._ours, self._theirs)
        ]
        self._pair_layers(*left)
        containers: dict[str, tuple[list[int], list[int]]] = {}
        for index, nodes in enumerate((self._ours, self._theirs)):
            for number in left[index]:
                if not self._is_paired(nodes, number):
                    where = nodes.side.there(nodes.container(number))
                    containers.setdefault(where, ([], []))[index].append(number)
        for a, b in containers.values():
            self._pair(a, b)
        self._pair_by_inputs(*left)
        found: list[ForwardDifference] = []
        for a, b in containers.values():
            alone = [
                [each for each in numbers if not self._is_paired(nodes, each)]
                for nodes, numbers in ((self._ours, a), (self._theirs, b))
            ]
            found += self._one_sided(*alone)
        found += self._rewired()
        if any(each.what.code not in FOLLOWS for each in found):
            return found
        orders, sizes = self._orders()
        return [*found, *orders] or sizes or [ForwardDifference(self._output(), ("", ""), ("", ""), ("", ""))]

    def _is_paired(self, nodes: TracedNodes, number: int) -> bool:
        return number in (self._mates if nodes is self._ours else self._paired)

    def _mate(self, pairs: Iterable[tuple[int, int]]) -> None:
        for a, b in pairs:
            self._mates[a] = b
            self._paired.add(b)

    def _pair_layers(self, a: Sequence[int], b: Sequence[int]) -> None:
        """Layers that correspond to each other, each call with the call of the same number.

        Of those that are no node of their own, all that runs in them, where as much runs in both.
        """
        calls: tuple[dict[object, list[int]], dict[object, list[int]]] = ({}, {})
        for numbers, found in zip((a, b), calls, strict=True):
            for number in numbers:
                if self._graph.nodes[number].op == LAYER:
                    found.setdefault(self._label(number), []).append(number)
        for label, ours in calls[0].items():
            self._mate(zip(ours, calls[1].get(label, ()), strict=False))
        inside, there = self._by_layer(self._ours, a), self._by_layer(self._theirs, b)
        for path, own in inside.items():
            other = there.get(self._ours.side.paths.get(path, ""), [])
            if [*map(self._label, own)] == [*map(self._label, other)]:
                self._mate(zip(own, other, strict=True))

    def _by_layer(self, nodes: TracedNodes, numbers: Iterable[int]) -> dict[str, list[int]]:
        """What runs in each layer that is no node of its own."""
        found: dict[str, list[int]] = {}
        for each in numbers:
            if nodes.is_of_layer(each) and not self._is_paired(nodes, each):
                found.setdefault(nodes.operation(each).path, []).append(each)
        return found

    def _pair_by_inputs(self, a: Sequence[int], b: Sequence[int]) -> None:
        """What both do to the same, in whichever modules."""
        for _ in range(_ROUNDS):
            waiting: dict[object, list[int]] = {}
            for number in b:
                if number not in self._paired:
                    waiting.setdefault(self._key(self._theirs, number), []).append(number)
            before = len(self._mates)
            for number in a:
                if number not in self._mates and (found := waiting.get(self._key(self._ours, number))):
                    self._mate([(number, found.pop(0))])
            if len(self._mates) == before:
                return

    def _key(self, nodes: TracedNodes, number: int) -> object:
        return self._label(number), tuple(sorted(self._inputs(nodes, number)))

    def _label(self, number: int) -> tuple[object, ...]:
        node = self._graph.nodes[number]
        return node.op, node.constants, len(node.operands) if node.op == SUM else 0

    def _pair(self, a: Sequence[int], b: Sequence[int]) -> None:
        """What is called alike and in the same order in one forward."""
        ours, theirs = ([self._label(number) for number in each] for each in (a, b))
        for block in SequenceMatcher(None, ours, theirs, autojunk=False).get_matching_blocks():
            ends = block.a + block.size, block.b + block.size
            self._mate(zip(a[block.a : ends[0]], b[block.b : ends[1]], strict=True))

    # one side alone

    def _one_sided(self, a: Sequence[int], b: Sequence[int]) -> Iterator[ForwardDifference]:
        """What one forward does and the other does not, does elsewhere, or does in another way."""
        ours, theirs = self._by_operation(self._ours, a), self._by_operation(self._theirs, b)
        for one, number in [*ours.items()]:
            label = self._label(number)
            other = next((key for key, mate in theirs.items() if self._label(mate) == label), None)
            if other is not None:
                yield self._moved(number, theirs.pop(other))
                del ours[one]
        for one, number in [*ours.items()]:
            other = next((key for key, mate in theirs.items() if self._stands_for(number, mate)), None)
            if other is not None:
                yield self._replaced(number, theirs.pop(other))
                del ours[one]
        yield from (self._only(self._ours, number, "extra") for number in ours.values())
        yield from (self._only(self._theirs, number, "missing") for number in theirs.values())

    @staticmethod
    def _by_operation(nodes: TracedNodes, numbers: Iterable[int]) -> dict[int, int]:
        """One node for each operation that ran, the last that was made for it."""
        return {nodes.normal.origins[number]: number for number in numbers}

    def _stands_for(self, a: int, b: int) -> bool:
        """Whether two operations take the same."""
        ours, theirs = self._resolved(self._ours, a), self._resolved(self._theirs, b)
        return self._graph.nodes[a].op == self._graph.nodes[b].op or ours == theirs

    def _moved(self, a: int, b: int) -> ForwardDifference:
        ours, theirs = self._ours.name(a), self._ours.taken(a)
        what = message("traced-takes", name=ours, ours=theirs, theirs=self._theirs.taken(b))
        return self._difference(what, a, b, is_order=True)

    def _replaced(self, a: int, b: int) -> ForwardDifference:
        ours, theirs = self._ours.called(a), self._theirs.called(b)
        if ours == theirs:
            return self._difference(self._settings(ours, a, b) or self._otherwise(ours, a, b), a, b)
        return self._difference(message("traced-replaced", ours=ours, theirs=theirs), a, b)

    def _settings(self, name: str, a: int, b: int) -> Message | None:
        """What two calls are called with beside tensors; None where that is the same."""
        if self._ours.operation(a).name == self._theirs.operation(b).name == WRITTEN:
            return message("traced-part", name=self._ours.written(a))
        own, other = _settings(self._ours.operation(a)), _settings(self._theirs.operation(b))
        names = [each for each in {**own, **other} if own.get(each) != other.get(each)]
        values = [", ".join(f"{name}={each.get(name, _DEFAULT)!r}" for name in names) for each in (own, other)]
        if names and all(self._is_printed(each, a, b) for each in names):
            return message(OTHERWISE, name=name)
        return message("traced-settings", name=name, ours=values[0], theirs=values[1]) if names else None

    def _is_printed(self, setting: str, a: int, b: int) -> bool:
        """Whether both are called as the layers print it whose forwards call them: what differs is told of these."""
        one, other = self._ours.printed(a, setting), self._theirs.printed(b, setting)
        return None not in (one, other) and one != other

    def _otherwise(self, name: str, a: int, b: int) -> Message:
        """What differs in two calls of equal words: the mode of a layer, which of its outputs, how numbers lie."""
        graph = self._graph
        if graph.nodes[a].op == graph.nodes[b].op == LAYER:
            *_, training = graph.nodes[a].constants
            *_, other = graph.nodes[b].constants
            if training is not other:
                modes = ["training mode" if each else "eval mode" for each in (training, other)]
                return message("traced-mode", name=name, ours=modes[0], theirs=modes[1])
            if graph.nodes[a].constants != graph.nodes[b].constants:
                return message("traced-other-output", name=name)
        return self._spelled(name, a, b)

    def _spelled(self, name: str, a: int, b: int) -> Message:
        """The first thing that an operation takes in another way; the tables that it takes, where these are others."""
        for one, other in zip(self._ours.spelled(a), self._theirs.spelled(b), strict=False):
            if one != other and not self._are_alike(a, b):
                return message("traced-takes", name=name, ours=one, theirs=other)
        if self._ours.tables(a) != self._theirs.tables(b):
            return message("traced-constants", name="it" if name == TENSOR else name)
        return message(OTHERWISE, name=name)

    def _are_alike(self, a: int, b: int) -> bool:
        """Whether two operations take the same in other sizes, and in the same order."""
        pairs = self._taken_by_both(a, b)
        is_sized = any(x != y for x, y in pairs) and all(are_alike(*pair) for pair in pairs)
        return is_sized and self._take_the_same(a, b)

    def _only(self, nodes: TracedNodes, number: int, way: str) -> ForwardDifference:
        operation = nodes.operation(number)
        is_skip = operation.name == "add" and nodes.operands(number, nodes.container(number)).count(COMES_IN) == 1
        what = message(f"traced-{way}", what=nodes.called(number), remark=message("traced-skip") if is_skip else None)
        return self._difference(what, *((number, None) if nodes is self._ours else (None, number)))

    # what both do

    def _rewired(self) -> Iterator[ForwardDifference]:
        """What both do, and one of them to something else."""
        for a, b in self._mates.items():
            if a in self._common:
                continue
            if self._graph.nodes[a].op in OWN_GRADIENTS:
                yield self._difference(message("traced-gradient", name=self._ours.name(a)), a, b)
            elif not self._take_the_same(a, b):
                name, taken, other = self._ours.name(a), self._ours.taken(a), self._theirs.taken(b)
                what = message("traced-takes", name=name, ours=taken, theirs=other)
                if taken == other:
                    spelled = self._spelled(name, a, b)
                    what = self._settings(name, a, b) or spelled
                yield self._difference(what, a, b)

    def _take_the_same(self, a: int, b: int) -> bool:
        """Whether two operations take the same, as it was computed or as the forwards see it that call them."""
        if sorted(self._inputs(self._ours, a)) == sorted(self._inputs(self._theirs, b)):
            return True
        if self._ours.side.there(self._ours.container(a)) != self._theirs.container(b):
            return False
        return self._sources(self._ours, a) == self._sources(self._theirs, b)

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
                found.append(str(self._through(nodes, each)))
        return sorted(found)

    def _inputs(self, nodes: TracedNodes, number: int) -> list[int]:
        return [self._through(nodes, each) for each in nodes.takes(number)]

    def _resolved(self, nodes: TracedNodes, number: int) -> int:
        """What an operation takes, past all that the other side does not do."""
        return self._through(nodes, nodes.main(number))

    def _through(self, nodes: TracedNodes, number: int) -> int:
        graph = self._graph
        while True:
            while graph.nodes[number].op == VIEW:
                number = nodes.whole(graph.nodes[number].operands[0])
            if nodes is self._ours and number in self._mates:
                return self._mates[number]
            if nodes is self._theirs and number in self._paired:
                return number
            if graph.nodes[number].op in _VALUES or not graph.nodes[number].operands:
                return self._value(number)
            inner = nodes.main(number)
            if inner == number:
                return number
            number = inner

    def _value(self, number: int) -> int:
        """A value, whose size may be another one in both: the first of its name."""
        node = self._graph.nodes[number]
        return self._values.setdefault(node[:2], number) if node.op in _BY_NAME and node.constants else number

    def _orders(self) -> tuple[list[ForwardDifference], list[ForwardDifference]]:
        """The same is done to the same numbers: the first place in each forward that takes them in another order.

        And, apart from these, the first that takes as many as there are in another size.
        """
        found: tuple[dict[str, ForwardDifference], dict[str, ForwardDifference]] = ({}, {})
        ours, theirs = self._views(self._ours), self._views(self._theirs)
        for a, b in sorted(self._mates.items(), key=lambda pair: self._ours.places.get(pair[0], 0)):
            if a in self._common or a not in ours or b not in theirs:
                continue
            where, pairs = self._ours.container(a), self._taken_by_both(ours[a], theirs[b])
            is_other = not all(are_alike(*pair) for pair in pairs)
            if any(x != y for x, y in pairs) and where not in found[not is_other]:
                found[not is_other][where] = self._difference(self._in_another_way(a, b, is_other), a, b)
        return [*found[0].values()], [*found[1].values()]

    def _in_another_way(self, a: int, b: int, is_order: bool) -> Message:
        """What differs in the numbers that two operations take: their order, or their sizes alone."""
        name = self._ours.name(a)
        if not is_order:
            return message(SIZED, name=name)
        spelled = self._spelled(name, a, b)
        what = spelled if self._ours.is_of_layer(a) else self._settings(name, a, b) or spelled
        return message("traced-layout", name=name) if what.code == OTHERWISE else what

    def _views(self, nodes: TracedNodes) -> dict[int, int]:
        """For each operation the first view of it that was made."""
        found: dict[int, int] = {}
        for number in nodes.normal.order:
            found.setdefault(nodes.whole(number), number)
        return found

    def _taken_by_both(self, a: int, b: int) -> list[tuple[TakenOrder, TakenOrder]]:
        """In which order two operations take the same numbers."""
        orders = (
            sorted(
                ((self._through(nodes, nodes.whole(each)), nodes.order_of(each)) for each in operands),
                key=lambda pair: (pair[0], str(pair[1])),
            )
            for nodes, operands in (
                (self._ours, self._graph.nodes[a].operands),
                (self._theirs, self._graph.nodes[b].operands),
            )
        )
        return [(x, y) for (_, x), (_, y) in zip(*orders, strict=False)]

    def _output(self) -> Message:
        """What comes out otherwise, where all that runs is the same."""
        ours, theirs = self._ours.normal.outputs, self._theirs.normal.outputs
        if sorted(ours) == sorted(theirs):
            return message("traced-output-order")
        if len(ours) == len(theirs) and all(map(self._is_sized, ours, theirs)):
            return message(OUTPUT_SIZED)
        refs = self._ours.side.trace.outputs, self._theirs.side.trace.outputs
        for place in range(min(map(len, (*refs, ours, theirs)))):
            words = self._ours.value(refs[0][place]), self._theirs.value(refs[1][place])
            if ours[place] != theirs[place] and words[0] != words[1]:
                return message(OUTPUT, ours=words[0], theirs=words[1])
        return message(OTHER_OUTPUT)

    def _is_sized(self, a: int, b: int) -> bool:
        """Whether two outputs come from the same, and at most their sizes differ."""
        is_same = self._through(self._ours, a) == self._through(self._theirs, b)
        return is_same and are_alike(self._ours.order_of(a), self._theirs.order_of(b))

    def _difference(self, what: Message, a: int | None, b: int | None, is_order: bool = False) -> ForwardDifference:
        operations = [
            None if number is None else nodes.operation(number)
            for nodes, number in ((self._ours, a), (self._theirs, b))
        ]
        containers = [
            None if number is None else nodes.container(number)
            for nodes, number in ((self._ours, a), (self._theirs, b))
        ]
        back = {there: here for here, there in self._ours.side.paths.items()}
        if containers[0] is None:
            containers[0] = back.get(containers[1] or "", "")
        if containers[1] is None:
            containers[1] = self._ours.side.there(containers[0] or "")
        layers = [
            each.path if each is not None and each.path in nodes.side.leaves else ""
            for each, nodes in zip(operations, (self._ours, self._theirs), strict=True)
        ]
        places = [each.place if each is not None else "" for each in operations]
        return ForwardDifference(
            what, (containers[0] or "", containers[1] or ""), (layers[0], layers[1]), (places[0], places[1]), is_order
        )


def _settings(operation: Operation) -> dict[str, Value]:
    """What it was called with beside tensors; nothing of constants, whose numbers nobody reads."""
    return {name: value for name, value in operation.arguments if operation.name != TENSOR and not [*refs(value)]}


class _Default:
    """What an operation is not called with."""

    def __repr__(self) -> str:
        return "default"


_DEFAULT: Final = _Default()
