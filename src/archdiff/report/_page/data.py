"""All that the page of one comparison shows, as plain values of JSON. Must not lay out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archdiff.model.collector import uncollected
from archdiff.model.effects import Effect
from archdiff.model.outcome import Outcome
from archdiff.model.result import Result
from archdiff.report import View
from archdiff.report._page import rows, sides, skips
from archdiff.report._page.findings import MOST, PageFindings
from archdiff.report._page.folds import FoldRow, folds
from archdiff.report._page.packed import deltas, shown
from archdiff.report._page.rows import PageRows

if TYPE_CHECKING:
    from archdiff.execute.bench.record import Benched


def of_pair(result: Result, view: View, benched: Benched | None = None) -> dict[str, Any]:
    """PAIR of the page.

    Args:
        result: One with an outcome.
        view: Whether every finding is wanted, where there are more than a page usually shows.
        benched: What was timed of the two.

    Returns:
        Dicts, lists, texts, numbers, booleans and None; never a number that JSON has no word for.
    """
    assert result.outcome is not None
    with uncollected():
        return _of_outcome(result.outcome, view, benched)


def _of_outcome(outcome: Outcome, view: View, benched: Benched | None) -> dict[str, Any]:
    tables = sides.Tables()
    networks = outcome.candidate, outcome.reference
    layers = sides.of_both(outcome, tables)
    paths = layers[0].paths, layers[1].paths
    found = rows.of_outcome(outcome, paths)
    found = found._replace(rows=rows.with_sizes(found.rows, (layers[0].alike, layers[1].alike), tables.sizes))
    differ = any(each.is_difference and each.effect >= Effect.INFERENCE for each in outcome.all_findings)
    over = skips.of_both(networks, paths, found.rows, differ)
    findings, left_out = PageFindings(outcome, found.rows, layers, tables).all(None if view.all else MOST)
    return {
        "sides": [
            {**sides.of_network(network, of_side, tables), "skips": over_of_side}
            for network, of_side, over_of_side in zip(networks, layers, over.sides, strict=True)
        ],
        "layers": tables.values(),
        "findings": findings,
        "left_out": left_out,
        "rows": {
            "mark": [int(row.mark) for row in found.rows],
            "left": deltas([row.left for row in found.rows]),
            "right": deltas([row.right for row in found.rows]),
        },
        "folds": [[*fold[:3], shown(fold.label)] for fold in folds(_fold_rows(found, over.open_rows, *layers))],
        "links": [list(link) for link in found.links],
        "run": _ran(outcome),
        "bench": _timed(benched) if benched else None,
    }


def _fold_rows(
    found: PageRows, open_rows: frozenset[int], ours: sides.SideLayers, theirs: sides.SideLayers
) -> list[FoldRow]:
    linked = open_rows.union(*found.links)
    return [
        FoldRow(mark, ours.paths[left], ours.alike[left], number in linked)
        if left >= 0
        else FoldRow(mark, theirs.paths[right], theirs.alike[right], number in linked)
        for number, (mark, left, right) in enumerate(found.rows)
    ]


def _ran(outcome: Outcome) -> dict[str, Any] | None:
    if outcome.run is None:
        return None
    from archdiff.report._page import ran  # few comparisons have it

    return ran.of_run(outcome, outcome.run)


def _timed(benched: Benched) -> dict[str, Any]:
    from archdiff.report._page import timed  # few comparisons have it

    return timed.of_bench(benched)
