# ruff: noqa: E501  (tables: a case a line)
"""Where the root of a print begins, and which layer each of its lines belongs to. Whole prints: `test_module`."""

from __future__ import annotations

import pytest

from archdiff.model.errors import ReadError
from archdiff.model.network import Layer, Setting
from archdiff.parse.grammar.line import read_line, read_module
from archdiff.parse.grammar.module import Print, read_print
from archdiff.parse.grammar.tree import TreeBuilder, find_root, leaf
from archdiff.parse.lines import split

ROOTS = [
    ("Net(", 0),
    ("model = Net(", 8),
    ("> torch.nn.Net(", 2),
    ("(a): 3 x Net(", 0),  # with the name and the repeat that belong to it
    ("log (a): Net(", 4),
    ("Net((", 0),
    ("Net(8)(", 0),
    ("Net( ---", 0),
    ("ParameterDict(  (w): Parameter containing: [torch.FloatTensor of size 2]", 0),
    ("Net()", -1),
    ("a (", 0),
    ("3(", -1),
    ("Net", -1),
    ("", -1),
    ("x" * 200 + " Net(", 201),
    ("Net( and words", -1),
]


@pytest.mark.parametrize(("text", "column"), ROOTS, ids=[text[-30:] or "nothing" for text, _ in ROOTS])
def test_where_a_class_begins_whose_bracket_stays_open(text: str, column: int) -> None:
    assert find_root(text) == column


def read(text: str) -> Print:
    lines = split("net.txt", text)
    return read_print(lines, 0, len(lines.texts))


def shown(layer: Layer) -> str:
    """The tree on one line: `Net[a:Block[0:ReLU]]`."""
    children = ",".join(f"{child.name}:{shown(child)}" for child in layer.children)
    return layer.class_name + (f"[{children}]" if layer.children else "")


TREES = [
    # name, text, tree, last line, complete
    ("a leaf and a body", "Net(\n  (a): ReLU()\n  (b): B(\n    (0): Tanh()\n  )\n)", "Net[a:ReLU,b:B[0:Tanh]]", 5, True),
    ("closed on the line of its last child", "Net(\n  (a): B(\n    (0): Tanh()))", "Net[a:B[0:Tanh]]", 2, True),
    ("words behind it", "Net(\n  (a): ReLU()\n)\nwords (", "Net[a:ReLU]", 2, True),
    ("a warning in it", "Net(\n  (a): ReLU()\nUserWarning: x\n  (b): ReLU()\n)", "Net[a:ReLU,b:ReLU]", 4, True),
    ("blank lines in it", "Net(\n\n  (a): ReLU()\n\n)", "Net[a:ReLU]", 4, True),
    ("cut off", "Net(\n  (a): B(\n    (0): Tanh()", "Net[a:B[0:Tanh]]", 2, False),
    ("lines cut out", "Net(\n  (a): ReLU()\n  ...\n)", "Net[a:ReLU]", 3, False),
    ("lines counted that were cut out", "Net(\n  (a): ReLU()\n)  x2", "Net[a:ReLU]", 2, False),
    ("a bracket lost, the indentation kept", "Net(\n  (a): B(\n    (0): Tanh()\n  (b): ReLU()\n)", "Net[a:B[0:Tanh],b:ReLU]", 4, False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "tree", "last", "complete"), [row[1:] for row in TREES], ids=[row[0] for row in TREES]
)
def test_which_layer_a_line_belongs_to(text: str, tree: str, last: int, complete: bool) -> None:
    found = read(text)
    assert (shown(found.root), found.last, found.complete) == (tree, last, complete)


SETTINGS = [
    ("above children", "Net(\n  p=1, q=2\n  (a): ReLU()\n)", [("p", 1), ("q", 2)]),
    ("over lines", "Net(\n  p=(1,\n  2)\n  (a): ReLU()\n)", [("p", (1, 2))]),
    ("behind children by name", "Net(\n  (a): ReLU()\n  p=1\n)", [("p", 1)]),
    ("behind children without a name", "Net(\n  (a): ReLU()\n  4\n)", []),
    ("a comment", "Net(\n  # p=1\n  (a): ReLU()\n)", []),
    ("that begin on the first line", "Net(p=1,\n  q=2)", [("p", 1), ("q", 2)]),
]


@pytest.mark.parametrize(("text", "settings"), [row[1:] for row in SETTINGS], ids=[row[0] for row in SETTINGS])
def test_lines_of_settings(text: str, settings: list[tuple[str, int]]) -> None:
    assert read(text).root.settings == tuple(Setting(*setting) for setting in settings)


REFUSED = [
    ("too deep", "Net(\n" + "(a): B(\n" * 200, "nested deeper than 200 levels", 201),
    ("too many", "Net(\n  (a): 50001 x ReLU()\n)", "stands for more than 50,000 modules", 2),
    ("too many in each other", "Net(\n  (a): 300 x B(\n    (0): 300 x ReLU()\n  )\n)", "stands for more than 50,000 modules", 3),
    ("none", "Net(\n  (a): 0 x ReLU()\n)", "0 x: a folded line stands for one module or more", 2),
    ("another number than its name lists", "Net(\n  (0-2): 4 x ReLU()\n)", "(0-2) lists 3 modules, not 4", 2),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message", "line"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_refused(text: str, message: str, line: int) -> None:
    with pytest.raises(ReadError) as caught:
        read(text)
    assert (caught.value.message, caught.value.line) == (message, line)


def test_a_builder_hands_over_the_root_with_its_last_line() -> None:
    lines = split("net.txt", "Net(\n  (a): ReLU()\n)\n")
    builder = TreeBuilder(lines, False, len(lines.texts))
    builder.open(read_module("Net("), 0, "Net(", 0)
    assert builder.take(1) is None
    root = builder.take(2)
    assert root is not None
    assert shown(root) == "Net[a:ReLU]"


def test_a_leaf_knows_its_place() -> None:
    lines = split("net.txt", "\n  (a): Net((0): ReLU())")
    found = leaf(lines, read_line("(a): Net((0): ReLU())"), 1, "  (a): Net((0): ReLU())")
    assert (found.span.line, found.span.column) == (2, 3)
    assert shown(found) == "Net[0:ReLU]"
