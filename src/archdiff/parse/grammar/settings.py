"""Settings as printed: `1, 64, kernel_size=(5, 5), bias=True` -> a tuple of `Setting`.

Text is never evaluated. What is no number, tuple or word stays a string, so nothing fails here; memory addresses are
cut from values (not from texts), because they differ from run to run. Knows the spellings of old torch, and no kinds.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from archdiff.model.network import UNKNOWN, Setting, Value
from archdiff.parse.tokens import CLOSING, OPENING, TOKEN, closing, cut

MAX_DIGITS: Final = 30  # of an int; longer ones stay text
MAX_NESTING: Final = 20  # of tuples in a value; deeper ones stay text
MAX_TUPLE: Final = 10_000  # characters; longer ones stay text
_REMEMBERED: Final = 1_000  # longer texts are not kept for the next equal line

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_NUMBER = re.compile(r"[+-]?(?:\d+(?P<float>\.\d*)?|(?P<point>\.\d+))(?P<exponent>[eE][+-]?\d+)?", re.ASCII)
_NAME = re.compile(r"[^\W\d][\w.]*")
_NAMED = re.compile(r"([^\W\d][\w.]*)\s*=(?!=)\s*(.*)", re.DOTALL)
_LABELLED = re.compile(r"([#\w][\w ./%#-]{0,60}?):\s+(.*)", re.DOTALL)
_ARROW = re.compile(r"(\d+)\s*->\s*(\d+)")
_POOLING = re.compile(r"(?:Max|Avg|LP)(?:Un)?[Pp]ool\w*")
_SHALLOW = re.compile(r"[^()\[\]{}'\"<>]*+(?:\([^()\[\]{}'\"<>]*+\)[^()\[\]{}'\"<>]*+)*+")  # no brackets in brackets
_PIECE = re.compile(r"[^,(]*+(?:\([^)]*+\)[^,(]*+)*+")
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)", re.DOTALL)
#: what a text loses before its strings are read: line breaks, colours, HTML, bars, typeset marks; and a child's name
_TAKEN = re.compile(
    r"[\x00-\x1f\x7f-\xa0&<|\u2007\u2009\u202f\u2013\u2018\u2019\u201c\u201d\u2212\u00d7\u2502\u2503\u2551]"
    r"|(?<=\)):(?= )"
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", '"': '"'}
_WORDS: Final[dict[str, Value]] = {
    "None": None,
    "True": True,
    "False": False,
    "true": True,  # as the C++ frontend prints them
    "false": False,
    "inf": float("inf"),
    "+inf": float("inf"),
    "-inf": float("-inf"),
}  # nan stays a word: a value that differs from itself would be a difference to report


def read_settings(class_name: str, text: str) -> tuple[Setting, ...]:
    """All settings of one printed text, in order.

    Args:
        class_name: the class they stand behind, which decides what old spellings mean.
        text: what stands in its brackets.
    """
    if len(text) > _REMEMBERED:
        return _settings(class_name, text)
    return _remembered(class_name, text)


def read_value(text: str) -> Value:
    """One printed value."""
    return _value(text.strip(), MAX_NESTING)


def write_setting(setting: Setting, class_name: str = "") -> str:
    """A setting in today's spelling, so that reading it gives the setting back; as printed where that does too.

    Args:
        setting: one that was read or made.
        class_name: the class it is written for.
    """
    if setting.text and read_settings(class_name, setting.text) == (setting,):
        return setting.text
    plain = _written(setting.name, "" if setting.value is UNKNOWN else write_value(setting.value))
    if not isinstance(setting.value, str):
        return plain
    reads_back = read_settings(class_name, plain) == (setting,) and not _TAKEN.search(plain)
    bare = reads_back and (setting.name or setting.value[:1].isalnum())
    return plain if bare else _written(setting.name, _quoted(setting.value))  # a line `...` would stand for others


def write_value(value: Value) -> str:
    """A value as Python prints it; strings bare where they read back as the same string."""
    if isinstance(value, tuple):
        inner = ", ".join(write_value(part) for part in value)
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, str):
        bare = _pieces(value) == [value] and read_value(value) == value and not set(value) & set("()[]{}='\"")
        return value if bare and not _TAKEN.search(value) else _quoted(value)
    return str(value)


def _written(name: str | None, value: str) -> str:
    if name is None:
        return value
    return f"{name}={value}" if _NAME.fullmatch(name) else f"{name}: {value}"


def _quoted(text: str) -> str:
    escaped = _TAKEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text.replace("\\", "\\\\"))
    return '"' + escaped + '"' if "'" in text and '"' not in text else "'" + escaped.replace("'", "\\'") + "'"


def _settings(class_name: str, text: str) -> tuple[Setting, ...]:
    read = _setting if len(text) > _REMEMBERED else _known
    found: list[Setting] = []
    for piece in _pieces(text):
        found += read(class_name, piece)
    return tuple(found)


_remembered = lru_cache(maxsize=1 << 16)(_settings)


def _pieces(text: str) -> list[str]:
    """The text cut at its outermost commas."""
    if _SHALLOW.fullmatch(text):  # nearly all are, and this takes a fifth of the time
        parts = _PIECE.findall(text) if "(" in text else text.split(",")
        return [piece for part in parts if (piece := part.strip())]
    return [piece for part in cut(text) if (piece := part.strip())]


def _setting(class_name: str, piece: str) -> tuple[Setting, ...]:
    name, _, value = piece.partition("=")
    if value.isdecimal() and value.isascii() and len(value) <= MAX_DIGITS and name.isidentifier() and name != "size":
        return (Setting(name, int(value), piece),)  # most are, and this takes a third of the time
    named = _NAMED.fullmatch(piece)
    if named:
        return (_named(class_name, named[1], named[2], piece),)
    if piece == "inplace":  # before torch 1.2 a flag that was set was a bare word
        return (Setting("inplace", True, piece),)
    if arrow := _ARROW.fullmatch(piece):
        return _arrow(class_name, arrow, piece)
    if piece[0] not in "'\"([{<" and (labelled := _LABELLED.fullmatch(piece)):
        return (Setting(labelled[1], read_value(labelled[2]), piece),)
    return (Setting(None, read_value(piece), piece),)


_known = lru_cache(maxsize=1 << 16)(_setting)


def _arrow(class_name: str, arrow: re.Match[str], piece: str) -> tuple[Setting, ...]:
    """`Linear (784 -> 10)`, as torch printed it before 0.4; other classes print channels so, by position."""
    sizes = read_value(arrow[1]), read_value(arrow[2])
    names = ("in_features", "out_features") if class_name.endswith("Linear") else (None, None)
    return tuple(Setting(name, size, piece) for name, size in zip(names, sizes, strict=True))


def _named(class_name: str, name: str, value: str, piece: str) -> Setting:
    if not value:
        return Setting(name, UNKNOWN, piece)
    if value[:1] == "(" and "=" in value and any(map(_NAMED.fullmatch, _pieces(value[1:-1]))):
        return Setting(None, "...", piece)  # `kernel_size=(7, 7, stride=(2, 2)`: a bracket was lost, nobody knows where
    if name == "size" and _POOLING.search(class_name):  # before torch 0.4
        name = "kernel_size"
    return Setting(name, read_value(value), piece)


def _value(text: str, nesting: int) -> Value:
    if text in _WORDS:
        return _WORDS[text]
    number = _NUMBER.fullmatch(text)
    if number:
        return _number(text, number)
    first = text[:1]
    if first and first in "'\"" and (string := TOKEN.fullmatch(text)):
        return _ESCAPE.sub(_unescaped, string.group()[1:-1])
    if text.startswith("torch.Size("):  # before torch 1.0, and apex
        return _value(text[len("torch.Size(") : -1], nesting) if text[-1] == ")" else text
    if first and first in OPENING and nesting and _encloses(text):
        parts = _pieces(text[1:-1])
        return tuple(_pair(part, nesting - 1) if first == "{" else _value(part, nesting - 1) for part in parts)
    return " ".join(_ADDRESS.sub("", text).split()) if " " in text or "\n" in text else text


def _encloses(text: str) -> bool:
    """Whether the first bracket is closed by the last."""
    return text[-1] == CLOSING[text[0]] and len(text) <= MAX_TUPLE and closing(text, 0) == len(text) - 1


def _number(text: str, number: re.Match[str]) -> Value:
    if number["float"] is None and number["point"] is None and number["exponent"] is None:
        return int(text) if len(text) <= MAX_DIGITS else text
    return float(text)


def _pair(text: str, nesting: int) -> Value:
    """An entry of a dict; of a set there is only the value."""
    key, colon, value = text.partition(": ")
    return (_value(key.strip(), nesting), _value(value.strip(), nesting)) if colon else _value(text, nesting)


def _unescaped(escape: re.Match[str]) -> str:
    code = escape[1]
    if len(code) == 1:
        return _ESCAPES.get(code, escape[0])
    character = chr(int(code[1:], 16))
    return escape[0] if "\ud800" <= character <= "\udfff" else character
