"""When a difference matters: the one scale that kinds, findings, verdicts and `--fail-on` share."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class Effect(IntEnum):
    """What a difference changes, ordered from harmless to grave.

    UNKNOWN may be anything, so only FUNCTION, which is certain, outweighs it.

    TRAINING and INFERENCE are not ordered against each other: `strongest` names both. Their numbers give reports and
    `--fail-on` one order all the same.
    """

    COSMETIC = 1
    EQUIVALENT = 2
    STATE = 3
    INIT = 4
    TRAINING = 5
    INFERENCE = 6
    UNKNOWN = 7
    FUNCTION = 8

    def __str__(self) -> str:
        return self.word

    @property
    def word(self) -> str:
        """As printed in reports, JSON and `--fail-on`."""
        return self.name.lower()

    @property
    def meaning(self) -> str:
        """What it means, in a few words: "spelling only"."""
        return _MEANING[self]


GRAVEST_FIRST = tuple(sorted(Effect, reverse=True))
"""In the order of reports."""

THRESHOLDS = tuple(effect.word for effect in Effect if effect is not Effect.UNKNOWN)
"""What `--fail-on` takes, the weakest first."""

ON_UNKNOWN = ("fail", "pass")
"""What `--unknown` takes, the default first: whether a difference of unknown effect counts for the exit code."""


def strongest(effects: Iterable[Effect]) -> tuple[Effect, ...]:
    """The strongest of some effects.

    Args:
        effects: In any order, each as often as it likes.

    Returns:
        One; (TRAINING, INFERENCE) where both are there and nothing outweighs them; none where there are none.
    """
    found = set(effects)
    if not found:
        return ()
    top = max(found)
    return (Effect.TRAINING, top) if top is Effect.INFERENCE and Effect.TRAINING in found else (top,)


_MEANING = {
    Effect.COSMETIC: "spelling only",
    Effect.EQUIVALENT: "other settings, same computation",
    Effect.STATE: "run-time state, not architecture",
    Effect.INIT: "only the starting weights",
    Effect.TRAINING: "only while training",
    Effect.INFERENCE: "only in inference (eval mode)",
    Effect.UNKNOWN: "differs, and what was read cannot decide what that changes",
    Effect.FUNCTION: "the computed function",
}
