"""One network of a comparison: its leaves by path, their neighbours, and in which order its containers run them.

Blocks stay closed until a leaf in one is looked up. Knows nothing of the other network.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeAlias

from archdiff.diff.nodes import Node
from archdiff.infer import Contradiction, Sized, SizedOccurrence
from archdiff.infer.chain import common
from archdiff.infer.flow import CALL, SIZE
from archdiff.infer.leaf import Leaf
from archdiff.infer.repeats import Weights
from archdiff.model.memo import Same
from archdiff.model.network import Layer
from archdiff.semantics import kinds
from archdiff.semantics.containers import Forward, forward, is_chain, runs_in_order, says_it_combines
from archdiff.semantics.kinds import NotKnown, Trait

#: two leaves that correspond to each other, or two places of one block, of which all leaves do
Counterparts: TypeAlias = "tuple[Leaf, Leaf] | tuple[SizedOccurrence, SizedOccurrence]"


class NetworkIndex:
    """What is known of one network, and what stands before and behind every leaf.

    Attributes:
        sized: The network with shapes and cost.
        weights: How many layers each printed one stands for.
        blocks: Blocks that were left closed, by path.
        matched: Paths of what was found to have a counterpart; filled by `Structure.match`.
    """

    __slots__ = (
        *("_closed", "_gives_rank", "_leaves", "_places", "_ranks", "_root_combines", "_runs"),
        *("_unpools", "_contradictions", "blocks", "matched", "sized", "weights"),
    )

    def __init__(self, sized: Sized) -> None:
        self.sized = sized
        self.weights = Weights(sized.network)
        self.blocks = {run.path: run for run in sized.leaves.runs if isinstance(run, SizedOccurrence)}
        self._runs: list[Sequence[Leaf]] = list(sized.leaves.runs)
        self.matched: set[str] = set()
        self._unpools: bool | None = None  # None: not worked out yet
        self._gives_rank: str | None = None  # path of the first layer of which the number of dimensions is known
        self._closed: dict[str, int] = {}  # path of a block -> its run
        self._leaves: dict[str, Leaf] = {}
        self._places: dict[str, tuple[int, int]] = {}  # run, and where in it
        self._ranks: dict[str, int | None] = {}  # what `rank` found, by path
        self._root_combines: bool | None = None  # None: not worked out yet
        #: contradictions that something unprinted would explain, by class and by place in it; None: not collected yet
        self._contradictions: dict[str, dict[tuple[str, str], Contradiction]] | None = None
        for number, run in enumerate(self._runs):
            if isinstance(run, SizedOccurrence):
                self._closed[run.path] = number
            else:
                self._enter(number, run)

    def leaf(self, path: str) -> Leaf | None:
        """The leaf under a path; None where there is none."""
        if path not in self._leaves:
            self._open(path)
        return self._leaves.get(path)

    def leaves_of(self, node: Node) -> list[Leaf]:
        """The leaves in a node, in printed order."""
        found = (self.leaf(inner.path) for inner in node.leaves())
        return [leaf for leaf in found if leaf is not None]

    def before(self, leaf: Leaf) -> Leaf | None:
        """The leaf that is printed right before another one; None before the first."""
        number, place = self._place(leaf)
        if place:
            return self._runs[number][place - 1]
        return self._runs[number - 1][-1] if number else None

    def behind(self, leaf: Leaf) -> Leaf | None:
        """The leaf that is printed right behind another one; None behind the last."""
        number, place = self._place(leaf)
        if place + 1 < len(self._runs[number]):
            return self._runs[number][place + 1]
        return self._runs[number + 1][0] if number + 1 < len(self._runs) else None

    def neighbours(self, leaf: Leaf, behind: bool) -> Iterator[Leaf]:
        """The leaves that run right before a leaf, or right behind it, the nearest first.

        Ends where the layer is of no known kind, and where something that is not printed may run between two.

        Args:
            leaf: Any leaf of the network; it is not among them.
            behind: In which direction.
        """
        nearer, leaf_at = leaf, self.behind if behind else self.before
        while (current := leaf_at(nearer)) is not None and current.kind is not None:
            if not (self.runs_as_neighbours(nearer, current) if behind else self.runs_as_neighbours(current, nearer)):
                return
            yield current
            nearer = current

    def first(self) -> Leaf | None:
        """The leaf that is printed first."""
        return self._runs[0][0] if self._runs else None

    def _place(self, leaf: Leaf) -> tuple[int, int]:
        if leaf.path not in self._places:  # the neighbour of another, in a block that is still closed
            self._open(leaf.path)
        return self._places[leaf.path]

    @property
    def shapes_are_given(self) -> bool:
        """Whether the input size was printed or given: a solved one is a hypothesis, on which no equality may rest."""
        return self.sized.input is not None and self.sized.input.is_certain

    @property
    def unpools(self) -> bool:
        """Whether a layer takes the places from which a max pool took its outputs."""
        if self._unpools is None:
            runs = self.sized.leaves.runs
            shared = {run.block for run in runs if isinstance(run, SizedOccurrence)}
            single = (run for run in runs if not isinstance(run, SizedOccurrence))
            every = (*(block.bare.leaves for block in shared), *single)
            self._unpools = any(leaf.has(Trait.UNPOOLS) for run in every for leaf in run)
        return self._unpools

    def knows_rank(self, leaf: Leaf) -> bool:
        """Whether the number of dimensions that come into a layer is no guess: a layer before it gives just as many."""
        if not self.sized.guesses_rank:
            return True
        if self._gives_rank is None:
            self._gives_rank = next((each.path for each in self.sized.leaves if _gives_rank(each)), "")
        self._open(self._gives_rank)
        self._open(leaf.path)  # it may be the neighbour of another, in a block that is still closed
        first, place = self._places.get(self._gives_rank), self._places.get(leaf.path)
        return first is not None and place is not None and first < place

    def rank(self, leaf: Leaf) -> int | None:
        """How many dimensions come into a layer, with the batch, as far as the layers before it decide it."""
        passed: dict[str, None] = {}  # layers whose output has as many as their input; two may have one path
        current: Leaf | None = leaf
        found: int | None = None
        while current is not None and current.path not in passed:
            if current.path in self._ranks:
                found = self._ranks[current.path]
                break
            passed[current.path] = None
            before = self.before(current)
            if before is None or before.kind is None or not self.runs_as_neighbours(before, current):
                break
            found, goes_on = _rank_behind(before)
            current = before if goes_on else None
        self._ranks.update(dict.fromkeys(passed, found))
        return found

    def known_rank(self, leaf: Leaf) -> int | None:
        """How many dimensions come into a layer, with the batch; None where that would be a guess."""
        if leaf.input_shape is not None and self.knows_rank(leaf):
            return len(leaf.input_shape) + 1
        return self.rank(leaf)

    def passes_through(self, path: str) -> bool:
        """Whether an Identity is printed under this path."""
        return self.sized.normal.passes_through(path)

    def owner(self, path: str) -> Layer | None:
        """The printed layer whose forward runs what stands in a container: of a ModuleList, what holds the list."""
        layer = self.sized.normal.printed(path)
        while path and layer is not None and forward(layer) is Forward.HOLDS:
            path = path.rpartition(".")[0]
            layer = self.sized.normal.printed(path)
        return layer

    def stands_in_order(self, path: str) -> bool:
        """Whether a layer was printed right in a container that runs its children in order."""
        container = self.sized.normal.printed(path.rpartition(".")[0])
        return container is not None and bool(container.children) and runs_in_order(container)

    def runs_in_order_between(self, first: Leaf, second: Leaf) -> bool:
        """Whether all containers around two neighbours, up to the one that holds both, run their children in order."""
        shared = common(first.path, second.path)
        for leaf in (first, second):
            inner = leaf.path.rpartition(".")[0]
            while inner != shared:
                container = self.sized.normal.printed(inner)
                if container is None or not runs_in_order(container):
                    return False
                inner = inner.rpartition(".")[0]
        return True

    def ties_into(self, leaf: Leaf) -> bool:
        """Whether equal numbers come into a layer as a rule: a max pool before it picks one number several times."""
        before = self.before(leaf) if leaf.has(Trait.PICKS_WINNERS) else None
        while before is not None and before.has(Trait.ELEMENTWISE):
            before = self.before(before)
        return before is not None and before.has(Trait.PICKS_MAX) and overlaps(before)

    def runs_as_neighbours(self, first: Leaf, second: Leaf) -> bool:
        """Whether nothing that is not printed runs between two: in order, or in what is taken to run in order."""
        return self.is_taken(common(first.path, second.path)) and self.runs_in_order_between(first, second)

    def is_taken(self, path: str) -> bool:
        """Whether the children of a container are taken to run in printed order.

        The one rule for all that follows from an order: it does so by its class, or is a chain, or is the root and all
        shapes agree with it and no name contradicts it. The rows of a summary table hold their shapes and stand in the
        order of a run.
        """
        holder = self.sized.normal.printed(path)
        if holder is None or runs_in_order(holder) or is_chain(holder):
            return holder is not None
        is_root = path == self.sized.network.root.name
        if not is_root or self._combines_at_the_root(holder):
            return False
        return self.runs_as_printed(path) or (self.sized.network.is_table and not self.contradicts(path))

    def _combines_at_the_root(self, root: Layer) -> bool:
        if self._root_combines is None:
            self._root_combines = says_it_combines(root)
        return self._root_combines

    def may_run_in_order(self, path: str) -> bool:
        """Whether a layer stands in a container that is taken to run its children in order, should shapes agree."""
        container = path.rpartition(".")[0]
        holder = self.sized.normal.printed(container)
        is_root = container == self.sized.network.root.name
        return is_root or (holder is not None and (runs_in_order(holder) or is_chain(holder)))

    def taken_in_order(self, first: Leaf, second: Leaf) -> str:
        """The class of what holds two neighbours, where its forward is not known; "" where it runs in order."""
        holder = self.sized.normal.printed(common(first.path, second.path))
        return "" if holder is None or runs_in_order(holder) else holder.class_name

    def runs_as_printed(self, path: str) -> bool:
        """Whether all shapes are known, and none contradicts the printed order of the container under this path."""
        whole = bool(self.sized.leaves) and self.sized.leaves[-1].output_shape is not None
        return whole and self.sized.input_shape is not None and not self.contradicts(path)

    def branches_off(self, path: str) -> bool:
        """Whether what is printed behind a block cannot take what comes out of it.

        There, or in the same place of another container of the class around it: the auxiliary classifier of an
        Inception, whose forward runs both.
        """
        container = path
        while container:
            container = container.rpartition(".")[0]
            block = f"{_inside(path, container)}."
            for each in self._contradictions_of(container):
                leaf = self.leaf(each.path)
                before = self.before(leaf) if leaf else None
                if leaf is None or before is None or (each.mended_by == CALL and not _widths_part(before, leaf)):
                    continue  # a function between the two makes it fit
                if not before.path.startswith(f"{each.container}." if each.container else ""):
                    continue
                from_block = _inside(before.path, each.container).startswith(block)
                if from_block and not _inside(each.path, each.container).startswith(block):
                    return True
        return False

    def runs_otherwise(self, container: str, node: str) -> bool:
        """Whether shapes show that a container does not run a node of it where it is printed.

        Nothing that no print shows would explain it otherwise.

        Args:
            container: Path of the container; another one of its class is evidence, too.
            node: Path of the node.
        """
        inner = node.removeprefix(f"{container}.")
        for each in self._contradictions_of(container):
            explained = each.mended_by and not (each.mended_by == SIZE and self.shapes_are_given)
            path = _inside(each.path, each.container)
            if not explained and f"{path}.".startswith(f"{inner}."):
                return True
        return False

    def contradicts(self, path: str, beyond_calls: bool = False) -> bool:
        """Whether shapes show that a container runs more than it prints.

        Args:
            path: Path of the container; another one of its class is evidence, too.
            beyond_calls: More than functions that it calls between its layers.
        """
        return any(not (beyond_calls and each.mended_by == CALL) for each in self._contradictions_of(path))

    def _contradictions_of(self, path: str) -> Iterable[Contradiction]:
        """What shapes show of a container and of others of its class, without repetitions."""
        if self._contradictions is None:
            self._contradictions = self._collected()
        container = self.sized.normal.printed(path)
        return self._contradictions.get((container and container.class_name) or path, {}).values()

    def _collected(self) -> dict[str, dict[tuple[str, str], Contradiction]]:
        """Those of closed blocks too: what is known of a class must not depend on which of them were opened before."""
        every = [*self.sized.contradictions]
        collected: set[Same] = set()  # of blocks of one form, which share theirs
        for block in self.blocks.values():
            inside = block.block.contradictions
            if inside and Same(inside) not in collected:
                every += block.contradictions()
                if all(each.container is not None for each in inside):  # the same in each place
                    collected.add(Same(inside))
        found: dict[str, dict[tuple[str, str], Contradiction]] = {}
        for each in sorted(every, key=lambda each: each.line):
            if not each.certain:
                place = _inside(each.path, each.container), each.mended_by
                found.setdefault(each.container_class or each.container, {}).setdefault(place, each)
        return found

    def _open(self, path: str) -> None:
        """Open the block that this path lies in, if it is still closed."""
        while self._closed:
            number = self._closed.pop(path, None)
            if number is not None:
                self._enter(number, self._runs[number])
                return
            if not path:
                return
            path = path.rpartition(".")[0]

    def _enter(self, number: int, run: Sequence[Leaf]) -> None:
        if isinstance(run, SizedOccurrence):
            run = self._runs[number] = tuple(run)
        for place, leaf in enumerate(run):
            self._leaves[leaf.path] = leaf
            self._places[leaf.path] = number, place


def _rank_behind(leaf: Leaf) -> tuple[int | None, bool]:
    """How many dimensions come out of a layer, the batch among them; whether those that come in."""
    if leaf.output_shape is not None:
        return len(leaf.output_shape) + 1, False
    if leaf.layer.kind == "flatten":
        return (2 if _gives_rank(leaf) else None), False
    if leaf.kind is not None and leaf.kind.dims and leaf.layer.kind not in _OTHER_RANKS:
        return leaf.kind.dims + 2, False
    return None, leaf.kind is not None and (leaf.kind.shape is kinds.same_shape or leaf.layer.kind == "linear")


_OTHER_RANKS: Final = ("unfold", "fold", "select_adaptive_pool_2d")


def _gives_rank(leaf: Leaf) -> bool:
    """Whether a layer gives the same number of dimensions whatever comes in."""
    if leaf.layer.kind == "flatten":
        return (leaf.settings.known("start_dim"), leaf.settings.known("end_dim")) == (1, -1)
    return leaf.kind is not None and bool(leaf.kind.dims)


def _widths_part(before: Leaf, leaf: Leaf) -> bool:
    """Whether one gives another number of features, or of channels, than the other takes."""
    both = (
        (before.settings.known(f"out_{what}"), leaf.settings.known(f"in_{what}")) for what in ("features", "channels")
    )
    return any(isinstance(a, int) and isinstance(b, int) and a != b for a, b in both)


def _inside(path: str, container: str) -> str:
    """A path as it is in a container."""
    return path.removeprefix(f"{container}.") if container else path


def overlaps(pool: Leaf) -> bool:
    """Whether windows of a pooling layer share inputs."""
    dims = pool.kind.dims if pool.kind and pool.kind.dims else 1
    try:
        return any(
            a > b for a, b in zip(*(pool.settings.ints(name, dims) for name in ("kernel_size", "stride")), strict=True)
        )
    except NotKnown:
        return False


def leaf_pairs(both: Counterparts) -> Iterable[tuple[Leaf, Leaf]]:
    """Two leaves as they are; of two places of one block, all that stands in them."""
    a, b = both
    if isinstance(a, Leaf) and isinstance(b, Leaf):
        return ((a, b),)
    assert isinstance(a, SizedOccurrence)
    assert isinstance(b, SizedOccurrence)
    return zip(a, b, strict=True)
