"""Projections that one network prints as one Linear and the other apart, and parts of blocks that two authors declare
in another order: what stands for what, and what is said."""

from __future__ import annotations

import pytest

from archdiff import api, parse


def linear(inputs: int, outputs: int, bias: bool = True) -> str:
    return f"Linear(in_features={inputs}, out_features={outputs}, bias={bias})"


def block(class_name: str, **children: str) -> str:
    inner = "".join(f"    ({name}): {child}\n" for name, child in children.items())
    return f"Net(\n  (block): {class_name}(\n{inner}  )\n  (head): {linear(16, 4)}\n)\n"


APART = {"q_proj": linear(16, 16), "k_proj": linear(16, 8), "v_proj": linear(16, 8), "o_proj": linear(16, 16)}
FUSED = {"qkv_proj": linear(16, 32), "o_proj": linear(16, 16)}
GATED = {"gate_proj": linear(16, 64), "up_proj": linear(16, 64), "down_proj": linear(64, 16)}
TOGETHER = {"gate_up_proj": linear(16, 128), "down_proj": linear(64, 16)}
ATTENTION = """Net(
  (block): MultiheadAttention(
    (out_proj): NonDynamicallyQuantizableLinear(in_features=16, out_features=16, bias=True)
  )
  (head): Linear(in_features=16, out_features=4, bias=True)
)
"""
NORM = "LayerNorm((16,), eps={}, elementwise_affine=True)"

#: id, candidate, reference, verdict, pairs that must be there, how many equivalent findings
CASES = [
    ("apart-on-both-sides", block("Attention", **APART), block("Attention", **APART), "identical",
     [("block.k_proj", "block.k_proj")], 0),
    ("other-width", block("Attention", **APART), block("Attention", **FUSED | {"qkv_proj": linear(16, 48)}),
     "function", [], 1),
    ("other-bias", block("Attention", **APART), block("Attention", **FUSED | {"qkv_proj": linear(16, 32, bias=False)}),
     "function", [], 1),
    ("query-of-another-input", block("Attention", **APART | {"q_proj": linear(12, 16)}), block("Attention", **FUSED),
     "function", [], 0),
    ("attention", block("Attention", **APART), block("Attention", **FUSED), "equivalent",
     [("block.q_proj+k_proj+v_proj", "block.qkv_proj"), ("block.o_proj", "block.o_proj")], 1),
    ("gate-and-up", block("MLP", **GATED), block("MLP", **TOGETHER), "equivalent",
     [("block.gate_proj+up_proj", "block.gate_up_proj")], 1),
    ("key-and-value", block("Attention", q=linear(16, 16), k=linear(16, 8), v=linear(16, 8)),
     block("Attention", q=linear(16, 16), kv=linear(16, 16)), "equivalent", [("block.k+v", "block.kv")], 1),
    ("never-printed", block("Attention", qkv=linear(16, 48), proj=linear(16, 16)), ATTENTION, "unknown",
     [("block.qkv", "block.in_proj"), ("block.proj", "block.out_proj")], 1),
    ("never-printed-and-apart",
     block("Attention", q=linear(16, 16), k=linear(16, 16), v=linear(16, 16), out_proj=linear(16, 16)), ATTENTION,
     "unknown", [("block.q+k+v", "block.in_proj")], 2),
    # what is left over of two authors' blocks
    ("norms-declared-last",
     block("LayerA", attn=linear(16, 24), proj=linear(24, 16), fc1=linear(16, 64), fc2=linear(64, 16),
           ln_before=NORM.format(1e-12), ln_after=NORM.format(1e-12)),
     block("LayerB", norm1=NORM.format(1e-6), attn=linear(16, 24), proj=linear(24, 16), norm2=NORM.format(1e-6),
           fc1=linear(16, 64), fc2=linear(64, 16)),
     "function", [("block.ln_before", "block.norm1"), ("block.ln_after", "block.norm2")], 0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("ours", "theirs", "verdict", "pairs", "equivalent"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_what_stands_for_what(ours, theirs, verdict, pairs, equivalent):
    a, b = (parse.parse(text)[0] for text in (ours, theirs))
    there, back = api.compare_networks(a, b), api.compare_networks(b, a)
    assert there.verdict == back.verdict == verdict
    assert set(pairs) <= set(there.pairs)
    assert {(y, x) for x, y in back.pairs} == set(there.pairs)
    assert there.counts["equivalent"] == back.counts["equivalent"] == equivalent


def test_no_order_is_claimed_of_parts_that_are_declared_elsewhere():
    (case,) = (case for case in CASES if case[0] == "norms-declared-last")
    outcome = api.compare_networks(*(parse.parse(text)[0] for text in case[1:3]))
    assert [each.rule for each in outcome.findings if each.rule in ("AD101", "AD102", "AD103", "AD104")] == []
    assert [(each.setting, each.count) for each in outcome.findings if each.effect.word == "function"] == [("eps", 2)]
