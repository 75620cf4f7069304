"""Whatever foreign code raises, as one error: which exception, while doing what, and the last line of that code.

A SystemExit in a forward is no end of this program, and a KeyboardInterrupt that a module raises is not Ctrl-C.
Imports no torch.
"""

from __future__ import annotations

import os
import signal
import sysconfig
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import archdiff
from archdiff.model.errors import ArchdiffError, UsageError

_OURS: Final = os.path.dirname(os.path.abspath(archdiff.__file__)) + os.sep
_LIBRARY: Final = sysconfig.get_paths()["stdlib"] + os.sep
_TORCH: Final = f"{os.sep}torch{os.sep}"
_INSTALLED: Final = ("site-packages", "dist-packages")
_SHOWN: Final = 300  # characters of what an exception says


def is_foreign(error: BaseException) -> bool:
    """Whether an exception is of foreign code: neither Ctrl-C nor an error of this package."""
    return not isinstance(error, ArchdiffError) and not is_interrupt(error)


def is_interrupt(error: BaseException) -> bool:
    """Whether it is Ctrl-C: what handles the signal raised it.

    The interpreter's own handler leaves no trace, and is taken at its word.
    """
    if not isinstance(error, KeyboardInterrupt):
        return False
    code = getattr(signal.getsignal(signal.SIGINT), "__code__", None)
    frames = list(traceback.walk_tb(error.__traceback__))
    return code is None or (bool(frames) and frames[-1][0].f_code is code)


def first_line(error: BaseException) -> str:
    """The first line of what an exception says; "" where that is nothing, or raises itself."""
    try:
        text = str(error.msg if isinstance(error, SyntaxError) else error)
    except Exception:
        return ""
    return text.strip().partition("\n")[0][:_SHOWN]


def reason(error: BaseException) -> str:
    """The first line of what an exception says, or its class where that is nothing."""
    return first_line(error) or type(error).__name__


def describe(error: BaseException) -> str:
    """`ValueError: what it says`."""
    return f"{type(error).__name__}: {text}" if (text := first_line(error)) else type(error).__name__


def is_memory(error: BaseException) -> bool:
    """Whether it says that there is none left: torch raises a RuntimeError then."""
    words = ("out of memory", "not enough memory", "can't allocate memory")
    return isinstance(error, MemoryError) or any(word in first_line(error).lower() for word in words)


@contextmanager
def caught(address: str, doing: str, passes: type[Exception] | tuple[()] = ()) -> Iterator[None]:
    """Turns what foreign code raises meanwhile into a UsageError.

    Args:
        address: of the live module.
        doing: what it is doing: "printing it".
        passes: exceptions that are raised as they are where none of its lines was running.

    Raises:
        UsageError: for every exception of that code, Ctrl-C excepted.
    """
    try:
        yield
    except BaseException as error:
        if not is_foreign(error) or (passes and isinstance(error, passes) and not _frames(error)):
            raise
        raise _usage_error(address, doing, error) from None


def _usage_error(address: str, doing: str, error: BaseException) -> UsageError:
    """The error for an exception."""
    message = f"{doing} raises {describe(error)}"
    file, line, shown = location(error)
    if not file:
        return UsageError(message, source=address)
    return UsageError(f"{address}: {message}", source=file, line=line, line_text=shown)


def location(error: BaseException) -> tuple[str, int, str]:
    """(file, line, its text) where it was raised; nothing where none of its lines was running."""
    if isinstance(error, SyntaxError) and error.filename:
        return _near(error.filename), error.lineno or 0, (error.text or "").strip()
    frames = _frames(error)
    return (_near(frames[-1].filename), frames[-1].lineno or 0, frames[-1].line or "") if frames else ("", 0, "")


def _frames(error: BaseException) -> list[traceback.FrameSummary]:
    """What was running in files of that code; in those of an installed package where there are no others."""
    found = [frame for frame in traceback.extract_tb(error.__traceback__) if not _is_known(frame.filename)]
    return [frame for frame in found if not any(name in frame.filename for name in _INSTALLED)] or found


def _is_known(file: str) -> bool:
    """Of this package, of torch, of the import system or of Python itself."""
    inside = file.startswith(_LIBRARY) and not any(name in file for name in _INSTALLED)
    return file.startswith(("<", _OURS)) or _TORCH in file or inside


def _near(file: str) -> str:
    near = os.path.relpath(file)
    return file if near.startswith("..") else near
