# ruff: noqa: E501  (tables: a case a line)
"""Projections of one input put together as the other network prints them: what is made, and what has to hold."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from answers import holding
from archdiff import parse
from archdiff.model.effects import Effect
from archdiff.model.message import Message
from archdiff.model.network import Layer
from archdiff.semantics import rules
from archdiff.semantics.projections import ATTENTION, GATED, form_of
from archdiff.semantics.rules import _fused
from archdiff.semantics.sites import Replacement, Site, sites
from known import known


def lin(inputs: int, outputs: int, bias: object = True) -> str:
    return f"Linear(in_features={inputs}, out_features={outputs}, bias={bias})"


def conv(inputs: int, outputs: int, more: str = "") -> str:
    return f"Conv2d({inputs}, {outputs}, kernel_size=(1, 1), stride=(1, 1){more})"


L, N = lin(8, 8), lin(8, 8, bias=False)
WIDE, WIDER, NARROW = lin(8, 32), lin(8, 64), lin(32, 8)


def attention(class_name: str = "Attention", **parts: str) -> str:
    return holding("Net", attn=holding(class_name, **parts))


def mlp(class_name: str = "Mlp", **parts: str) -> str:
    return holding("Net", ff=holding(class_name, **parts))


QKV = attention(qkv=lin(8, 24), out=L)
MULTIHEAD = attention("MultiheadAttention", out_proj=f"NonDynamicallyQuantizable{L}")


def site_of(text: str, family: tuple[str, ...]) -> Site:
    (found,) = sites(rules.normalize(parse.parse(text)[0]).root, form_of(family))
    return found


def rewritten(ours: str, theirs: str, family: tuple[str, ...]) -> Replacement | None:
    beside = known(_fused.rule("made", family).beside)
    return beside.rewrite(site_of(ours, family), site_of(theirs, family))


def children(layer: Layer) -> list[str]:
    """`q+k 8 -> 16 without bias`: names, sizes and whether there is a bias."""
    return [_line(child) for child in layer.children]


def _line(layer: Layer) -> str:
    values = {setting.name: setting.value for setting in layer.settings}
    sizes = [str(value) for name, value in values.items() if name and name.startswith(("in_", "out_"))]
    bare = " without bias" if values.get("bias", True) is False else ""
    return f"{layer.name} {' -> '.join(sizes)}{bare}".strip()


def words(messages: Sequence[Message]) -> list[str]:
    return [" ".join([each.code, *(str(value) for _, value in each.values)]) for each in messages]


#: id, family, what is left as it is beside what; nothing is put together that the other prints apart
ALONE = [
    ("as-apart", ATTENTION, attention(q=L, k=L, v=L), attention(query=L, key=L, value=L)),
    ("one-already", ATTENTION, QKV, attention(q=L, k=L, v=L)),
    ("other-kinds", ATTENTION, attention(q=L, k=L, v=conv(8, 8)), QKV),
    ("other-inputs", ATTENTION, attention(q=L, k=lin(6, 8), v=lin(6, 8)), QKV),
    ("groups", ATTENTION, attention(q=conv(8, 8, ", groups=2"), k=conv(8, 8), v=conv(8, 8)), QKV),
    ("all-in-groups", ATTENTION, attention(**dict.fromkeys("qkv", conv(8, 8, ", groups=2"))), QKV),
    ("with-an-adapter", ATTENTION, attention(**dict.fromkeys("qkv", L.replace("bias", "lora_rank=2, bias"))), QKV),
    ("other-strides", ATTENTION, attention(q=conv(8, 8).replace("1)", "2)"), k=conv(8, 8), v=conv(8, 8)), QKV),
    ("query-without-bias", ATTENTION, attention(q=N, k=L, v=L), QKV),
    ("key-and-value-without-bias", ATTENTION, attention(q=L, k=N, v=N), QKV),
    ("gate-without-bias", GATED, mlp(gate=lin(8, 32, bias=False), up=WIDE, down=NARROW), mlp(gate_up=WIDER)),
    ("of-a-multihead-attention", ATTENTION, MULTIHEAD, QKV),
    ("two-multihead-attentions", ATTENTION, MULTIHEAD, MULTIHEAD),
]  # fmt: skip


@pytest.mark.parametrize(("family", "ours", "theirs"), [case[1:] for case in ALONE], ids=[case[0] for case in ALONE])
def test_left_alone(family: tuple[str, ...], ours: str, theirs: str) -> None:
    assert rewritten(ours, theirs, family) is None


ONE_INPUT = "taken-of-one-input Attention query, key and value"
GATES = "taken-of-one-input Mlp gate and up"

#: id, family, two networks, the children that are made, what was printed, what has to hold, what is taken for granted
MADE: list[tuple[str, tuple[str, ...], str, str, list[str], str, list[str], str]] = [
    ("three", ATTENTION, attention(q=L, k=L, v=L, out=L), QKV,
     ["q+k+v 8 -> 24", "out 8 -> 8"], "q, k, v", [], ONE_INPUT),
    ("in-another-order", ATTENTION, attention(v=L, q=L, k=L, out=L), QKV,
     ["q+k+v 8 -> 24", "out 8 -> 8"], "q, k, v", [], ONE_INPUT),
    ("output-first", ATTENTION, attention(out=L, q=L, k=L, v=L), QKV,
     ["out 8 -> 8", "q+k+v 8 -> 24"], "q, k, v", [], ONE_INPUT),
    ("output-first-in-the-other", ATTENTION, attention(q=L, k=L, v=L, out=L), attention(out=L, qkv=lin(8, 24)),
     ["out 8 -> 8", "q+k+v 8 -> 24"], "q, k, v", [], ONE_INPUT),
    ("no-output-to-stand-behind", ATTENTION, attention(q=L, k=L, v=L, q_norm="Tanh()"),
     attention(out=L, qkv=lin(8, 24)), ["q+k+v 8 -> 24", "q_norm"], "q, k, v", [], ONE_INPUT),
    ("without-bias", ATTENTION, attention(q=N, k=N, v=N, out=L), QKV,
     ["q+k+v 8 -> 24 without bias", "out 8 -> 8"], "q, k, v", [], ONE_INPUT),
    ("two-of-three", ATTENTION, attention(q=L, k=L, v=L, out=L), attention(q=L, kv=lin(8, 16), out=L),
     ["q 8 -> 8", "k+v 8 -> 16", "out 8 -> 8"], "k, v", [], "taken-of-one-input Attention key and value"),
    ("one-and-two", ATTENTION, attention(q=L, kv=lin(8, 16), out=L), QKV,
     ["q+kv 8 -> 24", "out 8 -> 8"], "q, kv", [], ONE_INPUT),
    ("one-and-two-without-output", ATTENTION, attention(q=L, kv=lin(8, 8)), attention(qkv=lin(8, 16)),
     ["q+kv 8 -> 16"], "q, kv", [], ONE_INPUT),
    ("of-somebody", ATTENTION, attention("Mixer", q=L, k=L, v=L, out=L), attention("Mixer", qkv=lin(8, 24), out=L),
     ["q+k+v 8 -> 24", "out 8 -> 8"], "q, k, v", [], "taken-of-one-input Mixer query, key and value"),
    ("two-that-meet-in-one", ATTENTION, attention(qk=lin(8, 16), v=L, out=L), attention(q=L, kv=lin(8, 16), out=L),
     ["qk+v 8 -> 24", "out 8 -> 8"], "qk, v", [], "taken-of-one-input Attention query and key"),
    ("fewer-heads", ATTENTION, attention(q=L, k=lin(8, 4), v=lin(8, 4), out=L), attention(qkv=lin(8, 16), out=L),
     ["q+k+v 8 -> 16", "out 8 -> 8"], "q, k, v", [], ONE_INPUT),
    ("rows-of-other-widths", ATTENTION, attention(q=lin(8, 4), k=L, v=lin(8, 4), out=lin(4, 8)), QKV,
     ["q+k+v 8 -> 16", "out 4 -> 8"], "q, k, v", ["rows-are qkv 4, 8 and 4 query, key and value"], ONE_INPUT),
    ("rows-that-follow", ATTENTION, attention(qk=lin(8, 12), v=lin(8, 4), out=lin(4, 8)),
     attention(q=lin(8, 4), kv=lin(8, 12), out=lin(4, 8)), ["qk+v 8 -> 16", "out 4 -> 8"], "qk, v",
     ["rows-are qk 4 and 8 query and key", "rows-are kv 8 and 4 key and value"],
     "taken-of-one-input Attention query and key"),
    ("key-without-bias", ATTENTION, attention(q=L, k=N, v=L, out=L), QKV,
     ["q+k+v 8 -> 24", "out 8 -> 8"], "q, k, v", ["scores-go-into-softmax k"], ONE_INPUT),
    ("key-without-bias-of-one-without", ATTENTION, attention(q=L, k=N, v=L, out=L),
     attention(qkv=lin(8, 24, bias=False), out=L),
     ["q+k+v 8 -> 24 without bias", "out 8 -> 8"], "q, k, v", ["holds-other-biases k"], ONE_INPUT),
    ("another-layer-between", ATTENTION, attention(q=L, k=L, odd="Tanh()", v=L, out=L), QKV,
     ["q+k+v 8 -> 24", "odd", "out 8 -> 8"], "q, k, v", ["of-all-alike odd"], ONE_INPUT),
    ("its-own-norm-between", ATTENTION, attention(q=L, q_norm="Tanh()", k=L, v=L, out=L), QKV,
     ["q+k+v 8 -> 24", "q_norm", "out 8 -> 8"], "q, k, v", [], ONE_INPUT),
    ("output-between", ATTENTION, attention(q=L, k=L, out=L, v=L), QKV,
     ["q+k+v 8 -> 24", "out 8 -> 8"], "q, k, v", [], ONE_INPUT),
    ("beside-another-input", ATTENTION, holding("Net", cross_attn=holding("Attention", q=L, k=L, v=L, out=L)), QKV,
     ["q+k+v 8 -> 24", "out 8 -> 8"], "q, k, v", ["of-one-input"], ONE_INPUT),
    ("beside-another-input-of-keys-alone", ATTENTION,
     holding("Net", cross_attn=holding("Attention", q=L, k=L, v=L, out=L)), attention(q=L, kv=lin(8, 16), out=L),
     ["q 8 -> 8", "k+v 8 -> 16", "out 8 -> 8"], "k, v", [], "taken-of-one-input Attention key and value"),
    ("in-proj-of-somebody", ATTENTION, attention("Mixer", q=L, k=L, v=L, out=L),
     attention("Mixer", in_proj=lin(8, 24), out=L), ["q+k+v 8 -> 24", "out 8 -> 8"], "q, k, v",
     ["gives in_proj query, key and value"], "taken-of-one-input Mixer query, key and value"),
    ("in-proj-of-an-attention", ATTENTION, attention(q=L, k=L, v=L, out=L), attention("Mixer", in_proj=lin(8, 24), out=L),
     ["q+k+v 8 -> 24", "out 8 -> 8"], "q, k, v", [], ONE_INPUT),
    ("not-printed", ATTENTION, attention(q=L, k=L, v=L, out=L), MULTIHEAD,
     ["q+k+v 8 -> 24", "out 8 -> 8"], "q, k, v", [], ""),
    ("gates", GATED, mlp(gate=WIDE, up=WIDE, down=NARROW), mlp(gate_up=WIDER, down=NARROW),
     ["gate+up 8 -> 64", "down 32 -> 8"], "gate, up", [], GATES),
    ("gates-declared-otherwise", GATED, mlp(up=WIDE, gate=WIDE, down=NARROW), mlp(gate_up=WIDER, down=NARROW),
     ["gate+up 8 -> 64", "down 32 -> 8"], "gate, up", [], GATES),
    ("numbered", GATED, mlp(w1=WIDE, w2=NARROW, w3=WIDE), mlp(w13=WIDER, w2=NARROW),
     ["w1+w3 8 -> 64", "w2 32 -> 8"], "w1, w3", [], GATES),
    ("function-between", GATED, mlp(gate=WIDE, function="SiLU()", up=WIDE, down=NARROW), mlp(gate_up=WIDER, down=NARROW),
     ["gate+up 8 -> 64", "function", "down 32 -> 8"], "gate, up", [], GATES),
    ("dropout-between", GATED, mlp(gate=WIDE, drop="Dropout(p=0.5)", up=WIDE, down=NARROW), mlp(gate_up=WIDER, down=NARROW),
     ["gate+up 8 -> 64", "drop", "down 32 -> 8"], "gate, up", ["of-all-alike drop"], GATES),
    ("activation-with-settings-between", GATED, mlp(gate=WIDE, act="ELU(alpha=1.0)", up=WIDE, down=NARROW), mlp(gate_up=WIDER, down=NARROW),
     ["gate+up 8 -> 64", "act", "down 32 -> 8"], "gate, up", [], GATES),
    ("router", GATED, mlp("MoE", gate=WIDE, up=WIDE, down=NARROW), mlp(gate_up=WIDER, down=NARROW),
     ["gate+up 8 -> 64", "down 32 -> 8"], "gate, up", ["gates gate up"], "taken-of-one-input MoE gate and up"),
    ("experts-inside", GATED, mlp(gate=WIDE, up=WIDE, down=NARROW, experts="Tanh()"), mlp(gate_up=WIDER, down=NARROW),
     ["gate+up 8 -> 64", "down 32 -> 8", "experts"], "gate, up", ["gates gate up"], GATES),
    ("nothing-behind-gates", GATED, mlp(gate=WIDE, up=WIDE), mlp(gate_up=WIDER),
     ["gate+up 8 -> 64"], "gate, up", ["gates gate up"], GATES),
    ("gate-of-another-width", GATED, mlp(gate=lin(8, 16), up=WIDE, down=NARROW), mlp(gate_up=lin(8, 48), down=NARROW),
     ["gate+up 8 -> 48", "down 32 -> 8"], "gate, up", ["gates gate up", "rows-are gate_up 16 and 32 gate and up"], GATES),
    ("convolutions", ATTENTION, attention(q=conv(8, 8), k=conv(8, 8), v=conv(8, 8), out=conv(8, 8)), QKV,
     ["q+k+v 8 -> 24", "out 8 -> 8"], "q, k, v", [], ONE_INPUT),
]  # fmt: skip


@pytest.mark.parametrize(
    ("family", "ours", "theirs", "made", "before", "needs", "taken"),
    [case[1:] for case in MADE],
    ids=[case[0] for case in MADE],
)
def test_made(
    family: tuple[str, ...], ours: str, theirs: str, made: list[str], before: str, needs: list[str], taken: str
) -> None:
    found = known(rewritten(ours, theirs, family))
    assert children(found.layer) == made
    assert found.before == before
    assert words(found.needs) == needs
    assert words([found.taken] if found.taken else []) == ([taken] if taken else [])


def test_only_the_width_is_another() -> None:
    """All else is as the first of them prints it, under its own line and with the text of its new width."""
    found = known(rewritten(attention(q=conv(8, 8), k=conv(8, 8), v=conv(8, 8)), QKV, ATTENTION))
    (one,) = found.layer.children
    assert [setting.as_printed for setting in one.settings] == [
        *("8", "out_channels=24", "kernel_size=(1, 1)", "stride=(1, 1)")
    ]
    assert (one.class_name, one.kind, one.span.line) == ("Conv2d", "conv_2d", 3)


@pytest.mark.parametrize("family", [ATTENTION, GATED])
def test_rule(family: tuple[str, ...]) -> None:
    rule = _fused.rule("made", family)
    assert (rule.name, rule.effect) == ("made", Effect.EQUIVALENT)
    beside = known(rule.beside)
    assert beside.form is form_of(family)
    ours, theirs = frozenset(family), frozenset({"gate_up" if family == GATED else "qkv"})
    assert beside.may_differ(ours, theirs)
    assert not beside.may_differ(ours, ours)
    assert not beside.may_differ(frozenset({"a"}), theirs)


@pytest.mark.parametrize(
    ("text", "has_bias"),
    [
        (N, False),
        (lin(8, 8, bias="None"), False),
        (L, True),
        ("Linear(in_features=8, out_features=8)", True),
        ("Linear()", True),
        ("Linear(in_features=0, out_features=8, bias=True)", True),
    ],
)
def test_has_bias(text: str, has_bias: bool) -> None:
    assert _fused.has_bias(parse.parse(text)[0].root) is has_bias


#: family, a network, the layers that give its projections
MEMBERS = [
    (ATTENTION, MULTIHEAD, []),
    (ATTENTION, attention(v=L, q=L, k=L), ["q", "k", "v"]),
    (ATTENTION, attention(kv=lin(8, 16), q=L), ["q", "kv"]),
    (GATED, mlp(w1=WIDE, w2=NARROW, w3=WIDE), ["w1", "w3"]),
]


@pytest.mark.parametrize(("family", "text", "names"), MEMBERS)
def test_members(family: tuple[str, ...], text: str, names: list[str]) -> None:
    assert [each.layer.name for each in _fused.members_of(site_of(text, family), family)] == names
