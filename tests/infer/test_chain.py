"""Neighbours that cannot follow each other in printed order, and in whose forward something may stand between them."""

from __future__ import annotations

import pytest

from archdiff.infer.chain import chains, common, gives_map
from archdiff.infer.leaf import bare_leaves
from archdiff.parse import parse
from archdiff.semantics import rules
from infer.prints import CONV, POOL, linear, net, sequential

NORM = "LayerNorm((8,), eps=1e-05, elementwise_affine=True)"


def gaps(text: str) -> list[tuple[str, str]]:
    """Path of each part that cannot follow the one before, and the class of the container that runs something there."""
    (chain,) = chains([rules.normalize(parse(text)[0])])
    leaves = [part if hasattr(part, "path") else None for part in chain.parts]
    return [
        (leaf.path if (leaf := leaves[at]) else "", chain.containers[container].class_name)
        for at, container in chain.gaps.items()
    ]


IN_ORDER = [
    ("an activation between two maps", net(a=linear(20, 20), act="ReLU()", b=linear(20))),
    ("two maps in a Sequential", sequential(linear(20, 20), linear(20))),
    ("a flatten behind a map of places", net(a=CONV, flat="Flatten()", b=linear(20))),
    ("a norm over several dimensions", net(a=CONV, b="LayerNorm((8, 10, 10), eps=1e-05)")),
    ("a class that nobody knows", net(a=linear(20, 20), m="Mystery()", b=linear(20))),
    ("an Embedding first", net(a="Embedding(10, 20)", b=linear(20))),
]
APART = [
    ("two maps", net(a=linear(20, 20), b=linear(20)), [("b", "Net")]),
    ("features of a map of places behind a dropout", net(a=CONV, d="Dropout(p=0.5)", b=linear(20)), [("b", "Net")]),
    ("features of a map of places", net(a=CONV, b=POOL, c=linear(20)), [("c", "Net")]),
    ("a norm of features behind a map", net(a=CONV, b=NORM), [("b", "Net")]),
    ("an Embedding behind anything", net(a=linear(20, 20), act="ReLU()", b="Embedding(10, 20)"), [("b", "Net")]),
    ("three maps", net(a=linear(20, 20), b=linear(20, 20), c=linear(20)), [("b", "Net"), ("c", "Net")]),
    (
        "the nearest that may do something",
        net(a=linear(20, 20), s=f"Sequential(\n    (0): {linear(20, 20)}\n    (1): ReLU()\n  )"),
        [("s.0", "Net")],
    ),
    (
        "in the inner one",
        net(s=f"Block(\n    (0): {linear(20, 20)}\n    (1): {linear(20, 20)}\n  )"),
        [("s.1", "Block")],
    ),
]


@pytest.mark.parametrize("text", [text for _, text in IN_ORDER], ids=[name for name, _ in IN_ORDER])
def test_neighbours_that_may_follow_each_other(text: str) -> None:
    assert gaps(text) == []


@pytest.mark.parametrize(("text", "found"), [case[1:] for case in APART], ids=[case[0] for case in APART])
def test_neighbours_that_something_stands_between(text: str, found: list[tuple[str, str]]) -> None:
    assert gaps(text) == found


BLOCK = "Block(\n    (fc): Linear(in_features=20, out_features=20, bias=True)\n    (act): ReLU()\n  )"


def test_a_block_in_several_places_is_looked_at_once_for_all_networks() -> None:
    text = sequential(BLOCK, BLOCK)
    one, other = chains([rules.normalize(parse(text)[0]), rules.normalize(parse(text)[0])])
    assert [len(run) for run in one.leaves.runs] == [2, 2]
    assert [(leaf.path, leaf.line) for leaf in one.leaves] == [("0.fc", 3), ("0.act", 4), ("1.fc", 7), ("1.act", 8)]
    assert [leaf.path for leaf in other.leaves] == [leaf.path for leaf in one.leaves]
    assert not one.has_gaps


def test_a_gap_inside_of_a_block() -> None:
    block = f"Block(\n    (a): {linear(20, 20)}\n    (b): {linear(20, 20)}\n    (act): ReLU()\n  )"
    (chain,) = chains([rules.normalize(parse(net(x=block, y=block))[0])])
    assert chain.has_gaps


@pytest.mark.parametrize(
    ("first", "second", "path"),
    [
        ("a.b.c", "a.b.d", "a.b"),
        ("a.b.c", "a.x", "a"),
        ("a.b", "x.y", ""),
        ("a.b", "a.bc", "a"),
        ("ab.c", "a.c", ""),
        ("a", "b", ""),
    ],
)
def test_the_innermost_container_that_holds_both(first: str, second: str, path: str) -> None:
    assert common(first, second) == path


@pytest.mark.parametrize(
    ("text", "before", "is_map"),
    [
        (CONV, False, True),
        (POOL, False, True),
        (linear(20), True, False),
        ("ReLU()", True, True),
        ("ReLU()", False, False),
        ("Dropout(p=0.5)", True, True),
        ("Flatten()", True, False),
        ("Mystery()", True, False),
    ],
)
def test_whether_places_come_out(text: str, before: bool, is_map: bool) -> None:
    (leaf,) = bare_leaves(rules.normalize(parse(text)[0]).root)
    assert gives_map(leaf, before) is is_map
