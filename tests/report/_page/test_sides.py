"""One network as columns of its layers, in tables that both sides share."""

from __future__ import annotations

from dataclasses import replace
from itertools import accumulate
from typing import Any

import pytest

from answers import compared
from archdiff.model import places
from archdiff.model.outcome import NetworkInfo
from archdiff.report._page import sides
from report.answers import MINE

TEXT = """Net(
  (fc): Linear(in_features=8, out_features=10, bias=True)
  (act): KWinners(n=10, percent_on=0.2, boost_strength=1.0, boost_strength_factor=0.9, k_inference_factor=1.5, duty_cycle_period=1000)
  (inner): Sequential(
    (fc): Linear(in_features=10, out_features=10, bias=True)
    (0): Linear(in_features=10, out_features=10, bias=True)
    (odd): Odd(3, scale=2)
  )
)"""  # noqa: E501


def of(*networks: NetworkInfo) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    tables = sides.Tables()
    found = [sides.of_network(each, tables.enter(each), tables) for each in networks]
    return found, tables.values()


def test_the_head() -> None:
    (side,), _ = of(MINE)
    head = {key: value for key, value in side.items() if not isinstance(value, list)}
    assert head == {"label": "Mine", "length": 7}


CELL = places.in_cell(places.Cell(3, True, 20, 90), follows=True)


@pytest.mark.parametrize(
    ("network", "head"),
    [
        pytest.param(replace(MINE, label=""), {"label": "Sequential"}, id="no label"),
        pytest.param(replace(MINE, source="m:make"), {"line": []}, id="a live module"),
        pytest.param(
            replace(MINE, first_line=CELL, last_line=CELL + 2, layers=(replace(MINE.layers[0], line=CELL + 1),)),
            {"line": ["3:21"]},
            id="a notebook",
        ),
        pytest.param(replace(MINE, layers=()), {"length": 0, "line": [], "layer": [], "holder": []}, id="no layers"),
    ],
)
def test_heads(network: NetworkInfo, head: dict[str, Any]) -> None:
    (side,), _ = of(network)
    assert {key: side[key] for key in head} == head


def test_columns() -> None:
    network = compared(TEXT, TEXT, (8,)).candidate
    (side,), tables = of(network)
    holder, name, line, layer = (list(accumulate(side[key])) for key in ("holder", "name", "line", "layer"))
    paths = [f"{tables['holders'][a]}.{tables['names'][b]}" for a, b in zip(holder, name, strict=True)]
    assert paths == [".fc", ".act", "inner.fc", "inner.0", "inner.odd"]
    assert line == [2, 3, 5, 6, 7]
    assert layer == [0, 1, 2, 2, 3]
    text, shape, detail = (list(accumulate(tables[key])) for key in ("text", "shape", "detail"))
    assert [tables["texts"][at] for at in text] == [
        "Linear(in_features=8, out_features=10, bias=True)",
        TEXT.splitlines()[2].partition(": ")[2],
        "Linear(in_features=10, out_features=10, bias=True)",
        "Odd(3, scale=2)",
    ]
    assert [tables["shapes"][at] for at in shape] == ["10", "10", "10", ""]
    assert [tables["details"][at] for at in detail] == [
        [90, -1, 80, 1.0, 1.0, 1.0, None, None, None],
        [0, -1, 0, None, 0.2, 0.3, 10, 2, 3],
        [110, -1, 100, 1.0, 1.0, 1.0, None, None, None],
        [None, -1, None, None, None, None, None, None, None],
    ]


def test_both_sides_share_what_is_alike() -> None:
    other = TEXT.replace("(fc): Linear(in_features=10,", "(last): Linear(in_features=10,")
    outcome = compared(TEXT, other, (8,))
    both, tables = of(outcome.candidate, outcome.reference)
    assert both[0]["layer"] == both[1]["layer"]
    assert tables["names"] == ["fc", "act", "0", "odd", "last"]


def test_settings_that_are_not_alike_are_told_apart() -> None:
    dense, sparse = (replace(MINE.layers[5], weight_density=density) for density in (1.0, 0.4))
    (side,), tables = of(replace(MINE, layers=(dense, sparse, dense)))
    assert side["layer"] == [0, 1, -1]
    assert len(tables["details"]) == 2


CONFIGURATION = '{{"model_type": "llama", "hidden_size": {}, "num_attention_heads": 8}}'


@pytest.mark.parametrize(
    ("candidate", "reference", "paths"),
    [
        pytest.param("ReLU()", "ReLU()", ([""], [""]), id="a layer"),
        pytest.param("Net()", "Other()", ([""], [""]), id="a class without layers"),
        pytest.param("Net()", "Net(\n  (a): ReLU()\n)", ([""], ["a"]), id="a print without layers"),
        pytest.param(CONFIGURATION.format(64), CONFIGURATION.format(64), ([], []), id="equal configurations"),
        pytest.param(CONFIGURATION.format(64), CONFIGURATION.format(32), ([], []), id="configurations"),
    ],
)
def test_configurations_have_no_layers(candidate: str, reference: str, paths: tuple[list[str], list[str]]) -> None:
    ours, theirs = sides.of_both(compared(candidate, reference), sides.Tables())
    assert (ours.paths, theirs.paths) == paths


def test_what_is_known_of_a_layer() -> None:
    tables = sides.Tables()
    found = tables.enter(compared(TEXT, TEXT, (8,)).candidate)
    assert [tables.sizes(each) for each in found.alike] == [
        (90, None, None), (0, 10, 2), (110, None, None), (110, None, None), (None, None, None),
    ]  # fmt: skip
    assert [tables.has_shape(each) for each in found.alike] == [True, True, True, True, False]


def test_blocks_have_the_columns_of_their_layers() -> None:
    block = "    ({}): Block(\n      (a): Linear(in_features=4, out_features=4, bias=True)\n      (b): ReLU()\n    )\n"
    text = f"Net(\n  (stem): ReLU()\n  (l): ModuleList(\n{''.join(map(block.format, range(3)))}  )\n  (end): Tanh()\n)"
    network = compared(text, text).candidate
    tables = sides.Tables()
    found = tables.enter(network)
    assert found.paths == [layer.path for layer in network.layers]
    assert found.lines == [layer.line for layer in network.layers] == [2, 5, 6, 9, 10, 13, 14, 17]
    assert [tables.text(each) for each in found.alike] == [layer.printed for layer in network.layers]
    assert found.alike == [0, 1, 0, 1, 0, 1, 0, 2]
