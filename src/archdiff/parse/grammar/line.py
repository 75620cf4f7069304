"""One line of a printed module -> a `ParsedLine`: what stands on it, without its place.

One function a grammar rule:

    line     := child | close | text
    child    := "(" name "): " [repeat " x "] module
    module   := class [" "] "(" arguments [")" rest] | "None" | "Parameter containing: [...]" | value
    close    := ")" rest

Equal lines are read a single time. Must not know nesting: `tree` does.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from functools import lru_cache
from typing import Final, NamedTuple

from archdiff.model.network import Setting
from archdiff.parse.grammar.settings import read_settings, read_value
from archdiff.parse.tokens import CLASS, INNER, OPEN, UNNAMED_LEAF, balance, closing


class LineKind(Enum):
    """What a line is, in a printed module."""

    LEAF = auto()  # a child that is closed on its line
    OPEN = auto()  # a child whose body follows
    CLOSE = auto()  # begins with a closing bracket
    TEXT = auto()  # settings, or anything else
    BLANK = auto()


class ParsedLine(NamedTuple):
    """What one line says."""

    shape: LineKind
    name: str = ""
    class_name: str = ""
    settings: tuple[Setting, ...] = ()
    repeat: int = 1
    unclosed: int = 0  # brackets left open (a text: less closed ones)
    inner: tuple[ParsedLine, ...] = ()  # children on the same line
    closes: int = 0  # brackets of parents that are closed behind it on the line
    elided: bool = False  # stands for lines that somebody cut out
    begun: str = ""  # settings that go on in the next line, which may stand in the middle of a value


_CHILD = re.compile(r"\((.*?)\)(?:: ?|:$| - (?=[\w<]))")
_NEXT = re.compile(r"\s\([^()\s]+\): ")
_NO_COLON = re.compile(r"\((\w+)\) (None)")
_REPEAT = re.compile(r"(\d+) x (?=\S)", re.ASCII)
_MODULE = re.compile(rf"({CLASS}) ?\(")
_BRACKETED = re.compile(r"([^\W\d][\w.]*) ?(\[.*\])")
_WORD = re.compile(r"[^\W\d][\w.]*")
_PARAMETER = re.compile(r"(Parameter|Buffer) containing: \[([\w.]+) of size ([\dx]*)[^\]]*\]")
_TENSOR = re.compile(r"(Parameter|Buffer|Object|Tensor)\b.*?: .*")
_ELLIPSIS = re.compile(r"[(\[<]?(?:\.\s?\.\s?\.[\s.]*|…|:|⋮)[)\]>]?,?")
#: what stands for lines that were cut out, in words; a layer that was damaged on its way
_LEFT_OUT = re.compile(
    r"(?i)[^=]*\b(?:omitted|truncated|snip(?:ped)?|skipped|elided|\d+ more)\b[^=]*|#.*(?:\.\.\.|\u2026).*"
)
#: `ReLU() x2`, `)  (x 3)`, `# 12 times`: somebody wrote how often it stands there
_TIMES = re.compile(r"(?i)[\s),;]*+[#/\s(\[-]*+(?:[x\u00d7*] ?\d+|\d+ ?[x\u00d7]|\d+ times|repeated\b.*)[\s)\],.]*")
_DAMAGED = re.compile(rf"\([^\W\d][\w.]*\):?|(?:\w+: |\([\w.]+\) ){CLASS} ?\(.*\)")
_LOST_BREAK = re.compile(r"\w\s+\([\w.-]{1,200}\): \w")
_WORDS: Final = 300  # characters of such a line
_REMEMBERED: Final = 1_000  # characters of a line that is kept for the next equal one
_ELIDED_ARGUMENTS = re.compile(r"\s*(?:\.\.\.+|…)\s*")


def read_line(text: str) -> ParsedLine:
    """What a line inside a printed module says.

    Args:
        text: the line without the white space round it.
    """
    return _remembered(text) if len(text) <= _REMEMBERED else _line(text)


def read_module(text: str) -> ParsedLine:
    """`Class(arguments)` or `Class(`, as it stands behind a child's name or at the head of a print."""
    repeat = _REPEAT.match(text)
    times = int(repeat[1][:20]) if repeat else 1
    return _module("", times, text[repeat.end() :] if repeat else text)


def _line(text: str) -> ParsedLine:
    first = text[:1]
    if first == "(":
        return _child(text)
    if first == ")":
        return ParsedLine(LineKind.CLOSE, elided=_TIMES.fullmatch(text) is not None)
    return _text(text) if text else ParsedLine(LineKind.BLANK)


_remembered = lru_cache(maxsize=1 << 15)(_line)


def _child(text: str) -> ParsedLine:
    """`(name): module`; a line of settings may begin with a bracket too: `(128,), eps=1e-06`."""
    if leaf := read_leaf(text):
        return ParsedLine(LineKind.LEAF, *leaf)
    if opened := OPEN.fullmatch(text):
        name, repeat, class_name = opened.groups()
        return ParsedLine(LineKind.OPEN, name, class_name, (), int((repeat or "1")[:20]), 1)
    child = _CHILD.match(text) or _NO_COLON.fullmatch(text)
    if child is None or not _is_name(child[1]):
        return _text(text)
    rest = text[child.end() :].lstrip() if child.re is _CHILD else child[2]
    if not rest:
        return _text(text)
    repeat_match = _REPEAT.match(rest)
    times = int(repeat_match[1][:20]) if repeat_match else 1
    return _module(child[1], times, rest[repeat_match.end() :] if repeat_match else rest)


def read_leaf(text: str) -> tuple[str, str, tuple[Setting, ...], int] | None:
    """Name, class, settings and repeat of `(name): Class(settings)`, as nearly all lines are; None of any other line.

    Args:
        text: as of `read_line`.
    """
    name, _, module = text[1:].partition("): ")
    if text[:1] != "(" or text[-1] == "(" or "(" in name or ")" in name:
        return None
    found = _remembered_leaf(module) if len(module) <= _REMEMBERED else _leaf(module)
    return (name, *found) if found else None


def _leaf(text: str) -> tuple[str, tuple[Setting, ...], int] | None:
    """What stands behind the name, which is the same for many names."""
    leaf = UNNAMED_LEAF.fullmatch(text)
    if leaf is None:
        return None
    repeat, class_name, arguments = leaf.groups()
    if "): " in arguments or arguments[:1] == " " or "..." in arguments:
        return None
    return class_name, read_settings(class_name, arguments), int((repeat or "1")[:20])


_remembered_leaf = lru_cache(maxsize=1 << 14)(_leaf)


def _is_name(name: str) -> bool:
    """Brackets in a name are paired: `(x)`; `32,), pad=(1` is the middle of a line of settings."""
    if ")" not in name and "(" not in name:
        return True
    depth = 0
    for character in name[:200]:
        depth += (character == "(") - (character == ")")
        if depth < 0:
            return False
    return depth == 0 and len(name) <= 200


def _module(name: str, repeat: int, text: str) -> ParsedLine:
    head = _MODULE.match(text)
    if head is None:
        return _value(name, repeat, text)
    start = head.end() - 1
    end = closing(text, start)
    if end < 0:
        return _opened(name, repeat, head[1], text[start + 1 :])
    arguments, rest = text[start + 1 : end], text[end + 1 :]
    if rest.strip()[:1] == "(" and balance(rest) > 0:  # `Class(settings)(` with children below
        return ParsedLine(LineKind.OPEN, name, head[1], read_settings(head[1], arguments), repeat, balance(rest))
    closes = rest[: len(rest) - len(rest.lstrip(") "))].count(")")
    if not closes and balance(rest) < 0:  # `padding=3, 0), bias=False)`: a bracket was lost
        return ParsedLine(LineKind.LEAF, name, head[1], (), repeat, elided=True)
    if inner := _inner(arguments):
        elided = any(child.elided for child in inner)
        return ParsedLine(LineKind.LEAF, name, head[1], (), repeat, inner=inner, closes=closes, elided=elided)
    if _ELIDED_ARGUMENTS.fullmatch(arguments):
        return ParsedLine(LineKind.LEAF, name, head[1], (), repeat, closes=closes, elided=True)
    settings = read_settings(head[1], arguments)
    elided = _lost_break(arguments) or (rest.strip() != "" and _TIMES.fullmatch(rest) is not None)
    return ParsedLine(LineKind.LEAF, name, head[1], settings, repeat, closes=closes, elided=elided)


def _lost_break(text: str) -> bool:
    """Whether a child stands behind settings: the line break between them was lost."""
    return "): " in text and _LOST_BREAK.search(text) is not None


def _opened(name: str, repeat: int, class_name: str, arguments: str) -> ParsedLine:
    """`Class(` whose bracket is not closed on the line; arguments may have begun, or the first child."""
    unclosed = 1 + max(balance(arguments), 0)
    if inner := _inner(arguments):
        return ParsedLine(
            LineKind.OPEN, name, class_name, (), repeat, 1, inner, elided=any(child.elided for child in inner)
        )
    settings = read_settings(class_name, arguments) if arguments.strip(" \t-=(") else ()
    elided, begun = _lost_break(arguments), arguments if settings else ""
    return ParsedLine(LineKind.OPEN, name, class_name, settings, repeat, unclosed, elided=elided, begun=begun)


def _inner(arguments: str) -> tuple[ParsedLine, ...]:
    """Children that stand on their parent's line: `ParameterList(  (0): Parameter containing: [...])`."""
    text = arguments.strip()
    if text[:1] != "(" or "): " not in text or text.count("):") + text.count(") - ") > INNER:
        return ()
    entries: list[ParsedLine] = []
    begin = 0
    while begin < len(text):
        child = _CHILD.match(text, begin)
        if child is None or not _is_name(child[1]):
            return ()
        repeat = _REPEAT.match(text, child.end())
        head = _MODULE.match(text, (repeat or child).end())
        end = closing(text, head.end() - 1) + 1 if head else _next_child(text, child.end())
        end = end if end > 0 else len(text)
        entries.append(_child(text[begin:end]))
        if entries[-1].shape is not LineKind.LEAF:
            return ()
        begin = end + len(text[end : end + 9]) - len(text[end : end + 9].lstrip(" ,"))
    return tuple(entries)


def _next_child(text: str, begin: int) -> int:
    following = _NEXT.search(text, begin)
    return following.start() if following else len(text)


def _value(name: str, repeat: int, text: str) -> ParsedLine:
    """A child that is no `Class(...)`: None, a parameter, a bare word, a number."""
    if text.startswith("None"):
        return ParsedLine(LineKind.LEAF, name, "None", (), repeat)
    if parameter := _PARAMETER.match(text):
        size = tuple(int(part[:20]) for part in parameter[3].split("x") if part)
        return ParsedLine(
            LineKind.LEAF, name, parameter[1], (Setting("dtype", parameter[2]), Setting("size", size)), repeat
        )
    if tensor := _TENSOR.match(text):
        return ParsedLine(LineKind.LEAF, name, tensor[1], (Setting(None, read_value(text), text),), repeat)
    if bracketed := _BRACKETED.match(text):
        inside = bracketed[2][1:-1]
        return ParsedLine(LineKind.LEAF, name, bracketed[1], read_settings(bracketed[1], inside), repeat)
    word = text.rstrip(", ")
    if _WORD.fullmatch(word):
        return ParsedLine(LineKind.LEAF, name, word, (), repeat)
    elided = bool(_ELLIPSIS.fullmatch(text)) or balance(text) < 0
    settings = () if elided else (Setting(None, read_value(text), text),)
    return ParsedLine(LineKind.LEAF, name, "", settings, repeat, elided=elided)


def _text(text: str) -> ParsedLine:
    in_words = len(text) <= _WORDS and bool(_DAMAGED.fullmatch(text) or _LEFT_OUT.fullmatch(text))
    elided = in_words or bool(_ELLIPSIS.fullmatch(text)) or _lost_break(text)
    return ParsedLine(LineKind.TEXT, unclosed=0 if elided else balance(text), elided=elided)
