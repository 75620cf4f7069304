"""Which settings a class of somebody holds and does not print: the heads of attention, how many experts run.

Found by class and by the names of what is printed inside. Knows one network at a time; the fields of kinds say the same
of classes that are known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final, NamedTuple

from archdiff.model.network import Layer, join, names
from archdiff.semantics.attention import is_query
from archdiff.semantics.containers import Forward, forward
from archdiff.semantics.kinds import Trait
from archdiff.semantics.rules import has

HEADS: Final = "num_heads"
TOP_K: Final = "top_k"
ACTIVATION: Final = "activation"
#: of a layer that prints neither settings nor children
SETTINGS: Final = "settings"
#: whether a map shares its weight with an embedding
TIED: Final = "tie_word_embeddings"

#: the names of what no print of a class of somebody holds
FACTS: Final = frozenset({HEADS, TOP_K, ACTIVATION, SETTINGS, TIED})


class Hidden(NamedTuple):
    """One setting that a class holds and does not print."""

    setting: str
    class_name: str
    path: str  # of the first layer of this class that holds it
    line: int
    layers: int  # how many of this class hold it
    classes: tuple[str, ...]  # whose attributes may hold it
    block: str = ""  # the class around an attention
    block_normalizes: bool = False  # it holds norms, which may run before or after the attention
    prints_dropout: bool = False


def hidden(root: Layer) -> tuple[Hidden, ...]:
    """Every setting that a class of somebody holds and does not print, one entry a class, in printed order.

    Args:
        root: the network in normal form.
    """
    entries = [
        each
        for each in _merged(_of(root, {}))
        if each.path or (each.setting != ACTIVATION and (each.setting != SETTINGS or root.name))
    ]
    routers = {name for each in entries if each.setting == TOP_K for name in each.classes}
    return tuple(
        each._replace(path=join(root.name, each.path))
        for each in entries
        if not (each.setting == SETTINGS and each.class_name in routers)  # shown with the experts
    )


def network_class(root: Layer) -> str:
    """The class of the network itself, below its wrappers; "" where it is none of somebody."""
    while len(root.children) == 1 and forward(root) is Forward.IN_ORDER:
        root = root.children[0]
    return root.class_name if forward(root) is Forward.SOMEBODY else ""


#: entries of all children together, by the identity of the children, which equal blocks share
_Known = dict[int, tuple[Hidden, ...]]


def _inside(layer: Layer, known: _Known) -> tuple[Hidden, ...]:
    """What is below a layer; paths begin in it. The depth of a print is bounded, so recursion is."""
    found = known.get(id(layer.children))
    if found is None:
        found = known[id(layer.children)] = _merged(
            each._replace(path=join(names(child)[0], each.path), layers=each.layers * child.repeat)
            for child in layer.children
            if child.children or not child.kind  # of a leaf of a known kind its fields tell
            for each in _of(child, known)
        )
    return found


def _of(layer: Layer, known: _Known) -> Iterator[Hidden]:
    """A layer's own entries, then those below it."""
    yield from _own(layer)
    around = bool(layer.children) and forward(layer) is Forward.SOMEBODY
    for each in _inside(layer, known):
        below = each._replace(line=each.line + layer.shift)
        if around and each.setting == HEADS and not each.block:
            classes = (layer.class_name, *each.classes)
            below = below._replace(block=layer.class_name, block_normalizes=_normalizes(layer), classes=classes)
        yield below


def _merged(entries: Iterable[Hidden]) -> tuple[Hidden, ...]:
    """One entry a setting and class: the first one, counting all."""
    found: dict[tuple[str, str], Hidden] = {}
    for each in entries:
        first = found.get((each.setting, each.class_name))
        found[each.setting, each.class_name] = first._replace(layers=first.layers + each.layers) if first else each
    return tuple(found.values())


def _own(layer: Layer) -> Iterator[Hidden]:
    """What a layer itself holds and does not print; only classes that no kind describes."""
    if layer.kind or not layer.class_name:
        return
    entry = Hidden("", layer.class_name, "", layer.span.line, 1, (layer.class_name,))
    if not layer.children:
        if not layer.settings:
            yield entry._replace(setting=SETTINGS)
        return
    speaks = _speaks(layer.class_name, tuple([child.name for child in layer.children]))
    if speaks and _is_attention(layer):
        yield entry._replace(setting=HEADS, prints_dropout=any(has(child, Trait.DROPS) for child in layer.children))
    if speaks and (classes := _chooses_experts(layer)):
        yield entry._replace(setting=TOP_K, classes=classes)
    if [child.kind for child in layer.children].count("linear") == 2 and _widens_without_activation(layer):
        yield entry._replace(setting=ACTIVATION)


_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_KEYS: Final = frozenset({"k", "key", "keys", "kv", "qkv", "wk", "wqkv"})
#: words of names that speak of the queries, keys and values of attention
_PROJECTS: Final = frozenset({*_KEYS, "q", "v", "wq", "query", "queries", "value", "values"})


#: without one of them nothing is an attention or a router
_SPEAKS: Final = _PROJECTS | {"attention", "attn", "expert", "experts", "router", "gate", "gating"}


@cache
def _words(name: str) -> frozenset[str]:
    """`q_proj`, `qProj` -> q, proj; `GPT2Attention` -> gpt, 2, attention."""
    return frozenset(word.lower() for word in _WORDS.findall(name))


@cache
def _speaks(class_name: str, children: tuple[str, ...]) -> bool:
    """Whether names speak of attention or of experts: most do not, and many blocks have the same."""
    return any(is_query(name.rpartition(".")[2]) or _words(name) & _SPEAKS for name in (class_name, *children))


def _is_attention(layer: Layer) -> bool:
    """Whether it projects queries and keys, or is called an attention and prints projections of another class, or none.

    A Linear named `q` may be of a Q-network; attention has keys as well.
    """
    maps = [child.name for child in layer.children if _is_map(child)]
    words = frozenset[str]().union(*(_words(child.name) for child in layer.children))
    if any(is_query(name.rpartition(".")[2]) for name in maps) and words & (_KEYS | {"attn"}):
        return True
    if not _words(layer.class_name) & {"attention", "attn"}:
        return False
    leaves = [child for child in layer.children if not child.children]
    if any(_words(child.name) & _PROJECTS for child in leaves if _is_map(child) or not child.kind):
        return True
    return "in_proj" in maps or (not maps and all(child.kind for child in leaves) and leaves == [*layer.children])


def _chooses_experts(layer: Layer) -> tuple[str, ...]:
    """The classes that may hold how many experts a router chooses; none where nothing is chosen."""
    experts = [child for child in layer.children if _words(child.name) & {"expert", "experts"} and not _is_map(child)]
    routers = [child for child in layer.children if child not in experts and _is_router(child.name)]
    if not routers or not (experts or any("router" in _words(child.name) for child in routers)):
        return ()
    parts = (child.class_name for child in (*routers, *experts) if not child.kind)
    return tuple(dict.fromkeys((layer.class_name, *parts)))


def _is_router(name: str) -> bool:
    """Not `gate_proj`, which is of a feed-forward part with a gate."""
    return bool(_words(name) & {"router", "gate", "gating"}) and "proj" not in _words(name)


def _widens_without_activation(layer: Layer) -> bool:
    """Whether it widens its input and makes it as narrow as it was (the feed-forward part of a transformer), and prints
    no activation: two maps in a row would be one."""
    maps = [child for child in layer.children if _is_map(child)]
    sizes = [_features(child) for child in maps]
    others = [child for child in layer.children if child not in maps]
    if len(sizes) != 2 or not all(any(has(child, trait) for trait in _NO_ACTIVATION) for child in others):
        return False
    (inputs, wide), (from_wide, outputs) = sizes
    return 0 < inputs == outputs < wide == from_wide


_NO_ACTIVATION: Final = (Trait.DROPS, Trait.NORMALIZES, Trait.IDENTITY)


def _features(layer: Layer) -> tuple[int, int]:
    """How many features a Linear takes and gives; zeros where nothing tells."""
    printed = {setting.name: setting.value for setting in layer.settings}
    inputs, outputs = printed.get("in_features"), printed.get("out_features")
    return (inputs, outputs) if isinstance(inputs, int) and isinstance(outputs, int) else (0, 0)


def _normalizes(layer: Layer) -> bool:
    return any(has(child, Trait.NORMALIZES) for child in layer.children)


def _is_map(layer: Layer) -> bool:
    return has(layer, Trait.AFFINE_MAP)
