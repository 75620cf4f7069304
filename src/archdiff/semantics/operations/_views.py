"""Nodes whose numbers are those of another one in other places, by any chain of reshapes, slices and the like."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from math import prod
from typing import Final

from archdiff.model.network import Value
from archdiff.semantics.operations._store import CAT, EMPTY, FULL, PRODUCT, ROLL, SUM, VIEW, GraphNode, Store
from archdiff.semantics.operations._strides import (
    Shape,
    Strides,
    behind,
    composed,
    contiguous,
    distances,
    in_memory,
    merged,
    split,
)

_DEEPEST: Final = 64  # functions of each number alone, through which parts are followed to what they were cut from

_MOST_PARTS: Final = 256  # of one whole that is made in steps: each step would name all parts before it

_View = tuple[Strides, int, Shape]


class Views(Store, ABC):
    """Nodes with the views of them."""

    def __init__(self) -> None:
        super().__init__()
        self.copies: dict[int, list[tuple[int, _View]]] = {}  # nodes made anew as views: of which, and the view
        self.parts: dict[int, list[int]] = {}  # nodes that were made on the way to such a one: for which
        self._alone: set[int] = set()  # functions of each number alone
        self._views: dict[tuple[int, _View], int] = {}
        self._wholes: dict[tuple[tuple[int, ...], int, Shape], int | None] = {}

    @abstractmethod
    def rebuilt(self, node: GraphNode, operands: Sequence[int], shape: Shape) -> int:
        """The same function of each number alone, of other nodes."""

    @abstractmethod
    def scale(self, number: int, coefficient: float) -> int:
        """A node times a number."""

    @abstractmethod
    def scaled(self, number: int) -> tuple[float, int]:
        """A node as a number times another node."""

    def of_each(self, op: str, constants: Iterable[Value], operands: Iterable[int], shape: Shape) -> int:
        """A node of which each number hangs on the numbers at its place alone: a view of it is one of its operands.

        Args:
            op: What it is.
            constants: What it is called with beside nodes.
            operands: Nodes of its shape.
            shape: Of what it gives.
        """
        made = self.node(op, constants, operands, shape)
        self._alone.add(made)
        return made

    def view(self, number: int, strides: Strides, offset: int, shape: Shape) -> int:
        """Numbers of a node in other places.

        Args:
            number: The node.
            strides: Where each part lies, as `contiguous` gives them.
            offset: Where the first number lies.
            shape: Of the view.
        """
        node = self.nodes[number]
        if 0 in shape:
            return self.node(EMPTY, (), (), shape)
        if node.op == FULL:
            return self.full(node.constants[0], shape)
        strides = merged(strides)
        if strides == merged(contiguous(node.shape)) and offset == 0 and shape == node.shape:
            return number
        if number in self._alone:
            return self._inside(number, (strides, offset, shape))
        if node.op == CAT and (part := self._in_part(node, strides, offset)) is not None:
            return self._of_view(*part, shape)
        if node.op == VIEW:
            return self._of_view(number, strides, offset, shape)
        return self.node(VIEW, (strides, offset), (number,), shape)

    def _inside(self, number: int, view: _View) -> int:
        """A view of a function of each number alone: the function of views; what it takes comes first."""
        stack = [number]
        while stack:
            each = stack[-1]
            node = self.nodes[each]
            waiting = [below for below in node.operands if below in self._alone and (below, view) not in self._views]
            if (each, view) in self._views or not waiting:
                stack.pop()
                if (each, view) not in self._views:
                    operands, count = [self._of_view(below, *view) for below in node.operands], len(self.nodes)
                    made = self._views[each, view] = self.rebuilt(node, operands, view[2])
                    for part in self._alone.intersection(range(count, len(self.nodes))):
                        self.parts.setdefault(part, []).append(each)
                    self.copies.setdefault(made, []).append((each, view))
            else:
                stack += waiting
        return self._views[number, view]

    def _of_view(self, number: int, strides: Strides, offset: int, shape: Shape) -> int:
        """A view of a node that may be a view itself."""
        base, own, first = self.viewed(number)
        if base == number:
            known = self._views.get((number, (strides, offset, shape)))
            return self.view(number, strides, offset, shape) if known is None else known
        found = composed(strides, offset, own, first)
        if found is None:  # a view of its numbers one behind the other, whatever its own sizes are
            flat = self.node(VIEW, (own, first), (base,), (prod(self.shape(number)),))
            return self.node(VIEW, (merged(strides), offset), (flat,), shape)
        return self.view(base, *found, shape)

    def _in_part(self, node: GraphNode, strides: Strides, offset: int) -> tuple[int, Strides, int] | None:
        """A view of rows behind each other, as one of those in which it lies whole; None where it takes all of them."""
        count, whole = node.shape
        row, first = divmod(offset, whole)
        last = first + sum(stride * (size - 1) for stride, size in strides if stride % whole)
        end, taken, start = 0, list[int](), 0
        for part in node.operands:
            begin, end = end, end + self.shape(part)[1]
            if end > first and begin <= last:
                start = start if taken else begin
                taken.append(part)
        if last >= whole or len(taken) == len(node.operands):
            return None
        width = sum(self.shape(part)[1] for part in taken)
        inside = tuple((stride // whole * width if stride % whole == 0 else stride, n) for stride, n in strides)
        return self.joined(taken, 1, (count, width)), inside, row * width + first - start

    def viewed(self, number: int) -> tuple[int, Strides, int]:
        """What a node is a view of, its strides and its offset; itself where it is none."""
        node = self.nodes[number]
        if node.op == VIEW:
            strides, offset = node.constants
            return node.operands[0], strides, offset  # type: ignore[return-value]
        return number, merged(contiguous(node.shape)), 0

    def dims(self, number: int) -> tuple[int, list[Strides], int]:
        """The same with the strides of each dimension; of itself where those of a view do not end where sizes do."""
        base, strides, offset = self.viewed(number)
        parts = split(strides, self.shape(number))
        if parts is None:
            shape = self.shape(number)
            return number, [((stride, size),) for stride, size in contiguous(shape)], 0
        return base, parts, offset

    def permuted(self, number: int, order: Sequence[int]) -> int:
        """A node with its dimensions in another order."""
        coefficient, inner = self.scaled(number)
        if inner != number:
            return self.scale(self.permuted(inner, order), coefficient)
        base, parts, offset = self.dims(number)
        shape = self.shape(number)
        order = [each % len(shape) for each in order]
        strides = tuple(part for each in order for part in parts[each])
        return self.view(base, strides, offset, tuple(shape[each] for each in order))

    def reshaped(self, number: int, shape: Shape) -> int:
        """A node with other sizes, the numbers in the same order."""
        coefficient, inner = self.scaled(number)
        if inner != number:
            return self.scale(self.reshaped(inner, shape), coefficient)
        base, strides, offset = self.viewed(number)
        return self.view(base, strides, offset, shape)

    def sliced(self, number: int, dim: int, start: int, size: int, step: int = 1) -> int:
        """Some places of a dimension.

        Args:
            number: The node.
            dim: The dimension.
            start: The first place.
            size: How many.
            step: From one to the next.
        """
        coefficient, inner = self.scaled(number)
        if inner != number:
            return self.scale(self.sliced(inner, dim, start, size, step), coefficient)
        shape = self.shape(number)
        dim %= len(shape)
        if (start, size, step) == (0, shape[dim], 1):
            return number
        base, parts, offset = self.dims(number)
        if len(parts[dim]) > 1:
            base, parts, offset = number, [((stride, each),) for stride, each in contiguous(shape)], 0
        stride = parts[dim][0][0] if parts[dim] else 0
        parts = [*parts[:dim], ((stride * step, size),), *parts[dim + 1 :]]
        strides = tuple(part for each in parts for part in each)
        return self.view(base, strides, offset + stride * start, (*shape[:dim], size, *shape[dim + 1 :]))

    def expanded(self, number: int, shape: Shape) -> int:
        """A node repeated along dimensions of size 1 and along new ones in front."""
        own = self.shape(number)
        if own == shape:
            return number
        coefficient, inner = self.scaled(number)
        if inner != number:
            return self.scale(self.expanded(inner, shape), coefficient)
        base, parts, offset = self.dims(number)
        added = len(shape) - len(own)
        parts = [*[()] * added, *parts]
        sizes = (1,) * added + own
        spread = [part if old == new else ((0, new),) for part, old, new in zip(parts, sizes, shape, strict=True)]
        return self.view(base, tuple(each for part in spread for each in part), offset, shape)

    def rows(self, number: int, dims: Sequence[int], is_ordered: bool) -> tuple[int, Strides, Strides]:
        """A node as a matrix, whose rows stand in the order in which they lie in memory.

        Args:
            number: The node.
            dims: What becomes the columns, counted from 0.
            is_ordered: Whether the columns stay in their order.

        Returns:
            The matrix; and of a matrix like it, where the other dimensions and the columns of the node lie.
        """
        base, parts, offset = self.dims(number)
        kept = [part for dim, each in enumerate(parts) if dim not in dims for part in each]
        inner = [part for dim, each in enumerate(parts) if dim in dims for part in each]
        count, width = (prod(size for _, size in each) for each in (kept, inner))
        sorted_kept, steps = in_memory(kept, width)
        sorted_inner, columns = (inner, in_memory(inner, 1)[1]) if is_ordered else in_memory(inner, 1)
        if is_ordered:
            columns = list(contiguous(tuple(size for _, size in inner)))
        matrix = self.view(base, (*sorted_kept, *sorted_inner), offset, (count, width))
        return matrix, tuple(steps), tuple(columns)

    # parts of one whole

    def joined(self, parts: Sequence[int], dim: int, shape: Shape) -> int:
        """Nodes behind each other along a dimension; slices that lie so are what they were cut from.

        Args:
            parts: The nodes, none of which is empty.
            dim: The dimension.
            shape: Of all together.
        """
        if 0 in shape:
            return self.node(EMPTY, (), (), shape)
        made = self._whole(tuple(parts), dim, shape, _DEEPEST)
        if made is None:
            made = self._in_a_row(parts, dim, shape)
        if made is not None:
            return made
        count = prod(shape[:dim])  # as rows behind each other, whatever their sizes
        rows = [self.reshaped(each, (count, prod(self.shape(each)) // count)) for each in parts]
        if (flat := self._unnested(rows)) is not None:
            return self.reshaped(self.joined(flat, 1, (count, prod(shape) // count)), shape)
        made = self.node(CAT, (1,), rows, (count, prod(shape) // count))
        return self.reshaped(made, shape)

    def _unnested(self, rows: Sequence[int]) -> list[int] | None:
        """The parts of what is put together of parts itself; None where nothing is, or where they are too many."""
        nodes = [self.nodes[each] for each in rows]
        count = sum(len(node.operands) if node.op == CAT else 1 for node in nodes)
        if not len(rows) < count <= _MOST_PARTS:
            return None
        return [
            part
            for each, node in zip(rows, nodes, strict=True)
            for part in (node.operands if node.op == CAT else [each])
        ]

    def _in_a_row(self, parts: Sequence[int], dim: int, shape: Shape) -> int | None:
        """One node again and again; slices of one that lie behind each other, or do when the last come first."""
        if len(set(parts)) == 1:
            return self.repeated(parts[0], [len(parts) if each == dim else 1 for each in range(len(shape))])
        views = [self.seen(each) for each in parts]
        base = views[0][0]
        divided = [split(strides, self.shape(each)) for (_, strides, _), each in zip(views, parts, strict=True)]
        known = [each for each in divided if each is not None and len(each[dim]) < 2]
        if len(known) < len(parts) or base in parts or any(of != base for of, _, _ in views):
            return None
        beside = {(*each[:dim], *each[dim + 1 :]) for each in known}
        steps = {stride for each in known for stride, _ in each[dim]}
        if len(beside) > 1 or len(steps) > 1:
            return None
        step = steps.pop() if steps else views[1][2] - views[0][2]
        starts = [offset for _, _, offset in views]
        begin, turn = behind(starts, [self.shape(each)[dim] for each in parts], step)
        if begin is None:
            return None
        others = beside.pop()
        spread = (*others[:dim], ((step, shape[dim]),), *others[dim:])
        whole = self._of_view(base, tuple(part for each in spread for part in each), begin, shape)
        return self.rolled(whole, dim, turn)

    def rolled(self, number: int, dim: int, by: int) -> int:
        """A node whose places in one dimension moved on, the last of them to the front; several of these are one.

        Args:
            number: The node.
            dim: The dimension.
            by: How far.
        """
        node, shape = self.nodes[number], self.shape(number)
        shifts = [0] * len(shape)
        if node.op == ROLL:
            number, shifts = node.operands[0], [each for each in node.constants if isinstance(each, int)]
        shifts[dim] = (shifts[dim] + by) % shape[dim]
        return self.node(ROLL, shifts, (number,), shape) if any(shifts) else number

    def repeated(self, number: int, times: Sequence[int]) -> int:
        """A node again and again along its dimensions.

        Args:
            number: The node.
            times: How often, for each of its dimensions and for new ones in front.
        """
        coefficient, inner = self.scaled(number)
        if inner != number:
            return self.scale(self.repeated(inner, times), coefficient)
        added = len(times) - len(self.shape(number))
        shape = (*[1] * added, *self.shape(number))
        base, parts, offset = self.dims(number)
        spread = [((0, each), *part) for each, part in zip(times, [*[()] * added, *parts], strict=True)]
        sizes = tuple(each * size for each, size in zip(times, shape, strict=True))
        return self.view(base, tuple(part for each in spread for part in each), offset, sizes)

    def _whole(self, parts: tuple[int, ...], dim: int, shape: Shape, depth: int) -> int | None:
        """What equal slices at equal distances were cut from."""
        key = parts, dim, shape
        if key not in self._wholes:
            self._wholes[key] = self._found_whole(parts, dim, shape, depth)
        return self._wholes[key]

    def _found_whole(self, parts: tuple[int, ...], dim: int, shape: Shape, depth: int) -> int | None:
        if len(parts) == 1:
            return parts[0]
        nodes = [self.nodes[each] for each in parts]
        if len({node.shape for node in nodes}) > 1:
            return None
        if self._alone.issuperset(parts):
            made = self._of_one([self.seen(each) for each in parts], parts, dim, shape)
            return self._whole_of_each(nodes, dim, shape, depth - 1) if made is None and depth else made
        return self._of_one([self.seen(each) for each in parts], parts, dim, shape)

    def seen(self, number: int) -> tuple[int, Strides, int]:
        """What a node is a view of; of a function of each number alone, by the view for which it was made anew."""
        if number not in self._alone:
            return self.viewed(number)
        base, strides, offset = number, merged(contiguous(self.shape(number))), 0
        while earlier := [each for each in self.copies.get(base, ()) if each[0] < base]:
            original, (inner, first, _) = earlier[0]
            found = composed(strides, offset, merged(inner), first)
            if found is None:
                break
            (strides, offset), base = found, original
        return base, strides, offset

    def _of_one(
        self, views: Sequence[tuple[int, Strides, int]], parts: Sequence[int], dim: int, shape: Shape
    ) -> int | None:
        """Equal views of one node at equal distances as one view of it."""
        base, strides, first = views[0]
        regular = all((other, inner) == (base, strides) for other, inner, _ in views)
        split_up = split(strides, self.shape(parts[0]))
        if not regular or split_up is None or base in parts:
            return None
        steps = distances([offset - first for _, _, offset in views])
        if steps is None:
            return None
        spread = [*split_up[:dim], (*steps, *split_up[dim]), *split_up[dim + 1 :]]
        return self._of_view(base, tuple(part for each in spread for part in each), first, shape)

    def _whole_of_each(self, nodes: Sequence[GraphNode], dim: int, shape: Shape, depth: int) -> int | None:
        """The same function of what the operands were cut from; operands that may change places do where they must."""
        count = len(nodes[0].operands)
        if all(node.op == nodes[0].op for node in nodes) and nodes[0].op in (SUM, PRODUCT):
            nodes = [self._ordered(node) for node in nodes]
        if len({(node.op, node.constants, len(node.operands)) for node in nodes}) > 1:
            return None
        inner = []
        for place in range(count):
            whole = self._whole(tuple(node.operands[place] for node in nodes), dim, shape, depth)
            if whole is None:
                return None
            inner.append(whole)
        return self.rebuilt(nodes[0], inner, shape)

    def _ordered(self, node: GraphNode) -> GraphNode:
        """A sum or a product with its operands in an order that hangs on what they were cut from."""
        count = len(node.operands)
        pairs = [*zip(node.constants[:count], node.operands, strict=True)]
        pairs.sort(key=lambda pair: (float(pair[0]), self.viewed(pair[1])[0]))  # type: ignore[arg-type]
        constants = (*(each for each, _ in pairs), *node.constants[count:])
        return node._replace(constants=constants, operands=tuple(number for _, number in pairs))
