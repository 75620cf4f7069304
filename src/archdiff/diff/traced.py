"""What traced forwards say of two networks: findings of their own, and answers to what no print could tell.

Where both forwards are known, an effect is unknown no more: what differs in the trees either shows in what runs, or it
does not. Must not read traces: `forwards` tells in what they differ.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

from archdiff.diff import messages
from archdiff.diff.beside_forward import traces_of
from archdiff.diff.draft import of_places, root_place
from archdiff.diff.forward_draws import AT_RANDOM
from archdiff.diff.forward_nodes import COMES_IN, THE_INPUT, ForwardDifference
from archdiff.diff.forward_outputs import OF_OUTPUTS, of_the_caller
from archdiff.diff.forwards import are_equal, differences, drops, paths, sides
from archdiff.diff.live_state import HOOK
from archdiff.diff.shared_weights import ONE_WEIGHT
from archdiff.diff.steps import Step
from archdiff.infer import Sized
from archdiff.model.effects import Effect
from archdiff.model.facts import CALLED, CODE, NOT_TRACED, HowCalled
from archdiff.model.finding import Finding, Place, PlacePair
from archdiff.model.message import Message, because, message
from archdiff.model.network import Layer, join, moved, names
from archdiff.model.places import is_live
from archdiff.model.trace import OPAQUE, PARAMETER, ForwardTrace, Operation, refs
from archdiff.model.wording import joined
from archdiff.semantics import kinds
from archdiff.semantics.unprinted import TIED

#: findings about which layers there are and in which order: what runs decides what they change
_STRUCTURE: Final = ("AD101", "AD102", "AD103", "AD104", "AD105", "AD106", "AD108")
_OF_LAYERS: Final = ("AD103", "AD104", "AD105")
_ORDER: Final = ("AD101", "AD102")
_CONTAINER: Final = "AD108"
_FOLLOWS: Final = "traced-otherwise"  # says nothing but that something before it differs
_WEIGHTS: Final = (TIED, ONE_WEIGHT)
_IN_PLACE: Final = "inplace"
_MODES: Final = 2  # of one call each; two more traces are of two calls
_PADDING: Final = "padding"
_DIMENSION: Final = "dim"  # of torch's own layers: two that do the same are one for inputs of this rank
_SHOWN: Final = 2  # of what one forward does otherwise

_ONE_SAMPLE: Final = re.compile(r"\[1[,\]]")  # of the size of an input

_Key = tuple[str, tuple[Message, ...]]


class Forwards(NamedTuple):
    """What two traces of both networks say.

    Attributes:
        differences: What differs, with what it changes: in both modes, or in one alone.
        in_training: Whether training was traced too.
        reads: Paths of modules with the attributes that their forwards read, of both sides.
        of_torch: Paths of modules that have a kind, of both sides.
        weightless: Paths of layers without weights, of both sides: what they do is compared by what runs in them.
        inputs: What both were called with.
        seen: What a caller sees beside the values that come out, with its effect.
        is_proved: Whether both do the same in both modes with all that layers do, whatever their settings are.
        failed: Why a trace of a text was not understood: that of another version, or one that somebody wrote.
    """

    differences: tuple[tuple[Effect, ForwardDifference], ...]
    in_training: bool
    reads: tuple[frozenset[tuple[str, str]], frozenset[tuple[str, str]]] = (frozenset(), frozenset())
    of_torch: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())
    weightless: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())
    inputs: tuple[str, ...] = ()
    seen: tuple[tuple[Message, Effect], ...] = ()
    is_proved: bool = False
    failed: str = ""

    @property
    def same(self) -> tuple[str, ...]:
        """What both were called with where they do the same in both modes; else nothing."""
        return self.inputs if self.in_training and not self.differences and not self.seen else ()

    @property
    def same_in_eval(self) -> bool:
        """Whether both do the same but for what training alone changes."""
        return self.in_training and all(effect <= Effect.TRAINING for effect, _ in self.differences)

    def is_unread(self, finding: Finding) -> bool:
        """Whether no forward reads the attribute that a finding is about, and all that is read is known."""
        return all(self.reads) and not any(
            (place.path, finding.setting) in reads
            for places in finding.all_places
            for place, reads in zip(places, self.reads, strict=True)
            if place is not None
        )

    def is_of_torch(self, finding: Finding) -> bool:
        """Whether the module is one of torch, of which settings decide the forward."""
        return _are_all_in(finding, self.of_torch)

    def is_weightless(self, finding: Finding) -> bool:
        """Whether the layer has no weights."""
        return _are_all_in(finding, self.weightless)


def _are_all_in(finding: Finding, known: tuple[frozenset[str], frozenset[str]]) -> bool:
    return all(
        place is None or place.path in paths
        for places in finding.all_places
        for place, paths in zip(places, known, strict=True)
    )


def compared(candidate: Sized, reference: Sized, steps: Iterable[Step]) -> Forwards | None:
    """Both forwards, where both were traced.

    Args:
        candidate: One network.
        reference: The other.
        steps: Their alignment.
    """
    ours, theirs = traces_of(candidate), traces_of(reference)
    if not ours or not theirs or ours[0].inputs != theirs[0].inputs:
        return None
    try:
        known = _compared((candidate, reference), (ours, theirs), steps)
    except Exception as error:  # arguments that no rule expects
        if not (_is_text(candidate) or _is_text(reference)):
            raise
        return Forwards((), in_training=False, failed=f"{type(error).__name__}: {error}")
    if len({*map(_torch, (candidate, reference))}) > 1:  # operations may have other names in another version
        return known._replace(differences=tuple((Effect.UNKNOWN, each) for _, each in known.differences))
    return known


def _compared(
    both: tuple[Sized, Sized], traces: tuple[Sequence[ForwardTrace], Sequence[ForwardTrace]], steps: Iterable[Step]
) -> Forwards:
    (candidate, reference), (ours, theirs) = both, traces
    there = paths(steps)
    joined = [frozenset(_joined(side)) for side in both]
    opaque = tuple(frozenset(_opaque(traces)) | made for traces, made in zip((ours, theirs), joined, strict=True))
    found: list[list[ForwardDifference]] = []
    seen: dict[Message, Effect] = {}
    proved = []
    for number, mode in enumerate(zip(ours, theirs, strict=False)):
        a, b = sides(candidate, reference, there, mode)
        parted = [each for each in differences(a, b) if not _is_hidden(each, opaque)]
        if number >= _MODES:
            parted = [each._replace(what=message("traced-again", what=each.what)) for each in parted]
        is_open = bool(parted) or any(joined)
        is_same = is_open and are_equal(a, b)
        random = drops(a, b) if is_open and not is_same and found == [[]] else []
        proved.append((is_same, is_same or bool(random)))
        found.append([] if is_same else random or parted)
        of_caller = [(what, effect) for effect, what in of_the_caller(*mode, same=not found[-1])]
        seen = {**dict(of_caller), **seen}
        if Effect.FUNCTION in dict(of_caller).values() and [each.what.code for each in found[-1]] in OF_OUTPUTS:
            found[-1] = []  # the form says which
    reads = tuple(frozenset(read for trace in mode for read in trace.reads) for mode in (ours, theirs))
    of_torch = tuple(frozenset(_of_torch(side)) for side in (candidate, reference))
    weightless = tuple(frozenset(_weightless(side)) for side in both)
    beside: dict[str, Any] = {"reads": reads, "of_torch": of_torch, "weightless": weightless, "inputs": ours[0].inputs}
    beside |= {"is_proved": all(each for each, _ in proved), "seen": (*seen.items(),)}
    decides = any(True for traces in (ours, theirs) for trace in traces for _ in _decisions(trace))
    is_hidden = any(joined) and not all(each for _, each in proved)
    if len(found) == 1 or decides or is_hidden:  # with other numbers a forward may run otherwise
        return Forwards(tuple((Effect.FUNCTION, each) for each in found[0]), in_training=False, **beside)
    evaluation, training = (
        {(each.what, each.containers, each.layers): each for each in next(filter(None, found[mode::_MODES]), [])}
        for mode in range(_MODES)
    )
    effects = {key: Effect.FUNCTION if key in training else Effect.INFERENCE for key in evaluation}
    differing = {containers for _, containers, _ in evaluation}
    effects |= {key: Effect.TRAINING for key in training if key not in evaluation and key[1] not in differing}
    if not training.keys() & evaluation.keys() and evaluation and training:  # the same, seen in two ways
        effects = dict.fromkeys(evaluation, Effect.FUNCTION)
    every = {**training, **evaluation}
    return Forwards(tuple((effect, every[key]) for key, effect in effects.items()), in_training=True, **beside)


def _joined(side: Sized) -> Iterator[str]:
    """Modules that hold layers which a rule made of others: their weights are no weights of the forward.

    Queries, keys and values in one matrix, an adapter in the layer that it changes.
    """
    printed = {path for path, _ in _modules(side)}
    for leaf in side.leaves:
        if leaf.kind is not None and leaf.kind.has_parameters and leaf.path not in printed:
            yield leaf.path.rpartition(".")[0]


def _weightless(side: Sized) -> Iterator[str]:
    return (leaf.path for leaf in side.leaves if leaf.kind is not None and not leaf.kind.has_parameters)


def _opaque(traces: Iterable[ForwardTrace]) -> Iterator[str]:
    """Paths of modules that make decisions by numbers that hang on weights: with others they may run otherwise."""
    return (each.path for trace in traces for each in _decisions(trace) if _hangs_on_weights(trace, each))


def _decisions(trace: ForwardTrace) -> Iterator[Operation]:
    return (each for each in trace.operations if each.name == OPAQUE)


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


def _is_hidden(difference: ForwardDifference, opaque: Sequence[frozenset[str]]) -> bool:
    """Whether it may be another decision of one forward, with other numbers."""
    return any(
        not opaque_path or path == opaque_path or path.startswith(f"{opaque_path}.")
        for path, opaque_paths in zip(difference.containers, opaque, strict=True)
        for opaque_path in opaque_paths
    )


def _of_torch(side: Sized) -> Iterator[str]:
    """Paths of modules of a known kind, as far as their class tells."""
    return (path for path, layer in _modules(side) if kinds.of_layer(layer) is not None)


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
            yield from (f"{each.path or 'it'} makes decisions by numbers" for each in _decisions(trace))


def _left_out(traces: Sequence[ForwardTrace]) -> str:
    """What a forward keeps for its next call, where that was not traced."""
    kept = dict.fromkeys(join(*each) for trace in traces for each in trace.remembers)
    return joined(kept) if kept and len(traces) < 2 * _MODES else ""


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
        if opaque := dict.fromkeys(path or "the network" for path in _opaque(traces_of(side))):
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
    versions = _torch(candidate), _torch(reference)
    if known is not None and known.differences and len({*versions}) > 1:
        which = " and ".join(versions)
        yield f"the forwards were traced with torch {which}, which may spell one operation in two ways"


def is_beside_a_print(candidate: Sized, reference: Sized) -> bool:
    """Whether one was traced in both modes, and of the other nothing but its print is known."""
    traced, other = sorted((candidate, reference), key=lambda side: not traces_of(side))
    traces = traces_of(traced)
    if len(traces) < _MODES or traces_of(other) or other.network.fact(CODE) is not None:
        return False
    return not any(True for trace in traces for _ in _decisions(trace))  # with other numbers it may run otherwise


def _is_text(side: Sized) -> bool:
    """Whether its traces were read, and not made here."""
    return not is_live(side.network.source)


def _torch(side: Sized) -> str:
    """The version of torch that traced it, as far as its operations may hang on it."""
    fact = side.network.fact(CALLED)
    version = fact.value.torch if fact is not None and isinstance(fact.value, HowCalled) else ""
    return ".".join(version.split(".")[:2])


def with_forwards(found: Sequence[Finding], known: Forwards, candidate: Sized, reference: Sized) -> list[Finding]:
    """Findings of two trees with what their forwards say.

    Args:
        found: What was found in the trees.
        known: What `compared` gives.
        candidate: One network.
        reference: The other.

    Returns:
        Those of unknown effect with their effect, as far as it is known now, and one for each forward that does
        something else.
    """
    told: set[ForwardDifference] = set()
    settled = [each for finding in found if (each := _settled(finding, known, told)) is not None]
    own: list[Finding] = []
    for effect in dict.fromkeys(effect for effect, _ in known.differences):
        left = [each for other, each in known.differences if other is effect and each not in told]
        if any(each.is_difference and each.effect >= effect for each in settled):
            left = [each for each in left if each.what.code != _FOLLOWS]
        own += _findings(left, effect, candidate, reference)
    is_told = any(each.setting == _IN_PLACE for each in found)
    seen = [(what, effect) for what, effect in known.seen if not (is_told and what.code == "because")]
    at = [(root_place(candidate), root_place(reference))]
    own += (of_places("AD110", effect, what, "forward", at) for what, effect in seen)
    return [*settled, *own]


def _settled(finding: Finding, known: Forwards, told: set[ForwardDifference]) -> Finding | None:
    """A finding with what is known of its effect; None for a question that is answered."""
    if finding.not_printed:
        return None if known.in_training and finding.setting not in _WEIGHTS else finding
    about = {each: effect for effect, each in known.differences if _is_about(finding, each)}
    if finding.rule == _CONTAINER and about and (finding.effect is Effect.UNKNOWN or finding.assumes):
        return _because(finding, Effect.COSMETIC, message("traced-told"))
    if finding.rule.startswith(_STRUCTURE) and finding.effect is Effect.UNKNOWN:
        told.update(about)
        if about:
            told.update(_of_the_same_order(finding, about, known))
            return _because(finding, max(about.values()), message("traced-differs"))
        return _because(finding, Effect.EQUIVALENT, message("traced-same")) if known.in_training else finding
    if finding.rule.startswith(_OF_LAYERS) and known.same and not finding.consequences:
        return _because(finding, Effect.EQUIVALENT, message("traced-same"))
    if finding.rule.startswith(_OF_LAYERS) and known.same_in_eval and finding.effect > Effect.TRAINING:
        told.update(about)
        return _because(finding, Effect.TRAINING, message("traced-differs"))
    if finding.rule.startswith(_STRUCTURE) and finding.effect >= Effect.TRAINING:
        told.update(about)
    elif finding.setting and finding.is_difference:
        return _of_setting(finding, known, told)
    elif finding.assumes and known.in_training:
        return _because(finding, finding.effect, message("traced-same") if finding.rule == _CONTAINER else None)
    return finding


def _of_the_same_order(
    finding: Finding, about: Iterable[ForwardDifference], known: Forwards
) -> Iterator[ForwardDifference]:
    """Of layers that changed places, what the others take in the same forward: one value, and no shortcut."""
    containers = {each.containers for each in about if _takes_one(each)}
    if finding.rule.startswith(_ORDER):
        yield from (each for _, each in known.differences if _takes_one(each) and each.containers in containers)


def _takes_one(difference: ForwardDifference) -> bool:
    what = difference.what
    return what.code == "traced-takes" and all(
        " " not in str(what[side]) or what[side] in (COMES_IN, THE_INPUT) for side in ("ours", "theirs")
    )


def _of_setting(finding: Finding, known: Forwards, told: set[ForwardDifference]) -> Finding:
    """A finding about a setting, with what forwards do otherwise that hold it: a norm that comes first, a hook."""
    is_hook = bool(finding.setting and finding.setting.endswith(HOOK))
    about = {each: effect for effect, each in known.differences if _holds(finding, each, is_hook)}
    if finding.effect is Effect.UNKNOWN:
        told.update(about)
        if about:
            return _because(finding, max(about.values()), next(iter(about)).what)
        if known.same and _is_of_tensor(finding):
            return _because(finding, Effect.EQUIVALENT, message("traced-same"))
        if known.in_training and not is_hook and known.is_unread(finding):
            return _because(finding, Effect.EQUIVALENT, message("traced-unread"))
        if known.in_training and _is_of_rank(finding) and known.is_of_torch(finding):
            return _because(finding, Effect.EQUIVALENT, message("traced-same"))
    elif known.same and _is_refuted(finding, known):
        return _because(finding, Effect.EQUIVALENT, message("traced-same"))
    elif finding.effect >= Effect.TRAINING and known.is_of_torch(finding):
        told.update(about)
    return finding


def _is_refuted(finding: Finding, known: Forwards) -> bool:
    """Whether what runs shows that a setting changes nothing: a rate, or the padding that the other forward adds.

    Other settings may change something where the input has another size.
    """
    is_open = known.is_proved or known.is_weightless(finding)
    return is_open and (finding.setting == _PADDING or finding.effect is Effect.TRAINING)


def _is_of_tensor(finding: Finding) -> bool:
    """Whether it is about a parameter or a buffer that one side alone holds."""
    return finding.what is not None and finding.what.code == "tensor-only-in"


def _is_of_rank(finding: Finding) -> bool:
    """Whether it only hangs on how many dimensions come in, which the forward decides."""
    what = finding.what
    return finding.setting == _DIMENSION or (what is not None and what.code in ("same-of-rank", "rows-of-features"))


def _holds(finding: Finding, difference: ForwardDifference, is_hook: bool) -> bool:
    """Whether the forward that does something else is of the module that holds a setting; a hook runs outside of it."""
    for places in finding.all_places:
        holders = difference.layers if difference.what.code == AT_RANDOM else difference.containers
        for place, layer, container in zip(places, difference.layers, holders, strict=True):
            if place is not None and (place.path in (layer, container) if place.path else not container):
                return True
            if place is not None and is_hook and container == place.path.rpartition(".")[0]:
                return True
    return False


def _because(finding: Finding, effect: Effect, why: Message | None) -> Finding:
    """The finding with another reason, or with none."""
    what = finding.what
    while what is not None and what.code == "because" and isinstance(inner := what["what"], Message):
        what = inner
    what = because(what, why) if what is not None else why
    assert what is not None, "a finding says something"
    text, assumed, title = messages.text(what), messages.assumed(what), messages.title(what)
    return replace(finding, effect=effect, what=what, message=text, assumes=assumed, title=title, hint="")


def _is_about(finding: Finding, difference: ForwardDifference) -> bool:
    """Whether it is about a layer of which a forward does something else; of a container, about its forward."""
    for places in finding.all_places:
        for place, layer, container in zip(places, difference.layers, difference.containers, strict=True):
            if place is None:
                continue
            if place.path and layer and (layer == place.path or layer.startswith(f"{place.path}.")):
                return True
            if finding.rule == _CONTAINER and container == place.path:
                return True
    return False


# Findings of their own


def _findings(
    found: Sequence[ForwardDifference], effect: Effect, candidate: Sized, reference: Sized
) -> Iterator[Finding]:
    """One for each forward: of a block that stands in many places, with all of them."""
    ours, theirs = _lines(candidate), _lines(reference)
    forwards: dict[tuple[str, str], list[ForwardDifference]] = {}
    for each in found:
        forwards.setdefault(each.containers, []).append(each)
    groups: dict[_Key, list[tuple[PlacePair, list[ForwardDifference]]]] = {}
    for containers, inside in forwards.items():
        inside.sort(key=lambda each: each.is_order)
        pair = _place(ours, containers[0]), _place(theirs, containers[1])
        key = pair[1].class_name or pair[0].class_name, tuple(dict.fromkeys(each.what for each in inside))
        groups.setdefault(key, []).append((pair, inside))
    order = {path: number for number, path in enumerate(theirs)}
    for (class_name, parts), places in groups.items():
        places.sort(key=lambda each: order.get(each[0][1].path if each[0][1] else "", 0))
        inside = places[0][1]
        two = parts[1] if len(parts) == _SHOWN else None
        more = len(parts) - 1 if len(parts) > _SHOWN else None
        what = message("traced-two" if two else "traced", class_name=class_name, what=parts[0], also=two, more=more)
        code = _code(inside[0])
        yield of_places("AD110", effect, what, "forward", [place for place, _ in places], hint=code and f"see {code}")


def _lines(side: Sized) -> dict[str, Place]:
    """Where each module is printed; folded ones once for all."""
    return {path: Place(path, layer.span.line, None, layer.class_name) for path, layer in _modules(side)}


def _modules(side: Sized) -> Iterator[tuple[str, Layer]]:
    """Every module with its path, as it is printed; a folded line for each that it stands for."""
    stack = [("", side.network.root, 0)]
    while stack:
        path, layer, shift = stack.pop()
        yield path, moved(layer, shift)
        below = [(join(path, name), child, shift + layer.shift) for child in layer.children for name in names(child)]
        stack += reversed(below)


def _place(lines: dict[str, Place], path: str) -> Place:
    """Of a module; of one that is printed folded, of what holds it."""
    whole = path
    while path and path not in lines:
        path = path.rpartition(".")[0]
    found = lines.get(path, Place("", 1))
    return found._replace(path=whole)


def _code(difference: ForwardDifference) -> str:
    """Where the code stands: `nets.py:12 and theirs.py:40`; below the working folder from there."""
    return " and ".join(dict.fromkeys(map(_near, filter(None, difference.places))))


def _near(place: str) -> str:
    near = os.path.relpath(place)
    return place if near.startswith("..") else near
