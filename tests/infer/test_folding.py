"""A summary table that shows a block as one row: the block of the other network is closed as far, and stays a print."""

from __future__ import annotations

import pytest

from archdiff import api
from archdiff.infer.folding import folded
from archdiff.model.facts import CLOSED
from archdiff.model.network import Network, is_tabled, leaves
from archdiff.parse import parse

HEAD = f"{'Layer (type:depth-idx)':<40} {'Output Shape':<25} {'Param #':<25}"
LINEAR = "Linear(in_features=4, out_features=4, bias=True)"
SHOWN = f"Net(\n  (blocks): Sequential(\n    (0): {LINEAR}\n    (1): ReLU()\n  )\n  (head): {LINEAR}\n)\n"
AT_THE_END = f"Net(\n  (head): {LINEAR}\n  (blocks): Block(\n    (fc): {LINEAR}\n    (act): ReLU()\n  )\n)\n"


def table(*rows: str) -> Network:
    """Rows of class and count, all at depth 1."""
    cells = (row.split() for row in rows)
    lines = [f"{f'├─{name}: 1-{at}':<40} {'[2, 4]':<25} {count:<25}" for at, (name, count) in enumerate(cells, 1)]
    text = "\n".join(["=" * 80, HEAD, "=" * 80, f"{'Net':<40} {'--':<25} {'--':<25}", *lines, "=" * 80, ""])
    return parse(text)[0]


def test_prints_are_left_alone() -> None:
    (network,) = parse(SHOWN)
    assert all(each is network for each in folded(network, network))


@pytest.mark.parametrize(
    ("text", "rows", "closed", "left"),
    [
        (SHOWN, ("Sequential 20", "Linear 20"), 2, [True, False]),
        (AT_THE_END, ("Linear 20", "Block 20"), 2, [False, True]),
        (SHOWN, ("ReLU --", "Linear 20"), None, [False, False]),  # no row stands for the block
    ],
)
def test_blocks_are_closed(text: str, rows: tuple[str, ...], closed: int | None, left: list[bool]) -> None:
    network, other = parse(text)[0], table(*rows)
    ours, theirs = folded(network, other)
    fact = ours.fact(CLOSED)
    assert (fact.value if fact else None) == closed
    assert [any(is_tabled(each) for _, each in leaves(child)) for child in ours.root.children] == left
    assert theirs.root == other.root
    mirrored = folded(other, network)
    assert (mirrored[0].root, mirrored[1].root) == (theirs.root, ours.root)


@pytest.mark.parametrize("text", [SHOWN, AT_THE_END])
def test_what_is_closed_stays_a_print(text: str) -> None:
    """Its last layer is a block of which only the count is left, and yet it is no table."""
    rows = ("Sequential 20", "Linear 20") if text is SHOWN else ("Linear 20", "Block 20")
    network, other = parse(text)[0], table(*rows)
    assert [each.is_table for each in folded(network, other)] == [False, True]
    (settings,) = (each for each in api.compare_networks(network, other).findings if each.setting == "settings")
    assert settings.message.startswith("a summary table (reference)")
