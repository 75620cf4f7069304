"""What git tells a driver of one file that has changed, and git's own diff of it.

Must not know what a network is, nor print.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from archdiff.cli.views import to_terminal
from archdiff.model.errors import UsageError

_LINK, _PROGRAM = "120000", "100755"
_OF_GIT: Final = ("GIT_EXTERNAL_DIFF", "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")


class Version(NamedTuple):
    """The file before or after."""

    path: str  # in the repository
    file: str  # where git has put what it holds; /dev/null where it is not there
    mode: str = "."

    @property
    def is_text(self) -> bool:
        """Whether it may hold a network: it is there, and neither a link nor a submodule."""
        return self.file != os.devnull and self.mode.startswith("100")


class Change(NamedTuple):
    """One file that has changed."""

    old: Version
    new: Version
    moved: str = ""  # git's lines about a file of another name

    @property
    def title(self) -> str:
        """The line that git begins such a difference with."""
        return f"diff --archdiff a/{self.old.path} b/{self.new.path}"


def read(arguments: list[str]) -> Change | None:
    """The change that git calls its driver for.

    Args:
        arguments: path, old file, hash and mode, new file, hash and mode; of a renamed file the new path and git's
            remarks, too. The path alone of a file that is not merged.

    Returns:
        The change; None of a file that is not merged.

    Raises:
        UsageError: git passes other arguments.
    """
    match arguments:
        case [_]:
            return None
        case [path, old, _, old_mode, new, _, new_mode, *moved] if len(moved) in (0, 2):
            now, remarks = moved or (path, "")
            return Change(Version(path, old, old_mode), Version(now, new, new_mode), remarks)
    raise UsageError(
        f"git calls this with 7 arguments, not {len(arguments)}",
        way_out="GIT_EXTERNAL_DIFF='archdiff git-driver' git diff",
    )


def wants_color() -> bool:
    """What color.diff and color.ui say of where the output goes, a pager of git's among it."""
    shown = to_terminal() or "GIT_PAGER_IN_USE" in os.environ
    done = _git("config", "--get-colorbool", "color.diff", "true" if shown else "false")
    return done.stdout.strip() == b"true"


def text_diff(change: Change, color: bool) -> bytes:
    """Git's own diff. Both versions are laid out under their own paths, which git then names."""
    try:
        return _text_diff(change, color)
    except OSError as error:
        return f"{change.title}\ncannot be shown: {error.strerror}\n".encode("utf-8", "surrogateescape")


def _text_diff(change: Change, color: bool) -> bytes:
    alone = os.devnull in (change.old.file, change.new.file)
    folders = ("", "") if alone else ("a/", "b/")  # of one file git makes both names, of two each has its own
    prefixes = ("a/", "b/") if alone else ("", "")
    with TemporaryDirectory(prefix="archdiff-") as folder:
        files = [_laid_out(Path(folder), *each) for each in zip(folders, change[:2], strict=True)]
        options = [f"--{which}-prefix={each}" for which, each in zip(("src", "dst"), prefixes, strict=True)]
        options += ["--no-index", "--no-ext-diff", f"--color={'always' if color else 'never'}"]
        done = _git("-C", folder, "diff", *options, "--", *files)
    if done.returncode > 1:
        raise OSError(done.returncode, done.stderr.decode("utf-8", "replace").strip())
    first, end, rest = done.stdout.partition(b"\n")
    moved = "".join(f"{line}\n" for line in change.moved.splitlines() if not line.startswith("index "))
    return first + end + moved.encode("utf-8", "surrogateescape") + rest


def _laid_out(folder: Path, side: str, version: Version) -> str:
    """A copy of a version as a path from the folder."""
    if version.file == os.devnull:
        return os.devnull
    name = f"{side}{version.path}"
    copy = folder / name
    copy.parent.mkdir(parents=True, exist_ok=True)
    if version.mode == _LINK:
        copy.symlink_to(os.fsdecode(Path(version.file).read_bytes()))
    else:
        shutil.copyfile(version.file, copy)
        copy.chmod(0o755 if version.mode == _PROGRAM else 0o644)
    return name


def _git(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Git, without what would make it call the driver again or look into the repository that calls."""
    kept = {name: value for name, value in os.environ.items() if name not in _OF_GIT}
    return subprocess.run(["git", *arguments], capture_output=True, check=False, env=kept)
