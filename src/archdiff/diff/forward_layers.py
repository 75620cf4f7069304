"""Which layers of two traced forwards are one node in both: those that differ as their settings say.

What a forward makes of a layer beside its settings (`self.conv.dilation = 2`) is compared as it ran.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from archdiff.diff.forward_outputs import give_the_same
from archdiff.diff.forward_sides import TracedSide, parameter_name
from archdiff.infer.leaf import Leaf
from archdiff.model.trace import INPUT, PARAMETER, TENSOR, Argument, ForwardTrace, ModuleCall, Operation, Ref, refs
from archdiff.semantics.kinds import Trait
from archdiff.semantics.operations import Graph, normal_form

_LINEAR: Final = "linear"
_CONVOLUTION: Final = "convolution"
_BIAS: Final = "bias"
_ZEROS: Final = "zeros"


def closed_layers(ours: TracedSide, theirs: TracedSide) -> set[tuple[str, str]]:
    """Paths of layers that correspond to each other, and of which settings and weights say what they do.

    Args:
        ours: The candidate.
        theirs: The reference.
    """
    classes = [{call.path: call.class_name for call in side.trace.calls if call.of_torch} for side in (ours, theirs)]
    own = _with_own_weights(ours.trace), _with_own_weights(theirs.trace)
    alike = {
        (path, other)
        for path, other in ours.paths.items()
        if path in ours.leaves and other in theirs.leaves
        if path in classes[0] and other in classes[1]
        if classes[0][path] == classes[1][other] or _are_linear(ours, path, theirs, other)
        if path in own[0] and other in own[1]
        if _holds_weights(ours.leaves[path], theirs.leaves[other])
    }
    return alike.difference(_otherwise(ours, theirs, alike))


def without_told_biases(side: TracedSide, other: TracedSide, there: Mapping[str, str]) -> ForwardTrace:
    """A trace without the biases of layers that have none in the other network, as their settings tell.

    Where both run as layers they are one operation anyway; where a forward around them takes the weights of one, the
    bias would be another sum around it.

    Args:
        side: One network.
        other: The other one.
        there: Paths of layers with those of their counterparts in the other network.
    """
    operations = list(side.trace.operations)
    takers: dict[int, list[Operation]] = {}
    for each in operations:
        for _, value in each.arguments:
            for ref in refs(value):
                takers.setdefault(ref.operation, []).append(each)
    for place, each in enumerate(operations):
        path, _, name = parameter_name(each).rpartition(".") if each.name == PARAMETER else ("", "", "")
        if name == _BIAS and path in there and _lacks_bias(side.leaves.get(path), other.leaves.get(there[path])):
            taken = takers.get(place, ())
            if len(taken) == 1 and f"{path}.weight" in _weights(taken[0], operations):
                shape = each.shapes[0]
                operations[place] = each._replace(name=_ZEROS, arguments=(("size", shape),))
    return side.trace._replace(operations=tuple(operations))


def _lacks_bias(a: Leaf | None, b: Leaf | None) -> bool:
    """Whether the first of two layers of one kind adds a bias, and the second does not."""
    if a is None or b is None or a.kind is None or a.kind is not b.kind:
        return False
    return a.settings.known(_BIAS) is True and b.settings.known(_BIAS) is False


def _weights(operation: Operation, operations: Sequence[Operation]) -> set[str]:
    """The weights that an operation takes, transposed or as they are."""
    taken = [operations[ref.operation] for _, value in operation.arguments for ref in refs(value)]
    taken += [operations[ref.operation] for each in taken if each.name == "t" for ref in refs(each.arguments[0][1])]
    return {parameter_name(each) for each in taken if each.name == PARAMETER}


def _with_own_weights(trace: ForwardTrace) -> set[str]:
    """Paths of modules of torch that run with weights of their own alone."""
    names = {place: parameter_name(each) for place, each in enumerate(trace.operations) if each.name == PARAMETER}
    found = {call.path for call in trace.calls if call.of_torch}
    for call in trace.calls:
        inside = trace.operations[call.first : call.end] if call.of_torch else ()
        taken = {ref.operation for each in inside for _, value in each.arguments for ref in refs(value)}
        if any(place in names and not names[place].startswith(f"{call.path}.") for place in taken):
            found.discard(call.path)
    return found


def _are_linear(ours: TracedSide, path: str, theirs: TracedSide, other: str) -> bool:
    """Whether one of two is a `Linear`, and the other a convolution that sees a single place: the same product."""
    pairs = (ours, path), (theirs, other)
    return {_linear(*pair) for pair in pairs} == {_LINEAR, _CONVOLUTION} and len({_width(*pair) for pair in pairs}) == 1


def _linear(side: TracedSide, path: str) -> str:
    leaf = side.leaves[path]
    if leaf.kind is None or leaf.kind.name == _LINEAR:
        return _LINEAR if leaf.kind else ""
    sizes = [
        size
        for call in side.trace.calls
        if call.path == path
        for ref in (*call.inputs, *call.outputs)
        for size in side.trace.operations[ref.operation].shapes[ref.output][2:]
    ]
    size, groups, padding = (leaf.settings.get(name) for name in ("kernel_size", "groups", "padding"))
    is_plain = groups == 1 and all(
        {*(each if isinstance(each, tuple) else [each])} == {n} for each, n in ((size, 1), (padding, 0))
    )
    is_product = leaf.has(Trait.AFFINE_MAP) and not leaf.kind.name.startswith("conv_transpose")
    return _CONVOLUTION if is_product and is_plain and {*sizes} <= {1} and leaf.kind.name.startswith("conv") else ""


def _width(side: TracedSide, path: str) -> tuple[object, ...]:
    """How many features a `Linear` or a convolution takes and gives, and whether it adds a bias."""
    settings = side.leaves[path].settings
    return (
        settings.get("in_features", settings.get("in_channels")),
        settings.get("out_features", settings.get("out_channels")),
        settings.get("bias"),
    )


def _holds_weights(a: Leaf, b: Leaf) -> bool:
    return any(leaf.kind is not None and leaf.kind.has_parameters for leaf in (a, b))


def _otherwise(ours: TracedSide, theirs: TracedSide, pairs: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Those with equal settings that do something else with equal inputs."""
    here, there = _calls(ours.trace), _calls(theirs.trace)
    for path, other in pairs:
        a, b = ours.leaves[path], theirs.leaves[other]
        if a.kind is b.kind and a.settings == b.settings:
            both = zip(here[path], there[other], strict=False)
            if any(not does_the_same(alone(ours.trace, x), alone(theirs.trace, y)) for x, y in both):
                yield path, other


def _calls(trace: ForwardTrace) -> Mapping[str, list[ModuleCall]]:
    found: dict[str, list[ModuleCall]] = {}
    for call in trace.calls:
        found.setdefault(call.path, []).append(call)
    return found


def does_the_same(a: ForwardTrace, b: ForwardTrace) -> bool:
    """Whether two calls alone do; where what comes in has other sizes, nothing tells."""
    if a == b or _sizes(a) != _sizes(b):
        return True
    graph = Graph()
    made = [normal_form(each, graph, str, str, lambda _: False) for each in (a, b)]
    return give_the_same(made[0], made[1], (a, b))


def _sizes(trace: ForwardTrace) -> list[object]:
    return [(each.shapes, each.dtype) for each in trace.operations if each.name == INPUT]


def alone(trace: ForwardTrace, call: ModuleCall) -> ForwardTrace:
    """One call as a forward of its own, what it takes as its inputs."""
    made: list[Operation] = []
    places: dict[Ref, Ref] = {}
    number_of_inputs = 0

    def taken(ref: Ref) -> Ref:
        nonlocal number_of_inputs
        if ref in places:
            return places[ref]
        operation = trace.operations[ref.operation]
        if call.first <= ref.operation < call.end and Ref(ref.operation) in places:
            return Ref(places[Ref(ref.operation)].operation, ref.output)
        if operation.name == PARAMETER:
            name = parameter_name(operation).removeprefix(f"{call.path}.")
            made.append(operation._replace(arguments=(("name", name),), path="", place="", cuts=False))
        elif operation.name == TENSOR:
            made.append(operation._replace(path="", place=""))
        else:
            shapes = operation.shapes[ref.output : ref.output + 1]
            made.append(Operation(INPUT, (("number", number_of_inputs),), shapes, "", "", operation.dtype))
            number_of_inputs += 1
        places[ref] = Ref(len(made) - 1)
        return places[ref]

    for number in range(call.first, call.end):
        operation = trace.operations[number]
        if operation.name in (PARAMETER, TENSOR):
            taken(Ref(number))
            continue
        arguments = tuple((name, mapped(value, taken)) for name, value in operation.arguments)
        made.append(operation._replace(arguments=arguments, path="", place=""))
        places[Ref(number)] = Ref(len(made) - 1)
    outputs = tuple(taken(each) for each in call.outputs)
    states = tuple(taken(each) for each in trace.states if call.first <= each.operation < call.end)
    return ForwardTrace(tuple(made), (), outputs, (), "", (), states)


def mapped(value: Argument, ref: Callable[[Ref], Ref]) -> Argument:
    """An argument with other tensors.

    Args:
        value: The argument.
        ref: Gives what stands in place of a tensor.
    """
    if isinstance(value, Ref):
        return ref(value)
    return tuple(mapped(each, ref) for each in value) if isinstance(value, tuple) else value
