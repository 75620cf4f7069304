"""How far a reference is: every finding weighs what its effect weighs, a changed setting half of it.

A bound from the layers alone is in `lower_bound`. Values only. Must not read files or lay out a report.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Final

from archdiff.model.effects import Effect
from archdiff.model.finding import Finding
from archdiff.model.outcome import NetworkInfo, Outcome
from archdiff.model.ranking import Match
from archdiff.semantics import kinds

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
SETTING: Final = 0.5
#: what all changed settings of one layer weigh at most: less than a layer of another kind
_MOST_SETTINGS: Final = 7 / 8 * WEIGHTS[Effect.FUNCTION]


def order(match: Match) -> tuple[float, str]:
    """The key by which a ranking is sorted."""
    return match.distance, match.address


def match(address: str, outcome: Outcome) -> Match:
    """How far one reference is.

    Args:
        address: Its address.
        outcome: The comparison with it.
    """
    pairs = tuple(outcome.pairs)
    candidate = _Alone((path for path, other in pairs if path and not other), outcome.candidate)
    reference = _Alone((path for other, path in pairs if path and not other), outcome.reference)
    settings = [finding for finding in outcome.findings if finding.rule in _SETTINGS]
    others = [finding for finding in outcome.findings if finding.rule not in _SETTINGS]
    far = sum(_weight(finding, candidate, reference) for finding in others) + _changed(settings)
    layers = sum((ours is not None) + (theirs is not None) for ours, theirs in pairs)
    part = share(far, layers)
    return Match(address, far, part, part < FAR, outcome.verdicts, outcome.counts, outcome.not_printed)


def share(far: float, layers: int) -> float:
    """A distance as a share of that of two networks without a common layer.

    Args:
        far: The distance.
        layers: Leaves of both networks together.
    """
    return far / (WEIGHTS[Effect.FUNCTION] * max(layers / 2, 1))


class _Alone:
    """The layers of one side that have no counterpart."""

    def __init__(self, paths: Iterable[str], network: NetworkInfo) -> None:
        self._paths = sorted(paths)
        self._network = network

    @cached_property
    def _with_parameters(self) -> frozenset[str]:
        known = kinds.by_name()
        return frozenset(
            layer.path for layer in self._network.layers if layer.kind in known and known[layer.kind].has_parameters
        )

    def inside(self, path: str) -> list[str]:
        """Those that stand under a path: a layer, or all in a block."""
        first, last = (bisect_left(self._paths, f"{path}{end}") for end in "./")  # the slash comes behind the dot
        here = bisect_left(self._paths, path)
        own = self._paths[here : here + self._paths[here : here + 1].count(path)]
        return [*own, *self._paths[first:last]]

    def with_parameters(self, paths: Iterable[str]) -> int:
        """How many of these layers can hold trainable numbers."""
        return sum(path in self._with_parameters for path in paths)


def _changed(findings: Iterable[Finding]) -> float:
    """What changed settings weigh, added up layer by layer."""
    far: dict[tuple[str | None, str | None], float] = {}
    for finding in findings:
        places = finding.all_places
        each = SETTING * WEIGHTS[finding.effect] * finding.count / len(places)
        for candidate, reference in places:
            layers = candidate and candidate.path, reference and reference.path
            most = _MOST_SETTINGS * max(1, finding.count / len(places))
            far[layers] = min(far.get(layers, 0) + each, most)
    return sum(far.values())


def _weight(finding: Finding, ours: _Alone, theirs: _Alone) -> float:
    """What a finding weighs for all layers that it stands for: a missing block is as many as it holds.

    Where it is unknown what a missing layer changes, one with parameters weighs in full: a forward may call a ReLU as a
    function that no print shows, but with another Linear it is another network.
    """
    weight = WEIGHTS[finding.effect]
    if finding.rule not in (_MISSING, _EXTRA, _COPIED) or not weight:
        return weight * finding.count
    far = 0.0
    for candidate, reference in finding.all_places:
        place, side = (candidate, ours) if candidate and not reference else (reference, theirs)
        inside = side.inside(place.path) if place else []
        far += weight * max(len(inside), 1)
        if finding.effect is Effect.UNKNOWN:
            far += (WEIGHTS[Effect.FUNCTION] - weight) * side.with_parameters(inside)
    return far
