"""Lines for a given width: wrapped, packed and shortened, with nothing lost that fits."""

from __future__ import annotations

import pytest

from archdiff.model.network import UNKNOWN, Value
from archdiff.report._lines import BLANK, Line, amount, hanging, length, packed, plain, shorten, wrapped


def shown(lines: list[Line]) -> list[str]:
    return ["".join(text for text, _ in line) for line in lines]


@pytest.mark.parametrize(
    ("head", "text", "width", "lines"),
    [
        ("", "", 20, [""]),
        ("note: ", "", 20, ["note: "]),
        ("note: ", "it fits", 20, ["note: it fits"]),
        ("note: ", "one two three four", 16, ["note: one two", "   three four"]),
        ("note: ", "a-long-word-with-hyphens", 16, ["note: a-long-wor", "   d-with-hyphen", "   s"]),
        ("a long head: ", "longword", 16, ["a long head: lon", "   gword"]),
    ],
    ids=[
        "nothing",
        "a head alone",
        "one line",
        "wrapped",
        "a word that is too long",
        "hardly any room behind the head",
    ],
)
def test_wrapped_behind_a_head(head: str, text: str, width: int, lines: list[str]) -> None:
    assert shown(hanging(plain(head), text, width, 3)) == lines


def test_code_is_not_torn_apart() -> None:
    code = "print(model.get_submodule('layers.0.norm').eps)"
    assert shown(hanging(plain("hint: "), f"see {code}", 20, 2, code=True)) == ["hint: see", f"  {code}"]
    assert shown(hanging(plain("hint: "), code, 20, 2, code=True)) == [f"hint: {code}"]


def test_styles_of_head_and_text() -> None:
    first, second = hanging(plain("note: ", "strong"), "one two three four", 16, 3, "faint")
    assert first == (("note: ", "strong"), ("one two", "faint"))
    assert second == (("   three four", "faint"),)
    assert (length(first), length(BLANK)) == (13, 0)


@pytest.mark.parametrize(
    ("parts", "width", "lines"),
    [
        ([], 20, []),
        (["a=1", "b=2"], 20, ["    a=1  b=2"]),
        (["a=1", "b=2"], 12, ["    a=1  b=2"]),
        (["a=1", "b=2"], 11, ["    a=1", "    b=2"]),
        (["a long part", "b"], 14, ["    a long", "    part  b"]),
    ],
    ids=["none", "on one line", "just", "one a line", "longer than a line"],
)
def test_parts_that_stay_together(parts: list[str], width: int, lines: list[str]) -> None:
    assert shown(packed(parts, width, 4)) == lines


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ((5, 5), "5x5"),
        ((5,), "5"),
        (5, "5"),
        ((), "()"),
        ((1, 0.5), "(1, 0.5)"),
        ((True, 1), "(True, 1)"),
        (UNKNOWN, "unknown"),
    ],
    ids=repr,
)
def test_a_value_as_people_write_it(value: Value, text: str) -> None:
    assert amount(value) == text


@pytest.mark.parametrize(
    ("path", "width", "short"),
    [
        ("cnn1", 4, "cnn1"),
        ("features.0.conv", 15, "features.0.conv"),
        ("features.0.conv", 14, "feat..s.0.conv"),
        ("linearSdr.linearSdr1_kwinner", 22, "li..linearSdr1_kwinner"),
        ("features.0.conv", 2, "fe"),
        ("features.0.conv", 5, "f..nv"),
    ],
)
def test_shorten(path: str, width: int, short: str) -> None:
    assert shorten(path, width) == short
    assert len(shorten(path, width)) <= width


@pytest.mark.parametrize(
    ("text", "first", "rest", "told"),
    [
        pytest.param("", 10, 10, [], id="nothing"),
        pytest.param("one two", 10, 10, ["one two"], id="one line"),
        pytest.param("one two three", 7, 13, ["one two", "three"], id="a narrow first line"),
        pytest.param("one two three four", 13, 6, ["one two three", "four"], id="narrow others"),
        pytest.param("abcdefgh", 3, 5, ["abc", "defgh"], id="a long word"),
        pytest.param("not 2 (12 places)", 10, 10, ["not 2 (12", "places)"], id="a count longer than a line"),
        pytest.param("eps 1, not 2 (12 places)", 20, 20, ["eps 1, not 2", "(12 places)"], id="a count"),
        pytest.param("p 0.25, not 0.5", 11, 11, ["p 0.25,", "not 0.5"], id="not and its value"),
        pytest.param("about 9 % and 8 more", 7, 18, ["about", "9 % and 8 more"], id="a share"),
        pytest.param("(act: k 4767, not 1200)", 8, 15, ["(act:", "k 4767,", "not 1200)"], id="k"),
        pytest.param("1 unknown; 2 not printed", 14, 14, ["1 unknown;", "2 not printed"], id="what is not printed"),
    ],
)  # fmt: skip
def test_wrapped(text: str, first: int, rest: int, told: list[str]) -> None:
    assert wrapped(text, first, rest) == told


def test_code_is_not_changed() -> None:
    code = "print({m.p for m in model.modules() if m.k not in (1, 2)})"
    assert " ".join(wrapped(code, 20, 20, code=True)) == code
    assert wrapped("x" * 30, 20, 20, code=True) == ["x" * 30]
