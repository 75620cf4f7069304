"""What classes of somebody hold and do not print: one row a print, what is left alone first."""

from __future__ import annotations

import pytest

from archdiff import parse
from archdiff.semantics import rules
from archdiff.semantics.unprinted import ACTIVATION, HEADS, SETTINGS, TOP_K, network_class, unprinted_settings

CONV = "Conv2d(8, 8, kernel_size=(3, 3), stride=(1, 1))"


def linear(inputs: int = 8, outputs: int = 8) -> str:
    return f"Linear(in_features={inputs}, out_features={outputs}, bias=True)"


def block(class_name: str, **children: str) -> str:
    lines = "\n".join(f"({name}): {child}" for name, child in children.items())
    return f"{class_name}(\n  " + lines.replace("\n", "\n  ") + "\n)"


def found(text: str) -> list[tuple[str, str, str, int]]:
    (network,) = parse.parse(f"{text}\n")
    return [
        (each.setting, each.class_name, each.path, each.layers)
        for each in unprinted_settings(rules.normalize(network).root)[0]
    ]


NORM = "LayerNorm((8,), eps=1e-05, elementwise_affine=True)"
MIXER = block("Mixer", q=linear(), k=linear(), v=linear())
UP, DOWN = linear(8, 32), linear(32, 8)


def blocks(times: int, text: str) -> str:
    return block("ModuleList", **{f"0-{times - 1}": f"{times} x {text}"})


EXPERTS = blocks(4, block("Expert", up=UP, act="GELU()", down=DOWN))

LEFT_ALONE = [
    ("layers that are known", block("Net", conv=CONV, bn="BatchNorm2d(8)", act="ReLU()", pool="MaxPool2d(2)")),
    ("a Q-network", block("Net", body=block("Head", q=linear(), v=linear()))),
    ("attention of torch", block("Net", attn=block("MultiheadAttention", out_proj=linear()))),
    ("attention over channels", block("Net", ca=block("ChannelAttention", fc1=CONV, act="ReLU()", fc2=CONV))),
    (
        "attention around another",
        block("Net", a=block("BertAttention", output=block("Out", dense=linear(), norm=NORM))),
    ),
    ("a gate without experts", block("Net", se=block("SqueezeExcite", conv=CONV, gate="Sigmoid()"))),
    ("a feed-forward part with a gate", block("Net", m=block("Mlp", gate_proj=UP, up_proj=UP, down_proj=DOWN))),
    ("an activation that is printed", block("Net", m=block("Mlp", fc1=UP, act="GELU()", fc2=DOWN))),
    ("an activation of a class of somebody", block("Net", m=block("Mlp", fc1=UP, act="Swish2(beta=1)", fc2=DOWN))),
    ("a bottleneck", block("Net", m=block("Adapter", down=linear(8, 2), up=linear(2, 8)))),
    ("a whole network", block("Mlp", fc1=UP, fc2=DOWN)),
    ("in a Sequential", block("Net", m=block("Sequential", **{"0": UP, "1": DOWN}))),
    ("a class that prints its settings", block("Net", a="Scale(factor=2.0)")),
    ("a network that prints nothing", "Net()"),
]


@pytest.mark.parametrize("text", [case[1] for case in LEFT_ALONE], ids=[case[0] for case in LEFT_ALONE])
def test_prints_that_leave_nothing_open(text: str) -> None:
    assert found(text) == []


OPEN = [
    ("projections apart", block("Net", a=MIXER), (HEADS, "Mixer", "a", 1)),
    ("one projection", block("Net", a=block("Mixer", qkv=UP, proj=linear())), (HEADS, "Mixer", "a", 1)),
    ("one that only the class explains", block("Net", a=block("SelfAttn", in_proj=UP)), (HEADS, "SelfAttn", "a", 1)),
    (
        "projections of an unknown class",
        block("Net", a=block("SelfAttn", query="QLinear(bits=8)", key="QLinear(bits=8)")),
        (HEADS, "SelfAttn", "a", 1),
    ),
    ("projections of convolutions", block("Net", a=block("Attn", to_qkv=CONV, to_out=CONV)), (HEADS, "Attn", "a", 1)),
    (
        "weights that are bare parameters",
        block("Net", a=block("XLNetAttention", norm=NORM, drop="Dropout(p=0.1)")),
        (HEADS, "XLNetAttention", "a", 1),
    ),
    ("in folded blocks", block("Net", layers=blocks(12, block("Layer", a=MIXER))), (HEADS, "Mixer", "layers.0.a", 12)),
    ("in a wrapper", block("DataParallel", module=block("Net", a=MIXER)), (HEADS, "Mixer", "module.a", 1)),
    ("in a ModuleDict", block("Net", d=block("ModuleDict", **{"x-y": MIXER})), (HEADS, "Mixer", "d.x-y", 1)),
    ("the network itself", MIXER, (HEADS, "Mixer", "", 1)),
    ("a gate beside experts", block("Net", m=block("MoE", gate=linear(8, 4), experts=EXPERTS)), (TOP_K, "MoE", "m", 1)),
    ("a router of somebody", block("Net", m=block("MoE", router="TopK()", experts=EXPERTS)), (TOP_K, "MoE", "m", 1)),
    (
        "a router whose experts are parameters",
        block("Net", m=block("MoE", router=block("Gating", layer=linear(8, 4)))),
        (TOP_K, "MoE", "m", 1),
    ),
    (
        "two maps without an activation",
        block("Net", m=block("Mlp", fc1=UP, drop="Dropout(p=0.1)", fc2=DOWN)),
        (ACTIVATION, "Mlp", "m", 1),
    ),
    ("a leaf of somebody", block("Net", a=CONV, r="RotaryCat()"), (SETTINGS, "RotaryCat", "r", 1)),
    ("the same twice", block("Net", a="Permute()", b=CONV, c="Permute()"), (SETTINGS, "Permute", "a", 2)),
]


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in OPEN], ids=[case[0] for case in OPEN])
def test_prints_that_leave_a_setting_open(text: str, expected: tuple[str, str, str, int]) -> None:
    assert found(text) == [expected]


AROUND = [
    ("no norm around it", block("Net", layer=block("Layer", a=MIXER)), ("Layer", False)),
    ("a norm around it", block("Net", layer=block("Layer", norm=NORM, a=MIXER)), ("Layer", True)),
    ("in a list of the block", block("Net", norm=NORM, a=block("ModuleList", **{"0": MIXER})), ("Net", True)),
]


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in AROUND], ids=[case[0] for case in AROUND])
def test_the_block_around_an_attention(text: str, expected: tuple[str, bool]) -> None:
    (network,) = parse.parse(f"{text}\n")
    ((each,),) = unprinted_settings(rules.normalize(network).root)
    assert (each.block, each.block_normalizes) == expected
    assert each.classes == (expected[0], "Mixer")


def test_where_it_stands() -> None:
    text = block("Net", a=CONV, layers=blocks(2, block("Layer", n=NORM, a=MIXER)))
    (network,) = parse.parse(f"{text}\n")
    ((each,),) = unprinted_settings(rules.normalize(network).root)
    assert text.split("\n")[each.line - 1].strip() == "(a): Mixer("


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (block("Sequential", **{"0": CONV, "1": "ReLU()"}), ""),
        (block("Net", conv=CONV), "Net"),
        (block("DataParallel", module=block("Net", conv=CONV)), "Net"),
    ],
)
def test_the_class_of_the_network(text: str, expected: str) -> None:
    (network,) = parse.parse(f"{text}\n")
    assert network_class(rules.normalize(network).root) == expected
