"""What blocks that are alike stand for: each of their pairs once, in printed order, the blocks first."""

from __future__ import annotations

import pytest

from answers import holding
from archdiff.diff.nodes import Node
from archdiff.diff.steps import Added, Alike, ContainerPair, Pair, Step, opened
from trees import aligned, at, told, trees

LINEAR = "Linear(in_features=8, out_features=8, bias=True)"
BLOCK = holding("Block", LINEAR, "ReLU()")
ATTENTION = holding("MultiheadAttention", out_proj=LINEAR)
NESTED = holding("Stage", BLOCK, holding("Sequential", LINEAR, BLOCK), "Tanh()")

#: id, a network, the pairs of it with itself
ALIKE = [
    ("layer", LINEAR, "="),
    ("layers-in-order", BLOCK, "[=] 0=0 1=1"),
    ("layer-with-children", holding("Net", ATTENTION, "ReLU()"), "[=] 0=0 0.out_proj=0.out_proj 1=1"),
    ("blocks-first", NESTED,
     "[=] [0=0] 0.0=0.0 0.1=0.1 [1=1] 1.0=1.0 [1.1=1.1] 1.1.0=1.1.0 1.1.1=1.1.1 2=2"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in ALIKE], ids=[case[0] for case in ALIKE])
def test_each_pair_of_two_blocks_that_are_alike(text: str, expected: str) -> None:
    step = Alike(*trees(text, text))
    assert " ".join(map(told, step.opened())) == expected
    assert [told(pair) for pair in step.pairs()] == [each for each in expected.split() if not each.startswith("[")]


@pytest.mark.parametrize("text", [case[1] for case in ALIKE], ids=[case[0] for case in ALIKE])
def test_each_node_stands_in_one_pair(text: str) -> None:
    a, b = trees(text, text)
    both = [*Alike(a, b).opened()]
    assert [pair.candidate for pair in both] == all_in(a)
    assert [pair.reference for pair in both] == all_in(b)
    assert [isinstance(pair, Pair) for pair in both] == [node.is_layer for node in all_in(a)]


def all_in(node: Node) -> list[Node]:
    """The node and all in it, in printed order."""
    return [node, *(inner for child in node.children for inner in all_in(child))]


#: id, candidate, reference, the steps, the same with blocks that are alike as their pairs
OPENED = [
    ("nothing-alike", holding("Net", LINEAR, "ReLU()"), holding("Net", LINEAR, "ReLU()"), "[=] 0=0 1=1", "[=] 0=0 1=1"),
    ("blocks", holding("Net", BLOCK, BLOCK), holding("Net", BLOCK, BLOCK), "[=] [0=0]* [1=1]*",
     "[=] [0=0] 0.0=0.0 0.1=0.1 [1=1] 1.0=1.0 1.1=1.1"),
    ("one-more-between", holding("Net", BLOCK, "Tanh()", BLOCK), holding("Net", BLOCK, BLOCK),
     "[=] [0=0]* +1 [2=1]*", "[=] [0=0] 0.0=0.0 0.1=0.1 +1 [2=1] 2.0=1.0 2.1=1.1"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("candidate", "reference", "closed", "expected"), [case[1:] for case in OPENED], ids=[case[0] for case in OPENED]
)
def test_steps_of_a_network_beside_another(candidate: str, reference: str, closed: str, expected: str) -> None:
    steps = aligned(candidate, reference)
    assert " ".join(map(told, steps)) == closed
    assert " ".join(map(told, opened(steps))) == expected
    assert " ".join(map(told, opened(opened(steps)))) == expected


def test_steps_that_are_no_blocks_stay_as_they_are() -> None:
    a, b = trees(holding("Net", BLOCK, "Tanh()"), holding("Net", BLOCK))
    steps: list[Step] = [ContainerPair(a, b), Alike(at(a, "0"), at(b, "0")), Added(at(a, "1"))]
    found = [*opened(steps)]
    assert found[0] is steps[0]
    assert found[-1] is steps[-1]
    assert " ".join(map(told, found[1:-1])) == "[0=0] 0.0=0.0 0.1=0.1"
