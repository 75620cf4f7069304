"""Steps of the alignment to findings: root causes first, what only follows from them as their consequences.

Walks both networks in the reference's order and carries the finding that made the shapes differ: whatever follows from
differing shapes (input widths, n and k of k-winners) belongs to it until the shapes agree again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from archdiff.diff import (
    containers,
    equivalence,
    gradients,
    hints,
    k_winners,
    layer_effects,
    missing,
    reordered,
    summary_tables,
)
from archdiff.diff.changed_widths import ChangedWidths
from archdiff.diff.draft import Draft, place
from archdiff.diff.equivalence import EquivalentWindow
from archdiff.diff.layer_effects import Reasoned
from archdiff.diff.network_index import NetworkIndex
from archdiff.diff.nodes import Node
from archdiff.diff.replaced import replaced
from archdiff.diff.settings import (
    Difference,
    cancels_bias,
    differences,
    printed_differences,
    unreported,
)
from archdiff.diff.steps import Added, Alike, ContainerPair, Moved, Opened, Pair, Removed, Reordered, Step, Swap
from archdiff.diff.structure import Structure, following
from archdiff.infer.leaf import Leaf, features_out, width_of
from archdiff.model.effects import Effect
from archdiff.model.message import because, message
from archdiff.model.network import UNKNOWN
from archdiff.model.wording import density
from archdiff.semantics.kinds import CUT, IN_PLACE, Trait


@dataclass(slots=True, eq=False, repr=False)
class _Walk:
    candidate: NetworkIndex
    reference: NetworkIndex
    structure: Structure
    drafts: list[Draft] = field(default_factory=list)
    cause: Draft | None = None  # made the shapes differ, and they still do
    suspect: Draft | None = None  # the last structural finding since the shapes agreed
    reordered: Draft | None = None  # the last structural finding since the last weights
    widths: ChangedWidths = field(default_factory=ChangedWidths)
    orders: dict[Node, Draft] = field(default_factory=dict)  # by the candidate's container

    def add(self, draft: Draft) -> Draft:
        self.drafts.append(draft)
        return draft


def findings(steps: Sequence[Step], candidate: NetworkIndex, reference: NetworkIndex) -> tuple[list[Draft], int]:
    """Every difference above the spelling, in the order of the reference.

    Args:
        steps: The alignment.
        candidate: One network.
        reference: The other.

    Returns:
        Findings with their consequences, where layers that differ and compute the same are one finding that they do;
        and the number of places around which that was not tried, since the work is bounded.
    """
    certain = _shapes_are_certain(candidate, reference)
    drafts = _walk_steps(steps, candidate, reference)
    equal, left_out = equivalence.proven(steps, drafts, candidate, reference, certain)
    if any(isinstance(step, EquivalentWindow) for step in equal):
        drafts = _walk_steps(equal, candidate, reference)
    return drafts, left_out


def _walk_steps(
    steps: Sequence[Step | EquivalentWindow], candidate: NetworkIndex, reference: NetworkIndex
) -> list[Draft]:
    walk = _Walk(candidate, reference, Structure(candidate, reference))
    for step, behind in zip(steps, following(steps), strict=True):
        walk.structure.following = behind
        if isinstance(step, EquivalentWindow):
            _enter_equal(walk, step)
        else:
            _step(walk, step)
    return walk.drafts


def _enter_equal(walk: _Walk, step: EquivalentWindow) -> None:
    for pair in step.pairs:
        walk.structure.match(pair.candidate, pair.reference)
    walk.add(step.draft)
    walk.cause = walk.suspect = None


def _step(walk: _Walk, step: Step) -> None:
    around = walk.structure
    match step:
        case Pair():
            _pair(walk, step)
        case Alike():
            _alike(walk, step)
        case ContainerPair(a, b):
            around.match(a, b)
            walk.drafts += containers.held(around, a, b)
            walk.drafts += _own_settings(a, b)
        case Reordered():
            draft = reordered.reordered(around, step)
            walk.orders[step.candidate] = draft
            _structural(walk, draft)
        case Opened():
            walk.drafts += containers.opened(around, step)
        case Swap():
            _structural(walk, reordered.swap(around, step))
            _in_another_order(walk, step.inner)
        case Moved():
            _structural(walk, reordered.moved(around, step))
            _in_another_order(walk, step.inner)
        case Added(node):
            _structural(walk, missing.one_sided(around, node, True))
        case Removed(node):
            _structural(walk, missing.one_sided(around, node, False))
        case _:
            assert_never(step)


def _own_settings(a: Node, b: Node) -> Iterator[Draft]:
    """What containers print of themselves, where not both are layers of their own."""
    for difference in printed_differences(a.layer, b.layer):
        yield Draft(
            "AD301",
            difference.effect,
            difference.what,
            "setting",
            place(a, difference.candidate),
            place(b, difference.reference),
            difference.field,
        )


def _structural(walk: _Walk, draft: Draft) -> None:
    walk.add(draft)
    walk.suspect = draft
    if draft.effect is Effect.FUNCTION:
        walk.reordered = draft


def _in_another_order(walk: _Walk, inner: Iterable[Step]) -> None:
    """Pairs that stand in another order: whatever follows from their shapes follows from that order."""
    moved, other = walk.suspect, walk.cause
    for step in inner:
        walk.cause = moved
        _step(walk, step)
    walk.cause, walk.suspect = other, moved


# Pairs


def _pair(walk: _Walk, pair: Pair) -> None:
    walk.structure.match(pair.candidate, pair.reference)
    walk.drafts += containers.in_another_container(walk.structure, pair)
    a, b = walk.candidate.leaf(pair.candidate.path), walk.reference.leaf(pair.reference.path)
    if a is None or b is None:  # a container without children
        walk.drafts += containers.held(walk.structure, pair.candidate, pair.reference)
        return
    _take_cause(walk, pair, a, b)
    _density_consequence(walk, pair, a, b)
    own = list(_differing(walk, pair, a, b))
    _give_cause(walk, pair, a, b, own)


def _alike(walk: _Walk, step: Alike) -> None:
    """Two places of one block with one input: it ends what upstream made differ."""
    walk.structure.match(step.candidate, step.reference)
    walk.drafts += containers.held(walk.structure, step.candidate, step.reference)
    walk.drafts += _own_settings(step.candidate, step.reference)
    block = walk.candidate.blocks[step.candidate.path].block
    if walk.reordered is not None and block.has_map:
        for pair in step.pairs():
            _pair(walk, pair)
        return
    walk.widths.passed(block.leaves)
    if block.gives_a_shape:
        walk.cause = walk.suspect = None


def _take_cause(walk: _Walk, pair: Pair, a: Leaf, b: Leaf) -> None:
    if walk.cause is None and a.input_shape != b.input_shape and a.input_shape and b.input_shape:
        walk.cause = walk.suspect or _order_around(walk, pair.candidate)


def _order_around(walk: _Walk, node: Node) -> Draft | None:
    """The finding of another order of names in a container that holds a layer, if there is one."""
    return next((walk.orders[holder] for holder in node.holders() if holder in walk.orders), None)


def _give_cause(walk: _Walk, pair: Pair, a: Leaf, b: Leaf, own: list[Draft]) -> None:
    """What makes the shapes behind this pair differ: its own difference, else what made them differ before it."""
    for draft in own:
        if draft.aspect == "width" and draft.candidate and draft.reference:
            walk.widths.put(width_of(draft.candidate.value), width_of(draft.reference.value), draft)
        elif draft.effect is Effect.FUNCTION and (widths := (features_out(a), features_out(b))) != (None, None):
            walk.widths.put_new(*widths, draft)
    if not own:
        walk.widths.passed((b,))
    if a.output_shape is None or b.output_shape is None:
        return
    if a.output_shape == b.output_shape:
        walk.cause = walk.suspect = None
        return
    grave = [draft for draft in own if draft.effect in (Effect.FUNCTION, Effect.UNKNOWN)]
    if grave and (a.input_shape == b.input_shape or any(draft.aspect == "width" for draft in grave)):
        walk.cause = next((draft for draft in grave if draft.aspect == "width"), grave[0])
    elif walk.cause is None and walk.suspect is None:
        what = message("output", ours=a.output_shape, theirs=b.output_shape)
        walk.cause = walk.add(
            Draft("AD201", Effect.FUNCTION, what, "shape", place(pair.candidate), place(pair.reference))
        )


def _differing(walk: _Walk, pair: Pair, a: Leaf, b: Leaf) -> Iterator[Draft]:
    """The pair's own findings; what only follows from upstream goes to its cause."""
    if (a.kind is not b.kind) or (a.kind is None and a.layer.class_name != b.layer.class_name):
        own = walk.structure.own_function(pair.candidate) or walk.structure.own_function(pair.reference)
        draft = replaced(pair, (a, b), (walk.candidate, walk.reference), own)
        _structural(walk, draft)
        yield draft
        return
    if pair.candidate.key != pair.reference.key:
        both = _of_another_bias(walk.candidate, a), _of_another_bias(walk.reference, b)
        norms = max(both, key=lambda each: (each[0], each[1] is not None))
        ties = walk.candidate.ties_into(a) and walk.reference.ties_into(b)
        winners = k_winners.differences(a, b, ties) if a.has(Trait.PICKS_WINNERS) else ()
        rows = not (walk.candidate.knows_rank(a) and walk.reference.knows_rank(b))
        certain = _shapes_are_certain(walk.candidate, walk.reference)
        certain = certain or _only_size_that_fits(walk.candidate, walk.reference)
        if summary_tables.either(a, b):
            found = [*summary_tables.differences(a, b)]
        else:
            found = [*differences(a, b, norms, rows, certain, _rank(walk, a, b)), *winners]
            found += unreported(a, b, found)
            found = [_in_place(walk, pair, (a, b), each) if each.field == IN_PLACE else each for each in found]
        for difference in found:
            cause = walk.cause or walk.widths.cause(width_of(difference.candidate), width_of(difference.reference))
            draft = _drafted(pair, a, b, difference)
            if difference.aspect == "input" and cause is not None and cause.effect >= difference.effect:
                cause.consequences.append(draft.frozen())
            else:
                yield walk.add(draft)
    yield from _winners_that_follow(walk, pair, a, b)


def _rank(walk: _Walk, a: Leaf, b: Leaf) -> int | None:
    """How many dimensions come into two layers, where one network decides it and the other does not contradict it."""
    if a.input_shape is not None or b.input_shape is not None:
        return None
    found = {walk.candidate.rank(a), walk.reference.rank(b)} - {None}
    return found.pop() if len(found) == 1 else None


def _in_place(walk: _Walk, pair: Pair, leaves: tuple[Leaf, Leaf], difference: Difference) -> Difference:
    """A layer that works in place on one side only: spelling, unless something else takes what it overwrites."""
    effect, why = layer_effects.strongest([containers.in_place(walk.structure, node) for node in pair])
    lost = _gradient_lost(walk, pair)
    if lost is not None and effect < Effect.TRAINING:
        effect, why = lost
    elif effect < Effect.TRAINING and any(map(gradients.cannot_go_back_in_place, leaves)):
        effect, why = Effect.TRAINING, message("no-gradient-in-place")
    return difference._replace(effect=effect, what=because(difference.what, why))


def _gradient_lost(walk: _Walk, pair: Pair) -> Reasoned | None:
    """What it changes that a layer overwrites what the gradient of the one before it needs; None where it does not.

    In a class of unknown forward something else may run between the two.
    """
    for side, node in ((walk.candidate, pair.candidate), (walk.reference, pair.reference)):
        leaf = side.leaf(node.path)
        first = side.before(leaf) if leaf else None
        if leaf and first and gradients.needs_its_output(first) and side.runs_in_order_between(first, leaf):
            holder = side.taken_in_order(first, leaf)
            if not holder or side.runs_as_neighbours(first, leaf):
                return Effect.TRAINING, message("gradient-lost", first=first.layer.class_name)
            return Effect.UNKNOWN, message("if-in-printed-order", class_name=holder, effect=Effect.TRAINING.word)
    return None


def _of_another_bias(side: NetworkIndex, leaf: Leaf) -> Reasoned:
    """What another bias changes where a normalization follows that takes it away, and what that takes for granted."""
    behind = side.behind(leaf)
    if behind is None or not cancels_bias(leaf, behind):
        return Effect.FUNCTION, None
    if not side.runs_as_neighbours(leaf, behind):
        return Effect.UNKNOWN, None
    of_features = leaf.layer.kind == "linear" and behind.has(Trait.REMOVES_MEAN)
    rank = side.known_rank(leaf) if of_features else None
    if rank is not None and rank != 2:  # of maps a batch norm works on another dimension
        return Effect.FUNCTION, None
    if taken := side.taken_in_order(leaf, behind):
        return Effect.EQUIVALENT, message("taken-in-order", class_name=taken)
    rows = of_features and rank is None
    return Effect.EQUIVALENT, message("taken-as-rows", first=leaf.layer.class_name) if rows else None


def _shapes_are_certain(candidate: NetworkIndex, reference: NetworkIndex) -> bool:
    """Whether the input size was printed or given: from one that was solved no equality follows."""
    return candidate.shapes_are_given and reference.shapes_are_given


def _only_size_that_fits(candidate: NetworkIndex, reference: NetworkIndex) -> bool:
    """Whether both texts together leave one size for an input with places.

    It is no guess then, where a setting of one layer is all that differs there.
    """
    both = [{side.sized.input_shape, *side.sized.other_input_shapes} for side in (candidate, reference)]
    shape = candidate.sized.input_shape
    return shape is not None and len(shape) > 1 and both[0] & both[1] == {shape}


def _winners_that_follow(walk: _Walk, pair: Pair, a: Leaf, b: Leaf) -> Iterator[Draft]:
    """The numbers n and k where other units come in: a consequence, unless nothing upstream explains it."""
    ours, theirs = a.winners, b.winners
    if ours is None or theirs is None or ours.n is None or theirs.n is None or ours.n == theirs.n:
        return
    other_k = (ours.k, ours.k_inference) != (theirs.k, theirs.k_inference)
    ks = message("k-follows", ours=k_winners.ks(ours), theirs=k_winners.ks(theirs)) if other_k else None
    what = message("winners-follow", ours=ours.n, theirs=theirs.n, ks=ks)
    candidate, reference = place(pair.candidate, ours.n), place(pair.reference, theirs.n)
    draft = Draft("AD601", Effect.FUNCTION, what, "k-winners", candidate, reference, "n")
    cause = walk.cause or walk.widths.cause(ours.n, theirs.n)
    if cause is not None and cause.effect is Effect.FUNCTION:
        cause.consequences.append(draft.frozen())
    else:
        yield walk.add(draft)


_RULES = {"weight-density": "AD501", "k-winners": "AD601"}


def _drafted(pair: Pair, a: Leaf, b: Leaf, difference: Difference) -> Draft:
    rule = _RULES.get(difference.aspect) or ("AD401" if difference.effect is Effect.TRAINING else "AD301")
    hint = difference.hint
    if difference.effect is Effect.COSMETIC:
        rule = "AD302"
    if UNKNOWN in (difference.candidate, difference.reference) and difference.by_form:
        rule = "AD701"
        hint = hints.value(a if difference.candidate is UNKNOWN else b, difference.field)
    if difference.field == CUT:
        hint = hints.value(a if CUT in a.settings.printed else b, CUT)
    return Draft(
        rule,
        difference.effect,
        difference.what,
        difference.aspect,
        place(pair.candidate, difference.candidate),
        place(pair.reference, difference.reference),
        difference.field,
        hint,
    )


def _density_consequence(walk: _Walk, pair: Pair, a: Leaf, b: Leaf) -> None:
    """The share of non-zero numbers that reaches the next weights, where order or structure changed it."""
    if not (a.has(Trait.AFFINE_MAP) and b.has(Trait.AFFINE_MAP)):
        return
    cause, walk.reordered = walk.reordered, None
    if cause is None:
        return
    ours, theirs = walk.candidate.before(a), walk.reference.before(b)
    if ours is None or theirs is None or ours.density is None or theirs.density is None:
        return
    if abs(ours.density - theirs.density) > 0.05 * max(ours.density, theirs.density):
        both = [density(each.density, each.density_inference) for each in (ours, theirs)]
        what = message("density-follows", ours=both[0], theirs=both[1], path=a.title)
        candidate, reference = place(pair.candidate, ours.density), place(pair.reference, theirs.density)
        cause.consequences.append(
            Draft("AD601", cause.effect, what, "density", candidate, reference, "density").frozen()
        )
