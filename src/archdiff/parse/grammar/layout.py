"""How a layer was printed, so that it prints back as it was."""

from __future__ import annotations

from typing import NamedTuple

from archdiff.model.network import Setting


class LayerLayout(NamedTuple):
    """How a layer that takes several lines was printed; the layout of a leaf is its line.

    Args:
        opening: its first line; None for the children of a fragment, whose own line is lost.
        body: the lines between as they stand, None for the next child; None alone: children and nothing else.
        closing: its last line; None where it is closed on the line of its last child, or never.
        cut: whether it is never closed.
        inline: how many children stand on the opening line.
        settings: what these lines say, so that a changed layer is printed anew.
        children: how many they hold.
    """

    opening: str | None
    body: tuple[str | None, ...] | None
    closing: str | None
    cut: bool
    inline: int
    settings: tuple[Setting, ...]
    children: int
