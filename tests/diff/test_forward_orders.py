"""Two ways to take numbers are one order where sizes alone differ; a permutation, other heads, other rows are none."""

from __future__ import annotations

from math import prod

import pytest

from archdiff.diff.forward_orders import TakenOrder, are_alike, turned

_Parts = tuple[tuple[int, int], ...]


def whole(*shape: int) -> TakenOrder:
    """All numbers as they lie."""
    return view(shape, ((1, prod(shape)),), shape)


def view(of: tuple[int, ...], strides: _Parts, shape: tuple[int, ...], offset: int = 0) -> TakenOrder:
    return TakenOrder(of, strides, offset, shape)


def channels_last(batch: int, channels: int, side: int) -> TakenOrder:
    size = side * side
    strides = ((channels * size, batch), (1, size), (size, channels))
    return view((batch, channels, side, side), strides, (batch, side, side, channels))


def heads(words: int, count: int, width: int) -> TakenOrder:
    """Each head apart, of words whose numbers stand head by head."""
    whole = count * width
    strides = ((words * whole, 2), (width, count), (whole, words), (1, width))
    return view((2, words, whole), strides, (2, count, words, width))


def row(number: int, words: int, width: int) -> TakenOrder:
    return view((2, words, width), ((words * width, 2), (1, width)), (2, width), number * width)


def flat(*shape: int) -> TakenOrder:
    return view(shape, ((1, prod(shape)),), (shape[0], prod(shape[1:])))


def shifted(words: int, width: int) -> TakenOrder:
    """Across dimensions of the view: the words of each number one behind the other, divided as before."""
    return view((2, words, width), ((words * width, 2), (1, width), (width, words)), (2, words, width))


def spread(width: int, times: int) -> TakenOrder:
    return view((width,), ((0, 2 * times), (1, width)), (2, times, width))


CASES = [
    pytest.param(whole(2, 4, 8, 8), whole(2, 4, 8, 8), True, id="the same"),
    pytest.param(whole(2, 4, 8, 8), whole(2, 6, 8, 8), True, id="another width"),
    pytest.param(whole(2, 4, 8, 8), whole(2, 4, 4, 4), True, id="another stride"),
    pytest.param(channels_last(2, 4, 8), channels_last(2, 6, 8), True, id="both permuted, another width"),
    pytest.param(channels_last(2, 4, 8), channels_last(2, 4, 1), True, id="both permuted, one number a map"),
    pytest.param(flat(2, 4, 8, 8), flat(2, 4, 4, 4), True, id="both flat"),
    pytest.param(heads(5, 2, 4), heads(7, 2, 4), True, id="heads of more words"),
    pytest.param(heads(5, 2, 4), heads(5, 2, 8), True, id="wider heads"),
    pytest.param(row(0, 5, 8), row(0, 7, 8), True, id="the first word of more"),
    pytest.param(spread(8, 5), spread(8, 7), True, id="taken more often"),
    pytest.param(shifted(5, 4), shifted(5, 6), True, id="both turned"),
    pytest.param(shifted(5, 4), whole(2, 5, 6), False, id="one turned"),
    pytest.param(channels_last(2, 4, 8), whole(2, 8, 8, 4), False, id="one permuted, of equal shape"),
    pytest.param(channels_last(2, 4, 8), whole(2, 6, 8, 8), False, id="one permuted, another width"),
    pytest.param(heads(5, 2, 4), heads(5, 4, 2), False, id="other heads"),
    pytest.param(heads(5, 2, 4), heads(7, 4, 2), False, id="other heads of more words"),
    pytest.param(row(0, 5, 8), row(1, 5, 8), False, id="another word"),
    pytest.param(row(0, 5, 8), row(1, 7, 8), False, id="another word of more"),
    pytest.param(row(1, 5, 8), row(2, 5, 6), False, id="another word of another width"),
    pytest.param(flat(2, 4, 8, 8), whole(2, 6, 8, 8), False, id="one flat"),
    pytest.param(view((2, 12), ((1, 24),), (3, 8)), view((2, 15), ((1, 30),), (3, 10)), False, id="across dimensions"),
]


@pytest.mark.parametrize(("one", "other", "expected"), CASES)
def test_what_is_one_order(one: TakenOrder, other: TakenOrder, expected: bool) -> None:
    assert are_alike(one, other) is expected
    assert are_alike(other, one) is expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(whole(1, 2, 5), view((1, 5, 2), ((1, 2), (2, 5)), (1, 2, 5)), id="whole"),
        pytest.param(view((1, 5, 2), ((1, 2), (2, 5)), (2, 5)), view((1, 2, 5), ((1, 10),), (2, 5)), id="and back"),
        pytest.param(view((3, 2, 5), ((1, 5),), (5,), 25), view((3, 5, 2), ((2, 5),), (5,), 21), id="the last row"),
    ],
)
def test_a_tensor_that_stands_the_other_way_round(given: TakenOrder, expected: TakenOrder) -> None:
    assert turned(given) == expected
