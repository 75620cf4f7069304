"""What runs from a print, and the one line that refuses the rest: what no print holds, and a live module as way out."""

from __future__ import annotations

import pytest

from archdiff import infer, parse, read
from archdiff.execute.building.can_run import check_can_run, check_size
from archdiff.execute.building.refusals import LIVE
from archdiff.execute.building.supplied_settings import read_supplied
from archdiff.execute.source.writer import source
from archdiff.model.errors import BuildError
from archdiff.semantics import rules

CONV = "Conv2d({}, {}, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))"
LINEAR = "Linear(in_features={}, out_features={}, bias=True)"
POOL = "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)"
NORM = "BatchNorm2d({}, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)"
ATTENTION = (
    "MultiheadAttention(\n  (out_proj): NonDynamicallyQuantizableLinear(in_features=8, out_features=8, bias=True)\n)"
)
BRANCHES = "may have branches (shortcuts, attention, concatenations)"


def holding(class_name: str, **children: str) -> str:
    lines = "\n".join(f"({name}): {child}" for name, child in children.items())
    return f"{class_name}(\n  " + lines.replace("\n", "\n  ") + "\n)"


def checked(text: str, *given: str, shape: tuple[int, ...] | None = None) -> None:
    [sized] = infer.infer(rules.normalized(parse.parse(text, "mine.txt")), shape)
    check_can_run(sized, read_supplied(given))


CHAIN = holding("ConvBlock", conv=CONV.format(4, 4), bn=NORM.format(4), act="ReLU()")
DOUBLE = holding("DoubleConv", conv1=CONV.format(4, 4), act1="ReLU()", conv2=CONV.format(4, 4), act2="ReLU()")
BASIC = holding("BasicBlock", conv1=CONV.format(4, 4), conv2=CONV.format(4, 4))
TRANSFORMER_BLOCK = holding(
    "Block",
    attn=holding("SelfAttention", qkv=LINEAR.format(8, 24), proj=LINEAR.format(8, 8)),
    mlp=holding("Mlp", fc=LINEAR.format(8, 8)),
)
CLASSIFIER = {"conv": CONV.format(1, 4), "act": "ReLU()", "pool": POOL}
FLAT = {"flatten": "Flatten(start_dim=1, end_dim=-1)", "fc": LINEAR.format(64, 2)}
RUNS = [
    pytest.param(holding("Sequential", **CLASSIFIER, **FLAT), (), id="torch runs it in order"),
    pytest.param(holding("Net", **CLASSIFIER, **FLAT), (), id="a root whose shapes agree"),
    pytest.param(holding("Wrapper", model=holding("Net", **CLASSIFIER, **FLAT)), (), id="all that the root holds"),
    pytest.param(holding("Net", **CLASSIFIER, **FLAT, loss="ArcLoss()"), (), id="a loss is of no forward"),
    pytest.param(holding("Net", a=CHAIN, b=CHAIN), (), id="blocks of one convolution"),
    pytest.param(holding("DataParallel", module=holding("Net", a=CHAIN)), (), id="what a wrapper of torch holds"),
    pytest.param(holding("Net", a=DOUBLE), ("DoubleConv.class=Sequential",), id="somebody says that it runs in order"),
    pytest.param(
        holding("Net", a="Quux()", b=LINEAR.format(4, 4)), ("a.class=Identity",), id="somebody says what a class is"
    ),
    pytest.param(holding("ResNet", a=CHAIN), ("ResNet.class=Sequential",), id="whatever its name says"),
]


@pytest.mark.parametrize(("text", "given"), RUNS)
def test_what_runs(text: str, given: tuple[str, ...]) -> None:
    checked(text, *given)
    assert "It does not run" not in source(parse.parse(text)[0], read_supplied(given))


REFUSED = [
    pytest.param(
        holding("Net", stem="ReLU()", layer1=holding("Sequential", a=BASIC)),
        "mine.txt:4",
        f"layer1.a (BasicBlock) {BRANCHES}: branches cannot run from a print",
        f"{LIVE}; --set BasicBlock.class=Sequential, if all that it does is to run children in printed order",
        id="a block of two convolutions",
    ),
    pytest.param(
        holding("ResNet", conv1=CONV.format(3, 4), layer1=DOUBLE),
        "mine.txt:1",
        f"the network (ResNet) {BRANCHES}, as may DoubleConv: branches cannot run from a print",
        LIVE,
        id="its name says so",
    ),
    pytest.param(
        holding("Net", conv=CONV.format(4, 4), shortcut="Identity()"),
        "mine.txt:1",
        f"the network (Net) {BRANCHES}: branches cannot run from a print",
        f"{LIVE}; --set Net.class=Sequential, if all that it does is to run children in printed order",
        id="a name in it says so",
    ),
    pytest.param(
        holding("UNet", inc=DOUBLE, up="ConvTranspose2d(4, 4, kernel_size=(2, 2), stride=(2, 2))"),
        "mine.txt:1",
        f"the network (UNet) {BRANCHES}, as may DoubleConv: branches cannot run from a print",
        LIVE,
        id="a U-Net",
    ),
    pytest.param(
        holding("GPT", wte="Embedding(10, 8)", h=holding("ModuleList", a=TRANSFORMER_BLOCK)),
        "mine.txt:4",
        f"h.a (Block) {BRANCHES}, as may SelfAttention, Mlp: branches cannot run from a print",
        LIVE,
        id="a transformer",
    ),
    pytest.param(
        holding("Net", attn=ATTENTION, norm="LayerNorm((8,), eps=1e-05, elementwise_affine=True)"),
        "mine.txt:2",
        "attn (MultiheadAttention) takes several inputs: branches cannot run from a print",
        LIVE,
        id="a layer of several inputs",
    ),
    pytest.param(
        holding("Net", words="Embedding(10, 8)", places="Embedding(5, 8)", fc=LINEAR.format(8, 2)),
        "mine.txt:3",
        "places (Embedding) takes indices, not the output of the layer before it: branches cannot run from a print",
        LIVE,
        id="two embeddings",
    ),
    pytest.param(
        holding("Net", a=CONV.format(3, 8), act="ReLU()", b=CONV.format(16, 8)),
        "mine.txt:4",
        "branches that no print holds come together before b: b takes in_channels 16, but act gives 8; that cannot run "
        "from a print",
        LIVE,
        id="more channels than come",
    ),
    pytest.param(
        holding("Net", conv=CONV.format(1, 4), pool=POOL, fc=LINEAR.format(64, 2)),
        "mine.txt:4",
        "a call that no print holds stands before fc, such as a flatten or an activation: pool and fc with nothing "
        "between them would take places for features; that cannot run from a print",
        LIVE,
        id="a flatten that is not printed",
    ),
    pytest.param(
        holding("Net", fc1=LINEAR.format(4, 4), fc2=LINEAR.format(4, 4)),
        "mine.txt:3",
        "a call that no print holds stands before fc2, such as a flatten or an activation: fc1 and fc2 with nothing "
        "between them would be one map; that cannot run from a print",
        LIVE,
        id="an activation that is not printed",
    ),
    pytest.param(
        holding("Net", fc=LINEAR.format(4, 4), rope="RotaryEmbeddingCat()"),
        "mine.txt:3",
        "rope (RotaryEmbeddingCat) is a class whose forward no print holds",
        f"{LIVE}; --set rope.class=NAME says which class of torch.nn computes the same",
        id="a class of somebody without children",
    ),
    pytest.param(
        holding("Sequential", a=LINEAR.format(4, 4), b="RmsNorm()"),
        "mine.txt:3",
        "b (RmsNorm) does not print its normalized_shape, eps",
        f"{LIVE}; or give what the text cannot tell: --set b.normalized_shape=... --set b.eps=...",
        id="a known class that prints nothing",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "place", "message", "way_out"), REFUSED)
def test_what_is_refused(text: str, place: str, message: str, way_out: str) -> None:
    with pytest.raises(BuildError) as refused:
        checked(text)
    assert (refused.value.message, refused.value.way_out) == (message, way_out)
    assert str(refused.value).startswith(f"{place}:")


@pytest.mark.parametrize(
    "text",
    [
        case.values[0]
        for case in REFUSED
        if case.id not in ("a layer of several inputs", "two embeddings")  # a program calls them in printed order
    ],
)
def test_its_program_says_so(text: str) -> None:
    assert "\nIt does not run: no print holds the forward of " in source(parse.parse(text)[0])


@pytest.mark.parametrize(
    ("shape", "message", "way_out"),
    [
        (
            (3, 8, 8),
            "the given input does not fit: conv takes in_channels 1, but the input is 3",
            f"--input-shape gives it, without the batch: 1,32,32; {LIVE}",
        ),
        (
            (1, 6, 6),
            "branches that no print holds come together before fc: fc takes in_features 64, but flatten gives 36; that "
            "cannot run from a print",
            f"{LIVE}; or another --input-shape",
        ),
    ],
)
def test_an_input_that_does_not_fit(shape: tuple[int, ...], message: str, way_out: str) -> None:
    with pytest.raises(BuildError) as refused:
        checked(holding("Net", **CLASSIFIER, **FLAT), shape=shape)
    assert (refused.value.message, refused.value.way_out) == (message, way_out)


def test_somebody_may_speak_of_one_class_only() -> None:
    mlp = holding("Mlp", fc1=LINEAR.format(4, 4), fc2=LINEAR.format(4, 4))
    text = holding("Net", a=mlp, act="ReLU()", fc1=LINEAR.format(4, 4), fc2=LINEAR.format(4, 4))
    with pytest.raises(BuildError, match="fc1 and fc2 with nothing between them would be one map"):
        checked(text, "Mlp.class=Sequential")


@pytest.mark.parametrize(
    ("lines", "number"),
    [
        pytest.param("(0-20000): 20001 x ReLU()", 20_001, id="a folded line"),
        pytest.param("(0-199): 200 x Sequential(\n    (0-100): 101 x ReLU()\n  )", 20_200, id="folded in folded ones"),
        pytest.param(
            "(a): A(\n    (0-9999): 10000 x ReLU()\n  )\n  (b): Tanh()\n  (1-10000): 10000 x ReLU()",
            20_001,
            id="several",
        ),
        pytest.param("(0-19999): 20000 x ReLU()", 0, id="as many as are run"),
        pytest.param("(0-9999): 10000 x Sequential(\n    (0-1): 2 x ReLU()\n  )", 0, id="containers are no layers"),
    ],
)
def test_more_layers_than_are_run_are_refused_before_they_are_compared(lines: str, number: int) -> None:
    small, large = (read(f"Net(\n  {each}\n)") for each in ("(0): ReLU()", lines))
    if not number:
        check_size((small, large), ("", ""))
        return
    with pytest.raises(BuildError, match=f"^<text>:1: {number:,} layers: at most 20,000 layers of a print are run"):
        check_size((small, large), ("", ""))
    check_size((small, large), ("", "nets:made"))  # a live module runs as it is
