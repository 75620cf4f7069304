"""Nodes and steps: what an alignment is made of. A node is a layer of a normal form in its place, made when it is asked
for; blocks that share their children share all that is worked out of them.

Knows nothing of effects, nor which layer stands for which.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple, TypeAlias

from archdiff.model.network import Layer, Value, is_tabled, join
from archdiff.semantics.attention import projection
from archdiff.semantics.containers import Forward, forward_of
from archdiff.semantics.names import essence
from archdiff.semantics.rules import is_layer


@dataclass(slots=True, eq=False, repr=False)
class _Table:
    """What was worked out, by the identity of settings and children, which the networks hold as long as this."""

    numbers: dict[object, int] = field(default_factory=dict)  # equal values to equal numbers
    layers: dict[tuple[str, int, int], int] = field(default_factory=dict)
    children: dict[int, int] = field(default_factory=dict)
    classes: dict[int, list[str]] = field(default_factory=dict)  # of all layers below that do something
    sizes: dict[int, int] = field(default_factory=dict)
    heights: dict[int, int] = field(default_factory=dict)
    keys: dict[int, tuple[int, ...]] = field(default_factory=dict)  # of the children
    printed: dict[int, frozenset[tuple[str | None, Value]]] = field(default_factory=dict)  # settings
    roles: dict[int, str] = field(default_factory=dict)  # by key; `level` says what a role is
    cut: bool = False  # parts of a print are missing, so that numbers are names: nothing was inserted

    def number(self, value: object) -> int:
        return self.numbers.setdefault(value, len(self.numbers))

    def key(self, layer: Layer) -> int:
        """Equal keys mean equal layers, whatever their names."""
        class_name = layer.kind or layer.class_name
        below = self.below(layer) if layer.children else -1
        known = class_name, id(layer.settings), below
        key = self.layers.get(known)
        if key is None:
            told = tuple([setting[:2] for setting in layer.settings])
            key = self.layers[known] = self.number((class_name, told, below))
        return key

    def below(self, layer: Layer) -> int:
        """Equal numbers mean equal children; -1: none."""
        if not layer.children:
            return -1
        found = self.children.get(id(layer.children))
        if found is None:  # the depth of a print is bounded, so recursion is
            keys = self.keys[id(layer.children)] = tuple(map(self.key, layer.children))
            found = self.children[id(layer.children)] = self.number(keys)
        return found

    def classes_below(self, layer: Layer) -> list[str]:
        if not layer.children:
            return []
        found = self.classes.get(id(layer.children))
        if found is None:
            found = [_class(child) for child in layer.children if is_layer(child) and child.kind != "identity"]
            for child in layer.children:
                if child.children:
                    found += self.classes_below(child)
            self.classes[id(layer.children)] = found
        return found

    def size_below(self, layer: Layer) -> int:
        """How many layers below do something."""
        found = self.sizes.get(id(layer.children))
        if found is None:
            found = sum([is_layer(child) and child.kind != "identity" for child in layer.children])
            found += sum([self.size_below(child) for child in layer.children if child.children])
            self.sizes[id(layer.children)] = found
        return found

    def height(self, layer: Layer) -> int:
        if not layer.children:
            return 0
        found = self.heights.get(id(layer.children))
        if found is None:
            below = [self.height(child) for child in layer.children if child.children]
            found = self.heights[id(layer.children)] = 1 + max(below, default=0)
        return found


def _class(layer: Layer) -> str:
    return layer.kind or layer.class_name


class Node:
    """A layer of the normal form in its place."""

    __slots__ = (
        "_children",
        "_copied",
        "_names",
        "_shift",
        "_table",
        "is_layer",
        "key",
        "layer",
        "line",
        "name",
        "parent",
        "path",
    )

    path: str
    _shift: int  # of all that stands in it

    def __init__(self, layer: Layer, parent: Node | None, table: _Table, names: Mapping[str, str]) -> None:
        shift = parent._shift if parent else 0
        name = _told_by(layer.name, table.cut)
        self.path = join(parent.path, layer.name) if parent else layer.name
        self.layer = layer
        self.line = layer.span.line + shift
        self.parent = parent
        self.key = table.key(layer)  # equal keys mean equal layers, whatever their names
        self.is_layer = is_layer(layer)
        self.name = names.get(name, name) if names else name  # "": it tells nothing
        self._children: tuple[Node, ...] | None = None if layer.children else ()
        self._copied: frozenset[str] | None = None  # names of children that stand more than once
        self._shift = shift + layer.shift
        self._table = table
        self._names = names

    @property
    def children(self) -> tuple[Node, ...]:
        if self._children is None:
            self._children = tuple([Node(child, self, self._table, self._names) for child in self.layer.children])
        return self._children

    @property
    def forward(self) -> Forward:
        """What its forward may do, where it has children."""
        return forward_of(self.layer.kind)

    @property
    def runs_in_order(self) -> bool:
        return forward_of(self.layer.kind) is Forward.IN_ORDER

    @property
    def is_somebodys(self) -> bool:
        """Whether it is a class that nothing is known of."""
        return not self.layer.kind

    def leaves(self) -> Iterator[Node]:
        """All that computes something in here, in printed order; a layer comes before its children."""
        stack = [self]
        while stack:
            node = stack.pop()
            if node.is_layer:
                yield node
            stack.extend(reversed(node.children))

    def classes(self) -> Counter[str]:
        """Kinds of all leaves, classes of those without a kind."""
        below = Counter(self._table.classes_below(self.layer))
        if self.is_layer:
            below[_class(self.layer)] += 1
        return below

    def inside(self) -> Counter[int]:
        """Keys of the children."""
        return Counter(self._table.keys[id(self.layer.children)])

    def printed(self) -> frozenset[tuple[str | None, Value]]:
        """Name and value of each setting."""
        settings = self.layer.settings
        found = self._table.printed.get(id(settings))
        if found is None:
            found = frozenset([(setting.name, setting.value) for setting in settings])
            self._table.printed[id(settings)] = found
        return found

    @property
    def roles(self) -> dict[int, str]:
        """What was found out before, by key."""
        return self._table.roles

    @property
    def is_cut(self) -> bool:
        """Whether it is of a print that is not whole, or compared with one."""
        return self._table.cut

    def size(self) -> int:
        """Leaves."""
        return self._table.size_below(self.layer) + self.is_layer

    @property
    def holds_nothing(self) -> bool:
        """Whether it is a container without layers: `Sequential()`."""
        return not self.layer.children and self.forward in (Forward.IN_ORDER, Forward.HOLDS)

    @property
    def has_blocks(self) -> bool:
        """Whether something in it holds layers."""
        return any(child.children for child in self.layer.children)

    def is_within(self, most: int) -> bool:
        """Whether no more layers than that are printed in here; looks at no more of them."""
        stack = [self.layer.children]
        while stack:
            children = stack.pop()
            most -= len(children)
            if most < 0:
                return False
            stack += [child.children for child in children if child.children]
        return True

    @property
    def height(self) -> int:
        """Levels below."""
        return self._table.height(self.layer)

    def renamed(self, names: Mapping[str, str]) -> Node:
        """The same tree with other names for some of its nodes."""
        return Node(self.layer, self.parent, self._table, names)

    def is_copied(self) -> bool:
        """Whether it is a block that stands more than once among its siblings, names apart."""
        if self.parent is None:
            return False
        if self.parent._copied is None:
            blocks = [child for child in self.parent.children if child.layer.children]
            times = Counter([child.key for child in blocks])
            self.parent._copied = frozenset([child.layer.name for child in blocks if times[child.key] > 1])
        return self.layer.name in self.parent._copied


def by_name(a: Node, b: Node) -> tuple[dict[str, Node], dict[str, Node]] | None:
    """The children of two containers by the same names, where every child has one that the other side holds too: as
    printed, else by what they say (`q_proj` and `query`, `fc_mu` and `mu`)."""
    if len(a.children) != len(b.children):
        return None
    for name_of in (_printed_name, _said):
        ours, theirs = ({name_of(child): child for child in node.children} for node in (a, b))
        if ours.keys() == theirs.keys() and len(ours) == len(a.children):
            return ours, theirs
    return None


def _printed_name(node: Node) -> str:
    return node.layer.name


def _said(node: Node) -> str:
    return essence(node.layer.name)


def nodes(first: Layer, second: Layer, cut: bool = False) -> tuple[Node, Node]:
    """Both trees with keys from one table, so that equal layers have equal keys across the two.

    `cut`: one of the prints is not whole.
    """
    table = _Table(cut=cut)
    return Node(first, None, table, {}), Node(second, None, table, {})


@cache
def _told_by(name: str, cut: bool) -> str:
    """What a name tells of a layer: the projection of attention that it is, else all but numbers, which are places in a
    print that is whole."""
    return projection(name) or (name if cut else ".".join(part for part in name.split(".") if not part.isdigit()))


class Pair(NamedTuple):
    """Two layers that stand for each other; where they have children, these have steps of their own."""

    candidate: Node
    reference: Node


class Held(NamedTuple):
    """Two containers that stand for each other; what is in them has steps of its own, unless one prints nothing."""

    candidate: Node
    reference: Node


class Reordered(NamedTuple):
    """Two containers that print the same names in another order, where a name is what the forward calls."""

    candidate: Node
    reference: Node


class Opened(NamedTuple):
    """A container without counterpart: what is in it is aligned with what stands beside it."""

    node: Node
    in_candidate: bool


class Alike(NamedTuple):
    """Two blocks that share all that is in them, names as well: they are left closed."""

    candidate: Node
    reference: Node

    def opened(self) -> Iterator[Pair | Held]:
        """What stands for what, the blocks themselves first."""
        stack = [(self.candidate, self.reference)]
        while stack:
            a, b = stack.pop()
            yield Pair(a, b) if a.is_layer else Held(a, b)
            stack += zip(reversed(a.children), reversed(b.children), strict=True)

    def pairs(self) -> list[Pair]:
        """The layers that stand for each other."""
        return [step for step in self.opened() if isinstance(step, Pair)]


class Swap(NamedTuple):
    """Two neighbours, layers or blocks, that changed places; in the order of the reference."""

    first: Pair
    second: Pair
    inner: tuple[Step, ...] = ()  # what stands for what inside of both


class Moved(NamedTuple):
    """Found elsewhere in the candidate; `crossed` are the candidate's layers that it passed on the way."""

    pairs: tuple[Pair, ...]
    crossed: tuple[Pair, ...]
    inner: tuple[Step, ...] = ()


class Added(NamedTuple):
    candidate: Node


class Removed(NamedTuple):
    reference: Node


Step: TypeAlias = Pair | Held | Reordered | Opened | Alike | Swap | Moved | Added | Removed


def opened(steps: Iterable[Step]) -> Iterator[Step]:
    """The same steps, with blocks that are alike as their pairs."""
    for step in steps:
        if isinstance(step, Alike):
            yield from step.opened()
        else:
            yield step


def prints_no_body(a: Node, b: Node) -> bool:
    """Whether a class of somebody stands alone on one side, `Net()`, and with what is in it on the other."""
    if bool(a.layer.children) is bool(b.layer.children) or not (a.is_somebodys and b.is_somebodys):
        return False
    return not (is_tabled(a.layer) or is_tabled(b.layer))  # a summary table may stop at a depth
