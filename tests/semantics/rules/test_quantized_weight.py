"""Weights of few bits: one finding against full precision, whatever is printed of them; else what differs in them."""

from __future__ import annotations

import pytest

from archdiff import api, parse
from archdiff.model.outcome import Outcome

SIZES = ((64, 64), (64, 10))


def net(layer: str) -> str:
    """Two layers of other sizes: `{i}` and `{o}` stand for theirs."""
    lines = []
    for at, (inputs, outputs) in enumerate(SIZES):
        text = layer.replace("{i}", str(inputs)).replace("{o}", str(outputs))
        lines.append(f"  ({2 * at}): {text}\n  ({2 * at + 1}): ReLU()\n")
    return f"Sequential(\n{''.join(lines)})\n"


def torchao(
    block: str = "(1, 32)", device: str = "cpu", layout: str = "PlainLayout()", low: object = -8, high: object = 7
) -> str:
    return (
        "Linear(in_features={i}, out_features={o}, weight=AffineQuantizedTensor(shape=torch.Size([{o}, {i}]), "
        f"block_size={block}, device={device}, _layout={layout}, tensor_impl_dtype=torch.int8, "
        f"quant_min={low}, quant_max={high}))"
    )


#: as torchao printed it before layouts were renamed
OLDER = (
    "Linear(in_features={i}, out_features={o}, weight=AffineQuantizedTensor(shape=torch.Size([{o}, {i}]), "
    "block_size=(1, 32), device=cpu, layout_type=PlainLayoutType(), layout_tensor_dtype=torch.int8, quant_min=-8, "
    "quant_max=7))"
)
ACTIVATIONS = torchao().replace(
    "weight=Aff", "weight=LinearActivationQuantizedTensor(activation=<function _int8_asymm at 0x7f80>, weight=Aff"
)
ACTIVATIONS += ")"
DYNAMIC = (
    "DynamicQuantizedLinear(\n    in_features={i}, out_features={o}, dtype=torch.qint8, "
    "qscheme=torch.per_tensor_affine\n    (_packed_params): LinearPackedParams()\n  )"
)
DYNAMIC_LEAF = "DynamicQuantizedLinear(in_features={i}, out_features={o}, dtype={d}, qscheme=torch.per_tensor_affine)"
STATIC = (
    "QuantizedLinear(in_features={i}, out_features={o}, scale=0.0{o}, zero_point={i}, qscheme=torch.per_tensor_affine)"
)
PLAIN = "Linear(in_features={i}, out_features={o}, bias=True)"

#: id, one layer, another, what is found: effect and message of all differences
CASES = [
    ("torchao, the same", torchao(), torchao(), []),
    (
        "torchao of two versions",
        torchao(),
        OLDER,
        [
            (
                "cosmetic",
                "printed differently, or by one side only, with the same meaning: Linear weight_layout, "
                "Linear weight_dtype",
            )
        ],
    ),
    (
        "torchao, 4 bits",
        torchao(),
        PLAIN,
        [("function", "weights 4 bits, not full precision (the same weights rounded: a small difference)")],
    ),
    (
        "torchao, 8 bits",
        torchao(low=-128, high=127),
        PLAIN,
        [("function", "weights 8 bits, not full precision (the same weights rounded: a small difference)")],
    ),
    (
        "torchao, a symmetric range is of 8 bits, too",
        torchao(low=-127, high=127),
        PLAIN,
        [("function", "weights 8 bits, not full precision (the same weights rounded: a small difference)")],
    ),
    (
        "torchao, bits from the data type",
        torchao(low=None, high=None),
        PLAIN,
        [("function", "weights 8 bits, not full precision (the same weights rounded: a small difference)")],
    ),
    (
        "torchao, other bits",
        torchao(),
        torchao(low=-128, high=127),
        [("function", "weights 4 bits, not 8 bits (the same weights rounded: a small difference)")],
    ),
    ("torchao, other blocks", torchao(), torchao("(1, 64)"), [("function", "weight_block_size (1, 32), not row")]),
    ("torchao, another range", torchao(), torchao(low=0, high=15), [("function", "weight_range -8 to 7, not 0 to 15")]),
    ("torchao, another device", torchao(), torchao(device="cuda:0"), [("cosmetic", "weight_device cpu, not cuda:0")]),
    (
        "torchao, packed otherwise",
        torchao(),
        torchao(layout="TensorCoreTiledLayout(inner_k_tiles=8)"),
        [("cosmetic", "printed differently, or by one side only, with the same meaning: Linear weight_layout")],
    ),
    (
        "torchao, sparse",
        torchao(),
        torchao(layout="SemiSparseLayout()"),
        [("function", "weight_layout PlainLayout(), not SemiSparseLayout()")],
    ),
    (
        "torchao, inputs are rounded, too",
        ACTIVATIONS,
        torchao(),
        [("function", "weight_activation <function _int8_asymm>, not as usual")],
    ),
    (
        "bitsandbytes, 4 bits",
        "Linear4bit(in_features={i}, out_features={o}, bias=True)",
        PLAIN,
        [("function", "weights 4 bits, not full precision (the same weights rounded: a small difference)")],
    ),
    (
        "bitsandbytes, 8 bits",
        "Linear8bitLt(in_features={i}, out_features={o}, bias=True)",
        PLAIN,
        [("function", "weights 8 bits, not full precision (the same weights rounded: a small difference)")],
    ),
    (
        "torchao against bitsandbytes",
        torchao(),
        "Linear4bit(in_features={i}, out_features={o}, bias=True)",
        [("function", "quantized_as AffineQuantizedTensor, not bitsandbytes")],
    ),
    (
        "torch, dynamically",
        DYNAMIC,
        PLAIN,
        [("function", "weights 8 bits, not full precision (the same weights rounded: a small difference)")],
    ),
    (
        "torch, dynamically, with and without its parts",
        DYNAMIC,
        DYNAMIC_LEAF.replace("{d}", "torch.qint8"),
        [
            (
                "cosmetic",
                "printed differently, which changes no layer: (_packed_params): LinearPackedParams(), not nothing",
            )
        ],
    ),
    (
        "torch, dynamically in half precision",
        DYNAMIC_LEAF.replace("{d}", "torch.float16"),
        PLAIN,
        [("function", "weights 16 bits, not full precision (the same weights rounded: a small difference)")],
    ),
    (
        "torch, statically",
        STATIC,
        PLAIN,
        [("function", "weights 8 bits, not full precision (the same weights rounded: a small difference)")],
    ),
    (
        "torch, both ways",
        DYNAMIC,
        STATIC,
        [("function", "quantized_as torch, dynamically, not torch, statically")],
    ),
    (
        "torch, another scale",
        STATIC,
        STATIC.replace("0.0{o}", "0.1"),
        [("function", "output_scale 0.064, not 0.1"), ("function", "output_scale 0.01, not 0.1")],
    ),
]


def compared(ours: str, theirs: str) -> Outcome:
    (a,), (b,) = parse.parse(net(ours)), parse.parse(net(theirs))
    return api.compare_networks(a, b)


@pytest.mark.parametrize(("ours", "theirs", "found"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_one_finding_for_all_layers(ours: str, theirs: str, found: list[tuple[str, str]]) -> None:
    findings = [each for each in compared(ours, theirs).findings if each.is_difference]
    assert [(each.effect.word, each.message) for each in findings] == found


def test_what_is_no_tensor_of_torchao_stays_as_it_is_printed() -> None:
    (finding,) = compared("Linear(in_features={i}, out_features={o}, bias=True, weight=frozen)", PLAIN).findings
    assert (finding.effect.word, finding.setting, finding.count) == ("unknown", "weight", 2)


def test_a_convolution() -> None:
    quantized = "QuantizedConv2d(3, 8, kernel_size=(3, 3), stride=(1, 1), scale=0.5, zero_point=60)"
    texts = (
        f"Sequential(\n  (0): {layer}\n)\n" for layer in (quantized, "Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1))")
    )
    (a,), (b,) = map(parse.parse, texts)
    (finding,) = api.compare_networks(a, b).findings
    assert (finding.effect.word, finding.setting) == ("function", "weights")
