"""Where the numbers of a view lie: parts of (stride, size), the slowest first, as functions of numbers alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

#: sizes with the batch
Shape: TypeAlias = "tuple[int, ...]"
#: (stride, size) of each part of a view, the slowest first; in numbers of what it views
Strides: TypeAlias = "tuple[tuple[int, int], ...]"


def contiguous(shape: Shape) -> Strides:
    """Of numbers that lie one behind the other, the last dimension fastest."""
    strides, step = [], 1
    for size in reversed(shape):
        strides.append((step, size))
        step *= size
    return tuple(reversed(strides))


def merged(strides: Iterable[tuple[int, int]]) -> Strides:
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


def split(strides: Strides, shape: Shape) -> list[Strides] | None:
    """The parts of each dimension; None where a part would lie across two dimensions and cannot be divided."""
    if 0 in shape:
        return [()] * len(shape)
    left = list(strides)[::-1]
    found: list[Strides] = []
    for whole in shape:
        parts: list[tuple[int, int]] = []
        size = whole
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


def composed(strides: Strides, offset: int, inner: Strides, first: int) -> tuple[Strides, int] | None:
    """A view of a view as one; None where its parts lie across those of the inner one.

    Args:
        strides: Of the outer view.
        offset: Of the outer view.
        inner: Strides of what it views.
        first: Offset of what it views.
    """
    parts: list[tuple[int, int, int]] = []  # of the inner view: how far, how many, stride in what it views
    step = 1
    for stride, size in reversed(inner):
        parts.append((step, size, stride))
        step *= size
    start, reached = first, []  # the place in each part that the outer view reaches
    for far, size, stride in parts:
        place = offset // far % size
        start += place * stride
        reached.append(place)
    found: list[tuple[int, int]] = []
    for stride, size in strides:
        pieces = _pieces(stride, size, parts, reached)
        if pieces is None:
            return None
        found += reversed(pieces)
    if any(place >= size for place, (_, size, _) in zip(reached, parts, strict=True)):
        return None  # it begins in the middle of a part, and goes on behind its end
    return tuple(found), start


def _pieces(
    stride: int, size: int, parts: list[tuple[int, int, int]], reached: list[int]
) -> list[tuple[int, int]] | None:
    """One part of a view in the parts of what it views, the fastest first; adds how far it reaches in each."""
    if stride == 0:
        return [(0, size)]
    pieces: list[tuple[int, int]] = []
    for place, (far, count, inside) in enumerate(parts):
        if size == 1:
            break
        if stride >= far * count:
            continue
        skip = stride // far
        if stride % far:
            return None
        taken = size if skip * (size - 1) < count else count // skip
        if size % taken or (taken < size and count % skip):
            return None
        pieces.append((inside * skip, taken))
        reached[place] += skip * (taken - 1)
        size //= taken
        stride = far * count
    return pieces if size == 1 else None


def distances(offsets: list[int]) -> tuple[tuple[int, int], ...] | None:
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


def behind(starts: Sequence[int], sizes: Sequence[int], step: int) -> tuple[int | None, int]:
    """Where slices begin that lie behind each other when the last ones come first, and how far those reach.

    Args:
        starts: Where each begins.
        sizes: How many places it has.
        step: From one place to the next.
    """
    first = min(range(len(starts)), key=starts.__getitem__)
    end = starts[first]
    for place in (*range(first, len(starts)), *range(first)):
        if starts[place] != end or step <= 0:
            return None, 0
        end += step * sizes[place]
    return starts[first], sum(sizes[:first])


def in_memory(parts: Sequence[tuple[int, int]], step: int) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Parts in the order in which they lie; and, in the given order, where each lies when they stand so.

    Args:
        parts: Stride and size of each.
        step: From one number to the next.
    """
    order = sorted(range(len(parts)), key=lambda place: -parts[place][0])
    steps = [0] * len(parts)
    for place in reversed(order):
        steps[place] = step
        step *= parts[place][1]
    return [parts[place] for place in order], [(steps[place], size) for place, (_, size) in enumerate(parts)]
