"""What flows from leaf to leaf: shapes and densities along a chain, and where they contradict its order.

A block is gone through once for each input; all its places share what comes of it. Must not choose the input.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple

from archdiff.infer.chain import (
    NO_CONTAINER,
    Block,
    BlockContradiction,
    BlockOccurrence,
    Chain,
    Container,
    ContainerAt,
    SameShapeRun,
    in_runs,
    takes_indices,
    two_maps,
)
from archdiff.infer.input_size import WIDTHS
from archdiff.infer.leaf import (
    DENSE,
    Densities,
    Leaf,
    densities,
    density_begins,
    possible_steps,
    printed_shapes,
    sized_leaf,
    step,
)
from archdiff.model import places
from archdiff.model.lazyseq import LazySequence, Runs
from archdiff.model.memo import Memo
from archdiff.model.network import UNKNOWN, Network, is_tabled, join
from archdiff.semantics.kinds import Misfit, NotKnown, Settings, Shape, Trait

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
    line_before: int = 0  # of the layer that gives what `leaf` cannot take; 0 where that is the input, or no layer

    def lines(self, network: Network) -> str:
        """` (lines 5 and 6)`: where a reader finds it; nothing of a live module."""
        if places.is_live(network.source):
            return ""
        return f" (lines {self.line_before} and {self.line})" if self.line_before else f" (line {self.line})"


class SizedBlock(NamedTuple):
    """A block with all that follows from what comes in: the same object wherever the same comes in."""

    bare: Block
    output: tuple[Shape | None, Densities]
    gives_a_shape: bool  # of any output in it
    input: Misfit | None  # why the first leaf cannot take it
    contradictions: tuple[BlockContradiction, ...]  # one a container
    made: list[Leaf]  # with shapes and densities, once somebody has asked
    make: Callable[[list[Leaf]], object]

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    @property
    def leaves(self) -> list[Leaf]:
        """With shapes and densities, which are worked out when somebody asks."""
        if not self.made:
            self.make(self.made)
        return self.made

    @property
    def has_map(self) -> bool:
        """Whether one of its layers is an affine map: a Linear, a convolution."""
        return any(Trait.AFFINE_MAP in leaf.traits for leaf in self.bare.leaves)


@dataclass(slots=True, eq=False, repr=False)
class SizedOccurrence(LazySequence[Leaf]):
    """One place of a block, with shapes and densities."""

    path: str
    shift: int  # lines from those of its spans
    block: SizedBlock

    def __len__(self) -> int:
        return len(self.block.bare.leaves)

    def __iter__(self) -> Iterator[Leaf]:
        return (leaf.placed(self.path, self.shift) for leaf in self.block.leaves)

    def end(self, which: int) -> Leaf:
        """The first (0) or the last (-1) as printed."""
        return self.block.bare.leaves[which].placed(self.path, self.shift)

    def contradictions(self) -> Iterator[Contradiction]:
        """What stands against the order inside of it, in this place."""
        for each in self.block.contradictions:
            before, leaf = (self.block.leaves[at].placed(self.path, self.shift) for at in (each.at - 1, each.at))
            around = self.path.rpartition(".")[0] if each.container is None else join(self.path, each.container)
            yield contradiction(before, leaf, around, each.class_name, each.certain, each.misfit)


class Flow:
    """What was found so far, for all chains that are looked at together."""

    def __init__(self) -> None:
        self._leaves: dict[tuple[Settings, Shape | None, Densities], Leaf] = {}  # by settings and input
        self._through_block = Memo(self._sized)

    def along(self, chain: Chain, shape: Shape | None) -> tuple[Runs[Leaf], tuple[Contradiction, ...]]:
        """Runs an input through a chain.

        Args:
            chain: The leaves of one network.
            shape: Of the input, without the batch; None where it is not known.

        Returns:
            All leaves with shapes and densities; of the contradictions those that are certain, and the first of each
            class.
        """
        x, dense = shape, DENSE
        done: list[Leaf | SizedOccurrence] = []
        found = _Contradictions({}, set())
        run = SameShapeRun()
        before: Leaf | SizedOccurrence | None = None
        for index, part in enumerate(chain.parts):
            gap = index in chain.gaps
            x = None if gap else x
            placed: Leaf | SizedOccurrence
            if isinstance(part, BlockOccurrence):
                block = self._through_block(part.block, x, dense)
                placed, misfit, out = SizedOccurrence(part.path, part.shift, block), block.input, block.output
            else:
                placed, misfit = self._through(part, x, dense)
                out = _output(placed)
            if gap or misfit:
                container_at = partial(_container_at, chain.containers, done, placed)
                container = chain.gaps[index] if gap else _parted(run, _end(placed, 0).path, container_at)
                found.between(before, placed, container, container_at, misfit)
            if isinstance(placed, SizedOccurrence):
                found.inside(placed)
                run.past_block(placed.path, placed.block.bare.form)
            else:
                run.past(placed)
            done.append(placed)
            before, (x, dense) = placed, out
        return in_runs(done), tuple(found.contradictions.values())

    def _sized(self, block: Block, x: Shape | None, dense: Densities) -> SizedBlock:
        """Where no shape comes in, none comes out, and only the densities have to be followed."""
        if x is None and not is_tabled(block.leaves[-1].layer):
            out = dense
            for leaf in block.leaves[density_begins(block.leaves) :]:
                out = densities(leaf, None, None, out)
            return SizedBlock(
                block,
                (None, out),
                False,
                None,
                block.form.contradictions,
                [],
                partial(self._leaves_of, block, None, dense),
            )
        done: list[Leaf] = []
        first, wrong = self._leaves_of(block, x, dense, done)
        gives_a_shape = any(leaf.output_shape is not None for leaf in done)
        return SizedBlock(block, _output(done[-1]), gives_a_shape, first, wrong, done, list)

    def _leaves_of(
        self, block: Block, x: Shape | None, dense: Densities, done: list[Leaf]
    ) -> tuple[Misfit | None, tuple[BlockContradiction, ...]]:
        """Every leaf with what follows; why the first cannot take what comes in, and what is wrong inside."""
        wrong: dict[str, BlockContradiction] = {}
        first: Misfit | None = None
        run = SameShapeRun()
        for index, bare in enumerate(block.leaves):
            gap = index in block.form.gaps
            leaf, misfit = self._through(bare, None if gap else x, dense)
            if index == 0:
                first = misfit
            elif gap or misfit:
                container = _parted(run, leaf.path, block.form.containers.get)
                certain = container is None and run.is_whole
                path = leaf.path.rpartition(".")[0] if certain else container
                name = block.form.containers.get(path or "", NO_CONTAINER).class_name
                wrong.setdefault(path or "", BlockContradiction(index, path, name, certain, misfit))
            done.append(leaf)
            run.past(leaf)
            x, dense = _output(leaf)
        return first, tuple(wrong.values())

    def _through(self, bare: Leaf, x: Shape | None, dense: Densities) -> tuple[Leaf, Misfit | None]:
        """The leaf with what follows, and what it cannot take; behind a contradiction, shapes are unknown."""
        key = bare.settings, x, dense
        known = self._leaves.get(key)
        if known is not None:
            return Leaf(bare.path, bare.layer, bare.line, *known[3:]), None
        leaf, misfit = _entered(bare, x, dense)
        if misfit is None:
            self._leaves[key] = leaf
        return leaf, misfit


class _Contradictions(NamedTuple):
    """The contradictions that are worth telling, by container; the first one of every container counts."""

    contradictions: dict[str, Contradiction]
    classes: set[str]  # of containers whose forward is known to do more than it prints

    def between(
        self,
        before: Leaf | SizedOccurrence | None,
        after: Leaf | SizedOccurrence,
        container: str | None,
        container_at: ContainerAt,
        misfit: Misfit | None,
    ) -> None:
        if container in self.contradictions:
            return
        certain = container is None
        leaf = _end(after, 0)
        path = leaf.path.rpartition(".")[0] if container is None else container
        name = (container_at(path) or NO_CONTAINER).class_name
        self._add(contradiction(_end(before, -1) if before is not None else None, leaf, path, name, certain, misfit))

    def inside(self, placed: SizedOccurrence) -> None:
        if placed.block.contradictions and any(
            each.class_name not in self.classes or each.certain for each in placed.block.contradictions
        ):
            for each in placed.contradictions():
                if each.certain or each.container_class not in self.classes:
                    self._add(each)

    def _add(self, new: Contradiction) -> None:
        if new.container not in self.contradictions:
            self.contradictions[new.container] = new
            if not new.certain:
                self.classes.add(new.container_class)


def _parted(run: SameShapeRun, path: str, container_at: ContainerAt) -> str | None:
    """The container whose forward may do something before a leaf that cannot take what comes; None where none can."""
    container = run.parted_before(path, container_at)
    return run.held_apart(path, container_at) if container is None else container


def _container_at(
    outside: Mapping[str, Container], done: Sequence[Leaf | SizedOccurrence], last: Leaf | SizedOccurrence, path: str
) -> Container | None:
    """Of all containers of a chain, those in the last blocks too: what keeps a shape stands in few of them."""
    if found := outside.get(path):
        return found
    for part in (last, *reversed(done[-_LOOKED_BACK:])):
        if isinstance(part, SizedOccurrence) and (not part.path or path.startswith(f"{part.path}.")):
            inside = path[len(part.path) + 1 if part.path else 0 :]
            if found := part.block.bare.form.containers.get(inside):
                return found
    return None


_LOOKED_BACK: Final = 16  # blocks


def _end(part: Leaf | SizedOccurrence, which: int) -> Leaf:
    return part.end(which) if isinstance(part, SizedOccurrence) else part


def _output(leaf: Leaf) -> tuple[Shape | None, Densities]:
    return leaf.output_shape, (leaf.density, leaf.density_inference)


def contradiction(
    before: Leaf | None, leaf: Leaf, container: str, name: str, certain: bool, misfit: Misfit | None
) -> Contradiction:
    """What stands against an order.

    Args:
        before: The leaf before; None where the input is meant.
        leaf: The one that cannot follow it.
        container: The path of what holds both.
        name: Its class.
        certain: Whether nothing that is not printed can stand between them.
        misfit: What it cannot take; None where two maps would be one.
    """
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
        what_comes = f"{before.title} gives {size(misfit.gets)}" if before else f"the input is {size(misfit.gets)}"
        because = f"{leaf.title} takes {misfit.field} {size(misfit.wants)}, but {what_comes}"
    return Contradiction(
        leaf.path, leaf.line, container, name, certain, because, mended, before.line if before and misfit else 0
    )


def _is_more(wants: int | Shape, gets: int | Shape) -> bool:
    return isinstance(wants, int) and isinstance(gets, int) and wants > gets


def _entered(bare: Leaf, x: Shape | None, dense: Densities) -> tuple[Leaf, Misfit | None]:
    """The leaf with what follows where `x` comes in, and why it cannot."""
    fed, y = printed_shapes(bare.layer)
    x = fed or x
    wrong: Misfit | None = None
    if x is not None and y is None:
        try:
            y = _certain_step(bare, x)
        except NotKnown:
            pass
        except Misfit as misfit:
            wrong, x = misfit, None
    return sized_leaf(bare, x, y, densities(bare, x, y, dense)), wrong


def _certain_step(bare: Leaf, x: Shape) -> Shape:
    """As `step`; raises NotKnown where a switch that is not printed decides whether a window that is cut off counts."""
    fields = bare.kind.fields if bare.kind else ()
    open_ = any(field.aspect == "rounding" and bare.settings.known(field.name) is UNKNOWN for field in fields)
    found = possible_steps(bare, x) if open_ else {step(bare, x)}
    if len(found) > 1:
        raise NotKnown("ceil_mode")
    return next(iter(found))


def size(value: int | Shape) -> str:
    """`1x32x32` of a shape, `64` of a width."""
    return "x".join(str(part) for part in value) if isinstance(value, tuple) else str(value)
