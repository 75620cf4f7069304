"""What stands round printed text and is none of it: lines -> lines, one file a cleaner.

Every cleaner exports `clean`; the lines that it gives still know their places in the original file, and what needs no
cleaning stays as it is. Must not know what a layer looks like, beyond `(name): ` behind a prefix.
"""

from __future__ import annotations

from types import FunctionType
from typing import Final

from archdiff.model import plugins
from archdiff.parse.lines import Lines

#: in this order, with marks of which one stands in every text that a cleaner changes; the others are not loaded
CLEANERS: Final = (
    ("ansi", ("\x1b",)),
    ("quoted_printable", ("=3D",)),
    ("entities", ("&",)),
    ("line_breaks", ("<br",)),
    ("tags", ("<",)),
    ("fences", ("`", "~~~")),
    ("boxes", ("|", "│", "┃", "║")),
    (
        "typeset",
        (
            *"\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u2032\u2033\u00ab\u00bb\u2039\u203a",
            *"\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d\u00d7\u00a0\u2007\u2009\u202f",
        ),
    ),
    ("underscores", ("\\_",)),
    ("strings", ('\\n"', "\\n'", "\\n  ")),
)


def clean(lines: Lines) -> Lines:
    """Lines free of colours, HTML, string quotes and the marks of word processors.

    Args:
        lines: the lines of a file as they stand in it.

    Returns:
        The lines that a person would see, each with its number and column in the file.
    """
    whole = "\n".join(lines.texts)
    for name, marks in CLEANERS:
        if any(mark[0] in whole and mark in whole for mark in marks):  # one character is found 20 times as fast
            cleaned: Lines = plugins.one(__name__, name, "clean", FunctionType)(lines)
            if cleaned is not lines:
                lines, whole = cleaned, "\n".join(cleaned.texts)
    return lines
