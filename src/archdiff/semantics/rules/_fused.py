"""Projections of one input that this network prints in more layers than the other does: q, k and v against qkv.

One Linear gives what several give, one behind the other; which rows are whose no print shows, and the keys of a
checkpoint are others. Only where the other network prints, in the same place, as one what this one prints apart: alone,
each keeps its name. What has to hold for that to be one function, and no print shows, is a condition.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from archdiff.model.effects import Effect
from archdiff.model.message import Message, message
from archdiff.model.network import Layer
from archdiff.model.wording import joined
from archdiff.semantics.inputs import may_cross
from archdiff.semantics.names import words
from archdiff.semantics.projections import (
    ATTENTION,
    GATED,
    NOT_PRINTED,
    ProjectionLayer,
    form_of,
    is_output,
    may_differ,
    others,
    projection_layers,
    widths,
)
from archdiff.semantics.rules import Rule
from archdiff.semantics.sites import Beside, Replacement, Site

_OUT: Final = ("out_features", "out_channels")
#: all that a layer may print that is put together with others; `groups` would divide the rows of all
_PLAIN: Final = frozenset(
    {
        *("in_features", "in_channels", "bias", "kernel_size", "stride", "padding", "dilation", "padding_mode"),
        *_OUT,
    }
)


def rule(name: str, family: tuple[str, ...]) -> Rule:
    """The rule for projections of one input.

    Args:
        name: of the rule.
        family: ATTENTION or GATED; one layer gives them in this order.
    """
    return Rule(
        name=name,
        effect=Effect.EQUIVALENT,
        because="one Linear gives what several give that take one input; the checkpoint is laid out otherwise",
        beside=Beside(
            lambda own, other: may_differ(own, other, family),
            form_of(family),
            may_cross,
            lambda site, other: _rewrite(site, other, family),
        ),
    )


def _rewrite(site: Site, other: Site, family: tuple[str, ...]) -> Replacement | None:
    own, theirs = members_of(site, family), members_of(other, family)
    needs: list[Message] = []
    groups = [group for group in _joined(own, theirs) if len(group) > 1]
    if not groups:
        return None
    layer = site.layer
    for group in groups:
        model = _model(group, theirs)
        if model is None:
            return None
        layer = _with_one(layer, group, model, _stands_last(theirs, other))
        needs += [*_of_biases(group, model), *_of_places(site.layer, group)]
    needs += [*needed(site, other, family), *_of_rows(site, [*own, *theirs])]
    before = ", ".join(member.layer.name for group in groups for member in group)
    return Replacement(layer, before, tuple(dict.fromkeys(needs)), assumption(site, other, family))


def members_of(site: Site, family: tuple[str, ...]) -> tuple[ProjectionLayer, ...]:
    """The layers that give these projections; none of a MultiheadAttention, which does not print them."""
    return () if site.form == NOT_PRINTED else projection_layers(site.layer, family)


def _joined(own: Sequence[ProjectionLayer], theirs: Sequence[ProjectionLayer]) -> list[list[ProjectionLayer]]:
    """Those of one site that have to be one, so that none of the other is in two of them; all where it prints none."""
    groups = [[member] for member in own]
    for parts in [member.parts for member in theirs] or [tuple(part for member in own for part in member.parts)]:
        meeting = [group for group in groups if any({*member.parts} & {*parts} for member in group)]
        if len(meeting) > 1:
            groups = [group for group in groups if group not in meeting]
            groups.append([member for group in meeting for member in group])
    return groups


def _model(group: Sequence[ProjectionLayer], theirs: Iterable[ProjectionLayer]) -> Layer | None:
    """A layer with the settings, but for the width, of one that gives what all of a group give; None where none is."""
    if not all(_PLAIN.issuperset(setting.name for setting in member.layer.settings) for member in group):
        return None
    kinds = {(member.layer.kind, _settings(member.layer, *_OUT, "bias")) for member in group}
    if len(kinds) != 1:
        return None
    with_bias = [member for member in group if has_bias(member.layer)]
    without = [member for member in group if not has_bias(member.layer)]
    if not with_bias or not without:
        return group[0].layer
    if [member.parts for member in without] != [("key",)]:
        return None
    one = next((member for member in theirs if "key" in member.parts), None)
    return with_bias[0].layer if one is None or has_bias(one.layer) else without[0].layer


def _settings(layer: Layer, *left_out: str) -> frozenset[tuple[str | None, object]]:
    return frozenset((setting.name, setting.value) for setting in layer.settings if setting.name not in left_out)


def has_bias(layer: Layer) -> bool:
    """Whether a layer has a bias, as it has where it prints none of that name."""
    return all(setting.value is True for setting in layer.settings if setting.name == "bias")


def _stands_last(theirs: Sequence[ProjectionLayer], other: Site) -> bool:
    """Whether the other class declares its output projection first, which changes nothing but what is drawn first."""
    first = min([member.place for member in theirs], default=0)
    return any(is_output(child.name) for child in other.layer.children[:first])


def _with_one(layer: Layer, group: Sequence[ProjectionLayer], model: Layer, last: bool) -> Layer:
    """The same with one layer for the group, where the first of it stands, or behind all that is declared."""
    family = ATTENTION if group[0].parts[0] in ATTENTION else GATED
    ordered = sorted(group, key=lambda member: family.index(member.parts[0]))
    first = min(group, key=lambda member: member.place)
    total = sum(member.width for member in group)
    settings = tuple(
        setting._replace(value=total, text=f"{setting.name}={total}") if setting.name in _OUT else setting
        for setting in model.settings
    )
    one = first.layer._replace(name="+".join(member.layer.name for member in ordered), settings=settings)
    names = {member.layer.name for member in group}
    children = [one if child.name == first.layer.name else child for child in layer.children]
    kept = [child for child in children if child.name not in names]
    if last and any(is_output(child.name) for child in kept):
        kept = [*(child for child in kept if child is not one), one]
    return layer._replace(children=tuple(kept))


def _of_biases(group: Sequence[ProjectionLayer], model: Layer) -> Iterator[Message]:
    """What has to hold where some of the group have a bias and others do not.

    A softmax takes any bias of key away, which adds the same to all scores of a query; a class of somebody may hold the
    biases of the others itself.
    """
    if len({has_bias(member.layer) for member in group}) > 1:
        code = "scores-go-into-softmax" if has_bias(model) else "holds-other-biases"
        key = next(member.layer.name for member in group if member.parts == ("key",))
        yield message(code, name=key)


def _of_places(layer: Layer, group: Sequence[ProjectionLayer]) -> Iterator[Message]:
    """What is declared between them may be for one alone, unless its name says for which."""
    places = [member.place for member in group]
    for child in layer.children[min(places) : max(places)]:
        named = any(member.layer is child for member in group) or is_output(child.name)
        if not named and not (words(child.name) & _OF_PARTS) and (group[0].parts[0] not in GATED or child.settings):
            yield message("of-all-alike", name=child.name)


#: words of names of what is for one projection alone: `q_norm`, `k_cache`
_OF_PARTS: Final = frozenset({"q", "k", "v", "query", "key", "value", "gate", "up", "act"})


def needed(site: Site, other: Site, family: tuple[str, ...]) -> Iterator[Message]:
    """What has to hold of two sites, and no print shows, for both to be one function."""
    if family == GATED:
        yield from _of_gates(site, other)
        return
    both = members_of(site, family), members_of(other, family)
    for own, apart in (both, both[::-1]):
        for member in own:
            if member.layer.name in _SAY_LITTLE and len(member.parts) > 1 and not _attends(site, other):
                yield message("gives", name=member.layer.name, parts=joined(member.parts))
            split = not apart or not any({*member.parts} <= {*each.parts} for each in apart)
            if split and "query" in member.parts and len(member.parts) > 1 and (may_cross(site) or may_cross(other)):
                yield message("of-one-input")


#: names of what may give something else as well
_SAY_LITTLE: Final = frozenset({"in_proj"})


def _attends(*sites: Site) -> bool:
    return any(word.startswith("att") for site in sites for word in words(site.layer.class_name)) or any(
        site.form == NOT_PRINTED for site in sites
    )


def _of_gates(site: Site, other: Site) -> Iterator[Message]:
    """A gate is as wide as what it gates, and so is what the layer behind takes; a router is none."""
    for each in (site, other):
        members = projection_layers(each.layer, GATED)
        if len(members) != 2:
            continue
        gate, up = members
        narrow = [widths(layer)[0] for layer in others(each.layer, members)]
        all_words = words(each.layer.class_name).union(*(words(child.name) for child in each.layer.children))
        if gate.width != up.width or narrow != [gate.width] or all_words & _ROUTES:
            yield message("gates", gate=gate.layer.name, up=up.layer.name)


_ROUTES: Final = frozenset({"moe", "mo", "router", "expert", "experts", "routing"})


def _of_rows(site: Site, members: Sequence[ProjectionLayer]) -> Iterator[Message]:
    """How many rows of one layer are of which projection, where they are not as many of each.

    Keys and values of fewer heads than queries follow from what the output projection takes, as wide as queries are.
    """
    rows = {member.parts[0]: member.width for member in members if len(member.parts) == 1}
    for member in members:
        left = [part for part in member.parts if part not in rows]
        if len(left) == 1:
            rows[left[0]] = member.width - sum(rows[part] for part in member.parts if part not in left)
    takes = [widths(layer)[0] for layer in others(site.layer, projection_layers(site.layer, ATTENTION))]
    if rows.get("key") == rows.get("value") and takes == [rows.get("query")]:
        return
    for member in members:
        sizes = [rows[part] for part in member.parts if part in rows]
        if len(set(sizes)) > 1:
            yield message("rows-are", name=member.layer.name, sizes=joined(map(str, sizes)), parts=joined(member.parts))


def assumption(site: Site, other: Site, family: tuple[str, ...]) -> Message | None:
    """What is taken for granted of the class that prints fewer layers: its projections take one input."""
    members = (*members_of(site, family), *members_of(other, family))
    parts = max((member.parts for member in members), key=len, default=())
    if len(parts) < 2:
        return None
    return message("taken-of-one-input", class_name=site.layer.class_name, parts=joined(parts))
