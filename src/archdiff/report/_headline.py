"""What differs, in a sentence: the decisions that the verdict rests on, the weightiest first. Must not lay out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from archdiff.model.effects import Effect
from archdiff.model.finding import Finding
from archdiff.model.outcome import Outcome
from archdiff.model.wording import plural

_MOST: Final = 112  # characters: with the verdict before and the rest behind them two lines of a terminal
_ALL: Final = 140  # where no rest is to be told
#: depth, then widths, then all else
_FIRST: Final = ("decided-depths", "decided-depth", "replaced", "decided-factor", "decided-widths", "decided-width")


def sentence(outcome: Outcome) -> str:
    """What the verdict rests on.

    Args:
        outcome: Of one comparison.

    Returns:
        `28 blocks, not 40; hidden size 3072, not 4096; 6 more differences`; "" where no open finding decides it.
    """
    differences = [each for each in outcome.decisions if each.is_difference]
    deciding = sorted((each for each in differences if each.effect.word in outcome.verdicts), key=_weight)
    deciding.sort(key=lambda each: not each.cannot_run)
    told: list[str] = []
    worded = [_cut(_words(each)) for each in deciding]
    whole = "; ".join([*worded, *_others(differences, deciding, len(worded))])
    left = _MOST if len(whole) > _ALL else _ALL
    for words in worded:
        if len(words) <= left:
            told.append(words)
            left -= len(words) + 2
    return "; ".join([*told, *_others(differences, deciding, len(told))]) if told else ""


def _cut(words: str) -> str:
    return words if len(words) <= _MOST else f"{words[: _MOST - 3].rstrip()}..."


def _weight(finding: Finding) -> tuple[int, int]:
    """Depth before blocks before widths before all else, what is small last, and what stands in more places first."""
    code = finding.what.code if finding.what and finding.members else ""
    rank = _FIRST.index(code) if code in _FIRST else len(_FIRST)
    return rank + (finding.message.endswith("(small)")), -finding.count


def _words(finding: Finding) -> str:
    """What it says without reasons, and where, if a decision does not say that itself."""
    words = finding.title or finding.message
    if finding.setting:
        words = words.partition(": ")[0]
    if finding.members and (finding.count > 1 or _weight(finding)[0] < len(_FIRST)):
        return words
    if finding.count > 1:
        return f"{words} ({plural(finding.count, 'place')})"
    place = finding.candidate or finding.reference
    return f"{words} ({place.path})" if place and place.path and place.path not in words else words


def _others(differences: list[Finding], deciding: list[Finding], told: int) -> Iterator[str]:
    more = len(deciding) - told
    if more:
        yield f"{more:,} more"
    smaller = sum(each.effect > Effect.STATE for each in differences)
    smaller -= sum(each.effect > Effect.STATE for each in deciding)
    if smaller:
        yield plural(smaller, "smaller difference")
