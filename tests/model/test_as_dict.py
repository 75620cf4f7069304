"""An outcome as plain values, one case a type. The contract of the JSON reports in full: `report/test_json`."""

from __future__ import annotations

from dataclasses import replace
from math import inf, nan
from typing import Any

import pytest

from archdiff.model.as_dict import of_finding, of_line, of_network, of_outcome
from archdiff.model.effects import Effect
from archdiff.model.finding import Finding, Place
from archdiff.model.network import UNKNOWN, Layer, Recipe, Setting, Span, Value
from archdiff.model.places import Cell, in_cell
from archdiff.model.running import Measurement, Mode, RunResult, Step
from report.answers import COMPARED, MINE


@pytest.mark.parametrize(
    ("line", "entries"),
    [
        (0, {"line": 0}),
        (20, {"line": 20}),
        (
            in_cell(Cell(3, True, 20, 90), follows=True),
            {"line": 90, "line_in_cell": {"cell": 3, "output": True, "line": 20}},
        ),
        (
            in_cell(Cell(2, False, 4, 9), follows=False),
            {"line": 9, "line_in_cell": {"cell": 2, "output": False, "line": 4}},
        ),
    ],
    ids=["nowhere", "file", "output of a cell", "source of a cell"],
)
def test_a_line(line: int, entries: dict[str, object]) -> None:
    assert of_line("line", line) == entries


def test_a_finding() -> None:
    ours, theirs = Place("a", 3, 0.5, "Dropout"), Place("b", 4, None, "Dropout")
    assert of_finding(Finding("AD401", Effect.TRAINING, "p 0.5", "setting", ours, None, "p", "why")) == {
        "rule": "AD401",
        "name": "training-setting",
        "effect": "training",
        "aspect": "setting",
        "candidate": {"path": "a", "line": 3, "value": 0.5, "class": "Dropout"},
        "reference": None,
        "setting": "p",
        "message": "p 0.5",
        "hint": "why",
        "count": 1,
        "places": [],
        "consequences": [],
    }
    inner = Finding("AD201", Effect.FUNCTION, "shape", measured="equal in eval")
    many = Finding("AD101", Effect.FUNCTION, "order", count=2, places=((ours, theirs), (None, theirs)))
    outer = of_finding(replace(many, consequences=(inner,)))
    assert [(each["candidate"] or {}).get("path") for each in outer["places"]] == ["a", None]
    assert [(each["rule"], each["measured"]) for each in outer["consequences"]] == [("AD201", "equal in eval")]
    assert "measured" not in outer


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (None, None),
        (True, True),
        (3, 3),
        (0.5, 0.5),
        (inf, "inf"),
        (-inf, "-inf"),
        (nan, "nan"),
        ("same", "same"),
        (UNKNOWN, "unknown"),
        ((1, (inf, "a")), [1, ["inf", "a"]]),
    ],
    ids=repr,
)
def test_a_value(value: Value, plain: object) -> None:
    finding = Finding("AD301", Effect.FUNCTION, "", candidate=Place("", 0, value))
    found = of_finding(finding)["candidate"]["value"]
    assert (found, type(found)) == (plain, type(plain))


def test_what_is_no_value_of_a_print_is_refused() -> None:
    layer = replace(MINE.layers[0], settings={"p": object()})  # type: ignore[dict-item]  # no value of a setting, on purpose
    with pytest.raises(AssertionError, match="is no value of a print"):
        of_network(replace(MINE, layers=(layer,)))


def test_a_recipe() -> None:
    group = Layer("Parameter Group 0", "", (Setting("lr", 0.1), Setting(None, 5)), span=Span("a", 7))
    recipe = Recipe((Layer("", "SGD", (), (group,), span=Span("a", 6)),), (Layer("", "StepLR", span=Span("a", 9)),))
    assert of_network(replace(MINE, recipe=recipe))["recipe"] == {
        "optimizers": [
            {
                "class": "SGD",
                "line": 6,
                "settings": {},
                "groups": [{"name": "Parameter Group 0", "line": 7, "settings": {"lr": 0.1, "2": 5}}],
            }
        ],
        "schedulers": [{"class": "StepLR", "line": 9, "settings": {}}],
    }
    assert of_network(replace(MINE, recipe=None))["recipe"] is None


def _run(**more: Any) -> dict[str, Any]:
    outcome = COMPARED["identical"]
    run: dict[str, Any] = of_outcome(replace(outcome, run=RunResult("cpu", "float64", 2, 0, (3,), **more)))["run"]
    return run


def test_a_run() -> None:
    assert "run" not in of_outcome(COMPARED["identical"])
    equal = Step(("a",), ("b",), "equal", (2, 3), (2, 3))
    parts = replace(equal, status="parts", max_abs=inf)
    found = _run(modes=(Mode("inference", (equal, parts), parts), Mode("training", (equal,), equal, "all zero")))
    assert [(mode["same"], mode["proves"]) for mode in found["modes"]] == [(False, True), (True, False)]
    assert found["modes"][0]["first"]["max_abs"] == "inf"
    assert found["modes"][1]["first"] is None
    assert found["measured"] is None
    assert found["input_shape"] == [3]
    assert _run(measured=Measurement(3))["measured"] == {"inputs": 3, "why_not": "", "equal": True}
    assert _run(measured=Measurement(3, "NaN"))["measured"]["equal"] is False
