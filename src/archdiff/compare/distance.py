"""Which reference a network is nearest to: every finding weighs what its effect weighs, a changed setting half of it.

Values only. Must not read files or lay out a report.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from archdiff.model.effects import Effect
from archdiff.model.outcome import Finding, Outcome

#: what one layer weighs that is missing, extra, moved or of another kind. What changes the function outweighs any two
#: that only matter while training, layer against layers and setting against settings.
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
#: both sides have the layer (or the optimizer), and something that it prints is another
_SETTINGS: Final = frozenset({"AD301", "AD401", "AD501", "AD601", "AD801"})
#: what a changed setting weighs, of what a layer weighs. In full, a sparse network with other numbers of winners was as
#: near to the dense network as to its own.
_SETTING: Final = 0.5
#: what all changed settings of one layer weigh at most: less than a layer of another kind
_MOST_SETTINGS: Final = 7 / 8 * WEIGHTS[Effect.FUNCTION]


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
    settings = [finding for finding in outcome.findings if finding.rule in _SETTINGS]
    others = [finding for finding in outcome.findings if finding.rule not in _SETTINGS]
    far = sum(WEIGHTS[finding.effect] * _size(finding, *alone) for finding in others) + _changed(settings)
    layers = sum((ours is not None) + (theirs is not None) for ours, theirs in pairs)
    return Match(address, outcome, far, far / (WEIGHTS[Effect.FUNCTION] * max(layers / 2, 1)))


def _changed(findings: Iterable[Finding]) -> float:
    """What changed settings weigh, layer by layer."""
    far: dict[tuple[str | None, str | None], float] = {}
    for finding in findings:
        places = finding.places or ((finding.candidate, finding.reference),)
        each = _SETTING * WEIGHTS[finding.effect] * finding.count / len(places)
        for candidate, reference in places:
            layers = candidate and candidate.path, reference and reference.path
            most = _MOST_SETTINGS * max(1, finding.count / len(places))
            far[layers] = min(far.get(layers, 0) + each, most)
    return sum(far.values())


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
