"""Widths that one decision changes: one number wherever it returns, or all by one factor.

A number that became the same other number is one dimension where nothing contradicts it: a layer in the same role that
keeps the number, between two that changed it, parts them. One factor for several numbers explains all of them but
where a layer in a role of theirs keeps its number between them. Must not look at other settings.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import chain, islice
from math import inf
from typing import Final, NamedTuple

from archdiff.diff.decisions._ends import widths_of_stages
from archdiff.diff.decisions._names import name_of, setting_name
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

_NO_CHANCE: Final = 4  # as many numbers have exactly one factor by no coincidence, whatever stays between them

#: the candidate's and the reference's number
_Change = tuple[int, int]


class _Kept(NamedTuple):
    """Numbers that stay, with their lines in the reference.

    Attributes:
        by_role: Lines with their numbers, in order, by role: `layers.#.fc1.out_features`.
        by_value: Roles with their lines, by number.
    """

    by_role: dict[str, list[tuple[int, int]]]
    by_value: dict[int, list[tuple[str, int]]]


class _Width(NamedTuple):
    """A finding that one number is another."""

    number: int
    finding: Finding
    change: _Change


def proposals(
    findings: Sequence[Finding], both: Sequence[Counterparts], ours: NetworkIndex, theirs: NetworkIndex
) -> Iterator[Proposal]:
    """Decisions about widths; the findings are all differences."""
    widths = list(changed_widths(findings))
    if len(widths) < 2:
        return
    by_change: dict[_Change, list[_Width]] = defaultdict(list)
    for width in widths:
        by_change[width.change].append(width)
    numbers = {number for change in by_change for number in change} if len(by_change) == 1 else None
    kept, some_stay = _kept(both, {str(width.finding.setting) for width in widths}, numbers)
    for change, group in by_change.items():
        told: set[str] = set()
        for part in _parts(group, _lines_with(change, group, kept)):
            named = name_of([width.finding for width in part])
            if named in told:  # the same number for the same thing in another part of the network
                named = f"{place_of(part[0].finding).path}.{part[0].finding.setting}"
            told.add(named)
            what = message("decided-width", name=named, ours=change[0], theirs=change[1])
            yield Proposal(what, _numbers(part))
    ends = _ends(both) if len(widths) == 2 else ("", "")  # of two numbers one ratio is a coincidence
    scaled = {
        change: group
        for change, group in by_change.items()
        if not any(map(_counts_rows, group)) and ends not in map(_place_and_aspect, group)
    }
    listed, changed = _Listed(ours, theirs), _Changed(scaled)
    yield from _by_factor(changed, kept, some_stay, listed)
    yield from _rounded(changed, kept, listed)


def _numbers(widths: Iterable[_Width]) -> frozenset[int]:
    return frozenset(width.number for width in widths)


def _place_and_aspect(width: _Width) -> tuple[str, str] | None:
    """The path of the only layer that has it."""
    return (place_of(width.finding).path, width.finding.aspect) if width.finding.count == 1 else None


def _ends(both: Sequence[Counterparts]) -> tuple[str, str]:
    """The last layer that gives a width, which is that of the answers and scales with no other."""
    for pair in reversed(both):
        for _, leaf in reversed(list(leaf_pairs(pair))):
            if leaf.kind and any(field.aspect == "width" for field in leaf.kind.fields):
                return leaf.path, "width"
    return "", ""


def _counts_rows(width: _Width) -> bool:
    """Whether it is the size of a vocabulary, or how many positions there are: no width that a factor scales."""
    return setting_name(width.finding) == "num_embeddings"


def changed_widths(findings: Sequence[Finding]) -> Iterator[_Width]:
    """Findings that one number of a layer is another; groups of convolutions where these follow from a width.

    They follow where they are the width (a depthwise convolution), or where all others have as many channels to each
    group and several numbers of groups changed: one change alone, 1 to 2 beside widths x 2, may as well be a decision.
    """
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
    placed = [(width, known[a.path]) for width in groups if (a := width.finding.candidate) and a.path in known]
    apart = [(width, change) for width, change in placed if width.change != change]
    to_each = [{Fraction(change[side], width.change[side]) for width, change in apart} for side in (0, 1)]
    follow = len({width.change for width, _ in apart}) > 1 and all(len(sizes) == 1 for sizes in to_each)
    yield from (width._replace(change=change) for width, change in placed if follow or width.change == change)


def _kept(both: Sequence[Counterparts], settings: Container[str], numbers: Container[int] | None) -> tuple[_Kept, bool]:
    """Where numbers stand that are the same in both networks, by their roles; whether a width but the last stays.

    Args:
        both: The layers, and the blocks, that stand for each other.
        settings: Those that changed somewhere: no other has their roles.
        numbers: Which are asked for; None for all.
    """
    kept = _Kept(defaultdict(list), defaultdict(list))
    first, last = inf, 0
    for pair in both:
        for a, b in leaf_pairs(pair):
            for field in b.kind.fields if b.kind and b.kind is a.kind else ():
                if field.aspect in _ASPECTS or field.name in _SETTINGS:
                    value = width_of(b.settings.known(field.name))
                    stays = type(value) is int and width_of(a.settings.known(field.name)) == value
                    if type(value) is int and stays and field.name in settings and (not numbers or value in numbers):
                        of = role(b.path, field.name)
                        kept.by_role[of].append((b.line, value))
                        kept.by_value[value].append((of, b.line))
                    if field.aspect == "width":
                        last = max(last, b.line)
                        first = min(first, b.line) if stays else first
    for stay in kept.by_role.values():
        stay.sort()
    return kept, first < last


def role(path: str, setting: str) -> str:
    """What a number is for: the same in blocks of any list; where nothing is numbered, in all layers of one holder.

    Args:
        path: Of the layer.
        setting: Its setting.
    """
    names = path.split(".")
    first = next((at for at, name in enumerate(names) if name.isdigit()), None)
    if first is not None:
        last = "#" if names[-1].isdigit() else names[-1]
        return ".".join([*map(numberless, names[first:-1]), last, setting])
    return ".".join([*names[:-1], setting])


def _lines_with(change: _Change, group: Iterable[_Width], kept: _Kept) -> list[int]:
    """The lines where either number stays in a role of those that changed it: the same whichever network is which."""
    numbered = any(part.isdigit() for width in group for part in place_of(width.finding).path.split("."))
    roles = set(map(_role_of, group))
    stay = (each for value in set(change) for each in kept.by_value.get(value, ()))
    return sorted(line for of, line in stay if of in roles or not numbered)  # one of a kind each: anything parts them


def _lines_between(group: Iterable[_Width], kept: _Kept, rounded_by: float) -> list[int]:
    """The lines where a number stays that a factor would change, between two that changed in the same role."""
    changed: dict[str, list[int]] = defaultdict(list)
    for width in group:
        changed[_role_of(width)] += _lines(width)
    found: list[int] = []
    for of, lines in changed.items():
        stay = kept.by_role.get(of, ())
        between = stay[bisect_left(stay, (min(lines) + 1,)) : bisect_left(stay, (max(lines),))]
        found += [line for line, value in between if abs(1 - rounded_by) * value > _ROUNDED_TO / 2]
    return sorted(found)


def _role_of(width: _Width) -> str:
    return role(place_of(width.finding).path, str(width.finding.setting))


def _lines(width: _Width) -> list[int]:
    """Where it stands in the reference."""
    return [place.line for pair in width.finding.all_places for place in pair[1:] if place]


def _parts(group: Sequence[_Width], lines: Sequence[int]) -> Iterator[list[_Width]]:
    """Widths in printed order, parted where one of the lines stands between two."""
    part: list[_Width] = []
    last = 0
    for width in sorted(group, key=lambda width: place_of(width.finding).line):
        first = place_of(width.finding).line
        if part and bisect_left(lines, first) > bisect_right(lines, last):
            yield part
            part = []
        part.append(width)
        last = max(last, *_lines(width))
    yield part


class _Changed:
    """Widths that became others, by both numbers, and by their roles with the lines of the reference."""

    def __init__(self, by_change: Mapping[_Change, list[_Width]]) -> None:
        self.by_change = by_change
        self.by_role: dict[str, list[tuple[int, _Change]]] = defaultdict(list)
        for width in chain.from_iterable(by_change.values()):
            self.by_role[_role_of(width)] += [(line, width.change) for line in _lines(width)]
        for lines in self.by_role.values():
            lines.sort()


def _together(
    changes: Iterable[_Change],
    changed: _Changed,
    kept: _Kept,
    least: int,
    rounded_by: float = inf,
) -> Iterator[tuple[list[_Width], list[_Change]]]:
    """Widths that change together, with their numbers: those between which no layer in a role of theirs stays.

    Where more numbers became others in these roles between them, they have one ratio by chance.
    """
    group = [width for change in changes for width in changed.by_change[change]]
    for part in _parts(group, _lines_between(group, kept, rounded_by)):
        found = dict.fromkeys(width.change for width in part)
        by_chance = next(islice(_others_between(part, changed, found), len(found), None), None)
        if len(found) >= least and by_chance is None:
            yield part, list(found)


def _others_between(part: Sequence[_Width], changed: _Changed, found: Container[_Change]) -> Iterator[_Change]:
    """Each number that became another one by no rule of these widths, between them and in a role of theirs."""
    first, last = place_of(part[0].finding).line, max(map(max, map(_lines, part)))
    told: set[_Change] = set()
    for role_of_part in dict.fromkeys(map(_role_of, part)):
        lines = changed.by_role[role_of_part]
        for line, change in lines[bisect_left(lines, (first,)) :]:
            if line > last:
                break
            if change not in found and change not in told:
                told.add(change)
                yield change


def _by_factor(changed: _Changed, kept: _Kept, some_stay: bool, listed: _Listed) -> Iterator[Proposal]:
    """All widths whose numbers have one ratio."""
    by_ratio: dict[Fraction, list[_Change]] = defaultdict(list)
    for change in changed.by_change:
        by_ratio[Fraction(*change)].append(change)
    for ratio, same in by_ratio.items():
        stay = kept if len(same) < _NO_CHANCE else _Kept({}, {})
        for parts, changes in _together(same, changed, stay, 2):
            if ratio.denominator > _MOST_PARTS and len(changes) > 2:  # many parts of what somebody rounded once
                what = message("decided-widths", factor=f"{float(ratio):.2g}", **listed(changes))
            elif ratio.denominator > _MOST_PARTS:  # what is twice another width, and is no multiple of an older one
                smallest = min(changes, key=lambda change: change[1])
                named = name_of([width.finding for width in parts])
                what = message("decided-width", name=named, ours=smallest[0], theirs=smallest[1])
            else:
                every = "every width" if len(changes) == len(changed.by_change) and not some_stay else "widths"
                what = message("decided-factor", every=every, factor=str(ratio), **listed(changes))
            yield Proposal(what, _numbers(parts), len(changes))


def _rounded(changed: _Changed, kept: _Kept, listed: _Listed) -> Iterator[Proposal]:
    """Widths by one factor that were rounded to multiples; small changes, which rounding alone explains, show none."""
    changes = sorted(changed.by_change, key=lambda change: change[1])
    if len(changes) < 3:
        return
    ours, theirs = max(changes, key=max)  # rounding moves the largest least
    taken = ours / theirs
    near = {change for change in changes if abs(change[0] - taken * change[1]) <= _tolerance(change)}
    ratios = {Fraction(*change) for change in near}  # what is a multiple of a rounded width
    best = [change for change in changes if Fraction(*change) in ratios]
    usual, times = Counter(Fraction(*change) for change in best).most_common(1)[0] if best else (Fraction(), 0)
    if 4 * times >= 3 * len(best):  # few others, which are exceptions and no rounding where they are no multiples
        best = [each for each in best if Fraction(*each) == usual or not any(number % _ROUNDED_TO for number in each)]
    if 2 * sum(abs(ours - theirs) > _tolerance((ours, theirs)) for ours, theirs in best) < len(best):
        return
    for parts, found in _together(best, changed, kept, 3, taken):
        if len({Fraction(*change) for change in found}) > 1:
            what = message("decided-widths", factor=f"{taken:.2g}", **listed(found))
            yield Proposal(what, _numbers(parts), len(found) + 1)


def _tolerance(change: _Change) -> float:
    """How far rounding moves a width: half a multiple where it is one, else what a share of a rounded width moves."""
    return min(_ROUNDED_TO, 0.2 * max(change))


class _Listed:
    """Which numbers of many are told: the widths of the stages, else the smallest ones."""

    def __init__(self, *networks: NetworkIndex) -> None:
        self._networks = networks
        self._stages: list[_Change] | None = None  # not looked for yet

    def __call__(self, changes: Sequence[_Change]) -> dict[str, str]:
        ordered = sorted(changes, key=lambda change: (change[1], change[0]))
        if len(ordered) <= _SHOWN + 1:
            return _joined(ordered, "")
        if self._stages is None:
            sides = [widths_of_stages(network) for network in self._networks]
            self._stages = list(dict.fromkeys(zip(*sides, strict=False))) if len({*map(len, sides)}) == 1 else []
        if 1 < len(self._stages) <= 2 * _SHOWN and set(self._stages) <= set(changes):
            return _joined(self._stages, "")
        return _joined(ordered[:_SHOWN], f" and {len(ordered) - _SHOWN} more")


def _joined(changes: Iterable[_Change], more: str) -> dict[str, str]:
    return {name: ", ".join(str(each[side]) for each in changes) + more for side, name in enumerate(("ours", "theirs"))}
