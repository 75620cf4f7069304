"""Shapes as they were when a live module ran, in place of those that its print tells."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from archdiff.infer import Sized
from archdiff.infer.leaf import Leaf
from archdiff.infer.traced_cost import traced_macs
from archdiff.model.facts import INPUT_SHAPE, TRACES, Fact, Provenance
from archdiff.model.lazyseq import Runs
from archdiff.model.trace import INPUT, ForwardTrace, Ref

_NO_CONTRADICTION: Final = ()


def as_traced(sized: Sized, in_order: bool = False) -> Sized:
    """A network with the shapes of its trace.

    Args:
        sized: The network.
        in_order: Whether its layers are brought into the order in which they ran first.

    Returns:
        The same where it was not traced. Shapes of layers that did not run stay as they are printed.
    """
    trace = evaluation(sized)
    if trace is None:
        return sized
    ran = {call.path: number for number, call in reversed([*enumerate(trace.calls)])}
    leaves = [_leaf(leaf, trace, ran.get(leaf.path)) for leaf in sized.leaves]
    if in_order:
        last = len(trace.calls)
        leaves.sort(key=lambda leaf: ran.get(leaf.path, last))
    return replace(
        sized,
        leaves=Runs([tuple(leaves)]),
        input=_input(trace) or sized.input,
        other_input_shapes=(),
        contradictions=_NO_CONTRADICTION,
        macs=traced_macs(trace, leaves),
    )


def evaluation(sized: Sized) -> ForwardTrace | None:
    """The forward of a network in eval mode; None where it was not traced."""
    return next(iter(traces(sized)), None)


def traces(sized: Sized) -> tuple[ForwardTrace, ...]:
    """The forwards of a network in eval mode and in training; none where it was not traced."""
    fact = sized.network.fact(TRACES)
    held = fact.value if fact is not None and isinstance(fact.value, tuple) else ()
    return tuple([each for each in held if isinstance(each, ForwardTrace)])


def _leaf(leaf: Leaf, trace: ForwardTrace, number: int | None) -> Leaf:
    if number is None:
        return leaf
    call = trace.calls[number]
    given, made = (_shape(trace, each[0]) if each else None for each in (call.inputs, call.outputs))
    return leaf._replace(input_shape=given or leaf.input_shape, output_shape=made or leaf.output_shape)


def _shape(trace: ForwardTrace, ref: Ref) -> tuple[int, ...] | None:
    """Without the batch."""
    shapes = trace.operations[ref.operation].shapes
    return shapes[ref.output][1:] if ref.output < len(shapes) else None


def _input(trace: ForwardTrace) -> Fact | None:
    """The shape that went in, where it is one tensor."""
    inputs = [each for each in trace.operations if each.name == INPUT]
    shape = inputs[0].shapes[0][1:] if len(inputs) == 1 else ()
    return Fact(INPUT_SHAPE, shape, Provenance.TRACED) if shape else None
