"""Projections of one input, apart in this network and one Linear in the other.

One Linear gives what several give, one behind the other; which rows are whose no print shows, and the keys of a
checkpoint are others. Only where the other network prints the one and not the parts: alone, each keeps its name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from archdiff.model.effects import Effect
from archdiff.model.network import Layer, Setting
from archdiff.semantics.attention import FUSED, part
from archdiff.semantics.containers import Forward, forward
from archdiff.semantics.rules import Rule

_SAME: Final = ("in_features", "bias")


def rule(name: str, *parts: str) -> Rule:
    """The rule for projections that compute these parts, in this order."""
    return Rule(
        name=name,
        effect=Effect.EQUIVALENT,
        finding="AD302",
        because="one Linear gives what several give that take one input; the checkpoint is laid out otherwise",
        rewrite=lambda layer: _rewrite(layer, parts),
        concerns=lambda kind, below: "linear" in below,
        beside=lambda own, other: _beside(own, other, parts),
    )


def _rewrite(layer: Layer, parts: tuple[str, ...]) -> Layer | None:
    if forward(layer) is not Forward.SOMEBODY:  # in a Sequential one would take what the other gives
        return None
    places = [at for at, child in enumerate(layer.children) if part(child.name) in parts]
    if len(places) != len(parts) or places[-1] - places[0] != len(places) - 1:  # what is between may be for one alone
        return None
    declared = [layer.children[at] for at in places]
    found = sorted(declared, key=lambda child: parts.index(part(child.name)))
    if [part(child.name) for child in found] != [*parts] or not (all(map(_is_plain, found)) and _agree(found)):
        return None
    one = declared[0]._replace(name="+".join(child.name for child in found), settings=_settings(found))
    return layer._replace(children=(*layer.children[: places[0]], one, *layer.children[places[-1] + 1 :]))


def _is_plain(layer: Layer) -> bool:
    """Whether it prints no more than its sizes and its bias."""
    names = {setting.name for setting in layer.settings}
    return layer.kind == "linear" and not layer.children and names <= {"in_features", "out_features", "bias"}


def _agree(layers: Sequence[Layer]) -> bool:
    told = [{setting.name: setting.value for setting in layer.settings} for layer in layers]
    return all(each.get(name) == told[0].get(name) for each in told for name in _SAME)


def _settings(layers: Sequence[Layer]) -> tuple[Setting, ...]:
    widths = [setting.value for layer in layers for setting in layer.settings if setting.name == "out_features"]
    total = sum(width for width in widths if isinstance(width, int))
    return tuple(
        Setting("out_features", total, f"out_features={total}") if setting.name == "out_features" else setting
        for setting in layers[0].settings
    )


def _beside(own: frozenset[str], other: frozenset[str], parts: tuple[str, ...]) -> bool:
    """Whether the other network prints as one what this one prints apart, and not apart as well."""
    if not _apart(parts, own) or _apart(parts, other):
        return False
    held = parts == ("query", "key", "value") and "multihead_attention" in other  # which prints none of them
    return held or bool(FUSED[parts] & other)


def _apart(parts: tuple[str, ...], names: frozenset[str]) -> bool:
    return set(parts) <= {part(name) for name in names}
