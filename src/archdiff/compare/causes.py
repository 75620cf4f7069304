"""Steps of the alignment to findings: root causes first, what only follows from them as their consequences.

Walks both networks in the reference's order and carries the finding that made the shapes differ: whatever follows from
differing shapes (input widths, n and k of k-winners) belongs to it until the shapes agree again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from archdiff.compare import code, k_winners, order, tabled
from archdiff.compare.nodes import Added, Alike, Moved, Node, Pair, Removed, Step, Swap
from archdiff.compare.settings import Difference, amount, cancels_bias, differences
from archdiff.compare.sides import Side
from archdiff.infer.leaf import Leaf, features_out, width_of
from archdiff.model.effects import Effect
from archdiff.model.network import UNKNOWN, Value, join
from archdiff.model.outcome import Finding, Place
from archdiff.semantics.kinds import Trait
from archdiff.semantics.rules import describe


@dataclass(slots=True)
class Draft:
    """A finding while its consequences are still being collected."""

    rule: str
    effect: Effect
    message: str
    aspect: str
    candidate: Place | None = None
    reference: Place | None = None
    setting: str | None = None
    hint: str = ""
    count: int = 1
    places: tuple[tuple[Place | None, Place | None], ...] = ()
    consequences: list[Finding] = field(default_factory=list)

    def frozen(self) -> Finding:
        values: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__}
        values["consequences"] = tuple(self.consequences)
        return Finding(**values)


@dataclass(slots=True)
class _Walk:
    candidate: Side
    reference: Side
    last: tuple[str, str] = ("", "")  # paths of the last pair
    drafts: list[Draft] = field(default_factory=list)
    cause: Draft | None = None  # made the shapes differ, and they still do
    suspect: Draft | None = None  # the last structural finding since the shapes agreed
    reordered: Draft | None = None  # the last structural finding since the last weights
    widths: dict[tuple[Value, Value], Draft] = field(default_factory=dict)

    def add(self, draft: Draft) -> Draft:
        self.drafts.append(draft)
        return draft


def findings(steps: Iterable[Step], candidate: Side, reference: Side) -> list[Draft]:
    """Every difference above the spelling, with its consequences, in the order of the reference."""
    walk = _Walk(candidate, reference)
    for step in steps:
        _step(walk, step)
    return walk.drafts


def _step(walk: _Walk, step: Step) -> None:
    match step:
        case Pair():
            _pair(walk, step)
        case Alike():
            _alike(walk, step)
        case Swap():
            _structural(walk, _swap(walk, step))
            _in_another_order(walk, step.inner)
        case Moved():
            _structural(walk, _moved(walk, step))
            _in_another_order(walk, step.inner)
        case Added() | Removed():
            _structural(walk, _one_sided(walk, step))


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


# Order and structure


def _swap(walk: _Walk, step: Swap) -> Draft:
    early, late = step.second, step.first  # as the candidate has them
    effect, why = order.strongest(
        order.swapped(a, b)
        for a in walk.reference.leaves_of(late.reference)
        for b in walk.reference.leaves_of(early.reference)
    )
    names = [_called(pair.candidate) for pair in (early, late)]
    if names[0] == names[1]:
        names = [f"{name} {pair.candidate.layer.name}" for name, pair in zip(names, (early, late), strict=True)]
    told = f"{names[0]} before {names[1]}, in the reference behind it"
    effect, why, hint = _unless_out_of_order(walk, effect, why, early)
    return Draft(
        "AD101",
        effect,
        f"{told} ({why})" if why else told,
        "order",
        _place(early.candidate),
        _place(early.reference),
        hint=hint,
    )


def _unless_out_of_order(walk: _Walk, effect: Effect, why: str, pair: Pair) -> tuple[Effect, str, str]:
    """Effect, reason and hint of another order; printed order tells nothing where it cannot be what runs."""
    for side, node in ((walk.candidate, pair.candidate), (walk.reference, pair.reference)):
        name = side.out_of_order(node.path) if effect is Effect.FUNCTION else ""
        if name:
            return Effect.UNKNOWN, f"{name} cannot run in printed order", code.forward(node.path.rpartition(".")[0])
    return effect, why, ""


def _moved(walk: _Walk, step: Moved) -> Draft:
    effect, why = order.strongest(
        order.swapped(a, b)
        for pair in step.pairs
        for crossed in step.crossed
        for a in walk.reference.leaves_of(pair.reference)
        for b in walk.reference.leaves_of(crossed.reference)
    )
    first = step.pairs[0]
    what = _called(first.candidate) + (f" and {len(step.pairs) - 1} more" if len(step.pairs) > 1 else "")
    neighbours = 0 < len(step.crossed) <= len(step.pairs)
    told = f"{what} found elsewhere, past {_listed(pair.reference for pair in step.crossed)}"
    effect, why, hint = _unless_out_of_order(walk, effect, why, first)
    return Draft(
        "AD101" if neighbours else "AD102",
        effect,
        f"{told} ({why})" if why else told,
        "order",
        _place(first.candidate),
        _place(first.reference),
        hint=hint,
    )


def _one_sided(walk: _Walk, step: Added | Removed) -> Draft:
    """A layer or block that one side lacks."""
    if isinstance(step, Added):
        node, holder, lacking, rule, side = step.candidate, walk.candidate, walk.reference, "AD104", "reference"
    else:
        node, holder, lacking, rule, side = step.reference, walk.reference, walk.candidate, "AD103", "candidate"
    copied = node.is_copied()
    near = walk.last[lacking is walk.reference]
    seen = lacking.calls_functions(near)
    again = lacking.may_run_again(node.layer.kind, near) if node.layer.kind and not node.children else ""
    if lacking.sized.normal.passes_through(node.path):  # and no function is called in its place
        seen, again = None, ""
    effect, why = order.strongest(
        order.missing(leaf, _repeats(walk, holder, leaf), seen is not None, again) for leaf in holder.leaves_of(node)
    )
    matters = effect >= Effect.TRAINING or effect is Effect.UNKNOWN
    cut = matters and not lacking.sized.network.complete
    if cut:
        effect, why = Effect.UNKNOWN, f"the {side}'s print is not whole"
    if effect is Effect.FUNCTION and (may_be := tabled.may_be_there(holder.leaves_of(node), lacking.sized.is_table)):
        effect, why = Effect.UNKNOWN, may_be
    told = f"{_called(node)} stands less often in the {side}" if copied else f"the {side} lacks {_called(node)}"
    if cut:
        source = "the whole print, to the `)` that closes it"
    elif seen and not again:
        source = code.forward(seen.container)
        why = f"{why} ({seen.because})" if effect is Effect.UNKNOWN else why
    else:
        source = code.forward(near.rpartition(".")[0])
    place = _place(node)
    return Draft(
        "AD106" if copied else rule,
        effect,
        f"{told}: {why}" if why else told,
        "structure",
        candidate=place if isinstance(step, Added) else None,
        reference=place if isinstance(step, Removed) else None,
        hint=source if effect is Effect.UNKNOWN else "",
    )


def _repeats(walk: _Walk, holder: Side, leaf: Leaf) -> bool:
    """Whether it stands in a Sequential behind its equal that has a counterpart."""
    for other in holder.before_in_sequential(leaf):
        if not order.computes_the_same(leaf, other):
            return False
        if other.path == walk.last[holder is walk.reference]:
            return True
    return False


def _called(node: Node) -> str:
    held = sum(1 for _ in node.leaves())
    return f"{node.layer.class_name}({held} layers)" if node.children else node.layer.class_name


def _listed(nodes: Iterable[Node]) -> str:
    names = [node.layer.class_name for node in nodes]
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _place(node: Node, value: Value = None) -> Place:
    return Place(node.path, node.line, value, node.layer.class_name)


# Pairs


def _pair(walk: _Walk, pair: Pair) -> None:
    a, b = walk.candidate.leaf(pair.candidate.path), walk.reference.leaf(pair.reference.path)
    if a is None or b is None:  # a container without children
        return
    walk.last = a.path, b.path
    _take_cause(walk, a, b)
    _density_consequence(walk, pair, a, b)
    own = list(_differing(walk, pair, a, b))
    _give_cause(walk, pair, a, b, own)


def _alike(walk: _Walk, step: Alike) -> None:
    """Two places of one block with one input: it ends what upstream made differ, and tells of an order before it."""
    a, b = walk.candidate.blocks[step.candidate.path], walk.reference.blocks[step.reference.path]
    if walk.reordered is not None and a.block.has_map:
        for pair in step.pairs():
            _pair(walk, pair)
        return
    name = a.block.bare.leaves[-1].path
    walk.last = join(a.path, name), join(b.path, name)
    if a.block.shape_is_told:
        walk.cause = walk.suspect = None


def _take_cause(walk: _Walk, a: Leaf, b: Leaf) -> None:
    if walk.cause is None and a.input_shape != b.input_shape and a.input_shape and b.input_shape:
        walk.cause = walk.suspect


def _give_cause(walk: _Walk, pair: Pair, a: Leaf, b: Leaf, own: list[Draft]) -> None:
    """What makes the shapes behind this pair differ: its own difference, else what made them differ before it."""
    for draft in own:
        if draft.aspect == "width" and draft.candidate and draft.reference:
            walk.widths[width_of(draft.candidate.value), width_of(draft.reference.value)] = draft
        elif draft.effect is Effect.FUNCTION and (widths := (features_out(a), features_out(b))) != (None, None):
            walk.widths.setdefault(widths, draft)
    if a.output_shape is None or b.output_shape is None:
        return
    if a.output_shape == b.output_shape:
        walk.cause = walk.suspect = None
        return
    grave = [draft for draft in own if draft.effect in (Effect.FUNCTION, Effect.UNKNOWN)]
    if grave and (a.input_shape == b.input_shape or any(draft.aspect == "width" for draft in grave)):
        walk.cause = next((draft for draft in grave if draft.aspect == "width"), grave[0])
    elif walk.cause is None and walk.suspect is None:
        told = f"output {amount(a.output_shape)}, not {amount(b.output_shape)}"
        walk.cause = walk.add(
            Draft("AD201", Effect.FUNCTION, told, "shape", _place(pair.candidate), _place(pair.reference))
        )


def _differing(walk: _Walk, pair: Pair, a: Leaf, b: Leaf) -> Iterator[Draft]:
    """The pair's own findings; what only follows from upstream goes to its cause."""
    if (a.kind is not b.kind) or (a.kind is None and a.layer.class_name != b.layer.class_name):
        effect, why = order.replaced(a, b)
        names = [leaf.layer.class_name for leaf in (a, b)]
        if names[0] == names[1]:  # with other settings it is another function
            names = [describe(leaf.layer) for leaf in (a, b)]
        told = f"{names[0]}, not {names[1]}" + (f" ({why})" if why else "")
        draft = Draft("AD105", effect, told, "structure", _place(pair.candidate), _place(pair.reference))
        _structural(walk, draft)
        yield draft
        return
    if pair.candidate.key != pair.reference.key:
        norms = cancels_bias(walk.candidate.behind(a)) and cancels_bias(walk.reference.behind(b))
        winners = k_winners.differences(a, b) if a.has(Trait.PICKS_WINNERS) else ()
        rows = walk.candidate.sized.takes_rows and walk.reference.sized.takes_rows
        found = tabled.differences(a, b) if tabled.either(a, b) else (*differences(a, b, norms, rows), *winners)
        for difference in found:
            cause = walk.cause or walk.widths.get((width_of(difference.candidate), width_of(difference.reference)))
            draft = _drafted(pair, a, b, difference)
            if difference.aspect == "input" and cause is not None:
                cause.consequences.append(draft.frozen())
            else:
                yield walk.add(draft)
    yield from _winners_that_follow(walk, pair, a, b)


def _winners_that_follow(walk: _Walk, pair: Pair, a: Leaf, b: Leaf) -> Iterator[Draft]:
    """n and k where another number of units comes in: a consequence, unless nothing upstream explains it."""
    ours, theirs = a.winners, b.winners
    if ours is None or theirs is None or ours.n is None or theirs.n is None or ours.n == theirs.n:
        return
    told = f"n {ours.n}, not {theirs.n}"
    if (ours.k, ours.k_inference) != (theirs.k, theirs.k_inference):
        told += f"; k {k_winners.ks(ours)}, not {k_winners.ks(theirs)}"
    candidate, reference = _place(pair.candidate, ours.n), _place(pair.reference, theirs.n)
    draft = Draft("AD601", Effect.FUNCTION, told, "k-winners", candidate, reference, "n")
    cause = walk.cause or walk.widths.get((ours.n, theirs.n))
    if cause is not None:
        cause.consequences.append(draft.frozen())
    else:
        yield walk.add(draft)


_RULES = {"weight-density": "AD501", "k-winners": "AD601"}


def _drafted(pair: Pair, a: Leaf, b: Leaf, difference: Difference) -> Draft:
    rule = _RULES.get(difference.aspect) or ("AD401" if difference.effect is Effect.TRAINING else "AD301")
    hint = difference.hint
    if difference.effect is Effect.COSMETIC:
        rule = "AD302"
    if UNKNOWN in (difference.candidate, difference.reference):
        rule = "AD701"
        hint = code.value(a if difference.candidate is UNKNOWN else b, difference.field)
    return Draft(
        rule,
        difference.effect,
        difference.message,
        difference.aspect,
        _place(pair.candidate, difference.candidate),
        _place(pair.reference, difference.reference),
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
        told = f"about {_densities(ours)} of the input of {a.path} non-zero, not {_densities(theirs)}"
        candidate, reference = _place(pair.candidate, ours.density), _place(pair.reference, theirs.density)
        cause.consequences.append(
            Draft("AD601", cause.effect, told, "density", candidate, reference, "density").frozen()
        )


def _densities(leaf: Leaf) -> str:
    inference = leaf.density_inference
    more = f" ({100 * inference:.3g} % in eval)" if inference is not None and inference != leaf.density else ""
    return f"{100 * (leaf.density or 0):.3g} %{more}"
