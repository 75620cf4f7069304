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
from archdiff.model.facts import CALLED, CODE, EDITED, NOT_TRACED, HowCalled
from archdiff.model.finding import Finding
from archdiff.model.message import Message, message
from archdiff.model.network import join
from archdiff.model.places import is_live
from archdiff.model.trace import (
    MODES,
    PARAMETER,
    ForwardTrace,
    Operation,
    are_the_same_inputs,
    decisions,
    input_names,
    left_out,
    refs,
)
from archdiff.model.wording import joined

if TYPE_CHECKING:
    from archdiff.diff.forward_pairs import Forwards

_ONE_SAMPLE: Final = re.compile(r"\[1[,\]]")  # of the size of an input


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


def unknown_forwards(candidate: Sized, reference: Sized, known: Forwards | None) -> Iterator[Finding]:
    """One finding where two forwards cannot be told apart, and are not known to be the same code.

    Args:
        candidate: One network.
        reference: The other.
        known: What `compared` gives.
    """
    both = (candidate, reference)
    why = next(_why_unknown(both, known), None)
    codes = [next(filter(None, map(side.network.fact, (CODE, EDITED))), None) for side in both]
    if why and all(map(_had_a_forward, both)) and not (codes[0] and codes[1] and codes[0].value == codes[1].value):
        are_known = all(side.network.fact(CODE) for side in both)
        what = message("traced-not" if are_known else "traced-not-known", why=why)
        yield of_places("AD110", Effect.UNKNOWN, what, "forward", [(root_place(candidate), root_place(reference))])


def _had_a_forward(side: Sized) -> bool:
    """Whether it is more than a print: a live module, or a text of one, whose traces may be lost."""
    return bool(traces_of(side)) or any(map(side.network.fact, (CODE, NOT_TRACED, EDITED)))


def _why_unknown(both: Sequence[Sized], known: Forwards | None) -> Iterator[str]:
    for side in both:
        fact = side.network.fact(NOT_TRACED)
        if fact is not None:
            yield str(fact.value)
        if side.network.fact(EDITED) is not None:
            yield "a print was edited behind its traces, which no longer count"
        traces = traces_of(side)
        if traces and (kept := _left_out(traces)):
            yield f"the call that begins with {kept} was not traced"
        for trace in traces:
            yield from (f"{each.path or 'it'} makes decisions by numbers" for each in decisions(trace))
        if 0 < len(traces) < MODES:
            yield "its training was not traced"
    if (inputs := _other_inputs(*both)) is not None:
        yield "they were traced with {} and {}".format(*inputs)
    if known is not None and known.failed:
        yield f"the traces of a text are not understood ({known.failed})"


def _left_out(traces: Sequence[ForwardTrace]) -> str:
    """What a forward keeps for its next call, where that was not traced."""
    return joined(join(*each) for each in kept) if (kept := left_out(traces)) else ""


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
    if (inputs := _other_inputs(candidate, reference)) is not None:
        way_out = "write both with the same --inputs"
        yield "the forwards were traced with {} and {}, and are not compared: {}".format(*inputs, way_out)
    elif renamed := [*_renamed(candidate, reference)]:
        yield f"what goes in is taken in order, whatever it is called: {joined(renamed)}"
    if known is not None and known.failed:
        yield f"the traces of a text are not understood, and forwards are not compared: {known.failed}"
    versions = torch_version(candidate), torch_version(reference)
    if known is not None and known.differences and len({*versions}) > 1:
        which = " and ".join(versions)
        yield f"the forwards were traced with torch {which}, which may spell one operation in two ways"


def _other_inputs(candidate: Sized, reference: Sized) -> tuple[str, str] | None:
    """What both were traced with, where that is not the same."""
    both = [traces[0].inputs for side in (candidate, reference) if (traces := traces_of(side))]
    if len(both) <= 1 or are_the_same_inputs(*both):
        return None
    return " ".join(both[0]), " ".join(both[1])


def _renamed(candidate: Sized, reference: Sized) -> Iterator[str]:
    """Of several tensors, which is which where names differ."""
    both = [input_names(traces[0].inputs) for side in (candidate, reference) if (traces := traces_of(side))]
    pairs = [*zip(*both, strict=True)] if len(both) > 1 else []
    if len(pairs) > 1:
        yield from (f"{a} is {b}" for a, b in pairs if a != b)


def is_beside_a_print(candidate: Sized, reference: Sized) -> bool:
    """Whether one was traced in both modes, and of the other nothing but its print is known."""
    traced, other = sorted((candidate, reference), key=lambda side: not traces_of(side))
    traces = traces_of(traced)
    if len(traces) < MODES or traces_of(other) or any(map(other.network.fact, (CODE, NOT_TRACED))):
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
