"""The verdict of an outcome as the instruments read it: from its findings, so that nothing else need be believed."""

from __future__ import annotations

from typing import Final

from archdiff.model.outcome import Outcome

#: effects from harmless to grave; `training` and `inference` are not ordered, and may be named both
ORDER: Final = (
    *("identical", "cosmetic", "equivalent", "state", "init"),
    *("training", "inference", "unknown", "function"),
)
BOTH_MODES: Final = frozenset({"training", "inference"})


def verdict(outcome: Outcome) -> frozenset[str]:
    """The strongest effect, with training beside inference; facts that are not printed do not count."""
    effects = {finding.effect.word for finding in outcome.findings if not finding.rule.startswith("AD7")}
    strongest = max(effects, key=ORDER.index, default="identical")
    return frozenset(effects & BOTH_MODES if strongest in BOTH_MODES else {strongest})


def at_least(found: frozenset[str], effect: str) -> bool:
    """Whether a verdict says an effect or more; unknown says as much as any."""
    if effect in found or found & {"unknown", "function"}:
        return True
    return effect not in BOTH_MODES and all(ORDER.index(each) >= ORDER.index(effect) for each in found)


def plain(found: frozenset[str]) -> str:
    """`inference+training` of the set of both."""
    return "+".join(sorted(found))
