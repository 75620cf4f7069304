"""Tensors in the arguments of an operation; which inputs of two forwards are the same."""

from __future__ import annotations

import pytest

from archdiff.model.trace import Argument, Ref, are_the_same_inputs, refs


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


@pytest.mark.parametrize(
    ("ours", "theirs", "are_same"),
    [
        pytest.param("x:float32[2,3]", "x:float32[2,3]", True, id="the same"),
        pytest.param("", "", True, id="none"),
        pytest.param("x:float32[2,3]", "pixel_values:float32[2,3]", True, id="another name"),
        pytest.param("x:float32[2,3] m:int64[2]", "y:float32[2,3] n:int64[2]", True, id="several in order"),
        pytest.param("x:int64[] a=1 b=x", "y:int64[] b=x a=1", True, id="other arguments in any order"),
        pytest.param("x:float32[2,3]", "x:float32[2,4]", False, id="another shape"),
        pytest.param("x:float32[2,3]", "x:int64[2,3]", False, id="another dtype"),
        pytest.param("x:float32[2,3]", "", False, id="one and none"),
        pytest.param("x:int64[2] y:int64[2]", "y:int64[2] x:int64[2]", False, id="another order of names"),
        pytest.param("x:int64[2] y:int64[2]", "y:int64[2] z:int64[2]", False, id="a name in another place"),
        pytest.param("x:int64[2] cache=false", "x:int64[2]", False, id="an argument that is no tensor"),
    ],
)
def test_the_same_inputs(ours: str, theirs: str, *, are_same: bool) -> None:
    assert are_the_same_inputs(ours.split(), theirs.split()) is are_same
    assert are_the_same_inputs(theirs.split(), ours.split()) is are_same
