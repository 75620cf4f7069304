"""What it changes that layers stand in another order.

Effects follow from the layers (`layer_effects`) where their containers run in printed order; a container whose forward
is not known need not.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, product

from archdiff.diff import layer_effects
from archdiff.diff.draft import Draft, place
from archdiff.diff.layer_effects import Reasoned
from archdiff.diff.network_index import NetworkIndex
from archdiff.diff.nodes import Node, by_name
from archdiff.diff.steps import Alike, Moved, Pair, Reordered, Step, Swap
from archdiff.diff.structure import Structure, containers_in, owner_of, owner_path, show_forward
from archdiff.infer.leaf import Leaf
from archdiff.model.effects import Effect
from archdiff.model.message import Message, because, message
from archdiff.semantics.containers import Forward
from archdiff.semantics.kinds import Settings

CROSSINGS = 400  # pairs of layers that one reordering looks at; more of them are taken to change the function


def swap(structure: Structure, each: Swap) -> Draft:
    """A finding about two neighbours that changed places."""
    early, late = each.second, each.first  # as the candidate has them
    first, second = (pair.candidate.layer.class_name for pair in (early, late))
    if first == second:
        first, second = (f"{pair.candidate.layer.class_name} {pair.candidate.layer.name}" for pair in (early, late))
    what = message("order", first=first, second=second)
    return _of_order(structure, "AD101", what, [(late, early)], [early, late])


def moved(structure: Structure, each: Moved) -> Draft:
    """A finding about layers found elsewhere."""
    first = each.pairs[0]
    what = message(
        "moved",
        what=first.candidate.layer.class_name,
        more=len(each.pairs) - 1 or None,
        past=tuple(dict.fromkeys(pair.reference.layer.class_name for pair in each.crossed)),
    )
    whole = len(each.pairs) * len(each.crossed) <= CROSSINGS
    crossed = list(islice(product(each.pairs, each.crossed), CROSSINGS))
    rule = "AD101" if len(each.crossed) <= len(each.pairs) else "AD102"
    return _of_order(structure, rule, what, crossed, each.pairs, whole=whole)


def reordered(structure: Structure, each: Reordered) -> Draft:
    """A finding about the same names in another order, in a container whose forward calls them by their names."""
    a, b = each.candidate, each.reference
    named = by_name(a, b)
    assert named, "containers are Reordered only where their names pair"
    pairs = {name: Pair(named[0][name], child) for name, child in named[1].items()}
    ours, theirs = ({name: index for index, name in enumerate(side)} for side in named)
    kept = _longest_rising([theirs[name] for name in ours])
    late = [name for name, index in theirs.items() if index not in kept]
    whole = len(late) * len(theirs) <= CROSSINGS
    crossed = [
        (pairs[name], pairs[other])
        for name in (late if whole else late[:1])
        for other in theirs
        if (theirs[name] < theirs[other]) is not (ours[name] < ours[other])
    ]
    names = tuple(pairs[name].reference.layer.name for name in late)
    what = message("declared", class_name=b.layer.class_name, names=names)
    rule = "AD101" if len(crossed) <= len(late) else "AD102"
    return _of_order(structure, rule, what, crossed, [pairs[name] for name in late], by_name=True, whole=whole)


def printed_elsewhere(steps: Sequence[Step]) -> Iterator[Draft]:
    """Findings about layers of two traced networks that run in the same place, and stand in another order.

    Args:
        steps: An alignment in the order in which both run.
    """
    by_name = {step.reference for step in steps if isinstance(step, Reordered)}
    pairs = [
        Pair(step.candidate, step.reference)
        for step in steps
        if isinstance(step, Pair | Alike) and not by_name.intersection(step.reference.holders())
    ]
    pairs.sort(key=lambda pair: pair.reference.line)
    if pairs == sorted(pairs, key=lambda pair: pair.candidate.line):
        return
    ours, theirs = _places(pair.candidate for pair in pairs), _places(pair.reference for pair in pairs)
    as_run = sorted(pairs, key=lambda pair: theirs[pair.reference])
    in_place = _longest_rising([ours[pair.candidate] for pair in as_run])
    pairs = [pair for pair in pairs if ours[pair.candidate] in in_place]
    kept = _longest_rising([pair.candidate.line for pair in pairs])
    what = message("printed-elsewhere")
    for pair in pairs:
        if pair.candidate.line not in kept:
            yield Draft("AD102", Effect.EQUIVALENT, what, "order", place(pair.candidate), place(pair.reference))


def _places(nodes: Iterable[Node]) -> dict[Node, int]:
    """Numbers of nodes of one tree that rise in the order in which they run."""
    left = {*nodes}
    stack = [holder for holder in {holder for node in left for holder in node.holders()} if holder.parent is None]
    found: dict[Node, int] = {}
    while stack:
        node = stack.pop()
        if node in left:
            found[node] = len(found)
        stack += reversed(node.children)
    return found


def _longest_rising(ranks: Sequence[int]) -> set[int]:
    """The longest part of some numbers that rises from left to right."""
    ends: list[int] = []  # of the runs of each length, the lowest last number
    before: dict[int, int | None] = {}
    for rank in ranks:
        at = bisect_left(ends, rank)
        before[rank] = ends[at - 1] if at else None
        ends[at : at + 1] = [rank]
    run: set[int] = set()
    last = ends[-1] if ends else None
    while last is not None:
        run.add(last)
        last = before[last]
    return run


def _crossed(structure: Structure, crossed: Sequence[tuple[Pair, Pair]]) -> Reasoned:
    """What changes where the two of each pair changed places, by the settings of both sides."""
    passing: dict[tuple[object, ...], tuple[Leaf, Leaf]] = {}  # of equal layers one pair stands for all
    for side, at in ((structure.candidate, 0), (structure.reference, 1)):
        left = CROSSINGS
        leaves: dict[Node, list[Leaf]] = {}
        for both in crossed:
            ours, theirs = (
                leaves.get(pair[at]) or leaves.setdefault(pair[at], side.leaves_of(pair[at])) for pair in both
            )
            left -= len(ours) * len(theirs)
            if left < 0:
                return Effect.FUNCTION, None
            passing.update(((*_form(a), *_form(b)), (a, b)) for a in ours for b in theirs)
    effect, why = layer_effects.strongest(layer_effects.swapped(a, b) for a, b in passing.values())
    passed = [node for both in crossed for pair in both for node in pair]
    block = next((inner for node in passed for inner in containers_in(node) if inner.has_no_kind), None)
    if block is not None and effect < Effect.UNKNOWN:
        return Effect.UNKNOWN, message("class-may-do-more", class_name=block.layer.class_name)
    return effect, why


def _form(leaf: Leaf) -> tuple[str, Settings]:
    """What decides what it changes that a layer runs elsewhere; equal prints share their settings."""
    return leaf.layer.class_name, leaf.settings


def _of_order(
    structure: Structure,
    rule: str,
    what: Message,
    crossed: Sequence[tuple[Pair, Pair]],
    pairs: Sequence[Pair],
    by_name: bool = False,
    whole: bool = True,
) -> Draft:
    """Another order: what follows from the layers where they run as printed, unknown or init where they may not.

    Args:
        structure: Both networks, as far as the steps were walked.
        rule: AD101 or AD102.
        what: The message without its reason.
        crossed: What changed places with what.
        pairs: What moved.
        by_name: The forward calls what moved by its name.
        whole: `crossed` is all; of more, the function is taken to change.
    """
    effect, why = _crossed(structure, crossed) if whole else (Effect.FUNCTION, None)
    pair, hint = pairs[0], ""
    owners = _owners(structure, crossed)
    not_taken = [owner for side, owner in owners if not side.is_taken(owner.path)]
    doubtful = next((owner for _, owner in owners if by_name), next(iter(not_taken), None))
    assumed = None
    if doubtful is None or _holds_in_any_order(structure, effect, pairs, not not_taken):
        if owners and effect < Effect.UNKNOWN:
            assumed = message("taken-in-order", class_name=(doubtful or owners[0][1]).layer.class_name)
    else:
        name = doubtful.layer.class_name
        if _runs_otherwise(structure, crossed):
            named = by_name or all(map(_is_named_alike, pairs))
            effect, why = Effect.INIT if named else Effect.UNKNOWN, message("not-in-printed-order", class_name=name)
            assumed = message("taken-as-called", class_name=name) if named else None
        else:
            why = message("if-in-printed-order", class_name=name, effect=effect.word)
            effect = Effect.UNKNOWN
        hint = show_forward(pair) if effect is Effect.UNKNOWN else ""
    what = because(what, why, assumed)
    return Draft(rule, effect, what, "order", place(pair.candidate), place(pair.reference), hint=hint)


def _runs_otherwise(structure: Structure, crossed: Sequence[tuple[Pair, Pair]]) -> bool:
    """Whether shapes show of each two layers that changed places that one does not run where it is printed."""
    indexes = ((structure.candidate, 0), (structure.reference, 1))
    return len(crossed) <= CROSSINGS and all(
        any(index.runs_otherwise(owner_path(pair[at]), pair[at].path) for index, at in indexes for pair in both)
        for both in crossed
    )


def _holds_in_any_order(structure: Structure, effect: Effect, pairs: Sequence[Pair], taken: bool) -> bool:
    """Whether another order changes nothing as far as its layers go, and nothing else takes what runs between them."""
    alike = effect is Effect.EQUIVALENT and taken and not _is_used_elsewhere(structure, pairs)
    return effect is Effect.COSMETIC or alike


def _is_used_elsewhere(structure: Structure, pairs: Sequence[Pair]) -> bool:
    """Whether something else may take what runs between two layers.

    A MaxUnpool takes the indices of a max pool, and a later layer with more input channels than the one before it gives
    takes them from further up.
    """
    return any(
        index.unpools or index.contradicts(owner_path(pair[at]), beyond_calls=True)
        for index, at in ((structure.candidate, 0), (structure.reference, 1))
        for pair in pairs
    )


def _owners(structure: Structure, crossed: Sequence[tuple[Pair, Pair]]) -> list[tuple[NetworkIndex, Node]]:
    """The containers whose forwards, which no print holds, say which of two layers runs first; each with its side."""
    found: dict[Node, tuple[NetworkIndex, Node]] = {}
    for one, other in crossed[:CROSSINGS]:
        both = (
            (structure.reference, one.reference, other.reference),
            (structure.candidate, one.candidate, other.candidate),
        )
        for side, first, second in both:
            holder = _common_holder(first, second)
            owner = (owner_of(holder) or holder) if holder else None  # a ModuleDict alone has no forward
            if owner is not None and owner.forward in (Forward.SOMEBODY, Forward.HOLDS):
                found.setdefault(owner, (side, owner))
    return list(found.values())


def _common_holder(first: Node, second: Node) -> Node | None:
    """The innermost container around both."""
    around = {*first.holders()}
    return next((holder for holder in second.holders() if holder in around), None)


def _is_named_alike(pair: Pair) -> bool:
    return pair.candidate.name == pair.reference.name and not pair.reference.layer.name.isdigit()
