"""Blocks that a network repeats stand for each other in one way: what most pairs of blocks show holds for all of them.

The comparison aligns each block by itself, and at the end of a stack, or where a shortcut stands first, it may take
another way. Knows paths, prints and what layers look like.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence, Set
from itertools import accumulate
from typing import NamedTuple, TypeAlias

from archdiff.execute.keys import shapes
from archdiff.execute.keys.containers import PairedBlocks
from archdiff.execute.keys.keymap import StoredTensor
from archdiff.execute.tree import walk_expanded
from archdiff.model.memo import Memo
from archdiff.model.network import Layer, ancestors, join, names
from archdiff.semantics import kinds

Pairs: TypeAlias = "list[tuple[str, str]]"
Stack: TypeAlias = "tuple[str, int]"  # path of what holds it, which of several in there


_Layers: TypeAlias = "Mapping[str, Sequence[StoredTensor]]"  # path of a layer -> its tensors, as in the state_dict


class RepeatedBlocks(NamedTuple):
    """The blocks of one network, and its layers that hold tensors."""

    stacks: Mapping[str, Stack]  # path of a block -> what it and those like it are in
    blocks: Mapping[Stack, Sequence[str]]  # those in order
    forms: Mapping[str, Set[shapes.LayerForm]]  # path of a block -> what the layers in it look like
    layers: Mapping[str, Sequence[StoredTensor]]  # path of a layer -> its tensors
    inside: Mapping[str, Sequence[StoredTensor]]  # path of anything -> the tensors in it

    def around(self, path: str) -> Iterator[str]:
        """The blocks around a layer, the innermost first."""
        return (each for each in ancestors(path.rpartition(".")[0]) if each in self.stacks)

    def tensors(self, path: str) -> Sequence[StoredTensor]:
        """Those of a layer; of one that wraps another, those of that."""
        return self.layers.get(path) or self.inside.get(path, ())


def find_blocks(root: Layer, tensors: Sequence[StoredTensor]) -> RepeatedBlocks:
    """Neighbours of one custom class; of a container of torch, those with the same children, too."""
    structure: Memo[object] = Memo(lambda layers: _structure(layers, structure))
    stacks: dict[str, Stack] = {}
    for path, layer in walk_expanded(root):
        alike: dict[object, list[str]] = defaultdict(list)
        for child in layer.children:
            if child.children:
                inside = structure(child.children) if kinds.find(child.class_name) else None
                alike[child.class_name, inside] += [join(path, name) for name in names(child)]
        for number, found in enumerate(alike.values()):
            if len(found) > 1:
                stacks |= dict.fromkeys(found, (path, number))
    blocks = shapes.grouped(stacks, stacks.__getitem__)
    layers = shapes.layers(tensors)
    return RepeatedBlocks(stacks, blocks, _forms(layers, stacks), layers, shapes.inside(tensors))


def _forms(layers: Mapping[str, Sequence[StoredTensor]], blocks: Container[str]) -> dict[str, set[shapes.LayerForm]]:
    found: dict[str, set[shapes.LayerForm]] = defaultdict(set)
    for path, held in layers.items():
        form = shapes.form(held)
        for block in ancestors(path.rpartition(".")[0]):
            if block in blocks:
                found[block].add(form)
    return found


def _structure(layers: tuple[Layer, ...], inside: Memo[object]) -> object:
    """Names and classes of layers and of all that is in them; depth is bounded, so recursion is."""
    return tuple([(each.name, each.class_name, inside(each.children)) for each in layers])


def consistent_pairs(
    pairs: Iterable[tuple[str, str]], candidate: RepeatedBlocks, reference: RepeatedBlocks
) -> tuple[Pairs, Pairs]:
    """Pairs of layers, and the pairs of blocks.

    Within blocks that stand for each other, layers do as in most blocks of the two stacks, where their tensors fit.
    Pairs of layers in blocks that do not stand for each other are left out, unless each looks like nothing in the block
    that stands for the other's: a downsampling that ends one stage, or begins the next.
    """
    pairs = [(a, b) for a, b in pairs if candidate.tensors(a) and reference.tensors(b)]
    partners = _in_step(_partners(pairs, candidate, reference), candidate, reference)
    together = PairedBlocks(list(partners.items()))
    pairs = _trusted(_kept_together(pairs, partners, candidate, reference), candidate, reference, together)
    found: Pairs = []
    held: dict[tuple[str, str], Pairs] = {both: [] for both in partners.items()}
    for a, b in pairs:
        number = together.of(True, a)
        if number is not None and number == together.of(False, b):
            block, other = together.pairs[number]
            held[block, other].append((a[len(block) + 1 :], b[len(other) + 1 :]))
        else:
            found.append((a, b))
    stacks = shapes.grouped(partners.items(), lambda both: (candidate.stacks[both[0]], reference.stacks[both[1]]))
    for blocks in stacks.values():
        usual = _usual([held[both] for both in blocks])
        for both in blocks:
            found += _as_usual(both, held[both], usual, candidate, reference)
    return _follow_convolutions(found, candidate.layers, reference.layers, together), list(partners.items())


def _kept_together(
    pairs: Pairs, partners: Mapping[str, str], candidate: RepeatedBlocks, reference: RepeatedBlocks
) -> Pairs:
    """Pairs of layers in blocks that stand for each other, outside of any, and those that may cross."""
    back = {b: a for a, b in partners.items()}
    together = PairedBlocks(list(partners.items()))
    return [
        (a, b)
        for a, b in pairs
        if together.of(True, a) == together.of(False, b)
        or (_may_cross(a, partners, reference, candidate) and _may_cross(b, back, candidate, reference))
    ]


def _trusted(pairs: Pairs, candidate: RepeatedBlocks, reference: RepeatedBlocks, blocks: PairedBlocks) -> Pairs:
    """Without pairs of layers that look like others which both sides have left in the same blocks, or which cross.

    Of two norms on each side, a comparison that pairs one has no reason for it, and one that pairs the first with the
    second and the second with the first has none that names or sizes show. Equal names are one.
    """
    looks = blocks.looks(candidate.layers, reference.layers)
    paired = [{pair[index] for pair in pairs} for index in (0, 1)]
    left = [{look for path, look in looks[index].items() if path not in paired[index]} for index in (0, 1)]
    doubtful = (left[0] & left[1]) | _crossed(pairs, looks[0], looks[1])
    return [(a, b) for a, b in pairs if looks[1].get(b) not in doubtful or _one_name(a, b)]


def _crossed(pairs: Pairs, candidate: Mapping[str, object], reference: Mapping[str, object]) -> set[object]:
    """What layers look like that are paired in another order than that of the state_dicts, which their looks are in."""
    order = {path: number for number, path in enumerate(reference)}
    place = {path: number for number, path in enumerate(candidate)}
    same = [(a, b) for a, b in pairs if b in reference and candidate.get(a) == reference[b] and not _one_name(a, b)]
    found = set()
    for look, both in shapes.grouped(same, lambda pair: reference[pair[1]]).items():
        there = [order[b] for _, b in sorted(both, key=lambda pair: place[pair[0]])]
        if there != sorted(there):
            found.add(look)
    return found


def _one_name(first: str, second: str) -> bool:
    return first.rpartition(".")[2] == second.rpartition(".")[2]


def _partners(pairs: Pairs, candidate: RepeatedBlocks, reference: RepeatedBlocks) -> dict[str, str]:
    """Blocks of the candidate -> those that more than half of their layers stand in, and the other way round.

    Of several the one that has the fewest others, the innermost of equal ones.
    """
    first: Counter[str] = Counter()
    second: Counter[str] = Counter()
    both: Counter[tuple[str, str]] = Counter()
    for a, b in pairs:
        around = list(candidate.around(a)), list(reference.around(b))
        first.update(around[0])
        second.update(around[1])
        both.update((x, y) for x in around[0] for y in around[1])
    found: dict[str, str] = {}
    taken: set[str] = set()
    by_share = sorted(
        both, key=lambda pair: (-both[pair] / (first[pair[0]] + second[pair[1]] - both[pair]), -len(pair[1]))
    )
    for a, b in by_share:
        mutual = 2 * both[a, b] > max(first[a], second[b])
        if mutual and a not in found and b not in taken:
            found[a] = b
            taken.add(b)
    return found


def _in_step(partners: Mapping[str, str], candidate: RepeatedBlocks, reference: RepeatedBlocks) -> dict[str, str]:
    """The blocks of two stacks that are as high stand for each other in order; else those that no other crosses."""
    stacks = shapes.grouped(partners.items(), lambda both: (candidate.stacks[both[0]], reference.stacks[both[1]]))
    found: dict[str, str] = {}
    taken: set[str] = set()
    for (first, second), held in sorted(stacks.items(), key=lambda each: -len(each[1])):
        mine, other = candidate.blocks[first], reference.blocks[second]
        level = len(mine) == len(other) and 2 * len(held) > len(mine)
        for a, b in zip(mine, other, strict=True) if level else _uncrossed(held, mine, other):
            if a not in found and b not in taken:
                found[a] = b
                taken.add(b)
    return found


def _uncrossed(pairs: Pairs, mine: Sequence[str], other: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Pairs of blocks of two stacks that no other pair crosses."""
    first, second = ({path: number for number, path in enumerate(stack)} for stack in (mine, other))
    pairs = sorted(pairs, key=lambda pair: first[pair[0]])
    there = [second[b] for _, b in pairs]
    before = accumulate(there, max)
    behind = reversed([*accumulate(reversed(there), min)])
    for pair, place, highest, lowest in zip(pairs, there, before, behind, strict=True):
        if highest <= place <= lowest:
            yield pair


def _may_cross(path: str, partners: Mapping[str, str], far: RepeatedBlocks, near: RepeatedBlocks) -> bool:
    """Whether nothing in the block that stands for the one around a layer looks like the layer."""
    block = next((each for each in near.around(path) if each in partners), "")
    return not block or shapes.form(near.tensors(path)) not in far.forms.get(partners[block], ())


def _usual(blocks: Sequence[Pairs]) -> Pairs:
    """What more than half of the blocks pair, of those that pair one of the two at all."""
    counted = Counter(each for pairs in blocks for each in set(pairs))
    first = Counter(x for pairs in blocks for x in {x for x, _ in pairs})
    second = Counter(y for pairs in blocks for y in {y for _, y in pairs})
    return [(x, y) for (x, y), times in counted.items() if 2 * times > max(first[x], second[y])]


def _as_usual(
    blocks: tuple[str, str], own: Pairs, usual: Pairs, candidate: RepeatedBlocks, reference: RepeatedBlocks
) -> Iterator[tuple[str, str]]:
    """The usual pairs where they fit, then those of the block's own beside them."""
    taken: tuple[set[str], set[str]] = set(), set()
    for pairs in (usual, own):
        for x, y in pairs:
            a, b = join(blocks[0], x), join(blocks[1], y)
            if a in taken[0] or b in taken[1] or not (candidate.tensors(a) and reference.tensors(b)):
                continue
            if pairs is own or shapes.fits(candidate.tensors(a), reference.tensors(b)):
                taken[0].add(a)
                taken[1].add(b)
                yield a, b


# A batch norm goes where the convolution goes that it stands behind


def _follow_convolutions(pairs: Pairs, candidate: _Layers, reference: _Layers, blocks: PairedBlocks) -> Pairs:
    """The pairs, those of batch norms exchanged where the convolutions before them stand for others.

    Of three that look alike in a block, a comparison pairs the first with the first; where one library writes the
    shortcut before the layers and another behind them, that is the wrong one, and the kernels before them say so.
    """
    before = _leads(candidate), _leads(reference)
    behind = {lead: norm for norm, lead in before[1].items()}
    alike = _alone(candidate, reference, blocks)
    moved: dict[str, str] = {}
    for a, b in pairs:
        lead, other = before[0].get(a), before[1].get(b)
        if lead is None or other is None or shapes.form(candidate[lead]) == shapes.form(reference[other]):
            continue
        norm = behind.get(alike.get(lead, ""))
        if norm is not None and shapes.form(reference[norm]) == shapes.form(candidate[a]):
            moved[a] = norm
    taken = Counter(moved.values())
    moved = {a: b for a, b in moved.items() if taken[b] == 1}
    kept = [(a, b) for a, b in pairs if a not in moved and b not in taken]
    return [*kept, *moved.items()]


def _leads(layers: _Layers) -> dict[str, str]:
    """Path of a batch norm -> the layer with a matrix or kernel right before it."""
    found = {}
    last = ""
    for path, held in layers.items():
        names = {stored.name for stored in held}
        if "running_mean" in names and last:
            found[path] = last
        last = path if any(stored.name == "weight" and len(stored.shape or ()) > 1 for stored in held) else ""
    return found


def _alone(candidate: _Layers, reference: _Layers, blocks: PairedBlocks) -> dict[str, str]:
    """Layers that are alone with what they look like in two blocks that stand for each other."""
    looks = blocks.looks(candidate, reference)
    counts = [Counter(look.values()) for look in looks]
    by_look = {look: path for path, look in looks[1].items() if counts[1][look] == 1}
    return {path: by_look[look] for path, look in looks[0].items() if counts[0][look] == 1 and look in by_look}
