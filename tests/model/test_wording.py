"""Shapes, numbers and lists in words."""

from __future__ import annotations

import pytest

from archdiff.model.wording import did_you_mean, joined, listed, nearest, number, percent, plural, rounded, size


@pytest.mark.parametrize(
    ("shape", "words"), [(None, "?"), ((), "scalar"), ((10,), "10"), ((1, 32, 32), "1x32x32"), ((0, 3), "0x3")]
)
def test_size(shape: tuple[int, ...] | None, words: str) -> None:
    assert size(shape) == words


@pytest.mark.parametrize(("count", "words"), [(None, "?"), (0, "0"), (999, "999"), (1_717_140, "1,717,140")])
def test_number(count: int | None, words: str) -> None:
    assert number(count) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [(None, "?"), (0, "0"), (999, "999"), (1000, "1k"), (1_254_400, "1.25M"), (999_900, "1M"), (10**13, "10T")],
)
def test_rounded(count: int | None, words: str) -> None:
    assert rounded(count) == words


@pytest.mark.parametrize(("share", "words"), [(0.0, "0 %"), (1 / 3, "33.3 %"), (1.0, "100 %")])
def test_percent(share: float, words: str) -> None:
    assert percent(share) == words


@pytest.mark.parametrize(("count", "words"), [(0, "0 layers"), (1, "1 layer"), (37_500, "37,500 layers")])
def test_plural(count: int, words: str) -> None:
    assert plural(count, "layer") == words


@pytest.mark.parametrize(
    ("names", "words"), [([], ""), (["a"], "a"), (["a", "b"], "a, b"), (["a", "b", "c"], "a, b and 1 more")]
)
def test_listed(names: list[str], words: str) -> None:
    assert listed(names, 2) == words


@pytest.mark.parametrize(("names", "words"), [("a", "a"), ("ab", "a and b"), ("abc", "a, b and c")])
def test_joined(names: str, words: str) -> None:
    assert joined(names) == words


@pytest.mark.parametrize(
    ("word", "near"),
    [("conv", "Conv1"), ("CONV1", "Conv1"), ("fail_on", "fail-on"), ("zzz", ""), ("", "")],
)
def test_nearest(word: str, near: str) -> None:
    assert nearest(word, ["Conv1", "fail-on"]) == near


@pytest.mark.parametrize(("word", "words"), [("mean", "did you mean 'mine'?"), ("x", "one of mine, wide")])
def test_did_you_mean(word: str, words: str) -> None:
    assert did_you_mean(word, ["mine", "wide"], 0.4, "'{}'") == words
