"""Other names or nesting: one finding for all pairs, and what it takes for granted that names changed.

Checkpoint keys change with the names. Must not decide which layers correspond to each other: `align` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from archdiff.diff import hints
from archdiff.diff.draft import of_places, place
from archdiff.diff.network_index import Counterparts, NetworkIndex, leaf_pairs
from archdiff.infer.leaf import Leaf
from archdiff.model.effects import Effect
from archdiff.model.finding import Finding
from archdiff.model.memo import Memo
from archdiff.model.message import Message, because, message
from archdiff.model.network import Layer, unnumbered
from archdiff.semantics.containers import Forward, forward

_SHOWN: Final = 3  # examples in a message that stands for many places


def findings(
    both: Iterable[Counterparts], counts_on: bool, candidate: NetworkIndex, reference: NetworkIndex
) -> Iterator[Finding]:
    """One finding for all layers that have another path.

    Args:
        both: All pairs of layers, and pairs of blocks that are alike.
        counts_on: Numbers in names may differ only because they count layers that the other side lacks.
        candidate: One network.
        reference: The other.
    """
    apart = [pair for pair in both if pair[0].path != pair[1].path]
    named = [pair for pair in apart if unnumbered(pair[0].path) != unnumbered(pair[1].path)]
    named = named or ([] if counts_on else apart)
    other = [pair for each in named for pair in leaf_pairs(each)]
    if other:
        shown = tuple([message("is", ours_path=a.title, theirs_path=b.title) for a, b in other[: _SHOWN + 1]])
        crossed = {
            (unnumbered(each.holders[1]), each.name): each
            for pair in other
            if (each := _crossing(pair, candidate, reference)) is not None
        }
        effect, why, hint = _of_names(crossed.values(), candidate, reference)
        what = because(message("renamed", names=shown), why)
        yield of_places("AD107", effect, what, "name", [(place(a), place(b)) for a, b in other], hint=hint)


class _Crossing(NamedTuple):
    """Where the paths of a pair part, below what wraps the networks."""

    holders: tuple[str, str]  # paths of what holds both, in the candidate and in the reference
    name: str  # by which the candidate goes on
    other: str  # by which the reference goes on


def _crossing(pair: tuple[Leaf, Leaf], candidate: NetworkIndex, reference: NetworkIndex) -> _Crossing | None:
    """None where they go on alike: DataParallel and PEFT put names before all of a network."""
    roots = [side.sized.normal.root.name for side in (candidate, reference)]
    ours, theirs = ([*filter(None, leaf.path[len(root) :].split("."))] for leaf, root in zip(pair, roots, strict=True))
    at = next((at for at, (one, other) in enumerate(zip(ours, theirs, strict=False)) if one != other), None)
    if at is None:
        return None
    first, second = (".".join(filter(None, (root, *theirs[:at]))) for root in roots)
    return _Crossing((first, second), ours[at], theirs[at])


def _of_names(
    crossed: Iterable[_Crossing], candidate: NetworkIndex, reference: NetworkIndex
) -> tuple[Effect, Message | None, str]:
    """What other names change, what that takes for granted, and the line of code that shows it."""
    found = _by_place(crossed, reference)
    if found is None:
        return Effect.COSMETIC, _called(crossed, candidate, reference), ""
    holders, layer = found
    if _exchanged(holders[0], layer, candidate) and not reference.is_taken(holders[1]):
        why = message("if-in-printed-order", class_name=layer.class_name, effect=Effect.COSMETIC.word)
        return Effect.UNKNOWN, why, hints.forward(holders[0])
    return Effect.COSMETIC, message("taken-in-order", class_name=layer.class_name), ""


def _by_place(crossed: Iterable[_Crossing], reference: NetworkIndex) -> tuple[tuple[str, str], Layer] | None:
    """The class of unknown forward in which a layer pairs by its place, although the reference holds its name, too.

    With the paths of that container on both sides; None where there is none.
    """
    names = Memo(lambda layer: {child.name for child in layer.children})
    for holders, name, _ in crossed:
        layer = reference.sized.normal.printed(holders[1])
        if layer is None or forward(layer) is not Forward.SOMEBODY:
            continue
        if name in names(layer):
            return holders, layer
    return None


def _exchanged(path: str, layer: Layer, candidate: NetworkIndex) -> bool:
    """Whether two names stand on both sides in another order: equal layers may have been exchanged, not renamed."""
    other = candidate.sized.normal.printed(path)
    names = [child.name for child in other.children] if other else []
    kept = [child.name for child in layer.children if child.name in names]
    return kept != [name for name in names if name in kept]


def _called(crossed: Iterable[_Crossing], candidate: NetworkIndex, reference: NetworkIndex) -> Message | None:
    """What is taken for granted where two classes of unknown forward hold the same layers under other names.

    Their forwards are other code then and need not use the layers alike. None where order is what counts.
    """
    for holders, ours, theirs in crossed:
        if "+" in ours or "+" in theirs:  # layers that a rule joined: its finding names what it takes for granted
            continue
        both = zip((candidate, reference), holders, strict=True)
        owners = [owner for side, holder in both if (owner := side.owner(holder))]
        if len(owners) == 2 and all(forward(owner) is Forward.SOMEBODY for owner in owners):
            return message("taken-by-name", class_name=owners[1].class_name, ours=ours, theirs=theirs)
    return None
