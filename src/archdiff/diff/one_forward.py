"""One traced forward: which of its modules take what, and where it calls by itself what a layer would do.

Must not know findings, nor the other network but for layers of its print.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeAlias

from archdiff.infer import Sized
from archdiff.infer.leaf import Leaf, step
from archdiff.model.trace import INPUT, PARAMETER, TENSOR, ForwardTrace, ModuleCall, Operation, Ref, refs
from archdiff.semantics import functions
from archdiff.semantics.kinds import Misfit, NotKnown, Trait
from archdiff.semantics.operations import Graph, Reading

#: the path of a module that runs, or a layer that the network does not have, and may call as a function
Part: TypeAlias = "str | Leaf"


class OneForward:
    """One traced forward.

    Args:
        sized: The network.
        trace: In eval mode or in training.
        training: In which.
    """

    def __init__(self, sized: Sized, trace: ForwardTrace, training: bool) -> None:
        weighted = {leaf.path for leaf in sized.leaves if leaf.kind is not None and leaf.kind.has_parameters}
        self._of_torch = of_torch = {call.path for call in trace.calls if call.of_torch}
        self.trace, self.training = trace, training
        self._graph = Graph()
        self._reading = Reading(trace, self._graph, str, str, (weighted & of_torch).__contains__)
        self._values = dict(self._reading.read().values)
        self._made_by: dict[int, list[Ref]] = {}  # tensors by their node
        for ref, number in sorted(self._values.items()):
            self._made_by.setdefault(number, []).append(ref)
        self._called: dict[tuple[str, int, Ref], Ref | None] = {}
        self._calls: dict[str, list[ModuleCall]] = {}
        self._barred: set[int] = set()  # operations of layers that hold weights
        for call in trace.calls:
            self._calls.setdefault(call.path, []).append(call)
            if call.of_torch and call.path in weighted:
                self._barred.update(range(call.first, call.end))
        self._takers: dict[Ref, list[int]] = {}
        for number, operation in enumerate(trace.operations):
            for ref in {ref for _, argument in operation.arguments for ref in refs(argument)}:
                self._takers.setdefault(ref, []).append(number)

    def runs(self, path: str) -> bool:
        """Whether a module is called, or one of its weights is used."""
        start = f"{path}."
        names = (str(dict(each.arguments)["name"]) for each in self.trace.operations if each.name == PARAMETER)
        return path in self._calls or any(name.startswith(start) for name in names)

    def runs_in_order(self, container: str, parts: Sequence[Part]) -> bool:
        """Whether each call of a module runs these one after the other, and nothing else.

        Args:
            container: Its path.
            parts: In the order that is asked for.
        """
        calls = self._calls.get(container, ())
        return bool(calls) and all(self._runs_in_order(call, parts) for call in calls)

    def _runs_in_order(self, call: ModuleCall, parts: Sequence[Part]) -> bool:
        if len(call.inputs) != 1 or len(call.outputs) != 1:
            return False
        current: Ref | None = call.inputs[0]
        for part in parts:
            current = self._behind(part, current, call) if current is not None else None
        return current is not None and self._are_one(current, call.outputs[0])

    def _behind(self, part: Part, given: Ref, holder: ModuleCall) -> Ref | None:
        """What comes out of a part that gets a value in one call of a module; None where it does not get it."""
        if not isinstance(part, str):
            return self._called_on(part, given)
        for call in self._calls.get(part, ()):
            is_in = holder.first <= call.first and call.end <= holder.end
            takes_it = bool(call.inputs) and all(self._are_one(each, given) for each in call.inputs)
            if is_in and takes_it and len(call.outputs) == 1:
                return call.outputs[0]
        return None

    def calls_in_turn(self, container: str, paths: Sequence[str]) -> bool:
        """Whether a module calls these once each, in this order, whatever they take."""
        spans = [(call.first, call.end) for call in self._calls.get(container, ())]
        if len(spans) != 1:
            return False
        called = [call.path for call in self.trace.calls if spans[0][0] <= call.first and call.end <= spans[0][1]]
        return [path for path in called if path in {*paths}] == [*paths]

    def calls_between(self, before: str, parts: Sequence[Leaf], behind: str) -> list[bool]:
        """Which layers it calls as functions, one behind the other, between two modules.

        Args:
            before: Path of a module; "" for what comes in.
            parts: Layers in order.
            behind: Path of a module that takes what comes out; "" where there is none.

        Returns:
            For each layer whether each call of the first module is followed by it; none of them where what comes out
            does not reach the other module.
        """
        starts = self._given_by(before)
        found = [self._follow([start], parts, behind) for start in starts]
        return [bool(found) and all(each) for each in zip(*found, strict=True)] if found else [False] * len(parts)

    def _follow(self, start: list[Ref], parts: Sequence[Leaf], behind: str) -> list[bool]:
        current, told = start, list[bool]()
        for part in parts:
            made = [ref for each in self._reached(current) if (ref := self._any_called_on(part, each)) is not None]
            told.append(bool(made))
            current = made or current
        reached = {*self._reached(current)}
        ends = [ref for call in self._calls.get(behind, ()) for ref in call.inputs]
        return told if not behind or any(ref in reached for ref in ends) else [False] * len(parts)

    def _given_by(self, path: str) -> list[Ref]:
        if path:
            return [ref for call in self._calls.get(path, ()) for ref in call.outputs[:1]]
        return [Ref(number) for number, each in enumerate(self.trace.operations) if each.name == INPUT]

    def _reached(self, start: Iterable[Ref]) -> list[Ref]:
        """These, and all that functions and layers without weights make of them, in the order in which it is made."""
        found = dict.fromkeys(start)
        stack = [*found]
        while stack:
            for number in self._takers.get(stack.pop(), ()):
                if number not in self._barred:
                    for output in range(len(self.trace.operations[number].shapes)):
                        if (ref := Ref(number, output)) not in found:
                            found[ref] = None
                            stack.append(ref)
        return sorted(found)

    def calls_in(self, container: str, part: Leaf) -> list[str]:
        """Behind which modules it calls in a module what a layer does; "" is what comes in.

        Args:
            container: Path of the module.
            part: The layer.
        """
        spans = [(call.first, call.end) for call in self._calls.get(container, ())]
        found: dict[str, None] = {}
        for ref, number in [*self._values.items()]:
            if any(first <= ref.operation < end for first, end in spans) and not self._is_of_torch(ref.operation):
                for given in self._taken(ref):
                    made = self._called_on(part, given)
                    if made is not None and self._value(made) == number:
                        found[self._source(given)] = None
        return [*found]

    def _taken(self, ref: Ref) -> Iterator[Ref]:
        for _, argument in self.trace.operations[ref.operation].arguments:
            yield from refs(argument)

    def places(self, path: str) -> list[str]:
        """Behind which modules a module runs; "" is what comes in."""
        taken = (call.inputs[0] for call in self._calls.get(path, ()) if call.inputs)
        return [*dict.fromkeys(map(self._source, taken))]

    def _source(self, ref: Ref) -> str:
        """The module that gave a value, past functions; "" for what comes in."""
        while True:
            if self._is_of_torch(ref.operation):
                return self.trace.operations[ref.operation].path
            given = [each for each in self._taken(ref) if self.trace.operations[each.operation].name not in _BESIDE]
            if not given:
                return ""
            ref = max(given)

    def taken_by(self, path: str) -> tuple[int, ...]:
        """The shape that first goes into a module, without the batch; () where it does not run."""
        ref = next((call.inputs[0] for call in self._calls.get(path, ()) if call.inputs), None)
        shapes = self.trace.operations[ref.operation].shapes if ref is not None else ()
        return shapes[ref.output][1:] if ref is not None and ref.output < len(shapes) else ()

    def may_call(self, container: str, before: str, kind: str) -> bool:
        """Whether something is called that a layer of a kind could be written out with.

        Args:
            container: Path of the module that may call it.
            before: Path of the module behind which any other may.
            kind: The name of the kind.
        """
        numbers = {number for call in self._calls.get(container, ()) for number in range(call.first, call.end)}
        numbers.update(ref.operation for ref in self._reached(self._given_by(before)))
        called = {self.trace.operations[number].name for number in numbers if not self._is_of_torch(number)}
        return functions.may_be(called - {*_BESIDE, INPUT}, kind)

    def _is_of_torch(self, number: int) -> bool:
        """Whether a module of torch called an operation."""
        return self.trace.operations[number].path in self._of_torch

    def _any_called_on(self, part: Leaf, given: Ref) -> Ref | None:
        """The same where sizes of 1 are left out of what it makes: a mean over a map is a pool and a flatten."""
        if (made := self._called_on(part, given)) is not None or part.has(Trait.DROPS):
            return made
        operation = self._operation(part, given)
        flat = tuple(size for size in operation.shapes[0] if size != 1) if operation else ()
        if operation is None or flat == operation.shapes[0]:
            return None
        number = self._graph.reshaped(self._reading.would_be(operation)[0], flat)
        return next((ref for ref in self._made_by.get(number, ()) if ref.operation >= given.operation), None)

    def _called_on(self, part: Leaf, given: Ref) -> Ref | None:
        """What it makes of a value where it calls on it what a layer does; None where it does not."""
        key = part.layer.kind, id(part.settings), given
        if key not in self._called:
            self._called[key] = self._found_on(part, given)
        return self._called[key]

    def _found_on(self, part: Leaf, given: Ref) -> Ref | None:
        if part.has(Trait.DROPS):
            return self._dropped(part, given) if self.training else given
        operation = self._operation(part, given)
        made = self._reading.would_be(operation)[0] if operation else None
        if made is None or made == self._value(given):
            return given if made is not None else None
        return next((ref for ref in self._made_by.get(made, ()) if ref.operation >= given.operation), None)

    def _dropped(self, part: Leaf, given: Ref) -> Ref | None:
        call = functions.drop(part.layer.kind, part.settings)
        for number in self._takers.get(given, ()):
            operation = self.trace.operations[number]
            if call and operation.name == call[0] and operation.arguments == (("self", given), *call[1]):
                return Ref(number)
        return None

    def _operation(self, part: Leaf, given: Ref) -> Operation | None:
        """What a layer would call on a value."""
        source = self.trace.operations[given.operation]
        if given.output >= len(source.shapes) or not source.dtype.startswith(("float", "bfloat")):
            return None
        x = source.shapes[given.output]
        try:
            y = (*x[:1], *step(part, x[1:])) if x else x
        except (Misfit, NotKnown):
            return None
        call = functions.call(part.layer.kind, part.settings, (x, y))
        if call is None:
            return None
        return Operation(call[0], (("self", given), *call[1]), (y, y), "", "", source.dtype)

    def _are_one(self, a: Ref, b: Ref) -> bool:
        return self._value(a) == self._value(b) is not None

    def _value(self, ref: Ref) -> int | None:
        return self._values.get(ref)


_BESIDE: Final = (PARAMETER, TENSOR)
