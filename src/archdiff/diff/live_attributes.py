"""Attributes that two live modules hold at corresponding places with other values, and no print shows.

Whether the forward reads one is not known here, so each is of unknown effect; what the prints show to be the cause of
one has it among its consequences. An attribute that one side alone holds is no finding: other libraries name theirs
otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import inf, isclose, isnan
from typing import Final, NamedTuple, TypeAlias

from archdiff.diff import messages
from archdiff.diff.draft import Draft
from archdiff.diff.live_modules import NOTHING, LiveNetwork
from archdiff.model.effects import Effect
from archdiff.model.finding import Finding, Place
from archdiff.model.message import Message, message
from archdiff.model.network import UNKNOWN, Value
from archdiff.semantics.kinds import ROUNDING
from archdiff.semantics.names import words

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
    candidate: LiveNetwork, reference: LiveNetwork, pairs: Iterable[_Paths], printed: Sequence[Draft]
) -> list[Draft]:
    """A draft for each attribute of which the values differ, with those that follow from it.

    Args:
        candidate: One network.
        reference: The other; both are live.
        pairs: Modules that correspond to each other.
        printed: What the prints show to differ; an attribute that follows from one of these becomes its consequence.
    """
    groups = [_innermost(group) for group in _groups(candidate, reference, pairs)]
    groups.sort(key=lambda group: isinstance(group.candidate, float))  # stable: a number of heads decides their scale
    evidence = [*_evidence(printed)]
    made: list[tuple[_Other, Draft]] = []
    for group in groups:
        draft = _drafted(candidate, reference, group)
        cause = _printed_cause(group, evidence) or next((each for other, each in made if _follows(group, other)), None)
        if cause is None:
            made.append((group, draft))
        else:
            cause.consequences.append(draft.frozen())
    return [draft for _, draft in made]


def _groups(candidate: LiveNetwork, reference: LiveNetwork, pairs: Iterable[_Paths]) -> list[_Other]:
    found: dict[tuple[str, Value, Value], _Other] = {}
    for paths in pairs:
        ours, theirs = (
            side.modules.get(path, NOTHING) for side, path in zip((candidate, reference), paths, strict=True)
        )
        if ours.attributes == theirs.attributes:  # as of nearly all
            continue
        for name, x in ours.attributes.items():
            y = theirs.attributes.get(name, UNKNOWN)
            if not (UNKNOWN in (x, y) or same(x, y) or _count_on(x, y, *paths)):
                found.setdefault((name, x, y), _Other(name, x, y, [])).paths.append(paths)
    return [*found.values()]


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
    return any(a - x == b - y and a - x in (0, 1) for x, y in zip(*numbers, strict=False))


def _innermost(group: _Other) -> _Other:
    """Without modules that only hand the value down to one in them."""
    holders = {path.rpartition(".")[0] for path, _ in group.paths if path}
    for path in [*holders]:
        while path:
            path = path.rpartition(".")[0]
            holders.add(path)
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

#: a difference that a print shows: both values, the name of the setting, a path, and the draft that it belongs to
_Evidence: TypeAlias = tuple[tuple[Value, Value], str, str, Draft]


def _evidence(printed: Iterable[Draft]) -> Iterator[_Evidence]:
    for draft in printed:
        for each in (draft, *draft.consequences):
            both = _values(each)
            name = each.setting or ""
            for values in dict.fromkeys(filter(None, (both, _written(each.what)))):
                for ours, _ in each.places or ((each.candidate, each.reference),):
                    if ours is not None:
                        yield values, name, ours.path, draft


def _values(each: Draft | Finding) -> tuple[Value, Value] | None:
    places = each.candidate, each.reference
    return _number_of_each(*(place.value if isinstance(place, Place) else None for place in places))


def _number_of_each(a: Value, b: Value) -> tuple[Value, Value] | None:
    """Two values; of two tuples what differs, where that is the same everywhere: (3, 3) and (5, 5) are 3 and 5."""
    if isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b):
        differing = {(x, y) for x, y in zip(a, b, strict=True) if x != y}
        return differing.pop() if len(differing) == 1 else None
    return None if a is None or b is None else (a, b)


def _written(what: Message | None) -> tuple[Value, Value] | None:
    """Two numbers that a message compares: how often a block stands there."""
    values = dict(what.values) if what else {}
    match values.get("ours"), values.get("theirs"), values.get("what"):
        case int() as ours, int() as theirs, _:
            return ours, theirs
        case _, _, Message() as inner:
            return _written(inner)
    return None


def _printed_cause(group: _Other, evidence: Iterable[_Evidence]) -> Draft | None:
    """The printed difference that an attribute repeats or follows from, in its module or around it."""
    own = _number_of_each(*group.values)
    ours = group.paths[0][0]
    for values, name, path, draft in evidence:
        inside = not ours or f"{path}.".startswith(f"{ours}.")
        if not (inside or f"{ours}.".startswith(f"{path}.")) or own is None:
            continue
        if isinstance(own[0], bool) or not isinstance(own[0], int | float):
            if values == own and words(name) & words(group.name):
                return draft
        elif values == own or (inside and _grows_with(own, values)):
            return draft
    return None


def _follows(group: _Other, other: _Other) -> bool:
    """Whether an attribute is worked out of another one of the same modules: the scale of heads, their width."""
    if not set(group.paths) <= set(other.paths):
        nested = any(f"{other.paths[0][0]}.".startswith(f"{path}." if path else "") for path, _ in group.paths)
        return nested and _is_number(group.candidate) and group.values == other.values
    return _grows_with(group.values, other.values)


def _grows_with(these: tuple[Value, Value], those: tuple[Value, Value]) -> bool:
    """Whether one number is a power of another one: both are multiplied alike, or one by the root of the other."""
    a, b, x, y = map(_positive, (*these, *those))
    if not (a and b and x and y):
        return False
    return any(isclose(a / b, (x / y) ** power, rel_tol=1e-6) for power in _POWERS)


_POWERS: Final = (1.0, -1.0, 0.5, -0.5)


def _positive(value: Value) -> float:
    """A number above 0; 0 of anything else."""
    return float(value) if _is_number(value) and isinstance(value, int | float) and 0 < value < inf else 0.0


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
