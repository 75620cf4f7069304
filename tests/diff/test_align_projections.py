"""Projections of attention pair by what they are called, however that is spelled and in whatever order they stand."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from archdiff import api, parse

BIAS, BARE = (f"Linear(in_features=8, out_features=8, bias={bias})" for bias in (True, False))
SHORT, LONG = ("q_proj", "k_proj", "v_proj", "o_proj"), ("query", "key", "value", "out")


def attention(names: tuple[str, ...], without_bias: str, order: tuple[int, ...] = (0, 1, 2, 3)) -> str:
    lines = [f"  ({names[at]}): {BARE if names[at] == without_bias else BIAS}\n" for at in order]
    return f"Attention(\n{''.join(lines)})\n"


#: candidate, reference, which names of the candidate stand for which of the reference, effects
CASES = {
    "other names": (attention(SHORT, "k_proj"), attention(LONG, "key"), zip(SHORT, LONG, strict=True), ["cosmetic"]),
    "the bias of another one": (
        attention(SHORT, "k_proj"),
        attention(LONG, "query"),
        zip(SHORT, LONG, strict=True),
        ["function", "function", "cosmetic"],
    ),
    "another order": (
        attention(SHORT, "k_proj"),
        attention(LONG, "key", (1, 2, 0, 3)),
        zip(SHORT, LONG, strict=True),
        ["unknown", "cosmetic"],
    ),
    "another order that hides the bias of another one": (
        attention(SHORT, "k_proj"),
        attention(LONG, "query", (1, 0, 2, 3)),
        zip(SHORT, LONG, strict=True),
        ["function", "function", "unknown", "cosmetic"],
    ),
}


@pytest.mark.parametrize(("ours", "theirs", "pairs", "effects"), CASES.values(), ids=CASES)
def test_pairs(ours: str, theirs: str, pairs: Iterable[tuple[str, str]], effects: list[str]) -> None:
    a, b = (parse.parse(text)[0] for text in (ours, theirs))
    outcome, mirrored = api.compare_networks(a, b), api.compare_networks(b, a)
    assert set(outcome.pairs) == {(y, x) for x, y in mirrored.pairs} == set(pairs)
    for each in (outcome, mirrored):
        assert [finding.effect.word for finding in each.findings if finding.is_difference] == effects
