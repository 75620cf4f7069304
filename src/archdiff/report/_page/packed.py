"""Long columns of values made small: each value once, numbers as differences. Must not know layers."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from math import isfinite
from typing import Final, Generic, TypeVar

from archdiff.model import inert

LONGEST: Final = 4_000  # characters of a text on the page: nobody reads a longer one, and a browser has to hold it
_LONGEST_PATH: Final = 400

V = TypeVar("V", bound=Hashable)


class Interned(Generic[V]):
    """Values that are kept once, and known by their place among all."""

    __slots__ = ("_places",)

    def __init__(self) -> None:
        self._places: dict[V, int] = {}

    def place(self, value: V) -> int:
        """The place of a value, counted from 0; a new one stands behind all others."""
        return self._places.setdefault(value, len(self._places))

    @property
    def values(self) -> list[V]:
        """All values in the order of their places."""
        return list(self._places)


def deltas(numbers: Iterable[int]) -> list[int]:
    """The first number, then of each what it is more than the one before."""
    before, found = 0, []
    for number in numbers:
        found.append(number - before)
        before = number
    return found


def shown(text: str) -> str:
    """A text of somebody, so that it does nothing where it is shown, and its end left out where it is very long."""
    return inert.printable(text if len(text) <= LONGEST else f"{text[:LONGEST]}...")


def shown_path(path: str) -> str:
    """The path of a layer, its middle left out where it is very long: layers may be nested 10,000 deep."""
    half = _LONGEST_PATH // 2
    return inert.printable(path if len(path) <= _LONGEST_PATH else f"{path[:half]}...{path[-half:]}")


def finite(number: float | None) -> float | None:
    """A number that JSON has a word for; None for all else."""
    return number if number is not None and isfinite(number) else None
