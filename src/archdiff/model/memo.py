"""What follows from an object, worked out once for each: equal subtrees of a print are one object, known by identity.

A dictionary by value would compare whole subtrees, and one by bare `id()` may meet another object under an old number.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Same:
    """An object as a key that is known by its identity; for keys of several objects, where no time is to be saved."""

    __slots__ = ("of",)

    def __init__(self, of: object) -> None:
        self.of = of

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self.of is other.of

    def __hash__(self) -> int:
        return id(self.of)


class Memo(Generic[T]):
    """A function that is called once for each object, and for each value beside it.

    What depends on the place of a layer (its path, its line, what is around it) must not be kept here by its children
    or settings: equal layers in other places share those.

    Args:
        function: takes an object, known by its identity, and any number of values, known by equality.
    """

    __slots__ = ("_found", "_function")

    def __init__(self, function: Callable[..., T]) -> None:
        self._function = function
        self._found: dict[object, tuple[object, T]] = {}  # with each object, so that its identity is not used again

    def __call__(self, key: object, *values: object) -> T:
        """What the function gives for an object and these values."""
        identity = (id(key), *values) if values else id(key)
        found = self._found.get(identity)
        if found is None:
            found = self._found[identity] = key, self._function(key, *values)
        return found[1]
