"""What it changes that a layer stands on one side only, that order differs, or that a container is another one.

Effects follow from the layers (order.py) and from what the container around them may do (semantics.containers): a
forward that is not known may call as a function what it does not print, and need not run in printed order.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from archdiff.compare import code, order, tabled
from archdiff.compare.draft import Draft, place
from archdiff.compare.nodes import (
    Alike,
    Held,
    Moved,
    Node,
    Opened,
    Pair,
    Reordered,
    Step,
    Swap,
    by_name,
    prints_no_body,
)
from archdiff.compare.order import Judged
from archdiff.compare.sides import Side
from archdiff.infer.leaf import Leaf, step
from archdiff.model.effects import Effect
from archdiff.model.message import Message, message
from archdiff.semantics import containers
from archdiff.semantics.containers import Forward
from archdiff.semantics.kinds import Misfit, NotKnown, Trait
from archdiff.semantics.rules import has

CROSSINGS = 400  # pairs of layers that one reordering looks at; more of them are taken to change the function


@dataclass(slots=True, eq=False, repr=False)
class Structure:
    """Both sides, and which nodes stand for each other as far as the steps were walked."""

    candidate: Side
    reference: Side
    counterparts: dict[int, Node] = field(default_factory=dict)  # by the identity of a node, both ways
    last: tuple[Node | None, Node | None] = (None, None)  # of the candidate and of the reference
    following: tuple[Node | None, Node | None] = (None, None)

    def side(self, in_candidate: bool) -> Side:
        return self.candidate if in_candidate else self.reference

    def match(self, a: Node, b: Node) -> None:
        self.counterparts[id(a)], self.counterparts[id(b)] = b, a
        self.candidate.matched.add(a.path)
        self.reference.matched.add(b.path)
        self.last = a, b


def following(steps: Sequence[Step]) -> list[tuple[Node | None, Node | None]]:
    """For every step the nodes that the next pair behind it holds."""
    result: list[tuple[Node | None, Node | None]] = []
    behind: tuple[Node | None, Node | None] = (None, None)
    for each in reversed(steps):
        result.append(behind)
        match each:
            case Pair(a, b) | Held(a, b) | Alike(a, b):
                behind = a, b
            case Swap(first, second):
                behind = second.candidate, first.reference
    return result[::-1]


# Layers of one side


def one_sided(structure: Structure, node: Node, in_candidate: bool) -> Draft:
    """A layer or block that the other side lacks."""
    holder, lacking = structure.side(in_candidate), structure.side(not in_candidate)
    sides = ("candidate", "reference") if in_candidate else ("reference", "candidate")
    gap = _gap(structure, node, in_candidate)
    copies = _copies(structure, node, in_candidate)
    effect, why = order.strongest(
        [_missing(gap, leaf, holder, lacking) for leaf in holder.leaves_of(node)] or [_NOTHING]
    )
    if effect is Effect.FUNCTION and node.layer.children and holder.branches_off(node.path):
        effect, why = Effect.UNKNOWN, message("side-branch")
    assumed = None
    if effect in (Effect.COSMETIC, Effect.EQUIVALENT) and not any(map(_is_metric, holder.leaves_of(node))):
        effect, why, assumed = _idle(node, effect, why)
    if effect < Effect.UNKNOWN and any(each.is_somebodys for each in _containers(node)):
        effect, why = Effect.UNKNOWN, message("class-may-do-more", class_name=node.layer.class_name)
    hint = code.forward(gap.around[0].path) if gap.around else ""
    if effect >= Effect.TRAINING and not lacking.sized.network.complete:
        effect, why, hint = Effect.UNKNOWN, message("print-cut", side=sides[1]), code.WHOLE_PRINT
    elif effect is Effect.FUNCTION and (may_be := tabled.may_be_there(holder.leaves_of(node), lacking.sized.is_table)):
        effect, why = Effect.UNKNOWN, may_be
    rule = "AD106" if copies else "AD104" if in_candidate else "AD103"
    what = copies or message("only-in", side=sides[0], what=called(node))
    for each in (why, assumed if effect < Effect.UNKNOWN else None):
        what = message("because", what=what, why=each) if each else what
    return Draft(
        rule,
        effect,
        what,
        "structure",
        candidate=place(node) if in_candidate else None,
        reference=None if in_candidate else place(node),
        hint=hint if effect is Effect.UNKNOWN else "",
    )


_NOTHING: Judged = Effect.COSMETIC, message("empty")


def _is_metric(leaf: Leaf) -> bool:
    return leaf.has(Trait.METRIC)


def _idle(node: Node, effect: Effect, why: Message | None) -> tuple[Effect, Message | None, Message | None]:
    """What changes nothing where layers run one behind the other may be a branch, and no shape speaks against that:
    `conv(x) + identity(x)`. The effect, why, and what is taken for granted."""
    if node.parent is None or node.parent.forward not in (Forward.HOLDS, Forward.SOMEBODY):
        return effect, why, None
    class_name = node.parent.layer.class_name
    if node.parent.forward is Forward.HOLDS or any(map(containers.combines, (class_name, node.layer.name))):
        return Effect.UNKNOWN, message("may-be-a-branch"), None
    return effect, why, message("taken-in-order", class_name=class_name)


class _Gap(NamedTuple):
    """Where a layer would stand in the network that lacks it."""

    around: tuple[Node, ...]  # containers whose forwards are not known; none where all around it runs in order
    counterpart: Node | None  # of what holds the layer
    before: Node | None
    behind: Node | None
    near: tuple[Node | None, Node | None]  # the pairs before and behind, in the network that has the layer

    def container(self, leaf: Leaf) -> Node | None:
        """Whose forward may call this layer; a chain beside the gap does so only for a layer that a chain may hold."""
        for each in self.around:
            if each is self.counterpart or not containers.is_chain(each.layer):
                return each
            if containers.may_hold_too(each.layer, leaf.traits):
                return each
        return None


def _gap(structure: Structure, node: Node, in_candidate: bool) -> _Gap:
    before, behind = (pair[in_candidate] for pair in (structure.last, structure.following))
    holder = _nearest_matched(structure, node)
    counterpart = structure.counterparts[id(holder)] if holder else None
    inside = structure.side(in_candidate).stands_in_order(node.path)  # of a Sequential no other forward goes on
    around = [counterpart] if inside and counterpart else list(_up_to_both(counterpart, before, behind))
    for near in (before, behind):  # containers at the gap that have no counterpart
        inner = near.parent if near else None
        while inner is not None and inner is not counterpart:
            if id(inner) not in structure.counterparts:
                around.append(inner)
            inner = inner.parent
    lacking = structure.side(not in_candidate)
    owners = (owner for each in around if (owner := _owner(each)) and not is_taken(lacking, owner))
    open_ = tuple([each for each in owners if each.forward is Forward.SOMEBODY])
    own = structure.last[not in_candidate], structure.following[not in_candidate]
    return _Gap(open_, counterpart, before, behind, own)


def _up_to_both(container: Node | None, before: Node | None, behind: Node | None) -> Iterator[Node]:
    """A container, and those around it up to the one that holds what stands before and behind: at the end of `features`
    the forward that runs it may go on."""
    current = container
    while current is not None:
        yield current
        if all(near is not None and _holds(current, near) for near in (before, behind)):
            return
        current = current.parent


def _holds(container: Node, node: Node) -> bool:
    current = node.parent
    while current is not None and current is not container:
        current = current.parent
    return current is container


def _owner(node: Node) -> Node | None:
    """Whose forward runs what stands in a container: of a ModuleList, that of what holds the list."""
    current: Node | None = node
    while current is not None and current.forward is Forward.HOLDS:
        current = current.parent
    return current


def is_taken(side: Side, node: Node) -> bool:
    """Whether a class of somebody is taken to run in printed order: the root, where all shapes agree with it."""
    return node.parent is None and not node.is_layer and side.runs_as_printed(node.path)


def _missing(gap: _Gap, leaf: Leaf, holder: Side, lacking: Side) -> Judged:
    container = gap.container(leaf)
    effect, why = order.missing(leaf, container is None and _repeats(gap, leaf, holder), holder.shapes_are_given)
    if effect not in (Effect.FUNCTION, Effect.TRAINING) or leaf.has(Trait.LOSS) or container is None:
        return effect, why
    if lacking.passes_through(leaf.path):  # an Identity is printed in its place, so nothing else is called there
        return effect, why
    if order.can_be_a_function(leaf):
        return (Effect.UNKNOWN, message("may-be-a-function")) if _leaves_room(gap, leaf, lacking) else (effect, why)
    if leaf.has(Trait.NORMALIZES) and (twin := _twin(container, leaf)):
        return Effect.UNKNOWN, message("may-run-twice", name=twin.layer.name)
    return effect, why


def _repeats(gap: _Gap, leaf: Leaf, holder: Side) -> bool:
    """Whether it runs right before or behind its equal, which has a counterpart; only what runs in order is around."""
    for beside, end in ((holder.before, gap.near[0]), (holder.behind, gap.near[1])):
        this, other = leaf, beside(leaf)
        while other is not None and order.computes_the_same(leaf, other) and holder.runs_in_order_between(this, other):
            if other.path in holder.matched or (end is not None and other.path == end.path):
                return True
            this, other = other, beside(other)
    return False


def _twin(container: Node, leaf: Leaf) -> Node | None:
    """A layer with the same settings beside the gap, which a forward may run twice."""
    alike = (node for node in container.children if (node.layer.kind, node.layer.settings) == _form(leaf))
    return next(alike, None)


def _form(leaf: Leaf) -> tuple[str, object]:
    return leaf.layer.kind, leaf.layer.settings


def _leaves_room(gap: _Gap, leaf: Leaf, lacking: Side) -> bool:
    """Whether the shapes at the gap allow this layer; a pool does not fit where the next layer takes what comes."""
    before = lacking.leaf(gap.before.path) if gap.before else None
    behind = lacking.leaf(gap.behind.path) if gap.behind else None
    x = before.output_shape if before else None
    if x is None or behind is None or behind.kind is None:
        return True
    try:
        y = step(leaf, x)
        step(behind, x)
    except (NotKnown, Misfit):
        return True
    try:
        step(behind, y)
    except NotKnown:
        return True
    except Misfit:
        return False
    return True


def _containers(node: Node) -> Iterator[Node]:
    """The node and all in it that has children."""
    stack = [node] if node.layer.children else []
    while stack:
        current = stack.pop()
        yield current
        stack += [child for child in current.children if child.children]


def _copies(structure: Structure, node: Node, in_candidate: bool) -> Message | None:
    """How many blocks of one class both sides have, where the block is one of several that are equal."""
    other = structure.counterparts.get(id(node.parent)) if node.parent else None
    if other is None or node.parent is None or not node.is_copied():
        return None
    here, there = (
        sum(child.layer.class_name == node.layer.class_name for child in each.children) for each in (node.parent, other)
    )
    ours, theirs = (here, there) if in_candidate else (there, here)
    if ours == theirs or not (ours and theirs):
        return None
    return message("copies", class_name=node.layer.class_name, ours=ours, theirs=theirs)


# Order


def swap(structure: Structure, each: Swap) -> Draft:
    """Two neighbours that changed places."""
    early, late = each.second, each.first  # as the candidate has them
    judged = _crossed(structure, [(late, early)])
    first, second = (_told(pair.candidate) for pair in (early, late))
    if first == second:
        first, second = (f"{pair.candidate.layer.class_name} {pair.candidate.layer.name}" for pair in (early, late))
    what = message("order", first=first, second=second)
    return _of_order(structure, "AD101", what, judged, [early, late])


def moved(structure: Structure, each: Moved) -> Draft:
    """Layers found elsewhere."""
    first = each.pairs[0]
    what = message(
        "moved",
        what=_told(first.candidate),
        more=len(each.pairs) - 1 or None,
        past=tuple(dict.fromkeys(_told(pair.reference) for pair in each.crossed)),
    )
    judged = _crossed(structure, [(a, b) for a in each.pairs for b in each.crossed])
    return _of_order(structure, "AD101" if len(each.crossed) <= len(each.pairs) else "AD102", what, judged, each.pairs)


def in_another_container(structure: Structure, pair: Pair, last: tuple[Node | None, Node | None]) -> Iterator[Draft]:
    """A layer that stands in the same place of the order and in another container: more than nesting where one of the
    two need not run in order. `last`: the pair before it."""
    around = [_nearest_matched(structure, node) for node in (pair.candidate, pair.reference)]
    if None in around:
        return
    if structure.counterparts.get(id(around[0])) is around[1]:
        owner = _parted_in_a_sequential(structure, pair, last)
    else:
        owners = (owner for node in around if node and (owner := _owner(node)) and not _is_as_printed(owner))
        owner = next(owners, None)
    if owner is not None:
        what = message("nested-elsewhere", class_name=owner.layer.class_name)
        hint = _show_forward(structure, pair)
        yield Draft("AD108", Effect.UNKNOWN, what, "structure", place(pair.candidate), place(pair.reference), hint=hint)


def _parted_in_a_sequential(structure: Structure, pair: Pair, last: tuple[Node | None, Node | None]) -> Node | None:
    """The class of somebody that runs a layer, where shapes show that it does not follow the one before it, and the
    other side has the one before it in a Sequential of its own: two towers are no chain."""
    nodes = (pair.candidate, pair.reference)
    for node, other, before, side in (
        (*nodes, last[0], structure.reference),
        (*nodes[::-1], last[1], structure.candidate),
    ):
        holder = before.parent if before else None
        if holder is None or holder.parent is None or id(holder) in structure.counterparts:
            continue
        owner = _owner(other.parent) if other.parent else None
        if owner is None:
            continue
        if holder.forward is Forward.IN_ORDER and side.parted(other.path) and node is not holder:
            return owner
    return None


def _nearest_matched(structure: Structure, node: Node) -> Node | None:
    holder = node.parent
    while holder is not None and id(holder) not in structure.counterparts:
        holder = holder.parent
    return holder


def _is_as_printed(node: Node) -> bool:
    """Whether a container runs in order, or is taken to: the trunk of a network, or a chain of one weighted layer."""
    return node.forward is Forward.IN_ORDER or _is_trunk(node) or containers.is_chain(node.layer)


def reordered(structure: Structure, each: Reordered) -> Draft:
    """The same names in another order, in a container whose forward calls them by their names."""
    a, b = each.candidate, each.reference
    named = by_name(a, b)
    assert named, "a container is only said to be in another order where its names pair"
    pairs = {name: Pair(named[0][name], child) for name, child in named[1].items()}
    ours, theirs = ({name: index for index, name in enumerate(side)} for side in named)
    kept = _longest_rising([theirs[name] for name in ours])
    late = [name for name, index in theirs.items() if index not in kept]
    whole = len(late) * len(theirs) <= CROSSINGS
    crossed = [
        (name, other)
        for name in (late if whole else late[:1])
        for other in theirs
        if (theirs[name] < theirs[other]) is not (ours[name] < ours[other])
    ]
    judged = _crossed(structure, [(pairs[a], pairs[b]) for a, b in crossed]) if whole else (Effect.FUNCTION, None)
    names = tuple(pairs[name].reference.layer.name for name in late)
    what = message("declared", class_name=b.layer.class_name, names=names)
    rule = "AD101" if len(crossed) <= len(late) else "AD102"
    return _of_order(structure, rule, what, judged, [pairs[name] for name in late], by_name=True)


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


def _crossed(structure: Structure, crossed: Sequence[tuple[Pair, Pair]]) -> Judged:
    """What changes where the two of each pair changed places, by the settings of both sides."""
    judged: list[Judged] = []
    for side, nodes in ((structure.candidate, 0), (structure.reference, 1)):
        left = CROSSINGS
        for both in crossed:
            ours, theirs = (side.leaves_of((pair.candidate, pair.reference)[nodes]) for pair in both)
            left -= len(ours) * len(theirs)
            if left < 0:
                return Effect.FUNCTION, None
            judged += [order.swapped(a, b) for a in ours for b in theirs]
    return order.strongest(judged)


def _of_order(
    structure: Structure, rule: str, what: Message, judged: Judged, pairs: Sequence[Pair], by_name: bool = False
) -> Draft:
    """Another order: what follows from the layers where they run as printed, unknown or init where they may not."""
    effect, why = judged
    pair, hint = pairs[0], ""
    owners = list(_owners(structure, pair))
    doubtful = next((owner for side, owner in owners if by_name or not is_taken(side, owner)), None)
    assumed = None
    if doubtful is None or (effect is Effect.EQUIVALENT and not _is_seen_elsewhere(structure, pairs)):
        if owners and Effect.COSMETIC < effect < Effect.UNKNOWN:
            assumed = message("taken-in-order", class_name=(doubtful or owners[0][1]).layer.class_name)
    elif effect is not Effect.COSMETIC:
        name = doubtful.layer.class_name
        if _runs_otherwise(structure, pairs):
            named = by_name or all(map(_is_named_alike, pairs))
            effect, why = Effect.INIT if named else Effect.UNKNOWN, message("not-in-printed-order", class_name=name)
        else:
            why = message("if-in-printed-order", class_name=name, effect=effect.word)
            effect = Effect.UNKNOWN
        hint = _show_forward(structure, pair) if effect is Effect.UNKNOWN else ""
    for each in filter(None, (why, assumed)):
        what = message("because", what=what, why=each)
    return Draft(rule, effect, what, "order", place(pair.candidate), place(pair.reference), hint=hint)


def _runs_otherwise(structure: Structure, pairs: Sequence[Pair]) -> bool:
    """Whether shapes show, on either side, that what is printed around these layers is not the order they run in."""
    sides = ((structure.candidate, 0), (structure.reference, 1))
    return any(
        side.runs_otherwise(_owner_path(pair[number]), pair[number].path) for side, number in sides for pair in pairs
    )


def _is_seen_elsewhere(structure: Structure, pairs: Sequence[Pair]) -> bool:
    """Whether something else may take what runs between two layers: a MaxUnpool takes the places of a max pool, and a
    later layer that asks for more channels than the one before it gives takes them from further up."""
    sides = ((structure.candidate, 0), (structure.reference, 1))
    return any(
        side.unpools or side.contradicts(_owner_path(pair[number]), beyond_calls=True)
        for side, number in sides
        for pair in pairs
    )


def _owners(structure: Structure, pair: Pair) -> Iterator[tuple[Side, Node]]:
    """The containers around a pair whose forwards no print holds, each with its side."""
    for side, node in ((structure.reference, pair.reference), (structure.candidate, pair.candidate)):
        owner = (_owner(node.parent) or node.parent) if node.parent else None  # a ModuleDict alone has no forward
        if owner is not None and owner.forward in (Forward.SOMEBODY, Forward.HOLDS):
            yield side, owner


def _owner_path(node: Node) -> str:
    owner = _owner(node.parent) if node.parent else None
    return owner.path if owner else ""


def _is_named_alike(pair: Pair) -> bool:
    return pair.candidate.name == pair.reference.name and not pair.reference.layer.name.isdigit()


def _show_forward(structure: Structure, pair: Pair) -> str:
    return code.forward(_owner_path(pair.candidate))


# Containers


def held(structure: Structure, a: Node, b: Node) -> Iterator[Draft]:
    """Another class around children that stand for each other, or a class that prints nothing of what is in it."""
    if prints_no_body(a, b):
        side = "reference" if a.layer.children else "candidate"
        what = message("no-body", side=side, class_name=(b if a.layer.children else a).layer.class_name)
        yield Draft("AD108", Effect.UNKNOWN, what, "structure", place(a), place(b), hint="print(model)")
    elif a.layer.class_name and b.layer.class_name and _bare(a) != _bare(b):
        yield _another_class(structure, a, b)


def _bare(node: Node) -> str:
    return node.layer.kind or node.layer.class_name


def _another_class(structure: Structure, a: Node, b: Node) -> Draft:
    names = a.layer.class_name, b.layer.class_name
    kinds = {a.forward, b.forward}
    if kinds == {Forward.IN_ORDER} or not (a.layer.children or b.layer.children):
        effect, why = Effect.COSMETIC, message("both-in-order")
    elif _combine_alike(structure, a, b):
        in_doubt = [node.layer.class_name for node in (a, b) if node.forward is not Forward.IN_ORDER]
        alike = message("taken-alike", ours=names[0], theirs=names[1])
        effect = Effect.COSMETIC
        why = alike if len(in_doubt) == 2 else message("taken-in-order", class_name=in_doubt[0])
    elif kinds == {Forward.HOLDS, Forward.IN_ORDER} and _one_repeated_block(a) and _one_repeated_block(b):
        effect, why = Effect.COSMETIC, message("list-taken-in-order", ours=names[0], theirs=names[1])
    else:
        effect, why = Effect.UNKNOWN, message("forward-may-differ")
    what = message("because", what=message("container", ours=names[0], theirs=names[1]), why=why)
    hint = _shown_forward(a, b) if effect is Effect.UNKNOWN else ""
    return Draft("AD108", effect, what, "structure", place(a), place(b), hint=hint)


def _shown_forward(a: Node, b: Node) -> str:
    """The code of whichever is a class of somebody; of a list, that of what holds it."""
    node = a if a.forward is Forward.SOMEBODY else b
    owner = _owner(node) or node
    return code.forward(owner.path)


def _combine_alike(structure: Structure, a: Node, b: Node) -> bool:
    """Whether two classes are taken to combine their layers in one way: what replaces the root of a replication is its
    counterpart by intention, and a chain of one weighted layer can hardly be run otherwise."""
    if containers.combines(a.layer.class_name) is not containers.combines(b.layer.class_name):
        return False
    if Forward.HOLDS in (a.forward, b.forward):
        return False
    if _is_outermost(a) and _is_outermost(b):
        return all(
            node.forward is Forward.SOMEBODY or not side.contradicts(other.path)
            for node, other, side in ((a, b, structure.reference), (b, a, structure.candidate))
        )
    return all(node.forward is Forward.IN_ORDER or containers.is_chain(node.layer) for node in (a, b))


def _is_outermost(node: Node) -> bool:
    """The root, or what a root wraps that holds nothing else."""
    while node.parent is not None:
        node = node.parent
        if len(node.children) > 1 or node.is_layer:
            return False
    return True


def _one_repeated_block(node: Node) -> bool:
    """Whether a list holds one block several times, beside nothing that could choose among them."""
    same = len({child.layer.class_name for child in node.children}) == 1 and bool(node.children[0].children)
    beside = node.parent.children if node.parent else ()
    names = f"{node.layer.name} {' '.join(f'{each.layer.name} {each.layer.class_name}' for each in beside)}".lower()
    return same and not any(word in names for word in ("router", "gate", "expert"))


def opened(structure: Structure, each: Opened) -> Iterator[Draft]:
    """A container that only one side has around layers that both have, where it is more than nesting."""
    node = each.node
    kind = node.forward
    sides = ("candidate", "reference") if each.in_candidate else ("reference", "candidate")
    if node.is_layer and not node.is_somebodys:
        yield one_sided(structure, node, each.in_candidate)
        return
    if kind is Forward.IN_ORDER and not node.layer.settings:
        return
    what = message("container-only-in", side=sides[0], what=called(node))
    if not node.layer.settings and (_is_trunk(node) or containers.is_chain(node.layer)):
        effect, why = Effect.COSMETIC, message("taken-in-order", class_name=node.layer.class_name)
    else:
        effect, why = Effect.UNKNOWN, message("class-may-do-more", class_name=node.layer.class_name)
    owner = _owner(node) or node
    yield Draft(
        "AD108",
        effect,
        message("because", what=what, why=why),
        "structure",
        candidate=place(node) if each.in_candidate else None,
        reference=None if each.in_candidate else place(node),
        hint=code.forward(owner.path) if effect is Effect.UNKNOWN else "",
    )


def may_overwrite(node: Node) -> bool:
    """Whether a layer that works in place may overwrite what a shortcut around it takes: it is the first to get what
    comes into a class of somebody, or into a Sequential or list that such a class holds."""
    inner = node
    while (holder := inner.parent) is not None:
        is_first = all(map(_passes_on, holder.children[: holder.children.index(inner)]))
        match holder.forward:
            case Forward.KNOWN:
                return False
            case Forward.HOLDS:
                return True
            case Forward.SOMEBODY if not containers.is_chain(holder.layer):
                return is_first or inner is not node
        if not is_first:
            return False
        inner = holder
    return False


def _passes_on(node: Node) -> bool:
    """Whether what comes out of a layer may be what came in, and no copy."""
    return any(has(node.layer, trait) for trait in (Trait.IDENTITY, Trait.DROPS, Trait.RESHAPES))


def _is_trunk(node: Node) -> bool:
    """Whether it is the root, or all that the root runs: `LitModel((model): Net, (loss): NLLLoss)`."""
    if containers.combines(node.layer.class_name):
        return False
    if node.parent is None:
        return True
    beside = [child for child in node.parent.children if child is not node]
    return all(any(has(child.layer, trait) for trait in _RUNS_NOTHING) for child in beside) and _is_trunk(node.parent)


_RUNS_NOTHING = (Trait.LOSS, Trait.METRIC, Trait.IDENTITY)


# Words for a node


def called(node: Node) -> Message:
    """A class with its settings where it has no kind to compare them by, and how much it holds."""
    count = sum(1 for _ in node.leaves()) if node.layer.children else None
    settings = ", ".join(each.text or f"{each.name}={each.value}" for each in node.layer.settings)
    printed = settings if node.layer.children and node.is_somebodys and settings else None
    return message("layer", class_name=node.layer.class_name, settings=printed, count=count)


def _told(node: Node) -> str:
    return node.layer.class_name
