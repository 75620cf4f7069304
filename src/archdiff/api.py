"""The whole way of the data on one page: addresses in, an answer out. Must not print, exit or lay out."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from archdiff import diff, infer, parse
from archdiff.diff import describe
from archdiff.execute.with_torch import load_torch
from archdiff.infer import repeats
from archdiff.infer.folding import folded
from archdiff.model.effects import Effect
from archdiff.model.errors import ArchdiffError, ShapeError
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
    if request.run is None:
        (ours, theirs, found), notes = _compared_live(_compared_by_few, candidate, reference, request)
        return _outcome(ours, theirs, found, notes)
    with _code_of(request.candidate, request.reference):
        return _run(candidate, reference, request, request.run._replace(tell=tell or request.run.tell))


def _run(candidate: Network, reference: Network, request: Request, asked: Asked) -> Outcome:
    live = [each if parse.is_live(each) else "" for each in (request.candidate, request.reference)]
    (ours, theirs, found), notes = _compared_live(_compared, candidate, reference, request)
    load_torch("--run")
    from archdiff.execute import evidence, run

    asked = asked._replace(live=(live[0], live[1]), input_shape=request.input_shape)
    return evidence.weighed(_outcome(ours, theirs, found, notes), *run.run(ours, theirs, found, asked))


_Compared: TypeAlias = "tuple[Sized, Sized, diff.Comparison]"


def _compared_live(
    compared: Callable[[Network, Network, tuple[int, ...] | None], _Compared],
    candidate: Network,
    reference: Network,
    request: Request,
) -> tuple[_Compared, tuple[str, ...]]:
    """A live module may do more than it prints: a shape that does not run through its print is for the run alone."""
    try:
        return compared(candidate, reference, request.input_shape), ()
    except ShapeError as error:
        live = parse.is_live(request.candidate) or parse.is_live(request.reference)
        if not live or request.input_shape is None:
            raise
        return compared(candidate, reference, None), (_for_the_run(error),)


def _for_the_run(error: ShapeError) -> str:
    return f"--input-shape is for the run alone: in printed order, {error.message}"


def compare_networks(candidate: Network, reference: Network, input_shape: tuple[int, ...] | None = None) -> Outcome:
    """The same of two that were read before.

    Raises:
        ReadError: folded lines stand for so many layers that comparing them would take minutes.
    """
    return _outcome(*_compared_by_few(candidate, reference, input_shape))


def _compared_by_few(candidate: Network, reference: Network, input_shape: tuple[int, ...] | None) -> _Compared:
    """Of folded lines that stand for very many layers a few are compared, where these can stand for all."""
    short = repeats.shortened(candidate, reference)
    if short:
        parse.check_names((candidate, reference))
        ours, theirs, found = _compared(*short, input_shape)
        differ = any(each.effect is Effect.FUNCTION and each.is_difference for each in found.findings)
        if repeats.holds(ours, theirs, found.pairs) or (differ and repeats.hold_other_layers(ours, theirs)):
            return ours, theirs, found
    repeats.check_size((candidate, reference))
    return _compared(candidate, reference, input_shape)


def _compared(candidate: Network, reference: Network, input_shape: tuple[int, ...] | None) -> _Compared:
    parse.check_names((candidate, reference))
    both = folded(*held.with_held(candidate, reference))
    ours, theirs = infer.infer(rules.normalized(both), input_shape)
    return ours, theirs, diff.compare(ours, theirs)


def _outcome(ours: Sized, theirs: Sized, found: diff.Comparison, notes: tuple[str, ...] = ()) -> Outcome:
    candidate, reference = describe.of_networks((ours, theirs))
    changes = dict.fromkeys((*describe.changes(ours.network), *describe.changes(theirs.network)))
    return Outcome(candidate, reference, found.pairs, found.findings, (*found.notes, *notes, *changes))


def show(request: Request) -> Shown:
    """The network in normal form with all that follows from its text; everything in the file without a selector."""
    found = networks(request.candidate, request.stdin)
    if parse.split_address(request.candidate)[1] is not None:
        found = (parse.pick(request.candidate, found),)
    live = parse.is_live(request.candidate)
    return Shown(tuple(_shown(network, request.input_shape, live) for network in repeats.shown(found)))


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
    load_torch("bench")
    from archdiff.execute import given
    from archdiff.execute.bench import bench_networks, bench_sides, records

    earlier = records.read(against) if against else None
    both = _one(request.candidate, request), _one(request.reference, request)
    live = [each if parse.is_live(each) else "" for each in (request.candidate, request.reference)]
    outcome = _outcome(*_compared_live(_compared, *both, request)[0])
    shape = request.input_shape
    pair = bench_sides.Pair(*both, outcome, given.read_given(request.given), (live[0], live[1]), shape)
    with _code_of(request.candidate, request.reference):
        benched = bench_networks.run(pair, settings, tell)
    return replace(benched, against=records.against(benched, earlier, against)) if earlier else benched


def keys(request: Request, asked: keys_asked.Asked) -> keys_asked.Answer:
    """A checkpoint of the candidate under the keys of the reference: which is which, and what is done with it."""
    from archdiff.execute.keys import asked as of_keys

    blocks = parse.Blocks()
    candidate, reference = (_one(each, request, blocks) for each in (request.candidate, request.reference))
    live = [each if parse.is_live(each) else "" for each in (request.candidate, request.reference)]
    (ours, theirs, found), _ = _compared_live(_compared, candidate, reference, request)
    asked = asked._replace(live=(live[0], live[1]), input_shape=request.input_shape)
    with _code_of(request.candidate, request.reference):
        return of_keys.answered(ours, theirs, found, asked)


def networks(
    address: str, stdin: str | None = None, folder: str = "", blocks: parse.Blocks | None = None
) -> tuple[Network, ...]:
    """All that an address holds: a text, or what a live module of that folder prints."""
    if not parse.is_live(address):
        return parse.read(address, stdin=stdin, blocks=blocks)
    load_torch("a live module", address)
    from archdiff.execute import held, live, state  # imports somebody's code

    changes = state.Changes(address)
    with _code_of(address):
        text, module = live.printed(address, folder, changes)
        found = parse.parse(text, address, blocks)
        return tuple(held.with_facts(each, module, changes.notes) for each in found) if len(found) == 1 else found


def _code_of(*addresses: str) -> AbstractContextManager[None]:
    """What live modules among these raise while their code runs, as one error about them."""
    live = " and ".join(dict.fromkeys(filter(parse.is_live, addresses)))
    if not live:
        return nullcontext()
    from archdiff.execute import foreign

    return foreign.caught_elsewhere(live)


def files(*addresses: str, folder: str = "") -> tuple[str, ...]:
    """The files that are read for networks: texts with the specs beside them, and the code of live modules of a folder;
    some may not be there."""
    found: list[str] = []
    for address in addresses:
        path = parse.split_address(address)[0]
        if parse.is_live(address):
            module = os.path.join(folder, *path.partition(":")[0].split("."))
            found += [f"{module}.py", os.path.join(module, "__init__.py")]
        else:
            found.append(path)
            with suppress(ArchdiffError):  # told where it is read
                found.append(parse.spec_beside(path))
    return tuple(filter(None, found))


def comments(request: Request) -> tuple[tuple[Comment, ...], ...]:
    """`# archdiff: ignore[...]` in the text of the candidate and of the reference."""
    both = (request.candidate, request.reference)
    return tuple(() if parse.is_live(each) else parse.read_comments(each, stdin=request.stdin) for each in both)


def _one(address: str, request: Request, blocks: parse.Blocks | None = None) -> Network:
    return parse.pick(address, networks(address, request.stdin, blocks=blocks))
