"""The whole way of the data on one page: addresses in, an answer out. Must not print, exit or lay out."""

from __future__ import annotations

from dataclasses import dataclass

from archdiff import diff, facts, formats, rules, shapes
from archdiff.network import Network
from archdiff.outcome import Outcome, Shown
from archdiff.shapes.folding import folded


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked: networks by address (`FILE`, `FILE#SELECTOR`, `-`), and the input size where it is given."""

    candidate: str
    reference: str = ""
    input_shape: tuple[int, ...] | None = None  # without the batch
    stdin: str | None = None  # what `-` stands for
    given: tuple[str, ...] = ()  # what no print holds: "layers.0.num_heads=8"


def compare(request: Request) -> Outcome:
    """What differs between the two, and when it matters."""
    both = folded(_one(request.candidate, request), _one(request.reference, request))
    ours, theirs = shapes.infer([rules.normalize(network) for network in both], request.input_shape)
    found = diff.compare(ours, theirs)
    return Outcome(facts.of_network(ours), facts.of_network(theirs), found.pairs, found.findings, found.notes)


def show(request: Request) -> Shown:
    """The network in normal form with all that follows from its text; everything in the file without a selector."""
    networks = formats.read(request.candidate, stdin=request.stdin)
    if formats.split_address(request.candidate)[1] is not None:
        networks = (formats.pick(request.candidate, networks),)
    sized = (shapes.infer((rules.normalize(network),), request.input_shape)[0] for network in networks)
    return Shown(tuple(facts.of_network(network) for network in sized))


def source(request: Request) -> str:
    """A Python program that makes the network and prints it as it was."""
    from archdiff.runtime import given, source

    return source.source(_one(request.candidate, request), given.read_given(request.given))


def _one(address: str, request: Request) -> Network:
    return formats.pick(address, formats.read(address, stdin=request.stdin))
