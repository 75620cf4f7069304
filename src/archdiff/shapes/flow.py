"""What flows from leaf to leaf: shapes and densities along a chain, and where they contradict its order.

A block is gone through once for each input; all its places share what comes of it. Must not choose the input.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from archdiff.kinds import Misfit, NotKnown, Shape, Trait
from archdiff.network import join
from archdiff.runs import Made, Runs
from archdiff.shapes.chain import Block, Chain, Stand, common, in_runs, is_sequential
from archdiff.shapes.leaf import DENSE, Densities, Leaf, densities, step, told_shapes, with_facts


class Contradiction(NamedTuple):
    """The printed order cannot be what runs: `leaf` cannot take what stands before it."""

    path: str
    line: int
    container: str  # path of the innermost layer that holds both
    container_class: str
    certain: bool  # True: nothing but a Sequential stands between them, so the network itself cannot run
    because: str


@dataclass(frozen=True, slots=True, eq=False)
class Filled:
    """A block with all that follows from what comes in: the same value wherever the same comes in."""

    leaves: tuple[Leaf, ...]
    paths: tuple[str, ...]
    input: Misfit | None  # why the first leaf cannot take it
    wrong: tuple[tuple[int, str, str, Misfit | None], ...]  # (leaf, container, its class, why), one a container
    shape_is_told: bool  # of any output in it
    has_map: bool

    @property
    def output(self) -> tuple[Shape | None, Densities]:
        return _output(self.leaves[-1])


@dataclass(frozen=True, slots=True, eq=False)
class Placed(Made[Leaf]):
    """One place of a block, with facts."""

    path: str
    shift: int  # lines from those of its spans
    block: Filled

    def __len__(self) -> int:
        return len(self.block.leaves)

    def __iter__(self) -> Iterator[Leaf]:
        return (leaf.placed(self.path, self.shift) for leaf in self.block.leaves)

    def last(self) -> Leaf:
        return self.block.leaves[-1].placed(self.path, self.shift)

    def contradictions(self) -> Iterator[Contradiction]:
        """What stands against the order inside of it, in this place."""
        for index, container, name, misfit in self.block.wrong:
            before, leaf = (self.block.leaves[at].placed(self.path, self.shift) for at in (index - 1, index))
            yield _contradiction(before, leaf, join(self.path, container), name, misfit)


@dataclass(frozen=True, slots=True)
class Flow:
    """What was found so far, for all chains that are looked at together."""

    leaves: dict[tuple[int, Shape | None, Densities], Leaf] = field(default_factory=dict)  # by settings and input
    blocks: dict[tuple[int, Shape | None, Densities], Filled] = field(default_factory=dict)

    def along(self, chain: Chain, shape: Shape | None) -> tuple[Runs[Leaf], tuple[Contradiction, ...]]:
        """All leaves with their facts. Of the contradictions those that are certain, and the first of each class."""
        x, dense = shape, DENSE
        done: list[Leaf | Placed] = []
        told = _Told({}, set())
        before: Leaf | None = None
        for index, part in enumerate(chain.parts):
            gap = index in chain.gaps
            x = None if gap else x
            if isinstance(part, Stand):
                block = self._through_block(part.block, x, dense)
                placed = Placed(part.path, part.shift, block)
                misfit = block.input
                if gap or misfit:
                    told.between(before, next(iter(placed)), chain, misfit)
                told.inside(placed)
                done.append(placed)
                before, (x, dense) = placed.last(), block.output
            else:
                leaf, misfit = self._through(part, x, dense)
                if gap or misfit:
                    told.between(before, leaf, chain, misfit)
                done.append(leaf)
                before, (x, dense) = leaf, _output(leaf)
        return in_runs(done), tuple(told.contradictions.values())

    def _through_block(self, block: Block, x: Shape | None, dense: Densities) -> Filled:
        key = id(block), x, dense
        found = self.blocks.get(key)
        if found is None:
            found = self.blocks[key] = self._filled(block, x, dense)
        return found

    def _filled(self, block: Block, x: Shape | None, dense: Densities) -> Filled:
        done: list[Leaf] = []
        wrong: dict[str, tuple[int, str, str, Misfit | None]] = {}
        first: Misfit | None = None
        for index, bare in enumerate(block.leaves):
            gap = index in block.gaps
            leaf, misfit = self._through(bare, None if gap else x, dense)
            if index == 0:
                first = misfit
            elif gap or misfit:
                container = common(done[-1].path, leaf.path)
                if container not in wrong:
                    wrong[container] = index, container, block.classes.get(container, ""), misfit
            done.append(leaf)
            x, dense = _output(leaf)
        told = any(leaf.output_shape is not None for leaf in done)
        has_map = any(leaf.has(Trait.AFFINE_MAP) for leaf in done)
        paths = tuple([leaf.path for leaf in done])
        return Filled(tuple(done), paths, first, tuple(wrong.values()), told, has_map)

    def _through(self, bare: Leaf, x: Shape | None, dense: Densities) -> tuple[Leaf, Misfit | None]:
        """The leaf with its facts, and what it cannot take; behind a contradiction, shapes are unknown."""
        key = id(bare.settings), x, dense
        known = self.leaves.get(key)
        if known is not None:
            return Leaf(bare.path, bare.layer, bare.line, *known[3:]), None
        leaf, misfit = _entered(bare, x, dense)
        if misfit is None:
            self.leaves[key] = leaf
        return leaf, misfit


@dataclass(frozen=True, slots=True)
class _Told:
    """The contradictions that are worth telling, by container; the first one of every container counts."""

    contradictions: dict[str, Contradiction]
    classes: set[str]  # of containers whose forward is known to do more than it prints

    def between(self, before: Leaf | None, leaf: Leaf, chain: Chain, misfit: Misfit | None) -> None:
        container = common((before or leaf).path, leaf.path)
        self._add(_contradiction(before, leaf, container, chain.classes.get(container, ""), misfit))

    def inside(self, placed: Placed) -> None:
        if any(name not in self.classes for _, _, name, _ in placed.block.wrong):
            for each in placed.contradictions():
                if each.certain or each.container_class not in self.classes:
                    self._add(each)

    def _add(self, seen: Contradiction) -> None:
        if seen.container not in self.contradictions:
            self.contradictions[seen.container] = seen
            if not seen.certain:
                self.classes.add(seen.container_class)


def _output(leaf: Leaf) -> tuple[Shape | None, Densities]:
    return leaf.output_shape, (leaf.density, leaf.density_inference)


def _contradiction(before: Leaf | None, leaf: Leaf, container: str, name: str, misfit: Misfit | None) -> Contradiction:
    if misfit is None:
        assert before is not None
        because = f"{before.path} and {leaf.path} with nothing between them would be one map"
    else:
        given = f"{before.path} gives {size(misfit.gets)}" if before else f"the input is {size(misfit.gets)}"
        because = f"{leaf.path} takes {misfit.field} {size(misfit.wants)}, but {given}"
    return Contradiction(leaf.path, leaf.line, container, name, is_sequential(name), because)


def _entered(bare: Leaf, x: Shape | None, dense: Densities) -> tuple[Leaf, Misfit | None]:
    """The leaf with its facts where `x` comes in, and why it cannot."""
    fed, y = told_shapes(bare.layer)
    x = fed or x
    wrong: Misfit | None = None
    if x is not None and y is None:
        try:
            y = step(bare, x)
        except NotKnown:
            pass
        except Misfit as misfit:
            wrong, x = misfit, None
    return with_facts(bare, x, y, densities(bare, x, y, dense)), wrong


def size(value: int | Shape) -> str:
    return "x".join(str(part) for part in value) if isinstance(value, tuple) else str(value)
