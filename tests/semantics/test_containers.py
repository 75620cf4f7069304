"""What the forward of a container may do: one row a print, with and without the normal form."""

from __future__ import annotations

import pytest

from archdiff import parse
from archdiff.model.network import Layer
from archdiff.semantics import rules
from archdiff.semantics.containers import (
    Forward,
    combines,
    forward,
    is_chain,
    is_of_somebody,
    is_taken_to_run,
    runs_in_order,
)

LINEAR, CONV, BN = "Linear(8, 8, bias=True)", "Conv2d(8, 8, kernel_size=(3, 3))", "BatchNorm2d(8)"
WRAPPERS = ("DataParallel", "DistributedDataParallel", "OptimizedModule")
IN_ORDER, KNOWN, HOLDS, SOMEBODY = Forward.IN_ORDER, Forward.KNOWN, Forward.HOLDS, Forward.SOMEBODY


def holding(class_name: str, *children: str) -> str:
    lines = "\n".join(f"({index}): {child}" for index, child in enumerate(children))
    return f"{class_name}(\n  " + lines.replace("\n", "\n  ") + "\n)"


def layer(text: str) -> Layer:
    return parse.parse(f"{text}\n")[0].root


#: a print, what its forward may do, whether it is taken to run in printed order
CASES = [
    # runs its children in order, so nothing is taken
    (holding("Sequential", LINEAR, "ReLU()"), IN_ORDER, False),
    (holding("torch.nn.Sequential", LINEAR), IN_ORDER, False),
    ("DataParallel(\n  (module): Net(\n    (fc): Linear(8, 8)\n  )\n)", IN_ORDER, False),
    ("DistributedDataParallel(\n  (module): ReLU()\n)", IN_ORDER, False),
    ("OptimizedModule(\n  (_orig_mod): ReLU()\n)", IN_ORDER, False),
    # written by a known library
    ("MultiheadAttention(\n  (out_proj): NonDynamicallyQuantizableLinear(8, 8)\n)", KNOWN, False),
    ("TransformerEncoderLayer(\n  (linear1): Linear(8, 8)\n  (norm1): LayerNorm((8,))\n)", KNOWN, False),
    ("BatchNormAct2d(\n  8, eps=1e-05\n  (drop): Identity()\n  (act): ReLU()\n)", KNOWN, False),
    # holds layers for the forward of somebody else
    (holding("ModuleList", LINEAR, LINEAR), HOLDS, False),
    ("ModuleDict(\n  (a): ReLU()\n)", HOLDS, False),
    ("ModuleList()", HOLDS, False),
    # a chain of one weighted layer
    (holding("ConvBlock", CONV, BN, "ReLU()"), SOMEBODY, True),
    (holding("DSLinearBlock", "DSLinear(8, 8)", "Dropout(p=0.5)", "KWinners(n=8, percent_on=0.1)"), SOMEBODY, True),
    (holding("Pooled", "MaxPool2d(2)", CONV, "Flatten()"), SOMEBODY, True),
    (holding("Nested", holding("Sequential", CONV, BN), "ReLU()"), SOMEBODY, True),
    (holding("One", LINEAR), SOMEBODY, True),
    # named layers have to begin with the weighted one, and go on with what it gives to
    (f"Named(\n  (conv): {CONV}\n  (bn): {BN}\n)", SOMEBODY, True),
    (f"Named(\n  (pool): MaxPool2d(2)\n  (act): ReLU()\n  (conv): {CONV}\n)", SOMEBODY, False),
    (f"Named(\n  (conv): {CONV}\n  (drop): Dropout(p=0.5)\n  (norm): LayerNorm((8,))\n)", SOMEBODY, False),
    (f"Named(\n  (conv): {CONV}\n)", SOMEBODY, False),
    # more or less than one
    (holding("Mlp", LINEAR, "ReLU()", LINEAR), SOMEBODY, False),
    (holding("Head", BN, "ReLU()"), SOMEBODY, False),
    (holding("Twice", CONV, BN, "ReLU()", BN), SOMEBODY, False),
    (holding("Listed", holding("ModuleList", CONV), BN), SOMEBODY, False),
    (holding("Inner", holding("ConvBlock", CONV, BN), "ReLU()"), SOMEBODY, False),
    (holding("Odd", CONV, "Mystery()"), SOMEBODY, False),
    (holding("Repeated", LINEAR).replace("(0):", "(0-1): 2 x"), SOMEBODY, False),
    ("Net()", SOMEBODY, False),
    # what it prints of itself, or its name, speaks against it
    (holding("Scaled", CONV, BN).replace("(\n", "(\n  scale=0.5\n", 1), SOMEBODY, False),
    (holding("ResConv", CONV, BN, "ReLU()"), SOMEBODY, False),
    (holding("GatedConv", CONV, BN), SOMEBODY, False),
    # a name of torch around other children
    ("ReLU(\n  (_net): ReLU()\n)", SOMEBODY, False),
    ("MultiheadAttention(\n  (q): Linear(8, 8)\n  (k): Linear(8, 8)\n)", SOMEBODY, False),
]


@pytest.mark.parametrize(("text", "expected", "taken"), CASES, ids=[case[0].partition("(")[0] for case in CASES])
class TestContainers:
    def test_what_its_forward_may_do(self, text: str, expected: Forward, taken: bool) -> None:
        found = layer(text)
        assert forward(found) is expected
        assert runs_in_order(found) is (expected is IN_ORDER)

    def test_whether_it_is_taken_to_run_in_printed_order(self, text: str, expected: Forward, taken: bool) -> None:
        assert is_chain(layer(text)) is taken


@pytest.mark.parametrize(("text", "expected", "taken"), CASES, ids=[case[0].partition("(")[0] for case in CASES])
def test_the_normal_form_keeps_what_is_known(text: str, expected: Forward, taken: bool) -> None:
    """As a part of a class of somebody; only wrappers are left out of it."""
    root = rules.normalize(parse.parse(f"{holding('Net', text, 'Tanh()')}\n")[0]).root
    kept = [child for child in root.children if child.class_name == layer(text).class_name]
    assert all(forward(child) is expected and is_chain(child) is taken for child in kept)
    assert bool(kept) is not text.startswith(WRAPPERS)


COMBINES = [
    *("ResBlock", "PreActResNetBlock", "ResidualUnit", "SkipConnection", "ParallelTower", "ConcatPool", "GatedMLP"),
    *("ShortcutConv", "MyResidual", "residual", "InvertedResidual", "Res2Net"),
    *("PreNorm", "PostNorm", "PreNormBlock", "SEBlock", "SqueezeExcite", "SE", "SELayer", "HighwayLayer", "MoE"),
]
RUNS = [
    "PlainBlock",
    "ConvBlock",
    "Block",
    "Rescale",
    "Restore",
    "Reshape",
    "Resize",
    "BasicBlock",
    "Tower",
    "SELU",
    "pre_norm",
    "",
]


@pytest.mark.parametrize(
    ("class_name", "expected"), [*((name, True) for name in COMBINES), *((name, False) for name in RUNS)]
)
def test_a_name_that_says_that_more_happens(class_name: str, expected: bool) -> None:
    assert combines(class_name) is expected


@pytest.mark.parametrize(
    ("text", "as_a_part", "as_a_whole"),
    [
        pytest.param(holding("ConvBlock", CONV, BN, "ReLU()"), True, True, id="a chain"),
        pytest.param(holding("DoubleConv", CONV, "ReLU()", CONV), False, True, id="two convolutions"),
        pytest.param(holding("ResNet", CONV, "ReLU()", CONV), False, False, id="its name"),
        pytest.param("Net(\n  (fc): Linear(8, 8)\n  (attention): Linear(8, 8)\n)", False, False, id="a name in it"),
    ],
)
def test_what_is_taken_to_run_when_it_is_built(text: str, as_a_part: bool, as_a_whole: bool) -> None:
    assert (is_taken_to_run(layer(text), False), is_taken_to_run(layer(text), True)) == (as_a_part, as_a_whole)


@pytest.mark.parametrize(
    ("text", "of_somebody"),
    [
        (LINEAR, False),
        (holding("Sequential", LINEAR), False),
        ("BatchNormAct2d(\n  8, eps=1e-05\n  (drop): Identity()\n  (act): ReLU()\n)", False),
        (holding("Net", LINEAR), True),
        ("RotaryEmbeddingCat()", True),
    ],
)
def test_classes_of_somebody(text: str, of_somebody: bool) -> None:
    assert is_of_somebody(layer(text)) is of_somebody
