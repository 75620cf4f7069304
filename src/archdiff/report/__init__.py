"""Results to text: one file a format, each exporting `REPORT`.

A report only lays out: what differs and what it means is decided before. It returns text and never prints, so that it
neither knows the terminal nor the environment; what it must know of them comes in a `View`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from archdiff.model import plugins
from archdiff.model.effects import ON_UNKNOWN, Effect
from archdiff.model.errors import ArchdiffError
from archdiff.model.outcome import Finding, NetworkInfo, Outcome

if TYPE_CHECKING:  # a comparison that times nothing need not load it
    from archdiff.execute.bench.record import Benched

ALL: Final = "all"  # as `strict`: every fact that is not printed


class View(NamedTuple):
    """How the reader wants it."""

    width: int = 80
    color: bool = False
    all: bool = False  # also what is equal, and every place of every finding
    most: int = 40  # findings of one effect, and rows that differ; no limit where `all`
    context: int = 0  # equal rows before and behind each row that differs
    folder: str = ""  # where names of files begin, and
    root: str = ""  # the top of the repository that holds it, both from the root; for reports that CI shows beside it


class Accepted(NamedTuple):
    """A finding that does not count any more, because somebody has said so."""

    finding: Finding
    by: str  # "baseline" | "ignore"
    reason: str


class Result(NamedTuple):
    """What became of one pair: an outcome, or the error why there is none."""

    name: str = ""  # of a configured pair; "" for a comparison that was asked for by itself
    outcome: Outcome | None = None
    error: ArchdiffError | None = None
    fail_on: Effect = Effect.INIT
    accepted: tuple[Accepted, ...] = ()  # these are not among the outcome's findings
    strict: tuple[str, ...] = ()  # rule ids that fail whatever their effect, settings that must be printed, or ALL
    benched: Benched | None = None  # both were timed too; only some reports tell it
    unknown: str = ON_UNKNOWN[0]  # what a difference of unknown effect does to the exit code
    left_out: frozenset[str] = frozenset()  # ids of rules that nobody wants to hear of: not selected, or ignored whole

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
    def failed(self) -> bool:
        return self.outcome is not None and any(map(self.fails, self.outcome.findings))


class Report(NamedTuple):
    """One format: how it writes each kind of answer. The text ends with a line feed.

    `render` takes the results of one run in their order: a single one without a name is `archdiff compare`.
    """

    render: Callable[[Sequence[Result], View], str]
    show: Callable[[Sequence[NetworkInfo], View], str] | None = None  # None: not for `archdiff show`
    document: bool = True  # stands alone in its stream; else lines, between which others may stand
    tells_errors: bool = True  # of a comparison; else standard error is enough, where it is printed
    summary: str = ""  # the format of the page that the CI system shows beside it

    def compare(self, outcome: Outcome, view: View) -> str:
        """The answer to one comparison."""
        return self.render((Result(outcome=outcome),), view)


def names() -> tuple[str, ...]:
    """Every format there is, without loading any."""
    return tuple(plugins.files(__name__))


def of_networks() -> tuple[str, ...]:
    """The formats for `archdiff show`; loads all, so only where somebody wants to know them."""
    return tuple(name for name in names() if find(name).show)


def find(name: str) -> Report:
    """One format; only its module is loaded.

    Raises:
        PluginError: its file exports no `REPORT`.
    """
    return plugins.one(__name__, name, "REPORT", Report)
