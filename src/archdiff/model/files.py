"""Files: read as far as they are not too large, written whole or not at all. Must not know what is in them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import EACCES, ENXIO

from archdiff.model.errors import ReadError, UsageError
from archdiff.model.wording import nearest


def read(path: str, most: int, way_out: str = "") -> bytes:
    """The bytes of a file, which is opened once.

    Args:
        path: the file.
        most: how many bytes it may hold.
        way_out: what to do about one that holds more.

    Raises:
        UsageError: there is no such file, or it cannot be read.
        ReadError: it holds more.
    """
    try:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            raise UsageError("is a directory", source=path, way_out="name a file in it")
        if status.st_size > most:
            raise too_large(path, most, way_out)
        with open(path, "rb") as file:
            data = file.read(most + 1)  # a pipe or a device has no size
    except FileNotFoundError:
        raise UsageError("no such file", source=path, way_out=_similar(path)) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UsageError(f"cannot be read: {reason}", source=path) from None
    if len(data) > most:
        raise too_large(path, most, way_out)
    return data


def too_large(source: str, most: int, way_out: str) -> ReadError:
    """The error about what holds more than `most` bytes."""
    return ReadError(f"larger than {most // 1_000_000} MB", source=source, way_out=way_out)


def _similar(path: str) -> str:
    folder = os.path.dirname(path)
    try:
        near = nearest(os.path.basename(path), os.listdir(folder or ".")[:1_000])
    except OSError:
        return ""
    return f"did you mean {os.path.join(folder, near)}?" if near else ""


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
