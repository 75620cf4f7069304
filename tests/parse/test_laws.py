# ruff: noqa: E501  (tables: a case a line)
"""What holds for every layer and every text."""

from __future__ import annotations

import string
import sys
from pathlib import Path
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from archdiff.model.errors import ArchdiffError
from archdiff.model.network import Layer, Network, Recipe, Setting, Value, walk
from archdiff.parse import parse, pick, read
from archdiff.parse.unparse import unparse, unparse_network
from parse.prints import PRINTS

BENCHMARKS = str(Path(__file__).parents[2] / "benchmarks")
if BENCHMARKS not in sys.path:
    sys.path.append(BENCHMARKS)
import fuzz_texts  # noqa: E402

IDENTIFIERS = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True).filter(lambda text: text != "None")
CLASSES = st.one_of(IDENTIFIERS, st.sampled_from(["lora.Linear", "torch::nn::ReLU", "Q(Reference)", "Traced[Linear]"]))
LISTED = {"0-11": 12, "0-2, 5": 4}  # names that tell the count
NAMES = st.one_of(IDENTIFIERS, st.integers(0, 99).map(str), st.sampled_from([*LISTED, "a.b", "b-1", "é"]))
# Without what stands for something else round a print: colours, HTML, the bars of a box, typeset blanks and quotes.
TYPESET = (
    "\u00a0\u00d7\u2007\u2009\u202f\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d"
    "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u2032\u2033\u00ab\u00bb\u2039\u203a"
)
CHARACTERS = st.characters(
    codec="utf-8", exclude_categories=["Cc", "Cs"], include_characters="\n\r", exclude_characters=f"&<|{TYPESET}"
)
WORDS = st.text(CHARACTERS, max_size=12).filter(lambda word: " at 0x" not in word)
NUMBERS = st.one_of(st.integers(-(10**20), 10**20), st.floats(allow_nan=False), st.booleans(), st.none())
VALUES = st.recursive(st.one_of(NUMBERS, WORDS), lambda inner: st.lists(inner, max_size=3).map(tuple), max_leaves=5)


def setting(name: str | None, value: Value) -> Setting:
    """For `builds`, which would fill all other fields of a named tuple with whatever has their type."""
    return Setting(name, value)


SETTINGS = st.builds(setting, st.one_of(st.none(), IDENTIFIERS.filter(lambda name: name != "size")), VALUES)


def layer(
    name: str, class_name: str, settings: tuple[Setting, ...], children: tuple[Layer, ...] = (), repeat: int = 1
) -> Layer:
    """As `setting`."""
    return Layer(name, class_name, settings, children, LISTED.get(name, repeat))


def layers(children: st.SearchStrategy[Layer]) -> st.SearchStrategy[Layer]:
    some = st.lists(children, max_size=3).map(tuple)
    return st.builds(layer, NAMES, CLASSES, st.lists(SETTINGS, max_size=3).map(tuple), some, st.integers(1, 12))


LEAVES = st.builds(layer, NAMES, CLASSES, st.lists(SETTINGS, max_size=3).map(tuple), repeat=st.integers(1, 12))
ROOTS = st.builds(
    layer,
    st.just(""),
    CLASSES,
    st.lists(SETTINGS, max_size=3).map(tuple),
    st.lists(st.recursive(LEAVES, layers, max_leaves=6), max_size=4).map(tuple),
)
PAIRS = st.builds(setting, IDENTIFIERS, NUMBERS)
GROUPS = st.lists(PAIRS, min_size=1, max_size=3).map(tuple)
OPTIMIZERS = st.lists(GROUPS, min_size=1, max_size=2).map(
    lambda groups: Layer("", "SGD", (), tuple(Layer(f"Parameter Group {i}", "", g) for i, g in enumerate(groups)))
)
SCHEDULERS = st.builds(layer, st.just(""), st.just("StepLR"), st.lists(PAIRS, max_size=3).map(tuple))


@given(ROOTS)
@example(Layer("", "Net", (Setting(None, "(a): B()"),), (Layer("0", "ReLU"),)))
@example(Layer("", "Net", (Setting(None, ")"),), (Layer("0", "ReLU", (Setting(None, "..."),)),)))
@example(Layer("", "Net", (Setting(None, "..."),)))
def test_what_is_printed_reads_back(root: Layer) -> None:
    (network,) = parse(unparse(root))
    assert network.root == root
    assert network.complete
    assert unparse(network.root) == unparse(root)


@given(
    st.builds(layer, st.just(""), CLASSES, st.just(()), st.lists(LEAVES, min_size=1, max_size=2).map(tuple)),
    st.lists(OPTIMIZERS, max_size=1).map(tuple),
    st.lists(SCHEDULERS, max_size=1).map(tuple),
)
def test_recipes_read_back(root: Layer, optimizers: tuple[Layer, ...], schedulers: tuple[Layer, ...]) -> None:
    recipe = Recipe(optimizers, schedulers) if optimizers or schedulers else None
    (network,) = parse(unparse_network(Network(root, "x", recipe=recipe)))
    assert (network.root, network.recipe) == (root, recipe)


TEXTS = st.sampled_from([row[1] for row in PRINTS])
NOISE = st.one_of(
    st.text(st.sampled_from("()[]{}:,.'\"\\\n\r\t #>|`=-&;0x" + string.ascii_letters), max_size=20),
    st.sampled_from(
        ["): ", "(a): B(", " x ", "...", "```", "\n)\n", "\n\n", "SGD (\nParameter Group 0\n", "\x1b[0m", "\\n"]
    ),
)


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """Prints with pieces cut out, put in and swapped."""
    text = draw(st.lists(TEXTS, min_size=1, max_size=3).map("\n".join))
    for _ in range(draw(st.integers(1, 4))):
        begin = draw(st.integers(0, len(text)))
        end = draw(st.integers(begin, min(len(text), begin + 40)))
        text = text[:begin] + draw(NOISE) + text[end:]
    return text


@given(damaged())
@settings(max_examples=300)
@example("Net(\r(0):Linear(in_features=2, out_features=3, bias=True)")
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        networks = read("-", stdin=text).networks
    except ArchdiffError as error:
        str(error).encode()
        return
    lines = 1 + text.count("\n") + text.count("\r")  # old Macs ended them so
    for network in networks:
        assert 1 <= network.first_line <= lines
        assert all(1 <= layer.span.line <= lines for _, layer in walk(network.root))
        unparse_network(network)
    for number in range(1, len(networks) + 1):
        try:
            pick(f"-#{number}", networks)
        except ArchdiffError as error:
            str(error).encode()


@given(st.text(max_size=60))
def test_any_characters_are_read_or_refused(text: str) -> None:
    try:
        read("-", stdin=text)
    except ArchdiffError as error:
        str(error).encode()


def is_lost(network: Network) -> bool:
    """Rows of a table, or children whose parent's line is lost: no print says that they are all there is."""
    return not network.root.class_name


def is_read_back(network: Network) -> bool:
    if is_lost(network) and len(network.root.children) < 2:
        return True  # one layer alone is no network
    found = parse(unparse_network(network))
    again = [(each.root, each.recipe, each.complete or is_lost(network)) for each in found]
    return again == [(network.root, network.recipe, network.complete or is_lost(network))]


CUT = [  # id, text: of each, what was read once did not read back
    ("a broken word", "Net(\n  (a): Sequential(\n    (0): Line\nar(in_features=2)\n  )\n)\n"),
    ("settings of lines that broke", "k(\n  (1): RReLU('ze\nros', upper=[1, 2], \n(2, 0))\nhannels={'a': 1}, st\n, groups=\n"),
    ("more below a print", "Net(\n  (0): ReLU()\n)\n  (1): Tanh()\n)\n"),
    ("no child that is one", "Net(\n,  (a): p=0.0, )', p=1e400, (\", it=it's)\n  (b): ReLU("),
    ("no layer", "Net(\n, end_dim=same)\n    in_channels=64\n    (fc): Tanh()\n)\n"),
    ("half a name", "Net(\n  (0%: Unflatten((2, 0), i%e=!)\n1): AdaptiveAvgPool2d()\n)"),
    ("a value that is no layer", "Net(\n  (a): ReLU()\n  ((x)): Hard[Me(p={'a': 1})\n)\n    (0): ReLU()\n  )\n"),
    ("a child in settings", "Net(\n  (1): Drop(p=`8)  (2): Pad3d(`\n  (3): ReLU()\n  (4): Tanh()\n)\n"),
    ("no value", "Net(\n  (a): Conv2d(1, 2, groups=, bias)\n  (b): ReLU(\n"),
    ("a colour that has no end", "Net(\n  (h): List(\n    weights=(3, 3)\x1b[, weight_density=16)\n    (0): ReLU()\n  )\n)\n"),
    ("a blank name", "Net(\n  p=(1,), bias=2\n  ( ): ReLU()\n  (): Tanh(a=((1, (2,)), 3))\n)\n"),
    ("a label", "Net(\n  (l): Linear(\n    in\ufefff=2\n    #params: (), #flops: <function f at 0x7f>\n  )\n  ...\n)\n"),
    ("a child of a log", "[1] 12:00 INFO (1-3): 3 x Sequential(\n[2] 12:00 INFO   (a): ReLU()\n[3] 12:00 INFO )\n"),
    ("a table cut off", "Layer (type:depth-idx)   Output Shape   Param #\n" + "=" * 50 + "\nNet     [2, 5]    --\n"),
]  # fmt: skip


@pytest.mark.parametrize("text", [row[1] for row in CUT], ids=[row[0] for row in CUT])
def test_what_is_wrapped_or_cut_reads_back(text: str) -> None:
    networks = parse(text)
    assert networks
    assert all(map(is_read_back, networks))


@pytest.mark.parametrize("part", range(4))
def test_what_is_read_out_of_mutated_texts_reads_back(part: int) -> None:
    """Wrapped, quoted, fenced, cut and otherwise edited: see `benchmarks/fuzz_texts.py`."""
    read_back = 0
    for seed in range(part * 120, part * 120 + 120):
        random = Random(seed)
        text = fuzz_texts.mutated(random, fuzz_texts.text(random)[:3_000])[:8_000]
        try:
            networks = parse(text)
        except ArchdiffError:
            continue
        assert all(map(is_read_back, networks)), seed
        read_back += len(networks)
    assert read_back > 60
