"""Columns made small, and texts that do nothing where they are shown."""

from __future__ import annotations

from itertools import accumulate
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archdiff.report._page.packed import LONGEST, Interned, deltas, finite, shown, shown_path


def test_each_value_is_kept_once() -> None:
    values = Interned[str]()
    assert [values.place(each) for each in ("a", "b", "a", "c", "b")] == [0, 1, 0, 2, 1]
    assert values.values == ["a", "b", "c"]


@given(st.lists(st.integers(-1, 9)))
def test_differences_add_up_to_the_numbers(numbers: list[int]) -> None:
    assert list(accumulate(deltas(numbers))) == numbers


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("<b>&amp;</b> 'a' \"b\" `c`", "<b>&amp;</b> 'a' \"b\" `c`", id="markup stays text"),
        pytest.param("名 é", "名 é", id="letters of any script"),
        pytest.param("a" * LONGEST, "a" * LONGEST, id="as long as may be"),
        pytest.param("a" * (LONGEST + 1), "a" * LONGEST + "...", id="too long"),
        pytest.param("a\u202eb\x07\nc\ud800", "a\ufffdb\ufffd\ufffdc\ufffd", id="what cannot be seen"),
    ],
)
def test_a_text(text: str, told: str) -> None:
    assert shown(text) == told


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("features.0", "features.0"),
        ("a\u200b.b", "a\ufffd.b"),
        ("a" * 400, "a" * 400),
        ("a" * 300 + "b" * 300, "a" * 200 + "..." + "b" * 200),
    ],
    ids=["a path", "a sign without width", "as long as may be", "too long"],
)
def test_a_path(path: str, told: str) -> None:
    assert shown_path(path) == told


@pytest.mark.parametrize(("number", "told"), [(0.5, 0.5), (0, 0), (None, None), (nan, None), (inf, None), (-inf, None)])
def test_a_number(number: float | None, told: float | None) -> None:
    assert finite(number) == told
