"""One network of a comparison: neighbours across closed blocks, what runs in order, and what its shapes show."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from answers import holding
from archdiff.diff.network_index import NetworkIndex, leaf_pairs, overlaps
from archdiff.infer import Sized, SizedOccurrence
from archdiff.model.network import join, walk_lines
from trees import found, index, sized


def linear(inputs: int, outputs: int) -> str:
    return f"Linear(in_features={inputs}, out_features={outputs}, bias=True)"


LINEAR = linear(8, 8)
FLATTEN = "Flatten(start_dim=1, end_dim=-1)"
CONV = "Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))"
POOL = "MaxPool2d(kernel_size={}, stride={}, padding=0, dilation=1, ceil_mode=False)"
WINNERS = (
    "KWinners2d(channels=8, n=0, percent_on=0.1, boost_strength=1.0, boost_strength_factor=0.9, "
    "k_inference_factor=1.5, duty_cycle_period=1000)"
)
UNITS = (
    "KWinners(n=100, percent_on=0.5, boost_strength=1.0, boost_strength_factor=0.9, k_inference_factor=1.0, "
    "duty_cycle_period=1000)"
)
BODY = holding("Body", LINEAR, "ReLU()")
AUX = holding("Aux", "ReLU()", linear(4, 3), "Tanh()")
CALLS = holding("Stage", a=linear(8, 4), b=linear(4, 8))
INDICES = holding("Stage", a=linear(8, 4), act="ReLU()", b="Embedding(10, 8)")
SIDE = holding("Stage", a=linear(8, 4), aux=holding("Sequential", linear(4, 3)), b=linear(4, 8))
SIDE_RELU = holding("Stage", a=linear(8, 4), aux=holding("Sequential", "ReLU()", linear(4, 3)), b=linear(4, 8))

NETWORKS = {
    "layers": holding("Net", LINEAR, "ReLU()", LINEAR),
    "blocks": holding("Net", BODY, BODY, "Tanh()", BODY),
    "blocks-in-order": holding("Sequential", holding("Sequential", BODY, "Tanh()"), BODY),
    "nested-blocks": holding("Net", holding("Stem", BODY, BODY), holding("Stem", BODY, BODY), LINEAR),
    "attention": holding("Net", holding("MultiheadAttention", out_proj=LINEAR), BODY, BODY),
    "no-kind": holding("Net", BODY, "Mystery()", BODY),
    "functions-called": holding("Net", CALLS, "ReLU()", CALLS),
    "another-reason-in-another-block": holding("Net", CALLS, "ReLU()", INDICES, "ReLU()", CALLS, "Tanh()", INDICES),
    "a-branch-in-another-block": holding("Net", SIDE, "ReLU()", SIDE_RELU),
    "in-blocks-of-blocks": holding("Net", holding("Stem", CALLS, "ReLU()"), holding("Stem", INDICES, "ReLU()")),
}
ALL = pytest.mark.parametrize("text", NETWORKS.values(), ids=NETWORKS)


def paths(sized: Sized) -> list[str]:
    return [path for path, _, _ in walk_lines(sized.normal.root)]


@ALL
def test_neighbours_do_not_depend_on_which_blocks_are_open(text: str) -> None:
    both = sized(text, text)[0]
    leaves = list(both.leaves)
    alone = [NetworkIndex(both) for _ in leaves]
    assert [each.leaf(leaf.path) for each, leaf in zip(alone, leaves, strict=True)] == leaves
    assert [each.before(leaf) for each, leaf in zip(alone, leaves, strict=True)] == [None, *leaves[:-1]]
    assert [each.behind(leaf) for each, leaf in zip(alone, leaves, strict=True)] == [*leaves[1:], None]
    opened = NetworkIndex(both)
    assert opened.first() == leaves[0]
    walked = [found(opened.first())]
    while (behind := opened.behind(walked[-1])) is not None:
        walked.append(behind)
    assert walked == leaves
    assert [opened.before(leaf) for leaf in leaves] == [None, *leaves[:-1]]


@ALL
def test_some_blocks_are_closed_where_there_are_any(text: str) -> None:
    """So that these tests ask what they say."""
    both = sized(text, text)[0]
    assert NetworkIndex(both).blocks == {run.path: run for run in both.leaves.runs if isinstance(run, SizedOccurrence)}
    assert bool(NetworkIndex(both).blocks) is ("Body" in text or "Stage" in text)


#: name, what is asked of a path
QUESTIONS: dict[str, Callable[[NetworkIndex, str], object]] = {
    "leaf": lambda side, path: side.leaf(path),
    "branches-off": lambda side, path: side.branches_off(path),
    "contradicts": lambda side, path: side.contradicts(path),
    "contradicts-beyond-calls": lambda side, path: side.contradicts(path, beyond_calls=True),
    "runs-otherwise": lambda side, path: side.runs_otherwise(path.rpartition(".")[0], path),
    "runs-as-printed": lambda side, path: side.runs_as_printed(path),
    "is-taken": lambda side, path: side.is_taken(path),
    "rank": lambda side, path: (leaf := side.leaf(path)) and side.rank(leaf),
    "knows-rank": lambda side, path: (leaf := side.leaf(path)) and side.knows_rank(leaf),
    "before": lambda side, path: (leaf := side.leaf(path)) and [*side.neighbours(leaf, behind=False)],
    "behind": lambda side, path: (leaf := side.leaf(path)) and [*side.neighbours(leaf, behind=True)],
}


@ALL
@pytest.mark.parametrize("shape", [None, (8,)], ids=["any-size", "given"])
def test_an_answer_does_not_depend_on_what_was_asked_before(text: str, shape: tuple[int, ...] | None) -> None:
    both = sized(text, text, shape)[0]
    every = [(name, path) for name in QUESTIONS for path in paths(both)]
    alone = {(name, path): QUESTIONS[name](NetworkIndex(both), path) for name, path in every}
    for seed in range(3):
        Random(seed).shuffle(every)
        side = NetworkIndex(both)
        assert {(name, path): QUESTIONS[name](side, path) for name, path in every} == alone


def test_a_leaf_that_is_not_there() -> None:
    side = index(NETWORKS["blocks"])
    assert (side.leaf("0.7"), side.leaf("7"), side.leaf("")) == (None, None, None)
    assert side.leaf("0") is None


def test_an_empty_network() -> None:
    side = index("Sequential()")
    assert side.first() is None
    assert not side.runs_as_printed("")


#: id, a network, a leaf, the paths of what runs before it and behind it
NEIGHBOURS = [
    ("in-order", holding("Sequential", LINEAR, "ReLU()", LINEAR), "1", "0", "2"),
    ("nearest-first", holding("Sequential", LINEAR, "ReLU()", "Tanh()", LINEAR, "Sigmoid()"), "2", "1 0", "3 4"),
    ("across-containers", holding("Sequential", holding("Sequential", LINEAR, "ReLU()"), holding("Sequential", LINEAR)),
     "0.1", "0.0", "1.0"),
    ("somebody", holding("Net", holding("Block", LINEAR, "ReLU()", LINEAR, "ReLU()"), "Tanh()"), "0.1", "", ""),
    ("beside-somebody", holding("Sequential", "Tanh()", holding("Block", LINEAR, "ReLU()", LINEAR), "Sigmoid()"),
     "2", "", ""),
    ("chain", holding("Net", holding("Block", LINEAR, "ReLU()"), "Mystery()"), "0.0", "", "0.1"),
    ("until-what-has-no-kind", holding("Sequential", "Tanh()", "Mystery()", "ReLU()", LINEAR), "2", "", "3"),
    ("root-that-agrees", holding("Net", LINEAR, "ReLU()", LINEAR), "1", "0", "2"),
    ("root-that-does-not", holding("Net", LINEAR, "ReLU()", linear(9, 9)), "1", "", ""),
    ("root-that-combines", holding("ResNet", LINEAR, "ReLU()", LINEAR), "1", "", ""),
    ("list", holding("Net", holding("ModuleList", LINEAR, "ReLU()"), "Tanh()"), "0.0", "", ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "path", "before", "behind"), [case[1:] for case in NEIGHBOURS], ids=[case[0] for case in NEIGHBOURS]
)
def test_neighbours(text: str, path: str, before: str, behind: str) -> None:
    side = index(text)
    leaf = found(side.leaf(path))
    assert [each.path for each in side.neighbours(leaf, behind=False)] == before.split()
    assert [each.path for each in side.neighbours(leaf, behind=True)] == behind.split()


#: id, a network, what shapes show of "0" or of the root, also beyond calls, and that all agree with the root
CONTRADICTED = [
    ("nothing", holding("Net", BODY, BODY), "0", False, False),
    ("a-function-called", holding("Net", CALLS, "ReLU()"), "0", True, False),
    ("not-what-holds-it", holding("Net", CALLS, "ReLU()"), "", False, False),
    ("indices", holding("Net", INDICES, "ReLU()"), "0", True, True),
    ("another-of-its-class", holding("Net", CALLS, "ReLU()", INDICES), "0", True, True),
    ("another-class", holding("Net", BODY, INDICES), "0", False, False),
    ("two-maps", holding("Net", LINEAR, LINEAR), "", True, False),
    ("another-width", holding("Net", LINEAR, "ReLU()", linear(9, 4)), "", True, True),
    ("what-is-certain-shows-nothing", holding("Sequential", LINEAR, "ReLU()", linear(9, 4)), "", False, False),
]


@pytest.mark.parametrize(
    ("text", "path", "at_all", "beyond"), [case[1:] for case in CONTRADICTED], ids=[case[0] for case in CONTRADICTED]
)
def test_contradicts(text: str, path: str, at_all: bool, beyond: bool) -> None:
    side = index(text)
    assert (side.contradicts(path), side.contradicts(path, beyond_calls=True)) == (at_all, beyond)


#: id, a network, whether all shapes agree with the printed order
AS_PRINTED = [
    ("all-agree", holding("Net", LINEAR, "ReLU()", LINEAR), True),
    ("no-input", holding("Net", "ReLU()", "Tanh()"), False),
    ("a-gap", holding("Net", LINEAR, LINEAR), False),
    ("unknown-behind", holding("Net", LINEAR, "Mystery()"), False),
]


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in AS_PRINTED], ids=[case[0] for case in AS_PRINTED])
def test_runs_as_printed(text: str, expected: bool) -> None:
    assert index(text).runs_as_printed("") is expected
    assert index(text).is_taken("") is expected


ROW = "{:<40} {:<25} {:<25}"
TABLE = "\n".join(
    [
        "=" * 80,
        ROW.format("Layer (type:depth-idx)", "Output Shape", "Param #"),
        "=" * 80,
        ROW.format("Net", "--", "--"),
        ROW.format("├─Linear: 1-1", "[2, 10]", "50"),
        ROW.format("├─ReLU: 1-2", "[2, 10]", "--"),
        ROW.format("├─Linear: 1-3", "[2, 10]", "110"),
        "=" * 80,
        "Total params: 160",
        "=" * 80,
    ]
)


def test_the_rows_of_a_summary_table_stand_in_the_order_of_a_run() -> None:
    """Whatever came in, of which it tells nothing."""
    side = index(TABLE)
    assert side.is_taken("")
    assert not side.runs_as_printed("")


#: id, a network, a path, whether what holds it is taken to run in order, and whether it may be
TAKEN = [
    ("sequential", holding("Net", holding("Sequential", LINEAR, linear(9, 9)), "Mystery()"), "0", True, True),
    ("wrapper", holding("Net", holding("DataParallel", BODY), "Mystery()"), "0", True, True),
    ("chain", holding("Net", BODY, "Mystery()"), "0", True, True),
    ("somebody", holding("Net", holding("Block", LINEAR, "ReLU()", LINEAR), "ReLU()"), "0", False, False),
    ("list", holding("Net", holding("ModuleList", LINEAR, "ReLU()"), "ReLU()"), "0", False, False),
    ("root", holding("Net", LINEAR, "ReLU()"), "", True, True),
    ("root-without-shapes", holding("Net", "ReLU()", "Tanh()"), "", False, True),
    ("root-that-combines", holding("ResNet", LINEAR, "ReLU()"), "", False, True),
    ("a-skip-at-the-root", holding("Net", LINEAR, skip="ReLU()"), "", False, True),
]


@pytest.mark.parametrize(
    ("text", "path", "taken", "may"), [case[1:] for case in TAKEN], ids=[case[0] for case in TAKEN]
)
def test_what_is_taken_to_run_in_order(text: str, path: str, taken: bool, may: bool) -> None:
    side = index(text)
    assert side.is_taken(path) is taken
    assert side.may_run_in_order(join(path, "0")) is may
    assert not side.is_taken("nowhere")


def test_the_class_that_is_taken_to_run_in_order() -> None:
    side = index(holding("Net", holding("Sequential", LINEAR, "ReLU()"), holding("Body", LINEAR, "ReLU()")))
    layers = {path: found(side.leaf(path)) for path in ("0.0", "0.1", "1.0", "1.1")}
    assert side.taken_in_order(layers["0.0"], layers["0.1"]) == ""
    assert side.taken_in_order(layers["1.0"], layers["1.1"]) == "Body"
    assert side.taken_in_order(layers["0.1"], layers["1.0"]) == "Net"


def test_containers_between_two_neighbours() -> None:
    side = index(
        holding(
            "Net", holding("Sequential", LINEAR, "ReLU()"), holding("Block", LINEAR, holding("Sequential", "ReLU()"))
        )
    )
    layers = {path: found(side.leaf(path)) for path in ("0.0", "0.1", "1.0", "1.1.0")}
    assert side.runs_in_order_between(layers["0.0"], layers["0.1"])
    assert not side.runs_in_order_between(layers["0.1"], layers["1.0"])
    assert not side.runs_in_order_between(layers["1.0"], layers["0.1"])
    assert side.runs_in_order_between(layers["1.0"], layers["1.1.0"])
    assert [side.stands_in_order(path) for path in ("0", "0.0", "1", "1.0", "1.1.0")] == [
        False,
        True,
        False,
        False,
        True,
    ]


#: id, a network, a block in it, whether it branches off
BRANCHES = [
    ("what-follows-takes-it", holding("Net", SIDE.replace("out_features=3", "out_features=4")), "0.a", False),
    ("what-follows-cannot-take-it",
     holding("Net", holding("Stage", a=linear(8, 4), aux=AUX, b=linear(4, 8))),
     "0.aux", True),
    ("what-follows-takes-it-behind-a-function",
     holding("Net", holding("Stage", a=linear(8, 4), aux=holding("Body", linear(4, 4)), b=linear(4, 8))),
     "0.aux", False),
    ("not-the-layer-before-it",
     holding("Net", holding("Stage", a=linear(8, 4), aux=AUX, b=linear(4, 8))),
     "0.a", False),
    ("inside-of-the-branch", holding("Net", holding("Stage", a=linear(8, 4), aux=INDICES)), "0.aux", False),
    ("in-another-of-its-class", holding("Net", SIDE, "ReLU()", SIDE_RELU), "0.aux", True),
    ("in-another-class", holding("Net", SIDE, "ReLU()", SIDE_RELU.replace("Stage", "Step")), "0.aux", False),
    ("a-branch-of-the-root",
     holding("Net", a=linear(8, 4), aux=AUX, b=linear(4, 8)), "aux", True),
]  # fmt: skip


@pytest.mark.parametrize(("text", "path", "expected"), [case[1:] for case in BRANCHES], ids=[c[0] for c in BRANCHES])
def test_branches_off(text: str, path: str, expected: bool) -> None:
    assert index(text, (8,)).branches_off(path) is expected


#: id, a network, its input, a container, a node of it, whether shapes show that the node does not run there
OTHERWISE = [
    ("nothing", holding("Net", BODY, BODY), None, "0", "0.1", False),
    ("a-function-would-explain-it", holding("Net", CALLS, "ReLU()"), None, "0", "0.b", False),
    ("indices", holding("Net", INDICES, "ReLU()"), None, "0", "0.b", True),
    ("the-one-before", holding("Net", INDICES, "ReLU()"), None, "0", "0.act", False),
    ("in-another-of-its-class", holding("Net", CALLS, "ReLU()", INDICES), None, "0", "0.b", True),
    ("another-size-would-explain-it", holding("Net", a=LINEAR, b=UNITS), None, "", "b", False),
    ("another-size-than-was-given", holding("Net", a=LINEAR, b=UNITS), (8,), "", "b", True),
    ("a-name-that-begins-alike", holding("Net", a=LINEAR, b="ReLU()", bb="Embedding(10, 8)"), None, "", "b", False),
    ("a-node-around-it", holding("Net", a=LINEAR, b=holding("Body", "Embedding(10, 8)", LINEAR)), None, "", "b", True),
]


@pytest.mark.parametrize(
    ("text", "shape", "container", "node", "expected"), [case[1:] for case in OTHERWISE], ids=[c[0] for c in OTHERWISE]
)
def test_runs_otherwise(text: str, shape: tuple[int, ...] | None, container: str, node: str, expected: bool) -> None:
    assert index(text, shape).runs_otherwise(container, node) is expected


#: id, a network, its input, how many dimensions come into each leaf, for which of them that is no guess
RANKS = [
    ("nothing-to-guess", holding("Sequential", "ReLU()", "Tanh()"), None, [None, None], ["0", "1"]),
    ("rows-are-a-guess", holding("Sequential", LINEAR, "ReLU()"), None, [None, 2], []),
    ("given", holding("Sequential", LINEAR, "ReLU()"), (8,), [None, 2], ["0", "1"]),
    ("convolution", holding("Sequential", CONV, "ReLU()", "Tanh()"), None, [None, 4, 4], ["0", "1", "2"]),
    ("pool-of-one-dimension", holding("Sequential", "ReLU()", "MaxPool1d(kernel_size=2)", "Tanh()"), None,
     [None, None, 3], ["0", "1", "2"]),
    ("flatten", holding("Sequential", "ReLU()", FLATTEN, "ReLU()", "Tanh()"), None, [None, None, 2, 2],
     ["0", "1", "2", "3"]),
    ("behind-a-flatten-in-a-block", holding("Sequential", LINEAR, FLATTEN, BODY), None, [None, 2, None, 2],
     ["2.0", "2.1"]),
    ("a-linear-passes-it-on", holding("Sequential", "MaxPool1d(kernel_size=2)", LINEAR, "ReLU()"), None, [None, 3, 3],
     ["0", "1", "2"]),
    ("unfold", holding("Sequential", "ReLU()", "Unfold(kernel_size=2, dilation=1, padding=0, stride=1)", "Tanh()"),
     None, [None, None, None], ["0", "1", "2"]),
    ("flatten-some", holding("Sequential", "Flatten(start_dim=2, end_dim=-1)", "ReLU()"), None, [None, None],
     ["0", "1"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "shape", "ranks", "known"), [case[1:] for case in RANKS], ids=[case[0] for case in RANKS]
)
def test_how_many_dimensions_come_in(
    text: str, shape: tuple[int, ...] | None, ranks: list[int | None], known: list[str]
) -> None:
    side = index(text, shape)
    assert [side.rank(leaf) for leaf in reversed(side.sized.leaves)][::-1] == ranks
    assert [leaf.path for leaf in side.sized.leaves if index(text, shape).knows_rank(leaf)] == known


#: id, layers, whether equal numbers come into the last of them
TIES = [
    ("no-pool", [CONV, WINNERS], False),
    ("pool-whose-windows-stand-apart", [CONV, POOL.format(2, 2), WINNERS], False),
    ("pool-whose-windows-overlap", [CONV, POOL.format(3, 2), WINNERS], True),
    ("an-activation-between", [CONV, POOL.format(3, 2), "Tanh()", WINNERS], True),
    ("a-map-between", [CONV, POOL.format(3, 2), CONV.replace("3, 8", "8, 8", 1), WINNERS], False),
    ("no-winners", [CONV, POOL.format(3, 2), "ReLU()"], False),
    ("average", [CONV, "AvgPool2d(kernel_size=3, stride=2, padding=0)", WINNERS], False),
    ("winners-alone", [WINNERS], False),
]


@pytest.mark.parametrize(("layers", "expected"), [case[1:] for case in TIES], ids=[case[0] for case in TIES])
def test_ties_into(layers: list[str], expected: bool) -> None:
    side = index(holding("Sequential", *layers))
    assert side.ties_into(list(side.sized.leaves)[-1]) is expected


#: id, a pooling layer, whether its windows share inputs
WINDOWS = [
    ("apart", POOL.format(2, 2), False),
    ("gaps", POOL.format(2, 3), False),
    ("shared", POOL.format(3, 2), True),
    ("shared-in-one-dimension", POOL.format("(2, 3)", "(2, 2)"), True),
    ("one-dimension", "MaxPool1d(kernel_size=3, stride=2)", True),
    ("not-printed", "MaxPool2d()", False),
]


@pytest.mark.parametrize(("layer", "expected"), [case[1:] for case in WINDOWS], ids=[case[0] for case in WINDOWS])
def test_overlaps(layer: str, expected: bool) -> None:
    assert overlaps(found(index(holding("Net", layer)).leaf("0"))) is expected


def test_what_a_network_holds() -> None:
    unpool = holding("Net", BODY, BODY, "MaxUnpool2d(kernel_size=(2, 2), stride=(2, 2), padding=(0, 0))")
    assert index(unpool).unpools
    assert index(holding("Net", holding("Body", unpool), holding("Body", unpool))).unpools
    assert not index(NETWORKS["blocks"]).unpools
    assert not index(NETWORKS["layers"]).shapes_are_given
    assert index(NETWORKS["layers"], (8,)).shapes_are_given
    assert not index(holding("Net", "ReLU()")).shapes_are_given


def test_whose_forward_runs_what_stands_under_a_path() -> None:
    parts = holding("ModuleDict", a=holding("ModuleList", LINEAR))
    side = index(holding("Net", body=holding("Body", parts=parts), last="Identity()"))
    owners = {path: side.owner(path) for path in ("body.parts.a", "body.parts", "body", "", "last", "nowhere")}
    assert {path: owner and owner.class_name for path, owner in owners.items()} == {
        "body.parts.a": "Body", "body.parts": "Body", "body": "Body", "": "Net", "last": "Identity", "nowhere": None,
    }  # fmt: skip
    listed = index(holding("ModuleList", LINEAR)).owner("")
    assert listed is not None
    assert listed.class_name == "ModuleList"
    assert side.passes_through("last")
    assert not side.passes_through("body")


def test_pairs_of_leaves() -> None:
    ours, theirs = (NetworkIndex(each) for each in sized(NETWORKS["blocks"], holding("Other", "Tanh()", BODY)))
    one, other = found(ours.leaf("2")), found(theirs.leaf("0"))
    assert list(leaf_pairs((one, other))) == [(one, other)]
    pairs = list(leaf_pairs((ours.blocks["1"], theirs.blocks["1"])))
    assert [(a.path, b.path) for a, b in pairs] == [("1.0", "1.0"), ("1.1", "1.1")]
    assert pairs == [(ours.leaf(path), theirs.leaf(path)) for path in ("1.0", "1.1")]
