"""Classes that one decision changes: one class replaced wherever it stands, the classes of one family, layers missing

in the same places. Must not look at settings.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from archdiff.diff.decisions._proposal import Proposal, place_of
from archdiff.diff.network_index import Counterparts, NetworkIndex
from archdiff.model.finding import Finding
from archdiff.model.message import Message, message

_WORDS: Final = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z0-9]+(?![a-z])|_+")


def proposals(
    findings: Sequence[Finding], _both: Sequence[Counterparts], _ours: NetworkIndex, _theirs: NetworkIndex
) -> Iterator[Proposal]:
    """Decisions about classes; the findings are all differences."""
    pairs: dict[object, set[int]] = defaultdict(set)
    families: dict[object, set[int]] = defaultdict(set)
    lacking: dict[object, list[tuple[int, str]]] = defaultdict(list)
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
            lacking[finding.rule, holder, finding.count, finding.effect].append((number, place.class_name))
    for (ours, theirs, _), parts in pairs.items():  # type: ignore[misc]
        yield Proposal(message("replaced", ours=ours, theirs=theirs), frozenset(parts))
    for (ours, theirs, _), parts in families.items():  # type: ignore[misc]
        yield Proposal(message("decided-family", ours=ours, theirs=theirs), frozenset(parts), 2)
    for (rule, *_), found in lacking.items():  # type: ignore[misc]
        names = tuple(dict.fromkeys(name for _, name in found))
        if len(names) == len(found) > 1:
            side = "reference" if rule == "AD103" else "candidate"
            what = message("only-in", side=side, what=message("layers", names=names))
            yield Proposal(what, frozenset(number for number, _ in found), len(names))


def _classes(finding: Finding) -> tuple[str, str] | None:
    """The classes of a layer, or of a container, that another one stands for."""
    if finding.rule not in ("AD105", "AD108") or not (finding.candidate and finding.reference):
        return None
    what: object = finding.what
    while isinstance(what, Message) and what.code in ("because", "remarked"):
        what = what["what"]
    if isinstance(what, Message) and what.code in ("replaced", "container"):
        return str(what["ours"]), str(what["theirs"])
    return None


def _family(ours: str, theirs: str) -> tuple[str, str] | None:
    """`Bert` and `Roberta` of BertLayer and RobertaLayer; None where two names have no end in common."""
    a, b = _WORDS.findall(ours), _WORDS.findall(theirs)
    same = 0
    while same < min(len(a), len(b)) and a[-1 - same] == b[-1 - same]:
        same += 1
    if not same or same == len(a) or same == len(b):
        return None
    return "".join(a[:-same]), "".join(b[:-same])
