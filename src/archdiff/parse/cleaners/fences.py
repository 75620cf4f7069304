"""Fences of Markdown on the lines of a print, and backticks round a line."""

from __future__ import annotations

import re

from archdiff.parse.lines import Lines

_IN_BACKTICKS = re.compile(r"\s*(`{1,2})([^`]+)\1\s*")  # all of a line
#: a fence, or a backtick, on the first line of a print; and a fence behind its last bracket
_FENCE_BEFORE = re.compile(
    r"\s*(?P<mark>`+|~{3,})(?:(?:python|py|text|txt)\s)?"
    r"(?=\s*(?:\([^()\s]{1,200}\): \S|[^\W\d]\w*(?:\.\w+)* ?\(\s*$))"
)
_FENCE_BEHIND = re.compile(r"[)\s]*\)\s*(?P<mark>`{3,}|~{3,})\s*")


def clean(lines: Lines) -> Lines:
    """Fences on lines of their own, and no backtick round a line or before the first of a print."""
    return lines.spread([(begin, text[begin:end]) for begin, end in _parts(text)] for text in lines.texts)


def _parts(text: str) -> list[tuple[int, int]]:
    """Where on a line the lines begin and end that it should be."""
    if found := _IN_BACKTICKS.fullmatch(text):
        return [found.span(2)]
    if found := _FENCE_BEFORE.match(text):
        behind = (found.end(), len(text))
        return [(0, found.end()), behind] if len(found["mark"]) > 2 else [behind]
    if found := _FENCE_BEHIND.fullmatch(text):
        return [(0, found.start("mark")), (found.start("mark"), len(text))]
    return [(0, len(text))]
