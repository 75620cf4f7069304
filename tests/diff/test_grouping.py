"""What is told once, and what is told at all where one side prints nothing that computes."""

from __future__ import annotations

import pytest

from archdiff import diff, infer, parse
from archdiff.model.finding import Finding
from archdiff.semantics import rules
from known import known


def found(candidate: str, reference: str) -> list[Finding]:
    both = [rules.normalize(parse.parse(text)[0]) for text in (candidate, reference)]
    return list(diff.compare(*infer.infer(both)).findings)


LINEAR = "Linear(in_features=8, out_features=8, bias=True)"


def folded(activation: str) -> str:
    block = f"(fc): {LINEAR}\n(act): {activation}()\n(norm): LayerNorm((8,), eps=1e-05, elementwise_affine=True)"
    return f"Net(\n(layers): ModuleList(\n(0-5): 6 x Block(\n{block}\n)\n)\n)\n"


@pytest.mark.parametrize(
    ("activation", "rule"),
    [("SiLU", "AD105"), ("Mish", "AD105"), ("Dropout", "AD105")],
    ids=["silu", "mish", "dropout"],
)
def test_an_edit_of_a_folded_line_is_one_finding(activation: str, rule: str) -> None:
    (told,) = found(folded("ReLU"), folded(activation))
    assert (told.rule, told.count, len(told.places)) == (rule, 6, 6)
    assert {known(place).line for place, _ in told.places} == {5}
    assert [known(place).path for place, _ in told.places] == [f"layers.{index}.act" for index in range(6)]


BLOCK = "Block(\n  (fc1): " + LINEAR + "\n{}  (fc2): " + LINEAR + "\n)\n"
NOTHING, IDENTITY, RELU = "", "  (act): Identity()\n", "  (act): ReLU()\n"


@pytest.mark.parametrize(
    ("candidate", "reference", "effect"),
    [
        pytest.param(IDENTITY, RELU, "function", id="an Identity stands in its place"),
        pytest.param(RELU, IDENTITY, "function", id="the other way round"),
        pytest.param(NOTHING, RELU, "unknown", id="the forward may call a function"),
    ],
)
def test_a_missing_activation(candidate: str, reference: str, effect: str) -> None:
    graver = [
        each for each in found(BLOCK.format(candidate), BLOCK.format(reference)) if each.effect.word != "cosmetic"
    ]
    assert [finding.effect.word for finding in graver] == [effect]


def test_what_a_print_leaves_out_is_not_missing() -> None:
    whole = "Sequential(\n  (0): Linear(in_features=4, out_features=4, bias=True)\n  (1): ReLU()\n  (2): Tanh()\n)\n"
    cut = whole.replace("  (1): ReLU()\n", "  ...\n")
    assert {finding.effect.word for finding in found(cut, whole)} == {"unknown"}
    assert {finding.effect.word for finding in found(whole.replace("  (1): ReLU()\n", ""), whole)} == {"function"}


STAGES = [
    ("a block of each stage", True, [("AD103", 2, "layer1.0.down", "Sequential (2 layers)")]),
    (
        "a part of a block of each stage",
        False,
        [("AD103", 2, "layer1.0.down.1", "BatchNorm2d")],
    ),
]


@pytest.mark.parametrize(("whole", "told"), [row[1:] for row in STAGES], ids=[row[0] for row in STAGES])
def test_what_stages_lack(whole: bool, told: list[tuple[str, int, str, str]]) -> None:
    def net(down: str) -> str:
        conv = "Conv2d({0}, {0}, kernel_size=(1, 1), stride=(1, 1))"
        stage = f"(layer{{1}}): Sequential(\n(0): Block(\n(conv): {conv}\n{down}(act): ReLU()\n)\n)\n"
        return f"Net(\n{stage.format(8, 1)}{stage.format(16, 2)})\n"

    conv, norm = "(0): Conv2d({0}, {0}, kernel_size=(1, 1), stride=(2, 2))\n", "(1): BatchNorm2d({0})\n"
    reference = net(f"(down): Sequential(\n{conv}{norm})\n")
    candidate = net("" if whole else f"(down): Sequential(\n{conv})\n")
    function = [each for each in found(candidate, reference) if each.effect.word == "function"]
    assert [(f.rule, f.count, known(f.reference).path, f.message.rpartition(": ")[2]) for f in function] == told
    assert {known(f.candidate).path for f in found(reference, candidate) if f.rule == "AD104"} == {told[0][2]}


UNKNOWN_CLASS = "Net(\n  (a): {0}\n  (x): Head({1})\n  (b): {0}\n)\n".format(LINEAR, "{}")


def test_a_block_that_prints_nothing_of_what_is_in_it() -> None:
    sides = UNKNOWN_CLASS.format(""), UNKNOWN_CLASS.format(f"\n(conv): {LINEAR}\n")
    for (ours, theirs), side in ((sides, "candidate"), (sides[::-1], "reference")):
        (told,) = found(ours, theirs)
        assert (told.rule, told.effect.word, known(told.reference).path) == ("AD108", "unknown", "x")
        assert told.message == f"the {side} prints Head() without the layers in it"


def test_unknowns_of_all_blocks_are_one() -> None:
    def net(activation: str) -> str:
        block = "(l{0}): ModuleList(\n(0-1): 2 x Mlp(\n(up): Linear(8, 16)\n{1}(down): Linear(16, 8)\n)\n)\n"
        return "Net(\n" + "".join(block.format(index, activation) for index in range(3)) + ")\n"

    (told,) = (each for each in found(net(""), net("(act): ReLU()\n")) if each.rule == "AD103")
    assert (told.effect.word, told.count) == ("unknown", 6)


@pytest.mark.parametrize("blocks", [2, 4])
def test_spelling_inside_of_an_extra_block_is_no_difference(blocks: int) -> None:
    block = "({0}): Block(\n(fc): {1}\n(drop): Identity()\n(act): ReLU()\n)\n"
    sides = ["Net(\n" + "".join(block.format(i, LINEAR) for i in range(count)) + ")\n" for count in (blocks, 3)]
    assert {each.rule for each in found(*sides)} == {"AD106"}


def test_every_identity_counts() -> None:
    block = f"Block(\n(fc): {LINEAR}\n(drop): Identity()\n{{}}(act): ReLU()\n)\n"
    (told,) = found(block.format("(path): Identity()\n"), block.format(""))
    assert (told.rule, told.effect.word, told.count) == ("AD104", "cosmetic", 1)
    assert (
        told.message == "only in the candidate: Identity: it does nothing: if Block runs its children in printed order"
    )


def test_an_old_dialect_is_spelling() -> None:
    old = "Sequential (\n  (0): Linear (784 -> 10)\n  (1): Dropout (p = 0.5)\n)\n"
    linear = "Linear(in_features=784, out_features=10, bias=True)"
    new = f"Sequential(\n  (0): {linear}\n  (1): Dropout(p=0.5, inplace=False)\n)\n"
    assert {finding.effect.word for finding in found(old, new)} == {"cosmetic", "unknown"}


@pytest.mark.parametrize(("class_name", "told"), [("Linear", ["function"]), ("LazyLinear", [])])
def test_only_a_lazy_layer_waits_for_its_input(class_name: str, told: list[str]) -> None:
    waiting = f"Sequential(\n  (0): {class_name}(in_features=0, out_features=2, bias=True)\n)\n"
    known = "Sequential(\n  (0): Linear(in_features=784, out_features=2, bias=True)\n)\n"
    effects = [finding.effect.word for finding in found(waiting, known)]
    assert [effect for effect in effects if effect not in ("cosmetic", "unknown")] == told


def test_another_class_everywhere_is_one_finding() -> None:
    text = (
        f"Net(\n  (stem): Norm(8)\n  (body): Box(\n    (fc): {LINEAR}\n    (norm): Norm(8)\n  )\n  (last): Norm(4)\n)\n"
    )
    ours, theirs = (text.replace("Norm(", f"{norm}(") for norm in ("InstanceNorm2d", "BatchNorm2d"))
    (told,) = (each for each in found(ours, theirs) if each.rule == "AD105")
    assert (told.message, told.count) == ("InstanceNorm2d, not BatchNorm2d", 3)


LSTM = "Net(\n  (rnn): LSTM(8, {}{})\n  (norm): LayerNorm(({},))\n  (fc): Linear(in_features={}, out_features=2)\n)\n"
FOLLOWS = ["normalized_shape 8, not 4", "in_features 8, not 4"]


@pytest.mark.parametrize(
    ("ours", "message"),
    [((8, "", 8, 8), "hidden_size 8, not 4"), ((4, ", bidirectional=True", 8, 8), "bidirectional True, not False")],
    ids=["hidden-size", "both-directions"],
)
def test_widths_follow_from_what_is_in_front(ours: tuple[int, str, int, int], message: str) -> None:
    (told,) = (each for each in found(LSTM.format(*ours), LSTM.format(4, "", 4, 4)) if each.effect.word == "function")
    assert told.message == message
    assert [each.message for each in told.consequences] == FOLLOWS


def test_heads_are_told_once_though_two_classes_hold_them() -> None:
    layer = "TransformerEncoderLayer(\n  (self_attn): MultiheadAttention(\n    (out_proj): Linear(8, 8)\n  )\n)\n"
    settings = [each.setting for each in found(layer, layer)]
    assert settings == ["norm_first", "activation", "num_heads", "batch_first"]
