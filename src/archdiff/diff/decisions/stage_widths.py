"""How wide the stages of a network are as one decision, where every stage changed and no factor explains them.

Must not look at other settings, nor at how many blocks a stage has.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from archdiff.diff.decisions._proposal import Proposal
from archdiff.diff.decisions.widths import changed_widths
from archdiff.diff.network_index import Counterparts, NetworkIndex
from archdiff.infer.block_facts import blocks
from archdiff.infer.stages import stages
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
    sides = [_widths_of_stages(network) for network in (ours, theirs)]
    changes = list(zip(*sides, strict=False))
    if len(set(map(len, sides))) > 1 or len({a for a, b in changes if a != b}) < _LEAST:
        return
    parts = [width.number for width in widths if any(_follows(width.change, change) for change in changes)]
    listed = [", ".join(map(str, side)) for side in sides]
    what = message("decided-stages", ours=listed[0], theirs=listed[1])
    yield Proposal(what, frozenset(parts), len({width.change for width in widths}) + _LEAST)


def _widths_of_stages(network: NetworkIndex) -> list[int]:
    """How wide each stage ends; nothing where one does not tell."""
    found = stages(network.sized.network.root)
    known = blocks(list(network.sized.leaves), found)
    widths = [known[stage.blocks[-1]].width if stage.blocks[-1] in known else None for stage in found]
    return [width for width in widths if width] if all(widths) else []


def _follows(change: tuple[int, int], of_stage: tuple[int, int]) -> bool:
    """Whether a number is the width of a stage, or the same share or multiple of it on both sides."""
    shares = [Fraction(number, width) for number, width in zip(change, of_stage, strict=True)]
    return shares[0] == shares[1] and 1 in (shares[0].numerator, shares[0].denominator)
