"""Layers that do nothing where they run in order: what else they may be, and what stands in their place."""

from __future__ import annotations

import pytest

from archdiff import api, parse

LINEAR = "Linear(in_features=8, out_features=8, bias=True)"
NORM = "LayerNorm((8,), eps=1e-05, elementwise_affine=True)"
IDENTITY = "Identity()"
IN_ORDER = "if Block runs its children in printed order"
BRANCH = "it may be a separate branch"


def holding(class_name: str, **children: str) -> str:
    lines = "".join(f"  ({name}): {child}\n" for name, child in children.items())
    return f"{class_name}(\n{lines})\n"


def listed(*children: str) -> str:
    inner = holding("ModuleList", **{str(index): child for index, child in enumerate(children)})
    return holding("Block", ops=inner.rstrip().replace("\n", "\n  "))


CASES = [
    # what stands in a named slot runs there or does nothing
    ("drop-path", holding("Block", fc=LINEAR, d="DropPath(drop_prob=0.1)"), holding("Block", fc=LINEAR, d=IDENTITY),
     "training", ""),
    ("idle-dropout", holding("Block", fc=LINEAR, d="Dropout(p=0.0)"), holding("Block", fc=LINEAR, d=IDENTITY),
     "equivalent", ""),
    ("norm", holding("Block", fc=LINEAR, n=NORM), holding("Block", fc=LINEAR, n=IDENTITY), "function", ""),
    # one more may be a branch: conv(x) + identity(x)
    ("branch", holding("Block", skip=IDENTITY, fc=LINEAR), holding("Block", fc=LINEAR), "unknown", BRANCH),
    ("empty", holding("Block", fc=LINEAR, shortcut="Sequential()"), holding("Block", fc=LINEAR), "unknown", BRANCH),
    ("slot", holding("Block", fc=LINEAR, drop_path=IDENTITY), holding("Block", fc=LINEAR), "cosmetic", IN_ORDER),
    ("empty-slot", holding("Block", fc=LINEAR, post="Sequential()"), holding("Block", fc=LINEAR), "cosmetic", IN_ORDER),
    ("in-a-sequential", holding("Sequential", a=IDENTITY, fc=LINEAR), holding("Sequential", fc=LINEAR), "cosmetic", ""),
    ("in-a-list", listed(IDENTITY, LINEAR, NORM), listed(LINEAR, NORM), "unknown", BRANCH),
    # order
    ("moved", holding("Block", fc=LINEAR, a=IDENTITY, s=IDENTITY), holding("Block", s=IDENTITY, a=IDENTITY, fc=LINEAR),
     "cosmetic", ""),
    ("dict-alone", holding("ModuleDict", fc=LINEAR, n=NORM), holding("ModuleDict", n=NORM, fc=LINEAR), "unknown",
     "function if ModuleDict runs in printed order"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("candidate", "reference", "verdict", "why"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
@pytest.mark.parametrize("mirrored", [False, True])
def test_what_does_nothing(candidate: str, reference: str, verdict: str, why: str, mirrored: bool) -> None:
    ours, theirs = (parse.parse(text)[0] for text in (candidate, reference))
    sides = (ours, theirs)
    outcome = api.compare_networks(*(sides[::-1] if mirrored else sides))
    assert outcome.verdict == verdict
    assert any(why in each.message for each in outcome.findings)
