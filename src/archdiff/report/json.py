"""JSON for programs: `archdiff/compare/2`, `/check/2`, `/error/1`, `/show/1`; within a version keys are only added.

What an outcome holds is for `model.as_dict` to say. Must not leave anything out: every finding and layer is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from archdiff.model import as_dict
from archdiff.model.errors import ArchdiffError
from archdiff.model.outcome import NetworkInfo, Outcome
from archdiff.model.result import Result
from archdiff.report import Report, View, _json

if TYPE_CHECKING:
    from archdiff.execute.bench.record import Benched
    from archdiff.execute.keys.transfer import KeyTransfer
    from archdiff.model.ranking import Ranking


def render(results: Sequence[Result], view: View) -> str:
    """`archdiff/compare/2` or `archdiff/error/1` of a comparison, `archdiff/check/2` of named pairs."""
    match results:
        case [Result(name="", outcome=Outcome() as outcome)]:
            return _json.write({**outcome.to_dict(), **_facts(outcome, view)})
        case [Result(name="", error=ArchdiffError() as error)]:
            return _json.write({"schema": "archdiff/error/1", "error": as_dict.of_error(error)})
        case _:
            return _json.write({"schema": "archdiff/check/2", "results": list(map(as_dict.of_result, results))})


def _facts(outcome: Outcome, view: View) -> dict[str, Any]:
    """The key `facts`, where the view wants it."""
    return {"facts": as_dict.of_facts(outcome.facts)} if view.facts else {}


def compare_bench(result: Result, benched: Benched, view: View) -> str:
    """The same with the key `bench`, an `archdiff/bench/1`, where both were timed too."""
    if result.outcome is None:
        return render((result,), view)
    return _json.write({**result.outcome.to_dict(), **_facts(result.outcome, view), "bench": benched.to_dict()})


def match(ranking: Ranking, _first: Outcome, _view: View) -> str:
    """`archdiff/match/3`, which leaves the comparison with the nearest to `archdiff compare`."""
    return _json.write(ranking.to_dict())


def bench(benched: Benched, _view: View) -> str:
    """`archdiff/bench/1`."""
    return _json.write(benched.to_dict(), indent=1)


def keys(answer: KeyTransfer) -> str:
    """`archdiff/keys/1`."""
    return _json.write(answer.to_dict())


def show(networks: Sequence[NetworkInfo], view: View) -> str:
    """`archdiff/show/1`; each network with the key `facts`, where the view wants it."""
    shown = [{**each.to_dict(), **({"facts": dict(each.facts)} if view.facts else {})} for each in networks]
    return _json.write({"schema": "archdiff/show/1", "networks": shown})


REPORT = Report(render=render, show=show, match=match, bench=bench, keys=keys, compare_bench=compare_bench)
