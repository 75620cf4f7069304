"""What is to be said of a difference, without the words; `compare.messages` has those.

So differences are grouped, accepted and compared by what they are, and wording may change. Must not hold English.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """A code with its parameters: numbers, printed values, paths (in names that end in `path`), other messages."""

    code: str
    values: tuple[tuple[str, object], ...] = ()

    def __getitem__(self, name: str) -> object:
        return dict(self.values)[name]


def message(code: str, **values: object) -> Message:
    """The message; parameters that are None are left out."""
    return Message(code, tuple([(name, value) for name, value in values.items() if value is not None]))
