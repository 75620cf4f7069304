"""Which reference a network is nearest to: every finding weighs what its effect weighs.

Values only. Must not read files or lay out a report.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from archdiff.model.effects import Effect
from archdiff.model.outcome import Finding, Outcome

#: what one difference weighs. What changes the function outweighs any two that only matter while training.
WEIGHTS: Final[Mapping[Effect, float]] = {
    Effect.FUNCTION: 8,
    Effect.INFERENCE: 4,
    Effect.TRAINING: 3,
    Effect.INIT: 1,
    Effect.UNKNOWN: 0.5,
    Effect.STATE: 0,
    Effect.EQUIVALENT: 0,
    Effect.COSMETIC: 0,
}
#: of the distance to a network without a layer in common; from here on nothing is near
FAR: Final = 0.5
_MISSING, _EXTRA, _COPIED = "AD103", "AD104", "AD106"


class Match(NamedTuple):
    """One reference and how far it is."""

    address: str
    outcome: Outcome
    distance: float
    share: float  # of the distance that two networks without a common layer have

    @property
    def near(self) -> bool:
        return self.share < FAR


@dataclass(frozen=True, slots=True)
class Ranking:
    """Every reference, nearest first."""

    matches: tuple[Match, ...]
    remarks: tuple[str, ...] = ()  # what could not be compared, and why

    @property
    def nearest(self) -> tuple[Match, ...]:
        """Those that no other is nearer than; none where nothing is near."""
        best = self.matches[0].distance if self.matches else 0
        return tuple(match for match in self.matches if match.near and match.distance == best)


def ranked(outcomes: Iterable[tuple[str, Outcome]], remarks: Iterable[str] = ()) -> Ranking:
    """References by their distance, equal ones by their name."""
    matches = (match(address, outcome) for address, outcome in outcomes)
    return Ranking(tuple(sorted(matches, key=lambda match: (match.distance, match.address))), tuple(remarks))


def match(address: str, outcome: Outcome) -> Match:
    """How far one reference is."""
    pairs = tuple(outcome.pairs)
    alone = (
        [path for path, other in pairs if path and not other],
        [path for other, path in pairs if path and not other],
    )
    far = sum(WEIGHTS[finding.effect] * _size(finding, *alone) for finding in outcome.findings)
    layers = sum((ours is not None) + (theirs is not None) for ours, theirs in pairs)
    return Match(address, outcome, far, far / (WEIGHTS[Effect.FUNCTION] * max(layers / 2, 1)))


def _size(finding: Finding, ours: list[str], theirs: list[str]) -> int:
    """For how many layers it stands: a missing block is as many as it holds."""
    if finding.rule not in (_MISSING, _EXTRA, _COPIED):
        return finding.count
    places = finding.places or ((finding.candidate, finding.reference),)
    held = 0
    for candidate, reference in places:
        place, paths = (candidate, ours) if candidate and not reference else (reference, theirs)
        inside = [path for path in paths if place and f"{path}.".startswith(f"{place.path}.")]
        held += max(len(inside), 1)
    return held
