"""What sources hold: texts, addresses and live modules to networks, with what their forwards do and configurations say.

Must not compare.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import TYPE_CHECKING, Any, TypeAlias

from archdiff import parse
from archdiff.execute.with_torch import load_torch
from archdiff.model import places
from archdiff.model.errors import ArchdiffError, UsageError
from archdiff.model.facts import TRACES
from archdiff.model.network import Network
from archdiff.model.trace import ForwardTrace

if TYPE_CHECKING:
    from torch import nn


Source: TypeAlias = "str | os.PathLike[str] | Network | nn.Module"
Shape: TypeAlias = "tuple[int, ...]"


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
    candidate, reference = map(parse.unpacked, networks)
    if all(modules):
        candidate, reference = traced([candidate, reference], modules, input_shape, inputs)
    elif modules[0]:
        candidate = _traced_beside(candidate, modules[0], reference, input_shape, inputs)
    elif modules[1]:
        reference = _traced_beside(reference, modules[1], candidate, input_shape, inputs)
    return candidate, reference


def _traced_beside(
    network: Network, module: list[Any], text: Network, input_shape: Shape | None, inputs: str
) -> Network:
    """A live module with what its forward does; beside a text that holds traces, called as that says."""
    if not text.rows(TRACES):
        return traced([network], [module], input_shape, inputs)[0]
    _check_inputs(inputs, input_shape, text)
    return traced([network], [module], like=text)[0]


def traced(
    networks: Sequence[Network],
    modules: Sequence[list[Any]],
    input_shape: Shape | None = None,
    inputs: str = "",
    like: Network | None = None,
) -> Sequence[Network]:
    """Networks of live modules, with what their forwards do.

    Args:
        networks: As for `with_forwards`.
        modules: As for `with_forwards`.
        input_shape: As for `with_forwards`.
        inputs: As for `with_forwards`.
        like: A text that holds traces, with which they are compared.
    """
    with warnings.catch_warnings(action="ignore"):  # without NumPy, torch warns that it is missing
        from archdiff.execute.live import traces

    with foreign_errors(*(network.source for network in networks)):
        return traces.with_traces(networks, [held[0] for held in modules], inputs, input_shape, like)


def _check_inputs(inputs: str, input_shape: Shape | None, text: Network) -> None:
    held = next((each.inputs for each in text.rows(TRACES) if isinstance(each, ForwardTrace)), ())
    wanted, made = ([word.rpartition(":")[2].casefold() for word in words] for words in (inputs.split(), held))
    if wanted and wanted != made:
        message = f"--inputs {inputs}: the traces were made with {' '.join(held)}"
        raise UsageError(message, source=text.source, way_out="leave --inputs out, or write the text anew with it")
    if input_shape and has_other_sizes(text, input_shape):
        message = f"--input-shape {','.join(map(str, input_shape))}: the traces were made with {' '.join(held)}"
        way_out = "leave --input-shape out, or write the text anew with it"
        raise UsageError(message, source=text.source, way_out=way_out)


def has_other_sizes(text: Network, input_shape: Shape) -> bool:
    """Whether it holds traces, and no input of them has these sizes.

    Args:
        text: As it was read, or with its traces unpacked.
        input_shape: Sizes without the batch.
    """
    packed = parse.packed_traces(text)
    traced = next((each.inputs for each in text.rows(TRACES) if isinstance(each, ForwardTrace)), ())
    held, sizes = packed.inputs if packed else traced, ",".join(map(str, input_shape))
    return bool(held) and not any(each.partition(",")[2] == f"{sizes}]" for each in held)


def one(source: Source, blocks: parse.Blocks, held: list[Any] | None = None) -> Network:
    """The one network of a source.

    Args:
        source: As for `archdiff.read`.
        blocks: Blocks of prints that are known already.
        held: Gets the live module, where the source is one.

    Raises:
        ReadError: The source holds several networks, or none.
        UsageError: As for `archdiff.read`.
        TypeError: As for `archdiff.read`.
    """
    contents = every(source, blocks, held)
    if len(contents) == 1:
        return parse.whole(contents[0])
    if address := _address(source):
        return parse.pick(address, contents)  # raises, with the names of all: the address has none
    message = f"holds {len(contents)} networks; say which"
    raise UsageError(message, source=contents[0].source, way_out="archdiff.read_all gives all of them, in order")


def every(source: Source, blocks: parse.Blocks, held: list[Any] | None = None) -> tuple[Network, ...]:
    """All networks of a source; as `one` beside that."""
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


def spec_of(address: str) -> str:
    """The spec of a published network that comes with the package; "" of any other network."""
    path = parse.split_address(address)[0]
    return parse.spec_beside(path) if path.startswith(parse.SHIPPED) else ""


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
