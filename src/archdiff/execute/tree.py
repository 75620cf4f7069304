"""A printed tree with its repeats spelled out, and one that can be changed. Imports no torch and decides nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from archdiff.model.network import Layer, join, names
from archdiff.semantics import kinds, rules
from archdiff.semantics.kinds import Trait

_MASKS: Final = ("sparse_weights", "sparse_weights_2d")


def walk_expanded(root: Layer) -> Iterator[tuple[str, Layer]]:
    """Every printed layer with its path, parents first, folded repeats spelled out."""
    stack = [(root.name, root)]
    while stack:
        path, layer = stack.pop()
        yield path, layer
        below = [(name, child) for child in layer.children for name in names(child)]
        stack += [(join(path, name), child) for name, child in reversed(below)]


class Branch:
    """One layer with its children."""

    __slots__ = ("children", "layer", "name", "parent")

    def __init__(self, layer: Layer, parent: Branch | None = None) -> None:
        layer = rules.table()["repeats"].rewrite(layer) or layer
        self.layer = layer
        self.name = layer.name
        self.parent = parent
        self.children: list[Branch] = [Branch(child, self) for child in layer.children]

    def frozen(self) -> Layer:
        """As a value again; equal names among siblings get a number."""
        children: dict[str, Layer] = {}
        for child in self.children:
            name, number = child.name, 1
            while name in children:
                name, number = f"{child.name}_{number}", number + 1
            children[name] = child.frozen()._replace(name=name)
        return self.layer._replace(name=self.name, children=tuple(children.values()))

    def copy(self) -> Branch:
        """The same layers, in no tree."""
        return Branch(self.frozen())

    def innermost(self) -> Branch:
        """The layer that wrappers hold."""
        return self.children[0].innermost() if _holds_one(self.layer) and len(self.children) == 1 else self

    def walk(self) -> Iterator[Branch]:
        """It and all below it, parents first."""
        yield self
        for child in self.children:
            yield from child.walk()

    def remove(self) -> None:
        """Takes it out of its parent."""
        if self.parent is not None:
            self.parent.children.remove(self)
            self.parent = None

    def insert(self, place: int, other: Branch) -> None:
        """Puts another branch among the children, at this place."""
        self.children.insert(place, other)
        other.parent = self

    def insert_behind(self, other: Branch) -> None:
        """Puts another branch right behind this one."""
        assert self.parent is not None, "a root has no neighbours"
        self.parent.insert(self.parent.children.index(self) + 1, other)

    def replace(self, other: Branch) -> None:
        """Puts another branch in its place."""
        if self.parent is not None:
            self.parent.children[self.parent.children.index(self)] = other
        other.parent, self.parent = self.parent, None

    @staticmethod
    def exchange(first: Branch, second: Branch) -> None:
        """Each in the place of the other."""
        a, b = first.parent, second.parent
        assert a, "a root has no neighbours"
        assert b, "a root has no neighbours"
        i, j = a.children.index(first), b.children.index(second)
        a.children[i], b.children[j] = second, first
        first.parent, second.parent = b, a


class Tree:
    """`outer` has masks with what they hold, `inner` the layer that computes; both by the paths of reports."""

    def __init__(self, root: Layer) -> None:
        self.root = Branch(root)
        self.outer: dict[str, Branch] = {}
        self.inner: dict[str, Branch] = {}
        stack = [(self.root, root.name)]
        while stack:
            branch, path = stack.pop()
            self.outer.setdefault(path, branch)
            self.inner[path] = branch
            alone = _holds_one(branch.layer)
            stack += [(child, path if alone else join(path, child.name)) for child in reversed(branch.children)]

    def trunk(self) -> Branch:
        """What holds the layers: the root, or what wrappers around it hold."""
        branch = self.root
        while len(branch.children) == 1:
            kind = kinds.find(branch.layer.class_name)
            if kind is None or Trait.WRAPS not in kind.traits:
                break
            branch = branch.children[0]
        return branch


def kind_name(layer: Layer) -> str:
    """The name of the kind of a printed class; "" where it is not known."""
    kind = kinds.find(layer.class_name)
    return kind.name if kind else ""


def _holds_one(layer: Layer) -> bool:
    """A mask around a layer, which reports merge into it: they show that layer under the path of the mask."""
    return len(layer.children) == 1 and kind_name(layer) in _MASKS
