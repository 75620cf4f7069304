"""Traces to text and back: JSON, compressed, in letters that every text takes.

What is read is bounded and checked value by value, and nothing of it is evaluated. Files and lines of the code are left
out: they belong to one machine, and they move when a comment is written.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Iterable
from hashlib import sha256
from typing import Any, Final

from archdiff.model.network import UNKNOWN, Value
from archdiff.model.trace import (
    BY_KEY,
    IN_ORDER,
    INPUT,
    PARAMETER,
    PLAIN,
    TENSOR,
    Argument,
    ForwardTrace,
    ModuleCall,
    Operation,
    Ref,
)

MOST: Final = 1 << 24  # characters of JSON; a transformer of 12 layers has 250,000 in both modes
_REF: Final = "r"  # the key of an object that stands for a tensor
_MOST_LEVELS: Final = 50  # of lists in lists


def pack(traces: Iterable[ForwardTrace]) -> str:
    """Traces as text.

    Args:
        traces: Of one network.

    Raises:
        ValueError: They are too large, or hold what no text does.
    """
    held = [_trace(each) for each in traces]
    try:
        text = json.dumps(held, separators=(",", ":"))
    except TypeError as error:
        raise ValueError(str(error)) from None
    if len(text) > MOST:
        raise ValueError(f"{len(text):,} characters, more than {MOST:,}")
    return base64.b64encode(zlib.compress(text.encode("ascii"), 9)).decode("ascii")


def unpack(data: str) -> tuple[ForwardTrace, ...]:
    """The traces of such a text.

    Args:
        data: What `pack` gave.

    Raises:
        ValueError: It is nothing of the kind.
    """
    try:
        reader = zlib.decompressobj()
        text = reader.decompress(base64.b64decode(data, validate=True), MOST + 1)
        if len(text) > MOST or not reader.eof or reader.unused_data:
            raise ValueError("too large, or not whole")
        held = json.loads(text)
    except (zlib.error, binascii.Error, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(str(error)) from None
    return tuple(_read(each) for each in _list(held))


def digest(*words: str) -> str:
    """What tells that words are as they were written."""
    return sha256("\n".join(words).encode("utf-8", "surrogatepass")).hexdigest()[:16]


# Values to JSON: operands are counted back from where they are taken, which the compression makes most of


def _trace(trace: ForwardTrace) -> dict[str, Any]:
    return {
        "operations": [_operation(each, number) for number, each in enumerate(trace.operations)],
        "calls": [
            [*each[:2], _refs(each.inputs), _refs(each.outputs), each.first, each.end, each.of_torch, each.training]
            for each in trace.calls
        ],
        "outputs": _refs(trace.outputs),
        "inputs": trace.inputs,
        "way": trace.way,
        "reads": trace.reads,
        "states": _refs(trace.states),
        "gives": trace.gives,
        "writes": trace.writes,
        "remembers": trace.remembers,
    }


def _operation(each: Operation, number: int) -> list[Any]:
    arguments = [[name, _argument(value, number)] for name, value in each.arguments]
    return [each.name, arguments, each.shapes, each.path, each.dtype, each.cuts]


def _argument(value: Argument, number: int) -> Any:
    if isinstance(value, Ref):
        back = number - value.operation
        return {_REF: [back, value.output] if value.output else back}
    if isinstance(value, tuple):
        return [_argument(each, number) for each in value]
    return {} if value is UNKNOWN else value


def _refs(refs: Iterable[Ref]) -> list[list[int]]:
    return [list(each) for each in refs]


# JSON to values


def _read(held: object) -> ForwardTrace:
    if not isinstance(held, dict) or held.keys() != _KEYS:
        raise ValueError("no trace")
    operations = tuple(_read_operation(each, number) for number, each in enumerate(_list(held["operations"])))
    return ForwardTrace(
        operations,
        tuple(_read_call(each, operations) for each in _list(held["calls"])),
        _read_refs(held["outputs"], operations),
        tuple(_text(each) for each in _list(held["inputs"])),
        _text(held["way"]),
        _read_names(held["reads"]),
        _read_refs(held["states"], operations),
        _read_form(held["gives"], 0),
        tuple(map(_number, _list(held["writes"]))),
        _read_names(held["remembers"]),
    )


_KEYS: Final = {*("operations", "calls", "outputs", "inputs", "way", "reads", "states"), "gives", "writes", "remembers"}


def _read_names(held: object) -> tuple[tuple[str, str], ...]:
    return tuple((_text(path), _text(name)) for path, name in map(_pair, _list(held)))


def _read_form(held: object, depth: int) -> Value:
    match held:
        case ["tensor"]:
            return (TENSOR,)
        case ["plain", None | bool() | int() | float() | str() as value]:
            return PLAIN, value
        case ["in order", *inside] if depth < _MOST_LEVELS:
            return IN_ORDER, *(_read_form(each, depth + 1) for each in inside)
        case ["by key", *inside] if depth < _MOST_LEVELS:
            return BY_KEY, *((_text(name), _read_form(each, depth + 1)) for name, each in map(_pair, inside))
    raise ValueError("no form")


#: what is taken as it is: the name of its one argument, and the type of that
_GIVEN: Final = {INPUT: ("number", int), PARAMETER: ("name", str)}


def _read_operation(held: object, number: int) -> Operation:
    match held:
        case [str(name), list(arguments), list(shapes), str(path), str(dtype), bool(cuts)]:
            pairs = map(_pair, arguments)
            read = tuple((_text(key), _read_argument(value, number, 0)) for key, value in pairs)
            if name in _GIVEN and (len(shapes) != 1 or [(key, type(value)) for key, value in read] != [_GIVEN[name]]):
                raise ValueError("no tensor that is given")
            return Operation(name, read, tuple(map(_shape, shapes)), path, "", dtype, cuts)
    raise ValueError("no operation")


def _read_argument(held: object, number: int, depth: int) -> Argument:
    match held:
        case bool() | int() | float() | str() | None:
            return held
        case list() if depth < _MOST_LEVELS:
            return tuple(_read_argument(each, number, depth + 1) for each in held)
        case {"r": int(back), **rest} if not rest and 0 < back <= number:
            return Ref(number - back)
        case {"r": [int(back), int(output)], **rest} if not rest and 0 < back <= number and output >= 0:
            return Ref(number - back, output)
    if held == {}:
        return UNKNOWN
    raise ValueError("no argument")


def _read_call(held: object, operations: tuple[Operation, ...]) -> ModuleCall:
    match held:
        case [str(path), str(name), list(inputs), list(outputs), int(first), int(end), bool(of_torch), bool(training)]:
            if 0 <= first <= end <= len(operations):
                both = _read_refs(inputs, operations), _read_refs(outputs, operations)
                return ModuleCall(path, name, *both, first, end, of_torch, training)
    raise ValueError("no call")


def _read_refs(held: object, operations: tuple[Operation, ...]) -> tuple[Ref, ...]:
    found = tuple(Ref(*map(_number, _pair(each))) for each in _list(held))
    if not all(each.operation < len(operations) for each in found):
        raise ValueError("a tensor of no operation")
    return found


def _shape(held: object) -> tuple[int, ...]:
    return tuple(map(_number, _list(held)))


def _pair(held: object) -> tuple[Any, Any]:
    first, second = _list(held)
    return first, second


def _list(held: object) -> list[Any]:
    if not isinstance(held, list):
        raise ValueError("no list")
    return held


def _text(held: object) -> str:
    if not isinstance(held, str):
        raise ValueError("no text")
    return held


def _number(held: object) -> int:
    if type(held) is not int or held < 0:
        raise ValueError("no number")
    return held
