"""What prints show to be the cause of what two live modules hold otherwise: a width, from which the heads follow.

Evidence is local: a difference in the module that holds the value, or around it. Knows nothing of effects.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import inf, isclose
from typing import Final, NamedTuple, TypeAlias

from archdiff.diff.draft import Draft
from archdiff.model.effects import Effect
from archdiff.model.finding import Finding, Place
from archdiff.model.message import Message
from archdiff.model.network import Value, ancestors
from archdiff.semantics.names import words

_Values: TypeAlias = tuple[Value, Value]


class _Shown(NamedTuple):
    """Two values that a print shows to differ, the name of the setting, and the draft that it belongs to."""

    values: _Values
    name: str
    draft: Draft


class PrintedDifferences(NamedTuple):
    """What prints show to differ, by where it is.

    Attributes:
        at: In one place.
        inside: In a module and all in it.
    """

    at: dict[str, list[_Shown]]
    inside: dict[str, list[_Shown]]


def evidence(printed: Iterable[Draft], least: Effect) -> PrintedDifferences:
    """The values that prints show to differ, in each place.

    Args:
        printed: Drafts about what both prints show.
        least: The effect of what may follow from one. What weighs less is the cause of nothing, nor is a fact that is
            not printed: a consequence takes no part in the verdict.
    """
    found = PrintedDifferences({}, {})
    for draft in printed:
        if draft.effect < least or draft.rule.startswith("AD7"):
            continue
        every: list[Draft | Finding] = [draft, *draft.consequences]
        for each in every:
            for values in dict.fromkeys(filter(None, (_values(each), _written(each.what)))):
                shown = [_Shown(values, each.setting or "", draft)]
                shown += [_Shown(less, "", draft) for less in _without_extra(each, values)]
                for ours, theirs in each.places or ((each.candidate, each.reference),):
                    if at := ours or theirs:
                        found.at.setdefault(at.path, []).extend(shown)
                        for holder in ancestors(at.path):
                            found.inside.setdefault(holder, []).extend(shown)
    return found


def _without_extra(each: Draft | Finding, values: _Values) -> Iterator[_Values]:
    """Of the places that a table has: those of patches, without one or two tokens before them."""
    a, b = values
    if each.candidate and isinstance(each.candidate.value, tuple) and isinstance(a, int) and isinstance(b, int):
        yield from ((a - extra, b - extra) for extra in (1, 2))


def _values(each: Draft | Finding) -> _Values | None:
    ours, theirs = (place.value if isinstance(place, Place) else None for place in (each.candidate, each.reference))
    return _of_each(ours, theirs)


def _of_each(a: Value, b: Value) -> _Values | None:
    """Two values; of two tuples what differs, where that is the same everywhere: (3, 3) and (5, 5) are 3 and 5."""
    if isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b):
        differing = {(x, y) for x, y in zip(a, b, strict=True) if x != y}
        return _of_each(*differing.pop()) if len(differing) == 1 else None
    return None if a is None or b is None else (a, b)


def _written(what: Message | None) -> _Values | None:
    """Two numbers that a message compares: how often a block stands there."""
    values = dict(what.values) if what else {}
    match values.get("ours"), values.get("theirs"), values.get("what"):
        case int() as ours, int() as theirs, _:
            return ours, theirs
        case _, _, Message() as inner:
            return _written(inner)
    return None


def printed_cause(name: str, values: _Values, path: str, shown: PrintedDifferences) -> Draft | None:
    """The printed difference that a value repeats, or that it is worked out of.

    Args:
        name: Of the attribute or the tensor.
        values: The candidate's and the reference's.
        path: Of the candidate's module that holds it.
        shown: What `evidence` found.

    Returns:
        The draft of the first, those in the module before those around it; None where no print shows a cause.
    """
    own = _of_each(*values)
    if own is None:
        return None
    for each in shown.inside.get(path, ()):
        if _repeats(name, own, each) or (is_number(own[0]) and grows_with(own, each.values)):
            return each.draft
    around = (each for holder in ancestors(path) for each in shown.at.get(holder, ()))
    return next((each.draft for each in around if _repeats(name, own, each)), None)


def _repeats(name: str, own: _Values, shown: _Shown) -> bool:
    if is_number(own[0]):
        return shown.values == own
    return says(own, shown.values) or (shown.values == own and not words(shown.name).isdisjoint(words(name)))


def grows_with(these: _Values, those: _Values) -> bool:
    """Whether one number is a power of another: both are multiplied alike, or one by the root of the other.

    Args:
        these: The values of one, the candidate's first.
        those: The values of the other.
    """
    numbers = [*map(_positive, (*(_of_each(*these) or ()), *(_of_each(*those) or ())))]
    if len(numbers) < 4:
        return False
    a, b, x, y = numbers
    if not (a and b and x and y):
        return False
    return any(isclose(a / b, (x / y) ** power, rel_tol=1e-6) for power in _POWERS)


def says(these: _Values, those: _Values) -> bool:
    """Whether words hold others: RNN_TANH and RNN_RELU say tanh and relu.

    Args:
        these: The values of one, the candidate's first.
        those: The values of the other.
    """
    both = [(each, other) for each, other in zip(these, those, strict=True) if isinstance(each, str) and other]
    return len(both) == 2 and all(isinstance(b, str) and b.lower() in a.lower() for a, b in both)


_POWERS: Final = (1.0, -1.0, 0.5, -0.5, 2.0)


def _positive(value: Value) -> float:
    """A number above 0; 0 of anything else."""
    return float(value) if is_number(value) and isinstance(value, int | float) and 0 < value < inf else 0.0


def is_number(value: Value) -> bool:
    """Whether a value counts or measures: True is no number."""
    return isinstance(value, int | float) and not isinstance(value, bool)
