"""A finding while it is being made: its consequences and places are still collected, and its words not yet chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from archdiff.diff import messages
from archdiff.diff.nodes import Node
from archdiff.infer import Sized
from archdiff.infer.leaf import Leaf
from archdiff.model.effects import Effect
from archdiff.model.finding import Finding, Place, PlacePair
from archdiff.model.message import Message
from archdiff.model.network import Value


@dataclass(slots=True, eq=False, repr=False)
class Draft:
    """The fields of a `Finding`; `what` becomes its `message` when it is frozen."""

    rule: str
    effect: Effect
    what: Message
    aspect: str
    candidate: Place | None = None
    reference: Place | None = None
    setting: str | None = None
    hint: str = ""
    count: int = 1
    places: tuple[PlacePair, ...] = ()
    consequences: list[Finding] = field(default_factory=list)

    def frozen(self) -> Finding:
        """The finding, its message in the words of `messages`."""
        values: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__}
        values["consequences"] = tuple(self.consequences)
        text, assumed, title = messages.text(self.what), messages.assumed(self.what), messages.title(self.what)
        return Finding(message=text, assumes=assumed, title=title, **values)


def of_places(
    rule: str,
    effect: Effect,
    what: Message,
    aspect: str,
    places: Sequence[PlacePair],
    setting: str | None = None,
    hint: str = "",
) -> Finding:
    """One finding for all places of the same difference, which are in printed order."""
    return Draft(rule, effect, what, aspect, *places[0], setting, hint, len(places), tuple(places)).frozen()


def place(at: Node | Leaf, value: Value = None) -> Place:
    """Where a layer stands, with the value of the setting that a finding is about; None where it is about none."""
    return Place(at.path, at.line, value, at.layer.class_name)


def root_place(sized: Sized, value: Value = None) -> Place:
    """Where a network begins, for a finding about all of it."""
    return Place("", sized.network.root.span.line, value, sized.network.root.class_name)


def on_side(where: Place, in_candidate: bool) -> PlacePair:
    """The places of a finding about something that one side alone has."""
    return (where, None) if in_candidate else (None, where)
