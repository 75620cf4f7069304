"""The message of a finding without its words, which are in `diff.messages`.

So differences are grouped, accepted and compared by what they are, and wording may change. Must not hold English.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """A message as a code with its parameters.

    Attributes:
        code: Which message it is.
        values: Names and values: numbers, printed values, paths (under names that end in `path`), other messages.
    """

    code: str
    values: tuple[tuple[str, object], ...] = ()

    def __getitem__(self, name: str) -> object:
        return dict(self.values)[name]


def message(code: str, **values: object) -> Message:
    """Makes a message.

    Args:
        code: Which message it is: a key of the table in `diff.messages`.
        values: Its parameters; those that are None are left out.

    Returns:
        The message.
    """
    return Message(code, tuple([(name, value) for name, value in values.items() if value is not None]))


def because(what: Message, *reasons: Message | None) -> Message:
    """Adds reasons to a message.

    Args:
        what: The message.
        reasons: What follows it, in order; those that are None are left out.

    Returns:
        A message of the same identity.
    """
    for why in reasons:
        what = message("because", what=what, why=why) if why else what
    return what
