"""What a config.json beside a print adds: facts that no print holds, and whether its numbers are those of the print.

A fact that both configurations give is compared and no longer unknown; where one does, the finding names its value.
What the prints show is theirs to compare. Must not decide what a field means.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from archdiff.diff import configs, live_fields
from archdiff.diff.configs import FieldDifference
from archdiff.diff.draft import Draft, on_side, root_place
from archdiff.diff.live_modules import LiveNetwork
from archdiff.diff.printed_fields import (
    STRUCTURE,
    CheckedNumbers,
    PrintedNumbers,
    checked,
    is_shown,
    printed_numbers,
    told,
)
from archdiff.infer import Sized
from archdiff.model.effects import Effect
from archdiff.model.finding import Finding, PlacePair
from archdiff.model.message import Message, message
from archdiff.model.network import UNKNOWN, Value
from archdiff.semantics.configs import ConfigPart, Configuration, HeldField, configuration, field_of, spelled

#: which fields answer what a print leaves open, by the setting of the finding
_ANSWERS: Final = {
    "num_heads": ("num_attention_heads", "encoder_attention_heads", "decoder_attention_heads"),
    "top_k": ("num_experts_per_tok",),
    "activation": ("hidden_act", "dense_act_fn"),
    "tie_word_embeddings": ("tie_word_embeddings",),
    "rope_base": ("rope_base", "rotary_dim"),
    "eps": ("norm_eps",),
}


def completed(found: Sequence[Finding], candidate: Sized, reference: Sized) -> list[Finding]:
    """The findings of two prints with what the configurations beside them say.

    Args:
        found: What the prints differ in and leave open.
        candidate: One network.
        reference: The other.

    Returns:
        The same findings, in the same order, where no configuration is known.
    """
    both = configuration(candidate.network), configuration(reference.network)
    if not any(both):
        return [*found]
    prints = printed_numbers(candidate), printed_numbers(reference)
    checks = [held and checked(held, printed) for held, printed in zip(both, prints, strict=True)]
    said = [*_contradictions(both, checks, candidate, reference)]
    ours, theirs = (held if held and check and not check.is_of_another_model else None
                    for held, check in zip(both, checks, strict=True))  # fmt: skip
    wrong = {each.name for check in checks if check for each in check.wrong}
    differ: list[FieldDifference] = []
    if ours and theirs:
        differ = [
            each
            for each in configs.differences(ours, theirs)
            if each.name not in wrong
            and not _is_held(each, found)
            and not _is_printed(each, (ours, theirs), prints, found)
        ]
    open_ = [each for each in found if each.rule == "AD701"]
    own = [_beside(each, open_, candidate, reference) for each in differ]
    kept = [each for finding in found for each in _answered(finding, ours, theirs)]
    return [*said, *own, *kept]


# Numbers of a configuration against its own print


def _contradictions(
    both: tuple[Configuration | None, ...], checks: Sequence[CheckedNumbers | None], candidate: Sized, reference: Sized
) -> Iterator[Finding]:
    sides = ("candidate", candidate), ("reference", reference)
    for (name, side), held, check in zip(sides, both, checks, strict=True):
        if held is None or check is None:
            continue
        if check.is_of_another_model:
            printed = side.network.root.class_name
            what = message("config-of-another", file=held.source, ours=held.class_name, side=name, theirs=printed)
            yield _contradiction(what, side, name, None)
            continue
        for each in check.wrong:
            field = field_of(each.name)
            what = message(
                "config-contradicts",
                at=_at(each.held),
                name=field.words if field else each.name,
                says=each.says,
                side=name,
                prints="another" if each.prints is None else each.prints,
            )
            yield _contradiction(what, side, name, each.name, each.says)
        yield from _live_contradictions(held, LiveNetwork(side), name, [each.name for each in check.wrong])


def _live_contradictions(held: Configuration, live: LiveNetwork, name: str, told: Sequence[str]) -> Iterator[Finding]:
    """What the live module of a side holds otherwise than its own configuration says."""
    for value, says, field in live_fields.disagreements(live, held, told):
        known = field_of(value.name)
        words = known.words if known else value.name
        what = message("config-contradicts-live", at=_at(field), name=words, says=says, side=name, holds=value.value)
        place = live.place(value.path, value.value)
        draft = Draft("AD303", Effect.UNKNOWN, what, "setting", *on_side(place, name == "candidate"), value.name)
        draft.count = value.modules
        yield draft.frozen()


def _contradiction(what: Message, side: Sized, name: str, setting: str | None, value: Value = None) -> Finding:
    place = root_place(side, value)
    places: PlacePair = (place, None) if name == "candidate" else (None, place)
    return Draft("AD303", Effect.UNKNOWN, what, "setting", *places, setting).frozen()


# Fields that both configurations give


def _is_printed(
    each: FieldDifference,
    both: tuple[Configuration, Configuration],
    prints: tuple[PrintedNumbers, PrintedNumbers],
    found: Iterable[Finding],
) -> bool:
    """Whether the prints show a difference as well: where it is one of layers, any that they have."""
    parts = _parts(each.path, both)
    if is_shown(each.name, (each.ours, each.theirs), parts, prints, told(found)):
        return True
    if each.name not in STRUCTURE or each.effect <= Effect.STATE:
        return False
    return any(finding.is_difference and finding.effect > Effect.STATE for finding in found)


def _is_held(each: FieldDifference, found: Iterable[Finding]) -> bool:
    """Whether two live modules show the same difference, which weighs as much."""
    settings = (one.setting for one in found if one.is_difference and one.effect >= each.effect)
    return any(spelled(name) == each.name for name in settings if name)


def _parts(path: str, both: tuple[Configuration, Configuration]) -> tuple[ConfigPart, ConfigPart]:
    ours, theirs = (held.parts.get(path) or held.whole for held in both)
    return ours, theirs


def _beside(each: FieldDifference, open_: Iterable[Finding], candidate: Sized, reference: Sized) -> Finding:
    """The finding of a field, at the layers that have it where a print leaves just that open."""
    what = message(
        "config-beside",
        name=each.words,
        ours=configs.shown(each.ours),
        at=_at(each.own),
        theirs=configs.shown(each.theirs),
        there=_at(each.other),
    )
    own = root_place(candidate, each.ours), root_place(reference, each.theirs)
    draft = Draft(configs.rule_of(each), each.effect, what, "setting", *own, setting=each.name)
    finding = next((one for one in open_ if each.name in _ANSWERS.get(one.setting or "", ())), None)
    if finding is None or finding.candidate is None or finding.reference is None:
        return draft.frozen()
    places = tuple(
        (a and a._replace(value=each.ours), b and b._replace(value=each.theirs)) for a, b in finding.all_places
    )
    draft.candidate, draft.reference = places[0]
    return replace(draft.frozen(), count=finding.count, places=places if finding.places else ())


def _at(held: HeldField | None) -> str:
    """`a/config.json:12`; of a default, that it is one."""
    return f"{held.source}:{held.line}" if held else "by default"


# What the prints leave open


def _answered(finding: Finding, ours: Configuration | None, theirs: Configuration | None) -> Iterator[Finding]:
    """A finding that stays; none where both configurations answer it; with the value where one does."""
    names = _answers(finding)
    if finding.rule == "AD701" and not _is_shown_by_one(finding) and _are_of_library(ours, theirs):
        return
    if finding.rule == "AD701" and (settled := _of_live_module(finding, ours, theirs)) is not None:
        yield from settled
        return
    known = [_known(held, names) for held in (ours, theirs)]
    if not names or not any(known):
        yield finding
    elif not all(known):
        name, value, held = next(each for each in known if each)
        field = field_of(name)
        side, other = ("candidate", "reference") if known[0] else ("reference", "candidate")
        what = message(
            "config-of-one",
            at=_at(held),
            side=side,
            name=field.words if field else name,
            value=configs.shown(value),
            other=other,
        )
        values = (value, UNKNOWN) if known[0] else (UNKNOWN, value)
        a, b = (
            place and place._replace(value=each)
            for place, each in zip((finding.candidate, finding.reference), values, strict=True)
        )
        draft = Draft("AD701", finding.effect, what, finding.aspect, a, b, setting=finding.setting)
        draft.hint, draft.count, draft.places = finding.hint, finding.count, finding.places
        yield draft.frozen()


def _of_live_module(
    finding: Finding, ours: Configuration | None, theirs: Configuration | None
) -> tuple[Finding, ...] | None:
    """A fact that one side holds as a live module and the other has in its configuration: compared; None otherwise."""
    if finding.what is None or finding.what.code != "held-by-one":
        return None
    candidate = dict(finding.what.values)["side"] == "candidate"  # holds it
    name, said = live_fields.field_name(finding.setting or ""), theirs if candidate else ours
    answers = live_fields.answers_of(said, name) if said else []
    holders = (a if candidate else b for a, b in finding.all_places)
    holds = {place.value for place in holders if place}
    if len({value for value, _ in answers}) != 1 or len(holds) != 1 or isinstance(finding.what["names"], tuple):
        return None
    (says, field), (value,) = answers[0], holds
    if says == value:
        return ()
    both = (value, says), ("live attribute", _at(field))
    (a, b), (at, there) = both if candidate else (each[::-1] for each in both)
    words = {"ours": configs.shown(a), "at": at, "theirs": configs.shown(b), "there": there}
    known = field_of(name)
    what = message("config-beside", name=known.words if known else name, **words)
    places = tuple((x and x._replace(value=a), y and y._replace(value=b)) for x, y in finding.all_places)
    draft = Draft("AD301", Effect.FUNCTION, what, finding.aspect, *places[0], setting=finding.setting)
    draft.count, draft.places = finding.count, places if finding.places else ()
    return (draft.frozen(),)


def _answers(finding: Finding) -> tuple[str, ...]:
    """The fields that say what a finding leaves open; none where no configuration does, or one side shows it."""
    if finding.rule != "AD701" or _is_shown_by_one(finding):
        return ()
    return _ANSWERS.get(finding.setting or "", ())


def _is_shown_by_one(finding: Finding) -> bool:
    """Whether the print of one side holds the fact."""
    values = [place.value for place in (finding.candidate, finding.reference) if place]
    return any(value is not UNKNOWN for value in values)


def _are_of_library(ours: Configuration | None, theirs: Configuration | None) -> bool:
    """Whether both are of one type that is known, whose classes take all their settings from the configuration."""
    types = [held.whole.family.name if held else "" for held in (ours, theirs)]
    return bool(types[0]) and types[0] == types[1]


def _known(held: Configuration | None, names: Sequence[str]) -> tuple[str, Value, HeldField | None] | None:
    """The first of some fields that any part of a configuration gives."""
    for name in names if held else ():
        for part in held.parts.values() if held else ():
            value = part.value(name)
            if value is not UNKNOWN and value is not None:
                return name, value, part.held.get(name)
    return None
