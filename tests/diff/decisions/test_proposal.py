"""What all sorts of decisions ask of a finding: its place, its values, its path without numbers."""

from __future__ import annotations

import pytest

from archdiff.diff.decisions._proposal import numberless, place_of, values
from archdiff.model.effects import Effect
from archdiff.model.finding import Finding, Place

OURS, THEIRS = Place("a", 1, 8), Place("b", 2, (4,))


@pytest.mark.parametrize(
    ("candidate", "reference", "place", "both"),
    [
        pytest.param(OURS, THEIRS, THEIRS, (8, (4,)), id="both"),
        pytest.param(OURS, None, OURS, (8, None), id="candidate alone"),
        pytest.param(None, THEIRS, THEIRS, (None, (4,)), id="reference alone"),
    ],
)
def test_place_and_values(candidate: Place | None, reference: Place | None, place: Place, both: object) -> None:
    finding = Finding("AD301", Effect.FUNCTION, "", candidate=candidate, reference=reference)
    assert (place_of(finding), values(finding)) == (place, both)


@pytest.mark.parametrize(
    ("path", "same"),
    [("", ""), ("head", "head"), ("layer1.0.conv2", "layer#.#.conv#"), ("layer12.10.conv2", "layer#.#.conv#")],
)
def test_numberless(path: str, same: str) -> None:
    assert numberless(path) == same
