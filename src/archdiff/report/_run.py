"""What running both networks showed, in a few lines: where they part, how that grows, what reaches the next weights.

Must not repeat findings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from archdiff.model.outcome import Outcome
from archdiff.model.running import Mode, RunResult, Step
from archdiff.model.wording import density, percent, plural, size
from archdiff.report import View
from archdiff.report._lines import Line, hanging, plain

_INDENT: Final = 12
WORDS: Final = {"inference": "eval", "training": "training"}
_PARTS: Final = {"parts": "part", "shapes": "other shapes", "nan": "no numbers"}
_GROWS: Final = 6  # points at which the error is shown, without --all


def lines(outcome: Outcome, ran: RunResult, view: View) -> Iterator[Line]:
    """The head, a paragraph a mode, measured densities, notes."""
    text = f": {plural(ran.batch, 'sample')} of {size(ran.input_shape)} white noise, {ran.dtype} on {ran.device}"
    yield from hanging(plain("run", "strong"), f"{text}, seed {ran.seed}", view.width, 2)
    if ran.undone:
        yield from hanging(plain("  undone    ", "faint"), ", ".join(ran.undone), view.width, _INDENT)
    if not ran.modes:
        text = f"shapes alone: {len(ran.candidate)} layers against {len(ran.reference)}, nothing was allocated"
        yield from hanging(plain("  meta      ", "faint"), text, view.width, _INDENT)
    before = ""
    for mode in ran.modes:
        first = mode.first
        head = plain(f"  {WORDS[mode.name]:<{_INDENT - 2}}", "strong")
        yield from hanging(head, of_mode(mode, before), view.width, _INDENT)
        before = named(first) if first else ""
        if grows := _growth(mode, view):
            yield from hanging(plain(" " * _INDENT), f"relative error: {grows}", view.width, _INDENT)
    if ran.modes:
        yield from hanging(plain("  shows     ", "strong"), shows(outcome, ran), view.width, _INDENT)
    for text in densities(outcome, ran):
        yield from hanging(plain("  non-zero  ", "faint"), text, view.width, _INDENT)
    for note in ran.notes:
        yield from hanging(plain("  assumed   ", "faint"), note, view.width, _INDENT)


def of_mode(mode: Mode, before: str) -> str:
    """How far both are equal, and what differs first; `before`: where that was in the mode before."""
    first = mode.first
    if not mode.proves:
        return f"{mode.why_not}, which proves nothing"
    if first is None:
        return f"{_equal(mode.steps)} in all {plural(len(mode.steps), 'layer')} and at the output"
    if mode.same:
        ends = [mode.output] if mode.output else mode.steps[-1:]
        return f"{_equal(ends)} at the output; in between {named(first)} differs: {_difference(first)}"
    until = mode.before_first
    text = f"{_equal(until)} through {last_of(until[-1])} ({plural(len(until), 'layer')}); " if until else ""
    if named(first) == before:
        so_far = f"{_equal(until)} so far, " if until else ""
        text = f"{so_far}{_PARTS[first.status]} there too"
    else:
        text += f"{_PARTS[first.status]} at {named(first)}"
    text += f": {_difference(first)}"
    if mode.output is not None and mode.output is not first and first is not mode.steps[-1]:
        text += f"; at the output {_difference(mode.output)}"
    return text


def _equal(steps: Sequence[Step]) -> str:
    rounded = [step for step in steps if step.status == "rounding"]
    if not rounded:
        return "bitwise equal"
    return f"equal up to rounding ({max(step.max_abs or 0.0 for step in rounded):.2g})"


def last_of(step: Step) -> str:
    return (step.candidate or step.reference)[-1]


def named(step: Step) -> str:
    if not step.candidate or not step.reference:
        side = "reference" if not step.candidate else "candidate"
        return f"{', '.join(step.candidate or step.reference)} (only in the {side})"
    ours, theirs = ", ".join(step.candidate), ", ".join(step.reference)
    return ours if ours == theirs else f"{ours} ({theirs})"


def _difference(step: Step) -> str:
    if step.status == "shapes":
        return f"{size(step.candidate_shape)}, in the reference {size(step.reference_shape)}"
    if step.same:
        return "equal"
    if step.status == "nan":
        return "NaN on both sides"
    return (
        f"{percent(step.share or 0.0)} of {size(step.reference_shape)} differ ({_counts(step)} units a sample), "
        f"max abs {step.max_abs:.3g}, relative {_relative(step)}"
    )


def _counts(step: Step) -> str:
    least, most = step.differing or (0, 0)
    return str(least) if least == most else f"{least} to {most}"


def _relative(step: Step) -> str:
    return "?" if step.relative is None else f"{step.relative:.3g}"


def _growth(mode: Mode, view: View) -> str:
    """The error behind the first difference, up to the output."""
    behind = [step for step in mode.from_first if step.relative is not None]
    if len(behind) < 2:
        return ""
    apart = max(1, -(-(len(behind) - 1) // (_GROWS - 1))) if not view.all else 1
    shown = behind[:-1:apart] + behind[-1:]
    return ", ".join(f"{last_of(step)} {_relative(step)}" for step in shown)


# What follows

_BOTH: Final = 2


def shows(outcome: Outcome, ran: RunResult) -> str:
    """What the run means for the verdict."""
    if ran.undone:
        return f"{_in_short(ran)}; findings were undone, so this does not change the verdict"
    if len(ran.built) == _BOTH:
        return f"{_in_short(ran)} (built from the prints in printed order, so this does not change the verdict)"
    if ran.built:
        return f"{_in_short(ran)}; the {ran.built[0]} was built from its print, so what is unknown stays so"
    if ran.measured is None:
        return "settles nothing"
    if not ran.measured.equal:
        return f"settles nothing: {ran.measured.why_not}"
    equal = f"equal in eval, training and gradients on {ran.measured.inputs} inputs"
    return f"{equal}: {plural(outcome.settled, 'unknown difference')} settled" if outcome.settled else equal


def _in_short(ran: RunResult) -> str:
    if nothing := [mode for mode in ran.modes if not mode.proves]:
        return f"proves nothing: {nothing[0].why_not}"
    same = [WORDS[mode.name] for mode in ran.modes if mode.same]
    parted = [WORDS[mode.name] for mode in ran.modes if not mode.same]
    parts = [f"{word} in {' and '.join(modes)}" for word, modes in (("equal", same), ("not equal", parted)) if modes]
    return ", ".join(parts)


def densities(outcome: Outcome, ran: RunResult) -> Iterator[str]:
    """What was measured of the densities that the findings derive from an order."""
    for finding, path, ours, theirs in ran.densities(outcome.findings):
        place = finding.candidate.path if finding.candidate else ""
        both = [density(each.density, each.density_inference) for each in (ours, theirs)]
        yield f"{both[0]} of the input of {path} measured, not {both[1]} (follows from {finding.rule} at {place})"
