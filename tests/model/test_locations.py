"""Where a finding is shown: at a line of the candidate, or at the layer of a live module."""

from __future__ import annotations

import pytest

from archdiff import api, parse
from archdiff.model.locations import Locations

NET = "Net(\n  (fc): Linear(in_features=4, out_features=4, bias=True)\n{}  (act): Tanh()\n)\n"
DROP = "  (drop): Dropout(p={}, inplace=False)\n"


@pytest.mark.parametrize(
    ("ours", "theirs", "sources", "shown"),
    [
        (DROP.format(0.1), DROP.format(0.2), ("mine.txt", "original.txt"), "mine.txt:3"),
        (DROP.format(0.1), "", ("mine.txt", "original.txt"), "mine.txt:3"),
        ("", DROP.format(0.2), ("mine.txt", "original.txt"), "mine.txt:2"),  # behind which it should stand
        (DROP.format(0.1), DROP.format(0.2), ("nets:Mine", "original.txt"), "original.txt:3"),
        (DROP.format(0.1), "", ("nets:Mine", "original.txt"), "original.txt:1"),
        (DROP.format(0.1), DROP.format(0.2), ("nets:Mine", "nets:Original"), "drop (Dropout)"),
        (DROP.format(0.1), DROP.format(0.2), ("mine.txt", "nets:Original"), "mine.txt:3"),
    ],
)
def test_of(ours: str, theirs: str, sources: tuple[str, str], shown: str) -> None:
    candidate, reference = (
        parse.parse(NET.format(text), source)[0] for text, source in zip((ours, theirs), sources, strict=True)
    )
    outcome = api.compare_networks(candidate, reference)
    finding = next(each for each in outcome.findings if each.is_difference)
    location = Locations(outcome, outcome.findings).of(finding)
    assert str(location) == shown
    assert bool(location.layer) is sources[0].startswith("nets:")
