"""The JSON report: the contract's keys in their order, values that JSON can hold, goldens in full text."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from math import inf, nan
from typing import Any

import pytest

from archdiff.model.effects import THRESHOLDS
from archdiff.model.network import UNKNOWN
from archdiff.model.outcome import LayerInfo, Outcome, Skip
from archdiff.report import View, find
from known import known
from report.answers import COMPARED, DIFFERENT, MINE, SHOWN

REPORT = find("json")

COMPARE = ["schema", "verdict", "verdicts", "not_printed", "counts", "candidate", "reference", "pairs", "findings"]
FINDING = ["rule", "name", "effect", "aspect", "candidate", "reference", "setting", "message", "count", "places"]
NETWORK = [
    *["source", "label", "class", "children", "first_line", "last_line", "complete", "input_shape", "input_shape_from"],
    *["parameters", "nonzero_parameters", "macs", "recipe", "layers"],
]
LAYER = ["path", "line", "kind", "class", "settings", "input_shape", "output_shape"]
VERDICTS = {
    "different": ("function", ["function"]),
    "identical": ("identical", ["identical"]),
    "not_printed": ("identical", ["identical"]),
    "unknown": ("unknown", ["unknown"]),
    "training_inference": ("inference", ["training", "inference"]),
}


def _strict(text: str) -> Any:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(text, parse_constant=refuse)


def _has(keys: list[str], found: dict[str, Any]) -> bool:
    """All of the contract, in its order; more may stand between."""
    return [key for key in found if key in keys] == keys


@pytest.mark.parametrize("answer", VERDICTS)
def test_compare(answer: str, golden: Callable[[str, str], None]) -> None:
    text = REPORT.compare(COMPARED[answer], View())
    found = _strict(text)
    assert found["schema"] == "archdiff/compare/2"
    assert (found["verdict"], found["verdicts"]) == VERDICTS[answer]
    assert found["not_printed"] == sum(finding["rule"] == "AD701" for finding in found["findings"])
    assert list(found["counts"]) == [*THRESHOLDS, "unknown"]
    assert sum(found["counts"].values()) == len(found["findings"]) - found["not_printed"]
    assert _has(COMPARE, found)
    for finding in found["findings"]:
        for told in (finding, *finding["consequences"]):
            assert _has(FINDING, told)
    golden(f"compare_{answer}.json", text)


@pytest.mark.parametrize("answer", SHOWN)
def test_show(answer: str, golden: Callable[[str, str], None]) -> None:
    text = known(REPORT.show)(SHOWN[answer], View())
    found = _strict(text)
    assert found["schema"] == "archdiff/show/1"
    assert len(found["networks"]) == len(SHOWN[answer])
    for network in found["networks"]:
        assert _has(NETWORK, network)
        assert all(_has(LAYER, layer) for layer in network["layers"])
    golden(f"show_{answer}.json", text)


def test_neither_view_nor_width_changes_it() -> None:
    assert REPORT.compare(DIFFERENT, View(200, True, True)) == REPORT.compare(DIFFERENT, View())


def test_what_the_text_does_not_hold_is_unknown_or_null() -> None:
    (network,) = _strict(known(REPORT.show)(SHOWN["unknown"], View()))["networks"]
    assert network["nonzero_parameters"] is None
    assert network["layers"][-1]["weight_density"] is None
    assert network["layers"][-1]["settings"]["weight_density"] == "unknown"
    recipe = _strict(REPORT.compare(DIFFERENT, View()))["findings"][-1]
    assert recipe["candidate"]["value"] == "unknown"


def test_numbers_that_json_lacks_are_words() -> None:
    layer = LayerInfo("a", 1, "", "A", {"x": nan, "y": (inf, -inf, (1, None)), "z": UNKNOWN})
    outcome = Outcome(replace(MINE, layers=(layer,)), MINE, ())
    (found,) = _strict(REPORT.compare(outcome, View()))["candidate"]["layers"]
    assert found["settings"] == {"x": "nan", "y": ["inf", "-inf", [1, None]], "z": "unknown"}


def test_only_k_winners_have_k_and_only_weights_a_density() -> None:
    layers = _strict(REPORT.compare(DIFFERENT, View()))["candidate"]["layers"]
    assert [layer["path"] for layer in layers if "k" in layer] == ["cnn1_kwinner"]
    assert [layer["path"] for layer in layers if "weight_density" in layer] == ["cnn1", "linear"]


def test_only_what_was_traced_has_skips() -> None:
    assert "skips" not in _strict(REPORT.compare(DIFFERENT, View()))["candidate"]
    outcome = Outcome(replace(MINE, skips=(Skip("", "fc", "add"), Skip("fc", "", "cat"))), MINE, ())
    assert _strict(REPORT.compare(outcome, View()))["candidate"]["skips"] == [
        {"source": "", "target": "fc", "operation": "add"},
        {"source": "fc", "target": "", "operation": "cat"},
    ]
