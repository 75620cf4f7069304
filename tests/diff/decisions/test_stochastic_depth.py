"""Rates of stochastic depth as one decision, whatever layers hold them; and rates that are chosen one by one."""

from __future__ import annotations

from answers import holding
from diff.decisions.prints import Case, decisions_test, dropout, linear, net, ordered


def drop_path(rate: float) -> str:
    return f"DropPath(drop_prob={rate})"


def stochastic(rate: float) -> str:
    return f"StochasticDepth(p={rate}, mode=row)"


def blocks(*drops: str, name: str = "Block", **more: str) -> str:
    """Blocks that each end with one of these layers."""
    return net(layers=ordered(*(holding(name, fc=linear(8, 8), **more, drop_path=drop) for drop in drops)))


def rated(*rates: float) -> str:
    return blocks(*map(drop_path, rates))


def twice(*rates: float) -> str:
    """Blocks that end with two of these layers."""
    both = (dict.fromkeys(("drop_path1", "drop_path2"), drop_path(rate)) for rate in rates)
    return net(layers=ordered(*(holding("Block", fc=linear(8, 8), **each) for each in both)))


#: id, candidate, reference, decisions
CASES: list[Case] = [
    # left alone
    ("equal", rated(0.0, 0.1, 0.2), rated(0.0, 0.1, 0.2), []),
    (
        "rates-that-do-not-grow",
        rated(0.3, 0.1, 0.2),
        rated(0.1, 0.2, 0.4),
        [
            "AD401 training layers.0.drop_path: p 0.3, not 0.1",
            "AD401 training layers.1.drop_path: p 0.1, not 0.2",
            "AD401 training layers.2.drop_path: p 0.2, not 0.4",
        ],
    ),
    (
        "one-rate",
        rated(0.1, 0.2, 0.35, 0.4),
        rated(0.1, 0.2, 0.3, 0.4),
        ["AD401 training layers.2.drop_path: p 0.35, not 0.3"],
    ),
    (
        "a-dropout-for-it",
        blocks(*map(drop_path, (0.1, 0.2, 0.3))),
        blocks(*map(dropout, (0.1, 0.2, 0.3))).replace("drop_path", "drop"),
        [
            "AD105 training layers.0.drop_path: DropPath, not Dropout: both do nothing in eval mode x3",
            "AD107 cosmetic layers.0.drop_path: names or nesting differ, so checkpoint keys change: "
            "layers.0.drop_path is layers.0.drop, layers.1.drop_path is layers.1.drop, layers.2.drop_path is "
            "layers.2.drop: if Block calls drop_path where the reference calls drop x3",
        ],
    ),
    (
        "nothing-drops",
        blocks(*[stochastic(0.0)] * 3),
        blocks(*[dropout(0.0)] * 3),
        ["AD105 equivalent layers.0.drop_path: StochasticDepth, not Dropout: p is 0 x3"],
    ),
    # one decision
    (
        "other-ends",
        rated(0.0, 0.1, 0.2, 0.3),
        rated(0.0, 0.05, 0.1, 0.15),
        ["AD109 training: stochastic depth 0.1 to 0.3, not 0.05 to 0.15 x3"],
    ),
    (
        "none-on-one-side",
        blocks(*map(stochastic, (0.1, 0.2, 0.3))),
        blocks(*["Identity()"] * 3),
        ["AD109 training: stochastic depth 0.1 to 0.3, not 0 x3"],
    ),
    (
        "a-dropout-of-0-for-it",
        blocks(*map(stochastic, (0.1, 0.2, 0.3))),
        blocks(*[dropout(0.0)] * 3),
        ["AD109 training: stochastic depth 0.1 to 0.3, not 0 x3"],
    ),
    (
        "another-class-of-blocks",
        blocks(*map(stochastic, (0.1, 0.2, 0.3)), name="MBConv"),
        blocks(*["Identity()"] * 3, name="InvertedResidual"),
        [
            "AD108 unknown layers.0: MBConv around these layers, not InvertedResidual: no print shows how their "
            "forward methods combine the layers x3",
            "AD109 training: stochastic depth 0.1 to 0.3, not 0 x3",
        ],
    ),
    (
        "twice-in-each-block",
        twice(0.2, 0.4),
        twice(0.1, 0.2),
        ["AD109 training: stochastic depth 0.2 to 0.4, not 0.1 to 0.2 x4"],
    ),
]

test_decisions = decisions_test(CASES)
