# ruff: noqa: E501  (tables: a case a line)
"""Projections of one input that two networks print in other parts: found by names and sizes, and what has to hold."""

from __future__ import annotations

import pytest

from answers import compared, holding, lines


def linear(inputs: int, outputs: int, bias: bool = True) -> str:
    return f"Linear(in_features={inputs}, out_features={outputs}, bias={bias})"


def conv(inputs: int, outputs: int, more: str = "") -> str:
    return f"Conv2d({inputs}, {outputs}, kernel_size=(1, 1), stride=(1, 1){more})"


def mlp(class_name: str = "Mlp", **parts: str) -> str:
    return holding("Net", ff=holding(class_name, **parts))


def attn(class_name: str = "Attention", **parts: str) -> str:
    return holding("Net", attn=holding(class_name, **parts))


MULTIHEAD = attn("MultiheadAttention", out_proj=f"NonDynamicallyQuantizable{linear(8, 8)}")

#: id, candidate, reference, findings beside other names and what no print holds
CASES = [
    # gate and up
    ("gate-up", mlp(gate=linear(8, 32), up=linear(8, 32), down=linear(32, 8)),
     mlp(gate_up=linear(8, 64), down=linear(32, 8)),
     ["AD302 equivalent ff|-: fused_gate_up in the candidate (gate, up): one Linear gives what several give that take one input; the checkpoint is laid out otherwise: if Mlp computes gate and up from one input"]),
    ("up-gate", mlp(up=linear(8, 32), gate=linear(8, 32), down=linear(32, 8)),
     mlp(gate_up=linear(8, 64), down=linear(32, 8)),
     ["AD302 equivalent ff|-: fused_gate_up in the candidate (gate, up): one Linear gives what several give that take one input; the checkpoint is laid out otherwise: if Mlp computes gate and up from one input"]),
    ("gate-up-of-a-router", mlp("MoE", gate=linear(8, 32), up=linear(8, 32), down=linear(32, 8)),
     mlp("MoE", gate_up=linear(8, 64), down=linear(32, 8)),
     ['AD302 unknown ff|-: fused_gate_up in the candidate (gate, up): one Linear gives what several give that take one input; the checkpoint is laid out otherwise: the same function if gate is not a router but gates the output of up [import inspect; print(inspect.getsource(type(model.get_submodule("ff")).forward))]']),
    ("gate-up-of-other-widths", mlp(gate=linear(8, 16), up=linear(8, 48), down=linear(48, 8)),
     mlp(gate_up=linear(8, 64), down=linear(48, 8)),
     ['AD302 unknown ff|-: fused_gate_up in the candidate (gate, up): one Linear gives what several give that take one input; the checkpoint is laid out otherwise: the same function if gate is not a router but gates the output of up, and the outputs of gate_up are 16 and 48 for gate and up [import inspect; print(inspect.getsource(type(model.get_submodule("ff")).forward))]']),
    ("gate-up-that-is-too-narrow", mlp(gate=linear(8, 32), up=linear(8, 32), down=linear(32, 8)),
     mlp(gate_up=linear(8, 48), down=linear(32, 8)),
     ["AD301 function ff.gate+up|ff.gate_up: out_features 64, not 48",
      "AD302 equivalent ff|-: fused_gate_up in the candidate (gate, up): one Linear gives what several give that take one input; the checkpoint is laid out otherwise: if Mlp computes gate and up from one input"]),
    ("gate-up-without-down", mlp(gate=linear(8, 32), up=linear(8, 32)),
     mlp(gate_up=linear(8, 64)),
     ['AD302 unknown ff|-: fused_gate_up in the candidate (gate, up): one Linear gives what several give that take one input; the checkpoint is laid out otherwise: the same function if gate is not a router but gates the output of up [import inspect; print(inspect.getsource(type(model.get_submodule("ff")).forward))]']),
    ("gate-up-down-of-another-width", mlp(gate=linear(8, 32), up=linear(8, 32), down=linear(16, 8)),
     mlp(gate_up=linear(8, 64), down=linear(16, 8)),
     ['AD302 unknown ff|-: fused_gate_up in the candidate (gate, up): one Linear gives what several give that take one input; the checkpoint is laid out otherwise: the same function if gate is not a router but gates the output of up [import inspect; print(inspect.getsource(type(model.get_submodule("ff")).forward))]']),
    ("numbered", mlp(w1=linear(8, 32), w2=linear(32, 8), w3=linear(8, 32)),
     mlp(w13=linear(8, 64), w2=linear(32, 8)),
     ["AD302 equivalent ff|-: fused_gate_up in the candidate (w1, w3): one Linear gives what several give that take one input; the checkpoint is laid out otherwise: if Mlp computes gate and up from one input"]),
    ("numbered-with-lines", mlp(w1=linear(8, 32), w2=linear(32, 8), w3=linear(8, 32)),
     mlp(w1_w3=linear(8, 64), w2=linear(32, 8)),
     ["AD302 equivalent ff|-: fused_gate_up in the candidate (w1, w3): one Linear gives what several give that take one input; the checkpoint is laid out otherwise: if Mlp computes gate and up from one input"]),
    ("numbered-of-one-size", mlp(w1=linear(8, 8), w2=linear(8, 8), w3=linear(8, 8)),
     mlp(w13=linear(8, 16), w2=linear(8, 8)),
     ["AD301 function ff.w1|ff.w13: out_features 8, not 16",
      "AD104 function ff.w3|-: only in the candidate: Linear"]),
    ("numbered-with-another-name", mlp(w1=linear(8, 32), w2=linear(32, 8), odd=linear(8, 32)),
     mlp(w13=linear(8, 64), w2=linear(32, 8)),
     ["AD301 function ff.w1|ff.w13: out_features 32, not 64",
      "AD104 function ff.odd|-: only in the candidate: Linear"]),
    ("numbered-two-of-another-width", mlp(w1=linear(8, 32), w2=linear(32, 8), w3=linear(8, 32)),
     mlp(w13=linear(8, 32), w2=linear(32, 8)),
     ["AD104 function ff.w3|-: only in the candidate: Linear"]),
    ("numbered-with-one-more", mlp(w1=linear(8, 32), w2=linear(32, 8), w3=linear(8, 32), w4=linear(8, 8)),
     mlp(w13=linear(8, 64), w2=linear(32, 8), w4=linear(8, 8)),
     ["AD301 function ff.w1|ff.w13: out_features 32, not 64",
      "AD104 function ff.w3|-: only in the candidate: Linear"]),
    ("gate-and-x", mlp(fc1_g=linear(8, 32), fc1_x=linear(8, 32), fc2=linear(32, 8)),
     mlp(w12=linear(8, 64), w3=linear(32, 8)),
     ["AD302 equivalent ff|-: fused_gate_up in the candidate (fc1_g, fc1_x): one Linear gives what several give that take one input; the checkpoint is laid out otherwise: if Mlp computes gate and up from one input"]),
    # query, key and value
    ("gate-up-with-an-activation", mlp(gate=linear(8, 32), act="SiLU()", up=linear(8, 32), drop="Dropout(p=0.1)", down=linear(32, 8)),
     mlp(gate_up=linear(8, 64), act="SiLU()", drop="Dropout(p=0.1)", down=linear(32, 8)),
     ["AD302 equivalent ff|-: fused_gate_up in the candidate (gate, up): one Linear gives what several give that take one input; the checkpoint is laid out otherwise: if Mlp computes gate and up from one input"]),
    ("one-bias", attn(q=linear(8, 8), k=linear(8, 8, False), v=linear(8, 8), proj=linear(8, 8)),
     attn(qkv=linear(8, 24), proj=linear(8, 8)),
     ['AD302 unknown attn|-: fused_query_key_value in the candidate (q, k, v): one Linear gives what several give that take one input; the checkpoint is laid out otherwise: the same function if the scores go unchanged into a softmax, which cancels any bias of k [import inspect; print(inspect.getsource(type(model.get_submodule("attn")).forward))]']),
    ("no-bias", attn(q=linear(8, 8, False), k=linear(8, 8, False), v=linear(8, 8, False), proj=linear(8, 8)),
     attn(qkv=linear(8, 24, False), proj=linear(8, 8)),
     ["AD302 equivalent attn|-: fused_query_key_value in the candidate (q, k, v): one Linear gives what several give that take one input; the checkpoint is laid out otherwise: if Attention computes query, key and value from one input"]),
    ("fewer-heads-of-keys", attn(q=linear(8, 8), k=linear(8, 4), v=linear(8, 4), o=linear(8, 8)),
     attn(qkv=linear(8, 16), o=linear(8, 8)),
     ["AD302 equivalent attn|-: fused_query_key_value in the candidate (q, k, v): one Linear gives what several give that take one input; the checkpoint is laid out otherwise: if Attention computes query, key and value from one input"]),
    ("other-widths", attn(q=linear(8, 4), k=linear(8, 8), v=linear(8, 4), o=linear(4, 8)),
     attn(qkv=linear(8, 16), o=linear(4, 8)),
     ['AD302 unknown attn|-: fused_query_key_value in the candidate (q, k, v): one Linear gives what several give that take one input; the checkpoint is laid out otherwise: the same function if the outputs of qkv are 4, 8 and 4 for query, key and value [import inspect; print(inspect.getsource(type(model.get_submodule("attn")).forward))]']),
    ("two-of-one-part", attn(q=linear(8, 8), q_proj=linear(8, 8), k=linear(8, 8), v=linear(8, 8)),
     attn(qkv=linear(8, 24)),
     ["AD301 function attn.q|attn.qkv: out_features 8, not 24",
      "AD104 function attn.q_proj|-: only in the candidate: Linear",
      "AD104 function attn.k|-: only in the candidate: Linear",
      "AD104 function attn.v|-: only in the candidate: Linear"]),
    ("two-parts", attn(q=linear(8, 8), kv=linear(8, 16)),
     attn(qkv=linear(8, 24)),
     ["AD302 equivalent attn|-: fused_query_key_value in the candidate (q, kv): one Linear gives what several give that take one input; the checkpoint is laid out otherwise: if Attention computes query, key and value from one input"]),
    ("other-two-parts", attn(q=linear(8, 8), kv=linear(8, 16)),
     attn(qk=linear(8, 16), v=linear(8, 8)),
     ["AD302 equivalent attn|-: fused_query_key_value in the candidate (q, kv): one Linear gives what several give that take one input; the checkpoint is laid out otherwise: if Attention computes key and value from one input",
      "AD302 equivalent -|attn: fused_query_key_value in the reference (qk, v): one Linear gives what several give that take one input; the checkpoint is laid out otherwise: if Attention computes query and key from one input"]),
    ("of-a-sequential", attn("Sequential", q=linear(8, 8), k=linear(8, 8), v=linear(8, 8)),
     attn("Sequential", qkv=linear(8, 24)),
     ["AD301 function attn.q|attn.qkv: out_features 8, not 24",
      "AD104 function attn.k|-: only in the candidate: Linear",
      "AD104 function attn.v|-: only in the candidate: Linear"]),
    ("of-a-list", attn("ModuleDict", q=linear(8, 8), k=linear(8, 8), v=linear(8, 8)),
     attn("ModuleDict", qkv=linear(8, 24)),
     ["AD301 function attn.q|attn.qkv: out_features 8, not 24",
      "AD104 function attn.k|-: only in the candidate: Linear",
      "AD104 function attn.v|-: only in the candidate: Linear"]),
    ("in-proj", attn(in_proj=linear(8, 24), out_proj=linear(8, 8)),
     attn(q=linear(8, 8), k=linear(8, 8), v=linear(8, 8), out_proj=linear(8, 8)),
     ["AD302 equivalent -|attn: fused_query_key_value in the reference (q, k, v): one Linear gives what several give that take one input; the checkpoint is laid out otherwise: if Attention computes query, key and value from one input"]),
    ("in-proj-of-somebody", attn("Mixer", in_proj=linear(8, 24), out_proj=linear(8, 8)),
     attn("Mixer", q=linear(8, 8), k=linear(8, 8), v=linear(8, 8), out_proj=linear(8, 8)),
     ['AD302 unknown -|attn: fused_query_key_value in the reference (q, k, v): one Linear gives what several give that take one input; the checkpoint is laid out otherwise: the same function if in_proj computes query, key and value [import inspect; print(inspect.getsource(type(model.get_submodule("attn")).forward))]']),
    ("convolutions", attn(q=conv(8, 8), k=conv(8, 8), v=conv(8, 8)),
     attn(qkv=conv(8, 24)),
     ["AD302 equivalent attn|-: fused_query_key_value in the candidate (q, k, v): one Linear gives what several give that take one input; the checkpoint is laid out otherwise: if Attention computes query, key and value from one input",
      "AD302 cosmetic attn.q+k+v|attn.qkv: printed differently, or by one side only, with the same meaning: Conv2d out_channels"]),
    ("convolutions-in-groups", attn(q=conv(8, 8), k=conv(8, 8), v=conv(8, 8)),
     attn(qkv=conv(8, 24, ", groups=2")),
     ["AD301 function attn.q+k+v|attn.qkv: groups 1, not 2",
      "AD302 equivalent attn|-: fused_query_key_value in the candidate (q, k, v): one Linear gives what several give that take one input; the checkpoint is laid out otherwise: if Attention computes query, key and value from one input",
      "AD302 cosmetic attn.q+k+v|attn.qkv: printed differently, or by one side only, with the same meaning: Conv2d out_channels"]),
    ("convolutions-that-step", attn(q=conv(8, 8), k=conv(8, 8), v=conv(8, 8)),
     attn(qkv=conv(8, 24).replace("stride=(1, 1)", "stride=(2, 2)")),
     ["AD301 function attn.q+k+v|attn.qkv: stride 1x1, not 2x2",
      'AD302 unknown attn|-: fused_query_key_value in the candidate (q, k, v): one Linear gives what several give that take one input; the checkpoint is laid out otherwise: the same function if key and value are computed from the same input as query [import inspect; print(inspect.getsource(type(model.get_submodule("attn")).forward))]',
      "AD302 cosmetic attn.q+k+v|attn.qkv: printed differently, or by one side only, with the same meaning: Conv2d out_channels"]),
    ("sizes-not-printed", attn(q="Linear()", k=linear(8, 8), v=linear(8, 8)),
     attn(qkv=linear(8, 24)),
     ["AD104 function attn.q|-: only in the candidate: Linear",
      "AD301 function attn.k|attn.qkv: out_features 8, not 24",
      "AD104 function attn.v|-: only in the candidate: Linear"]),
    ("of-other-inputs", attn(q=linear(8, 8), k=linear(6, 8), v=linear(6, 8)),
     attn(qkv=linear(8, 24)),
     ["AD301 function attn.q|attn.qkv: out_features 8, not 24",
      "AD104 function attn.k|-: only in the candidate: Linear",
      "AD104 function attn.v|-: only in the candidate: Linear"]),
    ("in-a-multihead-attention", attn(q=linear(8, 8), k=linear(8, 8), v=linear(8, 8), out_proj=linear(8, 8)),
     MULTIHEAD,
     ["AD302 equivalent attn|-: fused_query_key_value in the candidate (q, k, v): one Linear gives what several give that take one input; the checkpoint is laid out otherwise",
      "AD302 equivalent -|attn: input_projections in the reference (MultiheadAttention): it holds its input projections, which it does not print, as one",
      "AD108 cosmetic attn|attn: Attention around these layers, not MultiheadAttention: if Attention combines its layers as MultiheadAttention does",
      "AD302 cosmetic attn.out_proj|attn.out_proj: Linear and NonDynamicallyQuantizableLinear are two names for the same layer",
      "AD302 cosmetic attn.q+k+v|attn.in_proj: printed differently, or by one side only, with the same meaning: Linear out_features, Linear bias x2"]),
    ("in-a-multihead-attention-of-no-size", attn(q=linear(8, 8), k=linear(8, 8), v=linear(8, 8), out_proj=linear(8, 8)),
     attn("MultiheadAttention", out_proj="NonDynamicallyQuantizableLinear()"),
     ["AD104 function attn.q+k+v|-: only in the candidate: Linear",
      'AD108 unknown attn|attn: Attention around these layers, not MultiheadAttention: no print shows how their forward methods combine the layers [import inspect; print(inspect.getsource(type(model.get_submodule("attn")).forward))]',
      "AD301 unknown attn|attn: embed_dim is not printed by the candidate; the other side has None",
      "AD301 unknown attn|attn: bias is not printed by the candidate; the other side has True",
      "AD301 unknown attn.out_proj|attn.out_proj: in_features is not printed by the reference; the other side has 8",
      "AD301 unknown attn.out_proj|attn.out_proj: out_features is not printed by the reference; the other side has 8",
      'AD105 unknown attn.out_proj|attn.out_proj: Linear, not NonDynamicallyQuantizableLinear: no print shows whether they compute the same [import inspect; print(inspect.getsource(type(model.get_submodule("attn.out_proj"))))]',
      "AD302 equivalent attn|-: fused_query_key_value in the candidate (q, k, v): one Linear gives what several give that take one input; the checkpoint is laid out otherwise",
      "AD302 cosmetic attn.out_proj|attn.out_proj: printed differently, or by one side only, with the same meaning: Linear in_features"]),
    ("in-a-multihead-attention-fused", attn(qkv=linear(8, 24), out_proj=linear(8, 8)),
     MULTIHEAD,
     ["AD302 equivalent -|attn: input_projections in the reference (MultiheadAttention): it holds its input projections, which it does not print, as one: if MultiheadAttention computes query, key and value from one input",
      "AD108 cosmetic attn|attn: Attention around these layers, not MultiheadAttention: if Attention combines its layers as MultiheadAttention does",
      "AD302 cosmetic attn.out_proj|attn.out_proj: Linear and NonDynamicallyQuantizableLinear are two names for the same layer",
      "AD302 cosmetic attn.qkv|attn.in_proj: printed differently, or by one side only, with the same meaning: Linear out_features, Linear bias x2"]),
    ("in-a-multihead-attention-in-two-parts-of-other-inputs", attn(qk=linear(8, 16), v=linear(6, 8), out_proj=linear(8, 8)),
     MULTIHEAD,
     ["AD301 function attn.qk|attn.in_proj: out_features 16, not 24",
      "AD104 function attn.v|-: only in the candidate: Linear",
      "AD302 equivalent -|attn: input_projections in the reference (MultiheadAttention): it holds its input projections, which it does not print, as one: if MultiheadAttention computes query and key from one input",
      "AD108 cosmetic attn|attn: Attention around these layers, not MultiheadAttention: if Attention combines its layers as MultiheadAttention does",
      "AD302 cosmetic attn.out_proj|attn.out_proj: Linear and NonDynamicallyQuantizableLinear are two names for the same layer",
      "AD302 cosmetic attn.qk|attn.in_proj: printed differently, or by one side only, with the same meaning: Linear bias"]),
    ("in-a-multihead-attention-without-bias", attn(q=linear(8, 8, False), k=linear(8, 8, False), v=linear(8, 8, False), out_proj=linear(8, 8)),
     MULTIHEAD,
     ["AD301 function attn.q+k+v|attn.in_proj: bias False, not True",
      "AD302 equivalent attn|-: fused_query_key_value in the candidate (q, k, v): one Linear gives what several give that take one input; the checkpoint is laid out otherwise",
      "AD302 equivalent -|attn: input_projections in the reference (MultiheadAttention): it holds its input projections, which it does not print, as one",
      "AD108 cosmetic attn|attn: Attention around these layers, not MultiheadAttention: if Attention combines its layers as MultiheadAttention does",
      "AD302 cosmetic attn.out_proj|attn.out_proj: Linear and NonDynamicallyQuantizableLinear are two names for the same layer",
      "AD302 cosmetic attn.q+k+v|attn.in_proj: printed differently, or by one side only, with the same meaning: Linear out_features"]),
    ("in-a-multihead-attention-of-other-inputs", attn(q=linear(8, 8), k=linear(6, 8), v=linear(4, 8), out_proj=linear(8, 8)),
     MULTIHEAD,
     ['AD302 unknown -|attn: input_projections in the reference (MultiheadAttention): it holds its input projections, which it does not print, as one: the same function if it is set to kdim 6 and vdim 4 [import inspect; print(inspect.getsource(type(model.get_submodule("attn")).forward))]',
      "AD108 cosmetic attn|attn: Attention around these layers, not MultiheadAttention: if Attention combines its layers as MultiheadAttention does",
      "AD302 cosmetic attn.out_proj|attn.out_proj: Linear and NonDynamicallyQuantizableLinear are two names for the same layer"]),
    ("in-a-multihead-attention-of-other-widths", attn(q=linear(8, 4), k=linear(8, 4), v=linear(8, 4), out_proj=linear(4, 8)),
     MULTIHEAD,
     ["AD301 function attn.q+k+v|attn.in_proj: out_features 12, not 24",
      "AD301 function attn.out_proj|attn.out_proj: in_features 4, not 8",
      "AD302 equivalent attn|-: fused_query_key_value in the candidate (q, k, v): one Linear gives what several give that take one input; the checkpoint is laid out otherwise",
      "AD302 equivalent -|attn: input_projections in the reference (MultiheadAttention): it holds its input projections, which it does not print, as one",
      "AD108 cosmetic attn|attn: Attention around these layers, not MultiheadAttention: if Attention combines its layers as MultiheadAttention does",
      "AD302 cosmetic attn.out_proj|attn.out_proj: Linear and NonDynamicallyQuantizableLinear are two names for the same layer",
      "AD302 cosmetic attn.q+k+v|attn.in_proj: printed differently, or by one side only, with the same meaning: Linear bias"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("candidate", "reference", "findings"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_findings(candidate: str, reference: str, findings: list[str]) -> None:
    outcome = compared(candidate, reference)
    assert lines(each for each in outcome.findings if each.rule not in ("AD107", "AD701")) == findings
    assert compared(reference, candidate).verdict == outcome.verdict
