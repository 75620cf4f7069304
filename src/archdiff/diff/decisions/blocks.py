"""Blocks of another kind, Bottleneck for BasicBlock: their class, with what a block of that kind has otherwise.

Must not join what only some of these blocks have, unless it follows from how wide they begin and end; nor stochastic
depth, which is chosen for the whole network.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Final, TypeAlias

from archdiff.diff.decisions._ends import ends_of
from archdiff.diff.decisions._lists import lists_named_as
from archdiff.diff.decisions._names import classes_of, family_of
from archdiff.diff.decisions._proposal import Proposal, is_depth_rate, place_of, values
from archdiff.diff.network_index import Counterparts, NetworkIndex
from archdiff.infer.block_facts import Sizes
from archdiff.infer.leaf import width_of
from archdiff.infer.stages import stages
from archdiff.model.finding import Finding, PlacePair
from archdiff.model.message import Message, message

#: what another kind of block may have otherwise than the one in its place: layers, their order, settings
_OF_A_BLOCK: Final = ("AD101", "AD102", "AD103", "AD104", "AD301")


_ASPECTS: Final = ("width", "input")
#: settings that are chosen for the whole network, and of no kind of block: how a norm and an activation are computed
_OF_NO_KIND: Final = frozenset({"eps", "approximate"})

#: which share of what a block of the candidate gives a number is, and its counterpart of the reference's
_Share: TypeAlias = tuple[Fraction, Fraction]


def proposals(
    findings: Sequence[Finding], _both: Sequence[Counterparts], ours: NetworkIndex, theirs: NetworkIndex
) -> Iterator[Proposal]:
    """Decisions about the kind of blocks; the findings are all differences.

    Settings are another kind's only where its layers are others too: beside a mere other name, another kernel is a
    decision of its own. Another eps or form of GELU is one anyway.
    """
    by_classes: dict[tuple[str, str], set[int]] = defaultdict(set)
    for number, finding in enumerate(findings):
        if finding.rule == "AD108" and (classes := classes_of(finding)) and classes[0] != classes[1]:
            by_classes[classes].add(number)
    families = Counter(family_of(*names) for names in by_classes)
    if not by_classes:
        return
    holders = [_only_holders(finding) for finding in findings]
    held = [stage.path for stage in stages(theirs.sized.network.root)]
    for names, parts in by_classes.items():
        family = family_of(*names)
        if family and families[family] > 1:  # such as Bert and Roberta: no kinds
            continue
        blocks = _OtherKind(findings, parts, (ours, theirs))
        if not blocks.are_repeated() or blocks.hold(held):
            continue
        inside = {
            number: finding
            for number, finding in enumerate(findings)
            if finding.rule in _OF_A_BLOCK
            and not is_depth_rate(finding)
            and any(blocks.counterparts.keys() >= each for each in holders[number])
        }
        times: Counter[object] = Counter()
        for finding in inside.values():
            times[_said(finding)] += finding.count
        in_all = {number: finding for number, finding in inside.items() if times[_said(finding)] >= blocks.times}
        if any(finding.rule != "AD301" for finding in in_all.values()):
            found = {
                number
                for number, each in in_all.items()
                if each.aspect not in _ASPECTS and each.setting not in _OF_NO_KIND
            }
            found |= blocks.widths(inside) | blocks.shortcuts(inside) | _moved(inside)
            found |= {number for number, finding in enumerate(findings) if blocks.is_behind(finding)}
        else:
            found = blocks.widths(in_all)
        if found:
            yield Proposal(_message(names, blocks), frozenset(parts | found))


def _message(names: tuple[str, str], blocks: _OtherKind) -> Message:
    """`BasicBlock, not Bottleneck, in all 16 blocks`; without their number where they stand in no lists."""
    most = min(map(blocks.beside, (0, 1)))
    if not most:
        return message("replaced", ours=names[0], theirs=names[1])
    every = "both" if most == 2 else f"all {most}"
    some = every if blocks.times >= most else f"{blocks.times} of {most}"
    return message("decided-blocks", ours=names[0], theirs=names[1], blocks=some)


def _is_of_a_kind(finding: Finding) -> bool:
    return finding.aspect not in _ASPECTS and finding.setting not in _OF_NO_KIND


def _said(finding: Finding) -> object:
    """What it says, wherever: of blocks in two lists there are two findings."""
    return finding.rule, finding.what, finding.setting, repr(values(finding)), place_of(finding).class_name


def _only_holders(finding: Finding) -> list[set[str]]:
    """For each depth the paths of what holds its places."""
    paths = [place.path.split(".") for pair in finding.all_places for place in pair if place]
    deepest = min(map(len, paths))
    return [{".".join(path[: len(path) - up]) for path in paths} for up in range(1, deepest)]


class _OtherKind:
    """Blocks of one class that stand for blocks of another one, and how wide they begin and end."""

    def __init__(self, findings: Sequence[Finding], parts: Iterable[int], networks: tuple[NetworkIndex, ...]) -> None:
        places = [(a, b) for number in parts for a, b in findings[number].all_places if a and b]
        both = [(a.path, b.path) for a, b in places]
        self._last = max((b for _, b in places), key=lambda place: place.line, default=None)
        self.times = sum(findings[number].count for number in parts)
        self._both = both
        self.counterparts = {pair[1]: pair for pair in both} | {pair[0]: pair for pair in both}
        self._networks = networks
        self._known: dict[tuple[str, int], Sizes | None] = {}
        beside = (each for each in findings if each.aspect == "width" and not any(map(self._ends, each.all_places)))
        self._outside = set(map(self._ratio, beside))  # what one factor changes outside of them too is no kind's

    def are_repeated(self) -> bool:
        """Whether there are several, or they are of a list: a single container holds decisions of its own."""
        return self.times > 1 or all(path.rpartition(".")[2].isdigit() for _, path in self._both)

    def hold(self, paths: Iterable[str]) -> bool:
        """Whether one of these stands in one of them: what holds stages is no block."""
        return any(around in self.counterparts for path in paths for around in (path, *_holders(path)))

    def beside(self, side: int) -> int:
        """How many blocks of any kind stand in their lists, and in those named alike; 0 where they are of none."""
        places = [pair[side].rpartition(".") for pair in self._both]
        if not all(name.isdigit() for _, _, name in places):
            return 0
        network = self._networks[side]
        alike = {path for holder, _, _ in places for path in (holder, *lists_named_as(holder, network))}
        lists = map(network.sized.normal.printed, alike)
        return sum(child.repeat for each in lists if each for child in each.children if child.children)

    def widths(self, inside: Mapping[int, Finding]) -> set[int]:
        """Findings about how wide they begin and end, and that one kind is inside as wide, the other by one factor."""
        shares = {
            number: self._shares(finding)
            for number, finding in inside.items()
            if finding.aspect in _ASPECTS and self._ratio(finding) not in self._outside
        }
        counted = Counter(share for found in shares.values() for share in found if share and 1 in share)
        ends = {(Fraction(1), Fraction(1)), *(share for share, _ in counted.most_common(2))}
        return {number for number, found in shares.items() if ends.issuperset(found)}

    def shortcuts(self, inside: Mapping[int, Finding]) -> set[int]:
        """Findings that only one of two blocks has a shortcut with layers, as only its ends differ."""
        return {number for number, finding in inside.items() if all(map(self._is_a_shortcut, finding.all_places))}

    def _ratio(self, finding: Finding) -> Fraction | None:
        ours, theirs = map(width_of, values(finding))
        return Fraction(ours, theirs) if type(ours) is int and type(theirs) is int and theirs else None

    def is_behind(self, finding: Finding) -> bool:
        """Whether a layer behind all of them takes what the last one gives."""
        if finding.aspect != "input" or not self._last or place_of(finding).line < self._last.line:
            return False
        ours, theirs = (self._widths(self.counterparts[self._last.path][side], side) for side in (0, 1))
        given = (ours.given, theirs.given) if ours and theirs else None
        return given is not None and tuple(map(width_of, values(finding))) == given

    def _shares(self, finding: Finding) -> set[_Share | None]:
        """Which share of what its blocks give the numbers are, here and there; 1 for what they take too."""
        ours, theirs = map(width_of, values(finding))
        ends = [self._ends(pair) for pair in finding.all_places]
        if type(ours) is not int or type(theirs) is not int:
            return {None}
        return {both and (_share(ours, both[0]), _share(theirs, both[1])) for both in ends}

    def _is_a_shortcut(self, pair: PlacePair) -> bool:
        ends = self._ends(pair)
        if ends is None or all(pair):
            return False
        side = 0 if pair[0] else 1
        place, own, other = pair[side], ends[side], ends[1 - side]
        if own.taken == own.given or other.taken != other.given or place is None:
            return False
        return self._widths(place.path, side) == own

    def _ends(self, pair: PlacePair) -> tuple[Sizes, Sizes] | None:
        """Of the block around a place, and of its counterpart."""
        place = pair[1] or pair[0]
        around = _holders(place.path) if place else ()
        both = next((self.counterparts[path] for path in around if path in self.counterparts), None)
        ours, theirs = (self._widths(path, side) for side, path in enumerate(both)) if both else (None, None)
        return (ours, theirs) if ours and theirs else None

    def _widths(self, path: str, side: int) -> Sizes | None:
        if (path, side) not in self._known:
            self._known[path, side] = ends_of(path, self._networks[side])
        return self._known[path, side]


def _share(width: int, ends: Sizes) -> Fraction:
    return Fraction(1) if width in ends else Fraction(width, ends.given or 1)


def _holders(path: str) -> Iterator[str]:
    while path:
        path = path.rpartition(".")[0]
        yield path


def _moved(inside: Mapping[int, Finding]) -> set[int]:
    """Findings about one setting that tell of the opposite change in the same blocks: another layer has the stride."""
    found: dict[object, set[int]] = defaultdict(set)
    for number, finding in inside.items():
        if finding.setting:
            blocks = tuple(
                tuple(place and place.path.rpartition(".")[0] for place in pair) for pair in finding.all_places
            )
            found[finding.setting, blocks, frozenset(map(repr, values(finding)))].add(number)
    groups = [[(number, values(inside[number])) for number in group] for group in found.values()]
    return {
        number
        for group in groups
        for number, (ours, theirs) in group
        if any(other == (theirs, ours) for _, other in group)
    }
