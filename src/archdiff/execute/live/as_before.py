"""A live module as it was before foreign code ran it: attributes, caches, modes, weights and what hangs on these.

What is changed inside of tensors is seen by the recorder alone. Must not run anything.
"""

from __future__ import annotations

import functools
import sys
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any, Final

import torch
from torch import Tensor, nn

_MANY: Final = 1_000  # elements of a collection that are looked into
_MOST: Final = 100_000  # objects that are kept
_COLLECTIONS: Final = (dict, OrderedDict, defaultdict, Counter, list, set, deque)
_ATOMS: Final = (str, bytes, int, float, complex, type, FunctionType, MethodType, BuiltinFunctionType, ModuleType)


@contextmanager
def as_before(root: nn.Module) -> Iterator[Callable[[], bool]]:
    """Takes back what is changed meanwhile: attributes, hooks, caches, modes, gradients, and which tensors are held.

    Args:
        root: A module; all modules in it are watched.

    Yields:
        What tells whether an object that modules hold, and that is no module, holds something else by now.
    """
    kept = _HeldBefore()
    for module in root.modules():
        kept.module(module)
    caches = [(each, each.cache_info().misses) for each in _caches(root)]
    try:
        yield kept.is_changed
    finally:
        kept.restore()
        for cache, misses in caches:
            if cache.cache_info().misses != misses:  # it may hold tensors without numbers
                cache.cache_clear()


class _HeldBefore:
    """What objects held, by identity."""

    def __init__(self) -> None:
        self._classes: list[tuple[nn.Module, type, bool]] = []
        self._attributes: list[tuple[dict[str, Any], dict[str, Any]]] = []
        self._collections: list[tuple[Any, Any]] = []
        self._tensors: list[tuple[Tensor, Tensor, bool, Tensor | None]] = []
        self._known: set[int] = set()
        self._waiting: list[object] = []

    def module(self, module: nn.Module) -> None:
        """Keeps a module, without those in it."""
        self._classes.append((module, type(module), module.training))
        self._known.add(id(module))
        self._holds(module)
        while self._waiting:
            self._value(self._waiting.pop())

    def _holds(self, value: object) -> None:
        with suppress(AttributeError):
            held = object.__getattribute__(value, "__dict__")
            before = dict(held)
            self._attributes.append((held, before))
            self._waiting += before.values()

    def _value(self, value: object) -> None:
        if value is None or isinstance(value, _ATOMS) or id(value) in self._known:
            return
        if len(self._known) > _MOST or isinstance(value, nn.Module):
            return
        self._known.add(id(value))
        if isinstance(value, Tensor):
            self._tensor(value)
        elif type(value) in _COLLECTIONS:
            self._collections.append((value, value.copy()))  # type: ignore[attr-defined]
            if len(value) <= _MANY:  # type: ignore[arg-type]
                self._waiting += value.values() if isinstance(value, dict) else value  # type: ignore[arg-type]
        elif isinstance(value, tuple):
            self._waiting += value[:_MANY]
        else:
            self._holds(value)

    def _tensor(self, tensor: Tensor) -> None:
        with suppress(Exception):  # one that is not made yet, one of somebody's class
            gradient = tensor.grad if tensor.is_leaf else None
            self._tensors.append((tensor, tensor.detach(), tensor.requires_grad, gradient))

    def is_changed(self) -> bool:
        """Whether an object that is no module holds something else."""
        modules = {id(object.__getattribute__(module, "__dict__")) for module, _, _ in self._classes}
        return any(
            held.keys() != before.keys() or any(held[key] is not value for key, value in before.items())
            for held, before in self._attributes
            if id(held) not in modules
        )

    def restore(self) -> None:
        for held, before in self._attributes:
            if held.keys() != before.keys() or any(held[key] is not value for key, value in before.items()):
                held.clear()
                held.update(before)
        for collection, earlier in self._collections:
            _refill(collection, earlier)
        for module, kind, training in self._classes:
            if type(module) is not kind:
                module.__class__ = kind
            if module.training is not training:
                module.training = training
        for tensor, data, requires_grad, gradient in self._tensors:
            with suppress(Exception):
                _reset(tensor, data, requires_grad, gradient)


def _refill(collection: Any, before: Any) -> None:
    if len(collection) == len(before) and _same(collection, before):
        return
    collection.clear()
    (collection.extend if isinstance(collection, list | deque) else collection.update)(before)


def _same(now: Any, before: Any) -> bool:
    """Whether both hold the same objects, in order."""
    if isinstance(now, dict):
        return all(a is b for a, b in zip(now, before, strict=True)) and all(
            a is b for a, b in zip(now.values(), before.values(), strict=True)
        )
    return now == before if isinstance(now, set) else all(a is b for a, b in zip(now, before, strict=True))


def _reset(tensor: Tensor, data: Tensor, requires_grad: bool, gradient: Tensor | None) -> None:
    if tensor.untyped_storage()._cdata != data.untyped_storage()._cdata or tensor.shape != data.shape:
        with torch.no_grad():
            tensor.data = data
    if tensor.requires_grad is not requires_grad:
        tensor.requires_grad_(requires_grad)
    if tensor.is_leaf and tensor.grad is not gradient:
        tensor.grad = gradient


def _caches(root: nn.Module) -> list[functools._lru_cache_wrapper[Any]]:
    """Functions that keep what they gave, in the classes of somebody and beside them."""
    classes = {kind for module in root.modules() for kind in type(module).__mro__}
    names = {kind.__module__ for kind in classes if not kind.__module__.startswith(("torch.", "builtins"))}
    holders = [kind for kind in classes if kind.__module__ in names]
    values = [value for kind in holders for value in vars(kind).values()]
    values += [value for name in names if name in sys.modules for value in vars(sys.modules[name]).values()]
    values = [value.__func__ if isinstance(value, staticmethod | classmethod) else value for value in values]
    values += [each for value in values if isinstance(value, FunctionType) for each in _enclosed(value)]
    found = {id(value): value for value in values if isinstance(value, functools._lru_cache_wrapper)}
    return [*found.values()]


def _enclosed(function: FunctionType) -> Iterator[object]:
    """What a decorated function holds."""
    for cell in function.__closure__ or ():
        with suppress(ValueError):  # it is empty
            yield cell.cell_contents
