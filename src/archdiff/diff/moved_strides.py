"""A stride that stands on another layer: two findings that are one, and what follows from a stride.

Of two layers along one path one lacks the stride that the other has, so that the maps behind both have equal sizes. Two
strides that changed each for itself stay two findings. Must not change an effect.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from math import prod
from typing import Final, NamedTuple, TypeAlias

from archdiff.diff.beside_forward import traces_of
from archdiff.diff.draft import Draft
from archdiff.diff.grouping import in_numbered
from archdiff.diff.network_index import Counterparts, NetworkIndex, leaf_pairs
from archdiff.infer.chain import common
from archdiff.infer.leaf import Leaf
from archdiff.model.finding import Finding
from archdiff.model.message import Message, message
from archdiff.model.network import Value, ancestors
from archdiff.model.trace import ModuleCall, Operation, Ref
from archdiff.semantics.containers import runs_in_order

_EXCHANGED: Final = "strides-exchanged"  # in one block, and so in others of its kind
_ELSEWHERE: Final = "stride-moved"
#: codes of what is told of two layers
MOVED: Final = (_EXCHANGED, _ELSEWHERE)
_STRIDE: Final = "stride"
#: settings that make another window, so that a stride is not all that two layers exchanged
_WINDOW: Final = ("kernel_size", "dilation")
#: what one forward does alone; which side it is that lacks it
_LACKS: Final = {"traced-missing": 0, "traced-extra": 1}
#: codes of messages around what a forward does, with the name of it in them
_AROUND: Final = {"because": "why", "traced": "what"}

#: height and width; None where they are not known
_Map: TypeAlias = tuple[int, ...] | None
#: those of the candidate, and of the reference
_Sizes: TypeAlias = tuple[_Map, _Map]
#: by how much each side of a map is larger in the candidate; None where a size is not known
_Ratio: TypeAlias = tuple[Fraction, ...] | None


class _Stride(NamedTuple):
    """A finding about the stride of one layer.

    Attributes:
        number: Of the finding.
        draft: The finding.
        path: Of the layer in the candidate.
        taken: Sizes of the maps that come in here and there; None where they are not known.
        given: Sizes of those that come out.
    """

    number: int
    draft: Draft
    path: str
    taken: _Sizes
    given: _Sizes

    @property
    def values(self) -> tuple[Value, Value]:
        """The candidate's and the reference's."""
        ours, theirs = self.draft.candidate, self.draft.reference
        return ours and ours.value, theirs and theirs.value

    @property
    def changes_sizes(self) -> bool:
        """Whether it is known that maps are equal in front of it and others behind it."""
        return self.taken[0] is not None and self.taken[0] == self.taken[1] and None not in self.given


class _Move(NamedTuple):
    """The first of two layers in the order of the reference, and the second."""

    first: _Stride
    second: _Stride

    def is_one(self) -> bool | None:
        """Whether maps differ between the two alone; None where sizes are not known."""
        before, behind = _ratio(self.first.taken), _ratio(self.second.given)
        return None if before is None or behind is None else before == behind

    @property
    def sizes(self) -> tuple[_Sizes, ...]:
        """Of all maps, which those of a branch beside it have too."""
        return (*(each.taken for each in self), *(each.given for each in self))


def joined(drafts: Iterable[Draft], ours: NetworkIndex, theirs: NetworkIndex) -> list[Draft]:
    """The same, with two findings as one where a layer has the stride that another one lacks.

    That of a branch beside it follows from it. These come first, and behind them other strides of which it is known
    that maps have other sizes behind them.

    Args:
        drafts: In the order of the reference, which is kept.
        ours: The candidate.
        theirs: The reference.
    """
    found = list(drafts)
    strides = list(_strides(found, ours, theirs)) if any(draft.setting == _STRIDE for draft in found) else []
    moves = sorted(_moves(strides, ours))
    made: list[Draft] = []
    by_sizes: dict[tuple[_Sizes, ...], Draft] = {}
    for move in moves:
        draft = _of_both(move)
        around = by_sizes.setdefault(move.sizes, draft) if all(map(all, move.sizes)) else draft
        if around is draft:
            made.append(draft)
        else:
            around.consequences.append(draft.frozen())
    taken = {each.number for move in moves for each in move}
    others = [each for each in strides if each.number not in taken and each.changes_sizes]
    made += [each.draft for each in others]
    taken |= {each.number for each in others}
    return [*made, *(each for number, each in enumerate(found) if number not in taken)]


def _strides(drafts: Sequence[Draft], ours: NetworkIndex, theirs: NetworkIndex) -> Iterator[_Stride]:
    """Findings about the stride of layers with equal windows."""
    known = _MapSizes(ours), _MapSizes(theirs)
    windows = {draft.candidate.path for draft in drafts if draft.candidate and draft.setting in _WINDOW}
    for number, draft in enumerate(drafts):
        a, b = draft.candidate, draft.reference
        if draft.setting != _STRIDE or draft.places or a is None or b is None or a.path in windows:
            continue
        here, there = known[0].of(a.path), known[1].of(b.path)
        yield _Stride(number, draft, a.path, (here[0], there[0]), (here[1], there[1]))


class _MapSizes:
    """What comes into a layer and out of it: as it ran where that is known, else as its print tells."""

    def __init__(self, network: NetworkIndex) -> None:
        self._network = network
        self._operations: tuple[Operation, ...] = ()
        self._calls: dict[str, ModuleCall] = {}
        for trace in traces_of(network.sized)[:1]:
            self._operations = trace.operations
            self._calls = {call.path: call for call in reversed(trace.calls)}

    def of(self, path: str) -> tuple[_Map, _Map]:
        """Sizes without channels, None where they are not known."""
        call, leaf = self._calls.get(path), self._network.leaf(path)
        if call is not None and call.inputs and call.outputs:
            return self._size(call.inputs[0]), self._size(call.outputs[0])
        shapes = (leaf.input_shape, leaf.output_shape) if leaf else (None, None)
        return shapes[0] and shapes[0][1:], shapes[1] and shapes[1][1:]

    def _size(self, ref: Ref) -> _Map:
        return self._operations[ref.operation].shapes[ref.output][2:]


def _moves(strides: Sequence[_Stride], ours: NetworkIndex) -> Iterator[_Move]:
    """Moves in one block, then those to the same layer of another block, then all others.

    Where the sizes of maps are known, they decide. Where they are not, two blocks have to run one behind the other.
    """
    left = list(strides)
    for key in (_block, _role, _anywhere):
        waiting: dict[object, list[_Stride]] = {}
        taken: set[int] = set()
        for each in left:
            others = waiting.get((key(each, True), each.values[::-1]), [])
            move = _Move(others[-1], each) if others else None
            fits = move.is_one() if move else False
            if move and (fits or (fits is None and (key is _block or (key is _role and _are_in_a_row(move, ours))))):
                others.pop()
                taken |= {part.number for part in move}
                yield move
            else:
                waiting.setdefault((key(each, False), each.values), []).append(each)
        left = [each for each in left if each.number not in taken]


def _block(stride: _Stride, _is_second: bool) -> object:
    return stride.path.rpartition(".")[0]


def _role(stride: _Stride, _is_second: bool) -> object:
    return in_numbered(stride.path)


def _anywhere(stride: _Stride, is_second: bool) -> object:
    """By how much larger maps are in the candidate, before a first layer or behind a second one."""
    return _ratio(stride.given if is_second else stride.taken)


def _are_in_a_row(move: _Move, ours: NetworkIndex) -> bool:
    """Whether the blocks that hold the two layers are taken to run one behind the other."""
    holder = common(move.first.path, move.second.path)
    printed = ours.sized.normal.printed(holder)
    return not holder or (printed is not None and runs_in_order(printed))


def _of_both(move: _Move) -> Draft:
    """One finding in the place of the first."""
    first, second = sorted(move, key=lambda each: -area(each.values[0]))
    draft = move.first.draft
    if _block(first, False) == _block(second, False):
        draft.what = message(_EXCHANGED, value=first.values[0], first_path=first.path, second_path=second.path)
    else:
        draft.what = message(_ELSEWHERE, value=first.values[0], ours=first.path, theirs=second.path)
    draft.consequences += move.second.draft.consequences
    return draft


def with_shortcuts(findings: Sequence[Finding], both: Iterable[Counterparts]) -> list[Finding]:
    """The same, where a shortcut that one block lacks follows from a stride that its counterpart has not.

    What comes in has another size there than what comes out, so that the two cannot be added.

    Args:
        findings: All of one comparison.
        both: The layers, and the blocks, that stand for each other.
    """
    lacking = {number: side for number, each in enumerate(findings) if (side := _lacks_a_shortcut(each)) is not None}
    if not lacking:
        return list(findings)
    causes = _StridesTold(findings, both)
    following: dict[int, list[Finding]] = {}
    for number, side in lacking.items():
        cause = causes.of(findings[number], side)
        if cause is not None and findings[cause].effect >= findings[number].effect:
            following.setdefault(cause, []).append(findings[number])
    gone = {id(each) for group in following.values() for each in group}
    return [
        replace(each, consequences=(*each.consequences, *following[number])) if number in following else each
        for number, each in enumerate(findings)
        if id(each) not in gone
    ]


def _lacks_a_shortcut(finding: Finding) -> int | None:
    """The side without it, where a shortcut is all that a finding tells of two forwards."""
    what: object = finding.what
    if isinstance(what, Message) and what.code in _AROUND:
        given = dict(what.values)
        what = None if given.get("more") else given[_AROUND[what.code]]
    remark = dict(what.values).get("remark") if isinstance(what, Message) else None
    is_one = isinstance(remark, Message) and remark.code == "traced-skip"
    return _LACKS.get(what.code) if is_one and isinstance(what, Message) else None


class _StridesTold:
    """Which finding tells that a layer in a block strides on one side alone."""

    def __init__(self, findings: Sequence[Finding], both: Iterable[Counterparts]) -> None:
        numbers: dict[str, int] = {}
        for number, each in enumerate(findings):
            if each.setting == _STRIDE:
                numbers |= dict.fromkeys(_paths(each), number)
        self._inside: tuple[dict[str, int], dict[str, int]] = ({}, {})  # by the path of the block on that side
        for a, b in (leaves for pair in both if isinstance(pair[0], Leaf) for leaves in leaf_pairs(pair)):
            strides = area(a.settings.known(_STRIDE)), area(b.settings.known(_STRIDE))
            told = numbers.get(in_numbered(a.path)) if strides[0] != strides[1] else None
            if told is not None:
                side = 0 if strides[0] > strides[1] else 1
                for holder in ancestors((a, b)[side].path):
                    self._inside[side].setdefault(holder, told)

    def of(self, finding: Finding, side: int) -> int | None:
        """Its number, where there is one for each block that lacks a shortcut: that for the first."""
        places = [pair[side] for pair in finding.all_places]
        found = [self._inside[side].get(place.path) if place and place.path else None for place in places]
        return found[0] if None not in found else None


def _paths(finding: Finding) -> Iterator[str]:
    """Of the layers that it tells of, without the numbers of what holds them: those are one finding."""
    if finding.what is not None and finding.what.code in MOVED:
        yield from (in_numbered(str(path)) for _, path in finding.what.values[1:])
    else:
        yield from (in_numbered(place.path) for place, _ in finding.all_places if place)


def _ratio(sizes: _Sizes) -> _Ratio:
    ours, theirs = sizes
    if not ours or not theirs or len(ours) != len(theirs) or not all(theirs):
        return None
    return tuple(Fraction(a, b) for a, b in zip(ours, theirs, strict=True))


def area(stride: object) -> int:
    """How many times fewer numbers a stride leaves; 0 of what is no number."""
    sizes = stride if isinstance(stride, tuple) else (stride,)
    return prod(size for size in sizes if isinstance(size, int)) if all(isinstance(size, int) for size in sizes) else 0
