"""Long sequences whose items are made when somebody looks: a block that stands in many places is one run of items.

Knows nothing of what the items are.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from operator import eq
from typing import Any, TypeVar

T_co = TypeVar("T_co", covariant=True)


class LazySequence(Sequence[T_co]):
    """A sequence that is known by its length and by how to go through it; equal to any sequence of the same items."""

    __slots__ = ()

    @abstractmethod
    def __iter__(self) -> Iterator[T_co]: ...

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            start, stop, step = index.indices(len(self))
            return tuple(islice(self, start, stop, step)) if step > 0 else tuple(self)[index]
        place = index + len(self) if index < 0 else index
        if not 0 <= place < len(self):
            raise IndexError(index)
        return next(islice(self, place, None))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, (LazySequence, tuple)) and len(self) == len(other) and all(map(eq, self, other))

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))

    def __reduce__(self) -> tuple[Any, ...]:
        """What is pickled is the items, not the way in which they are made."""
        return tuple, (tuple(self),)


class Runs(LazySequence[T_co]):
    """All items of several sequences, one after the other; a pickle holds the items alone."""

    __slots__ = ("_length", "runs")

    def __init__(self, runs: Sequence[Sequence[T_co]]) -> None:
        self.runs = [run for run in runs if len(run)]
        self._length = sum(map(len, runs))

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[T_co]:
        return chain.from_iterable(self.runs)

    def __reduce__(self) -> tuple[Any, ...]:
        return Runs, ([tuple(self)],)

    def __getitem__(self, index: Any) -> Any:
        return self.runs[-1][-1] if index == -1 and self.runs else super().__getitem__(index)
