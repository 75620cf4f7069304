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


def stage(width: int, side: bool) -> str:
    """A block with a branch that gives three numbers, which the last layer cannot take."""
    first = f"(a): Linear(in_features=4, out_features={width}, bias=True)"
    linear = f"Linear(in_features={width}, out_features=3, bias=True)"
    branch = f"(act): ReLU()\n    (aux): Sequential(\n      (0): {linear}\n      (1): Tanh()\n    )"
    last = f"(b): Linear(in_features={width}, out_features=4, bias=True)"
    return "Block(\n" + "".join(f"    {line}\n" for line in (first, branch if side else "(act): ReLU()", last)) + "  )"


def stages(*widths: int, side: bool) -> str:
    lines = (f"  ({at}): {stage(width, side)}\n" for at, width in enumerate(widths))
    return f"Net(\n{''.join(lines)})\n"


@pytest.mark.parametrize("widths", [(4,), (4, 4), (4, 8, 16), (16, 4, 4, 8)], ids=str)
def test_a_branch_is_one_in_every_block_of_its_class(widths: tuple[int, ...]) -> None:
    """What shapes show in one of them holds for the class, in whichever they are seen first."""
    with_branch, without = (parse.parse(stages(*widths, side=side))[0] for side in (True, False))
    outcome = api.compare_networks(with_branch, without, (4,))
    assert [(finding.rule, finding.effect.word, finding.count) for finding in outcome.findings] == [
        ("AD104", "unknown", len(widths))
    ]
    assert "may be a branch" in outcome.findings[0].message
