"""A norm that one side alone has, with the biases that it makes idle: one decision."""

from __future__ import annotations

from diff.decisions.prints import Case, batch_norm, conv, decisions_test, net, ordered

BARE = f"{conv(8, 8)[:-1]}, bias=False)"


def chain(*layers: str) -> str:
    return net(features=ordered(*layers))


#: id, candidate, reference, decisions
CASES: list[Case] = [
    # left alone
    (
        "norms-behind-maps-with-biases",
        chain(conv(8, 8), batch_norm(8), "ReLU()", conv(8, 8), batch_norm(8)),
        chain(conv(8, 8), "ReLU()", conv(8, 8)),
        ["AD104 function features.1: only in the candidate: BatchNorm2d x2"],
    ),
    (
        "biases-without-norms",
        chain(BARE, "ReLU()", BARE),
        chain(conv(8, 8), "ReLU()", conv(8, 8)),
        ["AD301 function features.0: bias False, not True x2"],
    ),
    (
        "a-bias-that-the-norm-has-not",
        chain(conv(8, 8), "ReLU()", conv(8, 8)),
        chain(BARE, "ReLU()", BARE, batch_norm(8)),
        [
            "AD301 function features.0: bias True, not False x2",
            "AD103 function features.3: only in the reference: BatchNorm2d",
        ],
    ),
    (
        "a-norm-with-weights-alone-for-each-row",
        chain(BARE, "LayerNorm((8, 4, 4), eps=1e-05, elementwise_affine=True)"),
        chain(conv(8, 8)),
        [
            "AD301 function features.0: bias False, not True",
            "AD104 function features.1: only in the candidate: LayerNorm",
        ],
    ),
    # one decision
    (
        "one-norm",
        chain(BARE, batch_norm(8)),
        chain(conv(8, 8)),
        ["AD109 function: only in the candidate: BatchNorm2d, in the place of biases x2"],
    ),
    (
        "norms-in-the-candidate",
        chain(BARE, batch_norm(8), "ReLU()", BARE, batch_norm(8)),
        chain(conv(8, 8), "ReLU()", conv(8, 8)),
        ["AD109 function: only in the candidate: BatchNorm2d (2 layers), in the place of biases x4"],
    ),
    (
        "norms-in-the-reference",
        chain(conv(8, 8), "ReLU()", conv(8, 8)),
        chain(BARE, batch_norm(8), "ReLU()", BARE, batch_norm(8)),
        ["AD109 function: only in the reference: BatchNorm2d (2 layers), in the place of biases x4"],
    ),
]

test_decisions = decisions_test(CASES)
