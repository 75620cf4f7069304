"""Two traced forwards: what they do differently, in the terms of the modules whose forwards they are.

Layers that correspond to each other are one node in both graphs, whatever differs in them, and what a module beside
them calls is compared as it is. Knows no findings of the trees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from math import prod
from typing import Final, NamedTuple

from archdiff.diff.steps import Alike, ContainerPair, Moved, Pair, Reordered, Step, Swap
from archdiff.infer import Sized
from archdiff.infer.leaf import Leaf
from archdiff.model.message import Message, message
from archdiff.model.network import Value
from archdiff.model.trace import INPUT, PARAMETER, TENSOR, Call, Operation, Ref, Trace, refs
from archdiff.semantics.operations import FULL, HIDDEN, LAYER, SUM, VIEW, Graph, Normal, normal_form

_VALUES: Final = frozenset({INPUT, PARAMETER, TENSOR, FULL, HIDDEN})  # what is taken, and does nothing
_ROUNDS: Final = 8  # in each, what takes the pairs of the round before is paired
_BESIDE: Final = (PARAMETER, TENSOR, FULL)  # what an operation takes beside what flows
COMES_IN: Final = "what comes in"
_LONGEST: Final = 60  # characters of what stands for a value


class Difference(NamedTuple):
    """One thing that two forwards do otherwise.

    Attributes:
        what: In words.
        containers: Paths of the modules whose forwards do it, the candidate's first.
        layers: Paths of the layer that it is about, where it is one; "" where it is a function.
        places: Files and lines of the code; "" where none is known.
        is_order: Whether both do it, one of them earlier.
    """

    what: Message
    containers: tuple[str, str]
    layers: tuple[str, str]
    places: tuple[str, str]
    is_order: bool = False


class Side(NamedTuple):
    """One network with its trace.

    Attributes:
        sized: The network.
        trace: What its forward does.
        leaves: Its layers of a known kind, by path.
        paths: Paths that the layers and containers of it have in the reference.
    """

    sized: Sized
    trace: Trace
    leaves: Mapping[str, Leaf]
    paths: Mapping[str, str]

    def container(self, path: str) -> str:
        """The module whose forward calls what a layer does; of what is no layer, itself."""
        return path.rpartition(".")[0] if path in self.leaves else path

    def there(self, path: str) -> str:
        """The path of a module in the reference; its own where it has no counterpart."""
        return self.paths.get(path, path)


def paths(steps: Iterable[Step]) -> dict[str, str]:
    """The path in the reference of each layer and container of the candidate that has a counterpart."""
    found = {"": ""}
    for a, b in _nodes(steps):
        found[a] = b
    return found


def _nodes(steps: Iterable[Step]) -> Iterator[tuple[str, str]]:
    for step in steps:
        match step:
            case Alike():
                yield from ((each.candidate.path, each.reference.path) for each in step.opened())
            case Pair(a, b) | ContainerPair(a, b) | Reordered(a, b):
                yield a.path, b.path
            case Swap(first, second, inner):
                yield from _nodes((first, second, *inner))
            case Moved(pairs, _, inner):
                yield from _nodes((*pairs, *inner))
            case _:
                pass


def sides(candidate: Sized, reference: Sized, there: Mapping[str, str], both: tuple[Trace, Trace]) -> tuple[Side, Side]:
    """Both networks with traces of one mode.

    Args:
        candidate: One network.
        reference: The other.
        there: What `paths` found.
        both: Their traces.
    """
    own = ({leaf.path: leaf for leaf in side.leaves if leaf.kind is not None} for side in (candidate, reference))
    ours, theirs = own
    same = {path: path for path in there.values()}
    return Side(candidate, both[0], ours, there), Side(reference, both[1], theirs, same)


def are_equal(ours: Side, theirs: Side) -> bool:
    """Whether both compute the same with their weights in the order of first use, whatever stands in the trees."""
    graph = Graph()
    made = [normal_form(side.trace, graph, str, _by_use(side, {}), lambda _: False) for side in (ours, theirs)]
    return made[0].outputs == made[1].outputs


def _by_use(side: Side, known: Mapping[str, str]) -> Callable[[str], Value]:
    """Weights by what they are called in both networks; others by their size, in the order of first use."""
    sizes = {_name(each): prod(each.shapes[0]) for each in side.trace.operations if each.name == PARAMETER}
    numbers: dict[int, dict[str, int]] = {}

    def named(name: str) -> Value:
        if name in known:
            return known[name]
        alike = numbers.setdefault(sizes.get(name, 0), {})
        return alike.setdefault(name, len(alike))

    return named


def differences(ours: Side, theirs: Side) -> list[Difference]:
    """What two forwards do otherwise; nothing where they are the same but for what differs in their layers.

    Args:
        ours: The candidate.
        theirs: The reference.
    """
    graph = Graph()
    classes = [{call.path: call.class_name for call in side.trace.calls} for side in (ours, theirs)]
    closed = {
        (path, other)
        for path, other in ours.paths.items()
        if path in ours.leaves and other in theirs.leaves
        if path in classes[0] and classes[0][path] == classes[1].get(other)
        if _holds_weights(ours.leaves[path], theirs.leaves[other])
    }
    here, there = {a for a, _ in closed}, {b for _, b in closed}
    names = _names(ours, theirs)
    a = normal_form(ours.trace, graph, ours.there, _by_use(ours, names), here.__contains__)
    same = {name: name for name in names.values()}
    b = normal_form(theirs.trace, graph, theirs.there, _by_use(theirs, same), there.__contains__)
    if a.outputs == b.outputs:
        return []
    return _Comparison(graph, _Nodes(ours, a), _Nodes(theirs, b)).differences()


def _holds_weights(a: Leaf, b: Leaf) -> bool:
    return any(leaf.kind is not None and leaf.kind.has_parameters for leaf in (a, b))


def _name(operation: Operation) -> str:
    return str(dict(operation.arguments)["name"])


def _names(ours: Side, theirs: Side) -> dict[str, str]:
    """The name in the reference of each weight of the candidate that both have in modules which are counterparts."""
    there = {_name(each) for each in theirs.trace.operations if each.name == PARAMETER}
    found: dict[str, str] = {}
    for each in ours.trace.operations:
        if each.name == PARAMETER:
            path, _, last = _name(each).rpartition(".")
            name = f"{ours.there(path)}.{last}".lstrip(".")
            if name in there:
                found[_name(each)] = name
    return found


# Two graphs


class _Nodes:
    """The nodes of one side, with where each comes from."""

    def __init__(self, side: Side, normal: Normal) -> None:
        self.side, self.normal = side, normal
        self.places = {number: place for place, number in enumerate(normal.order)}
        self._calls: dict[str, list[Call]] = {}
        self._given: dict[int, list[str]] = {}  # modules that give a value
        for call in side.trace.calls:
            self._calls.setdefault(call.path, []).append(call)
            for each in call.outputs:
                if each in normal.values and call.first <= each.operation < call.end and call.path not in side.leaves:
                    self._given.setdefault(normal.values[each], []).append(call.path)

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
                inputs = [self.normal.values.get(each) for each in call.inputs]
                return inputs.index(number) if number in inputs else None
        return None

    def given_by(self, number: int, here: str) -> str:
        """The outermost module in another one that gives a value; "" where its own forward made it."""
        modules = [path for path in self._given.get(number, ()) if path != here and _is_inside(path, here)]
        return min(modules, key=len, default="")


class _Comparison:
    """What remains of two graphs where all that both have is taken away."""

    def __init__(self, graph: Graph, ours: _Nodes, theirs: _Nodes) -> None:
        self._graph, self._ours, self._theirs = graph, ours, theirs
        common = ours.places.keys() & theirs.places.keys()
        self._mates: dict[int, int] = {number: number for number in common}  # ours -> theirs
        self._paired = set(common)

    def differences(self) -> list[Difference]:
        """All that is left: what one side does alone, and what both do to something else."""
        graph = self._graph
        left = [
            [
                each
                for each in nodes.normal.order
                if each not in self._mates and graph.nodes[each].op not in (*_VALUES, VIEW)
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
        found: list[Difference] = []
        for a, b in containers.values():
            alone = [
                [each for each in numbers if not self._is_paired(nodes, each)]
                for nodes, numbers in ((self._ours, a), (self._theirs, b))
            ]
            found += self._one_sided(*alone)
        found += self._rewired()
        return found or self._layouts()

    def _is_paired(self, nodes: _Nodes, number: int) -> bool:
        return number in (self._mates if nodes is self._ours else self._paired)

    def _mate(self, pairs: Iterable[tuple[int, int]]) -> None:
        for a, b in pairs:
            self._mates[a] = b
            self._paired.add(b)

    def _pair_layers(self, a: Sequence[int], b: Sequence[int]) -> None:
        """Layers that correspond to each other, each call with the call of the same number."""
        calls: tuple[dict[object, list[int]], dict[object, list[int]]] = ({}, {})
        for numbers, found in zip((a, b), calls, strict=True):
            for number in numbers:
                if self._graph.nodes[number].op == LAYER:
                    found.setdefault(self._label(number), []).append(number)
        for label, ours in calls[0].items():
            self._mate(zip(ours, calls[1].get(label, ()), strict=False))

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

    def _key(self, nodes: _Nodes, number: int) -> object:
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

    def _one_sided(self, a: Sequence[int], b: Sequence[int]) -> Iterator[Difference]:
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
    def _by_operation(nodes: _Nodes, numbers: Iterable[int]) -> dict[int, int]:
        """One node for each operation that ran, the last that was made for it."""
        return {nodes.normal.origins[number]: number for number in numbers}

    def _stands_for(self, a: int, b: int) -> bool:
        """Whether two operations take the same."""
        ours, theirs = self._resolved(self._ours, a), self._resolved(self._theirs, b)
        return self._graph.nodes[a].op == self._graph.nodes[b].op or ours == theirs

    def _moved(self, a: int, b: int) -> Difference:
        ours, theirs = self._described(self._ours, a), self._taken(self._ours, a)
        what = message("traced-takes", name=ours, ours=theirs, theirs=self._taken(self._theirs, b))
        return self._difference(what, a, b, is_order=True)

    def _replaced(self, a: int, b: int) -> Difference:
        ours, theirs = self._called(self._ours, a), self._called(self._theirs, b)
        if ours == theirs:
            own, other = _settings(self._ours.operation(a)), _settings(self._theirs.operation(b))
            names = [name for name in {**own, **other} if own.get(name) != other.get(name)]
            values = [", ".join(f"{name}={each.get(name, _DEFAULT)!r}" for name in names) for each in (own, other)]
            what = message("traced-settings", name=ours, ours=values[0], theirs=values[1])
            return self._difference(what if names else message("traced-otherwise", name=ours), a, b)
        return self._difference(message("traced-replaced", ours=ours, theirs=theirs), a, b)

    def _only(self, nodes: _Nodes, number: int, way: str) -> Difference:
        operation = nodes.operation(number)
        taken = [
            self._described(nodes, nodes.normal.values[ref], nodes.container(number))
            for ref in _tensors_of(operation)
            if ref in nodes.normal.values
        ]
        is_skip = operation.name == "add" and taken.count(COMES_IN) == 1
        what = message(
            f"traced-{way}", what=self._called(nodes, number), remark=message("traced-skip") if is_skip else None
        )
        return self._difference(what, *((number, None) if nodes is self._ours else (None, number)))

    # what both do

    def _rewired(self) -> Iterator[Difference]:
        """What both do, and one of them to something else."""
        for a, b in self._mates.items():
            if a == b:
                continue
            if not self._take_the_same(a, b):
                taken, other = self._taken(self._ours, a), self._taken(self._theirs, b)
                what = message("traced-takes", name=self._described(self._ours, a), ours=taken, theirs=other)
                yield self._difference(what, a, b)

    def _take_the_same(self, a: int, b: int) -> bool:
        """Whether two operations take the same, as it was computed or as the forwards see it that call them."""
        if sorted(self._inputs(self._ours, a)) == sorted(self._inputs(self._theirs, b)):
            return True
        if self._ours.side.there(self._ours.container(a)) != self._theirs.container(b):
            return False
        return self._sources(self._ours, a) == self._sources(self._theirs, b)

    def _sources(self, nodes: _Nodes, number: int) -> list[str]:
        """What an operation takes, as the forward that calls it sees it: what comes in, what a module gives."""
        here = nodes.container(number)
        found = []
        for each in self._graph.nodes[number].operands:
            base = each
            while self._graph.nodes[base].op == VIEW:
                base = self._graph.nodes[base].operands[0]
            if (place := nodes.comes_in(base, here, nodes.normal.origins.get(number, 0))) is not None:
                found.append(f"in {place}")
            elif module := nodes.given_by(base, here):
                found.append(f"of {nodes.side.there(module)}")
            else:
                found.append(str(self._through(nodes, each)))
        return sorted(found)

    def _inputs(self, nodes: _Nodes, number: int) -> list[int]:
        return [self._through(nodes, each) for each in self._graph.nodes[number].operands]

    def _resolved(self, nodes: _Nodes, number: int) -> int:
        """What an operation takes, past all that the other side does not do."""
        return self._through(nodes, self._main(nodes, number))

    def _main(self, nodes: _Nodes, number: int) -> int:
        """Of what an operation takes, what was computed last."""
        operands = [each for each in self._graph.nodes[number].operands if self._graph.nodes[each].op not in _BESIDE]
        return max(
            operands or self._graph.nodes[number].operands or [number], key=lambda each: nodes.places.get(each, -1)
        )

    def _through(self, nodes: _Nodes, number: int) -> int:
        graph = self._graph
        while True:
            if nodes is self._ours and number in self._mates:
                return self._mates[number]
            if nodes is self._theirs and number in self._paired:
                return number
            if graph.nodes[number].op in _VALUES or not graph.nodes[number].operands:
                return number
            inner = self._main(nodes, number)
            if inner == number:
                return number
            number = inner

    def _layouts(self) -> list[Difference]:
        """The same is done to the same numbers in other places: the first place in each forward."""
        found: dict[str, Difference] = {}
        for a, b in sorted(self._mates.items(), key=lambda pair: self._ours.places.get(pair[0], 0)):
            where = self._ours.container(a) if a in self._ours.normal.origins else ""
            if a == b or where in found:
                continue
            for x, y in zip(self._graph.nodes[a].operands, self._graph.nodes[b].operands, strict=False):
                if x != y and self._mates.get(x) != y:
                    name, ours, theirs = self._described(self._ours, a), self._shaped(x), self._shaped(y)
                    found[where] = self._difference(message("traced-layout", name=name, ours=ours, theirs=theirs), a, b)
                    break
        output = Difference(message("traced-output"), ("", ""), ("", ""), ("", ""))
        return [*found.values()] or [output]

    def _shaped(self, number: int) -> str:
        return "x".join(map(str, self._graph.shape(number)[1:])) or "one number"

    # words

    def _difference(self, what: Message, a: int | None, b: int | None, is_order: bool = False) -> Difference:
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
        return Difference(
            what, (containers[0] or "", containers[1] or ""), (layers[0], layers[1]), (places[0], places[1]), is_order
        )

    def _called(self, nodes: _Nodes, number: int) -> str:
        """`relu(conv1)`, `bn2 + what comes in`."""
        return self._described(nodes, number, deep=True)

    def _taken(self, nodes: _Nodes, number: int) -> str:
        where = nodes.container(number)
        operands = [each for each in self._graph.nodes[number].operands if self._graph.nodes[each].op not in _BESIDE]
        return " and ".join(dict.fromkeys(self._described(nodes, each, where) for each in operands)) or "nothing"

    def _described(self, nodes: _Nodes, number: int, where: str | None = None, deep: bool = False) -> str:
        """A value in the words of the module whose forward takes it."""
        graph = self._graph
        node = graph.nodes[number]
        here = nodes.container(number) if where is None else where
        if node.op == INPUT:
            return "the input" if not here else COMES_IN
        if node.op == VIEW and node.operands:
            return self._described(nodes, node.operands[0], where, deep)
        if number not in nodes.normal.origins or node.op == FULL:
            return "a number"
        if node.op == TENSOR:
            return "constants"
        operation = nodes.operation(number)
        if here and not _is_inside(nodes.container(number), here) and where is not None:
            return COMES_IN
        if node.op == PARAMETER:
            return _relative(_name(operation), here)
        if node.op in (LAYER, HIDDEN) or operation.path in nodes.side.leaves:
            return _relative(
                operation.path if operation.path in nodes.side.leaves else _outer(operation.path, nodes.side), here
            )
        if where is not None and not deep and operation.path != here and here != operation.path:
            return _relative(operation.path, here) or _word(operation.name)
        return _shortened(self._function(nodes, number, operation, here))

    def _function(self, nodes: _Nodes, number: int, operation: Operation, here: str) -> str:
        """A function with what it takes."""
        taken = [
            each if isinstance(each, str) else self._described(nodes, nodes.normal.values[each], here)
            for each in _taken_by(operation)
            if isinstance(each, str) or each in nodes.normal.values
        ]
        if operation.name in _SIGNS and len(taken) == 2:
            return f"{taken[0]} {_SIGNS[operation.name]} {taken[1]}"
        return f"{_word(operation.name)}({', '.join(taken)})"


class _Default:
    """What an operation is not called with."""

    def __repr__(self) -> str:
        return "default"


_DEFAULT: Final = _Default()
_SIGNS: Final = {"add": "+", "sub": "-", "mul": "*", "div": "/"}


def _settings(operation: Operation) -> dict[str, Value]:
    """What it was called with beside tensors."""
    return {name: value for name, value in operation.arguments if not [*refs(value)]}  # type: ignore[misc]


def _taken_by(operation: Operation) -> Iterator[Ref | str]:
    """The tensors that it takes; what is added or multiplied may be a number."""
    for name, argument in operation.arguments:
        if operation.name in _SIGNS and name in ("self", "other") and isinstance(argument, int | float):
            yield f"{argument:.6g}"
        else:
            yield from refs(argument)


def _tensors_of(operation: Operation) -> Iterator[Ref]:
    for _, argument in operation.arguments:
        yield from refs(argument)


def _word(name: str) -> str:
    """An operator as people call it."""
    return name.lstrip("_").removesuffix("_with_indices").removeprefix("native_")


def _relative(path: str, here: str) -> str:
    return path.removeprefix(f"{here}.") if here else path


def _outer(path: str, side: Side) -> str:
    """The layer of which a module is part."""
    while path and path not in side.leaves:
        path = path.rpartition(".")[0]
    return path


def _is_inside(path: str, container: str) -> bool:
    return not container or path == container or path.startswith(f"{container}.")


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 4]} ..."
