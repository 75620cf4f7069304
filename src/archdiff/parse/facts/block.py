"""The lines behind a print that say what its live module holds and does: where they stand, and what of them counts.

    Net(
      (conv1): Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1))
    )
    # archdiff facts 1, print 0f1e2d3c4b5a6978: what this module holds and does beside its print
    # . Net shared:
    # . Net mode: train
    # conv1 Conv2d tensors: weight=float32[8,3,3,3] bias=float32[8]
    # traces, torch 2.9.1, called by position: x:float32[2,3,32,32], digest 8796a5b4c3d2e1f0
    # eNq9Vk1v2zAM...
    # archdiff facts end

Every other reader takes them for comments. Must not know how a fact or a trace is spelled.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple, TypeAlias

from archdiff.model.errors import ReadError
from archdiff.model.facts import (
    BY_NAME,
    BY_POSITION,
    CALLED,
    CODE,
    EDITED,
    LEFT_OUT,
    NOT_TRACED,
    OWN,
    PACKED,
    SHARED,
    TRACES,
    Fact,
    HowCalled,
    PackedTraces,
    Provenance,
)
from archdiff.model.network import NAME, Layer, Network, Value, names, walk
from archdiff.model.trace import ForwardTrace, are_complete
from archdiff.parse.facts import packing, rows
from archdiff.parse.facts.rows import ModuleFacts
from archdiff.parse.lines import line_break

MARK: Final = "# archdiff facts "
VERSION: Final = 1
WIDTH: Final = 100  # of a line of traces

_BEFORE: Final = r"(?P<before>[ \t>#*]*)"  # indentation and quoting, which every line has alike
_FIRST: Final = re.compile(rf"{_BEFORE}# archdiff facts (?P<version>\d{{1,9}}), print (?P<digest>\w+):?.*", re.ASCII)
_END: Final = f"{MARK}end"
_TRACES: Final = re.compile(
    rf"traces, torch (?P<torch>[\w.+-]+), called (?P<way>{BY_POSITION}|{BY_NAME}|{OWN}): (?P<inputs>.*)"
    r", digest (?P<digest>\w+)",
    re.ASCII,
)
_At: TypeAlias = "Callable[[str], Layer | None]"
_TENSOR: Final = re.compile(r"[^\s:=]+:\w+\[[\d,]*\]")
_WAY_OUT: Final = "write them anew with archdiff snapshot or pytest --archdiff-update, or delete them"


class FactLines(NamedTuple):
    """What the lines behind one print say.

    Attributes:
        first: Their first line, counted from 1.
        last: Their last.
        digest: Of the print that they were written for.
        rows: What each module holds.
        traces: What the network does; None where it was not traced.
    """

    first: int
    last: int
    digest: str
    rows: tuple[ModuleFacts, ...]
    traces: PackedTraces | None


# Text -> facts


def taken_out(text: str, source: str = "") -> tuple[str, list[FactLines]]:
    """A text with blank lines in place of such lines, so that no format needs to know them, and what they say.

    Args:
        text: Any text.
        source: What errors call it.

    Raises:
        ReadError: They are cut off, changed, or of a newer version.
    """
    ending = line_break(text)
    lines, found, index = text.split(ending), [], 0
    while index < len(lines):
        first = _FIRST.match(lines[index]) if MARK in lines[index] else None
        if first is None:
            index += 1
            continue
        if int(first["version"]) > VERSION:
            raise ReadError(
                f"facts of version {first['version']}, and this archdiff reads {VERSION}",
                source=source,
                line=index + 1,
                way_out="update archdiff, or delete them",
            )
        found.append(_read(lines, index, first, source))
        for number in range(index, found[-1].last):
            lines[number] = "\r" if lines[number].endswith("\r") else ""
        index = found[-1].last
    return ending.join(lines), found


def last_line(lines: Sequence[str], first: int) -> int:
    """The last line of facts that begin on a line, both counted from 0; -1 where none begin there.

    Args:
        lines: Of a text.
        first: Where they may begin.
    """
    found = _FIRST.match(lines[first]) if first < len(lines) else None
    if found is None:
        return -1
    return next((each for each, _ in _inside(lines, first, found["before"]) if _is_end(lines[each], found)), -1)


def _is_end(line: str, first: re.Match[str]) -> bool:
    return line.removeprefix(first["before"]).strip() == _END


def _inside(lines: Sequence[str], first: int, before: str) -> Iterator[tuple[int, str]]:
    """The lines behind the first one that begin as it does, without what they begin with."""
    start = f"{before}# "
    for index in range(first + 1, len(lines)):
        if not lines[index].startswith(start):
            return
        yield index, lines[index].removeprefix(start).strip()


def _read(lines: Sequence[str], first: int, opening: re.Match[str], source: str) -> FactLines:
    found: list[ModuleFacts] = []
    traces: re.Match[str] | None = None
    data: list[str] = []
    at = first
    try:
        for index, line in _inside(lines, first, opening["before"]):
            at = index
            if _is_end(lines[index], opening):
                packed = _packed(traces, "".join(data)) if traces else None
                return FactLines(first + 1, index + 1, opening["digest"], tuple(found), packed)
            if traces:
                data.append(line)
            elif line.startswith("traces, "):
                traces = _TRACES.fullmatch(line)
                if traces is None:
                    raise ValueError("no traces")
            else:
                found.append(rows.read(line))
    except ValueError as error:
        message = f"the facts behind the print cannot be read: {error}"
        raise ReadError(message, source=source, line=at + 1, way_out=_WAY_OUT) from None
    message = f"the facts behind the print are cut off: no line {_END}"
    raise ReadError(message, source=source, line=at + 1, way_out=_WAY_OUT)


def _packed(said: re.Match[str], data: str) -> PackedTraces:
    if said["digest"] != packing.digest(said["way"], said["inputs"], data):
        raise ValueError("the traces are not as they were written")
    tensors, plain = _read_inputs(said["inputs"])
    words = *tensors, *(f"{name}={value}" for name, value in plain)
    return PackedTraces(words, HowCalled(said["way"], said["torch"], plain), data)


def _read_inputs(said: str) -> tuple[tuple[str, ...], tuple[tuple[str, Value], ...]]:
    """Tensors, and arguments beside them: `x:float32[2,3,32,32] use_cache=false`."""
    tensors = []
    while match := _TENSOR.match(said := said.lstrip()):
        tensors.append(match[0])
        said = said[match.end() :]
    return tuple(tensors), rows.read_values(said)


def with_facts(networks: Sequence[Network], found: Sequence[FactLines], source: str = "") -> tuple[Network, ...]:
    """Networks with what the lines behind them say of their live modules.

    Args:
        networks: In their order.
        found: What `taken_out` gave.
        source: What errors call the text.

    Raises:
        ReadError: No print stands before such lines, or they stand twice behind one.
    """
    result = list(networks)
    before = 0
    for each in found:
        number = next((at for at in range(len(result) - 1, -1, -1) if result[at].last_line < each.first), -1)
        if number < 0 or (result[number].last_line < before):
            why = "no print stands before them" if number < 0 else "others stand behind the same print"
            message = f"facts, and {why}"
            raise ReadError(message, source=source, line=each.first, way_out="delete them")
        before = each.last
        result[number] = _joined(result[number], each)
    return tuple(result)


def _joined(network: Network, found: FactLines) -> Network:
    traces: tuple[Fact, ...] = (Fact(PACKED, found.traces, Provenance.TRACED),) if found.traces else ()
    if found.digest == digest_of(network.root):
        facts = tuple(fact for row in found.rows for fact in row.facts)
        return network._replace(facts=(*network.facts, *facts, *traces))
    at = Printed(network.root).at
    fitting = [row for row in found.rows if _fits(at, row)]
    facts = tuple(fact for row in fitting for fact in _still(at, row))
    left = len(found.rows) - len(fitting)
    what = [f"{left} of {len(found.rows)} lines of facts"] if left else []
    if found.traces:
        what.append("the traced forwards")
        traces = (Fact(EDITED, packing.digest(found.traces.data), Provenance.TRACED),)
    left_out = Fact(LEFT_OUT, " and ".join(what), Provenance.PRINTED)
    return network._replace(facts=(*network.facts, *facts, *traces, *((left_out,) if what else ())))


# A print that is another one than that for which facts were written


def digest_of(root: Layer) -> str:
    """What tells one print from another: paths, classes and settings as they are read, wherever they stand."""
    words = (
        repr((path, layer.class_name, layer.repeat, [(each.name, each.value) for each in layer.settings]))
        for path, layer in walk(root)
    )
    return packing.digest(*words)


def _fits(at: _At, row: ModuleFacts) -> bool:
    """Whether the print has that class at that path; of a module that it never showed, whether it shows its holder."""
    layer = at(row.path)
    if row.class_name:
        return layer is not None and layer.class_name == row.class_name
    return layer is None and at(row.path.rpartition(".")[0]) is not None


def _still(at: _At, row: ModuleFacts) -> Iterator[Fact]:
    """The facts of a row, without settings that the print has itself now and names of weights that it has no more."""
    layer = at(row.path)
    printed = set(map(NAME, layer.settings)) if layer else set()
    for fact in row.facts:
        if fact.name == SHARED and isinstance(fact.value, tuple):
            yield fact._replace(value=tuple(each for each in fact.value if _all_held(at, each)))
        elif fact.name not in printed:
            yield fact


def _all_held(at: _At, weights: object) -> bool:
    held = weights if isinstance(weights, tuple) else ()
    return all(at(str(each).rpartition(".")[0]) for each in held)


class Printed:
    """The layers of a print by path."""

    def __init__(self, root: Layer) -> None:
        self._root = root
        self._children: dict[int, dict[str, Layer]] = {}  # by identity, which holds as long as the root does

    def at(self, path: str) -> Layer | None:
        """The layer at a path; one that is folded stands for each of its names."""
        layer: Layer | None = self._root
        for name in path.split(".") if path else ():
            if layer is None:
                break
            known = self._children.get(id(layer.children))
            if known is None:
                known = {name: child for child in layer.children for name in names(child)}
                self._children[id(layer.children)] = known
            layer = known.get(name)
        return layer


# Facts -> text


def lines_of(network: Network) -> list[str]:
    """The lines that say what is known of a live module; nothing of a network that was read from a text without any.

    Args:
        network: With its facts.
    """
    at = Printed(network.root).at
    packed = packed_traces(network) or _packed_now(network)
    facts = [*_of_forwards(network, packed)]
    held = list(rows.written(facts, lambda path: layer.class_name if (layer := at(path)) else ""))
    traces = list(_trace_lines(packed))
    if not held and not traces:
        return []
    first = f"{MARK}{VERSION}, print {digest_of(network.root)}: what this module holds and does beside its print"
    return [first, *(f"# {each}" for each in (*held, *traces)), _END]


def _of_forwards(network: Network, packed: PackedTraces | None) -> Iterator[Fact]:
    """All facts; of the code where traces do not tell all that the forward may do, since code changes more often."""
    traces = tuple(each for each in network.rows(TRACES) if isinstance(each, ForwardTrace))
    is_too_large = bool(traces) and packed is None
    tell_all = bool(traces) and not is_too_large and are_complete(traces)
    yield from (each for each in network.facts if each.name != CODE or not tell_all)
    if is_too_large:
        yield Fact(NOT_TRACED, "its trace is too large for a text", Provenance.TRACED)


def _trace_lines(packed: PackedTraces | None) -> Iterator[str]:
    if packed is None:
        return
    called = packed.called
    tensors = packed.inputs[: len(packed.inputs) - len(called.plain)]
    inputs = " ".join(filter(None, (*tensors, rows.values(called.plain))))
    digest = packing.digest(called.way, inputs, packed.data)
    yield f"traces, torch {called.torch}, called {called.way}: {inputs}, digest {digest}"
    yield from (packed.data[at : at + WIDTH] for at in range(0, len(packed.data), WIDTH))


def packed_traces(network: Network) -> PackedTraces | None:
    """The traces of a network as its text holds them; None where there are none.

    Args:
        network: As it was read.
    """
    fact = network.fact(PACKED)
    return fact.value if fact is not None and isinstance(fact.value, PackedTraces) else None


def _packed_now(network: Network) -> PackedTraces | None:
    """Those of a live module that was traced; None for one that was not, and for what is too large for a text."""
    called = network.fact(CALLED)
    traces = tuple(each for each in network.rows(TRACES) if isinstance(each, ForwardTrace))
    if not traces or called is None or not isinstance(called.value, HowCalled):
        return None
    try:
        return PackedTraces(traces[0].inputs, called.value, packing.pack(traces))
    except ValueError:
        return None


def unpacked(network: Network) -> Network:
    """A network with the traces that its text holds.

    Args:
        network: As it was read.

    Returns:
        The same one where it holds none.

    Raises:
        ReadError: They are none, whatever their digest says.
    """
    fact = network.fact(PACKED)
    if fact is None or not isinstance(fact.value, PackedTraces):
        return network
    try:
        traces = packing.unpack(fact.value.data)
        if not traces or any(each.inputs != fact.value.inputs for each in traces):
            raise ValueError("they were made with other inputs")
    except ValueError as error:
        message = f"the traces behind the print cannot be read: {error}"
        raise ReadError(message, source=network.source, line=network.last_line, way_out=_WAY_OUT) from None
    others = tuple(each for each in network.facts if each is not fact)
    own = Fact(TRACES, traces, Provenance.TRACED), Fact(CALLED, fact.value.called, Provenance.TRACED)
    return network._replace(facts=(*others, *own))
