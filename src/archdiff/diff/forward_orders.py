"""In which order an operation takes the numbers of a tensor, and whether two do so alike where sizes differ.

Knows numbers alone: no graph and no trace.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from archdiff.semantics.operations import Shape, Strides, composed, contiguous, merged, split


class TakenOrder(NamedTuple):
    """Where the numbers that an operation takes lie in a tensor.

    Attributes:
        of: Sizes of the tensor.
        strides: Parts of the view.
        offset: Where it begins.
        shape: Sizes of the view.
    """

    of: Shape
    strides: Strides
    offset: int
    shape: Shape


def turned(taken: TakenOrder) -> TakenOrder:
    """The same numbers of a tensor whose last two dimensions stand the other way round.

    Args:
        taken: Of the tensor as it stands.
    """
    *batch, rows, columns = taken.of
    lying = contiguous(taken.of)
    divided = composed(taken.strides, taken.offset, lying, 0)
    if divided is None:
        return taken
    steps = {len(batch): (columns, 1), len(batch) + 1: (1, rows)}
    found = []
    for stride, size in divided[0]:
        step, now = steps.get(_dim(stride, lying), (1, 1))
        found.append((stride // step * now, size))
    row, column = divmod(taken.offset % (rows * columns), columns)
    offset = taken.offset - row * columns - column + column * rows + row
    return TakenOrder((*batch, columns, rows), merged(found), offset, taken.shape)


def are_alike(a: TakenOrder, b: TakenOrder) -> bool:
    """Whether two tensors are taken in the same order but for their sizes.

    Where a dimension has the same size in both, what is taken of it is the same; where it has another, it is taken at
    the same turn, divided into as many pieces, and from its beginning in both or in none. How often one number is taken
    again counts as a size.

    Args:
        a: Of one tensor.
        b: Of another.
    """
    if len(a.of) != len(b.of) or len(a.shape) != len(b.shape):
        a, b = (each._replace(of=_places(each.of), shape=_places(each.shape)) for each in (a, b))
    if a == b:
        return True
    if len(a.of) != len(b.of) or len(a.shape) != len(b.shape):
        return False
    equal = [x == y for x, y in zip(a.of, b.of, strict=True)]
    idle = frozenset(dim for dim, sizes in enumerate(zip(a.of, b.of, strict=True)) if 1 in sizes)
    by_dim = [split(each.strides, each.shape) for each in (a, b)]
    ours, theirs = (
        _run(each, [each.strides] if None in by_dim else own or [], equal, idle)
        for each, own in zip((a, b), by_dim, strict=True)
    )
    return ours is not None and ours == theirs and [*_starts(a, equal)] == [*_starts(b, equal)]


def _places(shape: Shape) -> Shape:
    """A shape without a map of one place at its end."""
    return shape[:2] if {*shape[2:]} == {1} else shape


def _run(
    taken: TakenOrder, groups: Sequence[Strides], equal: Sequence[bool], idle: frozenset[int]
) -> list[list[tuple[int, ...]]] | None:
    """What each group of parts runs along, without sizes of dimensions that have another one in both.

    None where a part lies across two dimensions of the tensor.
    """
    lying = contiguous(taken.of)
    divided = [composed(parts, 0, lying, 0) for parts in groups]
    if None in divided or composed(taken.strides, taken.offset, lying, 0) is None:
        return None
    pieces = [[(_dim(stride, lying), stride, size) for stride, size in each[0] if size > 1] for each in divided if each]
    strides: dict[int, set[int]] = {}
    for dim, stride, _ in chain(*pieces):
        strides.setdefault(dim, set()).add(stride)
    ranks = {dim: sorted(each) for dim, each in strides.items()}
    return [
        [
            (dim, stride // lying[dim][0], size) if dim >= 0 and equal[dim] else (dim, ranks[dim].index(stride))
            for dim, stride, size in each
            if dim not in idle
        ]
        for each in pieces
    ]


def _dim(stride: int, lying: Strides) -> int:
    """The dimension along which a piece runs; -1 where the same number is taken again and again."""
    return next((dim for dim, (step, size) in enumerate(lying) if step <= stride < step * size), -1)


def _starts(taken: TakenOrder, equal: Sequence[bool]) -> Iterator[int | bool]:
    """Where it begins in each dimension; of one with another size, whether that is its beginning."""
    for (step, size), same in zip(contiguous(taken.of), equal, strict=True):
        place = taken.offset // step % size
        yield place if same else place == 0
