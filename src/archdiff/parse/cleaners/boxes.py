"""The right bar of a box or a table; the left one is a prefix like any other (`prefixes`)."""

from __future__ import annotations

from typing import Final

from archdiff.parse.lines import Lines

_BARS: Final = "|│┃║"


def clean(lines: Lines) -> Lines:
    """Lines without a bar at their end, where the same bar stands at their beginning."""
    return lines.mapped(_without_bar)


def _without_bar(text: str) -> str:
    ending = text.rstrip()
    boxed = len(ending) > 2 and ending[-1] in _BARS and text.lstrip()[0] == ending[-1]
    return ending[:-1].rstrip() if boxed else text
