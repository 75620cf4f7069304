"""Rates that one print rounds: a fact that is not printed where they may be equal, a difference where they are not."""

from __future__ import annotations

import pytest

from answers import Case, findings_test, holding
from archdiff.diff import rounded
from archdiff.semantics.kinds import Field

EXACT = Field("p", also=("drop_prob",))
ROUNDED = EXACT._replace(rounded=(("drop_prob", 3),))


@pytest.mark.parametrize(
    ("field", "texts", "values", "side"),
    [
        pytest.param(EXACT, ("drop_prob=0.013", ""), (0.013, 0.0125), "", id="no print rounds it"),
        pytest.param(ROUNDED, ("", ""), (0.013, 0.0125), "", id="neither is printed so"),
        pytest.param(ROUNDED, ("drop_prob=0.013", "drop_prob=0.012"), (0.013, 0.012), "", id="both are"),
        pytest.param(ROUNDED, ("drop_prob=0.013", ""), (0.013, 0.0118), "", id="another number"),
        pytest.param(ROUNDED, ("drop_prob=0.0126", ""), (0.0126, 0.0125), "", id="more decimals"),
        pytest.param(ROUNDED, ("drop_prob=1", ""), (1, 0.9999), "", id="a whole number"),
        pytest.param(ROUNDED, ("drop_prob=0.013", ""), (0.013, 0.0125), "candidate", id="rounded up"),
        pytest.param(ROUNDED, ("drop_prob=0.062", ""), (0.062, 0.0625), "candidate", id="rounded down"),
        pytest.param(
            ROUNDED, ("", "drop_prob=0.038"), (0.037500000000000006, 0.038), "reference", id="by the reference"
        ),
    ],
)
def test_side(field: Field, texts: tuple[str, str], values: tuple[float, float], side: str) -> None:
    assert rounded.side(field, texts, values) == side


def paths(*drops: str) -> str:
    block = "Linear(in_features=8, out_features=8, bias=True)"
    return holding("Sequential", *(holding("Sequential", block, drop) for drop in drops))


def timm(*rates: str) -> str:
    return paths(*(f"DropPath(drop_prob={rate})" for rate in rates))


def exact(*rates: float) -> str:
    return paths(*(f"StochasticDepth(p={rate}, mode=row)" for rate in rates))


MODE = "printed differently, or by one side only, with the same meaning"

#: id, candidate, reference, input shape, every finding
CASES: list[Case] = [
    ("both-round", timm("0.013"), timm("0.012"), None, ["AD401 training 0.1|0.1: p 0.013, not 0.012"]),
    ("neither-rounds", exact(0.013), exact(0.0125), None, ["AD401 training 0.1|0.1: p 0.013, not 0.0125"]),
    ("another-rate", timm("0.013"), exact(0.0118), None,
     ["AD401 training 0.1|0.1: p 0.013, not 0.0118", f"AD302 cosmetic 0.1|0.1: {MODE}: DropPath mode"]),
    ("one-fact-for-all", timm("0.013", "0.062", "0.112"), exact(0.0125, 0.0625, 0.1125), None,
     [f"AD302 cosmetic 0.1|0.1: {MODE}: DropPath mode x3",
      "AD701 unknown 0.1|0.1: the candidate prints p rounded to 3 decimals; to these both are equal x3 [...]"]),
    ("of-the-reference", exact(0.0125), timm("0.013"), None,
     [f"AD302 cosmetic 0.1|0.1: {MODE}: StochasticDepth mode",
      "AD701 unknown 0.1|0.1: the reference prints p rounded to 3 decimals; to these both are equal [...]"]),
]  # fmt: skip

test_findings = findings_test(CASES)
