"""How much a call writes to standard output and standard error, by whatever way: print, printf, a warning.

It goes on to standard error, because standard output is the report's. Must not be used while anything is timed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from tempfile import TemporaryFile
from typing import TypeVar

_T = TypeVar("_T")


def bytes_written(call: Callable[[], _T]) -> tuple[_T, int]:
    """What a call gives, and how many bytes it writes to both file descriptors; 0 where one of them is closed."""
    try:
        kept = [os.dup(fd) for fd in (1, 2)]
    except OSError:
        return call(), 0
    with TemporaryFile() as file:
        _flush()
        for fd in (1, 2):
            os.dup2(file.fileno(), fd)
        try:
            made = call()
        finally:
            _flush()
            for fd, old in zip((1, 2), kept, strict=True):
                os.dup2(old, fd)
                os.close(old)
            file.seek(0)
            written = file.read()
            with suppress(OSError):
                os.write(2, written)
    return made, len(written)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
