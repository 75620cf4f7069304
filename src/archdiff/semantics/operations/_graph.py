"""Operations as nodes of a graph in which the same computation is the same node, whichever network it is of.

Nodes are made from their operands up and looked up by what they are, so two networks share a node where all that leads
to it is the same. Three forms hold most spellings: a `view` is any chain of reshapes, transposes, slices and expansions
as strides over what it views; a `sum` has a coefficient for each term and a constant; a `product` has powers. Here are
those that take whole rows: products of matrices, and what is taken over dimensions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

from archdiff.model.network import Value
from archdiff.semantics.operations._algebra import Algebra
from archdiff.semantics.operations._store import (
    CAT,
    CONTRACTION,
    EITHER_WAY,
    EMPTY,
    FULL,
    PAD,
    SUM,
    SUM_OVER,
    TAKEN,
    VIEW,
    WHERE,
    GraphNode,
)
from archdiff.semantics.operations._strides import Shape, Strides, merged

__all__ = [
    "CAT",
    "CONTRACTION",
    "EITHER_WAY",
    "EMPTY",
    "FULL",
    "PAD",
    "SUM",
    "SUM_OVER",
    "TAKEN",
    "VIEW",
    "WHERE",
    "Graph",
    "GraphNode",
    "Shape",
    "Strides",
]


class Graph(Algebra):
    """Nodes by number; equal nodes have one."""

    def originals(self, number: int) -> Iterator[int]:
        """What a node was made anew for as a view of, or as a part of one, the nearest first: in each network others.

        Args:
            number: The node.
        """
        waiting, met = [number], {number}
        for each in waiting:
            originals = [*(original for original, _ in self.copies.get(each, ())), *self.parts.get(each, ())]
            above = [original for original in originals if original not in met]
            waiting += above
            met.update(above)
            yield from above

    def reduced(self, op: str, number: int, dims: Sequence[int], left: Shape) -> int:
        """One number for each place of the dimensions that are left.

        Args:
            op: What is taken over the others, whose order does not count.
            number: The node.
            dims: Over which, counted from 0.
            left: Sizes of the others.
        """
        if prod(left) == prod(self.shape(number)):
            return self.reshaped(number, left)
        if op == SUM_OVER and (below := self._summed_before(number, dims, left)) is not None:
            return below
        matrix, kept, _ = self.rows(number, dims, is_ordered=False)
        count, width = self.shape(matrix)
        coefficient, matrix = self.scaled(matrix) if op == SUM_OVER else (1.0, matrix)
        made = self.node(op, ((1,),), (matrix,), (count,))
        places = tuple((stride // width, size) for stride, size in kept)
        return self.scale(self.view(made, places, 0, left), coefficient)

    def _summed_before(self, number: int, dims: Sequence[int], left: Shape) -> int | None:
        """A sum of sums over rows is one over all; a sum of as many as were put together is their sum."""
        base, parts, offset = self.dims(number)
        node, shape = self.nodes[base], self.shape(number)
        if node.op == SUM_OVER and node.constants == ((1,),):
            width = self.shape(node.operands[0])[1]
            strides = (*((stride * width, size) for each in parts for stride, size in each), (1, width))
            whole = self._of_view(node.operands[0], strides, offset * width, (*shape, width))
            return self.reduced(SUM_OVER, whole, (*dims, len(shape)), left)
        if node.op == CAT and len(dims) == 1 and shape[dims[0]] <= len(node.operands):
            stacked = [self.sliced(number, dims[0], place, 1) for place in range(shape[dims[0]])]
            if all(self.viewed(each)[0] != base for each in stacked):
                return self.sum([(1.0, self.reshaped(each, left)) for each in stacked], 0.0, left)
        return None

    def padded(self, number: int, pads: Sequence[tuple[int, int]], value: Value) -> int:
        """A node with more places around it; several of these are one.

        Args:
            number: The node.
            pads: How many before and behind, for each dimension; none is below 0.
            value: What they hold.
        """
        if not any(before or behind for before, behind in pads):
            return number
        coefficient, inner = (1.0, number) if value else self.scaled(number)
        if inner != number:
            return self.scale(self.padded(inner, pads, value), coefficient)
        node = self.nodes[number]
        if node.op == PAD and (type(node.constants[1]), node.constants[1]) == (type(value), value):
            own: Sequence[tuple[int, int]] = node.constants[0]  # type: ignore[assignment]
            pads = [(a + c, b + d) for (a, b), (c, d) in zip(own, pads, strict=True)]
            number = node.operands[0]
        shape = tuple(before + size + behind for (before, behind), size in zip(pads, self.shape(number), strict=True))
        return self.node(PAD, (tuple(pads), value), (number,), shape)

    def pads(self, number: int) -> tuple[int, list[tuple[int, int]], Value]:
        """What a node is with less around it, how many places are before and behind it, and what these hold."""
        coefficient, inner = self.scaled(number)
        node = self.nodes[inner]
        if node.op != PAD:
            return number, [(0, 0)] * len(self.shape(number)), 0.0
        pads: list[tuple[int, int]] = [*node.constants[0]]  # type: ignore[misc]
        value = node.constants[1]
        return self.scale(node.operands[0], coefficient), pads, value if coefficient == 1 else 0.0

    def over(self, op: str, number: int, dim: int) -> int:
        """What is taken along one dimension, which stays: softmax, a running sum.

        Args:
            op: What is taken.
            number: The node.
            dim: Along which, counted from 0.
        """
        matrix, kept, columns = self.rows(number, (dim,), is_ordered=True)
        made = self.node(op, (1,), (matrix,), self.shape(matrix))
        shape = self.shape(number)
        places = self._by_dim(number, dim, kept, columns)
        return self.view(made, places, 0, shape)

    def _by_dim(self, number: int, dim: int, kept: Strides, columns: Strides) -> Strides:
        """Parts of the columns at the place of their dimension."""
        _, parts, _ = self.dims(number)
        before = sum(len(each) for each in parts[:dim])
        return (*kept[:before], *columns, *kept[before:])

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
        if self._unordered(columns, (shape[0], shape[2], shape[1])) is not None:  # some rows of a larger weight
            return self.permuted(self.contracted(columns, rows, (shape[0], shape[2], shape[1])), (0, 2, 1))
        if (unexpanded := self._unexpanded(rows, columns, shape)) is not None:
            return unexpanded
        (ours, first), (theirs, second) = self.in_parts(rows), self.in_parts(columns)
        if first > second:
            batch, a, b = shape
            made = self.node(CONTRACTION, (), (second, first), (batch, b, a))
            made = self.permuted(made, (0, 2, 1))
        else:
            made = self.node(CONTRACTION, (), (first, second), shape)
        return self.scale(made, ours * theirs)

    def _unexpanded(self, rows: int, columns: int, shape: Shape) -> int | None:
        """Where all of a batch are multiplied by the same: rows of one matrix."""
        batch, count, width = shape
        if batch == 1:
            return None
        if (alone := self._one_of(columns)) is not None:
            inner = self.reshaped(rows, (1, batch * count, self.shape(rows)[2]))
            return self.reshaped(self.contracted(inner, alone, (1, batch * count, width)), shape)
        if (alone := self._one_of(rows)) is not None:
            inner = self.reshaped(columns, (1, batch * width, self.shape(columns)[2]))
            made = self.reshaped(self.contracted(inner, alone, (1, batch * width, count)), (batch, width, count))
            return self.permuted(made, (0, 2, 1))
        return None

    def _one_of(self, number: int) -> int | None:
        """The first of a batch, if all are the same."""
        _, parts, _ = self.dims(self.scaled(number)[1])
        return self.sliced(number, 0, 0, 1) if parts[0] and all(stride == 0 for stride, _ in parts[0]) else None

    def _unordered(self, rows: int, shape: Shape) -> tuple[int, int, tuple[Strides, int]] | None:
        """Rows of one matrix that are a view of others: those others, and the view of what is made of them."""
        coefficient, number = self.scaled(rows)
        if shape[0] != 1:
            return None
        if self.nodes[number].op != VIEW:
            return self._sorted_inside(number, shape, coefficient)
        width = self.shape(number)[-1]
        base, parts, offset = self.dims(number)
        count = prod(self.shape(base))
        outer = [part for each in parts[:-1] for part in each]
        if base == number:
            return None
        if parts[-1] != ((1, width),) or count % width or offset % width or any(each % width for each, _ in outer):
            return self._sorted(base, outer, parts[-1], offset, shape, coefficient)
        if offset == 0 and merged(outer) == merged(((width, count // width),)):
            return None
        strides = (*((stride // width * shape[2], size) for stride, size in outer), (1, shape[2]))
        inner = self.scale(self.reshaped(base, (1, count // width, width)), coefficient)
        return inner, count // width, (strides, offset // width * shape[2])

    def _sorted_inside(
        self, number: int, shape: Shape, coefficient: float
    ) -> tuple[int, int, tuple[Strides, int]] | None:
        """The same of a function of each number alone: in the order in which rows lie in the first that it takes."""
        count, width = self.shape(number)[1:]
        lying = [
            (self.viewed(leaf)[0], outer)
            for leaf in self._leaves(number)
            if (outer := [part for each in self.dims(leaf)[1][:-1] for part in each])
            and prod(size for _, size in outer) == count
            and all(stride for stride, _ in outer)
        ]
        if not lying:
            return None
        _, outer = min(lying)
        own: list[tuple[int, int]] = []
        step = width
        for _, size in reversed(outer):
            own.append((step, size))
            step *= size
        order = sorted(range(len(outer)), key=lambda place: -outer[place][0])
        if order == [*range(len(outer))]:
            return None
        own.reverse()
        strides = (*_steps([size for _, size in outer], order, shape[2]), (1, shape[2]))
        rows = self.view(number, (*(own[place] for place in order), (1, width)), 0, (1, count, width))
        return self.scale(rows, coefficient), count, (strides, 0)

    def _leaves(self, number: int) -> list[int]:
        """What a function of each number alone takes that is none itself."""
        found: dict[int, None] = {}
        stack, met = [number], set[int]()
        while stack:
            current = stack.pop()
            if current in met:
                continue
            met.add(current)
            if current in self._alone:
                stack += self.nodes[current].operands
            else:
                found[current] = None
        return [*found]

    def _sorted(
        self, base: int, outer: Sequence[tuple[int, int]], inner: Strides, offset: int, shape: Shape, coefficient: float
    ) -> tuple[int, int, tuple[Strides, int]] | None:
        """The same where rows are made of parts that lie apart: in the order in which they lie there."""
        order = sorted(range(len(outer)), key=lambda place: -outer[place][0])
        if order == [*range(len(outer))]:
            return None
        strides = (*_steps([size for _, size in outer], order, shape[2]), (1, shape[2]))
        count = prod(size for _, size in outer)
        width = prod(size for _, size in inner)
        rows = self.view(base, (*(outer[place] for place in order), *inner), offset, (1, count, width))
        return self.scale(rows, coefficient), count, (strides, 0)


def _steps(sizes: Sequence[int], order: Sequence[int], step: int) -> Strides:
    """Where parts lie that were brought into another order, the last of them `step` apart."""
    found: dict[int, int] = {}
    for place in reversed(order):
        found[place] = step
        step *= sizes[place]
    return tuple((found[place], size) for place, size in enumerate(sizes))
