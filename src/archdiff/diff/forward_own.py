"""Layers that classes of somebody compute: where they do what torch's own do, settings apart, they count as these.

`BatchNormAct2d` calls `batch_norm` itself and then its activation; what it does before it calls a module is the layer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from archdiff.diff.forward_layers import alone, does_the_same, mapped
from archdiff.diff.forward_sides import TracedSide
from archdiff.infer.leaf import Leaf
from archdiff.model.trace import INPUT, PARAMETER, TENSOR, ForwardTrace, ModuleCall, Operation, Ref, refs

_PADDING: Final = "padding"
_PADS: Final = "constant_pad_nd"  # what a layer does first whose padding is not the same at all ends


def with_own_layers(ours: TracedSide, theirs: TracedSide) -> tuple[TracedSide, TracedSide]:
    """Both networks with the layers of somebody's classes that do what their counterparts do, but for their settings.

    Args:
        ours: The candidate.
        theirs: The reference.
    """
    both = ours, theirs
    known = [{leaf.path: leaf for leaf in side.sized.leaves if leaf.kind is not None} for side in both]
    calls = [_calls(side.trace) for side in both]
    made: tuple[dict[ModuleCall, ModuleCall], ...] = ({}, {})
    found: tuple[dict[str, Leaf], ...] = ({}, {})
    for pair in ours.paths.items():
        if all(path in side.leaves for path, side in zip(pair, both, strict=True)):
            continue
        a, b = (leaves.get(path) for path, leaves in zip(pair, known, strict=True))
        if a is None or b is None or a.kind is None or a.kind is not b.kind:
            continue
        own = [
            [(call, _itself(side.trace, call)) for call in by_path.get(path, ())]
            for path, side, by_path in zip(pair, both, calls, strict=True)
        ]
        if not _are_alike(ours.trace, theirs.trace, own, (a, b)):
            continue
        names = [call.class_name for ran in own for call, _ in ran if call.of_torch]
        for leaf, held, leaves, ran in zip((a, b), made, found, own, strict=True):
            leaves[leaf.path] = leaf
            for call, itself in ran:
                if itself is not None and not call.of_torch:
                    held[call] = itself._replace(class_name=[*names, a.kind.name][0], of_torch=True)
    return _with(ours, made[0], found[0]), _with(theirs, made[1], found[1])


def _with(side: TracedSide, made: Mapping[ModuleCall, ModuleCall], leaves: Mapping[str, Leaf]) -> TracedSide:
    calls = tuple([made.get(call, call) for call in side.trace.calls]) if made else side.trace.calls
    return side._replace(trace=side.trace._replace(calls=calls), leaves={**side.leaves, **leaves})


def _calls(trace: ForwardTrace) -> Mapping[str, list[ModuleCall]]:
    found: dict[str, list[ModuleCall]] = {}
    for call in trace.calls:
        found.setdefault(call.path, []).append(call)
    return found


def _itself(trace: ForwardTrace, call: ModuleCall) -> ModuleCall | None:
    """The part of a call before the first module that it calls; None where it does more behind that."""
    operations = trace.operations[call.first : call.end]
    own = next((number for number, each in enumerate(operations) if each.path != call.path), len(operations))
    if any(each.path == call.path for each in operations[own:]):
        return None
    end = call.first + own
    given = {each for each in trace.outputs if call.first <= each.operation < end}
    for operation in trace.operations[end:]:
        for _, value in operation.arguments:
            given.update(each for each in refs(value) if call.first <= each.operation < end)
    given = {each for each in given if trace.operations[each.operation].path == call.path}
    return call._replace(outputs=tuple(given), end=end) if len(given) == 1 else None


def _are_alike(
    ours: ForwardTrace,
    theirs: ForwardTrace,
    own: Sequence[Sequence[tuple[ModuleCall, ModuleCall | None]]],
    leaves: tuple[Leaf, Leaf],
) -> bool:
    """Whether each call does what that of the other network does, but for settings in which the layers differ."""
    if not own[0] or len(own[0]) != len(own[1]):
        return False
    names = {*leaves[0].settings.printed, *leaves[1].settings.printed}
    other = {name for name in names if leaves[0].settings.get(name) != leaves[1].settings.get(name)}
    for (_, a), (_, b) in zip(*own, strict=True):
        if a is None or b is None:
            return False
        both = _without(alone(ours, a), other), _without(alone(theirs, b), other)
        if both[0] != both[1] and (other or not does_the_same(*both)):
            return False
    return True


def _without(trace: ForwardTrace, settings: Iterable[str]) -> ForwardTrace:
    """A trace without the arguments that are called as these settings, and without padding where it is one of them.

    What it takes stands where it is first taken.
    """
    left_out = {*settings}
    places: dict[int, int] = {}
    made: list[Operation] = []

    def placed(ref: Ref) -> Ref:
        if ref.operation not in places:
            enter(ref.operation)
        return ref._replace(operation=places[ref.operation])

    def enter(number: int) -> None:
        operation = trace.operations[number]
        if _PADDING in left_out and operation.name == _PADS:
            places[number] = placed(next(refs(dict(operation.arguments)["self"]))).operation
            return
        arguments = [(name, mapped(value, placed)) for name, value in operation.arguments if name not in left_out]
        places[number] = len(made)
        made.append(operation._replace(arguments=tuple(arguments)))

    for number, operation in enumerate(trace.operations):
        if operation.name not in (INPUT, PARAMETER, TENSOR):
            enter(number)
    outputs, states = (tuple(map(placed, side)) for side in (trace.outputs, trace.states))
    return trace._replace(operations=tuple(made), outputs=outputs, states=states)
