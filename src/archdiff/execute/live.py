"""`package.module:factory`: a live module, or a callable that returns one, to the text that it prints.

The one place that imports somebody else's code, and only where an address asks for it. Must not look into the module:
what it prints is what is compared, with what `held` finds that no print shows.
"""

from __future__ import annotations

import importlib
import inspect
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from difflib import get_close_matches
from types import ModuleType
from typing import Any

from torch import nn

from archdiff.model.errors import UsageError


def printed(address: str, folder: str = "") -> tuple[str, nn.Module]:
    """What the module prints, and the module; its package is looked for in `folder` first, the working directory by
    default."""
    made = module(address, folder)
    with redirect_stdout(sys.stderr), _told(address, "printing it"):
        return repr(made) + "\n", made


def module(address: str, folder: str = "") -> nn.Module:
    """The module itself, as `printed` finds it."""
    name, _, attribute = address.partition(":")
    with _importing_from(os.path.abspath(folder)), redirect_stdout(sys.stderr):  # stdout is the report's
        made = _attribute(address, _module(address, name), attribute)
        return made if isinstance(made, nn.Module) else _called(address, made)


def _module(address: str, name: str) -> ModuleType:
    try:
        with _told(address, f"importing {name}", ModuleNotFoundError):
            return importlib.import_module(name)
    except ModuleNotFoundError as error:
        way_out = "packages are looked for in the working directory, then where Python finds them"
        raise UsageError(f"no module '{error.name or name}'", source=address, way_out=way_out) from None


def _attribute(address: str, module: ModuleType, dotted: str) -> Any:
    held: Any = module
    for name in dotted.split("."):
        try:
            with _told(address, f"looking up {name}", AttributeError):
                held = getattr(held, name)
        except AttributeError:
            near = get_close_matches(name, [other for other in dir(held) if not other.startswith("_")], 1)
            way_out = f"did you mean {near[0]}?" if near else "give a module, or a callable that returns one"
            raise UsageError(f"'{module.__name__}' has no '{dotted}'", source=address, way_out=way_out) from None
    return held


def _called(address: str, factory: Any) -> nn.Module:
    if not callable(factory):
        raise UsageError(f"is {_a(factory)}, neither a torch.nn.Module nor a callable that returns one", source=address)
    if needed := _needed(factory):
        raise UsageError(
            f"takes arguments ({', '.join(needed)})",
            source=address,
            way_out="write a function without any: def mine(): return Net(width=64)",
        )
    with _told(address, "calling it"):
        made = factory()
    if not isinstance(made, nn.Module):
        raise UsageError(f"returns {_a(made)}, not a torch.nn.Module", source=address)
    return made


def _needed(factory: Any) -> list[str]:
    """Parameters without a default."""
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


@contextmanager
def _told(address: str, doing: str, passes: type[Exception] | tuple[()] = ()) -> Iterator[None]:
    """Whatever somebody's code raises, as one error: which exception, and the last line that is theirs.

    `passes`: what is raised as it is where none of their lines was running.
    """
    try:
        yield
    except (Exception, SystemExit) as error:
        if passes and isinstance(error, passes) and not _frames(error):
            raise
        raise _raised(address, doing, error) from None


def _raised(address: str, doing: str, error: BaseException) -> UsageError:
    said = type(error).__name__
    if first := str(error.msg if isinstance(error, SyntaxError) else error).strip().partition("\n")[0]:
        said = f"{said}: {first}"
    file, line, shown = _place(error)
    if not file:
        return UsageError(f"{doing} raises {said}", source=address)
    return UsageError(f"{address}: {doing} raises {said}", source=file, line=line, line_text=shown)


def _place(error: BaseException) -> tuple[str, int, str]:
    """(file, line, its text) where it was raised; nothing where no line of theirs was running."""
    if isinstance(error, SyntaxError) and error.filename:
        return _near(error.filename), error.lineno or 0, (error.text or "").strip()
    frames = _frames(error)
    return (_near(frames[-1].filename), frames[-1].lineno or 0, frames[-1].line or "") if frames else ("", 0, "")


def _frames(error: BaseException) -> list[traceback.FrameSummary]:
    """What was running in files of theirs: not here, not in the import system, not in an installed package."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != __file__]
    frames = [frame for frame in frames if not frame.filename.startswith("<") and "importlib" not in frame.filename]
    return [frame for frame in frames if "site-packages" not in frame.filename] or frames


def _near(file: str) -> str:
    near = os.path.relpath(file)
    return file if near.startswith("..") else near
