"""What it changes that a container is another one: its class, or that only one side has it around these layers.

What a forward method may do is known by `semantics.containers`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from archdiff.diff import hints
from archdiff.diff.draft import Draft, on_side, place
from archdiff.diff.layer_effects import Reasoned
from archdiff.diff.missing import one_sided
from archdiff.diff.nodes import Node, kind_or_class, prints_no_body
from archdiff.diff.steps import Opened, Pair
from archdiff.diff.structure import (
    Structure,
    described,
    nearest_matched,
    owner_of,
    show_forward,
)
from archdiff.model.effects import Effect
from archdiff.model.message import Message, because, message
from archdiff.semantics import containers, inputs, kinds
from archdiff.semantics.containers import Forward
from archdiff.semantics.kinds import Trait, has

#: kinds that hold stacks of layers, and compute nothing beside these: they are missing only where these are
_OF_STACKS: Final = ("transformer", "transformer_decoder")


def held(structure: Structure, a: Node, b: Node) -> Iterator[Draft]:
    """Another class around children that correspond to each other, or a class that prints nothing of what is in it.

    Args:
        structure: Both networks, as far as the steps were walked.
        a: The candidate's container.
        b: The reference's.
    """
    ours, theirs = a.layer, b.layer
    if ours.children and theirs.children and (ours.class_name, ours.kind) == (theirs.class_name, theirs.kind):
        return  # as of nearly all
    if prints_no_body(a, b):
        side = "reference" if a.layer.children else "candidate"
        what = message("no-body", side=side, class_name=(b if a.layer.children else a).layer.class_name)
        yield Draft("AD108", Effect.UNKNOWN, what, "structure", place(a), place(b), hint="print(model)")
    elif a.layer.class_name and b.layer.class_name and kind_or_class(a.layer) != kind_or_class(b.layer):
        yield _another_class(structure, a, b)
    elif kinds.bare(a.layer.class_name) != kinds.bare(b.layer.class_name) and a.layer.class_name and b.layer.class_name:
        what = message("two-wrappers", ours=a.layer.class_name, theirs=b.layer.class_name)
        yield Draft("AD302", Effect.COSMETIC, what, "spelling", place(a), place(b))
    elif a.holds_nothing and b.holds_nothing and _named(a) != _named(b):  # no layer in it shows that it was renamed
        what = message("renamed", names=(message("is", ours_path=a.path, theirs_path=b.path),))
        yield Draft("AD107", Effect.COSMETIC, what, "name", place(a), place(b))


def _named(node: Node) -> str:
    """Its name; numbers only count."""
    return "#" if node.name.isdigit() else node.name


def _another_class(structure: Structure, a: Node, b: Node) -> Draft:
    names = a.layer.class_name, b.layer.class_name
    forwards = {a.forward, b.forward}
    if forwards == {Forward.IN_ORDER} or not (a.layer.children or b.layer.children):
        effect, why = Effect.COSMETIC, message("both-in-order")
    elif _combine_alike(structure, a, b):
        in_doubt = [node.layer.class_name for node in (a, b) if node.forward is not Forward.IN_ORDER]
        alike = message("taken-alike", ours=names[0], theirs=names[1])
        effect = Effect.COSMETIC
        why = alike if len(in_doubt) == 2 else message("taken-in-order", class_name=in_doubt[0])
    elif forwards == {Forward.HOLDS, Forward.IN_ORDER} and _one_block(structure, a) and _one_block(structure, b):
        effect, why = Effect.COSMETIC, message("list-taken-in-order", ours=names[0], theirs=names[1])
    else:
        effect, why = Effect.UNKNOWN, message("forward-may-differ")
    what = because(message("container", ours=names[0], theirs=names[1]), why)
    hint = _shown_forward(a, b) if effect is Effect.UNKNOWN else ""
    return Draft("AD108", effect, what, "structure", place(a), place(b), hint=hint)


def _shown_forward(a: Node, b: Node) -> str:
    """The code of whichever has an unknown forward; of a list, that of what holds it."""
    node = a if a.forward is Forward.SOMEBODY else b
    return hints.forward((owner_of(node) or node).path)


def _combine_alike(structure: Structure, a: Node, b: Node) -> bool:
    """Whether two classes are taken to combine their layers in one way.

    What replaces the root of a replication is its counterpart by intention, and a chain of one weighted layer can
    hardly be run otherwise.
    """
    names = a.layer.class_name, b.layer.class_name
    if any(len({test(name) for name in names}) == 2 for test in (containers.combines, inputs.class_says_cross)):
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
    return not any(len(holder.children) > 1 or holder.is_layer for holder in node.holders())


def _one_block(structure: Structure, node: Node) -> bool:
    """Whether a list holds one block several times, beside nothing that could choose among them."""
    same = len({child.layer.class_name for child in node.children}) == 1 and bool(node.children[0].children)
    return same and not structure.is_routed(node)


def opened(structure: Structure, each: Opened) -> Iterator[Draft]:
    """A container that only one side has around layers that both have, where it is more than nesting.

    Its own forward may do more, or that of the class around a Sequential, which calls the layers one by one on the
    other side.
    """
    node = each.node
    if node.is_layer and not node.has_no_kind and node.layer.kind not in _OF_STACKS:
        yield one_sided(structure, node, each.in_candidate)
        return
    owner = owner_of(node) or node
    if node.forward is Forward.IN_ORDER and not node.layer.settings:
        owner = (owner_of(node.parent) if node.parent else None) or node
        other = structure.counterparts.get(owner)
        if owner.forward is not Forward.SOMEBODY or other is None or other.layer.class_name != owner.layer.class_name:
            return  # nesting, or a finding about the class around it
    structure.opened.add(node)
    is_stack = node.layer.kind in _OF_STACKS
    taken = not (is_stack or node.layer.settings) and _is_taken(structure, each.in_candidate, owner)
    effect, why = _if_taken(owner, taken)
    if effect is Effect.UNKNOWN and all(each.is_layer and has(each.layer, Trait.FUNCTIONAL) for each in node.leaves()):
        structure.own_functions.add(node)
    side = "candidate" if each.in_candidate else "reference"
    what = message("container-only-in", side=side, what=described(node, structure.side(each.in_candidate).weights))
    what = because(what, why)
    hint = hints.forward(owner.path) if effect is Effect.UNKNOWN else ""
    yield Draft("AD108", effect, what, "structure", *on_side(place(node), each.in_candidate), hint=hint)


def in_place(structure: Structure, node: Node) -> Reasoned:
    """What it changes that a layer works in place: nothing in what runs in order.

    It may overwrite what a shortcut takes where it is the first to get the input of a class of unknown forward, or of a
    Sequential or list in one.
    """
    taken: Reasoned = Effect.COSMETIC, message("taken-for-its-own")
    inner = node
    while (holder := inner.parent) is not None:
        is_first = structure.is_first(inner)
        match holder.forward:
            case Forward.HOLDS:
                return Effect.UNKNOWN, message("overwrites")
            case Forward.KNOWN:
                break
            case Forward.SOMEBODY if is_first or inner is not node:
                if not containers.is_chain(holder.layer):
                    return Effect.UNKNOWN, message("overwrites")
            case Forward.SOMEBODY:
                return taken
        if not is_first:
            break
        inner = holder
    return Effect.COSMETIC, None


def in_another_container(structure: Structure, pair: Pair) -> Iterator[Draft]:
    """A layer in the same place of the order and in another container.

    It is more than nesting where one of the two need not run in order, unless there is a finding about a container
    around it.
    """
    holder = pair.candidate.parent
    if holder is not None and structure.counterparts.get(holder) is pair.reference.parent:  # as of nearly all
        return
    if any(node.parent and node.parent in structure.opened for node in pair):
        return
    around = [nearest_matched(structure, node) for node in (pair.candidate, pair.reference)]
    if around[0] is None or around[1] is None or structure.counterparts.get(around[0]) is around[1]:
        return
    both = zip((True, False), around, strict=True)
    owners = [(in_candidate, owner) for in_candidate, node in both if node and (owner := owner_of(node))]
    owners = [(in_candidate, owner) for in_candidate, owner in owners if owner.forward is Forward.SOMEBODY]
    if owners:
        doubtful = [owner for in_candidate, owner in owners if not _is_taken(structure, in_candidate, owner)]
        effect, why = _if_taken((doubtful or [owners[0][1]])[0], not doubtful)
        what = because(message("nested-elsewhere"), why)
        hint = show_forward(pair) if doubtful else ""
        yield Draft("AD108", effect, what, "structure", place(pair.candidate), place(pair.reference), hint=hint)


def _is_taken(structure: Structure, in_candidate: bool, node: Node) -> bool:
    """Whether a class of unknown forward is taken to run its children in printed order."""
    side = structure.side(in_candidate)
    return containers.is_chain(node.layer) or (
        structure.is_trunk(node) and not side.contradicts(node.path, beyond_calls=True)
    )


def _if_taken(owner: Node, taken: bool) -> tuple[Effect, Message]:
    """What it changes that layers are nested otherwise in a class of unknown forward."""
    if taken:
        return Effect.COSMETIC, message("taken-in-order", class_name=owner.layer.class_name)
    return Effect.UNKNOWN, message("class-may-do-more", class_name=owner.layer.class_name)
