"""Conservation: every node of both trees is in exactly one step, and what no step holds is a finding."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import assert_never

import pytest

from archdiff import parse
from archdiff.diff.align import Alignment, aligned_trees
from archdiff.diff.coverage import uncovered
from archdiff.diff.nodes import Node, nodes
from archdiff.diff.steps import Added, Alike, ContainerPair, Moved, Opened, Pair, Removed, Reordered, Step, Swap
from archdiff.model.effects import Effect
from archdiff.semantics import rules

LEAVES = [
    "Linear(in_features=8, out_features=8, bias=True)",
    "Linear(in_features=8, out_features=4, bias=True)",
    "LayerNorm((8,), eps=1e-05, elementwise_affine=True)",
    "ReLU()",
    "Dropout(p=0.5, inplace=False)",
    "Identity()",
    "Mystery()",
]
CONTAINERS = ["Sequential", "ModuleList", "ModuleDict", "Block", "ConvBlock", "DataParallel", "ReLU"]
NAMES = ["0", "1", "q", "k", "norm", "act", "fc1", "fc2"]


def module(rng: Random, depth: int) -> list[str]:
    """The lines of a layer, or of a container with up to five children."""
    if not depth or rng.random() < 0.4:
        return [rng.choice(LEAVES)]
    class_name = rng.choice(CONTAINERS)
    names = rng.sample(NAMES, 1 if class_name == "DataParallel" else rng.randint(1, 5))
    return [f"{class_name}(", *children(rng, names, depth - 1), ")"]


def children(rng: Random, names: list[str], depth: int) -> Iterator[str]:
    for name in names:
        first, *rest = module(rng, depth)
        yield f"  ({name}): {first}"
        yield from (f"  {line}" for line in rest)


def network(rng: Random) -> str:
    return "\n".join(["Net(", *children(rng, rng.sample(NAMES, rng.randint(1, 6)), 3), ")", ""])


def edited(text: str, rng: Random) -> str:
    """The same print with some of its leaves left out, changed, or changed with the line before."""
    lines = text.split("\n")
    for _ in range(rng.randint(0, 3)):
        places = [at for at, line in enumerate(lines) if any(line.endswith(f": {leaf}") for leaf in LEAVES)]
        at = rng.choice(places or [0])
        if not at or rng.random() < 0.3:
            continue
        if at - 1 in places and rng.random() < 0.5:
            lines[at - 1 : at + 1] = lines[at], lines[at - 1]
        elif rng.random() < 0.5:
            lines[at] = f"{lines[at].partition(': ')[0]}: {rng.choice(LEAVES)}"
        elif lines[at - 1].startswith(lines[at].partition("(")[0] + "("):  # its container keeps another child
            del lines[at]
    return "\n".join(lines)


def alignment(seed: int) -> Alignment:
    """Of two networks that have little in common, or of one and an edit of it."""
    rng = Random(seed)
    reference = network(rng)
    candidate = edited(reference, rng) if seed % 2 else network(rng)
    both = rules.normalized([parse.parse(text)[0] for text in (candidate, reference)])
    return aligned_trees(*nodes(both[0].root, both[1].root))


def entries(step: Step) -> Iterator[Node]:
    """The nodes that a step accounts for, each with all that is in it where the step ends there."""
    match step:
        case Pair(a, b):
            yield from (a, b)
        case ContainerPair(a, b):
            yield from (*whole(a), *whole(b)) if prints_no_body(a, b) else (a, b)
        case Alike(a, b):
            yield from (*whole(a), *whole(b))
        case Added(node) | Removed(node):
            yield from whole(node)
        case Opened(node):
            yield node
        case Swap(inner=inner) | Moved(inner=inner):
            for each in inner:
                yield from entries(each)
        case Reordered():
            return
        case _:
            assert_never(step)


def prints_no_body(a: Node, b: Node) -> bool:
    """Whether a class of somebody stands alone on one side: what the other has in it has no steps then."""
    return bool(a.children) is not bool(b.children) and a.has_no_kind and b.has_no_kind


def whole(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from whole(child)


@pytest.mark.parametrize("seed", range(300))
def test_every_node_is_in_exactly_one_step(seed: int) -> None:
    found = alignment(seed)
    times = Counter(id(node) for step in found.steps for node in entries(step))
    for root in (found.candidate, found.reference):
        for node in whole(root):
            assert times[id(node)] == 1, node.path
    assert list(uncovered(found.steps, found.candidate, found.reference)) == []


@pytest.mark.parametrize("seed", range(60))
def test_what_no_step_holds_is_a_finding(seed: int) -> None:
    """Whichever step is left out, but for one that only tells of an order."""
    found = alignment(seed)
    for left_out in range(len(found.steps)):
        steps = [step for at, step in enumerate(found.steps) if at != left_out]
        drafts = list(uncovered(steps, found.candidate, found.reference))
        assert bool(drafts) is not isinstance(found.steps[left_out], Reordered)
        assert {draft.effect for draft in drafts} <= {Effect.UNKNOWN}
        assert {draft.rule for draft in drafts} <= {"AD103", "AD104"}


def test_a_step_left_out_names_the_layer_and_its_side() -> None:
    text = "Net(\n  (fc): Linear(in_features=8, out_features=8, bias=True)\n  (act): ReLU()\n)\n"
    both = rules.normalized([parse.parse(text)[0], parse.parse(text)[0]])
    found = aligned_trees(*nodes(both[0].root, both[1].root))
    drafts = list(uncovered(found.steps[:-1], found.candidate, found.reference))
    sides = [
        (draft.rule, draft.candidate and draft.candidate.path, draft.reference and draft.reference.path)
        for draft in drafts
    ]
    assert sides == [("AD104", "act", None), ("AD103", None, "act")]
