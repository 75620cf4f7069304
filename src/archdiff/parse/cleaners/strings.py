"""String literals with escaped line breaks, as in JSON and source code."""

from __future__ import annotations

import re
from typing import Final

from archdiff.parse.lines import Lines

_STRING = re.compile(r"""\s*(?:[bru]{0,2})(["'])(.*)\1\s*[,)\]\\+;]*\s*$""", re.DOTALL)
#: a child in a string; other strings are settings
_OF_PRINT = re.compile(r"""^[ \t]*[bru]{0,2}["'](?:[^\n]*\\n)?[ \t]*\([^()\s]{1,200}\): """, re.MULTILINE)
_ESCAPE = re.compile(r"\\(n|t|r|\"|'|\\|/|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2})")
_PRINT = re.compile(r"\w ?\((?:\\n)+\s*\([^()\s]+\): ")  # behind other words of a line, as in a log of JSON records
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r"}


def clean(lines: Lines) -> Lines:
    """Strings spread over the lines they stand for."""
    strings = _OF_PRINT.search("\n".join(lines.texts)) is not None
    goes_on = False  # the last string of a list ends without a line break
    parts: list[list[tuple[int, str]]] = []
    for text in lines.texts:
        string = _STRING.match(text) if strings and (goes_on or "\\n" in text) else None
        goes_on = string is not None and string[2].endswith("\\n")
        escaped = string[2] if string else text if _PRINT.search(text) else None
        shown = [text] if escaped is None else _ESCAPE.sub(_unescaped, escaped).removesuffix("\n").split("\n")
        parts.append([(string.start(2) if string else 0, part) for part in shown])
    return lines.spread(parts)


def _unescaped(escape: re.Match[str]) -> str:
    code = escape[1]
    if len(code) == 1:
        return _ESCAPES.get(code, code)
    character = chr(int(code[1:], 16))
    return "\ufffd" if "\ud800" <= character <= "\udfff" else character
