"""Strides of views, against what torch gives for them."""

from __future__ import annotations

from typing import Final

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from archdiff.semantics.operations._strides import Strides, composed, contiguous, distances, merged, split

MEMORY: Final = torch.arange(4000)


def _read(strides: Strides, offset: int, memory: torch.Tensor = MEMORY) -> torch.Tensor:
    sizes, steps = [size for _, size in strides], [stride for stride, _ in strides]
    return memory.as_strided(sizes, steps, offset).flatten()


#: parts that stay inside of MEMORY, and of what is viewed by them
_INNER: Final = st.lists(
    st.tuples(st.sampled_from((0, 1, 2, 3, 4, 6, 12, 24)), st.integers(1, 4)), min_size=1, max_size=4
)
_OUTER: Final = st.lists(
    st.tuples(st.sampled_from((0, 1, 2, 3, 4, 6, 8, 12)), st.integers(1, 6)), min_size=1, max_size=3
)


@settings(max_examples=2000, derandomize=True)
@given(_INNER, st.integers(0, 9), _OUTER, st.integers(0, 30))
def test_a_view_of_a_view(inner: list[tuple[int, int]], first: int, outer: list[tuple[int, int]], offset: int) -> None:
    viewed = _read(tuple(inner), first)
    last = offset + sum(stride * (size - 1) for stride, size in outer)
    if last >= viewed.numel():
        return
    found = composed(merged(outer), offset, merged(inner), first)
    if found is not None:
        assert _read(*found).tolist() == _read(tuple(outer), offset, viewed.clone()).tolist()


@pytest.mark.parametrize(
    ("strides", "offset", "inner", "expected"),
    [
        pytest.param(((1, 6),), 0, ((4, 2), (1, 3)), (((4, 2), (1, 3)), 0), id="all"),
        pytest.param(((3, 2),), 1, ((4, 2), (1, 3)), (((4, 2),), 1), id="a column"),
        pytest.param(((1, 2),), 3, ((4, 2), (1, 3)), (((1, 2),), 4), id="a part of a row"),
        pytest.param(((2, 2), (1, 2)), 0, ((8, 2), (1, 4)), (((2, 2), (1, 2)), 0), id="a row in two"),
        pytest.param(((1, 2),), 2, ((4, 2), (1, 3)), None, id="over the end of a row"),
        pytest.param(((2, 3),), 0, ((4, 2), (1, 3)), None, id="each second, over the end of a row"),
        pytest.param(((0, 5),), 4, ((4, 2), (1, 3)), (((0, 5),), 5), id="one five times"),
    ],
)
def test_views_of_rows(strides: Strides, offset: int, inner: Strides, expected: tuple[Strides, int] | None) -> None:
    assert composed(strides, offset, inner, 0) == expected


@settings(max_examples=300, derandomize=True)
@given(st.lists(st.integers(1, 4), min_size=1, max_size=4), st.lists(st.integers(1, 6), min_size=1, max_size=3))
def test_parts_of_each_dimension(sizes: list[int], shape: list[int]) -> None:
    found = split(merged(contiguous(tuple(sizes))), tuple(shape))
    if found is not None:
        assert [int(torch.tensor([size for _, size in each] or [1]).prod()) for each in found] == shape
        assert [part for each in found for part in each] or set(shape) == {1}


@pytest.mark.parametrize(
    ("offsets", "expected"),
    [
        pytest.param([0, 4, 8], ((4, 3),), id="equal"),
        pytest.param([0, 1, 10, 11], ((10, 2), (1, 2)), id="groups"),
        pytest.param([0, 4, 9], None, id="not equal"),
        pytest.param([0, 0], None, id="one twice"),
        pytest.param([4, 0], None, id="backwards"),
    ],
)
def test_distances(offsets: list[int], expected: Strides | None) -> None:
    assert distances(offsets) == expected
