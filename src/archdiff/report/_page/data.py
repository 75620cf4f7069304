"""All that the page of one comparison shows, as plain values of JSON. Must not lay out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archdiff.model import places
from archdiff.model.outcome import Outcome
from archdiff.model.result import Result
from archdiff.report import View, _listing, _summary
from archdiff.report._findings import message
from archdiff.report._page import measured, rows, sides
from archdiff.report._page.findings import PageFindings
from archdiff.report._page.packed import deltas, shown

if TYPE_CHECKING:
    from archdiff.execute.bench.record import Benched


def of_pair(result: Result, view: View, benched: Benched | None = None) -> dict[str, Any]:
    """PAIR of the page.

    Args:
        result: One with an outcome.
        view: How the reader wants it.
        benched: What was timed of the two.

    Returns:
        Dicts, lists, texts, numbers, booleans and None; never a number that JSON has no word for.
    """
    outcome = result.outcome
    assert outcome is not None
    layers = list(outcome.candidate.layers), list(outcome.reference.layers)
    found = rows.of_outcome(outcome, layers)
    tables = sides.Tables()
    findings, left_out = PageFindings(outcome, found.rows, layers).all()
    return {
        "sides": [
            sides.of_network(network, own, tables)
            for network, own in zip((outcome.candidate, outcome.reference), layers, strict=True)
        ],
        "layers": tables.values(),
        "findings": findings,
        "left_out": left_out,
        "rows": {
            "mark": [int(row.mark) for row in found.rows],
            "left": deltas([row.left for row in found.rows]),
            "right": deltas([row.right for row in found.rows]),
        },
        "folds": [[fold.first, fold.last, fold.times, shown(fold.label)] for fold in found.folds],
        "links": [list(link) for link in found.links],
        "run": measured.of_run(outcome),
        "bench": measured.of_bench(benched) if benched else None,
    }
