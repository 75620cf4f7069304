"""Which settings a class of somebody holds and does not print: the heads of attention, how many experts run.

Found by class and by the names of what is printed inside. Knows one network at a time; the fields of kinds say the same
of classes that are known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from operator import attrgetter
from typing import Final, NamedTuple, TypeAlias

from archdiff.model.memo import Memo
from archdiff.model.network import CHILDREN, Layer, join, names
from archdiff.semantics.attention import is_query
from archdiff.semantics.containers import Forward, forward
from archdiff.semantics.kinds import Trait, has, may_have
from archdiff.semantics.names import words
from archdiff.semantics.projections import widths

HEADS: Final = "num_heads"
TOP_K: Final = "top_k"
ACTIVATION: Final = "activation"
#: of a layer that prints neither settings nor children
SETTINGS: Final = "settings"
#: whether a map shares its weight with an embedding
TIED: Final = "tie_word_embeddings"

#: the names of settings that no print of a class of somebody holds
SETTING_NAMES: Final = frozenset({HEADS, TOP_K, ACTIVATION, SETTINGS, TIED})


class UnprintedSetting(NamedTuple):
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


def unprinted_settings(*roots: Layer) -> list[tuple[UnprintedSetting, ...]]:
    """The settings that classes of somebody hold and do not print.

    Args:
        roots: networks in normal form, which may share blocks.

    Returns:
        For each network one entry a setting and class, in printed order.
    """
    collector = _Collector()
    return [_of_network(root, collector) for root in roots]


def _of_network(root: Layer, collector: _Collector) -> tuple[UnprintedSetting, ...]:
    entries = [
        each
        for each in collector.merged([root._replace(name="", repeat=1)])
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


#: the setting, and the class that holds it
_Key: TypeAlias = tuple[str, str]


class _Collector:
    """What classes of somebody hold in one network; blocks that stand in several places are looked at a single time."""

    def __init__(self) -> None:
        self._inside: Memo[dict[_Key, int]] = Memo(self._counts)
        self._own = Memo(_own)

    def merged(self, layers: Sequence[Layer]) -> list[UnprintedSetting]:
        """What layers hold with all below them, one entry a setting and class: the first one, counting all."""
        return [self._first(layers, key)._replace(layers=count) for key, count in self._counts(layers).items()]

    def _counts(self, layers: Iterable[Layer]) -> dict[_Key, int]:
        """How many layers hold each setting, those that stand first before others."""
        counts: dict[_Key, int] = {}
        for layer in layers:
            for each in () if layer.kind else self._held(layer):
                key = each.setting, each.class_name
                counts[key] = counts.get(key, 0) + layer.repeat
            if layer.children:
                for key, number in self._inside(layer.children).items():
                    counts[key] = counts.get(key, 0) + number * layer.repeat
        return counts

    def _held(self, layer: Layer) -> tuple[UnprintedSetting, ...]:
        """What a layer itself holds; of one of a known kind its fields say that."""
        if layer.kind or not layer.class_name:
            return ()
        return self._own(layer.children, layer.class_name, bool(layer.settings))

    def _first(self, layers: Sequence[Layer], key: _Key) -> UnprintedSetting:
        """The first that is held, with its place below what holds these layers."""
        for layer in layers:
            for each in self._held(layer):
                if (each.setting, each.class_name) == key:
                    return each._replace(path=names(layer)[0], line=layer.span.line)
            if layer.children and key in self._inside(layer.children):
                return _below(layer, self._first(layer.children, key))
        raise KeyError(key)


def _below(layer: Layer, each: UnprintedSetting) -> UnprintedSetting:
    """What is held in a layer, with its place, and with the block that stands around an attention."""
    below = each._replace(path=join(names(layer)[0], each.path), line=each.line + layer.shift)
    if each.setting != HEADS or each.block or forward(layer) is not Forward.SOMEBODY:
        return below
    classes = (layer.class_name, *each.classes)
    normalizes = any(has(child, Trait.NORMALIZES) for child in layer.children)
    return below._replace(block=layer.class_name, block_normalizes=normalizes, classes=classes)


def _own(children: tuple[Layer, ...], class_name: str, has_settings: bool) -> tuple[UnprintedSetting, ...]:
    """What a class that no kind describes holds and does not print, wherever it stands."""
    if not children:
        return () if has_settings else (_entry(class_name, SETTINGS),)
    holds = _holds(class_name, tuple(map(_SHOWN, children)), tuple(map(bool, map(CHILDREN, children))))
    if not any(holds):
        return ()
    found = []
    if holds.heads:
        drops = any(has(child, Trait.DROPS) for child in children)
        found.append(_entry(class_name, HEADS)._replace(prints_dropout=drops))
    if holds.top_k:
        found.append(_entry(class_name, TOP_K)._replace(classes=holds.top_k))
    if holds.two_maps and _widens_without_activation(children):
        found.append(_entry(class_name, ACTIVATION))
    return tuple(found)


_SHOWN: Final = attrgetter("name", "class_name", "kind")


def _entry(class_name: str, setting: str) -> UnprintedSetting:
    return UnprintedSetting(setting, class_name, "", 0, 1, (class_name,))


class _Child(NamedTuple):
    """What shows of one child what a class of somebody is."""

    name: str
    class_name: str
    kind: str
    has_children: bool

    @property
    def is_map(self) -> bool:
        return may_have(self.kind, Trait.AFFINE_MAP)


class _NotPrinted(NamedTuple):
    """What a class of somebody holds and does not print, as far as names and kinds show."""

    heads: bool = False
    top_k: tuple[str, ...] = ()  # classes that may hold how many experts a router chooses
    two_maps: bool = False  # two Linear layers, between which an activation may run


@cache
def _holds(class_name: str, children: tuple[tuple[str, str, str], ...], have_children: tuple[bool, ...]) -> _NotPrinted:
    """`children`: as of `_Child`; many blocks have the same."""
    parts = [_Child(*child, more) for child, more in zip(children, have_children, strict=True)]
    two_maps = [part.kind for part in parts if part.is_map] == ["linear", "linear"]
    if not _speaks((class_name, *(part.name for part in parts))):
        return _NotPrinted(two_maps=two_maps)
    return _NotPrinted(_is_attention(class_name, parts), _chooses_experts(class_name, parts), two_maps)


_KEYS: Final = frozenset({"k", "key", "keys", "kv", "qkv", "wk", "wqkv"})
#: words of names that speak of the queries, keys and values of attention
_PROJECTS: Final = frozenset({*_KEYS, "q", "v", "wq", "query", "queries", "value", "values"})


#: without one of them nothing is an attention or a router
_SPEAKS: Final = _PROJECTS | {"attention", "attn", "expert", "experts", "router", "gate", "gating"}


def _speaks(every: Iterable[str]) -> bool:
    """Whether names speak of attention or of experts: most do not."""
    return any(is_query(name.rpartition(".")[2]) or words(name) & _SPEAKS for name in every)


def _is_attention(class_name: str, parts: Sequence[_Child]) -> bool:
    """Whether it projects queries and keys, or is called an attention and prints projections of another class, or none.

    A Linear named `q` may be of a Q-network; attention has keys as well.
    """
    maps = [part.name for part in parts if part.is_map]
    all_words = frozenset[str]().union(*(words(part.name) for part in parts))
    if any(is_query(name.rpartition(".")[2]) for name in maps) and all_words & (_KEYS | {"attn"}):
        return True
    if not words(class_name) & {"attention", "attn"}:
        return False
    leaves = [part for part in parts if not part.has_children]
    if any(words(part.name) & _PROJECTS for part in leaves if part.is_map or not part.kind):
        return True
    return "in_proj" in maps or (not maps and all(part.kind for part in leaves) and leaves == [*parts])


def _chooses_experts(class_name: str, parts: Sequence[_Child]) -> tuple[str, ...]:
    """The classes that may hold how many experts a router chooses; none where nothing is chosen."""
    experts = [part for part in parts if words(part.name) & {"expert", "experts"} and not part.is_map]
    routers = [part for part in parts if part not in experts and _is_router(part.name)]
    if not routers or not (experts or any("router" in words(part.name) for part in routers)):
        return ()
    unknown = (part.class_name for part in (*routers, *experts) if not part.kind)
    return tuple(dict.fromkeys((class_name, *unknown)))


def _is_router(name: str) -> bool:
    """Not `gate_proj`, which is of a feed-forward part with a gate."""
    return bool(words(name) & {"router", "gate", "gating"}) and "proj" not in words(name)


_NO_ACTIVATION: Final = (Trait.DROPS, Trait.NORMALIZES, Trait.IDENTITY)


def _widens_without_activation(children: tuple[Layer, ...]) -> bool:
    """Whether two Linear layers widen the input and make it as narrow as it was, and no activation is printed.

    So does the feed-forward part of a transformer; without an activation two maps in a row would be one.
    """
    maps = [child for child in children if child.kind == "linear"]
    if not all(any(has(child, trait) for trait in _NO_ACTIVATION) for child in children if child not in maps):
        return False
    (inputs, wide), (from_wide, outputs) = map(widths, maps)
    return 0 < inputs == outputs < wide == from_wide
