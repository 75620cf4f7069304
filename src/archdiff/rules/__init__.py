"""One normal form: kinds and setting names resolved, then every rule applied bottom-up; each rewrite is recorded.

One file a rule, each exporting `RULE`. A rule sees one layer (with its children already in normal form) and returns
another or None; it never sees the other network. Applying `normalize` to its own result changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache

from archdiff import kinds, plugins
from archdiff.effects import Effect
from archdiff.network import Layer, Network, Setting, join


@dataclass(frozen=True, slots=True)
class Rule:
    """When two spellings are one."""

    name: str
    effect: Effect  # of a difference that this rule takes away: COSMETIC or EQUIVALENT
    finding: str  # rule id of the finding that tells such a difference
    because: str
    rewrite: Callable[[Layer], Layer | None]


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Provenance: which rule changed what, where."""

    rule: str
    path: str
    before: str
    after: str
    line: int


@dataclass(frozen=True, slots=True)
class Normal:
    """A network in normal form, with the way it got there."""

    network: Network
    root: Layer
    rewrites: tuple[Rewrite, ...]


@cache
def table() -> dict[str, Rule]:
    """Rule name -> rule, in the alphabetical order of the files."""
    return {rule.name: rule for rule in plugins.load(__name__, "RULE").values()}


def normalize(network: Network) -> Normal:
    """The network in normal form."""
    rewrites: list[Rewrite] = []
    root = _bottom_up(network.root, rewrites)
    return Normal(network, root, tuple(reversed(rewrites)))


def _bottom_up(root: Layer, rewrites: list[Rewrite]) -> Layer:
    """Children before parents, without recursion: a print may be deeper than Python's stack."""
    order = list(_with_parents(root))
    children: dict[int, list[Layer]] = {}
    resolved: dict[tuple[str, int], tuple[str, tuple[Setting, ...]]] = {}  # by class and id of the printed settings
    done = root
    for index in range(len(order) - 1, -1, -1):
        path, layer, parent = order[index]
        below = children.pop(index, None)
        done = _resolved(layer, tuple(reversed(below)) if below else (), resolved)
        if below:  # rules look at a layer and the children in it: a leaf is in normal form once it is resolved
            done = _rewritten(done, path, rewrites)
        if parent >= 0:
            children.setdefault(parent, []).append(done)
    return done


def _with_parents(root: Layer) -> Iterator[tuple[str, Layer, int]]:
    """(path, layer, index of the parent in this order), parents first."""
    stack = [("", root, -1)]
    index = -1
    while stack:
        prefix, layer, parent = stack.pop()
        index += 1
        path = join(prefix, layer.name)
        yield path, layer, parent
        if layer.children:
            stack.extend([(path, child, index) for child in reversed(layer.children)])


def _resolved(
    layer: Layer, children: tuple[Layer, ...], resolved: dict[tuple[str, int], tuple[str, tuple[Setting, ...]]]
) -> Layer:
    if layer.kind:
        return layer if children == layer.children else replace(layer, children=children)
    key = layer.class_name, id(layer.settings)
    found = resolved.get(key)
    if found is None:
        found = resolved[key] = _resolve(layer.class_name, layer.settings)
    kind, settings = found
    return Layer(layer.name, layer.class_name, settings, children, layer.repeat, kind, layer.span, layer.layout)


@cache
def _resolve(class_name: str, settings: tuple[Setting, ...]) -> tuple[str, tuple[Setting, ...]]:
    kind = kinds.find(class_name)
    return (kind.name, kinds.resolve(kind, class_name, settings)) if kind else ("", settings)


def _rewritten(layer: Layer, path: str, rewrites: list[Rewrite]) -> Layer:
    while True:  # until none applies: what one rule brings together, another may merge
        for rule in table().values():
            after = rule.rewrite(layer)
            if after is not None:
                rewrites.append(Rewrite(rule.name, path, describe(layer), describe(after), layer.span.line))
                layer = after
                break
        else:
            return layer


def describe(layer: Layer) -> str:
    """One line for messages: `SparseWeights(weight_sparsity=0.4)`, `Sequential (8 children)`."""
    settings = ", ".join(setting.text or f"{setting.name}={setting.value}" for setting in layer.settings)
    children = f" ({len(layer.children)} children)" if len(layer.children) > 1 else ""
    return f"{layer.class_name}({settings}){children}" if settings or not children else f"{layer.class_name}{children}"


def has(layer: Layer, trait: kinds.Trait) -> bool:
    """Whether a normalized layer's kind has a trait; an unknown class has none."""
    if not layer.kind:
        return False
    traits = _traits(layer.kind)
    return trait in (traits(kinds.settings_of(layer)) if callable(traits) else traits)


@cache
def _traits(kind: str) -> kinds.Traits:
    return kinds.by_name()[kind].traits


def is_layer(layer: Layer) -> bool:
    """Whether there is something to compare besides its children: a leaf, a known class that is no container
    (attention prints its output projection as a child), an unknown class that prints settings of its own."""
    if not layer.children:
        return True
    return not _is_container(layer.kind) if layer.kind else bool(layer.settings)


@cache
def _is_container(kind: str) -> bool:
    traits = kinds.by_name()[kind].traits
    return not callable(traits) and bool(traits & _CONTAINERS)


_CONTAINERS = frozenset({kinds.Trait.SEQUENTIAL, kinds.Trait.LISTS, kinds.Trait.WRAPS})


def runs_in_printed_order(layer: Layer) -> bool:
    """Sequential for certain; lists and unknown classes by assumption, which the report states."""
    return not layer.kind or has(layer, kinds.Trait.SEQUENTIAL) or has(layer, kinds.Trait.LISTS)


def pulled_up(child: Layer, inner: Layer) -> Layer:
    """`inner` in the place of `child`, under the name that its path has."""
    return replace(inner, name=join(child.name, inner.name))
