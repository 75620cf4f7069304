"""Markdown as GitHub reads it: text and code that say what they say and nothing else, tables, and a bound for all.

Knows no outcome. Everything that comes from somebody's file goes through `text`, `code` or `fenced`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from archdiff.model import inert
from archdiff.model.wording import plural

_LONGEST = 400  # characters of one value or message
_MOST_LINES = 40  # of a block of code
_ROOM_FOR_LEFT_OUT = 400  # bytes of the last line, which says what was left out

#: what would format, link, mention, make math or end a cell; an underscore within a word does nothing
_SPECIAL = re.compile(
    r"[\\`*\[\]<>|~$&]|(?<![^\W_])_|_(?![^\W_])|@(?=\w)|#(?=\d)|:(?=//|[\w+-]+:)|(?<=www)\.|(?<=GH)-(?=\d)",
    re.IGNORECASE,
)
_ESCAPES = {
    **{char: f"\\{char}" for char in "`*[]~$_"},
    "\\": "&#92;",
    "|": "&#124;",
    "<": "&lt;",
    ">": "&gt;",
    "&": "&amp;",
    **{char: f"{char}<!-- -->" for char in "@#:-"},  # no backslash keeps GitHub from mentioning somebody, or linking
    ".": "<!-- -->.",
}


def text(words: str) -> str:
    """Plain words, for a cell or inside a paragraph."""
    return _SPECIAL.sub(lambda found: _ESCAPES[found[0]], _in_one_line(words))


def code(words: str) -> str:
    """A code span; where backticks cannot hold it inside a table, its HTML."""
    shown = _in_one_line(words)
    if not shown:
        return ""
    return f"<code>{text(shown)}</code>" if re.search(r"[`|\\]", shown) else f"`{shown}`"


def fenced(words: str) -> str:
    """A block of code that no line in it can end."""
    lines = [inert.line(_clipped(line)) for line in words.split("\n")[:_MOST_LINES]]
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([f"{fence}text", *lines, fence])


def row(cells: Iterable[str]) -> str:
    """A row of a table."""
    return f"| {' | '.join(cells)} |"


def header(titles: Sequence[str]) -> str:
    """The two rows that a table begins with."""
    return f"{row(titles)}\n{'|---' * len(titles)}|"


def _in_one_line(words: str) -> str:
    return _clipped(" ".join(words.split()))


def _clipped(words: str) -> str:
    shown = inert.printable(words)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}..."


# The bound


@dataclass(frozen=True, slots=True)
class PageBlock:
    """A part of the page. Rows may be left out from the end; `after` only stands where `before` does."""

    before: str
    rows: tuple[str, ...] = ()
    after: str = ""
    noun: str = "part"  # what is counted where it is left out: a row, or all of it where it has none
    section: int = 0  # what a section opens with decides whether the rest of it may stand
    rank: int = 0  # the lower, the more it is needed; 0 opens its section


def page(blocks: Sequence[PageBlock], limit: int) -> str:
    """As much as fits into so many bytes, the most needed first; what was left out is counted at the end."""
    room = limit - _ROOM_FOR_LEFT_OUT
    shown: dict[int, str] = {}
    left_out: dict[str, int] = {}
    closed: set[int] = set()
    for index, block in sorted(enumerate(blocks), key=lambda numbered: numbered[1].rank):
        fitting, count = _fitting(block, room if block.section not in closed else 0)
        if fitting:
            shown[index] = fitting
            room -= _size(fitting) + 1
        elif block.rank == 0:
            closed.add(block.section)
        missing = max(len(block.rows), 0 if fitting else 1) - count
        if missing:
            left_out[block.noun] = left_out.get(block.noun, 0) + missing
    parts = [shown[index] for index in sorted(shown)]
    if left_out:
        fitting = ", ".join(plural(count, noun) for noun, count in left_out.items())
        parts.append(f"Left out, to stay below the limit of a comment: {fitting}.")
    return "\n\n".join(parts) + "\n"


def _fitting(block: PageBlock, room: int) -> tuple[str, int]:
    """The text with as many rows as fit, and how many these are; nothing where not even one does."""
    left = room - _size(block.before) - _size(block.after) - 2
    count = 0
    for line in block.rows:
        left -= _size(line) + 1
        if left < 0:
            break
        count += 1
    if left < 0 and not count:
        return "", 0
    return "\n".join([block.before, *block.rows[:count], *([block.after] if block.after else [])]), count


def _size(words: str) -> int:
    return len(words.encode("utf-8", "backslashreplace"))
