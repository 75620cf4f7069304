"""Which attributes of modules a forward reads. Must not keep what they hold."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

import torch
from torch import Tensor, nn

_TORCH: Final = os.path.dirname(os.path.abspath(torch.__file__)) + os.sep
_OF_ALL: Final = frozenset(vars(nn.Module()))  # what every module holds
_READ: Final = "__getattribute__"
_WHOLE: Final = "__dict__"  # who asks for it reads all


class Reads:
    """Attributes that were read, by the path of the module, in the order in which they were read first."""

    def __init__(self, root: nn.Module) -> None:
        modules = [(path, each) for path, each in root.named_modules() if not _is_torch(type(each))]
        self._left = {id(each): _names(each) for _, each in modules}
        self._paths = {id(each): path for path, each in modules}
        self._classes: dict[type, list[int]] = {}
        for _, each in modules:
            self._classes.setdefault(type(each), []).append(id(each))
        self._found: list[tuple[int, str]] = []

    @property
    def found(self) -> tuple[tuple[str, str], ...]:
        """Path of the module and name of the attribute, for each."""
        return tuple((self._paths[number], name) for number, name in self._found)

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Notes what is read meanwhile."""
        before: list[tuple[type, Any]] = []
        try:
            for kind, numbers in self._classes.items():
                if any(base in self._classes for base in kind.__mro__[1:]):
                    continue  # it reads as that class does
                own = vars(kind).get(_READ)
                try:
                    setattr(kind, _READ, self._noting(getattr(kind, _READ)))
                except TypeError:  # a class that cannot be changed
                    for number in numbers:
                        self._all(number)
                    continue
                before.append((kind, own))
            yield
        finally:
            for kind, own in before:
                if own is None:
                    delattr(kind, _READ)
                else:
                    setattr(kind, _READ, own)

    def _noting(self, read: Callable[[Any, str], Any]) -> Callable[[Any, str], Any]:
        left, found, frame = self._left, self._found, sys._getframe

        def __getattribute__(self_: Any, name: str) -> Any:  # noqa: N807
            names = left.get(id(self_))
            if names:
                if name in names:
                    names.discard(name)
                    found.append((id(self_), name))
                elif name == _WHOLE and not frame(1).f_code.co_filename.startswith(_TORCH):
                    self._all(id(self_))
            return read(self_, name)

        return __getattribute__

    def _all(self, number: int) -> None:
        """It reads all that it holds."""
        self._found += [(number, each) for each in sorted(self._left[number])]
        self._left[number].clear()


def _is_torch(kind: type) -> bool:
    return kind.__module__.startswith("torch.")


def _names(module: nn.Module) -> set[str]:
    """Attributes of its own that are neither modules nor tensors."""
    with suppress(AttributeError):
        held = object.__getattribute__(module, _WHOLE)
        return {
            name for name, value in held.items() if name not in _OF_ALL and not isinstance(value, Tensor | nn.Module)
        }
    return set()
