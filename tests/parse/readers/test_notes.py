# ruff: noqa: E501  (tables: a case a line)
"""Where networks are found in other text, what they are called, and whose recipe is whose."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from archdiff.model.errors import ReadError
from archdiff.model.network import Layer, Recipe, Setting
from archdiff.parse import parse, read
from archdiff.parse.unparse import unparse

NOTE = str(Path(__file__).parents[2] / "data" / "note.md")

NET = "Net(\n  (a): Linear(in_features=1, out_features=2, bias=True)\n  (b): Sequential(\n    (0): ReLU()\n  )\n)"
LINES = NET.split("\n")
ROOT = parse(NET)[0].root

SGD = Layer(
    "",
    "SGD",
    (),
    (
        Layer(
            "Parameter Group 0",
            "",
            (
                Setting("dampening", 0),
                Setting("initial_lr", 0.01),
                Setting("lr", 0.01),
                Setting("momentum", 0.0),
                Setting("nesterov", False),
                Setting("weight_decay", 0.01),
            ),
        ),
    ),
)
STEP = Layer("", "StepLR", (Setting("step_size", 1), Setting("gamma", 0.9), Setting("last_epoch", -1)))


def test_the_note() -> None:
    mine, lucas, super_sparse, sparse = networks = read(NOTE).networks
    assert [(n.label, n.names, n.first_line, n.last_line) for n in networks] == [
        ("Mine", ("Mine", "gsc_sparse_dsnn", "Sequential"), 17, 32),
        ("Lucas's", ("Lucas's", "GSCHeb"), 40, 62),
        ("SuperSparse", ("SuperSparse", "Original", "SparseNet"), 82, 104),
        ("Sparse", ("Sparse", "Original", "SparseNet"), 110, 132),
    ]
    assert all(n.complete and n.source == NOTE and not n.facts for n in networks)
    assert (mine.recipe, lucas.recipe) == (None, None)
    assert super_sparse.recipe == sparse.recipe == Recipe((SGD,), (STEP,))
    assert [super_sparse.recipe.optimizers[0].span.line, sparse.recipe.optimizers[0].span.line] == [69, 138]
    assert [super_sparse.recipe.schedulers[0].span.line, sparse.recipe.schedulers[0].span.line] == [78, 151]


def test_layers_of_the_note() -> None:
    mine, lucas, super_sparse, _ = read(NOTE).networks
    winner = mine.root.children[2]
    assert (winner.name, winner.class_name, winner.span.line) == ("cnn1_kwinner", "KWinners2d", 20)
    assert [(s.name, s.value) for s in winner.settings] == [
        ("channels", 64), ("n", 0), ("percent_on", 0.095), ("boost_strength", 1.5), ("boost_strength_factor", 0.9),
        ("k_inference_factor", 1.5), ("duty_cycle_period", 1000),
    ]  # fmt: skip
    assert [child.name for child in lucas.root.children] == ["features", "classifier"]
    sparse_linear = super_sparse.root.children[2].children[0]
    assert (sparse_linear.class_name, sparse_linear.settings) == ("SparseWeights", (Setting("weight_sparsity", 0.1),))
    assert [child.class_name for child in sparse_linear.children] == ["Linear"]


def test_the_note_prints_back() -> None:
    lines = Path(NOTE).read_text().split("\n")
    for network in read(NOTE).networks:
        assert unparse(network.root) == "\n".join(lines[network.first_line - 1 : network.last_line])


LEFT_ALONE = [
    ("code", "model = Net(\n    hidden=3,\n    layers=[1, 2],\n)\nprint(\n    model\n)\n"),
    ("prose", "See the figure (left):\n(a): the first\n(b): the second (see\nabove)\n"),
    ("a mention", "The layer Linear(in_features=1, out_features=2) is the last.\n"),
    ("a dict", "net_params={\n  'boost': (1.5): 2\n}\n"),
    ("a fence", "```\nnet_params={\n  a\n}\n```\n"),
]


@pytest.mark.parametrize("text", [row[1] for row in LEFT_ALONE], ids=[row[0] for row in LEFT_ALONE])
def test_left_alone(text: str) -> None:
    with pytest.raises(ReadError, match="no printed network in it"):
        parse(text, "note.md")


def wrapped(prefix: str, suffix: str = "") -> str:
    return "\n".join(prefix + line + suffix for line in LINES)


#: what stands round a print: (id, text, line and column of the child `(a)`)
WRAPPED = [
    ("alone", NET, 2, 3),
    ("crlf", NET.replace("\n", "\r\n"), 2, 3),
    ("old Mac line ends", NET.replace("\n", "\r"), 2, 3),
    ("text round it", f"Some text.\n\n{NET}\nMore text (and so on).\n", 4, 3),
    ("fence", f"```python\n{NET}\n```", 3, 3),
    ("fence on the first line", f"```{NET}\n```\nText\n```\nx\n```", 2, 3),
    ("fence with a language", f"```python {NET}```", 2, 3),
    ("backtick", f"text:\n`{NET}`\n", 3, 3),
    ("every line in backticks", wrapped("`", "`"), 2, 4),
    ("fence in a list", "- see\n  ```\n  " + NET.replace("\n", "\n  ") + "\n  ```", 4, 5),
    ("indented", wrapped("    "), 2, 7),
    ("tabs", NET.replace("  ", "\t"), 2, 2),
    ("no-break spaces", NET.replace(" (", "\xa0("), 2, 3),
    ("literal block", "Title\n=====\n\n::\n\n" + wrapped("   "), 7, 6),
    ("docstring", f'"""\n{NET}\n"""', 3, 3),
    ("prompt", f">>> print(net)\n{NET}\n>>> 1 + 1\n", 3, 3),
    ("assigned", f"model = {NET}", 2, 3),
    ("cell output", f"Out[3]:{NET}", 2, 3),
    ("bound method", f"<bound method Module.type of {NET}>", 2, 3),
    ("log, first line", f"[01/03 15:56:10] train INFO: {NET}", 2, 3),
    ("log, every line", "\n".join(f"2020-01-01 12:00:0{i},{i} INFO train:12: {line}" for i, line in enumerate(LINES)), 2, 40),
    ("log, other lines in it", wrapped("INFO: ").replace("INFO:   (b)", "WARNING: slow (3 s)\n\n  warn(text)\nINFO:   (b)"), 2, 9),
    ("rank", wrapped("[0] "), 2, 7),
    ("worker", wrapped("worker-0: "), 2, 13),
    ("quote", wrapped("> "), 2, 5),
    ("quote in quote", "He said:\n\n" + wrapped("> > "), 4, 7),
    ("quoted fence", "> ```\n" + wrapped("> ") + "\n> ```", 3, 5),
    ("comment", wrapped("# "), 2, 5),
    ("knitr", wrapped("#> "), 2, 6),
    ("block comment", "/*\n" + wrapped(" * ") + "\n */", 3, 6),
    ("box", wrapped("| ", "    |"), 2, 5),
    ("panel", "╭────╮\n" + "\n".join(f"│ {line:60} │" for line in LINES) + "\n╰────╯", 3, 5),
    ("added lines of a patch", wrapped("+"), 2, 4),
    ("colours", wrapped("\x1b[32m", "\x1b[0m"), 2, 8),
    ("HTML", "<pre>\n" + NET.replace("(", "&#40;").replace("=", "&equals;") + "\n</pre>", 3, 3),
    ("tags", "<pre><code class='x'>\n" + wrapped("<span>", "</span>") + "\n</code></pre>", 3, 9),
    ("strings of JSON", '"text": [\n' + ",\n".join(f'  "{line}\\n"' for line in LINES) + "\n]", 3, 6),
    ("strings of Python", "text = (\n" + "\n".join(f"  '{line}\\n'" for line in LINES) + "\n)", 3, 6),
    ("one string", repr(NET), 1, 4),
    ("escaped line breaks", NET.replace("\n", "\\n"), 1, 3),
    ("record of a log", '{"level": "info"}\n' + json.dumps({"level": "info", "msg": NET}), 2, 3),
    ("a lost line break", NET.replace("True)\n  (b)", "True) (b)").replace("ReLU()\n  )", "ReLU()  )"), 2, 3),
    ("breaks of HTML", NET.replace("\n", "<br>"), 1, 3),
    ("a cell of a table", "| net | `" + NET.replace("\n", "<br/>") + "` |", 1, 3),
    ("breaks and ends of lines", NET.replace("\n", "<br>\n"), 2, 3),
    ("escaped underscores", NET.replace("_", "\\_"), 2, 3),
    ("before a dashed line", NET.replace("Net(", "Net(--------"), 2, 3),
]  # fmt: skip


def test_lines_of_a_diff_are_two_prints_in_one() -> None:
    text = "  Net(\n-   (a): Linear(in_features=1, out_features=2)\n+   (a): Linear(in_features=1, out_features=3)\n      (b): ReLU()\n  )\n"
    with pytest.raises(ReadError, match="a line of a diff, which is two prints in one") as raised:
        parse(text)
    assert (raised.value.line, raised.value.way_out) == (2, "give the print before the change and the one behind it")


@pytest.mark.parametrize(("text", "line", "column"), [row[1:] for row in WRAPPED], ids=[row[0] for row in WRAPPED])
def test_wrapped(text: str, line: int, column: int) -> None:
    (network,) = parse(text)
    assert network.root == ROOT
    assert network.complete
    assert (network.root.children[0].span.line, network.root.children[0].span.column) == (line, column)


def test_marks_of_a_word_processor() -> None:
    plain = "Net(\n  (a): Flatten(start_dim=1, end_dim=-1)\n  (b): GELU(approximate='none')\n  (c): BatchNorm1d(8, eps=1e-05)\n)\n"
    typeset = plain.replace("-", "\N{MINUS SIGN}").replace("'n", "\N{LEFT SINGLE QUOTATION MARK}n")
    typeset = typeset.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}")
    assert parse(typeset)[0].root == parse(plain)[0].root


def test_blanks_of_a_browser() -> None:
    plain = "Net(\n  (0-2): 3 x ReLU()\n  (3): Linear(in_features=3, out_features=4)\n)\n"
    for blank in ("\N{NO-BREAK SPACE}", "&nbsp;", "&#160;"):
        assert parse(plain.replace(" ", blank))[0].root == parse(plain)[0].root
    assert parse(plain.replace(" x ", " \N{MULTIPLICATION SIGN} "))[0].root == parse(plain)[0].root


def broken(text: str, width: int) -> str:
    """The text as a terminal of so many columns shows it."""
    return "\n".join(line[at : at + width] for line in text.split("\n") for at in range(0, max(len(line), 1), width))


@pytest.mark.parametrize("width", [40, 41, 53, 60, 72, 80, 100])
def test_lines_broken_at_the_width_of_a_terminal(width: int) -> None:
    text = broken(Path(NOTE).read_text(), width)
    assert [network.root for network in parse(text)] == [network.root for network in read(NOTE).networks]


def test_a_broken_line_stands_where_it_began() -> None:
    text = broken("Net(\n  (first): Linear(in_features=128, out_features=128, bias=True)\n  (b): ReLU()\n)", 50)
    (network,) = parse(text)
    assert [(c.name, c.span.line, c.span.column) for c in network.root.children] == [("first", 2, 3), ("b", 4, 3)]
    assert [(s.name, s.value) for s in network.root.children[0].settings] == [
        ("in_features", 128), ("out_features", 128), ("bias", True),
    ]  # fmt: skip


def test_settings_on_lines_of_their_own_are_no_broken_line() -> None:
    text = "Net(\n  (a): Linear(in_features=128, out_features=64,\n    bias=True)\n  (b): ReLU()\n)"
    (network,) = parse(text)
    assert unparse(network.root) == text


SEVERAL = [
    ("one below the other", f"{NET}\n{NET}\n", [(1, 6), (7, 12)]),
    ("on one line", f"{NET} {NET}", [(1, 6), (6, 11)]),
    ("one fence", f"```\n{NET}\n\n{NET}\n```", [(2, 7), (9, 14)]),
    (
        "processes in turn",
        "\n".join(f"[{rank}] {line}" for line in LINES for rank in (0, 1)),
        [(1, 11), (2, 12)],
    ),
]


@pytest.mark.parametrize(("text", "places"), [row[1:] for row in SEVERAL], ids=[row[0] for row in SEVERAL])
def test_several(text: str, places: list[tuple[int, ...]]) -> None:
    networks = parse(text)
    assert [network.root for network in networks] == [ROOT, ROOT]
    assert [(network.first_line, network.last_line) for network in networks] == places


NAMES = [
    ("class", NET, ("Net",)),
    ("heading", f"# Title\n\n## Ours: #\n{NET}", ("Ours", "Net")),
    ("underlined heading", f"Title\n=====\n\nOurs\n----\n\n{NET}", ("Ours", "Net")),
    ("emphasis", f"## **Ours** and `its_name`\n\n{NET}", ("Ours and its_name", "Net")),
    ("comment is no heading in a fence", f"# Title\n```\n# comment\n{NET}\n```", ("Title", "Net")),
    ("label line", f"# Title\n\nOurs\n```\n{NET}\n```", ("Ours", "Title", "Net")),
    ("label line far to the right", f"# Title\n\n{' ' * 300}Ours\n```\n{NET}\n```", ("Ours", "Title", "Net")),
    ("label line in bold", f"**Ours:**\n\n```\n{NET}\n```", ("Ours", "Net")),
    ("a sentence is no label", f"We trained it and it worked.\n```\n{NET}\n```", ("Net",)),
    ("a line of text is no label", f"First line\nsecond line\n```\n{NET}\n```", ("Net",)),
    ("code is no label", f"print(net)\n```\n{NET}\n```", ("Net",)),
    ("another fence is no label", f"```\nx\n```\n```\n{NET}\n```", ("Net",)),
    ("name line", f"```\nNETWORK...\nours:\n\n{NET}\n```", ("ours", "Net")),
    ("name line without a fence", f"Epoch 3\nours:\n{NET}", ("ours", "Net")),
    ("a word alone", f"{NET}\n\nours\n{NET}", ("ours", "Net")),
    ("output is no name", f"12.5\n{NET}", ("Net",)),
    ("assigned name", f"student = {NET}", ("Net", "student")),
]


@pytest.mark.parametrize(("text", "names"), [row[1:] for row in NAMES], ids=[row[0] for row in NAMES])
def test_names(text: str, names: tuple[str, ...]) -> None:
    network = parse(text)[-1]
    assert network.names == names
    assert network.label == names[0]


ADAM = "Adam (\nParameter Group 0\n    lr: 0.1\n)"
SCHEDULE = "StepLR\n    step_size 1"


def recipes(text: str) -> list[tuple[int, int]]:
    found = [network.recipe or Recipe() for network in parse(text)]
    return [(len(recipe.optimizers), len(recipe.schedulers)) for recipe in found]


OWNERS = [
    ("none", NET, [(0, 0)]),
    ("before", f"{ADAM}\n{SCHEDULE}\n{NET}", [(1, 1)]),
    ("behind", f"{NET}\ntraining\n\n{ADAM}", [(1, 0)]),
    ("behind the bracket", f"train((DDP(\n  (m): ReLU()\n), {ADAM}))", [(1, 0)]),
    ("own fence", f"# A\n```\n{ADAM}\n{NET}\n```\n```\n{NET}\n```", [(1, 0), (0, 0)]),
    ("section below", f"# A\n```\n{NET}\n```\n## Optimizer\n```\n{ADAM}\n```\n# B\n```\n{NET}\n```", [(1, 0), (0, 0)]),
    ("section beside", f"# T\n## Model\n```\n{NET}\n```\n## Training\n```\n{ADAM}\n```", [(1, 0)]),
    ("one for all of a section", f"# A\n```\n{NET}\n```\n```\n{NET}\n```\n## Optimizer\n```\n{ADAM}\n```", [(1, 0), (1, 0)]),
    ("log: next", f"{NET}\nsome\nmore\nlines\n{ADAM}\n{NET}", [(0, 0), (1, 0)]),
    ("log: last", f"{NET}\n{NET}\n{ADAM}\n", [(0, 0), (1, 0)]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "counts"), [row[1:] for row in OWNERS], ids=[row[0] for row in OWNERS])
def test_recipe_owners(text: str, counts: list[tuple[int, ...]]) -> None:
    assert recipes(text) == counts


def test_a_backtick_before_children() -> None:
    (network,) = parse("weights are:\n`     (0): Linear(1, 2)\n      (1): ReLU()\n`\n")
    assert [(child.name, child.span.line, child.span.column) for child in network.root.children] == [
        ("0", 2, 7),
        ("1", 3, 7),
    ]


def test_labels_in_a_fence() -> None:
    text = (
        "~~~\nGenerator structure:\nNet (\n  (0): ReLU ()\n)\nDiscriminator structure:\nNet (\n  (0): ReLU ()\n)\n~~~\n"
    )
    assert [network.label for network in parse(text)] == ["Generator structure", "Discriminator structure"]
