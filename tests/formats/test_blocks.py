"""Equal blocks of text are read once, and every layer still knows its own place."""

from __future__ import annotations

import pytest

from archdiff.formats import parse, unparse
from archdiff.formats._format import Blocks
from archdiff.network import Network, apart, walk, walk_lines

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


def test_one_value_for_all_places():
    root = of(net()).root
    assert len({id(child.children) for child in root.children if child.children}) == 1


def test_one_value_for_two_texts():
    blocks: Blocks = {}
    first, second = of(net(), blocks).root, of("some words\n\n" + net(blocks=2), blocks).root
    assert first.children[0].children is second.children[1].children


def test_texts_that_are_read_apart_share_nothing():
    assert of(net()).root.children[0].children is not of(net()).root.children[0].children


@pytest.mark.parametrize("text", [text for _, text in OTHER_TEXTS], ids=[told for told, _ in OTHER_TEXTS])
def test_another_text_is_another_value(text):
    blocks: Blocks = {}
    first, second = of(net(), blocks).root, of(text, blocks).root
    assert first.children[0].children is not second.children[0].children


@pytest.mark.parametrize("text", [net(), *(text for _, text in OTHER_TEXTS), "\n\nwords\n\n" + net(blocks=40)])
def test_every_layer_stands_on_its_line(text):
    blocks: Blocks = {}
    for network in (of(net(blocks=7), blocks), of(text, blocks)):
        lines = (text if network.last_line != len(net(blocks=7).splitlines()) else net(blocks=7)).splitlines()
        for path, layer, line in walk_lines(network.root):
            name = f"({path.rpartition('.')[2]}): {layer.class_name}(" if path else "Net("
            assert name in lines[line - 1]


def test_apart_from_each_other_every_span_is_its_own_place():
    text = "words\n\n" + net()
    lines = text.splitlines()
    root = apart(of(text)).root
    assert root == of(text).root
    for path, layer in walk(root):
        assert lines[layer.span.line - 1][layer.span.column - 1 :][: layer.span.length].startswith(
            f"({path.rpartition('.')[2]})" if path else "Net("
        )


def test_what_is_shared_prints_as_it_was():
    blocks: Blocks = {}
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
def test_what_was_read_before_decides_nothing(text):
    blocks: Blocks = {}
    of(net(), blocks)
    again, alone = of(text, blocks), of(text)
    assert again == alone
    assert unparse(again.root) == unparse(alone.root)
    assert [line for _, _, line in walk_lines(again.root)] == [line for _, _, line in walk_lines(alone.root)]
