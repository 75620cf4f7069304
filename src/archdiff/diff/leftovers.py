"""Layers without counterpart in two blocks that stand for each other, where the order of declaration tells nothing.

Two authors declare the parts of a block in their own order and set them otherwise: what is left over of one kind and
width on both sides stands for each other, in the order in which it is declared. Knows nothing of effects.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from archdiff.diff.nodes import Added, Held, Node, Pair, Removed, Step
from archdiff.semantics import kinds
from archdiff.semantics.kinds import Trait
from archdiff.semantics.rules import has


def paired(steps: Sequence[Step]) -> list[Step]:
    """The same steps, with such layers as pairs in the places of the reference."""
    blocks = {id(step.candidate): step.reference for step in steps if isinstance(step, Held) and _is_block(step)}
    if not blocks:
        return list(steps)
    added = (step.candidate for step in steps if isinstance(step, Added))
    ours = _by_place(added, {key: id(node) for key, node in blocks.items()})
    theirs = _by_place(
        (step.reference for step in steps if isinstance(step, Removed)),
        {id(node): id(node) for node in blocks.values()},
    )
    partner: dict[int, Node] = {}
    for place, nodes in theirs.items():
        if len(nodes) == len(ours.get(place, ())):
            partner |= _partners(nodes, ours[place])
    taken = {id(node) for node in partner.values()}
    result: list[Step] = []
    for step in steps:
        if isinstance(step, Removed) and id(step.reference) in partner:
            result.append(Pair(partner[id(step.reference)], step.reference))
        elif not (isinstance(step, Added) and id(step.candidate) in taken):
            result.append(step)
    return result


def _partners(nodes: Sequence[Node], others: Sequence[Node]) -> dict[int, Node]:
    """By the identity of each node what stands for it: first its equal, then what is left in order."""
    left = list(others)
    found: dict[int, Node] = {}
    for node in nodes:
        equal = next((other for other in left if other.key == node.key), None)
        if equal is not None:
            found[id(node)] = equal
            left.remove(equal)
    rest = (node for node in nodes if id(node) not in found)
    return found | {id(node): other for node, other in zip(rest, left, strict=True)}


def _is_block(step: Held) -> bool:
    """Whether both are classes of somebody, each another one."""
    a, b = step.candidate, step.reference
    return a.is_somebodys and b.is_somebodys and a.layer.class_name != b.layer.class_name


def _by_place(nodes: Iterable[Node], blocks: Mapping[int, int]) -> dict[tuple[int, str, object], list[Node]]:
    """By the block right around them, their kind and their widths."""
    found: dict[tuple[int, str, object], list[Node]] = {}
    for node in nodes:
        layer, block = node.layer, blocks.get(id(node.parent))
        kind = kinds.by_name().get(layer.kind)
        if block is None or kind is None or layer.children or has(layer, Trait.FUNCTIONAL):
            continue
        wide = {field.name for field in kind.fields if field.aspect in ("input", "width")}
        widths = tuple([setting[:2] for setting in layer.settings if setting.name in wide])
        found.setdefault((block, layer.kind, widths), []).append(node)
    return found
