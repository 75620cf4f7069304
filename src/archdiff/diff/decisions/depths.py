"""The depth of a network as one decision: how many blocks stand in each of its stages, and what follows.

Must not look at settings but for those that count along the depth: rates, and widths of dense blocks.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, partial
from itertools import pairwise
from math import isclose, nan
from typing import NamedTuple, TypeAlias

from archdiff.diff.decisions import odd_blocks
from archdiff.diff.decisions._ends import ends_of
from archdiff.diff.decisions._lists import blocks_of, lists_named_as
from archdiff.diff.decisions._proposal import Proposal, is_depth_rate, numberless, place_of, values
from archdiff.diff.decisions.widths import changed_widths
from archdiff.diff.network_index import Counterparts, NetworkIndex, leaf_pairs
from archdiff.model.effects import Effect
from archdiff.model.finding import Finding
from archdiff.model.message import Message, message
from archdiff.model.network import Layer, join, walk
from archdiff.model.wording import joined
from archdiff.semantics import kinds
from archdiff.semantics.kinds import Trait
from archdiff.semantics.projections import is_map

#: how many blocks both have in the list under a path; None where one has no such list
_CountsOf: TypeAlias = Callable[[str], tuple[int, int] | None]


def proposals(
    findings: Sequence[Finding], both: Sequence[Counterparts], ours: NetworkIndex, theirs: NetworkIndex
) -> Iterator[Proposal]:
    """Decisions about depth; the findings are all differences."""
    yield from _between_pools(findings, ours, theirs)
    by_effect: dict[Effect, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for number, finding in enumerate(findings):
        holder = _stage(finding, ours, theirs)
        if holder is not None:
            by_effect[finding.effect][holder].add(number)
    counts = cache(partial(_counts, both, (ours, theirs)))
    for stages in by_effect.values():
        changed = {holder: counts(holder) for holder in stages}
        parts = {number for holder, of_stage in stages.items() if _differ(changed[holder]) for number in of_stage}
        if parts:
            follows = _rates_that_follow(findings, ours, theirs) | _widths_that_follow(findings, stages, ours, theirs)
            what = _message(list(stages), counts, theirs)
            odd = odd_blocks.told([findings[number] for number in sorted(parts)], ours, theirs)
            what = message(what.code, **dict(what.values), but=odd) if odd else what
            several = what.code == "decided-depths" or any(abs(a - b) > 1 for a, b in filter(None, changed.values()))
            alone = odd or (
                several and (what.code == "decided-depths" or any(findings[each].rule != "AD106" for each in parts))
            )
            yield Proposal(what, frozenset(parts | follows), 0, tells_more=bool(alone))


def _between_pools(findings: Sequence[Finding], ours: NetworkIndex, theirs: NetworkIndex) -> Iterator[Proposal]:
    """The stages of a VGG: how many convolutions stand between two pools of one list, with what stands behind each."""
    lacking: dict[tuple[str, str, Effect], set[int]] = defaultdict(set)
    for number, finding in enumerate(findings):
        if finding.rule in ("AD103", "AD104"):
            lacking[place_of(finding).path.rpartition(".")[0], finding.rule, finding.effect].add(number)
    for (holder, rule, _), missing in lacking.items():
        if not any(_is_convolution(place_of(findings[number]).class_name) for number in missing):
            continue
        fewer, more = lists = [_convolutions(holder, network) for network in (ours, theirs)]
        if rule == "AD104":
            fewer, more = more, fewer
        repeated = {name for name, count in more.classes.items() if count >= more.classes[more.name]}
        parts = {number for number in missing if place_of(findings[number]).class_name in repeated}
        times = sum(findings[each].count for each in parts if place_of(findings[each]).class_name == more.name)
        grown = [b - a for a, b in zip(fewer.stages, more.stages, strict=False)]
        if len(fewer.stages) == len(more.stages) > 1 and min(grown) >= 0 and 0 < times == sum(grown):
            listed = [", ".join(map(str, each.stages)) for each in lists]
            what = message("decided-between", name=more.name, ours=listed[0], theirs=listed[1])
            yield Proposal(what, frozenset(parts), 0, tells_more=True)


class _Convolutions(NamedTuple):
    """Of one list.

    Attributes:
        name: The class of its convolutions; "" where there are several.
        stages: How many of them stand before each pool, and behind the last one.
        classes: How often each class stands in it.
    """

    name: str
    stages: tuple[int, ...]
    classes: Counter[str]


def _convolutions(holder: str, network: NetworkIndex) -> _Convolutions:
    printed = network.sized.normal.printed(holder)
    classes = [child.class_name for child in printed.children] if printed else []
    names = set(filter(_is_convolution, classes))
    stages = [0]
    for name in classes:
        if name in names:
            stages[-1] += 1
        elif (kind := kinds.find(name)) and kind.dims and kind.traits & {Trait.PICKS_MAX, Trait.AVERAGES}:
            stages.append(0)
    name = names.pop() if len(names) == 1 else ""
    return _Convolutions(name, tuple(stages if stages[-1] else stages[:-1]), Counter(classes))


def _is_convolution(class_name: str) -> bool:
    kind = kinds.find(class_name)
    return bool(kind and kind.dims and Trait.AFFINE_MAP in kind.traits)


def _differ(counts: tuple[int, int] | None) -> bool:
    """Whether both lists hold blocks, and not equally many."""
    return counts is not None and all(counts) and counts[0] != counts[1]


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
    return None if _is_a_layer_of_a_block(block, holder, side) else holder


def _is_a_layer_of_a_block(layer: Layer, holder: str, side: NetworkIndex) -> bool:
    """Whether it is one convolution with what goes with it, in a list that is a block itself: `features.1.conv`.

    A stage holds blocks of one class, or is no part of a list.
    """
    printed = side.sized.normal.printed(holder)
    if printed is None or not any(name.isdigit() for name in holder.split(".")):
        return False
    maps = sum(is_map(inner) for _, inner in walk(layer))
    return maps <= 1 and len({child.class_name for child in printed.children}) > 1


def _counts(
    both: Sequence[Counterparts], networks: tuple[NetworkIndex, NetworkIndex], holder: str
) -> tuple[int, int] | None:
    """How many blocks both have under a path, or under that of what stands for it in the network that has none."""
    lists = [network.sized.normal.printed(holder) for network in networks]
    for side in (0, 1):
        if lists[side] is None and lists[1 - side] is not None:
            lists[side] = networks[side].sized.normal.printed(_list_of_another_name(both, holder, side))
    return (blocks_of(lists[0]), blocks_of(lists[1])) if lists[0] and lists[1] else None


def _list_of_another_name(both: Sequence[Counterparts], holder: str, side: int) -> str:
    """What holds the counterpart of the first layer in a list of the other side; a path of nothing where none does."""
    for pair in both:
        for leaves in leaf_pairs(pair):
            if leaves[1 - side].path.startswith(f"{holder}."):
                names = leaves[side].path.split(".")
                numbers = (at for at, name in enumerate(names) if name.isdigit())
                return ".".join(names[: next(numbers, 0)])
    return ""


def _message(changed: Sequence[str], counts_of: _CountsOf, theirs: NetworkIndex) -> Message:
    """`2, 2, 2, 2 blocks in the four stages, not 3, 4, 6, 3`, with the stages that have as many on both sides."""
    alike = dict.fromkeys(holder for each in changed for holder in (*lists_named_as(each, theirs), each))
    known = {holder: both for holder in alike if (both := counts_of(holder)) and all(both)}
    if len(set(map(numberless, known))) > 1:  # no stages of one row, but an encoder and a decoder
        known = {holder: both for holder, both in known.items() if _differ(both)}
    stages, counts = list(known), list(known.values())
    rows = set(map(numberless, stages))
    if len(counts) == 1 or (len(set(counts)) == 1 and len(rows) == len(stages)):
        where = joined(stages) if all(stages) and len(stages) == len(rows) else None
        return message("decided-depth", ours=counts[0][0], theirs=counts[0][1], holder=where)
    listed = [", ".join(str(both[side]) for both in counts) for side in (0, 1)]
    if len(rows) == len(stages) and all(stages):
        return message("decided-depths", ours=listed[0], theirs=listed[1], holder=joined(stages))
    return message("decided-depths", ours=listed[0], theirs=listed[1], stages=len(counts))


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


def _widths_that_follow(
    findings: Sequence[Finding], changed: Iterable[str], ours: NetworkIndex, theirs: NetworkIndex
) -> set[int]:
    """Findings about widths behind dense blocks: each of their layers adds to what the one before it took."""
    widths = list(changed_widths(findings))
    if not widths:
        return set()
    expected: set[tuple[int, int]] = set()
    before: tuple[int, int] | None = None  # what the dense block before gives
    added = 1, 1  # channels a layer
    for holder in dict.fromkeys(stage for each in changed for stage in lists_named_as(each, theirs)):
        taken = [_taken(holder, network) for network in (ours, theirs)]
        growth = [{b - a for a, b in pairwise(side)} for side in taken]
        if not all(taken) or any(len(each) != 1 for each in growth):
            return set()
        added = growth[0].pop(), growth[1].pop()
        first = taken[0][0], taken[1][0]
        if before and _have_one_ratio(first, before):
            expected.add(first)
        if first[0] == first[1] or first in expected or _have_one_ratio(first, added):
            before = taken[0][-1] + added[0], taken[1][-1] + added[1]
            expected |= {*zip(*taken, strict=False), before}
    changes = {change for change in expected if not _have_one_ratio(change, added)}  # what one factor explains
    return {width.number for width in widths if width.change in changes}


def _have_one_ratio(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] * other[1] == one[1] * other[0]


def _taken(holder: str, network: NetworkIndex) -> list[int]:
    """What each block in a list takes, where each takes more than the one before it."""
    printed = network.sized.normal.printed(holder)
    taken: list[int] = []
    for child in printed.children if printed else ():
        ends = ends_of(join(holder, child.name), network) if child.children else None
        if ends is None or (taken and ends.taken <= taken[-1]):
            return []
        taken.append(ends.taken)
    return taken
