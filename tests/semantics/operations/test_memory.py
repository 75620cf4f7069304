"""How often values of a trace are taken, and where tensors lie in the memory that they share."""

from __future__ import annotations

from typing import Final

import pytest

from archdiff.model.trace import INPUT, ForwardTrace, Operation, Ref
from archdiff.semantics.operations._memory import Memory, MemoryPlaces, used_once

X: Final = Operation(INPUT, (("number", 0),), ((4, 6),), "", "", "float32")


def _operation(name: str, *given: int, shape: tuple[int, ...] = (4, 6), **settings: int) -> Operation:
    names = ("self", "other" if name != "written_through" else "written")
    tensors = tuple((each, Ref(number)) for each, number in zip(names, given, strict=False))
    return Operation(name, (*tensors, *settings.items()), (shape,), "", "", "float32")


def _trace(*operations: Operation) -> ForwardTrace:
    return ForwardTrace((X, *operations), (), (Ref(len(operations)),), (), "traced")


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        pytest.param([_operation("relu", 0)], {0}, id="by one"),
        pytest.param([_operation("mul", 0, 0)], set(), id="twice by one"),
        pytest.param([_operation("relu", 0), _operation("add", 0, 1)], {1}, id="by two"),
        pytest.param([_operation("relu", 0), _operation("tanh", 0)], {0}, id="by one that leads nowhere"),
        pytest.param([_operation("view", 0), _operation("mul", 1, 1)], set(), id="a view twice"),
        pytest.param(
            [_operation("view", 0), _operation("view", 0), _operation("add", 1, 2)], set(), id="two views of one"
        ),
    ],
)
def test_used_once(operations: list[Operation], expected: set[int]) -> None:
    assert {each.operation for each in used_once(_trace(*operations))} == expected


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        pytest.param(_operation("select", 0, shape=(4,), dim=1, index=2), ((((6, 4),), 2)), id="a column"),
        pytest.param(_operation("select", 0, shape=(6,), dim=0, index=3), ((((1, 6),), 18)), id="a row"),
        pytest.param(_operation("transpose", 0, shape=(6, 4), dim0=0, dim1=1), ((((1, 6), (6, 4)), 0)), id="turned"),
    ],
)
def test_where_a_view_was_written(view: Operation, expected: object) -> None:
    written = _operation("fill", 1, shape=view.shapes[0])
    through = _operation("written_through", 0, 2)
    places = Memory(_trace(view, written, through)).places(through)
    assert places == MemoryPlaces((((1, 24),), 0), expected)  # type: ignore[arg-type]


def test_where_the_trace_says_it() -> None:
    noted = ("places", ((6, (6, 1), (2, 6)), (9, (6,), (2,))))
    through = _operation("written_through", 0, 1)
    through = through._replace(arguments=(*through.arguments, noted))
    places = Memory(_trace(_operation("fill", 0), through)).places(through)
    assert places == MemoryPlaces((((1, 12),), 0), (((6, 2),), 3))
