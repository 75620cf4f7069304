"""Functions of one number, one behind the other: whether two chains of them are one function on what comes in.

They are evaluated, not derived: at numbers that lie dense near 0, at every number where one of the functions is pieced
together (also where only what runs before it gives that number), and between all of these. Between two such points
every function here is smooth, so two that agree on all of them are one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise
from typing import Final, NamedTuple

from archdiff.semantics.kinds import ScalarFunction

FAR: Final = 1e8  # stands for what has no bound
ROUNDING: Final = 1e-12  # relative, in float64
_HALVINGS: Final = 60
_NEAR: Final = 1e-9


class Domain(NamedTuple):
    """Numbers that may come in, from the lowest to the highest."""

    low: float = -FAR
    high: float = FAR

    def hull(self, other: Domain) -> Domain:
        """The smallest domain that holds both."""
        return Domain(min(self.low, other.low), max(self.high, other.high))


class Piecewise(NamedTuple):
    """A function, and the numbers at which it may be pieced together."""

    function: ScalarFunction
    breaks: tuple[float, ...]


def image(chain: Sequence[Piecewise], domain: Domain) -> Domain:
    """The numbers that may come out of a chain of functions, from the lowest to the highest that was evaluated."""
    values = [_through(chain, x) for x in _points((chain,), domain)]
    return Domain(max(min(values), -FAR), min(max(values), FAR)) if values else domain


def equal(first: Sequence[Piecewise], second: Sequence[Piecewise], domain: Domain) -> bool:
    """Whether two chains are one function on a domain."""
    return all(
        _is_rounding(a, b)
        for x in _points((first, second), domain)
        for a, b in ((_through(first, x), _through(second, x)),)
    )


def rises(chain: Sequence[Piecewise], domain: Domain) -> bool:
    """Whether a chain never decreases on a domain."""
    values = [_through(chain, x) for x in _points((chain,), domain)]
    return all(a <= b or _is_rounding(a, b) for a, b in pairwise(values))


def is_affine(chain: Sequence[Piecewise], domain: Domain) -> bool:
    """Whether a chain multiplies by one number and adds another on a domain."""
    low, high = domain
    if low == high:
        return True
    start, slope = _through(chain, low), (_through(chain, high) - _through(chain, low)) / (high - low)
    return equal(chain, [Piecewise(lambda x: start + slope * (x - low), ())], domain)


def _is_rounding(a: float, b: float) -> bool:
    return abs(a - b) <= ROUNDING * max(abs(a), abs(b))


def _through(chain: Iterable[Piecewise], x: float) -> float:
    for each in chain:
        x = each.function(x)
    return x


def _points(chains: Iterable[Sequence[Piecewise]], domain: Domain) -> list[float]:
    """Where to look: the domain, all breaks as they are met on the way, and what lies between."""
    points = {x for x in _grid() if domain.low <= x <= domain.high} | {domain.low, domain.high}
    evaluated = sorted(points)
    for chain in chains:
        points |= set(_before_breaks(chain, evaluated))
    near = {x + side * _NEAR * max(1.0, abs(x)) for x in points for side in (-1, 1)}
    ordered = sorted(x for x in points | near if domain.low <= x <= domain.high)
    return sorted([*ordered, *((a + b) / 2 for a, b in pairwise(ordered))])


@cache
def _grid() -> tuple[float, ...]:
    """Dense near 0, sparse far away; on both sides."""
    steps = [*(k / 8 for k in range(65)), 9.0, 10.0, 12.0, 15.0, 20.0, 25.0, 40.0, 100.0, 1e3, 1e4, 1e6, FAR]
    tiny = (1e-6, 1e-4, 0.01, 0.04)
    return tuple(sorted({sign * x for x in (*steps, *tiny) for sign in (-1, 1)}))


def _before_breaks(chain: Sequence[Piecewise], points: Sequence[float]) -> Iterable[float]:
    """The numbers that come in where some function further on meets one of its breaks."""
    values = list(points)
    for at, each in enumerate(chain):
        for break_ in each.breaks:
            for (x, y), (a, b) in zip(pairwise(points), pairwise(values), strict=True):
                if (a - break_) * (b - break_) <= 0 and a != b:
                    yield _solved(chain[:at], break_, x, y)
        values = [each.function(value) for value in values]


def _solved(chain: Sequence[Piecewise], break_: float, low: float, high: float) -> float:
    """Where a chain gives a number, between two places on both sides of it."""
    below = _through(chain, low) <= break_
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if (_through(chain, middle) <= break_) is below:
            low = middle
        else:
            high = middle
    return low
