"""Brackets, quotes and names: what is one whole child, where a bracket is closed, and where commas cut."""

from __future__ import annotations

import re

import pytest

from archdiff.parse import tokens

CHILDREN = [
    ("(a): ReLU()", True),
    ("(a): Linear (8 -> 4)", True),
    ("(0-3): 4 x Block(", True),
    ("(a): Net(b=(1, 2))", True),
    ("(a): Foo(text=') (')", True),
    ("(a): ReLU(),", True),
    ("(a): ReLU() (b): ReLU()", False),
    ("(a): Linear(in_features=8,", False),
    ("(a): Net(b=(1, (2, 3)))", False),  # three deep, which no expression that is linear can say of a line
    ("ReLU()", False),
    ("(a) ReLU()", False),
    ("(a): 3", False),
    ("(128,), eps=1e-06", False),
]


@pytest.mark.parametrize(("text", "whole"), CHILDREN, ids=[text for text, _ in CHILDREN])
def test_one_whole_child(text: str, whole: bool) -> None:
    assert tokens.is_child(text) is whole


BALANCES = [
    ("(a): ReLU()", 0),
    ("Net(", 1),
    ("[{(", 3),
    ("))", -2),
    ("a='('", 0),
    ('f("[", (', 2),
    ("it's (", 1),  # no string begins behind a letter
]


@pytest.mark.parametrize(("text", "opened"), BALANCES, ids=[text for text, _ in BALANCES])
def test_opened_less_closed(text: str, opened: int) -> None:
    assert tokens.balance(text) == opened


CLOSED = [
    ("A(b)", 1, 3),
    ("A(b[c](d)) e)", 1, 9),
    ("A(b=')')", 1, 7),
    ("A(b", 1, -1),
]


@pytest.mark.parametrize(("text", "start", "end"), CLOSED, ids=[row[0] for row in CLOSED])
def test_where_a_bracket_is_closed(text: str, start: int, end: int) -> None:
    assert tokens.closing(text, start) == end


CUTS = [
    ("", [""]),
    ("a", ["a"]),
    ("a, b", ["a", " b"]),
    ("a=(1, 2), b=[3, {4, 5}]", ["a=(1, 2)", " b=[3, {4, 5}]"]),
    ("a='x, y', b", ["a='x, y'", " b"]),
    ("a), b", ["a)", " b"]),  # a bracket too many opens nothing
]


@pytest.mark.parametrize(("text", "pieces"), CUTS, ids=[text or "nothing" for text, _ in CUTS])
def test_pieces_between_outermost_commas(text: str, pieces: list[str]) -> None:
    assert list(tokens.cut(text)) == pieces


CLASSES = ["ReLU", "torch.nn.ReLU", "nn::ReLU", "Cell<int, 3>", "Router[4 experts]", "Été", "Wrapped(Linear)("]
NO_CLASSES = ["3D", "-x", ".ReLU", ""]


@pytest.mark.parametrize("text", CLASSES)
def test_a_class_as_somebody_printed_it(text: str) -> None:
    found = re.match(tokens.CLASS, text)
    assert found is not None
    assert found[0] == text.removesuffix("(")


@pytest.mark.parametrize("text", NO_CLASSES, ids=["digit", "dash", "dot", "nothing"])
def test_no_class(text: str) -> None:
    assert re.match(tokens.CLASS, text) is None


@pytest.mark.parametrize(
    ("text", "layer"),
    [
        ("ReLU()", True),
        ("Linear(8, 4)", True),
        ("OrderedDict()", False),
        ("odict_keys(['a'])", False),
        ("Net", False),
        ("print(model)", False),
    ],
)
def test_one_layer_alone(text: str, layer: bool) -> None:
    assert (tokens.LEAF_ROOT.fullmatch(text) is not None) is layer
