# ruff: noqa: E501  (tables: a case a line)
"""A summary table that shows blocks as one row: the other network's blocks are closed as far, and count as much."""

from __future__ import annotations

import pytest

from archdiff.infer.folding import folded
from archdiff.model.facts import CLOSED
from archdiff.model.network import NOT_SHOWN, PARAMETERS, UNKNOWN, Layer, Network
from archdiff.parse import parse

RULE = "=" * 60


def table(*rows: str) -> Network:
    text = "\n".join(["Layer (type:depth-idx)   Output Shape   Param #", RULE, "Net   [1, 5]   --", *rows, RULE])
    return parse(text)[0]


def net(*parts: str) -> Network:
    return parse("Net(\n" + "".join(f"  ({at}): {part}\n" for at, part in enumerate(parts)) + ")")[0]


LINEAR = "Linear(in_features=20, out_features=5, bias=True)"
BLOCK = f"Block(\n    (fc): {LINEAR}\n    (act): ReLU()\n  )"


def shown(layer: Layer) -> str:
    """The tree on one line, with the parameters of each row of a table."""
    count = f"={layer.settings[0].value}" if layer.settings and layer.settings[0].name == PARAMETERS else ""
    return layer.class_name + count + (f"[{' '.join(map(shown, layer.children))}]" if layer.children else "")


def test_two_prints_are_left_alone() -> None:
    ours, theirs = net(BLOCK), net(BLOCK, "ReLU()")
    assert folded(ours, theirs) == (ours, theirs)
    assert folded(ours, theirs)[0] is ours


CLOSED_BLOCKS = [
    # name, the other network, rows of the table, the other one closed, how many layers are then compared with nothing
    ("a block", [BLOCK], ["├─Block: 1-1   [1, 5]   105"], "Net[Block=105]", 2),
    ("the second of two", ["Mine()", BLOCK, BLOCK], ["├─Block: 1-1   [1, 5]   1", "├─Block: 1-2   [1, 5]   2"], "Net[Mine Block=105 Block=105]", 4),
    ("of a class beside it", [BLOCK, "ReLU()"], ["├─ReLU: 1-1   [1, 5]   --"], "Net[Block[Linear ReLU] ReLU]", 0),
    ("with what nobody knows", ["Block(\n    (m): Mystery()\n  )"], ["├─Block: 1-1   [1, 5]   7"], "Net[Block=unknown]", 1),
]  # fmt: skip


@pytest.mark.parametrize(
    ("parts", "rows", "closed", "left_out"),
    [case[1:] for case in CLOSED_BLOCKS],
    ids=[case[0] for case in CLOSED_BLOCKS],
)
def test_blocks_are_closed_as_far_as_the_table_shows(
    parts: list[str], rows: list[str], closed: str, left_out: int
) -> None:
    for swap in (False, True):
        both = (table(*rows), net(*parts))
        one, other = folded(*(both[::-1] if swap else both))
        printed, tabled = (one, other) if swap else (other, one)
        assert shown(printed.root) == closed
        assert tabled.root == both[0].root
        fact = printed.fact(CLOSED)
        assert (fact.value if fact else 0) == left_out


def test_a_row_below_stands_for_what_is_not_shown() -> None:
    root = table("├─Block: 1-1   [1, 5]   105").root
    assert root.children[0].class_name == "Block"
    assert UNKNOWN not in [setting.value for setting in root.children[0].settings[:1]]
    assert NOT_SHOWN not in shown(root)
