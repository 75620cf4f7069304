"""What became of one comparison, and whether it makes the exit code 1. Must not know of files or formats."""

from __future__ import annotations

from typing import Final, NamedTuple

from archdiff.model.effects import ON_UNKNOWN, Effect
from archdiff.model.errors import ArchdiffError
from archdiff.model.outcome import Finding, Outcome, Suppressed

ALL: Final = "all"  # as `strict`: every fact that is not printed


class Result(NamedTuple):
    """An outcome, or the error why there is none, with the options that decide the exit code."""

    name: str = ""  # of a configured pair; "" for `archdiff compare`
    outcome: Outcome | None = None
    error: ArchdiffError | None = None
    fail_on: Effect = Effect.INIT
    strict: tuple[str, ...] = ()  # rule ids that fail whatever their effect, settings that must be printed, or ALL
    unknown: str = ON_UNKNOWN[0]  # what a difference of unknown effect does to the exit code
    left_out: frozenset[str] = frozenset()  # ids of rules that were not selected, or are ignored everywhere

    def fails(self, finding: Finding) -> bool:
        """Whether this finding makes the exit code 1."""
        if finding.rule in self.strict:
            return True
        if finding.not_printed:
            return ALL in self.strict or finding.setting in self.strict
        if finding.is_difference and finding.effect is Effect.UNKNOWN:
            return self.unknown == "fail"
        return finding.is_difference and finding.effect >= self.fail_on

    @property
    def accepted(self) -> tuple[Suppressed, ...]:
        """The findings that an ignore or the baseline names; they are not among the outcome's findings."""
        suppressed = self.outcome.suppressed if self.outcome else ()
        return tuple([each for each in suppressed if each.by != "selection"])

    @property
    def failed(self) -> bool:
        """Whether any finding does."""
        return self.outcome is not None and any(map(self.fails, self.outcome.findings))
