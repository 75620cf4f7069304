"""What each step of an alignment costs: the table of the module, the same both ways, and what is never a pair."""

from __future__ import annotations

from itertools import combinations_with_replacement
from math import inf

import pytest

from answers import holding
from archdiff.diff import costs
from archdiff.diff.nodes import Node
from trees import trees


def linear(inputs: int, outputs: int, bias: bool = True) -> str:
    return f"Linear(in_features={inputs}, out_features={outputs}, bias={bias})"


CONV = "Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1))"
DEPTHWISE = "Conv2d(8, 8, kernel_size=(3, 3), stride=(1, 1), groups=8)"
STRIDED = DEPTHWISE.replace("8", "6").replace("1, 1", "2, 2")
WINNERS = (
    "KWinners(n=50, percent_on=0.1, boost_strength=1.0, boost_strength_factor=0.9, k_inference_factor=1.5, "
    "duty_cycle_period=1000)"
)
BLOCK = holding("Block", linear(8, 8), "ReLU()")
THREE = linear(8, 8), "ReLU()", CONV


def pair(one: str, other: str) -> tuple[Node, Node]:
    """Two layers of two networks, under one name."""
    a, b = trees(holding("Net", one), holding("Net", other))
    return a.children[0], b.children[0]


#: id, two layers, the cost of the pair
PAIRS = [
    # one kind: 0.1, and 0.6 times the share of settings that differ
    ("no-setting", linear(8, 8), linear(8, 8), 0.1),
    ("a-third", linear(8, 8), linear(8, 8, False), 0.3),
    ("two-thirds", linear(8, 8), linear(8, 4, False), 0.5),
    ("every-setting", linear(8, 8), linear(6, 4, False), 0.7),
    ("one-prints-none", "Mystery()", "Mystery(a=1)", 0.7),
    ("one-prints-more", "Mystery(a=1)", "Mystery(a=1, b=2)", 0.3),
    # two kinds of one role
    ("activations", "ReLU()", "Tanh()", 1.2),
    ("activation-and-winners", "ReLU()", WINNERS, 1.2),
    ("maps", CONV, linear(8, 8), 1.2),
    ("dropouts", "Dropout(p=0.5)", "AlphaDropout(p=0.5)", 1.2),
    ("max-pools", "MaxPool2d(kernel_size=2)", "AdaptiveMaxPool2d(output_size=1)", 1.2),
    ("softmaxes", "Softmax(dim=1)", "LogSoftmax(dim=1)", 1.2),
    ("norms", "BatchNorm1d(8)", "BatchNorm2d(8)", 1.2),
    ("norms-of-which-one-keeps-no-statistics", "BatchNorm1d(8)", "BatchNorm2d(8, track_running_stats=False)", 1.2),
    ("reshapes", "Flatten()", "Unflatten(dim=1, unflattened_size=(4, 2))", 1.2),
    ("one-kind-in-two-and-three-dimensions", "AvgPool2d(kernel_size=2)", "AvgPool3d(kernel_size=2)", 1.2),
    # two kinds
    ("two-roles", "ReLU()", linear(8, 8), 1.9),
    ("two-classes-without-a-kind", "Mystery()", "Riddle()", 1.9),
    ("a-class-without-a-kind", "Mystery()", "ReLU()", 1.9),
    # an Identity is a pair with an Identity alone
    ("identities", "Identity()", "Identity()", 0.1),
    ("identity-and-a-layer", "Identity()", "ReLU()", 10.0),
    # a layer and a block
    ("block-and-a-layer", BLOCK, linear(8, 8), 10.0),
    ("block-without-a-body", BLOCK, "Block()", 0.3),
    ("block-without-a-body-and-settings", BLOCK, "Block(a=1)", 0.9),
    ("another-block-without-a-body", BLOCK, "Blocks()", 10.0),
    # blocks of one class: 0.1, 0.8 times what is unlike by its kind, 0.3 times what has no equal, 0.05 times what
    # differs in more than widths, and as much times what is of another kind or width
    ("a-kind-in-it", BLOCK, holding("Block", linear(8, 8), "Tanh()"), 0.7),
    ("a-width-in-it", BLOCK, holding("Block", linear(8, 4), "ReLU()"), 0.275),
    ("a-setting-in-it", BLOCK, holding("Block", linear(8, 8, False), "ReLU()"), 0.275),
    ("a-setting-and-a-width-in-it", BLOCK, holding("Block", linear(8, 4, False), "ReLU()"), 0.3),
    ("a-width-and-a-kind-in-it", BLOCK, holding("Block", linear(8, 4), "Tanh()"), 0.875),
    ("groups-in-it", holding("Block", DEPTHWISE), holding("Block", DEPTHWISE.replace("8", "6")), 0.45),
    ("groups-and-a-stride-in-it", holding("Block", DEPTHWISE), holding("Block", STRIDED), 0.5),
    ("nothing-in-common", BLOCK, holding("Block", "Tanh()", CONV), 1.3),
    ("an-identity-in-it", BLOCK, holding("Block", linear(8, 8), "ReLU()", "Identity()"), 0.17),
    # blocks of two classes: 0.2, and 1.5 times what is unlike, up to a half; 0.05 times what has other widths
    ("another-class", BLOCK, holding("Other", linear(8, 8), "ReLU()"), 0.2),
    ("another-class-and-settings", BLOCK, holding("Other", linear(8, 4), "ReLU()"), 0.225),
    ("another-class-and-a-third", holding("Block", *THREE), holding("Other", *THREE[:2], "Tanh()"), 0.2 + 1.55 / 3),
    ("another-class-and-one-more", holding("Block", *THREE), holding("Other", *THREE[:2]), 0.2 + 1.55 / 5),
    ("another-class-and-a-half", BLOCK, holding("Other", linear(8, 8), "Tanh()"), 10.0),
    # one wraps the other, so that what it wraps is its counterpart
    ("wrapped", holding("Outer", holding("Block", *THREE)), holding("Other", *THREE), 10.0),
    ("wrapped-with-more", holding("Outer", holding("Block", *THREE), "Tanh()"), holding("Other", *THREE), 10.0),
    ("both-wrapped", holding("Outer", holding("Block", *THREE)), holding("Other", holding("Inner", *THREE)), 0.2),
    ("wrapped-in-order", holding("Outer", holding("Sequential", *THREE)), holding("Other", *THREE), 0.2),
    ("a-block-in-it", holding("Outer", *THREE, holding("Block", "Tanh()")), holding("Other", *THREE), 0.2 + 1.55 / 7),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other", "cost"), [case[1:] for case in PAIRS], ids=[case[0] for case in PAIRS])
def test_a_pair_costs_the_same_both_ways(one: str, other: str, cost: float) -> None:
    a, b = pair(one, other)
    assert costs.pair_cost(a, b) == pytest.approx(cost)
    assert costs.pair_cost(b, a) == costs.pair_cost(a, b)


def test_costs_do_not_depend_on_what_was_asked_before() -> None:
    """What is kept of one pair of blocks holds for all that look like them, whatever their settings."""
    layers = list(dict.fromkeys(layer for case in PAIRS for layer in case[1:3]))
    a, b = trees(holding("Net", *layers), holding("Net", *layers))
    for x, y in combinations_with_replacement(range(len(layers)), 2):
        alone = costs.pair_cost(*pair(layers[x], layers[y]))
        assert costs.pair_cost(a.children[x], b.children[y]) == pytest.approx(alone)
        assert costs.pair_cost(a.children[y], b.children[x]) == pytest.approx(alone)


#: a row of it is a Linear with 10 outputs and a bias, or with 11 and none
TABLE = "\n".join(
    [
        "-" * 64,
        "        Layer (type)               Output Shape         Param #",
        "=" * 64,
        "            Linear-1                   [-1, 10]              50",
        "=" * 64,
    ]
)


@pytest.mark.parametrize(
    ("layer", "cost"),
    [(linear(4, 10), 0.1), (linear(5, 9, False), 0.1), ("ReLU()", 1.9)],
    ids=["equal", "wide", "other"],
)
def test_a_row_of_a_summary_table_has_no_settings_to_compare(layer: str, cost: float) -> None:
    a, b = trees(TABLE, holding("Net", layer))
    row, printed = a.children[0], b.children[0]
    assert costs.pair_cost(row, printed) == pytest.approx(cost)
    assert costs.pair_cost(printed, row) == pytest.approx(cost)
    assert not costs.may_lack_children(row.layer, printed.layer)


#: id, the layers, what it costs to leave each of them out
GAPS = [
    ("layers", (linear(8, 8), "ReLU()"), [1.0, 1.0]),
    ("a-layer-twice", ("ReLU()", "ReLU()"), [1.0, 1.0]),
    ("identity", ("Identity()", "ReLU()", "Identity()"), [0.1, 1.0, 0.1]),
    ("blocks", (BLOCK, holding("Block", "ReLU()"), BLOCK), [1.0, 1.0, 1.0]),
    ("a-block-that-the-one-before-repeats", (BLOCK, BLOCK, BLOCK, "ReLU()", BLOCK), [1.0, 0.65, 0.65, 1.0, 1.0]),
]


@pytest.mark.parametrize(("layers", "expected"), [case[1:] for case in GAPS], ids=[case[0] for case in GAPS])
def test_gap_costs(layers: tuple[str, ...], expected: list[float]) -> None:
    ours, _ = trees(holding("Net", *layers), "ReLU()")
    assert costs.gap_costs(ours.children) == expected


def test_where_a_print_is_cut_no_block_repeats_another() -> None:
    """Numbers are names there: what is missing is not known."""
    ours, _ = trees(holding("Net", BLOCK, BLOCK, "Identity()"), "ReLU()", cut=True)
    assert costs.gap_costs(ours.children) == [1.0, 1.0, 0.1]


#: id, what the two pairs of a swap cost, what the swap costs
SWAPS = [
    ("equal", 0.0, 0.0, 0.4),
    ("equal-but-for-a-name", 0.0, costs.NAME, 0.45),
    ("equal-but-for-both-names", costs.NAME, costs.NAME, 0.5),
    ("a-setting", 0.3, 0.0, 1.2),
    ("a-setting-in-both", 0.3, 0.25, 1.45),
    ("names-that-both-sides-hold", costs.CROSSED, costs.CROSSED, 2.1),
    ("the-most", 0.89, 0.89, 2.68),
    ("another-layer", costs.SWAP, 0.0, inf),
    ("another-layer-and-another-name", 1.2, costs.NAME, inf),
    ("never-a-pair", costs.FAR, costs.FAR, inf),
]


@pytest.mark.parametrize(("one", "two", "cost"), [case[1:] for case in SWAPS], ids=[case[0] for case in SWAPS])
def test_swap_costs(one: float, two: float, cost: float) -> None:
    assert costs.swap_cost(one, two) == pytest.approx(cost)
    assert costs.swap_cost(two, one) == costs.swap_cost(one, two)


#: id, what costs less, what costs more
LESS = [
    ("a-name-than-a-setting", costs.NAME, costs.pair_cost(*pair(linear(8, 8), linear(8, 8, False)))),
    ("a-name-than-any-unequal-pair", costs.NAME, costs.pair_cost(*pair("Identity()", "Identity()"))),
    ("strangers-under-other-names-than-leaving-both-out", costs.STRANGERS + costs.NAME, 2 * costs.GAP),
    ("one-role-than-strangers", costs.pair_cost(*pair("ReLU()", WINNERS)), costs.STRANGERS),
    ("a-swap-than-leaving-out-and-adding", costs.swap_cost(0.3, 0.3), 2 * costs.GAP),
    ("an-equal-swap-than-two-activations-replaced", costs.swap_cost(0, 0), 2 * 1.2),
    ("both-left-out-than-what-is-never-a-pair", 2 * costs.GAP, costs.FAR),
    ("a-copy-than-another-block", costs.COPY, costs.GAP),
]


@pytest.mark.parametrize(("less", "more"), [case[1:] for case in LESS], ids=[case[0] for case in LESS])
def test_what_costs_less(less: float, more: float) -> None:
    assert less < more


#: id, two layers of which one has children, whether they may be a pair
BODIES = [
    ("of-one-class", BLOCK, "Block()", True),
    ("of-two-classes", BLOCK, "Blocks()", False),
    ("of-one-kind", holding("ModuleList", "ReLU()"), "ModuleList()", True),
]


@pytest.mark.parametrize(("one", "other", "may"), [case[1:] for case in BODIES], ids=[case[0] for case in BODIES])
def test_which_may_lack_its_children(one: str, other: str, may: bool) -> None:
    a, b = pair(one, other)
    assert costs.may_lack_children(a.layer, b.layer) is may
    assert costs.may_lack_children(b.layer, a.layer) is may
