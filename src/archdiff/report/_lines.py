"""Lines of styled text for a given width: wrapping, shortening, and the words for sizes and counts.

Knows no outcome and no terminal. A style is a name of `terminal.STYLES`; "" is plain.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from textwrap import wrap as _wrap
from typing import Final, TypeAlias

from archdiff.model.wording import size

Line: TypeAlias = "tuple[tuple[str, str], ...]"  # (text, style), ...

BLANK: Line = ()
_GLUE: Final = "\x1f"  # no space of those at which a line may end
_TOGETHER: Final = re.compile(
    r"(?<=\d) (?=places\b|more\b|not printed\b|%)|(?<=\bnot) (?=\S{1,12}(?:\s|$))|(?<=\bk) (?=[\d=])"
)


def plain(text: str, style: str = "") -> Line:
    """A line of one style."""
    return ((text, style),)


def length(line: Line) -> int:
    """In columns."""
    return sum(len(text) for text, _ in line)


def hanging(head: Line, text: str, width: int, indent: int, style: str = "", code: bool = False) -> list[Line]:
    """`head` and then `text`, wrapped, with the following lines set in by `indent`; code stays fit to be copied."""
    parts = wrapped(text, width - length(head), width - indent, code)
    if not parts:
        return [head]
    first, *rest = parts
    return [(*head, (first, style)), *(plain(" " * indent + part, style) for part in rest)]


def wrapped(text: str, first: int, rest: int, code: bool = False) -> list[str]:
    """A text in lines.

    Args:
        text: Words; a number and what it counts stay on one line, and so do "not" and the value behind it.
        first: Columns of the first line.
        rest: Columns of the others.
        code: Whether no word may be broken, nor anything be kept together.

    Returns:
        The lines, without indents; a word that is longer than a line is broken.
    """
    indents = " " * max(rest - first, 0), " " * max(first - rest, 0)
    glued = text if code else _TOGETHER.sub(_GLUE, text)
    parts = _wrap(
        glued,
        max(rest, first),
        initial_indent=indents[0],
        subsequent_indent=indents[1],
        break_on_hyphens=False,
        break_long_words=not code,
    )
    return [
        part.removeprefix(indents[number > 0]).strip(_GLUE).replace(_GLUE, " ") for number, part in enumerate(parts)
    ]


def packed(parts: Sequence[str], width: int, indent: int, style: str = "", gap: str = "  ") -> list[Line]:
    """Parts that must not be torn apart, as many to a line as fit."""
    lines: list[str] = []
    for part in parts:
        if lines and indent + len(lines[-1]) + len(gap) + len(part) <= width:
            lines[-1] += gap + part
        else:
            lines += _wrap(part, max(width - indent, 10), break_on_hyphens=False)
    return [plain(" " * indent + line, style) for line in lines]


def shorten(path: str, width: int) -> str:
    """Shortened in the middle: the end of a path tells more than its beginning, and its last name most."""
    if len(path) <= width:
        return path
    if width < 5:
        return path[:width]
    kept = width - 2
    last = len(path) - path.rfind(".") - 1
    tail = max(kept - kept // 3, last if last < kept else 0)
    return f"{path[: kept - tail]}..{path[-tail:]}"


def amount(value: object) -> str:
    """A value as people write it: (5, 5) as 5x5."""
    if isinstance(value, tuple) and value and all(type(part) is int for part in value):
        return size([part for part in value if isinstance(part, int)])
    return str(value)
