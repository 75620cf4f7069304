"""What differs, in a sentence: the decisions that the verdict rests on, the weightiest first. Must not lay out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, product
from typing import Final

from archdiff.model.effects import Effect
from archdiff.model.finding import Finding
from archdiff.model.outcome import Outcome
from archdiff.model.wording import plural
from archdiff.report import _phrases

_FIRST: Final = "norm-placement"
_FORWARD: Final = "forward of "
_MOST: Final = 12  # decisions that are tried: no two lines hold more


def sentence(outcome: Outcome, fits: Callable[[str], bool]) -> str:
    """What the verdict rests on.

    Args:
        outcome: Of one comparison.
        fits: Whether there is room for a text. Decisions that there is no room for are counted; the first always
            stands, if need be without its last words.

    Returns:
        `28 blocks, not 40; hidden size 3072, not 4096; 6 more`; "" where no open finding decides it.
    """
    differences = [each for each in outcome.decisions if each.is_difference]
    verdicts = outcome.verdicts  # goes through all findings
    deciding = sorted((each for each in differences if each.effect.word in verdicts), key=_weight)
    deciding.sort(key=lambda each: not each.cannot_run)
    if not deciding:
        return ""
    smaller = sum(each.effect > Effect.STATE and each.effect.word not in verdicts for each in differences)
    told = _apart([_phrases.phrase(each, outcome) for each in deciding[:_MOST]], deciding)
    bare = [_phrases.without_list(text, each) for text, each in zip(told, deciding, strict=False)]
    for shown in range(len(told), 0, -1):
        for texts, rest in product((told, bare), _rest(deciding[shown:], smaller)):
            text = "; ".join([*texts[:shown], *rest])
            if fits(text):
                return text
    *_, shortest = _rest(deciding[1:], smaller)
    return _without_last_words(told[0], shortest, fits)


def _apart(told: list[str], findings: Sequence[Finding]) -> list[str]:
    """Words that two findings have in common with the path of each."""
    times = Counter(told)
    places = map(_phrases.place_of, findings)
    return [
        f"{text} ({place})" if times[text] > 1 and place else text for text, place in zip(told, places, strict=False)
    ]


def _without_last_words(told: str, others: list[str], fits: Callable[[str], bool]) -> str:
    """Without its reasons if that is enough, else without as many of its last words as need be."""
    bare = "" if told.startswith(_FORWARD) else told.rpartition(": ")[0]  # whose forward it is says nothing
    words = told.split(" ")
    cut = (" ".join(words[:count]).rstrip(",:;(") + " ..." for count in range(len(words) - 1, 1, -1))
    for text in chain([told, bare] if bare else [told], cut):
        if fits("; ".join([text, *others])):
            return "; ".join([text, *others])
    return "; ".join([told, *others])


def _weight(finding: Finding) -> tuple[int, int]:
    """What a network is known by, then depth, blocks, moved strides, widths, then all else.

    What is small stands last, and what stands in more places before others.
    """
    first = _phrases.WEIGHTIEST
    code = _phrases.core(finding).code
    if code == _FIRST:
        rank = -1
    elif finding.rule == "AD106":
        rank = first.index("decided-depth")
    else:
        is_weighty = code in first and (finding.members or code in _phrases.MOVED_STRIDE)
        rank = first.index(code) if is_weighty else len(first)
    return rank + finding.is_small, -finding.count


def _rest(findings: Sequence[Finding], smaller: int) -> Iterator[list[str]]:
    """`5 smaller differences` where none of them weighs as much as those that are told, else and shorter `5 more`."""
    count = len(findings) + smaller
    if not count:
        yield []
        return
    if all(each.is_small for each in findings):
        yield [plural(count, "smaller difference")]
    yield [f"{count:,} more"]
