"""Conservation: every layer and container of both networks is in exactly one step of the alignment.

What no step holds would disappear from the answer in silence, so it becomes a finding of unknown effect.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import NamedTuple, assert_never

from archdiff.diff.draft import Draft, on_side, place
from archdiff.diff.nodes import Node, prints_no_body
from archdiff.diff.steps import Added, Alike, ContainerPair, Moved, Opened, Pair, Removed, Reordered, Step, Swap
from archdiff.model.effects import Effect
from archdiff.model.finding import Place
from archdiff.model.message import message
from archdiff.model.network import Layer, join
from archdiff.semantics.rules import describe


def uncovered(steps: Iterable[Step], candidate: Node, reference: Node) -> Iterator[Draft]:
    """A finding for every node that is in no step; none where the alignment is right.

    Args:
        steps: The alignment.
        candidate: Any node of the candidate's tree that the steps are made of.
        reference: The same of the reference.
    """
    covered = _Covered(set(), set())
    for step in steps:
        covered.enter(step)
    for root, side, rule in ((candidate, "candidate", "AD104"), (reference, "reference", "AD103")):
        for node in covered.left_over(root):
            what = message("left-over", what=node.layer.class_name, side=side)
            yield Draft(rule, Effect.UNKNOWN, what, "structure", *on_side(place(node), root is candidate))


def printed_otherwise(candidate: Layer, reference: Layer) -> Iterator[Draft]:
    """A finding for the first place where two prints differ of which no other finding was made.

    A container without layers has another name, or stands there more often.

    Args:
        candidate: Root of the candidate as it was printed.
        reference: Root of the reference.
    """
    if candidate._replace(name="") != reference._replace(name=""):
        places, printed = zip(*map(_printed, _apart((candidate, "", 0), (reference, "", 0))), strict=True)
        what = message("printed-otherwise", ours=printed[0], theirs=printed[1])
        yield Draft("AD302", Effect.COSMETIC, what, "spelling", *places)


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


def _printed(at: _At) -> tuple[Place | None, str]:
    layer, path, shift = at
    if layer is None:
        return None, "nothing"
    text = f"({layer.name}): {describe(layer)}" if path else describe(layer)
    return Place(path, layer.span.line + shift, class_name=layer.class_name), text


class _Covered(NamedTuple):
    """Nodes that steps hold for themselves, and those that they hold with all that is in them."""

    alone: set[Node]
    whole: set[Node]

    def enter(self, step: Step) -> None:
        """Adds the nodes of a step."""
        match step:
            case Alike(a, b):
                self.whole.update((a, b))
            case ContainerPair(a, b):
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
        """The outermost nodes of a tree that no step holds."""
        stack = [root]
        while stack:
            node = stack.pop()
            if node in self.alone:
                stack += node.children
            elif node not in self.whole:
                yield node
