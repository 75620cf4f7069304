"""Where streams of one forward meet that come from several layers: residual additions, concatenations, gates.

Works on a trace alone, in one pass over its operations. Must not know what an operation means: each that takes tensors
of two layers is a place where streams meet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import Final, NamedTuple

from archdiff.model.outcome import Skip
from archdiff.model.trace import INPUT, ForwardTrace, ModuleCall, Operation, Ref, refs

#: of one network: concatenations of all before, in a chain of n layers, are n * n / 2
MOST: Final = 2_000

_THE_INPUT: Final = -1  # the number of what comes in, where layers are counted from 0 as they ran
#: gives the numbers of its source alone, whatever was in the tensor before
_COPY: Final = "copy"
_MAKES_WEIGHTS: Final = "parametrizations"  # where torch's layers hold what makes their weights
_WRITTEN: Final = "written_through"  # what another tensor holds, of which a part was written into


def skips(trace: ForwardTrace, layers: Iterable[str]) -> tuple[Skip, ...]:
    """The connections of a forward that are not from one layer to the next.

    Where streams of several layers meet, that of the layer which ran last is the straight way, and each other one is a
    skip. What was computed of both goes on as the straight one, so that a chain of additions has one skip a block.

    Args:
        trace: Of the forward.
        layers: Paths of the layers: what runs in none of them stands between layers.

    Returns:
        In the order in which their targets ran; of more than `MOST` those over the fewest layers. Of the calls of one
        layer equal ones are one, and streams of one call are one stream, whatever was computed of them.
    """
    ran = _LayerCalls(trace, layers)
    reached = _reached(ran)
    names: dict[int, str] = {_THE_INPUT: "", len(ran.calls): ""}
    names.update((number, path) for number, (path, _) in enumerate(ran.calls))
    met = {
        (target - each.source, target, each.source, each.operation)
        for each in _meetings(ran)
        if (target := each.layer if each.layer is not None else reached[each.at]) <= len(ran.calls)
    }
    kept = sorted(sorted(met)[:MOST], key=lambda each: (each[1], each[2]))
    return tuple(dict.fromkeys([Skip(names[source], names[target], name) for _, target, source, name in kept]))


class _Meeting(NamedTuple):
    """A stream that meets one of a layer that ran later.

    Attributes:
        source: The number of its layer.
        operation: Where they meet, by name.
        at: The same, by its place in the trace.
        layer: The number of the layer that this operation is part of; None between layers.
    """

    source: int
    operation: str
    at: int
    layer: int | None


class _LayerCalls:
    """A forward in terms of layers.

    Attributes:
        trace: Of it.
        calls: Path of the layer and the call, as they ran.
        owners: The number of the call that each operation is part of; None between layers.
    """

    def __init__(self, trace: ForwardTrace, layers: Iterable[str]) -> None:
        holder = _holders(_innermost(frozenset(layers), trace.calls))
        self.trace = trace
        self.calls = _outermost(trace.calls, holder)
        self.owners: list[int | None] = [None] * len(trace.operations)
        for number, (path, call) in enumerate(self.calls):
            for at in range(call.first, call.end):
                if holder(trace.operations[at].path) == path:
                    self.owners[at] = number


def _innermost(layers: frozenset[str], calls: Iterable[ModuleCall]) -> frozenset[str]:
    """Layers without those that run other layers, as a `TransformerEncoderLayer` does: these are no more than holders.

    What makes a weight is part of the layer that has it.
    """
    holders: set[str] = set()
    for call in calls:
        path = call.path if call.path in layers and _MAKES_WEIGHTS not in call.path.split(".") else ""
        while path and (path := path.rpartition(".")[0]) not in holders:
            holders.add(path)
    return layers - holders


def _holders(layers: frozenset[str]) -> Callable[[str], str | None]:
    """Which layer a module is part of, the outermost; None where it is part of none."""

    @cache
    def holder(path: str) -> str | None:
        names = path.split(".")
        above = (".".join(names[:number]) for number in range(len(names) + 1))
        return next((each for each in above if each in layers), None)

    return holder


def _outermost(calls: Sequence[ModuleCall], holder: Callable[[str], str | None]) -> list[tuple[str, ModuleCall]]:
    """The calls of layers, without those of modules in a layer that is running."""
    found: list[tuple[str, ModuleCall]] = []
    around: dict[str, int] = {}  # where the call of a layer began that returned behind what is looked at
    for call in reversed(calls):
        path = holder(call.path)
        if path is None or (path != call.path and around.get(path, call.end + 1) <= call.first):
            continue
        around[path] = call.first
        found.append((path, call))
    return found[::-1]


def _meetings(ran: _LayerCalls) -> Iterator[_Meeting]:
    """All, in the order in which they ran."""
    came: list[int | None] = []  # the layer that the outputs of each operation come from; in a layer, from before it
    given: dict[Ref, int] = {}  # what a layer gave
    waiting = 0
    for at, operation in enumerate(ran.trace.operations):
        while waiting < len(ran.calls) and ran.calls[waiting][1].end <= at:
            given.update(dict.fromkeys(ran.calls[waiting][1].outputs, waiting))
            waiting += 1
        owner = ran.owners[at]
        streams = {each for ref in _taken(operation) if (each := _source(ref, owner, ran, came, given)) is not None}
        if operation.name == INPUT:
            streams = {_THE_INPUT}
        last = max(streams, default=None)
        came.append(last)
        for source in sorted(streams):
            if source != last:
                yield _Meeting(source, _name(operation, ran.trace), at, owner)


def _source(
    ref: Ref, owner: int | None, ran: _LayerCalls, came: Sequence[int | None], given: dict[Ref, int]
) -> int | None:
    """The layer that a tensor comes from; None where it is a constant."""
    if ref in given:
        return given[ref]
    source, made_in = came[ref.operation], ran.owners[ref.operation]
    if source is None or made_in is None or made_in == owner:
        return source
    return made_in  # kept by a layer for others, and not among what it gave


def _taken(operation: Operation) -> Iterator[Ref]:
    """The tensors whose numbers an operation takes."""
    for name, argument in operation.arguments:
        if (operation.name, name) != (_COPY, "self"):
            yield from refs(argument)


def _name(operation: Operation, trace: ForwardTrace) -> str:
    """Of an operation; where it shows what was written, of the one that wrote."""
    written = dict(operation.arguments).get("written") if operation.name == _WRITTEN else None
    return trace.operations[written.operation].name if isinstance(written, Ref) else operation.name


def _reached(ran: _LayerCalls) -> list[int]:
    """The first layer that takes what was computed of the outputs of each operation.

    One more than all layers where none does and the network gives it; two more where nothing does.
    """
    reached = [len(ran.calls) + 1] * len(ran.trace.operations)
    for ref in ran.trace.outputs:
        reached[ref.operation] = len(ran.calls)
    for number, (_, call) in enumerate(ran.calls):
        for ref in call.inputs:
            reached[ref.operation] = min(reached[ref.operation], number)
    for at in range(len(reached) - 1, -1, -1):
        owner = ran.owners[at]
        takes = reached[at] if owner is None else owner
        for ref in _taken(ran.trace.operations[at]):
            reached[ref.operation] = min(reached[ref.operation], takes)
    return reached
