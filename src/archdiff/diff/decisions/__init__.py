"""One design decision behind several findings: which findings are parts of the same one.

Each module here proposes decisions of one sort. Of what they propose the shortest explanation is taken: again and again
the decision that explains most findings that are still unexplained, the one of fewer values where two explain equally
many. What none explains stays a finding of its own. Must not change findings but for the decision that they belong to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache, partial
from heapq import heapify, heappop, heappush
from itertools import chain

from archdiff.diff import messages
from archdiff.diff.decisions import (
    _ends,
    _names,
    blocks,
    classes,
    depths,
    elsewhere,
    exceptions,
    keeping,
    norms,
    same_settings,
    stage_widths,
    stochastic_depth,
    widths,
)
from archdiff.diff.decisions._proposal import Proposal
from archdiff.diff.network_index import Counterparts, NetworkIndex
from archdiff.model.finding import Design, Finding
from archdiff.model.message import message

_SORTS = [
    each.proposals
    for each in (depths, widths, stage_widths, stochastic_depth, norms, same_settings, elsewhere, blocks, classes)
]


def explained(
    findings: Sequence[Finding], both: Sequence[Counterparts], ours: NetworkIndex, theirs: NetworkIndex
) -> list[Finding]:
    """Findings with the decisions that they are parts of.

    Args:
        findings: All of one comparison.
        both: The layers, and the blocks, that stand for each other.
        ours: The candidate.
        theirs: The reference.

    Returns:
        The same findings in their order. Those that are part of a decision say of which; one that stands for itself
        says which layers keep what most others changed, and a width has the field's name for it in its title.
    """
    placed = ((number, each) for number, each in enumerate(findings) if each.candidate or each.reference)
    differences = [number for number, finding in placed if finding.is_difference]
    result = list(findings)
    if not differences:
        return result
    shown = [findings[number] for number in differences]
    staying = cache(partial(exceptions.staying, both))
    stays = cache(lambda: {(each.path, each.value) for each in staying()})
    few = ours.weights or theirs.weights  # layers that stand for many, which are not counted one by one
    kept = cache(partial(keeping.kept, () if few else shown, both))
    proposed = chain.from_iterable(sort(shown, both, ours, theirs) for sort in _SORTS)
    for proposal in _shortest(proposed):
        parts = [shown[part] for part in sorted(proposal.parts)]
        what = keeping.of_decision(exceptions.told(proposal.what, parts, staying), parts, kept, stays)
        design = Design(what, messages.text(what), len(proposal.parts))
        for part in proposal.parts:
            number = differences[part]
            result[number] = replace(result[number], design=design)
    for number in differences:
        if result[number].design is None:
            result[number] = keeping.of_finding(result[number], kept, stays)
    for width in widths.changed_widths(shown):
        number = differences[width.number]
        name = _names.field_name_of([width.finding]) if result[number].design is None else ""
        if name == "classes" and not _ends_both(width.finding, ours, theirs):
            name = ""  # more layers stand behind it on one side
        if name:
            but = keeping.told_of(result[number])
            what = message("decided-width", name=name, ours=width.change[0], theirs=width.change[1], but=but)
            result[number] = replace(result[number], title=messages.text(what))
    return result


def _ends_both(finding: Finding, ours: NetworkIndex, theirs: NetworkIndex) -> bool:
    paths = [place and place.path for place in (finding.candidate, finding.reference)]
    return paths == [_ends.last_width(ours), _ends.last_width(theirs)]


def _shortest(proposed: Iterable[Proposal]) -> Iterable[Proposal]:
    """Decisions without a part in common, those that explain most first."""
    waiting = [(-len(each.parts), each.words, order, each) for order, each in enumerate(proposed)]
    heapify(waiting)
    taken: set[int] = set()
    while waiting:
        size, words, order, each = heappop(waiting)
        left = each.parts - taken
        if len(left) < -size:  # it explains less than when it was put here
            heappush(waiting, (-len(left), words, order, each._replace(parts=left)))
        elif len(left) > 1 or (left and each.tells_more):
            yield each
            taken |= left
