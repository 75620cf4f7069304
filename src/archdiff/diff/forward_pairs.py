"""Two traced forwards as far as they are known: what differs, with its effect, and what is read.

Knows no findings of the trees.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from archdiff.diff.beside_forward import traces_of
from archdiff.diff.forward_findings import modules
from archdiff.diff.forward_limits import is_text, kept_alone, opaque_paths, torch_version
from archdiff.diff.forward_outputs import OF_OUTPUTS, of_the_caller
from archdiff.diff.forward_sides import ForwardDifference, TracedSide, is_inside, parameter_name
from archdiff.diff.forwards import are_equal, differences, drops, paths, sides
from archdiff.diff.norm_placement import NormPlacement, differing, norm_placement, without_norms
from archdiff.diff.steps import Step
from archdiff.infer import Sized
from archdiff.model.effects import Effect
from archdiff.model.finding import Finding, PlacePair
from archdiff.model.message import Message, message
from archdiff.model.trace import MODES, PARAMETER, ForwardTrace, are_the_same_inputs, decisions
from archdiff.semantics import kinds

_Effects: TypeAlias = "tuple[tuple[Effect, ForwardDifference], ...]"


class Forwards(NamedTuple):
    """What two traces of both networks say.

    Attributes:
        differences: What differs, with what it changes: in both modes, or in one alone.
        in_training: Whether training was traced too.
        hidden: Paths of modules that may run otherwise with other numbers, or of which not all is compared, of both
            sides; none where training was not traced.
        reads: Paths of modules with the attributes that their forwards read, of both sides.
        of_torch: Paths of modules that have a kind and that torch's own class computes, of both sides.
        weightless: Paths of layers without weights, of both sides: what they do is compared by what runs in them.
        inputs: What both were called with.
        seen: What a caller sees beside the values that come out, with its effect.
        is_proved: Whether both do the same in both modes with all that layers do, whatever their settings are.
        norms: Where norms stand otherwise.
        failed: Why a trace of a text was not understood: that of another version, or one that somebody wrote.
        beside: What is no finding of its own beside these, with its effect: what training alone shows in forwards that
            differ in eval mode too, what a second call shows.
        runs: Paths of modules that run, of both sides: in eval mode and in training.
    """

    differences: _Effects
    in_training: bool
    hidden: tuple[frozenset[str], frozenset[str]] | None = None
    reads: tuple[frozenset[tuple[str, str]], frozenset[tuple[str, str]]] = (frozenset(), frozenset())
    of_torch: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())
    weightless: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())
    inputs: tuple[str, ...] = ()
    seen: tuple[tuple[Message, Effect], ...] = ()
    is_proved: bool = False
    norms: NormPlacement | None = None
    failed: str = ""
    beside: _Effects = ()
    runs: tuple[tuple[frozenset[str], ...], tuple[frozenset[str], ...]] = ((), ())

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

    def is_seen(self, finding: Finding, whole: bool = False) -> bool:
        """Whether all that the forwards of the modules do is compared, in both modes.

        Args:
            finding: About these modules.
            whole: Whether the forwards of what is in them count, too.
        """
        return self.in_training or (
            self.hidden is not None
            and not any(
                place is not None and (is_inside(place.path, each) or (whole and is_inside(each, place.path)))
                for places in finding.all_places
                for place, paths in zip(places, self.hidden, strict=True)
                for each in paths
            )
        )

    def is_of_torch(self, finding: Finding) -> bool:
        """Whether the module is one of torch, of which settings decide the forward."""
        return _are_all_in(finding, self.of_torch)

    def is_weightless(self, finding: Finding) -> bool:
        """Whether the layer has no weights."""
        return _are_all_in(finding, self.weightless)

    def runs_in(self, finding: Finding) -> Effect | None:
        """What a module of one side changes by the modes in which it runs; None where these are not known."""
        modes = [self._modes_of(places) for places in finding.all_places]
        if not self.in_training or None in modes:
            return None
        in_eval, in_training = (any(each[mode] for each in modes if each) for mode in range(MODES))
        if in_eval:
            return Effect.FUNCTION if in_training else Effect.INFERENCE
        return Effect.TRAINING if in_training else Effect.EQUIVALENT

    def _modes_of(self, places: PlacePair) -> tuple[bool, ...] | None:
        """Whether the module of the one side that has it runs in eval mode, and in training."""
        alone = [(place, runs) for place, runs in zip(places, self.runs, strict=True) if place is not None]
        if len(alone) != 1 or not alone[0][0].path:
            return None
        (place, runs) = alone[0]
        return tuple(
            any(is_inside(path, place.path) for each in runs[mode::MODES] for path in each) for mode in range(MODES)
        )


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
    if not ours or not theirs or not are_the_same_inputs(ours[0].inputs, theirs[0].inputs):
        return None
    try:
        known = _beside_norms((candidate, reference), (ours, theirs), [*steps])
    except Exception as error:  # arguments that no rule expects
        if not (is_text(candidate) or is_text(reference)):
            raise
        return Forwards((), in_training=False, failed=f"{type(error).__name__}: {error}")
    if len({*map(torch_version, (candidate, reference))}) > 1:  # operations may have other names in another version
        unknown, beside = _of_unknown(known.differences), _of_unknown(known.beside)
        return known._replace(differences=unknown, beside=beside, norms=None)
    return known


def _of_unknown(found: _Effects) -> _Effects:
    return tuple((Effect.UNKNOWN, each) for _, each in found)


def _beside_norms(
    both: tuple[Sized, Sized], traces: tuple[Sequence[ForwardTrace], Sequence[ForwardTrace]], steps: Sequence[Step]
) -> Forwards:
    """The same; where norms stand otherwise, what differs without them, and apart from that what follows from them."""
    known = _compared(both, traces, steps)
    placement = norm_placement(both, (traces[0][0], traces[1][0]), paths(steps)) if known.differences else None
    if placement is None or known.same_in_eval:
        return known
    ours, theirs = (
        [without_norms(each, own) for each in mode] for mode, own in zip(traces, placement.norms, strict=True)
    )
    left = _compared(both, (ours, theirs), steps).differences
    met = {(each.what.code, each.containers, each.layers) for _, each in left}
    others = {path for pair in differing(placement.pairs, (traces[0][0], traces[1][0])) for path in pair}
    apart = [pair for pair in known.differences if (pair[1].what.code, *pair[1][1:3]) not in met]
    follow = [pair for pair in apart if others.isdisjoint(pair[1].containers) and placement.is_around(pair[1])]
    left += tuple(pair for pair in apart if pair not in follow)
    placement = placement._replace(follow=frozenset(each for _, each in follow))
    return known._replace(differences=(*left, *follow), norms=placement)


def _compared(
    both: tuple[Sized, Sized], traces: tuple[Sequence[ForwardTrace], Sequence[ForwardTrace]], steps: Iterable[Step]
) -> Forwards:
    (candidate, reference), (ours, theirs) = both, traces
    there = paths(steps)
    joined = [frozenset(_joined(side)) for side in both]
    opaque = tuple(frozenset(opaque_paths(traces)) | made for traces, made in zip((ours, theirs), joined, strict=True))
    found: list[list[ForwardDifference]] = []
    seen_in: list[dict[Message, Effect]] = []
    proved = []
    traced: list[tuple[TracedSide, TracedSide]] = []
    for number, mode in enumerate(zip(ours, theirs, strict=False)):
        a, b = sides(candidate, reference, there, mode)
        traced.append((a, b))
        parted = [each for each in differences(a, b) if not _is_hidden(each, opaque)]
        if number >= MODES:
            parted = [each._replace(what=message("traced-again", what=each.what)) for each in parted]
        is_open = bool(parted) or any(joined)
        is_same = is_open and are_equal(a, b)
        random = drops(a, b) if is_open and not is_same and found == [[]] else []
        proved.append((is_same, is_same or bool(random)))
        found.append([] if is_same else random or parted)
        of_caller = {what: effect for effect, what in of_the_caller(*mode, same=not found[-1])}
        if Effect.FUNCTION in of_caller.values() and [each.what.code for each in found[-1]] in OF_OUTPUTS:
            found[-1] = []  # the form says which
        elif found[-1]:  # which make another form
            of_caller = {what: effect for what, effect in of_caller.items() if effect is not Effect.FUNCTION}
        seen_in.append(of_caller)
    seen = _in_modes(seen_in)
    if kept := kept_alone(ours, theirs):
        seen[kept] = Effect.UNKNOWN
    reads = tuple(frozenset(read for trace in mode for read in trace.reads) for mode in (ours, theirs))
    of_torch = tuple(frozenset(_of_torch(*each)) for each in zip(both, zip(*traced, strict=True), strict=True))
    weightless = tuple(frozenset(_weightless(side)) for side in both)
    beside: dict[str, Any] = {"reads": reads, "of_torch": of_torch, "weightless": weightless, "inputs": ours[0].inputs}
    beside |= {"is_proved": all(each for each, _ in proved), "seen": (*seen.items(),)}
    beside["runs"] = tuple(tuple(map(_running, each)) for each in (ours, theirs))
    decides = any(True for traces in (ours, theirs) for trace in traces for _ in decisions(trace))
    is_hidden = any(joined) and not all(each for _, each in proved)
    if len(found) == 1 or decides or is_hidden:  # with other numbers a forward may run otherwise
        hidden = (opaque[0], opaque[1]) if len(found) > 1 else None
        left = tuple((Effect.TRAINING, each) for mode in found[1:] for each in mode)
        told = tuple((Effect.FUNCTION, each) for each in found[0])
        return Forwards(told, False, hidden, **beside, beside=left)
    by_mode, others = _by_mode(found)
    return Forwards(by_mode, in_training=True, **beside, beside=others)


def _by_mode(found: Sequence[Sequence[ForwardDifference]]) -> tuple[_Effects, _Effects]:
    """What differs in eval mode and in training with its effect; and what is no finding beside that."""
    calls = [[*filter(None, found[number::MODES])] for number in range(MODES)]
    evaluation, training = (
        {(each.what, each.containers, each.layers): each for each in next(iter(mode), [])} for mode in calls
    )
    trained = {containers for _, containers, _ in training}  # the same difference may have other words there
    effects = {key: Effect.FUNCTION if key[1] in trained else Effect.INFERENCE for key in evaluation}
    differing = {containers for _, containers, _ in evaluation}
    is_one = not training.keys() & evaluation.keys() and evaluation and training  # the same, seen in two ways
    if is_one:
        effects = dict.fromkeys(evaluation, Effect.FUNCTION)
    for key, each in training.items():
        if key not in evaluation and (each.is_drawn or (not is_one and key[1] not in differing)):
            effects[key] = Effect.TRAINING
    every = {**training, **evaluation}
    left = [(Effect.TRAINING, each) for key, each in training.items() if key not in effects]
    for effect, mode in zip((Effect.INFERENCE, Effect.TRAINING), calls, strict=True):
        left += [(effect, each) for again in mode[1:] for each in again]
    return tuple((effect, every[key]) for key, effect in effects.items()), tuple(left)


def _running(trace: ForwardTrace) -> frozenset[str]:
    """Paths of modules that are called, or whose weights are used."""
    used = (parameter_name(each).rpartition(".")[0] for each in trace.operations if each.name == PARAMETER)
    return frozenset((*(call.path for call in trace.calls), *used))


def _in_modes(seen: Sequence[Mapping[Message, Effect]]) -> dict[Message, Effect]:
    """What a caller sees in eval mode and in training, with the effect of both."""
    found = {what: effect for each in reversed(seen) for what, effect in each.items()}
    for mode, alone in ((0, Effect.INFERENCE), (1, Effect.TRAINING)):
        there = {what for each in seen[1 - mode :: MODES] for what in each}
        for what in seen[mode] if len(seen) >= MODES else ():
            if found[what] is Effect.FUNCTION and what not in there:
                found[what] = alone
    return found


def _joined(side: Sized) -> Iterator[str]:
    """Modules that hold layers which a rule made of others: their weights are no weights of the forward.

    Queries, keys and values in one matrix, an adapter in the layer that it changes.
    """
    printed = {path for path, _ in modules(side)}
    for leaf in side.leaves:
        if leaf.kind is not None and leaf.kind.has_parameters and leaf.path not in printed:
            yield leaf.path.rpartition(".")[0]


def _weightless(side: Sized) -> Iterator[str]:
    return (leaf.path for leaf in side.leaves if leaf.kind is not None and not leaf.kind.has_parameters)


def _is_hidden(difference: ForwardDifference, opaque: Sequence[frozenset[str]]) -> bool:
    """Whether it may be another decision of one forward, with other numbers."""
    return any(
        is_inside(path, each) for path, paths in zip(difference.containers, opaque, strict=True) for each in paths
    )


def _of_torch(side: Sized, traced: Iterable[TracedSide]) -> Iterator[str]:
    """Paths of modules of a known kind, as far as their class tells; of none that a class of somebody computes."""
    own = {call.path for each in traced for call in each.trace.calls if not call.of_torch}
    return (path for path, layer in modules(side) if path not in own and kinds.of_layer(layer) is not None)
