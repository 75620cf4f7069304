# ruff: noqa: E501  (tables: a case a line)
"""What some layers keep that most in their role changed: told of one finding in several places, with the path."""

from __future__ import annotations

import pytest

from answers import compared, holding
from archdiff.diff import messages
from archdiff.model.finding import Finding
from archdiff.model.identity import identity
from archdiff.model.message import Message
from diff.decisions.prints import (
    Case,
    batch_norm,
    block,
    conv,
    decisions_test,
    dropout,
    layer_norm,
    linear,
    listed,
    net,
    ordered,
    transformer,
)


def wide(*inner: int) -> str:
    """Blocks, each with its own feed-forward size."""
    return transformer(32, [block(32, each) for each in inner])


def staged(*stages: tuple[int, ...]) -> str:
    """Stages of blocks, each block with its own feed-forward size."""
    return net(stages=listed(*(holding("Stage", blocks=listed(*(block(32, each) for each in of))) for of in stages)))


def normed(*eps: float) -> str:
    return transformer(32, [block(32, 64, eps=each) for each in eps])


def dropped(*rates: float) -> str:
    return transformer(32, [block(32, 64, p=each) for each in rates])


def activated(*classes: str) -> str:
    """Blocks, each with its own activation, before a head with one."""
    own = [block(32, 64).replace("GELU", each) for each in classes]
    return net(layers=listed(*own), head=holding("Head", fc=linear(32, 8), act="GELU()"))


def blocks(*layers: str) -> str:
    return net(layers=listed(*(holding("Block", conv=each, bn=batch_norm(8)) for each in layers)))


def first_norms(*eps: float) -> str:
    """The first of two norms of each block."""
    return net(layers=listed(*(holding("Block", norm1=layer_norm(8, each), norm2=layer_norm(8)) for each in eps)))


def lists(first: tuple[float, ...], second: tuple[float, ...]) -> str:
    """Two lists of layers without names."""
    features, classifier = (
        ordered(*(each for rate in rates for each in (linear(8, 8), dropout(rate)))) for rates in (first, second)
    )
    return net(features=features, classifier=classifier)


def coders(encoder: tuple[float, ...], decoder: tuple[float, ...]) -> str:
    """An encoder and a decoder of blocks that are named alike."""
    sides = [
        holding("Stack", layers=listed(*(block(32, 64, p=rate) for rate in rates))) for rates in (encoder, decoder)
    ]
    return net(encoder=sides[0], decoder=sides[1])


def named(*inner: int) -> str:
    """Blocks whose names count."""
    own = {f"layer{at}": holding("Layer", fc1=linear(32, each), fc2=linear(each, 32)) for at, each in enumerate(inner)}
    return net(dense=holding("Dense", **own))


def many(folded: float, last: float) -> str:
    """One line for very many layers, of which a few are compared, and one more."""
    return net(layers=f"ModuleList(\n  (0-19999): 20000 x {dropout(folded)}\n  (20000): {dropout(last)}\n)")


def biased(*biases: bool) -> str:
    return net(layers=listed(*(holding("Block", fc=linear(8, 8, bias), act="ReLU()") for bias in biases)))


def pooled(*classes: str) -> str:
    """Blocks with two pools, of which those of AvgPool2d have windows of two sizes."""
    windows = {"Max": (2, 2), "Avg": (2, 3)}
    own = [[f"{each}Pool2d(kernel_size={size}, stride=2, padding=0)" for size in windows[each]] for each in classes]
    return net(layers=listed(*(holding("Block", a=a, conv=conv(8, 8), b=b) for a, b in own)))


def patches(size: int) -> str:
    return f"Conv2d(8, 8, kernel_size=({size}, {size}), stride=({size}, {size}))"


def stochastic(*classes: str) -> str:
    return net(layers=listed(*(holding("Block", fc=linear(8, 8), drop_path=each) for each in classes)))


NO_BIAS = conv(8, 8).replace("))", "), bias=False)")
FC2 = "-> AD301 function layers.0.mlp.fc2: in_features 64, not 128"
OF_STAGES = "-> AD301 function stages.0.blocks.0.mlp.fc2: in_features 64, not 128"

#: id, candidate, reference, decisions
CASES: list[Case] = [
    # left alone
    (
        "in-all-layers",
        normed(1e-3, 1e-3),
        normed(1e-5, 1e-5),
        ["AD301 function layers.0.norm1: eps 0.001, not 1e-05 (small) x4"],
    ),
    (
        "in-one-of-four",
        normed(1e-3, 1e-5, 1e-5, 1e-5),
        normed(*[1e-5] * 4),
        ["AD301 function layers.0.norm1: eps 0.001, not 1e-05 (small) x2"],
    ),
    (
        "in-half-of-them",
        dropped(0.2, 0.2, 0.1, 0.1),
        dropped(*[0.1] * 4),
        ["AD401 training layers.0.mlp.drop: p 0.2, not 0.1 x2"],
    ),
    (
        "one-convolution-of-five",
        blocks(conv(8, 8, 5), *[conv(8, 8)] * 4),
        blocks(*[conv(8, 8)] * 5),
        ["AD109 function: kernel_size 5x5, not 3x3, with the padding for it"],
    ),
    (
        "where-the-reference-has-another-value",
        wide(128, 128, 128, 128),
        wide(64, 128, 64, 64),
        [
            "AD301 function layers.0.mlp.fc1: out_features 128, not 64 x3",
            "-> AD301 function layers.0.mlp.fc2: in_features 128, not 64",
        ],
    ),
    (
        "a-third-value",
        dropped(0.2, 0.2, 0.3),
        dropped(*[0.1] * 3),
        ["AD401 training layers.0.mlp.drop: p 0.2, not 0.1 x2", "AD401 training layers.2.mlp.drop: p 0.3, not 0.1"],
    ),
    (
        "another-role",
        first_norms(1e-3, 1e-3, 1e-3),
        first_norms(1e-5, 1e-5, 1e-5),
        ["AD301 function layers.0.norm1: eps 0.001, not 1e-05 (small) x3"],
    ),
    (
        "another-list",
        lists((0.2, 0.2), (0.1,)),
        lists((0.1, 0.1), (0.1,)),
        ["AD401 training features.1: p 0.2, not 0.1 x2"],
    ),
    (
        "another-class",
        net(a=dropout(0.2), b=dropout(0.2), fc=linear(8, 8), c=dropout(0.1, "Dropout2d")),
        net(a=dropout(0.1), b=dropout(0.1), fc=linear(8, 8), c=dropout(0.1, "Dropout2d")),
        ["AD401 training a: p 0.2, not 0.1 x2"],
    ),
    (
        "an-activation-in-another-role",
        activated("SiLU", "SiLU"),
        activated("GELU", "GELU"),
        ["AD105 function layers.0.mlp.act: SiLU, not GELU x2"],
    ),
    (
        "stochastic-depth-that-begins-with-none",
        stochastic("Identity()", *[f"DropPath(drop_prob={p})" for p in (0.1, 0.1)]),
        stochastic(*["Identity()"] * 3),
        ["AD105 training layers.1.drop_path: DropPath, not Identity x2"],
    ),
    (
        "what-changes-no-output",
        blocks(NO_BIAS, NO_BIAS, conv(8, 8)),
        blocks(*[conv(8, 8)] * 3),
        [
            "AD301 equivalent layers.0.conv: bias False, not True (the layer after it cancels any bias; parameters "
            "differ, checkpoints do not load): if Block runs its children in printed order x2"
        ],
    ),
    ("layers-that-stand-for-many", many(0.2, 0.1), many(0.1, 0.1), ["AD401 training layers.0: p 0.2, not 0.1 x20000"]),
    # widths
    (
        "a-feed-forward-size",
        wide(64, 128, 64, 64),
        wide(*[128] * 4),
        ["AD301 function layers.0.mlp.fc1: out_features 64, not 128, but layers.1.mlp keeps 128 x3", FC2],
    ),
    (
        "of-two-blocks",
        wide(64, 128, 64, 128, 64),
        wide(*[128] * 5),
        [
            "AD301 function layers.0.mlp.fc1: out_features 64, not 128, but layers.1.mlp.fc1 keeps 128 and 3 more x3",
            FC2,
        ],
    ),
    (
        "of-two-blocks-of-one-stage",
        staged((64, 128, 64, 128), (64, 64)),
        staged((128,) * 4, (128,) * 2),
        [
            "AD301 function stages.0.blocks.0.mlp.fc1: out_features 64, not 128, "
            "but stages.0.blocks.1.mlp.fc1 keeps 128 and 3 more x4",
            OF_STAGES,
        ],
    ),
    (
        "of-a-whole-stage",
        staged((64, 64, 64), (128, 128)),
        staged((128,) * 3, (128,) * 2),
        [
            "AD301 function stages.0.blocks.0.mlp.fc1: out_features 64, not 128, but stages.1.blocks keeps 128 x3",
            OF_STAGES,
        ],
    ),
    (
        "of-a-block-whose-name-counts",
        named(64, 64, 128),
        named(128, 128, 128),
        [
            "AD301 function dense.layer0.fc1: out_features 64, not 128, but dense.layer2 keeps 128 x2",
            "-> AD301 function dense.layer0.fc2: in_features 64, not 128",
        ],
    ),
    # settings
    (
        "eps-of-a-block",
        normed(1e-3, 1e-5, 1e-3),
        normed(*[1e-5] * 3),
        ["AD301 function layers.0.norm1: eps 0.001, not 1e-05, but layers.1 keeps 1e-05 (small) x4"],
    ),
    (
        "eps-of-a-norm",
        first_norms(1e-3, 1e-3, 1e-5),
        first_norms(*[1e-5] * 3),
        ["AD301 function layers.0.norm1: eps 0.001, not 1e-05, but layers.2.norm1 keeps 1e-05 (small) x2"],
    ),
    (
        "p",
        dropped(0.1, 0.2, 0.2),
        dropped(*[0.1] * 3),
        ["AD401 training layers.1.mlp.drop: p 0.2, not 0.1, but layers.0.mlp.drop keeps 0.1 x2"],
    ),
    (
        "p-in-one-list",
        lists((0.2, 0.2, 0.1), (0.1,)),
        lists((0.1, 0.1, 0.1), (0.1,)),
        ["AD401 training features.1: p 0.2, not 0.1, but features.5 keeps 0.1 x2"],
    ),
    (
        "p-in-a-decoder",
        coders((0.2, 0.2, 0.2), (0.1, 0.1)),
        coders((0.1, 0.1, 0.1), (0.1, 0.1)),
        ["AD401 training encoder.layers.0.mlp.drop: p 0.2, not 0.1, but decoder.layers keeps 0.1 x3"],
    ),
    (
        "p-of-a-decoder-beside-an-encoder-as-deep",
        coders((0.1, 0.1, 0.1), (0.2, 0.1, 0.2)),
        coders((0.1, 0.1, 0.1), (0.1, 0.1, 0.1)),
        ["AD401 training decoder.layers.0.mlp.drop: p 0.2, not 0.1, but decoder.layers.1.mlp.drop keeps 0.1 x2"],
    ),
    (
        "bias",
        biased(False, False, True),
        biased(True, True, True),
        ["AD301 function layers.0.fc: bias False, not True, but layers.2.fc keeps True x2"],
    ),
    (
        "an-activation",
        activated("SiLU", "GELU", "SiLU"),
        activated(*["GELU"] * 3),
        ["AD105 function layers.0.mlp.act: SiLU, not GELU, but layers.1.mlp.act keeps GELU x2"],
    ),
    (
        "pools-of-two-sizes",
        pooled("Max", "Avg", "Max"),
        pooled(*["Avg"] * 3),
        [
            "AD105 function layers.0.a: MaxPool2d, not AvgPool2d, but layers.1.a keeps AvgPool2d x2",
            "AD105 function layers.0.b: MaxPool2d, not AvgPool2d (kernel_size 2x2, not 3x3), but layers.1.b keeps AvgPool2d x2",
        ],
    ),
    (
        "layers-of-one-holder",
        net(a=dropout(0.2), b=dropout(0.1), fc=linear(8, 8), c=dropout(0.2)),
        net(a=dropout(0.1), b=dropout(0.1), fc=linear(8, 8), c=dropout(0.1)),
        ["AD401 training a: p 0.2, not 0.1, but b keeps 0.1 x2"],
    ),
    # several settings of one layer
    (
        "kernel-and-stride",
        blocks(patches(4), patches(2), patches(4)),
        blocks(*[patches(2)] * 3),
        ["AD109 function: kernel_size and stride 4x4, not 2x2, but layers.1.conv keeps 2x2 x2"],
    ),
    (
        "a-kernel-with-its-padding",
        blocks(conv(8, 8, 5), conv(8, 8), conv(8, 8, 5)),
        blocks(*[conv(8, 8)] * 3),
        ["AD109 function: kernel_size 5x5, not 3x3, with the padding for it, but layers.1.conv keeps 3x3 x2"],
    ),
]

test_decisions = decisions_test(CASES)


def _found(candidate: str, reference: str) -> Finding:
    (found,) = (each for each in compared(candidate, reference).findings if each.is_difference)
    return found


#: a candidate of which one layer keeps a value, one of which none does, and the reference of both
TOLD = [
    pytest.param(wide(64, 64, 128), wide(64, 64, 64), wide(128, 128, 128), id="a width"),
    pytest.param(normed(1e-3, 1e-3, 1e-5), normed(*[1e-3] * 3), normed(*[1e-5] * 3), id="a setting with a remark"),
    pytest.param(activated("SiLU", "SiLU", "GELU"), activated(*["SiLU"] * 3), activated(*["GELU"] * 3), id="a class"),
]


@pytest.mark.parametrize(("candidate", "changed", "reference"), TOLD)
def test_an_exception_is_no_part_of_what_a_finding_is_known_by(candidate: str, changed: str, reference: str) -> None:
    some, every = _found(candidate, reference), _found(changed, reference)
    assert some.message != every.message
    assert identity(some) == identity(every)


@pytest.mark.parametrize(("candidate", "changed", "reference"), TOLD)
def test_words_follow_from_the_message(candidate: str, changed: str, reference: str) -> None:
    for found in (_found(candidate, reference), _found(changed, reference)):
        assert isinstance(found.what, Message)
        assert found.message == messages.text(found.what)


@pytest.mark.parametrize(
    ("candidate", "reference", "title"),
    [
        pytest.param(wide(64, 64, 64), wide(*[128] * 3), "feed-forward size 64, not 128", id="no exception"),
        pytest.param(
            wide(64, 64, 128),
            wide(*[128] * 3),
            "feed-forward size 64, not 128, but layers.2.mlp keeps 128",
            id="of a width",
        ),
        pytest.param(
            normed(1e-3, 1e-3, 1e-5),
            normed(*[1e-5] * 3),
            "eps 0.001, not 1e-05, but layers.2 keeps 1e-05",
            id="before a remark",
        ),
    ],
)
def test_title(candidate: str, reference: str, title: str) -> None:
    assert _found(candidate, reference).title == title
