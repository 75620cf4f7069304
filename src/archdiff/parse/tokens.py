"""The smallest parts of printed text: brackets and quoted strings, names of classes, one whole child on a line.

Cleaners and the grammar share them. Must not read settings or know nesting: `grammar` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

INNER: Final = 100  # children on one line, all depths
OPENING: Final = "([{"
CLOSING: Final = {"(": ")", "[": "]", "{": "}"}
CLASS: Final = r"[^\W\d]\w*(?:(?:\.|::|-)\w+)*(?:<\w[\w, .:]*>)?(?:\[[^\]()\n]*\])?(?:\(\w+\)(?=\())?"
_BALANCED = r"[^()]*+(?:\([^()]*+\)[^()]*+)*+"  # brackets in brackets, nothing deeper; possessive, so linear
_CLOSED = rf"(?:(\d+) x )?([^\W\d][\w.]*) ?\(({_BALANCED})\),?"
#: a child that is closed on its line, what stands behind its name, and one whose body follows: (name,) repeat, class
#: (and settings)
LEAF: Final = re.compile(rf"\(([^()]*)\): {_CLOSED}")
UNNAMED_LEAF: Final = re.compile(_CLOSED)
OPEN: Final = re.compile(r"\(([^()]*)\): (?:(\d+) x )?([^\W\d][\w.]*) ?\(")
#: one layer alone; what Python prints round modules is none, nor is the code that prints one
LEAF_ROOT: Final = re.compile(
    rf"(?!(?:p?print|OrderedDict|o?dict_\w+|defaultdict|deque|Counter)\(){CLASS} ?\(.*\)", re.DOTALL
)
# A quote opens a string only where a value can begin (not in "it's"); the bound keeps the search linear.
TOKEN: Final = re.compile(
    r"""(?<![\w)\\])'(?:[^'\\]|\\.){0,1000}'|(?<![\w)\\])"(?:[^"\\]|\\.){0,1000}"|[()\[\]{},]""", re.DOTALL
)

_DIGITS = re.compile(r"\d+")


def indent(text: str) -> int:
    """How many blanks a line begins with."""
    return len(text) - len(text.lstrip())


def any_digits(text: str) -> str:
    """A pattern for a text whose numbers differ from line to line, as those of a log do."""
    return r"\d+".join(map(re.escape, _DIGITS.split(text)))


def is_child(text: str) -> bool:
    """Whether a line is one whole child, `(name): Class(settings)` or `(name): Class(`, and nothing but that."""
    if LEAF.fullmatch(text) or OPEN.fullmatch(text):
        return True
    opened = OPEN.match(text) if "'" in text or '"' in text else None  # brackets in quotes are none
    return opened is not None and closing(text, opened.end() - 1) == len(text) - 1


def balance(text: str) -> int:
    """Opened minus closed brackets, those in quoted strings left out."""
    if "'" not in text and '"' not in text:
        return sum(map(text.count, OPENING)) - sum(map(text.count, ")]}"))
    return sum(1 if token[0] in OPENING else -1 for token in TOKEN.findall(text) if token[0] in "()[]{}")


def closing(text: str, start: int) -> int:
    """Where the bracket that opens at `start` is closed; -1 where it is not."""
    depth = 0
    for token in TOKEN.finditer(text, start):
        character = token.group()[0]
        if character in OPENING:
            depth += 1
        elif character in ")]}":
            depth -= 1
            if depth == 0:
                return token.start()
    return -1


def cut(text: str) -> Iterator[str]:
    """The pieces between the outermost commas, as they stand."""
    depth = begin = 0
    for token in TOKEN.finditer(text):
        character = token.group()[0]
        if character in OPENING:
            depth += 1
        elif character in ")]}":
            depth = max(depth - 1, 0)
        elif character == "," and not depth:
            yield text[begin : token.start()]
            begin = token.end()
    yield text[begin:]
