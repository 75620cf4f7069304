"""What is left over on both sides of two blocks: which of it is paired, with what, and in which place."""

from __future__ import annotations

import pytest

from answers import holding
from archdiff.diff.leftovers import paired
from archdiff.diff.nodes import Node
from archdiff.diff.steps import Added, ContainerPair, Pair, Removed, Step
from trees import at, told, trees


def linear(inputs: int, outputs: int, bias: bool = True) -> str:
    return f"Linear(in_features={inputs}, out_features={outputs}, bias={bias})"


LINEAR, BARE, WIDE = linear(8, 8), linear(8, 8, False), linear(8, 16)
NORM = "LayerNorm((8,), eps={}, elementwise_affine=True)"
CONV = "Conv2d(8, 8, kernel_size=({k}, {k}), stride=(1, 1))"


def left_over(ours: str, theirs: str) -> list[Step]:
    """The steps of two networks of which all layers right below the roots are left over."""
    a, b = trees(ours, theirs)
    return [ContainerPair(a, b), *map(Added, a.children), *map(Removed, b.children)]


def mine(*layers: str) -> str:
    return holding("Mine", *layers)


def original(*layers: str) -> str:
    return holding("Original", *layers)


#: id, candidate, reference
ALONE = [
    ("nothing", mine("ReLU()"), original("Tanh()")),
    ("of-one-class", mine(LINEAR), mine(LINEAR)),
    ("in-order", holding("Sequential", LINEAR), original(LINEAR)),
    ("against-a-list", mine(LINEAR), holding("ModuleList", LINEAR)),
    ("of-one-side", mine(LINEAR, LINEAR), holding("Original", "Mystery()")),
    ("more-on-one-side", mine(LINEAR, LINEAR), original(LINEAR)),
    ("fewer-on-one-side", mine(LINEAR), original(LINEAR, BARE)),
    ("other-widths", mine(LINEAR, WIDE), original(linear(4, 8), linear(8, 4))),
    ("other-kinds", mine(LINEAR), original(CONV.format(k=1))),
    ("one-dimension-and-two", mine(CONV.format(k=1)), original("Conv1d(8, 8, kernel_size=(1,), stride=(1,))")),
    ("functions", mine("ReLU()", "Dropout(p=0.1)"), original("ReLU()", "Dropout(p=0.2)")),
    ("no-kind", mine("Mystery()"), original("Mystery()")),
    ("with-children", mine(holding("MultiheadAttention", out_proj=LINEAR)),
     original(holding("MultiheadAttention", out_proj=LINEAR))),
]  # fmt: skip


@pytest.mark.parametrize(("ours", "theirs"), [case[1:] for case in ALONE], ids=[case[0] for case in ALONE])
def test_what_is_left_alone(ours: str, theirs: str) -> None:
    for steps in (left_over(ours, theirs), left_over(theirs, ours)):
        assert paired(steps) == steps


#: id, candidate, reference, the steps behind that of the roots
PAIRED = [
    ("equal", mine(LINEAR), original(LINEAR), "0=0"),
    ("another-bias", mine(BARE), original(LINEAR), "0=0"),
    ("another-kernel", mine(CONV.format(k=3)), original(CONV.format(k=1)), "0=0"),
    ("another-eps", mine(NORM.format(0.1)), original(NORM.format(0.2)), "0=0"),
    ("in-order", mine(CONV.format(k=3), CONV.format(k=5)), original(CONV.format(k=1), CONV.format(k=7)), "0=0 1=1"),
    ("equals-first", mine(LINEAR, BARE, LINEAR), original(BARE, LINEAR, LINEAR), "1=0 0=1 2=2"),
    ("what-is-left-behind-equals", mine(CONV.format(k=1), CONV.format(k=3)),
     original(CONV.format(k=3), CONV.format(k=5)), "1=0 0=1"),
    ("by-width", mine(LINEAR, WIDE), original(WIDE, LINEAR), "1=0 0=1"),
    ("by-kind", mine(LINEAR, NORM.format(0.1)), original(NORM.format(0.1), LINEAR), "1=0 0=1"),
    ("beside-what-stays", mine("ReLU()", LINEAR, WIDE), original(LINEAR, "Tanh()"), "+0 +2 1=0 -1"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"), [case[1:] for case in PAIRED], ids=[case[0] for case in PAIRED]
)
def test_what_is_paired(ours: str, theirs: str, expected: str) -> None:
    assert " ".join(map(told, paired(left_over(ours, theirs))[1:])) == expected


def test_the_other_way_round_pairs_the_same() -> None:
    for _, ours, theirs, _ in PAIRED:
        there, back = (pairs(paired(left_over(*sides))) for sides in ((ours, theirs), (theirs, ours)))
        assert {(b, a) for a, b in back} == there


def pairs(steps: list[Step]) -> set[tuple[str, str]]:
    return {(step.candidate.path, step.reference.path) for step in steps if isinstance(step, Pair)}


def test_only_what_stands_right_in_a_pair_of_blocks() -> None:
    """Of two pairs of blocks each has its own, and what stands deeper belongs to neither."""
    a, b = trees(
        holding("Net", mine(LINEAR), mine(BARE, holding("Sequential", WIDE))),
        holding("Net", original(BARE), original(LINEAR, holding("Sequential", WIDE))),
    )
    blocks: list[Step] = [ContainerPair(a, b), *(ContainerPair(at(a, path), at(b, path)) for path in ("0", "1", "1.1"))]
    steps = [*blocks, *map(Added, layers(a)), *map(Removed, layers(b))]
    assert " ".join(map(told, paired(steps)[4:])) == "+1.1.0 0.0=0.0 1.0=1.0 -1.1.0"


def layers(node: Node) -> list[Node]:
    return [leaf for leaf in node.leaves() if not leaf.children]


def test_what_has_a_counterpart_keeps_it() -> None:
    a, b = trees(mine(LINEAR, BARE), original(LINEAR, BARE))
    first, last = (Pair(a.children[0], b.children[1]), (Added(a.children[1]), Removed(b.children[0])))
    steps: list[Step] = [ContainerPair(a, b), first, *last]
    found = paired(steps)
    assert [told(step) for step in found] == ["[=]", "0=1", "1=0"]
    assert found[1] is first


def test_without_blocks_the_steps_are_a_list_of_their_own() -> None:
    steps = left_over(mine(LINEAR), mine(LINEAR))
    found = paired(steps)
    found.clear()
    assert len(steps) == 3
