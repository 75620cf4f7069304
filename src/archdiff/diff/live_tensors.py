"""Parameters and buffers that no print shows, since a class of somebody registers them: what two live modules hold.

Tensors that the kind of a layer implies are compared by its print. What one side alone registers is of unknown effect,
since what the forward does with it is not known here; a constant of one side alone is as an attribute, and no finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from archdiff.diff.draft import Draft
from archdiff.diff.live_attributes import live
from archdiff.diff.live_causes import PrintedDifferences, evidence, printed_cause
from archdiff.diff.live_modules import NONE, LiveModule, LiveNetwork, PathPair, places
from archdiff.diff.messages import setting
from archdiff.model.effects import Effect
from archdiff.model.facts import HeldTensor
from archdiff.model.message import message
from archdiff.model.network import Value, join

#: the message about a constant of the same shape
NUMBERS: Final = "other-numbers"


class _Left(NamedTuple):
    """A bare tensor that the corresponding module does not hold, if there is one."""

    tensor: HeldTensor
    paths: PathPair
    side: int  # 0 of the candidate

    @property
    def path(self) -> str:
        return join(self.paths[self.side] or "", self.tensor.name)


def drafts(
    candidate: LiveNetwork, reference: LiveNetwork, pairs: Iterable[PathPair], printed: Sequence[Draft]
) -> list[Draft]:
    """A draft for each tensor that differs, with all its places.

    Args:
        candidate: One network.
        reference: The other; both are live.
        pairs: Modules that correspond to each other.
        printed: What the prints show to differ; a shape that follows from one of these becomes its consequence.
    """
    groups: dict[object, Draft] = {}
    left: list[_Left] = []
    for paths in pairs:
        ours, theirs = candidate.at(paths[0]), reference.at(paths[1])
        if ours.tensors == theirs.tensors:  # as of nearly all
            continue
        for draft in _otherwise(candidate, reference, paths, (ours, theirs)):
            _add(groups, (draft.what, draft.setting), draft)
        left += _left_over(paths, ours, theirs)
    renamed, left = _called_otherwise(left)
    for each in left:
        if each.tensor.role != "constant":
            draft = _one_sided(each, candidate, reference)
            _add(groups, (draft.what, draft.setting), draft)
    found = _without_consequences(groups.values(), printed)
    return [*found, *([_renamed(renamed, candidate, reference)] if renamed else [])]


def _add(groups: dict[object, Draft], key: object, draft: Draft) -> None:
    """The same difference in another place is the same finding."""
    first = groups.setdefault(key, draft)
    if first is not draft:
        both = first.places or ((first.candidate, first.reference),)
        first.places = (*both, (draft.candidate, draft.reference))
        first.count += 1


def _otherwise(
    candidate: LiveNetwork, reference: LiveNetwork, paths: PathPair, modules: tuple[LiveModule, LiveModule]
) -> Iterator[Draft]:
    """Tensors of one name with another shape, and constants with other numbers."""
    for name, ours in modules[0].tensors.items():
        theirs = modules[1].tensors.get(name)
        if theirs is None or not (ours.bare or theirs.bare):
            continue
        values: tuple[Value, Value] = ours.shape, theirs.shape
        if ours.shape != theirs.shape:
            what = live(setting(name, *values))
            constant = "constant" in (ours.role, theirs.role)  # a cache may be as long as it likes
            effect = Effect.UNKNOWN if constant else Effect.FUNCTION
        elif ours.digest and theirs.digest and ours.digest != theirs.digest:
            values, effect = (ours.digest, theirs.digest), Effect.UNKNOWN
            what = message(NUMBERS, name=name)
        else:
            continue
        yield Draft("AD301", effect, what, "setting", *places(candidate, reference, paths, *values), name)


# What only one side holds, or calls otherwise


def _left_over(paths: PathPair, ours: LiveModule, theirs: LiveModule) -> Iterator[_Left]:
    """The bare tensors that only one of two modules holds, the candidate's first."""
    both = ours.tensors, theirs.tensors
    for side, (own, others) in enumerate((both, both[::-1])):
        yield from (_Left(each, paths, side) for name, each in own.items() if each.bare and name not in others)


def _called_otherwise(left: list[_Left]) -> tuple[list[tuple[_Left, _Left]], list[_Left]]:
    """Those that each side holds once under another name in one module, or under a like name elsewhere; the others."""
    pairs: list[tuple[_Left, _Left]] = []
    for key in (_in_one_module, _elsewhere):
        found: dict[object, list[_Left]] = {}
        for each in left:
            found.setdefault(key(each), []).append(each)
        alike = [(group[0], group[1]) for group in found.values() if _are_counterparts(group)]
        pairs += alike
        gone = {id(each) for pair in alike for each in pair}
        left = [each for each in left if id(each) not in gone]
    return pairs, left


def _in_one_module(each: _Left) -> object:
    """The same for what may be one tensor of two modules that correspond to each other."""
    return each.paths, each.tensor.role, each.tensor.shape


def _elsewhere(each: _Left) -> object:
    """The same for what may be one tensor in modules that do not: `pos_embed` and `pos_embedding`."""
    return each.tensor.name[:_ALIKE], each.tensor.role, each.tensor.shape


_ALIKE: Final = 5  # letters


def _are_counterparts(group: Sequence[_Left]) -> bool:
    return [each.side for each in group] == [0, 1]


def _one_sided(each: _Left, candidate: LiveNetwork, reference: LiveNetwork) -> Draft:
    name, shape = each.tensor.name, each.tensor.shape
    side, values = ("reference", (NONE, shape)) if each.side else ("candidate", (shape, NONE))
    own = (candidate, reference)[each.side]
    class_name = own.place(each.paths[each.side] or "", None).class_name
    what = message("tensor-only-in", side=side, role=each.tensor.role, name=name, class_name=class_name)
    both = places(candidate, reference, each.paths, *values)
    return Draft("AD301", Effect.UNKNOWN, what, "setting", *both, name)


def _renamed(pairs: Sequence[tuple[_Left, _Left]], candidate: LiveNetwork, reference: LiveNetwork) -> Draft:
    names = tuple([message("is", ours_path=a.path, theirs_path=b.path) for a, b in pairs])
    found = tuple(places(candidate, reference, (a.path, b.path), None, None) for a, b in pairs)
    several = found if len(found) > 1 else ()
    what = live(message("renamed", names=names))
    return Draft("AD107", Effect.COSMETIC, what, "name", *found[0], count=len(found), places=several)


# What follows from what


def _without_consequences(found: Iterable[Draft], printed: Sequence[Draft]) -> Iterator[Draft]:
    """The drafts that follow from none; the others become consequences."""
    shown = {effect: evidence(printed, effect) for effect in (Effect.FUNCTION, Effect.UNKNOWN)}
    first: dict[object, Draft] = {}
    for draft in found:
        constant = draft.effect is Effect.UNKNOWN
        both = draft.candidate and draft.candidate.path, draft.reference and draft.reference.path
        cause = _cause(draft, shown[draft.effect])
        if cause is None and constant and NONE not in _values(draft):  # a copy of a constant in the same module
            cause = first.setdefault((draft.what.code, both, _values(draft)), draft)
        if cause is None or cause is draft:
            yield draft
        else:
            cause.consequences.append(draft.frozen())


def _values(draft: Draft) -> tuple[Value, Value]:
    return draft.candidate.value if draft.candidate else NONE, draft.reference.value if draft.reference else NONE


def _cause(draft: Draft, shown: PrintedDifferences) -> Draft | None:
    """The printed width that another shape follows from, or the setting that other numbers follow from."""
    if draft.candidate is None or draft.reference is None:
        return None
    path = draft.candidate.path
    if draft.what.code == NUMBERS:  # whatever its module was made with
        return next((each.draft for each in shown.at.get(path, ())), None)
    anywhere = draft.effect is Effect.UNKNOWN  # a constant is as wide as the network
    return printed_cause(draft.setting or "", _values(draft), "" if anywhere else path, shown)
