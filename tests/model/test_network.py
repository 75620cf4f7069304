"""The tree as values: what counts where two are compared, the names a folded line stands for, ways through the tree."""

from __future__ import annotations

import pytest

from archdiff.model.facts import INPUT_SHAPE, Fact, Provenance
from archdiff.model.network import (
    PARAMETERS,
    Layer,
    Network,
    Setting,
    Span,
    ancestors,
    apart,
    blocks,
    counts,
    is_tabled,
    join,
    leaves,
    moved,
    names,
    unnamed,
    unnumbered,
    walk,
    walk_lines,
)
from archdiff.parse import parse


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (Setting("p", 1), Setting("p", 1, "0x1"), True),
        (Setting("p", 1), Setting("p", 1.0), False),
        (Setting("p", 1), Setting("p", True), False),
        (Setting("p", 1), Setting("q", 1), False),
        (Setting("p", 1), ("p", 1, ""), False),
    ],
    ids=["other text", "another number", "a truth value", "another name", "no setting"],
)
def test_what_counts_of_a_setting(one: Setting, other: object, equal: bool) -> None:
    assert (one == other) is equal
    assert (one != other) is not equal
    assert not equal or hash(one) == hash(other)


LAYER = Layer("a", "Net", (Setting("p", 1),), (Layer("b", "ReLU"),), 2, "kind")


@pytest.mark.parametrize(
    ("change", "equal"),
    [
        ({"span": Span("net.txt", 9)}, True),
        ({"layout": "Net("}, True),
        ({"shift": 3}, True),
        ({"name": "b"}, False),
        ({"class_name": "Other"}, False),
        ({"settings": ()}, False),
        ({"children": ()}, False),
        ({"repeat": 3}, False),
        ({"kind": ""}, False),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_where_and_how_a_layer_was_printed_never_counts(change: dict[str, object], equal: bool) -> None:
    other = LAYER._replace(**change)  # type: ignore[arg-type]  # one field of each type
    assert (other == LAYER) is equal
    assert (other != LAYER) is not equal
    assert not equal or hash(other) == hash(LAYER)


@pytest.mark.parametrize(
    ("name", "repeat", "stands_for"),
    [
        ("a", 1, ["a"]),
        ("0-2", 3, ["0", "1", "2"]),
        ("0-1, 4-5", 4, ["0", "1", "4", "5"]),
        ("7, 9", 2, ["7", "9"]),
        ("0-2", 1, ["0-2"]),
        ("0-2", 2, ["0-2.0", "0-2.1"]),
        ("0-2", 4, ["0-2.0", "0-2.1", "0-2.2", "0-2.3"]),
        ("conv1-layer2", 2, ["conv1-layer2.0", "conv1-layer2.1"]),
        ("0-9999999999", 2, ["0-9999999999.0", "0-9999999999.1"]),
    ],
)
def test_names_that_a_folded_line_stands_for(name: str, repeat: int, stands_for: list[str]) -> None:
    assert names(Layer(name, "Block", repeat=repeat)) == stands_for


@pytest.mark.parametrize(
    ("path", "name", "joined"), [("", "", ""), ("a", "", "a"), ("", "b", "b"), ("a.0", "b", "a.0.b")]
)
def test_paths_are_joined_with_dots(path: str, name: str, joined: str) -> None:
    assert join(path, name) == joined


@pytest.mark.parametrize(
    ("path", "unnumbers"), [("layers.11.fc1", "layers.#.fc1"), ("0", "#"), ("", ""), ("conv1", "conv1")]
)
def test_one_path_for_all_places_of_a_block(path: str, unnumbers: str) -> None:
    assert unnumbered(path) == unnumbers


def test_a_row_of_a_summary_table() -> None:
    assert is_tabled(Layer("a", "Net", (Setting(PARAMETERS, 3), Setting("p", 1))))
    assert not is_tabled(Layer("a", "Net", (Setting("p", 1), Setting(PARAMETERS, 3))))
    assert not is_tabled(Layer("a", "Net"))


BLOCK = "Block(\n      (fc): Linear(2, 2)\n      (act): ReLU()\n    )"
TEXT = f"Net(\n  (layers): Seq(\n    (0): {BLOCK}\n    (1-2): 2 x {BLOCK}\n  )\n  (end): ReLU()\n)"


def test_ways_through_a_tree() -> None:
    root = parse(TEXT)[0].root
    below = ["layers.0.fc", "layers.0.act"], ["layers.1-2.fc", "layers.1-2.act"]
    assert [path for path, _ in walk(root)] == ["", "layers", "layers.0", *below[0], "layers.1-2", *below[1], "end"]
    assert [path for path, _ in walk(root.children[0], "net")][:2] == ["net.layers", "net.layers.0"]
    assert [path for path, _ in leaves(root)] == [*below[0], *below[1], "end"]
    assert [path for path, _ in leaves(root.children[1], "net")] == ["net.end"]
    assert [(path, line) for path, _, line in walk_lines(root)] == [
        (path, line) for line, path in enumerate(["", "layers", "layers.0", *below[0], "", "layers.1-2", *below[1]], 1)
        if path or line == 1
    ] + [("end", 12)]  # fmt: skip


TWICE = f"Net(\n  (layers): Seq(\n    (0): {BLOCK}\n    (1): {BLOCK}\n  )\n)"


def test_equal_blocks_are_one_object_and_each_knows_its_place() -> None:
    (network,) = parse(TWICE, "net.txt")
    first, second = network.root.children[0].children
    assert first.children is second.children
    assert [second.shift - first.shift, second.span.line - first.span.line] == [4, 4]
    own = apart(network)
    assert own.root == network.root
    first, second = own.root.children[0].children
    assert [layer.span.line for layer in (first, *first.children, second, *second.children)] == [3, 4, 5, 7, 8, 9]
    assert {layer.shift for _, layer in walk(own.root)} == {0}


def test_a_layer_in_another_place_shares_its_children() -> None:
    root = parse(TEXT)[0].root
    further = moved(root, 10)
    assert further.children is root.children
    assert [line for *_, line in walk_lines(further)] == [line + 10 for *_, line in walk_lines(root)]
    assert moved(root, 0) is root


def test_blocks_come_once_and_inner_ones_first() -> None:
    root = parse(TWICE)[0].root
    layers = root.children[0]
    inner, outer, top = blocks(root, root)
    assert inner is layers.children[1].children
    assert outer is layers.children
    assert top is root.children
    assert blocks(Layer("a", "ReLU")) == []


def test_how_many_layers_are_printed_and_stand_for_how_many() -> None:
    root = parse(TEXT)[0].root
    assert counts(root, root.children[0], Layer("a", "ReLU", repeat=3)) == [(9, 12), (7, 10), (1, 3)]
    assert counts() == []


def test_what_is_known_of_the_whole_network() -> None:
    shape = Fact(INPUT_SHAPE, (3,), Provenance.GIVEN)
    network = Network(LAYER, "Mine", facts=(shape,))
    assert network.fact(INPUT_SHAPE) is shape
    assert network.fact("other") is None


@pytest.mark.parametrize(("path", "found"), [("a.b.c", ["a.b.c", "a.b", "a", ""]), ("a", ["a", ""]), ("", [""])])
def test_all_that_holds_a_path(path: str, found: list[str]) -> None:
    assert list(ancestors(path)) == found


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Conv2d(1, 64)", "Conv2d(1, 64)"),
        ("  (conv1): Conv2d(1, 64)", "Conv2d(1, 64)"),
        ("(0-11): 12 x Linear(in_features=4)", "Linear(in_features=4)"),
        ("2 x ReLU()", "ReLU()"),
        ("(a (b)): Foo(c: 1): 2)", "Foo(c: 1): 2)"),
        ("(1 -> 2)", "(1 -> 2)"),
        ("", ""),
    ],
)
def test_a_line_without_its_name(line: str, found: str) -> None:
    assert unnamed(line) == found
