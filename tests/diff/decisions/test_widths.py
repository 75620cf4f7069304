"""One changed number wherever it returns, and all by one factor: what is one decision, and what only looks alike."""

from __future__ import annotations

from answers import holding
from diff.decisions.prints import (
    Case,
    block,
    cnn,
    conv,
    decisions_test,
    linear,
    listed,
    net,
    ordered,
    transformer,
)


def pair(inner: int, other: int, **between: str) -> str:
    """Two pairs of layers that nothing connects, with others in between."""
    first = {"a": linear(8, inner), "b": linear(inner, 8)}
    return net(**first, **between, e=linear(8, other), f=linear(other, 8))


def three_lists(first: int, last: int) -> str:
    """Blocks of three hidden sizes in three lists; those in the middle are of 32."""
    return net(**{name: listed(block(size, 64)) for name, size in (("enc", first), ("mid", 32), ("dec", last))})


def bottlenecks(*inner: int) -> str:
    """A stage for each inner width, of which the outputs stay."""
    blocks = [
        holding("Bottleneck", conv1=conv(64, width, 1), conv2=conv(width, width), conv3=conv(width, 64, 1))
        for width in inner
    ]
    return net(**{f"layer{at}": ordered(each, each) for at, each in enumerate(blocks, 1)})


#: id, candidate, reference, decisions
CASES: list[Case] = [
    # left alone: a decision needs several findings
    (
        "one-width",
        net(a=linear(8, 16), b=linear(16, 4)),
        net(a=linear(8, 32), b=linear(32, 4)),
        ["AD301 function a: out_features 16, not 32", "-> AD301 function b: in_features 16, not 32"],
    ),
    (
        "one-width-in-all-blocks",
        transformer(32, [block(32, 48)] * 3),
        transformer(32, [block(32, 96)] * 3),
        [
            "AD301 function layers.0.mlp.fc1: out_features 48, not 96 x3",
            "-> AD301 function layers.0.mlp.fc2: in_features 48, not 96",
        ],
    ),
    ("a-width-of-its-own", net(a=linear(8, 16)), net(a=linear(8, 24)), ["AD301 function a: out_features 16, not 24"]),
    # left alone: numbers that are equal by coincidence
    (
        "same-number-where-a-layer-between-keeps-it",
        pair(32, 32, c=linear(8, 64), d=linear(64, 8)),
        pair(64, 64, c=linear(8, 64), d=linear(64, 8)),
        [
            "AD301 function a: out_features 32, not 64",
            "-> AD301 function b: in_features 32, not 64",
            "AD301 function e: out_features 32, not 64",
            "-> AD301 function f: in_features 32, not 64",
        ],
    ),
    (
        "same-number-in-lists-around-one-that-keeps-it",
        three_lists(16, 16),
        three_lists(32, 32),
        ["AD109 function: hidden size 16, not 32 x6", "AD109 function: dec.0.norm1.normalized_shape 16, not 32 x6"],
    ),
    (
        "same-factor-of-strangers",
        pair(32, 20, c=linear(8, 10), d=linear(10, 8)),
        pair(64, 40, c=linear(8, 10), d=linear(10, 8)),
        [
            "AD301 function a: out_features 32, not 64",
            "-> AD301 function b: in_features 32, not 64",
            "AD301 function e: out_features 20, not 40",
            "-> AD301 function f: in_features 20, not 40",
        ],
    ),
    (
        "one-factor-among-more-numbers",
        bottlenecks(16, 24, 40, 72, 32, 88),
        bottlenecks(32, 56, 72, 96, 64, 120),
        [
            "AD109 function: layer1.0.conv1.out_channels 16, not 32 x4",
            "AD109 function: layer2.0.conv1.out_channels 24, not 56 x4",
            "AD109 function: layer3.0.conv1.out_channels 40, not 72 x4",
            "AD109 function: layer4.0.conv1.out_channels 72, not 96 x4",
            "AD109 function: layer5.0.conv1.out_channels 32, not 64 x4",
            "AD109 function: layer6.0.conv1.out_channels 88, not 120 x4",
        ],
    ),
    (
        "multiples-of-what-was-rounded",
        bottlenecks(24, 48, 96),
        bottlenecks(58, 116, 232),
        ["AD109 function: widths about x 0.41: 24, 48, 96, not 58, 116, 232 x12"],
    ),
    (
        "a-typo-among-halves",
        bottlenecks(16, 24, 32, 48, 65),
        bottlenecks(32, 48, 64, 96, 128),
        [
            "AD109 function: widths x 1/2: 16, 24, 32, 48, not 32, 48, 64, 96 x16",
            "AD109 function: layer5.0.conv1.out_channels 65, not 128 x4",
        ],
    ),
    (
        "three-small-changes",
        pair(32, 20, c=linear(8, 40), d=linear(40, 8)),
        pair(34, 21, c=linear(8, 44), d=linear(44, 8)),
        [
            "AD301 function a: out_features 32, not 34",
            "-> AD301 function b: in_features 32, not 34",
            "AD301 function c: out_features 40, not 44",
            "-> AD301 function d: in_features 40, not 44",
            "AD301 function e: out_features 20, not 21",
            "-> AD301 function f: in_features 20, not 21",
        ],
    ),
    (
        "three-that-grow-by-one",
        pair(30, 500, c=linear(8, 100), d=linear(100, 8)),
        pair(31, 501, c=linear(8, 101), d=linear(101, 8)),
        [
            "AD301 function a: out_features 30, not 31",
            "-> AD301 function b: in_features 30, not 31",
            "AD301 function c: out_features 100, not 101",
            "-> AD301 function d: in_features 100, not 101",
            "AD301 function e: out_features 500, not 501",
            "-> AD301 function f: in_features 500, not 501",
        ],
    ),
    (
        "groups-beside-twice-the-width",
        net(a=conv(3, 16), b=conv(16, 32, 3, 2), c=conv(32, 4)),
        net(a=conv(3, 8), b=conv(8, 16), c=conv(16, 4)),
        ["AD109 function: every width x 2: 16, 32, not 8, 16 x2", "AD301 function b: groups 2, not 1"],
    ),
    (
        "groups-beside-depthwise-ones",
        net(a=conv(3, 16), b=conv(16, 16, 3, 16), c=conv(16, 32, 3, 2), d=conv(32, 32, 3, 32)),
        net(a=conv(3, 8), b=conv(8, 8, 3, 8), c=conv(8, 16), d=conv(16, 16, 3, 16)),
        ["AD109 function: every width x 2: 16, 32, not 8, 16 x4", "AD301 function c: groups 2, not 1"],
    ),
    (
        "a-vocabulary-is-no-width-of-a-factor",
        transformer(16, [block(16, 64)] * 2, 50),
        transformer(32, [block(32, 128)] * 2, 100),
        ["AD109 function: vocabulary 50, not 100 x2", "AD109 function: every width x 1/2: 16, 64, not 32, 128 x13"],
    ),
    # one number
    (
        "hidden-size",
        transformer(16, [block(16, 64)] * 3),
        transformer(32, [block(32, 64)] * 3),
        ["AD109 function: hidden size 16, not 32 x16"],
    ),
    (
        "keys-and-values",
        transformer(32, [block(32, 64, 16)] * 2),
        transformer(32, [block(32, 64, 8)] * 2),
        ["AD109 function: key and value width 16, not 8 x4"],
    ),
    (
        "vocabulary",
        transformer(32, [block(32, 64)], 50),
        transformer(32, [block(32, 64)], 60),
        ["AD109 function: vocabulary 50, not 60 x2"],
    ),
    (
        "two-numbers",
        transformer(16, [block(16, 64)], 50),
        transformer(32, [block(32, 64)], 60),
        ["AD109 function: vocabulary 50, not 60 x2", "AD109 function: hidden size 16, not 32 x6"],
    ),
    (
        "depthwise-convolution",
        net(a=conv(3, 16), b=conv(16, 16, 3, 16), c=conv(16, 4)),
        net(a=conv(3, 8), b=conv(8, 8, 3, 8), c=conv(8, 4)),
        ["AD109 function: a.out_channels 16, not 8 x2"],
    ),
    (
        "same-number-without-a-layer-between",
        pair(32, 32, c=linear(8, 10), d=linear(10, 8)),
        pair(64, 64, c=linear(8, 10), d=linear(10, 8)),
        ["AD109 function: a.out_features 32, not 64 x2"],
    ),
    (
        "two-settings-of-one-layer",
        net(a="LSTM(32, 32)"),
        net(a="LSTM(64, 64)"),
        ["AD109 function: a.input_size 32, not 64"],
    ),
    # a factor
    (
        "every-width",
        cnn(8, 12, 16),
        cnn(16, 24, 32),
        ["AD109 function: every width x 1/2: 8, 12, 16, not 16, 24, 32 x3"],
    ),
    (
        "all-but-one",
        cnn(8, 40, 16),
        cnn(16, 40, 32),
        [
            "AD301 function conv1: out_channels 8, not 16",
            "-> AD301 function bn1: num_features 8, not 16",
            "-> AD301 function conv2: in_channels 8, not 16",
            "AD301 function conv3: out_channels 16, not 32",
            "-> AD301 function bn3: num_features 16, not 32",
            "-> AD301 function fc: in_features 16, not 32",
        ],
    ),
    (
        "inner-widths-of-four-stages",
        bottlenecks(16, 32, 64, 128),
        bottlenecks(8, 16, 32, 64),
        ["AD109 function: widths x 2: 16, 32, 64, 128, not 8, 16, 32, 64 x16"],
    ),
    (
        "hidden-and-feed-forward-size",
        transformer(16, [block(16, 64)] * 2),
        transformer(32, [block(32, 128)] * 2),
        ["AD109 function: every width x 1/2: 16, 64, not 32, 128 x13"],
    ),
    (
        "as-many-channels-to-each-group",
        net(a=conv(16, 32, 3, 4), b=conv(32, 64, 3, 8), c=conv(64, 4)),
        net(a=conv(16, 16, 3, 2), b=conv(16, 32, 3, 4), c=conv(32, 4)),
        ["AD109 function: every width x 2: 32, 64, not 16, 32 x2"],
    ),
    (
        "rounded-to-multiples",
        cnn(16, 24, 48),
        cnn(32, 40, 96),
        ["AD109 function: widths about x 0.5: 16, 24, 48, not 32, 40, 96 x3"],
    ),
    (
        "six-numbers-are-not-all-listed",
        net(**{f"c{n}": conv(n, 10 * n, 1) for n in range(1, 8)}),
        net(**{f"c{n}": conv(n, 20 * n, 1) for n in range(1, 8)}),
        ["AD109 function: every width x 1/2: 10, 20, 30, 40, 50 and 2 more, not 20, 40, 60, 80, 100 and 2 more x7"],
    ),
    # one difference
    # an exception is a finding of its own
    (
        "one-block-of-another-width",
        transformer(16, [block(16, 64), block(16, 48), block(16, 64)]),
        transformer(32, [block(32, 64)] * 3),
        [
            "AD109 function: hidden size 16, not 32 x16",
            "AD301 function layers.1.mlp.fc1: out_features 48, not 64",
            "-> AD301 function layers.1.mlp.fc2: in_features 48, not 64",
        ],
    ),
    (
        "one-eps",
        transformer(16, [block(16, 64), block(16, 64, eps=1e-06)]),
        transformer(32, [block(32, 64)] * 2),
        [
            "AD109 function: hidden size 16, not 32 x11",
            "AD301 function layers.1.norm1: eps 1e-06, not 1e-05 (small) x2",
        ],
    ),
]

test_decisions = decisions_test(CASES)
