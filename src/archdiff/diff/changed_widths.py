"""Which finding made a number another number, as long as no layer gives the old one again. Must not look at shapes."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from archdiff.diff.draft import Draft
from archdiff.infer.leaf import Leaf, width_of
from archdiff.model.memo import Memo
from archdiff.model.network import Value
from archdiff.semantics.kinds import Kind


class ChangedWidths:
    """Filled while both networks are walked in order.

    A number that a layer far behind changes alike follows from the finding only where nothing in between keeps it: what
    was passed is looked at once, and only when somebody asks.
    """

    def __init__(self) -> None:
        self._drafts: dict[tuple[Value, Value], tuple[Draft, int]] = {}  # and how many were passed before it
        self._passed: list[Iterable[Leaf]] = []
        self._widths = Memo(_widths)  # equal blocks are one object
        self._looked_at = 0
        self._kept: dict[Value, int] = {}  # by the number, the last that gave it

    def passed(self, leaves: Iterable[Leaf]) -> None:
        """Layers in which nothing differs, in both networks."""
        if self._drafts:
            self._passed.append(leaves)

    def put(self, ours: Value, theirs: Value, draft: Draft) -> None:
        """A finding whose layer gives another number of features."""
        self._drafts[ours, theirs] = draft, len(self._passed)

    def put_new(self, ours: Value, theirs: Value, draft: Draft) -> None:
        """The same, unless an earlier finding is known."""
        if self.cause(ours, theirs) is None:
            self.put(ours, theirs, draft)

    def cause(self, ours: Value, theirs: Value) -> Draft | None:
        """The finding that made one number the other; None where there is none, or a layer since has kept it."""
        found = self._drafts.get((ours, theirs))
        if found is None:
            return None
        for number in range(self._looked_at, len(self._passed)):
            self._kept.update(dict.fromkeys(self._widths(self._passed[number]), number))
        self._looked_at = len(self._passed)
        draft, before = found
        return draft if self._kept.get(theirs, -1) < before else None


def _widths(leaves: Iterable[Leaf]) -> set[Value]:
    """The numbers that some layers give."""
    return {width_of(leaf.settings.known(name)) for leaf in leaves if leaf.kind for name in _widths_of(leaf.kind)}


@cache
def _widths_of(kind: Kind) -> tuple[str, ...]:
    return tuple(field.name for field in kind.fields if field.aspect == "width")
