# ruff: noqa: E501  (tables: a case a line)
"""Blocks of another kind: what follows from it, and what some of them have otherwise beside it."""

from __future__ import annotations

from collections.abc import Callable

from answers import holding
from diff.decisions.prints import Case, batch_norm, conv, decisions_test, linear, listed, net, ordered


def strided(inputs: int, outputs: int, kernel: int, stride: int) -> str:
    return conv(inputs, outputs, kernel).replace("stride=(1, 1)", f"stride=({stride}, {stride})")


def shortcut(inputs: int, outputs: int, stride: int) -> dict[str, str]:
    if inputs == outputs:
        return {}
    return {"downsample": ordered(strided(inputs, outputs, 1, stride), batch_norm(outputs))}


def basic(inputs: int, width: int, stride: int = 1, kernel: int = 3) -> str:
    """A residual block of two convolutions."""
    return holding(
        "BasicBlock",
        conv1=strided(inputs, width, kernel, stride),
        bn1=batch_norm(width),
        conv2=conv(width, width, kernel),
        bn2=batch_norm(width),
        **shortcut(inputs, width, stride),
    )


def bottleneck(inputs: int, width: int, stride: int = 1) -> str:
    """One of three, which gives four times its inner width."""
    return holding(
        "Bottleneck",
        conv1=conv(inputs, width, 1),
        bn1=batch_norm(width),
        conv2=strided(width, width, 3, stride),
        bn2=batch_norm(width),
        conv3=conv(width, 4 * width, 1),
        bn3=batch_norm(4 * width),
        **shortcut(inputs, 4 * width, stride),
    )


def stages(block: Callable[..., str], times: int, *others: str) -> str:
    """Two stages of two blocks, the second of half the size; `others` are the last blocks of the second."""
    return net(
        stem=conv(3, 8),
        layer1=ordered(block(8, 8), block(8 * times, 8)),
        layer2=ordered(*([block(8 * times, 16, 2), block(16 * times, 16)][: 2 - len(others)]), *others),
        fc=linear(16 * times, 10),
    )


def feed_forward(class_name: str, *projections: str) -> str:
    return holding(class_name, **{name: linear(8, 32) for name in projections}, wo=linear(32, 8))


#: id, candidate, reference, decisions
CASES: list[Case] = [
    # left alone
    (
        "another-name-and-another-stride",
        net(layers=ordered(*[holding("A", c=conv(8, 8, 1), n=batch_norm(8))] * 3)),
        net(
            layers=ordered(
                *[holding("B", c=conv(8, 8, 1).replace("stride=(1, 1)", "stride=(2, 2)"), n=batch_norm(8))] * 3
            )
        ),
        [
            "AD301 function layers.0.c: stride 1x1, not 2x2 x3",
            "AD108 cosmetic layers.0: A around these layers, not B: if A combines its layers as B does x3",
        ],
    ),
    (
        "another-name-and-another-eps",
        net(layers=ordered(*[holding("A", c=conv(8, 8), n=batch_norm(8, 1e-03))] * 3)),
        net(layers=ordered(*[holding("B", c=conv(8, 8), n=batch_norm(8))] * 3)),
        [
            "AD301 function layers.0.n: eps 0.001, not 1e-05 (small) x3",
            "AD108 cosmetic layers.0: A around these layers, not B: if A combines its layers as B does x3",
        ],
    ),
    (
        "another-kind-and-another-form-of-gelu",
        net(layers=ordered(*[holding("A", fc=linear(8, 8), act="GELU(approximate='none')")] * 3)),
        net(
            layers=ordered(
                *[
                    holding(
                        "B", fc=linear(8, 8), act="GELU(approximate='tanh')", drop="Dropout(p=0.1)", out=linear(8, 8)
                    )
                ]
                * 3
            )
        ),
        [
            "AD301 function layers.0.act: approximate none, not tanh (small: 4.7e-4 at most) x3",
            "AD109 function: A, not B, in all 3 blocks x9",
        ],
    ),
    (
        "another-container-around-all",
        net(model=holding("Encoder", layers=listed(*[basic(8, 8)] * 2))),
        net(model=holding("Transformer", norm=batch_norm(8), layers=listed(*[basic(8, 8)] * 3))),
        [
            "AD103 function model.norm: only in the reference: BatchNorm2d",
            "AD106 function model.layers.2: the candidate has 2 BasicBlock blocks, not 3",
            "AD108 cosmetic model: Encoder around these layers, not Transformer: if Encoder combines its layers as Transformer does",
        ],
    ),
    (
        "two-containers-of-stages",
        net(**{name: holding("Encoder", layers=listed(*[basic(8, 8)] * 2)) for name in ("a", "b")}),
        net(**{name: holding("Stack", norm=linear(8, 8), layers=listed(*[basic(8, 8)] * 2)) for name in ("a", "b")}),
        [
            "AD109 function: only in the reference: Linear x2",
            "AD108 unknown a: Encoder around these layers, not Stack: no print shows how their forward methods combine the layers x2",
        ],
    ),
    # a decision
    (
        "twice-the-width-in-another-kind",
        net(layers=listed(*[holding("GEGLU", proj=linear(8, 32))] * 3)),
        net(layers=listed(*[holding("GELUProjection", proj=linear(8, 16))] * 3)),
        ["AD109 function: GEGLU, not GELUProjection, in all 3 blocks x6"],
    ),
    (
        "with-shortcuts-widths-and-strides",
        stages(basic, 1),
        stages(bottleneck, 4),
        ["AD109 function: BasicBlock, not Bottleneck, in all 4 blocks x19"],
    ),
    (
        "the-other-way-round",
        stages(bottleneck, 4),
        stages(basic, 1),
        ["AD109 function: Bottleneck, not BasicBlock, in all 4 blocks x20"],
    ),
    (
        "in-one-block-of-two-stages",
        stages(bottleneck, 4, basic(64, 64)),
        stages(bottleneck, 4),
        [
            "AD109 function: BasicBlock, not Bottleneck, in 1 of 4 blocks x5",
            "AD107 cosmetic layer2.1.bn2: names or nesting differ, so checkpoint keys change: layer2.1.bn2 is layer2.1.bn3: if Bottleneck runs its children in printed order",
        ],
    ),
    (
        "a-third-projection-in-two-lists",
        net(
            encoder=listed(*[feed_forward("DenseAct", "wi")] * 2),
            decoder=listed(*[holding("Layer", mlp=feed_forward("DenseAct", "wi"))] * 2),
        ),
        net(
            encoder=listed(*[feed_forward("DenseGatedAct", "wi_0", "wi_1")] * 2),
            decoder=listed(*[holding("Layer", mlp=feed_forward("DenseGatedAct", "wi_0", "wi_1"))] * 2),
        ),
        [
            "AD109 function: DenseAct, not DenseGatedAct x8",
            "AD107 cosmetic encoder.0.wi: names or nesting differ, so checkpoint keys change: encoder.0.wi is encoder.0.wi_0, encoder.1.wi is encoder.1.wi_0, decoder.0.mlp.wi is decoder.0.mlp.wi_0 and more: if DenseGatedAct calls wi where the reference calls wi_0 x4",
        ],
    ),
    (
        "where-there-are-fewer-too",
        net(layer1=ordered(bottleneck(32, 8), bottleneck(32, 8))),
        net(layer1=ordered(basic(32, 32), basic(32, 32), basic(32, 32))),
        [
            "AD109 function: Bottleneck, not BasicBlock, in both blocks x10",
            "AD103 function layer1.2: only in the reference: BasicBlock (4 layers)",
            "AD107 cosmetic layer1.0.bn3: names or nesting differ, so checkpoint keys change: layer1.0.bn3 is layer1.0.bn2, layer1.1.bn3 is layer1.1.bn2: if BasicBlock calls bn3 where the reference calls bn2 x2",
        ],
    ),
    (
        "with-all-widths",
        net(
            stem=conv(3, 16),
            layers=ordered(*[holding("SEBlock", conv=conv(16, 16), norm=batch_norm(16), se=linear(16, 16))] * 3),
        ),
        net(stem=conv(3, 8), layers=ordered(*[holding("Block", conv=conv(8, 8), norm=batch_norm(8))] * 3)),
        ["AD109 function: stem.out_channels 16, not 8 x4", "AD109 function: SEBlock, not Block, in all 3 blocks x6"],
    ),
    # what it does not explain
    (
        "another-kernel-in-one-block",
        stages(basic, 1, basic(16, 16, kernel=5)),
        stages(bottleneck, 4),
        [
            "AD109 function: kernel_size 3x3, not 1x1, with the padding for it x3",
            "AD109 function: BasicBlock, not Bottleneck, in all 4 blocks x17",
            "AD109 function: kernel_size 5x5, not 1x1, with the padding for it",
            "AD109 function: kernel_size 5x5, not 3x3, with the padding for it",
        ],
    ),
]

test_decisions = decisions_test(CASES)
