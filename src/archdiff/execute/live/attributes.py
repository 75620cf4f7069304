"""The settings of a class of somebody that its print omits: attributes of the instance, read by one rule.

A setting is a public attribute with a plain value that no call of the forward assigns. Plain are None, truth values,
numbers, words, members of enums, dtypes, classes and functions by their name, and short tuples, lists, sets and dicts
of these. So what is left out is what

- is private: begins with an underscore (one that torch does not set is named without its value);
- says where and in which mode a module runs: `training`, devices, paths and addresses (words with a slash);
- is a tensor that is not registered, or a module in a list: a cache or a reference, no setting;
- `forward` or a method that it calls assigns: counters and caches.

Any other object is named without its value, so that it stays known that not everything was read. Must not run any of
the module's code, properties included.
"""

from __future__ import annotations

import functools
import hashlib
import os
import types
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator
from enum import Enum
from typing import Final, cast

from archdiff.model.network import UNKNOWN, Value

with warnings.catch_warnings(action="ignore"):  # without NumPy, torch warns that it is missing
    import torch
    from torch import nn
    from torch.nn import functional

from archdiff.execute.live.assignments import assigned_by_forward


class _Noise(Enum):
    """What is no setting whatever its value."""

    NOISE = "noise"


_NOISE: Final = _Noise.NOISE
_MOST_PARTS: Final = 64  # of a list; more are data
_MOST_LEVELS: Final = 4  # of lists in lists
_LONGEST: Final = 80  # letters of a word; more are a text
_OF_TORCH: Final = frozenset(vars(nn.Module()))  # `training` among them
_NOT_PLAIN: Final = (torch.Tensor, torch.device, torch.Generator, nn.Module, os.PathLike)


def attributes(module: nn.Module, printed: Collection[str | None] = ()) -> Iterator[tuple[str, Value]]:
    """The settings of a module that its print omits.

    Args:
        module: Of any class.
        printed: Names of what its print holds.

    Yields:
        Name and value, in the order of the constructor; UNKNOWN for an object that is not plain.
    """
    assigned: Collection[str] | None = None
    for name, held in vars(module).items():
        if name in _OF_TORCH or name in printed:
            continue
        if name.startswith("_"):
            yield name, UNKNOWN
            continue
        value = _read(held)
        if value is _NOISE:
            continue
        if assigned is None:
            assigned = assigned_by_forward(cast("type", type(module)))  # whose hash mypy takes for that of a module
        if name not in assigned:
            yield name, value


def _read(value: object) -> Value | _Noise:
    """A value, or UNKNOWN where it is odd: what somebody writes in place of a word or a list may do anything."""
    try:
        return _plain(value, 0)
    except Exception:
        return UNKNOWN


def _plain(value: object, depth: int) -> Value | _Noise:
    match value:
        case Enum():
            return f"{type(value).__name__}.{value.name}"
        case int() if abs(value) >> 63:  # no float holds it
            return str(value)
        case bool() | int() | float() | None:
            return value
        case str():
            return _word(value)
        case complex() | torch.dtype():
            return str(value)
        case _ if isinstance(value, _NOT_PLAIN):
            return _NOISE
        case tuple() | list():
            return _all(value, depth)
        case set() | frozenset():
            return _all(sorted(value, key=repr), depth)
        case dict():
            return _all(value.items(), depth)
        case functools.partial():
            return _all(("partial", value.func, *value.args, *value.keywords.items()), depth)
    if type(value).__module__.partition(".")[0] == "numpy" and hasattr(value, "item") and not hasattr(value, "__len__"):
        return _plain(value.item(), depth)
    return function_name(value) if callable(value) else UNKNOWN


def _word(value: str) -> Value | _Noise:
    if "/" in value or "\\" in value:
        return _NOISE
    return str(value) if value.isprintable() and len(value) <= _LONGEST else UNKNOWN


def _all(parts: Collection[object], depth: int) -> Value | _Noise:
    if len(parts) > _MOST_PARTS or depth == _MOST_LEVELS:
        return UNKNOWN
    values = [_plain(part, depth + 1) for part in parts]
    plain = [value for value in values if not isinstance(value, _Noise)]
    if len(plain) < len(values):
        return _NOISE
    return UNKNOWN if UNKNOWN in plain else tuple(plain)


# Functions


def function_name(value: Callable[..., object]) -> Value:
    """The name of a function or of a class by which it is compared.

    Functions of torch are those of `torch.nn.functional` where it has one of their name: `torch.relu` computes what
    `torch.nn.functional.relu` does. One of somebody is known by its name and what its code says, wherever it stands, so
    that two copies are one function and two lambdas are two.

    Args:
        value: Anything callable.

    Returns:
        `torch.nn.functional.relu`, `math.exp`, `swish, code 1f0c8e2a`; UNKNOWN for an object with a `__call__`.
    """
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", None)
    if not isinstance(name, str):
        return UNKNOWN
    last = name.rpartition(".")[2]
    module = getattr(value, "__module__", None) or ""
    if isinstance(value, type):
        return f"torch.nn.{last}" if getattr(nn, last, None) is value else last
    if module.partition(".")[0] == "torch" or getattr(torch, last, None) is value or _is_of_tensors(value):
        return f"torch.nn.functional.{last}" if hasattr(functional, last) else f"torch.{last}"
    code = getattr(value, "__code__", None)  # of a method, too
    if isinstance(code, types.CodeType):
        return f"{last}, code {_digest(value)}"
    return f"{module}.{name}" if module else name


def _is_of_tensors(value: object) -> bool:
    """Whether it is a method of all tensors: `torch.Tensor.relu`."""
    return isinstance(value, types.MethodDescriptorType) and issubclass(torch.Tensor, value.__objclass__)


def _digest(function: object) -> str:
    return hashlib.sha256(repr(_said(function, 0)).encode()).hexdigest()[:8]


_DEPTH: Final = 4  # of functions around functions


def _said(function: object, depth: int) -> object:
    """What the code of a function says, with its defaults and what it keeps of the function around it."""
    code = getattr(function, "__code__", None)
    if not isinstance(code, types.CodeType):
        return repr(_read(function))
    if depth == _DEPTH:
        return code.co_name
    kept = []
    for cell in getattr(function, "__closure__", None) or ():
        try:
            kept.append(_said(cell.cell_contents, depth + 1))
        except ValueError:  # it is filled later
            continue
    defaults = getattr(function, "__defaults__", None) or ()
    return [*_code(code), kept, [_said(each, depth + 1) for each in defaults]]


def _code(code: types.CodeType) -> list[object]:
    """Instructions, names and constants, without where they stand."""
    constants = [_code(each) if isinstance(each, types.CodeType) else repr(each) for each in _without_text(code)]
    return [code.co_code.hex(), code.co_names, code.co_argcount, constants]


def _without_text(code: types.CodeType) -> Iterable[object]:
    """The constants of a code without its docstring, and without the names of what is defined in it."""
    documented = code.co_consts[:1] == (None,) or not code.co_consts or not isinstance(code.co_consts[0], str)
    constants = code.co_consts if documented else (None, *code.co_consts[1:])
    return [None if isinstance(each, str) and "<locals>" in each else each for each in constants]
