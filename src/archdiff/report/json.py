"""JSON for programs: `archdiff/compare/2`, `/check/2`, `/error/1` and `/show/1`; within a version keys are only added.

What an outcome holds is for `model.as_dict` to say. Must not leave anything out: every finding and layer is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from archdiff.model import as_dict
from archdiff.model.errors import ArchdiffError
from archdiff.model.outcome import NetworkInfo, Outcome
from archdiff.report import Report, Result, View, _json

Json: TypeAlias = "dict[str, Any]"


def render(results: Sequence[Result], view: View) -> str:
    """`archdiff/compare/2` or `archdiff/error/1` of a comparison, `archdiff/check/2` of named pairs."""
    match results:
        case [Result(name="", outcome=Outcome() as outcome) as result]:
            return _json.write({**outcome.to_dict(), **_timed(result)})
        case [Result(name="", error=ArchdiffError() as error)]:
            return _json.write({"schema": "archdiff/error/1", "error": _error(error)})
        case _:
            return _json.write({"schema": "archdiff/check/2", "results": list(map(_result, results))})


def _timed(result: Result) -> Json:
    """`bench`, as `archdiff/bench/1`, where both were timed too."""
    if result.benched is None:
        return {}
    from archdiff.report import _bench

    return {"bench": _bench.values(result.benched)}


def _result(result: Result) -> Json:
    return {
        "name": result.name,
        "failed": result.failed,
        "fail_on": result.fail_on.word,
        "unknown": result.unknown,
        "strict": result.strict,
        "error": _error(result.error) if result.error else None,
        "accepted": [
            {"by": accepted.by, "reason": accepted.reason, "finding": accepted.finding.to_dict()}
            for accepted in result.accepted
        ],
        "outcome": result.outcome.to_dict() if result.outcome else None,
    }


def _error(error: ArchdiffError) -> Json:
    """Lines and columns are counted from 1; null where there is none."""
    return {
        "message": error.message,
        "source": error.source or None,
        **(as_dict.of_line("line", error.line) if error.line else {"line": None}),
        "column": error.column or None,
        "help": error.way_out,
    }


def show(networks: Sequence[NetworkInfo], view: View) -> str:
    """`archdiff/show/1`."""
    return _json.write({"schema": "archdiff/show/1", "networks": [network.to_dict() for network in networks]})


REPORT = Report(render=render, show=show)
