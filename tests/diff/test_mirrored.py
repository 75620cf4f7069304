"""A comparison and its mirror: the same verdict, findings and conditions, whichever side holds what is told."""

from __future__ import annotations

from collections import Counter

import pytest

from archdiff import api, parse
from archdiff.report import _summary

LINEAR = "Linear(in_features=8, out_features=8, bias=True)"
BARE = "Linear(in_features=8, out_features=8, bias=False)"
NORM = "LayerNorm((8,), eps=1e-05, elementwise_affine=True)"


def holding(class_name: str, *children: str, **named: str) -> str:
    both = {**{str(index): child for index, child in enumerate(children)}, **named}
    lines = "\n".join(f"({name}): {child}" for name, child in both.items())
    return f"{class_name}(\n  " + lines.replace("\n", "\n  ") + "\n)"


CHAIN = holding("Sequential", LINEAR)
ATTENTION = holding("Attention", drop=NORM, proj=LINEAR)
PAIRS = [
    (
        "one-more-block-in-a-list",
        holding("Sequential", holding("ModuleList", CHAIN, BARE)),
        holding("Sequential", holding("ModuleList", CHAIN, CHAIN, BARE)),
        "function",
    ),
    (
        "heads-of-one-side",
        holding("Attn", q_proj=LINEAR, k_proj=LINEAR, v_proj=LINEAR, o_proj=LINEAR),
        holding("Attn", a=LINEAR, b=LINEAR, c=LINEAR, d=LINEAR),
        "cosmetic",
    ),
    (
        "a-root-of-the-class-of-a-part",
        holding("Net", part=ATTENTION, head=LINEAR, act="Tanh()"),
        holding("Attention", part=ATTENTION, head=LINEAR, act="Tanh()"),
        "cosmetic",
    ),
    (
        "one-chain-less",
        holding("Sequential", holding("Sequential", ATTENTION)),
        holding("Sequential", ATTENTION),
        "cosmetic",
    ),
    (
        "a-block-that-moved",
        holding("Sequential", "ReLU()", "Softmax2d()", holding("Stem", relu="ReLU()")),
        holding("Sequential", "ReLU()", holding("Stem", relu="ReLU()"), "Softmax2d()"),
        "unknown",
    ),
]


@pytest.mark.parametrize(("ours", "theirs", "verdict"), [case[1:] for case in PAIRS], ids=[case[0] for case in PAIRS])
def test_a_comparison_and_its_mirror(ours: str, theirs: str, verdict: str) -> None:
    a, b = (parse.parse(f"{text}\n")[0] for text in (ours, theirs))
    sides = (a, b)
    both = [api.compare_networks(*sides), api.compare_networks(*sides[::-1])]
    told = [Counter((each.rule.replace("AD104", "AD103"), each.effect) for each in one.findings) for one in both]
    assert [one.verdict for one in both] == [verdict, verdict]
    assert told[0] == told[1]
    assert len({" if " in _summary.verdict(one) for one in both}) == 1
