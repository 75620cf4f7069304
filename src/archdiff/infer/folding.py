"""A summary table that shows blocks without what is in them: the other network's blocks are closed as far.

torchinfo stops at a depth, lightning at the first level. What stays of a closed block is its parameter count. Must not
touch two prints.
"""

from __future__ import annotations

from collections import Counter

from archdiff.infer.leaf import bare_leaves, parameters
from archdiff.model.facts import CLOSED, Fact, Provenance
from archdiff.model.network import NOT_SHOWN, PARAMETERS, UNKNOWN, Layer, Network, Setting, Value, is_tabled, leaves
from archdiff.semantics import kinds, rules
from archdiff.semantics.kinds import NotKnown, Settings, Trait

_HOLDERS = frozenset({Trait.SEQUENTIAL, Trait.LISTS, Trait.WRAPS})


def folded(candidate: Network, reference: Network) -> tuple[Network, Network]:
    """Both networks, blocks closed that the other one does not show either.

    Args:
        candidate: A print or a summary table.
        reference: The same; two prints are given back as they are.

    Returns:
        Both with a fact `CLOSED`, where blocks of theirs were closed: how many layers are printed in these.
    """
    if not (candidate.is_table or reference.is_table):
        return candidate, reference
    ours, theirs = _folded(candidate.root, reference.root)
    return _with_root(candidate, ours), _with_root(reference, theirs)


def _with_root(network: Network, root: Layer) -> Network:
    """The network with blocks closed, and how many layers that are printed in them are then compared with nothing."""
    printed, left = ({path for path, _ in leaves(each)} for each in (network.root, root))
    closed = len(printed - left)
    facts = (Fact(CLOSED, closed, Provenance.PRINTED), *network.facts) if closed else network.facts
    return network._replace(root=root, facts=facts)


def _folded(a: Layer, b: Layer) -> tuple[Layer, Layer]:
    """The n-th child of a class stands for the n-th of that class. Depth is bounded, so recursion is."""
    if _closed(a) and not _closed(b):
        return a, _shut(b, a)
    if _closed(b) and not _closed(a):
        return _shut(a, b), b
    others = {_place: index for index, _place in enumerate(_places(b))}
    ours, theirs = list(a.children), list(b.children)
    for index, place in enumerate(_places(a)):
        if place in others:
            other = others[place]
            ours[index], theirs[other] = _folded(ours[index], theirs[other])
    return a._replace(children=tuple(ours)), b._replace(children=tuple(theirs))


def _places(layer: Layer) -> list[tuple[str, int]]:
    """Class and number of each child; equal neighbours that are printed once count as many as they are."""
    counts: Counter[str] = Counter()
    places: list[tuple[str, int]] = []
    for child in layer.children:
        places.append((child.class_name, counts[child.class_name]))
        counts[child.class_name] += child.repeat
    return places


def _closed(layer: Layer) -> bool:
    """Whether a row may stand for more than it shows; what is in a block of torchsummary stands before it."""
    if layer.children:
        return layer.children[0].class_name == NOT_SHOWN
    return is_tabled(layer) and not (layer.settings[0].value is UNKNOWN and layer.settings[0].text.endswith("=0"))


def _shut(layer: Layer, like: Layer) -> Layer:
    """The layer without what is in it, unless its class says what it computes."""
    kind = kinds.find(layer.class_name)
    holds = kind is None or any(kind.has(trait, Settings(kind, {})) for trait in _HOLDERS)
    if not layer.children or not holds:
        return layer
    count = Setting(PARAMETERS, _count(layer))
    if like.children:
        below = like.children[0]._replace(settings=(count,), span=layer.span)
        return layer._replace(children=(below,), shift=0)
    return layer._replace(children=(), settings=(count,))


def _count(layer: Layer) -> Value:
    """The parameters of one such layer; unknown where a class in it is."""
    try:
        normal = rules.normalize(Network(layer._replace(repeat=1), ""))
        return sum(parameters(leaf) for leaf in bare_leaves(normal.root))
    except NotKnown:
        return UNKNOWN
