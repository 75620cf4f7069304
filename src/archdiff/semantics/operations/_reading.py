"""One pass over the operations of a trace, which makes the nodes of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from math import prod
from typing import Final, NamedTuple

from archdiff.model import plugins
from archdiff.model.network import Value
from archdiff.model.trace import (
    INPUT,
    OPAQUE,
    PARAMETER,
    TENSOR,
    Argument,
    ForwardTrace,
    ModuleCall,
    Operation,
    Ref,
    refs,
)
from archdiff.semantics.operations._call import Called, Rule, as_it_is, plain
from archdiff.semantics.operations._graph import EMPTY, SUM, VIEW, Graph
from archdiff.semantics.operations._memory import Memory, used_once
from archdiff.semantics.operations._strides import Shape

LAYER: Final = "layer"  # a module that is compared as a layer
HIDDEN: Final = "hidden"  # what else comes out of one
CUT: Final = "without gradient"  # what no gradient runs back through
WRITTEN: Final = "written"  # memory after something was written into a part of it

#: where numbers are drawn: each time others
_RANDOM: Final = frozenset(
    {
        *("rand", "rand_like", "randn", "randn_like", "randint", "randint_like", "randperm", "random"),
        *("bernoulli", "uniform", "normal", "normal_functional", "native_dropout", "multinomial", "exponential"),
        *("geometric", "cauchy", "log_normal", "poisson", "binomial", "_standard_gamma", "_sample_dirichlet"),
        *("rrelu_with_noise", "rrelu_with_noise_functional", "_fused_dropout"),
    }
)
#: operators whose outputs behind the first are places
_GIVE_PLACES: Final = frozenset(
    {
        *("topk", "sort", "max", "min", "median", "nanmedian", "mode", "kthvalue", "cummax", "cummin"),
        *("max_pool2d_with_indices", "max_pool3d_with_indices", "adaptive_max_pool2d", "adaptive_max_pool3d"),
        *("fractional_max_pool2d", "fractional_max_pool3d", "_unique2", "unique_consecutive", "unique_dim"),
    }
)
_NO_NUMBERS: Final = [("holds", "")]  # of a tensor, in a trace that has none
_EMPTY: Final = frozenset({"empty", "empty_like", "new_empty", "empty_strided", "new_empty_strided"})
_REAL: Final = ("float", "bfloat")
_RECURRENT: Final = ("LSTM", "GRU", "RNN")
_BERNOULLI: Final = "bernoulli"
_DROPS: Final = ("dropout", "dropout1d", "dropout2d", "dropout3d")
_PROPORTIONAL: Final = (("clamp", (0.0, None)),)  # ReLU
#: operators that give the numbers that they take in another shape
_MOVES: Final = frozenset({"view", "_unsafe_view", "reshape", "flatten", "unflatten", "squeeze", "unsqueeze"})
_WRITES_THROUGH: Final = "written_through"
#: what does not belong to the computation
_SETTINGS: Final = frozenset({"dtype", "layout", "device", "pin_memory", "memory_format", "non_blocking"})


def rate(operation: Operation) -> float | None:
    """How much an operation leaves out at random; None where it does not, or in another way than by a number below 1.

    Args:
        operation: Of a trace.
    """
    p = dict(operation.arguments).get("p")
    if operation.name not in (_BERNOULLI, *_DROPS) or not isinstance(p, float | int):
        return None
    left_out = 1 - p if operation.name == _BERNOULLI else float(p)
    return left_out if 0 <= left_out < 1 else None


class NormalTrace(NamedTuple):
    """A trace as nodes of a graph.

    Attributes:
        order: Nodes that lead to its outputs, in the order in which they were computed first.
        origins: For each of these, the operation that it was made for.
        outputs: Nodes of what comes out.
        states: Nodes of what weights and buffers hold behind it.
        values: The node of each tensor of the trace.
    """

    order: tuple[int, ...]
    origins: Mapping[int, int]
    outputs: tuple[int, ...]
    states: tuple[int, ...]
    values: Mapping[Ref, int]


class Reading:
    """One pass over the operations."""

    def __init__(
        self,
        trace: ForwardTrace,
        graph: Graph,
        layer: Callable[[str], Value],
        parameter: Callable[[str], Value],
        closed: Callable[[str], bool],
        evened: frozenset[int] = frozenset(),
    ) -> None:
        self._evened = evened
        self._trace, self._graph, self._layer, self._parameter = trace, graph, layer, parameter
        self._values: dict[Ref, int] = {}
        self._origins: dict[int, int] = {}
        self._left_out: set[int] = set()
        self._calls: dict[int, list[ModuleCall]] = {}
        self._inside: dict[int, ModuleCall] = {}  # of which an operation is part
        end = 0
        for call in sorted(trace.calls, key=lambda call: (call.first, -call.end)):
            if call.first >= end and call.end > call.first and closed(call.path):
                end = call.end
                self._calls.setdefault(end, []).append(call)
                self._inside.update(dict.fromkeys(range(call.first, end), call))
        self._once = used_once(trace)
        self._memory = Memory(trace)
        self._is_trained = any(call.training for call in trace.calls if not call.path)
        self._drawn: Counter[int] = Counter()
        self._trained: dict[int, bool] = {}  # nodes through which a gradient may run

    def read(self) -> NormalTrace:
        for number, operation in enumerate(self._trace.operations):
            self._close(number)
            if number not in self._inside or operation.name in (INPUT, PARAMETER, TENSOR):
                self._run(number, operation)
        self._close(len(self._trace.operations))
        outputs = tuple(self._values[each] for each in self._trace.outputs if each in self._values)
        states = {self._values[each] for each in self._trace.states if each.operation not in self._inside}
        order = self._reachable((*outputs, *states))
        return NormalTrace(order, self._origins, outputs, tuple(sorted(states)), self._values)

    def would_be(self, operation: Operation) -> tuple[int, ...]:
        """The nodes of one operation more, which takes tensors of the trace and did not run."""
        return self._made(operation)

    def _close(self, end: int) -> None:
        """Modules that count as one layer, whose last operation was the one before."""
        for call in self._calls.get(end, ()):
            for index, output in enumerate(call.outputs):
                if call.first <= output.operation < call.end:
                    self._values[output] = self._of_call(LAYER, call, index, output)

    def _of_call(self, op: str, call: ModuleCall, index: int, output: Ref) -> int:
        if op == LAYER and index == 1 and (dim := self._dim_of_steps(call)) is not None:
            steps = self._value(call.outputs[0])
            last = self._graph.sliced(steps, dim, self._graph.shape(steps)[dim] - 1, 1)
            return self._graph.reshaped(last, self._sizes(output))
        what = self._layer(call.path), index, call.training
        sizes, taken = self._sizes(output), self._taken(call)
        if op == LAYER:  # a map of one place is a row of numbers, as a `Linear` has it
            taken = [self._as_row(each, call.end - 1) for each in taken]
            made = self._graph.reshaped(self._graph.node(op, what, taken, _row(sizes)), sizes)
        else:
            made = self._graph.node(op, what, taken, sizes)
        if self._trace.operations[output.operation].cuts:
            made = self._cut(made)
        self._note(made, call.end - 1)
        return made

    def _as_row(self, number: int, operation: int) -> int:
        """A value as a layer takes it."""
        made = self._graph.reshaped(number, _row(self._graph.shape(number)))
        self._note_moved(made, number, operation)
        return made

    def _dim_of_steps(self, call: ModuleCall) -> int | None:
        """Along which a recurrent layer of one direction gives its steps, of which the last is its state."""
        if call.class_name not in _RECURRENT or not call.of_torch or call.outputs[0].operation < call.first:
            return None
        steps, state = (self._sizes(each) for each in call.outputs[:2])
        if len(steps) != len(state) or state[0] != 1 or steps[-1] != state[-1]:
            return None
        dims = [dim for dim in range(len(steps) - 1) if (*steps[:dim], *steps[dim + 1 :]) == state[1:]]
        return dims[0] if len(dims) == 1 else None

    def _taken(self, call: ModuleCall) -> list[int]:
        """What comes into a module: what its operations take that was there before, weights apart, and constants.

        Of several values each use counts: attention takes one as its keys and the other as its values.
        """
        operations = self._trace.operations
        given = [
            ref
            for each in operations[call.first : call.end]
            for _, argument in each.arguments
            for ref in refs(argument)
            if operations[ref.operation].name == TENSOR
            or (ref.operation < call.first and operations[ref.operation].name != PARAMETER)
        ]
        different = [*dict.fromkeys(given)]
        taken = given if len(different) > 1 else different
        named = call.inputs if len(different) > 1 else ()  # which is which says the call
        return [self._value(each) for each in (*named, *taken)]

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
        made = self._mean(operation) if number in self._evened else self._made(operation)
        if operation.cuts and operation.dtype.startswith(_REAL):
            made = tuple(map(self._cut, made))
        for index, each in enumerate(made):
            self._values[Ref(number, index)] = each
            given = [ref for _, value in operation.arguments for ref in refs(value)]
            if operation.name in _MOVES and len(given) == 1:
                self._note_moved(each, self._value(given[0]), number)
            self._note(each, number)

    def _cut(self, number: int) -> int:
        """A value through which no gradient runs back, where one could."""
        if number not in self._trained:
            self._trained[number] = self._may_be_trained(number)
        if not self._trained[number]:
            return number
        node = self._graph.nodes[number]
        if node.op == SUM:  # of a sum, each term
            *coefficients, constant = map(float, node.constants)  # type: ignore[arg-type]
            terms = zip(coefficients, map(self._cut, node.operands), strict=True)
            return self._graph.sum(terms, constant, node.shape)
        return self._graph.node(CUT, (), (number,), node.shape)

    def _may_be_trained(self, number: int) -> bool:
        """Whether a weight, an input or a layer leads to a value, past none that is cut."""
        stack, met = [number], set[int]()
        while stack:
            current = stack.pop()
            node = self._graph.nodes[current]
            if node.op in (PARAMETER, INPUT, LAYER):
                return True
            if node.op != CUT and current not in met:
                met.add(current)
                stack += node.operands
        return False

    def _without_cuts(self, argument: Argument) -> Argument:
        """Inside of what no gradient runs through, it makes no difference where it is cut."""
        if isinstance(argument, Ref):
            node = self._graph.nodes[argument.operation]
            return Ref(node.operands[0]) if node.op == CUT else argument
        return tuple(map(self._without_cuts, argument)) if isinstance(argument, tuple) else argument

    def _note(self, made: int, number: int) -> None:
        """Every node that was made for an operation; one that both networks have is made only once."""
        stack = [made]
        while stack:
            each = stack.pop()
            if each not in self._origins:
                self._origins[each] = self._origin(each, number)
                stack += self._graph.nodes[each].operands

    def _note_moved(self, made: int, given: int, number: int) -> None:
        """What was made of a value by moving its numbers is that value: a mean in another shape is still the mean."""
        if self._graph.nodes[made].op != VIEW and made != given:
            self._note(made, self._origins.get(given, number))

    def _origin(self, made: int, number: int) -> int:
        """The operation that a node was made for; of the view of one, that of the one."""
        known = (self._origins[each] for each in self._graph.originals(made) if each in self._origins)
        return next(known, number)

    def _made(self, operation: Operation) -> tuple[int, ...]:
        graph = self._graph
        shape = operation.shapes[0] if operation.shapes else ()
        match operation.name:
            case _ if operation.name == INPUT:
                return (graph.node(INPUT, (dict(operation.arguments)["number"],), (), shape),)
            case _ if operation.name == PARAMETER:
                name = str(dict(operation.arguments)["name"])
                numbers = graph.node(PARAMETER, (self._parameter(name),), (), (prod(shape),))
                return (graph.reshaped(numbers, shape),)
            case _ if operation.name == OPAQUE:
                return ()
        return self._by_rule(operation)

    def _mean(self, operation: Operation) -> tuple[int, ...]:
        """What an operation gives in the mean that leaves out at random: what comes in, or how often it stays."""
        arguments = dict(operation.arguments)
        if operation.name == _BERNOULLI:
            return (self._graph.full(plain(arguments["p"]), operation.shapes[0]),)
        (given,) = refs(arguments["self"])
        return (self._value(given),)

    def _by_rule(self, operation: Operation) -> tuple[int, ...]:
        graph = self._graph
        arguments = {name: self._resolved(value) for name, value in operation.arguments if _counts(operation, name)}
        if operation.cuts:
            arguments = {name: self._without_cuts(value) for name, value in arguments.items()}
        shapes = operation.shapes or ((),)
        given = [ref for _, value in operation.arguments for ref in refs(value)]
        once = {self._values[each] for each in given if each in self._once and each in self._values}
        types = tuple(self._type(each) for each in given)
        if operation.name in _EMPTY:
            return (graph.node(EMPTY, (), (), shapes[0]),)
        if operation.name == _WRITES_THROUGH:
            return (self._written(operation, given[0], given[1]),)
        if operation.name == _BERNOULLI and isinstance(p := arguments.get("p"), float):
            return self._draws(p, shapes[0])
        rule = _rules().get(operation.name)
        call = Called(operation.name, arguments, shapes, operation.dtype, types, once, self._is_trained)
        made = rule(graph, call) if rule else None
        if made is not None:
            return made if isinstance(made, tuple) else (made,)
        draws = operation.name in _RANDOM or operation.name.endswith("dropout") or [*arguments.items()] == _NO_NUMBERS
        return self._random(call) if draws else as_it_is(graph, call)

    def _draws(self, p: Value, shape: Shape) -> tuple[int, ...]:
        """Ones, each with the same chance, whatever shape they have."""
        given = (("p", p),)
        first = self._graph.node("aten.bernoulli", given, (), (prod(shape),))
        self._drawn[first] += 1
        made = self._graph.node("aten.bernoulli", (*given, ("drawn", self._drawn[first])), (), (prod(shape),))
        return (self._graph.reshaped(made, shape),)

    def _random(self, call: Called) -> tuple[int, ...]:
        """Where numbers are drawn: each time others.

        A function that is proportional to what comes in for numbers above 0 does the same behind what leaves out.
        """
        given = call.arguments.get("self")
        outer = self._graph.nodes[given.operation] if call.name in _DROPS and isinstance(given, Ref) else None
        if outer is not None and (outer.op, outer.constants[:2]) in _PROPORTIONAL:
            inner = call._replace(arguments={**call.arguments, "self": Ref(outer.operands[0])})
            return (self._graph.elementwise(outer.op, outer.constants, self._random(inner)[0]),)
        first = as_it_is(self._graph, call)[0]
        self._drawn[first] += 1
        return as_it_is(self._graph, call, {"drawn": self._drawn[first]})

    def _type(self, ref: Ref) -> str:
        operation = self._trace.operations[ref.operation]
        return "int64" if ref.output and operation.name in _GIVE_PLACES else operation.dtype

    def _written(self, operation: Operation, old: Ref, new: Ref) -> int:
        """What shares memory with a tensor that something was written into."""
        both, shape = (self._value(old), self._value(new)), operation.shapes[0]
        places = self._memory.places(operation)
        if places.own == places.other:
            return self._graph.reshaped(both[1], shape)
        return self._graph.node(WRITTEN, places, both, shape)

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
        originals = self._graph.originals
        known = [number for number in found if number in self._origins and found.isdisjoint(originals(number))]
        return tuple(sorted(known, key=lambda number: (self._origins[number], number)))


def _row(shape: Shape) -> Shape:
    """A shape without the sizes of a map of one place."""
    return shape[:2] if len(shape) > 2 and {*shape[2:]} == {1} else shape


def _counts(operation: Operation, argument: str) -> bool:
    """Whether an argument belongs to the computation; the type of a view says how bits are read."""
    return argument not in _SETTINGS or (argument == "dtype" and operation.name == "view")


@cache
def _rules() -> Mapping[str, Rule]:
    found: dict[str, Rule] = {}
    for rules in plugins.load(__package__, "RULES", dict).values():
        found.update(rules)
    return found
