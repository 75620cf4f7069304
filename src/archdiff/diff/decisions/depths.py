"""The depth of a network as one decision: how many blocks stand in each of its stages. Must not look at settings."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import isclose, nan

from archdiff.diff.decisions._proposal import Proposal, is_depth_rate, numberless, place_of, values
from archdiff.diff.network_index import Counterparts, NetworkIndex
from archdiff.model.effects import Effect
from archdiff.model.finding import Finding
from archdiff.model.message import Message, message
from archdiff.model.network import Layer, join, walk
from archdiff.model.wording import joined


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
            follows = _rates_that_follow(findings, ours, theirs)
            what = _message(list(stages), ours, theirs)
            several = what.code == "decided-depths" or any(abs(a - b) > 1 for a, b in filter(None, changed.values()))
            alone = several and any(
                findings[number].rule != "AD106" or what.code == "decided-depths" for number in parts
            )
            yield Proposal(what, frozenset(parts | follows), 0, tells_more=alone)


def _differ(counts: tuple[int, int] | None) -> bool:
    return counts is not None and counts[0] != counts[1]


def _stage(finding: Finding, ours: NetworkIndex, theirs: NetworkIndex) -> str | None:
    """The path of the list of which a finding says that one side has more blocks; None where it says no such thing."""
    if finding.rule not in ("AD103", "AD104", "AD106"):
        return None
    side = theirs if finding.reference else ours
    path = place_of(finding).path
    holder, _, name = path.rpartition(".")
    block = side.sized.normal.printed(path)
    if not name[-1:].isdigit() or block is None or not block.children:
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
    rows = set(map(numberless, stages))
    same = len(set(counts)) == 1
    if len(counts) == 1 or same:
        where = joined(stages) if all(stages) and 0 < len(stages) == len(rows) else None
        return message("decided-depth", ours=counts[0][0], theirs=counts[0][1], holder=where)
    if len(rows) > 1:  # no stages of one row, but an encoder and a decoder
        stages = [holder for holder in stages if (both := _counts(holder, ours, theirs)) and both[0] != both[1]]
        counts = [both for both in counts if both[0] != both[1]]
    listed = [", ".join(str(both[side]) for both in counts) for side in (0, 1)]
    if 0 < len(rows) == len(stages) and all(stages):
        return message("decided-depths", ours=listed[0], theirs=listed[1], holder=joined(stages))
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


def _rates_that_follow(findings: Sequence[Finding], ours: NetworkIndex, theirs: NetworkIndex) -> set[int]:
    """Findings about rates that grow along the depth up to one value on both sides: another depth makes others."""
    by_class: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, finding in enumerate(findings):
        rates = all(isinstance(value, float) for value in values(finding))
        if finding.effect is Effect.TRAINING and rates and is_depth_rate(finding):
            by_class[place_of(finding).class_name, str(finding.setting)].append(number)
    found: set[int] = set()
    for (class_name, setting), numbers in by_class.items():
        ordered = sorted(numbers, key=lambda number: place_of(findings[number]).line)
        sides = [[values(findings[number])[side] for number in ordered] for side in (0, 1)]
        grow = all(all(a <= b for a, b in pairwise(side)) for side in sides)  # type: ignore[operator]
        both = [_largest(class_name, setting, side) for side in (ours, theirs)]
        if len(numbers) > 2 and grow and any(map(isclose, *both)):
            found |= set(numbers)
    return found


def _largest(class_name: str, setting: str, side: NetworkIndex) -> tuple[float, float]:
    """The largest value of a setting in layers of a class, and what it would be one block further: p (n - 1) / n."""
    layers = [layer for _, layer in walk(side.sized.normal.root) if layer.class_name == class_name]
    found = [each.value for layer in layers for each in layer.settings if each.name == setting]
    rates = [value for value in found if isinstance(value, float)]
    largest = max(rates, default=nan)
    return largest, largest * len(rates) / max(1, len(rates) - 1)
