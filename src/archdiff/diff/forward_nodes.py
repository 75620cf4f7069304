"""The nodes of one traced forward, with the modules that they belong to and the words for them.

Must not compare.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Final

from archdiff.diff.forward_orders import TakenOrder
from archdiff.diff.forward_sides import TracedSide, is_inside, parameter_name
from archdiff.model.network import Value
from archdiff.model.trace import (
    GRADIENT,
    GRADIENT_HOOK,
    INPUT,
    OWN_GRADIENT,
    PARAMETER,
    TENSOR,
    TRAINED,
    ModuleCall,
    Operation,
    Ref,
    refs,
)
from archdiff.semantics.operations import FULL, HIDDEN, LAYER, VIEW, WHERE, Graph, NormalTrace

_BESIDE: Final = (PARAMETER, TENSOR, FULL)  # what an operation takes beside what flows
WRITTEN: Final = "written_through"  # a tensor of which a part was written into
COMES_IN: Final = "what comes in"
CONSTANTS: Final = "constants"
_FEW: Final = 4  # numbers of a constant that are shown
#: what a forward does to gradients, in words
_OF_GRADIENTS: Final = {
    GRADIENT: "the gradient of {}",
    OWN_GRADIENT: "a gradient of its own for {}",
    GRADIENT_HOOK: "a hook on the gradient of {}",
    TRAINED: "{} with another requires_grad",
}
#: what is made of gradients, as operations of a graph
OWN_GRADIENTS: Final = (f"aten.{OWN_GRADIENT}", f"aten.{GRADIENT_HOOK}")
THE_INPUT: Final = "the input"
_DEEPEST: Final = 3  # functions in functions that are shown
#: operators that move numbers, and compute none
_MOVES: Final = frozenset(
    {
        *(
            "view",
            "_unsafe_view",
            "reshape",
            "flatten",
            "unflatten",
            "squeeze",
            "unsqueeze",
            "permute",
            "transpose",
            "t",
        ),
        *("expand", "slice", "select", "split", "split_with_sizes", "chunk", "unbind", "flip", "roll", "unfold"),
        *("channel_shuffle", "pixel_shuffle", "pixel_unshuffle", "narrow", "diagonal", "repeat"),
    }
)
_COPIES: Final = frozenset({"clone", "contiguous", "alias", "detach", "lift_fresh"})  # which nobody needs to see
_OF_TABLES: Final = (VIEW, WHERE, "logical_not")
_SIGNS: Final = {"add": "+", "sub": "-", "mul": "*", "div": "/"}


class TracedNodes:
    """The nodes of one side: where each comes from, and what it is called there.

    Args:
        graph: That holds them.
        side: The network.
        normal: Its trace in normal form.
    """

    def __init__(self, graph: Graph, side: TracedSide, normal: NormalTrace) -> None:
        self.graph, self.side, self.normal = graph, side, normal
        self.order = tuple(dict.fromkeys(map(self.whole, normal.order)))
        self.places = {number: place for place, number in enumerate(self.order)}
        self.of_gradients = self._of_gradients()
        self._of_inputs: dict[int, bool] = {}
        self._mains: dict[int, int] = {}
        self._printed = {leaf.path: leaf for leaf in side.sized.leaves if leaf.kind is not None}
        self._calls: dict[str, list[ModuleCall]] = {}
        self._given: dict[int, list[str]] = {}  # modules that give a value
        for call in side.trace.calls:
            self._calls.setdefault(call.path, []).append(call)
            for each in call.outputs:
                if each in normal.values and call.first <= each.operation < call.end and call.path not in side.leaves:
                    self._given.setdefault(self.whole(normal.values[each]), []).append(call.path)

    def _of_gradients(self) -> set[int]:
        """Nodes that no output hangs on: on the way to what a hook or a function of somebody makes of a gradient."""
        ends = {each for each in self.normal.states if self.graph.nodes[each].op in OWN_GRADIENTS}
        found, stack = set(self.normal.order) - ends, [*self.normal.outputs, *{*self.normal.states} - ends]
        met: set[int] = set()
        while stack:
            number = stack.pop()
            if number not in met:
                met.add(number)
                stack += self.graph.nodes[number].operands
        return found - met if ends else set()

    def whole(self, number: int) -> int:
        """What a node is a view of that was made anew inside of it: each operation is one node."""
        last = self._ran(number)
        if known := [each for each in self.graph.originals(number) if self._ran(each) <= last and self._has_run(each)]:
            return known[-1]
        coefficient, inner = self.graph.scaled(number)
        if inner == number or (whole := self.whole(inner)) == inner:
            return number
        made = self.graph.scale(whole, coefficient)  # a view of what is scaled is made by scaling a view
        return made if self._has_run(made) and self._ran(made) <= last else number

    def _has_run(self, number: int) -> bool:
        return number in self.normal.origins

    def _ran(self, number: int) -> int:
        """The operation that a node was made for; behind all of them where there is none."""
        return self.normal.origins.get(number, len(self.side.trace.operations))

    def takes(self, number: int) -> list[int]:
        """The nodes that an operation takes."""
        return [*map(self.whole, self.graph.nodes[number].operands)]

    def is_beside(self, number: int) -> bool:
        """Whether it is a weight or a constant, or a view of one."""
        while self.graph.nodes[number].op == VIEW:
            number = self.graph.nodes[number].operands[0]
        return self.graph.nodes[number].op in _BESIDE or self._is_table(number)

    def main(self, number: int) -> int:
        """Of what an operation takes, what was computed last of an input; itself where it takes nothing."""
        if number not in self._mains:
            taken = self.takes(number)
            carried = [each for each in taken if self._hangs_on_an_input(each)]
            self._mains[number] = max(carried or taken or [number], key=lambda each: self.places.get(each, -1))
        return self._mains[number]

    def _hangs_on_an_input(self, number: int) -> bool:
        """Whether an input leads to it, and not weights and constants alone."""
        stack = [number]
        while stack:
            each = stack[-1]
            node = self.graph.nodes[each]
            waiting = [below for below in node.operands if below not in self._of_inputs]
            if each not in self._of_inputs and waiting:
                stack += waiting
                continue
            stack.pop()
            self._of_inputs[each] = node.op in (INPUT, HIDDEN) or any(map(self._of_inputs.get, node.operands))
        return self._of_inputs[number]

    def tables(self, number: int) -> set[int]:
        """The constants that an operation takes, and itself where it is one: the same numbers are the same node."""
        return {each for each in (number, *self.takes(number)) if self._is_table(each)}

    def _is_table(self, number: int) -> bool:
        """Whether it is a table, one of two numbers by a mask, or the other places of a mask."""
        node = self.graph.nodes[number]
        while node.op in _OF_TABLES:
            node = self.graph.nodes[node.operands[0]]
        return node.op == TENSOR and all(self.graph.number(each) is not None for each in self._chosen_from(number))

    def _chosen_from(self, number: int) -> tuple[int, ...]:
        node = self.graph.nodes[number]
        return node.operands[1:] if node.op == WHERE else ()

    def order_of(self, number: int) -> TakenOrder:
        """In which order an operation takes the numbers of a node."""
        inner = self.graph.scaled(number)[1]
        is_scaled = inner != number and self.whole(inner) != inner and self.whole(number) != number
        base, strides, offset = self.graph.seen(inner if is_scaled else number)
        return TakenOrder(self.graph.shape(base), strides, offset, self.graph.shape(number))

    def operation(self, number: int) -> Operation:
        """What ran."""
        return self.side.trace.operations[self.normal.origins[number]]

    def container(self, number: int) -> str:
        """The module whose forward did it."""
        return self.side.container(self.operation(number).path)

    def comes_in(self, number: int, here: str, origin: int) -> int | None:
        """Which of the inputs of a module a value is; None where it is none.

        Args:
            number: The value.
            here: The module.
            origin: An operation of the call that is meant.
        """
        for call in self._calls.get(here, ()):
            if call.first <= origin < call.end:
                inputs = [self.whole(self.normal.values[each]) for each in call.inputs if each in self.normal.values]
                return inputs.index(number) if number in inputs else None
        return None

    def given_by(self, number: int, here: str) -> str:
        """The outermost module in another one that gives a value; "" where its own forward made it."""
        modules = [path for path in self._given.get(number, ()) if path != here and is_inside(path, here)]
        return min(modules, key=len, default="")

    def is_of_layer(self, number: int) -> bool:
        """Whether it is part of a layer of a known kind."""
        return self.operation(number).path in self.side.leaves

    def printed(self, number: int, setting: str) -> Value:
        """What an operation is called with where the layer around it prints the same; else None.

        Args:
            number: The operation.
            setting: The name of an argument.
        """
        operation = self.operation(number)
        leaf, called = self._printed.get(operation.path), dict(operation.arguments).get(setting)
        value = leaf.settings.known(setting) if leaf is not None else None
        return value if value is not None and _numbers(value) == _numbers(called) else None

    def written(self, number: int) -> str:
        """What a node is, a part of which was written into."""
        operation = self.operation(number)
        while operation.name == WRITTEN:
            about = next(refs(dict(operation.arguments)["self"]))
            operation = self.side.trace.operations[about.operation]
        return parameter_name(operation) if operation.name == PARAMETER else word(operation.name)

    # words

    def called(self, number: int) -> str:
        """An operation with what it takes: `relu(conv1)`, `bn2 + what comes in`."""
        return self._function(number, self.container(number), _DEEPEST)

    def name(self, number: int) -> str:
        """An operation by its name where it is a layer; with what it takes where it is a function."""
        return self._described(number, None, _DEEPEST)

    def taken(self, number: int) -> str:
        """What an operation takes, in the words of the forward that calls it."""
        where = self.container(number)
        return " and ".join(dict.fromkeys(self.operands(number, where))) or "nothing"

    def operands(self, number: int, where: str) -> list[str]:
        """The same one by one, weights and constants apart."""
        flowing = (each for each in self.takes(number) if not self.is_beside(each))
        return [self._described(each, where, _DEEPEST) for each in flowing]

    def spelled(self, number: int) -> list[str]:
        """What an operation takes as its code has it, with what only moves numbers: `qkv.transpose(1, 2)`."""
        operation, place = self.operation(number), self.normal.origins[number]
        for call in self._calls.get(operation.path, ()) if operation.path in self.side.leaves else ():
            if call.first <= place < call.end:
                return [self.value(each, operation.path) for each in call.inputs]
        taken = (each for _, held in operation.arguments for each in refs(held))
        return [self.value(self._unfolded(each, operation), operation.path) for each in taken]

    def _unfolded(self, ref: Ref, operation: Operation) -> Ref:
        """What is multiplied, before torch makes one batch of all dimensions in front."""
        made = self.side.trace.operations[ref.operation]
        while operation.name == "bmm" and made.name in ("view", "_unsafe_view", "expand", *_COPIES):
            (ref,) = (each for _, held in made.arguments for each in refs(held))
            made = self.side.trace.operations[ref.operation]
        return ref

    def value(self, ref: Ref, path: str = "") -> str:
        """One tensor of the trace so, in the words of a module's forward."""
        here = self.side.container(path)
        operation = self.side.trace.operations[ref.operation]
        inner = [each for _, held in operation.arguments for each in refs(held)]
        if operation.name in _COPIES and len(inner) == 1:
            return self.value(inner[0], path)
        if operation.name not in _MOVES or len(inner) != 1 or operation.path in self.side.leaves:
            return self._described(self.normal.values[ref], here, _DEEPEST) if ref in self.normal.values else "a number"
        plain = [_plain(held) for _, held in operation.arguments if held != sys.maxsize and not [*refs(held)]]
        piece = f"[{ref.output}]" if len(operation.shapes) > 1 else ""
        return f"{self.value(inner[0], path)}.{word(operation.name)}({', '.join(plain)}){piece}"

    def _described(self, number: int, where: str | None, depth: int) -> str:
        """A value in the words of the module whose forward takes it; of itself where that is None."""
        node = self.graph.nodes[number]
        if node.op == VIEW:
            return self._described(self.whole(node.operands[0]), where, depth)
        if (known := self.graph.number(number)) is not None:
            return f"{known:.6g}"
        if number not in self.normal.origins or node.op == FULL:
            return "a number"
        if node.op == TENSOR:
            return _constant(self.operation(number))
        if self._is_table(number):
            return CONSTANTS
        here = self.container(number) if where is None else where
        if node.op == INPUT:
            return COMES_IN if here else THE_INPUT
        operation = self.operation(number)
        if where and not is_inside(self.container(number), where):
            return COMES_IN
        if node.op == PARAMETER:
            return _relative(parameter_name(operation), here)
        if node.op in (LAYER, HIDDEN) or operation.path in self.side.leaves:
            return _relative(self._layer(operation.path), here) or word(operation.name)
        if where is not None and operation.path != here:
            return _relative(operation.path, here) or word(operation.name)
        return self._function(number, here, depth)

    def _about(self, operation: Operation) -> int:
        """Of what it sets the gradient, or whether there is one."""
        about = next(refs(dict(operation.arguments)["self"]))
        inner = self.side.trace.operations[about.operation]
        return self._about(inner) if inner.name == TRAINED else self.normal.values[about]

    def _layer(self, path: str) -> str:
        """The layer of which a module is part."""
        outer = path
        while outer and outer not in self.side.leaves:
            outer = outer.rpartition(".")[0]
        return outer or path

    def _function(self, number: int, here: str, depth: int) -> str:
        operation = self.operation(number)
        if operation.path in self.side.leaves:
            return _relative(operation.path, here)
        if operation.name == WRITTEN:
            return f"{self.written(number)} with a part that is written into"
        if words := _OF_GRADIENTS.get(operation.name):
            return words.format(self._described(self._about(operation), here, depth - 1))
        if not depth:
            return f"{word(operation.name)}(...)"
        taken = [
            each if isinstance(each, str) else self._described(self.normal.values[each], here, depth - 1)
            for each in _taken_by(operation)
            if isinstance(each, str) or each in self.normal.values
        ]
        if operation.name in _SIGNS and len(taken) == 2:
            return f"{taken[0]} {_SIGNS[operation.name]} {taken[1]}"
        return f"{word(operation.name)}({', '.join(taken)})"


def _numbers(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else (value,)


def _constant(operation: Operation) -> str:
    """The number that a constant holds everywhere; all of them where these are few."""
    held = dict(operation.arguments).get("holds")
    known = [f"{each:.6g}" for each in held if isinstance(each, int | float)] if isinstance(held, tuple) else []
    if len(known) == 1:
        return known[0]
    return f"[{', '.join(known)}]" if 0 < len(known) <= _FEW else CONSTANTS


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _taken_by(operation: Operation) -> Iterator[Ref | str]:
    """The tensors that it takes; what is added or multiplied may be a number."""
    for name, argument in operation.arguments:
        if operation.name in _SIGNS and name in ("self", "other") and isinstance(argument, int | float):
            yield f"{argument:.6g}"
        else:
            yield from refs(argument)


def word(name: str) -> str:
    """An operator as people call it."""
    return (
        "reshape" if name == "_unsafe_view" else name.lstrip("_").removesuffix("_with_indices").removeprefix("native_")
    )


def _relative(path: str, here: str) -> str:
    return path.removeprefix(f"{here}.") if here else path
