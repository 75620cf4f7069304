"""Lines that HTML breaks within a line, `<br>`, as in the cell of a table."""

from __future__ import annotations

import re

from archdiff.parse.lines import Lines

_BREAK = re.compile(r"<br ?/?>")


def clean(lines: Lines) -> Lines:
    """Every broken line as the lines that it shows; their columns count from where it begins."""
    return lines.spread([(0, part) for part in _BREAK.split(text)] for text in lines.texts)
