"""A network in the terms of a model card: a row a fact, and the rows of two networks beside each other.

Must not work any of them out, nor know a layer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

#: `ReLU (17)`, `64 (1 of 12)`, `Linear 96 of 224 (q_proj)`, `1 more`, but not `k 4,767 of 50,176`
_COUNT: Final = re.compile(r" \([\d,]+(?: of [\d,]+)?\)|(?<!\bk) [\d,]+ of [\d,]+|\b[\d,]+ more\b", re.ASCII)
_BETWEEN: Final = re.compile(r"[;,] ")


class FactRow(NamedTuple):
    """One fact of a network.

    Attributes:
        name: In the terms of the field: "hidden size".
        value: As a model card writes it: "768".
    """

    name: str
    value: str


#: in an order that is the same for all networks
FactSheet: TypeAlias = tuple[FactRow, ...]


@dataclass(frozen=True, slots=True)
class KnownSheet:
    """A sheet that is known already, in the place of a function that would work it out."""

    sheet: FactSheet

    def __call__(self) -> FactSheet:
        """The sheet."""
        return self.sheet


class FactPair(NamedTuple):
    """One fact of two networks; None where the print of one does not tell it.

    Attributes:
        name: As of a `FactRow`.
        candidate: The value of the candidate.
        reference: The value of the reference.
    """

    name: str
    candidate: str | None
    reference: str | None

    @property
    def differs(self) -> bool:
        """Whether the two are not the same."""
        return self.candidate != self.reference

    @property
    def only_counts(self) -> bool:
        """Whether they differ in nothing but how many layers each value stands for."""
        return self.differs and _uncounted(self.candidate) == _uncounted(self.reference)


def _uncounted(value: str | None) -> list[str] | None:
    """What is told apart from how often; the most frequent stands first, so its place is a count too."""
    if value is None or not _COUNT.search(value):
        return None if value is None else [value]
    return sorted(_BETWEEN.split(_COUNT.sub("", value)))


def beside(candidate: Sequence[FactRow], reference: Sequence[FactRow]) -> tuple[FactPair, ...]:
    """The rows of both sheets, each name once.

    Args:
        candidate: Rows with different names.
        reference: The same.

    Returns:
        In the order of the sheets; what one side alone has stands behind the row before it, the candidate's first.
    """
    ours, theirs = dict(candidate), dict(reference)
    return tuple([FactPair(name, ours.get(name), theirs.get(name)) for name in _merged(list(ours), list(theirs))])


def _merged(ours: Sequence[str], theirs: Sequence[str]) -> Iterable[str]:
    """Up to each name that both have, first what the candidate alone has, then what the reference alone has."""
    found: dict[str, None] = {}
    waiting = list(ours)
    alone: list[str] = []
    for name in theirs:
        if name not in waiting:
            alone.append(name)
            continue
        at = waiting.index(name)
        found.update(dict.fromkeys([*waiting[:at], *alone, name]))
        waiting, alone = waiting[at + 1 :], []
    return dict.fromkeys([*found, *waiting, *alone])
