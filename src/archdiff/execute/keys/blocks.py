"""Blocks that a network repeats stand for each other in one way: what most pairs of blocks show holds for all of them.

The comparison aligns each block by itself, and at the end of a stack it may take another way. Knows paths and prints,
no tensors.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from archdiff.execute.keys.stored import placed
from archdiff.model.network import Layer, join, names

Pairs: TypeAlias = "list[tuple[str, str]]"

_FEWEST: Final = 3  # blocks of which more than half say something


class Repeated(NamedTuple):
    """The blocks of one network."""

    stacks: Mapping[str, str]  # path of a block -> of what holds it and those like it
    paths: frozenset[str]  # of all layers

    def place(self, path: str) -> tuple[str, str] | None:
        """(the innermost block around a layer, its path in there); None where it is in none."""
        block = path.rpartition(".")[0]
        while block and block not in self.stacks:
            block = block.rpartition(".")[0]
        return (block, path[len(block) + 1 :]) if block else None


def repeated(root: Layer) -> Repeated:
    """Neighbours of one class with the same children, whatever their settings are."""
    forms: dict[int, object] = {}
    stacks: dict[str, str] = {}
    paths = []
    for path, layer in placed(root):
        paths.append(path)
        forms_here: dict[object, list[str]] = defaultdict(list)
        for child in layer.children:
            if child.children:
                forms_here[_form(child, forms)] += [join(path, name) for name in names(child)]
        for found in forms_here.values():
            if len(found) > 1:
                stacks |= dict.fromkeys(found, path)
    return Repeated(stacks, frozenset(paths))


def _form(layer: Layer, known: dict[int, object]) -> object:
    """Classes and names of all that is in a layer; depth is bounded, so recursion is."""
    found = known.get(id(layer.children))
    if found is None:
        found = known[id(layer.children)] = tuple([(each.name, _form(each, known)) for each in layer.children])
    return layer.class_name, found


def steadied(pairs: Iterable[tuple[str, str]], ours: Repeated, theirs: Repeated) -> tuple[Pairs, Pairs]:
    """The pairs, those in blocks that are repeated as most of these blocks have them; and the pairs of blocks."""
    found: Pairs = []
    held: dict[tuple[str, str], Pairs] = defaultdict(list)  # two blocks -> paths in them
    for a, b in pairs:
        first, second = ours.place(a), theirs.place(b)
        if first is None or second is None:
            found.append((a, b))
        else:
            held[first[0], second[0]].append((first[1], second[1]))
    stacks: dict[tuple[str, str], Pairs] = defaultdict(list)
    partners = _partners(held)
    for a, b in partners:
        stacks[ours.stacks[a], theirs.stacks[b]].append((a, b))
    for blocks in stacks.values():
        usual = _usual([held[both] for both in blocks])
        for a, b in blocks:
            inside = [(join(a, x), join(b, y)) for x, y in usual or held[a, b]]
            found += [(x, y) for x, y in inside if x in ours.paths and y in theirs.paths]
    return found, partners


def _partners(held: Mapping[tuple[str, str], Pairs]) -> list[tuple[str, str]]:
    """The blocks that stand for each other: those with most layers in common, each once."""
    taken: set[str] = set()
    found = []
    for a, b in sorted(held, key=lambda both: -len(held[both])):
        if f"<{a}" not in taken and f">{b}" not in taken:
            taken |= {f"<{a}", f">{b}"}
            found.append((a, b))
    return found


def _usual(blocks: Sequence[Pairs]) -> Pairs:
    """What more than half of the blocks pair; nothing where there are too few to tell: of two, neither is usual."""
    if len(blocks) < _FEWEST:
        return []
    counted = Counter(each for pairs in blocks for each in set(pairs))
    return [each for each, times in counted.items() if 2 * times > len(blocks)]
