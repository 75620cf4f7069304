"""Projections that one network prints as one Linear and the other apart, and parts of blocks in another order.

What stands for what, and what the message says.
"""

from __future__ import annotations

import pytest

from archdiff import api, parse
from archdiff.diff import messages
from known import known


def linear(inputs: int, outputs: int, bias: bool = True) -> str:
    return f"Linear(in_features={inputs}, out_features={outputs}, bias={bias})"


def printed(class_name: str, **children: str) -> str:
    """A class with these children; names that begin with a number are given as `_0`."""
    inner = "".join(f"({name.removeprefix('_')}): {child}\n" for name, child in children.items())
    return f"{class_name}(\n{indented(inner)})"


def indented(text: str) -> str:
    return "".join(f"  {line}\n" for line in text.splitlines())


def sequential(*children: str) -> str:
    return printed("Sequential", **{f"_{place}": child for place, child in enumerate(children)})


def conv(inputs: int, outputs: int, more: str = "") -> str:
    return f"Conv2d({inputs}, {outputs}, kernel_size=(1, 1), stride=(1, 1){more})"


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

WHOLE = {f"{name}_proj": linear(16, 16) for name in ("q", "k", "v", "out")}
PAIRED = {"to_q": linear(16, 16), "to_kv": linear(16, 32), "to_out": linear(16, 16)}
SELF, SELF_FUSED = printed("Attention", **WHOLE), printed("Attention", qkv=linear(16, 48), out_proj=linear(16, 16))
MULTIHEAD = ATTENTION.splitlines()[1].split(": ")[1] + "\n" + "\n".join(ATTENTION.splitlines()[2:4])
CONVS = {"q": conv(16, 16), "k": conv(16, 16), "v": conv(16, 16), "proj_out": conv(16, 16)}
ONE_CONV = {"qkv": conv(16, 48), "proj_out": conv(16, 16)}

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
    ("side-by-side-in-a-sequential", block("Sequential", **APART), block("Sequential", **FUSED), "function", [], 0),
    ("grouped-convolutions", block("Attention", **CONVS | {"q": conv(16, 16, ", groups=2")}),
     block("Attention", **ONE_CONV), "function", [], 0),
    # other parts of the same three
    ("query-and-key", block("Attention", qk=linear(16, 32), v=linear(16, 16), proj=linear(16, 16)),
     block("Attention", qkv=linear(16, 48), proj=linear(16, 16)), "equivalent", [("block.qk+v", "block.qkv")], 1),
    ("crossing-parts", block("Attention", qk=linear(16, 32), v=linear(16, 16), proj=linear(16, 16)),
     block("Attention", q=linear(16, 16), kv=linear(16, 32), proj=linear(16, 16)), "equivalent",
     [("block.qk+v", "block.q+kv")], 2),
    ("query-beside-key-and-value", block("Attention", **PAIRED), block("Attention", to_qkv=linear(16, 48),
     to_out=linear(16, 16)), "equivalent", [("block.to_q+to_kv", "block.to_qkv")], 1),
    ("words-around-the-parts",
     block("Attention", linear_q=linear(16, 16), linear_k=linear(16, 16), linear_v=linear(16, 16)),
     block("Attention", linear_qkv=linear(16, 48)), "equivalent",
     [("block.linear_q+linear_k+linear_v", "block.linear_qkv")], 1),
    ("norms-between", block("Attention", q=linear(16, 16), q_norm=NORM.format(1e-5), k=linear(16, 16),
     k_norm=NORM.format(1e-5), v=linear(16, 16)),
     block("Attention", qkv=linear(16, 48), q_norm=NORM.format(1e-5), k_norm=NORM.format(1e-5)), "equivalent",
     [("block.q+k+v", "block.qkv"), ("block.k_norm", "block.k_norm")], 1),
    ("output-declared-first", block("Attention", **APART),
     block("Attention", o_proj=linear(16, 16), qkv_proj=linear(16, 32)), "equivalent",
     [("block.q_proj+k_proj+v_proj", "block.qkv_proj")], 1),
    ("convolutions", block("Attention", **CONVS), block("Attention", **ONE_CONV), "equivalent",
     [("block.q+k+v", "block.qkv")], 1),
    ("numbered-gate", block("FeedForward", w1=linear(16, 64), w2=linear(64, 16), w3=linear(16, 64)),
     block("FeedForward", w13=linear(16, 128), w2=linear(64, 16)), "equivalent", [("block.w1+w3", "block.w13")], 1),
    ("numbered-otherwise", block("SwiGLU", w1=linear(16, 64), w2=linear(16, 64), w3=linear(64, 16)),
     block("SwiGLU", w12=linear(16, 128), w3=linear(64, 16)), "equivalent", [("block.w1+w2", "block.w12")], 1),
    # in some places only
    ("one-of-two", sequential(SELF, SELF), sequential(SELF_FUSED, SELF), "equivalent",
     [("0.q_proj+k_proj+v_proj", "0.qkv"), ("1.k_proj", "1.k_proj")], 1),
    ("each-in-another", sequential(SELF_FUSED, SELF), sequential(SELF, SELF_FUSED), "equivalent",
     [("0.qkv", "0.q_proj+k_proj+v_proj"), ("1.q_proj+k_proj+v_proj", "1.qkv")], 2),
    ("under-other-paths", printed("Sequential", a=SELF_FUSED, b=SELF),
     printed("Sequential", c=SELF, d=SELF_FUSED), "equivalent",
     [("a.qkv", "c.q_proj+k_proj+v_proj"), ("b.q_proj+k_proj+v_proj", "d.qkv")], 2),
    ("one-more-block", sequential(SELF, SELF, SELF), sequential(SELF_FUSED, SELF), "function", [], 1),
    ("other-widths-beside", sequential(SELF, SELF),
     sequential(printed("Attention", **WHOLE | {"q_proj": linear(16, 24), "k_proj": linear(16, 8)}), SELF_FUSED),
     "function", [("0.q_proj", "0.q_proj")], 1),
    # MultiheadAttention takes three inputs
    ("root-held", MULTIHEAD, printed("Attention", **WHOLE), "equivalent", [("in_proj", "q_proj+k_proj+v_proj")], 2),
    ("root-held-and-fused", MULTIHEAD, SELF_FUSED, "equivalent", [("in_proj", "qkv")], 1),
    ("held-and-paired", MULTIHEAD, printed("Attention", **PAIRED), "equivalent", [("in_proj", "to_q+to_kv")], 2),
    ("held-and-narrower", MULTIHEAD, printed("Attention", **WHOLE | {"k_proj": linear(16, 8), "v_proj": linear(16, 8)}),
     "function", [], 2),
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
def test_what_stands_for_what(
    ours: str, theirs: str, verdict: str, pairs: list[tuple[str, ...]], equivalent: int
) -> None:
    a, b = (parse.parse(text)[0] for text in (ours, theirs))
    there, back = api.compare_networks(a, b), api.compare_networks(b, a)
    assert there.verdict == back.verdict == verdict
    assert set(pairs) <= set(there.pairs)
    assert {(y, x) for x, y in back.pairs} == set(there.pairs)
    assert there.counts["equivalent"] == back.counts["equivalent"] == equivalent


def test_no_order_is_claimed_of_parts_that_are_declared_elsewhere() -> None:
    (case,) = (case for case in CASES if case[0] == "norms-declared-last")
    ours, theirs = (parse.parse(text)[0] for text in case[1:3])
    outcome = api.compare_networks(ours, theirs)
    assert [each.rule for each in outcome.findings if each.rule in ("AD101", "AD102", "AD103", "AD104")] == []
    assert [(each.setting, each.count) for each in outcome.findings if each.effect.word == "function"] == [("eps", 2)]


INPUT = "the same function if key and value are computed from the same input as query"
CROSSED = {"to_q": linear(16, 16), "to_k": linear(16, 16), "to_v": linear(16, 16), "to_out": linear(16, 16)}
ONE = {"to_qkv": linear(16, 48), "to_out": linear(16, 16)}
ROUTED = {"gate": linear(16, 2), "up": linear(16, 2)}
NO_KEY_BIAS = {"q": linear(16, 16), "k": linear(16, 16, bias=False), "v": linear(16, 16)}


def layer(class_name: str, **attentions: dict[str, str]) -> str:
    inner = {name: printed("Attention", **children) for name, children in attentions.items()}
    return printed("Net", layer=printed(class_name, **inner, norm=NORM.format(1e-5)))


#: id, candidate, reference, the condition under which they are one function, "" where there is none
CONDITIONS = [
    # of one input, as far as anything tells
    ("self-attention-beside-cross", layer("DecoderLayer", self_attn=CROSSED, encoder_attn=CROSSED),
     layer("DecoderLayer", self_attn=ONE, encoder_attn=CROSSED), ""),
    ("first-of-two", layer("Block", attn1=CROSSED, attn2=CROSSED), layer("Block", attn1=ONE, attn2=CROSSED), ""),
    ("a-stack", printed("Net", blocks=printed("ModuleList", _0=SELF, _1=SELF)),
     printed("Net", blocks=printed("ModuleList", _0=SELF, _1=SELF_FUSED)), ""),
    ("cross-attention-with-key-and-value-as-one", block("CrossAttention", **CROSSED), block("CrossAttention", **PAIRED),
     ""),
    ("a-class-of-text", block("TextAttention", **CROSSED), block("TextAttention", **ONE), ""),
    ("fewer-heads-of-keys", block("Attention", **APART), block("Attention", **FUSED), ""),
    ("gate-and-up", block("MLP", **GATED), block("MLP", **TOGETHER), ""),
    # perhaps of another input
    ("class", block("CrossAttention", **CROSSED), block("CrossAttention", **ONE), INPUT),
    ("root", printed("CrossAttention", **CROSSED), printed("CrossAttention", **ONE), INPUT),
    ("pairs", block("CrossAttention", **PAIRED), block("CrossAttention", **ONE), INPUT),
    ("name", layer("Layer", encoder_attn=CROSSED), layer("Layer", encoder_attn=ONE), INPUT),
    ("name-of-what-holds-it", printed("Net", crossattention=printed("BertAttention", self=SELF)),
     printed("Net", crossattention=printed("BertAttention", self=SELF_FUSED)), INPUT),
    ("beside-one-of-its-own", layer("DecoderLayer", self_attn=CROSSED, multihead_attn=CROSSED),
     layer("DecoderLayer", self_attn=CROSSED, multihead_attn=ONE), INPUT),
    ("before-one-of-its-own", layer("DecoderLayer", multihead_attn=CROSSED, self_attn=CROSSED),
     layer("DecoderLayer", multihead_attn=ONE, self_attn=CROSSED), INPUT),
    ("second-of-two", layer("Block", attn1=CROSSED, attn2=CROSSED), layer("Block", attn1=CROSSED, attn2=ONE), INPUT),
    ("norm-of-a-context", block("Attention", norm_context=NORM.format(1e-5), **CROSSED),
     block("Attention", norm_context=NORM.format(1e-5), **ONE), INPUT),
    ("class-token", block("ClassAttn", **CROSSED), block("ClassAttn", **ONE), INPUT),
    ("fewer-places", block("Attention", sr="Conv2d(16, 16, kernel_size=(2, 2), stride=(2, 2))", **CROSSED),
     block("Attention", sr="Conv2d(16, 16, kernel_size=(2, 2), stride=(2, 2))", **ONE), INPUT),
    ("places-added-to-queries", printed("Net", query_position_embeddings="Embedding(5, 16)", attn=SELF),
     printed("Net", query_position_embeddings="Embedding(5, 16)", attn=SELF_FUSED), INPUT),
    # other conditions
    ("norm-of-one-or-of-all", block("Attention", q=linear(16, 16), norm=NORM.format(1e-5), k=linear(16, 16),
     v=linear(16, 16)), block("Attention", qkv=linear(16, 48), norm=NORM.format(1e-5)),
     "the same function if norm belongs to none of them alone"),
    ("rows", block("Attention", q=linear(16, 32), k=linear(16, 8), v=linear(16, 8)),
     block("Attention", qkv=linear(16, 48)),
     "the same function if the outputs of qkv are 32, 8 and 8 for query, key and value"),
    ("projection-of-more", block("Mamba", in_proj=linear(16, 48)), block("Mamba", q=linear(16, 16), k=linear(16, 16),
     v=linear(16, 16)), "the same function if in_proj computes query, key and value"),
    ("router", block("MoE", **ROUTED, down=linear(2, 16)), block("MoE", gate_up=linear(16, 4), down=linear(2, 16)),
     "the same function if gate is not a router but gates the output of up"),
    ("gate-of-another-width", block("MLP", **ROUTED, down=linear(4, 16)),
     block("MLP", gate_up=linear(16, 4), down=linear(4, 16)),
     "the same function if gate is not a router but gates the output of up"),
    ("key-without-bias", block("Attention", **NO_KEY_BIAS), block("Attention", qkv=linear(16, 48)),
     "the same function if the scores go unchanged into a softmax, which cancels any bias of k"),
    ("biases-that-no-print-shows", block("Attention", **NO_KEY_BIAS),
     block("Attention", qkv=linear(16, 48, bias=False)),
     "the same function if the other class has biases of its own for all but k"),
    ("key-and-value-of-another-width", MULTIHEAD,
     printed("Attention", **WHOLE | {"k_proj": linear(8, 16), "v_proj": linear(4, 16)}),
     "the same function if it is set to kdim 8 and vdim 4"),
    ("two-at-once", block("CrossAttention", q=linear(16, 32), k=linear(16, 8), v=linear(16, 8)),
     block("CrossAttention", qkv=linear(16, 48)),
     f"{INPUT}, and the outputs of qkv are 32, 8 and 8 for query, key and value"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("ours", "theirs", "condition"), [case[1:] for case in CONDITIONS], ids=[case[0] for case in CONDITIONS]
)
def test_what_has_to_hold(ours: str, theirs: str, condition: str) -> None:
    a, b = (parse.parse(text)[0] for text in (ours, theirs))
    for outcome in (api.compare_networks(a, b), api.compare_networks(b, a)):
        assert outcome.verdict == ("unknown" if condition else "equivalent")
        unknown = [each.message for each in outcome.findings if each.effect.word == "unknown" and each.is_difference]
        assert [message.partition(": the same function")[2] for message in unknown] == (
            [condition.removeprefix("the same function")] if condition else []
        )


def test_the_headline_names_what_is_taken_for_granted() -> None:
    ours, theirs = (parse.parse(block("Attention", **each))[0] for each in (CROSSED, ONE))
    outcome = api.compare_networks(ours, theirs)
    assert "if Attention computes query, key and value from one input" in {
        messages.assumed(each.what) for each in outcome.findings
    }


def test_equal_blocks_are_one_finding_with_all_places() -> None:
    a, b = (sequential(*[each] * 5) for each in (SELF, SELF_FUSED))
    outcome = api.compare_networks(parse.parse(a)[0], parse.parse(b)[0])
    (finding,) = (each for each in outcome.findings if each.effect.word == "equivalent")
    assert finding.count == 5
    assert [known(place).path for place, _ in finding.places] == ["0", "1", "2", "3", "4"]
    assert "(q_proj, k_proj, v_proj)" in finding.message
