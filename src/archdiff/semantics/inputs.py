"""Whether the keys and values of an attention may come from another input than its queries: cross attention.

No print holds what a forward passes on. Names say it, of the attention and of what holds it, and so does a second
attention in one block, which takes the output of an encoder in a decoder. Must not be taken for a proof that they do
not: a class of somebody may always do so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from archdiff.model.network import Layer
from archdiff.semantics.containers import Forward, forward, forward_of
from archdiff.semantics.projections import ATTENTION, MULTIHEAD, printed
from archdiff.semantics.sites import Site

_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_ATTENDS: Final = re.compile(r"att|mha")
#: alone, in a name or a class: what is attended to, or attends, is another input
_CROSSES: Final = re.compile(r"cross|xatt|perceiver|resampler|pool|probe|latent|guided|coatt|abstractor|qformer")
#: of another network part, where a name says that it is an attention, too: `encoder_attn`, `EncDecAttention`
_OF_ANOTHER: Final = re.compile(
    r"enc(oder)?(dec(oder)?)?|src|source|mem(ory)?|ctx|context|cond\w*|inter|image|vision|text"
)
#: of a module beside the projections: `norm_context`, `norm_kv`
_CONTEXT: Final = frozenset({"context", "ctx", "cond", "media", "latents", "memory", "kv"})
_OF_ITSELF: Final = frozenset({"self", "sa"})


def may_cross(site: Site) -> bool:
    """Whether keys and values may come from another input, by what the print holds."""
    holder = site.around[-1] if site.around else None
    names = _names(site)
    if any(map(_says_cross, names)) or any(map(_says_context, site.layer.children)):
        return True
    if holder is None or forward(holder) is Forward.IN_ORDER:  # which passes on one input
        return False
    return any(map(_says_context, holder.children)) or _is_second(site)


def role(site: Site) -> bool:
    """What an attention is for, by which sites of two networks stand for each other."""
    return may_cross(site)


def _names(site: Site) -> list[str]:
    """Its name and class, and those of what holds it, up to and with the list that it stands in."""
    names = [site.layer.class_name, site.layer.name]
    for layer in reversed(site.around):
        names.append(layer.name)
        if forward(layer) in (Forward.HOLDS, Forward.IN_ORDER):
            break
        names.append(layer.class_name)
    return names


@cache
def words(name: str) -> frozenset[str]:
    """`CrossAttention` -> cross, attention."""
    return frozenset(word.lower() for word in _WORDS.findall(name))


@cache
def _says_cross(name: str) -> bool:
    said = words(name)
    if any(map(_CROSSES.match, said)):
        return True
    of_another = any(map(_OF_ANOTHER.fullmatch, said)) and not any(word.startswith("eff") for word in said)
    return of_another and any(map(_ATTENDS.match, said))


def _says_context(layer: Layer) -> bool:
    return not layer.children and _norm_of_context(layer.name)


@cache
def _norm_of_context(name: str) -> bool:
    said = words(name)
    return bool(said & {"norm", "ln", "layernorm", "proj"}) and bool(said & _CONTEXT) and said != {"kv", "proj"}


def _is_second(site: Site) -> bool:
    """Whether a block around it holds another attention, which stands first or is called its own."""
    inner, names = site.layer, [site.layer.name, site.layer.class_name]
    for layer in reversed(site.around):
        lists = forward(layer) in (Forward.HOLDS, Forward.IN_ORDER)
        if lists and len({child.class_name for child in layer.children}) == 1:
            return False  # a stack of equal blocks
        attending = [child for child in layer.children if _attends(child)]
        place = next((at for at, child in enumerate(attending) if child is inner), 0)
        if len(attending) > 1 and not any(words(name) & _OF_ITSELF for name in names):
            return place > 0 or any(words(child.name) & _OF_ITSELF for child in attending)
        if lists:
            return False
        inner, names = layer, [layer.name, layer.class_name]
    return False


def _attends(layer: Layer) -> bool:
    """Whether it is an attention, or a class around one that holds no list of others."""
    if layer.kind == MULTIHEAD or printed(layer, ATTENTION):
        return True
    return not _is_list(layer) and any(map(_attends, _with_children(layer)))


def _with_children(layer: Layer) -> Iterator[Layer]:
    return (child for child in layer.children if child.children)


def _is_list(layer: Layer) -> bool:
    return bool(layer.kind) and forward_of(layer.kind) in (Forward.HOLDS, Forward.IN_ORDER)
