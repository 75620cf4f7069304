"""Nodes by number, looked up by what they are: equal computations have one number. Knows no rule of arithmetic."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final, NamedTuple

from archdiff.model.network import Value
from archdiff.semantics.operations._strides import Shape

VIEW: Final = "view"
SUM: Final = "sum"
PRODUCT: Final = "product"
FULL: Final = "full"
SUM_OVER: Final = "sum over"
EMPTY: Final = "empty"
WHERE: Final = "where"
PAD: Final = "pad"  # (before, behind) of each dimension, and with what
TAKEN: Final = "taken"  # rows of a matrix by whole numbers
ROLL: Final = "roll"
CONTRACTION: Final = "contraction"  # of all rows with all columns
CAT: Final = "cat"  # of matrices, whose rows are put behind each other

_DIGITS: Final = 7  # by which numbers are told apart, as many as float32 has: 0.125 and 1 / 64 ** 0.5 are one
_HELD: Final = 12  # that a node holds, so that what is worked out of several constants loses none of the 7
_EXACT: Final = 2**53  # below, each whole number is one of its own: token ids, positions
#: functions of two whose operands may change places
EITHER_WAY: Final = frozenset({"maximum", "minimum", "eq", "ne", "logical_and", "logical_or", "logical_xor"})
#: functions that give no negative number
_NEVER_BELOW: Final = frozenset({"exp", "sigmoid", "abs", "softplus", "_softmax"})
#: what gives no negative number where it is given none
_KEEPS_SIGN: Final = frozenset({VIEW, SUM_OVER, CAT, ROLL, TAKEN, "amax", "amin", "to"})


class GraphNode(NamedTuple):
    """One operation: what it is, and the nodes that it takes.

    Attributes:
        op: "sum", "relu", "layer" ...
        constants: What it is called with beside nodes.
        operands: Numbers of nodes.
        shape: Of what it gives, with the batch.
    """

    op: str
    constants: tuple[Value, ...]
    operands: tuple[int, ...]
    shape: Shape


class Store:
    """Nodes by number; equal nodes have one.

    Attributes:
        nodes: By their numbers; operands have smaller numbers than what takes them.
    """

    def __init__(self) -> None:
        self.nodes: list[GraphNode] = []
        self._numbers: dict[tuple[object, ...], int] = {}
        self._never_below: set[int] = set()  # nodes without a negative number

    def node(self, op: str, constants: Iterable[Value], operands: Iterable[int], shape: Shape) -> int:
        """The number of a node, which is made where there is none.

        Args:
            op: What it is.
            constants: What it is called with beside nodes.
            operands: Numbers of nodes.
            shape: Of what it gives.
        """
        held = tuple(_held(each) for each in constants)
        made = GraphNode(op, held, tuple(operands), tuple(shape))
        key = op, tuple(_key(each) for each in held), made.operands, made.shape
        number = self._numbers.setdefault(key, len(self.nodes))
        if number == len(self.nodes):
            self.nodes.append(made)
            if self._is_never_below(made):
                self._never_below.add(number)
        return number

    def shape(self, number: int) -> Shape:
        """Of what a node gives."""
        return self.nodes[number].shape

    def full(self, value: Value, shape: Shape) -> int:
        """The same number everywhere."""
        whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) < _EXACT
        return self.node(FULL, (float(value) if whole else value,), (), shape)  # type: ignore[arg-type]

    def number(self, number: int) -> float | None:
        """What a node holds everywhere; None where it is no such node."""
        node = self.nodes[number]
        value = node.constants[0] if node.op == FULL else None
        return float(value) if isinstance(value, bool | int | float) else None

    def is_never_below(self, number: int) -> bool:
        """Whether a node is known to hold no negative number."""
        return number in self._never_below

    def _is_never_below(self, node: GraphNode) -> bool:
        below = self._never_below
        match node.op:
            case "full" | "sum":
                numbers = [each for each in node.constants if isinstance(each, bool | int | float) and each >= 0]
                return len(numbers) == len(node.constants) and below.issuperset(node.operands)
            case "product":
                return all(
                    number in below or power % 2 == 0 or power % 1 != 0  # type: ignore[operator]
                    for number, power in zip(node.operands, node.constants, strict=True)
                )
            case "clamp" if len(node.constants) == 2:
                least = node.constants[0]
                return isinstance(least, int | float) and least >= 0
        return node.op in _NEVER_BELOW or (
            node.op in _KEEPS_SIGN and bool(node.operands) and below.issuperset(node.operands)
        )


def _held(value: Value) -> Value:
    """A number without the digits in which two ways of working it out differ."""
    if type(value) is tuple:
        return tuple(map(_held, value))
    if type(value) is not float:
        return value
    if math.isnan(value):
        return math.nan  # one object, which equals itself where it is looked up
    return value if value.is_integer() and abs(value) < _EXACT else float(f"{value:.{_HELD}g}")


def _key(value: Value) -> tuple[object, ...]:
    """By what a constant is looked up: 1, 1.0 and True are three, 1.0 and 1.00000001 are one."""
    if type(value) is tuple:
        return tuple, *map(_key, value)
    if type(value) is float and not (value.is_integer() and abs(value) < _EXACT):
        return float, float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else value
    return type(value), value
