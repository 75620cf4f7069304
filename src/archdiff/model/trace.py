"""What one forward did, as plain values: its operations in the order in which they ran, and which module called them.

Operations have the names and the arguments of torch's own operators (`aten.add`, in-place ones without their
underscore). Must not know what any of them means.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple, TypeAlias

from archdiff.model.network import Value

INPUT: Final = "input"  # what goes into the network
PARAMETER: Final = "parameter"  # a weight or a buffer, by its name in the state_dict
TENSOR: Final = "tensor"  # one that is neither, made before the forward
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
