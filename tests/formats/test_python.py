# ruff: noqa: E501  (tables: a case a line)
"""Modules that Python prints inside its lists and dicts: no network, and said where they stand."""

import pytest

from archdiff.errors import ReadError
from archdiff.formats import parse

REFUSED = [
    ("list", "[Linear(in_features=2, out_features=3), ReLU()]", 1, 1, "inside a list"),
    ("no settings", "[ReLU(), Linear(in_features=2, out_features=3)]", 1, 1, "inside a list"),
    ("prompt", "Out[3]: [ReLU(), ReLU()]", 1, 9, "inside a list"),
    ("tuple", "both = (Linear(in_features=2, out_features=3), ReLU())", 1, 8, "inside a tuple"),
    ("dict", "some words\n\n{'0': Linear(in_features=2, out_features=3), '1': ReLU()}", 3, 1, "inside a dict"),
    ("ordered", "OrderedDict([('a', Linear(in_features=2, out_features=3, bias=True)), ('b', ReLU())])", 1, 1, "inside an OrderedDict"),
    ("ordered today", "OrderedDict({'a': ReLU(), 'b': ReLU()})", 1, 1, "inside an OrderedDict"),
    ("fence", "```\nOrderedDict([('a', ReLU())])\n```", 2, 1, "inside an OrderedDict"),
    ("values", "dict_values([ReLU(), ReLU()])", 1, 1, "inside a list"),
    ("over lines", "text\n[\n  Linear(in_features=2, out_features=3),\n  ReLU(),\n]", 2, 1, "inside a list"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "column", "why"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])  # fmt: skip
def test_refused(text, line, column, why):
    with pytest.raises(ReadError, match=why) as caught:
        parse(text)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert "print(model)" in caught.value.way_out


LEFT_ALONE = [
    "[]",
    "{'weight': tensor([1.])}",
    "some (Optional) text",
    "[1, 2, (3, 4)]",
    "{'a': 1}",
    "(see [Notes](a.md))",
]


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_other_text(text):
    with pytest.raises(ReadError, match="no printed network"):
        parse(text)


READ = [
    ("named modules", "[('', Net(\n    (s): ReLU()\n  )), ('s', ReLU())]", ["Net"]),
    ("two networks", "[A(\n  (0): ReLU()\n), B(\n  (0): Tanh()\n)]", ["A", "B"]),
    ("dict of networks", "{'enc': A(\n  (0): ReLU()\n), 'act': ReLU(), 'dec': B(\n  (0): Tanh()\n)}", ["A", "B"]),
    ("beside a network", "[ReLU(), ReLU()]\nNet(\n  (a): ReLU()\n)", ["Net"]),
]


@pytest.mark.parametrize(("text", "classes"), [row[1:] for row in READ], ids=[row[0] for row in READ])
def test_networks_inside_are_read(text, classes):
    assert [network.root.class_name for network in parse(text)] == classes
