"""How wide a part of a network begins and ends, and where its print does not tell."""

from __future__ import annotations

import pytest

from archdiff.diff.decisions._ends import ends_of, last_width
from diff.decisions.prints import batch_norm, conv, layer_norm, linear, listed, net
from trees import index

NETWORK = net(
    stem=conv(3, 8),
    layers=listed(net(a=conv(8, 16), n=batch_norm(16), b=conv(16, 32)), net(n=layer_norm(32), act="ReLU()")),
    somebody=net(a="Mystery(8, 16)"),
    head=linear(32, 10),
)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("", (3, 10)),
        ("stem", (3, 8)),
        ("layers", (8, 32)),
        ("layers.0", (8, 32)),
        ("layers.0.b", (16, 32)),
        ("layers.1", None),
        ("layers.1.n", None),
        ("somebody", None),
        ("head", (32, 10)),
        ("nowhere", None),
    ],
)
def test_ends(path: str, expected: tuple[int, int] | None) -> None:
    assert ends_of(path, index(NETWORK)) == expected


@pytest.mark.parametrize(
    ("text", "path"),
    [(NETWORK, "head"), (net(a=linear(8, 4), act="ReLU()", n=layer_norm(4)), "a"), (net(act="ReLU()"), "")],
    ids=["head", "behind-it-a-norm", "none"],
)
def test_the_last_width(text: str, path: str) -> None:
    assert last_width(index(text)) == path
