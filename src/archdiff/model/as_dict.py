"""An outcome as plain values: the one mechanism behind `to_dict` and `--format json`.

The contract of `archdiff/compare/2` and `archdiff/show/1`: within a version keys are only added, and nothing is left
out. A setting that the text does not hold is "unknown", a count that it does not hold is None; numbers that JSON has
no word for are texts: "inf", "nan".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from math import isfinite
from typing import TYPE_CHECKING, Any, TypeAlias

from archdiff.model import catalogue, places
from archdiff.model.network import Layer, Recipe, Setting, Unknown

if TYPE_CHECKING:
    from archdiff.model.errors import ArchdiffError
    from archdiff.model.fact_sheet import FactPair
    from archdiff.model.finding import Finding, Place
    from archdiff.model.outcome import LayerInfo, NetworkInfo, Outcome
    from archdiff.model.result import Result
    from archdiff.model.running import RunResult

Dict: TypeAlias = "dict[str, Any]"


def of_outcome(outcome: Outcome) -> Dict:
    """`archdiff/compare/2`.

    Args:
        outcome: Any outcome; what was not run has no "run".

    Returns:
        Dicts, lists, texts, numbers, booleans and None alone.
    """
    return {
        "schema": "archdiff/compare/2",
        "verdict": outcome.verdict,
        "verdicts": list(outcome.verdicts),
        "open": list(outcome.open),
        "not_printed": outcome.not_printed,
        "counts": outcome.counts,
        "hidden": outcome.hidden,
        "candidate": of_network(outcome.candidate),
        "reference": of_network(outcome.reference),
        "pairs": [{"candidate": candidate, "reference": reference} for candidate, reference in outcome.pairs],
        "findings": list(map(of_finding, outcome.decisions)),
        "traced": list(outcome.traced),
        "notes": list(outcome.notes),
        **({"run": _run(outcome.run)} if outcome.run else {}),
    }


def of_result(result: Result) -> Dict:
    """An item of "results" in `archdiff/check/2`.

    Args:
        result: Of a configured pair.

    Returns:
        The outcome or the error, and what decides whether it failed.
    """
    return {
        "name": result.name,
        "failed": result.failed,
        "fail_on": result.fail_on.word,
        "unknown": result.unknown,
        "strict": result.strict,
        "error": of_error(result.error) if result.error else None,
        "accepted": [
            {"by": each.by, "reason": each.reason, "finding": of_finding(each.finding)} for each in result.accepted
        ],
        "outcome": of_outcome(result.outcome) if result.outcome else None,
    }


def of_error(error: ArchdiffError) -> Dict:
    """An error; lines and columns are counted from 1, and None where there is none."""
    return {
        "message": error.message,
        "source": error.source or None,
        **(of_line("line", error.line) if error.line else {"line": None}),
        "column": error.column or None,
        "help": error.way_out,
    }


def of_finding(finding: Finding) -> Dict:
    """One finding with its consequences; "members" of a decision alone, "measured" only where something was."""
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
        "places": [
            {"candidate": _place(candidate), "reference": _place(reference)} for candidate, reference in finding.places
        ],
        "consequences": list(map(of_finding, finding.consequences)),
        **({"members": list(map(of_finding, finding.members))} if finding.members else {}),
        **({"measured": finding.measured} if finding.measured else {}),
    }


def of_network(network: NetworkInfo) -> Dict:
    """One network with all its layers; "skips" alone where a traced forward has some."""
    return {
        "source": network.source,
        "label": network.label,
        "class": network.class_name,
        "children": network.children,
        **of_line("first_line", network.first_line),
        **of_line("last_line", network.last_line),
        "complete": network.complete,
        "input_shape": _plain(network.input_shape),
        "input_shape_from": network.input_shape_from,
        "other_input_shapes": _plain(network.other_input_shapes),
        "parameters": network.parameters,
        "parameters_at_least": network.parameters_at_least,
        "nonzero_parameters": network.nonzero_parameters,
        "macs": network.macs,
        "recipe": _recipe(network.recipe),
        "layers": list(map(_layer, network.layers)),
        "notes": list(network.notes),
        **({"skips": [skip._asdict() for skip in network.skips]} if network.skips else {}),
    }


def of_facts(pairs: Iterable[FactPair]) -> list[Dict]:
    """The fact sheets of both networks; None where the print of one does not tell a fact."""
    return [pair._asdict() for pair in pairs]


def of_line(name: str, line: int) -> Dict:
    """A line of the file, counted from 1; for a notebook of its JSON, and where it is in which cell.

    Args:
        name: Key of the line; the cell stands under `NAME_in_cell`.
        line: As a `Place` or a `Span` holds it.

    Returns:
        One entry, or two for a line of a notebook.
    """
    cell = places.cell_of(line)
    if cell is None:
        return {name: line}
    return {name: cell.file_line, f"{name}_in_cell": {"cell": cell.number, "output": cell.is_output, "line": cell.line}}


def _place(place: Place | None) -> Dict | None:
    if place is None:
        return None
    return {
        "path": place.path,
        **of_line("line", place.line),
        "value": _plain(place.value),
        "class": place.class_name,
    }


def _layer(layer: LayerInfo) -> Dict:
    winners = {"n": layer.n, "k": layer.k, "k_inference": layer.k_inference}
    weights = {"weight_density": layer.weight_density}
    return {
        "path": layer.path,
        **of_line("line", layer.line),
        "kind": layer.kind,
        "class": layer.class_name,
        "settings": _plain(layer.settings),
        "input_shape": _plain(layer.input_shape),
        "output_shape": _plain(layer.output_shape),
        **(winners if layer.picks_winners else {}),
        **(weights if layer.has_weights else {}),
        "density": layer.density,
        "density_inference": layer.density_inference,
        "parameters": layer.parameters,
        "nonzero_parameters": layer.nonzero_parameters,
        "macs": layer.macs,
    }


def _recipe(recipe: Recipe | None) -> Dict | None:
    if recipe is None:
        return None
    return {
        "optimizers": [
            {**_printed(layer), "groups": list(map(_printed, layer.children))} for layer in recipe.optimizers
        ],
        "schedulers": list(map(_printed, recipe.schedulers)),
    }


def _printed(layer: Layer) -> Dict:
    names = {"name": layer.name, "class": layer.class_name}  # an optimizer has a class, a parameter group a name
    held = {key: name for key, name in names.items() if name}
    return {**held, **of_line("line", layer.span.line), "settings": dict(_settings(layer.settings))}


def _settings(settings: Iterable[Setting]) -> Iterator[tuple[str, Any]]:
    """By name; what was printed by position under its position, counted from 1."""
    return ((s.name or str(position), _plain(s.value)) for position, s in enumerate(settings, 1))


def _run(run: RunResult) -> Dict:
    """The fields of a `RunResult` by their names; of each mode also where outputs part, and whether it proves anything.

    "measured" is None unless both are live modules.
    """
    modes = [
        {
            **asdict(mode),
            "same": mode.same,
            "proves": mode.proves,
            "first": asdict(mode.first) if mode.first else None,
        }
        for mode in run.modes
    ]
    measured = {**asdict(run.measured), "equal": run.measured.equal} if run.measured else None
    plain: Dict = _plain({**asdict(run), "modes": modes, "measured": measured})
    return plain


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, float):
        return value if isfinite(value) else str(value)
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value]
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    assert isinstance(value, Unknown), f"{value!r} is no value of a print"
    return str(value)
