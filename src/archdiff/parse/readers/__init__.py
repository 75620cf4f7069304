"""One file a format, each exporting `FORMAT`: text to networks.

Files that begin with an underscore are parts that several formats share.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from archdiff.model.network import Network
from archdiff.parse.grammar.blocks import Blocks


class Format(NamedTuple):
    """One input format: `sniff` says cheaply whether a text is of it; formats are asked in the order of `rank`."""

    name: str
    rank: int
    sniff: Callable[[str], bool]
    read: Callable[[str, str, Blocks], tuple[Network, ...]]  # (source, text, blocks that were read before)
