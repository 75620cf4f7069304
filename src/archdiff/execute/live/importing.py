"""`package.module:factory`: a live module, or a callable that returns one, to the text that it prints.

The one place that imports foreign code, and only where an address asks for it. Must not look into the module:
what it prints is what is compared, with what `unprinted` finds that no print shows.
"""

from __future__ import annotations

import importlib
import inspect
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from copy import deepcopy
from types import ModuleType
from typing import Any, Final
from weakref import WeakKeyDictionary

import torch
from torch import nn

from archdiff.execute.live import exceptions, global_state
from archdiff.execute.live.global_state import Changes
from archdiff.model.errors import UsageError
from archdiff.model.wording import nearest


def load_printed(address: str, folder: str = "", changes: Changes | None = None) -> tuple[str, nn.Module]:
    """What the module prints, and the module.

    Args:
        address: `package.module:factory`.
        folder: where its package is looked for first; the working directory by default.
        changes: gets what its code changes outside of the module.

    Raises:
        UsageError: whatever goes wrong in its code.
    """
    changes = changes or Changes(address)
    made = load_module(address, folder, changes)
    with global_state.restored(changes), exceptions.caught(address, "printing it"):
        return repr(made) + "\n", made


def load_module(address: str, folder: str = "", changes: Changes | None = None) -> nn.Module:
    """The module of an address; arguments and errors are those of `load_printed`."""
    name, _, attribute = address.partition(":")
    with global_state.restored(changes or Changes(address)), _importing_from(os.path.abspath(folder)):
        made = _attribute(address, _module(address, name), attribute)
        return _on_one_device(made if isinstance(made, nn.Module) else _called(address, made))


def new_module(
    address: str, seed: int, place: torch.device, dtype: torch.dtype, changes: Changes | None = None
) -> nn.Module:
    """The module of an address as a copy of its own: two addresses may name one object, which training moves twice.

    Args:
        address: `package.module:factory`.
        seed: of the weights that its code draws.
        place: where it is put; on "meta" it is made without weights.
        dtype: of its weights.
        changes: gets what its code changes outside of it.

    Raises:
        UsageError: whatever goes wrong in its code.
    """
    meta = place.type == "meta"
    with torch.random.fork_rng([]), torch.device(place if meta else "cpu"):
        torch.manual_seed(seed)
        module = load_module(address, changes=changes)
        with suppress(Exception):  # computed weights, open handles
            copy = deepcopy(module)
            if (called := inputs_of(module)) is not None:
                _INPUTS[copy] = called
            module = copy
    return module.to(place) if meta else module.to(place, dtype)


def _on_one_device(made: nn.Module) -> nn.Module:
    """Where it runs is for `--device` to say: a DataParallel takes its input to all GPUs that it was made for."""
    for each in made.modules():
        if isinstance(each, nn.DataParallel):
            each.device_ids = []
    return made


def _module(address: str, name: str) -> ModuleType:
    try:
        with exceptions.caught(address, f"importing {name}", ModuleNotFoundError):
            return importlib.import_module(name)
    except ModuleNotFoundError as error:
        way_out = "packages are looked for in the working directory, then where Python finds them"
        raise UsageError(f"no module '{error.name or name}'", source=address, way_out=way_out) from None


def _attribute(address: str, module: ModuleType, dotted: str) -> Any:
    held: Any = module
    for name in dotted.split("."):
        try:
            with exceptions.caught(address, f"looking up {name}", AttributeError):
                held = getattr(held, name)
        except AttributeError:
            near = nearest(name, (other for other in dir(held) if not other.startswith("_")))
            way_out = f"did you mean {near}?" if near else "give a module, or a callable that returns one"
            raise UsageError(f"'{module.__name__}' has no '{dotted}'", source=address, way_out=way_out) from None
    return held


def _called(address: str, factory: Any) -> nn.Module:
    if not callable(factory):
        raise UsageError(f"is {_a(factory)}, neither a torch.nn.Module nor a callable that returns one", source=address)
    if needed := needed_arguments(factory):
        raise UsageError(
            f"takes arguments ({', '.join(needed)})",
            source=address,
            way_out="write a function without any: def mine(): return Net(width=64)",
        )
    with exceptions.caught(address, "calling it"):
        made = factory()
    made, called = _with_inputs(made)
    if not isinstance(made, nn.Module):
        raise UsageError(f"returns {_a(made)}, not a torch.nn.Module", source=address)
    if called is not None:
        _INPUTS[made] = called
    return made


#: what factories say that their modules are called with: arguments by position, and by name
_INPUTS: Final[WeakKeyDictionary[nn.Module, tuple[tuple[Any, ...], dict[str, Any]]]] = WeakKeyDictionary()


def inputs_of(module: nn.Module) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
    """What a module is called with, by position and by name, where its factory returned that beside it."""
    return _INPUTS.get(module)


def _with_inputs(made: Any) -> tuple[Any, tuple[tuple[Any, ...], dict[str, Any]] | None]:
    """`(module, x)`, `(module, (x, y))`, `(module, {"x": x})` and `(module, args, kwargs)`; or a module alone."""
    match made:
        case (nn.Module() as module, list() | tuple() as args, dict() as kwargs):
            return module, (tuple(args), kwargs)
        case (nn.Module() as module, dict() as kwargs):
            return module, ((), kwargs)
        case (nn.Module() as module, list() | tuple() as args):
            return module, (tuple(args), {})
        case (nn.Module() as module, torch.Tensor() as x):
            return module, ((x,), {})
    return made, None


def needed_arguments(factory: Any) -> list[str]:
    """The names of parameters without a default; none where they are not known."""
    try:
        parameters = inspect.signature(factory).parameters.values()
    except (TypeError, ValueError):
        return []
    free = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [each.name for each in parameters if each.default is each.empty and each.kind not in free]


def _a(value: object) -> str:
    return "None" if value is None else f"of type {type(value).__name__}"


@contextmanager
def _importing_from(folder: str) -> Iterator[None]:
    sys.path.insert(0, folder)
    importlib.invalidate_caches()
    try:
        yield
    finally:
        if folder in sys.path:
            sys.path.remove(folder)
