"""The answer to `archdiff match` as plain values: which references are nearest. Must not compare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple


class Match(NamedTuple):
    """One reference, how far it is, and what that is made of.

    Attributes:
        address: Of the reference.
        distance: What all findings weigh.
        share: Of the distance that two networks without a common layer have.
        near: Whether that is little, so that the reference has much in common with the candidate.
        verdicts: Those of the comparison.
        counts: Differences by effect, those that weigh nothing too.
        not_printed: Facts that at least one text does not hold.
    """

    address: str
    distance: float
    share: float
    near: bool
    verdicts: tuple[str, ...]
    counts: Mapping[str, int]
    not_printed: int


@dataclass(frozen=True, slots=True)
class Ranking:
    """References, nearest first.

    Attributes:
        matches: All that were compared, or the nearest of them and whatever is as near as the last.
        farther: How many references are farther than all of these.
        remarks: What could not be compared, and why.
        untried: How many might be nearer, but look farther by their layers, and were too many to be compared.
    """

    matches: tuple[Match, ...]
    farther: int = 0
    remarks: tuple[str, ...] = ()
    untried: int = 0

    @property
    def nearest(self) -> tuple[Match, ...]:
        """Those that no other is nearer than; none where nothing is near."""
        best = self.matches[0].distance if self.matches else 0
        return tuple(match for match in self.matches if match.near and match.distance == best)

    def to_dict(self) -> dict[str, Any]:
        """The ranking as plain values.

        Returns:
            What `archdiff match --format json` prints, schema `archdiff/match/3`: every match, nearest first, and what
            was not compared.
        """
        return {
            "schema": "archdiff/match/3",
            "nearest": [match.address for match in self.nearest],
            "matches": [_plain(match) for match in self.matches],
            "farther": self.farther,
            "not_compared": self.untried,
            "left_out": list(self.remarks),
        }


def _plain(match: Match) -> dict[str, Any]:
    return {
        "reference": match.address,
        "distance": match.distance,
        "share": round(match.share, 4),
        "near": match.near,
        "verdict": match.verdicts[-1],
        "verdicts": match.verdicts,
        "not_printed": match.not_printed,
        "counts": match.counts,
    }
