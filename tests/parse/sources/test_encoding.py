# ruff: noqa: E501  (tables: a case a line)
"""Bytes to text, and what of it is a guess that nothing that is compared may rest on."""

from __future__ import annotations

import codecs

import pytest

from archdiff.model.errors import ReadError
from archdiff.parse import parse
from archdiff.parse.sources.encoding import Guess, check_guess, decoded

TEXT = "Net(\n  (a): ReLU()\n)"
KNOWN = [
    ("ascii", TEXT.encode(), TEXT),
    ("nothing", b"", ""),
    ("utf-8", "# Réseau".encode(), "# Réseau"),
    ("utf-8 with a mark", codecs.BOM_UTF8 + TEXT.encode(), TEXT),
    ("utf-16, little, with a mark", codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"), TEXT),
    ("utf-16, big, with a mark", codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), TEXT),
    ("utf-16, little", TEXT.encode("utf-16-le"), TEXT),
    ("utf-16, big", TEXT.encode("utf-16-be"), TEXT),
    ("utf-32, little", codecs.BOM_UTF32_LE + TEXT.encode("utf-32-le"), TEXT),
    ("utf-32, big", codecs.BOM_UTF32_BE + TEXT.encode("utf-32-be"), TEXT),
    ("a single NUL is no UTF-16", b"\0", "\0"),
    ("colours of a terminal", b"\x1b[1mNet\x1b[0m\x07", "\x1b[1mNet\x1b[0m\x07"),
]


@pytest.mark.parametrize(("data", "text"), [row[1:] for row in KNOWN], ids=[row[0] for row in KNOWN])
def test_what_is_known_of_bytes(data: bytes, text: str) -> None:
    assert decoded("net.txt", data) == (text, None)


GUESSED = [
    ("latin-1", b"# R\xe9seau", "# Réseau", {"é"}),
    ("dash of Windows", b"# a \x96 b", "# a \u2013 b", {"\u2013"}),
    ("beside what is UTF-8", "# 名 ".encode() + b"\xe9", "# 名 é", {"é"}),
    ("two", b"\xe9\xe8\xe9", "éèé", {"é", "è"}),
]


@pytest.mark.parametrize(("data", "text", "characters"), [row[1:] for row in GUESSED], ids=[row[0] for row in GUESSED])
def test_what_is_guessed(data: bytes, text: str, characters: set[str]) -> None:
    assert decoded("net.txt", data) == (text, Guess(data, frozenset(characters)))


BAD = [
    ("no character of Windows", b"a\nb \x81", "not a text: byte 0x81 at offset 4 is not UTF-8", 2, 3, "b \ufffd"),
    ("binary", b"\xff\x00\x01", "not a text: byte 0xff at offset 0 is not UTF-8", 1, 1, "\ufffd\0\x01"),
    ("lines of an old Mac", b"a\rb \x81", "not a text: byte 0x81 at offset 4 is not UTF-8", 2, 3, "b \ufffd"),
    ("behind other letters", "é".encode() + b"\x81", "not a text: byte 0x81 at offset 2 is not UTF-8", 1, 2, "é\ufffd"),
    ("half of UTF-16", b"\xff\xfeN\0e", "not a text: truncated data in UTF-16 at offset 4", 0, 0, ""),
    ("half of UTF-32", b"\xff\xfe\0\0N", "not a text: truncated data in UTF-32 at offset 4", 0, 0, ""),
]


@pytest.mark.parametrize(("data", "message", "line", "column", "quoted"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])  # fmt: skip
def test_no_text(data: bytes, message: str, line: int, column: int, quoted: str) -> None:
    with pytest.raises(ReadError) as caught:
        decoded("net.txt", data)
    error = caught.value
    assert (error.message, error.line, error.column, error.line_text) == (message, line, column, quoted)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        pytest.param("# é\nNet(\n  (a): ReLU()\n)", 0, 0, id="a heading is not compared"),
        pytest.param("# é\nNet(\n  (é): ReLU()\n)", 3, 4, id="a name is"),
        pytest.param("# é\nNet(\n  (a): Rélu()\n)", 3, 9, id="a class is"),
        pytest.param("Net(\n  (a): A(b='é')\n)", 2, 13, id="a setting is"),
        pytest.param("Adam (\nParameter Group 0\n    é: 1\n)\nNet(\n  (a): ReLU()\n)", 3, 5, id="a recipe is"),
    ],
)
def test_what_is_compared_is_no_guess(text: str, line: int, column: int) -> None:
    guess = Guess(text.encode("cp1252"), frozenset({"é"}))
    if not line:
        check_guess(parse(text, "net.txt"), guess)
        return
    with pytest.raises(ReadError, match="iconv -f WINDOWS-1252") as caught:
        check_guess(parse(text, "net.txt"), guess)
    assert (caught.value.source, caught.value.line, caught.value.column) == ("net.txt", line, column)
