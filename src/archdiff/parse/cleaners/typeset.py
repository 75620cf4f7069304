"""What browsers and word processors make of blanks, minus signs, quotes and the x of a repeat."""

from __future__ import annotations

import re
from typing import Final

from archdiff.parse.lines import Lines

_SINGLE: Final = "\u2018\u2019\u201a\u201b\u2032\u2039\u203a"  # of any language, so either may open
_DOUBLE: Final = "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb"
_MINUS: Final = "\u2010\u2011\u2012\u2212\ufe63\uff0d"
_DASH: Final = "\u2013"  # of headings and ranges, too
_BLANKS: Final = "\u00a0\u2007\u2009\u202f"
_PLAIN = {
    **dict.fromkeys(_SINGLE, "'"),
    **dict.fromkeys(_DOUBLE, '"'),
    **dict.fromkeys(_MINUS + _DASH, "-"),
    **dict.fromkeys(_BLANKS, " "),
    "\u00d7": "x",
}
#: only where a print can have the plain one: a heading keeps its quotes
_TYPESET = re.compile(
    rf"[{_BLANKS}]"
    rf"|(?<=[=(,\s])[{_MINUS}](?=[\w.])|(?<=[=(]){_DASH}(?=[\w.])|(?<=, ){_DASH}(?=[\d.])"
    rf"|(?<=[\de])[{_MINUS}{_DASH}](?=\d)"
    rf"|(?<=[=(,\s])[{_SINGLE}{_DOUBLE}](?=[\w.])|(?<=\w)[{_SINGLE}{_DOUBLE}](?=[,)\s])"
    rf"|(?<=\d[ \u00a0])\u00d7(?=[ \u00a0]\w)"
)


def clean(lines: Lines) -> Lines:
    """Lines with the characters that Python prints."""
    return lines.mapped(lambda text: _TYPESET.sub(lambda found: _PLAIN[found[0]], text))
