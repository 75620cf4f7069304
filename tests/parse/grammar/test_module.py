# ruff: noqa: E501  (tables: a case a line)
"""The grammar of a printed module: what is read, where it stood, and that it prints back."""

from __future__ import annotations

import pytest

from archdiff.model.errors import ReadError
from archdiff.model.network import Layer, Setting, Span, Value, walk
from archdiff.parse import parse
from archdiff.parse.lines import MAX_DEPTH
from archdiff.parse.unparse import unparse
from parse.prints import PRINTS

NOT_ALONE = {"code"}  # the rest is a whole print and nothing else


def only(text: str) -> Layer:
    (network,) = parse(text, "net.txt")
    return network.root


@pytest.mark.parametrize(("text", "count"), [row[1:] for row in PRINTS], ids=[row[0] for row in PRINTS])
def test_prints_back_as_it_was(text: str, count: int) -> None:
    (network,) = parse(text, "net.txt")
    assert unparse(network.root) == text
    assert sum(1 for _ in walk(network.root)) == count + 1
    assert network.complete
    assert (network.first_line, network.last_line) == (1, text.count("\n") + 1)


@pytest.mark.parametrize("text", [row[1] for row in PRINTS], ids=[row[0] for row in PRINTS])
def test_reads_the_same_again(text: str) -> None:
    assert only(unparse(only(text))) == only(text)


@pytest.mark.parametrize("text", [row[1] for row in PRINTS], ids=[row[0] for row in PRINTS])
def test_spans_point_at_their_own_text(text: str) -> None:
    lines = text.split("\n")
    for _, layer in walk(only(text)):
        begin = layer.span.column - 1
        shown = lines[layer.span.line - 1][begin : begin + layer.span.length]
        assert shown == shown.strip()
        assert layer.name in shown
        assert layer.class_name in shown


def test_tree() -> None:
    root = only(
        "Net(\n  (a): Sequential(\n    (0): Linear(2, 3)\n  )\n  (b-c): 2 x lora.Block(\n    p=0.1\n    (0): None\n  )\n)"
    )
    linear = Layer("0", "Linear", (Setting(None, 2), Setting(None, 3)))
    block = Layer("b-c", "lora.Block", (Setting("p", 0.1),), (Layer("0", "None"),), repeat=2)
    assert root == Layer("", "Net", (), (Layer("a", "Sequential", (), (linear,)), block))
    assert root.children[0].span == Span("net.txt", 2, 3, len("(a): Sequential("))
    assert root.children[0].children[0].span == Span("net.txt", 3, 5, len("(0): Linear(2, 3)"))


CHILDREN = [
    # left alone: lines that only look like children
    ("n", "(32,), eps=1e-06\n    (drop): Identity()", ["drop"], [(None, (32,)), ("eps", 1e-06)]),
    ("n", "(1, 2), ((3, 4), [5, (6,)])\n    (drop): Identity()", ["drop"], [(None, (1, 2)), (None, ((3, 4), (5, (6,))))]),
    ("n", "t=tensor([[1.],\n      [2.]]), a=1\n    (o): X()", ["o"], [("t", "tensor([[1.], [2.]])"), ("a", 1)]),
    ("n", "(a): X()\n    prefix=val_", ["a"], [("prefix", "val_")]),
    ("n", "(a): X()\n    some words in between", ["a"], []),
    ("n", "a=1, b=2\n    c=3", [], [("a", 1), ("b", 2), ("c", 3)]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "body", "names", "pairs"), CHILDREN, ids=[row[1][:24] for row in CHILDREN])
def test_settings_in_a_body(name: str, body: str, names: list[str], pairs: list[tuple[Value, ...]]) -> None:
    layer = only(f"Net(\n  ({name}): Norm(\n    {body}\n  )\n  (z): ReLU()\n)").children[0]
    assert [child.name for child in layer.children] == names
    assert [(setting.name, setting.value) for setting in layer.settings] == pairs


SINGLE = [
    ("(0): None", Layer("0", "None")),
    ("(1-2): 2 x None", Layer("1-2", "None", repeat=2)),
    ("(1): Flatten", Layer("1", "Flatten")),
    ("(b): 1.0", Layer("b", "", (Setting(None, 1.0),))),
    ("(w): Parameter containing: [torch.cuda.FloatTensor of size 3x4 (GPU 0)]",
     Layer("w", "Parameter", (Setting("dtype", "torch.cuda.FloatTensor"), Setting("size", (3, 4))))),
    ("(w): Parameter containing: [torch.float32 of size ]",
     Layer("w", "Parameter", (Setting("dtype", "torch.float32"), Setting("size", ())))),
    ("(2): Fully[8, 16]", Layer("2", "Fully", (Setting(None, 8), Setting(None, 16)))),
    ("(f): <function g at 0x7f3a>", Layer("f", "", (Setting(None, "<function g>"),))),
    ("(k): Linear(10, out_...", Layer("k", "Linear", (Setting(None, 10), Setting(None, "out_...")))),
]  # fmt: skip


@pytest.mark.parametrize(("line", "layer"), SINGLE, ids=[line for line, _ in SINGLE])
def test_child(line: str, layer: Layer) -> None:
    assert only(f"Net(\n  {line}\n)").children[:1] == (layer,)


ELIDED = [
    "(0): ReLU()\n  ...",
    "...\n  (0): ReLU()",
    "(a): ModuleDict( ... )\n  (b): ReLU()",
    "(0): X(...)",
    "(a): ...",
]


@pytest.mark.parametrize("body", ELIDED)
def test_elided(body: str) -> None:
    (network,) = parse(f"Net(\n  {body}\n)")
    assert not network.complete
    assert unparse(network.root) == f"Net(\n  {body}\n)"


CUT = [
    ("Net(\n  (a): Sequential(\n    (0): ReLU()", 3),
    ("Net(\n  (a): Sequential(\n    (0): ReLU()\n  )", 4),
    ("Net(\n  (a): ReLU()\n\nThat was it.\nMore (or less)\n", 2),
    ("Net(\n  (a): ReLU()\n\n```\n", 2),
]


LOST = [  # a line among layers that holds one, or stands for some
    "relu: ReLU()",
    "(relu) ReLU(inplace=True)",
    "(relu):",
    "ReLU()",
    "(snip)",
    "# ... omitted ...",
    "<truncated 5 lines>",
    "[12 more layers]",
    "Output truncated. View as a scrollable element or open in a text editor.",
    *("(c) ...", "( ... )", "more layers ...", "\u2026and more", "[2 lines hidden]", "skipping 3 layers"),
    *("layers removed here", "(repeated 3 times)", "x 3", "(1):", "[1]: Linear(4, 4)", "'c': Linear(4, 4)"),
]


@pytest.mark.parametrize("line", LOST)
def test_a_line_that_lost_a_layer(line: str) -> None:
    text = f"Net(\n  (a): Linear(8, 8)\n  {line}\n  (b): Linear(8, 8)\n)"
    (network,) = parse(text)
    assert [child.name for child in network.root.children] == ["a", "b"]
    assert not network.complete
    assert unparse(network.root) == text


TIMES = ["ReLU() x2", "ReLU()  (x 3)", "ReLU()  # 12 times", "B(\n    (x): ReLU()\n  ) x 3", "ReLU(), repeated twice"]
NO_TIMES = ["ReLU()  # 2 params", "ReLU()  # -> [1, 2]", "ReLU()  # x is kept", "ReLU(),"]


@pytest.mark.parametrize("text", [*TIMES, *NO_TIMES])
def test_how_often_somebody_wrote_behind_a_layer(text: str) -> None:
    assert parse(f"Net(\n  (a): {text}\n  (b): Linear(8, 8)\n)")[0].complete is (text in NO_TIMES)


@pytest.mark.parametrize("line", ["truncated=True", "skipped=3, (0): 1", "Normal(0, 1)", "loc: 3", "(128,), eps=1e-05"])
def test_settings_are_no_lost_layer(line: str) -> None:
    (network,) = parse(f"Net(\n  {line}\n  (a): Linear(8, 8)\n)")
    assert network.complete
    assert network.root.settings


def test_blocks_on_one_line_with_all_else() -> None:
    text = "Net( (a): ModuleList( (0-2): 3 x B( (l): Linear(1, 2) (r): ReLU() ) ) (b): ReLU() )"
    lines = "Net(\n(a): ModuleList(\n(0-2): 3 x B(\n(l): Linear(1, 2)\n(r): ReLU()\n)\n)\n(b): ReLU()\n)"
    assert parse(text)[0].root == parse(lines)[0].root


@pytest.mark.parametrize(("text", "last"), CUT)
def test_cut_off(text: str, last: int) -> None:
    (network,) = parse(text)
    assert not network.complete
    assert network.last_line == last
    assert unparse(network.root) == "\n".join(text.split("\n")[:last])


DAMAGED = [
    ("a line too few", "Net(\n    (0): B(\n      (x): ReLU()\n    )\n  )\n  (b): ReLU()\n)", ["0", "b"]),
    ("a bracket too few", "Net(\n  (a): B(\n    (x): ReLU()\n  (b): ReLU()\n)", ["a", "b"]),
    ("a bracket too many", "Net(\n  (a): B(\n    (x): ReLU()\n    )\n  )\n  (b): ReLU()\n)", ["a", "b"]),
]


@pytest.mark.parametrize(("text", "names"), [row[1:] for row in DAMAGED], ids=[row[0] for row in DAMAGED])
def test_damaged_brackets_follow_the_indentation(text: str, names: list[str]) -> None:
    (network,) = parse(text)
    assert [child.name for child in network.root.children] == names
    assert not network.complete
    assert unparse(network.root) == text


BEHIND = [  # what stands right behind the end of a print, whether a line stands before it, and whether it is whole
    ("a bracket", "Net(\n  (a): ReLU()\n)\n)\n", False),
    ("a child", "Net(\n  (a): ReLU()\n)\n(b): Linear(2, 3)\n", False),
    ("a child behind a bracket too many", "Net(\n  (a): ReLU())\n  (b): Linear(2, 3)\n)\n", False),
    ("the end of a call", "text = (\nNet(\n  (a): ReLU()\n)\n)\n", True),
    ("another print", "Net(\n  (a): ReLU()\n) Net(\n  (a): ReLU()\n)\n", True),
    ("a bracket further below", "Net(\n  (a): ReLU()\n)\n\n)\n", True),
]


@pytest.mark.parametrize(("text", "whole"), [row[1:] for row in BEHIND], ids=[row[0] for row in BEHIND])
def test_what_follows_right_behind_a_print(text: str, whole: bool) -> None:
    assert parse(text)[0].complete is whole


def test_children_without_their_parent() -> None:
    text = "  (a): Sequential(\n    (0): ReLU()\n  )\n\n  (fc): Linear(2, 3)"
    (network,) = parse(text)
    assert (network.root.class_name, [child.name for child in network.root.children]) == ("", ["a", "fc"])
    assert not network.complete
    assert unparse(network.root) == text


BOUNDS = [
    ("deep", "Net(\n" + "(a): A(\n" * 10_000, MAX_DEPTH + 1, 1, "nested deeper than 200 levels"),
    ("repeat", "Net(\n  (0-9): 1000000000000 x A()\n)", 2, 3, "stands for more than 50,000 modules"),
    ("on the line of its parent", "Net(\n  (l): L((0-9): 1000000000000 x A())\n)", 2, 3, "stands for more than 50,000 modules"),
    ("digits", f"Net(\n  (0-9): {'9' * 5000} x A()\n)", 2, 3, "stands for more than 50,000 modules"),
    ("fewer than its name lists", "Net(\n  (a): A()\n  (0-5): 4 x A()\n)", 3, 3, "(0-5) lists 6 modules, not 4"),
    ("fewer than its name lists, in a block read before", "Net(\n  (0-2): 3 x A(\n    (a): B()\n  )\n  (3-4): 3 x A(\n    (a): B()\n  )\n)", 5, 3, "(3-4) lists 2 modules, not 3"),
    ("none of what its name lists", "Net(\n  (0-2): 0 x A()\n)", 2, 3, "(0-2) lists 3 modules, not 0"),
    ("none", "Net(\n  (a): 0 x A()\n)", 2, 3, "0 x: a folded line stands for one module or more"),
    ("none of none", "Net(\n  (1-0): 0 x A(\n    (a): B()\n  )\n)", 2, 3, "0 x: a folded line stands for one module or more"),
    ("more than its name lists", "Net(\n  (0-2, 4): 5 x A(\n    (a): B()\n  )\n)", 2, 3, "(0-2, 4) lists 4 modules, not 5"),
    ("nested repeats", "Net(\n  (0): 1000 x A(\n    (0): 1000 x B()\n  )\n)", 3, 5, "stands for more than 50,000 modules"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line", "column", "message"), [row[1:] for row in BOUNDS], ids=[row[0] for row in BOUNDS]
)
def test_bounds(text: str, line: int, column: int, message: str) -> None:
    with pytest.raises(ReadError) as caught:
        parse(text, "net.txt")
    error = caught.value
    assert (error.source, error.line, error.column, error.message) == ("net.txt", line, column, message)
    assert error.line_text[column - 1 :] == text.split("\n")[line - 1][column - 1 :]
    assert error.way_out


def test_many_folded_lines_are_too_many_together() -> None:
    lines = "".join(f"  ({i}00000-{i}49999): 50000 x A()\n" for i in range(1, 7))
    with pytest.raises(ReadError, match="Net stands for more than 250,000 modules") as caught:
        parse(f"Net(\n{lines})\n", "net.txt")
    assert (caught.value.line, bool(caught.value.way_out)) == (1, True)


def test_brackets_without_end_are_read_in_linear_time() -> None:
    assert not parse("Net(\n  (a): B(" + "(" * 500_000)[0].complete


@pytest.mark.parametrize(
    ("line", "settings"),
    [
        ("# mine", ()),
        ("# kernel_size=(3, 3)", ()),
        ("#params: 9.41K", ("9.41K",)),
        ("groups=2", (2,)),
    ],
)
def test_a_comment_in_a_body_is_no_setting(line: str, settings: tuple[Value, ...]) -> None:
    text = f"Net(\n  {line}\n  (a): ReLU()\n)\n"
    (network,) = parse(text)
    assert tuple(setting.value for setting in network.root.settings) == settings
    assert unparse(network.root) == text.rstrip("\n")


@pytest.mark.parametrize(
    ("text", "complete"),
    [
        ("Net(\n  (0): ReLU()\n)", True),
        ("Net(\n  (0): ReLU()\n))", False),
        ("print(Net(\n  (0): ReLU()\n))", True),
        ("print(Net(\n  (0): ReLU()\n)))", False),
        ("print(\nNet(\n  (0): ReLU()\n))", True),
        ("Net((\n  (0): ReLU()\n))", True),
    ],
    ids=["none", "behind", "opened-before", "one-more", "opened-above", "opened-twice"],
)
def test_brackets_behind_a_print_on_its_line(text: str, complete: bool) -> None:
    [network] = parse(text + "\n")
    assert network.complete is complete
