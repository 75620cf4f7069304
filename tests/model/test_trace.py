"""What arguments of a traced operation hold: tensors, in their order."""

from __future__ import annotations

import pytest

from archdiff.model.trace import Argument, Ref, refs


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        pytest.param(3, [], id="a number"),
        pytest.param((3, "dim"), [], id="numbers and words"),
        pytest.param(Ref(2), [Ref(2)], id="a tensor, which is a tuple too"),
        pytest.param((Ref(2, 1), (Ref(0), 4), None), [Ref(2, 1), Ref(0)], id="in lists in lists"),
    ],
)
def test_tensors_of_an_argument(argument: Argument, expected: list[Ref]) -> None:
    assert list(refs(argument)) == expected
