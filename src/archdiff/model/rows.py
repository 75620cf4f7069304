"""An outcome as rows of layers side by side, each with a mark that says which finding names its layers.

Which layers stand beside each other is decided before, and so is what differs between them. Must not lay out.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from enum import IntEnum
from itertools import groupby
from typing import Final, NamedTuple, TypeAlias

from archdiff.model.effects import Effect
from archdiff.model.finding import Finding
from archdiff.model.lazyseq import Runs
from archdiff.model.memo import Same
from archdiff.model.outcome import BlockLayers, BlockPairs, LayerInfo, Outcome


class Mark(IntEnum):
    """How a row differs, the strongest first: one that several findings name has the first of theirs."""

    SWAPPED = 0
    MOVED = 1
    MISSING = 2
    EXTRA = 3
    DIFFERS = 4
    UNKNOWN = 5
    EQUIVALENT = 6
    FOLLOWS = 7  # from another row
    NOTE = 8
    REPEATED = 9  # differs as another row does
    NOTE_REPEATED = 10
    SPELLING = 11
    EQUAL = 12

    @property
    def stands_out(self) -> bool:
        """Whether such a row tells a reader more than the rows before it."""
        return self < Mark.REPEATED


class Row(NamedTuple):
    """Two layers that stand for each other, or one that has no counterpart.

    Attributes:
        mark: How they differ.
        paths: Of the layers of the candidate and of the reference; None where there is none.
        order: Places of the two among the layers of their networks, counted from 0; -1 where there is none.
        layers: All layers of both networks.
        block: A block in which all is equal, for all of which the row stands; it has no layers then.
    """

    mark: Mark
    paths: tuple[str | None, str | None]
    order: tuple[int, int]
    layers: tuple[_LayersByPath, _LayersByPath]
    block: BlockPairs | None = None

    @property
    def candidate(self) -> LayerInfo | None:
        """The layer of the candidate; None where it has none."""
        return self.layers[0].layer(self.paths[0])

    @property
    def reference(self) -> LayerInfo | None:
        """The layer of the reference; None where it has none."""
        return self.layers[1].layer(self.paths[1])


_BY_RULE: Final = {"AD101": Mark.SWAPPED, "AD102": Mark.MOVED, "AD103": Mark.MISSING, "AD104": Mark.EXTRA}
_ONE_SIDED: Final = ("AD103", "AD104", "AD106")
#: marks that a block gives to all of its layers
_OF_BLOCKS: Final = frozenset({Mark.SWAPPED, Mark.MOVED, Mark.MISSING, Mark.EXTRA, Mark.DIFFERS})
#: marks of the candidate and of the reference, by path
_Marks: TypeAlias = tuple[dict[str, Mark], dict[str, Mark]]


def rows(outcome: Outcome, everything: bool = False, opened: bool = False, each_place: bool | None = None) -> list[Row]:
    """Every pair of layers in the order of the candidate, and what has no counterpart where it stands.

    Args:
        outcome: Of one comparison; findings that are suppressed mark nothing.
        everything: Whether spelling and run-time state have marks of their own too.
        opened: Whether blocks in which all is equal are rows for their layers; else each is one row.
        each_place: Whether every further place of a finding has its mark, and is not only like another row; as
            `everything` where that is not said.

    Returns:
        The rows; of layers that changed places each side stands in its own order.
    """
    marks = _marks(outcome.findings, everything, everything if each_place is None else each_place)
    layers = _LayersByPath(outcome.candidate.layers), _LayersByPath(outcome.reference.layers)
    closed = frozenset[Same]() if opened else frozenset(_equal_blocks(outcome, marks, layers))
    while True:
        found = _with_partners(list(_aligned(outcome.pairs, closed, marks, layers)))
        crossed = [Same(row.block) for row in found if row.block and row.mark is not Mark.EQUAL]
        if not crossed:
            return list(_in_own_order(found))
        closed = closed.difference(crossed)


def _equal_blocks(outcome: Outcome, marks: _Marks, layers: tuple[_LayersByPath, _LayersByPath]) -> Iterator[Same]:
    """Blocks in which all is equal: none of those that have a mark on them, in them or round them.

    Nor those of which the layers are in the order in which they ran: these are no run of layers.
    """
    runs = outcome.pairs.runs if isinstance(outcome.pairs, Runs) else ()
    marked = [{inner for path in side for inner in (path, *_holders(path))} for side in marks]
    return (
        Same(run)
        for run in runs
        if isinstance(run, BlockPairs)
        and layers[0].has_block(run.candidate)
        and layers[1].has_block(run.reference)
        and run.candidate not in marked[0]
        and run.reference not in marked[1]
        and not any(map(_marks_round, (run.candidate, run.reference), marks))
    )


def _aligned(
    pairs: Sequence[tuple[str | None, str | None]],
    closed: Container[Same],
    marks: _Marks,
    layers: tuple[_LayersByPath, _LayersByPath],
) -> Iterator[Row]:
    inherited: tuple[dict[str, list[Mark]], ...] = ({}, {})  # by the path of what a layer stands in
    for run in pairs.runs if isinstance(pairs, Runs) else [pairs]:
        if isinstance(run, BlockPairs) and Same(run) in closed:
            order = layers[0].start(run.candidate), layers[1].start(run.reference)
            yield Row(Mark.EQUAL, (None, None), order, layers, run)
            continue
        for pair in run:
            order = layers[0].at(pair[0]), layers[1].at(pair[1])
            own: list[Mark] = []
            for path, of_side, known, above in zip(pair, marks, layers, inherited, strict=True):
                if path is not None:  # "" is a network that is one layer
                    holder = path.rpartition(".")[0]
                    if holder not in above:
                        above[holder] = _marks_round(path, of_side, known.holds)
                    own += [of_side[path], *above[holder]] if path in of_side else above[holder]
            if order == (-1, -1):
                continue  # an empty container: no layer
            alone = Mark.EXTRA if pair[1] is None else Mark.MISSING if pair[0] is None else Mark.EQUAL
            if own:
                alone = min([*own, alone] if any(mark.stands_out for mark in own) else own)
            yield Row(alone, pair, order, layers)


class _LayersByPath:
    """The layers of one side by path, with their places; those of a block once somebody asks for one of them."""

    def __init__(self, layers: Sequence[LayerInfo]) -> None:
        #: place among all, the run that the layer is in, and its place in that run
        self._known: dict[str, tuple[int, Sequence[LayerInfo], int]] = {}
        self._blocks: dict[str, tuple[int, BlockLayers]] = {}
        start = 0
        for run in layers.runs if isinstance(layers, Runs) else [layers]:
            if isinstance(run, BlockLayers):
                self._blocks[run.path] = start, run
            else:
                self._enter(start, run)
            start += len(run)

    def has_block(self, path: str) -> bool:
        """Whether the layers of a block are a run of their own."""
        return path in self._blocks

    def start(self, block: str) -> int:
        return self._blocks[block][0]

    def at(self, path: str | None) -> int:
        """The place among all layers, counted from 0; -1 where there is no such layer."""
        if path is None:
            return -1
        if path not in self._known:
            for holder in (path, *_holders(path)):
                if holder in self._blocks:
                    self._enter(*self._blocks[holder])
                    break
        return self._known[path][0] if path in self._known else -1

    def layer(self, path: str | None) -> LayerInfo | None:
        """The layer itself, which is made here where it is in a block."""
        if path is None or not self.holds(path):
            return None
        _, run, place = self._known[path]
        return run[place]

    def holds(self, path: str) -> bool:
        return self.at(path) >= 0

    def _enter(self, start: int, run: Sequence[LayerInfo]) -> None:
        paths = run.paths() if isinstance(run, BlockLayers) else [layer.path for layer in run]
        self._known.update({path: (start + place, run, place) for place, path in enumerate(paths)})


def _holders(path: str) -> Iterator[str]:
    """The paths of all that it stands in, the innermost first, "" last."""
    while path:
        path = path.rpartition(".")[0]
        yield path


# Marks


def _marks(findings: Iterable[Finding], everything: bool, each_place: bool) -> _Marks:
    both: _Marks = ({}, {})
    for finding, mark in _marked(findings, everything):
        further = mark if each_place or finding.count == 1 else _REPEATED.get(mark, Mark.REPEATED)
        for places, own in (
            *((places, further) for places in finding.places),
            ((finding.candidate, finding.reference), mark),
        ):
            for marks, place in zip(both, places, strict=True):
                if place and own < marks.get(place.path, Mark.EQUAL):
                    marks[place.path] = own
    return both


#: the mark of a finding's further places, where it is not `REPEATED`
_REPEATED: Final = {Mark.NOTE: Mark.NOTE_REPEATED, Mark.SPELLING: Mark.SPELLING}


def _marked(findings: Iterable[Finding], everything: bool, follows: bool = False) -> Iterator[tuple[Finding, Mark]]:
    for finding in findings:
        if everything or finding.effect not in (Effect.COSMETIC, Effect.STATE):
            yield finding, Mark.FOLLOWS if follows else _mark(finding)
            yield from _marked(finding.consequences, everything, follows=True)
        elif finding.rule in _ONE_SIDED:
            yield finding, Mark.SPELLING  # an Identity of one side is no row that stands out


def _mark(finding: Finding) -> Mark:
    if not finding.is_difference:
        return Mark.NOTE
    if finding.effect is Effect.UNKNOWN:
        return Mark.UNKNOWN
    if finding.rule in _BY_RULE:
        return _BY_RULE[finding.rule]
    if finding.effect is Effect.COSMETIC:
        return Mark.SPELLING
    return Mark.EQUIVALENT if finding.effect <= Effect.STATE else Mark.DIFFERS


def _marks_round(
    path: str, marks: Mapping[str, Mark], is_layer: Callable[[str], bool] = lambda _holder: False
) -> list[Mark]:
    """The marks of the blocks that a layer stands in, which are no layers themselves."""
    holders = [holder for holder in _holders(path) if holder and marks.get(holder) in _OF_BLOCKS]
    return [marks[holder] for holder in holders if not is_layer(holder)]


# Layers that changed places


def _with_partners(found: list[Row]) -> list[Row]:
    """What a swapped layer changed places with is swapped too."""
    for start, row in enumerate(found):
        for step in (1, -1) if row.mark is Mark.SWAPPED else ():
            index = start + step
            while 0 <= index < len(found) and _crossed(row, found[index]):
                found[index] = found[index]._replace(mark=Mark.SWAPPED)
                index += step
    return found


def _crossed(a: Row, b: Row) -> bool:
    return min(*a.order, *b.order) >= 0 and (a.order[0] < b.order[0]) != (a.order[1] < b.order[1])


def _in_own_order(found: Iterable[Row]) -> Iterator[Row]:
    """Where neighbours changed places, each side stands in its own order, so that the swap can be seen."""
    for mark, group in groupby(found, key=lambda row: row.mark):
        run = list(group)
        if mark is not Mark.SWAPPED or any(min(row.order) < 0 for row in run):
            yield from run
            continue
        ours = sorted(run, key=lambda row: row.order[0])
        theirs = sorted(run, key=lambda row: row.order[1])
        yield from (
            Row(mark, (a.paths[0], b.paths[1]), (a.order[0], b.order[1]), a.layers)
            for a, b in zip(ours, theirs, strict=True)
        )
