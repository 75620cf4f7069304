"""A finding: one difference, with its effect and its places. Frozen values; computes nothing that `diff/` decides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from archdiff.model.effects import Effect
from archdiff.model.message import Message
from archdiff.model.network import Value

Category: TypeAlias = Literal["difference", "not printed", "measured", "about the paper"]


class Place(NamedTuple):
    """One side of a finding: where it stands in the original file and what stands there.

    Attributes:
        path: Names joined with dots, as in a `state_dict`; "" for the whole network.
        line: Line in the original file, counted from 1; for a notebook see `model.places`.
        value: Value of the setting that the finding is about; None where it is about no setting.
        class_name: Printed class of the layer.
    """

    path: str
    line: int
    value: Value = None
    class_name: str = ""


_CLOSE: Final = 0.1  # of a setting: two numbers so near to each other are a small difference

#: in the candidate, and in the reference
PlacePair: TypeAlias = tuple[Place | None, Place | None]


class Design(NamedTuple):
    """A decision about a network of which several findings are parts: the width of a stage, another activation.

    Attributes:
        what: What it says without its words, which it is known by.
        message: The same in English.
        parts: How many findings it explains.
    """

    what: Message
    message: str
    parts: int = 1


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference (or one fact that a text does not hold), with what follows from it.

    Attributes:
        rule: Rule id, "AD101"; `archdiff rule AD101` explains it.
        effect: What the difference changes.
        message: One sentence in English. Not stable: use `rule`, `setting` and the places to recognise a finding.
        aspect: What kind of thing differs: "order", "setting", "recipe" ...
        candidate: Where in the candidate; None where only the reference has it.
        reference: Where in the reference; None where only the candidate has it.
        setting: Name of the setting that differs; None where it is no setting.
        hint: What it may be, or the line of Python that reveals a fact that is not printed.
        count: How many places the finding stands for.
        places: All of them as (candidate, reference) where `count` is more than 1; else empty.
        consequences: Findings that follow from this one and disappear with it.
        what: The message without its words: a code and values.
        measured: What running both networks showed of it ("equal in eval, ..."); "" where that is nothing.
        assumes: What it takes for granted of a forward method that is not printed; "" for most.
        title: The message without its reasons; "" where it gives none.
        design: The decision that it is a part of; None where it stands for itself.
        members: Of a decision (AD109) its parts, which are what ignores, baselines and undo act on; else empty.
    """

    rule: str
    effect: Effect
    message: str
    aspect: str = ""
    candidate: Place | None = None
    reference: Place | None = None
    setting: str | None = None
    hint: str = ""
    count: int = 1
    places: tuple[PlacePair, ...] = ()
    consequences: tuple[Finding, ...] = ()
    what: Message | None = None
    measured: str = ""
    assumes: str = ""
    title: str = ""
    design: Design | None = None
    members: tuple[Finding, ...] = ()

    @property
    def category(self) -> Category:
        """A difference, or what is known of one side alone, which a network compared with itself has too.

        A fact that at least one text does not hold, because its form of print never does (AD7xx); what is about the
        reference and its paper (AD0xx); what a run showed beside the text (AD9xx).
        """
        if self.rule.startswith("AD7"):
            return "not printed"
        if self.rule.startswith("AD0"):
            return "about the paper"
        return "measured" if self.effect is Effect.UNKNOWN and self.rule >= "AD9" else "difference"

    @property
    def cannot_run(self) -> bool:
        """Whether it says that one of the two networks cannot run."""
        return self.rule == "AD202"

    @property
    def not_printed(self) -> bool:
        """Whether it is a fact that at least one text does not hold."""
        return self.category == "not printed"

    @property
    def is_difference(self) -> bool:
        """Whether the two networks differ in it, so that it enters the verdict and the counts."""
        return self.category == "difference"

    @property
    def all_places(self) -> tuple[PlacePair, ...]:
        """Every place that it stands for, of one place too."""
        return self.places or ((self.candidate, self.reference),)

    @property
    def other_places(self) -> tuple[PlacePair, ...]:
        """All but the first."""
        return tuple([each for each in self.places if each != (self.candidate, self.reference)])

    @property
    def hint_is_code(self) -> bool:
        """Whether its hint is the line of Python that would tell what is not known."""
        return self.effect is Effect.UNKNOWN and self.category != "about the paper"

    @property
    def is_small(self) -> bool:
        """Whether it says so itself, both numbers of its setting are close to each other, or as many win as before."""
        why = self.what["why"] if self.what and self.what.code == "because" else None
        if self.message.endswith("(small)") or (isinstance(why, Message) and why.code == "same-k-of-other-n"):
            return True
        values = [place.value if place else None for place in (self.candidate, self.reference)]
        ours, theirs = (value if isinstance(value, float) and value else None for value in values)
        return ours is not None and theirs is not None and abs(ours - theirs) <= _CLOSE * abs(theirs)

    def to_dict(self) -> dict[str, Any]:
        """The finding as plain values.

        Returns:
            An item of "findings" in the JSON report.
        """
        from archdiff.model import as_dict

        return as_dict.of_finding(self)


def decisions(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Puts the parts of one decision together.

    Args:
        findings: Each on its own, in any order.

    Returns:
        One finding AD109 in the place of the first of those that are parts of one decision, with these as its
        `members` and the strongest of their effects; every other one as it is, and so are parts of a decision that are
        not all there: without those that were ignored it may say too much.
    """
    groups: dict[object, list[Finding]] = {}
    for number, finding in enumerate(findings):
        groups.setdefault(finding.design or number, []).append(finding)
    together = ((_decision(parts),) if _is_whole(parts) else parts for parts in groups.values())
    return tuple(each for parts in together for each in parts)


def _is_whole(parts: list[Finding]) -> bool:
    design = parts[0].design
    return design is not None and len(parts) >= design.parts


def _decision(members: list[Finding]) -> Finding:
    first, design = members[0], members[0].design
    assert design is not None
    layers: dict[object, PlacePair] = {}  # several settings of one layer are one place
    for pair in (pair for each in members for pair in each.all_places):
        layers.setdefault(tuple([place and place.path for place in pair]), pair)
    return Finding(
        "AD109",
        max(each.effect for each in members),
        design.message,
        "design",
        first.candidate and first.candidate._replace(value=None),
        first.reference and first.reference._replace(value=None),
        count=len(layers),
        places=tuple(layers.values()) if len(layers) > 1 else (),
        what=design.what,
        measured=first.measured if len({each.measured for each in members}) == 1 else "",
        assumes=next((each.assumes for each in members if each.assumes), ""),
        members=tuple(members),
    )


def gravest_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Sorts findings for a report.

    Args:
        findings: In any order.

    Returns:
        Differences by their effect, the gravest first, then what is no difference; equally grave ones keep their
        order, but for small ones, which stand behind the others.
    """
    return tuple(sorted(findings, key=_gravity))


def _gravity(finding: Finding) -> tuple[int, bool, bool]:
    """Of equal effects a network that cannot run weighs more than all that it would compute."""
    if not finding.is_difference:
        return 0, False, False
    return -finding.effect, not finding.cannot_run, finding.is_small
