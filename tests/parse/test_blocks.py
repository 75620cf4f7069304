"""Equal blocks of text are read once, and every layer still knows its own place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archdiff.model.network import Network, apart, walk, walk_lines
from archdiff.parse import parse
from archdiff.parse.blocks import Blocks
from archdiff.parse.unparse import unparse

BODY = """\
    (attention): Attention(
      (query): Linear(in_features=8, out_features=8, bias=True)
      (norm): Norm(
        shape=8
      )
    )
    (drop): Dropout(p=0.1, inplace=False)
"""


def net(body: str = BODY, blocks: int = 3, head: str = "Net(\n") -> str:
    return head + "".join(f"  ({index}): Block(\n{body}  )\n" for index in range(blocks)) + "  (last): ReLU()\n)\n"


def of(text: str, blocks: Blocks | None = None) -> Network:
    return parse(text, "net.txt", blocks)[0]


OTHER_TEXTS = [
    ("one more blank in a block", net().replace("(drop): Dropout(p=0.1,", "(drop): Dropout(p=0.1, ", 1)),
    ("another class", net().replace("(0): Block(", "(0): Brick(")),
    ("lines cut out", net(BODY + "    ...\n")),
    ("a log before each line", "".join(f"12:00:0{i % 10} {line}\n" for i, line in enumerate(net().splitlines()))),
    ("quoted", "".join(f"> {line}\n" for line in net().splitlines())),
]


def test_one_value_for_all_places() -> None:
    root = of(net()).root
    assert len({id(child.children) for child in root.children if child.children}) == 1


def test_one_value_for_two_texts() -> None:
    blocks = Blocks()
    first, second = of(net(), blocks).root, of("some words\n\n" + net(blocks=2), blocks).root
    assert first.children[0].children is second.children[1].children


def test_texts_that_are_read_apart_share_nothing() -> None:
    assert of(net()).root.children[0].children is not of(net()).root.children[0].children


@pytest.mark.parametrize("text", [text for _, text in OTHER_TEXTS], ids=[told for told, _ in OTHER_TEXTS])
def test_another_text_is_another_value(text: str) -> None:
    blocks = Blocks()
    first, second = of(net(), blocks).root, of(text, blocks).root
    assert first.children[0].children is not second.children[0].children


@pytest.mark.parametrize("text", [net(), *(text for _, text in OTHER_TEXTS), "\n\nwords\n\n" + net(blocks=40)])
def test_every_layer_stands_on_its_line(text: str) -> None:
    blocks = Blocks()
    for network in (of(net(blocks=7), blocks), of(text, blocks)):
        lines = (text if network.last_line != len(net(blocks=7).splitlines()) else net(blocks=7)).splitlines()
        for path, layer, line in walk_lines(network.root):
            name = f"({path.rpartition('.')[2]}): {layer.class_name}(" if path else "Net("
            assert name in lines[line - 1]


def test_apart_from_each_other_every_span_is_its_own_place() -> None:
    text = "words\n\n" + net()
    lines = text.splitlines()
    root = apart(of(text)).root
    assert root == of(text).root
    for path, layer in walk(root):
        assert lines[layer.span.line - 1][layer.span.column - 1 :][: layer.span.length].startswith(
            f"({path.rpartition('.')[2]})" if path else "Net("
        )


def test_what_is_shared_prints_as_it_was() -> None:
    blocks = Blocks()
    for text in (net(), net(blocks=5), net(BODY.replace("0.1", "0.2"))):
        assert unparse(of(text, blocks).root) == text.strip()


DAMAGED = [
    ("a bracket less", net().replace("      )\n    )\n", "      )\n", 1)),
    ("a bracket more", net().replace("      )\n    )\n", "      )\n    )\n    )\n", 1)),
    ("two brackets on a line", net().replace("      )\n    )\n", "      ))\n", 1)),
    ("cut off", "\n".join(net().splitlines()[:-8])),
    ("a line of a log", net().replace("    (drop)", "step 3: loss 0.2\n    (drop)", 1)),
]
ALL = [*DAMAGED, *OTHER_TEXTS]


@pytest.mark.parametrize("text", [each[1] for each in ALL], ids=[each[0] for each in ALL])
def test_what_was_read_before_decides_nothing(text: str) -> None:
    blocks = Blocks()
    of(net(), blocks)
    again, alone = of(text, blocks), of(text)
    assert again == alone
    assert unparse(again.root) == unparse(alone.root)
    assert [line for _, _, line in walk_lines(again.root)] == [line for _, _, line in walk_lines(alone.root)]


NUMBERS = [  # a line of a block, and the same line with other numbers
    ("ints", "(a): Linear(in_features=8, out_features=16, bias=True)", "(a): Linear(in_features=12, out_features=7)"),
    ("other_ints", "(a): Linear(in_features=8, out_features=16)", "(a): Linear(in_features=12, out_features=712)"),
    ("by_position", "(a): Conv2d(1, 64, kernel_size=(5, 5), stride=(1, 1))", "(a): Conv2d(3, 8, kernel_size=(3, 3))"),
    ("tuples", "(a): Conv2d(1, 64, kernel_size=(5, 5))", "(a): Conv2d(3, 8, kernel_size=(3, 1))"),
    ("one_in_a_tuple", "(a): LayerNorm((64,), eps=1e-05)", "(a): LayerNorm((8,), eps=1e-05)"),
    ("nested", "(a): Fold(sizes=[(1, 2), {3: 4, 5}])", "(a): Fold(sizes=[(9, 8), {3: 7, 6}])"),
    ("a_float", "(a): Dropout(p=0.1, inplace=False)", "(a): Dropout(p=0.25, inplace=False)"),
    ("a_float_and_a_whole_number", "(a): Dropout(p=0, inplace=False)", "(a): Dropout(p=0.5, inplace=False)"),
    ("an_exponent", "(a): BatchNorm2d(8, eps=1e-05)", "(a): BatchNorm2d(9, eps=1e-12)"),
    ("a_sign", "(a): Clip(low=-1, high=1)", "(a): Clip(low=-2, high=3)"),
    ("an_old_dialect", "(a): Linear (784 -> 10)", "(a): Linear (32 -> 5)"),
    ("zeros_in_front", "(a): Pool(007, 1)", "(a): Pool(1, 0012)"),
    ("a_long_number", "(a): Linear(in_features=8, out_features=16)", "(a): Linear(in_features=12345678901, out=1)"),
    ("digits_of_another_script", "(a): Linear(in_features=8)", "(a): Linear(in_features=٣)"),
    ("the_name", "(a1): Linear(in_features=8)", "(a22): Linear(in_features=9)"),
    ("the_class", "(a): Norm1d(8)", "(a): Norm2d(9)"),
    ("a_fold", "(0-1): 2 x Linear(in_features=8)", "(0-2): 3 x Linear(in_features=9)"),
    ("a_string", "(a): Cat(name='8, 9', 1)", "(a): Cat(name='7, 5', 2)"),
    ("a_size", "(a): MaxPool2d (size=(2, 2), stride=(2, 2))", "(a): MaxPool2d (size=(3, 3), stride=(1, 2))"),
    ("twice", "(a): Cat(8, 8)", "(a): Cat(8, 9)"),
    ("a_parameter", "(w): Parameter containing: [torch.FloatTensor of size 8x9]", "(w): Parameter containing: "
     "[torch.FloatTensor of size 7x9]"),
    ("a_name_of_a_container", "(b): Box(\n        (c): ReLU()\n      )", "(b2): Box(\n        (c): ReLU()\n      )"),
    ("settings_of_a_container", "(b): Box(\n        size=8\n        (c): ReLU()\n      )", "(b): Box(\n        size=9\n"
     "        (c): ReLU()\n      )"),
    ("children_on_a_line", "(b): ParameterList(  (0): Object of size: [8, 9])",
     "(b): ParameterList(  (0): Object of size: [8, 1])"),
]  # fmt: skip


def inside(line: str) -> str:
    """A block that holds a line, below something that has no numbers."""
    return f"    (box): Box(\n      {line}\n      (act): ReLU()\n    )\n    (drop): Dropout(p=0.5, inplace=False)\n"


@pytest.mark.parametrize(("first", "then"), [each[1:] for each in NUMBERS], ids=[each[0] for each in NUMBERS])
def test_other_numbers_are_read_as_if_alone(first: str, then: str) -> None:
    blocks = Blocks()
    of(net(inside(first)), blocks)
    for text in (net(inside(then)), net(inside(first)), "words\n\n" + net(inside(then), blocks=1)):
        again, alone = of(text, blocks), of(text)
        assert again == alone
        assert unparse(again.root) == unparse(alone.root)
        assert [*walk(apart(again).root)] == [*walk(apart(alone).root)]
        for (_, layer), (_, other) in zip(walk(apart(again).root), walk(apart(alone).root), strict=True):
            assert layer.span == other.span
            assert [setting.text for setting in layer.settings] == [setting.text for setting in other.settings]


@given(st.lists(st.lists(st.integers(0, 10**12), min_size=4, max_size=4), min_size=2, max_size=6))
def test_any_numbers(rows: list[list[int]]) -> None:
    line = "(a): Conv2d({}, {}, kernel_size=({}, 3), padding={}, eps=1e-05)"
    blocks = Blocks()
    for row in rows:
        text = net(inside(line.format(*row)), blocks=1)
        assert of(text, blocks) == of(text)


def test_lines_that_a_terminal_broke_keep_their_numbers() -> None:
    body = inside("(a): Linear(in_features=8, out_features=8, bias=True)")
    text = net(body)
    broken = "\n".join(line[at : at + 50] for line in text.splitlines() for at in range(0, len(line), 50))
    blocks = Blocks()
    of(text, blocks)
    lines = broken.splitlines()
    for path, _, line in walk_lines(of(broken, blocks).root):
        assert f"({path.rpartition('.')[2]})" in lines[line - 1] or not path
