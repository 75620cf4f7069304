"""The same finding in many places as one, layers that are all of a block as one. Must not change an effect."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby

from archdiff.diff.draft import Draft
from archdiff.diff.network_index import NetworkIndex
from archdiff.infer.repeats import Weights
from archdiff.model.effects import Effect
from archdiff.model.message import Message, message
from archdiff.model.network import unnumbered
from archdiff.semantics.containers import runs_in_order
from archdiff.semantics.kinds import ADDED

_DIGITS = re.compile(r"\d+")


def grouped(drafts: Iterable[Draft]) -> list[Draft]:
    """The same finding in numbered neighbours (`layers.0`, `layers.1`, ...) as one with a count.

    Args:
        drafts: In the order of the reference, which is kept.
    """
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
    return draft.rule, draft.effect, draft.setting, draft.what, places, _following(draft)


def _what(draft: Draft) -> object:
    numberless = unnumbered if draft.rule == "AD106" else in_numbered  # the depth of a stage is its own
    places = tuple(numberless(place.path) if place else None for place in (draft.candidate, draft.reference))
    if draft.setting in ADDED:  # an adapter is one decision, whatever the classes of the layers that have it
        places = ()
    elif draft.aspect in _ANYWHERE or draft.rule == "AD105":
        places = tuple(place.class_name if place else None for place in (draft.candidate, draft.reference))
    if draft.effect in (Effect.COSMETIC, Effect.STATE, Effect.UNKNOWN):
        places = ()  # run-time state, unprinted facts and classes are one finding, wherever they stand
    return draft.rule, draft.effect, draft.setting, _anywhere(draft.what), places, _following(draft)


#: aspects of which the same difference is one finding for all layers of a class, as is another class (AD105)
_ANYWHERE = ("setting", "weight-density")


def _following(draft: Draft) -> object:
    return tuple((inner.rule, inner.what) for inner in draft.consequences)


def _anywhere(what: Message) -> Message:
    """The same for every place: paths without the numbers of what holds them."""
    return Message(what.code, tuple([(name, _placeless(name, value)) for name, value in what.values]))


def _placeless(name: str, value: object) -> object:
    if isinstance(value, Message):
        return _anywhere(value)
    return in_numbered(value) if name.endswith("path") and isinstance(value, str) else value


def in_numbered(path: str) -> str:
    """The same for `layer1.0.conv2` and `layer2.3.conv2`: what counts on the name of a layer itself makes another."""
    holder, dot, name = path.rpartition(".")
    return _DIGITS.sub("#", holder) + dot + ("#" if name.isdigit() else name)


def _merged(group: list[Draft]) -> Draft:
    first = group[0]
    if len(group) > 1:
        first.count = sum(draft.count for draft in group)
        first.places = tuple(
            places for draft in group for places in draft.places or ((draft.candidate, draft.reference),)
        )
    return first


def blocks_whole(drafts: Iterable[Draft], ours: NetworkIndex, theirs: NetworkIndex) -> Iterator[Draft]:
    """Layers that one side lacks as one finding, where they are all that stands in a Sequential that it lacks.

    Args:
        drafts: In the order of the reference, which is kept.
        ours: The candidate.
        theirs: The reference.
    """
    for found, group in groupby(drafts, _lacking):
        layers = list(group)
        if found:
            rule, _, path = found
            holder, other = (ours, theirs) if rule == "AD104" else (theirs, ours)
            block = holder.sized.normal.printed(path)
            whole = block and runs_in_order(block) and 1 < len(layers) == len(block.children)
            if block and whole and path and other.sized.normal.printed(path) is None:
                layers = [_as_block(layers, path, block.class_name, holder.weights)]
        yield from layers


def _lacking(draft: Draft) -> tuple[str, Effect, str] | None:
    """Rule, effect and holder of a layer that one side lacks, where its message gives no reason."""
    place = draft.candidate or draft.reference
    if place is None or draft.rule not in ("AD103", "AD104") or draft.what.code != "only-in":
        return None
    return draft.rule, draft.effect, place.path.rpartition(".")[0]


def _as_block(layers: list[Draft], path: str, class_name: str, weights: Weights) -> Draft:
    first = layers[0]
    places = [draft.candidate or draft.reference for draft in layers]
    count = sum(weights.of(place.path) for place in places if place) // weights.of(path)
    what = message("layer", class_name=class_name, count=count)
    first.what = message("only-in", side=first.what["side"], what=what)
    first.candidate, first.reference = (
        place and place._replace(path=path, class_name=class_name) for place in (first.candidate, first.reference)
    )
    first.consequences = [each for draft in layers for each in draft.consequences]
    return first
