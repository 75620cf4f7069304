"""`archdiff git-driver`: what `git diff` calls for one file. The old file is the reference.

Whatever happens, its exit code is 0: with any other git ends, and shows none of the files behind.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Annotated

import typer

from archdiff import api, parse, report
from archdiff.cli import git_diff
from archdiff.cli.arguments import made
from archdiff.cli.git_diff import Change, Version
from archdiff.cli.options import All, Color
from archdiff.cli.streams import say, write
from archdiff.cli.views import view_of
from archdiff.model import inert, places
from archdiff.model.errors import ArchdiffError
from archdiff.model.network import Network
from archdiff.model.wording import plural
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
    if not old or not new:
        return ""
    both, gone, come = _paired(old, new)
    outcomes = [api.compare(mine, original) for original, mine in both]
    differ = [outcome for outcome in outcomes if outcome.open]
    if not (differ or gone or come):
        return ""
    pages = [report.find("terminal").compare(outcome, view) for outcome in differ]
    alone = [*(_alone(each, "removed") for each in gone), *(_alone(each, "added") for each in come)]
    same = len(outcomes) - len(differ)
    rest = [f"{plural(same, 'other network')} in the file: nothing differs\n"] if same else []
    title = f"\033[1m{inert.line(change.title)}\033[m" if view.color else inert.line(change.title)
    return f"{title}\n" + "\n".join([*pages, *filter(None, ["".join([*alone, *rest])])])


def _networks(version: Version, side: str) -> tuple[Network, ...]:
    """What a version holds, under its path in the repository; nothing where it holds no network."""
    if not version.is_text:
        return ()
    try:
        found = parse.read(version.file).networks
    except ArchdiffError:
        return ()
    return tuple([each._replace(source=f"{side}/{version.path}") for each in found])


def _paired(
    old: Sequence[Network], new: Sequence[Network]
) -> tuple[list[tuple[Network, Network]], list[Network], list[Network]]:
    """Networks of one label stand for each other, what is then left one after the other where it is as many."""
    before, now = dict(_labelled(old)), dict(_labelled(new))
    pairs = [(before.pop(label), now.pop(label)) for label in list(before) if label in now]
    gone, come = list(before.values()), list(now.values())
    if len(gone) == len(come):
        return [*pairs, *zip(gone, come, strict=True)], [], []
    return pairs, gone, come


def _labelled(networks: Sequence[Network]) -> Iterator[tuple[tuple[str, int], Network]]:
    """Each by its label, and how many before it have that too."""
    before: Counter[str] = Counter()
    for network in networks:
        yield (network.label, before[network.label]), network
        before[network.label] += 1


def _alone(network: Network, what: str) -> str:
    place = places.whole(network.source, network.first_line, network.last_line)
    return inert.line(f"{network.label} was {what} ({place})") + "\n"


COMMAND = made(
    git_driver,
    only_known=False,
    short_help="A diff driver for git.",
    epilog="Exit code: always 0, since git stops at any other.",
)
