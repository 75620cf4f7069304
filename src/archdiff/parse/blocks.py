"""Interning: blocks of equal text are read once, and what stands in them is one object.

A block is what stands between the line that opens a layer and the line that closes it. Must not decide what a line
says, nor where a block ends: `grammar` does.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from archdiff.model.network import Layer, Setting


class InternedBlock(NamedTuple):
    """What was read between two lines."""

    settings: tuple[Setting, ...]
    children: tuple[Layer, ...]
    body: tuple[str | None, ...] | None  # as in the layout of the layer
    line: int  # of the layer with which it was read


class BlockText(NamedTuple):
    """The lines of a block, not yet read: all that decides how they are read, and the index of the line behind them."""

    key: Key
    end: int


#: class, repeat of the whole path, depth and text: blocks of equal keys are one object
Key: TypeAlias = tuple[str, int, int, str]

#: the blocks of all texts that are read together
Blocks: TypeAlias = dict[Key, InternedBlock]
