# ruff: noqa: E501  (tables as they are printed)
"""Summary tables as a second way to say what a network is."""

from __future__ import annotations

import re

import pytest

from archdiff.model.errors import ReadError
from archdiff.model.facts import INPUT_SHAPE, TOTALS, Fact, Provenance
from archdiff.model.network import UNKNOWN, Layer, Setting, Value, walk
from archdiff.parse import parse, read
from archdiff.parse.unparse import unparse
from known import known

TREE = """\
==========================================================================================
Layer (type:depth-idx)                   Output Shape              Param #
==========================================================================================
Net                                      [2, 5]                    --
├─Conv2d: 1-1                            [2, 32, 28, 28]           832
├─Sequential: 1-2                        [2, 32, 14, 14]           --
│    └─MaxPool2d: 2-1                    [2, 32, 14, 14]           --
│    └─ReLU: 2-2                         [2, 32, 14, 14]           --
├─Linear: 1-3                            [2, 5]                    (31,365)
==========================================================================================
Total params: 32,197
Trainable params: 832
Non-trainable params: 31,365
Total mult-adds (M): 1.43
==========================================================================================
Input size (MB): 0.01
Forward/backward pass size (MB): 0.80
==========================================================================================
"""

NUMBERED = """\
----------------------------------------------------------------
        Layer (type)               Output Shape         Param #
================================================================
            Conv2d-1           [-1, 32, 28, 28]             832
              ReLU-2           [-1, 32, 28, 28]               0
            Linear-3                    [-1, 5]          31,365
================================================================
Total params: 32,197
Trainable params: 32,197
Non-trainable params: 0
----------------------------------------------------------------
Input size (MB): 0.00
----------------------------------------------------------------
"""

NAMED = """\
  | Name    | Type       | Params | Mode
-----------------------------------------------
0 | loss    | MSELoss    | 0      | train
1 | net     | Sequential | 25.8 K | train
2 | net.0   | Linear     | 650    | train
3 | net.act | ReLU       | 0      | train
4 | head    | Sequential | 1.3 M  | train
-----------------------------------------------
25.8 K    Trainable params
0         Non-trainable params
0.103     Total estimated model params size (MB)
5         Modules in train mode
"""

WIDE = """\
==================================================================================================================
Layer (type (var_name):depth-idx)        Input Shape          Kernel Shape         Output Shape         Param #              Trainable
==================================================================================================================
Net (Net)                                [7, 1, 28, 28]       --                   [7, 10]              --                   True
├─Conv2d (stem): 1-1                     [7, 1, 28, 28]       [5, 5]               [7, 10, 24, 24]      260                  True
├─MaxPool2d (pool): 1-2                  [7, 10, 24, 24]      2                    [7, 10, 12, 12]      --                   --
├─Linear (fc): 1-3                       [7, 1440]            [1440, 10]           [7, 10]              14,410               True
==================================================================================================================
"""


def told(root: Layer) -> list[tuple[str, str, dict[str | None, object]]]:
    return [(path, layer.class_name, {s.name: s.value for s in layer.settings}) for path, layer in walk(root)]


def test_a_tree() -> None:
    (network,) = parse(TREE)
    assert (network.label, network.first_line, network.last_line, network.complete) == ("Net", 1, 18, True)
    assert told(network.root) == [
        ("", "Net", {}),
        ("0", "Conv2d", {"parameters": 832, "output_shape": (32, 28, 28)}),
        ("1", "Sequential", {}),
        ("1.0", "MaxPool2d", {"parameters": 0, "output_shape": (32, 14, 14)}),
        ("1.1", "ReLU", {"parameters": 0, "output_shape": (32, 14, 14)}),
        ("2", "Linear", {"parameters": 31365, "frozen": True, "output_shape": (5,)}),
    ]
    pool = network.root.children[1].children[0]
    assert (pool.span.line, pool.span.column) == (7, 8)


def test_what_is_frozen() -> None:
    (network,) = parse(WIDE.replace("260                  True", "260                  False"))
    assert [dict(told(network.root)[at][2]).get("frozen") for at in (1, 2, 3)] == [True, None, None]


def totals(text: str) -> Value:
    return known(parse(text)[0].fact(TOTALS)).value


def test_totals() -> None:
    assert totals(TREE) == (
        ("Total params", "32,197"),
        ("Trainable params", "832"),
        ("Non-trainable params", "31,365"),
    )
    assert totals(NAMED) == (("Trainable params", "25.8 K"), ("Non-trainable params", "0"))


def test_numbered_rows() -> None:
    (network,) = parse(NUMBERED)
    assert told(network.root) == [
        ("", "", {}),
        ("0", "Conv2d", {"parameters": 832, "output_shape": (32, 28, 28)}),
        ("1", "ReLU", {"parameters": UNKNOWN, "output_shape": (32, 28, 28)}),
        ("2", "Linear", {"parameters": 31365, "output_shape": (5,)}),
    ]


def test_named_rows() -> None:
    (network,) = parse(NAMED)
    assert told(network.root) == [
        ("", "", {}),
        ("loss", "MSELoss", {"parameters": 0, "mode": "train"}),
        ("net", "Sequential", {}),
        ("net.0", "Linear", {"parameters": 650, "mode": "train"}),
        ("net.act", "ReLU", {"parameters": 0, "mode": "train"}),
        ("head", "Sequential", {}),
        ("head.notshown", "NotShown", {"parameters": "1.3 M", "mode": "train"}),
    ]


def test_a_path_whose_holder_has_no_row_stays_whole() -> None:
    text = NAMED.replace("net     | Sequential", "other   | Sequential")
    (network,) = parse(text)
    assert [child.name for child in network.root.children] == ["loss", "other", "net.0", "net.act", "head"]


def test_more_columns_in_another_order() -> None:
    (network,) = parse(WIDE)
    assert network.fact(INPUT_SHAPE) == Fact(INPUT_SHAPE, (1, 28, 28), Provenance.PRINTED)
    assert told(network.root)[1:] == [
        ("stem", "Conv2d", {"parameters": 260, "input_shape": (1, 28, 28), "output_shape": (10, 24, 24), "kernel_size": (5, 5)}),
        ("pool", "MaxPool2d", {"parameters": 0, "input_shape": (10, 24, 24), "output_shape": (10, 12, 12), "kernel_size": 2}),
        ("fc", "Linear", {"parameters": 14410, "input_shape": (1440,), "output_shape": (10,)}),
    ]  # fmt: skip


def variant(*changes: tuple[str, str]) -> str:
    text = TREE
    for before, after in changes:
        text = text.replace(before, after)
    return text


SAME = [
    ("plain letters", variant(("├─", "+ "), ("│    └─", "|    + "))),
    ("no depth", variant((":depth-idx", ""), (": 1-1", ""), (": 1-2", ""), (": 1-3", ""), (": 2-1", ""), (": 2-2", ""))),
    ("quoted", "".join(f"> {line}\n" for line in TREE.splitlines())),
    ("comment", "".join(f"#   {line}\n" for line in TREE.splitlines())),
    ("logged", "".join(f"[{number}] INFO {line}\n" for number, line in enumerate(TREE.splitlines(), 7))),
    ("indented", "".join(f"        {line}\n" for line in TREE.splitlines())),
    ("windows", TREE.replace("\n", "\r\n")),
    ("fence", f"# Report\n\n```\n{TREE}```\n\nmore\n"),
    ("entities", f"<pre>{TREE}</pre>".replace("[2", "&#91;2")),
    ("repeated", variant(("==\nTotal", "==\nTotal"), ("├─Linear: 1-3", "├─Conv2d: 1-3                            [2, 32, 28, 28]           (recursive)\n├─Linear: 1-4"))),
    ("repeated block", variant(("├─Linear: 1-3", "├─Block: 1-3                             [2, 32, 28, 28]           (recursive)\n│    └─ReLU: 2-3                         [2, 32, 28, 28]           --\n├─Linear: 1-4"))),
    ("single weights", variant(("├─Sequential", "│    └─weight                                                      ├─800\n├─Sequential"))),
]  # fmt: skip


@pytest.mark.parametrize("text", [row[1] for row in SAME], ids=[row[0] for row in SAME])
def test_the_same_table(text: str) -> None:
    (network,) = parse(text)
    (plain,) = parse(TREE)
    assert told(network.root) == told(plain.root)
    assert network.complete


def test_places_are_those_of_the_file() -> None:
    (network,) = parse("".join(f"[{number}] INFO {line}\n" for number, line in enumerate(TREE.splitlines(), 7)))
    assert [(layer.span.line, layer.span.column) for _, layer in walk(network.root)][1:3] == [(5, 13), (6, 13)]


def test_no_row_of_its_own_for_the_network() -> None:
    (network,) = parse(variant(("Net                                      [2, 5]                    --\n", "")))
    assert (network.root.class_name, len(network.root.children)) == ("", 3)


CUT = [
    ("no end", TREE[: TREE.index("├─Linear")]),
    ("left out", TREE.replace("├─Conv2d: 1-1                            [2, 32, 28, 28]           832\n", "...\n")),
    ("other text", NAMED[: NAMED.index("2 | net.0")] + "Epoch 1: loss 0.5\n"),
]


@pytest.mark.parametrize("text", [row[1] for row in CUT], ids=[row[0] for row in CUT])
def test_cut_off(text: str) -> None:
    (network,) = parse(text)
    assert not network.complete


def test_beside_prints_and_other_tables() -> None:
    text = f"# A\n\n{TREE}{TREE}\nNet(\n  (a): ReLU()\n)\n\n{NUMBERED}\nepochs | loss\n-------|------\n1 | 2\n"
    assert [network.first_line for network in parse(text)] == [3, 21, 40, 44]


def test_a_block_that_is_not_opened_says_so() -> None:
    (network,) = parse(TREE[: TREE.index("│")] + TREE[TREE.index("├─Linear") :])
    assert [(path, layer.class_name) for path, layer in walk(network.root)][2:4] == [("1", "Sequential"), ("1.notshown", "NotShown")]  # fmt: skip


def test_parameters_of_its_own() -> None:
    (network,) = parse(variant(("[2, 5]                    --", "[2, 5]                    9")))
    assert told(network.root)[0] == ("", "Net", {"parameters": 9})


def test_reads_back() -> None:
    (network,) = parse(TREE)
    assert parse(unparse(network.root))[0].root == network.root


SHAPES = [
    ("[-1, 32, 28]", (32, 28)),
    ("[5]", None),  # the batch, or a network that was run without one
    ("[[1, 10, 32], [2, 10]]", None),
    ("--", None),
    ("[1, -1, 3]", None),
]


@pytest.mark.parametrize(("text", "shape"), SHAPES)
def test_shapes(text: str, shape: tuple[int, ...] | None) -> None:
    (network,) = parse(TREE.replace("[2, 32, 28, 28]          ", f"{text:<25}"))
    assert dict(told(network.root)[1][2]).get("output_shape") == shape


COUNTS = [("832", 832), ("(832)", 832), ("--", 0), ("1.3 M", "1.3 M"), ("...", UNKNOWN), ("9" * 40, UNKNOWN)]


@pytest.mark.parametrize(("text", "count"), COUNTS)
def test_counts(text: str, count: Value) -> None:
    (network,) = parse(TREE.replace(" 832\n", f" {text}\n"))
    assert network.root.children[0].settings[0] == Setting("parameters", count)


KERAS = """\
_________________________________________________________________
Layer (type)                 Output Shape              Param #
=================================================================
dense_1 (Dense)              (None, 10)                650
=================================================================
Total params: 650
"""
BOXED = """\
┏━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━┓
┃ Layer (type)        ┃ Output Shape      ┃    Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━┩
│ dense (Dense)       │ (None, 10)        │        650 │
└─────────────────────┴───────────────────┴────────────┘
"""
NAMELESS = """\
=================================================================
                Kernel Shape     Output Shape  Params  Mult-Adds
Layer
0_conv1        [1, 10, 5, 5]  [1, 10, 24, 24]   260.0    144.0k
"""
BY_MODULE = """\
| module                 | #parameters or shape   | #flops    |
|:-----------------------|:-----------------------|:----------|
| model                  | 25.557M                | 4.145G    |
|  conv1                 |  9.408K                |  0.119G   |
"""
REFUSED = [
    ("keras", KERAS, 2, "Keras"),
    ("keras 3", BOXED, 2, "Keras"),
    ("no classes", NAMELESS, 2, "without the classes"),
    ("fvcore", BY_MODULE, 1, "without the classes"),
]


@pytest.mark.parametrize(("text", "line", "why"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_refused(text: str, line: int, why: str) -> None:
    with pytest.raises(ReadError, match=why) as caught:
        read("-", stdin="some text\n\n" + text)
    assert (caught.value.line, caught.value.line_text) == (line + 2, text.split("\n")[line - 1])
    assert parse(text + "\n" + TREE)  # what can be read is


def test_code_that_prints_a_table_is_none() -> None:
    code = 'print("-" * 64)\nline = "{:>20}  {:>25} {:>15}".format("Layer (type)", "Output Shape", "Param #")\nprint("=" * 64)\n'
    with pytest.raises(ReadError, match="no printed network"):
        parse(code)


BOX = """\
┏━━━┳━━━━━━━┳━━━━━━━━┳━━━━━━━━┳━━━━━━━┓
┃   ┃ Name  ┃ Type   ┃ Params ┃ Mode  ┃
┡━━━╇━━━━━━━╇━━━━━━━━╇━━━━━━━━╇━━━━━━━┩
│ 0 │ fc    │ Linear │    650 │ train │
│ 1 │ act   │ ReLU   │      0 │ train │
└───┴───────┴────────┴────────┴───────┘
"""


def test_named_rows_in_a_box() -> None:
    (network,) = parse(BOX)
    assert told(network.root)[1:] == [
        ("fc", "Linear", {"parameters": 650, "mode": "train"}),
        ("act", "ReLU", {"parameters": 0, "mode": "train"}),
    ]
    assert network.complete


TYPED = """\
____________________________________________
Layer (type)        Output Shape        Param #
============================================
body.0 (Conv2d)     [None, 8, 30, 30]   224
____________________________________________
body.1 (ReLU)       [None, 8, 30, 30]   0
============================================
"""


def test_the_header_says_what_brackets_hold() -> None:
    (network,) = parse(TYPED)
    assert told(network.root)[1:] == [
        ("body.0", "Conv2d", {"parameters": 224, "output_shape": (8, 30, 30)}),
        ("body.1", "ReLU", {"parameters": 0, "output_shape": (8, 30, 30)}),
    ]
    named = TREE.replace("(type:depth-idx)", "(type (var_name):depth-idx)").replace("Conv2d: 1-1  ", "Conv2d (c): 1-1")
    assert told(parse(named)[0].root)[1][:2] == ("c", "Conv2d")


TITLES = ["Param", "Params", "Parameters", "# Params", "#Params", "Param #"]


@pytest.mark.parametrize("title", TITLES)
def test_titles_of_the_count(title: str) -> None:
    (network,) = parse(NUMBERED.replace("Param #", title))
    assert told(network.root)[1] == ("0", "Conv2d", {"parameters": 832, "output_shape": (32, 28, 28)})


FASTAI = """\
Sequential (Input shape: 64 x 1 x 30 x 30)
============================================================================
Layer (type)         Output Shape         Param #    Trainable
============================================================================
                     64 x 8 x 28 x 28
Conv2d                                    224        False
BatchNorm2d                               16         True
ReLU
____________________________________________________________________________
                     64 x 10
Linear                                    62,730     True
____________________________________________________________________________

Total params: 62,970
Total trainable params: 62,746

Optimizer used: <function Adam at 0x7f>
"""
OLDER_FASTAI = """\
Sequential
======================================================================
Layer (type)         Output Shape         Param #    Trainable
======================================================================
Conv2d               [8, 28, 28]          224        False
______________________________________________________________________
BatchNorm2d          [8, 28, 28]          16         True
______________________________________________________________________
ReLU                 [8, 28, 28]          0          False
______________________________________________________________________
Linear               [10]                 62,730     True
______________________________________________________________________

Total params: 62,970
"""


@pytest.mark.parametrize(("text", "shown"), [(FASTAI, (1, 30, 30)), (OLDER_FASTAI, None)], ids=["2", "1"])
def test_fastai(text: str, shown: tuple[int, ...] | None) -> None:
    (network,) = parse(text)
    assert (network.label, network.first_line, network.complete) == ("Sequential", 1, True)
    assert network.fact(INPUT_SHAPE) == (Fact(INPUT_SHAPE, shown, Provenance.PRINTED) if shown else None)
    assert known(network.fact(TOTALS)).value == (("Total params", "62,970"),)
    first = {"input_shape": shown} if shown else {}
    assert told(network.root) == [
        ("", "Sequential", {}),
        ("0", "Conv2d", {"parameters": 224, "frozen": True, **first, "output_shape": (8, 28, 28)}),
        ("1", "BatchNorm2d", {"parameters": 16, "output_shape": (8, 28, 28)}),
        ("2", "ReLU", {"parameters": UNKNOWN, "output_shape": (8, 28, 28)}),
        ("3", "Linear", {"parameters": 62730, "output_shape": (10,)}),
    ]


def test_fastai_cut_off() -> None:
    (network,) = parse(FASTAI[: FASTAI.index("Linear")])
    assert [child.class_name for child in network.root.children] == ["Conv2d", "BatchNorm2d", "ReLU"]
    assert not network.complete


def test_trainable_of_torchinfo_is_no_fastai() -> None:
    text = re.sub(r" \((?:Net|stem|pool|fc)\)(?:: \d-\d)?", "", WIDE).replace("(type (var_name):depth-idx)", "(type)")
    assert [layer.class_name for _, layer in walk(parse(text)[0].root)][1:] == ["Conv2d", "MaxPool2d", "Linear"]
