"""Bytes to text: by what is known of them, else by a guess that nothing that is compared may rest on.

A byte order mark tells UTF-8, UTF-16 or UTF-32, and NULs in every other place UTF-16. What is no UTF-8 and no binary
file is taken for Windows-1252 (and so for Latin-1), byte by byte: a heading or a comment then reads as it was written,
while a name or a setting that holds such a byte is refused.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from archdiff.model.errors import ReadError
from archdiff.model.network import Network, walk_lines
from archdiff.parse.lines import line_break
from archdiff.parse.sources.text import WAY_OUT, no_text

_MARKS: Final = (  # longest first: the mark of UTF-32 begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),  # what `>` writes in older PowerShells
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LOOKED_AT: Final = 1_000  # bytes that tell UTF-16 without a mark
_CONTROL = re.compile(rb"[\x00-\x06\x0e-\x1a\x1c-\x1f]")  # in no text; a terminal's bell, backspace and escape are
_ESCAPED = re.compile("[\udc80-\udcff]")  # a byte that is no UTF-8, as "surrogateescape" writes it

_AS_UTF8: Final = "names and settings are compared letter by letter; as UTF-8: iconv -f WINDOWS-1252 -t UTF-8 FILE"


class Guess(NamedTuple):
    """A text with bytes that are not UTF-8, and the characters that they were taken for."""

    data: bytes
    characters: frozenset[str]


def decoded(source: str, data: bytes) -> tuple[str, Guess | None]:
    """The text, and what of it was guessed.

    Raises:
        ReadError: with the place of the first byte that makes it no text.
    """
    encoding = _known(data)
    try:
        return data.decode(encoding), None
    except UnicodeDecodeError as error:
        if encoding not in ("utf-8", "utf-8-sig"):
            name, place = encoding.upper()[:6], f"at offset {error.start}"
            raise ReadError(f"not a text: {error.reason} in {name} {place}", source=source, way_out=WAY_OUT) from None
        found = None if _CONTROL.search(data) else _guessed(data)
        if found is None:
            raise _no_text(source, data, error.start, WAY_OUT) from None
        return found


def _known(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    head = data[: _LOOKED_AT & ~1]
    odd, even = head[1::2], head[::2]
    if odd and not odd.strip(b"\0") and even.isascii():
        return "utf-16-le"
    return "utf-16-be" if even and not even.strip(b"\0") and odd.isascii() and odd else "utf-8"


def _guessed(data: bytes) -> tuple[str, Guess] | None:
    """Nothing where a byte stands for no character."""
    text = data.decode("utf-8", "surrogateescape")
    escaped = set(_ESCAPED.findall(text))
    try:
        table = {ord(each): bytes([ord(each) - 0xDC00]).decode("cp1252") for each in escaped}
    except UnicodeDecodeError:
        return None
    return text.translate(table), Guess(data, frozenset(table.values()))


def check_guess(networks: Iterable[Network], guess: Guess) -> None:
    """Refuses a network that would be compared by a guess.

    Raises:
        ReadError: with the line of the name or the setting.
    """
    guessed = [ascii(character)[1:-1] for character in guess.characters]
    for network in networks:
        recipe = (*network.recipe.optimizers, *network.recipe.schedulers) if network.recipe else ()
        for root in (network.root, *recipe):
            for _, layer, line in walk_lines(root):
                compared = ascii(layer[:3])
                if any(each in compared for each in guessed):
                    offset = _first_of(guess.data, line)
                    raise _no_text(network.source, guess.data, offset, _AS_UTF8)


def _first_of(data: bytes, line: int) -> int:
    """The offset of the first byte that is no UTF-8, on that line or behind it."""
    begin, ending = 0, line_break(data.decode("latin-1")).encode()
    for _ in range(line - 1):
        begin = data.find(ending, begin) + 1
    try:
        data[begin:].decode("utf-8")
    except UnicodeDecodeError as error:
        return begin + error.start
    return begin


def _no_text(source: str, data: bytes, offset: int, way_out: str) -> ReadError:
    what = f"byte 0x{data[offset]:02x} at offset {offset} is not UTF-8"
    before = data[:offset].decode("utf-8", "replace")
    return no_text(source, data.decode("utf-8", "replace"), len(before), what, way_out)
