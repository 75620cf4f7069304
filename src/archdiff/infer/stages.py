"""The depth of a network: which blocks it repeats, and in which stages, as its tree shows them.

A block is a layer of somebody's class with at least two layers with weights in it, whose name ends in a number. It
stands beside others, of which two are of one class, or alone. Of blocks in blocks the outer ones count, unless these
are stages: of one class, holding blocks, and mostly unequal. Must not know widths.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from archdiff.model.memo import Memo
from archdiff.model.network import Layer, join, names
from archdiff.semantics import kinds
from archdiff.semantics.kinds import CONTAINERS, Trait

#: what holds the parts of a block of which some are chosen for each token: never stages of its own
EXPERTS: Final = "experts"

_NUMBERED: Final = re.compile(
    r"(.*?)\d+[a-z]?", re.ASCII
)  # `0`, `denselayer12`, `inception3a`; `0-11` of a folded line
_NUMBER: Final = re.compile(r"\d+", re.ASCII)


class Stage(NamedTuple):
    """Neighbouring blocks.

    Attributes:
        path: What holds them; with the word that their names begin with where they are no list: `encoder.layer`.
        depth: For how many layers they stand.
        classes: The class of each as printed.
        blocks: The path of each.
    """

    path: str
    depth: int
    classes: tuple[str, ...]
    blocks: tuple[str, ...]


def stages(root: Layer, times: Callable[[str], int] = lambda _path: 1) -> tuple[Stage, ...]:
    """The repeated blocks of a printed tree, stage by stage, in printed order.

    Args:
        root: The tree as printed.
        times: For how many layers the one under a path stands.

    Returns:
        Nothing where no class of block stands twice.
    """
    found = _Blocks().of(root)
    blocks = Counter(name for stage in found for name in stage.classes)
    kept = [stage for stage in found if any(blocks[name] > 1 for name in stage.classes)]
    return tuple([stage._replace(depth=sum(map(times, stage.blocks))) for stage in kept])


def form(path: str) -> str:
    """`layer#`: the same for stages of one row of stages."""
    return _NUMBER.sub("#", path)


class _Blocks:
    """Looks into each shared part of a tree once, as far as its place does not count."""

    def __init__(self) -> None:
        self._weighted: Memo[int] = Memo(self._count_weighted)
        self._repeats: Memo[bool] = Memo(self._has_repeats)
        self._known: frozenset[str] = frozenset()  # classes of blocks, wherever else they stand

    def of(self, root: Layer) -> list[Stage]:
        """All stages. What is a block among its like is one where it stands alone, whatever it holds (GhostNet).

        Of two parts that are named, and not numbered alone, it may hold more: `ghost1` and `ghost2`.
        """
        first = list(self.below(root, root.name))
        lists = ((stage.classes, stage.blocks[0].rpartition(".")[2].isdecimal()) for stage in first)
        self._known = frozenset(
            name for classes, is_list in lists for name, many in Counter(classes).items() if many > 2 - is_list
        )
        return list(self.below(root, root.name)) if self._known else first

    def below(self, layer: Layer, path: str) -> Iterator[Stage]:
        """The stages in a layer; the depth of a print is bounded, so recursion is."""
        members: dict[str, list[list[Layer]]] = {}
        beside: set[str] = set()  # what stands among stages is none of their blocks (a neck, a head)
        for (word, _), group in self._groups(layer.children).items():
            if self._are_stages(group):
                beside.add(word)
            else:
                members.setdefault(word, []).append(group)
        members = {word: groups for word, groups in members.items() if word not in beside}
        word_of = {
            id(child): word
            for word, groups in members.items()
            if len(layer.children) == 1 or any(_count(group) > 1 for group in groups)
            for group in groups
            for child in group
        }
        told: set[str] = set()
        for child in layer.children:
            starts = word_of.get(id(child))
            if starts is None:
                for name in names(child) if child.children and child.name != EXPERTS else ():
                    yield from self.below(child, join(path, name))
            elif starts not in told:
                told.add(starts)
                yield _stage(
                    join(path, starts), path, [each for each in layer.children if word_of.get(id(each)) == starts]
                )

    def _groups(self, children: Iterable[Layer]) -> dict[tuple[str, str], list[Layer]]:
        """Blocks among these by the word that their names begin with, and their class."""
        found: dict[tuple[str, str], list[Layer]] = {}
        for child in children:
            if child.children and not _is_part(child) and self._weighted(child.children) > 1:
                first = child.name.partition("-")[0] if child.repeat > 1 else child.name
                if named := _NUMBERED.fullmatch(first):
                    found.setdefault((named[1], child.class_name), []).append(child)
        return found

    def _are_stages(self, group: Sequence[Layer]) -> bool:
        """Whether layers of one class are unequal stages, and no blocks."""
        if group[0].class_name in self._known:
            return False
        if len(group) == 1 and self._known and self._hold_known(group[0].children):
            return True
        if not any(self._repeats(child.children) for child in group):
            return False
        unequal = {id(child.children): child.children for child in group}
        different: list[tuple[Layer, ...]] = []
        for children in unequal.values():
            if children not in different:
                different.append(children)
            if len(different) > _MOST_STAGES:
                return False
        return 2 * len(different) > _count(group)

    def _hold_known(self, children: tuple[Layer, ...]) -> bool:
        return any(child.class_name in self._known or self._hold_known(child.children) for child in children)

    def _count_weighted(self, children: tuple[Layer, ...]) -> int:
        """How many layers with weights are printed in these; norms do not count."""
        return sum(self._weighted(child.children) if child.children else _has_weights(child) for child in children)

    def _has_repeats(self, children: tuple[Layer, ...]) -> bool:
        """Whether blocks of one class stand several times in these."""
        if any(_count(group) > 1 for group in self._groups(children).values()):
            return True
        return any(child.children and child.name != EXPERTS and self._repeats(child.children) for child in children)


_MOST_STAGES: Final = 16  # of one class; what are more are blocks


def _stage(path: str, holder: str, blocks: Sequence[Layer]) -> Stage:
    placed = [(join(holder, name), block.class_name) for block in blocks for name in names(block)]
    return Stage(path, len(placed), tuple([name for _, name in placed]), tuple([each for each, _ in placed]))


def _count(layers: Iterable[Layer]) -> int:
    return sum(layer.repeat for layer in layers)


def _is_part(layer: Layer) -> bool:
    """Whether its class only holds other layers, or is an attention, of which a block may have two."""
    kind = kinds.of_layer(layer)
    name = layer.class_name
    is_attention = name.endswith(("Attention", "Attn")) and "Block" not in name  # CaiT: LayerScaleBlockClassAttn
    return (kind is not None and bool(kind.traits & CONTAINERS)) or is_attention


def _has_weights(leaf: Layer) -> bool:
    kind = kinds.of_layer(leaf)
    return kind is None or (kind.has_parameters and Trait.NORMALIZES not in kind.traits)
