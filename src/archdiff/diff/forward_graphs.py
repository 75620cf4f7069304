"""Two traced forwards as nodes of one graph: what is left of each where all that both do is taken away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from archdiff.diff.forward_mates import NodePairs
from archdiff.diff.forward_nodes import COMES_IN, OWN_GRADIENTS, WRITTEN, TracedNodes
from archdiff.diff.forward_orders import TakenOrder, are_alike, turned
from archdiff.diff.forward_outputs import OTHER_OUTPUT, OUTPUT
from archdiff.diff.forward_sides import FOLLOWS, OTHERWISE, OUTPUT_SIZED, SIZED, ForwardDifference
from archdiff.model.message import Message, message
from archdiff.model.network import Value
from archdiff.model.trace import TENSOR, Operation, refs
from archdiff.semantics.operations import CONTRACTION, LAYER, Graph, rate


class GraphComparison:
    """What remains of two graphs where all that both have is taken away."""

    def __init__(self, graph: Graph, ours: TracedNodes, theirs: TracedNodes) -> None:
        self._graph, self._ours, self._theirs = graph, ours, theirs
        self._pairs = NodePairs(graph, ours, theirs)

    def differences(self) -> list[ForwardDifference]:
        """All that is left: what one side does alone, and what both do to something else."""
        found = [each for alone in self._pairs.alone() for each in self._one_sided(*alone)]
        found += self._rewired()
        if any(each.what.code not in FOLLOWS for each in found):
            return found
        orders, sizes = self._orders()
        return [*found, *orders] or sizes or [ForwardDifference(self._output(), ("", ""), ("", ""), ("", ""))]

    # one side alone

    def _one_sided(self, a: Sequence[int], b: Sequence[int]) -> Iterator[ForwardDifference]:
        """What one forward does and the other does not, does elsewhere, or does in another way."""
        ours, theirs = self._by_operation(self._ours, a), self._by_operation(self._theirs, b)
        for one, number in [*ours.items()]:
            label = self._pairs.label(number)
            other = next((key for key, mate in theirs.items() if self._pairs.label(mate) == label), None)
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
        if self._are_counterparts(a, b):
            return self._difference(self._settings(ours, a, b) or message(OTHERWISE, name=ours), a, b)
        return self._difference(message("traced-replaced", ours=ours, theirs=theirs), a, b)

    def _are_counterparts(self, a: int, b: int) -> bool:
        """Whether both are parts of layers that correspond to each other, by whatever names."""
        ours, theirs = self._ours.operation(a).path, self._theirs.operation(b).path
        return self._ours.is_of_layer(a) and self._ours.side.paths.get(ours) == theirs

    def _settings(self, name: str, a: int, b: int) -> Message | None:
        """What two calls are called with beside tensors; None where that is the same."""
        if self._ours.operation(a).name == self._theirs.operation(b).name == WRITTEN:
            return message("traced-part", name=self._ours.written(a))
        own, other = _settings(self._ours.operation(a)), _settings(self._theirs.operation(b))
        names = [each for each in {**own, **other} if own.get(each) != other.get(each)]
        values = [", ".join(f"{name}={_value(each, name)!r}" for name in names) for each in (own, other)]
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
        return is_sized and self._pairs.take_the_same(a, b)

    def _only(self, nodes: TracedNodes, number: int, way: str) -> ForwardDifference:
        operation = nodes.operation(number)
        is_skip = operation.name == "add" and nodes.operands(number, nodes.container(number)).count(COMES_IN) == 1
        what = message(f"traced-{way}", what=nodes.called(number), remark=message("traced-skip") if is_skip else None)
        found = self._difference(what, *((number, None) if nodes is self._ours else (None, number)))
        return found._replace(is_drawn=rate(operation) is not None)

    # what both do

    def _rewired(self) -> Iterator[ForwardDifference]:
        """What both do, and one of them to something else."""
        for a, b in self._pairs.mates.items():
            if a in self._pairs.common:
                continue
            if self._graph.nodes[a].op in OWN_GRADIENTS:
                yield self._difference(message("traced-gradient", name=self._ours.name(a)), a, b)
            elif not self._pairs.take_the_same(a, b):
                name, taken, other = self._ours.name(a), self._ours.taken(a), self._theirs.taken(b)
                what = message("traced-takes", name=name, ours=taken, theirs=other)
                if taken == other:
                    spelled = self._spelled(name, a, b)
                    what = self._settings(name, a, b) or spelled
                yield self._difference(what, a, b)

    def _resolved(self, nodes: TracedNodes, number: int) -> int:
        """What an operation takes, past all that the other side does not do."""
        return self._pairs.through(nodes, nodes.main(number))

    def _orders(self) -> tuple[list[ForwardDifference], list[ForwardDifference]]:
        """The same is done to the same numbers: the first place in each forward that takes them in another order.

        And, apart from these, the first that takes as many as there are in another size.
        """
        found: tuple[dict[str, ForwardDifference], dict[str, ForwardDifference]] = ({}, {})
        ours, theirs = self._views(self._ours), self._views(self._theirs)
        for a, b in sorted(self._pairs.mates.items(), key=lambda pair: self._ours.places.get(pair[0], 0)):
            if a in self._pairs.common or a not in ours or b not in theirs:
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
        taken = [self._graph.nodes[number].operands for number in (a, b)]
        is_more = len(taken[0]) != len(taken[1])  # what one of them takes besides the other does not
        orders = (
            sorted(
                (
                    (self._pairs.through(nodes, nodes.whole(each)), nodes.order_of(each), each)
                    for each in operands
                    if not is_more or self._pairs.is_known(nodes, nodes.whole(each))
                ),
                key=lambda found: (found[0], str(found[1])),
            )
            for nodes, operands in zip((self._ours, self._theirs), taken, strict=True)
        )
        both = zip(*orders, strict=False)
        return [(x, turned(y) if self._are_turned(own, other) else y) for (_, x, own), (_, y, other) in both]

    def _are_turned(self, a: int, b: int) -> bool:
        """Whether two are products of the same rows and columns, the one by the other."""
        bases = [self._graph.nodes[self._graph.seen(number)[0]] for number in (a, b)]
        if any(base.op != CONTRACTION for base in bases):
            return False
        ours, theirs = (
            [self._pairs.through(nodes, nodes.whole(each)) for each in base.operands]
            for nodes, base in zip((self._ours, self._theirs), bases, strict=True)
        )
        return ours != theirs and ours == theirs[::-1]

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
        is_same = self._pairs.through(self._ours, a) == self._pairs.through(self._theirs, b)
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


#: what operators take where they are not called with it, by its name
_DEFAULTS: Final[dict[str, Value]] = {
    **dict.fromkeys(("ceil_mode", "keepdim", "is_causal"), False),
    **dict.fromkeys(("divisor_override", "min", "max", "attn_mask"), None),
    **dict.fromkeys(("padding", "dropout_p", "diagonal", "value"), 0),
    **dict.fromkeys(("dilation", "alpha", "beta"), 1),
    "count_include_pad": True,
    "approximate": "none",
    "negative_slope": 0.01,
    "lambd": 0.5,
}


class _Default:
    """What an operation is not called with, and no table has."""

    def __repr__(self) -> str:
        return "default"


def _value(settings: dict[str, Value], name: str) -> Value | _Default:
    """What an operation is called with, or takes by default."""
    return settings[name] if name in settings else _DEFAULTS.get(name, _Default())
