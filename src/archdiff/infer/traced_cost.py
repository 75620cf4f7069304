"""Multiply-accumulates of one forward as it ran: products of matrices and convolutions, in layers or as functions.

A layer that runs twice counts twice, one that does not run counts nothing. What one kernel computes as a whole, such as
an LSTM, counts as its layer does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod
from typing import Final, NamedTuple

from archdiff.infer.leaf import Leaf
from archdiff.model.trace import INPUT, ForwardTrace, Operation, Ref, refs

#: the operand of which the last dimension is summed over
_PRODUCTS: Final = {
    **dict.fromkeys(("mm", "bmm", "mv", "dot", "vdot", "matmul"), "self"),
    "addmm": "mat1",
    "addmv": "mat",
    **dict.fromkeys(("baddbmm", "addbmm"), "batch1"),
}
#: what kernels compute as a whole
_WHOLE: Final = ("rnn", "lstm", "gru", "_trilinear", "_fft", "attention")


class TracedMacs(NamedTuple):
    """Multiply-accumulates for one sample.

    Attributes:
        total: Of the whole forward.
        functions: Those that belong to no layer: attention that is called as a function.
        layers: Those of each layer that has some, by its path.
    """

    total: int
    functions: int
    layers: tuple[tuple[str, int], ...] = ()


def traced_macs(trace: ForwardTrace, leaves: Iterable[Leaf]) -> TracedMacs | None:
    """What a forward costs; None where one of its kernels is not known.

    Args:
        trace: Of it.
        leaves: The layers of its network, with the shapes that they had.
    """
    by_path = {leaf.path: leaf for leaf in leaves if leaf.kind is not None}
    batch = next((each.shapes[0][0] for each in trace.operations if each.name == INPUT and each.shapes[0]), 1)
    flows = _flowing(trace)
    found: dict[str | None, int] = {}  # None: of no layer
    counted: set[tuple[str, int]] = set()
    for number, operation in enumerate(trace.operations):
        if any(word in operation.name for word in _WHOLE):
            leaf = _holder(operation.path, by_path)
            macs = leaf.cost().macs if leaf is not None else None
            if leaf is None or macs is None:
                return None
            if (key := (leaf.path, _call_of(trace, leaf.path, number))) not in counted:
                counted.add(key)
                found[leaf.path] = found.get(leaf.path, 0) + macs
            continue
        macs = _macs(trace, operation)
        if macs:
            leaf = _holder(operation.path, by_path)
            at = leaf.path if leaf else None
            found[at] = found.get(at, 0) + (macs // batch if number in flows else macs)
    total, functions = sum(found.values()), found.pop(None, 0)
    return TracedMacs(total, functions, tuple([(path, macs) for path, macs in found.items() if path is not None]))


def _macs(trace: ForwardTrace, operation: Operation) -> int:
    """Of the whole batch."""
    arguments = dict(operation.arguments)
    if operation.name == "convolution":
        x, weight = (_shape(trace, arguments[name]) for name in ("input", "weight"))
        sides = x if arguments.get("transposed") else operation.shapes[0]
        return prod(sides) * prod(weight) // max(1, weight[0]) if weight else 0
    taken = _shape(trace, arguments.get(_PRODUCTS.get(operation.name, "")))
    if operation.name == "addbmm":  # sums over the batch as well
        return prod(operation.shapes[0]) * taken[0] * taken[-1]
    return prod(operation.shapes[0]) * taken[-1] if taken else 0


def _shape(trace: ForwardTrace, argument: object) -> tuple[int, ...]:
    if not isinstance(argument, Ref):
        return ()
    shapes = trace.operations[argument.operation].shapes
    return shapes[argument.output] if argument.output < len(shapes) else ()


def _flowing(trace: ForwardTrace) -> set[int]:
    """Operations to which an input leads: they are done for each sample."""
    found: set[int] = set()
    for number, operation in enumerate(trace.operations):
        given = (ref.operation for _, argument in operation.arguments for ref in refs(argument))
        if operation.name == INPUT or any(each in found for each in given):
            found.add(number)
    return found


def _holder(path: str, leaves: Mapping[str, Leaf]) -> Leaf | None:
    """The layer of which a module is part."""
    while path not in leaves and path:
        path = path.rpartition(".")[0]
    return leaves.get(path)


def _call_of(trace: ForwardTrace, path: str, number: int) -> int:
    """The call of a module that an operation is part of, by its first operation."""
    return next((call.first for call in trace.calls if call.path == path and call.first <= number < call.end), -1)
