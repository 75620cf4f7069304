"""The way of the data on one page: sources in, an outcome out. Must not print, exit or lay out.

`read`, `read_all` and `compare` are public, as `archdiff.read` and so on; `commands` is for `cli/`.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from archdiff import diff, infer, parse
from archdiff.diff import describe, variants
from archdiff.execute.with_torch import load_torch
from archdiff.infer import repeats
from archdiff.infer.folding import folded
from archdiff.infer.traced_shapes import as_traced
from archdiff.model import places
from archdiff.model.collector import uncollected
from archdiff.model.effects import Effect
from archdiff.model.errors import ArchdiffError, ShapeError, UsageError
from archdiff.model.facts import is_shape
from archdiff.model.network import Network
from archdiff.model.outcome import Outcome
from archdiff.parse import unparse
from archdiff.semantics import live_settings, rules

if TYPE_CHECKING:
    from torch import nn

    from archdiff.infer import Sized
    from archdiff.model.facts import PackedTraces

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
    return _one(source, parse.Blocks())


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
    return _all(source, parse.Blocks())


def compare(
    candidate: Source,
    reference: Source,
    *,
    input_shape: Sequence[int] | None = None,
    inputs: str = "",
    candidate_config: str | os.PathLike[str] = "",
    reference_config: str | os.PathLike[str] = "",
) -> Outcome:
    """Compares two networks: what differs, and when it matters.

    Args:
        candidate: Mine: an address, the text of a print, a live module or a network, as for `read`.
        reference: The original, likewise.
        input_shape: Sizes of one input without the batch, (3, 32, 32) for channels, height and width. Solved from the
            texts by default, where they hold enough.
        inputs: What the forwards of live modules are called with: "input_ids:int64[2,16]"; found out by default.
        candidate_config: The config.json of the candidate, which says what its print does not.
        reference_config: That of the reference.

    Returns:
        The findings, the verdict, and what is known of both networks: what `archdiff compare --format json` prints.

    Raises:
        UsageError: As for `read`; or `input_shape` is no sequence of positive whole numbers.
        ReadError: As for `read`; or one name stands twice in a network.
        ShapeError: An input of `input_shape` cannot run through a network.
        TypeError: A side is none of these.
    """
    blocks, shape = parse.Blocks(), _sizes(input_shape)
    modules: tuple[list[Any], list[Any]] = ([], [])
    both = [_one(each, blocks, held) for each, held in zip((candidate, reference), modules, strict=True)]
    ours, theirs = with_forwards(both, modules, shape, inputs)
    ours = with_config(ours, os.fspath(candidate_config))
    return compare_networks(ours, with_config(theirs, os.fspath(reference_config)), shape)


def snapshot(source: Source, *, input_shape: Sequence[int] | None = None, inputs: str = "", trace: bool = True) -> str:
    """What a live module prints, holds and does as one text, which `read` and `compare` take in its place later.

    Args:
        source: A live module, or its address.
        input_shape: Sizes of one input without the batch, (3, 32, 32); found out by default.
        inputs: What its forward is called with: "input_ids:int64[1,16]"; found out by default.
        trace: Whether its forward is traced; without, the text holds what it prints and holds.

    Returns:
        The print, and behind it lines that begin with "# ".

    Raises:
        UsageError: As for `read`; or `source` is no live module, or `inputs` are none.
        TypeError: As for `read`.
    """
    held: list[Any] = []
    network = _one(source, parse.Blocks(), held)
    if not held:
        message = "no live module, and a print holds nothing beside itself"
        raise UsageError(message, source=network.source, way_out="give package.module:factory")
    if trace:
        network = traced([network], [held], _sizes(input_shape), inputs)[0]
    return unparse.snapshot(network)


def with_forwards(
    networks: Sequence[Network], modules: Sequence[list[Any]], input_shape: Shape | None = None, inputs: str = ""
) -> tuple[Network, Network]:
    """Two networks, with what the forwards of their live modules do.

    Args:
        networks: As they were read.
        modules: The live module of each, or nothing.
        input_shape: Sizes of one input without the batch, where it is given.
        inputs: What modules are called with: "input_ids:int64[1,16]".

    Returns:
        Both with what is known of their forwards: of a live module beside a plain print that of the module alone. A
        live module beside a text that holds traces is called as that says.

    Raises:
        UsageError: `inputs` are others than those of the text.
        ReadError: The traces of a text are broken.
    """
    candidate, reference = networks
    ours, theirs = (parse.packed_traces(each) for each in networks)
    if all(modules):
        candidate, reference = traced(networks, modules, input_shape, inputs)
    elif modules[0] and theirs:
        _check_inputs(inputs, theirs, reference)
        candidate = traced([candidate], modules[:1], like=theirs)[0]
    elif modules[1] and ours:
        _check_inputs(inputs, ours, candidate)
        reference = traced([reference], modules[1:], like=ours)[0]
    elif modules[0]:
        candidate = traced([candidate], modules[:1], input_shape, inputs)[0]
    elif modules[1]:
        reference = traced([reference], modules[1:], input_shape, inputs)[0]
    return parse.unpacked(candidate), parse.unpacked(reference)


def traced(
    networks: Sequence[Network],
    modules: Sequence[list[Any]],
    input_shape: Shape | None = None,
    inputs: str = "",
    like: PackedTraces | None = None,
) -> Sequence[Network]:
    """Networks of live modules, with what their forwards do.

    Args:
        networks: As for `with_forwards`.
        modules: As for `with_forwards`.
        input_shape: As for `with_forwards`.
        inputs: As for `with_forwards`.
        like: The traces of a text that they are compared with.
    """
    with warnings.catch_warnings(action="ignore"):  # without NumPy, torch warns that it is missing
        from archdiff.execute.live import traces

    with foreign_errors(*(network.source for network in networks)):
        return traces.with_traces(networks, [held[0] for held in modules], inputs, input_shape, like)


def _check_inputs(inputs: str, text: PackedTraces, of: Network) -> None:
    wanted, made = ([word.rpartition(":")[2].casefold() for word in words] for words in (inputs.split(), text.inputs))
    if wanted and wanted != made:
        message = f"--inputs {inputs}: the traces were made with {' '.join(text.inputs)}"
        raise UsageError(message, source=of.source, way_out="leave --inputs out, or write the text anew with it")


def _one(source: Source, blocks: parse.Blocks, held: list[Any] | None = None) -> Network:
    contents = _all(source, blocks, held)
    if len(contents) == 1:
        return parse.whole(contents[0])
    if address := _address(source):
        return parse.pick(address, contents)  # raises, with the names of all: the address has none
    message = f"holds {len(contents)} networks; say which"
    raise UsageError(message, source=contents[0].source, way_out="archdiff.read_all gives all of them, in order")


def _all(source: Source, blocks: parse.Blocks, held: list[Any] | None = None) -> tuple[Network, ...]:
    if address := _address(source):
        if address.partition("#")[0] == "-":
            raise UsageError("- is standard input for the command alone", way_out="archdiff.read(sys.stdin.read())")
        return networks(address, blocks=blocks, held=held)
    if isinstance(source, str):
        return parse.read_string(source, blocks)
    if isinstance(source, Network):
        return (source,)
    return _of_module(source, places.MODULE, printed(source), blocks=blocks, held=held)


def _address(source: Source) -> str:
    """The address that a source is; "" for a text, a module or a network."""
    if isinstance(source, os.PathLike):
        path = os.fspath(source)
        is_plain = path != "-" and not parse.is_live(path) and not parse.is_elsewhere(path)
        return path if is_plain else os.path.join(os.curdir, path)
    return source if isinstance(source, str) and not parse.is_text(source) else ""


def _of_module(
    module: Any,
    source: str,
    text: str,
    changes: tuple[str, ...] = (),
    blocks: parse.Blocks | None = None,
    held: list[Any] | None = None,
) -> tuple[Network, ...]:
    """What a live module prints, with what it holds and does not print; `held` gets the module."""
    from archdiff.execute.live import unprinted

    if held is not None:
        held.append(module)
    prints = parse.parse(text, source, blocks)
    return (unprinted.add_unprinted(prints[0], module, changes),) if len(prints) == 1 else prints


def of_module(module: Any, source: str, notes: tuple[str, ...], held: list[Any]) -> Network:
    """What a live module that was made here prints and holds.

    Args:
        module: The module.
        source: What messages call it: "transformers:BertModel".
        notes: What is to be said of how it was made.
        held: Gets the module.
    """
    return parse.whole(_of_module(module, source, printed(module), notes, held=held)[0])


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
    if not is_shape(sizes):
        way_out = "sizes without the batch: (3, 32, 32)"
        raise UsageError(f"input_shape={input_shape!r}: no such value", way_out=way_out)
    return sizes


# Addresses, which a command line gives too


def document(
    address: str,
    stdin: str | None = None,
    folder: str = "",
    blocks: parse.Blocks | None = None,
    held: list[Any] | None = None,
) -> parse.Document:
    """All that an address holds: a text, or what a live module of that folder prints; `held` gets the module."""
    if not parse.is_live(address):
        return parse.read(address, stdin=stdin, blocks=blocks)
    load_torch("a live module", address)
    from archdiff.execute.live import global_state, importing  # imports somebody's code

    changes = global_state.Changes(address)
    with foreign_errors(address):
        text, module = importing.load_printed(address, folder, changes)
        return parse.Document(address, _of_module(module, address, text, changes.notes, blocks, held))


def networks(
    address: str, stdin: str | None = None, blocks: parse.Blocks | None = None, held: list[Any] | None = None
) -> tuple[Network, ...]:
    """The network that `#NAME` names; all that the address holds where it names none; `held` gets a live module."""
    found = document(address, stdin, blocks=blocks, held=held).networks
    return found if parse.split_address(address)[1] is None else (parse.pick(address, found),)


def with_config(network: Network, address: str, stdin: str | None = None) -> Network:
    """A network with what its config.json says; the same network where the address is "".

    Args:
        network: A print or a live module.
        address: Of the configuration.
        stdin: What came on standard input.

    Raises:
        UsageError: The network is a configuration itself, or there is no such file.
        ReadError: It is no configuration.
    """
    if not address:
        return network
    if network.is_configuration:
        message = f"a configuration itself, and {address} beside it"
        raise UsageError(message, source=network.source, way_out="name the print of the network in its place")
    return network._replace(facts=(*network.facts, *parse.read_config(address, stdin=stdin)))


def with_layers(*networks: Network) -> None:
    """Refuses configurations where layers are needed.

    Raises:
        UsageError: One of the networks is a configuration alone.
    """
    for network in (each for each in networks if each.is_configuration):
        message = "a configuration: it says how large layers are, and not which there are"
        raise UsageError(message, source=network.source, way_out="give what print(model) writes, or a live module")


def live_modules(*addresses: str) -> tuple[str, ...]:
    """Those addresses that name a live module, each once."""
    return tuple(dict.fromkeys(filter(parse.is_live, addresses)))


def foreign_errors(*addresses: str) -> AbstractContextManager[None]:
    """What live modules among these raise while their code runs, as one error about them."""
    live = " and ".join(live_modules(*addresses))
    if not live:
        return nullcontext()
    from archdiff.execute.live import exceptions

    return exceptions.caught(live, "running its code", Exception)


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


# From networks to an outcome


class Compared(NamedTuple):
    """Both networks in normal form with the sizes of their layers, and what differs between them."""

    candidate: Sized
    reference: Sized
    comparison: diff.Comparison
    notes: tuple[str, ...] = ()

    def outcome(self) -> Outcome:
        """All that a report may use."""
        both = self.candidate, self.reference
        own = dict.fromkeys(note for each in both for note in describe.source_notes(each.network))
        candidate, reference = describe.of_networks([as_traced(each) for each in both])
        pairs, findings, notes, traced = self.comparison
        findings, names = variants.with_names(findings, candidate, reference)
        return Outcome(candidate, reference, pairs, findings, (*names, *notes, *self.notes, *own), traced=traced)


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
    return compared(candidate, reference, input_shape, by_few=True).outcome()


def compared(
    candidate: Network, reference: Network, input_shape: Shape | None = None, by_few: bool = False
) -> Compared:
    """Both networks with their sizes, and what differs; raises what `compare_networks` does.

    A live module may do more than it prints: a shape that does not run through its print is for the run alone.

    Args:
        candidate: Mine.
        reference: The original.
        input_shape: Sizes of one input without the batch; solved by default.
        by_few: Whether few of the layers of folded lines may stand for all, where these are very many.
    """
    way = _compared_by_few if by_few else _compared
    try:
        return way(candidate, reference, input_shape)
    except ShapeError as error:
        if input_shape is None or not any(places.is_live(each.source) for each in (candidate, reference)):
            raise
        return way(candidate, reference, None)._replace(notes=(for_the_run_alone(error),))


def for_the_run_alone(error: ShapeError) -> str:
    """The note about an input shape that does not run through the print of a live module."""
    return f"--input-shape is for the run alone: in printed order, {error.message}"


def _compared_by_few(candidate: Network, reference: Network, input_shape: Shape | None) -> Compared:
    """Of folded lines that stand for very many layers a few are compared, where these can stand for all."""
    both = candidate, reference
    if repeats.are_few(both):
        return _compared(*both, input_shape)
    if short := repeats.shortened(*both):
        parse.check_names(both)
        compared = _compared(*short, input_shape)
        sized, (pairs, findings, *_) = (compared.candidate, compared.reference), compared.comparison
        differ = any(each.effect is Effect.FUNCTION and each.is_difference for each in findings)
        if repeats.holds(*sized, pairs) or (differ and repeats.hold_other_layers(*sized)):
            return compared
    repeats.check_size(both)
    return _compared(*both, input_shape)


def _compared(candidate: Network, reference: Network, input_shape: Shape | None) -> Compared:
    """Networks -> normal form -> sizes -> what differs."""
    if candidate.is_configuration or reference.is_configuration:
        return _compared_configurations(candidate, reference)
    parse.check_names((candidate, reference))
    with uncollected():  # of 100,000 lines half of the time would go into looking for cycles
        normal = rules.normalized(folded(*live_settings.with_live_settings(candidate, reference)))
        sized_candidate, sized_reference = infer.infer(normal, input_shape)
        return Compared(sized_candidate, sized_reference, diff.compare(sized_candidate, sized_reference))


def _compared_configurations(candidate: Network, reference: Network) -> Compared:
    """Two networks of which nothing but a config.json is known: their fields are compared, and no tree."""
    for side, other in ((candidate, reference), (reference, candidate)):
        if side.is_configuration and not other.is_configuration:
            message = "a configuration, and the other network is printed: fields are no layers"
            way_out = "give it beside the print of its network, --candidate-config FILE or --reference-config FILE"
            raise UsageError(message, source=side.source, way_out=way_out)
    ours, theirs = infer.infer(rules.normalized((candidate, reference)))
    return Compared(ours, theirs, diff.compare_configurations(ours, theirs))
