"""Nothing that was printed disappears: whatever one token changes, the verdict says at least what it can mean."""

from __future__ import annotations

import random
import sys
from functools import cache
from pathlib import Path

import pytest

import architectures
import tokens
from archdiff import parse as reader
from archdiff.api import compare_networks
from archdiff.model.network import Network
from archdiff.model.outcome import Outcome
from parse import prints

ROOT = Path(__file__).parents[1]
BENCHMARKS = str(ROOT / "benchmarks")
if BENCHMARKS not in sys.path:
    sys.path.append(BENCHMARKS)

import sweep  # noqa: E402
from verdicts import at_least, plain, verdict  # noqa: E402

PLACES = 80  # of one line more or less, in each print
TOKENS = 12  # of each kind, in each print
SMALL = 10_000  # characters of a spec: in a larger one stands the same again and again
EXAMPLES = 3  # of what fails, in one message


@cache
def corpus() -> dict[str, Network]:
    """Prints that the project ships, prints of every form and typical architectures; complete ones that read back."""
    specs = sorted(file for file in (ROOT / "reference_specs").rglob("*.txt") if file.stat().st_size < SMALL)
    files = [*specs, ROOT / "tests" / "data" / "note.md"]
    found = {str(file.relative_to(ROOT)): reader.read(str(file)).networks for file in files}
    texts = {f"form: {name}": text for name, text, _ in prints.PRINTS} | architectures.prints()
    found |= {name: reader.parse(text) for name, text in texts.items()}
    networks = {
        f"{name} {number}": network._replace(recipe=None)
        for name, several in found.items()
        for number, network in enumerate(several, 1)
    }
    return {name: network for name, network in networks.items() if network.complete and sweep.reads_back(network.root)}


@cache
def rows(name: str) -> list[sweep.Row]:
    network = corpus()[name]
    return [sweep.row(network, edited) for edited in sweep.edits(network, PLACES, random.Random(name))]


@cache
def changes(name: str) -> list[tokens.Change]:
    return list(tokens.changes(corpus()[name].root))


def described(row: sweep.Row) -> str:
    return f"{row.edited.what} at {row.edited.place}: {plain(row.verdict)} {row.rules}"


@pytest.mark.parametrize("name", corpus())
def test_no_line_more_or_less_is_harmless(name: str) -> None:
    weak = [row for row in rows(name) if row.too_weak]
    assert not weak, "\n".join(described(row) for row in weak[:EXAMPLES])


def test_in_what_runs_in_order_the_effect_is_known() -> None:
    found = [row for name in corpus() for row in rows(name)]
    unknown = [row for row in found if row.is_unknown_in_order]
    share = sweep.unknown_share(found)
    assert len(found) >= 2_000
    assert share <= sweep.MOST_UNKNOWN, "\n".join([f"{100 * share:.1f} % unknown", *map(described, unknown[:10])])


@pytest.mark.parametrize("kind", tokens.KINDS)
@pytest.mark.parametrize("name", corpus())
def test_a_token_means_at_least_what_it_can(name: str, kind: str) -> None:
    network = corpus()[name]
    found = [change for change in changes(name) if change.kind == kind]
    some = random.Random(name).sample(found, min(TOKENS, len(found)))
    failed = [text for change in some if (text := failure(network, change))]
    assert not failed, "\n".join(failed[:EXAMPLES])


def failure(network: Network, change: tokens.Change) -> str:
    """Why the verdict on a change is too weak; "" where it is not."""
    changed = reader.parse(change.text)[0]
    if changed.root == network.root:  # a first line that holds its first child is printed back as it was
        return ""
    outcome = compare_networks(changed, network)
    found = verdict(outcome)
    if not outcome.findings:
        why = "no finding"
    elif change.kind == "repeat" and change.at_least == "unknown" and found != {"function"}:
        why = "a repeat count is the function"
    elif not at_least(found, change.at_least) and change.at_least != "cosmetic" and not explained(outcome, change):
        why = f"at least {change.at_least}"
    else:
        return ""
    what = f"{change.layer.class_name}.{change.setting}" if change.setting else change.layer.class_name
    rules = [f"{finding.rule} {finding.effect.word}" for finding in outcome.findings]
    return f"{change.kind} {what} at {change.place}: {why}, not {plain(found)} {rules}"


def explained(outcome: Outcome, change: tokens.Change) -> bool:
    """Whether a finding `equivalent` is of this setting or layer; of one not printed, any that names it."""
    if change.kind == "setting less" and any(finding.setting == change.setting for finding in outcome.findings):
        return True
    for finding in outcome.findings:
        places = [finding.candidate, finding.reference, *(place for pair in finding.places for place in pair)]
        here = any(place is not None and place.class_name == change.layer.class_name for place in places)
        if finding.effect.word == "equivalent" and here and finding.setting in (None, change.setting):
            return True
    return False
