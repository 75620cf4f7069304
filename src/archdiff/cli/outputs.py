"""Where the reports of a run go: formats and files from the options, and what may be written over.

Must not print, exit or read the environment: what goes to standard output is handed back.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Sequence
from contextlib import suppress
from errno import EACCES
from typing import NamedTuple

from archdiff import report as reports
from archdiff.cli.options import one_of
from archdiff.model.errors import UsageError
from archdiff.policy.repository import top_of

STDOUT = "-"


class Target(NamedTuple):
    """One report and where it goes."""

    format: str
    file: str = STDOUT

    @property
    def report(self) -> reports.Report:
        """The format, loaded."""
        return reports.find(self.format)


def targets(formats: Iterable[str], files: Iterable[str]) -> tuple[Target, ...]:
    """The reports of a run and where each goes: those without a file to standard output, in the order of the options.

    Args:
        formats: the values of `--format`: `a,b`.
        files: the values of `--output-file`: `b=FILE`. A FILE alone takes the one report that there is; a format that
            is only named here is one more.

    Raises:
        UsageError: no such format, two reports for one file, or a mixture on standard output.
    """
    wanted = list(
        dict.fromkeys(
            one_of("--format", name.strip(), reports.names()) for listed in formats for name in listed.split(",")
        )
    )
    named: list[Target] = []
    bare: list[Target] = []
    for text in files:
        format_name, file = _split(text)
        (named if format_name else bare).append(Target(format_name or "", file))
    waiting = [name for name in wanted if name not in {target.format for target in named}]
    for target in bare:
        if len(waiting) != 1 or len(bare) > 1:
            raise UsageError(
                f"--output-file {target.file}: which report goes there?",
                way_out=f"name the format: --output-file {wanted[0]}={target.file}",
            )
        named.append(Target(waiting[0], target.file))
    formatted = {target.format for target in named}
    found = (*(Target(name) for name in wanted if name not in formatted), *named)
    _check(found)
    return found


def _split(text: str) -> tuple[str | None, str]:
    """(format or None, file). `./a=b` is a file and `a=b` none, so that a misspelled format is seen."""
    format_name, equals, file = text.partition("=")
    if equals and not format_name:
        raise UsageError(f"--output-file {text}: no format before the =", way_out="--output-file sarif=archdiff.sarif")
    if not equals or "/" in format_name or os.sep in format_name:
        format_name, file = "", text
    if not file:
        raise UsageError(f"--output-file {text}: no file name", way_out="--output-file sarif=archdiff.sarif")
    return (one_of("--output-file", format_name, reports.names()) if format_name else None), file


def _check(found: Sequence[Target]) -> None:
    """What would lose or mix up reports is refused before anything is compared."""
    shown = [target for target in found if target.file == STDOUT]
    whole = [target.format for target in shown if target.report.document]
    if whole and len(shown) > 1:
        others = " and ".join(target.format for target in shown)
        raise UsageError(
            f"--format: {others} cannot share standard output", way_out=f"--output-file {whole[0]}=FILE for one of them"
        )
    files = [os.path.realpath(target.file) for target in found if target.file != STDOUT]
    for target, path in zip((target for target in found if target.file != STDOUT), files, strict=True):
        if files.count(path) > 1:
            raise UsageError(f"--output-file {target.file}: two reports for one file", way_out="a file for each")
        check(target.file)


def repository(folder: str, workspace: str) -> str:
    """The top folder of the repository that a folder is in.

    Args:
        folder: with links resolved.
        workspace: the folder of a checkout in CI, which counts where it holds the folder; "" where there is none.

    Returns:
        The workspace, else the nearest folder at or above with a `.git`, else the folder itself.
    """
    if workspace and os.path.isabs(workspace):
        real = os.path.realpath(workspace)
        if os.path.commonpath([real, folder]) == real:
            return real
    return top_of(folder)


# Files


def check(file: str) -> None:
    """Refuses a file that cannot be written, before anything is compared or timed for it.

    Raises:
        UsageError: it is a directory, or its own directory is not there or may not be written to.
    """
    path = os.path.realpath(file)
    folder = os.path.dirname(path)
    if os.path.isdir(path):
        raise UsageError("cannot be written: is a directory", source=file)
    if not os.path.isdir(folder):
        raise UsageError("cannot be written: no such folder", source=file)
    if not os.access(path if os.path.exists(path) else folder, os.W_OK):
        raise UsageError(f"cannot be written: {os.strerror(EACCES)}", source=file)


def keep_apart(written: Iterable[str], read: Iterable[str]) -> None:
    """Refuses to write over what is read, whatever names lead to it: links of both kinds, another folder, `>>`.

    Raises:
        UsageError: a file is among both.
    """
    places = {place: path for path in read if (place := _place(path))}
    for file in written:
        if (place := _place(file)) in places:
            also = f", which is {places[place]}" if places[place] != file else ""
            message = f"is an input{also}: the report would overwrite it"
            raise UsageError(message, source=file, way_out="choose another file for the report")


def is_file(name: str) -> bool:
    """Whether it is a file in a folder, and no pipe and no device."""
    return _place(name) is not None


def _place(file: str) -> tuple[int, int] | None:
    """Where the file system has a file; None where there is none, or where it is a device or a pipe."""
    with suppress(OSError, ValueError):
        status = os.stat(file)
        return (status.st_dev, status.st_ino) if stat.S_ISREG(status.st_mode) else None
    return None
