"""What traces do not tell: forwards that make decisions by numbers, fail, or were traced in another way.

What is said here keeps two networks from being called equal, or is a note.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from archdiff.diff.beside_forward import traces_of
from archdiff.diff.draft import of_places, root_place
from archdiff.infer import Sized
from archdiff.model.effects import Effect
from archdiff.model.facts import CALLED, CODE, NOT_TRACED, HowCalled
from archdiff.model.finding import Finding
from archdiff.model.message import Message, message
from archdiff.model.network import join
from archdiff.model.places import is_live
from archdiff.model.trace import OPAQUE, PARAMETER, ForwardTrace, Operation, refs
from archdiff.model.wording import joined

if TYPE_CHECKING:
    from archdiff.diff.forward_pairs import Forwards

MODES: Final = 2  # of one call each; two more traces are of two calls
_ONE_SAMPLE: Final = re.compile(r"\[1[,\]]")  # of the size of an input


def decisions(trace: ForwardTrace) -> Iterator[Operation]:
    """Where it goes on as numbers say."""
    return (each for each in trace.operations if each.name == OPAQUE)


def opaque_paths(traces: Iterable[ForwardTrace]) -> Iterator[str]:
    """Paths of modules that make decisions by numbers that hang on weights: with others they may run otherwise."""
    return (each.path for trace in traces for each in decisions(trace) if _hangs_on_weights(trace, each))


def _hangs_on_weights(trace: ForwardTrace, decision: Operation) -> bool:
    """Whether a weight leads to the numbers that are read; what comes in is the same for both networks."""
    stack, met = [ref.operation for _, value in decision.arguments for ref in refs(value)], set[int]()
    while stack:
        number = stack.pop()
        if number in met:
            continue
        met.add(number)
        operation = trace.operations[number]
        if operation.name == PARAMETER:
            return True
        stack += [ref.operation for _, value in operation.arguments for ref in refs(value)]
    return not decision.arguments


def unknown_forwards(candidate: Sized, reference: Sized) -> Iterator[Finding]:
    """One finding where two forwards cannot be told apart, and are not the same code."""
    both = (candidate, reference)
    codes = [side.network.fact(CODE) for side in both]
    why = next(_why_unknown(both), None)
    if why and codes[0] and codes[1] and codes[0].value != codes[1].value:
        what = message("traced-not", why=why)
        yield of_places("AD110", Effect.UNKNOWN, what, "forward", [(root_place(candidate), root_place(reference))])


def _why_unknown(both: Iterable[Sized]) -> Iterator[str]:
    for side in both:
        fact = side.network.fact(NOT_TRACED)
        if fact is not None:
            yield str(fact.value)
        traces = traces_of(side)
        if traces and (kept := _left_out(traces)):
            yield f"the call that begins with {kept} was not traced"
        for trace in traces:
            yield from (f"{each.path or 'it'} makes decisions by numbers" for each in decisions(trace))


def _left_out(traces: Sequence[ForwardTrace]) -> str:
    """What a forward keeps for its next call, where that was not traced."""
    kept = dict.fromkeys(join(*each) for trace in traces for each in trace.remembers)
    return joined(kept) if kept and len(traces) < 2 * MODES else ""


def kept_alone(ours: Sequence[ForwardTrace], theirs: Sequence[ForwardTrace]) -> Message | None:
    """What the forward of one side keeps for its next call, where that call was traced of this side alone.

    Args:
        ours: The traces of the candidate.
        theirs: Those of the reference.
    """
    if len(ours) == len(theirs):
        return None
    side, traces = ("candidate", ours) if len(ours) > len(theirs) else ("reference", theirs)
    kept = dict.fromkeys(join(*each) for trace in traces for each in trace.remembers)
    return message("traced-kept", side=side, names=joined(kept)) if kept else None


def not_traced(candidate: Sized, reference: Sized, known: Forwards | None) -> Iterator[str]:
    """Notes on forwards that could not be traced, or not as far, a sentence each.

    Args:
        candidate: One network.
        reference: The other.
        known: What `compared` gives.
    """
    for name, side in (("candidate", candidate), ("reference", reference)):
        fact = side.network.fact(NOT_TRACED)
        if fact is not None:
            what = "was not traced, and what it does beside its layers is not compared"
            yield f"the forward of the {name} {what}: {fact.value}"
        if kept := _left_out(traces_of(side)):
            yield f"the {name} keeps {kept} for its next call, which was not traced"
        if opaque := dict.fromkeys(path or "the network" for path in opaque_paths(traces_of(side))):
            first, *more = opaque
            several = f" and {len(more)} more" if more else ""
            yield f"the forward of {first}{several} ({name}) makes decisions by numbers, and is not compared"

    if known is not None and known.same and any(_ONE_SAMPLE.search(each) for each in known.same):
        yield "the forwards were traced with a batch of 1, which hides what mixes samples"
    yield from _traced_otherwise(candidate, reference, known)


def _traced_otherwise(candidate: Sized, reference: Sized, known: Forwards | None) -> Iterator[str]:
    """Notes on texts that were written with other inputs, or with another version of torch."""
    ours, theirs = (
        " ".join(traces[0].inputs) if (traces := traces_of(side)) else "" for side in (candidate, reference)
    )
    if ours and theirs and ours != theirs:
        way_out = "write both with the same --inputs"
        yield f"the forwards were traced with {ours} and {theirs}, and are not compared: {way_out}"
    if known is not None and known.failed:
        yield f"the traces of a text are not understood, and forwards are not compared: {known.failed}"
    versions = torch_version(candidate), torch_version(reference)
    if known is not None and known.differences and len({*versions}) > 1:
        which = " and ".join(versions)
        yield f"the forwards were traced with torch {which}, which may spell one operation in two ways"


def is_beside_a_print(candidate: Sized, reference: Sized) -> bool:
    """Whether one was traced in both modes, and of the other nothing but its print is known."""
    traced, other = sorted((candidate, reference), key=lambda side: not traces_of(side))
    traces = traces_of(traced)
    if len(traces) < MODES or traces_of(other) or other.network.fact(CODE) is not None:
        return False
    return not any(True for trace in traces for _ in decisions(trace))  # with other numbers it may run otherwise


def is_text(side: Sized) -> bool:
    """Whether its traces were read, and not made here."""
    return not is_live(side.network.source)


def torch_version(side: Sized) -> str:
    """The version of torch that traced it, as far as its operations may hang on it."""
    fact = side.network.fact(CALLED)
    version = fact.value.torch if fact is not None and isinstance(fact.value, HowCalled) else ""
    return ".".join(version.split(".")[:2])
