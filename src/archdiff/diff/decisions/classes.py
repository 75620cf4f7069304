"""Classes that one decision changes, wherever they stand: one, those of a family, those of layers that are missing.

Must not look at settings.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from archdiff.diff.decisions._names import classes_of, family_of
from archdiff.diff.decisions._proposal import Proposal, numberless, place_of
from archdiff.diff.network_index import Counterparts, NetworkIndex
from archdiff.model.effects import Effect
from archdiff.model.finding import Finding, Place
from archdiff.model.message import Message, message
from archdiff.semantics import kinds
from archdiff.semantics.kinds import Trait


def proposals(
    findings: Sequence[Finding], _both: Sequence[Counterparts], _ours: NetworkIndex, _theirs: NetworkIndex
) -> Iterator[Proposal]:
    """Decisions about classes; the findings are all differences."""
    pairs: dict[tuple[Message, Effect], set[int]] = defaultdict(set)
    families: dict[tuple[str, str, Effect], set[int]] = defaultdict(set)
    lacking: dict[tuple[str, object], list[tuple[int, str]]] = defaultdict(list)
    for number, finding in enumerate(findings):
        classes = classes_of(finding)
        if classes:
            if classes[0] != classes[1]:
                pairs[_replaced(finding, classes), finding.effect].add(number)
            if family := family_of(*classes):
                families[(*family, finding.effect)].add(number)
        elif finding.rule in ("AD103", "AD104"):
            place = place_of(finding)
            holder = place.path.rpartition(".")[0]
            if finding.count > 1:  # layers that are missing together again and again
                lacking[finding.rule, (holder, finding.count, finding.effect)].append((number, place.class_name))
            name = place.path[len(holder) :].lstrip(".")
            if name.isdigit():  # a number alone says nothing of another list, unless norms stand in each of them
                name = "" if _is_norm(place) else numberless(place.path)
            lacking[finding.rule, (name, place.class_name, finding.effect)].append((number, place.class_name))
    yield from _orders(findings)
    for (what, _), parts in pairs.items():
        yield Proposal(what, frozenset(parts))
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


def _is_norm(place: Place) -> bool:
    kind = kinds.of_leaf(place.class_name, ())
    return kind is not None and Trait.NORMALIZES in kind.traits


def _replaced(finding: Finding, classes: tuple[str, str]) -> Message:
    """One class, not another one, with the settings that its message tells: another slope is another decision.

    Of a class that nobody knows all that it prints is told, and its widths part nothing; nor do rates along the depth.
    """
    what: object = finding.what
    while isinstance(what, Message) and what.code == "because":
        what = what["what"]
    if (
        finding.effect not in (Effect.UNKNOWN, Effect.TRAINING)
        and isinstance(what, Message)
        and what.code == "remarked"
    ):
        return what
    return message("replaced", ours=classes[0], theirs=classes[1])


def _orders(findings: Sequence[Finding]) -> Iterator[Proposal]:
    """The same two layers in the other order wherever they stand."""
    orders: dict[Message, set[int]] = defaultdict(set)
    for number, finding in enumerate(findings):
        if finding.rule in ("AD101", "AD102") and finding.what:
            orders[finding.what].add(number)
    for what, parts in orders.items():
        yield Proposal(what, frozenset(parts))
