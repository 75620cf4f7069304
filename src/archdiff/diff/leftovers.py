"""Layers without counterpart in two blocks that correspond to each other, where the order of declaration means nothing.

Two authors declare the parts of a block in their own order and set them otherwise: what is left over of one kind and
width on both sides is paired, in the order in which it is declared. Knows nothing of effects.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from archdiff.diff.nodes import Node
from archdiff.diff.steps import Added, ContainerPair, Pair, Removed, Step
from archdiff.semantics import kinds
from archdiff.semantics.kinds import Trait, has


def paired(steps: Sequence[Step]) -> list[Step]:
    """The same steps, with such layers as pairs in the places of the reference.

    Args:
        steps: An alignment.
    """
    blocks = {step.candidate: step.reference for step in steps if isinstance(step, ContainerPair) and _is_block(step)}
    if not blocks:
        return list(steps)
    added = (step.candidate for step in steps if isinstance(step, Added))
    ours = _by_place(added, blocks)
    theirs = _by_place(
        (step.reference for step in steps if isinstance(step, Removed)),
        {node: node for node in blocks.values()},
    )
    partner: dict[Node, Node] = {}
    for place, nodes in theirs.items():
        if len(nodes) == len(ours.get(place, ())):
            partner |= _partners(nodes, ours[place])
    taken = set(partner.values())
    result: list[Step] = []
    for step in steps:
        if isinstance(step, Removed) and step.reference in partner:
            result.append(Pair(partner[step.reference], step.reference))
        elif not (isinstance(step, Added) and step.candidate in taken):
            result.append(step)
    return result


def _partners(nodes: Sequence[Node], others: Sequence[Node]) -> dict[Node, Node]:
    """The counterpart of each node: first its equal, then what is left in order."""
    left = list(others)
    found: dict[Node, Node] = {}
    for node in nodes:
        equal = next((other for other in left if other.key == node.key), None)
        if equal is not None:
            found[node] = equal
            left.remove(equal)
    rest = (node for node in nodes if node not in found)
    return found | dict(zip(rest, left, strict=True))


def _is_block(step: ContainerPair) -> bool:
    """Whether both are of classes without a kind, each another one."""
    a, b = step.candidate, step.reference
    return a.has_no_kind and b.has_no_kind and a.layer.class_name != b.layer.class_name


def _by_place(nodes: Iterable[Node], blocks: Mapping[Node, Node]) -> dict[tuple[Node, str, object], list[Node]]:
    """By the block right around them, their kind and their widths."""
    found: dict[tuple[Node, str, object], list[Node]] = {}
    for node in nodes:
        layer, block = node.layer, blocks.get(node.parent) if node.parent else None
        kind = kinds.by_name().get(layer.kind)
        if block is None or kind is None or layer.children or has(layer, Trait.FUNCTIONAL):
            continue
        wide = {field.name for field in kind.fields if field.aspect in ("input", "width")}
        widths = tuple([setting[:2] for setting in layer.settings if setting.name in wide])
        found.setdefault((block, layer.kind, widths), []).append(node)
    return found
