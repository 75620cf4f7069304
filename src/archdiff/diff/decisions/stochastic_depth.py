"""Stochastic depth as one decision: rates that grow along the depth, and layers of it that one side has alone.

Must not join rates that go up and down, which are chosen block by block.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from archdiff.diff.decisions._proposal import Proposal, is_depth_rate, is_of_depth
from archdiff.diff.network_index import Counterparts, NetworkIndex
from archdiff.infer.leaf import Leaf
from archdiff.model.effects import Effect
from archdiff.model.finding import Finding, Place
from archdiff.model.message import Message, message
from archdiff.semantics.kinds import Trait

_PRESENCE: Final = ("AD103", "AD104", "AD105")
_FEWEST: Final = 3  # places; of two rates one is always the larger


def proposals(
    findings: Sequence[Finding], _both: Sequence[Counterparts], ours: NetworkIndex, theirs: NetworkIndex
) -> Iterator[Proposal]:
    """The decision about its rates; the findings are all differences."""
    networks = ours, theirs
    parts = [number for number, each in enumerate(findings) if _is_about_rates(each, networks)]
    if sum(findings[number].count for number in parts) < _FEWEST:
        return
    rates = [found for each in networks if (found := _rates(each)) is not None]
    told = [_told(each) for each in rates]
    if len(told) == len(networks) and told[0] != told[1]:
        what = message("decided-rates", ours=told[0], theirs=told[1])
        yield Proposal(what, frozenset(parts), tells_more=any(len({*each}) > 1 for each in rates))


def _is_about_rates(finding: Finding, networks: tuple[NetworkIndex, NetworkIndex]) -> bool:
    """Whether it is about how often a branch is left out, and about no other dropout that stands for it."""
    if finding.effect is not Effect.TRAINING or not is_depth_rate(finding):
        return False
    if finding.rule not in _PRESENCE:
        return finding.setting == "p"
    return all(
        place is None or is_of_depth(place) or _drops_nothing(place, side)
        for places in finding.all_places
        for place, side in zip(places, networks, strict=True)
    )


def _drops_nothing(place: Place, side: NetworkIndex) -> bool:
    leaf = side.leaf(place.path)
    return leaf is not None and (leaf.has(Trait.IDENTITY) or (leaf.has(Trait.DROPS) and leaf.settings.known("p") == 0))


def _rates(side: NetworkIndex) -> list[float] | None:
    """The rate of each layer of stochastic depth, in printed order; None where they do not rise or are not known."""
    found = [_rate(leaf) for leaf in side.sized.leaves if _is_stochastic_depth(leaf)]
    rates = [each for each in found if each is not None]
    return rates if len(rates) == len(found) and all(a <= b for a, b in pairwise(rates)) else None


def _is_stochastic_depth(leaf: Leaf) -> bool:
    return leaf.has(Trait.DROPS) and is_of_depth(Place(leaf.path, leaf.line, class_name=leaf.layer.class_name))


def _rate(leaf: Leaf) -> float | None:
    value = leaf.settings.known("p")
    return float(value) if isinstance(value, int | float) else None


def _told(rates: Sequence[float]) -> Message:
    """Least and largest rate above 0, in words; a layer of rate 0 is none."""
    above = [each for each in rates if each > 0]
    if not above:
        return message("decided-rates-none")
    least, most = f"{above[0]:.3g}", f"{above[-1]:.3g}"
    return message("decided-rates-grow" if most != least else "decided-rates-all", least=least, most=most)
