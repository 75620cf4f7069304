"""What browsers and word processors make of blanks, minus signs, quotes and the x of a repeat."""

from __future__ import annotations

import re

from archdiff.parse.lines import Lines

_PLAIN = {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2212": "-", "\u2013": "-", "\u00d7": "x"}
_PLAIN |= dict.fromkeys("\u00a0\u2007\u2009\u202f", " ")
#: only where a print can have the plain one: a heading keeps its quotes
_TYPESET = re.compile(
    "[\u00a0\u2007\u2009\u202f]|(?<=[=(,\\s])[\u2212\u2018\u201c](?=[\\w.])|(?<=\\w)[\u2019\u201d](?=[,)\\s])"
    "|(?<=[\\de])[\u2212\u2013](?=\\d)|(?<=\\d[ \u00a0])\u00d7(?=[ \u00a0]\\w)"
)


def clean(lines: Lines) -> Lines:
    """Lines with the characters that Python prints."""
    return lines.mapped(lambda text: _TYPESET.sub(lambda found: _PLAIN[found[0]], text))
