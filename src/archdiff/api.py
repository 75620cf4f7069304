"""The whole way of the data on one page: sources in, an answer out. Must not print, exit or lay out.

`read`, `read_all` and `compare` are public, as `archdiff.read` and so on; what takes a `Request` is for `cli/`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from archdiff import diff, infer, parse
from archdiff.diff import describe
from archdiff.execute.with_torch import load_torch
from archdiff.infer import repeats
from archdiff.infer.folding import folded
from archdiff.model import places
from archdiff.model.effects import Effect
from archdiff.model.errors import ArchdiffError, ShapeError, UsageError
from archdiff.model.network import Network
from archdiff.model.outcome import NetworkInfo, Outcome
from archdiff.semantics import held, rules

if TYPE_CHECKING:
    from torch import nn

    from archdiff.execute.bench.record import Benched, BenchSettings, Progress
    from archdiff.execute.keys import transfer as keys_asked
    from archdiff.execute.running.options import RunOptions
    from archdiff.infer import Sized

Source: TypeAlias = "str | os.PathLike[str] | Network | nn.Module"
Shape: TypeAlias = "tuple[int, ...]"


# The public functions


def read(source: Source) -> Network:
    """Reads one network.

    Args:
        source: An address, the text of a print, a live module, or a network, which is returned as it is.

            A `str` is the text of a print if it holds a line feed or is one line of the form `Class(...)`, the bracket
            straight behind the name. Every other `str` is an address: `FILE`, `FILE#NAME`, `FILE#NUMBER`, `ref:NAME`
            for a network that comes with archdiff, `git:REVISION:FILE`, or `package.module:factory` for a live module,
            whose code is imported and run in this process. A `pathlib.Path` is always a file.

    Returns:
        The network as printed, a frozen value. It can be read from again, compared, and pickled.

    Raises:
        UsageError: No such file, or the address fits several networks or none; the error lists them.
        ReadError: The text holds no network, or it is cut off or too large.
        TypeError: `source` is none of these.
    """
    contents = read_all(source)
    if len(contents) == 1:
        return parse.whole(contents[0])
    if address := _address(source):
        return parse.pick(address, contents)  # raises, with the names of all: the address has none
    message = f"holds {len(contents)} networks; say which"
    raise UsageError(message, source=contents[0].source, way_out="archdiff.read_all gives all of them, in order")


def read_all(source: Source) -> tuple[Network, ...]:
    """Reads every network that a source holds.

    Args:
        source: As for `read`. An address with `#NAME` gives that network alone.

    Returns:
        The networks in their order, at least one. One that was cut off has `complete` False, and is refused by
        `compare`.

    Raises:
        UsageError: No such file, or no network has that name.
        ReadError: The text holds no network, or it is too large.
        TypeError: `source` is none of these.
    """
    if address := _address(source):
        if address.partition("#")[0] == "-":
            raise UsageError("- is standard input for the command alone", way_out="archdiff.read(sys.stdin.read())")
        return _selected(address, document(address).networks)
    if isinstance(source, str):
        return parse.read_string(source)
    if isinstance(source, Network):
        return (source,)
    return _of_module(source, places.MODULE, printed(source))


def compare(candidate: Source, reference: Source, *, input_shape: Sequence[int] | None = None) -> Outcome:
    """Compares two networks: what differs, and when it matters.

    Args:
        candidate: Mine: an address, the text of a print, a live module or a network, as for `read`.
        reference: The original, likewise.
        input_shape: Sizes of one input without the batch, (3, 32, 32) for channels, height and width. Solved from the
            texts by default, where they hold enough.

    Returns:
        The findings, the verdict, and what is known of both networks: what `archdiff compare --format json` prints.

    Raises:
        UsageError: As for `read`; or `input_shape` is no sequence of positive whole numbers.
        ReadError: As for `read`; or one name stands twice in a network.
        ShapeError: An input of `input_shape` cannot run through a network.
        TypeError: A side is none of these.
    """
    return compare_networks(read(candidate), read(reference), _sizes(input_shape))


def _address(source: Source) -> str:
    """The address that a source is; "" for a text, a module or a network."""
    if isinstance(source, os.PathLike):
        path = os.fspath(source)
        is_plain = path != "-" and not parse.is_live(path) and not parse.is_elsewhere(path)
        return path if is_plain else os.path.join(os.curdir, path)
    return source if isinstance(source, str) and not parse.is_text(source) else ""


def _of_module(
    module: Any, source: str, text: str, changes: tuple[str, ...] = (), blocks: parse.Blocks | None = None
) -> tuple[Network, ...]:
    """What a live module prints, with what it holds and does not print."""
    from archdiff.execute.live import unprinted

    prints = parse.parse(text, source, blocks)
    return (unprinted.add_unprinted(prints[0], module, changes),) if len(prints) == 1 else prints


def printed(module: object) -> str:
    """What `print(module)` writes.

    Args:
        module: A `torch.nn.Module`.

    Returns:
        The text, which ends with a line feed.

    Raises:
        UsageError: Its code fails while it is printed.
        TypeError: It is no module.
    """
    torch = sys.modules.get("torch")  # whoever has a module has loaded it
    if torch is None or not isinstance(module, torch.nn.Module):
        class_name = type(module).__name__
        raise TypeError(f"expected a torch.nn.Module, a Network, a path, a text or an address, not {class_name}")
    from archdiff.execute.live import exceptions

    with exceptions.caught(places.MODULE, "printing it"):
        return f"{module!r}\n"


def _sizes(input_shape: object) -> Shape | None:
    if input_shape is None:
        return None
    sizes = tuple(input_shape) if isinstance(input_shape, Iterable) and not isinstance(input_shape, str) else ()
    if sizes and all(type(size) is int and size > 0 for size in sizes):
        return sizes
    way_out = "sizes without the batch: (3, 32, 32)"
    raise UsageError(f"input_shape={input_shape!r}: no such value", way_out=way_out)


# From networks to an outcome


class Compared(NamedTuple):
    """Both networks in normal form with the sizes of their layers, and what differs between them."""

    candidate: Sized
    reference: Sized
    comparison: diff.Comparison
    notes: tuple[str, ...] = ()


def compare_networks(candidate: Network, reference: Network, input_shape: Shape | None = None) -> Outcome:
    """Compares two networks that were read before.

    Args:
        candidate: Mine.
        reference: The original.
        input_shape: Sizes of one input without the batch; solved by default.

    Returns:
        The findings, the verdict, and what is known of both.

    Raises:
        ReadError: One name stands twice, or folded lines stand for so many layers that comparing them takes minutes.
        ShapeError: An input of this shape cannot run through a printed network.
    """
    return _outcome(_with_shape(_compared_by_few, candidate, reference, input_shape))


def _with_shape(
    compared: Callable[[Network, Network, Shape | None], Compared],
    candidate: Network,
    reference: Network,
    input_shape: Shape | None,
) -> Compared:
    """A live module may do more than it prints: a shape that does not run through its print is for the run alone."""
    try:
        return compared(candidate, reference, input_shape)
    except ShapeError as error:
        if input_shape is None or not any(places.is_live(each.source) for each in (candidate, reference)):
            raise
        return compared(candidate, reference, None)._replace(notes=(_for_the_run_alone(error),))


def _for_the_run_alone(error: ShapeError) -> str:
    return f"--input-shape is for the run alone: in printed order, {error.message}"


def _compared_by_few(candidate: Network, reference: Network, input_shape: Shape | None) -> Compared:
    """Of folded lines that stand for very many layers a few are compared, where these can stand for all."""
    both = candidate, reference
    if repeats.are_few(both):
        return _compared(*both, input_shape)
    if short := repeats.shortened(*both):
        parse.check_names(both)
        compared = _compared(*short, input_shape)
        sized, (pairs, findings, _) = (compared.candidate, compared.reference), compared.comparison
        differ = any(each.effect is Effect.FUNCTION and each.is_difference for each in findings)
        if repeats.holds(*sized, pairs) or (differ and repeats.hold_other_layers(*sized)):
            return compared
    repeats.check_size(both)
    return _compared(*both, input_shape)


def _compared(candidate: Network, reference: Network, input_shape: Shape | None) -> Compared:
    """Networks -> normal form -> sizes -> what differs."""
    parse.check_names((candidate, reference))
    normal = rules.normalized(folded(*held.with_held(candidate, reference)))
    sized_candidate, sized_reference = infer.infer(normal, input_shape)
    return Compared(sized_candidate, sized_reference, diff.compare(sized_candidate, sized_reference))


def _outcome(compared: Compared) -> Outcome:
    both = compared.candidate, compared.reference
    changes = dict.fromkeys(change for each in both for change in describe.changes(each.network))
    candidate, reference = describe.of_networks(both)
    pairs, findings, notes = compared.comparison
    return Outcome(candidate, reference, pairs, findings, (*notes, *compared.notes, *changes))


# The commands


class Request(NamedTuple):
    """Which networks a command is about.

    Attributes:
        candidate: Its address; `-` is standard input.
        reference: The address of the other one; "" for a command about one network.
        input_shape: Sizes of one input without the batch, where it is given.
        stdin: The text that came on standard input.
    """

    candidate: str
    reference: str = ""
    input_shape: Shape | None = None
    stdin: str | None = None


def compare_request(
    request: Request, run: RunOptions | None = None, progress: Callable[[str], None] | None = None
) -> Outcome:
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
        return compare_networks(*both, request.input_shape)
    with _foreign_errors(request.candidate, request.reference):
        compared = _with_shape(_compared, *both, request.input_shape)
        load_torch("--run")
        from archdiff.execute.running import evidence
        from archdiff.execute.running.run import run as run_both

        run = run._replace(live=_live(request), input_shape=request.input_shape, tell=progress or run.tell)
        return evidence.with_run(_outcome(compared), *run_both(*compared[:3], run))


def show(request: Request) -> tuple[NetworkInfo, ...]:
    """What is known of a network; of all in the file where the address names none."""
    selected = _selected(request.candidate, document(request.candidate, request.stdin).networks)
    return tuple(_shown(network, request.input_shape) for network in repeats.shown(selected))


def _shown(network: Network, input_shape: Shape | None) -> NetworkInfo:
    normal = rules.normalize(network)
    try:
        return describe.of_networks(infer.infer((normal,), input_shape))[0]
    except ShapeError as error:
        if input_shape is None or not places.is_live(network.source):
            raise
        [known] = describe.of_networks(infer.infer((normal,)))
        return replace(known, notes=(*known.notes, _for_the_run_alone(error)))


def network(request: Request) -> Network:
    """The one network that the candidate's address means."""
    return parse.pick(request.candidate, document(request.candidate, request.stdin).networks)


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
    from archdiff.execute.building import supplied_settings

    earlier = history.read(against) if against else None
    both, shape = _both(request), request.input_shape
    outcome = _outcome(_with_shape(_compared, *both, shape))
    pair = instances.NetworkPair(*both, outcome, supplied_settings.read_supplied(unprinted), _live(request), shape)
    with _foreign_errors(request.candidate, request.reference):
        benched = benchmark.run(pair, settings, progress)
    return replace(benched, against=history.compared_with(benched, earlier, against)) if earlier else benched


def keys(request: Request, options: keys_asked.KeyOptions) -> keys_asked.KeyTransfer:
    """A checkpoint of the candidate under the keys of the reference.

    Args:
        request: The two networks.
        options: What is done with it: written, checked by running both ...

    Returns:
        Which key is which, and what was done.
    """
    from archdiff.execute.keys import transfer as of_keys

    compared = _with_shape(_compared, *_both(request), request.input_shape)
    options = options._replace(live=_live(request), input_shape=request.input_shape)
    with _foreign_errors(request.candidate, request.reference):
        return of_keys.transfer(*compared[:3], options)


def document(
    address: str, stdin: str | None = None, folder: str = "", blocks: parse.Blocks | None = None
) -> parse.Document:
    """All that an address holds: a text, or what a live module of that folder prints."""
    if not parse.is_live(address):
        return parse.read(address, stdin=stdin, blocks=blocks)
    load_torch("a live module", address)
    from archdiff.execute.live import global_state, importing  # imports somebody's code

    changes = global_state.Changes(address)
    with _foreign_errors(address):
        text, module = importing.load_printed(address, folder, changes)
        return parse.Document(address, _of_module(module, address, text, changes.notes, blocks))


def _selected(address: str, contents: tuple[Network, ...]) -> tuple[Network, ...]:
    """The one that `#NAME` names; all where the address names none."""
    return contents if parse.split_address(address)[1] is None else (parse.pick(address, contents),)


def _live(request: Request) -> tuple[str, str]:
    """The addresses of live modules; "" for a text."""
    candidate, reference = (each if parse.is_live(each) else "" for each in (request.candidate, request.reference))
    return candidate, reference


def live_modules(*addresses: str) -> tuple[str, ...]:
    """Those addresses that name a live module, each once."""
    return tuple(dict.fromkeys(filter(parse.is_live, addresses)))


def _foreign_errors(*addresses: str) -> AbstractContextManager[None]:
    """What live modules among these raise while their code runs, as one error about them."""
    live = " and ".join(live_modules(*addresses))
    if not live:
        return nullcontext()
    from archdiff.execute.live import exceptions

    return exceptions.caught_elsewhere(live)


def files(*addresses: str, folder: str = "") -> tuple[str, ...]:
    """The files that are read for networks; some may not be there.

    Args:
        addresses: Of networks.
        folder: Where the packages of live modules are.

    Returns:
        Texts with the specs beside them, and the code of live modules.
    """
    paths: list[str] = []
    for address in addresses:
        path = parse.split_address(address)[0]
        if parse.is_live(address):
            module = os.path.join(folder, *path.partition(":")[0].split("."))
            paths += [f"{module}.py", os.path.join(module, "__init__.py")]
        else:
            paths.append(path)
            with suppress(ArchdiffError):  # it is raised again where the spec is read
                paths.append(parse.spec_beside(path))
    return tuple(filter(None, paths))


def _both(request: Request) -> tuple[Network, Network]:
    """The candidate and the reference; a text that holds both is opened once."""
    blocks = parse.Blocks()
    ours = document(request.candidate, request.stdin, blocks=blocks)
    candidate = parse.pick(request.candidate, ours.networks)
    paths = [parse.split_address(each)[0] for each in (request.candidate, request.reference)]
    same = paths[0] == paths[1] and not parse.is_live(paths[0])  # a module is made for each side
    theirs = ours if same else document(request.reference, request.stdin, blocks=blocks)
    return candidate, parse.pick(request.reference, theirs.networks)
