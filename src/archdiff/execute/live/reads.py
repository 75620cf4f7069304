"""Which attributes of modules a forward reads, and which it changes that it began with."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final, TypeAlias

import torch
from torch import Tensor, nn

from archdiff.execute.live.code import asked_for

_TORCH: Final = os.path.dirname(os.path.abspath(torch.__file__)) + os.sep
_OF_ALL: Final = frozenset(vars(nn.Module()))  # what every module holds
_READ: Final = "__getattribute__"
_WHOLE: Final = "__dict__"  # who asks for it reads all

_State: TypeAlias = tuple[object, tuple[object, ...]]


class Reads:
    """Attributes that were read, by the path of the module, in the order in which they were read first."""

    def __init__(self, root: nn.Module) -> None:
        modules = [(path, each) for path, each in root.named_modules() if not _is_torch(type(each))]
        self._modules = {id(each): each for _, each in modules}
        own = {number: _own(each) for number, each in self._modules.items()}
        self._left = {number: set(held) for number, held in own.items()}
        self._tensors = {
            number: {name for name, each in held.items() if isinstance(each, Tensor)} for number, held in own.items()
        }
        self._before = {number: {name: _state(each) for name, each in held.items()} for number, held in own.items()}
        self._asked_for = asked_for(root)
        self._every = [(path, each, {*_held_by(each)}, each.training) for path, each in root.named_modules()]
        self._begun: list[tuple[int, str]] = []  # read before they were changed
        self._paths = {id(each): path for path, each in modules}
        self._classes: dict[type, list[int]] = {}
        for _, each in modules:
            self._classes.setdefault(type(each), []).append(id(each))
        self._found: list[tuple[int, str]] = []

    @property
    def found(self) -> tuple[tuple[str, str], ...]:
        """Path of the module and name of the attribute, for each."""
        return self._named(self._found)

    @property
    def remembered(self) -> tuple[tuple[str, str], ...]:
        """Those that were read and changed then, new ones, and modes: the next forward may begin otherwise."""
        changed = self._named(each for each in self._begun if self._is_changed(*each))
        new = (
            (path, name)
            for path, each, before, _ in self._every
            for name in _held_by(each)
            if name not in before and name in self._asked_for
        )
        modes = ((path, "training") for path, each, _, before in self._every if each.training is not before)
        return *changed, *new, *modes

    def _named(self, found: Iterable[tuple[int, str]]) -> tuple[tuple[str, str], ...]:
        return tuple((self._paths[number], name) for number, name in found)

    def _is_changed(self, number: int, name: str) -> bool:
        return _state(_own(self._modules[number]).get(name)) != self._before[number][name]

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
        left, found, tensors, frame = self._left, self._found, self._tensors, sys._getframe

        def __getattribute__(self_: Any, name: str) -> Any:  # noqa: N807
            names = left.get(id(self_))
            if names:
                if name in names:
                    names.discard(name)
                    if name not in tensors[id(self_)]:
                        found.append((id(self_), name))
                    if not self._is_changed(id(self_), name):
                        self._begun.append((id(self_), name))
                elif name == _WHOLE and not frame(1).f_code.co_filename.startswith(_TORCH):
                    self._all(id(self_))
            return read(self_, name)

        return __getattribute__

    def _all(self, number: int) -> None:
        """It reads all that it holds."""
        self._found += [(number, each) for each in sorted(self._left[number] - self._tensors[number])]
        self._left[number].clear()


def _is_torch(kind: type) -> bool:
    return kind.__module__.startswith("torch.")


def _held_by(module: nn.Module) -> Iterator[str]:
    """Names of its attributes and buffers."""
    yield from _own(module)
    yield from (name for name, _ in module.named_buffers(recurse=False))


def _own(module: nn.Module) -> dict[str, Any]:
    """Attributes of a module that are no modules, those apart that all modules have."""
    with suppress(AttributeError):
        held = object.__getattribute__(module, _WHOLE)
        return {name: value for name, value in held.items() if name not in _OF_ALL and not isinstance(value, nn.Module)}
    return {}


def _tensors(held: dict[str, Any]) -> Iterator[str]:
    return (name for name, each in held.items() if isinstance(each, Tensor))


def _state(value: Any) -> _State:
    """What tells that an attribute is another one, or holds others."""
    if isinstance(value, bool | int | float | str):
        return type(value), (value,)
    if isinstance(value, dict):
        return id(value), (*map(id, value), *map(id, value.values()))
    return id(value), tuple(map(id, value)) if isinstance(value, list | tuple | set | deque) else ()
