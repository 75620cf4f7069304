"""One file a format, each exporting `FORMAT`: text -> `Document`.

Files that begin with an underscore are parts that several formats share.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from archdiff.parse.blocks import Blocks
from archdiff.parse.document import Document


class Format(NamedTuple):
    """One input format: `sniff` says cheaply whether a text is of it; formats are tried in the order of `rank`."""

    name: str
    rank: int
    sniff: Callable[[str], bool]
    read: Callable[[str, str, Blocks], Document]  # (source, text, blocks that were read before)
