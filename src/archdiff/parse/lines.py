"""Lines that remember where they stand in the original file, and the bounds of what is read.

Cleaners change lines, readers read them: each keeps its number and column in the file. Must not know any grammar.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from archdiff.model.errors import ReadError
from archdiff.model.network import Span
from archdiff.parse.blocks import Blocks
from archdiff.parse.tokens import indent

MAX_BYTES: Final = 100_000_000  # of a file: a print of 100,000 lines has 10 MB
MAX_LINE: Final = 2_000_000  # characters; a printed tensor may be long, a line of 100 MB is something else
MAX_DEPTH: Final = 200  # nested layers: real networks have about 30, and walking a tree may need a frame a level
MAX_REPEAT: Final = (
    50_000  # modules that one folded line stands for, nested repeats multiplied: 31,000 experts are real
)
MAX_MODULES: Final = 250_000  # of a network, folded ones counted as often as they stand


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines ready to be read. `columns` counts the characters that stand before each in its original line.

    The lists are a reader's own: it may cut prefixes from lines while it goes.
    """

    source: str
    texts: list[str]
    numbers: list[int]
    columns: list[int]
    originals: Sequence[str] | Mapping[int, str]  # what stands on a line: of the file by place, else by number
    blocks: Blocks = field(default_factory=Blocks)  # for all texts that are read together

    def span(self, index: int, begin: int | None = None, end: int | None = None) -> Span:
        """The place of a line, or of a part of it.

        Args:
            index: the line, counted from 0.
            begin: the first character, counted from 0; that behind the indentation by default.
            end: the character behind the last; where nothing but blanks follow by default.
        """
        text = self.texts[index]
        first = indent(text) if begin is None else begin
        last = len(text.rstrip()) if end is None else end
        return Span(self.source, self.numbers[index], self.columns[index] + first + 1, max(last - first, 1))

    def original(self, number: int) -> str:
        """A line as it stands in the file; "" where there is none."""
        if isinstance(self.originals, Mapping):
            return self.originals.get(number, "")
        return self.originals[number - 1].rstrip("\r") if 0 < number <= len(self.originals) else ""

    def mapped(self, change: Callable[[str], str]) -> Lines:
        """Every line changed by a function; columns count what is lost at the front."""
        changed = ((text, change(text)) for text in self.texts)
        return self.spread([(_lost(text, new) if new != text else 0, new)] for text, new in changed)

    def spread(self, parts: Iterable[Sequence[tuple[int, str]]]) -> Lines:
        """Every line as the lines that it is made of, none or one or several.

        Args:
            parts: for each line those that take its place, each with how many characters stand before it there.

        Returns:
            Lines whose numbers and columns are those of the file.
        """
        texts: list[str] = []
        numbers: list[int] = []
        columns: list[int] = []
        for number, column, line in zip(self.numbers, self.columns, parts, strict=True):
            for before, text in line:
                texts.append(text)
                numbers.append(number)
                columns.append(column + before)
        return replace(self, texts=texts, numbers=numbers, columns=columns)

    def error(self, message: str, span: Span, way_out: str = "") -> ReadError:
        """An error that quotes the original line; a column that escapes have shifted stays inside of it.

        Args:
            message: what is wrong.
            span: where.
            way_out: what to do.
        """
        quoted = self.original(span.line)
        return ReadError(
            message,
            source=self.source,
            line=span.line,
            column=min(span.column, max(len(quoted), 1)),
            length=span.length,
            line_text=quoted,
            way_out=way_out,
        )


def _lost(before: str, after: str) -> int:
    """Characters cut before the first that is kept."""
    first = after.lstrip()[:8]
    return max(before.find(first) - indent(after), 0) if first else 0


def line_break(text: str) -> str:
    r"""What ends a line; old Macs and progress bars write \\r alone."""
    return "\n" if "\n" in text or "\r" not in text else "\r"


def split(source: str, text: str, blocks: Blocks | None = None) -> Lines:
    r"""The lines of a text as they stand; a \\r before the \\n stays, so that nothing is lost.

    Args:
        source: what messages call the text.
        text: all of it.
        blocks: those of texts that were read before, which share what stands in equal blocks.
    """
    originals = text.split(line_break(text))
    numbers, columns = list(range(1, len(originals) + 1)), [0] * len(originals)
    return Lines(source, list(originals), numbers, columns, originals, Blocks() if blocks is None else blocks)
