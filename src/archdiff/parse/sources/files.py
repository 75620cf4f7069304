"""The bytes of a file, bounded in size before anything is read."""

from __future__ import annotations

import os
import stat

from archdiff.model.errors import UsageError
from archdiff.model.wording import nearest
from archdiff.parse.lines import MAX_BYTES
from archdiff.parse.sources.text import WAY_OUT, too_large


def contents(path: str) -> bytes:
    """The bytes of a file, which is opened once.

    Raises:
        UsageError: there is no such file, or it cannot be read.
        ReadError: it is too large.
    """
    try:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            raise UsageError("is a directory", source=path, way_out=WAY_OUT)
        if status.st_size > MAX_BYTES:
            raise too_large(path)
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)  # a pipe or a device has no size
    except FileNotFoundError:
        raise UsageError("no such file", source=path, way_out=_similar(path)) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UsageError(f"cannot be read: {reason}", source=path) from None
    if len(data) > MAX_BYTES:
        raise too_large(path)
    return data


def _similar(path: str) -> str:
    folder = os.path.dirname(path) or "."
    try:
        names = os.listdir(folder)[:1_000]
    except OSError:
        return ""
    near = nearest(os.path.basename(path), names)
    return f"did you mean {os.path.join(os.path.dirname(path), near)}?" if near else ""
