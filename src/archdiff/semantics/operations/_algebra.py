"""Sums, products and functions of each number alone, so written that equal ones are one node.

Two are one where they are equal for all real numbers, not where they are for most: (x ** 2) ** 0.5 is |x|, x / x is no
number at 0, and the square of a root of x is none below it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from archdiff.model.network import Value
from archdiff.semantics.operations._store import EITHER_WAY, PRODUCT, SUM, WHERE, GraphNode
from archdiff.semantics.operations._strides import Shape
from archdiff.semantics.operations._views import Views

_ROOT: Final = 0.5
_MOST: Final = 32  # factors of a product that flows into another: a chain of gates would grow with each of them


class Algebra(Views):
    """Nodes of what is computed at each place alone."""

    # sums

    def scaled(self, number: int) -> tuple[float, int]:
        """A node as a number times another node."""
        node = self.nodes[number]
        if node.op == SUM and len(node.operands) == 1 and node.constants[-1] == 0:
            return float(node.constants[0]), node.operands[0]  # type: ignore[arg-type]
        return 1.0, number

    def scale(self, number: int, coefficient: float) -> int:
        """A node times a number."""
        return self.sum([(coefficient, number)], 0.0, self.shape(number))

    def terms(self, number: int) -> tuple[list[tuple[float, int]], float]:
        """A node as a sum: coefficients with nodes, and the constant."""
        node = self.nodes[number]
        if node.op == SUM:
            *coefficients, constant = node.constants
            return list(zip(map(float, coefficients), node.operands, strict=True)), float(constant)  # type: ignore[arg-type]
        value = self.number(number)
        return ([(1.0, number)], 0.0) if value is None else ([], value)

    def sum(self, terms: Iterable[tuple[float, int]], constant: float, shape: Shape) -> int:
        """Nodes times coefficients, and a constant, added up.

        Args:
            terms: Coefficients with nodes, which are expanded.
            constant: What is added to all.
            shape: Of the sum.
        """
        if 0 in shape:
            return self.full(0.0, shape)
        found: dict[int, float] = {}
        expanded = [(coefficient, self.expanded(number, shape)) for coefficient, number in terms]
        for coefficient, number in expanded:
            inner, own = self.terms(number)
            if len(inner) > 1:  # a sum of several stays one term, so that sums of sums do not grow
                factor, below = self.in_parts(number)
                inner, own = [(factor, below)], 0.0
            constant += coefficient * own
            for factor, below in inner:
                found[below] = found.get(below, 0.0) + coefficient * factor
        left = sorted(found.items())  # with what comes out as 0 times x: where x is no number, it is none
        if not left:
            return self.full(constant, shape)
        if len(left) == 1 and abs(left[0][1] - 1) < 1e-9 and not constant:
            return left[0][0]
        return self.of_each(SUM, (*(each for _, each in left), float(constant)), (number for number, _ in left), shape)

    def in_parts(self, number: int) -> tuple[float, int]:
        """A node as a number times another, of a sum one in which the first coefficient is 1."""
        terms, constant = self.terms(number)
        if self.nodes[number].op != SUM or (len(terms) == 1 and not constant):
            return self.scaled(number)
        first = terms[0][0]
        if first in (0, 1) or not math.isfinite(first) or not math.isfinite(1 / first):
            return 1.0, number
        coefficients = (*(each / first for each, _ in terms), constant / first)
        return first, self.of_each(SUM, coefficients, (below for _, below in terms), self.shape(number))

    # products

    def product(self, factors: Iterable[tuple[int, float]], shape: Shape) -> int:
        """Nodes to the power of numbers, multiplied.

        Args:
            factors: Nodes, which are expanded, with powers.
            shape: Of the product.
        """
        if 0 in shape:
            return self.full(1.0, shape)
        powers = _Powers()
        coefficient = 1.0
        expanded = [(self.expanded(number, shape), power) for number, power in factors]
        for number, power in expanded:
            factor, below = self.in_parts(number)
            value = self.number(number)
            own = _powered(factor if value is None else value, power)
            if own is None:
                below = number
            else:
                coefficient *= own
            if own is None or value is None:
                for each in self._factors(below, power):
                    powers.add(*each)
        left = sorted(self._bases(powers, shape))
        if not left:
            return self.full(coefficient, shape)
        if len(left) == 1 and left[0][1] == 1:
            return self.scale(left[0][0], coefficient)
        made = self.of_each(PRODUCT, (power for _, power in left), (number for number, _ in left), shape)
        return self.scale(made, coefficient)

    def _factors(self, number: int, power: float) -> Iterator[tuple[int, float, bool]]:
        """A power as powers of what it is made of, and whether each is taken of no number below 0."""
        node = self.nodes[number]
        is_whole = power % 1 == 0
        if node.op != PRODUCT or len(node.operands) > _MOST:
            yield number, power, not is_whole and not self.is_never_below(number)
            return
        inner = [(each, float(own)) for each, own in zip(node.operands, node.constants, strict=True)]  # type: ignore[arg-type]
        if not is_whole and len(inner) > 1 and not all(self.is_never_below(each) for each, _ in inner):
            yield number, power, True
            return
        for each, own in inner:
            root = self.nodes[each]
            if root.op == PRODUCT and root.constants == (_ROOT,):
                yield root.operands[0], own * _ROOT * power, not self.is_never_below(root.operands[0])
            elif own % 2 == 0 and not is_whole:
                yield self.elementwise("abs", (), each), own * power, False
            else:
                yield each, own * power, (own % 1 != 0 or not is_whole) and not self.is_never_below(each)

    def _bases(self, powers: _Powers, shape: Shape) -> Iterator[tuple[int, float]]:
        """Nodes with powers; where a power of a root came out whole, the root stays: it is no number below 0."""
        taken = {number for number, _ in powers.found}
        for (number, _), (power, of_root) in powers.found.items():
            node = self.nodes[number]
            if of_root and power % 1 == 0:
                yield self.of_each(PRODUCT, (_ROOT,), (number,), shape), power / _ROOT
            elif node.op == "abs" and not node.constants and power % 2 == 0 and node.operands[0] not in taken:
                yield node.operands[0], power
            else:
                yield number, power

    # functions

    def clamped(self, number: int, least: Value, most: Value) -> int:
        """A node with its numbers kept between two; None is no bound."""
        bounds = [float(each) if isinstance(each, bool | int | float) else each for each in (least, most)]
        node = self.nodes[number]
        if node.op == "clamp" and len(node.constants) == 2:  # twice, in bounds that have something in common
            own = [each for each in (node.constants[0], bounds[0]) if isinstance(each, float)]
            other = [each for each in (node.constants[1], bounds[1]) if isinstance(each, float)]
            if max(own, default=-math.inf) <= min(other, default=math.inf):
                bounds, number = [max(own, default=None), min(other, default=None)], node.operands[0]
        return self.elementwise("clamp", bounds, number)

    def bent(self, number: int, above: float, below: float) -> int:
        """A node times a number where it is above 0, and times another one where it is below: ReLU, LeakyReLU, abs.

        Args:
            number: The node.
            above: What it is multiplied with above 0.
            below: What it is multiplied with below 0.
        """
        if above == below:
            return self.scale(number, above)
        if not below:
            return self.scale(self.clamped(number, 0.0, None), above)
        if not above:
            return self.scale(self.clamped(number, None, 0.0), below)
        if above == -below:
            return self.scale(self.elementwise("abs", (), number), above)
        return self.scale(self.elementwise("leaky_relu", (("negative_slope", below / above),), number), above)

    def elementwise(self, op: str, constants: Iterable[Value], number: int) -> int:
        """A function of each number alone."""
        if op == "abs" and self.is_never_below(number):
            return number
        return self.of_each(op, constants, (number,), self.shape(number))

    def chosen(self, mask: int, yes: int, no: int, shape: Shape) -> int:
        """One node where a mask holds, another one elsewhere.

        Args:
            mask: The mask.
            yes: What is taken where it holds.
            no: What is taken elsewhere.
            shape: Of what is chosen.
        """
        if self.nodes[mask].op == "logical_not":
            mask, yes, no = self.nodes[mask].operands[0], no, yes
        return self.of_each(WHERE, (), [self.expanded(each, shape) for each in (mask, yes, no)], shape)

    def rebuilt(self, node: GraphNode, operands: Sequence[int], shape: Shape) -> int:
        """The same function of each number alone, of other nodes.

        Args:
            node: The function.
            operands: What it takes instead.
            shape: Theirs.
        """
        if node.op == SUM:
            *coefficients, constant = map(float, node.constants)  # type: ignore[arg-type]
            return self.sum(zip(coefficients, operands, strict=True), constant, shape)
        if node.op == PRODUCT:
            return self.product(zip(operands, map(float, node.constants), strict=True), shape)  # type: ignore[arg-type]
        if node.op == WHERE:
            mask, yes, no = operands
            return self.chosen(mask, yes, no, shape)
        ordered = sorted(operands) if node.op in EITHER_WAY else operands
        return self.of_each(node.op, node.constants, ordered, shape)


class _Powers:
    """Powers of nodes, those above 0 apart from those below it: x / x is no number where x is 0."""

    def __init__(self) -> None:
        self.found: dict[tuple[int, bool], tuple[float, bool]] = {}

    def add(self, number: int, power: float, of_root: bool) -> None:
        """Multiplies with a power of a node.

        Args:
            number: The node.
            power: Its power.
            of_root: Whether it is no number where the node is below 0.
        """
        if power:
            before, was = self.found.get((number, power > 0), (0.0, False))
            self.found[number, power > 0] = _whole(before + power), was or of_root


def _whole(power: float) -> float:
    """Without what is lost by adding thirds."""
    return float(round(power)) if abs(power - round(power)) < 1e-9 else power


def _powered(value: float, power: float) -> float | None:
    """A power of a number; None where it is none, or too large."""
    if (value == 0 and power < 0) or (value < 0 and power % 1 != 0) or not math.isfinite(value):
        return None
    try:
        found = value**power
    except OverflowError:
        return None
    return found if math.isfinite(found) and (found or not value) else None
