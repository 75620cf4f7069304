"""What it changes that a container is another one: its class, or that only one side has it around these layers.

What a forward may do is told by semantics.containers.
"""

from __future__ import annotations

from collections.abc import Iterator

from archdiff.compare import code
from archdiff.compare.draft import Draft, place
from archdiff.compare.missing import one_sided
from archdiff.compare.nodes import Node, Opened, Pair, prints_no_body
from archdiff.compare.order import Judged
from archdiff.compare.structure import (
    Structure,
    called,
    is_as_printed,
    is_trunk,
    nearest_matched,
    owner_of,
    show_forward,
)
from archdiff.model.effects import Effect
from archdiff.model.message import message
from archdiff.semantics import containers
from archdiff.semantics.containers import Forward
from archdiff.semantics.kinds import Trait
from archdiff.semantics.rules import has


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
    owner = owner_of(node) or node
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
    if not node.layer.settings and (is_trunk(node) or containers.is_chain(node.layer)):
        effect, why = Effect.COSMETIC, message("taken-in-order", class_name=node.layer.class_name)
    else:
        effect, why = Effect.UNKNOWN, message("class-may-do-more", class_name=node.layer.class_name)
    owner = owner_of(node) or node
    yield Draft(
        "AD108",
        effect,
        message("because", what=what, why=why),
        "structure",
        candidate=place(node) if each.in_candidate else None,
        reference=None if each.in_candidate else place(node),
        hint=code.forward(owner.path) if effect is Effect.UNKNOWN else "",
    )


def in_place(node: Node) -> Judged:
    """What it changes that a layer works in place: nothing in what runs in order. It may overwrite what a shortcut
    takes where it is the first to get what comes into a class of somebody, or into a Sequential or list of one."""
    taken: Judged = Effect.COSMETIC, message("taken-for-its-own")
    inner = node
    while (holder := inner.parent) is not None:
        is_first = all(map(_passes_on, holder.children[: holder.children.index(inner)]))
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


def _passes_on(node: Node) -> bool:
    """Whether what comes out of a layer may be what came in, and no copy."""
    return any(has(node.layer, trait) for trait in (Trait.IDENTITY, Trait.DROPS, Trait.RESHAPES))


def in_another_container(structure: Structure, pair: Pair, last: tuple[Node | None, Node | None]) -> Iterator[Draft]:
    """A layer that stands in the same place of the order and in another container: more than nesting where one of the
    two need not run in order. `last`: the pair before it."""
    around = [nearest_matched(structure, node) for node in (pair.candidate, pair.reference)]
    if None in around:
        return
    if structure.counterparts.get(id(around[0])) is around[1]:
        owner = _parted_in_a_sequential(structure, pair, last)
    else:
        owners = (owner for node in around if node and (owner := owner_of(node)) and not is_as_printed(owner))
        owner = next(owners, None)
    if owner is not None:
        what = message("nested-elsewhere", class_name=owner.layer.class_name)
        hint = show_forward(pair)
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
        owner = owner_of(other.parent) if other.parent else None
        if owner is None:
            continue
        if holder.forward is Forward.IN_ORDER and side.parted(other.path) and node is not holder:
            return owner
    return None
