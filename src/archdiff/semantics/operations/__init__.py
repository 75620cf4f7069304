"""A trace in the form that all spellings of one computation share.

One file a family of torch's operators, each exporting `RULES`: by the name of the operator, what it is made of. What
has no rule stays as it is, with what it was called with. Knows one trace at a time; that two share a `Graph` makes equal
what is equal in both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from math import prod
from typing import Final, NamedTuple

from archdiff.model import plugins
from archdiff.model.network import Value
from archdiff.model.trace import INPUT, OPAQUE, PARAMETER, TENSOR, Argument, Call, Operation, Ref, Trace, refs
from archdiff.semantics.operations._call import Called, Rule
from archdiff.semantics.operations._graph import FULL, SUM, VIEW, Graph, Node

__all__ = ["FULL", "HIDDEN", "LAYER", "SUM", "VIEW", "Graph", "Node", "Normal", "normal_form"]

LAYER: Final = "layer"  # a module that is compared as a layer
CUT: Final = "without gradient"  # what no gradient runs back through
_REAL: Final = ("float", "bfloat")
HIDDEN: Final = "hidden"  # what else comes out of one

#: where numbers are drawn: each time others
_RANDOM: Final = frozenset(
    {
        "rand",
        "rand_like",
        "randn",
        "randn_like",
        "randint",
        "randperm",
        "bernoulli",
        "uniform",
        "normal",
        "native_dropout",
    }
)
_EMPTY: Final = frozenset({"empty", "empty_like", "new_empty", "empty_strided", "new_empty_strided"})
#: what does not belong to the computation
_SETTINGS: Final = frozenset({"dtype", "layout", "device", "pin_memory", "memory_format", "non_blocking", "generator"})


class Normal(NamedTuple):
    """A trace as nodes of a graph.

    Attributes:
        order: Nodes that lead to its outputs, in the order in which they were computed first.
        origins: For each of these, the operation that it was made for.
        outputs: Nodes of what comes out, and of what weights and buffers hold behind it.
        values: The node of each tensor of the trace.
    """

    order: tuple[int, ...]
    origins: Mapping[int, int]
    outputs: tuple[int, ...]
    values: Mapping[Ref, int]


def normal_form(
    trace: Trace,
    graph: Graph,
    layer: Callable[[str], Value],
    parameter: Callable[[str], Value],
    closed: Callable[[str], bool],
) -> Normal:
    """The nodes of a trace.

    Args:
        trace: Of one forward.
        graph: Gets the nodes; that of the other network as well.
        layer: What a layer is called in both networks, by its path.
        parameter: What a weight is called in both networks, by its name.
        closed: Whether a module counts as one layer, by its path, although what runs in it was traced.
    """
    return _Reading(trace, graph, layer, parameter, closed).read()


class _Reading:
    """One pass over the operations."""

    def __init__(
        self,
        trace: Trace,
        graph: Graph,
        layer: Callable[[str], Value],
        parameter: Callable[[str], Value],
        closed: Callable[[str], bool],
    ) -> None:
        self._trace, self._graph, self._layer, self._parameter = trace, graph, layer, parameter
        self._values: dict[Ref, int] = {}
        self._origins: dict[int, int] = {}
        self._left_out: set[int] = set()
        self._calls: dict[int, list[Call]] = {}
        self._inside: dict[int, Call] = {}  # of which an operation is part
        end = 0
        for call in sorted(trace.calls, key=lambda call: (call.first, -call.end)):
            if call.first >= end and call.end > call.first and closed(call.path):
                end = call.end
                self._calls.setdefault(end, []).append(call)
                self._inside.update(dict.fromkeys(range(call.first, end), call))
        users = Counter(ref for each in trace.operations for _, argument in each.arguments for ref in refs(argument))
        users.update(trace.outputs)
        self._users = users
        self._drawn: Counter[int] = Counter()
        self._trained: dict[int, bool] = {}  # nodes through which a gradient may run

    def read(self) -> Normal:
        for number, operation in enumerate(self._trace.operations):
            self._close(number)
            if number not in self._inside or operation.name in (INPUT, PARAMETER, TENSOR):
                self._run(number, operation)
        self._close(len(self._trace.operations))
        outputs = tuple(self._values[each] for each in self._trace.outputs if each in self._values)
        states = {self._values[each] for each in self._trace.states if each.operation not in self._inside}
        outputs = *outputs, *sorted(states)
        return Normal(self._reachable(outputs), self._origins, outputs, self._values)

    def _close(self, end: int) -> None:
        """Modules that count as one layer, whose last operation was the one before."""
        for call in self._calls.get(end, ()):
            for index, output in enumerate(call.outputs):
                if call.first <= output.operation < call.end:
                    self._values[output] = self._of_call(LAYER, call, index, output)

    def _of_call(self, op: str, call: Call, index: int, output: Ref) -> int:
        made = self._graph.node(op, (self._layer(call.path), index), self._taken(call), self._sizes(output))
        self._note(made, call.end - 1)
        return made

    def _taken(self, call: Call) -> list[int]:
        """What comes into a module: what its operations take that was there before, weights apart."""
        operations = self._trace.operations
        given = (
            ref
            for each in operations[call.first : call.end]
            for _, argument in each.arguments
            for ref in refs(argument)
            if ref.operation < call.first and operations[ref.operation].name not in (PARAMETER, TENSOR)
        )
        return [self._value(each) for each in dict.fromkeys(given)]

    def _sizes(self, output: Ref) -> tuple[int, ...]:
        shapes = self._trace.operations[output.operation].shapes
        return shapes[output.output] if output.output < len(shapes) else ()

    def _value(self, ref: Ref) -> int:
        """The node of a tensor; one that a layer made on its way is known by its place there."""
        if ref not in self._values:
            call = self._inside.get(ref.operation)
            if call is None:
                self._values[ref] = self._graph.node(HIDDEN, (), (), self._sizes(ref))
            else:
                self._values[ref] = self._of_call(HIDDEN, call, ref.operation - call.first, ref)
        return self._values[ref]

    def _run(self, number: int, operation: Operation) -> None:
        made = self._made(operation)
        if operation.cuts and operation.dtype.startswith(_REAL):
            made = tuple(map(self._cut, made))
        for index, each in enumerate(made):
            self._values[Ref(number, index)] = each
            self._note(each, number)

    def _cut(self, number: int) -> int:
        """A value through which no gradient runs back, where one could."""
        if number not in self._trained:
            stack, found = [number], False
            while stack and not found:
                node = self._graph.nodes[stack.pop()]
                found = node.op in (PARAMETER, INPUT, LAYER)
                stack += node.operands if node.op != CUT else ()
            self._trained[number] = found
        return self._graph.node(CUT, (), (number,), self._graph.shape(number)) if self._trained[number] else number

    def _uncut(self, number: int) -> int:
        node = self._graph.nodes[number]
        return node.operands[0] if node.op == CUT else number

    def _note(self, made: int, number: int) -> None:
        """Every node that was made for an operation; one that both networks have is made only once."""
        stack = [made]
        while stack:
            each = stack.pop()
            if each not in self._origins:
                self._origins[each] = self._origin(each, number)
                stack += self._graph.nodes[each].operands

    def _origin(self, made: int, number: int) -> int:
        """The operation that a node was made for; of the view of one, that of the one."""
        while made in self._graph.copies:
            made = self._graph.copies[made]
            if made in self._origins:
                return self._origins[made]
        return number

    def _made(self, operation: Operation) -> tuple[int, ...]:
        graph = self._graph
        shape = operation.shapes[0] if operation.shapes else ()
        match operation.name:
            case _ if operation.name == INPUT:
                return (graph.node(INPUT, (dict(operation.arguments)["number"],), (), shape),)  # type: ignore[arg-type]
            case _ if operation.name == PARAMETER:
                name = str(dict(operation.arguments)["name"])
                numbers = graph.node(PARAMETER, (self._parameter(name),), (), (prod(shape),))
                return (graph.reshaped(numbers, shape),)
            case _ if operation.name == OPAQUE:
                return ()
        return self._by_rule(operation)

    def _by_rule(self, operation: Operation) -> tuple[int, ...]:
        graph = self._graph
        arguments = {name: self._resolved(value) for name, value in operation.arguments if name not in _SETTINGS}
        if operation.cuts:
            arguments = {name: self._without_cuts(value) for name, value in arguments.items()}
        shapes = operation.shapes or ((),)
        once = {
            self._values[each]
            for _, value in operation.arguments
            for each in refs(value)
            if self._users[each] == 1 and each in self._values
        }
        given = next((ref for _, value in operation.arguments for ref in refs(value)), None)
        keeps = given is not None and self._trace.operations[given.operation].dtype == operation.dtype
        call = Called(operation.name, arguments, shapes, operation.dtype, keeps, once)
        if operation.name in _EMPTY:
            return (graph.node("empty", (), (), shapes[0]),)
        rule = _rules().get(operation.name)
        made = rule(graph, call) if rule is not None else None
        if made is not None:
            return made if isinstance(made, tuple) else (made,)
        operands = [ref.operation for value in arguments.values() for ref in refs(value)]
        constants = tuple((name, _plain(value, shapes[0])) for name, value in arguments.items() if value is not None)
        if operation.name in _RANDOM or operation.name.endswith("dropout"):
            first = graph.node(operation.name, constants, operands, shapes[0])
            self._drawn[first] += 1
            constants = (*constants, ("drawn", self._drawn[first]))
        return tuple(
            graph.node(operation.name, (*constants, ("output", index)), operands, shape)
            for index, shape in enumerate(shapes)
        )

    def _without_cuts(self, argument: Argument) -> Argument:
        """Inside of what no gradient runs through, it makes no difference where it is cut."""
        if isinstance(argument, Ref):
            return Ref(self._uncut(argument.operation))
        return tuple(map(self._without_cuts, argument)) if isinstance(argument, tuple) else argument

    def _resolved(self, argument: Argument) -> Argument:
        if isinstance(argument, Ref):
            return Ref(self._value(argument))
        if isinstance(argument, tuple):
            return tuple(self._resolved(each) for each in argument)
        return argument

    def _reachable(self, outputs: tuple[int, ...]) -> tuple[int, ...]:
        found: set[int] = set()
        stack = list(outputs)
        while stack:
            number = stack.pop()
            if number not in found:
                found.add(number)
                stack += self._graph.nodes[number].operands
        known = [number for number in found if number in self._origins]
        return tuple(sorted(known, key=lambda number: (self._origins[number], number)))


def _plain(value: Argument, shape: tuple[int, ...]) -> Value:
    """What is no tensor; a mark where one stands."""
    if isinstance(value, Ref):
        return "tensor"
    if isinstance(value, tuple):
        return tuple(_plain(each, shape) for each in value)
    return value


@cache
def _rules() -> Mapping[str, Rule]:
    found: dict[str, Rule] = {}
    for rules in plugins.load(__name__, "RULES", dict).values():
        found.update(rules)
    return found
