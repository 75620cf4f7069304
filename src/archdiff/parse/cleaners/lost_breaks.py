"""Children that lost the line break before them: `(a): ReLU() (b): ReLU()`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from archdiff.parse.lines import Lines
from archdiff.parse.tokens import CLASS, INNER, balance, indent

_BEGINS = re.compile(rf"[()]|{CLASS} ?\([ \t]*\([\w.-]+\): ")
_BEHIND = re.compile(r"[()] *(\([\w.-]{1,200}\): )")
#: what hardly any text holds without: each begins with two characters as they stand, so that the search is quick
_SIGNS: Final = [re.compile(sign) for sign in (r"\) +\(", r"\)\([\w.-]", r"\( +\(", r"\(\([\w.-]{1,200}\): ")]
_ANYWHERE = re.compile(r"\S *(\([\w.-]{1,200}\): )")
_ON_ITS_LINE: Final = ("Parameter containing", "Object of type")  # torch prints the first one behind its parent


def clean(lines: Lines) -> Lines:
    """Every child on a line of its own."""
    whole = "\n".join(set(lines.texts))  # no sign reaches over a line
    return lines.spread(map(_parts, lines.texts)) if any(sign.search(whole) for sign in _SIGNS) else lines


def _parts(text: str) -> list[tuple[int, str]]:
    """The lines that a line should be, indented as it is."""
    first = indent(text)
    begins = [first, *_children_behind(text, first)]
    ends = [*begins[1:], len(text)]
    return [(begin - first, text[:first] + text[begin:end]) for begin, end in zip(begins, ends, strict=True)]


def _children_behind(text: str, first: int) -> Iterator[int]:
    """Where children begin: behind one that is whole, behind brackets that close others, or in one that stays open.

    Everywhere on a line that holds more of them than stand on the line of their parent.
    """
    many = text.count("): ") > INNER
    if not (many or _BEGINS.match(text, first)):
        return
    depth, done, left = 0, first, balance(text)
    for found in (_ANYWHERE if many else _BEHIND).finditer(text):
        opened = balance(text[done : found.start(1)])
        done, left = found.start(1), left - opened
        depth = max(depth + opened, 0)
        stays_open = found[0][0] == "(" and left >= 0 and not text.startswith(_ON_ITS_LINE, found.end())
        if many or depth == 0 or stays_open:
            yield done
            depth = 0
