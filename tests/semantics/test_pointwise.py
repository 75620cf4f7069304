"""Chains of functions of one number: what comes out of them, whether two are one, whether one rises or is straight."""

from __future__ import annotations

import math

import pytest

from archdiff.semantics.pointwise import FAR, Domain, Piecewise, equal, image, is_affine, rises

RELU = Piecewise(lambda x: max(x, 0.0), (0.0,))
NEGATIVE = Piecewise(lambda x: -x, ())
TANH = Piecewise(math.tanh, ())
SQUARE = Piecewise(lambda x: x * x, (0.0,))
DOUBLE = Piecewise(lambda x: 2 * x, ())
ONE_MORE = Piecewise(lambda x: x + 1, ())


def clamp(low: float, high: float) -> Piecewise:
    return Piecewise(lambda x: min(max(x, low), high), (low, high))


def step(at: float) -> Piecewise:
    """1 above a level, else 0."""
    return Piecewise(lambda x: 1.0 if x > at else 0.0, (at,))


def dent(at: float, width: float) -> Piecewise:
    """The number itself, but for a dent that no grid would meet."""
    return Piecewise(lambda x: x - 1e-3 if at < x < at + width else x, (at, at + width))


#: chain, domain, what may come out
IMAGES = [
    ([], Domain(-1, 2), Domain(-1, 2)),
    ([RELU], Domain(), Domain(0, FAR)),
    ([RELU], Domain(-3, -1), Domain(0, 0)),
    ([RELU], Domain(-3, 2.3), Domain(0, 2.3)),
    ([NEGATIVE], Domain(-3, 2), Domain(-2, 3)),
    ([SQUARE], Domain(-3.3, 2), Domain(0, 3.3**2)),
    ([SQUARE], Domain(), Domain(0, FAR)),
    ([SQUARE, NEGATIVE], Domain(), Domain(-FAR, 0)),
    ([clamp(-0.3, 0.7)], Domain(), Domain(-0.3, 0.7)),
    ([DOUBLE, ONE_MORE, clamp(-0.3, 0.7), NEGATIVE], Domain(-0.2, 0.1), Domain(-0.7, -0.6)),
    ([TANH], Domain(0, 0), Domain(0, 0)),
]


@pytest.mark.parametrize(("chain", "domain", "comes_out"), IMAGES)
def test_image(chain: list[Piecewise], domain: Domain, comes_out: Domain) -> None:
    assert image(chain, domain) == pytest.approx(comes_out)


#: two chains, the domain, whether they are one function there
PAIRS = [
    ([RELU], [RELU, RELU], Domain(), True),
    ([RELU, TANH], [TANH, RELU], Domain(), True),
    ([RELU, ONE_MORE], [ONE_MORE, RELU], Domain(), False),
    ([RELU, ONE_MORE], [ONE_MORE, RELU], Domain(0, FAR), True),
    ([RELU, ONE_MORE], [ONE_MORE, RELU], Domain(-1e-6, FAR), False),
    ([RELU], [], Domain(0, FAR), True),
    ([RELU], [], Domain(-1e-3, FAR), False),
    ([clamp(-1, 1)], [], Domain(-1, 1), True),
    ([clamp(-1, 1)], [], Domain(-1, 1.001), False),
    ([clamp(-1, 1)], [clamp(-1, 1 + 1e-15)], Domain(), True),
    ([clamp(-1, 1)], [clamp(-1, 1 + 1e-9)], Domain(), False),
    ([step(0.5)], [step(0.5)], Domain(), True),
    ([step(0.5)], [step(0.500001)], Domain(), False),
    ([TANH, step(0.5)], [TANH, step(0.500001)], Domain(), False),
    ([DOUBLE, step(0.5)], [step(0.25)], Domain(), True),
    ([dent(0.3, 1e-5)], [], Domain(), False),
    ([DOUBLE, dent(0.77, 1e-5)], [DOUBLE], Domain(), False),
    ([NEGATIVE, dent(0.77, 1e-5)], [NEGATIVE], Domain(), False),
    ([NEGATIVE, dent(0.77, 1e-5)], [NEGATIVE], Domain(0, FAR), True),
    ([DOUBLE], [Piecewise(lambda x: x + x, ())], Domain(), True),
]


@pytest.mark.parametrize(("first", "second", "domain", "are_one"), PAIRS)
def test_equal(first: list[Piecewise], second: list[Piecewise], domain: Domain, are_one: bool) -> None:
    assert equal(first, second, domain) is are_one
    assert equal(second, first, domain) is are_one


#: chain, domain, whether it never decreases, whether it is a straight line
SHAPES = [
    ([], Domain(1, 5), True, True),
    ([DOUBLE, ONE_MORE], Domain(1, 5), True, True),
    ([NEGATIVE], Domain(1, 5), False, True),
    ([NEGATIVE], Domain(), False, False),  # as far as rounding tells
    ([NEGATIVE], Domain(2, 2), True, True),
    ([RELU], Domain(), True, False),
    ([RELU], Domain(0, 5), True, True),
    ([RELU], Domain(-5, 0), True, True),
    ([SQUARE], Domain(), False, False),
    ([SQUARE], Domain(0, 9), True, False),
    ([SQUARE], Domain(-1e-3, 9), False, False),
    ([dent(0.3, 1e-5)], Domain(), False, False),
    ([TANH], Domain(), True, False),
    ([step(0.5)], Domain(), True, False),
    ([step(0.5)], Domain(0.6, 5), True, True),
    ([RELU, NEGATIVE, ONE_MORE], Domain(0.5, 3), False, True),
]


@pytest.mark.parametrize(("chain", "domain", "never_decreases", "is_straight"), SHAPES)
def test_shape(chain: list[Piecewise], domain: Domain, never_decreases: bool, is_straight: bool) -> None:
    assert rises(chain, domain) is never_decreases
    assert is_affine(chain, domain) is is_straight


def test_hull() -> None:
    assert Domain(0, 1).hull(Domain(-2, 0.5)) == Domain(-2, 1)
    assert Domain(-1, 0).hull(Domain(-0.5, 3)) == Domain(-1, 3)
