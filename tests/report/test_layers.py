"""One network as a table, several as a list: the facts beside a name. In full text: the goldens of `test_terminal`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from archdiff.model.cost import Cost, KnownCost
from archdiff.model.network import Layer, Recipe, Setting
from archdiff.model.outcome import LayerInfo, NetworkInfo
from archdiff.report import View
from archdiff.report._layers import head, listing, table
from archdiff.report._lines import Line
from report.answers import MINE

WIDE = View(width=200)


def shown(line: Line) -> str:
    return "".join(text for text, _ in line)


@pytest.mark.parametrize(
    ("cost", "text"),
    [
        (Cost(1000, 1000, 5), "1,000 parameters, 5 multiply-accumulates"),
        (Cost(1000, 400, 5), "1,000 parameters, of which non-zero 400, 5 multiply-accumulates"),
        (Cost(1000, None, 5), "1,000 parameters, of which non-zero unknown, 5 multiply-accumulates"),
        (Cost(None, None, None), "? parameters, multiply-accumulates unknown"),
        (Cost(None, None, None, 30), "at least 30 parameters, multiply-accumulates unknown"),
    ],
    ids=["all known", "masked", "mask unknown", "unknown", "at least"],
)
def test_what_it_costs(cost: Cost, text: str) -> None:
    assert shown(list(head(replace(MINE, cost=KnownCost(cost)), "input 3", WIDE))[2]) == text


GROUP = Layer("Parameter Group 0", "", (Setting("lr", 0.1), Setting("betas", (0.9, 0.99))))


@pytest.mark.parametrize(
    ("recipe", "text"),
    [
        (None, "recipe not printed"),
        (Recipe(), "recipe not printed"),
        (Recipe((Layer("", "SGD", (), (GROUP,)),)), "recipe SGD(lr=0.1, betas=(0.9, 0.99))"),
        (
            Recipe(
                (
                    Layer(
                        "",
                        "SGD",
                        (),
                        (GROUP, GROUP._replace(settings=(Setting("lr", 1),))),
                    ),
                )
            ),
            "recipe SGD(lr=0.1, betas=(0.9, 0.99); lr=1)",
        ),
        (
            Recipe((), (Layer("", "StepLR", (Setting("step_size", 1), Setting(None, 2))),)),
            "recipe StepLR(step_size=1, 2)",
        ),
    ],
    ids=["none", "empty", "one group", "two groups", "a schedule"],
)
def test_how_it_was_trained(recipe: Recipe | None, text: str) -> None:
    assert shown(list(head(replace(MINE, recipe=recipe), "input 3", WIDE))[3]) == text


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({}, "Mine, Sequential, 7 layers (note.md:17-25)"),
        ({"label": ""}, "Sequential, 7 layers (note.md:17-25)"),
        ({"label": "Sequential"}, "Sequential, 7 layers (note.md:17-25)"),
        ({"left_out": 30_000}, "Mine, Sequential, 7 of 30,007 layers (note.md:17-25)"),
    ],
    ids=["a name", "no name", "its class", "folded lines"],
)
def test_who_it_is(change: dict[str, object], text: str) -> None:
    assert shown(next(head(replace(MINE, **change), "input 3", WIDE))) == text  # type: ignore[arg-type]  # any fields


def row(layer: LayerInfo) -> str:
    return shown(list(table(replace(MINE, layers=(layer,)), WIDE))[2])


LAYER = LayerInfo("fc", 3, "linear", "Linear", {"in_features": 8}, (8,), (4,), cost=KnownCost(Cost(36, 36, 32)))


@pytest.mark.parametrize(
    ("layer", "details"),
    [
        (LAYER, "in_features=8"),
        (replace(LAYER, has_weights=True, weight_density=1.0), "in_features=8"),
        (replace(LAYER, has_weights=True, weight_density=0.4), "weights non-zero: 40 %  in_features=8"),
        (replace(LAYER, has_weights=True), "weights non-zero: unknown  in_features=8"),
        (replace(LAYER, cost=KnownCost(Cost(36, 20, 32))), "20 non-zero  in_features=8"),
        (replace(LAYER, n=8, k=2, settings={"k": 3, "p": (2, 2)}), "n=8  k=2  p=2x2"),
    ],
    ids=["settings", "dense", "sparse", "density unknown", "masked by another layer", "winners"],
)
def test_what_a_layer_is_set_to(layer: LayerInfo, details: str) -> None:
    assert row(layer).endswith(f"  {details}")


def test_details_stand_below_where_there_is_no_room() -> None:
    lines = [shown(line) for line in table(replace(MINE, layers=(LAYER,)), View(width=60))]
    assert (lines[2].endswith("32"), lines[3].strip()) == (True, "in_features=8")


def test_names_to_pick_one_by() -> None:
    other: NetworkInfo = replace(MINE, label="", first_line=30, last_line=99, cost=KnownCost(Cost(None, None, None, 3)))
    first, blank, *rows = [shown(line) for line in listing([MINE, other], View(width=100))]
    assert (first, blank) == ("note.md holds 2 networks; FILE#NAME or FILE#NUMBER picks one", "")
    assert [line.split()[:3] for line in rows] == [["1", "Mine", "Sequential"], ["2", "Sequential", "Sequential"]]
    assert rows[1].endswith(">= 3 parameters")


def test_a_column_of_which_nothing_is_known_is_left_out() -> None:
    layers = tuple(replace(layer, output_shape=None, cost=KnownCost(Cost(8, 8, None))) for layer in MINE.layers)
    network = replace(MINE, layers=layers, cost=KnownCost(Cost(56, 56, None)))
    lines = list(map(shown, table(network, WIDE)))
    assert lines[1].split() == ["line", "layer", "class", "parameters"]
    assert not any("?" in line for line in lines)
    some = replace(network, layers=(MINE.layers[0], *layers[1:]))
    lines = list(map(shown, table(some, WIDE)))
    assert lines[1].split() == ["line", "layer", "class", "output", "parameters", "MACs"]
    assert lines[3].split()[:6] == ["19", "cnn1_bn", "BatchNorm2d", "?", "8", "?"]
