"""How wide the stages of a network are as one decision, where every stage changed and no factor explains them.

Must not look at other settings, nor at how many blocks a stage has.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from archdiff.diff.decisions._ends import widths_of_stages
from archdiff.diff.decisions._proposal import Proposal
from archdiff.diff.decisions.widths import changed_widths
from archdiff.diff.network_index import Counterparts, NetworkIndex
from archdiff.model.finding import Finding
from archdiff.model.message import message

_LEAST = 3  # stages: of two numbers many are multiples


def proposals(
    findings: Sequence[Finding], _both: Sequence[Counterparts], ours: NetworkIndex, theirs: NetworkIndex
) -> Iterator[Proposal]:
    """The decision about the widths of all stages; the findings are all differences."""
    widths = list(changed_widths(findings))
    if len({width.change for width in widths}) < _LEAST:
        return
    sides = [widths_of_stages(network) for network in (ours, theirs)]
    changes = list(zip(*sides, strict=False))
    if len(set(map(len, sides))) > 1 or len({a for a, b in changes if a != b}) < _LEAST:
        return
    parts = [width.number for width in widths if any(_follows(width.change, change) for change in changes)]
    listed = [", ".join(map(str, side)) for side in sides]
    what = message("decided-stages", ours=listed[0], theirs=listed[1])
    yield Proposal(what, frozenset(parts), len({width.change for width in widths}) + _LEAST)


def _follows(change: tuple[int, int], of_stage: tuple[int, int]) -> bool:
    """Whether a number is the width of a stage, or the same share or multiple of it on both sides."""
    shares = [Fraction(number, width) for number, width in zip(change, of_stage, strict=True)]
    return shares[0] == shares[1] and 1 in (shares[0].numerator, shares[0].denominator)
