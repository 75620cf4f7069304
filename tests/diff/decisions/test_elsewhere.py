"""A layer, a stride and what stands for a stride in another place: one decision, and what is no such thing."""

from __future__ import annotations

from answers import holding
from diff.decisions.prints import Case, conv, decisions_test, layer_norm, linear, listed, net, ordered


def pooled(norm: str, fc_norm: str, more: str = "Identity()") -> str:
    """A network with a norm before the pool and another one behind it."""
    return net(fc=linear(8, 8), norm=norm, more=more, fc_norm=fc_norm, head=linear(8, 4))


def strided(stride: int, kernel: int = 1, padding: int = 0, dilation: int = 1) -> str:
    sizes = f"kernel_size=({kernel}, {kernel}), stride=({stride}, {stride})"
    more = f", padding=({padding}, {padding})" if padding else ""
    return f"Conv2d(8, 8, {sizes}{more}" + (f", dilation=({dilation}, {dilation}))" if dilation > 1 else ")")


def shortcut(stride: int, *pool: str) -> str:
    return net(stages=listed(*[holding("Block", conv=conv(8, 8), down=ordered(*pool, strided(stride)))] * 2))


def dilated(stride: int, *dilations: int) -> str:
    """A block that strides, and blocks behind it."""
    first = holding("Block", conv=strided(stride, 3, 1), down=ordered(strided(stride)))
    return net(layer4=ordered(first, *[holding("Block", conv=strided(1, 3, each, each)) for each in dilations]))


NORM = layer_norm(8)
POOL = "AvgPool2d(kernel_size={0}, stride={0}, padding=0)"

#: id, candidate, reference, decisions
CASES: list[Case] = [
    # left alone
    (
        "a-norm-that-is-missing",
        pooled("Identity()", NORM),
        pooled(NORM, NORM),
        ["AD105 function norm: Identity, not LayerNorm"],
    ),
    (
        "two-norms-for-one",
        pooled(NORM, "Identity()", NORM),
        pooled("Identity()", NORM),
        ["AD105 function norm: LayerNorm, not Identity x2", "AD105 function fc_norm: Identity, not LayerNorm"],
    ),
    (
        "a-pool-of-another-stride",
        shortcut(1, POOL.format(3)),
        shortcut(2),
        [
            "AD104 function stages.0.down.0: only in the candidate: AvgPool2d x2",
            "AD301 function stages.0.down.1: stride 1x1, not 2x2 x2",
        ],
    ),
    (
        "a-pool-and-a-smaller-stride",
        shortcut(2, POOL.format(2)),
        shortcut(4),
        [
            "AD104 function stages.0.down.0: only in the candidate: AvgPool2d x2",
            "AD301 function stages.0.down.1: stride 2x2, not 4x4 x2",
        ],
    ),
    (
        "dilation-too",
        dilated(2, 2, 2),
        dilated(1, 1, 1),
        [
            "AD301 function layer4.0.conv: stride 2x2, not 1x1 x2",
            "AD109 function: padding and dilation 2x2, not 1x1, but layer4.0.conv keeps 1x1 x2",
        ],
    ),
    # a decision
    (
        "the-norm-behind-the-pool",
        pooled("Identity()", NORM),
        pooled(NORM, "Identity()"),
        ["AD109 function: LayerNorm at fc_norm, not at norm x2"],
    ),
    (
        "a-pool-strides",
        shortcut(1, POOL.format(2)),
        shortcut(2),
        ["AD109 function: stride 2x2 of AvgPool2d, not of Conv2d x4"],
    ),
    ("dilation-for-stride", dilated(1, 2, 2), dilated(2, 1, 1), ["AD109 function: dilation 2x2, not stride 2x2 x4"]),
    ("stride-for-dilation", dilated(2, 1, 1), dilated(1, 2, 2), ["AD109 function: stride 2x2, not dilation 2x2 x4"]),
    ("growing-dilation", dilated(1, 2, 4), dilated(2, 1, 1), ["AD109 function: dilation 2x2, 4x4, not stride 2x2 x4"]),
]

test_decisions = decisions_test(CASES)
