"""The whole way of the data on one page: addresses in, an answer out. Must not print, exit or lay out."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from archdiff import compare as diff
from archdiff import infer, parse
from archdiff.compare import describe
from archdiff.infer.folding import folded
from archdiff.model.errors import ShapeError
from archdiff.model.network import Network
from archdiff.model.outcome import NetworkFacts, Outcome, Shown
from archdiff.semantics import held, rules

if TYPE_CHECKING:
    from collections.abc import Callable

    from archdiff.execute.asked import Asked
    from archdiff.execute.bench.measured import Benched, Progress, Settings
    from archdiff.execute.keys import asked as keys_asked
    from archdiff.infer import Sized
    from archdiff.parse._comments import Comment


class Request(NamedTuple):
    """What is asked: networks by address (`FILE`, `FILE#SELECTOR`, `-`), and the input size where it is given."""

    candidate: str
    reference: str = ""
    input_shape: tuple[int, ...] | None = None  # without the batch
    stdin: str | None = None  # what `-` stands for
    given: tuple[str, ...] = ()  # what no print holds: "layers.0.num_heads=8"
    run: Asked | None = None  # how both are run, where they are


def compare(request: Request, tell: Callable[[str], None] | None = None) -> Outcome:
    """What differs between the two, and when it matters; `tell` hears what is being done where both are run."""
    blocks = parse.Blocks()
    candidate, reference = (_one(each, request, blocks) for each in (request.candidate, request.reference))
    live = [each if parse.is_live(each) else "" for each in (request.candidate, request.reference)]
    (ours, theirs, found), notes = _compared_live(candidate, reference, request, any(live))
    outcome = _outcome(ours, theirs, found)
    outcome = replace(outcome, notes=(*outcome.notes, *notes)) if notes else outcome
    if request.run is None:
        return outcome
    with warnings.catch_warnings():  # without NumPy, torch warns that it is missing; nothing here needs it
        warnings.simplefilter("ignore")
        from archdiff.execute import evidence, run

    asked = request.run._replace(
        live=(live[0], live[1]), input_shape=request.input_shape, tell=tell or request.run.tell
    )
    return evidence.weighed(outcome, *run.run(ours, theirs, found, asked))


def _compared_live(
    candidate: Network, reference: Network, request: Request, live: bool
) -> tuple[tuple[Sized, Sized, diff.Comparison], tuple[str, ...]]:
    """A live module may do more than it prints: a shape that does not run through its print is for the run alone."""
    try:
        return _compared(candidate, reference, request.input_shape), ()
    except ShapeError as error:
        if not live or request.input_shape is None:
            raise
        return _compared(candidate, reference, None), (_for_the_run(error),)


def _for_the_run(error: ShapeError) -> str:
    return f"--input-shape is for the run alone: in printed order, {error.message}"


def compare_networks(candidate: Network, reference: Network, input_shape: tuple[int, ...] | None = None) -> Outcome:
    """The same of two that were read before."""
    return _outcome(*_compared(candidate, reference, input_shape))


def _compared(
    candidate: Network, reference: Network, input_shape: tuple[int, ...] | None
) -> tuple[Sized, Sized, diff.Comparison]:
    parse.check_names((candidate, reference))
    both = folded(*held.with_held(candidate, reference))
    ours, theirs = infer.infer(rules.normalized(both), input_shape)
    return ours, theirs, diff.compare(ours, theirs)


def _outcome(ours: Sized, theirs: Sized, found: diff.Comparison) -> Outcome:
    candidate, reference = describe.of_networks((ours, theirs))
    return Outcome(candidate, reference, found.pairs, found.findings, found.notes)


def show(request: Request) -> Shown:
    """The network in normal form with all that follows from its text; everything in the file without a selector."""
    found = networks(request.candidate, request.stdin)
    if parse.split_address(request.candidate)[1] is not None:
        found = (parse.pick(request.candidate, found),)
    live = parse.is_live(request.candidate)
    return Shown(tuple(_shown(network, request.input_shape, live) for network in found))


def _shown(network: Network, input_shape: tuple[int, ...] | None, live: bool) -> NetworkFacts:
    normal = rules.normalize(network)
    try:
        return describe.of_networks(infer.infer((normal,), input_shape))[0]
    except ShapeError as error:
        if not live or input_shape is None:
            raise
        [facts] = describe.of_networks(infer.infer((normal,)))
        return replace(facts, notes=(*facts.notes, _for_the_run(error)))


def source(request: Request) -> str:
    """A Python program that makes the network and prints it as it was."""
    from archdiff.execute import given, source

    return source.source(_one(request.candidate, request), given.read_given(request.given))


def bench(
    request: Request, settings: Settings, tell: Callable[[Progress], None] | None = None, against: str = ""
) -> Benched:
    """Both networks built and timed against each other; `against` is the file of an earlier record."""
    from archdiff.execute import given
    from archdiff.execute.bench import bench_networks, bench_sides, records

    earlier = records.read(against) if against else None
    both = _one(request.candidate, request), _one(request.reference, request)
    live = [each if parse.is_live(each) else "" for each in (request.candidate, request.reference)]
    outcome = _outcome(*_compared_live(*both, request, any(live))[0])
    shape = request.input_shape
    pair = bench_sides.Pair(*both, outcome, given.read_given(request.given), (live[0], live[1]), shape)
    benched = bench_networks.run(pair, settings, tell)
    return replace(benched, against=records.against(benched, earlier, against)) if earlier else benched


def keys(request: Request, asked: keys_asked.Asked) -> keys_asked.Answer:
    """A checkpoint of the candidate under the keys of the reference: which is which, and what is done with it."""
    from archdiff.execute.keys import asked as of_keys

    blocks = parse.Blocks()
    candidate, reference = (_one(each, request, blocks) for each in (request.candidate, request.reference))
    live = [each if parse.is_live(each) else "" for each in (request.candidate, request.reference)]
    (ours, theirs, found), _ = _compared_live(candidate, reference, request, any(live))
    asked = asked._replace(live=(live[0], live[1]), input_shape=request.input_shape)
    return of_keys.answered(ours, theirs, found, asked)


def networks(
    address: str, stdin: str | None = None, folder: str = "", blocks: parse.Blocks | None = None
) -> tuple[Network, ...]:
    """All that an address holds: a text, or what a live module of that folder prints."""
    if not parse.is_live(address):
        return parse.read(address, stdin=stdin, blocks=blocks)
    from archdiff.execute import held, live  # imports torch, and somebody's code

    text, module = live.printed(address, folder)
    found = parse.parse(text, address, blocks)
    return tuple(held.with_facts(each, module) for each in found) if len(found) == 1 else found


def comments(request: Request) -> tuple[tuple[Comment, ...], ...]:
    """`# archdiff: ignore[...]` in the text of the candidate and of the reference."""
    both = (request.candidate, request.reference)
    return tuple(() if parse.is_live(each) else parse.read_comments(each, stdin=request.stdin) for each in both)


def _one(address: str, request: Request, blocks: parse.Blocks | None = None) -> Network:
    return parse.pick(address, networks(address, request.stdin, blocks=blocks))
