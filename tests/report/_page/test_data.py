"""All that the page of one comparison shows: the note's pair whole, and that any outcome gives plain values."""

from __future__ import annotations

import json
import zlib
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest

from answers import compared
from archdiff import api
from archdiff.model.outcome import Outcome, Skip
from archdiff.model.result import Result
from archdiff.model.rows import Mark
from archdiff.report import View
from archdiff.report._page import findings
from archdiff.report._page.data import of_pair
from report.answers import COMPARED, DIFFERENT, HOSTILE, hostile

NOTE = Path(__file__).parents[2] / "data" / "note.md"


def of(outcome: Outcome, view: View | None = None) -> dict[str, Any]:
    return of_pair(Result(outcome=outcome), view or View())


def packed(outcome: Outcome) -> int:
    return len(zlib.compress(json.dumps(of(outcome)).encode(), 9))


@pytest.fixture(scope="module")
def note() -> dict[str, Any]:
    return of(api.compare(f"{NOTE}#Mine", f"{NOTE}#Lucas"))


def test_the_rows_of_the_note(note: dict[str, Any]) -> None:
    """At first sight: which layers changed places, and what follows."""
    left, right = (list(accumulate(note["rows"][side])) for side in ("left", "right"))
    ours, theirs = ([f"{path} {line}" for path, line in _layers(note, side)] for side in (0, 1))
    rows = [
        (Mark(mark).name, ours[a] if a >= 0 else "", theirs[b] if b >= 0 else "")
        for mark, a, b in zip(note["rows"]["mark"], left, right, strict=True)
    ]
    assert rows == [
        ("SPELLING", "cnn1 18", "features.0 42"),
        ("SPELLING", "cnn1_batchnorm 19", "features.1 43"),
        ("SWAPPED", "cnn1_kwinner 20", "features.2 44"),
        ("SWAPPED", "cnn1_maxpool 21", "features.3 45"),
        ("FOLLOWS", "cnn2 22", "features.4 46"),
        ("SPELLING", "cnn2_batchnorm 23", "features.5 47"),
        ("SWAPPED", "cnn2_kwinner 24", "features.6 48"),
        ("SWAPPED", "cnn2_maxpool 25", "features.7 49"),
        ("SPELLING", "flatten 26", "features.8 50"),
        ("DIFFERS", "linear 27", "classifier.0.0 54"),
        ("FOLLOWS", "linear_bn 28", "classifier.0.1 55"),
        ("DIFFERS", "linear_kwinner 29", "classifier.0.2 56"),
        ("FOLLOWS", "output 30", "classifier.1.0 59"),
        ("EXTRA", "softmax 31", ""),
    ]
    assert note["links"] == [[3, 2], [2, 3], [7, 6], [6, 7]]
    assert note["folds"] == []


def _layers(note: dict[str, Any], side: int) -> list[tuple[str, int]]:
    columns = [list(accumulate(note["sides"][side][name])) for name in ("holder", "name", "line")]
    tables = note["layers"]
    return [
        (f"{tables['holders'][holder]}.{tables['names'][name]}".lstrip("."), line)
        for holder, name, line in zip(*columns, strict=True)
    ]


def test_the_findings_of_the_note(note: dict[str, Any]) -> None:
    found = [(each["id"], each["effect"], each["lines"], each["rows"]) for each in note["findings"]]
    assert found[:4] == [
        ("AD109-cnn1_kwinner", "function", ["20", "45"], [[2, 3], [6, 7]]),
        ("AD301-linear", "function", ["27", "54"], [[9, 9]]),
        ("AD104-softmax", "function", ["31", ""], [[13, 13]]),
        ("AD601-linear_kwinner", "function", ["29", "56"], [[11, 11]]),
    ]
    assert [each["id"] for each in note["findings"][4:]] == [
        "AD108", "AD108-classifier.0", "AD108-classifier.1", "AD107-cnn1", "AD701-linear",
    ]  # fmt: skip
    assert note["findings"][0]["printed"][1].startswith("(3): KWinners2d(channels=64, n=0, percent_on=0.095,")


def test_the_rest_of_the_note(note: dict[str, Any]) -> None:
    assert (note["left_out"], note["run"], note["bench"]) == (0, None, None)
    assert list(note) == ["sides", "layers", "findings", "left_out", "rows", "folds", "links", "run", "bench"]


@pytest.mark.parametrize("outcome", COMPARED.values(), ids=COMPARED)
def test_any_outcome_is_plain_values(outcome: Outcome) -> None:
    told = of(outcome)
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    for side, network in zip(told["sides"], (outcome.candidate, outcome.reference), strict=True):
        assert side["length"] == len(network.layers) == len(side["layer"]) == len(side["holder"]) == len(side["name"])


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_nothing_that_cannot_be_seen_comes_through(text: str) -> None:
    told = json.dumps(of(hostile(text)), ensure_ascii=False)
    assert told.isprintable()


def test_configurations_have_no_rows() -> None:
    text = '{{"model_type": "llama", "vocab_size": {}}}'
    told = of(compared(text.format(8), text.format(9)))
    assert told["rows"] == {"mark": [], "left": [], "right": []}
    assert [side["length"] for side in told["sides"]] == [0, 0]
    assert (told["folds"], told["layers"]["texts"], len(told["findings"])) == ([], [], 1)


def test_rows_at_the_ends_of_a_lone_skip_stay_open() -> None:
    text = "\n".join(["Sequential(", *(f"  ({at}): ReLU()" for at in range(30)), ")"])
    outcome = compared(text, text.replace("(29): ReLU()", "(29): Tanh()"))
    both = (Skip("10", "15", "add"),), (Skip("20", "", "add"),)
    ours, theirs = (
        replace(side, skips=skips) for side, skips in zip((outcome.candidate, outcome.reference), both, strict=True)
    )
    told = of(replace(outcome, candidate=ours, reference=theirs))
    assert [side["skips"] for side in told["sides"]] == [[[10, 15, "add", True]], [[20, -1, "add", True]]]
    assert [fold[:2] for fold in of(outcome)["folds"]] == [[0, 26]]
    assert [fold[:2] for fold in told["folds"]] == [[0, 7], [23, 26]]


def test_layers_of_unequal_size_follow() -> None:
    ours, theirs = (
        "\n".join(["Net(", *(f"  ({at}): {layer}" for at, layer in enumerate(_stage(width))), ")"])
        for width in (32, 64)
    )
    marks = [Mark(mark).name for mark in of(compared(ours, theirs))["rows"]["mark"]]
    assert marks == ["DIFFERS", "FOLLOWS", "EQUAL", "FOLLOWS", "REPEATED", "EQUAL", "FOLLOWS"]


def _stage(width: int) -> list[str]:
    settings = "kernel_size=(3, 3), stride=(1, 1), padding=(1, 1)"
    norm, relu = f"BatchNorm2d({width}, eps=1e-05, momentum=0.1, affine=True)", "ReLU()"
    last = f"Conv2d({width}, 10, kernel_size=(1, 1), stride=(1, 1))"
    return [f"Conv2d(3, {width}, {settings})", norm, relu, f"Conv2d({width}, {width}, {settings})", norm, relu, last]


def test_as_many_findings_as_a_page_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archdiff.report._page.data.MOST", 2)
    assert findings.MOST == 20_000
    for view, shown, left_out in ((View(), 2, 5), (View(all=True), 7, 0)):
        told = of(DIFFERENT, view)
        assert (len(told["findings"]), told["left_out"]) == (shown, left_out)


def test_facts_of_the_same_layers_that_no_print_holds_are_one_finding() -> None:
    text = "Net(\n  (a): MultiheadAttention(\n    (out_proj): NonDynamicallyQuantizableLinear(in_features=4, out_features=4, bias=True)\n  )\n)"  # noqa: E501
    outcome = api.compare(text, text)
    joined = [each for each in of(outcome)["findings"] if " and " in each["message"]]
    assert len(outcome.findings) > len(of(outcome)["findings"])
    assert len(joined) == 1


def test_equal_blocks_take_next_to_no_room() -> None:
    block = (
        "    ({at}): Block(\n      (fc): Linear(in_features=4, out_features=4, bias=True)\n      (act): ReLU()\n    )\n"
    )
    sizes = []
    for times in (100, 400):
        blocks = "".join(block.format(at=at) for at in range(times))
        text = f"Net(\n  (layers): ModuleList(\n{blocks}  )\n)\n"
        sizes.append(packed(api.compare(text, text.replace("ReLU", "Tanh", 1))))
    assert sizes[1] < 2 * sizes[0]
