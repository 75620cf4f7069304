"""Which layer stands for which: words of letters in, steps out.

Each letter is a layer; `C` to `c` is one kind with another setting, `D` and `L` are of other kinds.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import assert_never

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archdiff import api, parse
from archdiff.diff import align, costs, level
from archdiff.diff.nodes import Node, nodes
from archdiff.diff.steps import Added, Alike, ContainerPair, Moved, Opened, Pair, Removed, Reordered, Step, Swap
from archdiff.model.network import Layer
from archdiff.semantics import rules
from known import known
from trees import told

LETTERS = {
    "C": "Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1))",
    "c": "Conv2d(3, 8, kernel_size=(3, 3), stride=(2, 2))",
    "B": "BatchNorm2d(8, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)",
    "R": "ReLU()",
    "T": "Tanh()",
    "P": "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)",
    "D": "Dropout(p=0.5, inplace=False)",
    "F": "Flatten(start_dim=1, end_dim=-1)",
    "L": "Linear(in_features=20, out_features=20, bias=True)",
    "l": "Linear(in_features=20, out_features=40, bias=True)",
    "N": "LayerNorm((20,), eps=1e-05, elementwise_affine=True)",
    "I": "Identity()",
}


def tree(word: str, names: str = "") -> Layer:
    """A network of the letters; `(CB)` is a block. Names are numbers unless given."""
    lines, depth, counts = ["Net("], 1, [0]
    for letter in word:
        if letter == ")":
            depth -= 1
            counts.pop()
            lines.append("  " * depth + ")")
            continue
        number = counts[-1]
        counts[-1] += 1
        name = names[number] if names and depth == 1 else number
        text = "Block(" if letter == "(" else LETTERS[letter]
        lines.append("  " * depth + f"({name}): {text}")
        if letter == "(":
            depth += 1
            counts.append(0)
    return rules.normalize(parse.parse("\n".join([*lines, ")", ""]))[0]).root


def steps(candidate: str, reference: str, names: tuple[str, str] = ("", "")) -> list[Step]:
    return align.aligned_trees(*nodes(tree(candidate, names[0]), tree(reference, names[1]))).steps


#: id, candidate, reference, steps: `[a=b]` are containers, `<+a>` is one without counterpart
CASES = [
    ("equal", "CBR", "CBR", "[=] 0=0 1=1 2=2"),
    ("setting", "cBR", "CBR", "[=] 0=0 1=1 2=2"),
    ("one-less", "CR", "CBR", "[=] 0=0 -1 1=2"),
    ("one-more", "CBDR", "CBR", "[=] 0=0 1=1 +2 3=2"),
    ("swap", "CRB", "CBR", "[=] 0=0 1=2x2=1"),
    ("two-swaps", "CRBCRB", "CBRCBR", "[=] 0=0 1=2x2=1 3=3 4=5x5=4"),
    ("swap-and-setting", "cRB", "CBR", "[=] 0=0 1=2x2=1"),
    ("replaced", "CBT", "CBR", "[=] 0=0 1=1 2=2"),
    ("moved", "DCBRFL", "CBRFLD", "[=] moved 0=5 1=0 2=1 3=2 4=3 5=4"),
    (
        "equal-blocks",
        "(CB)(CB)(CB)",
        "(CB)(CB)(CB)",
        "[=] [0=0] 0.0=0.0 0.1=0.1 [1=1] 1.0=1.0 1.1=1.1 [2=2] 2.0=2.0 2.1=2.1",
    ),
    ("block-less", "(CB)(CB)", "(CB)(CB)(CB)", "[=] [0=0] 0.0=0.0 0.1=0.1 [1=1] 1.0=1.0 1.1=1.1 -2"),
    ("inside-a-block", "(CB)(CRB)", "(CB)(CB)", "[=] [0=0] 0.0=0.0 0.1=0.1 [1=1] 1.0=1.0 +1.1 1.2=1.1"),
    ("block-against-flat", "(CB)R", "CBR", "[=] <+0> 0.0=0 0.1=1 1=2"),
    ("blocks-swapped", "(LR)(CB)", "(CB)(LR)", "[=] 0=1x1=0"),
    ("one-role", "L", "C", "[=] 0=0"),
    ("only-just-a-replacement", "LLL", "F", "[=] 0=0 +1 +2"),
]


@pytest.mark.parametrize(
    ("candidate", "reference", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_steps(candidate: str, reference: str, expected: str) -> None:
    assert " ".join(map(told, steps(candidate, reference))) == expected


def test_what_stands_in_swapped_blocks_is_in_the_swap() -> None:
    _, swap = steps("(LR)(CB)", "(CB)(LR)")
    assert isinstance(swap, Swap | Moved)
    assert " ".join(map(told, swap.inner)) == "[1=0] 1.0=0.0 1.1=0.1 [0=1] 0.0=1.0 0.1=1.1"


def test_names_decide_between_equal_layers() -> None:
    (removed,) = (step for step in steps("LL", "LLL", ("qv", "qkv")) if isinstance(step, Removed))
    assert removed.reference.path == "k"


def test_names_that_stand_for_each_other_elsewhere_decide_too() -> None:
    """Three blocks of k and v, renamed to K and V throughout; the last one lost its v."""
    ours = parse.parse(printed_blocks("KV", "KV", "KV", "K"))[0]
    theirs = parse.parse(printed_blocks("kv", "kv", "kv", "kv"))[0]
    found = align.aligned_trees(*nodes(rules.normalize(ours).root, rules.normalize(theirs).root)).steps
    assert [step.reference.path for step in found if isinstance(step, Removed)] == ["3.v"]


def printed_blocks(*blocks: str) -> str:
    lines = ["Net("]
    for number, names in enumerate(blocks):
        lines += [f"  ({number}): Block(", *(f"    ({name}): {LETTERS['L']}" for name in names), "  )"]
    return "\n".join([*lines, ")", ""])


#: id, container, layers of the candidate under their names, those of the reference, steps
NAMED = [
    ("names-are-places-in-a-sequential", "Sequential", "a:l b:L", "b:L a:l", "[=] a=axb=b"),
    ("numbers-are-places", "Net", "0:R 1:C 2:B", "0:C 1:B 2:R", "[=] moved 0=2 1=0 2=1"),
    ("numbers-are-keys-of-a-dict", "ModuleDict", "1:L 0:l", "0:l 1:L", "[=] [~] 0=0 1=1"),
    ("keys-of-a-dict", "ModuleDict", "actor:L critic:l", "critic:l actor:L", "[=] [~] critic=critic actor=actor"),
    ("q-k-v", "Net", "q:L k:L v:L", "k:L v:L q:L", "[=] [~] k=k v=v q=q"),
    ("q-k-v-of-other-widths", "Net", "q:L k:l v:l", "q:l k:L v:L", "[=] q=q k=k v=v"),
    ("no-k", "Net", "q:L v:L", "q:L k:L v:L", "[=] q=q -k v=v"),
    ("a-swap-of-names-and-layers", "Net", "a:l b:L", "b:L a:l", "[=] [~] b=b a=a"),
    ("names-crossed", "Net", "a:L b:l", "a:l b:L", "[=] a=a b=b"),
    ("strangers-under-crossed-names", "Net", "a:L b:R", "a:R b:L", "[=] a=a b=b"),
    ("norm-or-fc-norm", "Net", "norm:I fc_norm:N", "norm:N fc_norm:I", "[=] norm=norm fc_norm=fc_norm"),
    ("an-inserted-conv2", "Net", "c1:C c2:c c3:L", "c1:C c2:L", "[=] c1=c1 +c2 c3=c2"),
]


@pytest.mark.parametrize(
    ("container", "candidate", "reference", "expected"), [case[1:] for case in NAMED], ids=[case[0] for case in NAMED]
)
def test_steps_of_names(container: str, candidate: str, reference: str, expected: str) -> None:
    both = nodes(named(container, candidate), named(container, reference))
    assert " ".join(map(told, align.aligned_trees(*both).steps)) == expected


def named(container: str, layers: str) -> Layer:
    lines = [f"  ({name}): {LETTERS[letter]}" for name, letter in (each.split(":") for each in layers.split())]
    return rules.normalize(parse.parse("\n".join([f"{container}(", *lines, ")", ""]))[0]).root


words = st.text(alphabet="CcBRTPDFLl", min_size=1, max_size=12)
blocks = st.lists(words.map(lambda word: f"({word})"), min_size=1, max_size=6).map("".join)


def sides(found: list[Step]) -> tuple[list[str], list[str]]:
    ours: list[str] = []
    theirs: list[str] = []
    pairs: list[tuple[Node | None, Node | None]]
    for step in found:
        match step:
            case Pair(a, b):
                pairs = [(a, b)]
            case Swap(first, second):
                pairs = [(first.candidate, first.reference), (second.candidate, second.reference)]
            case Moved(moved):
                pairs = [(pair.candidate, pair.reference) for pair in moved]
            case Added(node):
                pairs = [(node, None)]
            case Removed(node):
                pairs = [(None, node)]
            case Alike():
                pairs = [(pair.candidate, pair.reference) for pair in step.pairs()]
            case ContainerPair() | Opened() | Reordered():
                pairs = []
            case _:
                assert_never(step)
        for one, other in pairs:
            ours += [leaf.path for leaf in one.leaves()] if one is not None else []
            theirs += [leaf.path for leaf in other.leaves()] if other is not None else []
    return ours, theirs


def test_layers_that_have_nothing_in_common_are_all_left_out() -> None:
    """However many they are: no sum of costs is as large as what is out of reach."""
    found = steps("T" * 1_500, "(CC)" * 20)
    assert sum(isinstance(step, Added) for step in found) == 1_500


class TestLaws:
    @given(st.one_of(words, blocks), st.one_of(words, blocks))
    def test_every_layer_stands_in_one_step(self, candidate: str, reference: str) -> None:
        ours, theirs = nodes(tree(candidate), tree(reference))
        mine, other = sides(align.aligned_trees(ours, theirs).steps)
        assert sorted(mine) == sorted(leaf.path for leaf in ours.leaves())
        assert sorted(other) == sorted(leaf.path for leaf in theirs.leaves())

    @given(st.one_of(words, blocks))
    def test_a_network_stands_for_itself(self, word: str) -> None:
        assert all(
            isinstance(step, Pair | ContainerPair) and step.candidate.path == step.reference.path
            for step in steps(word, word)
        )

    @given(st.text(alphabet="CcBRTPDFLl", min_size=20, max_size=60), st.data())
    def test_the_band_finds_what_the_full_table_finds(self, reference: str, data: st.DataObject) -> None:
        candidate = reference
        for _ in range(data.draw(st.integers(0, 4))):
            at = data.draw(st.integers(0, len(candidate) - 1))
            candidate = candidate[:at] + data.draw(st.sampled_from(["", "C", "RB"])) + candidate[at + 1 :]
        a, b = (node.children for node in nodes(tree(candidate), tree(reference)))
        full = level._cheapest(a, b, max(len(a), len(b)))
        banded = level._along_the_diagonal(a, b)
        assert cost(a, b, banded) == pytest.approx(cost(a, b, full))


def test_a_name_stands_for_another_on_both_sides() -> None:
    """`conv1` would be `block2` throughout, but `block2` is not `conv1`: names decide alike either way round."""
    layers = ["BatchNorm1d(8)", "Tanh()", "Tanh()", "ELU(alpha=1.0)"], ["ELU(alpha=1.0)", "Sigmoid()"]
    texts = [printed(conv1=layers[at], block2=layers[1 - at]) for at in (0, 1)]
    (a,), (b,) = (parse.parse(text) for text in texts)
    there, back = api.compare_networks(a, b), api.compare_networks(b, a)
    assert set(there.pairs) == {(ours, theirs) for theirs, ours in back.pairs}


def printed(**blocks: list[str]) -> str:
    """A Sequential of Sequentials."""
    lines = [
        line
        for name, layers in blocks.items()
        for line in (f"({name}): Sequential(", *(f"  ({at}): {layer}" for at, layer in enumerate(layers)), ")")
    ]
    return "Sequential(\n" + "".join(f"  {line}\n" for line in lines) + ")\n"


def cost(a: Sequence[Node], b: Sequence[Node], found: list[Step]) -> float:
    """What a way costs, added up step by step: an independent sum of the costs that the module states."""
    total = 0.0
    gaps = {id(node): gap for side in (a, b) for node, gap in zip(side, costs.gap_costs(side), strict=True)}
    for step in found:
        match step:
            case Pair(x, y):
                total += pair(x, y)
            case Swap(first, second):
                crossed = [pair(each.candidate, each.reference) for each in (first, second)]
                total += sum(crossed) + (costs.EQUAL_SWAP if max(crossed) <= costs.NAME else costs.SWAP)
            case Added(node) | Removed(node):
                total += gaps[id(node)]
            case Moved():
                raise AssertionError("moves are found later")
    return total


def pair(x: Node, y: Node) -> float:
    return (0.0 if x.key == y.key else costs.pair_cost(x, y)) + (0.0 if x.name == y.name else costs.NAME)


def _attention(class_name: str, *dropouts: str) -> str:
    linear = "Linear(in_features=8, out_features={}, bias=True)"
    before, behind = ([f"({name}): Dropout(p=0.1, inplace=False)"] if name else [] for name in dropouts)
    parts = [f"(qkv): {linear.format(24)}", *before, f"(proj): {linear.format(8)}", *behind]
    return f"(attn): {class_name}(\n" + textwrap.indent("\n".join(parts), "  ") + "\n)"


def test_of_more_layers_than_counterparts_the_nearest_ones_are_taken() -> None:
    """Two dropouts in each attention against one behind it: the second of each, and none of another block."""
    last = "(fc): Linear(in_features=8, out_features=16, bias=True)"
    one = [_attention("Attn", "attn_drop", "proj_drop"), last]
    other = [_attention("SelfAttn", "", ""), "(drop): Dropout(p=0.1, inplace=False)", last]
    texts = []
    for class_name, parts in (("Block", one), ("Layer", other)):
        inside = textwrap.indent("\n".join(parts), "  ")
        blocks = "\n".join(f"({at}): {class_name}(\n{inside}\n)" for at in range(3))
        texts.append(f"Net(\n  (layers): ModuleList(\n{textwrap.indent(blocks, '    ')}\n  )\n)\n")
    both = [parse.parse(text)[0] for text in texts]
    for (ours, theirs), rule in ((both, "AD104"), (both[::-1], "AD103")):
        findings = api.compare_networks(ours, theirs).findings
        place = known(next(each.candidate or each.reference for each in findings if each.rule == rule))
        assert place.path == "layers.0.attn.attn_drop"
        assert {each.rule for each in findings} == {rule, "AD107", "AD108", "AD701"}


def _bottleneck(width: int, kernel: int) -> str:
    conv = f"Conv2d({width}, {width}, kernel_size=({kernel}, {kernel}), stride=(1, 1), groups={width})"
    return f"Bottleneck(\n  (conv): {conv}\n  (norm): BatchNorm2d({width})\n)"


def _stages(*stages: tuple[int, int, int]) -> str:
    """Times, width and kernel of the blocks of each stage."""
    blocks = [_bottleneck(width, kernel) for times, width, kernel in stages for _ in range(times)]
    return (
        "Sequential(\n"
        + "\n".join(textwrap.indent(f"({at}): {block}", "  ") for at, block in enumerate(blocks))
        + "\n)"
    )


@pytest.mark.parametrize(
    ("ours", "theirs", "missing"),
    [
        (((2, 8, 3), (2, 16, 5), (2, 24, 3)), ((3, 10, 3), (3, 20, 5), (3, 30, 3)), ["2", "5", "8"]),
        (((2, 8, 3), (2, 16, 3), (2, 24, 5)), ((3, 10, 3), (2, 20, 3), (3, 30, 5)), ["4", "7"]),
        (((1, 8, 3), (3, 16, 5), (1, 24, 3)), ((1, 8, 3), (1, 12, 3), (4, 16, 5), (1, 24, 3)), ["1", "2"]),
    ],
    ids=["other-kernels-in-turn", "two-stages-of-one-kernel", "one-block-that-nothing-repeats"],
)
def test_where_every_width_differs_blocks_are_told_apart_by_their_other_settings(
    ours: tuple[tuple[int, int, int], ...], theirs: tuple[tuple[int, int, int], ...], missing: list[str]
) -> None:
    found = api.compare_networks(parse.parse(_stages(*ours))[0], parse.parse(_stages(*theirs))[0]).findings
    places = [known(theirs) for each in found if each.rule in ("AD103", "AD106") for _, theirs in each.all_places]
    assert [place.path for place in places] == missing
