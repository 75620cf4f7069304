"""What every report for people says of a comparison as a whole: the verdict, the counts, who, which input, the notes.

Must not lay out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from archdiff.model import places
from archdiff.model.effects import GRAVEST_FIRST
from archdiff.model.outcome import NetworkInfo, Outcome
from archdiff.model.wording import NEITHER_RUNS, listed, plural, size
from archdiff.report import _headline
from archdiff.report._lines import hanging, plain

VERDICTS = {
    "identical": "nothing that is printed differs",
    "cosmetic": "the same network, spelled differently",
    "equivalent": "the same computation in another form",
    "state": "the same architecture in another run-time state",
    "init": "the same function from other starting weights",
    "training": "the same in inference, different while training",
    "inference": "the same while training, different in inference (eval mode)",
    "training, inference": "different while training, and different in inference (eval mode)",
    "unknown": "what was read cannot decide whether the two compute the same",
    "function": "the two compute different things",
}

WIDTH = 80  # columns of a headline where nobody says how many there are
LINES = 2  # of a headline

NOT_PRINTED = "what at least one text does not hold"
MEASURED = "what a run showed of one side"

_HARMLESS = ("identical", "cosmetic", "equivalent", "state", "init")
_MOST_SIZES = 3  # of other input sizes that fit


def verdicts(outcome: Outcome) -> str:
    """What a report begins with: `function`, `training, inference`, or `function, all accepted`."""
    words = ", ".join(outcome.verdicts)
    aside = " or ".join(dict.fromkeys(each.how for each in outcome.suppressed if each.finding.is_difference))
    if not aside or outcome.open == outcome.verdicts:
        return words
    return f"{words}, {aside} but for {', '.join(outcome.open)}" if outcome.open else f"{words}, all {aside}"


def verdict(outcome: Outcome, width: int = WIDTH) -> str:
    """What the verdict means here, in two lines where a sentence of decisions can be cut to them.

    Nothing is claimed of what is left out or what the texts do not hold.

    Args:
        outcome: Of one comparison.
        width: Columns of a line; the verdict itself stands before it.
    """
    confirmed = outcome.run is not None and outcome.run.measured_equal and outcome.verdict in _HARMLESS
    if confirmed:
        return f"{_by_text(outcome, width)}; measured, both are equal"
    if outcome.traced and outcome.verdict in _HARMLESS:
        return f"{_by_text(outcome, width)}; traced, both forwards do the same"
    return _by_text(outcome, width, *_assumptions(outcome))


def _by_text(outcome: Outcome, width: int, *assumed: str) -> str:
    """Decisions with the meaning of the verdict; without it, and in fewer words, where there is no room for all."""
    meaning = VERDICTS[", ".join(outcome.verdicts)]
    head = plain(verdicts(outcome))
    before = "".join(f", {each}" for each in assumed)
    first = "".join(f"{each}; " for each in _neither_runs(outcome)[:1])

    def fits(text: str) -> bool:
        return len(hanging(head, f": {first}{text}", width, 2)) <= LINES

    if outcome.verdict in _HARMLESS[:-1]:
        long, short = (f"{meaning}{before}{end}" for end in _limits(outcome))
        return f"{first}{long if fits(long) else short}"
    whole = "" if outcome.verdict == "function" else _headline.sentence(outcome, lambda _: True)
    ends = [before + end for end in _limits(outcome)]
    if whole and fits(f"{whole}: {meaning}{ends[0]}"):
        return f"{first}{whole}: {meaning}{ends[0]}"
    for end in ends:
        told = _headline.sentence(outcome, lambda text, end=end: fits(text + end)) or meaning  # type: ignore[misc]
        if fits(told + end):
            break
    return f"{first}{told}{end}"


def _assumptions(outcome: Outcome) -> Iterator[str]:
    """The first that the verdict rests on, and how many more."""
    for text in outcome.assumptions[:1]:
        more = len(outcome.assumptions) - 1
        yield f"{text} (and {more} more of the kind)" if more else text


def _limits(outcome: Outcome) -> tuple[str, str]:
    """Why a verdict that claims something in common cannot claim it of all, and the same in fewer words."""
    cut = not (outcome.candidate.complete and outcome.reference.complete)
    facts = 0 if outcome.verdict == "function" else sum(finding.not_printed for finding in outcome.all_findings)
    why = ["a print is not whole"] if cut and outcome.verdict in _HARMLESS else []
    why += [f"{plural(facts, 'fact')} {'is' if facts == 1 else 'are'} not printed"] if facts else []
    if not why:
        return "", ""
    long = " and ".join(why)
    return f", as far as a print tells: {long}", f", {long.replace(' is ', ' ').replace(' are ', ' ')}"


def counts(outcome: Outcome) -> str:
    """`4 function, 1 unknown, 1 state; 2 not printed; 1 accepted`; nothing where there is no finding."""
    found = outcome.counts
    differences = ", ".join(f"{found[effect.word]} {effect.word}" for effect in GRAVEST_FIRST if found[effect.word])
    facts = f"{outcome.not_printed} not printed" if outcome.not_printed else ""
    return "; ".join(filter(None, (differences, facts, set_aside(outcome))))


def set_aside(outcome: Outcome) -> str:
    """`2 accepted`, or `1 ignored, 2 accepted`."""
    return ", ".join(f"{count:,} {how}" for how, count in Counter(each.how for each in outcome.suppressed).items())


def who(outcome: Outcome) -> str:
    """`Mine (note.md:17-32) against SparseNet (gsc_sparse_cnn2.txt:14-36)`."""
    ours, theirs = outcome.candidate, outcome.reference
    names = [side.label or side.class_name for side in (ours, theirs)]
    if ours.source == theirs.source and not places.is_live(ours.source):
        lines = [places.span(side.first_line, side.last_line) for side in (ours, theirs)]
        return f"{names[0]} ({lines[0]}) against {names[1]} ({lines[1]}) of {ours.source}"
    both = [places.whole(side.source, side.first_line, side.last_line) for side in (ours, theirs)]
    return f"{names[0]} ({both[0]}) against {names[1]} ({both[1]})"


def short_sources(outcome: Outcome) -> tuple[str, str]:
    """The head names the files in full; elsewhere the last part of each will do, unless two files share it."""
    ours, theirs = outcome.candidate.source, outcome.reference.source
    short = ours.rpartition("/")[2], theirs.rpartition("/")[2]
    return (ours, theirs) if ours != theirs and short[0] == short[1] else short


def inputs(outcome: Outcome) -> str:
    """The input size of both, once where it is the same."""
    ours, theirs = outcome.candidate, outcome.reference
    if ours.input_shape == theirs.input_shape:
        return input_size(ours, outcome.other_input_shapes)
    return f"{input_size(ours, ())} against {input_size(theirs, ())}"


def input_size(network: NetworkInfo, others: Sequence[tuple[int, ...]]) -> str:
    """`input 1x32x32 (solved; 1x33x33 fits too)`; `others` are shapes that fit as well."""
    if network.input_shape is None:
        return "input size unknown (--input-shape gives it)"
    origin = {"reference": "from the reference spec"}.get(network.input_shape_from, network.input_shape_from)
    if not others:
        return f"input {size(network.input_shape)} ({origin})"
    fit = "fits too" if len(others) == 1 else "fit too"
    return f"input {size(network.input_shape)} ({origin}; {listed([*map(size, others)], _MOST_SIZES)} {fit})"


def notes(outcome: Outcome) -> list[str]:
    """Those of the outcome, after what was cut off."""
    both = (("candidate", outcome.candidate), ("reference", outcome.reference))
    told = _neither_runs(outcome)[:1]
    return [*(note for side in both for note in cut_off(*side)), *(each for each in outcome.notes if each not in told)]


def _neither_runs(outcome: Outcome) -> list[str]:
    """Why both networks cannot run, the first of them as a part of the verdict."""
    return [note for note in outcome.notes if note.startswith(NEITHER_RUNS)]


def cut_off(side: str, network: NetworkInfo) -> Iterator[str]:
    """A note where a print was cut off; of the one network that there is, `side` is ""."""
    if not network.complete:
        lines = places.span(network.first_line, network.last_line)
        yield f"{side}: the print is not whole ({lines})".removeprefix(": ")
