"""What every report for people says of a comparison as a whole: the verdict, the counts, who, which input, the notes.

Must not lay out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archdiff.model.effects import Effect
from archdiff.model.outcome import NetworkFacts, Outcome
from archdiff.report._lines import plural, size

VERDICTS = {
    "identical": "nothing that is printed differs",
    "cosmetic": "the same network, spelled differently",
    "equivalent": "other settings, the same computation",
    "state": "the same architecture in another run-time state",
    "init": "the same function from other starting weights",
    "training": "the two differ only while training",
    "inference": "the two differ only in eval mode",
    "function": "the two compute different things",
}

_PRINTED = ("AD1", "AD3", "AD4", "AD5", "AD6")  # rules of what a print holds
_AS_FAR = "as far as the text tells"
_MOST_SIZES = 3  # of other input sizes that fit


_MEASURED = frozenset({"identical", "cosmetic", "equivalent", "state", "init"})  # verdicts that a measurement confirms


def verdict(outcome: Outcome) -> str:
    """What the verdict means here; nothing is claimed of what is left out or what the text does not hold."""
    ran = outcome.run
    confirmed = ran is not None and ran.measured is not None and ran.measured.equal and outcome.verdict in _MEASURED
    return f"{_by_text(outcome)}; measured, both are equal" if confirmed else _by_text(outcome)


def _by_text(outcome: Outcome) -> str:
    if outcome.verdict == "identical" and outcome.hidden:
        return f"apart from {plural(outcome.hidden, 'difference')} not selected, ignored or accepted"
    cut = not (outcome.candidate.complete and outcome.reference.complete)
    if outcome.verdict != "identical" or not (cut or outcome.counts["unknown"]):
        harmless = max((each.effect for each in outcome.findings), default=Effect.COSMETIC) < Effect.TRAINING
        return f"{VERDICTS[outcome.verdict]}, {_AS_FAR}" if cut and harmless else VERDICTS[outcome.verdict]
    open_ = [each for each in outcome.findings if each.effect is Effect.UNKNOWN and each.rule.startswith(_PRINTED)]
    return f"{_AS_FAR}; {plural(len(open_), 'printed difference')} may matter" if open_ else _AS_FAR


def counts(outcome: Outcome) -> str:
    """`4 function, 1 state; 1 unknown`; nothing where there is no finding."""
    found = outcome.counts
    unknown = found["unknown"]
    told = [f"{found[effect.word]} {effect.word}" for effect in gravest_first() if found[effect.word]]
    return "; ".join([*([", ".join(told)] if told else []), *([f"{unknown} unknown"] if unknown else [])])


def gravest_first() -> list[Effect]:
    return sorted((effect for effect in Effect if effect is not Effect.UNKNOWN), reverse=True)


def who(outcome: Outcome) -> str:
    ours, theirs = outcome.candidate, outcome.reference
    lines = [f"{side.first_line}-{side.last_line}" for side in (ours, theirs)]
    names = [side.label or side.class_name for side in (ours, theirs)]
    if ours.source == theirs.source:
        return f"{names[0]} (lines {lines[0]}) against {names[1]} (lines {lines[1]}) of {ours.source}"
    return f"{names[0]} ({ours.source}:{lines[0]}) against {names[1]} ({theirs.source}:{lines[1]})"


def short_sources(outcome: Outcome) -> tuple[str, str]:
    """The head names the files in full; elsewhere the last part of each will do, unless two files share it."""
    ours, theirs = outcome.candidate.source, outcome.reference.source
    short = ours.rpartition("/")[2], theirs.rpartition("/")[2]
    return (ours, theirs) if ours != theirs and short[0] == short[1] else short


def inputs(outcome: Outcome) -> str:
    ours, theirs = outcome.candidate, outcome.reference
    both = tuple(shape for shape in ours.other_input_shapes if shape in theirs.other_input_shapes)
    if ours.input_shape == theirs.input_shape:
        return input_said(ours, both)
    return f"{input_said(ours, ())} against {input_said(theirs, ())}"


def input_said(network: NetworkFacts, others: Sequence[tuple[int, ...]]) -> str:
    if network.input_shape is None:
        return "input size unknown (--input-shape gives it)"
    origin = {"reference": "from the reference spec"}.get(network.input_shape_from, network.input_shape_from)
    if not others:
        return f"input {size(network.input_shape)} ({origin})"
    more = f" and {len(others) - _MOST_SIZES} more" if len(others) > _MOST_SIZES else ""
    fit = "fits too" if len(others) == 1 else "fit too"
    return f"input {size(network.input_shape)} ({origin}; {', '.join(map(size, others[:_MOST_SIZES]))}{more} {fit})"


def notes(outcome: Outcome) -> list[str]:
    """Those of the outcome, after what was cut off."""
    sides = (("candidate", outcome.candidate), ("reference", outcome.reference))
    return [*(note for side in sides for note in cut_off(*side)), *outcome.notes]


def cut_off(side: str, network: NetworkFacts) -> Iterator[str]:
    if not network.complete:
        yield f"{side}: the print is not whole (lines {network.first_line}-{network.last_line})".removeprefix(": ")
