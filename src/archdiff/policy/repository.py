"""Which files a configuration may name: those of the repository that holds it, and what the command line allows.

A configuration comes with a checkout, perhaps with somebody's pull request; what it names is read, and errors quote
it. So it may not name what belongs to the machine. Must not read any file.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

from archdiff.model.errors import UsageError


@dataclass(frozen=True, slots=True)
class Repository:
    """Where files may be: folders and files with no link in their names.

    Attributes:
        top: Of git, or the folder of the configuration where there is none.
        allowed: What the command line names.
    """

    top: str
    allowed: tuple[str, ...] = ()

    def holds(self, path: str) -> bool:
        """Whether a file is in it, links followed; it need not be there.

        Raises:
            UsageError: No file can have such a name.
        """
        if "\0" in path:
            raise UsageError("a name with a NUL byte, which no file has")
        real = os.path.realpath(path)
        return any(real == each or real.startswith(os.path.join(each, "")) for each in (self.top, *self.allowed))

    def check(self, path: str) -> None:
        """Raises UsageError where a file is not in it; nothing of such a file is told, not even whether it is there."""
        if not self.holds(path):
            way_out = f"--allow {path}, if you trust it"
            raise UsageError(f"{path}: outside of the repository ({self.top})", way_out=way_out)


def is_top(folder: str) -> bool:
    """Whether it is the top folder of a repository of git, or of one of its worktrees."""
    return os.path.lexists(os.path.join(folder, ".git"))


def repository_of(configuration: str, allowed: Iterable[str] = ()) -> Repository:
    """The repository of a configuration: the nearest folder at or above its own with a `.git`, else its own."""
    top = top_of(os.path.realpath(os.path.dirname(configuration)))
    return Repository(top, tuple(map(os.path.realpath, allowed)))


def top_of(folder: str) -> str:
    """The nearest folder at or above one with a `.git`; the folder itself where there is none."""
    top = folder
    while not is_top(top):
        if top == os.path.dirname(top):
            return folder
        top = os.path.dirname(top)
    return top
