"""Widths that one decision changes: one number wherever it returns, or all by one factor.

A number that became the same other number is one dimension where nothing contradicts it: a layer in the same role that
keeps the number, between two that changed it, parts them. Must not look at other settings.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from math import gcd
from typing import Final, NamedTuple

from archdiff.diff.decisions._names import name_of
from archdiff.diff.decisions._proposal import Proposal, numberless, place_of, values
from archdiff.diff.network_index import Counterparts, NetworkIndex, leaf_pairs
from archdiff.infer.leaf import width_of
from archdiff.model.finding import Finding
from archdiff.model.message import message
from archdiff.semantics.kinds import by_name

_ASPECTS: Final = ("width", "input")
_SETTINGS: Final = ("num_embeddings", "n", "groups")
_POSITION: Final = re.compile(r"setting \d+")  # of a class of somebody
_ROUNDED_TO: Final = 8  # widths are, where a factor does not give a whole multiple
_SHOWN: Final = 5
_MOST_PARTS: Final = 16  # of the denominator of a factor that somebody chose

#: the candidate's and the reference's number
_Change = tuple[int, int]


class _Slot(NamedTuple):
    """Where a number stands: line and path in the reference, and role, as `layers.#.fc1.out_features`."""

    line: int
    path: str
    role: str


class _Width(NamedTuple):
    """A finding that one number is another."""

    number: int
    finding: Finding
    change: _Change


def proposals(
    findings: Sequence[Finding], both: Sequence[Counterparts], _ours: NetworkIndex, _theirs: NetworkIndex
) -> Iterator[Proposal]:
    """Decisions about widths; the findings are all differences."""
    widths = list(_widths(findings))
    if len(widths) < 2:
        return
    by_change: dict[_Change, list[_Width]] = defaultdict(list)
    for width in widths:
        by_change[width.change].append(width)
    kept, some_stay = _kept(both, {theirs for _, theirs in by_change})
    for change, group in by_change.items():
        for part in _connected(group, kept.get(change[1], ())):
            named = name_of([width.finding for width in part])
            what = message("decided-width", name=named, ours=change[0], theirs=change[1])
            yield Proposal(what, _numbers(part))
    yield from _by_factor(by_change, some_stay)
    yield from _rounded(by_change)
    yield from _by_difference(by_change)


def _numbers(widths: Iterable[_Width]) -> frozenset[int]:
    return frozenset(width.number for width in widths)


def _widths(findings: Sequence[Finding]) -> Iterator[_Width]:
    """Findings that one number of a layer is another; groups of convolutions where these follow from a width."""
    named = {field.name for kind in by_name().values() for field in kind.fields if field.aspect in _ASPECTS}
    named |= set(_SETTINGS)  # in a class of somebody too
    groups: list[_Width] = []
    known: dict[str, _Change] = {}  # by the path of a layer of the candidate
    for number, finding in enumerate(findings):
        if finding.setting is None or not (finding.candidate and finding.reference):
            continue
        ours, theirs = map(width_of, values(finding))
        if type(ours) is not int or type(theirs) is not int or not ours or not theirs:
            continue
        width = _Width(number, finding, (ours, theirs))
        if finding.setting == "groups":
            groups.append(width)
        elif finding.aspect in _ASPECTS or finding.setting in named or _POSITION.fullmatch(finding.setting):
            known |= {a.path: width.change for a, _ in finding.all_places if a}
            yield width
    of_widths = len({width.change for width in groups}) > 1  # as many channels to each group
    for width in groups:
        change = known.get(width.finding.candidate.path if width.finding.candidate else "")
        if change is not None and (of_widths or change == width.change):
            yield width._replace(change=change)


def _kept(both: Sequence[Counterparts], wanted: set[int]) -> tuple[Mapping[int, Sequence[_Slot]], bool]:
    """Where numbers of the reference stand in both networks, by the number.

    Args:
        both: The layers, and the blocks, that stand for each other.
        wanted: Numbers that are others somewhere.

    Returns:
        The places, and whether any layer but the last gives as many features in both, of whatever number.
    """
    found: dict[int, list[_Slot]] = defaultdict(list)
    gives: list[bool] = []  # of each layer that decides a width, whether it stays
    for pair in both:
        for a, b in leaf_pairs(pair):
            for field in b.kind.fields if b.kind and b.kind is a.kind else ():
                if field.aspect in _ASPECTS or field.name in _SETTINGS:
                    value = width_of(b.settings.known(field.name))
                    stays = type(value) is int and width_of(a.settings.known(field.name)) == value
                    if field.aspect == "width":
                        gives.append(stays)
                    if stays and isinstance(value, int) and value in wanted:
                        found[value].append(_Slot(b.line, b.path, f"{numberless(b.path)}.{field.name}"))
    return {value: sorted(slots) for value, slots in found.items()}, any(gives[:-1])


def _connected(group: Sequence[_Width], kept: Sequence[_Slot]) -> list[list[_Width]]:
    """Widths that changed alike, parted where a layer between two of them keeps the number.

    It does not part them where it stands beside both in one container, as the queries do whose width is another thing
    than that of the residual stream, unless its role is that of one that changed. Parts with one role in common, as of
    the queries of an encoder and of a decoder, are one.
    """
    ordered = sorted(group, key=lambda width: place_of(width.finding).line)
    changed = {slot.role for width in ordered for slot in _slots(width.finding)}
    lines = [slot.line for slot in kept]
    parts: list[list[_Width]] = []
    last: _Slot | None = None
    for width in ordered:
        slots = _slots(width.finding)
        first, end = slots[0], max(slots, key=lambda slot: slot.line)
        between = kept[bisect_right(lines, last.line) : bisect_left(lines, first.line)] if last else kept[:0]
        beside = _holder(first) if last and _holder(first) == _holder(last) else None
        if last is None or any(slot.role in changed or _holder(slot) != beside for slot in between):
            parts.append([])
        parts[-1].append(width)
        last = end if last is None or end.line >= last.line else last
    return _of_one_role(parts, {_local(slot) for slot in kept})


def _slots(finding: Finding) -> list[_Slot]:
    """Where a changed number stands, and where it goes from there; the finding's own place first."""
    return [
        _Slot(place.line, place.path, f"{numberless(place.path)}.{each.setting}")
        for each in (finding, *finding.consequences)
        for pair in each.all_places
        for place in (pair[1] or pair[0],)
        if place
    ]


def _holder(slot: _Slot) -> str:
    """The container that it stands in, without numbers."""
    return slot.role.rsplit(".", 2)[0] if slot.role.count(".") > 1 else ""


def _local(slot: _Slot) -> str:
    """`SelfAttention.q.out_features`, wherever that stands."""
    return ".".join(slot.role.split(".")[-3:])


def _of_one_role(parts: Sequence[list[_Width]], kept: Collection[str]) -> list[list[_Width]]:
    """Parts in which the same layers changed, wherever they stand, as one."""
    owners: dict[str, list[_Width]] = {}
    joined: dict[int, list[_Width]] = {}
    for part in parts:
        roles = {_local(slot) for width in part for slot in _slots(width.finding)}.difference(kept)
        known = {id(owners[role]): owners[role] for role in roles if role in owners}
        largest = max([part, *known.values()], key=len)
        for other in [part, *known.values()]:
            joined.pop(id(other), None)
            if other is not largest:
                largest += other
                for width in other:
                    owners |= {_local(slot): largest for slot in _slots(width.finding) if _local(slot) not in kept}
        owners |= dict.fromkeys(roles, largest)
        joined[id(largest)] = largest
    return [sorted(part, key=lambda width: width.number) for part in joined.values()]


def _by_factor(by_change: Mapping[_Change, list[_Width]], some_stay: bool) -> Iterator[Proposal]:
    """All widths whose numbers have one ratio."""
    by_ratio: dict[_Change, list[_Change]] = defaultdict(list)
    for change in by_change:
        by_ratio[_ratio(change)].append(change)
    for ratio, changes in by_ratio.items():
        if len(changes) > 1:
            parts = [width for change in changes for width in by_change[change]]
            if ratio[1] > _MOST_PARTS:  # what is twice another width, and is no multiple of an older one
                smallest = min(changes, key=lambda change: change[1])
                named = name_of([width.finding for width in parts])
                what = message("decided-width", name=named, ours=smallest[0], theirs=smallest[1])
                yield Proposal(what, _numbers(parts), len(changes))
                continue
            ours, theirs = _listed(changes)
            every = "every width" if len(by_ratio) == 1 and not some_stay else "widths"
            what = message(
                "decided-factor",
                every=every,
                factor=f"{ratio[0]}/{ratio[1]}" if ratio[1] > 1 else str(ratio[0]),
                ours=ours,
                theirs=theirs,
            )
            yield Proposal(what, _numbers(parts), len(changes))


def _ratio(change: _Change) -> _Change:
    """Numerator and denominator of the factor between two widths, in lowest terms."""
    common = gcd(*change)
    return change[0] // common, change[1] // common


def _rounded(by_change: Mapping[_Change, list[_Width]]) -> Iterator[Proposal]:
    """Widths by one factor that were rounded to multiples."""
    changes = sorted(by_change, key=lambda change: change[1])
    if len(changes) < 3:
        return
    best: list[_Change] = []
    taken = 0.0
    for factor in sorted({ours / theirs for ours, theirs in changes}):
        near = {change for change in changes if abs(change[0] - factor * change[1]) <= _tolerance(change)}
        ratios = {_ratio(change) for change in near}  # what is a multiple of a rounded width
        found = [change for change in changes if _ratio(change) in ratios]
        if len(found) > len(best):
            best, taken = found, factor
    exact = {_ratio(change) for change in best}
    if len(best) > 2 and len(exact) > 1:
        parts = [width for change in best for width in by_change[change]]
        ours, theirs = _listed(best)
        yield Proposal(
            message("decided-widths", factor=f"{taken:.2g}", ours=ours, theirs=theirs), _numbers(parts), len(best) + 1
        )


def _by_difference(by_change: Mapping[_Change, list[_Width]]) -> Iterator[Proposal]:
    """Widths that differ by one number, as behind a dense block that has more layers."""
    by_difference: dict[int, list[_Change]] = defaultdict(list)
    for ours, theirs in by_change:
        by_difference[ours - theirs].append((ours, theirs))
    for difference, changes in by_difference.items():
        if len(changes) > 2:
            parts = [width for change in changes for width in by_change[change]]
            listed = dict(zip(("ours", "theirs"), _listed(changes), strict=True))
            what = message("decided-difference", difference=f"{difference:+}", **listed)
            yield Proposal(what, _numbers(parts), len(changes) + 1)


def _tolerance(change: _Change) -> float:
    """How far rounding moves a width: half a multiple where it is one, else what a share of a rounded width moves."""
    return min(_ROUNDED_TO, 0.2 * max(change))


def _listed(changes: Iterable[_Change]) -> tuple[str, str]:
    ordered = sorted(changes, key=lambda change: (change[1], change[0]))
    more = f" and {len(ordered) - _SHOWN} more" if len(ordered) > _SHOWN + 1 else ""
    shown = ordered if not more else ordered[:_SHOWN]
    ours, theirs = (", ".join(str(change[side]) for change in shown) for side in (0, 1))
    return ours + more, theirs + more
