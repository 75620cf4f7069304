"""The depth of a network as one decision: how many blocks stand in each of its stages. Must not look at settings."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from archdiff.diff.decisions._proposal import Proposal, numberless, place_of, values
from archdiff.diff.network_index import Counterparts, NetworkIndex
from archdiff.model.effects import Effect
from archdiff.model.finding import Finding
from archdiff.model.message import Message, message
from archdiff.model.network import Layer, join


def proposals(
    findings: Sequence[Finding], _both: Sequence[Counterparts], ours: NetworkIndex, theirs: NetworkIndex
) -> Iterator[Proposal]:
    """Decisions about depth; the findings are all differences."""
    by_effect: dict[Effect, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for number, finding in enumerate(findings):
        holder = _stage(finding, ours, theirs)
        if holder is not None:
            by_effect[finding.effect][holder].add(number)
    for stages in by_effect.values():
        changed = {holder: _counts(holder, ours, theirs) for holder in stages}
        parts = {number for holder, of_stage in stages.items() if _differ(changed[holder]) for number in of_stage}
        if parts:
            follows = _rates(findings) if _largest_is_kept(findings) else set()
            yield Proposal(_message(list(stages), ours, theirs), frozenset(parts | follows), 0)


def _differ(counts: tuple[int, int] | None) -> bool:
    return counts is not None and counts[0] != counts[1]


def _stage(finding: Finding, ours: NetworkIndex, theirs: NetworkIndex) -> str | None:
    """The path of the list of blocks of which a finding says that one side has more; None where it says no such thing."""
    if finding.rule not in ("AD103", "AD104", "AD106"):
        return None
    side = theirs if finding.reference else ours
    path = place_of(finding).path
    holder, _, name = path.rpartition(".")
    block = side.sized.normal.printed(path)
    if not name.isdigit() or block is None or not block.children:
        return None
    return holder


def _counts(holder: str, ours: NetworkIndex, theirs: NetworkIndex) -> tuple[int, int] | None:
    """How many blocks both have under a path."""
    lists = [side.sized.normal.printed(holder) for side in (ours, theirs)]
    if lists[0] is None or lists[1] is None:
        return None
    return _blocks(lists[0]), _blocks(lists[1])


def _blocks(of: Layer) -> int:
    """Those of the class that most of them have; they have layers in them, and numbers for names."""
    counted: Counter[str] = Counter()
    for child in of.children:
        if child.children:
            counted[child.class_name] += child.repeat
    return max(counted.values(), default=0)


def _message(changed: Sequence[str], ours: NetworkIndex, theirs: NetworkIndex) -> Message:
    """`2, 2, 2, 2 blocks in the four stages, not 3, 4, 6, 3`, with the stages that have as many on both sides."""
    stages = list(dict.fromkeys(holder for each in changed for holder in _alike(each, theirs)))
    counts = [both for both in (_counts(holder, ours, theirs) for holder in stages) if both and all(both)]
    names = {numberless(holder).rpartition(".")[2] for holder in stages}
    same = len(set(counts)) == 1
    if len(counts) == 1 or same:
        return message("decided-depth", ours=counts[0][0], theirs=counts[0][1], where=stages[0] if len(stages) == 1 else None)
    if len(names) > 1:
        counts = [both for both in counts if both[0] != both[1]]
    listed = [", ".join(str(both[side]) for both in counts) for side in (0, 1)]
    return message("decided-depths", ours=listed[0], theirs=listed[1], stages=len(counts))


def _alike(holder: str, side: NetworkIndex) -> Iterator[str]:
    """The paths of all lists with the same name but for its numbers, in printed order."""

    def below(layer: Layer, path: str, wanted: list[str]) -> Iterator[str]:
        if not wanted:
            if _blocks(layer):
                yield path
            return
        for child in layer.children:
            if numberless(child.name) == wanted[0]:
                yield from below(child, join(path, child.name), wanted[1:])

    yield from below(side.sized.network.root, "", numberless(holder).split(".") if holder else [])


def _rates(findings: Sequence[Finding]) -> set[int]:
    """Findings about rates that change while training alone."""
    return {
        number
        for number, finding in enumerate(findings)
        if finding.effect is Effect.TRAINING and all(isinstance(value, float) for value in values(finding))
    }


def _largest_is_kept(findings: Sequence[Finding]) -> bool:
    """Whether rates grow along the depth on both sides, so that another depth makes other rates of the same range."""
    rates = sorted((findings[number] for number in _rates(findings)), key=lambda each: place_of(each).line)
    sides = [[values(finding)[side] for finding in rates] for side in (0, 1)]
    return len(rates) > 2 and all(all(a <= b for a, b in pairwise(side)) for side in sides)  # type: ignore[operator]
