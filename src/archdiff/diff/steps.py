"""Steps: what turns one list of nodes into another, as an alignment says it. Knows nothing of effects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeAlias

from archdiff.diff.nodes import Node


class Pair(NamedTuple):
    """Two layers that correspond to each other; where they have children, these have steps of their own."""

    candidate: Node
    reference: Node


class ContainerPair(NamedTuple):
    """Two containers that correspond to each other; their children have steps of their own, unless one prints none."""

    candidate: Node
    reference: Node


class Reordered(NamedTuple):
    """Two containers that print the same names in another order, where a name is what the forward calls."""

    candidate: Node
    reference: Node


class Opened(NamedTuple):
    """A container without counterpart: what is in it is aligned with what stands beside it."""

    node: Node
    in_candidate: bool


class Alike(NamedTuple):
    """Two blocks that share all that is in them, names as well: they are left closed."""

    candidate: Node
    reference: Node

    def opened(self) -> Iterator[Pair | ContainerPair]:
        """All pairs of layers and of containers, the blocks themselves first."""
        stack = [(self.candidate, self.reference)]
        while stack:
            a, b = stack.pop()
            yield Pair(a, b) if a.is_layer else ContainerPair(a, b)
            stack += zip(reversed(a.as_printed), reversed(b.as_printed), strict=True)

    def pairs(self) -> list[Pair]:
        """All pairs of layers."""
        return [step for step in self.opened() if isinstance(step, Pair)]

    def end(self, which: int) -> Pair:
        """The first pair of layers (0), or the last one (-1)."""
        a, b = self
        while a.as_printed and (which or not a.is_layer):  # a layer comes before its children
            a, b = a.as_printed[which], b.as_printed[which]
        return Pair(a, b)


class Swap(NamedTuple):
    """Two neighbours, layers or blocks, that changed places; in the order of the reference."""

    first: Pair
    second: Pair
    inner: tuple[Step, ...] = ()  # the steps inside of both


class Moved(NamedTuple):
    """Found elsewhere in the candidate; `crossed` are the candidate's layers that it passed on the way."""

    pairs: tuple[Pair, ...]
    crossed: tuple[Pair, ...]
    inner: tuple[Step, ...] = ()


class Added(NamedTuple):
    """A layer or block that only the candidate has."""

    candidate: Node


class Removed(NamedTuple):
    """A layer or block that only the reference has."""

    reference: Node


Step: TypeAlias = Pair | ContainerPair | Reordered | Opened | Alike | Swap | Moved | Added | Removed


def opened(steps: Iterable[Step]) -> Iterator[Step]:
    """The same steps, with blocks that are alike as their pairs."""
    for step in steps:
        if isinstance(step, Alike):
            yield from step.opened()
        else:
            yield step
