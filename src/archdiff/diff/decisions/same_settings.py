"""Settings that one decision changes: the same value everywhere, several settings of one layer, a rate along the depth.

Must not look at widths.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from archdiff.diff.decisions._proposal import Proposal, place_of, values
from archdiff.diff.network_index import Counterparts, NetworkIndex
from archdiff.model.effects import Effect
from archdiff.model.finding import Finding
from archdiff.model.message import Message, message
from archdiff.model.network import Value

_Numbered = tuple[int, Finding]


def proposals(
    findings: Sequence[Finding], _both: Sequence[Counterparts], _ours: NetworkIndex, _theirs: NetworkIndex
) -> Iterator[Proposal]:
    """Decisions about settings; the findings are all differences."""
    settings = [
        (number, finding)
        for number, finding in enumerate(findings)
        if finding.setting and finding.candidate and finding.reference and finding.aspect not in ("width", "input")
    ]
    yield from _everywhere(settings)
    yield from _of_one_layer(settings)
    yield from _along_the_depth(settings)


def _everywhere(settings: Sequence[_Numbered]) -> Iterator[Proposal]:
    """One setting of layers of several classes, or with several reasons, that changed in the same way."""
    groups: dict[object, list[_Numbered]] = defaultdict(list)
    for number, finding in settings:
        groups[finding.setting, repr(values(finding)), finding.effect].append((number, finding))
    for group in groups.values():
        yield Proposal(_setting(group[0][1]), frozenset(number for number, _ in group))


def _setting(finding: Finding) -> Message:
    ours, theirs = values(finding)
    return message("decided-setting", name=finding.setting, ours=_shown(ours), theirs=_shown(theirs))


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
            names = tuple(str(finding.setting) for _, finding in parts)
            ours, theirs = values(by_name[first][1])
            what = message("decided-setting", name=_joined(names), ours=_shown(ours), theirs=_shown(theirs))
            yield Proposal(what, frozenset(number for number, _ in parts))


def _joined(names: tuple[str, ...]) -> str:
    return " and ".join(names)


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
    """A rate that grows from block to block: stochastic depth."""
    groups: dict[object, list[_Numbered]] = defaultdict(list)
    for number, finding in settings:
        if finding.effect is Effect.TRAINING and all(isinstance(value, float | int) for value in values(finding)):
            groups[finding.setting, place_of(finding).class_name].append((number, finding))
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


def _rate(value: Value) -> str:
    return f"{value:.3g}"
