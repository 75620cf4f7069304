"""Settings that one decision changes: the same value everywhere, several settings of one layer, a rate along the depth.

Must not look at widths.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from archdiff.diff.decisions._proposal import Proposal, place_of, values
from archdiff.diff.network_index import Counterparts, NetworkIndex, leaf_pairs
from archdiff.model.effects import Effect
from archdiff.model.finding import Finding
from archdiff.model.message import Message, message
from archdiff.model.network import Value

#: of a window over its input: two classes may change these alike for reasons of their own
_OF_A_WINDOW: Final = ("kernel_size", "stride", "padding", "output_padding", "dilation", "ceil_mode")

_Numbered = tuple[int, Finding]


def proposals(
    findings: Sequence[Finding], both: Sequence[Counterparts], _ours: NetworkIndex, _theirs: NetworkIndex
) -> Iterator[Proposal]:
    """Decisions about settings; the findings are all differences."""
    settings = [
        (number, finding)
        for number, finding in enumerate(findings)
        if finding.setting and finding.candidate and finding.reference and finding.aspect not in ("width", "input")
    ]
    yield from _everywhere(settings, both)
    yield from _of_one_layer(settings)
    yield from _along_the_depth(settings)


def _everywhere(settings: Sequence[_Numbered], both: Sequence[Counterparts]) -> Iterator[Proposal]:
    """One setting of layers of several classes, or with several reasons, that changed in the same way.

    Where layers keep the value that others changed, it says how many changed. What a window over the input has is one
    decision for layers of one class alone.
    """
    groups: dict[object, list[_Numbered]] = defaultdict(list)
    for number, finding in settings:
        of_class = place_of(finding).class_name if finding.setting in _OF_A_WINDOW else ""
        groups[finding.setting, of_class, repr(values(finding)), finding.effect].append((number, finding))
    several = [group for group in groups.values() if len(group) > 1]
    kept = _kept(both, {(str(finding.setting), repr(values(finding)[1])) for ((_, finding), *_) in several})
    for group in several:
        findings = [finding for _, finding in group]
        changed = {pair[1].path for finding in findings for pair in finding.all_places if pair[1]}
        stay = kept[str(findings[0].setting), repr(values(findings[0])[1])]
        yield Proposal(_setting(findings[0], len(changed), stay), frozenset(number for number, _ in group))


def _kept(both: Sequence[Counterparts], wanted: set[tuple[str, str]]) -> Counter[tuple[str, str]]:
    """How many layers have a value of a setting in both networks."""
    found: Counter[tuple[str, str]] = Counter()
    names = {name for name, _ in wanted}
    for pair in both if wanted else ():
        for a, b in leaf_pairs(pair):
            fields = b.kind.fields if b.kind and b.kind is a.kind else ()
            for name in names.intersection(field.name for field in fields):
                value = b.settings.known(name)
                if (name, repr(value)) in wanted and a.settings.known(name) == value:
                    found[name, repr(value)] += 1
    return found


def _setting(finding: Finding, changed: int, stay: int) -> Message:
    ours, theirs = values(finding)
    some = {"changed": changed, "layers": changed + stay} if stay else {}
    code = "decided-setting-of-some" if stay else "decided-setting"
    return message(code, name=finding.setting, ours=_shown(ours), theirs=_shown(theirs), **some)


def _shown(value: Value) -> object:
    return str(value) if value is None or isinstance(value, bool) else value


def _of_one_layer(settings: Sequence[_Numbered]) -> Iterator[Proposal]:
    """Settings of one layer that changed by one decision: the kernel with its stride, or with the padding it needs."""
    groups: dict[object, list[_Numbered]] = defaultdict(list)
    for number, finding in settings:
        places = tuple((a and a.path, b and b.path) for a, b in finding.all_places)
        groups[places, finding.effect].append((number, finding))
    for group in groups.values():
        by_name = {finding.setting: (number, finding) for number, finding in group}
        for first in by_name:
            same = [each for each in group if _belongs(each[1], by_name[first][1])]
            parts = [by_name[first], *same]
            main = by_name[first][1]
            ours, theirs = map(_shown, values(main))
            equal = [str(finding.setting) for _, finding in parts if values(finding) == values(main)]
            code = "decided-setting" if len(equal) == len(parts) else "decided-setting-padded"
            what = message(code, name=" and ".join(equal), ours=ours, theirs=theirs)
            yield Proposal(what, frozenset(number for number, _ in parts))


def _belongs(finding: Finding, main: Finding) -> bool:
    """Whether a setting follows from another one: of equal values, or the padding that keeps the size."""
    if finding.setting == main.setting:
        return False
    if isinstance(values(main)[0], bool):
        return False
    if values(finding) == values(main):
        return True
    wide = {"kernel_size", "dilation"}
    if finding.setting == "padding" and main.setting in wide:
        return all(map(_keeps_the_size, values(finding), values(main), (main.setting,) * 2))
    return False


def _keeps_the_size(padding: Value, value: Value, name: str) -> bool:
    """Whether a padding is what a kernel of this size needs, or is the dilation of a kernel of 3."""
    if isinstance(padding, tuple) and isinstance(value, tuple):
        return len(padding) == len(value) and all(
            _keeps_the_size(one, other, name) for one, other in zip(padding, value, strict=True)
        )
    if not isinstance(padding, int) or not isinstance(value, int):
        return False
    return padding == value if name == "dilation" else padding in (value // 2, value - 1)


def _along_the_depth(settings: Sequence[_Numbered]) -> Iterator[Proposal]:
    """A rate that grows from block to block: stochastic depth. It is one of layers in the same place of each block."""
    groups: dict[object, list[_Numbered]] = defaultdict(list)
    for number, finding in settings:
        if finding.effect is Effect.TRAINING and all(isinstance(value, float | int) for value in values(finding)):
            path = place_of(finding).path
            if any(map(str.isdigit, path.split("."))):
                groups[finding.setting, place_of(finding).class_name, _name(path)].append((number, finding))
    for group in groups.values():
        if len(group) < 3:
            continue
        ordered = sorted(group, key=lambda each: place_of(each[1]).line)
        sides = [[values(finding)[side] for _, finding in ordered] for side in (0, 1)]
        if all(all(a <= b for a, b in pairwise(side)) for side in sides):  # type: ignore[operator]
            what = message(
                "decided-rate",
                name=group[0][1].setting,
                class_name=place_of(group[0][1]).class_name,
                ours=_rate(sides[0][-1]),
                theirs=_rate(sides[1][-1]),
            )
            yield Proposal(what, frozenset(number for number, _ in group))


def _name(path: str) -> str:
    """The last name that is no number: `drop_path1`."""
    return next((name for name in reversed(path.split(".")) if not name.isdigit()), "")


def _rate(value: Value) -> str:
    return f"{value:.3g}"
