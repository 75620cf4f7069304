"""What some layers keep that most layers in their role changed: `p 0.2, not 0.1, but layers.1 keeps 0.1`.

It is told of one finding in several places, and of a decision about the settings of such layers. A layer counts where
it has the role, the class and the reference's value of those that changed. Must not change what is explained; which
widths stay is not decided here.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Final, NamedTuple, TypeAlias

from archdiff.diff import messages
from archdiff.diff.decisions._names import classes_of
from archdiff.diff.decisions._proposal import is_depth_rate, shown, values
from archdiff.diff.decisions.exceptions import keeps, places, roles
from archdiff.diff.network_index import Counterparts, leaf_pairs
from archdiff.infer import SizedOccurrence
from archdiff.infer.leaf import Leaf, width_of
from archdiff.model.effects import Effect
from archdiff.model.finding import Finding, Place
from archdiff.model.memo import Memo, Same
from archdiff.model.message import Message, message
from archdiff.model.network import UNKNOWN, join

_OF_SETTINGS: Final = ("decided-setting", "decided-setting-padded")
_DIGITS: Final = re.compile(r"\d+")
_AROUND: Final = ("because", "remarked")


class _Value(NamedTuple):
    """What layers have in common that may keep one value."""

    role: str  # `#.mlp.act.`
    class_name: str
    setting: str  # "" where it is the class
    value: str  # as Python writes it


class _KeptSetting(NamedTuple):
    """A value that is the same in two layers."""

    ours: str  # path in the candidate
    theirs: str
    class_name: str
    setting: str
    value: object


#: the candidate's paths of the layers that have it in both networks
Kept: TypeAlias = Mapping[_Value, Sequence[str]]
#: the candidate's paths with the widths that stay there, but for the ends of the network
Widths: TypeAlias = Callable[[], Container[tuple[str, int]]]


def kept(findings: Iterable[Finding], both: Sequence[Counterparts]) -> Kept:
    """Where values stay that others changed.

    Args:
        findings: All differences.
        both: The layers, and the blocks, that stand for each other.
    """
    several = [each for each in findings if _may_tell(each)]
    wanted: dict[str, set[str]] = defaultdict(set)  # settings by class
    for finding in (each for one in several for each in (one, *one.consequences)):
        if finding.reference:
            wanted[finding.reference.class_name].add(finding.setting or "")
    in_blocks = Memo(lambda ours, theirs: tuple(_staying(zip(ours.leaves, theirs.of.leaves, strict=True), wanted)))
    in_roles = cache(lambda around, inner, *value: tuple(_values(join(around, inner), *value)))
    found: dict[_Value, list[str]] = defaultdict(list)
    for pair in both if wanted else ():
        a, b = pair
        if isinstance(a, SizedOccurrence) and isinstance(b, SizedOccurrence):
            around = _DIGITS.sub("0", b.path)  # roles are the same in blocks whose numbers alone are others
            for stays in in_blocks(a.block.bare, Same(b.block.bare)):
                for value in in_roles(around, *stays[1:]):
                    found[value].append(join(a.path, stays.ours))
        else:
            for stays in _staying(leaf_pairs(pair), wanted):
                for value in _values(*stays[1:]):
                    found[value].append(stays.ours)
    return found


def _staying(pairs: Iterable[tuple[Leaf, Leaf]], wanted: Mapping[str, Iterable[str]]) -> Iterator[_KeptSetting]:
    """What stays of the settings that are asked for of each class."""
    for a, b in pairs:
        for name in wanted.get(b.layer.class_name, ()):
            if (value := _in_both(a, b, name)) is not None:
                yield _KeptSetting(a.path, b.path, b.layer.class_name, name, value)


def of_decision(what: Message, parts: Iterable[Finding], known: Callable[[], Kept], stays: Widths) -> Message:
    """A decision about settings, or about classes, with what keeps their value.

    Args:
        what: What it says.
        parts: The findings that it explains.
        known: The values that stay.
        stays: The widths that stay.
    """
    if what.code in _OF_SETTINGS:
        names = str(what["name"]).split(" and ")
        named = [each for each in parts if each.setting in names]
    else:
        named = [each for each in parts if what.code == "replaced" and each.rule == "AD105"]
    several = [each for each in named if _may_tell(each)]
    but = _but(several, known(), stays) if several else None
    return _with(what, but) if but else what


def of_finding(finding: Finding, known: Callable[[], Kept], stays: Widths) -> Finding:
    """A finding that stands for itself, with what keeps the reference's value.

    Args:
        finding: It is part of no decision.
        known: The values that stay.
        stays: The widths that stay.
    """
    if not _may_tell(finding) or finding.what is None or not (but := _but([finding], known(), stays)):
        return finding
    what = _with(finding.what, but)
    return replace(finding, what=what, message=messages.text(what), title=messages.title(what))


def told_of(finding: Finding) -> Message | None:
    """The exception that a finding tells; None where it tells none."""
    but = dict(core.values).get("but") if (core := _core(finding.what)) else None
    return but if isinstance(but, Message) else None


def _may_tell(finding: Finding) -> bool:
    """Whether it says of several layers that both values are others.

    What is spelling alone has no exceptions, and where stochastic depth has none follows from where a block stands.
    """
    core = _core(finding.what)
    says_it = core is not None and core.code == ("setting" if finding.setting else "replaced")
    if not says_it or len(finding.places) < 2 or finding.rule == "AD108":
        return False
    return finding.effect > Effect.STATE and not is_depth_rate(finding)


def _core(what: object) -> Message | None:
    """A message without its reasons and remarks."""
    while isinstance(what, Message) and what.code in _AROUND:
        what = what["what"]
    return what if isinstance(what, Message) else None


def _in_both(a: Leaf, b: Leaf, setting: str) -> object:
    """The value that two layers have, or the class; None where it is not the same or not known."""
    if not setting:
        return b.layer.class_name if a.layer.class_name == b.layer.class_name else None
    if b.kind is None or b.kind is not a.kind or b.kind.field(setting) is None:
        return None
    value = b.settings.known(setting)
    return repr(value) if value is not UNKNOWN and a.settings.known(setting) == value else None


def _values(path: str, class_name: str, setting: str, value: object) -> Iterator[_Value]:
    """One for each role that the layer has; that of a list of layers without names is of this list alone."""
    wide, by_name = roles(path, setting)
    holder, _, name = path.rpartition(".")
    in_list = name.isdigit() and not any(map(str.isdigit, holder.split(".")))
    for role in (by_name,) if in_list else (wide, by_name):
        yield _Value(role, class_name, setting, str(value))


def _of(place: Place, finding: Finding) -> Iterator[_Value]:
    value = repr(place.value) if finding.setting else place.class_name
    return _values(place.path, place.class_name, finding.setting or "", value)


def _but(findings: Sequence[Finding], known: Kept, stays: Widths) -> Message | None:
    """Where a value stays that most layers in the same role changed; None where it stays nowhere."""
    paths = list(dict.fromkeys(path for finding in findings for path in _paths(finding, known, stays)))
    if not paths:
        return None
    value = _kept_value(findings[0])
    changed = [a.path for finding in findings for a, _ in finding.places if a]
    return keeps((value, place) for place in places(paths, changed))


def _kept_value(finding: Finding) -> object:
    """What the reference has, as a message tells it."""
    _, theirs = values(finding)
    if finding.setting:
        return width_of(theirs) if _is_width(finding) else shown(theirs)
    classes = classes_of(finding)
    return classes and classes[1]


def _paths(finding: Finding, known: Kept, stays: Widths) -> Iterator[str]:
    changed = Counter(each for _, b in finding.places if b for each in _of(b, finding))
    stay = {each: known.get(each, ()) for each in changed}
    found = [path for each, times in changed.items() if len(stay[each]) < times for path in stay[each]]
    if not found or not _is_width(finding):
        yield from found
        return
    width = width_of(values(finding)[1])
    found = [path for path in found if isinstance(width, int) and (path, width) in stays()]
    yield from found
    holders = {path.rpartition(".")[0] for path in found}
    for each in finding.consequences:  # fc2 takes what fc1 keeps
        for value in _of(each.reference, each) if each.reference and each.setting else ():
            yield from (path for path in known.get(value, ()) if path.rpartition(".")[0] in holders)


def _is_width(finding: Finding) -> bool:
    return finding.aspect in ("width", "input")


def _with(what: Message, but: Message) -> Message:
    """The message with an exception, before its reasons and remarks, but behind the settings of another class."""
    inner = dict(what.values)
    said = inner.get("what")
    is_of_a_class = isinstance(said, Message) and said.code == "replaced"
    if isinstance(said, Message) and what.code in _AROUND and not (what.code == "remarked" and is_of_a_class):
        return message(what.code, **{**inner, "what": _with(said, but)})
    return message(what.code, **inner, but=but)
