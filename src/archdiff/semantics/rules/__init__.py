"""One normal form: kinds and setting names resolved, then every rule applied bottom-up; each rewrite is recorded.

One file a rule, each exporting `RULE`. A rule sees one layer (with its children already in normal form) and returns
another or None; only one that says so (`beside`) sees the layer in the same place of the other network. Applying
`normalize` to its own result changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from typing import NamedTuple

from archdiff.model import plugins
from archdiff.model.effects import Effect
from archdiff.model.memo import Memo, Same
from archdiff.model.message import Message
from archdiff.model.network import CHILDREN, KIND, NAME, Layer, Network, Setting, Span, blocks, join, moved, names
from archdiff.semantics import kinds, sites
from archdiff.semantics.sites import Beside, Replacement, Site


class Rule(NamedTuple):
    """When two spellings are one."""

    name: str
    effect: Effect  # of a difference that this rule takes away: COSMETIC or EQUIVALENT
    because: str  # for a message: "it gives back its input in training and in inference"
    #: a layer whose children are in normal form -> what it is; None where the rule does not concern it
    rewrite: Callable[[Layer], Layer | None] = lambda _layer: None
    #: (kind, kinds of the children): False where it rewrites no such layer, whatever its settings
    concerns: Callable[[str, frozenset[str]], bool] = lambda _kind, _below: True
    #: whether each child that it leaves out is a rewrite of its own
    one_by_one: bool = False
    #: instead of `rewrite`: what it does in a comparison, with the layer in the same place of the other network
    beside: Beside | None = None
    #: rule id of the finding for such a difference; "" where pairs of layers show what it made, and are reported
    finding: str = "AD302"


class Rewrite(NamedTuple):
    """Provenance: which rule changed what, where."""

    rule: str
    path: str
    before: str
    after: str
    line: int
    part: str = ""  # the classes of the children where it began to change them, so that two in one place are compared
    wrapper: str = ""  # the class that it took away around one layer
    needs: tuple[Message, ...] = ()  # what has to hold, and no print shows, for both to compute the same
    taken: Message | None = None  # what is taken for granted of a forward


@dataclass(frozen=True, slots=True)
class Normal:
    """A network in normal form, with the way it got there."""

    network: Network
    root: Layer
    rewrites: tuple[Rewrite, ...]
    _by_name: Memo[dict[str, Layer]] = field(default_factory=lambda: Memo(_by_name), compare=False, repr=False)
    _printed: dict[str, Layer | None] = field(default_factory=dict, compare=False, repr=False)  # by path

    def passes_through(self, path: str) -> bool:
        """Whether a path, such as `features.0`, is that of an Identity, or of a Sequential that holds nothing."""
        layer = self.printed(path)
        kind = kinds.of_layer(layer) if layer else None
        if layer is None or kind is None:
            return False
        empty = not layer.children and kinds.Trait.SEQUENTIAL in kind.traits
        return empty or kind.has(kinds.Trait.IDENTITY, kinds.Settings(kind, {}))

    def printed(self, path: str) -> Layer | None:
        """The layer that was printed under a path, before any rewrite; None where there is none."""
        if path not in self._printed:
            self._printed[path] = self._look_up(path)
        return self._printed[path]

    def _look_up(self, path: str) -> Layer | None:
        root = self.network.root
        if root.name:  # a part of a larger print: `(features): Sequential(`
            path = "" if path == root.name else path.removeprefix(f"{root.name}.")
        layer: Layer | None = root
        start = 0
        while start < len(path) and layer:
            below = self._by_name(layer.children)
            end = path.find(".", start)
            while end >= 0 and path[start:end] not in below:  # a name may hold dots
                end = path.find(".", end + 1)
            end = end if end >= 0 else len(path)
            layer, start = below.get(path[start:end]), end + 1
        return layer


def _by_name(children: tuple[Layer, ...]) -> dict[str, Layer]:
    """The first child of each name."""
    return {name: child for child in reversed(children) for name in names(child)}


@cache
def table() -> dict[str, Rule]:
    """Rule name -> rule, in the alphabetical order of the files.

    Raises:
        PluginError: a file exports no `RULE`, or two have one name.
    """
    return plugins.by_name(__name__, "RULE", Rule)


def normalize(network: Network) -> Normal:
    """The network in normal form; of one alone, so that no rule is used that looks at another network."""
    return normalized((network,))[0]


def normalized(networks: Iterable[Network]) -> tuple[Normal, ...]:
    """Every network in normal form.

    Args:
        networks: as parsed. Blocks that share their children share their normal form, whichever network holds them, and
            each is rewritten a single time. Of exactly two each is brought into the parts that the other prints.
    """
    networks = tuple(networks)
    forms = _Forms([network.root for network in networks])
    found = tuple([forms.of_network(network) for network in networks])
    return found if len(found) != 2 else _beside(*found)


def _beside(candidate: Normal, reference: Normal) -> tuple[Normal, Normal]:
    """The same with the rules that look at the other network, all of one form of site together."""
    by_form: dict[Callable[[Layer], Hashable], dict[str, Beside]] = {}
    for rule in table().values():
        if rule.beside:
            by_form.setdefault(rule.beside.form, {})[rule.name] = rule.beside
    names = _vocabulary(candidate.root), _vocabulary(reference.root)
    for form, used in by_form.items():
        if not next(iter(used.values())).may_differ(*names):
            continue
        found = sites.sites(candidate.root, form), sites.sites(reference.root, form)
        if all(found) and [site.form for site in found[0]] != [site.form for site in found[1]]:
            both = zip((candidate, reference), found, reversed(found), strict=True)
            candidate, reference = [_as_the_other(normal, own, others, used) for normal, own, others in both]
    return candidate, reference


def _as_the_other(normal: Normal, own: Sequence[Site], others: Sequence[Site], used: Mapping[str, Beside]) -> Normal:
    """The network with its sites in the parts in which the other network prints them."""
    done: list[tuple[Site, Layer]] = []
    rewrites: list[Rewrite] = []
    made: dict[tuple[object, ...], tuple[Layer, ...]] = {}  # equal sites share what is made of them
    pairs = zip(own, sites.counterparts(own, others, next(iter(used.values())).role), strict=True)
    for site, other in pairs:
        for name, beside in used.items() if site.form != other.form else ():
            if rewritten := beside.rewrite(site, other):
                key = (name, *map(Same, (site.layer.children, site.layer.settings, other.layer.children)))
                children = made.setdefault(key, rewritten.layer.children)
                done.append((site, rewritten.layer._replace(children=children)))
                rewrites.append(_rewrite_of(name, site, rewritten))
    root = sites.rebuilt(normal.root, done) if done else normal.root
    return Normal(normal.network, root, (*normal.rewrites, *rewrites))


def _rewrite_of(rule: str, site: Site, done: Replacement) -> Rewrite:
    after = describe(done.layer)
    return Rewrite(rule, site.path, done.before, after, site.line, needs=done.needs, taken=done.taken)


def _vocabulary(root: Layer) -> frozenset[str]:
    """Names and kinds of all layers."""
    layers = [root, *chain.from_iterable(blocks(root))]
    return frozenset([*map(NAME, layers), *map(KIND, layers)])


class _NormalForm(NamedTuple):
    """A layer in normal form, and how it and what is in it got there."""

    layer: Layer
    own: tuple[tuple[int, Rewrite], ...] = ()  # the last one first; with the lines from the layer to its place
    below: tuple[tuple[Layer, _NormalForm], ...] = ()  # printed children in which something was rewritten


class _Children(NamedTuple):
    """Children in normal form."""

    layers: tuple[Layer, ...]
    changed: tuple[tuple[Layer, _NormalForm], ...]  # printed ones in which something was rewritten
    holders: list[tuple[Layer, _NormalForm]]  # the first layer of each sort that holds them


class _Forms:
    """What was brought into normal form, kept for all places of equal layers."""

    def __init__(self, roots: Sequence[Layer]) -> None:
        self._children = Memo(self._children_of)
        self._settings = Memo(_resolve)
        for printed in blocks(*roots):  # inner ones first, so that depth costs no stack
            self._children(printed)

    def of_network(self, network: Network) -> Normal:
        """A whole network, with all its rewrites in their places."""
        form = self.of_layer(network.root)
        return Normal(network, form.layer, tuple(_rewrites(network.root, form)))

    def _children_of(self, printed: tuple[Layer, ...]) -> _Children:
        layers: list[Layer] = []
        changed: list[tuple[Layer, _NormalForm]] = []
        for child in printed:
            if not child.children:
                layers.append(self.leaf(child))
                continue
            form = self.of_layer(child)
            layers.append(form.layer)
            if form.own or form.below:
                changed.append((child, form))
        return _Children(tuple(layers), tuple(changed), [])

    def of_layer(self, layer: Layer) -> _NormalForm:
        """A printed layer with all that is in it."""
        if not layer.children:
            return _NormalForm(self.leaf(layer))
        same = layer.class_name, layer.kind, layer.repeat
        children = self._children(layer.children)
        for first, form in children.holders:
            if first.settings is layer.settings and (first.class_name, first.kind, first.repeat) == same:
                return form if first is layer else _NormalForm(_in_place_of(layer, first, form.layer), *form[1:])
        own: list[tuple[int, Rewrite]] = []
        done = _rewritten(_with_children(layer, children.layers, *self.resolved(layer)), own)
        form = _NormalForm(done, tuple(reversed(own)), children.changed)
        children.holders.append((layer, form))
        return form

    def leaf(self, layer: Layer) -> Layer:
        """Rules look at a layer and the children in it: a leaf needs no more than its kind and names of settings."""
        name, class_name, printed, _, repeat, known, span, layout, shift = layer
        if known:
            return layer
        kind, settings = self._settings(printed, class_name)
        return Layer(name, class_name, settings, (), repeat, kind, span, layout, shift)

    def resolved(self, layer: Layer) -> tuple[str, tuple[Setting, ...]]:
        """The name of its kind, "" where it is of none, and its settings under the names of that kind."""
        if layer.kind:
            return layer.kind, layer.settings
        if layer.children and kinds.of_layer(layer) is None:
            return "", layer.settings
        return self._settings(layer.settings, layer.class_name)


def _with_children(layer: Layer, children: tuple[Layer, ...], kind: str, settings: tuple[Setting, ...]) -> Layer:
    return Layer(
        layer.name, layer.class_name, settings, children, layer.repeat, kind, layer.span, layer.layout, layer.shift
    )


def _in_place_of(layer: Layer, first: Layer, form: Layer) -> Layer:
    """The normal form of `first` where `layer` stands, which has the same children."""
    lines = layer.shift - first.shift
    source, line, column, length = form.span
    span = Span(source, line + lines, column, length)
    return Layer(
        layer.name,
        form.class_name,
        form.settings,
        form.children,
        form.repeat,
        form.kind,
        span,
        form.layout,
        form.shift + lines,
    )


def _rewrites(root: Layer, form: _NormalForm) -> Iterator[Rewrite]:
    """All rewrites in their places, parents first."""
    stack = [(root.name, 0, root, form)]
    while stack:
        path, shift, layer, done = stack.pop()
        for lines, each in done.own:
            yield each._replace(path=path, line=layer.span.line + shift + lines)
        shift += layer.shift
        stack.extend([(join(path, child.name), shift, child, below) for child, below in reversed(done.below)])


def _resolve(settings: tuple[Setting, ...], class_name: str) -> tuple[str, tuple[Setting, ...]]:
    kind = kinds.of_leaf(class_name, settings)
    return (kind.name, kinds.resolve(kind, class_name, settings)) if kind else ("", settings)


def _rewritten(layer: Layer, rewrites: list[tuple[int, Rewrite]]) -> Layer:
    first = layer.span.line
    while True:  # until none applies: what one rule brings together, another may merge
        for rule in _concerned(layer.kind, frozenset(map(KIND, layer.children))):
            after = rule.rewrite(layer)
            if after is not None:
                wrapper = layer.class_name if len(layer.children) == 1 and layer.class_name != after.class_name else ""
                rewrite = Rewrite(rule.name, "", describe(layer), describe(after), 0, wrapper=wrapper)
                lines = layer.span.line - first
                rewrites += [(lines, rewrite._replace(part=part)) for part in _parts(layer, after, rule.one_by_one)]
                layer = after
                break
        else:
            return layer


def _parts(before: Layer, after: Layer, one_by_one: bool) -> list[str]:
    """`ReLU, Flatten`: the first child that is not the same, or each that was left out, and the one behind it.

    Of what takes the place of the layer itself `SparseWeights of module: Linear`.
    """
    if before.children and before.class_name != after.class_name:
        return [f"{before.class_name} of {before.children[0].name}: {before.children[0].class_name}"]
    if one_by_one:
        kept = set(map(Same, after.children))
        places = [place for place, child in enumerate(before.children) if Same(child) not in kept]
    else:
        same = (a is b for a, b in zip(before.children, after.children, strict=False))
        places = [next((place for place, equal in enumerate(same) if not equal), len(after.children))]
    return [", ".join(child.kind or "a block" for child in before.children[at : at + 2]) for at in places]


@cache
def _concerned(kind: str, below: frozenset[str]) -> tuple[Rule, ...]:
    return tuple(rule for rule in table().values() if rule.beside is None and rule.concerns(kind, below))


def describe(layer: Layer) -> str:
    """One line for messages: `SparseWeights(weight_sparsity=0.4)`, `Sequential (8 children)`."""
    texts = dict.fromkeys(setting.as_printed for setting in layer.settings)
    settings = ", ".join(texts)  # one text may hold two of them
    children = f" ({len(layer.children)} children)" if len(layer.children) > 1 else ""
    return f"{layer.class_name}({settings}){children}" if settings or not children else f"{layer.class_name}{children}"


def is_layer(layer: Layer) -> bool:
    """Whether a layer in normal form has something to compare besides its children.

    So do a leaf, a known class that is no container (attention prints its output projection as a child), and an unknown
    class that prints settings of its own.
    """
    if not layer.children:
        return True
    return not _is_container(layer.kind) if layer.kind else bool(layer.settings)


@cache
def _is_container(kind: str) -> bool:
    return bool(kinds.by_name()[kind].traits & kinds.CONTAINERS)


def pulled_up(child: Layer, inner: Layer) -> Layer:
    """`inner` in the place of `child` that holds it, under the name `child.inner` that its path has."""
    return moved(inner, child.shift)._replace(name=join(child.name, inner.name))


def each_child(
    change: Callable[[Layer], Iterable[Layer] | None], holders: bool = False
) -> Callable[[Layer], Layer | None]:
    """The `rewrite` of a rule that looks at one child at a time.

    Args:
        change: what takes the place of a child; None where it stays.
        holders: it takes the place of children that hold others alone.

    Returns:
        A function of a layer: the layer with its new children, or None where all stay.
    """

    def rewrite(layer: Layer) -> Layer | None:
        if holders and not any(map(CHILDREN, layer.children)):
            return None
        found = [change(child) for child in layer.children]
        if found.count(None) == len(found):
            return None
        pairs = zip(layer.children, found, strict=True)
        return layer._replace(
            children=tuple([each for child, new in pairs for each in ((child,) if new is None else new)])
        )

    return rewrite
