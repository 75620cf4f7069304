"""`archdiff compare --run`: both networks are built and run; what came of it, as plain values.

    build (or take the live module) -> observe each -> copy weights along the pairs -> verify both, mode by mode

Must not print, and must not decide what a difference of the texts means: `evidence` does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import torch

from archdiff.diff import Comparison, modules_of_both
from archdiff.execute.building import can_run
from archdiff.execute.building.supplied_settings import read_supplied
from archdiff.execute.devices import device, memory
from archdiff.execute.live import importing
from archdiff.execute.live.tracing import Called, Given, Inputs
from archdiff.execute.runnable import LayerPairs, Runnable, make_runnable, matched, place_of
from archdiff.execute.running import arguments, evidence, measure, observe, verify
from archdiff.execute.running.arguments import Arguments
from archdiff.execute.running.inputs import random_input, vocabulary
from archdiff.execute.running.measure import SCALES
from archdiff.execute.running.options import RunOptions
from archdiff.execute.running.undo import undo_findings
from archdiff.execute.weights import copying, loading
from archdiff.execute.weights.beside_layers import HeldPair, held_pairs
from archdiff.execute.weights.common import CommonNumbers, common_numbers
from archdiff.infer import Sized
from archdiff.model.effects import Effect
from archdiff.model.errors import BuildError, UsageError
from archdiff.model.finding import Finding, Place
from archdiff.model.running import Measurement, Mode, RunResult
from archdiff.model.wording import size

META: Final = "meta"
_SMALLER: Final = "a smaller --batch, --dtype float32, or --device meta for shapes alone"


def run(
    candidate: Sized, reference: Sized, found: Comparison, options: RunOptions
) -> tuple[RunResult, tuple[Finding, ...]]:
    """Runs both networks with the same weights and inputs.

    Args:
        candidate: with the shapes that follow from its text.
        reference: the same of the reference.
        found: the comparison of their texts, along whose pairs weights are copied and outputs compared.
        options: how they are run.

    Returns:
        What both did, and what that shows beyond the comparison.

    Raises:
        UsageError: an option does not go with these networks or this machine.
        BuildError: one of them cannot be built or cannot run.
    """
    place, dtype = _place(options), _dtype(options)
    names: tuple[str, ...] = ()
    addresses = options.live
    printed = candidate, reference
    if options.undo:
        candidate, reference, found, names = undo_findings(candidate, reference, found, options.undo)
        addresses = ("", addresses[1])  # the forward of a live module cannot be changed
    facts = read_supplied(options.supplied)
    # a layer more in a class makes no other class of it: what was taken to run in printed order before still is
    supplied = can_run.check_both((candidate, reference), addresses, facts, printed if options.undo else ())
    called, whole = _traced_call((candidate, reference), options) if all(addresses) else (None, ())
    shape = whole[1:] or options.input_shape or _input_shape(candidate, reference)
    if place.type != META:
        memory.check_memory((candidate, reference), whole or (options.batch, *shape), place, dtype, _SMALLER)
    options.tell("building")
    networks = [
        make_runnable(name, sized, address, known, options.seed, place, dtype)
        for name, sized, address, known in zip(
            ("candidate", "reference"), (candidate, reference), addresses, supplied, strict=True
        )
    ]
    if whole and not options.inputs:
        made = next((own for side in networks if (own := importing.inputs_of(side.module))), None)
        called = Given(*made) if made is not None else called
    if whole and called is None:
        way_out = "--inputs says what both are called with, or --input-shape"
        raise UsageError("what both are called with is known no more", source=candidate.network.source, way_out=way_out)
    inputs = list(_inputs((candidate, reference), called or shape, options, place, dtype))
    shape = tuple(inputs[0].first.shape[1:])
    built = tuple(side.name for side, address in zip(networks, addresses, strict=True) if not address)
    runner = _BothRun(networks[0], networks[1], found, options, inputs, built)
    ran, findings = runner.shapes() if place.type == META else runner.all()
    stated = " ".join(found.notes)
    assumed = [each for side in networks for each in side.assumptions if each.what != "forward"]  # which is a note
    notes = [str(each) for each in assumed if f"{each.class_name} {each.what}=" not in stated]
    if options.undo and options.live[0]:
        notes.append(f"{options.live[0]} was rebuilt from its print, to undo findings in it")
    changes = dict.fromkeys(note for side in networks if side.changes is not None for note in side.changes.notes)
    if called is not None:
        notes.append(f"both are called with {' '.join(called.words())}")
    notes = list(dict.fromkeys(notes))
    return replace(ran, input_shape=shape, undone=names, notes=tuple(notes), changes=tuple(changes)), findings


@dataclass(frozen=True, slots=True)
class _BothRun:
    candidate: Runnable
    reference: Runnable
    found: Comparison
    options: RunOptions
    inputs: Sequence[Arguments]
    built: tuple[str, ...]  # "candidate", "reference": those that were built from their prints

    @property
    def x(self) -> Arguments:
        return self.inputs[0]

    def shapes(self) -> tuple[RunResult, tuple[Finding, ...]]:
        candidate, mine = observe.shapes_only(self.candidate, self.x)
        reference, other = observe.shapes_only(self.reference, self.x)
        return self._ran(candidate=candidate, reference=reference), (*mine, *other)

    def all(self) -> tuple[RunResult, tuple[Finding, ...]]:
        options = self.options
        generator = torch.Generator().manual_seed(options.seed)
        device = self.x.first.device
        with torch.random.fork_rng([device] if device.type == "cuda" else []):
            torch.manual_seed(options.seed)
            options.tell("running the candidate")
            candidate, mine = observe.observe(self.candidate, self.x)
            options.tell("running the reference")
            reference, other = observe.observe(self.reference, self.x)
            held = held_pairs(*self._pair, modules_of_both(self.candidate.sized, self.reference.sized))
            loaded = self._weights(generator, held)
            options.tell("comparing outputs")
            common = common_numbers(*self._pair, held)
            modes = verify.compare_modes(*self._pair, self.x, self.inputs[1], options.seed)
            measured, differences = (None, ()) if self.built else self._measured(modes, common)
        ran = self._ran(candidate=candidate, reference=reference, modes=modes, measured=measured)
        unexplained = evidence.unexplained_differences(
            ran, differences, self.found.findings, self._places(), common.alone
        )
        return ran, (*self._as_printed((*mine, *other)), *loaded, *unexplained)

    @property
    def _pair(self) -> tuple[Runnable, Runnable, LayerPairs]:
        return self.candidate, self.reference, self.found.pairs

    def _ran(self, **values: object) -> RunResult:
        options = self.options
        samples = len(self.x.first) if self.x.first.dim() else 1
        ran = RunResult(options.device, options.dtype, samples, options.seed, (), built=self.built)
        return replace(ran, **values)  # type: ignore[arg-type]

    def _measured(
        self, modes: Sequence[Mode], common: CommonNumbers
    ) -> tuple[Measurement, tuple[measure.MeasuredDifference, ...]]:
        """Weights of a checkpoint and coarse numbers show too little: a zero hides what it is multiplied with."""
        options = self.options
        parted = [evidence.MODES[mode.name] for mode in modes if not mode.same]
        from_file = options.candidate_weights or options.reference_weights
        reasons = (
            *(mode.why_not for mode in modes),
            f"outputs differ in {' and '.join(parted)}" if parted else "",
            f"{options.dtype} is too coarse (--dtype float64)" if options.dtype != "float64" else "",
            "weights came from a checkpoint, not at random" if from_file else "",
        )
        if why_not := next(filter(None, reasons), ""):
            return Measurement(len(self.inputs), why_not), ()
        options.tell("comparing gradients")
        return measure.measure_equality(*self._pair, common, self.inputs, options.seed)

    def _as_printed(self, observed: Sequence[Finding]) -> Iterator[Finding]:
        """Shapes and densities are promised for the input that the text was read with."""
        for finding in observed:
            side = self.candidate if finding.candidate is not None else self.reference
            same_input = side.sized.input_shape == tuple(self.x.first.shape[1:])
            if same_input or finding.rule not in ("AD901", "AD902"):
                yield finding

    def _weights(self, generator: torch.Generator, held: Sequence[HeldPair]) -> list[Finding]:
        """Checkpoints first; then what one side lacks comes from the other, or is drawn."""
        files = (self.options.candidate_weights, self.options.reference_weights)
        networks, found = (self.candidate, self.reference), []
        pairs = matched(self.found.pairs)
        for index, (file, side) in enumerate(zip(files, networks, strict=True)):
            if file:
                names = {pair[index]: pair[1 - index] for pair in pairs}
                found += loading.load_checkpoint(file, side, names)
        if all(files):
            return found
        source, target, turned = (self.reference, self.candidate, [(b, a) for a, b in pairs])
        if files[0]:
            source, target, turned = self.candidate, self.reference, pairs
        elif not files[1]:
            for side in networks:  # what one side has alone, too
                copying.vary_constants(side, generator)
        beside = [(a, b) if source is self.candidate else (b, a) for _, a, b in held]
        copying.copy_weights(source, target, turned, _boosts(self.found, target is self.candidate), generator, beside)
        return found

    def _places(self) -> Mapping[tuple[bool, str], Place]:
        return {
            (side is self.candidate, leaf.path): place_of(leaf)
            for side in (self.candidate, self.reference)
            for leaf in side.sized.leaves
        }


def _boosts(found: Comparison, of_candidate: bool) -> set[str]:
    """Paths of k-winners whose boost strength is another setting, and not the same one some epochs later."""
    spots = [
        places
        for finding in found.findings
        if finding.setting == "boost_strength" and finding.effect is Effect.FUNCTION
        for places in finding.all_places
    ]
    return {place.path for candidate, reference in spots if (place := candidate if of_candidate else reference)}


# What runs


def _place(options: RunOptions) -> torch.device:
    if options.device == META:
        if options.candidate_weights or options.reference_weights:
            raise UsageError("--device meta holds no weights", way_out="leave out the checkpoints, or run on cpu")
        return torch.device(META)
    return device.find_device(options.device).place


def _dtype(options: RunOptions) -> torch.dtype:
    if options.device == "mps" and options.dtype == "float64":
        raise UsageError("--dtype float64: not on mps", way_out="--dtype float32")
    return device.find_dtype(options.dtype)


def _input_shape(candidate: Sized, reference: Sized) -> tuple[int, ...]:
    candidate_shape, reference_shape = candidate.input_shape, reference.input_shape
    way_out = "--input-shape gives it, without the batch: 1,32,32"
    if candidate_shape is None or reference_shape is None:
        name, side = ("candidate", candidate) if candidate_shape is None else ("reference", reference)
        source, root = side.network.source, side.network.root
        if contradiction := next((each for each in side.contradictions if each.certain), None):
            message, way_out = f"the {name} cannot run: {contradiction.because}", "correct one of the two"
            raise BuildError(message, source=source, line=contradiction.line, way_out=way_out)
        message = f"the input of {side.network.label or root.class_name} is not known, so it cannot run"
        raise UsageError(message, source=source, line=root.span.line, way_out=way_out)
    if candidate_shape != reference_shape:
        first = candidate.leaves[0].path if candidate.leaves else ""
        raise UsageError(
            f"the networks take different inputs: {size(candidate_shape)} into {first or 'the candidate'}, "
            f"{size(reference_shape)} on the other side",
            source=candidate.network.source,
            line=candidate.leaves[0].line if candidate.leaves else 0,
            way_out=f"both must take the same input; {way_out}",
        )
    return candidate_shape


def _traced_call(networks: tuple[Sized, Sized], options: RunOptions) -> tuple[Called | None, tuple[int, ...]]:
    """What two live modules are called with as they were traced, and the shape of the first tensor with the batch.

    Nothing where one tensor goes in and its shape is known otherwise. What a factory returned beside its module is
    known once it has made it anew.
    """
    called = arguments.traced_with(networks, options.inputs)
    if not options.inputs:
        shapes = {side.input_shape for side in networks}
        is_told = options.input_shape is not None or (len(shapes) == 1 and None not in shapes)
        if (options.input_shape is not None or (called is not None and arguments.is_one_tensor(called))) and is_told:
            return None, ()
        if called is None:
            return None, arguments.first_shape(networks)
    return called, called.tensors[0][2] if isinstance(called, Inputs) else ()


def _inputs(
    networks: Sequence[Sized],
    called: Called | tuple[int, ...],
    options: RunOptions,
    place: torch.device,
    dtype: torch.dtype,
) -> Iterator[Arguments]:
    """On the device, one for each scale of a measurement; of a shape without the batch, one tensor."""
    for number in range(len(SCALES)):
        generator = torch.Generator().manual_seed(options.seed + number)
        if isinstance(called, Inputs | Given):
            made = arguments.drawn(called, networks, generator, number)
        elif place.type == META:
            whole = any(map(vocabulary, networks))
            x = torch.empty((options.batch, *called), device=place, dtype=torch.long if whole else dtype)
            made = Arguments((x,))
        else:
            made = Arguments((random_input(networks, (options.batch, *called), generator),))
        yield made.mapped(lambda each: each.to(place, dtype) if each.is_floating_point() else each.to(place))
