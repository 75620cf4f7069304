# ruff: noqa: E501  (tables: a case a line)
"""How many blocks stand in each stage: several stages are one decision, one stage is a finding."""

from __future__ import annotations

from answers import holding
from diff.decisions.prints import Case, batch_norm, block, conv, decisions_test, linear, net, ordered, transformer


def stages(*depths: int) -> str:
    """A list of blocks for each number, as a ResNet has them."""
    return net(**{f"layer{at}": blocks(depth) for at, depth in enumerate(depths, 1)})


def blocks(depth: int, convolution: str = conv(8, 8)) -> str:
    return ordered(*[holding("BasicBlock", conv=convolution)] * depth)


def folded(**depths: int) -> str:
    """Three equal blocks, printed once, that hold lists of blocks."""
    block = holding("Block", **{name: blocks(depth) for name, depth in depths.items()})
    return net(layers=ordered(block)).replace("(0): Block(", "(0-2): 3 x Block(")


def rated(*rates: float) -> str:
    """Blocks with stochastic depth."""
    return net(
        layers=ordered(*(holding("Block", fc=linear(8, 8), drop=f"DropPath(drop_prob={rate})") for rate in rates))
    )


def dense(*depths: int, growth: int = 8, ends: int | None = None) -> str:
    """Dense blocks, each layer of which adds as many channels, with a layer between two that halves their number."""
    parts: dict[str, str] = {"conv0": conv(3, 2 * growth)}
    width = 2 * growth
    for at, depth in enumerate(depths, 1):
        layers = [holding("DenseLayer", conv=conv(width + growth * number, growth)) for number in range(depth)]
        parts[f"block{at}"] = holding("DenseBlock", **{f"layer{number}": each for number, each in enumerate(layers)})
        width += growth * depth
        if at < len(depths):
            parts[f"transition{at}"] = conv(width, width // 2, 1)
            width //= 2
    return net(**parts, norm=batch_norm(ends or width))


def falling(*widths: tuple[int, ...], ends: int) -> str:
    """A list of blocks for each tuple, in which each block takes less than the one before it."""
    lists = [ordered(*(holding("BasicBlock", conv=conv(width, width)) for width in each)) for each in widths]
    return net(**{f"layer{at}": each for at, each in enumerate(lists, 1)}, norm=batch_norm(ends))


def inverted(*expands: bool) -> str:
    """Blocks of a MobileNetV2, of which some begin with a 1x1 convolution."""
    return net(features=ordered(*(holding("Inverted", conv=_layers(expands_here)) for expands_here in expands)))


def _layers(expands: bool) -> str:
    chain = holding("ConvNorm", conv(8, 8, 1), batch_norm(8))
    return ordered(*[chain] * expands, holding("ConvNorm", conv(8, 8), batch_norm(8)), conv(8, 8, 1), batch_norm(8))


TWO_BLOCKS = [holding("BasicBlock", conv=conv(8, 8))] * 2
CONVOLUTION = conv(8, 8), "ReLU()"
POOL = "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)"


def vgg(one: int, two: int, three: int, *more: str) -> str:
    """Convolutions with a pool behind each stage of them; `more` stands before the last pool."""
    layers = [*CONVOLUTION * one, POOL, *CONVOLUTION * two, POOL, *CONVOLUTION * three, *more, POOL]
    return net(features=ordered(*layers))


#: id, candidate, reference, decisions
CASES: list[Case] = [
    # left alone
    ("one-stage", stages(4), stages(2), ["AD106 function layer1.2: the candidate has 4 BasicBlock blocks, not 2 x2"]),
    (
        "layers-of-a-list",
        net(fc=ordered(linear(8, 8), linear(8, 8))),
        net(fc=ordered(*[linear(8, 8)] * 4)),
        ["AD103 function fc.2: only in the reference: Linear x2"],
    ),
    (
        "blocks-of-one-network-alone",  # which are no list: their names end in a number
        net(conv1=conv(3, 8), conv2=conv(8, 8)),
        net(
            conv1=conv(3, 8),
            bn1=holding("NormAct", norm=batch_norm(8), act="ReLU()"),
            conv2=conv(8, 8),
            bn2=holding("NormAct", norm=batch_norm(8), act="ReLU()"),
        ),
        [
            "AD103 function bn1: only in the reference: NormAct (2 layers)",
            "AD103 function bn2: only in the reference: NormAct (2 layers)",
        ],
    ),
    (
        "one-list-beside-another-with-a-block-of-its-own",
        net(encoder=blocks(4), decoder=ordered(*TWO_BLOCKS, holding("Pool", pool="AdaptiveAvgPool2d(output_size=4)"))),
        net(encoder=blocks(2), decoder=ordered(*TWO_BLOCKS)),
        [
            "AD106 function encoder.2: the candidate has 4 BasicBlock blocks, not 2 x2",
            "AD104 function decoder.2: only in the candidate: Pool (1 layer)",
        ],
    ),
    (
        "a-layer-of-a-block",
        inverted(True, True, True),
        inverted(False, True, True),
        ["AD104 function features.0.conv.0: only in the candidate: ConvNorm (2 layers)"],
    ),
    (
        "a-layer-of-a-block-of-the-reference",
        inverted(True, False, True),
        inverted(True, True, True),
        ["AD103 function features.1.conv.0: only in the reference: ConvNorm (2 layers)"],
    ),
    # stages
    (
        "four-stages",
        stages(2, 2, 2, 2),
        stages(3, 4, 6, 3),
        ["AD109 function: 2, 2, 2, 2 blocks in the 4 stages, not 3, 4, 6, 3 x8"],
    ),
    (
        "a-stage-that-stays-is-told",
        stages(2, 4, 6),
        stages(2, 3, 3),
        ["AD109 function: 2, 4, 6 blocks in the 3 stages, not 2, 3, 3 x4"],
    ),
    (
        "one-of-three-stages",
        stages(2, 3, 2),
        stages(2, 2, 2),
        ["AD109 function: 2, 3, 2 blocks in the 3 stages, not 2, 2, 2"],
    ),
    (
        "lists-of-two-names",
        net(encoder=holding("Encoder", layer=ordered(*[holding("Layer", conv=conv(8, 8))] * 2))),
        net(transformer=holding("Encoder", h=blocks(4))),
        [
            "AD109 function: 2 blocks, not 4, in transformer.h x2",
            "AD108 unknown encoder.layer.0: Layer around these layers, not BasicBlock: no print shows how their forward methods combine the layers x2",
            "AD107 cosmetic encoder.layer.0.conv: names or nesting differ, so checkpoint keys change: encoder.layer.0.conv is transformer.h.0.conv, encoder.layer.1.conv is transformer.h.1.conv: if Net calls encoder where the reference calls transformer x2",
        ],
    ),
    (
        "stages-of-layers-with-norms",
        net(stages=ordered(*(ordered(*[holding("ConvNorm", conv(8, 8), batch_norm(8))] * each) for each in (2, 3)))),
        net(stages=ordered(*(ordered(*[holding("ConvNorm", conv(8, 8), batch_norm(8))] * each) for each in (2, 2)))),
        ["AD109 function: 2, 3 blocks in the 2 stages, not 2, 2"],
    ),
    ("all-stages-alike", stages(4, 4), stages(2, 2), ["AD109 function: 4, 4 blocks in the 2 stages, not 2, 2 x4"]),
    (
        "lists-of-other-names",
        net(enc=blocks(4), dec=blocks(5), out=blocks(2)),
        net(enc=blocks(2), dec=blocks(2), out=blocks(2)),
        ["AD109 function: 4, 5 blocks, not 2, 2, in enc and dec x5"],
    ),
    (
        "lists-of-other-names-alike",
        net(enc=blocks(4), dec=blocks(4)),
        net(enc=blocks(2), dec=blocks(2)),
        ["AD109 function: 4 blocks, not 2, in enc and dec x4"],
    ),
    (
        "lists-that-have-other-names-in-the-reference",
        net(features=blocks(5), more=blocks(4)),
        net(enc=blocks(2), dec=blocks(2)),
        [
            "AD109 function: 5, 4 blocks, not 2, 2, in features and more x5",
            "AD107 cosmetic features.0.conv: names or nesting differ, so checkpoint keys change: features.0.conv is "
            "enc.0.conv, features.1.conv is enc.1.conv, more.0.conv is dec.0.conv and more: if Net calls features where "
            "the reference calls enc x4",
        ],
    ),
    (
        "lists-in-blocks-that-are-folded",
        folded(enc=2, dec=3),
        folded(enc=4, dec=7),
        ["AD109 function: 2, 3 blocks, not 4, 7, in layers.0.enc and layers.0.dec x18"],
    ),
    (
        "stages-of-a-part-of-a-larger-print",
        f"(body): {stages(2, 3)}",
        f"(body): {stages(4, 7)}",
        [
            "AD109 unknown: 2, 3 blocks in the 2 stages, not 4, 7 x6",
            "AD103 unknown : the print of the candidate and reference is incomplete: cut off, or part of a larger one, "
            "so the rest is unknown",
        ],
    ),
    (
        "stages-of-two-rows",
        net(down0=blocks(2), down1=blocks(4), up0=blocks(3), up1=blocks(5)),
        net(down0=blocks(2), down1=blocks(2), up0=blocks(2), up1=blocks(2)),
        ["AD109 function: 4, 3, 5 blocks in the 3 stages, not 2, 2, 2 x6"],
    ),
    # stages that pools part
    (
        "convolutions-between-pools",
        vgg(1, 1, 2),
        vgg(2, 1, 3),
        ["AD109 function: 1, 1, 2 Conv2d layers between the pools, not 2, 1, 3 x4"],
    ),
    (
        "one-of-them",
        vgg(1, 1, 2),
        vgg(1, 2, 2),
        ["AD109 function: 1, 1, 2 Conv2d layers between the pools, not 1, 2, 2 x2"],
    ),
    (
        "with-another-activation-missing",
        vgg(1, 1, 2),
        vgg(1, 2, 2, "Tanh()"),
        [
            "AD109 function: 1, 1, 2 Conv2d layers between the pools, not 1, 2, 2 x2",
            "AD103 function features.12: only in the reference: Tanh",
        ],
    ),
    (
        "more-here-and-fewer-there",
        vgg(1, 2, 2),
        vgg(2, 1, 2),
        ["AD102 function features.2: MaxPool2d moved past Conv2d, ReLU"],
    ),
    (
        "without-pools",
        ordered(*CONVOLUTION),
        ordered(*CONVOLUTION * 3),
        ["AD109 function: only in the reference: Conv2d, ReLU x4"],
    ),
    # with what differs beside it
    (
        "what-follows-from-more-layers-of-a-dense-block",
        dense(2, 4, 3),
        dense(2, 6, 5),
        ["AD109 function: 2, 4, 3 blocks in the 3 stages, not 2, 6, 5 x8"],
    ),
    (
        "with-another-growth",
        dense(2, 4, 3, growth=12),
        dense(2, 6, 5),
        [
            "AD109 function: widths x 3/2: 12, 24, 36, 48, 60, not 8, 16, 24, 32, 40 x11",
            "AD109 function: 2, 4, 3 blocks in the 3 stages, not 2, 6, 5 x7",
        ],
    ),
    (
        "another-width-behind-a-dense-block",
        dense(2, 4, 3),
        dense(2, 6, 5, ends=80),
        [
            "AD109 function: 2, 4, 3 blocks in the 3 stages, not 2, 6, 5 x7",
            "AD301 function norm: num_features 48, not 80",
        ],
    ),
    (
        "widths-that-fall-to-nothing",  # so that no dense block gives them
        falling((3, 2, 1), (6, 5, 4), (9, 8, 7, 6), ends=5),
        falling((3, 2, 1), (6, 5, 4, 3), (9, 8, 7), ends=6),
        [
            "AD109 function: 3, 3, 4 blocks in the 3 stages, not 3, 4, 3 x2",
            "AD301 function norm: num_features 5, not 6",
        ],
    ),
    (
        "a-width-beside-it",
        transformer(16, [block(16, 64)] * 4),
        transformer(32, [block(32, 64)] * 2),
        [
            "AD109 function: hidden size 16, not 32 x11",
            "AD106 function layers.2: the candidate has 4 Block blocks, not 2 x2",
        ],
    ),
    (
        "rates-that-grow-to-the-same",
        rated(0.04, 0.08, 0.12, 0.16, 0.2),
        rated(0.05, 0.1, 0.15, 0.2),
        ["AD109 function: 5 blocks, not 4, in layers x4"],
    ),
]

test_decisions = decisions_test(CASES)
