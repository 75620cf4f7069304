"""`archdiff compare --run`: both networks are built and run; what came of it, as plain values.

    build (or take the live module) -> observe each -> copy weights along the pairs -> verify both, mode by mode

Must not print, and must not decide what a difference of the texts means: `evidence` does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Final

import torch
from torch import Tensor, nn

from archdiff.compare import Comparison
from archdiff.execute import affordable, copying, device, evidence, live, measure, observe, runnable, verify, weights
from archdiff.execute.asked import Asked
from archdiff.execute.build import build
from archdiff.execute.given import given_to, read_given
from archdiff.execute.measure import SCALES
from archdiff.execute.shared import Shared, shared
from archdiff.execute.state import Changes
from archdiff.execute.trace import Subject
from archdiff.execute.tree import Tree
from archdiff.execute.undo import undone
from archdiff.infer import Sized
from archdiff.model.effects import Effect
from archdiff.model.errors import BuildError, UsageError
from archdiff.model.facts import Fact
from archdiff.model.outcome import Finding, Place
from archdiff.model.running import Measured, Mode, Ran
from archdiff.model.wording import size
from archdiff.semantics.kinds import NotKnown

DTYPES: Final = ("float64", "float32", "float16", "bfloat16")
META: Final = "meta"
_SMALLER: Final = "a smaller --batch, --dtype float32, or --device meta for shapes alone"


def run(candidate: Sized, reference: Sized, found: Comparison, asked: Asked) -> tuple[Ran, tuple[Finding, ...]]:
    """What both did, and what that shows beyond the comparison of their texts, `found`."""
    place, dtype = _place(asked), _dtype(asked)
    names: tuple[str, ...] = ()
    addresses = asked.live
    printed = candidate, reference
    if asked.undo:
        changed = undone(candidate, reference, found, asked.undo)
        candidate, reference, found, names = changed.candidate, changed.reference, changed.found, changed.names
        addresses = ("", addresses[1])  # the forward of a live module cannot be changed
    given = _given(printed if asked.undo else (), (candidate, reference), addresses, asked)
    shape = asked.input_shape or _input_shape(candidate, reference)
    if place.type != META:
        affordable.check_memory((candidate, reference), (asked.batch, *shape), place, dtype, _SMALLER)
    asked.tell("building")
    sides = [
        _subject(name, sized, address, known, asked, place, dtype)
        for name, sized, address, known in zip(
            ("candidate", "reference"), (candidate, reference), addresses, given, strict=True
        )
    ]
    inputs = [_input((candidate, reference), shape, asked, place, dtype, number) for number in range(len(SCALES))]
    built = tuple(side.name for side, address in zip(sides, addresses, strict=True) if not address)
    runner = _Runner(sides[0], sides[1], found, asked, inputs, built)
    ran, findings = runner.shapes() if place.type == META else runner.all()
    told = " ".join(found.notes)
    notes = [note for side in sides for what, note in side.assumed if what not in told]
    if asked.undo and asked.live[0]:
        notes.append(f"{asked.live[0]} was rebuilt from its print, to undo findings in it")
    changes = dict.fromkeys(note for side in sides if side.changes is not None for note in side.changes.notes)
    notes = list(dict.fromkeys(notes))
    return replace(ran, input_shape=shape, undone=names, notes=tuple(notes), changes=tuple(changes)), findings


@dataclass(frozen=True, slots=True)
class _Runner:
    candidate: Subject
    reference: Subject
    found: Comparison
    asked: Asked
    inputs: Sequence[Tensor]  # (batch, ...) each
    built: tuple[str, ...]  # sides that were built from their prints

    @property
    def x(self) -> Tensor:
        return self.inputs[0]

    def shapes(self) -> tuple[Ran, tuple[Finding, ...]]:
        ours, mine = observe.shapes_only(self.candidate, self.x)
        theirs, other = observe.shapes_only(self.reference, self.x)
        return self._ran(candidate=ours, reference=theirs), (*mine, *other)

    def all(self) -> tuple[Ran, tuple[Finding, ...]]:
        asked = self.asked
        chance = torch.Generator().manual_seed(asked.seed)
        with torch.random.fork_rng([self.x.device] if self.x.device.type == "cuda" else []):
            torch.manual_seed(asked.seed)
            asked.tell("running the candidate")
            ours, mine = observe.observe(self.candidate, self.x)
            asked.tell("running the reference")
            theirs, other = observe.observe(self.reference, self.x)
            loaded = self._weights(chance)
            asked.tell("comparing outputs")
            common = shared(*self._pair)
            modes = verify.compared(*self._pair, self.x, self.inputs[1], asked.seed)
            measured, differences = (None, ()) if self.built else self._measured(modes, common)
        ran = self._ran(candidate=ours, reference=theirs, modes=modes, measured=measured)
        unexplained = evidence.unexplained(ran, differences, self.found.findings, self._places())
        return ran, (*self._as_printed((*mine, *other)), *loaded, *unexplained)

    @property
    def _pair(self) -> tuple[Subject, Subject, verify.Pairs]:
        return self.candidate, self.reference, self.found.pairs

    def _ran(self, **values: object) -> Ran:
        asked = self.asked
        ran = Ran(asked.device, asked.dtype, len(self.x), asked.seed, (), built=self.built)
        return replace(ran, **values)  # type: ignore[arg-type]

    def _measured(self, modes: Sequence[Mode], common: Shared) -> tuple[Measured, tuple[measure.Difference, ...]]:
        """Weights of a checkpoint and coarse numbers show too little: a zero hides what it is multiplied with."""
        asked = self.asked
        parted = [evidence.MODES[mode.name] for mode in modes if not mode.same]
        why_not = next((mode.why_not for mode in modes if not mode.proves), "")
        if not why_not and parted:
            why_not = f"outputs part in {' and '.join(parted)}"
        if not why_not and asked.dtype != "float64":
            why_not = f"{asked.dtype} is too coarse (--dtype float64)"
        if not why_not and (asked.candidate_weights or asked.reference_weights):
            why_not = "weights came from a checkpoint, not at random"
        if why_not:
            return Measured(len(self.inputs), why_not), ()
        asked.tell("comparing gradients")
        return measure.measured(*self._pair, common, self.inputs, asked.seed)

    def _as_printed(self, observed: Sequence[Finding]) -> Iterator[Finding]:
        """Shapes and densities are promised for the input that the text was read with."""
        for finding in observed:
            side = self.candidate if finding.candidate is not None else self.reference
            same_input = side.sized.input_shape == tuple(self.x.shape[1:])
            if same_input or finding.rule not in ("AD901", "AD902"):
                yield finding

    def _weights(self, chance: torch.Generator) -> list[Finding]:
        """Checkpoints first; then what one side lacks comes from the other, or is drawn."""
        files = (self.asked.candidate_weights, self.asked.reference_weights)
        sides, found = (self.candidate, self.reference), []
        pairs = [(ours, theirs) for ours, theirs in self.found.pairs if ours is not None and theirs is not None]
        for index, (file, side) in enumerate(zip(files, sides, strict=True)):
            if file:
                names = {pair[index]: pair[1 - index] for pair in pairs}
                found += weights.load(file, side, names, sides[1 - index])
        if all(files):
            return found
        source, target, turned = (self.reference, self.candidate, [(b, a) for a, b in pairs])
        if files[0]:
            source, target, turned = self.candidate, self.reference, pairs
        elif not files[1]:
            for side in sides:  # what one side has alone, too
                copying.enliven(side, chance)
        copying.copied(source, target, turned, _boosts(self.found, target is self.candidate), chance)
        return found

    def _places(self) -> Mapping[tuple[bool, str], Place]:
        return {
            (side is self.candidate, leaf.path): Place(leaf.path, leaf.line, None, leaf.layer.class_name)
            for side in (self.candidate, self.reference)
            for leaf in side.sized.leaves
        }


def _boosts(found: Comparison, of_candidate: bool) -> set[str]:
    """Paths of k-winners whose boost strength is another setting, and not the same one some epochs later."""
    spots = [
        places
        for finding in found.findings
        if finding.setting == "boost_strength" and finding.effect is Effect.FUNCTION
        for places in (finding.places or ((finding.candidate, finding.reference),))
    ]
    return {place.path for ours, theirs in spots if (place := ours if of_candidate else theirs)}


# What runs


def _given(
    printed: Sequence[Sized], sides: tuple[Sized, Sized], addresses: Sequence[str], asked: Asked
) -> list[tuple[Fact, ...]]:
    """What is given for each side, both of which are checked; `printed` are those of which something was undone.

    A layer more in a class makes no other class of it: what was taken to run in printed order before still is.
    """
    found: list[tuple[Fact, ...]] = []
    given = given_to(read_given(asked.given), *(side.network for side in sides))
    for sized, address, known in zip(sides, addresses, given, strict=True):
        ordered = runnable.in_order(printed, sized.network)
        if not address:
            affordable.check_layers(sized)
            runnable.check_runs(sized, known, ordered)
        found.append((*ordered, *known))
    return found


def _place(asked: Asked) -> torch.device:
    if asked.device == META:
        if asked.candidate_weights or asked.reference_weights:
            raise UsageError("--device meta holds no weights", way_out="leave out the checkpoints, or run on cpu")
        return torch.device(META)
    return device.found(asked.device).place


def _dtype(asked: Asked) -> torch.dtype:
    if asked.dtype not in DTYPES:
        raise UsageError(f"--dtype {asked.dtype}: no such type", way_out=f"one of {', '.join(DTYPES)}")
    if asked.device == "mps" and asked.dtype == "float64":
        raise UsageError("--dtype float64: not on mps", way_out="--dtype float32")
    found: torch.dtype = getattr(torch, asked.dtype)
    return found


def _input_shape(candidate: Sized, reference: Sized) -> tuple[int, ...]:
    ours, theirs = candidate.input_shape, reference.input_shape
    way_out = "--input-shape gives it, without the batch: 1,32,32"
    if ours is None or theirs is None:
        side = candidate if ours is None else reference
        seen = next((each for each in side.contradictions if each.certain), None)
        if seen:
            raise BuildError(
                f"the {'candidate' if ours is None else 'reference'} cannot run: {seen.because}",
                source=side.network.source,
                line=seen.line,
                way_out="correct the one or the other",
            )
        raise UsageError(
            f"the input of {side.network.label or side.network.root.class_name} is not known, so it cannot run",
            source=side.network.source,
            line=side.network.root.span.line,
            way_out=way_out,
        )
    if ours != theirs:
        first = candidate.leaves[0].path if candidate.leaves else ""
        raise UsageError(
            f"the networks take different inputs: {size(ours)} into {first or 'the candidate'}, "
            f"{size(theirs)} on the other side",
            source=candidate.network.source,
            line=candidate.leaves[0].line if candidate.leaves else 0,
            way_out=f"no run without a common input; {way_out}",
        )
    return ours


def _subject(
    name: str,
    sized: Sized,
    address: str,
    given: Sequence[Fact],
    asked: Asked,
    place: torch.device,
    dtype: torch.dtype,
) -> Subject:
    if address:
        changes = Changes(address)
        with torch.random.fork_rng([]), torch.device(place if place.type == META else "cpu"):
            torch.manual_seed(asked.seed)
            module = _copy_of(live.module(address, changes=changes))
        module = module.to(place, dtype) if place.type != META else module.to(place)
        parts, raw = dict(module.named_modules(remove_duplicate=False)), Tree(sized.network.root).raw
        by_path = {path: parts[raw[path]] for path in raw if raw[path] in parts}
        return Subject.of(name, sized, module, by_path, changes=changes)
    built = build(sized.network, device=place, dtype=dtype, seed=asked.seed, given=given)
    taken = [each for each in built.assumptions if each.what != "forward"]  # the comparison has told that
    assumed = tuple((f"{each.class_name} {each.what}=", str(each)) for each in taken)
    return Subject.of(name, sized, built.module, built.by_path, assumed)


def _copy_of(module: nn.Module) -> nn.Module:
    """An address may name one object for both sides, which training would then move twice."""
    try:
        return deepcopy(module)
    except Exception:  # weights that somebody computes, handles that somebody holds
        return module


def _input(
    sides: Sequence[Sized],
    shape: tuple[int, ...],
    asked: Asked,
    place: torch.device,
    dtype: torch.dtype,
    number: int,
) -> Tensor:
    """White noise, or numbers of words where the first layer looks them up: (batch, *shape); another each `number`."""
    words = [vocabulary(side) for side in sides]
    if place.type == META:
        return torch.empty((asked.batch, *shape), device=place, dtype=torch.long if any(words) else dtype)
    chance = torch.Generator().manual_seed(asked.seed + number)
    if known := [number for number in words if number]:
        return torch.randint(min(known), (asked.batch, *shape), generator=chance).to(place)
    return torch.randn((asked.batch, *shape), generator=chance, dtype=torch.float64).to(dtype).to(place)


def vocabulary(sized: Sized) -> int:
    """How many words the first layer knows; 0 where it takes numbers."""
    first = sized.leaves[0] if sized.leaves else None
    try:
        embeds = first is not None and first.layer.kind in ("embedding", "embedding_bag")
        return first.settings.int("num_embeddings") if first is not None and embeds else 0
    except NotKnown:
        return 0
