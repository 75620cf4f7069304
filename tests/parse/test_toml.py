"""Places of keys in TOML, against what tomllib reads: every key and every element has the line it stands on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from archdiff.model.errors import ArchdiffError, ReadError
from archdiff.parse import toml

ROOT = Path(__file__).parents[2]

TEXT = '''# a comment = with an equals sign
title = "one # no comment"
a.b . "c d" = 1
when = 2026-01-02 03:04:05

[table]  # [not a header]
long = """
x = 1
[[no]]
"""
list = [
  1, # two = 2
  [2, 3],
  { deep = "}", "key" = 'a"b' },
]

[[pairs]]
name = "first"

[pairs.inner]
x = -1.5e3

[[pairs]]
name = "second"
inner = { x = true, y = [] }
'''


def paths(value: object, path: toml.Path = ()) -> Iterator[toml.Path]:
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from paths(inner, (*path, key))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("title",), 2),
        (("a", "b", "c d"), 3),
        (("when",), 4),
        (("table",), 6),
        (("table", "long"), 7),
        (("table", "list"), 11),
        (("table", "list", 0), 12),
        (("table", "list", 1, 1), 13),
        (("table", "list", 2, "deep"), 14),
        (("table", "list", 2, "key"), 14),
        (("pairs",), 17),
        (("pairs", 0), 17),
        (("pairs", 0, "inner", "x"), 21),
        (("pairs", 1), 23),
        (("pairs", 1, "inner", "y"), 25),
        (("pairs", 1, "missing"), 23),
        (("nothing",), 1),
    ],
    ids=str,
)
def test_line(path: toml.Path, line: int) -> None:
    assert toml.parse(TEXT).line(path) == line


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_key_has_a_line(end: str) -> None:
    document = toml.parse(TEXT.replace("\n", end))
    assert set(paths(document.values)) == set(document.lines)


def test_every_spec_of_the_repository() -> None:
    files = [*(ROOT / "reference_specs").rglob("*.toml"), ROOT / "pyproject.toml"]
    assert len(files) > 12
    for file in files:
        document = toml.read(str(file))
        assert set(paths(document.values)) == set(document.lines), file


@pytest.mark.parametrize("mark", ["<<<<<<< HEAD", "=======", ">>>>>>> theirs"])
def test_a_merge_that_is_not_resolved(mark: str) -> None:
    with pytest.raises(ReadError) as raised:
        toml.parse(f"a = 1\n{mark}\nb = 2\n", "c.toml")
    assert str(raised.value).startswith(f"c.toml:2: a merge that is not resolved\n  2 | {mark}\n")


@pytest.mark.parametrize(
    ("text", "place", "quoted"),
    [
        ("a = 1\nb = = 2\n", "c.toml:2:5", ["  2 | b = = 2", "    |     ^"]),
        ("a = 1\na = 2\n", "c.toml:2:6", ["  2 | a = 2", "    |      ^"]),
        ("a = [1,\n", "c.toml:2", []),
        ("a\n", "c.toml:1:2", ["  1 | a", "    |  ^"]),
    ],
    ids=["value", "twice", "open", "no value"],
)
def test_malformed(text: str, place: str, quoted: list[str]) -> None:
    with pytest.raises(ReadError) as raised:
        toml.parse(text, "c.toml")
    first, *rest = str(raised.value).split("\n")
    assert (first.partition(": not TOML: ")[0], rest) == (place, quoted)


def test_an_unknown_key_is_marked_and_the_nearest_named() -> None:
    document = toml.parse("x = 1\nfial-on = 2\n", "c.toml")
    assert str(document.unknown_key(("fial-on",), ("fail-on", "pairs"))) == (
        "c.toml:2:1: unknown key 'fial-on'\n"
        "  2 | fial-on = 2\n"
        "    | ^^^^^^^\n"
        "  help: did you mean fail-on?"
    )  # fmt: skip
    assert str(document.unknown_key(("x",), ("fail-on", "pairs"))).endswith("help: one of fail-on, pairs")


def test_what_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "bytes.toml").write_bytes(b"a = 1\nb = \xff\n")
    for name, message in {"byte.toml": "no such file\n.*bytes.toml", "bytes.toml": ":2: not UTF-8: byte 0xff"}.items():
        with pytest.raises(ArchdiffError, match=message):
            toml.read(str(tmp_path / name))
