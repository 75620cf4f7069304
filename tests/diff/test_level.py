"""Lists of any length: what is found in long ones, that both directions agree, and that the work is bounded.

A list is a flat Sequential; each letter is a layer, as in `LETTERS`, and `linear(n)` are n layers of which no two are
equal. Costs of everyday lists are tested in `test_align`.
"""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archdiff import parse
from archdiff.diff import costs, level
from archdiff.diff.anchors import Stretch, anchors
from archdiff.diff.nodes import Node, nodes
from archdiff.diff.steps import Added, Pair, Removed, Step, Swap
from archdiff.model.network import Layer
from archdiff.semantics import rules

LETTERS = {
    "L": "Linear(in_features=8, out_features=8, bias=True)",
    "l": "Linear(in_features=8, out_features=8, bias=False)",
    "R": "ReLU()",
    "T": "Tanh()",
    "D": "Dropout(p=0.5, inplace=False)",
    "N": "LayerNorm((8,), eps=1e-05, elementwise_affine=True)",
    "S": "Softmax(dim=1)",
}


def linear(count: int, start: int = 1) -> list[str]:
    return [f"Linear(in_features={i}, out_features={i + 1}, bias=True)" for i in range(start, start + count)]


def conv(count: int) -> list[str]:
    return [f"Conv2d({i}, {i + 1}, kernel_size=(1, 1), stride=(1, 1))" for i in range(1, count + 1)]


def norms(count: int) -> list[str]:
    return [f"BatchNorm2d({i}, eps=1e-05, momentum=0.1, affine=True)" for i in range(1, count + 1)]


def changed(count: int, eps: str) -> list[str]:
    """Layers of four kinds without a pattern, of which none is equal to one with another eps."""
    kinds = random.Random(1).choices(("LayerNorm((8,)", "BatchNorm2d(8", "GroupNorm(2, 8", "InstanceNorm1d(8"), k=count)
    return [f"{kind}, eps={eps})" for kind in kinds]


def word(letters: str) -> list[str]:
    return [LETTERS[letter] for letter in letters]


def mixed(count: int, seed: int, letters: str = "LRTDN") -> list[str]:
    return word("".join(random.Random(seed).choices(letters, k=count)))


def rotated(layers: list[str], places: int) -> list[str]:
    return layers[places:] + layers[:places]


def tree(layers: list[str]) -> Layer:
    lines = [f"  ({i}): {layer}" for i, layer in enumerate(layers)]
    return rules.normalize(parse.parse(printed("Sequential", lines))[0]).root


def printed(class_name: str, lines: list[str]) -> str:
    return "\n".join([f"{class_name}(", *lines, ")", ""]) if lines else f"{class_name}()\n"


def named(layers: str, names: str) -> Layer:
    """The same under names, several under one: the numbers behind them count as places."""
    lines = [f"  ({name}.{i}): {LETTERS[letter]}" for i, (letter, name) in enumerate(zip(layers, names, strict=True))]
    return rules.normalize(parse.parse(printed("Net", lines))[0]).root


def steps(candidate: list[str], reference: list[str]) -> list[Step]:
    a, b = nodes(tree(candidate), tree(reference))
    return level.aligned(a.children, b.children)


def told(step: Step) -> tuple[str, ...]:
    match step:
        case Pair(a, b):
            return "pair", a.layer.name, b.layer.name
        case Swap(Pair(a, b), Pair(c, d)):
            return "swap", a.layer.name, b.layer.name, c.layer.name, d.layer.name
        case Added(a):
            return "added", a.layer.name
        case Removed(b):
            return "removed", b.layer.name
    raise AssertionError(step)


def mirrored(step: tuple[str, ...]) -> tuple[str, ...]:
    match step:
        case "pair", a, b:
            return "pair", b, a
        case "swap", a, b, c, d:
            return "swap", d, c, b, a
        case "added", a:
            return "removed", a
        case _, b:
            return "added", b
    raise AssertionError(step)


def numbers(found: list[Step]) -> dict[str, int]:
    equal = sum(isinstance(step, Pair) and step.candidate.key == step.reference.key for step in found)
    kinds = {"pairs": Pair, "swaps": Swap, "added": Added, "removed": Removed}
    return {"equal": equal} | {name: sum(isinstance(step, kind) for step in found) for name, kind in kinds.items()}


#: id, candidate, reference, equal pairs, other pairs, swaps, added, removed
LONG = [
    ("equal", linear(4000), linear(4000), 4000, 0, 0, 0, 0),
    ("none-against-many", [], linear(500), 0, 0, 0, 0, 500),
    ("short-against-long", linear(45), conv(900), 0, 45, 0, 0, 855),
    ("one-against-many", word("T"), mixed(5000, 1, "LRDN") + word("TL"), 1, 0, 0, 0, 5001),
    ("short-in-long", mixed(5000, 1)[2000:2300], mixed(5000, 1), 300, 0, 0, 0, 4700),
    *[
        (f"{name}-rotated-by-{places}", rotated(layers, places), layers, 4000 - places, 0, 0, places, places)
        for name, layers in (
            ("unequal", linear(4000)),
            ("few-kinds", mixed(4000, 1)),
            ("two-kinds", mixed(4000, 1, "LR")),
        )
        for places in (1, 7, 500, 2000)
    ],
    ("few-blocks-rotated-by-half", rotated(mixed(500, 1) * 8, 250), mixed(500, 1) * 8, 3750, 0, 0, 250, 250),
    ("many-blocks-rotated-by-half", rotated(mixed(50, 1) * 80, 25), mixed(50, 1) * 80, 3975, 0, 0, 25, 25),
    ("one-moved-past-all", word("S") + word("LR") * 2000, word("LR") * 2000 + word("S"), 4000, 0, 0, 1, 1),
    *[  # no two are equal, so the way is found in a band, which has to be widened
        (
            f"changed-throughout-and-shifted-by-{places}",
            changed(600, "1e-05") + norms(places),
            conv(places) + changed(600, "1e-06"),
            0,
            600,
            0,
            places,
            places,
        )
        for places in (4, 12, 25, 50)
    ],
    (
        "swap",
        [*linear(2000), *linear(2, 2002)[::-1], *linear(2000, 2004)],
        [*linear(2000), *linear(2002, 2002)],
        4000,
        0,
        1,
        0,
        0,
    ),
    (
        "setting",
        [*linear(2000), LETTERS["l"], *linear(2000)],
        [*linear(2000), LETTERS["L"], *linear(2000)],
        4000,
        1,
        0,
        0,
        0,
    ),
]


@pytest.mark.parametrize(
    ("candidate", "reference", "equal", "other", "swaps", "added", "removed"),
    [case[1:] for case in LONG],
    ids=[case[0] for case in LONG],
)
def test_long_lists(
    candidate: list[str], reference: list[str], equal: int, other: int, swaps: int, added: int, removed: int
) -> None:
    found = steps(candidate, reference)
    expected = {"equal": equal, "pairs": equal + other, "swaps": swaps, "added": added, "removed": removed}
    assert numbers(found) == expected
    assert_complete(found, len(candidate), len(reference))


def assert_complete(found: list[Step], ours: int, theirs: int) -> None:
    """Each layer stands in one step, in the order of its list, swaps apart."""
    mine: list[int] = []
    other: list[int] = []
    pairs: list[tuple[Node | None, Node | None]]
    for step in found:
        match step:
            case Pair(a, b):
                pairs = [(a, b)]
            case Swap(Pair(a, b), Pair(c, d)):
                pairs = [(c, b), (a, d)]
            case Added(a):
                pairs = [(a, None)]
            case Removed(b):
                pairs = [(None, b)]
        mine += [place(one) for one, _ in pairs if one is not None]
        other += [place(one) for _, one in pairs if one is not None]
    assert (mine, other) == ([*range(ours)], [*range(theirs)])


def place(node: Node) -> int:
    return int(node.layer.name.rpartition(".")[2])


def assert_mirror(candidate: Layer, reference: Layer) -> None:
    """Each way with keys of its own, which are numbered from the candidate."""
    there, back = (
        [told(step) for step in level.aligned(a.children, b.children)]
        for a, b in (nodes(candidate, reference), nodes(reference, candidate))
    )
    assert sorted(map(mirrored, back)) == sorted(there)
    matched = [[step for step in each if step[0] in ("pair", "swap")] for each in (there, map(mirrored, back))]
    assert matched[0] == matched[1]


few = st.integers(1, 4).flatmap(lambda kinds: st.text(alphabet="LlRTDN"[:kinds], max_size=60))


@settings(max_examples=100)
@given(few, few)
def test_the_other_way_round_is_the_mirror_image(candidate: str, reference: str) -> None:
    assert_mirror(tree(word(candidate)), tree(word(reference)))


pairs = st.lists(st.tuples(st.sampled_from("LlR"), st.sampled_from("qkv")), max_size=20)


@settings(max_examples=100)
@given(pairs, pairs)
def test_the_other_way_round_is_the_mirror_image_with_names(
    candidate: list[tuple[str, str]], reference: list[tuple[str, str]]
) -> None:
    ours, theirs = (named("".join(a for a, _ in side), "".join(b for _, b in side)) for side in (candidate, reference))
    assert_mirror(ours, theirs)


LARGE = [
    ("long-few-kinds", mixed(900, 1), mixed(900, 2)),
    ("long-two-kinds", mixed(900, 1, "LR"), mixed(800, 2, "LR")),
    ("rotated", rotated(mixed(2000, 1), 700), mixed(2000, 1)),
    ("rotated-blocks", rotated(mixed(50, 1) * 40, 25), mixed(50, 1) * 40),
    ("reversed", linear(900)[::-1], linear(900)),
    ("alternating", word("LR") * 700, word("RL") * 700),
    ("short-against-long", linear(45), conv(900)),
    ("unlike", norms(500), linear(700)),
]


@pytest.mark.parametrize(("candidate", "reference"), [case[1:] for case in LARGE], ids=[case[0] for case in LARGE])
def test_the_other_way_round_is_the_mirror_image_of_long_lists(candidate: list[str], reference: list[str]) -> None:
    assert_mirror(tree(candidate), tree(reference))


@settings(max_examples=8)
@given(st.integers(0, 2**32), st.integers(400, 900), st.integers(2, 5), st.integers(0, 60))
def test_edited_long_lists(seed: int, count: int, kinds: int, edits: int) -> None:
    chance = random.Random(seed)
    reference = mixed(count, seed, "LRTDN"[:kinds])
    candidate = list(reference)
    for _ in range(edits):
        at = chance.randrange(len(candidate))
        candidate[at : at + chance.randrange(3)] = mixed(chance.randrange(3), chance.randrange(99))
    found = steps(candidate, reference)
    assert_complete(found, len(candidate), len(reference))
    assert_mirror(tree(candidate), tree(reference))


#: id, candidate, reference, costs asked for and pairs of keys compared, both for each layer
BOUNDED = [
    ("all-equal", word("L") * 2000, word("L") * 1990, 0, 0),
    ("unequal-rotated", rotated(linear(2000), 500), linear(2000), 0, 0),
    ("few-kinds-rotated", rotated(mixed(2000, 1), 1000), mixed(2000, 1), 10, 1),
    ("all-different-one-kind", linear(2000), linear(2000, 5000), 80, 20),
    ("all-different-one-role", linear(2000), conv(2000), 80, 20),
    ("all-different-strangers", norms(2000), linear(2000), 80, 20),
    ("reversed", linear(2000)[::-1], linear(2000), 80, 20),
    ("few-kinds-reversed", mixed(2000, 1)[::-1], mixed(2000, 1), 732, 1),
    ("alternating", word("LR") * 1000, word("RL") * 1000, 80, 1),
    ("alternating-two-other-kinds", word("LR") * 1000, word("TD") * 1000, 80, 1),
    ("unrelated", mixed(2000, 1), mixed(2000, 2), 732, 1),
    ("short-against-long", linear(45), conv(900), 150, 45),
    ("long-against-short", conv(900), linear(45), 150, 45),
    ("one-against-many", word("T"), mixed(5000, 1), 3, 1),
    ("many-unrelated-against-more", mixed(450, 1), mixed(5000, 2), 732, 1),
]


@pytest.mark.parametrize(
    ("candidate", "reference", "asked", "compared"), [case[1:] for case in BOUNDED], ids=[case[0] for case in BOUNDED]
)
def test_the_work_is_bounded(
    monkeypatch: pytest.MonkeyPatch, candidate: list[str], reference: list[str], asked: int, compared: int
) -> None:
    counts = {"asked": 0, "compared": 0}
    row, pair_cost = level._Costs.row, costs.pair_cost

    def counted_row(self: level._Costs, i: int, start: int, stop: int) -> list[float]:
        counts["asked"] += stop - start
        return row(self, i, start, stop)

    def counted_pair_cost(a: Node, b: Node) -> float:
        counts["compared"] += 1
        return pair_cost(a, b)

    monkeypatch.setattr(level._Costs, "row", counted_row)
    monkeypatch.setattr(level, "pair_cost", counted_pair_cost)
    assert_complete(steps(candidate, reference), len(candidate), len(reference))
    layers = len(candidate) + len(reference)
    assert counts["asked"] <= asked * layers
    assert counts["compared"] <= compared * layers


def test_layers_and_containers_that_never_pair_are_not_weighed(monkeypatch: pytest.MonkeyPatch) -> None:
    candidate, reference = nodes(tree(word("RLT") * 100), tree(["Block(\n    (0): Tanh()\n  )"] * 3))
    monkeypatch.setattr(level, "_never_pair", lambda _a, _b: False)
    weighed = level.aligned(candidate.children, reference.children)
    monkeypatch.undo()
    monkeypatch.setattr(level._Costs, "row", None)  # which a table asks for
    assert level.aligned(candidate.children, reference.children) == weighed
    assert level.aligned(reference.children, candidate.children) == [
        *(Removed(node) for node in candidate.children),
        *(Added(node) for node in reference.children),
    ]


#: id, one list, the other, runs
ANCHORS = [
    ("nothing", "", "abc", []),
    ("nothing-in-common", "abc", "xyz", []),
    ("too-often", "a" * 200, "a" * 201, []),
    ("equal", "abc", "abc", [(0, 0, 3)]),
    ("inserted", "abcdef", "abcXdef", [(0, 0, 3), (3, 4, 3)]),
    ("grown-through-what-stands-often", "aabaa", "aabaa", [(0, 0, 5)]),
    ("two-in-a-row-stand-once", "abbaab", "abbaabb", [(0, 0, 6)]),
    ("a-neighbour-is-no-anchor", "abcdXYefgh", "abcdYXefgh", [(0, 0, 4), (6, 6, 4)]),
    ("one-moved-past-many", "X" + "ab" * 20, "ab" * 20 + "X", [(1, 0, 40)]),
    ("one-moved-is-not-worth-its-gaps", "X" + "ab" * 200, "ab" * 200 + "X", []),
    ("the-longer-part-of-a-rotation", "cdefghijab", "abcdefghij", [(0, 2, 8)]),
]


@pytest.mark.parametrize(("one", "other", "runs"), [case[1:] for case in ANCHORS], ids=[case[0] for case in ANCHORS])
def test_anchors(one: str, other: str, runs: list[tuple[int, ...]]) -> None:
    assert anchors([*map(ord, one)], [*map(ord, other)]) == [Stretch(*run) for run in runs]


@given(st.text(alphabet="abc", max_size=80), st.text(alphabet="abc", max_size=80))
def test_anchors_are_equal_runs_in_order(one: str, other: str) -> None:
    x = y = 0
    for run in anchors([*map(ord, one)], [*map(ord, other)]):
        assert run.length > 0
        assert run.x >= x
        assert run.y >= y
        assert one[run.x : run.x + run.length] == other[run.y : run.y + run.length]
        x, y = run.x + run.length, run.y + run.length
