# ruff: noqa: E501  (tables: a case a line)
"""What is text in lines of bearable length, and what is refused with its place. Files: `test_sources`."""

from __future__ import annotations

import pytest

from archdiff.model.errors import ReadError
from archdiff.parse.lines import MAX_LINE
from archdiff.parse.sources import text
from archdiff.parse.sources.text import WAY_OUT, checked

GOOD = [
    ("one line", "Net()"),
    ("blank lines around", "\n\nNet()\n\n"),
    ("no alphabet is refused", "# \u5c64 \U0001f600\n"),
    ("old Macs", "Net(\r)\r"),
    ("the longest line", "x" * MAX_LINE),
    ("the longest lines", f"{'x' * MAX_LINE}\n" * 2),
    ("the longest lines of an old Mac", f"{'x' * MAX_LINE}\r" * 2),
    ("words of Git LFS that are no pointer", "# version https://git-lfs.github.com/spec/v1\n"),
]
LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:00\n"
BAD = [
    # name, text, message, line, column, quoted line
    ("nothing", "", "empty", 0, 0, ""),
    ("blank", " \n\t", "empty", 0, 0, ""),
    ("nul", "a\nb\0c\n", "not a text: a NUL byte", 2, 2, "b\0c"),
    ("nul on a line of an old Mac", "a\rb\0c\r", "not a text: a NUL byte", 2, 2, "b\0c"),
    ("half a pair", "ab\ud800", "not a text: half of a surrogate pair", 1, 3, "ab\ud800"),
    ("far behind", "x" * 200 + "\0", "not a text: a NUL byte", 1, 201, ""),  # the quote does not reach it
    (
        "a line too long",
        "a\n" + "x" * (MAX_LINE + 1),
        "a line of 2,000,001 characters; archdiff reads lines up to 2,000,000",
        2,
        1,
        "x" * 120,
    ),
    ("lfs", LFS, "a pointer of Git LFS, not the file itself", 1, 1, "version https://git-lfs.github.com/spec/v1"),
]


@pytest.mark.parametrize("good", [good for _, good in GOOD], ids=[name for name, _ in GOOD])
def test_text_comes_back_as_it_is(good: str) -> None:
    assert checked("net.txt", good) is good


@pytest.mark.parametrize(("bad", "message", "line", "column", "quoted"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])  # fmt: skip
def test_no_text(bad: str, message: str, line: int, column: int, quoted: str) -> None:
    with pytest.raises(ReadError) as caught:
        checked("net.txt", bad)
    error = caught.value
    assert (error.message, error.source) == (message, "net.txt")
    assert (error.line, error.column, error.line_text) == (line, column, quoted)
    assert error.way_out == ("git lfs pull, or git lfs smudge < POINTER" if bad is LFS else WAY_OUT)


def test_more_than_any_print_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "MAX_BYTES", 3_000_000)
    lines = f"{'x' * 999_999}\n" * 3
    assert checked("net.txt", lines) == lines
    with pytest.raises(ReadError, match="larger than 3 MB"):
        checked("net.txt", f"{lines}x")
    with pytest.raises(ReadError) as caught:
        checked("a.txt", f"{lines}x")
    assert str(caught.value) == "a.txt: larger than 3 MB\n  help: cut the part with the printed model out of it"
