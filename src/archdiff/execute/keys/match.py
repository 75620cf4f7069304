"""What each tensor of the reference is made of: along the pairs of the comparison, then by name, shape and place.

1. Groups that hold queries, keys and values are paired by where they stand.
2. Layers that the comparison pairs: tensors of one name.
3. What is left, from the innermost container outwards, where it stands for another: the same name there; then the only
   layer with such tensors; then the only tensor of its shape.

Knows no torch.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

from archdiff.execute.keys import gates, projections, shapes, ties
from archdiff.execute.keys.containers import ContainerPairs, PairedBlocks
from archdiff.execute.keys.keymap import KeyMap, NetworkKeys, StoredTensor
from archdiff.execute.keys.matching import Matching
from archdiff.model.network import ancestors
from archdiff.semantics.kinds import Shape

#: paths of layers that stand for each other, of the candidate and of the reference, as both are printed
PathPairs: TypeAlias = "Sequence[tuple[str, str]]"
_Groups: TypeAlias = "Sequence[projections.ProjectionGroup]"
_Paired: TypeAlias = "list[tuple[projections.ProjectionGroup, projections.ProjectionGroup]]"


def key_map(
    candidate: NetworkKeys,
    reference: NetworkKeys,
    pairs: PathPairs,
    blocks: PathPairs = (),
    constants: Iterable[str] = (),
    differences: int = 0,
    in_order: bool = False,
) -> KeyMap:
    """A checkpoint of the candidate under the keys of the reference.

    Args:
        candidate: the tensors of its state_dict.
        reference: the same of the reference.
        pairs: paths of layers that stand for each other.
        blocks: paths of containers that do.
        constants: buffers that one keeps in its state_dict, and the other computes alike and does not.
        differences: in the function, which the comparison found.
        in_order: what several could stand for is taken in the order of the state_dicts; else it has no counterpart.

    Returns:
        The map; what has no counterpart is in it, with the reason.
    """
    together = PairedBlocks(blocks)
    pairs = _with_tensors(pairs, candidate.stored, reference.stored)
    matching = Matching(candidate.stored, reference.stored, in_order)
    confined = _confined(candidate.stored, reference.stored, together)
    candidate_groups, reference_groups = projections.groups(candidate), projections.groups(reference)
    groups = _paired_groups(candidate_groups, reference_groups, pairs, together)
    for first, second in groups:
        matching.take_group(first, second)
    left = _outside_of_groups(pairs, candidate_groups, reference_groups, groups)
    for a, b in left:
        matching.take_layer(a, b)
    for here, there in ContainerPairs(left, blocks).scopes():
        matching.take_scope(here, there, confined)
    matching.take_ties()
    found = matching.result(candidate, reference, frozenset(constants), differences)
    packed = tuple(projections.assumed_packings(groups, candidate, reference))
    doubtful = list(_of_unknown_class(found))
    squares = tuple([key for key, _, shape in doubtful if len(shape) == 2 and shape[0] == shape[1] > 1])
    recurrent = tuple([key for key, known, _ in doubtful if known.name.startswith(gates.NAMES)])
    return replace(found, clashes=ties.clashes(found), packed=packed, squares=squares, gates=recurrent)


def _of_unknown_class(found: KeyMap) -> Iterator[tuple[str, StoredTensor, Shape]]:
    """(key of the reference, the tensor of a known class, shape in the candidate) where the other class is not known.

    A square matrix may be kept the other way round there, and gates in another order.
    """
    candidate, reference = found.candidate.by_key, found.reference.by_key
    for mapped in found.mapped:
        if len(mapped.parts) == 1 and mapped.parts[0].rows is None:
            source, target = candidate[mapped.parts[0].key], reference[mapped.key]
            if source.known != target.known:
                yield mapped.key, source if source.known else target, source.shape or ()


# Which pairs count


def _with_tensors(pairs: PathPairs, candidate: Sequence[StoredTensor], reference: Sequence[StoredTensor]) -> PathPairs:
    """Pairs of layers that hold something: an activation or a dropout may be paired with any other."""
    first, second = (shapes.inside(side) for side in (candidate, reference))
    return [(a, b) for a, b in pairs if a in first and b in second]


def _confined(
    candidate: Sequence[StoredTensor], reference: Sequence[StoredTensor], blocks: PairedBlocks
) -> Callable[[bool, StoredTensor], int | None]:
    """Whether it is of the candidate, and a tensor -> the pair of blocks that it stays in; None where it may leave.

    It may where nothing in the other block looks like it: what ends one stage may begin the next.
    """
    looks = {
        of_candidate: {
            stored.key: (blocks.of(of_candidate, stored.layer), look) for stored, look in shapes.appearances(side)
        }
        for of_candidate, side in ((True, candidate), (False, reference))
    }
    there = {of_candidate: set(held.values()) for of_candidate, held in looks.items()}

    def confined(of_candidate: bool, stored: StoredTensor) -> int | None:
        number, look = looks[of_candidate][stored.key]
        return number if (number, look) in there[not of_candidate] else None

    return confined


# Groups


def _paired_groups(candidate: _Groups, reference: _Groups, pairs: PathPairs, blocks: PairedBlocks) -> _Paired:
    """Groups in places that stand for each other: the only ones there, from the innermost container outwards.

    What the comparison pairs a projection with says nothing: three stand beside one.
    """
    held = _by_container(candidate), _by_container(reference)
    members = [_layers(groups) for groups in (candidate, reference)]
    places = ContainerPairs([(a, b) for a, b in pairs if a not in members[0] and b not in members[1]], blocks.pairs)
    taken: set[int] = set()
    found: _Paired = []
    for here, there in places.scopes():
        wanted = [group for group in held[1].get(there, ()) if id(group) not in taken]
        mine = [group for group in held[0].get(here, ()) if id(group) not in taken] if wanted else []
        of_block = shapes.grouped(mine, lambda group: (blocks.of(True, group.container), group.family))
        for block, second in shapes.grouped(
            wanted, lambda group: (blocks.of(False, group.container), group.family)
        ).items():
            for a, b in _only(of_block.get(block, ()), second, here, there):
                found.append((a, b))
                taken |= {id(a), id(b)}
    return found


def _by_container(groups: _Groups) -> dict[str, list[projections.ProjectionGroup]]:
    """Groups by every container that they are in, and "" for the network."""
    found: dict[str, list[projections.ProjectionGroup]] = defaultdict(list)
    for group in groups:
        for path in ancestors(group.container):
            found[path].append(group)
    return found


def _layers(groups: _Groups) -> set[str]:
    return {stored.layer for group in groups for stored in group.stored}


def _only(
    candidate: _Groups, reference: _Groups, here: str, there: str
) -> Iterator[tuple[projections.ProjectionGroup, projections.ProjectionGroup]]:
    """The groups of one place in both; else those under one name in it."""
    if len(candidate) == len(reference) == 1:
        yield candidate[0], reference[0]
        return
    named = {group.container[len(here) :].strip("."): group for group in candidate}
    for group in reference:
        other = named.get(group.container[len(there) :].strip("."))
        if other is not None:
            yield other, group


def _outside_of_groups(
    pairs: PathPairs, candidate: _Groups, reference: _Groups, paired: _Paired
) -> list[tuple[str, str]]:
    """Pairs of layers that are in no group which was paired, nor one of several in a group that was not."""
    taken = [_layers([both[index] for both in paired]) for index in (0, 1)]
    several = [_layers([group for group in groups if len(_layers([group])) > 1]) for groups in (candidate, reference)]
    return [
        (a, b) for a, b in pairs if a not in taken[0] and b not in taken[1] and (a in several[0]) == (b in several[1])
    ]
