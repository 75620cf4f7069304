"""What goes over layers in traced forwards, and which of it one side alone has. Must not trace, nor order rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from archdiff.model.outcome import NetworkInfo, Skip
from archdiff.report._page.rows import PageRow

_OUTSIDE: Final = -1  # in the place of a layer: the input of the network, or its output
#: the row that it comes from, the row that it goes to, the operation
_Way: TypeAlias = tuple[int, int, str]


class _SideSkip(NamedTuple):
    source: int
    target: int
    operation: str
    way: _Way


class PageSkips(NamedTuple):
    """The connections of both sides that are not from one layer to the next.

    Attributes:
        sides: Of each [from, to, operation, lone]: places of layers, -1 from the input and to the output, and whether
            the other side, traced too, has no such connection between the same rows. None of a side that was not
            traced.
        open_rows: Where lone ones begin and end.
    """

    sides: tuple[list[list[Any]] | None, ...]
    open_rows: frozenset[int]


def of_both(
    networks: Sequence[NetworkInfo], paths: Sequence[Sequence[str]], rows: Sequence[PageRow], differ: bool = True
) -> PageSkips:
    """The skip connections of a page.

    Args:
        networks: Both.
        paths: Of the layers of both.
        rows: Those of the page.
        differ: Whether their forwards may; where they do not, the same connection may end at another row on each side.
    """
    found = [_of_side(network.skips, paths[side], rows, side) for side, network in enumerate(networks)]
    ways = [None if each is None else {skip.way for skip in each} for each in found]
    told: list[list[list[Any]] | None] = []
    opened: set[int] = set()
    for skips, others in zip(found, reversed(ways), strict=True):
        lone = [differ and others is not None and skip.way not in others for skip in skips or ()]
        opened.update(row for skip, is_lone in zip(skips or (), lone, strict=True) if is_lone for row in skip.way[:2])
        entries = [[*skip[:3], is_lone] for skip, is_lone in zip(skips or (), lone, strict=True)]
        told.append(None if skips is None else entries)
    return PageSkips(tuple(told), frozenset(opened - {_OUTSIDE}))


def _of_side(
    skips: Sequence[Skip] | None, paths: Sequence[str], rows: Sequence[PageRow], side: int
) -> list[_SideSkip] | None:
    if skips is None:
        return None
    layers = {path: number for number, path in enumerate(paths)} | {"": _OUTSIDE}
    at = {row[1 + side]: number for number, row in enumerate(rows)} | {_OUTSIDE: _OUTSIDE}
    ends = ((layers.get(each.source), layers.get(each.target), each.operation) for each in skips)
    return [
        _SideSkip(source, target, operation, (at[source], at[target], operation))
        for source, target, operation in ends
        if source is not None and target is not None
    ]
