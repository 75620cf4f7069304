"""What it changes that a layer or block stands on one side only.

Effects follow from the layer (`layer_effects`) and from what the containers around the gap may do: a forward that is
not known may call as a function what it does not print.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile
from typing import Final, NamedTuple

from archdiff.diff import hints, layer_effects, summary_tables
from archdiff.diff.draft import Draft, on_side, place
from archdiff.diff.layer_effects import Reasoned
from archdiff.diff.network_index import NetworkIndex
from archdiff.diff.nodes import Node
from archdiff.diff.structure import Structure, containers_in, described, is_taken, nearest_matched, owner_of
from archdiff.infer.leaf import Leaf, step
from archdiff.model.effects import Effect
from archdiff.model.message import Message, because, message
from archdiff.model.network import UNKNOWN
from archdiff.semantics import containers, kinds
from archdiff.semantics.containers import Forward
from archdiff.semantics.kinds import Misfit, NotKnown, Trait


def one_sided(structure: Structure, node: Node, in_candidate: bool) -> Draft:
    """A finding about a layer or block that the other side lacks.

    Args:
        structure: Both networks, as far as the steps were walked.
        node: The layer or block.
        in_candidate: Which network has it.
    """
    holder, lacking = structure.side(in_candidate), structure.side(not in_candidate)
    has, lacks = ("candidate", "reference") if in_candidate else ("reference", "candidate")
    gap = _gap(structure, node, in_candidate)
    copies = _copies(structure, node, in_candidate)
    beside: dict[tuple[str, int], bool] = {}
    effect, why = layer_effects.strongest(
        [_missing(gap, leaf, holder, lacking, beside) for leaf in holder.leaves_of(node)] or [_NOTHING]
    )
    if effect is Effect.FUNCTION and node.layer.children and holder.branches_off(node.path):
        effect, why = Effect.UNKNOWN, message("side-branch")
    assumed = None
    if effect in (Effect.COSMETIC, Effect.EQUIVALENT) and not any(map(_is_metric, holder.leaves_of(node))):
        effect, why, assumed = _idle(node, effect, why)
    if effect < Effect.UNKNOWN and any(each.has_no_kind for each in containers_in(node)):
        effect, why = Effect.UNKNOWN, message("class-may-do-more", class_name=node.layer.class_name)
    if effect is Effect.FUNCTION and (own := structure.own_function(node)):
        effect, why = Effect.UNKNOWN, own
    hint = hints.forward(gap.around[0].path) if gap.around else ""
    if effect >= Effect.TRAINING and not lacking.sized.network.complete:
        effect, why, hint = Effect.UNKNOWN, message("print-cut", side=lacks), hints.WHOLE_PRINT
    elif effect is Effect.FUNCTION and (
        may_be := summary_tables.may_be_there(holder.leaves_of(node), lacking.sized.network.is_table)
    ):
        effect, why = Effect.UNKNOWN, may_be
    elif effect >= Effect.TRAINING and (holds := _held_as_a_setting(gap, node, lacking)):
        effect, why, hint = Effect.UNKNOWN, message("may-be-a-function"), holds
    rule = "AD106" if copies else "AD104" if in_candidate else "AD103"
    what = copies or message("only-in", side=has, what=described(node, holder.weights))
    what = because(what, why, assumed if effect < Effect.UNKNOWN else None)
    hint = hint if effect is Effect.UNKNOWN else ""
    return Draft(rule, effect, what, "structure", *on_side(place(node), in_candidate), hint=hint)


_NOTHING: Reasoned = Effect.COSMETIC, message("empty")


def _is_metric(leaf: Leaf) -> bool:
    return leaf.has(Trait.METRIC)


def _idle(node: Node, effect: Effect, why: Message | None) -> tuple[Effect, Message | None, Message | None]:
    """What changes nothing where layers run one after the other may be a branch: `conv(x) + identity(x)`.

    No shape contradicts that. The effect, why, and what is taken for granted.
    """
    if node.parent is None or node.parent.forward not in (Forward.HOLDS, Forward.SOMEBODY):
        return effect, why, None
    names = node.layer.name, node.parent.layer.class_name
    if node.parent.forward is Forward.HOLDS or any(map(containers.combines, names)):
        return Effect.UNKNOWN, message("may-be-a-branch"), None
    return effect, why, message("taken-in-order", class_name=node.parent.layer.class_name)


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
    holder = nearest_matched(structure, node)
    counterpart = structure.counterparts[holder] if holder else None
    inside = structure.side(in_candidate).stands_in_order(node.path)  # of a Sequential no other forward goes on
    around = [counterpart] if inside and counterpart else list(_up_to_both(counterpart, before, behind))
    for near in (before, behind):  # containers at the gap that have no counterpart
        inner = takewhile(lambda each: each is not counterpart, near.holders() if near else ())
        around += [each for each in inner if each not in structure.counterparts]
    lacking = structure.side(not in_candidate)
    owners = (owner for each in around if (owner := owner_of(each)) and not is_taken(lacking, owner))
    open_ = tuple([each for each in owners if each.forward is Forward.SOMEBODY])
    own = structure.last[not in_candidate], structure.following[not in_candidate]
    return _Gap(open_, counterpart, before, behind, own)


def _up_to_both(container: Node | None, before: Node | None, behind: Node | None) -> Iterator[Node]:
    """A container, and those around it up to the one that holds what stands before and behind.

    At the end of `features` the forward that runs it may go on.
    """
    both = {*before.holders()} & {*behind.holders()} if before and behind else set()
    for each in (container, *container.holders()) if container else ():
        yield each
        if each in both:
            return


def _missing(
    gap: _Gap, leaf: Leaf, holder: NetworkIndex, lacking: NetworkIndex, beside: dict[tuple[str, int], bool]
) -> Reasoned:
    container = gap.container(leaf)
    if (leaf.has(Trait.LOSS) or _is_metric(leaf)) and holder.stands_in_order(leaf.path):
        return Effect.FUNCTION, message("called-as-a-layer")
    repeats = container is None and layer_effects.is_idempotent(leaf) and _repeats(gap, leaf, holder, beside)
    effect, why = layer_effects.missing(leaf, repeats, holder.shapes_are_given)
    if effect not in (Effect.FUNCTION, Effect.TRAINING) or leaf.has(Trait.LOSS) or container is None:
        return effect, why
    if lacking.passes_through(leaf.path):  # an Identity is printed in its place, so nothing else is called there
        return effect, why
    if layer_effects.can_be_a_function(leaf):
        return (Effect.UNKNOWN, message("may-be-a-function")) if _leaves_room(gap, leaf, lacking) else (effect, why)
    return effect, why


def _held_as_a_setting(gap: _Gap, node: Node, lacking: NetworkIndex) -> str:
    """What shows whether the other side calls the layer as a function by a setting; "" where it does not.

    Such as `activation` of a TransformerEncoderLayer, whatever an activation is called here: what it is may be known.
    """
    leaf = lacking.leaf(gap.counterpart.path) if gap.counterpart else None
    kind = kinds.of_layer(node.layer)
    is_activation = kind is not None and kind.has(Trait.ELEMENTWISE, kinds.settings_of(node.layer))
    for name in (node.layer.name, *((_ACTIVATION,) if is_activation else ())):
        if leaf is None or leaf.kind is None or not leaf.kind.field(name):
            continue
        value = leaf.settings.known(name)
        if value is UNKNOWN:
            return hints.value(leaf, name)
        if is_activation and value == node.layer.kind and node.parent is not None:
            return hints.forward(node.parent.path)
    return ""


_ACTIVATION: Final = "activation"


def _repeats(gap: _Gap, leaf: Leaf, holder: NetworkIndex, known: dict[tuple[str, int], bool]) -> bool:
    """Whether it runs right before or behind its equal, which has a counterpart; only what runs in order is around.

    Args:
        gap: Where it would stand in the other network.
        leaf: An idempotent layer.
        holder: The network that has it.
        known: What was found of its neighbours, by path and direction (0 before, 1 behind).
    """
    return any(_reaches(gap, leaf, holder, direction, known) for direction in (0, 1))


def _reaches(gap: _Gap, leaf: Leaf, holder: NetworkIndex, direction: int, known: dict[tuple[str, int], bool]) -> bool:
    """The same in one direction, found at once for all equals that are passed on the way, `_MOST_EQUALS` at most."""
    beside, end = (holder.before, holder.behind)[direction], gap.near[direction]
    passed: list[Leaf] = []
    this, found = leaf, False
    while len(passed) < _MOST_EQUALS:
        if (known_before := known.get((this.path, direction))) is not None:
            found = known_before
            break
        passed.append(this)
        other = beside(this)
        if (
            other is None
            or not layer_effects.computes_the_same(leaf, other)
            or not holder.runs_in_order_between(this, other)
        ):
            break
        if other.path in holder.matched or (end is not None and other.path == end.path):
            found = True
            break
        this = other
    known |= dict.fromkeys([(each.path, direction) for each in passed], found)
    return found


_MOST_EQUALS: Final = 24  # each missing layer of a longer stretch would walk through all of it


def _leaves_room(gap: _Gap, leaf: Leaf, lacking: NetworkIndex) -> bool:
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


def _copies(structure: Structure, node: Node, in_candidate: bool) -> Message | None:
    """How many blocks of one class both sides have, where the block is one of several that are equal."""
    other = structure.counterparts.get(node.parent) if node.parent else None
    if other is None or node.parent is None or not node.is_copied():
        return None
    here, there = (
        structure.blocks_in(each, ours)[node.layer.class_name]
        for each, ours in ((node.parent, in_candidate), (other, not in_candidate))
    )
    ours, theirs = (here, there) if in_candidate else (there, here)
    if ours == theirs or not (ours and theirs):
        return None
    return message("copies", class_name=node.layer.class_name, ours=ours, theirs=theirs)
