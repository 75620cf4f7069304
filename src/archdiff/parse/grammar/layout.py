"""How a layer was printed, so that it prints back as it was."""

from __future__ import annotations

from typing import NamedTuple

from archdiff.model.network import Setting


class Layout(NamedTuple):
    """How a layer that takes several lines was printed. A leaf's layout is its line."""

    opening: str | None  # None: the children of a fragment, whose own line is lost
    #: the lines between as they stand, None for the next child; None alone: children and nothing else
    body: tuple[str | None, ...] | None
    closing: str | None  # None: closed on the line of its last child, or never
    cut: bool  # never closed
    inline: int  # so many children stand on the opening line
    settings: tuple[Setting, ...]  # that these lines say, and the number of children: a changed layer is printed anew
    children: int
