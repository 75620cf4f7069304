"""The leaves of networks in printed order; a block that stands in several places is looked at once for all of them.

Says where the printed order cannot be all that runs, as far as neighbours tell it. Must not know shapes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial, reduce
from itertools import chain, pairwise
from typing import Final, NamedTuple, TypeAlias

from archdiff.infer.leaf import Leaf, bare_leaf, meanings
from archdiff.model.lazyseq import LazySequence, Runs
from archdiff.model.memo import Memo
from archdiff.model.network import CHILDREN, Layer, ancestors, blocks, join, names
from archdiff.semantics.containers import runs_in_order
from archdiff.semantics.kinds import Misfit, Trait
from archdiff.semantics.rules import Normal, is_layer


class Container(NamedTuple):
    """A printed container."""

    class_name: str
    in_order: bool  # it runs its children in printed order and nothing else


#: of what stands around the whole network
NO_CONTAINER: Final = Container("", False)

#: the container that was printed at a path
ContainerAt: TypeAlias = Callable[[str], Container | None]


class BlockContradiction(NamedTuple):
    """Where the printed order of a block cannot be all that runs."""

    at: int  # index of the leaf that cannot follow the one before
    container: str | None  # in whose forward something stands before the leaf; None: around the block
    class_name: str
    certain: bool  # only what runs in order is around it, so the network itself cannot run
    misfit: Misfit | None  # None: two maps are one


class Form(NamedTuple):
    """What blocks have in common that differ in settings only; paths begin in the block."""

    paths: tuple[str, ...]  # of its leaves
    kinds: frozenset[str]  # of its leaves
    containers: Mapping[str, Container]  # by path
    gaps: frozenset[int]  # indices of leaves that cannot follow the one before
    contradictions: tuple[BlockContradiction, ...]  # the same, the first of each container
    maps: tuple[bool, bool]  # whether a map comes out where none comes in, and where one does
    tail: tuple[str, ...]  # paths of the last leaf that gives a shape, and of all behind it; of all where none does
    gives_shape: bool


class Block(NamedTuple):
    """What the text of a block tells, wherever it stands: paths begin in it, lines are those of its layers' spans."""

    leaves: tuple[Leaf, ...]
    form: Form


@dataclass(slots=True, eq=False, repr=False)
class BlockOccurrence(LazySequence[Leaf]):
    """One place where a block stands."""

    path: str
    shift: int  # lines from those of its spans
    block: Block

    def __len__(self) -> int:
        return len(self.block.leaves)

    def __iter__(self) -> Iterator[Leaf]:
        return (leaf.placed(self.path, self.shift) for leaf in self.block.leaves)


Part: TypeAlias = "Leaf | BlockOccurrence"


class Chain(NamedTuple):
    """The leaves of one network, and where their order cannot be all that runs."""

    normal: Normal
    parts: tuple[Part, ...]
    gaps: Mapping[int, str]  # parts that cannot follow the one before: index -> container that runs something between
    containers: Mapping[str, Container]  # by path, those printed outside of blocks; some of them are dissolved

    @property
    def leaves(self) -> Runs[Leaf]:
        """In printed order, each block as one run."""
        return in_runs(self.parts)

    @property
    def has_gaps(self) -> bool:
        """Whether something runs between two leaves that is not printed."""
        return bool(self.gaps) or any(part.block.form.gaps for part in self.parts if isinstance(part, BlockOccurrence))


def in_runs(parts: Iterable[Leaf | Sequence[Leaf]]) -> Runs[Leaf]:
    """Leaves that stand beside each other as one run, each block as one."""
    runs: list[Sequence[Leaf]] = []
    loose: list[Leaf] = []
    for part in parts:
        if isinstance(part, Leaf):
            loose.append(part)
            continue
        if loose:
            runs.append(tuple(loose))
            loose = []
        runs.append(part)
    return Runs([*runs, tuple(loose)] if loose else runs)


def chains(networks: Sequence[Normal]) -> list[Chain]:
    """A chain a network; they share the blocks that stand in several places of them all."""
    known = _Known([normal.root for normal in networks])
    return [_chain(normal, known) for normal in networks]


def _repeated(roots: Sequence[Layer]) -> Counter[int]:
    """In how many places children stand, by their identity; those in blocks that stand in several places once."""
    layers = chain(roots, *blocks(*roots))
    return Counter(map(id, filter(None, map(CHILDREN, layers))))


class _Known:
    """What was worked out for blocks, wherever they stand."""

    def __init__(self, roots: Sequence[Layer]) -> None:
        self.meaning = meanings()
        self._roots = roots  # hold what is known by its identity
        self._places = _repeated(roots)
        self._leaves = Memo(self._leaves_in)
        self._blocks = Memo(lambda children: Memo(partial(self._block, children)))  # by what was printed there
        self._forms: dict[tuple[object, ...], Form] = {}

    def inside(self, layer: Layer) -> tuple[Leaf, ...]:
        """The leaves of a block that stands in several places; none where it is to be opened.

        It is where it has settings of its own, or where not all that is in it is a leaf with a name of its own.
        """
        return () if self._places[id(layer.children)] < 2 or is_layer(layer) else self._leaves(layer.children)

    def _leaves_in(self, children: tuple[Layer, ...]) -> tuple[Leaf, ...]:
        leaves: list[Leaf | None] = []
        self._enter(leaves, "", children, 0)
        found = tuple([leaf for leaf in leaves if leaf])
        names = {leaf.path for leaf in found}
        return found if len(leaves) == len(found) == len(names) and "" not in names else ()

    def _enter(self, leaves: list[Leaf | None], path: str, children: tuple[Layer, ...], shift: int) -> None:
        for child in children:  # the depth of a print is bounded, so recursion is
            inner = join(path, child.name)
            if not child.children or is_layer(child):
                leaves.append(bare_leaf(inner, child, child.span.line + shift, self.meaning))
            if child.children:
                self._enter(leaves, inner, child.children, shift + child.shift)

    def block(self, layer: Layer, printed: Layer | None) -> Block:
        """The block of a layer, in whose place another class with other containers may have been printed."""
        blocks = self._blocks(layer.children)
        return blocks(printed.children, printed.class_name) if printed else blocks(())

    def _block(self, children: tuple[Layer, ...], printed: tuple[Layer, ...], class_name: str = "") -> Block:
        leaves = self._leaves(children)
        return Block(leaves, self._form(leaves, _printed(Layer("", class_name, children=printed), "", ())[0]))

    def _form(self, leaves: Sequence[Leaf], containers: Mapping[str, Container]) -> Form:
        paths = tuple([leaf.path for leaf in leaves])
        traits, kinds = tuple([leaf.traits for leaf in leaves]), tuple([leaf.layer.kind for leaf in leaves])
        key = paths, traits, kinds, tuple(containers.items())
        found = self._forms.get(key)
        if found is None:
            found = self._forms[key] = _form(leaves, paths, containers)
        return found


def _form(leaves: Sequence[Leaf], paths: tuple[str, ...], containers: Mapping[str, Container]) -> Form:
    gaps: list[int] = []
    wrong: dict[str, BlockContradiction] = {}
    maps = False
    run = SameShapeRun()
    for index, (a, b) in enumerate(pairwise(leaves), 1):
        maps = gives_map(a, maps)
        run.past(a)
        if not (two_maps(a, b) or takes_indices(a, b) or (maps and _takes_features(b))):
            continue
        if (container := run.parted_before(b.path, containers.get)) is not None:
            gaps.append(index)
            name = containers.get(container, NO_CONTAINER).class_name
            wrong.setdefault(container, BlockContradiction(index, container, name, False, None))
    without, behind_one = (reduce(lambda before, leaf: gives_map(leaf, before), leaves, maps) for maps in (False, True))
    last = next((at for at in range(len(leaves) - 1, -1, -1) if not leaves[at].traits & _KEEPS_SHAPE), None)
    maps_out, tail = (without, behind_one), paths[last or 0 :]
    kinds = frozenset([leaf.layer.kind for leaf in leaves])
    return Form(paths, kinds, containers, frozenset(gaps), tuple(wrong.values()), maps_out, tail, last is not None)


@dataclass(slots=True, eq=False, repr=False)
class SameShapeRun:
    """The paths of the leaves that took the last shape as it came, and of the one before them that gave it.

    Whatever changes a shape and is not printed may stand before any of them: a functional flatten between `avgpool` and
    a Dropout shows in the Linear behind that Dropout.
    """

    parts: list[tuple[str, Sequence[str]]] = field(default_factory=list)  # path of a block, paths in it
    is_whole: bool = False  # it begins with a leaf that gave the shape

    def past(self, leaf: Leaf) -> None:
        """Goes on behind a leaf."""
        self._past("", (leaf.path,), not leaf.traits & _KEEPS_SHAPE)

    def past_block(self, path: str, form: Form) -> None:
        """Goes on behind all leaves of a block that stands under this path."""
        self._past(path, form.tail, form.gives_shape)

    def _past(self, path: str, paths: Sequence[str], gives_shape: bool) -> None:
        if gives_shape:
            self.parts, self.is_whole = [(path, paths)], True
        else:
            self.parts.append((path, paths))

    def parted_before(self, path: str, container_at: ContainerAt) -> str | None:
        """The container nearest to a leaf whose forward may do something before it.

        Args:
            path: Of the leaf.
            container_at: Those around it, by path.

        Returns:
            Its path; None where all of them run in order.
        """
        for earlier in (join(block, inner) for block, paths in reversed(self.parts) for inner in reversed(paths)):
            container = common(earlier, path)
            if not (container_at(container) or NO_CONTAINER).in_order:
                return container
            path = earlier
        while not self.is_whole and path:  # nothing gave a shape yet: what comes in may be changed by all around it
            path = path.rpartition(".")[0]
            if (around := container_at(path)) and not around.in_order:
                return path
        return None

    def held_apart(self, path: str, container_at: ContainerAt) -> str | None:
        """A container that holds only one of two leaves, whose forward may do something before its first layer.

        `two_maps` that stand so far apart show nothing (a convolution before a block), but nor do widths that differ.

        Args:
            path: Of the leaf.
            container_at: Those around it, and around the leaves before it, by path.

        Returns:
            Its path; None where all of them run in order.
        """
        for earlier in (join(block, inner) for block, paths in reversed(self.parts) for inner in reversed(paths)):
            both = common(earlier, path)
            for each in (*ancestors(path), *ancestors(earlier)):
                if len(each) > len(both) and (around := container_at(each)) and not around.in_order:
                    return each
            path = earlier
        return None


def _chain(normal: Normal, known: _Known) -> Chain:
    parts: list[Leaf | tuple[str, int, Layer]] = list(_parts(normal.root, known))
    standing = {part[0]: None for part in parts if not isinstance(part, Leaf)}
    containers, printed = _printed(normal.network.root, normal.network.root.name, standing)
    done: list[Part] = []
    gaps: dict[int, str] = {}
    before: Leaf | None = None
    run = SameShapeRun()
    maps = False
    leaves: Sequence[Leaf]
    for part in parts:
        if isinstance(part, Leaf):
            path, leaves, form = "", (part,), None
            done.append(part)
        else:
            path, shift, layer = part
            block = known.block(layer, printed.get(path))
            done.append(BlockOccurrence(path, shift, block))
            leaves, form = block.leaves, block.form
        first = leaves[0]
        unlike = before and (
            two_maps(before, first) or takes_indices(before, first) or (maps and _takes_features(first))
        )
        if unlike and (container := run.parted_before(join(path, first.path), containers.get)) is not None:
            gaps[len(done) - 1] = container
        if form:
            run.past_block(path, form)
        else:
            run.past(first)
        before = leaves[-1]
        maps = form.maps[maps] if form else gives_map(first, maps)
    return Chain(normal, tuple(done), gaps, containers)


def _parts(root: Layer, known: _Known) -> Iterator[Leaf | tuple[str, int, Layer]]:
    """Leaves, and path, shift and layer of each block that is left closed."""
    stack = [(root.name, root, 0, True)]
    while stack:
        path, layer, shift, named = stack.pop()
        if named and layer.children and known.inside(layer):
            yield path, shift + layer.shift, layer
            continue
        leaf = bare_leaf(path, layer, layer.span.line + shift, known.meaning)
        if leaf:
            yield leaf
        if layer.children:
            shift += layer.shift
            named = named and len({child.name for child in layer.children}) == len(layer.children)
            stack.extend([(join(path, child.name), child, shift, named) for child in reversed(layer.children)])


def _printed(root: Layer, path: str, closed: Iterable[str]) -> tuple[dict[str, Container], dict[str, Layer]]:
    """The printed containers by path, and what was printed in the place of each closed block."""
    containers: dict[str, Container] = {}
    found: dict[str, Layer] = {}
    ends = set(closed)
    stack = [(path, root)] if root.children else []
    while stack:
        path, layer = stack.pop()
        containers[path] = _container(layer.kind, layer.class_name)
        if path in ends:
            found[path] = layer
        else:
            below = filter(CHILDREN, reversed(layer.children))
            stack.extend([(join(path, name), child) for child in below for name in names(child)])
    return containers, found


@cache
def _container(kind: str, class_name: str) -> Container:
    return Container(class_name, runs_in_order(Layer("", class_name, kind=kind)))


def two_maps(first: Leaf, second: Leaf) -> bool:
    """With nothing between, two affine maps are one."""
    return Trait.AFFINE_MAP in second.traits and Trait.AFFINE_MAP in first.traits


def takes_indices(first: Leaf, second: Leaf) -> bool:
    """An Embedding takes whole numbers, which no other layer gives."""
    return second.layer.kind in _EMBEDDINGS and first.layer.kind not in _EMBEDDINGS


def gives_map(leaf: Leaf, before: bool) -> bool:
    """Whether what comes out has places beside channels, as far as its class tells; `before`: what comes in."""
    if leaf.kind is None or leaf.kind.dims:
        return leaf.kind is not None
    return before and not leaf.traits.isdisjoint(_KEEPS_SHAPE)


_KEEPS_SHAPE = frozenset({Trait.ELEMENTWISE, Trait.DROPS, Trait.IDENTITY})
_EMBEDDINGS = frozenset({"embedding", "embedding_bag"})


def _takes_features(leaf: Leaf) -> bool:
    """Whether it works on the last dimension alone, which of a map is a place and no feature."""
    if leaf.layer.kind in ("layer_norm", "rms_norm"):
        shape = leaf.settings.known("normalized_shape")
        return not isinstance(shape, tuple) or len(shape) == 1
    return leaf.layer.kind == "linear"


def common(first: str, second: str) -> str:
    """The path of the innermost container that holds both."""
    inside = first.rpartition(".")[0]
    while inside and not second.startswith(f"{inside}."):
        inside = inside.rpartition(".")[0]
    return inside
