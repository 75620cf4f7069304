# ruff: noqa: E501  (tables: a case a line)
"""Findings as plain values: their words, what stands on their lines, their rows, and the command that undoes them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from answers import compared
from archdiff.model.effects import Effect
from archdiff.model.finding import Finding, Place
from archdiff.model.message import message
from archdiff.model.outcome import Outcome
from archdiff.report._page.findings import MOST, PageFindings
from archdiff.report._page.rows import of_outcome
from archdiff.report._page.sides import Tables, of_both
from report.answers import CLAIM, DENSITY, DIFFERENT, MEASURED, MINE, MOMENTUM, NOT_PRINTED, ORIGINAL, RENAMED, SWAP


def of(outcome: Outcome, most: int | None = MOST) -> tuple[list[dict[str, Any]], int]:
    tables = Tables()
    layers = of_both(outcome, tables)
    rows = of_outcome(outcome, (layers[0].paths, layers[1].paths)).rows
    return PageFindings(outcome, rows, layers, tables).all(most)


def one(finding: Finding, outcome: Outcome = DIFFERENT) -> dict[str, Any]:
    (found,), left_out = of(replace(outcome, findings=(finding,)))
    assert left_out == 0
    return found


def setting(path: str, name: str = "eps", count: int = 1, effect: Effect = Effect.FUNCTION) -> Finding:
    place = Place(path, 7, 1, "Foo")
    places = tuple([(Place(f"{path}.{at}", 7 + at, 1, "Foo"),) * 2 for at in range(count)]) if count > 1 else ()
    first = places[0] if places else (place, place)
    return Finding("AD301", effect, f"{name} 1, not 2", "setting", *first, name, count=count, places=places)


def test_all_that_is_told() -> None:
    assert one(DENSITY) == {
        "id": "AD501-linear",
        "rule": "AD501",
        "name": "weight-density",
        "effect": "function",
        "category": "difference",
        "message": "weights dense, not 40 % non-zero (5018 of 12544 a unit)",
        "spans": [],
        "where": "linear",
        "also": [],
        "settings": ["weight_density"],
        "lines": ["23", "117"],
        "printed": ["(linear): Linear(...)", "(linearSdr1): Linear(...)"],
        "rows": [[6, 6]],
        "hint": DENSITY.hint,
        "code": False,
        "assumes": "",
        "follows": [],
        "members": [],
        "undo": "archdiff compare note.md#Mine note.md#Sparse --run --undo AD501@linear",
    }


@pytest.mark.parametrize(
    ("finding", "told"),
    [
        pytest.param(
            setting("linear", count=2),
            {"message": "eps 1, not 2 (2 places)", "where": "linear.*", "rows": [], "lines": ["7", "7"]},
            id="several places",
        ),
        pytest.param(MEASURED, {"id": "AD903", "category": "measured", "lines": ["", ""], "printed": ["", ""]}, id="no place"),
        pytest.param(CLAIM, {"category": "about the paper", "settings": ["L1 F"], "code": False}, id="about the paper"),
        pytest.param(NOT_PRINTED, {"category": "not printed", "code": True, "lines": ["17", "88"], "rows": []}, id="not printed"),
        pytest.param(RENAMED, {"effect": "cosmetic", "rows": [[0, 0]], "undo": ""}, id="spelling"),
        pytest.param(replace(MOMENTUM, reference=None), {"lines": ["19", ""], "printed": ["(cnn1_bn): BatchNorm2d(...)", ""]}, id="one side"),
        pytest.param(replace(MOMENTUM, assumes="taking A to run"), {"assumes": "taking A to run"}, id="an assumption"),
        pytest.param(replace(MOMENTUM, measured="equal"), {"message": "momentum 0.1, not 0.9 (measured: equal)"}, id="measured"),
    ],
)  # fmt: skip
def test_what_is_told(finding: Finding, told: dict[str, Any]) -> None:
    found = one(finding)
    assert {key: found[key] for key in told} == told


def test_what_follows() -> None:
    inner = replace(MOMENTUM, consequences=(RENAMED,))
    first, second = SWAP.consequences
    found = one(replace(SWAP, consequences=(replace(first, consequences=(inner,)), second)))
    assert [(each["effect"], each["lines"], each["rows"]) for each in found["follows"]] == [
        ("function", ["20", "114"], [[2, 3]]),
        ("function", ["23", "117"], [[5, 5]]),
    ]
    (below,) = found["follows"][0]["follows"]
    assert (below["message"], below["effect"], below["follows"][0]["effect"]) == (inner.message, "training", "cosmetic")


def test_parts_of_a_decision() -> None:
    members = (replace(MOMENTUM, consequences=(replace(SWAP.consequences[0], rule="AD301"),)), SWAP)
    found = one(replace(MOMENTUM, rule="AD109", members=members))
    assert found["settings"] == ["momentum"]
    assert found["members"] == [["cnn1_bn", MOMENTUM.message], ["cnn1_kwinner", SWAP.message]]
    assert [each["message"] for each in found["follows"]] == [SWAP.consequences[0].message]  # of winners alone
    assert found["undo"].endswith("--run --undo AD401@cnn1_bn --undo AD101@cnn1_kwinner")


def test_settings_of_the_parts_of_a_decision() -> None:
    parts = tuple([setting("a", name) for name in ("padding", "dilation", "padding")])
    assert one(replace(SWAP, members=parts))["settings"] == ["padding", "dilation"]


def test_fields_of_configurations() -> None:
    text = '{{\n  "model_type": "llama",\n  "vocab_size": {}\n}}'
    (found,), _ = of(compared(text.format(8), text.format(9)))
    assert (found["lines"], found["rows"]) == (["3", "3"], [])
    assert found["printed"] == ["vocab_size: 8", "vocab_size: 9"]


def test_values_have_spans() -> None:
    outcome = compared("Net(\n  (d): Dropout(p=0.5)\n)", "Net(\n  (d): Dropout(p=0.1)\n)")
    (found,), _ = of(outcome)
    assert (found["message"], found["spans"]) == ("p 0.5, not 0.1", [[2, 5, "ours"], [11, 14, "theirs"]])
    assert found["printed"] == ["(d): Dropout(p=0.5)", "(d): Dropout(p=0.1)"]


def test_ids_are_unique() -> None:
    findings = [setting("a"), setting("a", "b"), setting("a-2"), setting("a"), setting("", "x"), setting("", "y")]
    found, _ = of(replace(DIFFERENT, findings=tuple(findings)))
    assert [each["id"] for each in found] == ["AD301-a", "AD301-a-2", "AD301-a-2-2", "AD301-a-3", "AD301", "AD301-2"]


def test_no_more_than_a_page_shows() -> None:
    outcome = replace(DIFFERENT, findings=(MOMENTUM, DENSITY, RENAMED))
    for most, shown, left_out in ((2, 2, 1), (3, 3, 0), (None, 3, 0)):
        found, rest = of(outcome, most)
        assert (len(found), rest) == (shown, left_out)


@pytest.mark.parametrize("key", ["also", "follows", "members"])
def test_long_lists_are_cut_and_say_so(key: str) -> None:
    many = tuple([setting(f"{chr(97 + at // 26)}{chr(97 + at % 26)}") for at in range(203)])
    finding = {
        "also": replace(many[0], count=203, places=tuple([(each.candidate, each.reference) for each in many])),
        "follows": replace(many[0], consequences=many),
        "members": replace(many[0], members=many),
    }[key]
    told = one(finding)[key]
    last = told[-1]["message"] if isinstance(last := told[-1], dict) else last[1] if isinstance(last, list) else last
    assert (len(told), last) == (201 if key != "also" else 200, f"and {3:,} more")


# Rows of blocks

BLOCKS = "Net(\n  (l): ModuleList(\n    (0): Block(\n      (a): {}\n      (b): {}\n    )\n    (1): Block(\n      (a): {}\n    )\n  )\n)"


@pytest.mark.parametrize(
    ("path", "rows"),
    [("l.0", [[0, 1]]), ("l", [[0, 2]]), ("l.1", [[2, 2]]), ("l.0.b", [[1, 1]]), ("l.10", []), ("", [])],
)
def test_rows_of_a_block(path: str, rows: list[list[int]]) -> None:
    text = BLOCKS.format("ReLU()", "Tanh()", "ReLU()")
    found = one(replace(setting(path)), compared(text, text))
    assert found["rows"] == rows


def test_the_line_of_a_block_and_of_a_layer_without_a_name() -> None:
    text = BLOCKS.format("ReLU()", "Tanh()", "ReLU()")
    place = Place("l.0", 3, None, "Block")
    found = one(Finding("AD106", Effect.UNKNOWN, "", candidate=place, reference=None), compared(text, text))
    assert found["printed"] == ["(0): Block(", ""]
    (root,), _ = of(compared("ReLU()", "Tanh()"))
    assert (root["printed"], root["rows"]) == (["ReLU()", "Tanh()"], [[0, 0]])


def test_places_that_touch_are_one_range_and_the_first_place_comes_first() -> None:
    places = tuple([(Place(path, 1), Place(other, 1)) for path, other in (("linear", "flatten"), ("cnn1", "missing"))])
    finding = replace(setting("linear"), candidate=places[0][0], reference=places[0][1], count=2, places=places)
    assert one(finding)["rows"] == [[5, 6], [0, 0]]


def sequential(*layers: str) -> str:
    return "\n".join(["Sequential(", *(f"  ({at}): {layer}" for at, layer in enumerate(layers)), ")"])


CONV, RELU, UP = (
    "Conv2d(4, 4, kernel_size=(3, 3), stride=(1, 1))",
    "ReLU()",
    "Upsample(scale_factor=2.0, mode='nearest')",
)
POOL, ONE = "AdaptiveAvgPool2d(output_size=(6, 6))", "AvgPool2d(kernel_size=1, stride=1, padding=0)"
ODD = "Net(\n  (conv): Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1))\n  (pool): SelectAdaptivePool2d(pool_type={}, flatten=Flatten(start_dim=1, end_dim=-1))\n)"


@pytest.mark.parametrize(
    ("candidate", "reference", "found"),
    [
        pytest.param(sequential(CONV, RELU), sequential(CONV, "Tanh()"), [("AD105-1", [[1, 1]])], id="a layer"),
        pytest.param("Linear(2, 3)", "Linear(2, 4)", [("AD301", [[0, 0]])], id="the whole network is a layer"),
        pytest.param(ODD.format("avg"), ODD.format("max"), [("AD105-pool", [[1, 2]])], id="a layer that holds a layer"),
        pytest.param(sequential(CONV, "Flatten()"), sequential(CONV, POOL, ONE, "Flatten()"), [("AD103-1", [[1, 2]])], id="a run on one side"),
        pytest.param(sequential(CONV, UP, RELU, CONV), sequential(CONV, RELU, UP, CONV), [("AD101-1", [[1, 2]])], id="a run in another order"),
    ],
)  # fmt: skip
def test_rows_of_a_comparison(candidate: str, reference: str, found: list[tuple[str, list[list[int]]]]) -> None:
    assert [(each["id"], each["rows"]) for each in of(compared(candidate, reference))[0]] == found


# The command that undoes it


@pytest.mark.parametrize(
    ("candidate", "reference", "path", "undo"),
    [
        pytest.param(("<text>", "A"), ("b.txt", "B"), "x", "", id="a text without a name"),
        pytest.param(("a.txt", "A"), ("<model>", ""), "x", "", id="a live module without an address"),
        pytest.param(("a.txt", "a\u202eb"), ("b.txt", "B"), "x", "", id="what cannot be seen"),
        pytest.param(("a.txt", "A"), ("b.txt", "B"), "x\n", "", id="nor in a path"),
        pytest.param(("a.txt", "A"), ("b.txt", "B"), "", "", id="the whole network"),
        pytest.param(("a.txt", "A"), ("m.n:make", "Net"), "x", "", id="a live module"),
        pytest.param(("a.txt", "A"), ("a.txt", "A"), "x", "", id="one address for both"),
        pytest.param(("a.txt", "A"), ("a.txt", "B"), "x", "a.txt#A a.txt#B --run --undo AD301@x", id="one file"),
        pytest.param(("a.txt", ""), ("a#b.txt", "B"), "x", "a.txt a#b.txt#B --run --undo AD301@x", id="no label"),
        pytest.param(("git:HEAD:a b.txt", "It's"), ("ref:p/n", "N"), "x y", "'git:HEAD:a b.txt#It'\"'\"'s' ref:p/n#N --run --undo 'AD301@x y'", id="quotes"),
    ],
)  # fmt: skip
def test_the_command(candidate: tuple[str, str], reference: tuple[str, str], path: str, undo: str) -> None:
    sides = [
        replace(side, source=source, label=label)
        for side, (source, label) in zip((MINE, ORIGINAL), (candidate, reference), strict=True)
    ]
    outcome = replace(DIFFERENT, candidate=sides[0], reference=sides[1])
    assert one(setting(path), outcome)["undo"].removeprefix("archdiff compare ") == undo


def test_the_command_gives_the_shape_that_was_given() -> None:
    sides = [replace(side, input_shape=(1, 32, 32), input_shape_from="given") for side in (MINE, ORIGINAL)]
    outcome = replace(DIFFERENT, candidate=sides[0], reference=sides[1])
    assert one(setting("x"), outcome)["undo"].endswith("#Sparse --run --input-shape 1,32,32 --undo AD301@x")


@pytest.mark.parametrize("which", [0, 1])
def test_no_command_for_networks_that_cannot_run(which: int) -> None:
    """What no shape is known of cannot be built from its print."""
    sides = [MINE, ORIGINAL]
    *layers, last = sides[which].layers
    sides[which] = replace(sides[which], layers=(*layers, replace(last, output_shape=None)))
    assert one(setting("x"), replace(DIFFERENT, candidate=sides[0], reference=sides[1]))["undo"] == ""


@pytest.mark.parametrize(
    ("finding", "undo"),
    [
        (setting("a", count=3), "--undo AD301@a.0 --undo AD301@a.1 --undo AD301@a.2"),
        (setting("a", count=21), ""),
        (setting("a", effect=Effect.EQUIVALENT), ""),
        (NOT_PRINTED, ""),
        (SWAP, "--undo AD101@cnn1_kwinner"),
        (replace(SWAP, effect=Effect.UNKNOWN), ""),
        (replace(SWAP, what=message("declared")), ""),
    ],
    ids=[
        "places",
        "too many places",
        "nothing to undo",
        "no difference",
        "an order",
        "an order that may not run",
        "an order of declarations",
    ],
)
def test_what_can_be_undone(finding: Finding, undo: str) -> None:
    assert one(finding)["undo"].partition(" --run ")[2] == undo
