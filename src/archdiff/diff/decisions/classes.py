"""Classes that one decision changes, wherever they stand: one, those of a family, those of layers that are missing.

Must not look at settings.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from archdiff.diff.decisions._proposal import Proposal, numberless, place_of
from archdiff.diff.network_index import Counterparts, NetworkIndex
from archdiff.model.effects import Effect
from archdiff.model.finding import Finding
from archdiff.model.message import Message, message

_WORDS: Final = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z0-9]+(?![a-z])|_+")


def proposals(
    findings: Sequence[Finding], _both: Sequence[Counterparts], _ours: NetworkIndex, _theirs: NetworkIndex
) -> Iterator[Proposal]:
    """Decisions about classes; the findings are all differences."""
    pairs: dict[tuple[str, str, Effect], set[int]] = defaultdict(set)
    families: dict[tuple[str, str, Effect], set[int]] = defaultdict(set)
    lacking: dict[tuple[str, object], list[tuple[int, str]]] = defaultdict(list)
    for number, finding in enumerate(findings):
        classes = _classes(finding)
        if classes:
            if classes[0] != classes[1]:
                pairs[(*classes, finding.effect)].add(number)
            if family := _family(*classes):
                families[(*family, finding.effect)].add(number)
        elif finding.rule in ("AD103", "AD104"):
            place = place_of(finding)
            holder = place.path.rpartition(".")[0]
            if finding.count > 1:  # layers that are missing together again and again
                lacking[finding.rule, (holder, finding.count, finding.effect)].append((number, place.class_name))
            name = place.path[len(holder) :].lstrip(".")
            name = numberless(place.path) if name.isdigit() else name  # a number alone says nothing of another list
            lacking[finding.rule, (name, place.class_name, finding.effect)].append((number, place.class_name))
    yield from _blocks_of_another_kind(findings)
    yield from _orders(findings)
    for (ours, theirs, _), parts in pairs.items():
        yield Proposal(message("replaced", ours=ours, theirs=theirs), frozenset(parts))
    for (ours, theirs, _), parts in families.items():
        if all(findings[number].rule == "AD105" for number in parts):
            continue  # MaxPool2d and AvgPool2d are of no family
        yield Proposal(message("decided-family", ours=ours, theirs=theirs), frozenset(parts), 2)
    for (rule, _), found in lacking.items():
        names = tuple(dict.fromkeys(name for _, name in found))
        if len(names) in (1, len(found)):
            side = "reference" if rule == "AD103" else "candidate"
            what = message("only-in", side=side, what=message("layers", names=names))
            yield Proposal(what, frozenset(number for number, _ in found), len(names))


def _blocks_of_another_kind(findings: Sequence[Finding]) -> Iterator[Proposal]:
    """Another class of container, with what differs in each of its places.

    Widths are another kind's (GEGLU gives twice what GELU does); other settings only where its layers are others too:
    beside a mere other name, another kernel is a decision of its own. Another eps is one anyway.
    """
    by_classes: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)  # paths, and the finding that has each
    for number, finding in enumerate(findings):
        if finding.rule == "AD108" and (classes := _classes(finding)) and _family(*classes) is None:
            by_classes[classes] |= {place.path: number for pair in finding.all_places for place in pair if place}
    if not by_classes:
        return
    inside = [_only_holders(finding) for finding in findings]
    for (ours, theirs), paths in by_classes.items():
        parts = set(paths.values())
        inner: set[int] = set()
        times = sum(findings[number].count for number in parts)
        for number, finding in enumerate(findings):
            if (
                finding.rule in _OF_A_BLOCK
                and finding.count >= times
                and any(paths.keys() >= each for each in inside[number])
            ):
                inner.add(number)
        others = {number for number in inner if findings[number].rule != "AD301"}
        parts |= {
            number
            for number in inner
            if findings[number].aspect in ("width", "input") or (others and findings[number].setting != "eps")
        }
        yield Proposal(message("replaced", ours=ours, theirs=theirs), frozenset(parts))


def _orders(findings: Sequence[Finding]) -> Iterator[Proposal]:
    """The same two layers in the other order wherever they stand."""
    orders: dict[Message, set[int]] = defaultdict(set)
    for number, finding in enumerate(findings):
        if finding.rule in ("AD101", "AD102") and finding.what:
            orders[finding.what].add(number)
    for what, parts in orders.items():
        yield Proposal(what, frozenset(parts))


#: what another kind of block may have otherwise than the one in its place: layers, their order, settings
_OF_A_BLOCK: Final = ("AD101", "AD102", "AD103", "AD104", "AD301")


def _only_holders(finding: Finding) -> list[set[str]]:
    """For each depth the paths of what holds its places."""
    paths = [place.path.split(".") for pair in finding.all_places for place in pair if place]
    deepest = min(map(len, paths))
    return [{".".join(path[: len(path) - up]) for path in paths} for up in range(1, deepest)]


def _classes(finding: Finding) -> tuple[str, str] | None:
    """The classes of a layer, or of a container, that another one stands for."""
    if finding.rule not in ("AD105", "AD108") or not (finding.candidate and finding.reference):
        return None
    what: object = finding.what
    while isinstance(what, Message) and what.code in ("because", "remarked"):
        what = what["what"]
    names = dict(what.values) if isinstance(what, Message) else {}
    return (str(names["ours"]), str(names["theirs"])) if {"ours", "theirs"} <= names.keys() else None


def _family(ours: str, theirs: str) -> tuple[str, str] | None:
    """`Bert` and `Roberta` of BertLayer and RobertaLayer; None where two names have no end in common."""
    a, b = _WORDS.findall(ours), _WORDS.findall(theirs)
    same = 0
    while same < min(len(a), len(b)) and a[-1 - same] == b[-1 - same]:
        same += 1
    if not same or same == len(a) or same == len(b):
        return None
    return "".join(a[:-same]), "".join(b[:-same])
