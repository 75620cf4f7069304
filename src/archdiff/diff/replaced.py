"""Another class in the same place: what it changes, and what the prints of both say otherwise.

Must not decide which layers stand for each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from archdiff.diff import hints, layer_effects, messages
from archdiff.diff.draft import Draft, place
from archdiff.diff.network_index import NetworkIndex
from archdiff.diff.steps import Pair
from archdiff.infer.leaf import Leaf
from archdiff.model.effects import Effect
from archdiff.model.message import Message, because, message
from archdiff.model.network import UNKNOWN, Layer, Value
from archdiff.semantics.kinds import REQUIRED
from archdiff.semantics.rules import describe


def replaced(
    pair: Pair, leaves: tuple[Leaf, Leaf], networks: tuple[NetworkIndex, NetworkIndex], own: Message | None
) -> Draft:
    """Another kind of layer in the same place.

    Args:
        pair: Both layers.
        leaves: The same with their sizes.
        networks: The candidate and the reference.
        own: Why no print shows what the layer is there for; None where it does.
    """
    certain = all(network.shapes_are_given for network in networks)
    effect, why = layer_effects.replaced(*leaves, certain)
    if effect is Effect.FUNCTION and own:
        effect, why = Effect.UNKNOWN, own
    printed = [
        network.sized.normal.printed(leaf.path) or leaf.layer for network, leaf in zip(networks, leaves, strict=True)
    ]
    names = [leaf.layer.class_name or messages.NO_CLASS for leaf in leaves]
    unknown = next((leaf for leaf in leaves if leaf.kind is None and leaf.layer.class_name), None)
    if names[0] == names[1]:  # with other settings it is another function
        what = message("replaced", ours=describe(printed[0]), theirs=describe(printed[1]))
    else:
        what = message("replaced", ours=names[0], theirs=names[1])
        remark = _settings(_as_printed(printed)) if unknown else _settings(_known(leaves, printed), _own(leaves))
        what = message("remarked", what=what, remark=remark) if remark else what
    hint = hints.class_of(unknown.path) if unknown else ""
    return Draft(
        "AD105", effect, because(what, why), "structure", place(pair.candidate), place(pair.reference), hint=hint
    )


def _settings(sides: Sequence[Mapping[str, Value]], own: Iterable[tuple[str, Value]] = ()) -> Message | None:
    """What both print of one name, or in one place, and otherwise; what is `own` of one side behind it."""
    ours, theirs = sides
    other = [name for name, value in ours.items() if name in theirs and theirs[name] != value]
    told = [messages.setting(name, ours[name], theirs[name]) for name in other]
    told += [message("own", name=name, value=messages.parameter(value)) for name, value in own]
    return message("remark", text="; ".join(map(messages.text, told))) if told else None


def _as_printed(layers: Iterable[Layer]) -> list[dict[str, Value]]:
    """By name or place: all that shows of a class without a kind."""
    return [{each.name or f"setting {at}": each.value for at, each in enumerate(layer.settings, 1)} for layer in layers]


def _known(leaves: tuple[Leaf, Leaf], layers: Iterable[Layer]) -> list[dict[str, Value]]:
    """What matters of the settings that two kinds have, defaults too: another pool's kernel, another norm's eps.

    One that follows from others is told where both print it.
    """
    found: list[dict[str, Value]] = [{}, {}]
    named = {each.name for layer in layers for each in layer.settings}
    kinds = [leaf.kind for leaf in leaves]
    for field in kinds[0].fields if kinds[0] and kinds[1] else ():
        other = kinds[1].field(field.name) if kinds[1] else None
        both = [leaf.settings.known(field.name) for leaf in leaves]
        is_printed = field.name in named or field.default is REQUIRED
        matters = other and is_printed and max(field.effect, other.effect) > Effect.COSMETIC
        printed = [field.name in leaf.settings.printed for leaf in leaves]
        if matters and UNKNOWN not in both and (all(printed) if callable(field.default) else any(printed)):
            for side, value in zip(found, both, strict=True):
                side[field.name] = value
            if (
                field.follows and _differ(found, field.follows) and _differ(found, field.name)
            ):  # one decision, told once
                for side in found:
                    del side[field.name]
    return found


def _differ(sides: Sequence[Mapping[str, Value]], name: str) -> bool:
    return all(name in side for side in sides) and sides[0][name] != sides[1][name]


def _own(leaves: tuple[Leaf, Leaf]) -> Iterator[tuple[str, Value]]:
    """What only one of two kinds has and somebody chose: the slope of a LeakyReLU, the groups of a GroupNorm."""
    for leaf, other in (leaves, leaves[::-1]):
        for name, value in leaf.settings.printed.items():
            field = leaf.kind.field(name) if leaf.kind else None
            if field is None or field.aspect != "setting" or field.effect < Effect.FUNCTION:
                continue
            default = field.default, (field.default,) * field.spread
            if value not in default and other.kind and other.kind.field(name) is None:
                yield name, value
