"""Whole fact sheets of prints as they are published: a model card's table, and nothing that a print does not tell."""

from __future__ import annotations

from pathlib import Path

import pytest

from archdiff import api, infer, sources
from archdiff.infer.cost import total
from archdiff.infer.fact_sheet import fact_sheet
from archdiff.semantics import rules
from infer.prints import net, sequential, sized

NOTE = Path(__file__).parents[1] / "data" / "note.md"
NORM = "BatchNorm2d({}, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)"


def conv(taken: int, given: int, kernel: int = 3, stride: int = 1) -> str:
    return (
        f"Conv2d({taken}, {given}, kernel_size=({kernel}, {kernel}), stride=({stride}, {stride}), "
        f"padding=({kernel // 2}, {kernel // 2}), bias=False)"
    )


def linear(taken: int, given: int, bias: bool = True) -> str:
    return f"Linear(in_features={taken}, out_features={given}, bias={bias})"


def basic(taken: int, given: int) -> str:
    """A block of ResNet-18, with a projection where it makes the maps wider."""
    parts = {"conv1": conv(taken, given), "bn1": NORM.format(given), "relu": "ReLU(inplace=True)"}
    parts |= {"conv2": conv(given, given), "bn2": NORM.format(given)}
    if taken != given:
        parts["downsample"] = sequential(conv(taken, given, 1, 2), NORM.format(given)).rstrip()
    return net(**parts).rstrip().replace("Net(", "BasicBlock(", 1)


RESNET = net(
    conv1=conv(3, 64, 7, 2),
    bn1=NORM.format(64),
    relu="ReLU(inplace=True)",
    maxpool="MaxPool2d(kernel_size=3, stride=2, padding=1, dilation=1, ceil_mode=False)",
    layer1=sequential(basic(64, 64), basic(64, 64)).rstrip(),
    layer2=sequential(basic(64, 128), basic(128, 128)).rstrip(),
    avgpool="AdaptiveAvgPool2d(output_size=(1, 1))",
    fc=linear(128, 10),
)
DECODER = """\
Model(
  (embed_tokens): Embedding(32000, 4096)
  (layers): ModuleList(
    (0-31): 32 x DecoderLayer(
      (self_attn): Attention(
        (q_proj): Linear(in_features=4096, out_features=4096, bias=True)
        (k_proj): Linear(in_features=4096, out_features=1024, bias=True)
        (v_proj): Linear(in_features=4096, out_features=1024, bias=True)
        (o_proj): Linear(in_features=4096, out_features=4096, bias=False)
      )
      (mlp): MLP(
        (gate_proj): Linear(in_features=4096, out_features=14336, bias=False)
        (up_proj): Linear(in_features=4096, out_features=14336, bias=False)
        (down_proj): Linear(in_features=14336, out_features=4096, bias=False)
        (act_fn): SiLUActivation()
      )
      (input_layernorm): MistralRMSNorm((4096,), eps=1e-05)
      (post_attention_layernorm): MistralRMSNorm((4096,), eps=1e-05)
    )
  )
  (norm): MistralRMSNorm((4096,), eps=1e-05)
)
"""
UNET = net(
    inc=net(conv1=conv(3, 16), act1="ReLU()", conv2=conv(16, 16)).rstrip().replace("Net(", "DoubleConv("),
    down1=net(conv1=conv(16, 32), act1="ReLU()", conv2=conv(32, 32)).rstrip().replace("Net(", "DoubleConv("),
    down2=net(conv1=conv(32, 64), act1="ReLU()", conv2=conv(64, 64)).rstrip().replace("Net(", "DoubleConv("),
    up1=net(conv1=conv(96, 32), act1="ReLU()", conv2=conv(32, 32)).rstrip().replace("Net(", "DoubleConv("),
    up2=net(conv1=conv(48, 16), act1="ReLU()", conv2=conv(16, 16)).rstrip().replace("Net(", "DoubleConv("),
    outc=conv(16, 2, 1),
)
TABLE = """\
----------------------------------------------------------------
        Layer (type)               Output Shape         Param #
================================================================
            Conv2d-1           [-1, 64, 16, 16]           1,792
       BatchNorm2d-2           [-1, 64, 16, 16]             128
            Linear-3                    [-1, 10]         163,850
================================================================
Total params: 165,770
Trainable params: 165,770
Non-trainable params: 0
----------------------------------------------------------------
"""


@pytest.mark.parametrize(
    ("text", "sheet"),
    [
        pytest.param("Sequential()\n", {}, id="an empty network has no facts"),
        pytest.param(
            "Net(\n  (a): Somebody()\n)\n",
            {"unknown classes": "Somebody (1)"},
            id="nor has a class of which nothing is known but its name",
        ),
        pytest.param(
            RESNET,
            {
                "depth": "2, 2",
                "block": "BasicBlock",
                "widths": "64, 128",
                "stem": "7x7 convolution, stride 2, 3 to 64 channels",
                "kernels": "3x3 (8), 7x7 (1), 1x1 (1)",
                "strides": "2 (2)",
                "norm": "BatchNorm2d, eps 1e-05 (10)",
                "activation": "ReLU (5)",
                "pooling": "MaxPool2d 3x3, stride 2 (1); AdaptiveAvgPool2d (1)",
                "biases": "Linear all, Conv2d none",
                "layers with weights": "Conv2d (10), Linear (1)",
                "outputs": "10",
                "parameters": "at least 684,362",
            },
            id="a residual network: stages and their widths",
        ),
        pytest.param(
            DECODER,
            {
                "depth": "32",
                "block": "DecoderLayer",
                "hidden size": "4096",
                "feed-forward size": "14336",
                "feed-forward ratio": "3.5",
                "attention width": "4096",
                "key and value width": "1024",
                "vocabulary": "32,000",
                "norm": "RMSNorm, eps 1e-05 (65)",
                "activation": "SiLU (32)",
                "biases": "Linear 96 of 224 (k_proj, q_proj, v_proj)",
                "layers with weights": "Linear (224), Embedding (1)",
                "parameters": "at least 7,110,856,704",
            },
            id="a transformer: no heads, since no print tells them",
        ),
        pytest.param(
            UNET,
            {
                "depth": "down 2; up 2",
                "block": "DoubleConv",
                "widths": "down 32, 64; up 32, 16",
                "stem": "3x3 convolution, 3 to 16 channels",
                "kernels": "3x3 (10), 1x1 (1)",
                "activation": "ReLU (5)",
                "biases": "none",
                "layers with weights": "Conv2d (11)",
                "parameters": "at least 117,968",
            },
            id="a U-Net: both of its ways",
        ),
        pytest.param(
            TABLE,
            {
                "widths": "64, 10",
                "norm": "BatchNorm2d (1)",
                "layers with weights": "Conv2d (1), Linear (1)",
                "outputs": "10",
                "parameters": "165,770",
            },
            id="a summary table: no settings, so no eps and no kernels",
        ),
    ],
)
def test_a_sheet_says_what_the_print_tells(text: str, sheet: dict[str, str]) -> None:
    (only,) = sized(text)
    assert dict(fact_sheet(only, lambda: total(only))) == sheet


WINNERS = {
    "Mine": {
        "widths": "2 x 64, 1000, 12",
        "outputs": "12",
        "k-winners 1": "k 4,767 of 50,176 (9.5 %), 7,150 in inference",
        "k-winners 2": "k 800 of 6,400 (12.5 %), 1,200 in inference",
        "k-winners 3": "k 100 of 1,000 (10 %), 150 in inference",
        "weights": "dense",
        "parameters": "1,717,140",
        "multiply-accumulates": "13.1M",
    },
    "SuperSparse": {
        "widths": "2 x 64, 1500, 12",
        "outputs": "12",
        "k-winners 1": "k 1,200 of 12,544 (9.57 %), 1,800 in inference",
        "k-winners 2": "k 200 of 1,600 (12.5 %), 300 in inference",
        "k-winners 3": "k 100 of 1,500 (6.67 %), 150 in inference",
        "weights": "2 x dense, 10 % non-zero, dense",
        "parameters": "at least 2,523,640, of which non-zero 363,640",
        "multiply-accumulates": "13.9M",
    },
    "Lucas's": {
        "widths": "2 x 64, 1500, 12",
        "outputs": "12",
        "k-winners 1": "k 1,192 of 12,544 (9.5 %), 1,788 in inference",
        "k-winners 2": "k 200 of 1,600 (12.5 %), 300 in inference",
        "k-winners 3": "k 100 of 1,500 (6.67 %), 150 in inference",
        "parameters": "at least 2,523,640",
        "multiply-accumulates": "13.9M",
    },
}
_LIKE_ALL_OF_THE_NOTE = {"kernels", "norm", "activation", "pooling", "biases", "layers with weights"}


@pytest.mark.parametrize("name", WINNERS)
def test_the_note_tells_winners_and_densities(name: str) -> None:
    (network,) = sources.networks(f"{NOTE}#{name}")
    (only,) = infer.infer((rules.normalize(network),))
    sheet = dict(fact_sheet(only, lambda: total(only)))
    assert {row: value for row, value in sheet.items() if row not in _LIKE_ALL_OF_THE_NOTE} == WINNERS[name]


def attention(queries: int) -> str:
    projections = net(
        q_proj=linear(16, queries, False), k_proj=linear(16, 16, False), o_proj=linear(queries, 16, False)
    )
    return projections.rstrip().replace("Net(", "Attention(")


def layers(*queries: int) -> str:
    """A network of blocks, each with an attention of this width; with none where it is 0."""
    norm, mlp = "LayerNorm((16,), eps=1e-05)", {"fc1": linear(16, 32), "fc2": linear(32, 16)}
    blocks = [net(norm=norm, **({"attn": attention(each)} if each else {}), **mlp).rstrip() for each in queries]
    return net(layers=sequential(*(block.replace("Net(", "Layer(", 1) for block in blocks)).rstrip())


@pytest.mark.parametrize(
    ("queries", "told"),
    [
        pytest.param((0, 0), None, id="none"),
        pytest.param((32, 32), "32", id="the same in all"),
        pytest.param((32, 32, 64), "2 x 32, 64", id="in runs"),
        pytest.param((32, 64, 32, 64, 32), "32 (3), 64 (2)", id="of few that alternate how many"),
        pytest.param((0, 0, 32, 0), "32 (1 of 4)", id="in some blocks alone"),
    ],
)
def test_blocks_that_differ(queries: tuple[int, ...], told: str | None) -> None:
    (only,) = sized(layers(*queries))
    sheet = dict(fact_sheet(only, lambda: total(only)))
    assert (sheet["hidden size"], sheet["feed-forward size"], sheet.get("attention width")) == ("16", "32", told)


@pytest.mark.parametrize(
    ("paths", "told"),
    [
        pytest.param(("layer1", "layer2"), "2, 2", id="stages of one row have no names"),
        pytest.param(("encoder", "decoder"), "encoder 2; decoder 2", id="parts have theirs"),
    ],
)
def test_parts_are_named_where_there_are_several(paths: tuple[str, ...], told: str) -> None:
    held = layers(32, 32).split("(layers): ", 1)[1].rstrip().removesuffix(")").rstrip()
    (only,) = sized(net(**dict.fromkeys(paths, held)))
    assert dict(fact_sheet(only, lambda: total(only)))["depth"] == told


CODER = net(wte="Embedding(100, 8)").rstrip()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(net(wte="Embedding(100, 8)"), "at least 800", id="an embedding alone"),
        pytest.param(
            net(wte="Embedding(100, 8)", lm_head=linear(8, 99, False)), "at least 1,592", id="a head of another size"
        ),
        pytest.param(
            sequential("Embedding(100, 8)", linear(8, 100, False)),
            "1,600, or 800 if embedding and head are tied",
            id="where nothing else can have parameters",
        ),
        pytest.param(
            net(wte="Embedding(100, 8)", lm_head=linear(8, 100)),
            "at least 1,700, or 900 if embedding and head are tied",
            id="a bias is never shared",
        ),
        pytest.param(
            net(encoder=CODER, decoder=CODER, lm_head=linear(8, 100, False)),
            "at least 2,400, or 800 if embeddings and head are tied",
            id="those of an encoder and a decoder",
        ),
        pytest.param(
            net(embed_positions="Embedding(100, 8)", lm_head=linear(8, 100, False)),
            "at least 1,600",
            id="a table of positions",
        ),
        pytest.param(
            DECODER.replace("Embedding(32000, 4096)", "Embedding(14336, 4096)"),
            "at least 7,038,504,960",
            id="layers of blocks that have its size",
        ),
    ],
)
def test_parameters_where_weights_may_be_one(text: str, told: str) -> None:
    (only,) = sized(text)
    assert dict(fact_sheet(only, lambda: total(only)))["parameters"] == told


def test_folded_lines_count_for_all_of_their_layers() -> None:
    outcome = api.compare(DECODER.replace("0-31): 32 x", "0-9999): 10000 x"), DECODER)
    found = {pair.name: (pair.candidate, pair.reference) for pair in outcome.facts}
    assert found["depth"] == ("10000", "32")
    assert found["norm"] == ("RMSNorm, eps 1e-05 (20,001)", "RMSNorm, eps 1e-05 (65)")


def test_a_network_has_one_sheet_whatever_it_is_compared_with() -> None:
    fused = DECODER.replace("q_proj): Linear(in_features=4096, out_features=4096", "qkv_proj): Linear(X")
    lines = [line for line in fused.splitlines() if "k_proj" not in line and "v_proj): Linear(in_features" not in line]
    other = "\n".join(lines).replace("Linear(X", "Linear(in_features=4096, out_features=6144") + "\n"
    assert api.compare(DECODER, other).candidate.facts == api.compare(DECODER, DECODER).candidate.facts
