"""What classes of somebody hold and do not print: the heads of attention, the settings of a class that prints none.

Where a live module holds the value it is named; what both sides hold is compared as an attribute, or here where the two
call it otherwise. Must not decide what a class may hold: `semantics.unprinted` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from archdiff.diff import hints
from archdiff.diff.draft import Draft
from archdiff.diff.live_attributes import live, same
from archdiff.diff.live_modules import NOTHING, LiveNetwork
from archdiff.diff.messages import held_by_one, setting
from archdiff.model.effects import Effect
from archdiff.model.finding import Finding, Place
from archdiff.model.message import Message, message
from archdiff.model.network import UNKNOWN, Value
from archdiff.semantics.unprinted import (
    ACTIVATION,
    HEADS,
    SETTINGS,
    TOP_K,
    UnprintedSetting,
    network_class,
    unprinted_settings,
)


class _HeldSetting(NamedTuple):
    """What a live module holds of a setting: under which name, and the value of each module that holds it."""

    name: str
    values: tuple[Value, ...]

    @property
    def shown(self) -> Value:
        """The value, or all that there are."""
        return self.values[0] if len(self.values) == 1 else self.values


def of_classes(candidate: LiveNetwork, reference: LiveNetwork) -> Iterator[Finding]:
    """One finding for each setting of a class of unknown forward that no print shows.

    Args:
        candidate: One network.
        reference: The other; where neither is live, no value is known.
    """
    roots = candidate.sized.normal.root, reference.sized.normal.root
    networks = [name for name in map(network_class, roots) if name]
    for ours, theirs in _alike(*unprinted_settings(*roots)):
        held = _comparable(_held(candidate, ours), _held(reference, theirs))
        if held[0] is None or held[1] is None:
            yield _not_known(ours, theirs, held, _attributes(ours, theirs, networks)).frozen()
        elif held[0].name != held[1].name and not same(held[0].values, held[1].values):
            yield _otherwise(ours, theirs, held[0], held[1]).frozen()


def _comparable(
    ours: _HeldSetting | None, theirs: _HeldSetting | None
) -> tuple[_HeldSetting | None, _HeldSetting | None]:
    """What both hold; nothing where one holds how many heads there are and the other how wide they are."""
    if ours and theirs and (ours.name in _WIDTHS) is not (theirs.name in _WIDTHS):
        return None, None
    return ours, theirs


def _not_known(
    ours: UnprintedSetting, theirs: UnprintedSetting, held: tuple[_HeldSetting | None, _HeldSetting | None], hint: str
) -> Draft:
    values = [each.shown if each else UNKNOWN for each in held]
    known = held[0] or held[1]
    what = _not_printed(theirs) if known is None else _printed_by_none(theirs, known, held[0] is not None)
    places = _place(ours)._replace(value=values[0]), _place(theirs)._replace(value=values[1])
    return Draft("AD701", Effect.UNKNOWN, what, "setting", *places, theirs.setting, hint, theirs.layers)


def _printed_by_none(each: UnprintedSetting, known: _HeldSetting, in_candidate: bool) -> Message:
    if each.setting != SETTINGS:
        return held_by_one(known.name, each.class_name, known.values, in_candidate)
    side, other = ("candidate", "reference") if in_candidate else ("reference", "candidate")
    code = "all-held-by-one" if known.values[0] else "none-held-by-one"
    return message(code, side=side, other=other, class_name=each.class_name, value=known.values[0])


def _otherwise(ours: UnprintedSetting, theirs: UnprintedSetting, held: _HeldSetting, other: _HeldSetting) -> Draft:
    """Two names of one setting with other values."""
    what = live(setting(theirs.setting, held.shown, other.shown))
    places = _place(ours)._replace(value=held.shown), _place(theirs)._replace(value=other.shown)
    return Draft("AD301", Effect.UNKNOWN, what, "setting", *places, theirs.setting, "", theirs.layers)


#: how wide a head is, which says how many there are where the projections are printed
_WIDTHS: Final = ("head_dim", "d_head", "attention_head_size", "dim_head")
#: what classes call these settings
_NAMES: Final = {
    HEADS: ("num_heads", "n_heads", "n_head", "nhead", "nheads", "heads", "num_attention_heads", *_WIDTHS),
    TOP_K: ("top_k", "topk", "num_experts_per_tok", "num_experts_per_token", "num_selected_experts", "k"),
    ACTIVATION: ("activation", "act", "act_fn", "activation_fn", "activation_function", "hidden_act", "nonlinearity"),
}


def _held(side: LiveNetwork, each: UnprintedSetting) -> _HeldSetting | None:
    """What a network holds of a setting; None where it is no live one, or holds it in an object or in its code."""
    if not side.is_live:
        return None
    if each.setting == SETTINGS:
        own = side.modules.get(each.path, NOTHING).attributes
        if UNKNOWN in own.values():
            return None
        return _HeldSetting(SETTINGS, (", ".join(f"{name}={value}" for name, value in own.items()),))
    names = _NAMES.get(each.setting, ())
    places = _places(side, each) if names else []
    for name in names:
        values = [side.value(path, name) for path in places]
        known = tuple(dict.fromkeys(value for value in values if value is not UNKNOWN))
        if known:
            return _HeldSetting(name, known)
    return None


def _places(side: LiveNetwork, each: UnprintedSetting) -> list[str]:
    """The modules of the class, in their order, the first that is shown before all; of a router also what is in it."""
    classes = {each.class_name, *(each.classes if each.setting == TOP_K else ())}
    found = [path for path in side.modules if (layer := side.printed(path)) and layer.class_name in classes]
    return [each.path, *found]


def _alike(
    ours: Iterable[UnprintedSetting], theirs: Iterable[UnprintedSetting]
) -> Iterator[tuple[UnprintedSetting, UnprintedSetting]]:
    """Entries of one setting: of one class, or of classes that only one side has, in printed order."""
    left = {(each.setting, each.class_name): each for each in ours}
    others = []
    for each in theirs:
        if same := left.pop((each.setting, each.class_name), None):
            yield same, each
        elif each.setting != SETTINGS:  # a layer of another class is a finding of its own
            others.append(each)
    for each in others:
        key = next((key for key in left if key[0] == each.setting), None)
        if key:
            yield left.pop(key), each


def _attributes(ours: UnprintedSetting, theirs: UnprintedSetting, networks: Iterable[str]) -> str:
    """The line of code; what an attention is set to may stand in the configuration that the network holds."""
    around = networks if theirs.setting == HEADS else ()
    classes = dict.fromkeys((*around, *theirs.classes, *ours.classes))
    return hints.attributes(*classes, buffers=theirs.setting == SETTINGS, forward=theirs.setting == ACTIVATION)


def _not_printed(each: UnprintedSetting) -> Message:
    if each.setting != HEADS:
        return message(f"neither-prints-{each.setting}", class_name=each.class_name)
    others = "scale and window" if each.prints_dropout else "scale, dropout and window"
    first = message("whether-it-normalizes-first", class_name=each.block) if each.block_normalizes else None
    return message("neither-prints-heads", class_name=each.class_name, others=others, first=first)


def _place(each: UnprintedSetting) -> Place:
    return Place(each.path, each.line, UNKNOWN, each.class_name)
