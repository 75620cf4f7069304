"""Printed networks as what `diff` works on: the nodes of two networks, both with their sizes, and the steps."""

from __future__ import annotations

from typing import assert_never

from archdiff import infer, parse
from archdiff.diff import steps_of
from archdiff.diff.network_index import NetworkIndex
from archdiff.diff.nodes import Node, nodes
from archdiff.diff.steps import Added, Alike, ContainerPair, Moved, Opened, Pair, Removed, Reordered, Step, Swap
from archdiff.infer import Sized
from archdiff.infer.leaf import Leaf
from archdiff.semantics import rules


def sized(candidate: str, reference: str, input_shape: tuple[int, ...] | None = None) -> tuple[Sized, Sized]:
    """Two printed networks that share what is equal in them, with their sizes."""
    blocks = parse.Blocks()
    read = [parse.parse(f"{text}\n", "", blocks)[0] for text in (candidate, reference)]
    ours, theirs = infer.infer(rules.normalized(read), input_shape)
    return ours, theirs


def trees(candidate: str, reference: str, cut: bool = False) -> tuple[Node, Node]:
    """The roots of two printed networks."""
    roots = [rules.normalize(parse.parse(f"{text}\n")[0]).root for text in (candidate, reference)]
    return nodes(roots[0], roots[1], cut)


def index(text: str, input_shape: tuple[int, ...] | None = None) -> NetworkIndex:
    """What is known of one printed network."""
    return NetworkIndex(sized(text, text, input_shape)[0])


def aligned(candidate: str, reference: str) -> list[Step]:
    """The steps from one printed network to the other."""
    return list(steps_of(*sized(candidate, reference)).steps)


def at(root: Node, path: str) -> Node:
    """The node under a path."""
    for name in filter(None, path.split(".")):
        root = next(child for child in root.children if child.layer.name == name)
    return root


def found(leaf: Leaf | None) -> Leaf:
    """A leaf that has to be there."""
    assert leaf is not None
    return leaf


def told(step: Step) -> str:
    """A step in short: `a=b` is a pair, `[a=b]` are containers, `<+a>` is one without counterpart."""
    match step:
        case Pair(a, b):
            return f"{a.path}={b.path}"
        case Swap(first, second):
            return f"{told(second)}x{told(first)}"
        case Moved(pairs):
            return "moved " + " ".join(map(told, pairs))
        case Added(node):
            return f"+{node.path}"
        case Removed(node):
            return f"-{node.path}"
        case ContainerPair(a, b):
            return f"[{a.path}={b.path}]"
        case Opened(node, in_candidate):
            return f"<{'+' if in_candidate else '-'}{node.path}>"
        case Alike(a, b):
            return f"[{a.path}={b.path}]*"
        case Reordered(a, b):
            return f"[{a.path}~{b.path}]"
        case _:
            assert_never(step)
