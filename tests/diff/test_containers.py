"""Another container around equal layers: what is spelling, what is taken for it, and what no print decides."""

from __future__ import annotations

import pytest

from archdiff import api, parse

LINEAR = "Linear(in_features=8, out_features=8, bias=True)"
CONV = "Conv2d(8, 8, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))"
BN = "BatchNorm2d(8, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)"
LN = "LayerNorm((8,), eps=1e-05, elementwise_affine=True)"


def holding(class_name: str, *children: str, settings: str = "", **named: str) -> str:
    """A container of children under numbers, then of those with names."""
    both = {**{str(index): child for index, child in enumerate(children)}, **named}
    lines = [settings] if settings else []
    lines += [f"({name}): {child}" for name, child in both.items()]
    return f"{class_name}(\n  " + "\n".join(lines).replace("\n", "\n  ") + "\n)"


def around(child: str) -> str:
    """A network of somebody that holds a part between two layers of its own."""
    return holding("Net", stem=CONV, body=child, head=CONV)


def residual(class_name: str) -> str:
    return holding(class_name, conv1=CONV, bn1=BN, conv2=CONV, bn2=BN, relu="ReLU()")


def encoder(class_name: str) -> str:
    attention = holding("Attention", out_proj=LINEAR)
    return holding(class_name, self_attn=attention, norm1=LN, fc1=LINEAR, fc2=LINEAR, norm2=LN)


def gpt(class_name: str) -> str:
    mlp = holding("MLP", fc=LINEAR, act="GELU(approximate='none')", proj=LINEAR)
    return holding(class_name, ln_1=LN, attn=holding("Attn", c_proj=LINEAR), ln_2=LN, mlp=mlp)


def listed(*blocks: str) -> str:
    return holding("Model", h=holding("ModuleList", *blocks), ln_f=LN)


def experts(class_name: str) -> str:
    return holding("MoE", router=LINEAR, experts=holding(class_name, *[MLP] * 3))


def stack(class_name: str) -> str:
    return holding("Encoder", layers=holding(class_name, *[holding("Block", fc=LINEAR, norm=LN)] * 3), head=LINEAR)


def scaled(class_name: str, settings: str = "") -> str:
    return around(holding(class_name, conv=CONV, bn=BN, settings=settings))


def wrapped(times: int) -> str:
    block = holding("DataParallel", module=holding("Block", fc=LINEAR, act="ReLU()")).replace("\n", "\n  ")
    return f"Sequential(\n  (0-{times - 1}): {times} x {block}\n)"


MLP = holding("Mlp", up=LINEAR, act="ReLU()", down=LINEAR)
TOWER = holding("Sequential", LINEAR, "ReLU()")
WIDE = "Linear(in_features=16, out_features=8, bias=True)"  # takes both towers beside each other
CONV_BLOCK = holding("ConvBlock", conv=CONV, bn=BN, act="ReLU()")
INNER = holding("Net", fc1=LINEAR, act="ReLU()", fc2=LINEAR)
SCALED = holding("Scaled", conv=CONV, bn=BN, settings="scale=0.5")
MIRRORED = {"AD103": "AD104"}
TAKEN, UNKNOWN = ["AD108 cosmetic"], ["AD108 unknown"]

#: id, candidate, reference, verdict, findings beside other names and facts that are not printed
CASES = [
    # runs its children in order, whatever it is called
    ("data-parallel", holding("DataParallel", module=INNER), INNER, "cosmetic", []),
    ("compiled-inside", around(holding("OptimizedModule", _orig_mod=CONV)), around(CONV), "cosmetic", []),
    ("wrapped-blocks", wrapped(4), wrapped(4), "identical", []),
    ("one-wrapped-block-more", wrapped(4), wrapped(3), "function", ["AD106 function"]),
    ("sequentials", holding("Sequential", TOWER, LN), holding("Sequential", LINEAR, "ReLU()", LN), "cosmetic", []),
    # taken to combine its layers alike: it is the root, or a chain of one weighted layer
    ("bart-at-the-root", encoder("MBartLayer"), encoder("BartLayer"), "cosmetic", TAKEN),
    ("gpt-at-the-root", gpt("GPT2Block"), gpt("Block"), "cosmetic", TAKEN),
    ("two-names-of-a-chain", around(CONV_BLOCK), around(CONV_BLOCK.replace("Block", "Unit")), "cosmetic", TAKEN),
    (
        "a-chain-and-loose-layers",
        holding("Sequential", CONV_BLOCK, CONV),
        holding("Sequential", CONV, BN, "ReLU()", CONV),
        "cosmetic",
        TAKEN,
    ),
    ("around-the-whole-network", holding("LitModel", model=INNER), INNER, "cosmetic", TAKEN),
    ("one-repeated-block", stack("ModuleList"), stack("Sequential"), "cosmetic", TAKEN),
    # no print decides
    ("residual-at-the-root", residual("PlainBlock"), residual("ResBlock"), "unknown", UNKNOWN),
    ("cross-attention-at-the-root", gpt("CrossAttention"), gpt("Attention"), "unknown", UNKNOWN),
    (
        "a-sum-around-layers",
        holding("Sequential", CONV, holding("Add", LINEAR, "ReLU()")),
        holding("Sequential", CONV, LINEAR, "ReLU()"),
        "unknown",
        UNKNOWN,
    ),
    ("residual-inside", around(residual("PlainBlock")), around(residual("ResBlock")), "unknown", UNKNOWN),
    ("bart-inside", listed(*[encoder("MBartLayer")] * 2), listed(*[encoder("BartLayer")] * 2), "unknown", UNKNOWN),
    ("gpt-inside", listed(*[gpt("GPT2Block")] * 2), listed(*[gpt("Block")] * 2), "unknown", UNKNOWN),
    ("experts-beside-a-router", experts("ModuleList"), experts("Sequential"), "unknown", UNKNOWN),
    (
        "a-list-of-other-layers",
        around(holding("ModuleList", CONV, BN, CONV)),
        around(holding("Sequential", CONV, BN, CONV)),
        "unknown",
        UNKNOWN,
    ),
    (
        "towers-of-a-class",
        around(holding("Towers", left=TOWER, right=TOWER)),
        around(holding("Sequential", left=TOWER, right=TOWER)),
        "unknown",
        UNKNOWN,
    ),
    (
        "towers-of-the-root",
        holding("Net", left=TOWER, right=TOWER, head=WIDE),
        holding("Net", both=holding("Sequential", left=TOWER, right=TOWER), head=WIDE),
        "unknown",
        UNKNOWN,
    ),
    (
        "towers-inside",
        holding("Net", body=holding("Body", left=TOWER, right=TOWER), head=LINEAR),
        holding("Net", body=holding("Body", both=holding("Sequential", left=TOWER, right=TOWER)), head=LINEAR),
        "unknown",
        UNKNOWN,
    ),
    (
        "a-skip-around-one-layer",
        holding("Sequential", holding("SkipConnection", LINEAR), "ReLU()"),
        holding("Sequential", LINEAR, "ReLU()"),
        "unknown",
        UNKNOWN,
    ),
    (
        "a-residual-chain",
        holding("Sequential", CONV_BLOCK.replace("ConvBlock", "ResConv"), CONV),
        holding("Sequential", CONV, BN, "ReLU()", CONV),
        "unknown",
        UNKNOWN,
    ),
    (
        "a-block-of-two-convolutions-beside-one",
        holding("Sequential", residual("BasicBlock"), CONV),
        holding("Sequential", CONV, BN, CONV, BN, "ReLU()", CONV),
        "unknown",
        UNKNOWN,
    ),
    (
        "a-class-of-torch's-name",
        holding("Sequential", LINEAR, holding("ReLU", _net="ReLU()"), LN),
        holding("Sequential", LINEAR, "ReLU()", LN),
        "unknown",
        UNKNOWN,
    ),
    ("a-class-without-a-body", around("ConvBlock()"), around(CONV_BLOCK), "unknown", UNKNOWN),
    ("a-root-without-a-body", "Net()", INNER, "unknown", UNKNOWN),
    # settings of its own
    ("equal-settings", around(SCALED), around(SCALED), "identical", []),
    ("other-settings", around(SCALED), scaled("Scaled", "scale=0.1"), "function", ["AD301 function"]),
    ("settings-of-one-side", around(SCALED), scaled("Scaled"), "unknown", ["AD301 unknown"]),
    ("settings-and-another-class", around(SCALED), scaled("Sequential"), "unknown", [*UNKNOWN, "AD301 unknown"]),
    (
        "settings-speak-against-a-chain",
        holding("Sequential", SCALED, "ReLU()"),
        holding("Sequential", CONV, BN, "ReLU()"),
        "unknown",
        UNKNOWN,
    ),
    (
        "three-chains-for-two",
        holding("Net", *[holding("Sequential", CONV, "ReLU()")] * 3),
        holding("Net", holding("Sequential", CONV, "ReLU()", CONV), holding("Sequential", "ReLU()", CONV, "ReLU()")),
        "cosmetic",
        TAKEN * 2,
    ),
    (
        "a-chain-in-a-class",
        holding("Net", net=holding("Sequential", "ReLU()", LINEAR, holding("Sequential", "ReLU()"))),
        holding("Net", "ReLU()", LINEAR, holding("Sequential", "ReLU()")),
        "cosmetic",
        TAKEN * 2,
    ),
    # what holds nothing is nothing
    (
        "an-empty-list",
        holding("Net", fc=LINEAR, more="ModuleList()"),
        holding("Net", fc=LINEAR),
        "cosmetic",
        ["AD104 cosmetic"],
    ),
    (
        "None",
        holding("Net", fc=LINEAR, aux="None"),
        holding("Net", fc=LINEAR),
        "cosmetic",
        ["AD104 cosmetic"],
    ),
    (
        "None-for-a-layer",
        holding("Sequential", fc=LINEAR, act="None"),
        holding("Sequential", fc=LINEAR, act="ReLU()"),
        "function",
        ["AD104 function", "AD104 cosmetic"],
    ),
    (
        "nothing-under-another-name",
        holding("Net", fc=LINEAR, aux="None", more="ModuleList()"),
        holding("Net", fc=LINEAR, head="None", rest="ModuleList()"),
        "cosmetic",
        [],
    ),
]


@pytest.mark.parametrize(
    ("candidate", "reference", "verdict", "rules"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
@pytest.mark.parametrize("mirrored", [False, True])
def test_another_container(candidate: str, reference: str, verdict: str, rules: list[str], mirrored: bool) -> None:
    ours, theirs = (parse.parse(f"{text}\n")[0] for text in (candidate, reference))
    sides = (ours, theirs)
    outcome = api.compare_networks(*(sides[::-1] if mirrored else sides))
    found = [each for each in outcome.findings if each.rule not in ("AD107", "AD302", "AD701")]
    assert outcome.verdict == verdict
    assert [f"{MIRRORED.get(each.rule, each.rule)} {each.effect.word}" for each in found] == rules


EMPTY = holding("Sequential", LINEAR, "Sequential()")
OTHERWISE = [
    ("one-more", EMPTY, holding("Sequential", LINEAR, "Sequential()", "Sequential()"),
     "nothing, not (2): Sequential()"),
    ("nested", EMPTY, holding("Sequential", LINEAR, holding("Sequential", "Sequential()")),
     "nothing, not (0): Sequential()"),
    ("a-number-or-a-truth", holding("Sequential", "Foo(x=1)"), holding("Sequential", "Foo(x=1.0)"),
     "(0): Foo(x=1), not (0): Foo(x=1.0)"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("candidate", "reference", "told"), [case[1:] for case in OTHERWISE], ids=[case[0] for case in OTHERWISE]
)
def test_nothing_that_is_printed_otherwise_is_identical(candidate: str, reference: str, told: str) -> None:
    ours, theirs = (parse.parse(f"{text}\n")[0] for text in (candidate, reference))
    sides = (ours, theirs)
    found = [each.message for each in api.compare_networks(*sides).findings]
    assert found == [f"printed differently, which changes no layer: {told}"]
    assert [api.compare_networks(a, b).verdict for a, b in (sides, sides[::-1])] == ["cosmetic", "cosmetic"]


def test_a_finding_at_the_layer_that_ends_a_window() -> None:
    """What stands before it holds nothing to mend: GroupNorm alone is found in another container."""
    inner = "(act): ZeroPad2d((0, 0, 0, 0))", "(res): ELU(alpha=1.0)", "(mix): ChannelShuffle(groups=2)"
    norm = "(b): GroupNorm(4, 4, eps=1e-05, affine=True)"
    part = "\n".join(("(a): Gated(", *inner, ")"))
    flat = "\n".join(("Net(", part, norm, ")"))
    nested = "\n".join(("Net(", "(a): Gated(", part, norm, ")", ")"))
    sides = [parse.parse(f"{text}\n")[0] for text in (nested, flat)]
    assert [api.compare_networks(a, b).verdict for a, b in (sides, sides[::-1])] == ["unknown", "unknown"]
