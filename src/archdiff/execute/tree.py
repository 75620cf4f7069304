"""A printed tree that can be changed, known by the paths of reports: wrappers left out, repeats spelled out.

Imports no torch and decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from archdiff.model.network import Layer, join
from archdiff.semantics import kinds, rules
from archdiff.semantics.kinds import Trait

_MASKS: Final = ("sparse_weights", "sparse_weights_2d")


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

    def at(self, steps: tuple[int, ...]) -> Branch:
        """Child of child, by their places."""
        branch = self
        for step in steps:
            branch = branch.children[step]
        return branch

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
        self.raw: dict[str, str] = {}  # path in the print of the layer with its mask
        stack = [(self.root, root.name, root.name, False)]
        while stack:
            branch, path, raw, masked = stack.pop()
            self.outer.setdefault(path, branch)
            self.inner[path] = branch
            if path not in self.raw or not masked:
                self.raw[path] = raw
            alone = _holds_one(branch.layer)
            for child in reversed(branch.children):
                inside = path if alone else join(path, child.name)
                stack.append((child, inside, join(raw, child.name), alone and _masks(branch.layer)))

    def trunk(self) -> Branch:
        """What holds the layers: the root, or what wrappers around it hold."""
        branch = self.root
        while len(branch.children) == 1 and _wraps(branch.layer):
            branch = branch.children[0]
        return branch

    def below(self, path: str) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Every path at or below this one, with its way from there."""
        top = self.outer[path]
        for other, branch in self.outer.items():
            way: list[int] = []
            node: Branch | None = branch
            while node is not None and node is not top:
                if node.parent is not None:
                    way.append(node.parent.children.index(node))
                node = node.parent
            if node is top:
                yield other, tuple(reversed(way))


def _holds_one(layer: Layer) -> bool:
    """A mask around a layer, which reports merge into it: they show that layer under the path of the mask."""
    return len(layer.children) == 1 and _masks(layer)


def _wraps(layer: Layer) -> bool:
    kind = kinds.find(layer.class_name)
    return kind is not None and Trait.WRAPS in kind.traits


def _masks(layer: Layer) -> bool:
    kind = kinds.find(layer.class_name)
    return kind is not None and kind.name in _MASKS
