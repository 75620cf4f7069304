"""One HTML file to look at, offline: the headline, the fact sheets, both networks side by side, the findings.

What it shows is made in `_page`. Must not leave a finding out without saying so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from archdiff.model import catalogue
from archdiff.model.outcome import Outcome
from archdiff.model.result import Result
from archdiff.report import Report, View
from archdiff.report._page import data, document, static

if TYPE_CHECKING:
    from archdiff.execute.bench.record import Benched


def render(results: Sequence[Result], view: View) -> str:
    """A page of one comparison; of several, an overview first."""
    return _page(results, view)


def compare_bench(result: Result, benched: Benched, view: View) -> str:
    """The same with the times."""
    return _page((result,), view, benched)


def small(outcome: Outcome) -> str:
    """The page of one comparison for a cell of a notebook."""
    return _page((Result(outcome=outcome),), View(), is_small=True)


def _page(results: Sequence[Result], view: View, benched: Benched | None = None, is_small: bool = False) -> str:
    pairs = [data.of_pair(result, view, benched) if result.outcome else None for result in results]
    many = len(results) > 1 or any(result.name for result in results)
    names = [f"data{number}" if pair else "" for number, pair in enumerate(pairs, 1)]
    articles = (
        static.article(result, number if many else 0, name, view)
        for number, (result, name) in enumerate(zip(results, names, strict=True), 1)
    )
    body = chain(static.overview(results) if many else (), chain.from_iterable(articles))
    packed: list[tuple[str, Any]] = [("rules", _rules(pairs))]
    packed += [(name, pair) for name, pair in zip(names, pairs, strict=True) if pair]
    return document.page(static.title(results), body, packed, is_small)


def _rules(pairs: Sequence[dict[str, Any] | None]) -> dict[str, list[str]]:
    """What `archdiff rule` says of each rule that the page names."""
    used = sorted({finding["rule"] for pair in pairs if pair for finding in pair["findings"]})
    return {rule: list(_rule(catalogue.BY_ID[rule])) for rule in used if rule in catalogue.BY_ID}


def _rule(entry: catalogue.RuleInfo) -> Iterator[str]:
    yield f"One finding for {entry.one_finding_for}. {entry.means}"
    yield from (f"{title}: {words}" for title, words in catalogue.sections(entry))


REPORT = Report(render=render, compare_bench=compare_bench)
