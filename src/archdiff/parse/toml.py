"""A TOML file with the line of every key, so that an error can say where: tomllib reads values and forgets places.

Must not know what any key means.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from archdiff.model import files
from archdiff.model.errors import ReadError
from archdiff.model.wording import did_you_mean

#: keys and, in arrays, positions: ("pairs", 1, "candidate")
Path: TypeAlias = tuple[str | int, ...]

LARGEST: Final = 1_000_000  # bytes of a configuration or a spec


@dataclass(frozen=True, slots=True)
class TomlFile:
    """What a file holds, and where."""

    source: str
    values: Mapping[str, Any]
    lines: Mapping[Path, int] = field(repr=False)
    texts: tuple[str, ...] = field(default=(), repr=False)

    def at(self, path: Path) -> Any:
        """The value of a path that is there."""
        value: Any = self.values
        for part in path:
            value = value[part]
        return value

    def line(self, path: Path) -> int:
        """The line of a key; of what holds it where the key is not there."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def error(self, message: str, path: Path, way_out: str = "") -> ReadError:
        """An error with the line of a key, the key marked."""
        line = self.line(path)
        text = self.texts[line - 1] if line <= len(self.texts) else ""
        key = str(path[-1]) if path and path in self.lines and isinstance(path[-1], str) else ""
        found = text.find(key) if key else -1
        return ReadError(
            message,
            source=self.source,
            line=line,
            column=found + 1 if found >= 0 else 0,
            length=max(len(key), 1),
            line_text=text if found >= 0 else "",
            way_out=way_out,
        )

    def check_keys(self, path: Path, known: tuple[str, ...]) -> None:
        """Refuses a table with a key that does not exist; ReadError names the nearest that does."""
        for key in self.at(path):
            if key not in known:
                raise self.unknown_key((*path, key), known)

    def unknown_key(self, path: Path, known: tuple[str, ...]) -> ReadError:
        """An error about a key that does not exist, with the nearest that does."""
        return self.error(f"unknown key '{path[-1]}'", path, did_you_mean(str(path[-1]), known))


def read(path: str) -> TomlFile:
    """A file.

    Raises:
        UsageError: it cannot be read.
        ReadError: it is too large, or not TOML.
    """
    return decoded(files.read(path, LARGEST), path)


def decoded(data: bytes, source: str = "") -> TomlFile:
    """The bytes of a file; ReadError where they are no text, or not TOML."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ReadError(f"not UTF-8: byte 0x{data[error.start]:02x}", source=source, line=line) from None
    return parse(text, source)


def parse(text: str, source: str = "") -> TomlFile:
    """A text; ReadError with line and column where it is not TOML."""
    text = text.replace("\r\n", "\n")
    texts = tuple(text.split("\n"))
    if deep := _DEEP.search(text):
        raise ReadError("nested too deep", source=source, line=text.count("\n", 0, deep.end()) + 1)
    try:
        values = tomllib.loads(text)
        return TomlFile(source, values, _Places(text).found(), texts)
    except RecursionError:
        raise ReadError("nested too deep", source=source) from None
    except tomllib.TOMLDecodeError as error:
        raise _malformed(str(error), source, texts) from None
    except ValueError:
        raise ReadError("not TOML: a number has too many digits", source=source) from None


#: a key of more than 20 parts, `a.a.a...`: what is kept of it grows with the square of their number
_DEEP = re.compile(r"""(?:^|[\[{,])[ \t]*(?:(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){20}""", re.MULTILINE)


def _malformed(error: str, source: str, texts: tuple[str, ...]) -> ReadError:
    """`Expected '=' after a key ... (at line 3, column 5)` or `... (at end of document)`."""
    message, _, place = error.rpartition(" (at ")
    numbers = re.findall(r"\d+", place)
    line, column = (int(numbers[0]), int(numbers[1])) if len(numbers) > 1 else (len(texts), 0)
    shown = texts[line - 1] if line <= len(texts) else ""
    if shown.startswith(("<<<<<<<", "=======", ">>>>>>>")):
        return ReadError("a merge that is not resolved", source=source, line=line, line_text=shown)
    line_text = shown if column else ""
    return ReadError(f"not TOML: {message or error}", source=source, line=line, column=column, line_text=line_text)


_SPACE = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_KEY = re.compile(r"""[ \t]*("(?:\\.|[^"\\\n])*"|'[^'\n]*'|[\w-]+)[ \t]*(\.?)""")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|' + r"'''.*?'{3,5}" + r'|"(?:\\.|[^"\\\n])*"' + r"|'[^'\n]*'", re.DOTALL
)
_BARE = re.compile(r"[^\s,\]}#]+(?: \d[^\s,\]}#]*)?")  # numbers, words; a date may hold a space


class _Places:
    """Walks a text that tomllib has read: what it meets is TOML, so it looks for nothing but places."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.counted = (0, 1)  # up to which position lines have been counted, and how many
        self.lines: dict[Path, int] = {}
        self.tables: dict[Path, int] = {}  # array of tables -> how many so far

    def found(self) -> dict[Path, int]:
        prefix: Path = ()
        while self._after_space() < len(self.text):
            if self.text[self.position] == "[":
                prefix = self._header()
            else:
                self._pair(prefix)
        return self.lines

    def _header(self) -> Path:
        line, many = self._line(), self.text.startswith("[[", self.position)
        self.position += 1 + many
        path: Path = ()
        parts = self._key()
        for index, part in enumerate(parts, 1):
            path = (*path, part)
            if many and index == len(parts):
                self.tables[path] = self.tables.get(path, 0) + 1
            self.lines.setdefault(path, line)
            if path in self.tables:
                path = (*path, self.tables[path] - 1)
                self.lines.setdefault(path, line)
        self.position = self.text.index("]", self.position) + 1 + many
        return path

    def _pair(self, prefix: Path) -> None:
        self._after_space()
        line, parts = self._line(), self._key()
        for length in range(1, len(parts) + 1):
            self.lines.setdefault((*prefix, *parts[:length]), line)
        self.position = self.text.index("=", self.position) + 1
        self._value((*prefix, *parts))

    def _value(self, path: Path) -> None:
        opening = self.text[self._after_space()]
        if opening in "[{":
            self._several(path, "]" if opening == "[" else "}")
        else:
            token = _STRING.match(self.text, self.position) or _BARE.match(self.text, self.position)
            assert token, "tomllib has read it"
            self.position = token.end()

    def _several(self, path: Path, closing: str) -> None:
        self.position += 1
        index = 0
        while self.text[self._after_space()] != closing:
            if closing == "]":
                self.lines[(*path, index)] = self._line()
                self._value((*path, index))
            else:
                self._pair(path)
            index += 1
            if self.text[self._after_space()] == ",":
                self.position += 1
        self.position += 1

    def _key(self) -> tuple[str, ...]:
        parts = []
        while True:
            key = _KEY.match(self.text, self.position)
            assert key, "tomllib has read it"
            self.position = key.end()
            parts.append(key[1].strip("\"'"))
            if not key[2]:
                return tuple(parts)

    def _after_space(self) -> int:
        space = _SPACE.match(self.text, self.position)
        self.position = space.end() if space else self.position
        return self.position

    def _line(self) -> int:
        start, line = self.counted
        self.counted = self.position, line + self.text.count("\n", start, self.position)
        return self.counted[1]
