"""Lines that a terminal or a page broke at its width, in the middle of a word, put together again; lines that lost
their breaks, parted.

A broken line is as long as the longest of the text, the rest of it is not indented, and only both together are a child.
Must not touch a print whose settings stand on lines of their own: their layout is torch's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from archdiff.parse.lines import Lines
from archdiff.parse.tokens import CLASS, INNER, balance, is_child

_NARROWEST: Final = 40  # columns
_PARTS: Final = 20  # lines that one line was broken into
_REST = re.compile(r"[^\s()]")  # of a line that was broken: not indented, and no child
_BEGINS = re.compile(rf"[()]|{CLASS} ?\([ \t]*\([\w.-]+\): ")
_BEHIND = re.compile(r"[()] *(\([\w.-]{1,200}\): )")
#: what hardly any text holds without: each begins with two characters as they stand, so that the search is quick
_SIGNS: Final = [re.compile(sign) for sign in (r"\) +\(", r"\)\([\w.-]", r"\( +\(", r"\(\([\w.-]{1,200}\): ")]
_ANYWHERE = re.compile(r"\S *(\([\w.-]{1,200}\): )")
_ON_ITS_LINE: Final = ("Parameter containing", "Object of type")  # torch prints the first one behind its parent


def joined(lines: Lines) -> Lines:
    """Every broken child on one line, which stands where it began."""
    widths = list(map(len, lines.texts))
    width = max(widths, default=0)
    full = [index for index, each in enumerate(widths) if each == width] if width >= _NARROWEST else []
    gone: set[int] = set()
    texts = list(lines.texts)
    for index in full:
        if index in gone:
            continue
        end = _end(texts, index, width)
        if end > index:
            texts[index] = "".join(texts[index : end + 1])
            gone.update(range(index + 1, end + 1))
    if not gone:
        return lines
    kept = [index for index in range(len(texts)) if index not in gone]
    return replace(
        lines,
        texts=[texts[index] for index in kept],
        numbers=[lines.numbers[index] for index in kept],
        columns=[lines.columns[index] for index in kept],
    )


def parted(lines: Lines) -> Lines:
    """Every child on a line of its own, where a line break was lost before it: `(a): ReLU() (b): ReLU()`."""
    whole = "\n".join(lines.texts)
    if not any(sign.search(whole) for sign in _SIGNS):
        return lines
    texts: list[str] = []
    numbers: list[int] = []
    columns: list[int] = []
    for text, number, column in zip(lines.texts, lines.numbers, lines.columns, strict=True):
        first = len(text) - len(text.lstrip())
        begins = [first, *_children_behind(text, first)]
        for begin, end in zip(begins, [*begins[1:], len(text)], strict=True):
            texts.append(text[:first] + text[begin:end])
            numbers.append(number)
            columns.append(column + begin - first)
    return replace(lines, texts=texts, numbers=numbers, columns=columns)


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


def _end(texts: list[str], first: int, width: int) -> int:
    """The last line of the child or the settings that begin here; the first where it is whole, or never becomes so."""
    text = texts[first].strip()
    if "=" in text and texts[first][:1] in " \t" and text[:1] not in ("(", ")"):  # a line of settings
        last = first
        while len(texts[last]) == width and _REST.match("".join(texts[last + 1 : last + 2])) and last < first + _PARTS:
            last += 1
        return last
    if text[:1] != "(" or is_child(text):
        return first
    for last in range(first + 1, min(first + _PARTS, len(texts))):
        if not texts[last][:2].strip():
            return first
        text += texts[last].rstrip() if len(texts[last]) < width else texts[last]
        if is_child(text):
            return last
        if len(texts[last]) < width:
            return first
    return first
