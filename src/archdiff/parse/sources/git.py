"""`git:HEAD~1:nets/mine.txt`: a file as a revision of the git repository holds it; `git::nets/mine.txt`: as staged.

The path counts from the top of the repository, or with `./` from the working directory, as git has it. It is read by
`git cat-file --batch`, which reads the name from its standard input, so that nothing in an address can be an option.
Must not know what a network looks like.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from archdiff.model.errors import ReadError, UsageError
from archdiff.model.files import too_large
from archdiff.model.wording import nearest
from archdiff.parse.lines import MAX_BYTES
from archdiff.parse.sources.address import GIT, revision_and_path
from archdiff.parse.sources.text import LESS

if TYPE_CHECKING:
    from subprocess import Popen

_WAY_OUT: Final = "git:REVISION:PATH, for example git:HEAD~1:nets/mine.txt"
#: what `cat-file --batch` says of an object before its contents
_FOUND: Final = re.compile(rb"([0-9a-f]{40,64}) (blob|tree|commit|tag) (\d+)")
_SUBMODULE: Final = b"160000"


class _Object(NamedTuple):
    """What git has under a name; `kind` is "missing", "dangling" and the like where there is none."""

    kind: str
    size: int = 0
    data: bytes = b""  # of what is not larger than MAX_BYTES
    id_length: int = 20


def contents(address: str) -> bytes:
    """The bytes of a file.

    Raises:
        UsageError: git is not there, or has no such revision or file.
        ReadError: the file is too large.
    """
    revision, path = revision_and_path(address)
    if not path or any(bad in address for bad in "\0\r\n"):
        raise UsageError("a path has to be in it, in one line", source=address, way_out=_WAY_OUT)
    found = _object(f"{revision}:{path}", address)
    if found.size > MAX_BYTES:
        raise too_large(address, MAX_BYTES, LESS)
    if found.kind == "tree":
        raise UsageError("is a directory", source=address, way_out="name a file in it")
    if found.kind != "blob":
        raise _missing(address, found.kind)
    return found.data


def is_file(address: str) -> bool:
    """Whether there is a file that can be read."""
    try:
        contents(address)
    except (UsageError, ReadError):
        return False
    return True


def _object(name: str, address: str) -> _Object:
    with _git(address, "cat-file", "--batch", "--follow-symlinks") as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        with suppress(BrokenPipeError):  # it has ended, and its standard error says why
            process.stdin.write(name.encode("utf-8", "surrogateescape") + b"\n")
            process.stdin.close()
        header = process.stdout.readline().rstrip(b"\n")
        match = _FOUND.fullmatch(header)
        size = int(match[3]) if match else 0
        data = process.stdout.read(size) if size <= MAX_BYTES else b""
        process.kill()  # the rest of a file that is too large
        if not header or len(data) < min(size, MAX_BYTES):
            raise _refused(process.stderr.read().decode("utf-8", "replace"), address)
    if match is None:
        words = header.decode("utf-8", "replace").split(" ")
        return _Object(words[0] if words[0] in _LINKS else words[-1])
    return _Object(match[2].decode(), size, data, len(match[1]) // 2)


#: a link to what is not in the repository, or to nothing
_LINKS: Final = frozenset({"symlink", "dangling", "loop", "notdir"})


def _git(address: str, *arguments: str) -> Popen[bytes]:
    from subprocess import PIPE, Popen  # only for these addresses

    try:
        return Popen(["git", *arguments], stdin=PIPE, stdout=PIPE, stderr=PIPE)
    except OSError:
        raise UsageError("git is not installed", source=address, way_out="or not on the PATH; give a file") from None


def _refused(why: str, address: str) -> UsageError:
    """What git says where it reads nothing at all."""
    if "not a git repository" in why:
        return UsageError("not in a git repository", source=address, way_out="run it inside of the repository")
    first = next((line for line in why.splitlines() if line.strip()), "git gives nothing")
    return UsageError(f"cannot be read: {first.removeprefix('fatal: ')}", source=address)


# What is there instead


def _missing(address: str, kind: str) -> UsageError:
    revision, path = revision_and_path(address)
    if kind == "ambiguous":
        return UsageError(f"{revision} is more than one revision", source=address, way_out="give more of its digits")
    if kind in _LINKS:
        return UsageError("is a link to what the repository does not hold", source=address)
    if revision and _object(f"{revision}^{{tree}}", address).kind != "tree":
        near = nearest(revision, _revisions(address))
        way_out = (
            f"did you mean {GIT}{near}:{path}?"
            if near not in ("", revision)
            else "git log --oneline lists what there is"
        )
        return UsageError(f"no such revision: {revision}", source=address, way_out=way_out)
    if kind == "commit" or _is_submodule(address, revision, path):
        way_out = "run it inside of the submodule"
        return UsageError("is in a submodule, which is a repository of its own", source=address, way_out=way_out)
    where = f"in {revision}" if revision else "in what is staged"
    return UsageError(f"no such file {where}", source=address, way_out=_similar(address, revision, path))


def _similar(address: str, revision: str, path: str) -> str:
    """The same path from the working directory, or the nearest name in its folder."""
    if _object(f"{revision}:./{path}", address).kind == "blob":
        return f"did you mean {GIT}{revision}:./{path}?"
    folder, slash, base = path.rpartition("/")
    names = [name for _, name in _entries(address, revision, folder + slash)]
    near = nearest(base, names)
    return f"did you mean {GIT}{revision}:{folder}{slash}{near}?" if near else "paths count from the top; ./ from here"


def _is_submodule(address: str, revision: str, path: str) -> bool:
    """Whether a folder on the way is one."""
    parts = path.split("/")
    steps = (("".join(f"{part}/" for part in parts[:at]), parts[at]) for at in range(len(parts)))
    return any((_SUBMODULE, name) in _entries(address, revision, folder) for folder, name in steps)


def _entries(address: str, revision: str, folder: str) -> list[tuple[bytes, str]]:
    """(mode, name) of what is in a folder; of what is staged, those of the last commit."""
    found = _object(f"{revision or 'HEAD'}:{folder}", address)
    entries, rest = [], found.data if found.kind == "tree" else b""
    while rest:
        head, _, rest = rest.partition(b"\0")
        mode, _, name = head.partition(b" ")
        entries.append((mode, name.decode("utf-8", "replace")))
        rest = rest[found.id_length :]
    return entries


def _revisions(address: str) -> list[str]:
    with _git(address, "for-each-ref", "--count=1000", "--format=%(refname:short)") as process:
        return ["HEAD", *process.communicate()[0].decode("utf-8", "replace").split()]
