"""By what nodes are looked up: which constants are one, and which nodes hold no negative number."""

from __future__ import annotations

import math

import pytest

from archdiff.model.network import Value
from archdiff.semantics.operations import Graph


@pytest.mark.parametrize(
    ("a", "b", "is_one"),
    [
        pytest.param(0.125, 64**-0.5, True, id="roots"),
        pytest.param(1 / 48**0.5, 48**-0.5, True, id="last digits"),
        pytest.param(0.1, 0.1 + 1e-9, True, id="below float32"),
        pytest.param(0.1, 0.1000001, False, id="the 7th digit"),
        pytest.param(16777216.0, 16777217.0, False, id="whole numbers"),
        pytest.param(-1e9, -1e10, False, id="masks"),
        pytest.param(math.inf, -math.inf, False, id="infinite"),
        pytest.param(math.nan, float("nan"), True, id="no number"),
        pytest.param(1, True, False, id="a number and truth"),
        pytest.param(0, False, False, id="0 and no truth"),
        pytest.param(1, 1.0, True, id="whole and real"),
    ],
)
def test_numbers(a: Value, b: Value, is_one: bool) -> None:
    graph = Graph()
    assert (graph.full(a, (2,)) == graph.full(b, (2,))) is is_one


def test_what_is_worked_out_of_rounded_numbers_is_not_rounded() -> None:
    graph = Graph()
    x = graph.node("input", (0,), (), (2,))
    off = graph.sum([(1.0, x)], 12345678.25, (2,))
    assert graph.nodes[graph.sum([(1.0, off)], -12345677.0, (2,))].constants == (1.0, 1.25)


@pytest.mark.parametrize(
    ("op", "constants", "expected"),
    [
        pytest.param("tanh", (), False, id="tanh"),
        pytest.param("exp", (), True, id="exp"),
        pytest.param("clamp", (0.0, None), True, id="relu"),
        pytest.param("clamp", (-1.0, 1.0), False, id="hardtanh"),
        pytest.param("clamp", (None, 1.0), False, id="no least"),
        pytest.param("product", (2.0,), True, id="square"),
        pytest.param("product", (3.0,), False, id="cube"),
        pytest.param("product", (0.5,), True, id="root"),
        pytest.param("product", (-1.0,), False, id="one by x"),
        pytest.param("sum", (2.0, 0.0), False, id="of what may be below"),
        pytest.param("_softmax", (1,), True, id="softmax"),
    ],
)
def test_never_below_0(op: str, constants: tuple[Value, ...], expected: bool) -> None:
    graph = Graph()
    x = graph.node("input", (0,), (), (2,))
    assert graph.is_never_below(graph.node(op, constants, (x,), (2,))) is expected
