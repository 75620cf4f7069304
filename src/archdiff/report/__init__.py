"""Answers to text: one file a format, each exporting `REPORT`.

A report only lays out: what differs and what it means is decided before. It returns text and never prints, so that it
neither knows the terminal nor the environment; what it must know of them comes in a `View`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from archdiff.model import plugins
from archdiff.model.outcome import NetworkInfo, Outcome
from archdiff.model.result import Result, Versions

if TYPE_CHECKING:  # what a comparison of texts need not load
    from archdiff.execute.bench.record import Benched
    from archdiff.execute.keys.transfer import KeyTransfer
    from archdiff.model.ranking import Ranking

Item = TypeVar("Item")

MOST: Final = 40  # findings of one effect that are shown by default


class View(NamedTuple):
    """How the reader wants a report.

    Attributes:
        width: In columns.
        color: Whether it goes to a terminal that shows colours.
        all: Also what is equal, and every place of every finding.
        most: Findings of one effect that are shown, and rows that differ (references, for match); no limit where `all`.
        context: Equal rows before and behind each row that differs.
        folder: Absolute: names of files are relative to it.
        root: The top of the repository that holds it; for reports that a CI system shows beside the files.
        facts: Whether the fact sheets of the networks are wanted too.
    """

    width: int = 80
    color: bool = False
    all: bool = False
    most: int = MOST
    context: int = 0
    folder: str = ""
    root: str = ""
    facts: bool = False

    def first(self, items: Sequence[Item]) -> Sequence[Item]:
        """As many as are wanted of what there may be hundreds of."""
        return items if self.all else items[: self.most]


class Report(NamedTuple):
    """One format: how it lays out each kind of answer. Every text ends with a line feed.

    None stands for a command whose answer the format does not lay out.

    Attributes:
        render: Comparisons, those of `archdiff compare` and of `archdiff check`, which every format lays out: the
            results of one run in their order, of which a single one without a name is that of `archdiff compare`.
        show: Networks; several are a list to pick from.
        match: A ranking, and the comparison with the first of it.
        bench: What was measured.
        keys: Which key is which.
        versions: The networks of a file, under the title that git gives the change.
        compare_bench: Of `archdiff compare --bench`.
        document: Whether it stands alone in its stream; else it is lines, between which others may stand.
        shows_errors: Of a comparison; else standard error is enough, where it is printed.
        summary: The format of the page that the CI system shows beside it.
    """

    render: Callable[[Sequence[Result], View], str]
    show: Callable[[Sequence[NetworkInfo], View], str] | None = None
    match: Callable[[Ranking, Outcome, View], str] | None = None
    bench: Callable[[Benched, View], str] | None = None
    keys: Callable[[KeyTransfer], str] | None = None
    versions: Callable[[str, Versions, View], str] | None = None
    compare_bench: Callable[[Result, Benched, View], str] | None = None
    document: bool = True
    shows_errors: bool = True
    summary: str = ""

    def compare(self, outcome: Outcome, view: View) -> str:
        """The report of one comparison."""
        return self.render((Result(outcome=outcome),), view)


def names(command: str = "compare") -> tuple[str, ...]:
    """The formats that lay out the answer of a command, in alphabetical order.

    Those of `compare` and `check` are all there are, and none is loaded to name them.
    """
    found = tuple(plugins.files(__name__))
    if command in ("compare", "check"):
        return found
    return tuple([name for name in found if getattr(find(name), command)])


def find(name: str) -> Report:
    """One format; only its module is loaded.

    Raises:
        PluginError: its file exports no `REPORT`.
    """
    return plugins.one(__name__, name, "REPORT", Report)
