"""Files that are written whole or not at all. Must not know what is in them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import EACCES, ENXIO

from archdiff.model.errors import UsageError


@contextmanager
def replacing(path: str, beside: str = "") -> Iterator[str]:
    """A name to write to, which takes the place and the mode of a file once all is written.

    Args:
        path: the file, which need not be there; links in its name are resolved.
        beside: the name to write to, in the same folder; one of its own by default.

    Raises:
        OSError: the file cannot be replaced; it stays as it was, and what was written is gone.
    """
    name = beside or f"{path}.{os.getpid()}.tmp"
    try:
        yield name
        with suppress(FileNotFoundError):
            os.chmod(name, stat.S_IMODE(os.stat(path).st_mode))
        os.replace(name, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise


def write(file: str, text: str) -> None:
    """Writes a text in place of what a file holds; a pipe or a device is written to.

    Raises:
        UsageError: it cannot be written; what was there before stays.
    """
    try:
        if _is_special(file):
            _append(file, text)
        else:
            _replace(os.path.realpath(file), _bytes(text))
    except OSError as error:
        raise _not_written(file, error) from None


def append(file: str, text: str) -> None:
    """Writes a text at the end of a page that others write too.

    Raises:
        UsageError: it cannot be written.
    """
    try:
        _append(file, text)
    except OSError as error:
        raise _not_written(file, error) from None


def _not_written(file: str, error: OSError) -> UsageError:
    reason = "a pipe that nobody reads" if error.errno == ENXIO else error.strerror
    return UsageError(f"cannot be written: {reason}", source=file)


def _append(file: str, text: str) -> None:
    # without waiting for somebody who reads a named pipe, which nobody may
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0)
    with open(os.open(file, flags, 0o666), "wb") as page:
        if hasattr(os, "set_blocking"):
            os.set_blocking(page.fileno(), True)
        page.write(_bytes(text))


def _bytes(text: str) -> bytes:
    """UTF-8; half a character that a name brought along is written as its number, which JSON reads back."""
    return text.encode("utf-8", "backslashreplace")


def _is_special(file: str) -> bool:
    """A pipe or /dev/null is written to and not replaced."""
    with suppress(FileNotFoundError):
        return not stat.S_ISREG(os.stat(file).st_mode)
    return False


def _replace(path: str, data: bytes) -> None:
    if os.path.exists(path) and not os.access(path, os.W_OK):
        raise PermissionError(EACCES, os.strerror(EACCES))
    with replacing(path) as name, open(name, "wb") as new:
        new.write(data)
