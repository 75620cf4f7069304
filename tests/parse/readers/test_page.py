"""What stands round prints: headings, labels and names above them, and which network a recipe belongs to."""

from __future__ import annotations

import pytest

from archdiff.parse import parse
from archdiff.parse.lines import split
from archdiff.parse.readers._page import Heading, read_heading

HEADINGS = [
    ("# Mine", 0, Heading(1, "Mine", 0)),
    ("  ### Mine ###", 0, Heading(3, "Mine", 0)),
    ("## **Mine** `Net`:", 0, Heading(2, "Mine Net", 0)),
    ("Mine\n====", 1, Heading(1, "Mine", 0)),
    ("Mine\n----", 1, Heading(2, "Mine", 0)),
    ("1. Mine\n~~~~~~~", 1, Heading(3, "Mine", 0)),
    ("words\nMine\n----", 2, None),  # a table has lines above its rule
    ("Mine and more\n----", 1, None),
    ("a   b\n-----", 1, None),
    (" Mine\n-----", 1, None),
    ("#Mine", 0, None),
    ("#", 0, None),
    ("Mine", 0, None),
    ("----", 0, None),
]


@pytest.mark.parametrize(("text", "index", "heading"), HEADINGS, ids=[repr(text) for text, *_ in HEADINGS])
def test_a_heading(text: str, index: int, heading: Heading | None) -> None:
    assert read_heading(split("note.md", text), index) == heading


NET = "Net(\n  (a): ReLU()\n)\n"
FENCED = f"```\n{NET}```\n"
NAMED = [
    # name, text, all that the network is called
    ("its class", NET, ("Net",)),
    ("a heading", f"# Mine\n\n{NET}", ("Mine", "Net")),
    ("the nearest heading", f"# Mine\n## Small\n\n{NET}", ("Small", "Net")),
    ("a label above its fence", f"# Mine\n\nSuper Sparse\n{FENCED}", ("Super Sparse", "Mine", "Net")),
    ("a name with a colon", f"# Mine\n\nGSCHeb:\n{NET}", ("Mine", "GSCHeb", "Net")),
    ("a name with a colon in its fence", f"# Mine\n\n```\nGSCHeb:\n{NET}```\n", ("Mine", "GSCHeb", "Net")),
    ("a variable", f"net.best = {NET}", ("Net", "net.best")),
    ("a word alone above it", f"Best\n{NET}", ("Best", "Net")),
    ("a bullet", f"* Best\n{NET}", ("Best", "Net")),
    ("a sentence", f"This is the best.\n{NET}", ("Net",)),
    ("more words than a name has", f"all of them in a row\n{NET}", ("Net",)),
    ("code", f"print(net)\n{NET}", ("Net",)),
    ("words of a paragraph", f"It is\nBest\n{NET}", ("Net",)),
    ("a word too far above", f"Best\n\n\n\n\n{NET}", ("Net",)),
    ("a number", f"12\n{NET}", ("Net",)),
]


@pytest.mark.parametrize(("text", "names"), [row[1:] for row in NAMED], ids=[row[0] for row in NAMED])
def test_what_a_network_is_called(text: str, names: tuple[str, ...]) -> None:
    (network,) = parse(text)
    assert (network.label, network.names) == (names[0], names)


ADAM = "Adam (\nParameter Group 0\n    lr: 0.1\n)\n"
SGD = "SGD (\nParameter Group 0\n    lr: 0.2\n)\n"
STEPS = "StepLR {'step_size': 1, 'last_epoch': 0}\n"
RECIPES = [
    # name, text, classes of the recipe of each network
    ("none", NET, [()]),
    ("of its fence", f"# A\n```\n{NET}{ADAM}```\n{FENCED}", [("Adam",), ()]),
    ("before the next of its fence", f"```\n{NET}{ADAM}{NET}```\n", [(), ("Adam",)]),
    ("behind the last of its fence", f"```\n{NET}{NET}{ADAM}```\n", [(), ("Adam",)]),
    ("of the section", f"# A\n{FENCED}\n{FENCED}\n```\n{ADAM}```\n", [("Adam",), ("Adam",)]),
    ("of the section alone", f"# A\n{FENCED}\n# B\n{FENCED}\n```\n{ADAM}```\n", [(), ("Adam",)]),
    ("of the section round it", f"# A\n{FENCED}\n## Training\n```\n{ADAM}```\n# B\n{FENCED}", [("Adam",), ()]),
    ("not of one with its own", f"# A\n```\n{NET}{SGD}```\n{FENCED}\n```\n{ADAM}```\n", [("SGD",), ("Adam",)]),
    ("a schedule beside it", f"{NET}{ADAM}{STEPS}", [("Adam", "StepLR")]),
    ("of a log: the one before it", f"{NET}{NET}\n{ADAM}", [(), ("Adam",)]),
    ("of a log: the one at once behind it", f"{NET}\n\n\n\n\n{ADAM}{NET}", [(), ("Adam",)]),
]


@pytest.mark.parametrize(("text", "recipes"), [row[1:] for row in RECIPES], ids=[row[0] for row in RECIPES])
def test_whose_recipe_it_is(text: str, recipes: list[tuple[str, ...]]) -> None:
    held = [network.recipe for network in parse(text)]
    assert [
        tuple(layer.class_name for layer in (*recipe.optimizers, *recipe.schedulers)) if recipe else ()
        for recipe in held
    ] == recipes
