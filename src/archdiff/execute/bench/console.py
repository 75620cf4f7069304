"""How much is written to standard output and standard error meanwhile, by whatever way: print, printf, a warning.

It goes on to standard error, because standard output is the report's. Must not be used while anything is timed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from tempfile import TemporaryFile


class Captured:
    """What was written."""

    bytes = 0


@contextmanager
def captured_output() -> Iterator[Captured]:
    """Listens at both file descriptors; hears nothing where one of them is closed."""
    found = Captured()
    try:
        kept = [os.dup(fd) for fd in (1, 2)]
    except OSError:
        yield found
        return
    with TemporaryFile() as file:
        _flush()
        for fd in (1, 2):
            os.dup2(file.fileno(), fd)
        try:
            yield found
        finally:
            _flush()
            for fd, old in zip((1, 2), kept, strict=True):
                os.dup2(old, fd)
                os.close(old)
            file.seek(0)
            written = file.read()
            found.bytes = len(written)
            with suppress(OSError):
                os.write(2, written)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
