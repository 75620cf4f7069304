"""Trees as deep as prints may be: what is worked out for a tree takes no call for each level."""

from __future__ import annotations

import pytest

from archdiff import api, parse
from archdiff.parse.lines import MAX_DEPTH

CLASSES = {
    "sequential": ("Sequential",),
    "of-somebody": ("Block",),
    "lists": ("ModuleList",),
    "wrappers": ("DataParallel",),
    "mixed": ("Sequential", "Block", "ModuleList", "ModuleDict", "DataParallel", "ResNet", "Attention"),
}


def deep(levels: int, classes: tuple[str, ...], leaf: str) -> str:
    opened = [f"{'  ' * (at + 1)}(a): {classes[at % len(classes)]}(" for at in range(levels)]
    closed = [f"{'  ' * at})" for at in range(levels, -1, -1)]
    return "\n".join(["Net(", *opened, f"{'  ' * (levels + 1)}(a): {leaf}", *closed]) + "\n"


@pytest.mark.parametrize("classes", CLASSES.values(), ids=CLASSES)
@pytest.mark.parametrize("fewer", [0, 1, 90], ids=["as-deep", "a-level-less", "half"])
def test_as_deep_as_a_print_may_be(classes: tuple[str, ...], fewer: int) -> None:
    levels = MAX_DEPTH - 2
    leaf = "Linear(in_features=2, out_features=3, bias=True)"
    [mine] = parse.parse(deep(levels, classes, "ReLU()"))
    [original] = parse.parse(deep(levels - fewer, classes, leaf))
    assert api.compare_networks(mine, mine).verdict == "identical"
    assert api.compare_networks(mine, original).verdict in ("function", "unknown")
    assert api.compare_networks(original, mine).verdict in ("function", "unknown")
