"""What can go wrong: the error tree, and an error as text with a caret. Public as `archdiff.errors`.

Every error names the thing, the place (file, line, column) and the way out. Nothing here prints or exits.
"""

from __future__ import annotations

from archdiff.model import inert, places

LINE_SHOWN = 100  # characters of the offending line that an error quotes: a line may be 100 MB long


class ArchdiffError(Exception):
    """The question could not be answered: the command ends with exit code 2. `str(error)` is all of it, as text.

    Attributes:
        message: What is wrong, in one sentence without the place.
        source: File or address; "<text>" for a text, "<model>" for a live module, "" where there is none.
        line: Line of the file, counted from 1; 0 where there is none. For a notebook see `model.places`.
        column: Character of the line, counted from 1; 0 where there is none.
        length: How many characters get a caret.
        line_text: The original line; "" where there is none.
        way_out: What to do about it; "" where nothing can be said.
    """

    def __init__(
        self,
        message: str,
        *,
        source: str = "",
        line: int = 0,
        column: int = 0,
        length: int = 1,
        line_text: str = "",
        way_out: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.source = source
        self.line = line
        self.column = column
        self.length = length
        self.line_text = line_text
        self.way_out = way_out

    def __str__(self) -> str:
        return draw(self)


class UsageError(ArchdiffError):
    """An option or an address that makes no sense: no such file, unknown selector, bad --input-shape."""


class ReadError(ArchdiffError):
    """The text is not what it should be: not text, cut off, too deep, no network in it."""


class ShapeError(ArchdiffError):
    """The given input size cannot run through the network, or a printed size can be no layer's."""


class BuildError(ArchdiffError):
    """The text does not hold what it takes to make the module."""


class PluginError(ArchdiffError):
    """A leaf file, or an installed package that adds to archdiff, cannot be taken: broken, or two of one name."""


def draw(error: ArchdiffError) -> str:
    """An error as text.

    Args:
        error: Any of the tree.

    Returns:
        `file:line:column: message`, the line with a caret under it where it is known, and the way out; no line feed
        at its end. Nothing in it acts on a terminal.
    """
    place = places.at(inert.printable(error.source), error.line, column=error.column)
    lines = [f"{place}: {error.message}" if place else error.message]
    if error.line_text:
        lines += _quote(error)
    if error.way_out:
        lines.append(f"  help: {error.way_out}")
    return inert.lines("\n".join(lines))


def _quote(error: ArchdiffError) -> list[str]:
    column = max(error.column, 1) - 1
    start = max(0, column - LINE_SHOWN // 2) if len(error.line_text) > LINE_SHOWN else 0
    shown = inert.printable(error.line_text[start : start + LINE_SHOWN].rstrip("\n").expandtabs(1))
    before, after = ("..." if start else ""), ("..." if start + LINE_SHOWN < len(error.line_text) else "")
    gutter = places.short(error.line)
    carets = "^" * max(1, min(error.length, len(shown) - (column - start)))
    return [
        f"  {gutter} | {before}{shown}{after}",
        f"  {' ' * len(gutter)} | {' ' * (len(before) + column - start)}{carets}",
    ]
