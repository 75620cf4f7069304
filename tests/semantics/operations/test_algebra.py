"""Sums and products by what they are made of: what is one, and what is not where it is no number."""

from __future__ import annotations

from typing import Final

import pytest

from archdiff.semantics.operations import Graph

SHAPE: Final = (2, 3)


def _input(graph: Graph, number: int = 0) -> int:
    return graph.node("input", (number,), (), SHAPE)


@pytest.mark.parametrize(
    ("powers", "expected"),
    [
        pytest.param([1.0], ("input", (0,)), id="one"),
        pytest.param([0.0], ("full", (1.0,)), id="none"),
        pytest.param([1.0, 1.0], ("product", (2.0,)), id="square"),
        pytest.param([0.5, 1.0], ("product", (1.5,)), id="root by x"),
        pytest.param([0.25, 0.25], ("product", (0.5,)), id="fourth roots"),
        pytest.param([0.5, 0.5], ("product", (2.0,)), id="roots: the square of a root"),
        pytest.param([1.0, -1.0], ("product", (-1.0, 1.0)), id="quotient of itself"),
        pytest.param([2.0, -1.0, -1.0], ("product", (-2.0, 2.0)), id="square by square"),
    ],
)
def test_powers_of_one(powers: list[float], expected: tuple[str, tuple[float, ...]]) -> None:
    graph = Graph()
    x = _input(graph)
    node = graph.nodes[graph.product([(x, power) for power in powers], SHAPE)]
    assert (node.op, node.constants) == expected


@pytest.mark.parametrize(
    ("inner", "outer", "expected"),
    [
        pytest.param(2.0, 0.5, ("abs", ()), id="root of square"),
        pytest.param(2.0, 1.5, ("product", (3.0,)), id="third power of the size"),
        pytest.param(2.0, 2.0, ("product", (4.0,)), id="square of square"),
        pytest.param(-2.0, 0.5, ("product", (-1.0,)), id="root of one by square"),
        pytest.param(0.5, 0.5, ("product", (0.25,)), id="root of root"),
        pytest.param(3.0, -1.0, ("product", (-3.0,)), id="one by cube"),
    ],
)
def test_powers_of_powers(inner: float, outer: float, expected: tuple[str, tuple[float, ...]]) -> None:
    graph = Graph()
    below = graph.product([(_input(graph), inner)], SHAPE)
    node = graph.nodes[graph.product([(below, outer)], SHAPE)]
    assert (node.op, node.constants) == expected


def test_a_power_of_what_is_never_below_0_is_a_power() -> None:
    graph = Graph()
    x = graph.elementwise("exp", (), _input(graph))
    root = graph.product([(x, 0.5)], SHAPE)
    assert graph.product([(root, 1.0), (root, 1.0)], SHAPE) == x
    assert graph.product([(graph.product([(x, 2.0)], SHAPE), 0.5)], SHAPE) == x


@pytest.mark.parametrize(
    ("terms", "constant", "expected"),
    [
        pytest.param([(1.0, 0)], 0.0, ("input", (0,)), id="itself"),
        pytest.param([], 3.0, ("full", (3.0,)), id="a number"),
        pytest.param([(1.0, 0), (2.0, 0)], 0.0, ("sum", (3.0, 0.0)), id="of one"),
        pytest.param([(1.0, 0), (-1.0, 0)], 0.0, ("sum", (0.0, 0.0)), id="0 where it is a number"),
        pytest.param([(2.0, 1), (1.0, 0)], 1.0, ("sum", (1.0, 2.0, 1.0)), id="in order"),
    ],
)
def test_sums(terms: list[tuple[float, int]], constant: float, expected: tuple[str, tuple[float, ...]]) -> None:
    graph = Graph()
    inputs = [_input(graph, number) for number in range(2)]
    node = graph.nodes[graph.sum([(each, inputs[number]) for each, number in terms], constant, SHAPE)]
    assert (node.op, node.constants) == expected


def test_a_sum_of_several_stays_one_term() -> None:
    graph = Graph()
    a, b, c = (_input(graph, number) for number in range(3))
    inner = graph.sum([(2.0, a), (4.0, b)], 6.0, SHAPE)
    node = graph.nodes[graph.sum([(1.0, inner), (1.0, c)], 0.0, SHAPE)]
    assert sorted(node.constants[:2]) == [1.0, 2.0]  # type: ignore[type-var]
    assert graph.sum([(1.0, a), (2.0, b)], 3.0, SHAPE) in node.operands
