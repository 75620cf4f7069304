"""`archdiff git-driver`: what `git diff` calls for one file. The old file is the reference.

Whatever happens, its exit code is 0: with any other git ends, and shows none of the files behind.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import Annotated

import typer

from archdiff import report
from archdiff.cli import git_diff
from archdiff.cli.arguments import made
from archdiff.cli.git_diff import Change, Version
from archdiff.cli.options import All, Color
from archdiff.cli.streams import say, write
from archdiff.cli.views import view_of
from archdiff.model import inert
from archdiff.model.errors import ArchdiffError
from archdiff.model.network import Network
from archdiff.policy import versions
from archdiff.report import View

_Arguments = Annotated[
    list[str],
    typer.Argument(
        metavar="PATH OLD-FILE OLD-HASH OLD-MODE NEW-FILE NEW-HASH NEW-MODE",
        help="As git passes them.",
        show_default=False,
    ),
]


def git_driver(arguments: _Arguments, everything: All = False, color: Color = "auto") -> None:
    """Show what differs between two versions of a file: networks as archdiff compare does, all else as git does.

    \b
    GIT_EXTERNAL_DIFF="archdiff git-driver" git diff
    git config diff.archdiff.command "archdiff git-driver"
    echo "*.txt diff=archdiff" >> .gitattributes
    """
    change = git_diff.read(arguments)
    if change is None:
        write(f"* Unmerged path {inert.line(arguments[0])}\n")
        return
    view = view_of(color, everything)
    if color == "auto":
        view = view._replace(color=git_diff.wants_color())
    try:
        page = _page(change, view)
    except Exception as error:
        why = error.message if isinstance(error, ArchdiffError) else f"an internal error of archdiff: {error!r}"
        say(f"archdiff: {change.new.path}: {why}; git's own diff follows")
        page = ""
    write(page)
    if not page:
        _write_bytes(git_diff.text_diff(change, view.color))


def _write_bytes(data: bytes) -> None:
    """A text of any encoding as it is; the pager may have gone."""
    with suppress(BrokenPipeError):
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


def _page(change: Change, view: View) -> str:
    """What archdiff says of it; "" where no network differs, so that something else does."""
    old, new = (_networks(version, side) for version, side in ((change.old, "a"), (change.new, "b")))
    found = versions.compare(old, new) if old and new else None
    if found is None or not (found.differing or found.removed or found.added):
        return ""
    terminal = report.find("terminal")
    assert terminal.versions, "it lays out this answer"
    return terminal.versions(change.title, found, view)


def _networks(version: Version, side: str) -> tuple[Network, ...]:
    return versions.networks(version.file, f"{side}/{version.path}") if version.is_text else ()


COMMAND = made(
    git_driver,
    only_known=False,
    short_help="A diff driver for git.",
    epilog="Exit code: always 0, since git stops at any other.",
)
