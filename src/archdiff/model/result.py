"""What became of comparisons, and what makes the exit code 1. Must not know of files or formats."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, NamedTuple, TypeAlias

from archdiff.model.effects import ON_UNKNOWN, Effect
from archdiff.model.errors import ArchdiffError
from archdiff.model.finding import Finding
from archdiff.model.network import Network
from archdiff.model.outcome import Outcome, Suppressed

ALL: Final = "all"  # as `strict`: every fact that is not printed


Severity: TypeAlias = Literal["error", "warning", "notice"]


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
        if finding.rule in self.strict or any(map(self.fails, finding.members)):
            return True
        if finding.not_printed:
            return ALL in self.strict or finding.setting in self.strict
        if finding.is_difference and finding.effect is Effect.UNKNOWN:
            return self.unknown == "fail"
        return finding.is_difference and finding.effect >= self.fail_on

    def severity(self, finding: Finding) -> Severity:
        """What fails is an error; what would fail by default, or is not known, a warning; what is harmless a notice."""
        if self.fails(finding):
            return "error"
        return "warning" if finding.effect >= Effect.INIT else "notice"

    def looked_for(self, rule: str) -> bool:
        """Whether a finding of this rule would be among those of the outcome, had there been a reason for it."""
        if self.outcome is None or rule in self.left_out or rule.startswith("AD0"):  # AD0xx: what a paper claims
            return False
        if rule.startswith("AD9"):
            return self.outcome.run is not None
        recipes = self.outcome.candidate.recipe and self.outcome.reference.recipe
        return not rule.startswith("AD8") or recipes is not None

    @property
    def accepted(self) -> tuple[Suppressed, ...]:
        """The findings that an ignore or the baseline names; they are not among the outcome's findings."""
        suppressed = self.outcome.suppressed if self.outcome else ()
        return tuple([each for each in suppressed if each.by != "selection"])

    @property
    def failed(self) -> bool:
        """Whether any finding does."""
        return self.outcome is not None and any(map(self.fails, self.outcome.findings))


class Versions(NamedTuple):
    """What became of the networks of one file.

    Attributes:
        differing: Of each network that differs, the comparison of the new one with the old.
        removed: Those of the old version alone.
        added: Those of the new version alone.
        unchanged: How many do not differ.
    """

    differing: tuple[Outcome, ...]
    removed: tuple[Network, ...]
    added: tuple[Network, ...]
    unchanged: int


class Tally(NamedTuple):
    """How many of several results failed, and how many are errors."""

    failed: int
    errors: int


def tally(results: Iterable[Result]) -> Tally:
    """Counts the results of one run."""
    found = [(result.failed, result.error is not None) for result in results]
    return Tally(sum(failed for failed, _ in found), sum(error for _, error in found))
