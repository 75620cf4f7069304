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
    if not address.startswith(GIT) or os.path.exists(address):
        return False
    from archdiff.parse.sources import git

    return git.is_address(address)


def is_elsewhere(address: str) -> bool:
    """Whether it names a text that is not in a folder: a shipped network, or a file in the history of a repository."""
    return address.startswith(SHIPPED) or is_in_git(address)


def from_folder(address: str, folder: str) -> str:
    """An address of what is elsewhere, written in this folder, as one writes it in the working directory."""
    if not is_in_git(address):
        return address
    from archdiff.parse.sources import git

    return git.from_folder(address, folder)


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
        from archdiff.parse.sources import git

        head, rest = git.parted(address)  # a revision may hold a `#` as well
        path, _, selector = rest.partition("#")
        return head + path, selector.strip() or None
    path, _, selector = address.rpartition("#")
    head, _, rest = address.partition("#")
    if not os.path.exists(path) and (os.path.exists(head) or head == STDIN):
        path, selector = head, rest  # a selector may hold a `#` too
    return path, selector.strip() or None
