"""What a run makes of the findings: which ones it settles, which difference nothing explains, what contradicts it.

Only two live modules settle anything. A network that was built from its print runs in printed order because the print
holds nothing else, which is just what such a finding asks. Imports no torch, so that its values can be tested alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Final

from archdiff.model.effects import Effect
from archdiff.model.finding import Finding, Place, gravest_first
from archdiff.model.message import Message
from archdiff.model.outcome import Outcome
from archdiff.model.running import RunResult, Step
from archdiff.model.wording import listed

if TYPE_CHECKING:
    from archdiff.execute.running.measure import MeasuredDifference

MODES: Final = {"inference": "eval mode", "training": "training"}
MEASURED: Final = "equal in eval, training and gradients on three inputs"
_RECIPE: Final = "AD8"
_BOTH: Final = 2
_LISTED: Final = 3  # weights
CLEAR: Final = 1e-6  # relative: between rounding and this, a difference may be rounding that has grown
_GROWN: Final = "the outputs part by less than 1e-6, which may be rounding that has grown"

#: (of the candidate?, path) -> where it is printed
Places = Mapping[tuple[bool, str], Place]


def with_run(outcome: Outcome, ran: RunResult, found: Sequence[Finding]) -> Outcome:
    """The outcome of a comparison with what running both networks showed.

    Args:
        outcome: of the comparison of their texts.
        ran: what both did.
        found: what the run itself found.

    Returns:
        The outcome with the findings of the run, gravest first; a finding of unknown effect is equivalent where two
        live modules were measured to be equal.
    """
    findings = (*outcome.findings, *found)
    if ran.measured_equal:
        findings = tuple(map(_settled, findings))
    if any(finding.hint == _OTHER_ROWS for finding in found):
        findings = tuple(map(_doubtful, findings))
    notes = dict.fromkeys((*outcome.notes, *_contradictions(outcome, ran), *ran.changes))
    return replace(outcome, findings=gravest_first(findings), run=ran, notes=tuple(notes))


def _settled(finding: Finding) -> Finding:
    """A printed difference of unknown effect is equivalent; a fact that no print holds keeps its place."""
    finding = replace(finding, consequences=tuple(map(_settled, finding.consequences)))
    if finding.effect is not Effect.UNKNOWN or finding.rule.startswith(_RECIPE):
        return finding
    if finding.not_printed:
        return replace(finding, measured=MEASURED)
    return replace(finding, effect=Effect.EQUIVALENT, measured=MEASURED, hint="") if finding.is_difference else finding


def _contradictions(outcome: Outcome, ran: RunResult) -> Iterator[str]:
    """A finding that changes the function is never lowered: weights and inputs of a run are some of many."""
    grave = [finding for finding in outcome.findings if finding.effect is Effect.FUNCTION]
    if grave and ran.modes and not ran.undone and all(mode.same and mode.proves for mode in ran.modes):
        place = grave[0].candidate or grave[0].reference
        where = f" at {place.path}" if place and place.path else ""
        more = f" and {len(grave) - 1} more" if len(grave) > 1 else ""
        yield (
            f"{grave[0].rule}{where}{more} should change the function, and yet outputs were equal when both ran: "
            "the finding stands"
        )


# What no finding explains


def unexplained_differences(
    ran: RunResult,
    differences: Sequence[MeasuredDifference],
    found: Sequence[Finding],
    places: Places,
    alone: Sequence[str] = (),
) -> Iterator[Finding]:
    """The first outputs or gradients that part in a mode in which the texts compute the same.

    Args:
        ran: what both did.
        differences: those of a measurement, after the outputs of `ran` were equal.
        found: what the comparison found.
        places: of all leaves.
        alone: weights of one network that were copied to none of the other.
    """
    effects = {finding.effect for finding in found}
    maybe = [finding for finding in found if finding.effect is Effect.UNKNOWN and finding.aspect != "recipe"]
    hint = f"a possible reason, which the text cannot tell: {maybe[0].message}" if maybe else ""
    first = next(chain(_parted(ran, effects, places), _differing(differences, effects, places)), None)
    if first is not None:
        message, parted, candidate, reference = first
        effect = Effect.FUNCTION if len(parted) == _BOTH else Effect[parted[0].upper()]
        if len(ran.built) == _BOTH:
            effect = Effect.UNKNOWN  # what was built from prints decides nothing
        elif any(map(_joins, found)):
            effect, hint = Effect.UNKNOWN, _OTHER_ROWS
        elif _are_near(ran, parted):
            effect, hint = Effect.UNKNOWN, _GROWN
        elif alone:  # other weights are reason enough
            effect, hint = Effect.UNKNOWN, f"weights without a counterpart: {listed(alone, _LISTED)}"
        yield Finding(
            "AD911", effect, f"{message}, though no finding says so", "measured", candidate, reference, hint=hint
        )


def _are_near(ran: RunResult, parted: Sequence[str]) -> bool:
    """Whether the outputs of these modes part, and by less than what rounding may grow to."""
    outputs = [mode.output for mode in ran.modes if mode.name in parted]
    return all(each is not None and not each.same and is_near(each) for each in outputs)


def is_near(output: Step) -> bool:
    """Whether two outputs are equal up to rounding that may have grown."""
    return output.same or (output.relative is not None and output.relative <= CLEAR)


_OTHER_ROWS: Final = "the rows of what is one matrix on one side may stand in another order"


def _doubtful(finding: Finding) -> Finding:
    """What puts projections together is one function only if a guess at their rows is why the outputs part."""
    return replace(finding, effect=Effect.UNKNOWN, hint=_OTHER_ROWS) if _joins(finding) else finding


def _joins(finding: Finding) -> bool:
    """Whether it puts together what one side holds in one matrix: weights were copied in an order that is a guess."""
    what: object = finding.what
    while isinstance(what, Message) and what.code == "because":
        what = what["what"]
    return isinstance(what, Message) and what.code == "joined"


_Parting = tuple[str, list[str], Place | None, Place | None]  # the message, the modes, where


def _parted(ran: RunResult, effects: set[Effect], places: Places) -> Iterator[_Parting]:
    steps = {
        mode.name: mode.first
        for mode in ran.modes
        if mode.first is not None and mode.proves and not mode.same and not _explained(mode.name, effects)
    }
    if steps:
        step = next(iter(steps.values()))
        candidate = places.get((True, step.candidate[-1])) if step.candidate else None
        reference = places.get((False, step.reference[-1])) if step.reference else None
        at = next((place.path for place in (candidate, reference) if place), "")
        yield f"outputs first differ at {at} in {_listed(steps)}", list(steps), candidate, reference


def _differing(differences: Sequence[MeasuredDifference], effects: set[Effect], places: Places) -> Iterator[_Parting]:
    """Outputs before gradients; what training moves and gradients matter in training alone, whatever the mode."""
    outputs = [each for each in differences if each.what == "outputs" and not each.moved]
    modes = dict.fromkeys(each.mode for each in outputs)
    if parted := [mode for mode in modes if not _explained(mode, effects)]:
        yield f"outputs differ in {_listed(parted)} for larger inputs", parted, None, None
    if _explained("training", effects):
        return
    if any(each.moved for each in differences):
        yield "outputs differ after a training step", ["training"], None, None
    gradient = next((each for each in differences if each.what == "gradient"), None)
    if gradient is not None:
        path = gradient.name.rpartition(".")[0]
        message = f"the gradient of {gradient.name} differs, while outputs are equal"
        yield message, ["training"], places.get((True, path)), None


def _explained(mode: str, effects: set[Effect]) -> bool:
    return bool(effects & {Effect.FUNCTION, Effect[mode.upper()]})


def _listed(modes: Sequence[str] | Mapping[str, object]) -> str:
    return " and ".join(MODES[mode] for mode in modes)
