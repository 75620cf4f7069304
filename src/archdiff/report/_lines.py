"""Lines of styled text for a given width: wrapping, shortening, and the words for sizes and counts.

Knows no outcome and no terminal. A style is a name of `terminal.STYLES`; "" is plain.
"""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap as _wrap
from typing import TypeAlias

from archdiff.model.network import Value

Line: TypeAlias = "tuple[tuple[str, str], ...]"  # (text, style), ...

BLANK: Line = ()


def plain(text: str, style: str = "") -> Line:
    return ((text, style),)


def length(line: Line) -> int:
    return sum(len(text) for text, _ in line)


def hanging(head: Line, text: str, width: int, indent: int, style: str = "", code: bool = False) -> list[Line]:
    """`head` and then `text`, wrapped, with the following lines set in by `indent`; code stays fit to be copied."""
    start = length(head)
    parts = _wrap(
        text,
        width,
        initial_indent=" " * start,
        subsequent_indent=" " * indent,
        break_on_hyphens=False,
        break_long_words=not code,
    )
    if not parts:
        return [head]
    first, *rest = parts
    if start and not first[:start].isspace():  # a word longer than what is left of the line
        return [head, *(plain(part, style) for part in parts)]
    return [(*head, (first[start:], style)), *(plain(part, style) for part in rest)]


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


def size(shape: Sequence[int] | None) -> str:
    """`1x32x32`; `?` where it is unknown."""
    return "?" if shape is None else "x".join(map(str, shape)) or "scalar"


def number(count: int | None) -> str:
    return "?" if count is None else f"{count:,}"


def rounded(count: int | None) -> str:
    """Three digits are enough for costs: `1.25M`."""
    if count is None:
        return "?"
    for unit, suffix in ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k")):
        if count >= 0.9995 * unit:
            return f"{count / unit:.3g}{suffix}"
    return str(count)


def percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def plural(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def amount(value: Value) -> str:
    """A value as people write it: (5, 5) as 5x5."""
    if isinstance(value, tuple) and value and all(type(part) is int for part in value):
        return size([part for part in value if isinstance(part, int)])
    return str(value)
