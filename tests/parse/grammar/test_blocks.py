# ruff: noqa: E501  (tables: a case a line)
"""Which blocks are read at one go, where each ends, and that what was read is known again. Whole prints: `test_tree`."""

from __future__ import annotations

import pytest

from archdiff.model.network import Layer, Setting, Span
from archdiff.parse.blocks import BlockText, InternedBlock
from archdiff.parse.grammar.blocks import block_text, placed, read_block
from archdiff.parse.grammar.layout import LayerLayout
from archdiff.parse.grammar.line import read_line
from archdiff.parse.lines import Lines, split


def lines_of(text: str) -> Lines:
    return split("net.txt", text)


def block_of(lines: Lines, index: int = 0, stop: int = 100, depth: int = 1) -> BlockText | None:
    return block_text(lines, read_line(lines.texts[index].strip()), index, stop, depth, repeat=2)


TEXTS = [
    ("settings on its line", "(a): B(p=8)(\n  (0): ReLU()\n)", 100, None),
    ("a child on its line", "(a): B(  (0): ReLU()\n)", 100, None),
    ("never closed", "(a): B(\n  (0): ReLU()\n", 100, None),
    ("closed further in", "(a): B(\n  (0): ReLU()\n  )", 100, None),
    ("closed behind the last line that may belong to it", "(a): B(\n  (0): ReLU()\n)", 2, None),
    ("a leaf", "(a): B(\n  (0): ReLU()\n)", 100, BlockText(("B", 2, 1, "  (0): ReLU()"), 2)),
    ("folded", "(0-2): 3 x B(\n  (0): ReLU()\n)", 100, BlockText(("B", 6, 1, "  (0): ReLU()"), 2)),
    ("up to the first that closes it", "(a): B(\n  (0): ReLU()\n)\n(b): B(\n)", 100, BlockText(("B", 2, 1, "  (0): ReLU()"), 2)),
    ("blanks behind the brackets", "(a): B( \n  (0): ReLU()\n) ", 100, BlockText(("B", 2, 1, "  (0): ReLU()"), 2)),
    ("nothing in it", "(a): B(\n)", 100, BlockText(("B", 2, 1, ""), 1)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "stop", "expected"), [row[1:] for row in TEXTS], ids=[row[0] for row in TEXTS])
def test_where_a_block_ends(text: str, stop: int, expected: BlockText | None) -> None:
    assert block_of(lines_of(text), stop=stop) == expected


def test_a_line_that_is_not_at_its_place_in_the_file_ends_nothing() -> None:
    lines = lines_of("(a): B(\n  (0): ReLU()\n)")
    lines.numbers[2] += 1
    assert block_of(lines) is None
    lines.numbers[2] -= 1
    lines.columns[1] = 4
    assert block_of(lines) is None


ALONE = [
    # name, lines inside, the first that is to be read by itself
    ("settings", "  p=1\n  (0): ReLU()", 1),
    ("words", "  (0): ReLU()\nwords", 2),
    ("a blank", "  (0): ReLU()\n\n  (1): ReLU()", 2),
    ("a leaf that is folded", "  (0): ReLU()\n  (1-2): 2 x ReLU()", 2),
    ("a block that is folded", "  (0-1): 2 x C(\n    (0): ReLU()\n  )", 1),
    ("a block as far left as its parent", "(b): C(\n    (0): ReLU()\n)", 1),
    ("a block that is closed elsewhere", "  (b): C(\n    (0): ReLU()\n   )", 1),
    ("words in a block", "  (b): C(\n    (0): ReLU()\n    words\n  )", 3),
    ("more brackets than it opens", "  (0): ReLU())", 1),
]


@pytest.mark.parametrize(("inside", "line"), [row[1:] for row in ALONE], ids=[row[0] for row in ALONE])
def test_what_is_not_read_at_one_go(inside: str, line: int) -> None:
    lines = lines_of(f"(a): B(\n{inside}\n)")
    block = BlockText(("B", 1, 1, inside), 2 + inside.count("\n"))
    assert read_block(lines, 0, block) == line
    assert block.key not in lines.blocks


def test_nothing_is_read_deeper_than_layers_nest() -> None:
    lines = lines_of("(a): B(\n  (b): C(\n    (0): ReLU()\n  )\n)")
    for depth, inside in ((198, True), (199, False)):
        block = block_of(lines, depth=depth)
        assert block is not None
        assert isinstance(read_block(lines, 0, block), InternedBlock) is inside


def test_what_was_read_at_one_go() -> None:
    lines = lines_of("(a): B(\n  (b): C(\n    (0): Dropout(p=0.1)\n  )\n  (c): ReLU()\n)")
    block = block_of(lines)
    assert block is not None
    found = read_block(lines, 0, block)
    assert isinstance(found, InternedBlock)
    dropout, relu = "    (0): Dropout(p=0.1)", "  (c): ReLU()"
    leaf = Layer("0", "Dropout", (Setting("p", 0.1, "p=0.1"),), span=Span("net.txt", 3, 5, 19), layout=dropout)
    inner = Layer(
        "b", "C", children=(leaf,), span=Span("net.txt", 2, 3, 7),
        layout=LayerLayout("  (b): C(", None, "  )", False, 0, (), 1),
    )  # fmt: skip
    last = Layer("c", "ReLU", span=Span("net.txt", 5, 3, 11), layout=relu)
    assert repr(found) == repr(InternedBlock((), (inner, last), None, 1))  # spans and layouts count in no comparison
    assert lines.blocks == {block.key: found, ("C", 2, 2, dropout): InternedBlock((), (leaf,), None, 2)}


def test_what_was_read_before_in_another_place() -> None:
    lines = lines_of("(a): B(\n  (0): ReLU()\n)\nwords\n(b): B(\n  (0): ReLU()\n)")
    first, second = block_of(lines), block_of(lines, 4)
    assert first is not None
    assert second is not None
    assert first.key == second.key
    known = read_block(lines, 0, first)
    assert isinstance(known, InternedBlock)
    found = placed(lines, read_line("(b): B("), 4, second.end, known)
    assert (found.name, found.class_name, found.span, found.shift) == ("b", "B", Span("net.txt", 5, 1, 7), 4)
    assert found.children is known.children
    assert found.layout == LayerLayout("(b): B(", None, ")", False, 0, (), 1)
