"""How wide the stages are: one decision where every stage changed and no factor explains them."""

from __future__ import annotations

from answers import holding
from diff.decisions.prints import Case, batch_norm, conv, decisions_test, linear, net, ordered


def block(taken: int, inner: int, given: int) -> str:
    return holding("Block", a=conv(taken, inner, 1), n=batch_norm(inner), b=conv(inner, given))


def stages(*widths: int, inner: dict[int, int] | None = None) -> str:
    """Two blocks a stage, inside as wide as at their end unless `inner` says otherwise of a stage."""
    parts: dict[str, str] = {"stem": conv(3, 8)}
    taken = 8
    for at, width in enumerate(widths):
        within = (inner or {}).get(at, width)
        parts[f"stage{at}"] = ordered(block(taken, within, width), block(width, within, width))
        taken = width
    return net(**parts, fc=linear(taken, 10))


#: id, candidate, reference, decisions
CASES: list[Case] = [
    # left alone
    (
        "one-factor",
        stages(16, 24, 40),
        stages(32, 48, 80),
        ["AD109 function: widths x 1/2: 16, 24, 40, not 32, 48, 80 x12"],
    ),
    (
        "two-stages",
        stages(16, 24),
        stages(40, 104),
        [
            "AD109 function: stage0.0.a.out_channels 16, not 40 x4",
            "AD109 function: stage1.0.a.out_channels 24, not 104 x4",
        ],
    ),
    # a decision
    (
        "no-factor",
        stages(16, 24, 40, 56),
        stages(40, 104, 304, 672),
        ["AD109 function: stage widths 16, 24, 40, 56, not 40, 104, 304, 672 x16"],
    ),
    (
        "a-stage-that-stays-is-told",
        stages(16, 24, 40, 56),
        stages(40, 24, 304, 672),
        ["AD109 function: stage widths 16, 24, 40, 56, not 40, 24, 304, 672 x12"],
    ),
    (
        "twice-as-wide-inside",
        stages(16, 24, 40, inner={1: 48}),
        stages(40, 104, 304, inner={1: 208}),
        ["AD109 function: stage widths 16, 24, 40, not 40, 104, 304 x12"],
    ),
    # what it does not explain
    (
        "another-inner-width",
        stages(16, 24, 40, inner={1: 24}),
        stages(40, 104, 304, inner={1: 96}),
        [
            "AD109 function: stage widths 16, 24, 40, not 40, 104, 304 x10",
            "AD301 function stage1.0.a: out_channels 24, not 96 x2",
            "-> AD301 function stage1.0.n: num_features 24, not 96",
            "-> AD301 function stage1.0.b: in_channels 24, not 96",
        ],
    ),
]

test_decisions = decisions_test(CASES)
