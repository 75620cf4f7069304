# ruff: noqa: E501  (tables: a case a line)
"""Modules that Python prints inside its dicts, which name them, and inside its lists, which do not."""

from __future__ import annotations

import pytest

from archdiff.model.errors import ReadError
from archdiff.parse import parse
from archdiff.parse.unparse import unparse

REFUSED = [
    ("dict over lines", "x = {'0': Linear(in_features=2, out_features=3),\n 'act': ReLU()}", 1, 5, "inside a dict"),
    ("not all modules", "{'0': Linear(in_features=2, out_features=3), 'n': 3}", 1, 1, "inside a dict"),
    ("pairs", "[('0', Linear(in_features=2, out_features=3)), ('act', ReLU())]", 1, 1, "inside a list"),
    ("list", "[Linear(in_features=2, out_features=3), ReLU()]", 1, 1, "inside a list"),
    ("no settings", "[ReLU(), Linear(in_features=2, out_features=3)]", 1, 1, "inside a list"),
    ("prompt", "Out[3]: [ReLU(), ReLU()]", 1, 9, "inside a list"),
    ("tuple", "both = (Linear(in_features=2, out_features=3), ReLU())", 1, 8, "inside a tuple"),
    ("values", "dict_values([ReLU(), ReLU()])", 1, 1, "inside a list"),
    ("over lines", "text\n[\n  Linear(in_features=2, out_features=3),\n  ReLU(),\n]", 2, 1, "inside a list"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "column", "why"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])  # fmt: skip
def test_refused(text: str, line: int, column: int, why: str) -> None:
    with pytest.raises(ReadError, match=why) as caught:
        parse(text)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert "print(model)" in caught.value.way_out


ENTRIES = [
    ("dict", "{'0': Linear(in_features=2, out_features=3), 'act': ReLU()}", 2),
    ("ordered", "OrderedDict([('0', Linear(in_features=2, out_features=3)), ('act', ReLU())])", 14),
    ("ordered today", "OrderedDict({'0': Linear(in_features=2, out_features=3), 'act': ReLU()})", 14),
    ("fence", "```\nx = {'0': Linear(in_features=2, out_features=3), 'act': ReLU()}\n```", 6),
]


@pytest.mark.parametrize(("text", "column"), [row[1:] for row in ENTRIES], ids=[row[0] for row in ENTRIES])
def test_entries_are_layers(text: str, column: int) -> None:
    (network,) = parse(text)
    (fragment,) = parse("  (0): Linear(in_features=2, out_features=3)\n  (act): ReLU()")
    assert network.root == fragment.root
    assert network.complete
    assert network.root.children[0].span.column == column
    assert parse(unparse(network.root))[0].root == network.root


LEFT_ALONE = [
    "[]",
    "{'weight': tensor([1.])}",
    "some (Optional) text",
    "[1, 2, (3, 4)]",
    "{'a': 1}",
    "(see [Notes](a.md))",
]


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_other_text(text: str) -> None:
    with pytest.raises(ReadError, match="no printed network"):
        parse(text)


READ = [
    ("named modules", "[('', Net(\n    (s): ReLU()\n  )), ('s', ReLU())]", ["Net"]),
    ("two networks", "[A(\n  (0): ReLU()\n), B(\n  (0): Tanh()\n)]", ["A", "B"]),
    ("dict of networks", "{'enc': A(\n  (0): ReLU()\n), 'act': ReLU(), 'dec': B(\n  (0): Tanh()\n)}", ["A", "B"]),
    ("dict beside a network", "x = {'a': ReLU()}\nNet(\n  (a): ReLU()\n)", ["Net"]),
    ("beside a network", "[ReLU(), ReLU()]\nNet(\n  (a): ReLU()\n)", ["Net"]),
]


@pytest.mark.parametrize(("text", "classes"), [row[1:] for row in READ], ids=[row[0] for row in READ])
def test_networks_inside_are_read(text: str, classes: list[str]) -> None:
    assert [network.root.class_name for network in parse(text)] == classes
