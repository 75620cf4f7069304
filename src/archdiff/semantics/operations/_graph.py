"""Operations as nodes of a graph in which the same computation is the same node, whichever network it is of.

Nodes are made from their operands up and looked up by what they are, so two networks share a node where all that leads
to it is the same. Three forms hold most spellings: a `view` is any chain of reshapes, transposes, slices and expansions
as strides over what it views; a `sum` has a coefficient for each term and a constant; a `product` has powers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod
from typing import Final, NamedTuple, TypeAlias

from archdiff.model.network import Value

#: sizes with the batch
Shape: TypeAlias = "tuple[int, ...]"
#: (stride, size) of each part of a view, the slowest first; in numbers of what it views
Strides: TypeAlias = "tuple[tuple[int, int], ...]"

VIEW: Final = "view"
SUM: Final = "sum"
PRODUCT: Final = "product"
FULL: Final = "full"
_DIGITS: Final = 7  # of a coefficient, so that 0.125 and 1 / 64 ** 0.5 are one


class Node(NamedTuple):
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


class Graph:
    """Nodes by number; equal nodes have one."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.copies: dict[int, int] = {}  # nodes that are views of others, made anew inside of these
        self._alone: set[int] = set()  # functions of each number alone
        self._views: dict[tuple[int, Strides, int, Shape], int] = {}
        self._numbers: dict[tuple[object, ...], int] = {}

    def node(self, op: str, constants: Iterable[Value], operands: Iterable[int], shape: Shape) -> int:
        """The number of a node, which is made where there is none.

        Args:
            op: What it is.
            constants: What it is called with beside nodes.
            operands: Numbers of nodes.
            shape: Of what it gives.
        """
        made = Node(op, tuple(constants), tuple(operands), tuple(shape))
        key = *made, *(type(each) for each in made.constants)  # 1, 1.0 and True are three values
        number = self._numbers.setdefault(key, len(self.nodes))
        if number == len(self.nodes):
            self.nodes.append(made)
        return number

    def shape(self, number: int) -> Shape:
        """Of what a node gives."""
        return self.nodes[number].shape

    # views

    def view(self, number: int, strides: Strides, offset: int, shape: Shape) -> int:
        """Numbers of a node in other places.

        Args:
            number: The node.
            strides: Where each part lies, as `strides_of` gives them.
            offset: Where the first number lies.
            shape: Of the view.
        """
        node = self.nodes[number]
        if node.op == FULL:
            return self.full(node.constants[0], shape)
        strides = _merged(strides)
        whole = _merged(_contiguous(node.shape))
        if strides == whole and offset == 0 and shape == node.shape:
            return number
        if number in self._alone:
            key = number, strides, offset, shape
            if key not in self._views:
                self._views[key] = self._viewed_inside(*key)
                if self._views[key] > number:  # made for it, or later
                    self.copies.setdefault(self._views[key], number)
            return self._views[key]
        return self.node(VIEW, (strides, offset), (number,), shape)

    def _viewed_inside(self, number: int, strides: Strides, offset: int, shape: Shape) -> int:
        """The same function of each number alone, of what it takes in other places."""
        node = self.nodes[number]
        operands = [self._of_view(each, strides, offset, shape) for each in node.operands]
        return self._rebuilt(node, operands, shape)

    def _of_view(self, number: int, strides: Strides, offset: int, shape: Shape) -> int:
        """A view of a node that may be a view itself."""
        base, own, first = self.viewed(number)
        if base == number:
            return self.view(number, strides, offset, shape)
        composed = _composed(strides, offset, own, first)
        if composed is None:
            return self.node(VIEW, (strides, offset), (number,), shape)
        return self.view(base, *composed, shape)

    def viewed(self, number: int) -> tuple[int, Strides, int]:
        """What a node is a view of, its strides and its offset; itself where it is none."""
        node = self.nodes[number]
        if node.op == VIEW:
            strides, offset = node.constants
            return node.operands[0], strides, offset  # type: ignore[return-value]
        return number, _merged(_contiguous(node.shape)), 0

    def dims(self, number: int) -> tuple[int, list[Strides], int]:
        """The same with the strides of each dimension; of itself where those of a view do not end where sizes do."""
        base, strides, offset = self.viewed(number)
        parts = _split(strides, self.shape(number))
        if parts is None:
            shape = self.shape(number)
            return number, [((stride, size),) for stride, size in _contiguous(shape)], 0
        return base, parts, offset

    def permuted(self, number: int, order: Sequence[int]) -> int:
        """A node with its dimensions in another order."""
        coefficient, inner = self.scaled(number)
        if inner != number:
            return self.scale(self.permuted(inner, order), coefficient)
        base, parts, offset = self.dims(number)
        shape = self.shape(number)
        order = [each % len(shape) for each in order]
        return self.view(
            base, tuple(part for each in order for part in parts[each]), offset, tuple(shape[each] for each in order)
        )

    def reshaped(self, number: int, shape: Shape) -> int:
        """A node with other sizes, the numbers in the same order."""
        coefficient, inner = self.scaled(number)
        if inner != number:
            return self.scale(self.reshaped(inner, shape), coefficient)
        base, strides, offset = self.viewed(number)
        return self.view(base, strides, offset, shape)

    def sliced(self, number: int, dim: int, start: int, size: int, step: int = 1) -> int:
        """Some places of a dimension."""
        coefficient, inner = self.scaled(number)
        if inner != number:
            return self.scale(self.sliced(inner, dim, start, size, step), coefficient)
        shape = self.shape(number)
        dim %= len(shape)
        if (start, size, step) == (0, shape[dim], 1):
            return number
        base, parts, offset = self.dims(number)
        if len(parts[dim]) > 1:
            base, parts, offset = number, [((stride, each),) for stride, each in _contiguous(shape)], 0
        stride = parts[dim][0][0] if parts[dim] else 0
        parts = [*parts[:dim], ((stride * step, size),), *parts[dim + 1 :]]
        strides = tuple(part for each in parts for part in each)
        return self.view(base, strides, offset + stride * start, (*shape[:dim], size, *shape[dim + 1 :]))

    def expanded(self, number: int, shape: Shape) -> int:
        """A node repeated along dimensions of size 1 and along new ones in front."""
        coefficient, inner = self.scaled(number)
        if inner != number:
            return self.scale(self.expanded(inner, shape), coefficient)
        own = self.shape(number)
        if own == shape:
            return number
        base, parts, offset = self.dims(number)
        added = len(shape) - len(own)
        parts = [(), *[()] * (added - 1), *parts] if added else parts
        sizes = (1,) * added + own
        spread = [part if old == new else ((0, new),) for part, old, new in zip(parts, sizes, shape, strict=True)]
        return self.view(base, tuple(each for part in spread for each in part), offset, shape)

    # sums and products

    def full(self, value: Value, shape: Shape) -> int:
        """The same number everywhere."""
        return self.node(FULL, (_rounded(value),), (), shape)

    def scaled(self, number: int) -> tuple[float, int]:
        """A node as a number times another node."""
        node = self.nodes[number]
        if node.op == SUM and len(node.operands) == 1 and node.constants[-1] == 0:
            inner = node.operands[0]
            if self.shape(inner) == node.shape:
                return float(node.constants[0]), inner  # type: ignore[arg-type]
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
        if node.op == FULL and isinstance(node.constants[0], int | float):
            return [], float(node.constants[0])
        return [(1.0, number)], 0.0

    def sum(self, terms: Iterable[tuple[float, int]], constant: float, shape: Shape) -> int:
        """Nodes times coefficients, and a constant, added up."""
        terms = [(coefficient, self.expanded(number, shape)) for coefficient, number in terms]
        found: dict[int, float] = {}
        for coefficient, number in terms:
            inner = self.nodes[number]
            if inner.op == FULL and isinstance(inner.constants[0], int | float):
                constant += coefficient * inner.constants[0]
                continue
            factor, below = self.scaled(number)
            found[below] = found.get(below, 0.0) + coefficient * factor
        left = sorted((number, _rounded(each)) for number, each in found.items() if each)
        constant = _rounded(constant)  # type: ignore[assignment]
        if not left:
            return self.full(constant, shape)
        if len(left) == 1 and left[0][1] == 1 and not constant and self.shape(left[0][0]) == shape:
            return left[0][0]
        return self._of_each(SUM, (*(each for _, each in left), constant), (number for number, _ in left), shape)

    def product(self, factors: Iterable[tuple[int, float]], shape: Shape) -> int:
        """Nodes to the power of numbers, multiplied."""
        factors = [(self.expanded(number, shape), power) for number, power in factors]
        found: dict[int, float] = {}
        coefficient = 1.0
        for number, power in factors:
            node = self.nodes[number]
            if node.op == FULL and isinstance(node.constants[0], int | float) and (node.constants[0] or power > 0):
                coefficient *= float(node.constants[0]) ** power
                continue
            factor, below = self._in_parts(number)
            if factor > 0 or power == int(power):
                coefficient *= factor**power
            else:
                below = number
            inner = self.nodes[below]
            if inner.op == PRODUCT and self.shape(below) == shape and (power == int(power) or len(inner.operands) == 1):
                for each, own in zip(inner.operands, inner.constants, strict=True):
                    found[each] = found.get(each, 0.0) + float(own) * power  # type: ignore[arg-type]
            else:
                found[below] = found.get(below, 0.0) + power
        left = sorted((number, _rounded(power)) for number, power in found.items() if power)
        if not left:
            return self.full(coefficient, shape)
        if len(left) == 1 and left[0][1] == 1 and self.shape(left[0][0]) == shape:
            made = left[0][0]
        else:
            made = self._of_each(PRODUCT, (power for _, power in left), (number for number, _ in left), shape)
        return self.sum([(coefficient, made)], 0.0, shape)

    def _in_parts(self, number: int) -> tuple[float, int]:
        """A node as a number times another, of a sum one in which the first coefficient is 1."""
        node = self.nodes[number]
        if node.op == SUM and len(node.operands) == 1 and node.constants[-1] == 0:
            return self.scaled(number)
        if node.op != SUM or node.constants[0] == 1:
            return 1.0, number
        terms, constant = self.terms(number)
        first = terms[0][0]
        return first, self.sum([(each / first, below) for each, below in terms], constant / first, node.shape)

    def clamped(self, number: int, least: Value, most: Value) -> int:
        """A node with its numbers kept between two; None is no bound."""
        return self.elementwise("clamp", (_rounded(least), _rounded(most)), number)

    def elementwise(self, op: str, constants: Iterable[Value], number: int) -> int:
        """A function of each number alone."""
        return self._of_each(op, constants, (number,), self.shape(number))

    def _of_each(self, op: str, constants: Iterable[Value], operands: Iterable[int], shape: Shape) -> int:
        """A node of which each number hangs on the numbers at its place alone: a view of it is one of its operands."""
        made = self.node(op, constants, operands, shape)
        self._alone.add(made)
        return made

    def joined(self, parts: Sequence[int], dim: int, shape: Shape) -> int:
        """Nodes behind each other along a dimension; slices that lie so are what they were cut from."""
        made = self._whole(parts, dim, shape)
        return self.node("cat", (dim,), parts, shape) if made is None else made

    def _whole(self, parts: Sequence[int], dim: int, shape: Shape) -> int | None:
        """What equal slices at equal distances were cut from."""
        if len(parts) == 1:
            return parts[0]
        nodes = [self.nodes[each] for each in parts]
        if len({(node.op, node.constants, len(node.operands)) for node in nodes}) == 1 and parts[0] in self._alone:
            ordered = [sorted(node.operands, key=lambda each: self.viewed(each)[0]) for node in nodes]
            inner = [self._whole(each, dim, shape) for each in zip(*ordered, strict=True)]
            if any(each is None for each in inner) or len(set(nodes[0].constants[: len(inner)])) > 1:
                return None
            return self._rebuilt(nodes[0], [each for each in inner if each is not None], shape)
        views = [self.dims(each) for each in parts]
        base, strides, first = views[0]
        regular = all((other, inner) == (base, strides) for other, inner, _ in views)
        if not regular or len({node.shape for node in nodes}) > 1 or base in parts:
            return None
        distances = _distances([offset - first for _, _, offset in views])
        if distances is None:
            return None
        spread = [*strides[:dim], (*distances, *strides[dim]), *strides[dim + 1 :]]
        return self.view(base, tuple(part for each in spread for part in each), first, shape)

    def _rebuilt(self, node: Node, operands: Sequence[int], shape: Shape) -> int:
        """The same function of each number alone, of other nodes."""
        if node.op == SUM:
            *coefficients, constant = map(float, node.constants)  # type: ignore[arg-type]
            return self.sum(zip(coefficients, operands, strict=True), constant, shape)
        if node.op == PRODUCT:
            return self.product(zip(operands, map(float, node.constants), strict=True), shape)  # type: ignore[arg-type]
        return self.elementwise(node.op, node.constants, operands[0])

    def contracted(self, rows: int, columns: int, shape: Shape) -> int:
        """Products of all rows with all columns.

        Args:
            rows: (batch, rows, k).
            columns: (batch, columns, k).
            shape: (batch, rows, columns).
        """
        if (inside := self._unordered(rows, shape)) is not None:
            number, count, outside = inside
            made = self.contracted(number, columns, (1, count, shape[2]))
            coefficient, below = self.scaled(made)
            return self.scale(self._of_view(below, *outside, shape), coefficient)
        (ours, first), (theirs, second) = self._in_parts(rows), self._in_parts(columns)
        if first > second:
            batch, a, b = shape
            made = self.node("contraction", (), (second, first), (batch, b, a))
            made = self.permuted(made, (0, 2, 1))
        else:
            made = self.node("contraction", (), (first, second), shape)
        return self.scale(made, ours * theirs)

    def _unordered(self, rows: int, shape: Shape) -> tuple[int, int, tuple[Strides, int]] | None:
        """Rows of one matrix that are a view of others: those others, and the view of what is made of them."""
        coefficient, number = self.scaled(rows)
        if shape[0] != 1 or self.nodes[number].op != VIEW:
            return None
        width = self.shape(number)[-1]
        base, parts, offset = self.dims(number)
        count = prod(self.shape(base))
        outer = [part for each in parts[:-1] for part in each]
        if base == number:
            return None
        if parts[-1] != ((1, width),) or count % width or offset % width or any(each % width for each, _ in outer):
            return self._sorted(base, outer, parts[-1], offset, shape, coefficient)
        if offset == 0 and _merged(outer) == ((width, count // width),):
            return None
        strides = (*((stride // width * shape[2], size) for stride, size in outer), (1, shape[2]))
        inner = self.scale(self.reshaped(base, (1, count // width, width)), coefficient)
        return inner, count // width, (strides, offset // width * shape[2])

    def _sorted(
        self, base: int, outer: Sequence[tuple[int, int]], inner: Strides, offset: int, shape: Shape, coefficient: float
    ) -> tuple[int, int, tuple[Strides, int]] | None:
        """The same where rows are made of parts that lie apart: in the order in which they lie there."""
        order = sorted(range(len(outer)), key=lambda place: -outer[place][0])
        if order == [*range(len(outer))]:
            return None
        steps: dict[int, int] = {}
        step = shape[2]
        for place in reversed(order):
            steps[place] = step
            step *= outer[place][1]
        strides = (*((steps[place], size) for place, (_, size) in enumerate(outer)), (1, shape[2]))
        count = prod(size for _, size in outer)
        width = prod(size for _, size in inner)
        rows = self.view(base, (*(outer[place] for place in order), *inner), offset, (1, count, width))
        return self.scale(rows, coefficient), count, (strides, 0)


def _rounded(value: Value) -> Value:
    """A number with as many digits as float32 has; what is none, as it is."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return float(f"{value:.{_DIGITS}g}")


def _contiguous(shape: Shape) -> Strides:
    strides, step = [], 1
    for size in reversed(shape):
        strides.append((step, size))
        step *= size
    return tuple(reversed(strides))


def _merged(strides: Iterable[tuple[int, int]]) -> Strides:
    """Parts that lie one behind the other as one, without those of size 1."""
    found: list[tuple[int, int]] = []
    for stride, size in strides:
        if size == 1:
            continue
        if found and (found[-1][0] == stride * size):
            found[-1] = stride, found[-1][1] * size
        else:
            found.append((stride, size))
    return tuple(found)


def _split(strides: Strides, shape: Shape) -> list[Strides] | None:
    """The parts of each dimension; None where a part would lie across two dimensions and cannot be divided."""
    left = list(strides)[::-1]
    found: list[Strides] = []
    for size in shape:
        parts: list[tuple[int, int]] = []
        while size > 1:
            if not left:
                return None
            stride, have = left.pop()
            if have <= size:
                if size % have:
                    return None
                parts.append((stride, have))
                size //= have
            else:
                if have % size:
                    return None
                inner = have // size
                parts.append((stride * inner, size))
                left.append((stride, inner))
                size = 1
        found.append(tuple(parts))
    return None if left else found


def _composed(strides: Strides, offset: int, inner: Strides, first: int) -> tuple[Strides, int] | None:
    """A view of a view as one; None where its parts lie across those of the inner one."""
    found: list[tuple[int, int]] = []
    start = first
    parts: list[tuple[int, int, int]] = []  # places of the inner view: how far, how many, stride in what it views
    step = 1
    for stride, size in reversed(inner):
        parts.append((step, size, stride))
        step *= size
    left = offset
    for far, size, stride in reversed(parts):
        start += left // far % size * stride
        left %= far
    for stride, size in strides:
        if stride == 0:
            found.append((0, size))
            continue
        pieces: list[tuple[int, int]] = []
        for far, count, inside in parts:  # the fastest first
            if size == 1:
                break
            if stride >= far * count:
                continue
            if stride % far:
                return None
            skip = stride // far
            if count % skip:
                if skip * (size - 1) >= count:
                    return None
                pieces.append((inside * skip, size))
                size = 1
                break
            room = count // skip
            taken = min(room, size)
            if size > room and size % room:
                return None
            pieces.append((inside * skip, taken))
            size //= taken
            stride = far * count
        if size != 1:
            return None
        found += reversed(pieces)
    return tuple(found), start


def _distances(offsets: list[int]) -> tuple[tuple[int, int], ...] | None:
    """Places at equal distances, or at equal distances within groups at equal distances: stride and size of each."""
    count = len(offsets)
    for size in range(count, 1, -1):
        if count % size:
            continue
        inner = offsets[1] - offsets[0]
        outer = offsets[size] - offsets[0] if size < count else 0
        places = [group * outer + place * inner for group in range(count // size) for place in range(size)]
        if inner > 0 and offsets == places:
            return ((outer, count // size), (inner, size)) if size < count else ((inner, size),)
    return None
