"""A tree as lines: as it was read where that still says what it says, else as torch prints it today."""

from __future__ import annotations

import pytest

from archdiff.model.network import Layer, Setting
from archdiff.parse import parse
from archdiff.parse.grammar.unparse import bare, cut, written

READ = "Net (\n    (a): Linear (8 -> 4)\n    (b): B(\n        p = 1\n        (0): ReLU (inplace)\n    )\n)"


def test_as_it_was_read() -> None:
    assert written(parse(READ)[0].root) == READ


def test_a_layer_without_how_it_was_printed() -> None:
    root = parse(READ)[0].root
    assert bare(root) == root
    assert written(bare(root)) == (
        "Net(\n  (a): Linear(in_features=8, out_features=4)\n  (b): B(\n    p=1\n    (0): ReLU(inplace=True)\n  )\n)"
    )


@pytest.mark.parametrize(
    ("layer", "text"),
    [
        (Layer("", "ReLU"), "ReLU()"),
        (Layer("a", "ReLU", (Setting("inplace", True),), repeat=3), "(a): 3 x ReLU(inplace=True)"),
        (Layer("a", "None"), "(a): None"),
        (Layer("a", "", (Setting(None, 3, "3"),)), "(a): 3"),
        (Layer("a", ""), "(a): ..."),
        (Layer("", "Net", (Setting(None, 4),), (Layer("0", "ReLU"),)), "Net(\n  4\n  (0): ReLU()\n)"),
        (Layer("", "", (), (Layer("0", "ReLU"), Layer("1", "Tanh"))), "  (0): ReLU()\n  (1): Tanh()"),
    ],
    ids=["alone", "folded", "none", "no class", "nothing known", "settings above children", "fragment"],
)
def test_as_torch_prints_it(layer: Layer, text: str) -> None:
    assert written(layer) == text


@pytest.mark.parametrize(
    ("layer", "text"),
    [
        (Layer("", "Net", (), (Layer("a", "ReLU"),)), "Net(\n  (a): ReLU()\n  ...\n)"),
        (Layer("", "", (), (Layer("a", "ReLU"), Layer("b", "Tanh"))), "  (a): ReLU()\n  (b): Tanh()\n  ..."),
        (Layer("", "Net", (Setting("p", 1), Setting("q", 2))), "Net(\n  p=1, q=2\n  ...\n)"),
        (Layer("", "Net"), "Net(...)"),
    ],
    ids=["children", "fragment", "settings", "nothing"],
)
def test_where_lines_were_cut_out(layer: Layer, text: str) -> None:
    assert cut(layer) == text
    if layer.class_name:
        assert not parse(text)[0].complete


def test_a_layout_counts_while_it_says_what_the_layer_says() -> None:
    root = parse(READ)[0].root
    renamed = root._replace(children=(root.children[0]._replace(name="c"), root.children[1]))
    assert written(renamed) == READ.replace("    (a): Linear (8 -> 4)", "  (c): Linear(in_features=8, out_features=4)")
    another = root._replace(class_name="Other")
    assert written(another).startswith("Other(\n    (a): Linear (8 -> 4)\n")
    fewer = root._replace(children=root.children[:1])
    assert written(fewer) == "Net(\n    (a): Linear (8 -> 4)\n)"
