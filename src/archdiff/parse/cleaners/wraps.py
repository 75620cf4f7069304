"""Lines that a terminal or a page broke at its width, in the middle of a word.

A broken line is as long as the longest of the text, or ends within the name of a class; the rest of it is not indented,
and only both together are a child.
Must not touch a print whose settings stand on lines of their own: their layout is torch's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from archdiff.parse.lines import Lines
from archdiff.parse.tokens import is_child

_NARROWEST: Final = 40  # columns
_PARTS: Final = 20  # lines that one line was broken into
_REST = re.compile(r"[^\s()]")  # of a line that was broken: not indented, and no child
#: a child that ends within its class, or right behind it
_NO_BRACKET = re.compile(
    r"\s*\([^()]+\): (?:\d+ x )?[^\W\d][\w.]*\s*"
)  # a child that ends within its class, or has none
#: the rest of a class; a whole name with a body below it may begin another print
_REST_OF_CLASS = re.compile(r"[a-z\d_][\w.]* ?\(|[A-Z][\w.]* ?\(.*\)")


_QUOTED = re.compile(r"\s*(?:> ?)+")  # as in a mail; it stands before the rest of a broken line, too


def clean(lines: Lines) -> Lines:
    """Every broken child on one line, which stands where it began."""
    texts = list(lines.texts)
    quotes = [match[0] if ">" in text and (match := _QUOTED.match(text)) else "" for text in texts]
    quoted = [index for index, quote in enumerate(quotes) if quote] if any(quotes) else []
    gone: set[int] = set()
    if quoted:  # they were broken apart from the other lines
        bodies = [text[len(quote) :] if quote else "" for text, quote in zip(texts, quotes, strict=True)]
        gone = _joined(bodies)
        for index in quoted:
            texts[index] = quotes[index] + bodies[index]
    others = ["" if quote else text for text, quote in zip(texts, quotes, strict=True)] if quoted else texts
    gone |= _joined(others)
    if quoted:
        texts = [text if quote else other for text, quote, other in zip(texts, quotes, others, strict=True)]
    return lines.spread([] if index in gone else [(0, text)] for index, text in enumerate(texts)) if gone else lines


def _joined(texts: list[str]) -> set[int]:
    """Put every broken child on the line where it began; the lines that are gone then."""
    distinct = set(texts)
    width = max(map(len, distinct), default=0)
    broken = {text for text in distinct if len(text) == width and not _is_whole(text)} if width >= _NARROWEST else ()
    full = [index for index, text in enumerate(texts) if text in broken] if broken else []
    gone: set[int] = set()
    for index in sorted({*full, *_within_a_class(texts)}):
        if index in gone:
            continue
        end = _end(texts, index, width)
        if end > index:
            texts[index] = "".join(texts[index : end + 1])
            gone.update(range(index + 1, end + 1))
    return gone


def _within_a_class(texts: list[str]) -> Iterator[int]:
    """The lines that end within the name of a class."""
    begins = [index for index, text in enumerate(texts) if text >= "0" and text[0].isalnum()]  # hardly any
    for index in begins:
        if index and _REST_OF_CLASS.match(texts[index]) and _NO_BRACKET.fullmatch(texts[index - 1]):
            yield index - 1


def _end(texts: list[str], first: int, width: int) -> int:
    """The last line of the child or the settings that begin here; the first where it is whole, or never becomes so."""
    text = texts[first].strip()
    if _are_settings(texts[first]):
        last = first
        while len(texts[last]) == width and _REST.match("".join(texts[last + 1 : last + 2])) and last < first + _PARTS:
            last += 1
        return last
    if _is_whole(texts[first]):
        return first
    by_hand = len(texts[first]) < width  # and so of any width
    for last in range(first + 1, min(first + _PARTS, len(texts))):
        if not texts[last][:2].strip():
            return first
        text += texts[last].rstrip() if len(texts[last]) < width else texts[last]
        if is_child(text):
            return last
        if len(texts[last]) < width and not by_hand:
            return first
    return first


def _are_settings(line: str) -> bool:
    return "=" in line and line[:1] in " \t" and line.strip()[:1] not in ("(", ")")


def _is_whole(line: str) -> bool:
    """Whether nothing of a line may stand on the next one."""
    text = line.strip()
    return not _are_settings(line) and (text[:1] != "(" or is_child(text))
