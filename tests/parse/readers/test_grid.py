# ruff: noqa: E501  (tables as they are printed)
"""The rows and cells of a summary table, before anything is known of their classes. Whole tables: `test_summary_table`."""

from __future__ import annotations

import pytest

from archdiff.parse.lines import split
from archdiff.parse.readers._grid import Grid, TableStyle, read_grid

RULE = "=" * 60


def grid(text: str, index: int = 0) -> Grid | None:
    lines = split("table.txt", text)
    return read_grid(lines, index, len(lines.texts))


NO_TABLES = [
    ("words", f"Layers\n{RULE}\nNet  [1]  3"),
    ("a header without a rule", "Layer (type:depth-idx)    Param #\nNet     3"),
    ("the last line", "Layer (type:depth-idx)    Param #"),
    ("a longer line than a table has", f"Layer (type){' ' * 2_000}Param #\n{RULE}\n"),
]


@pytest.mark.parametrize("text", [text for _, text in NO_TABLES], ids=[name for name, _ in NO_TABLES])
def test_no_table(text: str) -> None:
    assert grid(text) is None


def tree(rows: str, before: str = "") -> str:
    text = f"Layer (type:depth-idx)   Output Shape   Param #\n{RULE}\n{rows}\n{RULE}"
    return "\n".join(before + line for line in text.split("\n"))


STYLES = [
    # name, text, style, (class, name, depth) of each row, complete
    ("torchinfo", tree("Net                 [1, 5]    --\n├─Linear: 1-1       [1, 5]    650\n│    └─ReLU: 2-2   [1, 5]   --"), TableStyle.TREE, [("Net", "", 0), ("Linear", "", 1), ("ReLU", "", 2)], True),
    ("torchinfo with names", tree("Net (net)   [1, 5]    --\n├─Linear (fc): 1-1   [1, 5]    650"), TableStyle.TREE, [("Net", "net", 0), ("Linear", "fc", 1)], True),
    ("torchsummary", f"        Layer (type)         Output Shape    Param #\n{RULE}\n     Conv2d-1   [-1, 2, 4]    832\n       ReLU-2   [-1, 2, 4]   0\n{RULE}", TableStyle.TREE, [("Conv2d", "", -1), ("ReLU", "", -1)], True),
    ("names before classes", f"Layer (type)    Param #\n{RULE}\nbody.0 (Conv2d)   832\nhead (Linear)   5\n{RULE}", TableStyle.NAMED, [("Conv2d", "body.0", 2), ("Linear", "head", 1)], True),
    ("lightning", "  | Name    | Type   | Params\n------------------------------\n0 | net.fc  | Linear | 650\n------------------------------", TableStyle.NAMED, [("Linear", "net.fc", 2)], True),
    ("fastai", f"Layer (type)   Output Shape   Param #   Trainable\n{RULE}\nLinear   [5]   650   True\nReLU   [5]   0   False\n{RULE}", TableStyle.FLAT, [("Linear", "", 1), ("ReLU", "", 1)], True),
    ("keras", f"Layer (type)   Output Shape   Param #\n{RULE}\ndense (Dense)   (None, 5)   650\n{RULE}", TableStyle.FOREIGN, [], True),
    ("fvcore", "| module   | #parameters or shape |\n|:---|:---|\n| model | 1 |", TableStyle.NAMELESS, [], False),
    ("cut off", tree("├─Linear: 1-1   [1, 5]   650").rpartition("\n")[0], TableStyle.TREE, [("Linear", "", 1)], False),
    ("a row left out", tree("├─Linear: 1-1   [1, 5]   650\n..."), TableStyle.TREE, [("Linear", "", 1)], False),
]  # fmt: skip


@pytest.mark.parametrize(("text", "style", "rows", "complete"), [row[1:] for row in STYLES], ids=[row[0] for row in STYLES])  # fmt: skip
def test_rows(text: str, style: TableStyle, rows: list[tuple[str, str, int]], complete: bool) -> None:
    found = grid(text)
    assert found is not None
    assert (found.style, found.complete) == (style, complete)
    assert [(row.class_name, row.name, row.depth) for row in found.rows] == rows


CELLS = [
    ("two spaces part them", "├─A: 1-1   [1, 5]    650", ["[1, 5]", "650"]),
    ("a bracket parts them", "├─A: 1-1   [1, 5, 6] 650", ["[1, 5, 6]", "650"]),
    ("shapes in a list", "├─A: 1-1   [[1, 5], [1, 6]]   650", ["[[1, 5], [1, 6]]", "650"]),
    ("a number in brackets", "├─A: 1-1   [1, 5]   (650)", ["[1, 5]", "(650)"]),
]


@pytest.mark.parametrize(("row", "cells"), [row[1:] for row in CELLS], ids=[row[0] for row in CELLS])
def test_cells_by_title(row: str, cells: list[str]) -> None:
    found = grid(tree(row))
    assert found is not None
    assert found.rows[0].cells == dict(zip(("Output Shape", "Param #"), cells, strict=True))


@pytest.mark.parametrize("row", ["├─A: 1-1   [1, 5]", "├─A: 1-1   [1]   2   3"], ids=["one less", "one more"])
def test_a_row_has_as_many_cells_as_there_are_titles(row: str) -> None:
    found = grid(tree(row))
    assert found is not None
    assert (found.rows, found.complete) == ((), False)


@pytest.mark.parametrize("before", ["> ", "12:00:01 INFO ", "    "], ids=["quoted", "logged", "indented"])
def test_what_stands_before_each_line_is_cut(before: str) -> None:
    found = grid(tree("Net   [1, 5]   --\n├─Linear: 1-1   [1, 5]   650", before))
    assert found is not None
    assert [(row.at, row.column, row.class_name) for row in found.rows] == [
        (2, len(before), "Net"),
        (3, len(before) + 2, "Linear"),
    ]


def test_lines_of_a_table() -> None:
    text = f"words\n{RULE}\n{tree('Net   [1]   3')}\nTotal params: 1,840\n2.0 K     Trainable params\nForward (MB): 3\n{RULE}\nwords"
    found = grid(text, 2)
    assert found is not None
    assert (found.first, found.header, found.last) == (1, 2, 9)
    assert found.totals == (("Total params", "1,840"), ("Trainable params", "2.0 K"))


def test_the_network_above_a_table_of_fastai() -> None:
    text = f"Sequential (Input shape: 64 x 3 x 28 x 28)\n{RULE}\nLayer (type)   Output Shape   Param #   Trainable\n{RULE}\n           64 x 8 x 14 x 14\nConv2d                 832   True\nReLU\n{RULE}"
    found = grid(text, 2)
    assert found is not None
    assert [(row.class_name, row.depth, row.cells.get("Input Shape"), row.cells.get("Output Shape")) for row in found.rows] == [
        ("Sequential", 0, None, None),
        ("Conv2d", 1, "[64, 3, 28, 28]", "[64, 8, 14, 14]"),
        ("ReLU", 1, None, "[64, 8, 14, 14]"),
    ]  # fmt: skip
