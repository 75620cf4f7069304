"""Conservation: every layer and container of both networks is in exactly one step of the alignment.

What no step holds would disappear from the answer in silence, so it becomes a finding of unknown effect.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, assert_never

from archdiff.compare.draft import Draft, place
from archdiff.compare.nodes import (
    Added,
    Alike,
    Held,
    Moved,
    Node,
    Opened,
    Pair,
    Removed,
    Reordered,
    Step,
    Swap,
    prints_no_body,
)
from archdiff.model.effects import Effect
from archdiff.model.message import message


def unaccounted(steps: Iterable[Step], candidate: Node, reference: Node) -> Iterator[Draft]:
    """A finding for every node that is in no step; none where the alignment is right.

    Args:
        steps: the alignment.
        candidate: any node of the candidate's tree that the steps are made of.
        reference: the same of the reference.
    """
    accounts = _Accounts(set(), set())
    for step in steps:
        accounts.enter(step)
    for root, in_candidate in ((candidate, True), (reference, False)):
        for node in accounts.left_over(root):
            side = "candidate" if in_candidate else "reference"
            what = message("left-over", what=node.layer.class_name, side=side)
            places = (place(node), None) if in_candidate else (None, place(node))
            yield Draft("AD104" if in_candidate else "AD103", Effect.UNKNOWN, what, "structure", *places)


class _Accounts(NamedTuple):
    """Nodes by identity: those that stand for themselves, and those with all that is in them."""

    alone: set[int]
    whole: set[int]

    def enter(self, step: Step) -> None:
        match step:
            case Alike(a, b):
                self.whole.update((id(a), id(b)))
            case Held(a, b):
                both = self.whole if prints_no_body(a, b) else self.alone
                both.update((id(a), id(b)))
            case Pair(a, b):
                self.alone.update((id(a), id(b)))
            case Added(node) | Removed(node):
                self.whole.add(id(node))
            case Opened(node):
                self.alone.add(id(node))
            case Swap(inner=inner) | Moved(inner=inner):
                for each in inner:
                    self.enter(each)
            case Reordered():
                pass  # its containers are held
            case _:
                assert_never(step)

    def left_over(self, root: Node) -> Iterator[Node]:
        stack = [root]
        while stack:
            node = stack.pop()
            if id(node) in self.alone:
                stack += node.children
            elif id(node) not in self.whole:
                yield node
