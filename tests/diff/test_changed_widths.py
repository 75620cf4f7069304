"""What follows from a changed width: the same change behind it, as long as no layer in between keeps the number."""

from __future__ import annotations

import pytest

import archdiff

LINEAR = "Linear(in_features={}, out_features={}, bias=True)"


def _net(*widths: tuple[int, int]) -> str:
    rows = [f"  (layer_{name}): {LINEAR.format(*each)}\n" for name, each in zip("abcdef", widths, strict=False)]
    return f"Net(\n{''.join(rows)})\n"


@pytest.mark.parametrize(
    ("between", "found"),
    [
        pytest.param([], [("layer_a", "out_features", 1)], id="what follows is a consequence"),
        pytest.param([(5, 5)], [("layer_a", "out_features", 1)], id="other numbers in between"),
        pytest.param(
            [(64, 64)],
            [("layer_a", "out_features", 0), ("layer_c", "in_features", 0)],
            id="a layer in between keeps the number",
        ),
    ],
)
def test_what_follows(between: list[tuple[int, int]], found: list[tuple[str, str, int]]) -> None:
    ours, theirs = (_net((8, width), *between, (width, 3)) for width in (32, 64))
    outcome = archdiff.compare(archdiff.read(ours), archdiff.read(theirs))
    told = [(each.candidate.path, each.setting, len(each.consequences)) for each in outcome.findings if each.candidate]
    assert [each for each in told if each[1]] == found
