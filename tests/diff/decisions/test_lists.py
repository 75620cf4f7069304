"""Lists of blocks: how many blocks each holds, and which of a network are named alike."""

from __future__ import annotations

import pytest

from answers import holding
from archdiff.diff.decisions._lists import blocks_of, lists_named_as
from archdiff.model.network import Layer
from diff.decisions.prints import conv, linear, listed, net, ordered
from known import known
from trees import index

BLOCK = holding("Block", a=conv(8, 8), b=conv(8, 8))
OTHER = holding("Other", a=linear(8, 8))
NETWORK = index(
    net(
        layer1=ordered(*[BLOCK] * 2),
        layer2=ordered(BLOCK, OTHER, *[BLOCK] * 2),
        layers=listed(*[OTHER] * 3),
        head=ordered(linear(8, 8), linear(8, 4)),
    )
)


def printed(path: str) -> Layer:
    return known(NETWORK.sized.normal.printed(path))


@pytest.mark.parametrize(("path", "count"), [("layer1", 2), ("layer2", 3), ("layers", 3), ("head", 0)])
def test_blocks_of_the_class_that_most_have(path: str, count: int) -> None:
    assert blocks_of(printed(path)) == count


@pytest.mark.parametrize(
    ("path", "alike"),
    [
        ("layer1", ["layer1", "layer2"]),
        ("layer7", ["layer1", "layer2"]),
        ("layers", ["layers"]),
        ("head", []),
        ("", [""]),
    ],
)
def test_lists_that_are_named_alike_but_for_numbers(path: str, alike: list[str]) -> None:
    assert [*lists_named_as(path, NETWORK)] == alike
