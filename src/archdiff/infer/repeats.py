"""Folded lines that stand for very many layers: a few of each are compared, and stand for all.

`99999 x Linear(...)` against another Linear is one difference in 99,999 places, and looking at each costs as much as a
print of 99,999 lines. Of lines in the same place of both networks equally many layers are left out, so that what one
side has more is still seen. Must not touch networks that are small enough to be compared layer by layer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from math import prod
from typing import Final, NamedTuple

from archdiff.model.errors import ReadError
from archdiff.model.facts import LAYERS, STANDS_FOR, Fact, Provenance
from archdiff.model.network import Layer, Network, blocks, join, names, unfolded
from archdiff.model.network import count as count_printed

KEPT: Final = 4  # of a folded line: the first two and the last two, since what comes in may change with the first
ONE_BY_ONE: Final = 10_000  # layers of both networks that are compared one by one, or are not printed

_SHOWN: Final = 3  # folded lines that a note names

#: a path, how many layers the one under it stands for, and the number of the folded line
Places = list[tuple[str, int, int]]


class Shortened(NamedTuple):
    """Two networks with fewer layers, and which folded line each path is of."""

    networks: tuple[Network, Network]
    lines: tuple[dict[str, int], dict[str, int]]  # path of a layer that stands for others -> number of its line

    def holds(self, pairs: Iterable[tuple[str | None, str | None]]) -> bool:
        """Whether what was left out of both sides stands for each other, by the layers that do; and whether of each
        line that has no counterpart a layer was found to have none."""
        alone = {line for lines in self.lines for line in lines.values() if line < 0}
        for ours, theirs in pairs:
            both = [_lines_of(path or "", lines) for path, lines in zip((ours, theirs), self.lines, strict=True)]
            if ours is None or theirs is None:
                alone.difference_update(*both)
            elif [line for line in both[0] if line >= 0] != [line for line in both[1] if line >= 0]:
                return False
        return not alone


def shortened(candidate: Network, reference: Network) -> Shortened | None:
    """Both networks with fewer layers; None where all of them can be compared."""
    if sum(map(_not_printed, {id(each): each for each in (candidate, reference)}.values())) <= ONE_BY_ONE:
        return None
    ours, theirs, *places = _shortened(candidate.root, reference.root, count())
    if not (places[0] or places[1]):
        return None
    both = []
    lines: list[dict[str, int]] = []
    for network, root, found in zip((candidate, reference), (ours, theirs), places, strict=True):
        at = [(join(root.name, path), times, line) for path, times, line in found]
        times = Fact(STANDS_FOR, tuple([(path, times) for path, times, _ in at]), Provenance.PRINTED)
        layers = Fact(LAYERS, count_printed(network.root, {}), Provenance.PRINTED)
        both.append(network._replace(root=root, facts=(times, layers, *network.facts)))
        lines.append({path: line for path, _, line in at})
    return Shortened((both[0], both[1]), (lines[0], lines[1]))


def shown(network: Network) -> Network:
    """The network with fewer layers, where it stands for very many."""
    short = shortened(network, network)
    return short.networks[0] if short else network


def check_size(networks: Sequence[Network]) -> None:
    """Refuses what would take minutes and gigabytes.

    Raises:
        ReadError: with the network that folded lines make the largest.
    """
    most = sum(map(_not_printed, networks))
    if most > ONE_BY_ONE:
        largest = max(networks, key=_not_printed)
        raise ReadError(
            f"folded lines of both networks stand for {most:,} layers more than are printed, of which a few cannot "
            "stand for all",
            source=largest.source,
            line=largest.first_line,
            way_out=f"up to {ONE_BY_ONE:,} are compared one by one; are the counts right?",
        )


def _not_printed(network: Network) -> int:
    """How many layers stand in folded lines behind the first of each."""
    root = network.root
    if not any(child.repeat > 1 for children in blocks(root) for child in children):
        return 0
    return unfolded(root, {}) - count_printed(root, {})


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
        seen: dict[str, str] = {}  # of the experts of all layers those of the first
        for path, number in self._times.items():
            holder = path.rpartition(".")[0]
            form = ".".join("*" if part.isdigit() else part for part in holder.split("."))
            if seen.setdefault(form, holder) == holder:
                lines[form] += number
        some = [f"{form or 'the root'} ({number:,})" for form, number in [*lines.items()][:_SHOWN]]
        more = f" and {len(lines) - _SHOWN:,} more" if len(lines) > _SHOWN else ""
        return f"a few layers stand for all of their line: in {', '.join(some)}{more}"


def _times(fact: Fact) -> Iterator[tuple[str, int]]:
    for each in fact.value if isinstance(fact.value, tuple) else ():
        match each:
            case (str(path), int(times)):
                yield path, times


def _prefixes(path: str) -> list[str]:
    ends = [at for at, character in enumerate(path) if character == "."]
    return [*(path[:end] for end in ends), path]


def _lines_of(path: str, lines: dict[str, int]) -> list[int]:
    return [lines[prefix] for prefix in _prefixes(path) if prefix in lines]


def _shortened(a: Layer, b: Layer, numbers: Iterator[int]) -> tuple[Layer, Layer, Places, Places]:
    """Two layers that stand for each other. The depth of a print is bounded, so recursion is."""
    children: tuple[_Children, _Children] = ([(child,) for child in a.children], [(child,) for child in b.children])
    places: tuple[Places, Places] = ([], [])
    pairs, *alone = _counterparts(a.children, b.children)
    for side, (layer, unpaired) in enumerate(((a, alone[0]), (b, alone[1]))):
        for at in unpaired:
            children[side][at], found = _alone(layer.children[at], numbers)
            places[side].extend(found)
    for indices in pairs:
        x, y = a.children[indices[0]], b.children[indices[1]]
        both, more = max(0, min(x.repeat, y.repeat) - KEPT), max(0, abs(x.repeat - y.repeat) - KEPT)
        if not (both or more or (x.children and y.children)):
            continue
        line = next(numbers)
        x, y, *below = _shortened(x, y, numbers)
        for side, layer in enumerate((x, y)):
            copies = _copies(layer, both, more if layer.repeat == max(x.repeat, y.repeat) else 0)
            children[side][indices[side]] = tuple([copy for copy, _ in copies])
            if both or more:
                places[side].extend((copy.name, times, line) for copy, times in copies)
            inside = [name for copy, _ in copies for name in names(copy)] if below[side] else []
            places[side].extend((join(name, each[0]), each[1], each[2]) for name in inside for each in below[side])
    return _holding(a, children[0]), _holding(b, children[1]), *places


#: for each printed child the layers that stand in its place
_Children = list[tuple[Layer, ...]]


def _alone(layer: Layer, numbers: Iterator[int]) -> tuple[tuple[Layer, ...], Places]:
    """The layers of a line that has no counterpart, and all below it."""
    places: Places = []
    inside = [_alone(child, numbers) for child in layer.children]
    layer = _holding(layer, [children for children, _ in inside])
    left_out, line = max(0, layer.repeat - KEPT), -1 - next(numbers)
    copies = _copies(layer, left_out, 0)
    for copy, times in copies:
        places += [(copy.name, times, line)] if left_out else []
        below = [each for _, found in inside for each in found]
        places += [(join(name, each[0]), each[1], each[2]) for name in (names(copy) if below else ()) for each in below]
    return tuple([copy for copy, _ in copies]), places


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
    """Which child is in the place of which, of one name, else the n-th of a class, else the n-th of those left; and
    those of either side that have no counterpart."""
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
