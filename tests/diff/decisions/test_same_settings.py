"""A setting that is another everywhere, several of one layer; and what only looks alike."""

from __future__ import annotations

from answers import holding
from diff.decisions.prints import Case, batch_norm, conv, decisions_test, dropout, layer_norm, linear, net


def normed(first: float, second: float, **more: str) -> str:
    """Two kinds of norm."""
    return net(conv=conv(3, 8), bn=batch_norm(8, first), fc=linear(8, 8), ln=layer_norm(8, second), **more)


def window(kernel: int, stride: int, padding: int = 0, dilation: int = 1) -> str:
    more = f", dilation=({dilation}, {dilation})" if dilation > 1 else ""
    sizes = f"kernel_size=({kernel}, {kernel}), stride=({stride}, {stride}), padding=({padding}, {padding})"
    return net(conv=f"Conv2d(3, 8, {sizes}{more})", fc=linear(8, 4))


def pooled(stride: int) -> str:
    pool = f"MaxPool2d(kernel_size=3, stride={stride}, padding=1, dilation=1, ceil_mode=False)"
    return net(conv=f"Conv2d(3, 8, kernel_size=(3, 3), stride=({stride}, {stride}), padding=(1, 1))", pool=pool)


def attention(bias: bool, last: bool) -> str:
    """Two attentions as torch prints them, and a head."""
    out = f"NonDynamicallyQuantizableLinear(in_features=8, out_features=8, bias={bias})"
    part = holding("MultiheadAttention", out_proj=out)
    return net(first=part, second=part, head=linear(8, 4, last))


#: id, candidate, reference, decisions
CASES: list[Case] = [
    # left alone
    (
        "the-bias-of-the-head-alone",
        attention(True, True),
        attention(True, False),
        ["AD301 function head: bias True, not False"],
    ),
    (
        "patches-of-no-size",
        net(patch="Conv2d(3, 8, kernel_size=(0, 0), stride=(0, 0))", pos="Embedding(16, 8)"),
        net(patch="Conv2d(3, 8, kernel_size=(2, 2), stride=(2, 2))", pos="Embedding(4, 8)"),
        [
            "AD109 function: kernel_size and stride 0x0, not 2x2",
            "AD301 function pos: num_embeddings 16, not 4",
        ],
    ),
    (
        "one-finding-in-two-places",
        net(a=dropout(0.1), fc=linear(8, 8), b=dropout(0.1)),
        net(a=dropout(0.2), fc=linear(8, 8), b=dropout(0.2)),
        ["AD401 training a: p 0.1, not 0.2 x2"],
    ),
    (
        "other-values",
        normed(1e-03, 1e-04),
        normed(1e-05, 1e-05),
        ["AD301 function bn: eps 0.001, not 1e-05 (small)", "AD301 function ln: eps 0.0001, not 1e-05 (small)"],
    ),
    (
        "other-effects",
        net(bn="BatchNorm2d(8, eps=0.1, momentum=0.1)"),
        net(bn="BatchNorm2d(8, eps=0.2, momentum=0.2)"),
        ["AD301 function bn: eps 0.1, not 0.2 (small)", "AD401 training bn: momentum 0.1, not 0.2"],
    ),
    (
        "strides-of-a-convolution-and-a-pool",
        pooled(1),
        pooled(2),
        ["AD301 function conv: stride 1x1, not 2x2", "AD301 function pool: stride 1x1, not 2x2"],
    ),
    (
        "kernel-and-stride-of-other-values",
        window(3, 1),
        window(2, 2),
        ["AD301 function conv: kernel_size 3x3, not 2x2", "AD301 function conv: stride 1x1, not 2x2"],
    ),
    (
        "padding-of-another-kernel",
        window(3, 1, 1),
        window(5, 1, 7),
        ["AD301 function conv: kernel_size 3x3, not 5x5", "AD301 function conv: padding 1x1, not 7x7"],
    ),
    (
        "rates-of-layers-that-are-no-blocks",
        net(d1=dropout(0.1), fc1=linear(8, 8), d2=dropout(0.2), fc2=linear(8, 8), d3=dropout(0.3)),
        net(d1=dropout(0.2), fc1=linear(8, 8), d2=dropout(0.25), fc2=linear(8, 8), d3=dropout(0.9)),
        [
            "AD401 training d1: p 0.1, not 0.2",
            "AD401 training d2: p 0.2, not 0.25",
            "AD401 training d3: p 0.3, not 0.9",
        ],
    ),
    # everywhere
    (
        "biases-of-attention",
        attention(True, False),
        attention(False, False),
        ["AD109 function: bias True, not False, in 4 of 5 layers x4"],
    ),
    (
        "all-biases",
        attention(True, True),
        attention(False, False),
        ["AD109 function: bias True, not False x5"],
    ),
    (
        "eps-of-two-kinds-of-norm",
        normed(1e-03, 1e-03),
        normed(1e-05, 1e-05),
        ["AD109 function: eps 0.001, not 1e-05 x2"],
    ),
    (
        "but-in-one",
        normed(1e-03, 1e-03, last=layer_norm(8)),
        normed(1e-05, 1e-05, last=layer_norm(8)),
        ["AD109 function: eps 0.001, not 1e-05, in 2 of 3 layers x2"],
    ),
    (
        "dropouts-of-two-kinds",
        net(a=dropout(0.1), fc=linear(8, 8), b=dropout(0.1, "Dropout2d")),
        net(a=dropout(0.2), fc=linear(8, 8), b=dropout(0.2, "Dropout2d")),
        ["AD109 training: p 0.1, not 0.2 x2"],
    ),
    (
        "but-in-two-of-four",
        net(a=dropout(0.2), b=dropout(0.2, "Dropout2d"), fc=linear(8, 8), c=dropout(0.1), d=dropout(0.1)),
        net(a=dropout(0.1), b=dropout(0.1, "Dropout2d"), fc=linear(8, 8), c=dropout(0.1), d=dropout(0.1)),
        ["AD109 training: p 0.2, not 0.1, in 2 of 4 layers x2"],
    ),
    (
        "biases",
        net(fc=linear(8, 8), conv="Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1))"),
        net(fc=linear(8, 8, False), conv="Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1), bias=False)"),
        ["AD109 function: bias True, not False x2"],
    ),
    # of one layer
    ("kernel-and-stride", window(4, 4), window(2, 2), ["AD109 function: kernel_size and stride 4x4, not 2x2"]),
    (
        "kernel-with-its-padding",
        window(3, 1, 1),
        window(5, 1, 2),
        ["AD109 function: kernel_size 3x3, not 5x5, with the padding for it"],
    ),
    (
        "padding-with-dilation",
        window(3, 1, 1, 1),
        window(3, 1, 2, 2),
        ["AD109 function: padding and dilation 1x1, not 2x2"],
    ),
    (
        "in-two-convolutions",
        net(a=conv(3, 8), b=conv(8, 4)),
        net(a=conv(3, 8, 5), b=conv(8, 4, 5)),
        ["AD109 function: kernel_size 3x3, not 5x5, with the padding for it x2"],
    ),
]

test_decisions = decisions_test(CASES)
