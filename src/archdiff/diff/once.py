"""The same finding in many places as one, and two that are one. Effects come with the findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from archdiff.diff.causes import Draft
from archdiff.diff.settings import amount
from archdiff.effects import Effect


def grouped(drafts: Iterable[Draft]) -> list[Draft]:
    """The same finding in numbered neighbours (`layers.0`, `layers.1`, ...) as one with a count."""
    folded = _grouped(drafts, _line)  # `12 x Block(`: one edit of one line
    return _grouped(folded, _what)


def _grouped(drafts: Iterable[Draft], key: Callable[[Draft], object]) -> list[Draft]:
    groups: dict[object, list[Draft]] = {}
    for draft in drafts:
        groups.setdefault(key(draft), []).append(draft)
    return [_merged(group) for group in groups.values()]


def _line(draft: Draft) -> object:
    places = tuple(
        (place.line, unnumbered(place.path)) if place else None for place in (draft.candidate, draft.reference)
    )
    return draft.rule, draft.effect, draft.setting, draft.message, places, _following(draft)


def _what(draft: Draft) -> object:
    places = tuple(unnumbered(place.path) if place else None for place in (draft.candidate, draft.reference))
    if draft.aspect in _ANYWHERE or draft.rule == "AD105":
        places = tuple(place.class_name if place else None for place in (draft.candidate, draft.reference))
    if draft.effect in (Effect.STATE, Effect.UNKNOWN):
        places = ()  # run-time state and unprinted facts are told once, wherever they stand
    return draft.rule, draft.effect, draft.setting, draft.message, places, _following(draft)


#: aspects of which the same difference is told once for all layers of a class, as is another class (AD105)
_ANYWHERE = ("setting", "weight-density")


def _following(draft: Draft) -> object:
    return tuple((inner.rule, inner.message) for inner in draft.consequences)


def unnumbered(path: str) -> str:
    return ".".join("#" if part.isdigit() else part for part in path.split("."))


def _merged(group: list[Draft]) -> Draft:
    first = group[0]
    if len(group) > 1:
        first.count = sum(draft.count for draft in group)
        first.places = tuple(
            places for draft in group for places in draft.places or ((draft.candidate, draft.reference),)
        )
    return first


def strides_exchanged(drafts: Iterable[Draft]) -> list[Draft]:
    """Two convolutions of one block that exchanged their strides: one finding, known from ResNet."""
    result: list[Draft] = []
    waiting: dict[object, Draft] = {}  # by block and strides
    for draft in drafts:
        if draft.setting != "stride" or draft.candidate is None or draft.reference is None:
            result.append(draft)
            continue
        block, values = draft.candidate.path.rpartition(".")[0], (draft.candidate.value, draft.reference.value)
        other = waiting.pop((block, values[::-1]), None)
        if other is None or other.candidate is None:
            waiting[block, values] = draft
            result.append(draft)
            continue
        places = sorted((other.candidate, draft.candidate), key=lambda place: str(place.value))
        other.message = f"stride {amount(places[1].value)} on {places[1].path}, not on {places[0].path}"
        other.hint = (
            "same shapes and parameters; in a Bottleneck, ResNet v1 strides the 1x1 and v1.5 the 3x3 convolution"
        )
        other.consequences += draft.consequences
    return result
