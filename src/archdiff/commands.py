"""The commands without their command line: a `Request` in, an answer out. Must not print, exit or lay out."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from archdiff import api, infer, parse, sources
from archdiff.diff import describe
from archdiff.execute.with_torch import load_torch
from archdiff.infer import repeats
from archdiff.infer.traced_shapes import as_traced
from archdiff.model import places
from archdiff.model.errors import ShapeError
from archdiff.model.facts import NOT_TRACED
from archdiff.model.network import Network
from archdiff.model.outcome import NetworkInfo, Outcome
from archdiff.parse import unparse
from archdiff.semantics import rules

if TYPE_CHECKING:
    from archdiff.execute.bench.record import Benched, BenchSettings, Progress
    from archdiff.execute.keys.transfer import KeyOptions, KeyTransfer
    from archdiff.execute.running.options import RunOptions
    from archdiff.infer import Sized


class Request(NamedTuple):
    """Which networks a command is about.

    Attributes:
        candidate: Its address; `-` is standard input.
        reference: The address of the other one; "" for a command about one network.
        input_shape: Sizes of one input without the batch, where it is given.
        stdin: The text that came on standard input.
        candidate_config: The config.json of the candidate; "" where none is given.
        reference_config: That of the reference.
        inputs: What live modules are called with: "input_ids:int64[1,16]"; found out by default.
        traced: Whether the forwards of live modules are traced.
        build: Whether networks of which a config.json is given are built with transformers.
    """

    candidate: str
    reference: str = ""
    input_shape: tuple[int, ...] | None = None
    stdin: str | None = None
    candidate_config: str = ""
    reference_config: str = ""
    inputs: str = ""
    traced: bool = True
    build: bool = False

    @property
    def live(self) -> tuple[str, str]:
        """The addresses of live modules; "" for a text."""
        candidate, reference = (each if parse.is_live(each) else "" for each in self[:2])
        return candidate, reference


def compare(request: Request, run: RunOptions | None = None, progress: Callable[[str], None] | None = None) -> Outcome:
    """What differs between two networks, and what running both shows.

    Args:
        request: The two networks.
        run: How both are run; None where they are not.
        progress: Is called with what is being done, where both are run.

    Returns:
        The outcome, with the run in it.

    Raises:
        ArchdiffError: A network cannot be read, compared, built or run.
    """
    both = _both(request)
    if run is None:
        return api.compare_networks(*both, request.input_shape)
    sources.with_layers(*both)
    load_torch("--run")
    from archdiff.execute.building import can_run
    from archdiff.execute.running import evidence
    from archdiff.execute.running.run import run as run_both

    can_run.check_size(both, request.live)
    with sources.foreign_errors(*request[:2]):
        compared = api.compared(*both, request.input_shape)
        run = run._replace(live=request.live, input_shape=request.input_shape, inputs=request.inputs)
        run = run._replace(tell=progress or run.tell)
        return evidence.with_run(compared.outcome(), *run_both(*compared[:3], run))


def show(request: Request) -> tuple[NetworkInfo, ...]:
    """What is known of a network; of all in the file where the address names none."""
    module: list[Any] = []
    networks = sources.networks(request.candidate, request.stdin, held=module)
    if module and request.traced:
        networks = tuple(sources.traced(networks, [module], request.input_shape, request.inputs))
    elif request.traced:
        networks = tuple(map(parse.unpacked, networks))
    return tuple(_shown(network, request.input_shape) for network in repeats.shown(networks))


def _shown(network: Network, input_shape: tuple[int, ...] | None) -> NetworkInfo:
    if network.is_configuration:
        from archdiff.semantics import configs

        network = configs.tree(network)
    normal = rules.normalize(network)
    try:
        return _described(infer.infer((normal,), input_shape)[0])
    except ShapeError as error:
        if input_shape is None or not places.is_live(network.source):
            raise
        known = _described(infer.infer((normal,))[0])
        return replace(known, notes=(*known.notes, api.for_the_run_alone(error)))


def _described(sized: Sized) -> NetworkInfo:
    """In the order in which it ran, where that was traced."""
    return describe.of_networks([as_traced(sized, in_order=True)])[0]


def network(request: Request, held: list[Any] | None = None) -> Network:
    """The one network that the candidate's address means; `held` gets the module, where it is a live one."""
    picked = parse.pick(request.candidate, sources.document(request.candidate, request.stdin, held=held).networks)
    sources.with_layers(picked)
    return picked


def source(request: Request, unprinted: tuple[str, ...] = ()) -> str:
    """A Python program that makes the network and prints it as it was.

    Args:
        request: The network.
        unprinted: Settings that no print holds: "layers.0.num_heads=8".

    Returns:
        The text of the program.
    """
    from archdiff.execute.building import supplied_settings
    from archdiff.execute.source import writer

    return writer.source(network(request), supplied_settings.read_supplied(unprinted))


class Snapshot(NamedTuple):
    """The text of a live module, and why its forward is not in it: "" where it is, or was not asked for."""

    text: str
    not_traced: str = ""


def snapshot(request: Request) -> Snapshot:
    """What a live module prints, holds and does, as one text.

    Args:
        request: The module, and how it is called.
    """
    shape, inputs = request.input_shape, request.inputs
    network = api.held(request.candidate, input_shape=shape, inputs=inputs, trace=request.traced)
    why = network.fact(NOT_TRACED)
    return Snapshot(unparse.snapshot(network), str(why.value) if why else "")


def bench(
    request: Request,
    settings: BenchSettings,
    progress: Callable[[Progress], None] | None = None,
    against: str = "",
    unprinted: tuple[str, ...] = (),
) -> Benched:
    """Both networks built and timed against each other.

    Args:
        request: The two networks.
        settings: The device, the batch and how often.
        progress: Is called after each round.
        against: The file of an earlier record, to compare with.
        unprinted: Settings that no print holds: "layers.0.num_heads=8".

    Returns:
        The times and all else that was measured.
    """
    load_torch("bench")
    from archdiff.execute.bench import benchmark, history, instances
    from archdiff.execute.building import can_run, supplied_settings

    earlier = history.read(against) if against else None
    both, shape = _both(request), request.input_shape
    sources.with_layers(*both)
    can_run.check_size(both, request.live)
    compared = api.compared(*both, shape)
    supplied = supplied_settings.read_supplied(unprinted)
    pair = instances.NetworkPair(*compared[:2], compared.outcome(), supplied, request.live, shape)
    with sources.foreign_errors(*request[:2]):
        benched = benchmark.run(pair, settings, progress)
    return replace(benched, against=history.compared_with(benched, earlier, against)) if earlier else benched


def keys(request: Request, options: KeyOptions) -> KeyTransfer:
    """A checkpoint of the candidate under the keys of the reference.

    Args:
        request: The two networks.
        options: What is done with it: written, checked by running both ...

    Returns:
        Which key is which, and what was done.
    """
    from archdiff.execute.keys import transfer

    both = _both(request._replace(traced=False))
    sources.with_layers(*both)
    compared = api.compared(*both, request.input_shape)
    options = options._replace(live=request.live, input_shape=request.input_shape)
    with sources.foreign_errors(*request[:2]):
        return transfer.transfer(*compared[:3], options)


def _both(request: Request) -> tuple[Network, Network]:
    """The candidate and the reference; a text that holds both is opened once."""
    blocks = parse.Blocks()
    modules: tuple[list[Any], list[Any]] = ([], [])
    ours = sources.document(request.candidate, request.stdin, blocks=blocks, held=modules[0])
    candidate = parse.pick(request.candidate, ours.networks)
    paths = [parse.split_address(each)[0] for each in request[:2]]
    same = paths[0] == paths[1] and not parse.is_live(paths[0])  # a module is made for each side
    theirs = ours if same else sources.document(request.reference, request.stdin, blocks=blocks, held=modules[1])
    reference = parse.pick(request.reference, theirs.networks)
    if request.build:
        candidate = _built(candidate, request.candidate, request.stdin, modules[0])
        reference = _built(reference, request.reference, request.stdin, modules[1])
    if request.traced:
        candidate, reference = sources.with_forwards(
            (candidate, reference), modules, request.input_shape, request.inputs
        )
    ours_said, theirs_said = request.candidate_config, request.reference_config
    return (
        sources.with_config(candidate, ours_said, request.stdin),
        sources.with_config(reference, theirs_said, request.stdin),
    )


def _built(network: Network, address: str, stdin: str | None, held: list[Any]) -> Network:
    """The network that transformers builds of a configuration, with its fields; others as they are."""
    if not network.is_configuration:
        return network
    load_torch("--build", network.source)
    from archdiff.execute.live import config_models

    opened = parse.open_source(address, stdin)
    with warnings.catch_warnings(action="ignore"):
        module, made_by = config_models.build(opened.name, opened.text)
    note = f"{opened.name}: built with {made_by}, without weights"
    made = sources.of_module(module, f"transformers:{type(module).__name__}", (note,), held)
    return made._replace(facts=(*made.facts, *network.facts))
