"""What no print shows: whether the other forward calls a layer that its print lacks, and the heads of attention."""

from __future__ import annotations

import pytest

from archdiff import api, parse

CONV = "Conv2d(8, 8, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), bias=False)"
NORM = "BatchNorm2d(8, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)"
FUNCTION = "the other forward may call it as a function, which no print shows"
REASON = "pool and fc with nothing between them would take places for features"
TWICE = "the other forward may run relu more than once, which no print shows"


def printed(class_name: str, *layers: str) -> str:
    return f"{class_name}(\n" + "".join(f"  {layer}\n" for layer in layers) + ")\n"


#: id, container, what the candidate prints, what the reference prints, effect and message of the only grave finding
CASES = [
    (
        "one module for two places, as torchvision's Bottleneck",
        "Block",
        (f"(c1): {CONV}", f"(b1): {NORM}", f"(c2): {CONV}", f"(b2): {NORM}", "(relu): ReLU()"),
        (f"(c1): {CONV}", f"(b1): {NORM}", "(a1): ReLU()", f"(c2): {CONV}", f"(b2): {NORM}", "(a2): ReLU()"),
        ("unknown", f"the candidate lacks ReLU: {TWICE}"),
    ),
    (
        "a Sequential calls each once",
        "Sequential",
        (f"(c1): {CONV}", f"(b1): {NORM}", f"(c2): {CONV}", f"(b2): {NORM}", "(relu): ReLU()"),
        (f"(c1): {CONV}", f"(b1): {NORM}", "(a1): ReLU()", f"(c2): {CONV}", f"(b2): {NORM}", "(a2): ReLU()"),
        ("function", "the candidate lacks ReLU"),
    ),
    (
        "another kind that stands beside it is not called in its place",
        "Block",
        (f"(c1): {CONV}", f"(b1): {NORM}", f"(c2): {CONV}", "(tanh): Tanh()"),
        (f"(c1): {CONV}", f"(b1): {NORM}", "(a1): ReLU()", f"(c2): {CONV}", "(tanh): Tanh()"),
        ("function", "the candidate lacks ReLU"),
    ),
    (
        "a layer with parameters is called once",
        "Block",
        (f"(c1): {CONV}", f"(b1): {NORM}", f"(c2): {CONV}"),
        (f"(c1): {CONV}", f"(b1): {NORM}", f"(c2): {CONV}", f"(b2): {NORM}"),
        ("function", "the candidate lacks BatchNorm2d"),
    ),
    (
        "an Identity in its place",
        "Block",
        (f"(c1): {CONV}", f"(b1): {NORM}", "(a1): Identity()", f"(c2): {CONV}", f"(b2): {NORM}", "(relu): ReLU()"),
        (f"(c1): {CONV}", f"(b1): {NORM}", "(a1): ReLU()", f"(c2): {CONV}", f"(b2): {NORM}", "(relu): ReLU()"),
        ("function", "the candidate lacks ReLU"),
    ),
    (
        "something flattens images before a Linear",
        "Net",
        ("(pool): AdaptiveAvgPool2d(output_size=(1, 1))", "(drop): Dropout(p=0.5)", "(fc): Linear(8, 10)"),
        (
            "(pool): AdaptiveAvgPool2d(output_size=(1, 1))",
            "(flat): Flatten(start_dim=1, end_dim=-1)",
            "(drop): Dropout(p=0.5)",
            "(fc): Linear(8, 10)",
        ),
        ("unknown", f"the candidate lacks Flatten: {FUNCTION} ({REASON.replace('pool', 'drop')})"),
    ),
    (
        "a Dropout is as easily called",
        "Net",
        ("(pool): AdaptiveAvgPool2d(output_size=(1, 1))", "(fc): Linear(8, 10)"),
        ("(pool): AdaptiveAvgPool2d(output_size=(1, 1))", "(drop): Dropout(p=0.5)", "(fc): Linear(8, 10)"),
        ("unknown", f"the candidate lacks Dropout: {FUNCTION} ({REASON})"),
    ),
    (
        "or called twice",
        "Net",
        ("(a): Linear(8, 8)", "(r): ReLU()", "(relu): Dropout(p=0.5)", "(b): Linear(8, 10)"),
        ("(a): Linear(8, 8)", "(r): ReLU()", "(relu): Dropout(p=0.5)", "(b): Linear(8, 10)", "(d): Dropout(p=0.5)"),
        ("unknown", f"the candidate lacks Dropout: {TWICE}"),
    ),
    (
        "a loss is part of training",
        "Net",
        ("(fc): Linear(8, 10)",),
        ("(fc): Linear(8, 10)", "(loss): FocalLoss()"),
        ("training", "the candidate lacks FocalLoss: part of training, of no forward"),
    ),
    (
        "a metric of nothing",
        "Net",
        ("(fc): Linear(8, 10)",),
        ("(fc): Linear(8, 10)", "(acc): MulticlassAccuracy()"),
        ("cosmetic", "the candidate lacks MulticlassAccuracy: measures outputs, part of no forward"),
    ),
    (
        "nothing does in a Sequential",
        "Sequential",
        ("(pool): AdaptiveAvgPool2d(output_size=(1, 1))", "(fc): Linear(8, 10)"),
        (
            "(pool): AdaptiveAvgPool2d(output_size=(1, 1))",
            "(flat): Flatten(start_dim=1, end_dim=-1)",
            "(fc): Linear(8, 10)",
        ),
        ("function", "the candidate lacks Flatten"),
    ),
]


@pytest.mark.parametrize(
    ("container", "ours", "theirs", "told"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_what_the_other_forward_may_call(container, ours, theirs, told):
    (a,), (b,) = parse.parse(printed(container, *ours)), parse.parse(printed(container, *theirs))
    findings = [each for each in api.compare_networks(a, b).findings if each.rule == "AD103"]
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


def test_the_same_in_all_blocks_is_one_finding():
    _, container, ours, theirs, _ = CASES[0]
    sides = (numbered(*[printed(container, *layers)] * 2) for layers in (ours, theirs))
    assert missing(*sides) == [("unknown", ["0.a1", "1.a1"])]


def test_an_edit_of_numbered_blocks_of_other_widths_is_one_finding():
    linears = [f"(fc): Linear({width}, {width})" for width in (8, 9, 10)]
    ours, theirs = (
        numbered(*(printed("Block", linear, *more) for linear in linears)) for more in ((), ("(bn): BatchNorm1d(8)",))
    )
    assert missing(ours, theirs) == [("function", ["0.bn", "1.bn", "2.bn"])]


def test_order_in_a_container_that_cannot_run_in_printed_order():
    fc, proj = "(fc): Linear(8, 32)", "(proj): Linear(32, 8)"
    ours, theirs = (
        numbered(*[printed("Mlp", *lines)] * 2)
        for lines in (
            (fc, "(act): GELU()", proj, "(d): Dropout(p=0.1)"),
            (fc, proj, "(act): GELU()", "(d): Dropout(p=0.1)"),
        )
    )
    (a,), (b,) = parse.parse(ours), parse.parse(theirs)
    (finding,) = (each for each in api.compare_networks(a, b).findings if each.rule == "AD101")
    assert (finding.effect.word, finding.count) == ("unknown", 2)
    assert finding.message == "GELU before Linear, in the reference behind it (Mlp cannot run in printed order)"
    assert finding.hint == 'import inspect; print(inspect.getsource(type(model.get_submodule("0")).forward))'


def test_layers_far_apart_in_a_container_that_cannot_run_in_printed_order():
    """Users declare layers in any order."""
    fc, conv, pool = "(fc): Linear(8, 10)", "(conv): Conv2d(3, 8, kernel_size=(3, 3))", "(pool): AvgPool2d(2)"
    (a,), (b,) = (parse.parse(printed("Net", *lines)) for lines in ((fc, conv, pool), (conv, pool, fc)))
    (finding,) = (each for each in api.compare_networks(a, b).findings if each.effect.word != "cosmetic")
    assert (finding.rule, finding.effect.word) == ("AD102", "unknown")
    assert "Net cannot run in printed order" in finding.message
    assert finding.hint == "import inspect; print(inspect.getsource(type(model).forward))"


def test_a_setting_that_no_kind_describes():
    (a,), (b,) = (parse.parse(f"Sequential(\n  (0): {text}\n)\n") for text in ("ReLU(foo=3)", "ReLU()"))
    (finding,) = api.compare_networks(a, b).findings
    assert (finding.effect.word, finding.setting) == ("unknown", "foo")
    assert finding.message == "foo is not printed by the reference, 3 on the other side"


def stage(name: str, width: int) -> str:
    """Two blocks, as ResNet has them."""
    conv = f"      (c): Conv2d({width}, {width}, kernel_size=(3, 3), stride=(1, 1))\n"
    block = f"Block(\n{conv}      (r): ReLU()\n    )\n"
    return f"({name}): Sequential(\n    (0): {block}    (1): {block}  )"


def test_lines_cut_out_of_a_print_leave_the_names_of_the_others():
    whole = printed(
        "Net", "(stem): ReLU()", stage("layer1", 8), stage("layer2", 16), stage("layer3", 32), "(fc): Linear(32, 10)"
    )
    begin, end = whole.index("      (r)", whole.index("    (1)")), whole.index("  (fc)")
    (a,), (b,) = parse.parse(whole[:begin] + "    ...\n" + whole[end:]), parse.parse(whole)
    outcome = api.compare_networks(a, b)
    assert {each.effect.word for each in outcome.findings} == {"unknown"}
    assert {each.hint for each in outcome.findings} == {"the whole print, to the `)` that closes it"}
    assert ("layer1.1.c", "layer1.1.c") in outcome.pairs


def test_settings_that_somebody_cut_are_told_once():
    whole = "Sequential(\n  (0): Conv2d(3, 8, kernel_size=(7, 7), stride=(2, 2), bias=False)\n  (1): ReLU()\n)\n"
    for mark in ("...", "\N{HORIZONTAL ELLIPSIS}"):
        cut = whole.replace("stride=(2, 2), bias=False", mark)
        for ours, theirs, side in ((cut, whole, "candidate"), (whole, cut, "reference")):
            (a,), (b,) = parse.parse(ours), parse.parse(theirs)
            (finding,) = api.compare_networks(a, b).findings
            assert (finding.effect.word, finding.message) == ("unknown", f"settings are cut in the {side}")
            assert finding.hint == 'print(model.get_submodule("0"))'


ATTENTION = "(qkv): Linear(in_features=16, out_features=48)", "(soft): Softmax(dim={})", "(proj): Linear(16, 16)"


@pytest.mark.parametrize(
    ("container", "layers", "effect"),
    [("Att", ATTENTION, "unknown"), ("Sequential", ATTENTION[:2], "cosmetic")],
    ids=["more-runs-than-is-printed", "rows-of-features"],
)
def test_dimensions_that_are_one_for_rows_of_features(container, layers, effect):
    (a,), (b,) = (parse.parse(printed(container, *layers).format(dim)) for dim in (1, -1))
    findings = [each for each in api.compare_networks(a, b).findings if each.setting != "num_heads"]
    assert [each.effect.word for each in findings] == [effect]


def test_an_embedding_behind_other_layers_was_declared_last():
    emb, fc = "(emb): Embedding(100, 16)", "(fc): Linear(in_features=16, out_features=2)"
    (a,), (b,) = (parse.parse(printed("Net", *lines)) for lines in ((fc, emb), (emb, fc)))
    (finding,) = (each for each in api.compare_networks(a, b).findings if each.effect.word != "cosmetic")
    assert (finding.rule, finding.effect.word) == ("AD101", "unknown")


def test_a_class_that_is_another_function_with_other_settings():
    (a,), (b,) = (parse.parse(f"Sequential(\n  (0): CELU(alpha={alpha})\n)\n") for alpha in (2.0, 1.0))
    (finding,) = api.compare_networks(a, b).findings
    assert finding.message == "CELU(alpha=2.0), not CELU(alpha=1.0)"


def test_another_class_prints_other_settings():
    (a,), (b,) = (
        parse.parse(f"Sequential(\n  (0): {text}\n)\n")
        for text in (
            "DynamicQuantizedLinear(in_features=8, out_features=8, dtype=torch.qint8, qscheme=torch.per_tensor_affine)",
            "Linear(in_features=8, out_features=8, bias=True)",
        )
    )
    settings = {each.setting for each in api.compare_networks(a, b).findings}
    assert settings == {"weights", "bias"}


HINTS = [  # container, its child, what tells the setting
    (
        "Sequential",
        "Conv1D()",
        "out_features",
        'print({k: v for k, v in vars(model.get_submodule("0")).items() if k[0]',
    ),
    ("Sequential", "MultiheadAttention()", "num_heads", 'print(model.get_submodule("0").num_heads)'),
]


@pytest.mark.parametrize(("container", "child", "setting", "hint"), HINTS)
def test_hints_name_what_the_class_holds(container, child, setting, hint):
    text = f"{container}(\n  (0): {child}\n)\n"
    (a,), (b,) = parse.parse(text), parse.parse(text)
    (finding,) = (each for each in api.compare_networks(a, b).findings if each.setting == setting)
    assert finding.hint.startswith(hint)


def test_whether_there_is_a_bias_is_no_tensor():
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
    ("a class of torch", "MultiheadAttention", ("q", "k"), ""),
    ("no queries", "Mlp", ("key", "value"), ""),
]


@pytest.mark.parametrize(("container", "names", "told"), [case[1:] for case in HEADS], ids=[case[0] for case in HEADS])
@pytest.mark.parametrize("folded", [True, False])
def test_heads_are_told_once_a_class(container, names, told, folded):
    block = printed(container, *linears(*names))
    inside = block.rstrip().replace("\n", "\n  ")
    text = f"Net(\n  (0-2): 3 x {inside}\n)\n" if folded else numbered(*[block] * 3)
    (a,), (b,) = parse.parse(text), parse.parse(text)
    findings = [each for each in api.compare_networks(a, b).findings if each.setting == "num_heads"]
    own = [each for each in findings if each.message.startswith("neither print holds the heads")]
    assert [(each.message, each.count) for each in own] == (
        [(f"neither print holds the heads of {told}", 3)] if told else []
    )
    assert all('model.get_submodule("0")' in each.hint for each in own)
