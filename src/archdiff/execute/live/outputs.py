"""What comes out of a forward: its tensors, and the form that holds them. Must not run anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from enum import Enum
from typing import Any, Final

from torch import Tensor, nn

from archdiff.model.network import Value
from archdiff.model.trace import BY_KEY, IN_ORDER, PLAIN, TENSOR

_DEEPEST: Final = 20  # objects in objects that are looked into
_MOST: Final = 10_000  # elements of all of them


def form(value: Any) -> tuple[Value, list[Tensor]]:
    """The form of a value, and its tensors in the order of the form: what has keys is sorted by these.

    A tuple and a list are one form, a dictionary and an object with attributes are another. Names of classes do not
    count, and what is neither a number nor a text is known by its class.
    """
    found: list[Tensor] = []
    left = _MOST

    def opened(value: Any, depth: int) -> Value:
        nonlocal left
        left -= 1
        if isinstance(value, Tensor):
            found.append(value)
            return (TENSOR,)
        if value is None or isinstance(value, bool | int | float | str):
            return PLAIN, value
        if depth < _DEEPEST and left > 0:
            if isinstance(value, list | tuple) and not hasattr(value, "_fields"):
                return IN_ORDER, *(opened(each, depth + 1) for each in value)
            if (named := _named(value)) is not None:
                return BY_KEY, *((name, opened(each, depth + 1)) for name, each in sorted(named))
        return PLAIN, type(value).__name__

    return opened(value, 0), found


def _named(value: Any) -> list[tuple[str, Any]] | None:
    """What an object holds by name; None where it is none that holds values."""
    if isinstance(value, Mapping):
        return [(each if isinstance(each, str) else repr(each), value[each]) for each in value]
    if isinstance(value, tuple):
        return [*zip(value._fields, value, strict=True)]  # type: ignore[attr-defined]
    if isinstance(value, nn.Module | type | Enum) or callable(value):
        return None
    held = getattr(value, "__dict__", None)
    if isinstance(held, dict) and (held or is_dataclass(value)):
        return [*held.items()]
    return [*_slots(value)] or None


def _slots(value: Any) -> Iterator[tuple[str, Any]]:
    for kind in type(value).__mro__:
        names = vars(kind).get("__slots__", ())
        for name in (names,) if isinstance(names, str) else names:
            if name in vars(kind) and hasattr(value, name):
                yield name, getattr(value, name)
