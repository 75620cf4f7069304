"""Attributes that two live modules hold at corresponding places with other values, and no print shows.

Whether the forward reads one is not known here, so each is of unknown effect; what the prints show to be the cause of
one has it among its consequences. An attribute that one side alone holds is no finding: other libraries name theirs
otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import isclose, isnan
from typing import NamedTuple, TypeAlias

from archdiff.diff import messages
from archdiff.diff.draft import Draft
from archdiff.diff.live_causes import evidence, grows_with, is_number, printed_cause, says
from archdiff.diff.live_modules import LiveNetwork, PathPair
from archdiff.model.effects import Effect
from archdiff.model.message import Message, message
from archdiff.model.network import UNKNOWN, Value, ancestors, join
from archdiff.semantics.kinds import ROUNDING

#: paths of two modules that correspond to each other
_Paths: TypeAlias = tuple[str, str]


class _Other(NamedTuple):
    """One attribute with other values, in all modules that hold it so."""

    name: str
    candidate: Value
    reference: Value
    paths: list[_Paths]

    @property
    def values(self) -> tuple[Value, Value]:
        return self.candidate, self.reference


def drafts(
    candidate: LiveNetwork, reference: LiveNetwork, pairs: Iterable[PathPair], shown: Sequence[Draft]
) -> list[Draft]:
    """A draft for each attribute of which the values differ, with those that follow from it.

    Args:
        candidate: One network.
        reference: The other; both are live.
        pairs: Modules that correspond to each other.
        shown: Other differences; an attribute that follows from one of these becomes its consequence.
    """
    groups = [_innermost(group) for group in _groups(candidate, reference, pairs)]
    groups.sort(key=lambda group: isinstance(group.candidate, float))  # stable: a number of heads decides their scale
    found = evidence(shown, Effect.UNKNOWN)
    causes = [printed_cause(group.name, group.values, group.paths[0][0], found) for group in groups]
    known = _Causes({}, {})
    for group, cause in zip(groups, causes, strict=True):
        if cause:
            known.enter(group, cause)
    made: list[Draft] = []
    for group, own in zip(groups, causes, strict=True):
        draft = _drafted(candidate, reference, group)
        cause = own or known.of(group)
        if cause is None:
            made.append(draft)
        else:
            cause.consequences.append(draft.frozen())
        known.enter(group, cause or draft)
    return made


class _Causes(NamedTuple):
    """Attributes from which others may follow, each with the draft that it belongs to."""

    by_paths: dict[_Paths, list[tuple[_Other, Draft]]]
    by_values: dict[tuple[Value, Value], list[tuple[_Other, Draft]]]

    def enter(self, group: _Other, draft: Draft) -> None:
        for paths in group.paths:
            self.by_paths.setdefault(paths, []).append((group, draft))
        self.by_values.setdefault(group.values, []).append((group, draft))

    def of(self, group: _Other) -> Draft | None:
        """The draft of the first attribute that one follows from."""
        at_its_place = self.by_paths.get(group.paths[0], ())
        alike = self.by_values.get(group.values, ())
        return next((draft for other, draft in (*at_its_place, *alike) if _follows(group, other)), None)


def _groups(candidate: LiveNetwork, reference: LiveNetwork, pairs: Iterable[PathPair]) -> list[_Other]:
    found: dict[tuple[str, Value, Value], _Other] = {}
    counted: dict[str, bool] = {}  # whether every difference under a name only counts layers
    for path, other in pairs:
        if path is None or other is None:
            continue
        ours, theirs = candidate.at(path), reference.at(other)
        if ours.attributes == theirs.attributes:  # as of nearly all
            continue
        for name, x in ours.attributes.items():
            y = theirs.attributes.get(name, UNKNOWN)
            if UNKNOWN in (x, y) or same(x, y) or _only_name(candidate, path, x, reference, other, y):
                continue
            counted[name] = counted.get(name, True) and _count_on(x, y, path, other)
            found.setdefault((name, x, y), _Other(name, x, y, [])).paths.append((path, other))
    return [each for each in found.values() if not counted[each.name]]


def same(a: Value, b: Value) -> bool:
    """Whether two attributes are one value: 1 and 1.0, and what is NaN in both.

    Args:
        a: One value.
        b: The other.
    """
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, bool) or isinstance(b, bool) or not isinstance(a, int | float) or not isinstance(b, int | float):
        return type(a) is type(b) and a == b
    if isinstance(a, int) and isinstance(b, int):
        return a == b
    return isclose(a, b, rel_tol=ROUNDING) or (isnan(a) and isnan(b))


def _count_on(a: Value, b: Value, ours: str, theirs: str) -> bool:
    """Whether both are the number of their own layer in its list, from 0 or from 1: `layer_idx`."""
    if not isinstance(a, int) or not isinstance(b, int) or isinstance(a, bool) or isinstance(b, bool):
        return False
    numbers = [[int(part) for part in path.split(".") if part.isdecimal()] for path in (ours, theirs)]
    return any({a - x, b - y} <= {0, 1} for x, y in zip(*numbers, strict=False))


def _only_name(candidate: LiveNetwork, ours: str, x: Value, reference: LiveNetwork, theirs: str, y: Value) -> bool:
    """Whether two values only name what is compared as it is.

    That is parameters, since which of them are tied is a fact of its own, or layers of the module that the other side
    has not. The name of a layer that both have may say which of them runs.
    """
    both = [({*_words(x)}, candidate, ours), ({*_words(y)}, reference, theirs)]
    alone = both[0][0] ^ both[1][0]
    if not alone:
        return False
    if all(_names_a_tensor(side, word) for words, side, _ in both for word in words):
        return True
    are_layers = all(side.printed(join(path, word)) is not None for words, side, path in both for word in words)
    return are_layers and not any(
        side.printed(join(path, word)) for words, side, path in both for word in alone - words
    )


def _words(value: Value) -> Iterator[str]:
    for part in value if isinstance(value, tuple) else (value,):
        if isinstance(part, tuple):
            yield from _words(part)
        else:
            yield from str(part).split()


def _names_a_tensor(side: LiveNetwork, word: str) -> bool:
    path, _, name = word.rpartition(".")
    return bool(path) and name in side.at(path).tensors


def _innermost(group: _Other) -> _Other:
    """Without modules that only hand the value down to one in them."""
    holders = {holder for path, _ in group.paths if path for holder in ancestors(path.rpartition(".")[0])}
    inner = [paths for paths in group.paths if paths[0] not in holders]
    return group._replace(paths=inner)


def _drafted(candidate: LiveNetwork, reference: LiveNetwork, group: _Other) -> Draft:
    places = tuple(
        (candidate.place(ours, group.candidate), reference.place(theirs, group.reference))
        for ours, theirs in group.paths
    )
    what = live(messages.setting(group.name, *group.values))
    several = places if len(places) > 1 else ()
    return Draft("AD301", Effect.UNKNOWN, what, "setting", *places[0], group.name, "", len(places), several)


def live(what: Message) -> Message:
    """The message with the source of its values, which no print shows."""
    return message("remarked", what=what, remark=message("live-attribute"))


# What follows from what


def _follows(group: _Other, other: _Other) -> bool:
    """Whether an attribute is worked out of another one of the same modules: the scale of heads, their width."""
    if not set(group.paths) <= set(other.paths):
        nested = any(f"{other.paths[0][0]}.".startswith(f"{path}." if path else "") for path, _ in group.paths)
        return nested and is_number(group.candidate) and group.values == other.values
    return grows_with(group.values, other.values) or says(group.values, other.values)
