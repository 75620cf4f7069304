"""Runs of layers that differ and compute the same: what other findings say of them is then one finding.

A window reaches from one layer with weights that both networks have to the next one. `semantics.runs` brings both sides
of it into one form; where the forms agree, so do the networks between these two layers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias

from archdiff.compare.draft import Draft, place
from archdiff.compare.nodes import Added, Alike, Held, Moved, Node, Opened, Pair, Removed, Step, Swap
from archdiff.compare.sides import Side
from archdiff.infer.chain import common
from archdiff.infer.leaf import Leaf
from archdiff.model.effects import Effect
from archdiff.model.message import Message, message
from archdiff.model.network import is_tabled
from archdiff.semantics import runs
from archdiff.semantics.kinds import IN_PLACE, Partial, Trait
from archdiff.semantics.pointwise import Domain
from archdiff.semantics.runs import Op, Run
from archdiff.semantics.same_run import domain_behind, same

MOST_LAYERS: Final = 40  # of a window; more are left to what is found of each
MOST_STEPS: Final = 60  # on either side of what was found, containers among them
MOST_WINDOWS: Final = 200  # around which it is looked
_CONTEXT: Final = 12  # layers before a window that decide which numbers come in


class Equal(NamedTuple):
    """A window whose two sides compute the same, with what is said of it."""

    steps: tuple[Step, ...]
    pairs: tuple[Pair, ...]
    draft: Draft


class _Window(NamedTuple):
    steps: tuple[Step, ...]
    leaves: tuple[tuple[Leaf, ...], tuple[Leaf, ...]]  # in the order in which they are printed, of both sides
    nodes: tuple[tuple[Node, ...], tuple[Node, ...]]
    pairs: tuple[Pair, ...]


class _Sides(NamedTuple):
    candidate: Side
    reference: Side
    certain_shapes: bool  # printed, given, or the only ones that fit


def proven(
    steps: Sequence[Step], drafts: Iterable[Draft], candidate: Side, reference: Side, certain_shapes: bool
) -> list[Step | Equal]:
    """The same steps, with every window as one in which findings may turn out to be none.

    Args:
        steps: what stands for what.
        drafts: what was found of these steps.
        candidate: one side.
        reference: the other.
        certain_shapes: shapes follow from an input that is no guess.
    """
    sides = _Sides(candidate, reference, certain_shapes)
    grave = _by_path(draft for draft in drafts if draft.effect >= Effect.TRAINING and draft.rule[:3] in _MENDABLE)
    if not grave[0] and not grave[1]:
        return list(steps)
    result: list[Step | Equal] = []
    done = 0  # steps that are in the result
    left = MOST_WINDOWS
    for at in _grave_steps(steps, grave):
        if at < done or not left or _is_hopeless(steps[at], sides):
            continue
        left -= 1
        found = _look_around(steps, at, done, grave, sides)
        if found is not None:
            first, last, judged = found
            result += [*steps[done:first], *judged]
            done = last
    return [*result, *steps[done:]]


def _is_hopeless(step: Step, sides: _Sides) -> bool:
    """Whether weights differ that no rule makes one, which costs less to see than a window."""
    ours, theirs, _ = _nodes(step)
    both = [sides.candidate.leaf(node.path) for node in ours], [sides.reference.leaf(node.path) for node in theirs]
    first, second = (_maps([leaf for leaf in leaves if leaf is not None]) for leaves in both)
    if isinstance(step, Added | Removed):  # a convolution may stand for a Linear that stands elsewhere
        return len(first + second) > 1 or any(each[0] != _MAP for each in first + second)
    return Counter(first) != Counter(second)


def _grave_steps(steps: Sequence[Step], grave: _ByPath) -> list[int]:
    """The places of steps of which something grave was found."""
    ours, theirs = grave
    found = []
    for at, step in enumerate(steps):
        match step:
            case Pair(a, b):
                if a.path in ours or b.path in theirs:
                    found.append(at)
            case Added() | Removed() | Swap() | Moved():
                if next(_drafts_of(step, grave), None) is not None:
                    found.append(at)
    return found


def _look_around(
    steps: Sequence[Step], at: int, done: int, grave: _ByPath, sides: _Sides
) -> tuple[int, int, list[Step | Equal]] | None:
    """The steps around a place, from the first to behind the last, as a window that computes the same on both sides;
    else those of a larger window, over which layers may have moved."""
    spans = [_tight(steps, at, done, sides)]
    for before, behind in _REACH[:2] if isinstance(steps[at], Pair) else _REACH:
        spans.append((_back(steps, at, done, before, sides), _on(steps, at + 1, behind, sides)))
    for number, (first, last) in enumerate(spans):
        if first is None or last is None:
            continue
        group = steps[first:last]
        found = [draft for step in group for draft in _drafts_of(step, grave)]
        ends = (
            _end((steps[index] for index in range(first - 1, -1, -1)), sides, -1),
            _end((steps[index] for index in range(last, len(steps))), sides, 0),
        )
        judged = _judged(group, found, ends, sides, whole=number != 1)
        if any(isinstance(step, Equal) for step in judged):
            return first, last, judged
    return None


def _tight(steps: Sequence[Step], at: int, done: int, sides: _Sides) -> tuple[int | None, int | None]:
    """From behind the last layer with weights to the next one, with it where it differs, as in a long chain."""
    first = last = at
    while first > done and at - first < MOST_STEPS and not _weighs(steps[first - 1], sides):
        first -= 1
    while last < len(steps) and last - at < MOST_STEPS and not _weighs(steps[last], sides):
        last += 1
    takes = last < len(steps) and _is_weighted_pair(steps[last], sides) and not _ends_a_window(steps[last], sides)
    return first, last + takes


def _weighs(step: Step, sides: _Sides) -> bool:
    return _is_weighted_pair(step, sides) or _ends_a_window(step, sides)


#: how many layers with weights a window takes in before and behind
_REACH: Final = ((0, 0), (0, 1), (1, 0), (0, 2), (2, 0), (1, 1), (0, 3), (3, 0))


def _back(steps: Sequence[Step], first: int, done: int, reach: int, sides: _Sides) -> int | None:
    """Where a window begins that ends before `first`; None where so many layers with weights are not there, or where it
    would be too large."""
    least = max(done, first - MOST_STEPS)
    while first > least:
        if _ends_a_window(steps[first - 1], sides):
            if not reach or isinstance(steps[first - 1], Alike):
                break
            reach -= 1
        first -= 1
    return None if reach or (first == least > done) else first


def _on(steps: Sequence[Step], last: int, reach: int, sides: _Sides) -> int | None:
    """Behind which step a window ends that goes on at `last`; None as there."""
    most = min(len(steps), last + MOST_STEPS)
    while last < most:
        if _ends_a_window(steps[last], sides):
            if not reach or isinstance(steps[last], Alike):
                break
            reach -= 1
        last += 1
    return None if reach or (last == most < len(steps)) else last


#: the leaves of both sides between which a window lies, those before it and those behind it; None at an end
_Leaves: TypeAlias = "tuple[Leaf | None, Leaf | None]"
_Ends: TypeAlias = tuple[_Leaves, _Leaves]


def _end(steps: Iterable[Step], sides: _Sides, which: int) -> _Leaves:
    """The nearest pair of leaves in these steps."""
    for step in steps:
        pairs = step.pairs() if isinstance(step, Alike) else _nodes(step)[2]
        if pairs:
            pair = pairs[which]
            return sides.candidate.leaf(pair.candidate.path), sides.reference.leaf(pair.reference.path)
    return None, None


#: order and structure, shapes, settings, and what matters while training; no winners and no densities
_MENDABLE: Final = ("AD1", "AD2", "AD3", "AD4")

_ByPath: TypeAlias = tuple[dict[str, list[Draft]], dict[str, list[Draft]]]


def _by_path(drafts: Iterable[Draft]) -> _ByPath:
    found: _ByPath = ({}, {})
    for draft in drafts:
        for side, where in enumerate((draft.candidate, draft.reference)):
            if where is not None:
                found[side].setdefault(where.path, []).append(draft)
    return found


def _drafts_of(step: Step, grave: _ByPath) -> Iterator[Draft]:
    ours, theirs, _ = _nodes(step)
    for side, nodes in enumerate((ours, theirs)):
        for node in nodes:
            yield from grave[side].get(node.path, ())


def _nodes(step: Step) -> tuple[tuple[Node, ...], tuple[Node, ...], tuple[Pair, ...]]:
    """The layers of a step on both sides, and which of them stand for each other."""
    match step:
        case Pair(a, b):
            return (a,), (b,), (Pair(a, b),)
        case Added(node):
            return tuple(node.leaves()), (), ()
        case Removed(node):
            return (), tuple(node.leaves()), ()
        case Swap(inner=inner) | Moved(inner=inner):
            parts = [_nodes(each) for each in inner]
            ours = tuple([node for part in parts for node in part[0]])
            theirs = tuple([node for part in parts for node in part[1]])
            return ours, theirs, tuple([pair for part in parts for pair in part[2]])
    return (), (), ()


def _ends_a_window(step: Step, sides: _Sides) -> bool:
    match step:
        case Pair(a, b):
            if a.key != b.key:
                return False
            leaf = sides.candidate.leaf(a.path)
            return leaf is None or not _is_weightless(leaf)
        case Held() | Opened() | Swap() | Moved() | Added() | Removed():
            return False
    return True


def _is_weightless(leaf: Leaf) -> bool:
    return leaf.has(Trait.FUNCTIONAL) or (leaf.kind is not None and leaf.kind.function is not None)


def _judged(
    group: Sequence[Step], found: Sequence[Draft], ends: _Ends, sides: _Sides, whole: bool = False
) -> list[Step | Equal]:
    """A group as one window, else (unless it is `whole`) in parts between layers with weights whose settings differ."""
    window = _window(group, ends, sides)
    equal = _equal(window, found, sides) if window else None
    if equal is not None:
        kept = [step for step in group if isinstance(step, Held | Opened)]
        return [*kept, equal]
    cuts = [at for at, step in enumerate(group) if _is_weighted_pair(step, sides)]
    if whole or not cuts or len(group) == 1:
        return list(group)
    result: list[Step | Equal] = []
    for start, end in pairwise([-1, *cuts, len(group)]):
        part = group[start + 1 : end]
        own = [draft for draft in found for step in part if _concerns(draft, step)]
        inner = (
            _end(group[start : start + 1], sides, -1) if start >= 0 else ends[0],
            _end(group[end : end + 1], sides, 0) if end < len(group) else ends[1],
        )
        result += _judged(part, own, inner, sides) if own else part
        result += group[end : end + 1]
    return result


def _is_weighted_pair(step: Step, sides: _Sides) -> bool:
    if not isinstance(step, Pair):
        return False
    leaves = sides.candidate.leaf(step.candidate.path), sides.reference.leaf(step.reference.path)
    return any(leaf is not None and not _is_weightless(leaf) for leaf in leaves)


def _concerns(draft: Draft, step: Step) -> bool:
    ours, theirs, _ = _nodes(step)
    return any(
        where is not None and any(node.path == where.path for node in nodes)
        for where, nodes in ((draft.candidate, ours), (draft.reference, theirs))
    )


def _window(group: Sequence[Step], ends: _Ends, sides: _Sides) -> _Window | None:
    """Both sides of a group, where each is one piece of its network that this page knows how to read."""
    parts = [_nodes(step) for step in group]
    leaves: list[tuple[Leaf, ...]] = []
    nodes: list[tuple[Node, ...]] = []
    for side, at in ((sides.candidate, 0), (sides.reference, 1)):
        by_path = {node.path: node for part in parts for node in (part[1] if at else part[0])}
        own = _in_one_piece(side, by_path)
        if own is None or len(own) > MOST_LAYERS or not _fits(own, ends[0][at], ends[1][at], side):
            return None
        leaves.append(own)
        nodes.append(tuple([by_path[leaf.path] for leaf in own]))
    if not (leaves[0] or leaves[1]) or _maps(leaves[0]) != _maps(leaves[1]):
        return None
    return _Window(
        tuple(group), (leaves[0], leaves[1]), (nodes[0], nodes[1]), tuple(p for part in parts for p in part[2])
    )


def _in_one_piece(side: Side, by_path: dict[str, Node]) -> tuple[Leaf, ...] | None:
    """The leaves under these paths in printed order; None where others stand between them."""
    left = {path: side.leaf(path) for path in by_path}
    if None in left.values() or any(
        leaf is None or leaf.kind is None or is_tabled(leaf.layer) for leaf in left.values()
    ):
        return None
    if any(leaf and leaf.has(Trait.PICKS_MAX) for leaf in left.values()) and side.unpools:
        return None
    first = next((leaf for leaf in left.values() if leaf and not _stands_in(side.before(leaf), left)), None)
    found: list[Leaf] = []
    while first is not None and first.path in left:
        found.append(first)
        first = side.behind(first)
    return tuple(found) if len(found) == len(left) else None


_MAP: Final = "map"


def _maps(leaves: Sequence[Leaf]) -> list[tuple[object, ...]]:
    """The layers with weights and all that no rule changes of them: of a map, which may be printed as a convolution or
    as a Linear, how wide it is and whether it adds a bias."""
    found: list[tuple[object, ...]] = []
    for leaf in leaves:
        if leaf.kind is None or _is_weightless(leaf):
            continue
        if leaf.layer.kind.startswith(("conv_1", "conv_2", "conv_3", "linear")):
            width = leaf.settings.known("out_channels" if leaf.kind.field("out_channels") else "out_features")
            found.append((_MAP, width, leaf.settings.known("bias")))
        else:
            fields = [field for field in leaf.kind.fields if field.effect >= Effect.FUNCTION]
            found.append((leaf.layer.kind, *(leaf.settings.known(field.name) for field in fields)))
    return found


def _fits(leaves: Sequence[Leaf], before: Leaf | None, behind: Leaf | None, side: Side) -> bool:
    """Whether the leaves are all that stands between two."""
    if not leaves:
        return (side.behind(before) if before else side.first()) == behind
    return side.before(leaves[0]) == before and side.behind(leaves[-1]) == behind


def _stands_in(leaf: Leaf | None, paths: dict[str, Leaf | None]) -> bool:
    return leaf is not None and leaf.path in paths


#: what comes into a window, of both sides
_Shapes: TypeAlias = tuple[Partial | None, Partial | None]


class _Proof(NamedTuple):
    effect: Effect
    used: tuple[str, ...]  # names of rules
    needs: tuple[Message, ...] = ()


def _equal(window: _Window, found: Sequence[Draft], sides: _Sides) -> Equal | None:
    gravest = max(found, key=lambda draft: draft.effect)
    doubtful, assumed = _order_around(window, sides)
    if (doubtful or assumed) and not all(_apart(window)):  # it may be a branch
        return None
    proof = None if any(draft.setting == IN_PLACE for draft in found) else _proof(window, sides)
    if proof is None:
        return None
    effect, why = proof.effect, _because(proof)
    if doubtful:
        why = message("if-in-printed-order", class_name=doubtful, effect=effect.word)
        effect = Effect.UNKNOWN
    if effect >= gravest.effect:
        return None
    what = message("because", what=_what(window), why=why)
    if assumed and effect < Effect.UNKNOWN:
        what = message("because", what=what, why=message("taken-in-order", class_name=assumed))
    draft = _draft(window, gravest, effect, what)
    draft.hint = "--input-shape tells" if proof.needs and not doubtful else ""
    return Equal(window.steps, window.pairs, draft)


def _draft(window: _Window, gravest: Draft, effect: Effect, what: Message) -> Draft:
    ours, theirs = (_apart(window)[side] for side in (0, 1))
    rule = gravest.rule if ours and theirs else "AD104" if ours else "AD103"
    if ours and theirs and rule in ("AD103", "AD104"):
        rule = "AD101" if Counter(_names(ours)) == Counter(_names(theirs)) else "AD105"
    if rule.startswith("AD3") and effect is Effect.TRAINING:
        rule = "AD401"
    return Draft(
        rule,
        effect,
        what,
        "order" if rule in ("AD101", "AD102") else "structure",
        place(ours[0]) if ours else None,
        place(theirs[0]) if theirs else None,
    )


def _what(window: _Window) -> Message:
    ours, theirs = _apart(window)
    if ours and theirs:
        return message("computes-the-same", ours=_listed(ours), theirs=_listed(theirs))
    side = "candidate" if ours else "reference"
    return message("only-in", side=side, what=message("layers", names=_listed(ours or theirs)))


def _listed(nodes: Sequence[Node]) -> str:
    return ", ".join(_names(nodes))


def _names(nodes: Sequence[Node]) -> list[str]:
    return [node.layer.class_name for node in nodes]


def _apart(window: _Window) -> tuple[Sequence[Node], Sequence[Node]]:
    """Both sides without the layers with which they begin and end alike."""
    ours, theirs = window.nodes
    while ours and theirs and ours[0].key == theirs[0].key:
        ours, theirs = ours[1:], theirs[1:]
    while ours and theirs and ours[-1].key == theirs[-1].key:
        ours, theirs = ours[:-1], theirs[:-1]
    return ours, theirs


def _because(proof: _Proof) -> Message:
    table = runs.table()
    if proof.needs:
        return message("needs", needs=proof.needs[0])
    return message("rules", names="; ".join(table[name].because for name in proof.used) or _ONE_FUNCTION)


_ONE_FUNCTION: Final = "one function of the numbers that come in here"


def _order_around(window: _Window, sides: _Sides) -> tuple[str, str]:
    """The class whose forward, which no print holds, need not run the layers as they are printed, and the one that is
    taken to run so; "" where there is none."""
    doubtful = assumed = ""
    for side, leaves in ((sides.candidate, window.leaves[0]), (sides.reference, window.leaves[1])):
        for first, second in pairwise(_with_neighbours(side, leaves)):
            taken = side.taken_in_order(first, second)
            if not side.runs_as_neighbours(first, second):
                doubtful = doubtful or taken or "what holds them"
            assumed = assumed or taken
    return doubtful, assumed


def _with_neighbours(side: Side, leaves: Sequence[Leaf]) -> list[Leaf]:
    """The leaves, and what stands right before and behind them in the same container: what one side lacks may be a
    branch, elsewhere."""
    if not leaves:
        return []
    before, behind = side.before(leaves[0]), side.behind(leaves[-1])
    first = [before] if before is not None and _is_beside(before, leaves[0]) else []
    return [*first, *leaves, *([behind] if behind is not None and _is_beside(behind, leaves[-1]) else [])]


def _is_beside(other: Leaf, leaf: Leaf) -> bool:
    return common(other.path, leaf.path) == leaf.path.rpartition(".")[0]


# The proof


def _proof(window: _Window, sides: _Sides) -> _Proof | None:
    """How both sides were found to be one: from what is certain first, then from more."""
    both = _ops(window)
    if any(map(_prints_more, [op for run in both for op in run])):
        return None
    before = _before(window, sides)
    if before is None:
        return None
    shapes, domains = before
    firsts = [leaves[0].input_shape for leaves in window.leaves if leaves]
    if sides.certain_shapes and None not in firsts:
        shapes = (firsts[0], firsts[-1])
    for granted in (False, True):
        proof = _in_both_modes(both, shapes, domains, granted)
        if proof is None and None not in firsts and not sides.certain_shapes:
            proof = _in_both_modes(both, (firsts[0], firsts[-1]), domains, granted)
            if proof:
                needs = message("input-is", shape=sides.candidate.sized.input_shape)
                return _Proof(Effect.UNKNOWN, proof.used, (needs,))
        if proof:
            return proof
    return None


def _prints_more(op: Op) -> bool:
    """Whether it prints what its kind does not know, or cut what it printed."""
    return any(op.kind.field(name) is None for name in op.settings.printed)


def _in_both_modes(both: tuple[Run, Run], shapes: _Shapes, domains: _Domains, granted: bool) -> _Proof | None:
    """Equal in training and in inference; in one of them alone it is the other that differs."""
    modes = ((True, Effect.INFERENCE), (False, Effect.TRAINING))
    found = [
        (_by_form(both, shapes, domain, training, granted), left)
        for (training, left), domain in zip(modes, domains, strict=True)
    ]
    match found:
        case [(_Proof() as first, _), (_Proof() as second, _)]:
            return max(first, second, key=lambda proof: proof.effect)
        case [(_Proof() as proof, left), (None, _)] | [(None, _), (_Proof() as proof, left)]:
            return proof._replace(effect=max(proof.effect, left))
    return None


def _by_form(both: tuple[Run, Run], shapes: _Shapes, domain: Domain, training: bool, granted: bool) -> _Proof | None:
    forms = [runs.reduced(run, x, training, granted) for run, x in zip(both, shapes, strict=True)]
    ends = [runs.shape_behind(run, x) for run, x in zip(both, shapes, strict=True)]
    if None not in ends and ends[0] != ends[1]:
        return None
    rising = False
    if not same(forms[0].run, forms[1].run, domain, training):
        rising = granted and any(op.kind.name == "prelu" for form in forms for op in form.run)
        if not (rising and same(forms[0].run, forms[1].run, domain, training, rising=True)):
            return None
    used = (forms[0].used - forms[1].used) + (forms[1].used - forms[0].used)
    needs = tuple(dict.fromkeys(need for form in forms for need in form.needs))
    if forms[0].needs and forms[1].needs:  # that two pools both do nothing would make any two one
        return None
    needs = (message("slopes-rise"),) if rising and not needs else needs
    used = used or forms[0].used  # the same on both sides
    return _Proof(Effect.UNKNOWN if needs else Effect.EQUIVALENT, tuple(used), needs)


def _ops(window: _Window) -> tuple[Run, Run]:
    both = []
    for side, leaves in enumerate(window.leaves):
        layer_of = {pair[side].path: at for at, pair in enumerate(window.pairs)}
        kinds = [(leaf, leaf.kind) for leaf in leaves if leaf.kind is not None]
        both.append(tuple([Op(kind, leaf.settings, layer=layer_of.get(leaf.path)) for leaf, kind in kinds]))
    return both[0], both[1]


#: which numbers may come in, in training and in inference
_Domains: TypeAlias = tuple[Domain, Domain]


def _before(window: _Window, sides: _Sides) -> tuple[_Shapes, _Domains] | None:
    """What the layers before a window tell of the shape and of the numbers that come in, on both sides."""
    found = []
    for side, leaves in ((sides.candidate, window.leaves[0]), (sides.reference, window.leaves[1])):
        if leaves:
            run = runs.linked(_context(side, leaves[0]), None)
            domains = [domain_behind(run, Domain(), training) for training in (True, False)]
            found.append((run[-1].output if run else None, domains))
    shapes = found[0][0], found[-1][0]
    training, inference = (found[0][1][at].hull(found[-1][1][at]) for at in (0, 1))
    return shapes, (training, inference)


def _context(side: Side, leaf: Leaf) -> list[Op]:
    """What runs right before a leaf, the first one first."""
    before: list[Op] = []
    current, earlier = leaf, side.before(leaf)
    while earlier is not None and earlier.kind is not None and len(before) < _CONTEXT:
        if not side.runs_as_neighbours(earlier, current):
            break
        before.append(Op(earlier.kind, earlier.settings))
        current, earlier = earlier, side.before(earlier)
    return before[::-1]
