"""What an address names: `FILE`, `FILE#SELECTOR`, `-`, `ref:NAME`, `git:REVISION:FILE`, `package.module:factory`.

Must not read what it names.
"""

from __future__ import annotations

import os
import re
from typing import Final

STDIN: Final = "-"
SHIPPED: Final = "ref:"  # begins the name of a published network that comes with the package
GIT: Final = "git:"  # begins the name of a file in the history of a repository: `git` says more

_LIVE = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*:[^\W\d]\w*$")
#: a revision may hold a colon in braces, HEAD^{/fix: bug}; with one colon only it is an attribute of a module `git`
_IN_GIT = re.compile(r"git:((?:[^:{]|\{[^}]*\})*):(.*)", re.DOTALL)
_ONE_LINE = re.compile(r"[^\W\d]\w*\(.*\)\s*")


def is_live(address: str) -> bool:
    """Whether it is `package.module:factory`; a file that is called so wins."""
    return bool(_LIVE.match(address)) and not address.startswith(SHIPPED) and not os.path.exists(address)


def is_text(source: str) -> bool:
    """Whether a string is the text of a print, and no address.

    No file is looked for, so that the same string always means the same: a file called `Net(1)` is `./Net(1)`.

    Args:
        source: What a user gave for a network.

    Returns:
        True if it holds a line feed, or is one line of the form `Class(...)`, the bracket straight behind the name.
    """
    return "\n" in source or "\r" in source or bool(_ONE_LINE.fullmatch(source))


def is_in_git(address: str) -> bool:
    """Whether it is `git:REVISION:FILE`; a file that is called so wins."""
    return bool(_IN_GIT.match(address)) and not os.path.exists(address)


def revision_and_path(address: str) -> tuple[str, str]:
    """Of `git:REVISION:FILE`, the file perhaps with a selector; what is staged has the revision ""."""
    match = _IN_GIT.match(address)
    assert match, "is_in_git"
    return match[1], match[2]


def is_elsewhere(address: str) -> bool:
    """Whether it names a text that is not in a folder: a shipped network, or a file in the history of a repository."""
    return address.startswith(SHIPPED) or is_in_git(address)


def from_folder(address: str, folder: str) -> str:
    """An address of what is elsewhere, written in this folder, as one writes it in the working directory.

    Of a file in git `./` is another folder then; all else is the same from everywhere.
    """
    revision, path = revision_and_path(address) if is_in_git(address) else ("", "")
    if not folder or not path.startswith(("./", "../")):
        return address
    return f"{GIT}{revision}:./{os.path.relpath(os.path.join(folder, path)).replace(os.sep, '/')}"


def split_address(address: str) -> tuple[str, str | None]:
    """The path and the selector of an address.

    Args:
        address: `FILE#SELECTOR`, or any other address; a file whose name really holds a `#` wins.

    Returns:
        The address without its selector, and the selector, None where there is none.
    """
    if "#" not in address or os.path.exists(address):
        return address, None
    if is_in_git(address):
        revision, rest = revision_and_path(address)  # a revision may hold a `#` as well
        path, _, selector = rest.partition("#")
        return f"{GIT}{revision}:{path}", selector.strip() or None
    path, _, selector = address.rpartition("#")
    head, _, rest = address.partition("#")
    if not os.path.exists(path) and (os.path.exists(head) or head == STDIN):
        path, selector = head, rest  # a selector may hold a `#` too
    return path, selector.strip() or None
