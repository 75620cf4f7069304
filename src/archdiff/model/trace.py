"""What one forward did, as plain values: its operations in the order in which they ran, and which module called them.

Operations have the names and the arguments of torch's own operators (`aten.add`, in-place ones without their
underscore). Must not know what any of them means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, TypeAlias

from archdiff.model.network import Value

INPUT: Final = "input"  # what goes into the network
PARAMETER: Final = "parameter"  # a weight or a buffer, by its name in the state_dict
TENSOR: Final = "tensor"  # one that is neither, made before the forward
MODES: Final = 2  # of one call each, eval mode first; two more traces are of two calls
OPAQUE: Final = "opaque"  # the forward of its module goes on as the numbers say that it "reads"
GRADIENT: Final = "gradient"  # that comes back to a tensor, whatever it is
GRADIENT_HOOK: Final = "gradient_hook"  # what a hook on a tensor "gives" in its place
OWN_GRADIENT: Final = "own_gradient"  # what a function gives back that brings its own gradient
TRAINED: Final = "requires_grad"  # a weight that is trained, or not, from then on

#: the forms of what comes out of a forward: a tensor; elements in order; elements by name, sorted; anything else
IN_ORDER, BY_KEY, PLAIN = "in order", "by key", "plain"


class Ref(NamedTuple):
    """A tensor: one output of an operation.

    Attributes:
        operation: Its place in `ForwardTrace.operations`.
        output: Which of its outputs, counted from 0.
    """

    operation: int
    output: int = 0


#: what an operation was called with
Argument: TypeAlias = "Value | Ref | tuple[Argument, ...]"


class Operation(NamedTuple):
    """One operation that ran.

    Attributes:
        name: "relu", "convolution", or one of the names above.
        arguments: Name and value of each, in the order of its schema, those left at their default excluded.
        shapes: Of its outputs, with the batch.
        path: Of the module whose forward called it.
        place: File and line of that call: "nets.py:12"; "" where none is known.
        dtype: Of its first output: "float32".
        cuts: Whether no gradient runs back through it, in training.
    """

    name: str
    arguments: tuple[tuple[str, Argument], ...]
    shapes: tuple[tuple[int, ...], ...]
    path: str
    place: str = ""
    dtype: str = ""
    cuts: bool = False


class ModuleCall(NamedTuple):
    """One call of a module.

    Attributes:
        path: Of the module.
        class_name: Of the module.
        inputs: The tensors that went in.
        outputs: The tensors that came out.
        first: The first operation that ran in it.
        end: The operation behind its last one.
        of_torch: Whether its class is one of torch, so that its settings say what it does.
        training: Its mode when it returned.
    """

    path: str
    class_name: str
    inputs: tuple[Ref, ...]
    outputs: tuple[Ref, ...]
    first: int
    end: int
    of_torch: bool = False
    training: bool = False


class ForwardTrace(NamedTuple):
    """One forward.

    Attributes:
        operations: In the order in which they ran, inputs and parameters where they were first used.
        calls: Of all modules, in the order in which they returned.
        outputs: The tensors that came out, in the order of their form.
        inputs: Name, dtype and shape of what went in: "x:float32[2,3,224,224]".
        way: How it was made: "traced", or "run once" where it hangs on numbers.
        reads: Attributes of modules that their forwards read, tensors and modules apart: path and name.
        states: What weights and buffers hold behind it that it wrote into.
        gives: The form of what came out: one of the names above, and the forms of its elements.
        writes: Numbers of the inputs that it wrote into.
        remembers: Attributes that it changed and begins with: path and name; it ran twice where there are any.
    """

    operations: tuple[Operation, ...]
    calls: tuple[ModuleCall, ...]
    outputs: tuple[Ref, ...]
    inputs: tuple[str, ...]
    way: str
    reads: tuple[tuple[str, str], ...] = ()
    states: tuple[Ref, ...] = ()
    gives: Value = (TENSOR,)
    writes: tuple[int, ...] = ()
    remembers: tuple[tuple[str, str], ...] = ()


def refs(argument: Argument) -> Iterator[Ref]:
    """All tensors in an argument, in order."""
    if isinstance(argument, Ref):
        yield argument
    elif isinstance(argument, tuple):
        for each in argument:
            yield from refs(each)


def decisions(trace: ForwardTrace) -> Iterator[Operation]:
    """Where it goes on as numbers say."""
    return (each for each in trace.operations if each.name == OPAQUE)


def left_out(traces: Sequence[ForwardTrace]) -> tuple[tuple[str, str], ...]:
    """What a forward keeps for its next call, where that was not traced: path and name."""
    kept = dict.fromkeys(each for trace in traces for each in trace.remembers)
    return (*kept,) if len(traces) < 2 * MODES else ()


def are_complete(traces: Sequence[ForwardTrace]) -> bool:
    """Whether they tell what a forward does: in both modes, in its next call, and whatever the numbers are."""
    return len(traces) >= MODES and not left_out(traces) and not any(True for each in traces for _ in decisions(each))


def are_the_same_inputs(ours: Sequence[str], theirs: Sequence[str]) -> bool:
    """Whether two forwards were called with the same, whatever their arguments are called.

    Tensors are taken in their order: as many, of equal dtypes and shapes. A name that both have stands in one place.

    Args:
        ours: As `ForwardTrace.inputs`.
        theirs: Those of the other.
    """
    (own, own_plain), (other, other_plain) = map(_tensors_and_others, (ours, theirs))
    if len(own) != len(other) or own_plain != other_plain:
        return False
    shared = {name for name, _ in own} & {name for name, _ in other}
    return all(a == b if shared & {a[0], b[0]} else a[1] == b[1] for a, b in zip(own, other, strict=True))


def input_names(inputs: Sequence[str]) -> list[str]:
    """What the tensors that went in are called, in order."""
    return [name for name, _ in _tensors_and_others(inputs)[0]]


def _tensors_and_others(inputs: Sequence[str]) -> tuple[list[tuple[str, str]], set[str]]:
    """Names of tensors with dtype and shape, in order; and arguments that are none."""
    found = [(_TENSOR_INPUT.fullmatch(each), each) for each in inputs]
    return [(match[1], match[2]) for match, _ in found if match], {each for match, each in found if not match}


_TENSOR_INPUT: Final = re.compile(r"(\w+):(\w+\[[\d,]*\])")
