# ruff: noqa: E501  (tables: a case a line)
"""Files that hold no network, or none that can be read: one error each, with its place and the way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from archdiff.model import files
from archdiff.model.errors import ArchdiffError, ReadError, UsageError
from archdiff.model.facts import INPUT_SHAPE, Fact, Provenance
from archdiff.parse import read

PRINT = "give a text file that holds what print(model) writes"
AS_UTF8 = "names and settings are compared letter by letter; as UTF-8: iconv -f WINDOWS-1252 -t UTF-8 FILE"
NET = b"Net(\n  (a): ReLU()\n)\n"

BAD = [
    # name, content, message, line, column, quoted line, way out
    ("empty", b"", "empty", 0, 0, "", PRINT),
    ("blank", b" \n\n", "empty", 0, 0, "", PRINT),
    ("nul", b"Net(\n  (a): Re\0LU()\n)", "not a text: a NUL byte", 2, 10, "  (a): Re\0LU()", PRINT),
    ("binary", b"PK\x03\x04\n\xff\xfe\xfd", "not a text: byte 0xff at offset 5 is not UTF-8", 2, 1, "���", PRINT),
    ("latin", "Net(\n  (é): ReLU()\n)".encode("latin-1"), "not a text: byte 0xe9 at offset 8 is not UTF-8", 2, 4, "  (�): ReLU()", AS_UTF8),
    ("latin class", "# é\nNet(\n  (a): Ré()\n)".encode("latin-1"), "not a text: byte 0xe9 at offset 17 is not UTF-8", 3, 9, "  (a): R�()", AS_UTF8),
    ("latin setting", "# é\nNet(\n  (a): A(mode='é')\n)".encode("latin-1"), "not a text: byte 0xe9 at offset 24 is not UTF-8", 3, 16, "  (a): A(mode='�')", AS_UTF8),
    ("latin repeats", "Net(\n  (a): A(\n    (é): B()\n  )\n  (b): A(\n    (é): B()\n  )\n)".encode("latin-1"), "not a text: byte 0xe9 at offset 20 is not UTF-8", 3, 6, "    (�): B()", AS_UTF8),
    ("no character", b"Net(\n  (a): ReLU()\n) # \x81", "not a text: byte 0x81 at offset 23 is not UTF-8", 3, 5, ") # �", PRINT),
    ("surrogate", b"Net(\n  (\xed\xa0\x80): A()\n)", "not a text: byte 0xed at offset 8 is not UTF-8", 2, 4, "  (���): A()", AS_UTF8),
    ("utf-16", b"\xff\xfeN\0e", "not a text: truncated data in UTF-16 at offset 4", 0, 0, "", PRINT),
    ("words", b"Hello.\n", "no printed network in it", 0, 0, "",
     "archdiff reads what print(model) writes: `Class(`, lines `(name): Class(settings)`, `)`"),
    ("table", b"Layer (type)   Output Shape   Param #\n", "no printed network in it", 0, 0, "",
     "of a summary table, give its header, rules and rows as they were printed"),
    ("state_dict", b"conv1.weight torch.Size([6, 1, 5, 5])\n", "no printed network in it", 0, 0, "",
     "a state_dict names tensors and no layers; archdiff reads what print(model) writes"),
    ("list", b"[ReLU(), ReLU()]\n", "modules inside a list, which is no network", 1, 1, "[ReLU(), ReLU()]",
     "print the module that runs them: print(model); or put them into nn.Sequential and print that"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "message", "line", "column", "quoted", "way_out"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])  # fmt: skip
def test_bad_file(
    tmp_path: Path, content: bytes, message: str, line: int, column: int, quoted: str, way_out: str
) -> None:
    file = tmp_path / "net.txt"
    file.write_bytes(content)
    with pytest.raises(ReadError) as caught:
        read(str(file))
    error = caught.value
    assert (error.message, error.source, error.way_out) == (message, str(file), way_out)
    assert (error.line, error.column, error.line_text) == (line, column, quoted)
    str(error).encode()


def test_no_such_file(tmp_path: Path) -> None:
    (tmp_path / "original.txt").write_bytes(NET)
    with pytest.raises(UsageError) as caught:
        read(str(tmp_path / "orginal.txt"))
    assert str(caught.value) == (
        f"{tmp_path}/orginal.txt: no such file\n  help: did you mean {tmp_path}/original.txt?"
    )  # fmt: skip


def test_directory(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a directory"):
        read(str(tmp_path))


def test_impossible_name() -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read("a\0b")


def test_nothing_on_standard_input() -> None:
    with pytest.raises(UsageError, match="nothing came on standard input"):
        read("-")


STDIN = [
    ("half a pair", "Net(\ud800", "not a text: half of a surrogate pair", 1, 5),
    ("nul", "\0", "not a text: a NUL byte", 1, 1),
]


@pytest.mark.parametrize(
    ("text", "message", "line", "column"), [row[1:] for row in STDIN], ids=[row[0] for row in STDIN]
)
def test_bad_standard_input(text: str, message: str, line: int, column: int) -> None:
    with pytest.raises(ReadError) as caught:
        read("-", stdin=text)
    error = caught.value
    assert (error.message, error.source, error.line, error.column) == (message, "<stdin>", line, column)
    str(error).encode()


def test_size_is_checked_before_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "net.txt"
    with file.open("wb") as stream:
        stream.truncate(10**9)  # a gigabyte that takes no space
    monkeypatch.setattr(files, "open", None, raising=False)
    with pytest.raises(ReadError) as caught:
        read(str(file))
    assert str(caught.value) == f"{file}: larger than 100 MB\n  help: cut the part with the printed model out of it"


def test_long_line() -> None:
    with pytest.raises(ReadError) as caught:
        read("-", stdin="Net(\n  (a): " + "x" * 3_000_000)
    assert (caught.value.line, len(caught.value.line_text)) == (2, 120)
    assert caught.value.message == "a line of 3,000,007 characters; archdiff reads lines up to 2,000,000"


GOOD = [
    ("byte order mark", b"\xef\xbb\xbf" + NET),
    ("utf-16", NET.decode().encode("utf-16")),
    ("utf-16, big", b"\xfe\xff" + NET.decode().encode("utf-16-be")),
    ("utf-16 without a mark", NET.decode().encode("utf-16-le")),
    ("utf-16, big, without a mark", NET.decode().encode("utf-16-be")),
    ("utf-32", NET.decode().encode("utf-32")),
    ("plain", NET),
]


@pytest.mark.parametrize("content", [row[1] for row in GOOD], ids=[row[0] for row in GOOD])
def test_encodings(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "net.txt"
    file.write_bytes(content)
    (network,) = read(f"{file}#Net").networks
    assert (network.root.class_name, network.source, network.first_line) == ("Net", str(file), 1)
    (piped,) = read("-", stdin=content.decode("utf-8", "surrogateescape")).networks
    assert piped.root == network.root


GUESSED = [
    ("heading", "# Réseau\n\n", "", "Réseau"),
    ("dash of Windows", "# Mine \u2013 2\n\n", "", "Mine \u2013 2"),
    ("comment", "# Mine\n\n", "  # activé", "Mine"),
    ("comment on a line of its own", "# Mine\n\n", "\n  # activé", "Mine"),
    ("beside what is UTF-8", "# Mine 名\n\n", "  # \udce9", "Mine 名"),
]


@pytest.mark.parametrize(("before", "behind", "label"), [row[1:] for row in GUESSED], ids=[row[0] for row in GUESSED])
def test_what_is_not_compared_may_be_guessed(tmp_path: Path, before: str, behind: str, label: str) -> None:
    text = f"{before}Net(\n  (a): ReLU(){behind}\n)\n"
    content = text.encode("utf-8", "surrogateescape") if "\udce9" in text else text.encode("cp1252")
    file = tmp_path / "net.txt"
    file.write_bytes(content)
    (network,) = read(str(file)).networks
    (plain,) = read("-", stdin=NET.decode()).networks
    assert (network.root, network.label) == (plain.root, label)
    assert read("-", stdin=content.decode("utf-8", "surrogateescape")).networks[0].label == label


def test_a_spec_is_not_guessed(tmp_path: Path) -> None:
    (tmp_path / "net.txt").write_bytes(NET)
    (tmp_path / "net.toml").write_bytes("title = 'é'\n".encode("latin-1"))
    with pytest.raises(ReadError) as caught:
        read(str(tmp_path / "net.txt"))
    assert caught.value.message == "not UTF-8: byte 0xe9"


def test_standard_input() -> None:
    (network,) = read("-#1", stdin=NET.decode()).networks
    assert network.source == "<stdin>"


def test_spec_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "net.txt").write_bytes(NET)
    assert not read(str(tmp_path / "net.txt")).networks[0].facts
    (tmp_path / "net.toml").write_text("title = 'x'\n")
    assert not read(str(tmp_path / "net.txt")).networks[0].facts
    (tmp_path / "net.toml").write_text("input_shape = [1, 32, 32]\n")
    assert read(str(tmp_path / "net.txt")).networks[0].facts == (Fact(INPUT_SHAPE, (1, 32, 32), Provenance.REFERENCE),)


SPECS = [
    "input_shape = [1, 32",
    "input_shape = [1, 0]",
    "input_shape = []",
    "input_shape = [true]",
    "input_shape = '1'",
]


@pytest.mark.parametrize("spec", SPECS)
def test_bad_spec(tmp_path: Path, spec: str) -> None:
    (tmp_path / "net.txt").write_bytes(NET)
    (tmp_path / "net.toml").write_text(spec)
    with pytest.raises(ArchdiffError) as caught:
        read(str(tmp_path / "net.txt"))
    assert caught.value.source == str(tmp_path / "net.toml")
    assert "input_shape" in str(caught.value)
