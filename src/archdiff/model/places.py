"""Where something stands, in words: a line of a file, a line in a cell of a notebook, or a layer of a live module.

A line in a cell is one whole number too, further down the larger, so that what counts lines need not know of cells.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

MODULE: Final = "<model>"  # the source of a live module that has no address
TEXT: Final = "<text>"  # the source of a text that is in no file
_LIVE: Final = re.compile(rf"{MODULE}|[^\W\d][\w.]*:[^\W\d]\w*")

_LINE: Final = 28  # bits: no text that is read has as many lines
_FILE: Final = 29  # bits of a line of the file, as what it is more than the line in the cell
_MIDDLE: Final = 1 << _LINE
_FLAGS: Final = _LINE + _FILE


class Cell(NamedTuple):
    """A line in a cell of a notebook; all are counted from 1.

    Attributes:
        number: Of the cell.
        is_output: Whether it is in what the cell put out; else in its source, which is Markdown.
        line: In all that the cell put out, or in its source.
        file_line: In the JSON of the notebook.
    """

    number: int
    is_output: bool
    line: int
    file_line: int


def in_cell(cell: Cell, follows: bool) -> int:
    """The number of a line in a cell.

    Args:
        cell: Where it is.
        follows: Whether the next line of the cell stands on the next line of the file; else all are on one.

    Returns:
        The number: further down the larger. `cell_of` reads it.
    """
    moved = cell.file_line - cell.line + _MIDDLE if follows else cell.file_line
    flags = cell.number << 2 | cell.is_output << 1 | follows
    return (flags << _FILE | moved) << _LINE | cell.line


def cell_of(line: int) -> Cell | None:
    """The cell that a line is in.

    Args:
        line: A line of a file, or what `in_cell` gave.

    Returns:
        None for a line of a file.
    """
    flags = line >> _FLAGS
    if not flags:
        return None
    within, moved = line & (1 << _LINE) - 1, line >> _LINE & (1 << _FILE) - 1
    file_line = moved + within - _MIDDLE if flags & 1 else moved
    return Cell(flags >> 2, bool(flags & 2), within, file_line)


def file_line(line: int) -> int:
    """The line of the file, as editors count them: for a notebook, of its JSON."""
    cell = cell_of(line)
    return cell.file_line if cell else line


def short(line: int, before: str = "") -> str:
    """`20`, with what is to stand before it; in a notebook `3:20`, the cell first."""
    cell = cell_of(line)
    return f"{cell.number}:{cell.line}" if cell else f"{before}{line}"


def at(source: str, line: int, path: str = "", column: int = 0) -> str:
    """`mine.txt:20`, `one.ipynb: cell 3, output line 20`; of a live module the path of the layer."""
    if is_live(source):
        return path or source
    cell = cell_of(line)
    place = ":".join(str(part) for part in (source, 0 if cell else line, 0 if cell else column) if part)
    return f"{place}: {in_words(cell)}" if cell else place


def in_words(cell: Cell) -> str:
    """`cell 3, output line 20`."""
    return f"cell {cell.number}, {'output ' if cell.is_output else ''}line {cell.line}"


def line(number: int) -> str:
    """`line 20`, `cell 3, output line 20`."""
    cell = cell_of(number)
    return in_words(cell) if cell else f"line {number}"


def span(first: int, last: int) -> str:
    """`lines 17-32`; in a notebook `cell 3, output lines 1-16`."""
    cell = cell_of(first)
    if cell is None:
        return f"lines {first}-{last}"
    end = cell_of(last) or cell
    several = f"lines {cell.line}-{end.line}" if end.number == cell.number else f"line {cell.line} to {in_words(end)}"
    return f"cell {cell.number}, {'output ' if cell.is_output else ''}{several}"


def whole(source: str, first: int, last: int) -> str:
    """`mine.txt:17-32`, `one.ipynb: cell 3, output lines 1-16`, `package.module:factory`."""
    if is_live(source):
        return source
    return f"{source}: {span(first, last)}" if cell_of(first) else f"{source}:{first}-{last}"


def is_live(source: str) -> bool:
    """Whether it is a live module, whose lines are those of a print that nobody has."""
    return bool(_LIVE.fullmatch(source))


def is_file(source: str) -> bool:
    """Whether a source is a file that its reader can open.

    Args:
        source: As of a network: standard input is `<stdin>`, a text `<text>`, a live module `package.module:factory`,
            an older file `git:REVISION:FILE`.

    Returns:
        False for those.
    """
    return bool(source) and not source.startswith(("<", "ref:", "git:")) and not is_live(source)
