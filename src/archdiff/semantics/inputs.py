"""Whether the keys and values of an attention may come from another input than its queries: cross attention.

No print holds what a forward passes on. Names say it, of the attention and of what holds it, and so does a second
attention in one block, which takes the output of an encoder in a decoder. Must not be taken for a proof that they do
not: a class of somebody may always do so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Final, NamedTuple, cast

from archdiff.model.memo import Same
from archdiff.model.network import Layer, Value
from archdiff.semantics.containers import Forward, forward, forward_of
from archdiff.semantics.kinds import Trait, has
from archdiff.semantics.names import words
from archdiff.semantics.projections import ATTENTION, MULTIHEAD, projection_layers
from archdiff.semantics.sites import Site

_ATTENDS: Final = re.compile(r"att|mha")
#: alone, in a name or a class: what is attended to, or attends, is another input
_CROSSES: Final = re.compile(r"cross|xatt|perceiver|resampler|pool|probe|latent|guided|coatt|abstractor|qformer")
#: with a word for attention: queries are of the class token alone (CaiT, VOLO)
_CLASS_TOKEN: Final = frozenset({"class", "cls"})
#: of a table of places that a network adds to queries and keys, and not to values (DETR): `query_position_embeddings`
_PLACES: Final = frozenset({"pos", "position", "embed", "embedding", "embeddings"})
#: of another part, where the same name says that it is an attention: `encoder_attn`; in the name of a class it is where
#: that class is used (Speech2TextAttention)
_OF_ANOTHER: Final = re.compile(
    r"enc(oder)?(dec(oder)?)?|src|source|mem(ory)?|ctx|context|cond\w*|inter|image|vision|text"
)
#: of a module beside the projections: `norm_context`, `norm_kv`
_CONTEXT: Final = frozenset({"context", "ctx", "cond", "media", "latents", "memory", "kv"})
#: as many layers as a list may hold that is one block: attention, cross attention, feed-forward and their norms
_PARTS: Final = 8
_OF_ITSELF: Final = frozenset({"self", "sa"})


def may_cross(site: Site) -> bool:
    """Whether keys and values of an attention may come from another input than its queries.

    By what the print holds: names, classes, and what stands around it. False proves nothing of a class of somebody.
    """
    holder = site.around[-1] if site.around else None
    names, classes = _names(site)
    if any(map(_says_cross, names)) or any(map(class_says_cross, classes)):
        return True
    if any(_says_context(child) or _has_fewer_places(child) for child in site.layer.children):
        return True
    if any(_around_attention(Same(each.children)).add_places for each in site.around if not _is_list(each)):
        return True
    if holder is None or forward(holder) is Forward.IN_ORDER:  # which passes on one input
        return False
    return _around_attention(Same(holder.children)).say_context or _is_second(site)


class _AroundAttention(NamedTuple):
    """What the children of one container say of an attention among them."""

    add_places: bool
    say_context: bool
    attending: Mapping[int, int]  # the children that attend, by identity, with their place among these
    of_itself: bool  # one that attends is called its own


@lru_cache(maxsize=64)  # the sites of one container follow each other
def _around_attention(children: Same) -> _AroundAttention:
    layers = cast(tuple[Layer, ...], children.of)
    attending = [child for child in layers if _attends(child)]
    places = {id(child): place for place, child in reversed([*enumerate(attending)])}
    of_itself = any(words(child.name) & _OF_ITSELF for child in attending)
    return _AroundAttention(any(map(_adds_places, layers)), any(map(_says_context, layers)), places, of_itself)


def _names(site: Site) -> tuple[list[str], list[str]]:
    """The names, and the classes, of it and of what holds it, up to and with the list that it stands in."""
    names, classes = [site.layer.name], [site.layer.class_name]
    for layer in reversed(site.around):
        names.append(layer.name)
        if forward(layer) in (Forward.HOLDS, Forward.IN_ORDER):
            break
        classes.append(layer.class_name)
    return names, classes


@cache
def _says_cross(name: str) -> bool:
    parts = words(name)
    if any(map(_CROSSES.match, parts)) or _is_class_attention(parts):
        return True
    of_another = any(map(_OF_ANOTHER.fullmatch, parts)) and not any(word.startswith("eff") for word in parts)
    return of_another and any(map(_ATTENDS.match, parts))


@cache
def class_says_cross(name: str) -> bool:
    """Whether a class of this name takes keys and values of another input than queries."""
    parts = words(name)
    return (any(map(_CROSSES.match, parts)) and not parts & _OF_ITSELF) or _is_class_attention(parts)


def _adds_places(layer: Layer) -> bool:
    return not layer.children and "query" in words(layer.name) and not words(layer.name).isdisjoint(_PLACES)


def _is_class_attention(parts: frozenset[str]) -> bool:
    return bool(parts & _CLASS_TOKEN) and any(map(_ATTENDS.match, parts))


def _has_fewer_places(layer: Layer) -> bool:
    """Whether it pools or steps, so that keys and values can be of fewer places than queries: `sr` of a SegFormer."""
    steps = any(setting.name == "stride" and not _is_one(setting.value) for setting in layer.settings)
    pools = has(layer, Trait.AVERAGES) or has(layer, Trait.PICKS_MAX)
    return steps or pools or any(map(_has_fewer_places, layer.children))


def _is_one(value: Value) -> bool:
    return value == 1 or (isinstance(value, tuple) and set(value) == {1})


def _says_context(layer: Layer) -> bool:
    return not layer.children and _norm_of_context(layer.name)


@cache
def _norm_of_context(name: str) -> bool:
    parts = words(name)
    return bool(parts & {"norm", "ln", "layernorm", "proj"}) and bool(parts & _CONTEXT) and parts != {"kv", "proj"}


def _is_second(site: Site) -> bool:
    """Whether a block around it holds another attention, which stands first or is called its own."""
    inner, names = site.layer, [site.layer.name, site.layer.class_name]
    for layer in reversed(site.around):
        lists = forward(layer) in (Forward.HOLDS, Forward.IN_ORDER)
        if lists and (len(layer.children) > _PARTS or len({child.class_name for child in layer.children}) == 1):
            return False  # a stack of blocks
        siblings = _around_attention(Same(layer.children))
        if len(siblings.attending) > 1 and not any(words(name) & _OF_ITSELF for name in names):
            return siblings.attending.get(id(inner), 0) > 0 or siblings.of_itself
        if lists:
            return False
        inner, names = layer, [layer.name, layer.class_name]
    return False


def _attends(layer: Layer) -> bool:
    """Whether it is an attention, or a class around one that holds no list of others."""
    if layer.kind == MULTIHEAD or projection_layers(layer, ATTENTION):
        return True
    return not _is_list(layer) and any(_attends(child) for child in layer.children if child.children)


def _is_list(layer: Layer) -> bool:
    return bool(layer.kind) and forward_of(layer.kind) in (Forward.HOLDS, Forward.IN_ORDER)
