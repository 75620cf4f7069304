"""Blocks of distinct widths that changed places: one swap or one move, no difference for each that stands between."""

from __future__ import annotations

import pytest

from archdiff import api, parse

WIDTHS = [17 + 31 * number for number in range(20)]


def network(widths: list[int]) -> str:
    """Blocks as an MLP-Mixer has them, each with a width of its own."""
    blocks = "".join(
        f"  ({number}): Block(\n    (norm): LayerNorm((16,))\n    (fc1): Linear(in_features=16, out_features={width})\n"
        f"    (act): GELU()\n    (fc2): Linear(in_features={width}, out_features=16)\n  )\n"
        for number, width in enumerate(widths)
    )
    return f"Net(\n{blocks})\n"


def moved(start: int, end: int) -> list[int]:
    rest = WIDTHS[:start] + WIDTHS[start + 1 :]
    return [*rest[:end], WIDTHS[start], *rest[end:]]


CASES = [
    ("neighbours-swapped", moved(8, 9), ["AD101"]),
    ("moved-far", moved(3, 15), ["AD102"]),
    ("one-in-front-one-gone", [1000, *WIDTHS[:10], *WIDTHS[11:]], ["AD104", "AD103"]),
    ("one-width", [*WIDTHS[:5], 1000, *WIDTHS[6:]], ["AD301"]),
    ("two-widths-side-by-side", [*WIDTHS[:5], 1000, 2000, *WIDTHS[7:]], ["AD301", "AD301"]),
    ("every-width", [width + 1000 for width in WIDTHS], ["AD301"] * 20),
]


@pytest.mark.parametrize(("widths", "rules"), [each[1:] for each in CASES], ids=[each[0] for each in CASES])
def test_what_is_told(widths: list[int], rules: list[str]) -> None:
    (a,), (b,) = parse.parse(network(widths)), parse.parse(network(WIDTHS))
    findings = api.compare_networks(a, b).findings
    assert [each.rule for each in findings if each.effect.word != "cosmetic"] == rules
