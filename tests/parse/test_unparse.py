# ruff: noqa: E501  (tables: a case a line)
"""Layers print as they were read, and in torch's style where they were built or changed by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from archdiff.model.network import Layer, Network, Recipe, Setting
from archdiff.parse import parse
from archdiff.parse.unparse import unparse, unparse_network

TEXT = "Net(\n    (a): Linear (2 -> 3)\n    (b): Seq (\n        scale = 2\n        (0): ReLU (inplace)\n    )\n)"


def read(text: str) -> Layer:
    return parse(text)[0].root


def test_by_hand() -> None:
    relu = Layer("0", "ReLU", (Setting("inplace", True),))
    block = Layer("1-2", "Block", (Setting(None, 4), Setting("p", 0.1)), (relu, Layer("none", "None")), repeat=2)
    root = Layer("", "Net", (), (Layer("a", "Linear", (Setting(None, 2),)), block))
    assert unparse(root) == (
        "Net(\n  (a): Linear(2)\n  (1-2): 2 x Block(\n    4, p=0.1\n    (0): ReLU(inplace=True)\n    (none): None\n  )\n)"
    )
    assert read(unparse(root)) == root


CHANGES = [
    ("nothing", lambda root: root, TEXT),
    (
        "a setting",
        lambda root: root._replace(children=(root.children[0]._replace(settings=(Setting("p", 1),)), root.children[1])),
        TEXT.replace("    (a): Linear (2 -> 3)", "  (a): Linear(p=1)"),
    ),
    (
        "a name",
        lambda root: root._replace(children=(root.children[0], root.children[1]._replace(name="c"))),
        "Net(\n    (a): Linear (2 -> 3)\n  (c): Seq(\n    scale = 2\n        (0): ReLU (inplace)\n  )\n)",
    ),
    ("a child", lambda root: root._replace(children=root.children[:1]), "Net(\n    (a): Linear (2 -> 3)\n)"),
]


@pytest.mark.parametrize(("change", "text"), [row[1:] for row in CHANGES], ids=[row[0] for row in CHANGES])
def test_changed_layers_are_printed_anew(change: Callable[[Layer], Layer], text: str) -> None:
    changed = change(read(TEXT))
    assert unparse(changed) == text
    assert read(text) == changed


def test_network_with_its_recipe() -> None:
    group = Layer("Parameter Group 0", "", (Setting("lr", 0.1), Setting("betas", (0.9, 0.999))))
    recipe = Recipe(
        (Layer("", "Adam", (), (group,)),), (Layer("", "StepLR", (Setting("step_size", 1),)), Layer("", "X"))
    )
    network = Network(Layer("", "Net", (), (Layer("a", "ReLU"),)), "Net", recipe=recipe)
    text = unparse_network(network)
    assert text == (
        "Adam (\nParameter Group 0\n    lr: 0.1\n    betas: (0.9, 0.999)\n)\n"
        "StepLR\n    step_size 1\n<torch.optim.lr_scheduler.X object at 0x0>\nNet(\n  (a): ReLU()\n)\n"
    )
    (again,) = parse(text)
    assert (again.root, again.recipe) == (network.root, network.recipe)
