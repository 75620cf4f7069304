"""Nodes: the layers that an alignment brings together.

A node is a layer of a normal form in its place, made when it is first used; blocks that share their children share all
that is worked out of them. Knows nothing of effects, nor which layer corresponds to which.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from operator import attrgetter
from typing import Final, NamedTuple, TypeVar

from archdiff.model.memo import Memo
from archdiff.model.network import Layer, Setting, Value, blocks, is_tabled, join
from archdiff.model.network import names as names_of
from archdiff.semantics import kinds
from archdiff.semantics.attention import projection
from archdiff.semantics.containers import Forward, forward_of
from archdiff.semantics.names import essence
from archdiff.semantics.rules import is_layer

T = TypeVar("T")
_IDENTITY: Final = "identity"
#: aspects and names of settings: a depthwise convolution has as many groups as channels
_SIZES: Final = {"width", "input", "groups"}
_PRINTED: Final = attrgetter("name", "value")


class _Inside(NamedTuple):
    """What children are, their names apart."""

    keys: tuple[int, ...]  # of each
    number: int  # equal for equal keys
    size: int  # how many layers in them do something
    height: int  # levels, their own too


class _NodeCache:
    """What was worked out for children and settings, whichever nodes hold them."""

    def __init__(self, cut: bool) -> None:
        self.cut = cut  # parts of a print are missing, so that numbers are names: nothing was inserted
        self.roles: dict[int, str] = {}  # by key; `costs` says what a role is
        self.compared: dict[tuple[object, ...], float] = {}  # by two outlines; `costs` says what
        self.inside = Memo(self._inside_of)
        self.counted: Memo[Counter[int]] = Memo(lambda children: Counter(self.inside(children).keys))
        self.classes: Memo[Counter[str]] = Memo(self._classes_of)
        self._profile: Memo[int] = Memo(self._profile_of)
        self.forms: Memo[Counter[int]] = Memo(self._forms_of)
        self._form: Memo[int] = Memo(self._form_of)
        self._sizes: Memo[int] = Memo(self._sizes_of)
        self.widths: Memo[Counter[int]] = Memo(self._widths_of)
        self.printed = Memo(_printed)
        self._numbers: dict[object, int] = {}  # equal values to equal numbers
        self._key: Memo[int] = Memo(self._key_of)

    def key(self, layer: Layer) -> int:
        """Equal keys mean equal layers, whatever their names."""
        kind = layer.kind or layer.class_name
        if layer.children:
            return self._key(layer.settings, kind, self.inside(layer.children).number)
        return self._key(layer.settings, kind)

    def _key_of(self, settings: tuple[Setting, ...], class_name: str, below: int = -1) -> int:
        return self._number((class_name, tuple(map(_PRINTED, settings)), below))

    def _number(self, value: object) -> int:
        return self._numbers.setdefault(value, len(self._numbers))

    def _inside_of(self, children: tuple[Layer, ...]) -> _Inside:
        keys: list[int] = []
        size = height = 0
        for child in children:
            if child.children:
                below = self.inside(child.children)
                size += below.size + _does_something(child)
                height = max(height, below.height)
                keys.append(self._key(child.settings, child.kind or child.class_name, below.number))
            else:
                size += child.kind != _IDENTITY
                keys.append(self._key(child.settings, child.kind or child.class_name))
        found = tuple(keys)
        return _Inside(found, self._number(found), size, 1 + height)

    def _classes_of(self, children: tuple[Layer, ...]) -> Counter[str]:
        """Of all layers that do something."""
        return _with_inner(children, map(kind_or_class, filter(_does_something, children)), self.classes)

    def _forms_of(self, children: tuple[Layer, ...]) -> Counter[int]:
        """Of all layers that do something: what they are but for their widths."""
        forms = (self._form(kind_or_class(child), child.settings) for child in children if is_layer(child))
        return _with_inner(children, forms, self.forms)

    def _widths_of(self, children: tuple[Layer, ...]) -> Counter[int]:
        """Of all layers that do something: their kinds and how wide they are."""
        return _with_inner(children, map(self.sizes, filter(_does_something, children)), self.widths)

    def _form_of(self, name: str, settings: tuple[Setting, ...]) -> int:
        shown = settings if name in kinds.by_name() else ()
        return self._number((name, *[each[:2] for each in shown if each.name not in _size_names(name)]))

    def sizes(self, layer: Layer) -> int:
        """Equal for two layers of one kind and equal widths, whatever else is set in them."""
        return self._sizes(kind_or_class(layer), layer.settings)

    def _sizes_of(self, name: str, settings: tuple[Setting, ...]) -> int:
        return self._number((name, *[each[:2] for each in settings if each.name in _size_names(name)]))

    def number_of(self, counted: Counter[int]) -> int:
        """Equal for equal counts."""
        return self._number(frozenset(counted.items()))

    def profile(self, layer: Layer) -> int:
        """Equal for two blocks with equally many layers of each class."""
        return self._profile(layer.children, kind_or_class(layer) if is_layer(layer) else "")

    def outline(self, layer: Layer, blocks: Iterable[Layer]) -> int:
        """Equal for two of one profile that hold blocks of one profile, whatever their settings."""
        return self._number((self.profile(layer), *map(self.profile, blocks)))

    def _profile_of(self, children: tuple[Layer, ...], own: str) -> int:
        return self._number((own, self.inside(children).size, frozenset(self.classes(children).items())))


def _printed(settings: tuple[Setting, ...]) -> frozenset[tuple[str | None, Value]]:
    return frozenset([(setting.name, setting.value) for setting in settings])


def _with_inner(
    children: Iterable[Layer], own: Iterable[T], inside: Callable[[tuple[Layer, ...]], Counter[T]]
) -> Counter[T]:
    """What is counted of children, with that of all that stands in them."""
    found = Counter(own)
    for child in children:
        if child.children:
            found.update(inside(child.children))
    return found


@cache
def _size_names(name: str) -> frozenset[str]:
    """The settings of a kind that say how wide it is; none for what is no kind."""
    kind = kinds.by_name().get(name)
    return (
        frozenset(field.name for field in kind.fields if {field.aspect, field.name} & _SIZES) if kind else frozenset()
    )


def _does_something(layer: Layer) -> bool:
    return is_layer(layer) and layer.kind != _IDENTITY


def kind_or_class(layer: Layer) -> str:
    """The kind of a layer; its class where no kind describes it."""
    return layer.kind or layer.class_name


class Node:
    """A layer of the normal form in its place."""

    __slots__ = (
        "_as_printed",
        "_children",
        "_copied",
        "_names",
        "_outline",
        "_ran",
        "_ran_as",
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
    _ran_as: str  # its path in a trace
    _shift: int  # of all that stands in it

    def __init__(
        self,
        layer: Layer,
        key: int,
        parent: Node | None,
        table: _NodeCache,
        names: Mapping[str, str],
        ran: Mapping[str, float],
    ) -> None:
        shift = parent._shift if parent else 0
        name = _distinctive(layer.name, table.cut)
        self.path = join(parent.path, layer.name) if parent else layer.name
        self.layer = layer
        self.line = layer.span.line + shift
        self.parent = parent
        self.key = key  # equal keys mean equal layers, whatever their names
        self.is_layer = is_layer(layer)
        self.name = names.get(name, name) if names else name  # "": only a number
        self._as_printed: tuple[Node, ...] | None = None if layer.children else ()
        self._children: tuple[Node, ...] | None = self._as_printed
        self._copied: frozenset[str] | None = None  # names of children that stand more than once
        self._outline: int | None = None  # not worked out yet
        self._shift = shift + layer.shift
        self._table = table
        self._names = names
        self._ran = ran
        self._ran_as = join(parent._ran_as, next(iter(names_of(layer)))) if parent and ran else ""

    @property
    def as_printed(self) -> tuple[Node, ...]:
        """The nodes right below, in printed order."""
        if self._as_printed is None:
            children = self.layer.children
            keyed = zip(children, self._table.inside(children).keys, strict=True)
            self._as_printed = tuple(
                [Node(child, key, self, self._table, self._names, self._ran) for child, key in keyed]
            )
        return self._as_printed

    @property
    def children(self) -> tuple[Node, ...]:
        """The nodes right below, in the order in which they run as far as it is known, else in printed order."""
        if self._children is None:
            self._children = self.as_printed if self.runs_in_order or not self._ran else self._as_they_run()
        return self._children

    def _as_they_run(self) -> tuple[Node, ...]:
        """What is not known to run stays behind what is printed before it."""
        place, places = 0.0, []
        for child in self.as_printed:
            place = self._ran.get(child._ran_as, place)
            places.append((place, child))
        return tuple([child for _, child in sorted(places, key=lambda each: each[0])])

    @property
    def forward(self) -> Forward:
        """What its forward may do, where it has children."""
        return forward_of(self.layer.kind)

    def holders(self) -> Iterator[Node]:
        """All containers around it, the innermost first."""
        holder = self.parent
        while holder is not None:
            yield holder
            holder = holder.parent

    @property
    def runs_in_order(self) -> bool:
        """Whether its forward runs its children in printed order and does nothing else."""
        return forward_of(self.layer.kind) is Forward.IN_ORDER

    @property
    def has_no_kind(self) -> bool:
        """Whether nothing is known of its class."""
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
        """Kinds of all leaves, classes of those without a kind; not to be changed."""
        below = self._table.classes(self.layer.children)
        return below + Counter([kind_or_class(self.layer)]) if self.is_layer else below

    def inside(self) -> Counter[int]:
        """Keys of the children; not to be changed."""
        return self._table.counted(self.layer.children)

    def blocks(self) -> list[Node]:
        """The blocks in it, those in a Sequential too."""
        found: list[Node] = []
        for child in self.children:
            if child.layer.children:
                found += child.blocks() if child.runs_in_order else [child]
        return found

    @property
    def outline(self) -> int:
        """Equal where two nodes hold as many layers of each class, and so do the blocks in them."""
        if self._outline is None:
            self._outline = self._table.outline(self.layer, [block.layer for block in self.blocks()])
        return self._outline

    @property
    def form(self) -> int:
        """Equal where the layers in two blocks differ in nothing but widths."""
        return self._table.number_of(self.forms())

    def forms(self) -> Counter[int]:
        """What the layers in it are but for their widths; not to be changed."""
        return self._table.forms(self.layer.children)

    @property
    def width(self) -> int:
        """Equal where the layers in two blocks are of equal kinds and widths, whatever else is set in them."""
        return self._table.number_of(self.widths())

    def widths(self) -> Counter[int]:
        """What the layers in it are by kind and widths alone; not to be changed."""
        return self._table.widths(self.layer.children)

    @property
    def sizes(self) -> int:
        """Equal where two layers are of one kind and of equal widths."""
        return self._table.sizes(self.layer)

    @property
    def compared(self) -> dict[tuple[object, ...], float]:
        """A cache for what is known of two nodes by their outlines."""
        return self._table.compared

    def printed(self) -> frozenset[tuple[str | None, Value]]:
        """Name and value of each setting."""
        return self._table.printed(self.layer.settings)

    @property
    def roles(self) -> dict[int, str]:
        """A cache for the role of layers, by key."""
        return self._table.roles

    @property
    def is_cut(self) -> bool:
        """Whether it is of a print that is not whole, or compared with one."""
        return self._table.cut

    def size(self) -> int:
        """How many layers in it, itself among them, do something."""
        return self._table.inside(self.layer.children).size + self.is_layer

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
        return self._table.inside(self.layer.children).height if self.layer.children else 0

    def renamed(self, names: Mapping[str, str]) -> Node:
        """The same tree with other names for some of its nodes."""
        return Node(self.layer, self.key, self.parent, self._table, names, self._ran)

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
    """The children of two containers by the same names, where every child has one that the other side holds too.

    Names as printed, else what is essential in them (`q_proj` and `query`, `fc_mu` and `mu`).
    """
    if len(a.children) != len(b.children):
        return None
    for name_of in (_printed_name, _essence):
        ours, theirs = ({name_of(child): child for child in node.as_printed} for node in (a, b))
        if ours.keys() == theirs.keys() and len(ours) == len(a.children):
            return ours, theirs
    return None


def _printed_name(node: Node) -> str:
    return node.layer.name


def _essence(node: Node) -> str:
    return essence(node.layer.name)


def nodes(
    first: Layer, second: Layer, cut: bool = False, ran: tuple[Mapping[str, float], Mapping[str, float]] = ({}, {})
) -> tuple[Node, Node]:
    """Both trees with keys from one cache, so that equal layers have equal keys across the two.

    Args:
        first: Root of one normal form.
        second: Root of the other.
        cut: One of the prints is not whole, so that numbers are names.
        ran: Numbers of modules of both that rise along their forwards, by path, where both are known.
    """
    table = _NodeCache(cut)
    for children in blocks(first, second):  # inner ones first, so that depth costs no stack
        table.inside(children)
    return (
        Node(first, table.key(first), None, table, {}, ran[0]),
        Node(second, table.key(second), None, table, {}, ran[1]),
    )


@cache
def _distinctive(name: str, cut: bool) -> str:
    """What distinguishes a layer by its name: the projection of attention that it is, else all but numbers.

    Numbers are places where a print is whole.
    """
    return projection(name) or (name if cut else ".".join(part for part in name.split(".") if not part.isdigit()))


def prints_no_body(a: Node, b: Node) -> bool:
    """Whether a class without a kind stands alone on one side, `Net()`, and with what is in it on the other."""
    if bool(a.layer.children) is bool(b.layer.children) or not (a.has_no_kind and b.has_no_kind):
        return False
    return not (is_tabled(a.layer) or is_tabled(b.layer))  # a summary table may stop at a depth
