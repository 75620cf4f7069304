"""The code that a live module runs, as far as it is somebody's: in its classes, and what their methods call by name.

Where forwards cannot be traced, it tells whether they are the same. Must not run anything.
"""

from __future__ import annotations

import dis
from collections.abc import Iterator
from functools import partial
from types import CodeType, FunctionType, MethodType
from typing import Any, Final

from torch import nn

_MOST: Final = 10_000  # functions that are looked into


def of_module(module: nn.Module) -> Iterator[str]:
    """Every function that the forward of a module may call, without where it stands.

    Args:
        module: With the modules in it.

    Returns:
        Its name, what the interpreter runs, and plain values that it holds or is called with by default.
    """
    return _of_all(_started(module))


def _started(module: nn.Module) -> list[Any]:
    waiting: list[Any] = []
    for kind in dict.fromkeys(type(each) for each in module.modules()):
        if not kind.__module__.startswith("torch."):
            waiting += [value for _, value in sorted(vars(kind).items())]
    return [*waiting, *(each.__dict__["forward"] for each in module.modules() if "forward" in each.__dict__)]


def of_function(function: object) -> str:
    """The same of one function, in one text."""
    return " ".join(_of_all([function]))


def asked_for(module: nn.Module) -> frozenset[str]:
    """Names that the code of a module reads: as attributes, and as texts, which `getattr` and `hasattr` take.

    Args:
        module: With the modules in it.
    """
    found: set[str] = set()
    for function in _functions(_started(module)):
        for code in _codes(function.__code__):
            found |= {each.argval for each in dis.get_instructions(code) if each.opname in ("LOAD_ATTR", "LOAD_METHOD")}
            found |= {each for each in code.co_consts if isinstance(each, str)}
    return frozenset(found)


def _of_all(waiting: list[Any]) -> Iterator[str]:
    for function in _functions(waiting):
        beside = [*_held(function), *(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
        yield f"{function.__qualname__} {_of_code(function.__code__)} {[*map(_plain, beside)]}"


def _functions(waiting: list[Any]) -> Iterator[FunctionType]:
    """Functions, and those that they hold or call by name."""
    known: set[int] = set()
    while waiting and len(known) < _MOST:
        function = _function(waiting.pop(0))
        if function is None or id(function) in known or _is_of_a_library(function):
            continue
        known.add(id(function))
        yield function
        names = dict.fromkeys(name for each in _codes(function.__code__) for name in each.co_names)
        waiting += [*_held(function), *(function.__globals__.get(name) for name in names)]


def _held(function: FunctionType) -> list[Any]:
    return [_cell(each) for each in function.__closure__ or ()]


def _function(value: Any) -> FunctionType | None:
    """What is called in the end: of a method, a property, a decorated function."""
    for _ in range(_MOST):
        if isinstance(value, FunctionType):
            return value
        if isinstance(value, MethodType | staticmethod | classmethod):
            value = value.__func__
        elif isinstance(value, property):
            value = value.fget
        elif isinstance(value, partial):
            value = value.func
        else:
            return None
    return None


def _is_of_a_library(function: FunctionType) -> bool:
    return (function.__module__ or "").partition(".")[0] in ("torch", "builtins", "functools", "typing", "math")


def _cell(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # empty
        return None


def _plain(value: object) -> str:
    return repr(value) if isinstance(value, bool | int | float | str | tuple | None) else type(value).__name__


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _codes(each)


def _of_code(code: CodeType) -> str:
    """A function as the interpreter has it."""
    held = (_of_code(each) if isinstance(each, CodeType) else repr(each) for each in code.co_consts)
    return f"{code.co_code.hex()} {code.co_names} {code.co_varnames} {' '.join(held)}"
