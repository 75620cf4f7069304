"""What two configurations differ in: one finding a field, with its effect.

Must not decide what a field means, which `semantics.configs` does.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from archdiff.diff.draft import Draft
from archdiff.infer import Sized
from archdiff.model.effects import Effect
from archdiff.model.finding import Finding, Place
from archdiff.model.message import message
from archdiff.model.network import UNKNOWN, Value
from archdiff.semantics import configs
from archdiff.semantics.configs import ConfigPart, Configuration, HeldField

#: the rule of a finding by its effect; AD302 of all that changes nothing
_RULES: Final = {
    Effect.FUNCTION: "AD301",
    Effect.UNKNOWN: "AD301",
    Effect.TRAINING: "AD401",
    Effect.INIT: "AD401",
}


class FieldDifference(NamedTuple):
    """One field that two configurations have other values of.

    Attributes:
        name: The one name of the field.
        path: The part that holds it; "" for the whole.
        effect: What it changes.
        ours: The value of the candidate; UNKNOWN where its file does not say and the default is not known.
        theirs: That of the reference.
        own: Where the candidate's file says so; None where it does not.
        other: Where the reference's file does.
    """

    name: str
    path: str
    effect: Effect
    ours: Value
    theirs: Value
    own: HeldField | None
    other: HeldField | None

    @property
    def words(self) -> str:
        """What reports call the field."""
        field = configs.field_of(self.name)
        return f"{f'{self.path}: ' if self.path else ''}{field.words if field else self.name}"


def findings(candidate: Sized, reference: Sized) -> list[Finding]:
    """Everything that differs between two networks of which nothing but configurations is known.

    Args:
        candidate: One network.
        reference: The other.
    """
    ours, theirs = configs.configuration(candidate.network), configs.configuration(reference.network)
    assert ours, "it is a configuration"
    assert theirs, "it is one too"
    found = [*_classes(ours, theirs)]
    found += [_finding(each, ours.whole, theirs.whole) for each in differences(ours, theirs)]
    return found


def notes(candidate: Sized, reference: Sized) -> Iterator[str]:
    """What was taken for granted: types whose defaults nobody has written down."""
    both = (configs.configuration(side.network) for side in (candidate, reference))
    for each in {held.source: held for held in both if held}.values():
        if each.library == "transformers" and not each.whole.family.name:
            type_ = each.whole.type or "no model_type"
            yield f"{each.source}: {type_} is not known: fields are compared by name, without their defaults"


def _classes(ours: Configuration, theirs: Configuration) -> Iterator[Finding]:
    """Another model type, or another class of the same one."""
    types = ours.whole.type, theirs.whole.type
    names = ours.whole.architecture, theirs.whole.architecture
    if types[0] != types[1]:
        what = message("config-type", ours=types[0] or ours.library, theirs=types[1] or theirs.library)
        values = types
    elif all(names) and names[0].casefold() != names[1].casefold():
        what, values = message("config-class", ours=names[0], theirs=names[1]), names
    else:
        return
    effect = Effect.UNKNOWN if types[0] != types[1] else Effect.FUNCTION
    a, b = (Place("", 1, value, side.class_name) for value, side in zip(values, (ours, theirs), strict=True))
    yield Draft("AD108", effect, what, "structure", a, b).frozen()


def differences(ours: Configuration, theirs: Configuration) -> Iterator[FieldDifference]:
    """The fields that differ, those of the reference in their order before others.

    Args:
        ours: The configuration of the candidate.
        theirs: That of the reference.
    """
    for path in dict.fromkeys((*theirs.parts, *ours.parts)):
        a, b = ours.parts.get(path), theirs.parts.get(path)
        if a is None or b is None:
            yield FieldDifference(path, "", Effect.FUNCTION, a and a.type, b and b.type, None, None)
            continue
        for name in dict.fromkeys((*b.held, *a.held, *b.defaults, *a.defaults)):
            values = a.value(name), b.value(name)
            if _equal(*values) or _is_of_one_type(name, a, b) or configs.is_told_by_another(name, a, b):
                continue
            effect = configs.effect_of(name, a, b)
            if UNKNOWN in values and effect > Effect.STATE:
                effect = Effect.UNKNOWN
            yield FieldDifference(name, path, effect, *values, a.held.get(name), b.held.get(name))


def _is_of_one_type(name: str, ours: ConfigPart, theirs: ConfigPart) -> bool:
    """Whether one of two types does not have a field, and the other one leaves it out or off."""
    values = ours.value(name), theirs.value(name)
    if ours.type == theirs.type or UNKNOWN not in values:
        return False
    return (name not in ours.held and name not in theirs.held) or any(each in (False, None, ()) for each in values)


def _equal(a: Value, b: Value) -> bool:
    """Left out is null and empty."""
    if UNKNOWN in (a, b):
        return a in (UNKNOWN, *_EMPTY) and b in (UNKNOWN, *_EMPTY)
    return a == b or (a in _EMPTY and b in _EMPTY)


_EMPTY: Final = (None, (), "")


def _finding(each: FieldDifference, ours: ConfigPart, theirs: ConfigPart) -> Finding:
    what = message("config-field", name=each.words, ours=shown(each.ours), theirs=shown(each.theirs))
    a, b = (
        Place(each.path, held.line if held else 1, value, part.architecture or part.type)
        for held, value, part in ((each.own, each.ours, ours), (each.other, each.theirs, theirs))
    )
    return Draft(rule_of(each), each.effect, what, "setting", a, b, setting=each.name).frozen()


def rule_of(each: FieldDifference) -> str:
    """The rule of the finding about a field."""
    if each.effect is Effect.UNKNOWN and _is_training(each):
        return "AD401"
    return _RULES.get(each.effect, "AD302")


def shown(value: Value) -> Value:
    """A value as a file spells it.

    Args:
        value: Of a field; UNKNOWN where the file does not say and nobody knows the default.
    """
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case tuple():
            return f"[{', '.join(map(str, value))}]"
    return "left out" if value is UNKNOWN else value


def _is_training(each: FieldDifference) -> bool:
    """Whether a field of unknown effect can change no more than training."""
    field = configs.field_of(each.name)
    return field is not None and field.effect in (Effect.TRAINING, Effect.INIT)
