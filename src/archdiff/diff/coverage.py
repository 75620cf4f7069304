"""Conservation: every layer and container of both networks is in exactly one step of the alignment.

What no step holds would disappear from the answer in silence, so it becomes a finding of unknown effect.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import NamedTuple, assert_never

from archdiff.diff.draft import Draft, place
from archdiff.diff.nodes import (
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
from archdiff.model.network import Layer, join
from archdiff.model.outcome import Place
from archdiff.semantics.rules import describe


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


def untold(candidate: Layer, reference: Layer) -> Iterator[Draft]:
    """A finding for the first place where two prints differ in which all else was found equal: a container without
    layers has another name, or stands there more often."""
    if candidate._replace(name="") != reference._replace(name=""):
        places, told = zip(*map(_told, _apart((candidate, "", 0), (reference, "", 0))), strict=True)
        yield Draft(
            "AD302", Effect.COSMETIC, message("printed-otherwise", ours=told[0], theirs=told[1]), "spelling", *places
        )


_At = tuple[Layer | None, str, int]  # a layer, its path, how far below its line it stands


def _apart(a: _At, b: _At) -> tuple[_At, _At]:
    """The first place where two trees differ; depth is bounded, so recursion is."""
    (x, path, shift), (y, _, other_shift) = a, b
    if x is None or y is None:
        return a, b
    for ours, theirs in zip_longest(x.children, y.children):
        if ours != theirs:
            inside = [
                (each, join(path, each.name if each else ""), moved + below.shift)
                for each, below, moved in ((ours, x, shift), (theirs, y, other_shift))
            ]
            same = ours and theirs and ours.name == theirs.name
            return _apart(inside[0], inside[1]) if same else (inside[0], inside[1])
    return a, b


def _told(at: _At) -> tuple[Place | None, str]:
    layer, path, shift = at
    if layer is None:
        return None, "nothing"
    told = f"({layer.name}): {describe(layer)}" if path else describe(layer)
    return Place(path, layer.span.line + shift, class_name=layer.class_name), told


class _Accounts(NamedTuple):
    """Nodes that stand for themselves, and those that stand for all that is in them, too."""

    alone: set[Node]
    whole: set[Node]

    def enter(self, step: Step) -> None:
        match step:
            case Alike(a, b):
                self.whole.update((a, b))
            case Held(a, b):
                both = self.whole if prints_no_body(a, b) else self.alone
                both.update((a, b))
            case Pair(a, b):
                self.alone.update((a, b))
            case Added(node) | Removed(node):
                self.whole.add(node)
            case Opened(node):
                self.alone.add(node)
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
            if node in self.alone:
                stack += node.children
            elif node not in self.whole:
                yield node
