"""A finding while it is being made: its consequences and places are still collected, and its words not yet chosen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from archdiff.diff import messages
from archdiff.diff.nodes import Node
from archdiff.model.effects import Effect
from archdiff.model.message import Message
from archdiff.model.network import Value
from archdiff.model.outcome import Finding, Place, PlacePair


@dataclass(slots=True, eq=False, repr=False)
class Draft:
    """The fields of a `Finding`; `what` is said in the words of `messages`."""

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
        values: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__}
        values["consequences"] = tuple(self.consequences)
        return Finding(message=messages.text(self.what), assumes=messages.assumed(self.what), **values)


def place(node: Node, value: Value = None) -> Place:
    return Place(node.path, node.line, value, node.layer.class_name)
