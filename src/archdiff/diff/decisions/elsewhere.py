"""What both networks have, in other places: a norm behind the pool, the stride of a pool, dilation for a stride.

Must not look at widths.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import Final

from archdiff.diff.decisions._names import classes_of
from archdiff.diff.decisions._proposal import Proposal, place_of, values
from archdiff.diff.messages import amount
from archdiff.diff.network_index import Counterparts, NetworkIndex
from archdiff.model.finding import Finding
from archdiff.model.message import message
from archdiff.model.network import Value

_NOTHING: Final = "Identity"


def proposals(
    findings: Sequence[Finding], _both: Sequence[Counterparts], ours: NetworkIndex, theirs: NetworkIndex
) -> Iterator[Proposal]:
    """Decisions about where something stands; the findings are all differences."""
    yield from _layers(findings)
    strides = {number: each for number, each in enumerate(findings) if each.setting == "stride"}
    for number, stride in strides.items():
        yield from _of_a_pool(number, stride, findings, (ours, theirs))
    for side in (0, 1):
        yield from _as_dilation(strides, findings, side)


def _layers(findings: Sequence[Finding]) -> Iterator[Proposal]:
    """A layer that stands for an Identity here, and an Identity for it there."""
    by_classes: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, finding in enumerate(findings):
        if classes := classes_of(finding):
            by_classes[classes].append(number)
    for (ours, theirs), here in by_classes.items() if any(_NOTHING in each for each in by_classes) else ():
        there = by_classes.get((theirs, ours), [])
        if theirs == _NOTHING and len(there) == 1:
            for number in here:
                both = findings[number], findings[there[0]]
                if both[0].count == both[1].count:
                    paths = [place_of(each).path for each in both]
                    what = message("decided-elsewhere", what=ours, ours=paths[0], theirs=paths[1])
                    yield Proposal(what, frozenset({number, there[0]}))


def _of_a_pool(
    number: int, stride: Finding, findings: Sequence[Finding], networks: tuple[NetworkIndex, NetworkIndex]
) -> Iterator[Proposal]:
    """A pool that only one side has, with the stride that a layer beside it has on the other."""
    for at, pool in enumerate(findings):
        if pool.rule not in ("AD103", "AD104") or pool.count != stride.count:
            continue
        side = 0 if pool.candidate else 1
        kept, moved = values(stride)[side], values(stride)[1 - side]
        leaf = networks[side].leaf(place_of(pool).path)
        own = leaf.settings.known("stride") if leaf and leaf.kind else None
        if own == moved and _area(kept) == 1 and _holders(pool, side) == _holders(stride, side):
            names = place_of(pool).class_name, place_of(stride).class_name
            what = message("decided-stride", stride=moved, ours=names[side], theirs=names[1 - side])
            yield Proposal(what, frozenset({number, at}))


def _as_dilation(strides: Mapping[int, Finding], findings: Sequence[Finding], side: int) -> Iterator[Proposal]:
    """Layers that do not stride on one side, where all that is dilated there alone stands behind."""
    flat = {number: each for number, each in strides.items() if _area(values(each)[side]) == 1}
    if not flat:
        return
    first = min(place_of(each).line for each in flat.values())
    behind = {number: each for number, each in enumerate(findings) if place_of(each).line > first}
    dilated = {number: each for number, each in behind.items() if each.setting == "dilation"}
    if not dilated or any(_area(values(each)[side]) <= _area(values(each)[1 - side]) for each in dilated.values()):
        return
    dilated_paths = frozenset.union(*(_paths(each, side) for each in dilated.values()))
    padded = {at for at, each in behind.items() if each.setting == "padding" and _paths(each, side) <= dilated_paths}
    told = [_told("dilation", dilated, side), _told("stride", flat, 1 - side)]
    what = message("replaced", ours=told[side], theirs=told[1 - side])
    yield Proposal(what, frozenset({*flat, *dilated, *padded}))


def _told(name: str, findings: Mapping[int, Finding], side: int) -> str:
    """`dilation 2x2, 4x4`."""
    return f"{name} {', '.join(dict.fromkeys(amount(values(each)[side]) for each in findings.values()))}"


def _area(value: Value) -> int:
    """Of a stride or a dilation; 0 of what is no number."""
    sizes = value if isinstance(value, tuple) else (value,)
    return prod(size for size in sizes if isinstance(size, int)) if all(isinstance(size, int) for size in sizes) else 0


def _paths(finding: Finding, side: int) -> frozenset[str]:
    return frozenset(place.path for pair in finding.all_places if (place := pair[side]))


def _holders(finding: Finding, side: int) -> frozenset[str]:
    return frozenset(path.rpartition(".")[0] for path in _paths(finding, side))
