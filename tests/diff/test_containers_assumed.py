"""What equality takes for granted of a forward that no print holds.

The headline says so, and where shapes or names speak against it, the verdict is unknown.
"""

from __future__ import annotations

import pytest

from archdiff import api, parse
from archdiff.report import _summary

LINEAR = "Linear(in_features=8, out_features=8, bias=True)"
CONV = "Conv2d(8, 8, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))"
BARE = CONV.replace("(1, 1))", "(1, 1), bias=False)")
WIDE = CONV.replace("8, 8", "16, 8")
NORM = "BatchNorm2d(8, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)"
SCALE = NORM.replace("affine=True", "affine=False")
POOL = "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)"
UNPOOL = "MaxUnpool2d(kernel_size=(2, 2), stride=(2, 2), padding=(0, 0))"
UP = "Upsample(scale_factor=2.0, mode='nearest')"
ADD = "ReLU(inplace=True)"
OWN = "if nothing else uses the tensor that a layer overwrites in place"
WINNERS = (
    "KWinners(n=8, percent_on=0.5, boost_strength=0.0, boost_strength_factor=1.0, k_inference_factor=1.0, "
    "duty_cycle_period=1000, relu={})"
)


def holding(class_name: str, **children: str) -> str:
    lines = "".join(f"  ({name}): {child}\n" for name, child in children.items())
    return f"{class_name}(\n{lines})".replace("_0", "0").replace("_1", "1").replace("_2", "2")


def inner(class_name: str, **children: str) -> str:
    return holding(class_name, **children).replace("\n", "\n  ")


POSITIONS = inner("PositionalEncoding", dropout="Dropout(p=0.1, inplace=False)")
PART = inner("Sequential", _0="ReLU()", _1="Dropout(p=0.5, inplace=False)")
ONE = inner("Sequential", _0="Tanh()")


def in_place(text: str) -> tuple[str, str]:
    return text, text.replace(ADD, "ReLU()")


def cnn(class_name: str, first: str, second: str, **behind: str) -> tuple[str, str]:
    """Two layers behind a convolution in both orders, under their own names."""
    return (
        holding(class_name, conv=CONV, a=first, b=second, **behind),
        holding(class_name, conv=CONV, b=second, a=first, **behind),
    )


def biases(class_name: str, norm: str = "bn") -> tuple[str, str]:
    return holding(class_name, conv=CONV, **{norm: NORM}), holding(class_name, conv=BARE, **{norm: NORM})


def rows(**before: str) -> tuple[str, str]:
    """A bias before a norm that works on the features of rows, but on another dimension of maps."""
    norm = NORM.replace("2d", "1d")
    return (
        holding("Sequential", **before, fc=LINEAR, bn=norm),
        holding("Sequential", **before, fc=LINEAR.replace("bias=True", "bias=False"), bn=norm),
    )


def winners(class_name: str) -> tuple[str, str]:
    return (
        holding(class_name, fc=LINEAR, act="ReLU()", kw=WINNERS.format(False)),
        holding(class_name, fc=LINEAR, kw=WINNERS.format(True)),
    )


HEAD = {"flat": "Flatten(start_dim=1, end_dim=-1)", "fc": "Linear(in_features=128, out_features=10, bias=True)"}
SKIP = {"up": UP, "out": WIDE}

#: id, candidate and reference, verdict, what the headline takes for granted
CASES = [
    # order: nothing where it is known, said where it is taken, unknown where something else takes what runs between
    ("sequential", cnn("Sequential", "ReLU()", POOL), "equivalent", ""),
    ("root", cnn("Net", "ReLU()", POOL), "unknown", ""),
    ("no-chain", cnn("Block", "ReLU()", POOL), "unknown", ""),
    ("chain", (holding("Block", _0=CONV, _1="ReLU()", _2=POOL), holding("Block", _0=CONV, _1=POOL, _2="ReLU()")),
     "equivalent", "Block"),
    ("chain-whose-class-adds", (holding("ResBlock", _0=CONV, _1="ReLU()", _2=POOL),
                                holding("ResBlock", _0=CONV, _1=POOL, _2="ReLU()")), "unknown", ""),
    ("chain-that-adds", cnn("ResidualBlock", "ReLU()", POOL), "unknown", ""),
    ("chain-with-a-gate", cnn("Block", "ReLU()", POOL, gate="Sigmoid()"), "unknown", ""),
    ("root-that-adds", cnn("ResNet", "ReLU()", POOL, **HEAD), "unknown", ""),
    ("root-with-a-shortcut", cnn("Net", "ReLU()", POOL, **HEAD, shortcut="Identity()"), "unknown", ""),
    ("behind-a-block", (holding("Net", b=inner("Block", a=LINEAR, r="ReLU()", t="Tanh()", c=LINEAR)),
                        holding("Net", b=inner("Block", a=LINEAR, t="Tanh()", r="ReLU()", c=LINEAR))), "unknown", ""),
    ("root-whose-shapes-agree", cnn("Net", "ReLU()", POOL, **HEAD), "equivalent", "Net"),
    ("training-only", cnn("Net", SCALE, POOL, **HEAD), "unknown", ""),
    ("a-later-layer-takes-more", cnn("UNet", "ReLU()", POOL, **SKIP), "unknown", ""),
    ("an-unpool-takes-the-places", cnn("SegNet", "ReLU6()", POOL, unpool=UNPOOL), "unknown", ""),
    # what does nothing may be a branch
    ("idle", (holding("Net", a=LINEAR, proj="Identity()"), holding("Net", a=LINEAR)), "cosmetic", "Net"),
    ("idle-by-a-name", (holding("Net", a=LINEAR, skip="Identity()"), holding("Net", a=LINEAR)), "unknown", ""),
    ("idle-in-a-class-that-adds", (holding("ResBlock", a=LINEAR, proj="Identity()"), holding("ResBlock", a=LINEAR)),
     "unknown", ""),
    # a bias before a norm
    ("bias", biases("Sequential"), "equivalent", ""),
    ("bias-of-rows", rows(), "equivalent", "if the input of Linear has one dimension besides the batch"),
    ("bias-of-flat-rows", rows(_2="Flatten(start_dim=1, end_dim=-1)"), "equivalent", ""),
    ("bias-in-a-chain", biases("ConvBlock"), "equivalent", "ConvBlock"),
    ("bias-beside-an-identity", biases("RepVGGBlock", "bn_identity"), "unknown", ""),
    # ReLU before k-winners
    ("winners", winners("Sequential"), "equivalent", ""),
    ("winners-in-a-chain", winners("Block"), "equivalent", "Block"),
    # a container that holds nothing stands for no layer
    ("cut-head", (holding("Net", a=LINEAR, fc=LINEAR), holding("Net", a=LINEAR, fc="Sequential()")), "function", ""),
    ("cut-act", (holding("Net", a=LINEAR, act="ReLU()"), holding("Net", a=LINEAR, act="Sequential()")), "function", ""),
    ("cut-listed", (holding("Sequential", a=LINEAR, b=LINEAR), holding("Sequential", a=LINEAR, b="ModuleList()")),
     "function", ""),
    # a block of somebody that moved is more than what is in it
    ("moved-block", (holding("Sequential", a=POSITIONS, b=LINEAR), holding("Sequential", b=LINEAR, a=POSITIONS)),
     "unknown", ""),
    ("moved-past", (holding("Sequential", a=POSITIONS, b="ReLU()"), holding("Sequential", b="ReLU()", a=POSITIONS)),
     "unknown", ""),
    # layers that exchanged their places under names that stay
    ("exchanged", (holding("Net", a=LINEAR, b=PART, c=LINEAR), holding("Net", a=PART, b=LINEAR, c=LINEAR)), "unknown",
     ""),
    ("exchanged-one", (holding("Net", a=LINEAR, b=ONE, c=LINEAR), holding("Net", a=ONE, b=LINEAR, c=LINEAR)), "unknown",
     ""),
    # what works in place
    ("in-place", in_place(holding("Sequential", _0=ADD, _1=CONV)), "cosmetic", ""),
    ("in-place-behind-what-needs-it", in_place(holding("Sequential", a=CONV, b="Sigmoid()", c=ADD)), "training", ""),
    ("in-place-behind-it-in-a-class", in_place(holding("Net", a="Sigmoid()", b=ADD, c=CONV, d=CONV)), "unknown", ""),
    ("in-place-behind-it-once-what-is-idle-goes",
     (holding("Net", a="Tanh()", up=UP.replace("2.0", "1.0"), b=ADD, c=CONV, d=CONV),
      holding("Net", a="Tanh()", b=ADD, c=CONV, d=CONV)), "unknown", ""),
    ("in-place-below-zero", (holding("Sequential", a=LINEAR, b="LeakyReLU(negative_slope=-0.1)"),
                             holding("Sequential", a=LINEAR, b="LeakyReLU(negative_slope=-0.1, inplace=True)")),
     "training", ""),
    ("in-place-behind-a-layer", in_place(holding("Block", conv=CONV, act=ADD, out=CONV)), "cosmetic", OWN),
    ("in-place-in-a-chain", in_place(holding("Sequential", a=inner("ConvBlock", c=CONV, r=ADD), b=CONV)), "cosmetic",
     OWN),
    ("in-place-first", in_place(holding("Block", act=ADD, conv=CONV, out=CONV)), "unknown", ""),
    ("in-place-behind-a-dropout", in_place(holding("Block", d="Dropout(p=0.1)", act=ADD, a=CONV, b=CONV)), "unknown",
     ""),
    ("in-place-first-in-a-part", in_place(holding("Block", c=CONV, f=inner("Sequential", _0=ADD, _1=CONV))), "unknown",
     ""),
    ("in-place-later-in-a-part", in_place(holding("Block", c=CONV, f=inner("Sequential", _0=CONV, _1=ADD))), "cosmetic",
     ""),
    ("in-place-in-a-list", in_place(holding("Mixed", ops=inner("ModuleList", _0=CONV, _1=ADD))), "unknown", ""),
]  # fmt: skip


@pytest.mark.parametrize(("texts", "verdict", "taken"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
@pytest.mark.parametrize("mirrored", [False, True])
def test_what_is_taken_for_granted(texts: tuple[str, str], verdict: str, taken: str, mirrored: bool) -> None:
    ours, theirs = (parse.parse(text)[0] for text in texts)
    sides = (ours, theirs)
    outcome = api.compare_networks(*(sides[::-1] if mirrored else sides))
    assert outcome.verdict == verdict
    told = _summary.verdict(outcome)
    expected = taken if " " in taken else f"if {taken} runs its children in printed order"
    assert told.endswith(expected) if taken else " if " not in told


def test_a_part_of_a_larger_print() -> None:
    """Its root has a name, and all that holds for a root holds for it."""
    texts = [text.replace("Block(", "(b): Block(", 1) for text in winners("Block")]
    ours, theirs = (parse.parse(text)[0] for text in texts)
    outcome = api.compare_networks(ours, theirs)
    (finding,) = (each for each in outcome.findings if each.rule == "AD601")
    assert finding.message.endswith("if Block runs its children in printed order")


#: id, class, names of two equal layers and of one behind them in the candidate and in the reference, verdict
EXCHANGED = [
    ("1-shifted", "Block", ("b", "c", "z"), ("a", "b", "z"), "cosmetic"),
    ("2-one-lost-its-name", "Block", ("c", "a", "z"), ("a", "b", "z"), "cosmetic"),
    ("3-exchanged", "Block", ("b", "a", "z"), ("a", "b", "z"), "unknown"),
    ("4-exchanged-beside-another-name", "Block", ("b", "a", "y"), ("a", "b", "z"), "unknown"),
    ("5-in-order", "Sequential", ("b", "a", "y"), ("a", "b", "z"), "cosmetic"),
]


@pytest.mark.parametrize(
    ("class_name", "ours", "theirs", "verdict"), [case[1:] for case in EXCHANGED], ids=[case[0] for case in EXCHANGED]
)
def test_equal_layers_under_exchanged_names(
    class_name: str, ours: tuple[str, ...], theirs: tuple[str, ...], verdict: str
) -> None:
    """In a class of somebody names say which is which, as long as both have them."""
    sides = [
        parse.parse(holding(class_name, **dict(zip(names, (LINEAR, LINEAR, "Tanh()"), strict=True))))[0]
        for names in (ours, theirs)
    ]
    for a, b in (sides, sides[::-1]):
        outcome = api.compare_networks(a, b)
        assert outcome.verdict == verdict
        assert any(each.hint for each in outcome.findings) is (verdict == "unknown")


RENAMED = [  # id, candidate, reference, what the headline takes for granted
    ("in-a-class", holding("Net", a=LINEAR, skip="Tanh()"), holding("Net", a=LINEAR, gate="Tanh()"),
     "if Net calls skip where the reference calls gate"),
    ("a-block", holding("Net", a=LINEAR, old=PART), holding("Net", a=LINEAR, new=PART),
     "if Net calls old where the reference calls new"),
    ("keys", holding("Net", d=inner("ModuleDict", x=LINEAR)), holding("Net", d=inner("ModuleDict", y=LINEAR)),
     "if Net calls x where the reference calls y"),
    ("in-order", holding("Sequential", a=LINEAR, b="Tanh()"), holding("Sequential", c=LINEAR, b="Tanh()"), ""),
    ("in-order-in-a-class", holding("Net", s=inner("Sequential", a=LINEAR)),
     holding("Net", s=inner("Sequential", b=LINEAR)), ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("candidate", "reference", "taken"), [case[1:] for case in RENAMED], ids=[case[0] for case in RENAMED]
)
def test_what_other_names_take_for_granted(candidate: str, reference: str, taken: str) -> None:
    """A forward calls its layers by name, so that under other names it is other code."""
    outcome = api.compare_networks(parse.parse(candidate)[0], parse.parse(reference)[0])
    told = _summary.verdict(outcome)
    assert outcome.verdict == "cosmetic"
    assert told.endswith(taken) if taken else " if " not in told
