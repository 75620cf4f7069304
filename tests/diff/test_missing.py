"""A layer or block that only one side has: what it may do more than it prints."""

from __future__ import annotations

import pytest

from archdiff import api, parse

FIRST, LAST = "Linear(in_features=4, out_features=4, bias=True)", "Linear(in_features=4, out_features=2, bias=True)"


def network(*between: str) -> str:
    lines = [f"  ({at}): {layer}\n" for at, layer in enumerate((FIRST, *between, LAST))]
    return f"Sequential(\n{''.join(lines)})\n"


def block(class_name: str, layer: str) -> str:
    return f"{class_name}(\n    (0): {layer}\n  )"


#: id, what one side has more, the verdict
EXTRA = [
    ("a dropout", "Dropout(p=0.5, inplace=False)", "training"),
    ("an identity", "Identity()", "cosmetic"),
    ("a dropout in a Sequential", block("Sequential", "Dropout(p=0.5, inplace=False)"), "training"),
    ("a dropout in a class of somebody", block("Block", "Dropout(p=0.5, inplace=False)"), "unknown"),
    ("an identity in a class of somebody", block("Block", "Identity()"), "unknown"),
    ("a map in a class of somebody", block("Block", FIRST), "function"),
]


@pytest.mark.parametrize(("extra", "verdict"), [case[1:] for case in EXTRA], ids=[case[0] for case in EXTRA])
@pytest.mark.parametrize("mirrored", [False, True])
def test_what_one_side_has_more(extra: str, verdict: str, mirrored: bool) -> None:
    (longer,), (shorter,) = parse.parse(network(extra)), parse.parse(network())
    outcome = api.compare_networks(shorter, longer) if mirrored else api.compare_networks(longer, shorter)
    assert outcome.verdict == verdict
