"""What no print shows: whether the other forward calls a layer that its print lacks, and the heads of attention."""

from __future__ import annotations

import pytest

from archdiff import api, parse
from archdiff.model.facts import INPUT_SHAPE, Fact, Provenance
from known import known

CONV = "Conv2d(8, 8, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), bias=False)"
NORM = "BatchNorm2d(8, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)"
GAP = "(pool): AdaptiveAvgPool2d(output_size=(1, 1))"
FUNCTION = "the other forward may call it as a function, which no print shows"
HALF = "(a): Linear(8, 8)\n(n): LayerNorm((8,))\n", "(g): GLU(dim=-1)\n", "(b): Linear(8, 8)\n"
BODY = f"(c1): {CONV}", f"(b1): {NORM}", f"(c2): {CONV}", f"(b2): {NORM}"


def printed(class_name: str, *layers: str) -> str:
    return f"{class_name}(\n" + "".join(f"  {layer}\n" for layer in layers) + ")\n"


#: id, container, what the candidate prints, what the reference prints, effect and message of the only grave finding
CASES = [
    (
        "one module for two places, as torchvision's Bottleneck",
        "Block",
        (*BODY, "(relu): ReLU()"),
        (*BODY[:2], "(a1): ReLU()", *BODY[2:], "(a2): ReLU()"),
        ("unknown", f"only in the reference: ReLU: {FUNCTION}"),
    ),
    (
        "a Sequential calls each once",
        "Sequential",
        (*BODY, "(relu): ReLU()"),
        (*BODY[:2], "(a1): ReLU()", *BODY[2:], "(a2): ReLU()"),
        ("function", "only in the reference: ReLU"),
    ),
    (
        "another kind that stands beside it does not speak against a function",
        "Block",
        (*BODY[:3], "(tanh): Tanh()"),
        (*BODY[:2], "(a1): ReLU()", BODY[2], "(tanh): Tanh()"),
        ("unknown", f"only in the reference: ReLU: {FUNCTION}"),
    ),
    (
        "a norm with weights of its own is no other one that is called twice",
        "Block",
        BODY[:3],
        BODY,
        ("function", "only in the reference: BatchNorm2d"),
    ),
    (
        "a norm without an equal is not called",
        "Block",
        (BODY[0], BODY[2]),
        BODY[:3],
        ("function", "only in the reference: BatchNorm2d"),
    ),
    (
        "a layer with weights is not called twice",
        "Block",
        (*BODY[:2], BODY[3]),
        BODY,
        ("function", "only in the reference: Conv2d"),
    ),
    (
        "an Identity in its place",
        "Block",
        (*BODY[:2], "(a1): Identity()", *BODY[2:], "(relu): ReLU()"),
        (*BODY[:2], "(a1): ReLU()", *BODY[2:], "(relu): ReLU()"),
        ("function", "Identity, not ReLU"),
    ),
    (
        "something flattens images before a Linear",
        "Net",
        (GAP, "(drop): Dropout(p=0.5)", "(fc): Linear(8, 10)"),
        (GAP, "(flat): Flatten(start_dim=1, end_dim=-1)", "(drop): Dropout(p=0.5)", "(fc): Linear(8, 10)"),
        ("unknown", f"only in the reference: Flatten: {FUNCTION}"),
    ),
    (
        "a Dropout is as easily called",
        "Net",
        (GAP, "(fc): Linear(8, 10)"),
        (GAP, "(drop): Dropout(p=0.5)", "(fc): Linear(8, 10)"),
        ("unknown", f"only in the reference: Dropout: {FUNCTION}"),
    ),
    (
        "a root whose shapes agree calls what it prints",
        "Net",
        ("(a): Linear(8, 8)", "(r): ReLU()", "(b): Linear(8, 10)"),
        ("(a): Linear(8, 8)", "(r): ReLU()", "(b): Linear(8, 10)", "(d): Dropout(p=0.5)"),
        ("training", "only in the reference: Dropout"),
    ),
    (
        "shapes leave no room for it",
        "Net",
        (f"(body): Body(\n{HALF[0]}{HALF[2]})", "(act): ReLU()"),
        (f"(body): Body(\n{''.join(HALF)})", "(act): ReLU()"),
        ("function", "only in the reference: GLU"),
    ),
    (
        "a loss is part of training",
        "Net",
        ("(fc): Linear(8, 10)",),
        ("(fc): Linear(8, 10)", "(loss): FocalLoss()"),
        ("training", "only in the reference: FocalLoss: used in training, not part of the forward pass"),
    ),
    (
        "a metric of nothing",
        "Net",
        ("(fc): Linear(8, 10)",),
        ("(fc): Linear(8, 10)", "(acc): MulticlassAccuracy()"),
        ("cosmetic", "only in the reference: MulticlassAccuracy: measures outputs, not part of the forward pass"),
    ),
    (
        "a Sequential calls a metric",
        "Sequential",
        ("(fc): Linear(8, 10)",),
        ("(fc): Linear(8, 10)", "(acc): MulticlassAccuracy()"),
        ("function", "only in the reference: MulticlassAccuracy: its container calls it as a layer, with one input"),
    ),
    (
        "nothing does in a Sequential",
        "Sequential",
        (GAP, "(fc): Linear(8, 10)"),
        (GAP, "(flat): Flatten(start_dim=1, end_dim=-1)", "(fc): Linear(8, 10)"),
        ("function", "only in the reference: Flatten"),
    ),
]


@pytest.mark.parametrize(
    ("container", "ours", "theirs", "told"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_what_the_other_forward_may_call(
    container: str, ours: tuple[str, ...], theirs: tuple[str, ...], told: tuple[str, ...]
) -> None:
    (a,), (b,) = parse.parse(printed(container, *ours)), parse.parse(printed(container, *theirs))
    findings = [each for each in api.compare_networks(a, b).findings if each.rule in ("AD103", "AD105")]
    assert [(each.effect.word, each.message) for each in findings] == [told]
    assert bool(findings[0].hint) is (told[0] == "unknown")


def numbered(*blocks: str) -> str:
    """A network of these blocks, named 0, 1, ..."""
    return printed(
        "Net", *(f"({index}): " + block.rstrip().replace("\n", "\n  ") for index, block in enumerate(blocks))
    )


def missing(ours: str, theirs: str) -> list[tuple[str, list[str]]]:
    """Effect and places of all that the candidate lacks."""
    (a,), (b,) = parse.parse(ours), parse.parse(theirs)
    findings = [each for each in api.compare_networks(a, b).findings if each.rule == "AD103"]
    return [(each.effect.word, [place.path for _, place in each.places if place]) for each in findings]


def test_the_same_in_all_blocks_is_one_finding() -> None:
    _, container, ours, theirs, _ = CASES[0]
    sides = (numbered(*[printed(container, *layers)] * 2) for layers in (ours, theirs))
    assert missing(*sides) == [("unknown", ["0.a1", "1.a1"])]


def test_an_edit_of_numbered_blocks_of_other_widths_is_one_finding() -> None:
    linears = [f"(fc): Linear({width}, {width})" for width in (8, 9, 10)]
    ours, theirs = (
        numbered(*(printed("Block", linear, *more) for linear in linears)) for more in ((), ("(bn): BatchNorm1d(8)",))
    )
    assert missing(ours, theirs) == [("function", ["0.bn", "1.bn", "2.bn"])]


EMB, FC, CONV_2D = "(emb): Embedding(100, 8)", "(fc): Linear(8, 10)", "(conv): Conv2d(3, 8, kernel_size=(3, 3))"
MLP = "(fc): Linear(8, 32)", "(act): GELU()", "(proj): Linear(32, 8)", "(d): Dropout(p=0.1)"
PLAIN = "(fc): Linear(8, 8)", "(act): GELU()", "(norm): LayerNorm((8,))"
CANNOT = "cannot run in printed order"
FORWARD = "import inspect; print(inspect.getsource(type(model{}).forward))"

IF = "function if Layers runs in printed order"
FLATTENED = CONV_2D, "(act): SiLU()", "(pool): AdaptiveMaxPool2d(2)", FC

#: id, layers of the candidate, their order in the reference, blocks in a Net (0: it is the root), rule, effect, why
ORDERS = [
    ("an-activation-may-be-called", MLP, (0, 2, 1, 3), 2, "AD101", "unknown", IF),
    ("a-flattening-may-be-called", FLATTENED, (0, 2, 1, 3), 0, "AD101", "unknown", IF),
    ("a-reshape-may-be-called", (FC, CONV_2D, "(pool): AdaptiveAvgPool2d(2)"), (1, 2, 0), 0, "AD102", "unknown", IF),
    ("an-embedding-declared-last", (FC, EMB), (1, 0), 0, "AD101", "init", f"Layers {CANNOT}"),
    ("shapes-allow-it", PLAIN, (0, 2, 1), 2, "AD101", "unknown", IF),
    (
        "shapes-of-the-root-allow-it",
        PLAIN,
        (0, 2, 1),
        0,
        "AD101",
        "unknown",
        IF,
    ),
]


@pytest.mark.parametrize(
    ("lines", "order", "times", "rule", "effect", "why"),
    [case[1:] for case in ORDERS],
    ids=[case[0] for case in ORDERS],
)
def test_another_order_of_equal_names(
    lines: tuple[str, ...], order: tuple[int, ...], times: int, rule: str, effect: str, why: str
) -> None:
    """Users declare layers in any order, so a class of somebody need not run in the order that it prints."""
    both = (printed("Layers", *each) for each in (lines, [lines[index] for index in order]))
    (a,), (b,) = (parse.parse(numbered(*[text] * times) if times else text) for text in both)
    for ours, theirs in ((a, b), (b, a)):
        (finding,) = (each for each in api.compare_networks(ours, theirs).findings if each.effect.word != "cosmetic")
        assert (finding.rule, finding.effect.word, finding.count) == (rule, effect, times or 1)
        assert finding.message.startswith("Layers declares ")
        assert why in finding.message
        where = '.get_submodule("0")' if times else ""
        assert finding.hint == (FORWARD.format(where) if effect == "unknown" else "")


@pytest.mark.parametrize("shape", [None, (3, 8, 8)], ids=["no-input", "channels-do-not-fit"])
def test_shapes_that_speak_against_the_printed_order(shape: tuple[int, ...] | None) -> None:
    """Channels that do not fit at any size of the input need none."""
    layers = CONV_2D, "(act): SiLU()", "(skip): Conv2d(3, 8, kernel_size=(1, 1))"
    sides = (parse.parse(printed("Layers", *(layers[i] for i in order)))[0] for order in ((0, 1, 2), (0, 2, 1)))
    known = (Fact(INPUT_SHAPE, shape, Provenance.PRINTED),) if shape else ()
    ours, theirs = (side._replace(facts=known) for side in sides)
    (finding,) = api.compare_networks(ours, theirs).findings
    assert (finding.rule, finding.effect.word) == ("AD101", "init")
    assert CANNOT in finding.message


def test_shapes_that_speak_against_another_place() -> None:
    """What shapes show of one place tells nothing of the order elsewhere."""
    layers = CONV_2D, "(act): SiLU()", "(norm): BatchNorm2d(8)", "(out): Conv2d(16, 8, kernel_size=(1, 1))"
    ours, theirs = (
        parse.parse(printed("Layers", *(layers[i] for i in order)))[0] for order in ((0, 1, 2, 3), (0, 2, 1, 3))
    )
    (finding,) = api.compare_networks(ours, theirs).findings
    assert (finding.rule, finding.effect.word) == ("AD101", "unknown")
    assert IF in finding.message


def test_a_setting_that_no_kind_describes() -> None:
    (a,), (b,) = (parse.parse(f"Sequential(\n  (0): {text}\n)\n") for text in ("ReLU(foo=3)", "ReLU()"))
    (finding,) = api.compare_networks(a, b).findings
    assert (finding.effect.word, finding.setting) == ("unknown", "foo")
    assert finding.message == "foo is not printed by the reference; the other side has 3"


def stage(name: str, width: int) -> str:
    """Two blocks, as ResNet has them."""
    conv = f"      (c): Conv2d({width}, {width}, kernel_size=(3, 3), stride=(1, 1))\n"
    block = f"Block(\n{conv}      (r): ReLU()\n    )\n"
    return f"({name}): Sequential(\n    (0): {block}    (1): {block}  )"


def test_lines_cut_out_of_a_print_leave_the_names_of_the_others() -> None:
    whole = printed(
        "Net", "(stem): ReLU()", stage("layer1", 8), stage("layer2", 16), stage("layer3", 32), "(fc): Linear(32, 10)"
    )
    begin, end = whole.index("      (r)", whole.index("    (1)")), whole.index("  (fc)")
    (a,), (b,) = parse.parse(whole[:begin] + "    ...\n" + whole[end:]), parse.parse(whole)
    outcome = api.compare_networks(a, b)
    assert {each.effect.word for each in outcome.findings} == {"unknown"}
    assert {each.hint for each in outcome.findings} == {"the whole print, to the `)` that closes it"}
    assert ("layer1.1.c", "layer1.1.c") in outcome.pairs


CUT = printed("Net", "(a): Linear(8, 8)", "(act): ReLU()", "(b): Linear(8, 8)")
ENDS = "the print of the candidate is incomplete: cut off, or part of a larger one, so the rest is unknown"


@pytest.mark.parametrize(
    ("lines", "messages"),
    [
        (4, [ENDS]),
        (3, ["only in the reference: Linear: the print of the candidate is incomplete", ENDS]),
    ],
    ids=["the-bracket-alone", "a-layer-too"],
)
def test_a_print_that_ends_before_its_bracket(lines: int, messages: list[str]) -> None:
    (a,), (b,) = parse.parse("".join(CUT.splitlines(keepends=True)[:lines])), parse.parse(CUT)
    findings = api.compare_networks(a, b).findings
    assert {(each.rule, each.effect.word, bool(each.hint)) for each in findings} == {("AD103", "unknown", True)}
    assert [each.message for each in findings] == messages
    mirrored = [each.message for each in api.compare_networks(b, a).findings]
    assert mirrored[-1] == ENDS.replace("candidate", "reference")
    assert len(mirrored) == len(messages)


def test_settings_that_somebody_cut_are_told_once() -> None:
    whole = "Sequential(\n  (0): Conv2d(3, 8, kernel_size=(7, 7), stride=(2, 2), bias=False)\n  (1): ReLU()\n)\n"
    for mark in ("...", "\N{HORIZONTAL ELLIPSIS}"):
        cut = whole.replace("stride=(2, 2), bias=False", mark)
        for ours, theirs, side in ((cut, whole, "candidate"), (whole, cut, "reference")):
            (a,), (b,) = parse.parse(ours), parse.parse(theirs)
            (finding,) = api.compare_networks(a, b).findings
            assert (finding.effect.word, finding.message) == ("unknown", f"settings are cut off in the {side}")
            assert finding.hint == 'print(model.get_submodule("0"))'


ATTENTION = "(qkv): Linear(in_features=16, out_features=48)", "(soft): Softmax(dim={})", "(proj): Linear(16, 16)"


@pytest.mark.parametrize(
    ("container", "layers", "effect"),
    [
        ("Att", ATTENTION, "unknown"),
        ("Sequential", ATTENTION[:2], "unknown"),
        ("Sequential", ("(flat): Flatten(start_dim=1, end_dim=-1)", *ATTENTION[:2]), "cosmetic"),
        ("Sequential", (f"(conv): {CONV}", "(soft): Softmax(dim={})"), "function"),
    ],
    ids=["more-runs-than-is-printed", "a-solved-input-is-a-guess", "rows-of-features", "channels-or-columns"],
)
def test_dimensions_that_are_one_for_rows_of_features(container: str, layers: tuple[str, ...], effect: str) -> None:
    (a,), (b,) = (parse.parse(printed(container, *layers).format(dim)) for dim in (1, -1))
    findings = [each for each in api.compare_networks(a, b).findings if each.setting != "num_heads"]
    assert [each.effect.word for each in findings] == [effect]


def test_a_class_that_is_another_function_with_other_settings() -> None:
    (a,), (b,) = (parse.parse(f"Sequential(\n  (0): CELU(alpha={alpha})\n)\n") for alpha in (2.0, 1.0))
    (finding,) = api.compare_networks(a, b).findings
    assert finding.message == "CELU(alpha=2.0), not CELU(alpha=1.0)"


def test_another_class_prints_other_settings_of_the_same_weights() -> None:
    (a,), (b,) = (
        parse.parse(f"Sequential(\n  (0): {text}\n)\n")
        for text in (
            "DynamicQuantizedLinear(in_features=8, out_features=8, dtype=torch.qint8, qscheme=torch.per_tensor_affine)",
            "Linear(in_features=8, out_features=8, bias=True)",
        )
    )
    findings = api.compare_networks(a, b).findings
    assert [(each.rule, each.effect.word, each.setting) for each in findings] == [
        ("AD301", "function", "weights"),
        ("AD701", "unknown", "bias"),
    ]


HINTS = [  # container, its child, what shows the setting
    ("Sequential", "Conv1D()", "out_features", 'print(*sorted({f"{k}={v}" for m in model.modules() if m._get_name()'),
    ("Sequential", "MultiheadAttention()", "num_heads", 'print(model.get_submodule("0").num_heads)'),
]


@pytest.mark.parametrize(("container", "child", "setting", "hint"), HINTS)
def test_hints_name_what_the_class_holds(container: str, child: str, setting: str, hint: str) -> None:
    text = f"{container}(\n  (0): {child}\n)\n"
    (a,), (b,) = parse.parse(text), parse.parse(text)
    (finding,) = (each for each in api.compare_networks(a, b).findings if each.setting == setting)
    assert finding.hint.startswith(hint)


def test_whether_there_is_a_bias_is_no_tensor() -> None:
    old, new = "Linear (8 -> 4)", "Linear(in_features=8, out_features=4, bias=True)"
    (a,), (b,) = (parse.parse(f"Sequential (\n  (0): {text}\n)\n") for text in (old, new))
    (finding,) = (each for each in api.compare_networks(a, b).findings if each.setting == "bias")
    assert finding.hint == 'print(model.get_submodule("0").bias is not None)'


def linears(*names: str) -> list[str]:
    return [f"({name}): Linear(in_features=8, out_features=8, bias=True)" for name in names]


HEADS = [
    ("projections apart", "SelfAttention", ("q_proj", "k_proj", "v_proj"), "SelfAttention"),
    ("one projection", "Attention", ("qkv", "proj"), "Attention"),
    ("of BERT", "BertSelfAttention", ("query", "key", "value"), "BertSelfAttention"),
    ("a Q-network", "QNetwork", ("q", "v"), ""),
    ("a class of torch", "MultiheadAttention", ("out_proj",), ""),
    ("its name with other children", "MultiheadAttention", ("q", "k"), "MultiheadAttention"),
    ("no queries", "Mlp", ("key", "value"), ""),
]


@pytest.mark.parametrize(("container", "names", "told"), [case[1:] for case in HEADS], ids=[case[0] for case in HEADS])
@pytest.mark.parametrize("folded", [True, False])
def test_heads_are_told_once_a_class(container: str, names: tuple[str, ...], told: str, folded: bool) -> None:
    block = printed(container, *linears(*names))
    inside = block.rstrip().replace("\n", "\n  ")
    text = f"Net(\n  (0-2): 3 x {inside}\n)\n" if folded else numbered(*[block] * 3)
    (a,), (b,) = parse.parse(text), parse.parse(text)
    findings = [each for each in api.compare_networks(a, b).findings if each.setting == "num_heads"]
    own = [each for each in findings if each.message.startswith("neither print shows the number of heads")]
    assert [(each.message, each.count) for each in own] == (
        [(f"neither print shows the number of heads of {told}, nor its scale, dropout and window", 3)] if told else []
    )
    assert all(f'm._get_name() in ("Net", "{told}")' in each.hint for each in own)


def facts(ours: str, theirs: str) -> list[tuple[str | None, str, int]]:
    """Setting, message and count of each fact that is not printed; nothing else may differ."""
    (a,), (b,) = parse.parse(ours), parse.parse(theirs)
    findings = api.compare_networks(a, b).findings
    assert all(each.effect.word in ("unknown", "cosmetic") for each in findings)
    return [(each.setting, each.message, each.count) for each in findings if each.rule == "AD701"]


def held(name: str, class_name: str) -> tuple[str, str, int]:
    return name, f"neither print shows {name} of {class_name}", 1


#: id, layers of both, what neither prints
LAYERS = [
    ("no padding to count", ["AvgPool1d(kernel_size=(3,), stride=(1,), padding=(0,))"], []),
    ("a max pool that something takes",
     ["MaxPool2d(kernel_size=3, stride=1, padding=1, dilation=1, ceil_mode=False)", "ReLU()"], []),
    ("a max pool at the end", ["MaxPool2d(kernel_size=3, stride=1, padding=1, dilation=1, ceil_mode=False)"],
     [held("return_indices", "MaxPool2d")]),
    ("a max pool that prints less", ["MaxPool2d(kernel_size=2, stride=2)", "ReLU()"], [held("ceil_mode", "MaxPool2d")]),
    ("a divisor", ["AvgPool2d(kernel_size=3, stride=1, padding=0)"], [held("divisor_override", "AvgPool2d")]),
    ("a divisor of a volume", ["AvgPool3d(kernel_size=3, stride=1, padding=0)"],
     [held("divisor_override", "AvgPool3d")]),
    ("windows that may be cut off", ["AvgPool1d(kernel_size=(3,), stride=(2,), padding=(0,))"],
     [held("ceil_mode", "AvgPool1d")]),
    ("bags", ["EmbeddingBag(5, 3, mode='mean')"], [held("include_last_offset", "EmbeddingBag")]),
    ("a similarity", ["CosineSimilarity()"], [held("dim", "CosineSimilarity")]),
    ("a distance", ["PairwiseDistance()"], [held("p", "PairwiseDistance"), held("keepdim", "PairwiseDistance")]),
    ("no corners", ["Upsample(scale_factor=2.0, mode='nearest')"], []),
    ("corners by class", ["UpsamplingBilinear2d(scale_factor=2.0, mode='bilinear')"], []),
    ("an LSTM has one nonlinearity", ["LSTM(8, 8)"], []),
    ("a print that holds it", ["RNNCell(8, 8, nonlinearity=relu)"], []),
    ("known classes", ["Conv2d(3, 8, kernel_size=(3, 3))", "ReLU()", "DropPath(drop_prob=0.1)", "LayerScale()"], []),
    ("a class that prints its settings", ["Mish2(beta=1.0)"], []),
    ("a padding to count", ["AvgPool2d(kernel_size=3, stride=1, padding=1)"],
     [held("count_include_pad", "AvgPool2d"), held("divisor_override", "AvgPool2d")]),
    ("a padding in one dimension", ["AvgPool1d(kernel_size=(3,), stride=(1,), padding=(1,))"],
     [held("count_include_pad", "AvgPool1d")]),
    ("corners", ["Upsample(scale_factor=2.0, mode='bilinear')"], [held("align_corners", "Upsample")]),
    ("corners of a volume", ["Upsample(scale_factor=2.0, mode='trilinear')"], [held("align_corners", "Upsample")]),
    ("a factor that gives no whole size", ["Upsample(scale_factor=1.3, mode='nearest')"],
     [held("recompute_scale_factor", "Upsample")]),
    ("a factor that does", ["Upsample(scale_factor=2.0, mode='nearest')"], []),
    ("tanh or relu", ["RNN(8, 8)"], [held("nonlinearity", "RNN")]),
    ("attention of torch", ["MultiheadAttention()"],
     [held(name, "MultiheadAttention") for name in ("num_heads", "dropout", "batch_first")]),
    ("a class of somebody twice", ["Permute()", "Permute()"],
     [("settings", "neither print shows the settings of Permute, which prints none", 2)]),
]  # fmt: skip


@pytest.mark.parametrize(("layers", "expected"), [case[1:] for case in LAYERS], ids=[case[0] for case in LAYERS])
def test_layers_that_do_not_print_what_they_are_set_to(layers: list[str], expected: list[tuple[str, str, int]]) -> None:
    text = printed("Sequential", *(f"({index}): {layer}" for index, layer in enumerate(layers)))
    assert facts(text, text) == expected
    ours, theirs = (parse.parse(text)[0] for _ in "ab")
    assert api.compare_networks(ours, theirs).verdict == "identical"


def nested(name: str, class_name: str, *layers: str) -> str:
    return f"({name}): {class_name}(\n" + "".join(f"  {layer}\n" for layer in layers) + ")"


ATTENTIONS = [nested("attn", class_name, *linears("q", "k", "v")) for class_name in ("Attention", "SelfAttention")]
#: id, what the candidate and the reference hold, whose heads neither prints
BOTH = [
    ("attention in one of them", "(attn): Linear(8, 8)", ATTENTIONS[0], []),
    ("attention of one class", ATTENTIONS[0], ATTENTIONS[0], ["Attention"]),
    ("attention of two classes", ATTENTIONS[0], ATTENTIONS[1], ["SelfAttention"]),
    (
        "two of the reference, one of the candidate",
        ATTENTIONS[1],
        "\n".join(ATTENTIONS).replace("attn", "first", 1),
        ["SelfAttention"],
    ),
]


@pytest.mark.parametrize(("ours", "theirs", "expected"), [case[1:] for case in BOTH], ids=[case[0] for case in BOTH])
def test_what_both_networks_hold(ours: str, theirs: str, expected: list[str]) -> None:
    (a,), (b,) = (parse.parse(printed("Net", *text.split("\n"))) for text in (ours, theirs))
    found = [each for each in api.compare_networks(a, b).findings if each.setting == "num_heads"]
    assert [known(each.reference).class_name for each in found] == expected
    assert all(class_name in each.hint for each in found for class_name in expected)


def test_a_layer_of_another_class_is_a_finding_of_its_own() -> None:
    (a,), (b,) = (parse.parse(printed("Sequential", f"(0): {name}()")) for name in ("Permute", "Transpose"))
    assert "settings" not in {each.setting for each in api.compare_networks(a, b).findings}


VOCABULARY, HEAD = "(embed): Embedding(100, 8)", "(head): Linear(in_features=8, out_features=100, bias=False)"
SHARED = [("tie_word_embeddings", "neither print shows whether head and embed share one weight", 1)]
TIED = [
    ("another number of rows", (VOCABULARY, "(head): Linear(8, 10)"), []),
    ("another width", (VOCABULARY, "(head): Linear(16, 100)"), []),
    ("a square map could be of any layer", ("(embed): Embedding(8, 8)", "(fc): Linear(8, 8)"), []),
    ("a classifier of as many classes as types", (VOCABULARY, "(types): Embedding(2, 8)", "(head): Linear(8, 2)"), []),
    ("one way round only", (VOCABULARY, "(head): Linear(100, 8)"), []),
    ("a head", (VOCABULARY, HEAD), SHARED),
    ("a head with a bias, as BERT has it", (VOCABULARY, "(head): Linear(8, 100, bias=True)"), SHARED),
    ("positions beside it", ("(positions): Embedding(16, 8)", VOCABULARY, HEAD), SHARED),
]


@pytest.mark.parametrize(("layers", "expected"), [case[1:] for case in TIED], ids=[case[0] for case in TIED])
def test_a_head_that_may_share_the_weight_of_an_embedding(
    layers: tuple[str, ...], expected: list[tuple[str, str, int]]
) -> None:
    text = printed("Net", *layers)
    assert facts(text, text) == expected


def test_a_head_of_one_side_shares_nothing() -> None:
    (a,), (b,) = parse.parse(printed("Net", VOCABULARY)), parse.parse(printed("Net", VOCABULARY, HEAD))
    for sides in ((a, b), (b, a)):
        assert "tie_word_embeddings" not in {each.setting for each in api.compare_networks(*sides).findings}


ENCODER = [
    *("(self_attn): MultiheadAttention(", "  (out_proj): Linear(in_features=8, out_features=8, bias=True)", ")"),
    "(linear1): Linear(in_features=8, out_features=16, bias=True)",
    "(linear2): Linear(in_features=16, out_features=8, bias=True)",
]
GELU, RELU = "(activation): GELU(approximate='none')", "(activation): ReLU()"
CALLED = "the other forward may call it as a function, which no print shows"


@pytest.mark.parametrize(
    ("candidate", "reference", "verdict", "told"),
    [
        ([GELU], [], "unknown", [f"only in the candidate: GELU: {CALLED}"]),
        ([], [RELU], "unknown", [f"only in the reference: ReLU: {CALLED}"]),
        ([GELU], [RELU], "function", ["GELU, not ReLU"]),
        ([GELU], [GELU], "identical", []),
        ([], [], "identical", ["neither print shows activation of TransformerEncoderLayer"]),
    ],
    ids=["a-module-here", "a-module-there", "two-modules", "the-same-module", "functions"],
)
def test_a_function_that_a_setting_holds(
    candidate: list[str], reference: list[str], verdict: str, told: list[str]
) -> None:
    """`activation="gelu"` is not printed, `activation=nn.GELU()` is."""
    texts = ("\n  ".join(("TransformerEncoderLayer(", *ENCODER, *more)) + "\n)\n" for more in (candidate, reference))
    ours, theirs = (parse.parse(text)[0] for text in texts)
    outcome = api.compare_networks(ours, theirs)
    asked = ("norm_first", "num_heads", "batch_first")
    found = [each.message for each in outcome.findings if each.setting not in asked]
    assert (outcome.verdict, found) == (verdict, told)


POOL = "AvgPool2d(kernel_size=1, stride=1, padding=0)"
ONE_SIDED = [
    ("1-does-nothing", ("ReLU()", POOL), ("ReLU()",), ["AvgPool2d ceil_mode=False, divisor_override=None"]),
    ("2-changes-the-function", ("ReLU()", POOL.replace("kernel_size=1", "kernel_size=2")), ("ReLU()",), []),
    ("3-prints-all", ("ReLU()", "Identity()"), ("ReLU()",), []),
]


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"), [case[1:] for case in ONE_SIDED], ids=[case[0] for case in ONE_SIDED]
)
def test_what_is_taken_as_usual_of_a_layer_of_one_side(
    ours: tuple[str, ...], theirs: tuple[str, ...], expected: list[str]
) -> None:
    sides = [
        parse.parse(printed("Sequential", *(f"({at}): {layer}" for at, layer in enumerate(layers))))[0]
        for layers in (ours, theirs)
    ]
    for a, b in (sides, sides[::-1]):
        notes = api.compare_networks(a, b).notes
        assert notes == tuple(f"not printed, usual value assumed: {each}" for each in expected)


@pytest.mark.parametrize(
    ("pool", "shape", "asked"),
    [
        ("AvgPool2d(kernel_size=2, stride=2, padding=0)", (4, 7, 7), ["ceil_mode", "divisor_override"]),
        ("AvgPool1d(kernel_size=(3,), stride=(3,), padding=(0,))", (4, 10), ["ceil_mode"]),
        ("AvgPool2d(kernel_size=2, stride=2, padding=0)", (4, 8, 8), ["divisor_override"]),
        ("AvgPool2d(kernel_size=2, stride=1, padding=0)", None, ["divisor_override"]),
        ("AvgPool2d(kernel_size=2, stride=2, padding=0)", None, ["ceil_mode", "divisor_override"]),
        ("MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)", (4, 7, 7), ["return_indices"]),
    ],
)
def test_whether_a_window_that_is_cut_off_counts_is_asked_where_there_is_one(
    pool: str, shape: tuple[int, ...] | None, asked: list[str]
) -> None:
    network = parse.parse(printed("Sequential", f"(0): {pool}"))[0]
    outcome = api.compare_networks(network, network, shape)
    assert [each.setting for each in outcome.findings] == asked
    assert any("ceil_mode" in note for note in outcome.notes) is ("Avg" in pool and "ceil_mode" not in asked)
