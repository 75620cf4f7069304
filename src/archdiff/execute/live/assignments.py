"""Which attributes of itself a module assigns while it runs: counters and caches, as its code says.

Reads the code of methods and runs none of it.
"""

from __future__ import annotations

import dis
import inspect
import types
import warnings
from collections.abc import Iterator
from functools import cache
from typing import Final

with warnings.catch_warnings(action="ignore"):  # without NumPy, torch warns that it is missing
    from torch import nn


@cache
def assigned_by_forward(cls: type) -> frozenset[str]:
    """The attributes that `forward`, or a method that it calls, assigns to `self`.

    Args:
        cls: The class; what its bases say counts up to `torch.nn.Module`.

    Returns:
        Their names.
    """
    found: set[str] = set()
    passed: set[str] = set()
    waiting = ["forward"]
    while waiting:
        name = waiting.pop()
        if name in passed:
            continue
        passed.add(name)
        for method in _codes_of(cls, name):
            for code in _with_inner(method):
                found |= set(_assigned(code, method.co_varnames[:1]))
                waiting += code.co_names
    return frozenset(found)


def _codes_of(cls: type, name: str) -> Iterator[types.CodeType]:
    """The code of all methods of a name."""
    for base in cls.__mro__:
        if base is nn.Module:
            return
        held = vars(base).get(name)
        function = held.fget if isinstance(held, property) else getattr(held, "__func__", held)
        code = getattr(inspect.unwrap(function), "__code__", None) if callable(function) else None
        if isinstance(code, types.CodeType):
            yield code


def _with_inner(code: types.CodeType) -> Iterator[types.CodeType]:
    """The code of a method, with what is defined in it."""
    yield code
    for each in code.co_consts:
        if isinstance(each, types.CodeType):
            yield from _with_inner(each)


def _assigned(code: types.CodeType, own: tuple[str, ...]) -> Iterator[str]:
    """The attributes of `self`, under its own name, that are stored: `self.x = 1`, and `self.x += 1`, which swaps."""
    before: dis.Instruction | None = None
    for each in dis.get_instructions(code):
        if each.opname == "STORE_ATTR" and before is not None:
            loaded = before.argval[-1:] if isinstance(before.argval, tuple) else (before.argval,)
            if before.opname in _SWAPS or loaded == own:
                yield each.argval
        before = each


_SWAPS: Final = ("SWAP", "ROT_TWO")
