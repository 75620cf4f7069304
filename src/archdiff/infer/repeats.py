"""Folded lines that stand for very many layers: a few of each are compared, and stand for all.

`99999 x Linear(...)` against another Linear is one difference in 99,999 places, and looking at each costs as much as a
print of 99,999 lines. Of lines in the same place of both networks equally many layers are left out, so that what one
side has more is still seen. Must not touch networks that are small enough to be compared layer by layer.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING, Final

from archdiff.model.errors import ReadError
from archdiff.model.facts import LAYERS, STANDS_FOR, Fact, Provenance
from archdiff.model.network import REPEAT, Layer, Network, blocks, counts, join, names, unnumbered
from archdiff.model.wording import listed

if TYPE_CHECKING:
    from archdiff.infer import Sized
    from archdiff.infer.leaf import Leaf

KEPT: Final = 4  # of a folded line: the first two and the last two, since what comes in may change with the first
ONE_BY_ONE: Final = 10_000  # layers of both networks that are compared one by one, or are not printed

_SHOWN: Final = 3  # folded lines that a note names

#: paths, and how many layers the one under each stands for
Places = list[tuple[str, int]]


def are_few(networks: Sequence[Network]) -> bool:
    """Whether folded lines stand for so few layers that each is compared."""
    return sum(_not_printed(networks)) <= ONE_BY_ONE


def shortened(candidate: Network, reference: Network) -> tuple[Network, Network] | None:
    """Both networks with a few layers for each folded line.

    Args:
        candidate: As printed.
        reference: The same; of lines in the same place of both equally many layers are left out.

    Returns:
        Both with the facts `STANDS_FOR` and `LAYERS`; None where nothing can be left out.
    """
    ours, theirs, *places = _shortened(candidate.root, reference.root)
    if not (places[0] or places[1]):
        return None
    return _with_facts(candidate, ours, places[0]), _with_facts(reference, theirs, places[1])


def _with_facts(network: Network, root: Layer, places: Places) -> Network:
    """The network with fewer layers, and what each stands for."""
    times = tuple([(join(root.name, path), number) for path, number in places])
    layers = Fact(LAYERS, counts(network.root)[0][0], Provenance.PRINTED)
    return network._replace(root=root, facts=(Fact(STANDS_FOR, times, Provenance.PRINTED), layers, *network.facts))


def holds(candidate: Sized, reference: Sized, pairs: Iterable[tuple[str | None, str | None]]) -> bool:
    """Whether what was left out of both sides stands for each other.

    It does where both left out as many of all places of one layer that were paired with one other.

    Args:
        candidate: a network with fewer layers.
        reference: the other.
        pairs: paths of the layers that stand for each other.
    """
    both = candidate, reference
    weights = [Weights(side.network) for side in both]
    forms = [{leaf.path: (unnumbered(leaf.path), *_form(leaf)) for leaf in side.leaves} for side in both]
    totals: tuple[Counter[object], Counter[object]] = Counter(), Counter()
    for ours, theirs in pairs:
        if ours is not None and theirs is not None:
            group = forms[0].get(ours), forms[1].get(theirs)
            for total, weight, path in zip(totals, weights, (ours, theirs), strict=True):
                total[group] += weight.of(path)
    return totals[0] == totals[1]


def hold_other_layers(candidate: Sized, reference: Sized) -> bool:
    """Whether the two hold other layers, or another number of them, in whatever order."""
    found: list[Counter[object]] = []
    for side in (candidate, reference):
        weights = Weights(side.network)
        found.append(Counter())
        for leaf in side.leaves:
            found[-1][_form(leaf)] += weights.of(leaf.path)
    return found[0] != found[1]


def _form(leaf: Leaf) -> tuple[object, ...]:
    layer = leaf.layer
    return layer.kind or layer.class_name, tuple([(setting.name, setting.value) for setting in layer.settings])


def shown(networks: Sequence[Network]) -> tuple[Network, ...]:
    """The networks with fewer layers, where they stand for very many together."""
    if are_few(networks):
        return tuple(networks)
    return tuple([(shortened(network, network) or (network,))[0] for network in networks])


def check_size(networks: Sequence[Network]) -> None:
    """Refuses what would take minutes and gigabytes.

    Raises:
        ReadError: with the network that folded lines make the largest.
    """
    most = _not_printed(networks)
    if sum(most) > ONE_BY_ONE:
        largest = networks[most.index(max(most))]
        raise ReadError(
            f"folded lines of both networks stand for {sum(most):,} layers more than are printed, of which a few "
            "cannot stand for all",
            source=largest.source,
            line=largest.first_line,
            way_out=f"up to {ONE_BY_ONE:,} are compared one by one; are the counts right?",
        )


def _not_printed(networks: Sequence[Network]) -> list[int]:
    """How many layers stand in folded lines behind the first of each."""
    roots = [network.root for network in networks]
    if not any(sum(map(REPEAT, children)) > len(children) for children in blocks(*roots)):
        return [0] * len(roots)
    return [stand_for - printed for printed, stand_for in counts(*roots)]


class Weights:
    """How many layers the one under a path stands for."""

    def __init__(self, network: Network) -> None:
        fact = network.fact(STANDS_FOR)
        self._times = dict(_times(fact)) if fact else {}

    def __bool__(self) -> bool:
        return bool(self._times)

    def of(self, path: str) -> int:
        """1 where a layer stands for itself alone."""
        return prod(self._times.get(prefix, 1) for prefix in _prefixes(path)) if self._times else 1

    def note(self) -> str:
        """The folded lines, each with how many layers stand in it: `experts (256)`."""
        lines: Counter[str] = Counter()
        first: dict[str, str] = {}  # of the experts of all layers those of the first
        for path, number in self._times.items():
            holder = path.rpartition(".")[0]
            form = unnumbered(holder).replace("#", "*")
            if first.setdefault(form, holder) == holder:
                lines[form] += number
        some = [f"{form or 'the root'} ({number:,})" for form, number in lines.items()]
        return f"a few layers stand for all of their line: in {listed(some, _SHOWN)}"


def _times(fact: Fact) -> Iterator[tuple[str, int]]:
    for each in fact.value if isinstance(fact.value, tuple) else ():
        match each:
            case (str(path), int(times)):
                yield path, times


def _prefixes(path: str) -> list[str]:
    ends = [at for at, character in enumerate(path) if character == "."]
    return [*(path[:end] for end in ends), path]


def _shortened(a: Layer, b: Layer) -> tuple[Layer, Layer, Places, Places]:
    """Two layers that stand for each other. The depth of a print is bounded, so recursion is."""
    printed = _cut(a.children, b.children), _cut(b.children, a.children)
    children: tuple[_Children, _Children] = ([(child,) for child in printed[0]], [(child,) for child in printed[1]])
    places: tuple[Places, Places] = ([], [])
    pairs, *alone = _counterparts(*printed)
    for side, unpaired in enumerate(alone):
        for at in unpaired:
            children[side][at], found = _alone(printed[side][at])
            places[side].extend(found)
    for indices in pairs:
        x, y = (layers[at] for layers, at in zip(printed, indices, strict=True))
        both, more = max(0, min(x.repeat, y.repeat) - KEPT), max(0, abs(x.repeat - y.repeat) - KEPT)
        if not (both or more or x.children or y.children):
            continue
        x, y, *below = _shortened(x, y)
        for side, layer in enumerate((x, y)):
            copies = _copies(layer, both, more if layer.repeat == max(x.repeat, y.repeat) else 0)
            children[side][indices[side]] = tuple([copy for copy, _ in copies])
            places[side].extend(_placed(copies, below[side]))
    return _holding(a, children[0]), _holding(b, children[1]), *places


#: for each printed child the layers that stand in its place
_Children = list[tuple[Layer, ...]]


def _alone(layer: Layer) -> tuple[tuple[Layer, ...], Places]:
    """The layers of a line that has no counterpart, and all below it."""
    inside = [_alone(child) for child in layer.children]
    layer = _holding(layer, [children for children, _ in inside])
    copies = _copies(layer, max(0, layer.repeat - KEPT), 0)
    places = _placed(copies, [each for _, found in inside for each in found])
    return tuple([copy for copy, _ in copies]), places


def _placed(copies: Sequence[tuple[Layer, int]], below: Places) -> Places:
    """What the layers of a line stand for, and those below them."""
    own = [(copy.name, times) for copy, times in copies] if len(copies) > 1 else []
    inside = [name for copy, _ in copies for name in names(copy)] if below else []
    return own + [(join(name, path), times) for name in inside for path, times in below]


def _cut(layers: Sequence[Layer], others: Sequence[Layer]) -> list[Layer]:
    """Folded lines parted where a line of the other side begins: `(0-60)` beside `(0-29)`, `(30)` and `(31-60)`."""
    if all(layer.repeat == 1 for layer in layers):
        return list(layers)
    begins = sorted({int(each[1]) for other in others if (each := _RANGE.fullmatch(other.name))})
    found: list[Layer] = []
    for layer in layers:
        named = _RANGE.fullmatch(layer.name)
        first, last = (int(named[1]), int(named[2] or named[1])) if named else (0, 0)
        if layer.repeat == 1 or last - first + 1 != layer.repeat:
            found.append(layer)
            continue
        inner = begins[bisect_right(begins, first) : bisect_right(begins, last)]
        for start, end in pairwise([first, *inner, last + 1]):
            name = str(start) if end - start == 1 else f"{start}-{end - 1}"
            found.append(layer._replace(name=name, repeat=end - start) if inner else layer)
    return found


_RANGE = re.compile(r"(\d{1,9})(?:-(\d{1,9}))?", re.ASCII)


def _holding(layer: Layer, children: _Children) -> Layer:
    """The same layer where nothing in it was left out, so that equal blocks still share what is in them."""
    found = tuple([child for each in children for child in each])
    same = len(found) == len(layer.children) and all(x is y for x, y in zip(found, layer.children, strict=True))
    return layer if same else layer._replace(children=found)


def _copies(layer: Layer, both: int, more: int) -> list[tuple[Layer, int]]:
    """The layers of a folded line, and for how many each stands.

    Args:
        layer: the folded line.
        both: how many are left out on both sides: behind the first two.
        more: how many of those are left out that this side has more: before the last one.
    """
    if not (both or more):
        return [(layer, 1)]
    found = names(layer)
    if both:
        found[KEPT // 2 : KEPT // 2 + both] = []
    if more:
        found[-1 - more : -1] = []
    times = [1] * len(found)
    times[KEPT // 2 - 1] += both
    times[-2] += more
    return [(layer._replace(name=name, repeat=1), number) for name, number in zip(found, times, strict=True)]


def _counterparts(ours: Sequence[Layer], theirs: Sequence[Layer]) -> tuple[list[tuple[int, int]], list[int], list[int]]:
    """Which child is in the place of which, and those of either side that have no counterpart.

    The one of the same name, else the n-th of a class, else the n-th of those left.
    """
    found: list[tuple[int, int]] = []
    left = list(range(len(ours))), list(range(len(theirs)))
    for key in (_name, _class, _any):
        waiting: dict[str, list[int]] = {}
        for at in reversed(left[1]):
            waiting.setdefault(key(theirs[at]), []).append(at)
        found += [(at, same.pop()) for at in left[0] if (same := waiting.get(key(ours[at])))]
        paired = {at for at, _ in found}, {at for _, at in found}
        left = [at for at in left[0] if at not in paired[0]], [at for at in left[1] if at not in paired[1]]
    return found, *left


def _name(layer: Layer) -> str:
    return layer.name


def _class(layer: Layer) -> str:
    return layer.class_name


def _any(layer: Layer) -> str:
    return "folded" if layer.repeat > 1 else "one"
