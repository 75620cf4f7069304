"""JSON for programs: `archdiff/compare/2`, `/check/2`, `/error/1`, `/show/1`; within a version keys are only added.

Settings that the text does not hold are the string "unknown", counts that it does not hold are null. Must not leave
anything out: every finding and every layer is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeAlias

from archdiff.model import catalogue, places
from archdiff.model.errors import ArchdiffError
from archdiff.model.network import Layer, Recipe, Setting
from archdiff.model.outcome import Finding, LayerFacts, NetworkFacts, Outcome, Place, Shown
from archdiff.model.result import Result
from archdiff.report import Report, View, _json

if TYPE_CHECKING:
    from archdiff.compare.distance import Ranking
    from archdiff.execute.bench.measured import Benched
    from archdiff.execute.keys.asked import Answer
    from archdiff.model.running import Ran

Json: TypeAlias = "dict[str, Any]"


def render(results: Sequence[Result], _view: View) -> str:
    """`archdiff/compare/2` or `archdiff/error/1` of a comparison, `archdiff/check/2` of named pairs."""
    match results:
        case [Result(name="", outcome=Outcome() as outcome)]:
            return _json.write(_compared(outcome))
        case [Result(name="", error=ArchdiffError() as error)]:
            return _json.write({"schema": "archdiff/error/1", "error": _error(error)})
        case _:
            return _json.write({"schema": "archdiff/check/2", "results": list(map(_result, results))})


def compare_bench(result: Result, benched: Benched, view: View) -> str:
    """The same with the key `bench`, an `archdiff/bench/1`, where both were timed too."""
    if result.outcome is None:
        return render((result,), view)
    from archdiff.report import _bench

    return _json.write({**_compared(result.outcome), "bench": _bench.values(benched)})


def match(ranking: Ranking, _first: Outcome, _view: View) -> str:
    """`archdiff/match/3`, which leaves the comparison with the nearest to `archdiff compare`."""
    from archdiff.report import _match

    return _match.as_json(ranking)


def bench(benched: Benched, _view: View) -> str:
    """`archdiff/bench/1`."""
    from archdiff.report import _bench

    return _bench.as_json(benched)


def keys(answer: Answer) -> str:
    """`archdiff/keys/1`."""
    from archdiff.report import _keys

    return _keys.as_json(answer)


def _result(result: Result) -> Json:
    return {
        "name": result.name,
        "failed": result.failed,
        "fail_on": result.fail_on.word,
        "unknown": result.unknown,
        "strict": result.strict,
        "error": _error(result.error) if result.error else None,
        "accepted": [
            {"by": accepted.by, "reason": accepted.reason, "finding": _finding(accepted.finding)}
            for accepted in result.accepted
        ],
        "outcome": _compared(result.outcome) if result.outcome else None,
    }


def _error(error: ArchdiffError) -> Json:
    """Lines and columns are counted from 1; null where there is none."""
    return {
        "message": error.message,
        "source": error.source or None,
        **(_line("line", error.line) if error.line else {"line": None}),
        "column": error.column or None,
        "help": error.way_out,
    }


def _compared(outcome: Outcome) -> Json:
    """`archdiff/compare/2`."""
    return {
        "schema": "archdiff/compare/2",
        "verdict": outcome.verdict,
        "verdicts": outcome.verdicts,
        "open": outcome.open,
        "not_printed": outcome.not_printed,
        "counts": outcome.counts,
        "hidden": outcome.hidden,
        "candidate": _network(outcome.candidate),
        "reference": _network(outcome.reference),
        "pairs": [{"candidate": ours, "reference": theirs} for ours, theirs in outcome.pairs],
        "findings": [_finding(finding) for finding in outcome.findings],
        "notes": list(outcome.notes),
        **({"run": _ran(outcome.run)} if outcome.run else {}),
    }


def _ran(ran: Ran) -> Json:
    """The fields of `outcome.Ran` by their names; for each mode where the outputs part and whether it proves anything.

    `measured` is null unless both are live modules.
    """
    modes = [
        {
            **asdict(mode),
            "same": mode.same,
            "proves": mode.proves,
            "first": asdict(mode.first) if mode.first else None,
        }
        for mode in ran.modes
    ]
    measured = {**asdict(ran.measured), "equal": ran.measured.equal} if ran.measured else None
    return {**asdict(ran), "modes": modes, "measured": measured}


def show(shown: Shown, _view: View) -> str:
    """`archdiff/show/1`."""
    return _json.write({"schema": "archdiff/show/1", "networks": [_network(network) for network in shown.networks]})


def _finding(finding: Finding) -> Json:
    return {
        "rule": finding.rule,
        "name": catalogue.name(finding.rule),
        "effect": finding.effect.word,
        "aspect": finding.aspect,
        "candidate": _place(finding.candidate),
        "reference": _place(finding.reference),
        "setting": finding.setting,
        "message": finding.message,
        "hint": finding.hint,
        "count": finding.count,
        "places": [{"candidate": _place(ours), "reference": _place(theirs)} for ours, theirs in finding.places],
        "consequences": [_finding(consequence) for consequence in finding.consequences],
        **({"measured": finding.measured} if finding.measured else {}),
    }


def _place(place: Place | None) -> Json | None:
    if place is None:
        return None
    return {"path": place.path, **_line("line", place.line), "value": place.value, "class": place.class_name}


def _line(name: str, line: int) -> Json:
    """Of the file, counted from 1; for a notebook, of its JSON, and where it is in which cell."""
    cell = places.cell_of(line)
    if cell is None:
        return {name: line}
    return {name: cell.file_line, f"{name}_in_cell": {"cell": cell.number, "output": cell.is_output, "line": cell.line}}


def _network(network: NetworkFacts) -> Json:
    return {
        "source": network.source,
        "label": network.label,
        "class": network.class_name,
        "children": network.children,
        **_line("first_line", network.first_line),
        **_line("last_line", network.last_line),
        "complete": network.complete,
        "input_shape": network.input_shape,
        "input_shape_from": network.input_shape_from,
        "other_input_shapes": network.other_input_shapes,
        "parameters": network.parameters,
        "parameters_at_least": network.parameters_at_least,
        "nonzero_parameters": network.nonzero_parameters,
        "macs": network.macs,
        "recipe": _recipe(network.recipe),
        "layers": [_layer(layer) for layer in network.layers],
        "notes": list(network.notes),
    }


def _layer(layer: LayerFacts) -> Json:
    winners = {"n": layer.n, "k": layer.k, "k_inference": layer.k_inference}
    weights = {"weight_density": layer.weight_density}
    return {
        "path": layer.path,
        **_line("line", layer.line),
        "kind": layer.kind,
        "class": layer.class_name,
        "settings": dict(layer.settings),
        "input_shape": layer.input_shape,
        "output_shape": layer.output_shape,
        **(winners if layer.picks_winners else {}),
        **(weights if layer.has_weights else {}),
        "density": layer.density,
        "density_inference": layer.density_inference,
        "parameters": layer.parameters,
        "nonzero_parameters": layer.nonzero_parameters,
        "macs": layer.macs,
    }


def _recipe(recipe: Recipe | None) -> Json | None:
    if recipe is None:
        return None
    return {
        "optimizers": [
            {**_printed(layer), "groups": list(map(_printed, layer.children))} for layer in recipe.optimizers
        ],
        "schedulers": [_printed(layer) for layer in recipe.schedulers],
    }


def _printed(layer: Layer) -> Json:
    names = {"name": layer.name, "class": layer.class_name}  # an optimizer has a class, a parameter group a name
    held = {key: name for key, name in names.items() if name}
    return {**held, **_line("line", layer.span.line), "settings": dict(_settings(layer.settings))}


def _settings(settings: Iterable[Setting]) -> Iterable[tuple[str, Any]]:
    """By name; what was printed by position under its position, counted from 1."""
    return ((s.name or str(position), s.value) for position, s in enumerate(settings, 1))


REPORT = Report(render=render, show=show, match=match, bench=bench, keys=keys, compare_bench=compare_bench)
