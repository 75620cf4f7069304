# ruff: noqa: E501  (tables: a case a line)
"""Classes that are others wherever they stand, orders, and layers that one side lacks together; and strangers."""

from __future__ import annotations

from answers import holding
from diff.decisions.prints import Case, batch_norm, conv, decisions_test, layer_norm, linear, listed, net, ordered


def activated(*classes: str, holder: str = "Block") -> str:
    """Blocks with these activations."""
    return net(
        layers=listed(*(holding(holder, fc=linear(8, 8), act=f"{each}()", out=linear(8, 8)) for each in classes))
    )


def chains(*kinds: str) -> str:
    """Convolutions with a norm before their activation, or behind it."""
    layers = {"pre": ("ReLU()", batch_norm(8)), "post": (batch_norm(8), "ReLU()")}
    return ordered(*(ordered(conv(8, 8), *layers[kind]) for kind in kinds))


def bert(name: str) -> str:
    """Layers of which a library has a copy under another name."""
    return net(
        a=holding(f"{name}Layer", x=linear(4, 4), y=linear(4, 8)),
        b=holding(f"{name}Output", x=linear(8, 4), y=linear(4, 2)),
    )


def sequences(*between: str) -> str:
    return net(
        a=ordered(linear(4, 8), *between, linear(8, 8)), b=ordered(linear(4, 5), *between, linear(5, 6), linear(6, 7))
    )


def blocks(*layers: tuple[str, str]) -> str:
    return net(layers=ordered(*[holding("Sequential", fc=linear(8, 8), **dict(layers))] * 2))


def rows(*middle: str, second: tuple[str, ...] | None = None) -> str:
    """Convolutions with something between them, in two places of other names."""
    return net(
        down=holding("Down", conv=ordered(conv(4, 8), *middle, conv(8, 8))),
        up=holding("Up", double=ordered(*(middle if second is None else second), conv(8, 6), conv(6, 4))),
    )


#: id, candidate, reference, decisions
CASES: list[Case] = [
    # left alone
    (
        "activations-in-two-places",
        rows("ReLU()"),
        rows(),
        [
            "AD104 function down.conv.1: only in the candidate: ReLU",
            "AD104 function up.double.0: only in the candidate: ReLU",
        ],
    ),
    (
        "norms-of-two-classes",
        rows(batch_norm(8), second=("GroupNorm(2, 8, eps=1e-05, affine=True)",)),
        rows(),
        [
            "AD104 function down.conv.1: only in the candidate: BatchNorm2d",
            "AD104 function up.double.0: only in the candidate: GroupNorm",
        ],
    ),
    (
        "one-class-in-all-blocks",
        activated("ReLU", "ReLU"),
        activated("SiLU", "SiLU"),
        ["AD105 function layers.0.act: ReLU, not SiLU x2"],
    ),
    (
        "two-swaps",
        activated("ReLU", "Tanh"),
        activated("SiLU", "Sigmoid"),
        ["AD105 function layers.0.act: ReLU, not SiLU", "AD105 function layers.1.act: Tanh, not Sigmoid"],
    ),
    (
        "two-classes-for-one",
        activated("ReLU", "Tanh"),
        activated("SiLU", "SiLU"),
        ["AD105 function layers.0.act: ReLU, not SiLU", "AD105 function layers.1.act: Tanh, not SiLU"],
    ),
    (
        "a-layer-in-two-sequences",
        sequences(),
        sequences("Tanh()"),
        ["AD103 function a.1: only in the reference: Tanh", "AD103 function b.1: only in the reference: Tanh"],
    ),
    (
        "names-without-an-end-in-common",
        net(a=holding("One", x=linear(4, 4), y=linear(4, 8)), b=holding("Two", x=linear(8, 4), y=linear(4, 2))),
        net(a=holding("Uno", x=linear(4, 4), y=linear(4, 8)), b=holding("Due", x=linear(8, 4), y=linear(4, 2))),
        [
            "AD108 unknown a: One around these layers, not Uno: no print shows how their forward methods combine the layers",
            "AD108 unknown b: Two around these layers, not Due: no print shows how their forward methods combine the layers",
        ],
    ),
    (
        "one-slope-among-others",
        net(
            layers=listed(
                *(
                    holding("Block", fc=linear(8, 8), act=f"LeakyReLU(negative_slope={slope})", out=linear(8, 8))
                    for slope in (0.2, 0.02, 0.2)
                )
            )
        ),
        activated("ReLU", "ReLU", "ReLU"),
        [
            "AD105 function layers.0.act: LeakyReLU, not ReLU (negative_slope 0.2) x2",
            "AD105 function layers.1.act: LeakyReLU, not ReLU (negative_slope 0.02)",
        ],
    ),
    # a decision
    (
        "norms-in-lists-of-other-names",
        rows(batch_norm(8)),
        rows(),
        ["AD109 function: only in the candidate: BatchNorm2d x2"],
    ),
    ("classes-of-a-family", bert("Bert"), bert("Roberta"), ["AD109 unknown: the classes of Bert, not of Roberta x2"]),
    (
        "layers-that-are-missing-together",
        blocks(),
        blocks(("norm", layer_norm(8)), ("act", "Tanh()")),
        ["AD109 function: only in the reference: LayerNorm, Tanh x4"],
    ),
    (
        "norm-behind-activation",
        chains("pre", "pre"),
        chains("post", "post"),
        ["AD101 function 0.1: ReLU runs before BatchNorm2d, not after it x2"],
    ),
    (
        "norm-behind-activation-in-one",
        chains("pre", "post"),
        chains("post", "post"),
        ["AD101 function 0.1: ReLU runs before BatchNorm2d, not after it"],
    ),
]

test_decisions = decisions_test(CASES)
