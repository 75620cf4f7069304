"""What flows from leaf to leaf: shapes and densities along a chain, and where they contradict its order.

A block is gone through once for each input; all its places share what comes of it. Must not choose the input.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from archdiff.infer.chain import (
    NO_CONTAINER,
    Block,
    Chain,
    Run,
    Stand,
    Wrong,
    in_runs,
    takes_indices,
    two_maps,
)
from archdiff.infer.input_size import WIDTHS
from archdiff.infer.leaf import DENSE, Densities, Leaf, densities, density_begins, step, told_shapes, with_facts
from archdiff.model.lazyseq import LazySequence, Runs
from archdiff.model.network import is_tabled, join
from archdiff.semantics.kinds import Misfit, NotKnown, Shape, Trait

CALL = "a function: an activation, a flattening"
CONCATENATION = "more numbers beside those that come"
SIZE = "an input of another size"


class Contradiction(NamedTuple):
    """The printed order cannot be what runs: `leaf` cannot take what stands before it."""

    path: str
    line: int
    container: str  # path of the innermost layer that holds both
    container_class: str
    certain: bool  # True: nothing but a Sequential stands between them, so the network itself cannot run
    because: str
    mended_by: str = ""  # what no print shows and would explain it: CALL, CONCATENATION or SIZE


class Filled(NamedTuple):
    """A block with all that follows from what comes in: the same value wherever the same comes in."""

    bare: Block
    output: tuple[Shape | None, Densities]
    shape_is_told: bool  # of any output in it
    input: Misfit | None  # why the first leaf cannot take it
    wrong: tuple[Wrong, ...]  # one a container
    filled: list[Leaf]
    fill: Callable[[list[Leaf]], object]

    @property
    def leaves(self) -> list[Leaf]:
        """With facts, which are worked out when somebody asks."""
        if not self.filled:
            self.fill(self.filled)
        return self.filled

    @property
    def has_map(self) -> bool:
        return any(Trait.AFFINE_MAP in leaf.traits for leaf in self.bare.leaves)


@dataclass(slots=True, eq=False, repr=False)
class Placed(LazySequence[Leaf]):
    """One place of a block, with facts."""

    path: str
    shift: int  # lines from those of its spans
    block: Filled

    def __len__(self) -> int:
        return len(self.block.bare.leaves)

    def __iter__(self) -> Iterator[Leaf]:
        return (leaf.placed(self.path, self.shift) for leaf in self.block.leaves)

    def end(self, which: int) -> Leaf:
        """The first (0) or the last (-1) without facts."""
        return self.block.bare.leaves[which].placed(self.path, self.shift)

    def contradictions(self) -> Iterator[Contradiction]:
        """What stands against the order inside of it, in this place."""
        for each in self.block.wrong:
            before, leaf = (self.block.leaves[at].placed(self.path, self.shift) for at in (each.at - 1, each.at))
            around = self.path.rpartition(".")[0] if each.container is None else join(self.path, each.container)
            yield _contradiction(before, leaf, around, each.class_name, each.certain, each.misfit)


@dataclass(slots=True, eq=False, repr=False)
class Flow:
    """What was found so far, for all chains that are looked at together."""

    leaves: dict[tuple[int, Shape | None, Densities], Leaf] = field(default_factory=dict)  # by settings and input
    blocks: dict[tuple[int, Shape | None, Densities], Filled] = field(default_factory=dict)

    def along(self, chain: Chain, shape: Shape | None) -> tuple[Runs[Leaf], tuple[Contradiction, ...]]:
        """All leaves with their facts. Of the contradictions those that are certain, and the first of each class."""
        x, dense = shape, DENSE
        done: list[Leaf | Placed] = []
        told = _Told({}, set())
        run = Run()
        before: Leaf | Placed | None = None
        for index, part in enumerate(chain.parts):
            gap = index in chain.gaps
            x = None if gap else x
            if isinstance(part, Stand):
                block = self._through_block(part.block, x, dense)
                placed = Placed(part.path, part.shift, block)
                misfit = block.input
                if gap or misfit:
                    container = chain.gaps[index] if gap else run.parted_before(placed.end(0).path, chain.containers)
                    told.between(_last(before), placed.end(0), container, chain, misfit)
                told.inside(placed)
                done.append(placed)
                run.past_block(part.path, part.block.form)
                before, (x, dense) = placed, block.output
            else:
                leaf, misfit = self._through(part, x, dense)
                if gap or misfit:
                    container = chain.gaps[index] if gap else run.parted_before(leaf.path, chain.containers)
                    told.between(_last(before), leaf, container, chain, misfit)
                done.append(leaf)
                run.past(leaf)
                before, (x, dense) = leaf, _output(leaf)
        return in_runs(done), tuple(told.contradictions.values())

    def _through_block(self, block: Block, x: Shape | None, dense: Densities) -> Filled:
        key = id(block), x, dense
        found = self.blocks.get(key)
        if found is None:
            found = self.blocks[key] = self._filled(block, x, dense)
        return found

    def _filled(self, block: Block, x: Shape | None, dense: Densities) -> Filled:
        """Where no shape comes in, none comes out, and only the densities have to be followed."""
        if x is None and not is_tabled(block.leaves[-1].layer):
            out = dense
            for leaf in block.leaves[density_begins(block.leaves) :]:
                out = densities(leaf, None, None, out)
            return Filled(
                block, (None, out), False, None, block.form.wrong, [], partial(self._fill, block, None, dense)
            )
        done: list[Leaf] = []
        first, wrong = self._fill(block, x, dense, done)
        told = any(leaf.output_shape is not None for leaf in done)
        return Filled(block, _output(done[-1]), told, first, wrong, done, list)

    def _fill(
        self, block: Block, x: Shape | None, dense: Densities, done: list[Leaf]
    ) -> tuple[Misfit | None, tuple[Wrong, ...]]:
        """Every leaf with its facts; why the first cannot take what comes in, and what is wrong inside."""
        wrong: dict[str, Wrong] = {}
        first: Misfit | None = None
        run = Run()
        for index, bare in enumerate(block.leaves):
            gap = index in block.form.gaps
            leaf, misfit = self._through(bare, None if gap else x, dense)
            if index == 0:
                first = misfit
            elif gap or misfit:
                container = run.parted_before(leaf.path, block.form.containers)
                certain = container is None and run.is_whole
                path = leaf.path.rpartition(".")[0] if certain else container
                name = block.form.containers.get(path or "", NO_CONTAINER).class_name
                wrong.setdefault(path or "", Wrong(index, path, name, certain, misfit))
            done.append(leaf)
            run.past(leaf)
            x, dense = _output(leaf)
        return first, tuple(wrong.values())

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


class _Told(NamedTuple):
    """The contradictions that are worth telling, by container; the first one of every container counts."""

    contradictions: dict[str, Contradiction]
    classes: set[str]  # of containers whose forward is known to do more than it prints

    def between(
        self, before: Leaf | None, leaf: Leaf, container: str | None, chain: Chain, misfit: Misfit | None
    ) -> None:
        certain = container is None
        path = leaf.path.rpartition(".")[0] if container is None else container
        name = chain.containers.get(path, NO_CONTAINER).class_name
        self._add(_contradiction(before, leaf, path, name, certain, misfit))

    def inside(self, placed: Placed) -> None:
        if placed.block.wrong and any(
            each.class_name not in self.classes or each.certain for each in placed.block.wrong
        ):
            for each in placed.contradictions():
                if each.certain or each.container_class not in self.classes:
                    self._add(each)

    def _add(self, seen: Contradiction) -> None:
        if seen.container not in self.contradictions:
            self.contradictions[seen.container] = seen
            if not seen.certain:
                self.classes.add(seen.container_class)


def _last(part: Leaf | Placed | None) -> Leaf | None:
    return part.end(-1) if isinstance(part, Placed) else part


def _output(leaf: Leaf) -> tuple[Shape | None, Densities]:
    return leaf.output_shape, (leaf.density, leaf.density_inference)


def _contradiction(
    before: Leaf | None, leaf: Leaf, container: str, name: str, certain: bool, misfit: Misfit | None
) -> Contradiction:
    if misfit is None:
        assert before is not None
        mended = "" if takes_indices(before, leaf) else CALL
        why = "with nothing between them would be one map"
        if takes_indices(before, leaf):
            why = "are no neighbours: an Embedding takes indices"
        elif not two_maps(before, leaf):
            why = "with nothing between them would take places for features"
        because = f"{before.title} and {leaf.title} {why}"
    else:
        mended = CONCATENATION if _is_more(misfit.wants, misfit.gets) else ""
        if misfit.field not in WIDTHS:
            mended = SIZE
        elif misfit.field == "in_features" and before is not None and len(before.output_shape or ()) > 1:
            mended = CALL
        given = f"{before.title} gives {size(misfit.gets)}" if before else f"the input is {size(misfit.gets)}"
        because = f"{leaf.title} takes {misfit.field} {size(misfit.wants)}, but {given}"
    return Contradiction(leaf.path, leaf.line, container, name, certain, because, mended)


def _is_more(wants: int | Shape, gets: int | Shape) -> bool:
    return isinstance(wants, int) and isinstance(gets, int) and wants > gets


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
