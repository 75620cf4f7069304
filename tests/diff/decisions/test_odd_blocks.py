# ruff: noqa: E501  (tables: a case a line)
"""A block of which one network has more, and that is unlike its neighbours: the decision about depth says in what."""

from __future__ import annotations

from answers import holding
from diff.decisions.prints import Case, batch_norm, conv, decisions_test, linear, listed, net, ordered


def block(act: str = "ReLU()", inner: int = 16, **more: str) -> str:
    return holding("Block", fc1=linear(8, inner), act=act, fc2=linear(inner, 8), **more)


def strided(stride: int, inputs: int = 8) -> str:
    return holding("Stage", conv=conv(inputs, 8).replace("stride=(1, 1)", f"stride=({stride}, {stride})"))


PLAIN = block()

#: id, candidate, reference, decisions
CASES: list[Case] = [
    # left alone
    ("equal-blocks", net(layers=listed(*[PLAIN] * 6)), net(layers=listed(*[PLAIN] * 3)), ["AD106 function layers.3: the candidate has 6 Block blocks, not 3 x3"]),
    ("the-first-strides", net(layers=ordered(strided(2), *[strided(1)] * 5)), net(layers=ordered(strided(2), *[strided(1)] * 2)), ["AD106 function layers.3: the candidate has 6 Stage blocks, not 3 x3"]),
    ("each-wider-than-the-last", net(layers=ordered(*[strided(1, 8 + 4 * at) for at in range(6)])), net(layers=ordered(*[strided(1, 8 + 4 * at) for at in range(3)])), ["AD109 function: 6 blocks, not 3, in layers x3"]),
    # told
    ("a-class", net(layers=listed(*[PLAIN] * 2, block("Tanh()"), *[PLAIN] * 3)), net(layers=listed(*[PLAIN] * 3)), ["AD109 function: 6 blocks, not 3, in layers, but layers.2.act is Tanh, not ReLU as beside it x3"]),
    ("a-width", net(layers=listed(*[PLAIN] * 2, block(inner=24), *[PLAIN] * 3)), net(layers=listed(*[PLAIN] * 3)), ["AD109 function: 6 blocks, not 3, in layers, but layers.2.fc1 has out_features 24, not 16 as beside it and 1 more x3"]),
    ("a-layer-more", net(layers=listed(*[PLAIN] * 2, block(norm=batch_norm(8)), *[PLAIN] * 3)), net(layers=listed(*[PLAIN] * 3)), ["AD109 function: 6 blocks, not 3, in layers, but layers.2 has norm too x3"]),
    ("a-layer-less", net(layers=listed(*[block(norm=batch_norm(8))] * 2, PLAIN, *[block(norm=batch_norm(8))] * 3)), net(layers=listed(*[block(norm=batch_norm(8))] * 3)), ["AD109 function: 6 blocks, not 3, in layers, but layers.2 has no norm x3"]),
    ("a-default", net(layers=listed(*[PLAIN] * 2, block("LeakyReLU(negative_slope=0.2)"), *[PLAIN] * 3)), net(layers=listed(*[PLAIN] * 3)), ["AD109 function: 6 blocks, not 3, in layers, but layers.2.act is LeakyReLU, not ReLU as beside it x3"]),
    ("in-the-reference", net(layers=listed(*[PLAIN] * 3)), net(layers=listed(*[PLAIN] * 2, block("Tanh()"), *[PLAIN] * 3)), ["AD109 function: 3 blocks, not 6, in layers, but layers.2.act is Tanh, not ReLU as beside it x3"]),
    ("one-block-more", net(layers=listed(*[PLAIN] * 2, block("Tanh()"), PLAIN)), net(layers=listed(*[PLAIN] * 3)), ["AD109 function: 4 blocks, not 3, in layers, but layers.2.act is Tanh, not ReLU as beside it"]),
    ("among-folded-lines", f"Net(\n  (layers): ModuleList(\n    (0-3): 4 x {PLAIN}\n    (4): {block('Tanh()')}\n    (5-7): 3 x {PLAIN}\n  )\n)", net(layers=listed(*[PLAIN] * 5)), ["AD109 function: 8 blocks, not 5, in layers, but layers.4.act is Tanh, not ReLU as beside it x3", "AD302 cosmetic layers: repeats in the candidate (ModuleList (3 children)): newer torch prints equal neighbours once, with a count"]),
]  # fmt: skip

test_decisions = decisions_test(CASES)
