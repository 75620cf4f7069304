"""Shapes along a chain, and what stands against its printed order."""

from __future__ import annotations

import pytest

from archdiff import diff
from infer.prints import CONV, POOL, linear, net, sequential, sized

Shape = tuple[int, ...] | None

#: id, text, input, what comes out of each leaf
SHAPES: list[tuple[str, str, Shape, list[Shape]]] = [
    ("in order", sequential(CONV, POOL, "Flatten()", linear(200)), (3, 12, 12), [(8, 10, 10), (8, 5, 5), (200,), (5,)]),
    ("nothing known of the input", sequential("Mystery()", linear(20)), None, [None, None]),
    ("behind a class that nobody knows", sequential(CONV, "Mystery()", POOL), (3, 12, 12), [(8, 10, 10), None, None]),
    ("behind what contradicts it", net(a=CONV, b=linear(20), c="ReLU()"), (3, 12, 12), [(8, 10, 10), None, None]),
]


@pytest.mark.parametrize(("text", "given", "outputs"), [case[1:] for case in SHAPES], ids=[case[0] for case in SHAPES])
def test_shapes_flow_from_leaf_to_leaf(text: str, given: Shape, outputs: list[Shape]) -> None:
    (result,) = sized(text, given=given)
    assert [leaf.output_shape for leaf in result.leaves] == outputs


BLOCK = "Block(\n    (fc): Linear(in_features=20, out_features=20, bias=True)\n    (act): ReLU()\n  )"


def test_a_block_is_gone_through_once_for_each_input() -> None:
    (result,) = sized(sequential(BLOCK, BLOCK, linear(20, 20), BLOCK))
    facts = [(leaf.path, leaf.line, leaf.input_shape, leaf.output_shape) for leaf in result.leaves]
    assert facts == [
        (path, line, (20,), (20,))
        for path, line in (("0.fc", 3), ("0.act", 4), ("1.fc", 7), ("1.act", 8), ("2", 10), ("3.fc", 12), ("3.act", 13))
    ]


def test_a_sequential_that_cannot_run_is_certain() -> None:
    (result,) = sized(sequential(linear(20, 30), "ReLU()", linear(31)))
    (wrong,) = result.contradictions
    assert (wrong.certain, wrong.line, wrong.because) == (True, 4, "2 takes in_features 31, but 1 gives 30")


def test_an_unprinted_forward_is_not() -> None:
    (result,) = sized(net(a=linear(20, 30), act="ReLU()", b=linear(31)))
    (wrong,) = result.contradictions
    assert (wrong.certain, wrong.container_class) == (False, "Net")
    assert result.leaves[-1].output_shape is None


def test_what_cannot_run_is_noted_on_both_sides() -> None:
    text = sequential(linear(20, 30), "ReLU()", linear(31))
    comparison = diff.compare(*sized(text, text))
    assert comparison.findings == ()
    assert comparison.notes == (
        "as printed, each of the two cannot run: 2 takes in_features 31, but 1 gives 30 (lines 3 and 4)",
    )


@pytest.mark.parametrize(
    ("pool", "side", "shapes"),
    [
        ("MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)", 9, [(8, 3, 3), (72,)]),
        ("AvgPool2d(kernel_size=2, stride=2, padding=0)", 8, [(8, 3, 3), (72,)]),
        ("AvgPool2d(kernel_size=2, stride=2, padding=0)", 9, [None, None]),
    ],
    ids=["printed", "no-remainder", "a-remainder"],
)
def test_a_window_that_is_cut_off_may_count(pool: str, side: int, shapes: list[tuple[int, ...] | None]) -> None:
    """No print of an average pool holds ceil_mode, so no size follows from it, and nothing behind contradicts one."""
    (result,) = sized(
        sequential(CONV, pool, "Flatten()", "Linear(in_features=72, out_features=2)"), given=(3, side, side)
    )
    assert [leaf.output_shape for leaf in result.leaves[1:3]] == shapes
    assert result.contradictions == ()
