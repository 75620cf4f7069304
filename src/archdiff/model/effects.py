"""When a difference matters: the one scale that kinds, findings, verdicts and `--fail-on` share."""

from __future__ import annotations

from enum import IntEnum


class Effect(IntEnum):
    """Ordered from harmless to grave. UNKNOWN is kept apart: it never decides a verdict."""

    UNKNOWN = 0
    COSMETIC = 1
    EQUIVALENT = 2
    STATE = 3
    INIT = 4
    TRAINING = 5
    INFERENCE = 6
    FUNCTION = 7

    @property
    def word(self) -> str:
        """As printed in reports, JSON and `--fail-on`."""
        return self.name.lower()

    @property
    def meaning(self) -> str:
        return _MEANING[self]


_MEANING = {
    Effect.UNKNOWN: "the text cannot tell",
    Effect.COSMETIC: "spelling only",
    Effect.EQUIVALENT: "other settings, same computation",
    Effect.STATE: "run-time state, not architecture",
    Effect.INIT: "only the starting weights",
    Effect.TRAINING: "only while training",
    Effect.INFERENCE: "only in eval mode",
    Effect.FUNCTION: "the computed function",
}
