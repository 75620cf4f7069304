# ruff: noqa: E501  (tables: a case a line)
"""Which sets of findings have a name: for each row of the file a pair that is it, and pairs that nearly are."""

from __future__ import annotations

from itertools import chain

import pytest

from answers import compared, holding
from archdiff.diff import variants
from archdiff.model.outcome import Outcome


def linear(inputs: int, outputs: int, bias: bool = True) -> str:
    return f"Linear(in_features={inputs}, out_features={outputs}, bias={bias})"


def conv(
    inputs: int, outputs: int, kernel: int = 3, stride: int = 1, groups: int = 1, dilation: int = 1, bias: bool = False
) -> str:
    padding = f", padding=({dilation * (kernel // 2)}, {dilation * (kernel // 2)})" if kernel > 1 else ""
    padding += f", dilation=({dilation}, {dilation})" if dilation > 1 else ""
    padding += f", groups={groups}" if groups > 1 else ""
    return f"Conv2d({inputs}, {outputs}, kernel_size=({kernel}, {kernel}), stride=({stride}, {stride}){padding}, bias={bias})"


def norm(channels: int, class_name: str = "BatchNorm2d", eps: str = "1e-05", momentum: str = "0.1") -> str:
    return f"{class_name}({channels}, eps={eps}, momentum={momentum}, affine=True, track_running_stats=True)"


def frozen(channels: int) -> str:
    return f"FrozenBatchNorm2d({channels}, eps=1e-05)"


def layer_norm(width: int = 8, eps: str = "1e-05", class_name: str = "LayerNorm") -> str:
    return f"{class_name}(({width},), eps={eps}, elementwise_affine=True)"


def in_order(*layers: str) -> str:
    return holding("Sequential", *layers)


def strided(
    first: int, second: int, kernels: tuple[int, int] = (1, 3), name: str = "Bottleneck", wider: int = 4
) -> str:
    return holding(
        name, conv1=conv(8, 4, kernels[0], first), conv2=conv(4, wider, kernels[1], second), conv3=conv(wider, 8, 1)
    )


def shortcut(*layers: str) -> str:
    return holding("ResNet", block=holding("Bottleneck", conv=conv(8, 8), downsample=in_order(*layers)))


def stem(kernel: int, stride: int, pool: str) -> str:
    return holding("ResNet", conv1=conv(3, 8, kernel, stride), relu="ReLU()", maxpool=pool, fc=conv(8, 4, 1))


POOL = "MaxPool2d(kernel_size=3, stride=2, padding=1, dilation=1, ceil_mode=False)"


def bottleneck(width: int, second: int | None = None, groups: int = 1, out: int = 64, **more: str) -> str:
    second = second or width
    layers = {
        "conv1": conv(32, width, 1),
        "conv2": conv(width, second, 3, groups=groups),
        "conv3": conv(second, out, 1),
    }
    return holding("ResNet", layer1=in_order(holding("Bottleneck", **layers, relu="ReLU()", **more)))


def late(stride: int, dilation: int, name: str = "layer4") -> str:
    blocks = in_order(
        holding("Block", conv=conv(8, 8, 3, stride)), holding("Block", conv=conv(8, 8, dilation=dilation))
    )
    return holding("ResNet", conv1=conv(3, 8), **{name: blocks})


def mobile(stem: int, hidden: int, out: int, groups: int | None = None) -> str:
    return in_order(
        conv(3, stem, 3, 2),
        conv(stem, hidden, 1),
        conv(hidden, hidden, 3, groups=groups or hidden),
        conv(hidden, out, 1),
    )


def vgg(*normed: bool, name: str = "VGG") -> str:
    layers = chain.from_iterable([conv(3, 3), *([norm(3)] if each else []), "ReLU()"] for each in normed)
    return holding(name, features=in_order(*layers))


def convnext(*more: str, name: str = "ConvNeXt") -> str:
    return holding(name, mlp=in_order(linear(8, 8), "GELU()", *more, linear(8, 8)))


SAME = "Conv2dSame(3, 8, kernel_size=(3, 3), stride=(2, 2), bias=False)"


def attention(
    q: int, k: int, v: int, bias: bool = False, out_bias: bool = False, o: str = "o_proj", /, **more: str
) -> str:
    layers = {
        "q_proj": linear(32, q, bias),
        "k_proj": linear(32, k, bias),
        "v_proj": linear(32, v, bias),
        o: linear(q, 32, out_bias),
    }
    return holding("Net", attn=holding("Attention", **layers, **more))


def fused(outputs: int) -> str:
    return holding("Net", attn=holding("Attention", query_key_value=linear(32, outputs), dense=linear(32, 32)))


def encoder(norm_first: bool) -> str:
    return holding(
        "Net", layers=holding("TransformerEncoderLayer", linear1=linear(8, 8), settings=f"norm_first={norm_first}")
    )


def layers(class_name: str) -> str:
    return holding("Net", layers=in_order(holding(class_name, fc1=linear(8, 16), fc2=linear(16, 8), norm=layer_norm())))


def t5(act: str, *more: str) -> str:
    inner = {f"wi_{number}" if more else "wi": linear(8, 16, False) for number in range(1 + len(more))}
    return holding("Net", DenseReluDense=holding("Dense", **inner, wo=linear(16, 8, False), act=act))


def gated(act: str, *names: str) -> str:
    return holding(
        "Net", mlp=holding("MLP", **{name: linear(8, 16) for name in names}, down_proj=linear(16, 8), act_fn=act)
    )


def scaled(*classes: str) -> str:
    return holding("Net", blocks=in_order(*(holding("Block", fc=linear(8, 8), branch=each) for each in classes)))


def clip(bias: bool, first: str, last: str = "LayerNorm((8,), eps=1e-05, elementwise_affine=True)") -> str:
    return holding(
        "VisionTransformer", patch=conv(3, 8, 4, 4, bias=bias), norm_pre=first, blocks=in_order(linear(8, 8)), norm=last
    )


def pooled(last: str, fc: str, name: str = "VisionTransformer") -> str:
    return holding(name, blocks=in_order(linear(8, 8)), norm=last, fc_norm=fc, head=linear(8, 4))


def acts(*classes: str) -> str:
    return in_order(*chain.from_iterable((linear(8, 8), each) for each in classes))


def two_libraries(block: str, eps: str = "1e-06", name: str = "VisionTransformer", attention: str = "Attention") -> str:
    layers = {"attn": holding(attention, proj=linear(8, 8)), "norm": layer_norm(eps=eps), "fc": linear(8, 8)}
    return holding(name, blocks=in_order(holding(block, **layers)))


def embeddings(words: int, positions: int) -> str:
    return holding("Net", words=f"Embedding({words}, 8)", positions=f"Embedding({positions}, 8)", norm=layer_norm())


def adapted(kind: str = "") -> str:
    if not kind:
        return holding("Net", q=linear(8, 8))
    parts = {
        "base_layer": linear(8, 8),
        "lora_dropout": holding("ModuleDict", default="Identity()"),
        "lora_A": holding("ModuleDict", default=linear(8, 2, False)),
        "lora_B": holding("ModuleDict", default=linear(2, 8, False)),
        "lora_embedding_A": "ParameterDict()",
        "lora_embedding_B": "ParameterDict()",
    }
    magnitude = holding("ModuleDict", default="lora.dora.DoraLinearLayer()") if kind == "DoRA" else "ModuleDict()"
    return holding("Net", q=holding("lora.Linear", **parts, lora_magnitude_vector=magnitude))


LN, ID = layer_norm(), "Identity()"
QK = {"q_norm": layer_norm(), "k_norm": layer_norm()}
NO_QK = {"q_norm": ID, "k_norm": ID}
HEADS = "grouped-query attention (GQA) (candidate), multi-head attention (reference)"
BIASES = "biases of queries, keys and values alone (candidate)"
TENSORFLOW = "batch norm of TensorFlow (candidate), batch norm of torch (reference)"

#: id, candidate, reference, what it is known as; first all that have no name
CASES = [
    ("equal", strided(1, 2), strided(1, 2), []),
    ("another-width", strided(1, 2), strided(1, 2, wider=8), []),
    ("resnet-other-kernels", strided(1, 2, (1, 1)), strided(2, 1, (1, 1)), []),
    ("resnet-3x3-first", strided(1, 2, (3, 1)), strided(2, 1, (3, 1)), []),
    ("resnet-other-parameters", holding("Net", strided(1, 2), linear(8, 8)), holding("Net", strided(2, 1), linear(8, 9)), []),
    ("shortcut-no-pool", shortcut(conv(8, 8, 1, 1)), shortcut(conv(8, 8, 1, 2)), []),
    ("shortcut-3x3", shortcut("AvgPool2d(kernel_size=2, stride=2, padding=0)", conv(8, 8, 3, 1)), shortcut(conv(8, 8, 3, 2)), []),
    ("cifar-with-pool", stem(3, 1, POOL), stem(7, 2, POOL), []),
    ("cifar-stride-2", stem(3, 2, ID), stem(7, 2, POOL), []),
    ("wide-by-3", bottleneck(192), bottleneck(64), []),
    ("wide-outside-too", bottleneck(128, out=128), bottleneck(64, out=64), []),
    ("plain-against-half", bottleneck(64), bottleneck(32), []),
    ("next-of-16-groups", bottleneck(64, groups=16), bottleneck(32), []),
    ("next-of-one-width", bottleneck(32, groups=32), bottleneck(32), []),
    ("dilated-with-stride", late(2, 2), late(2, 1), []),
    ("no-stride-no-dilation", late(1, 1), late(2, 1), []),
    ("se-of-another-net", holding("Net", layer1=in_order(conv(8, 8), "SEModule()")), holding("Net", layer1=in_order(conv(8, 8))), []),
    ("width-by-0.6", mobile(20, 120, 10), mobile(32, 192, 16), []),
    ("width-not-in-one-layer", mobile(16, 96, 32), mobile(32, 192, 24), []),
    ("width-by-0.35-or-0.5", mobile(16, 96, 16), mobile(32, 192, 16), []),
    ("width-not-depthwise", mobile(16, 96, 8, 1), mobile(32, 192, 16, 1), []),
    ("vgg-one-norm", vgg(True, False), vgg(True, True), []),
    ("vgg-by-another-name", vgg(True, True, name="Net"), vgg(False, False, name="Net"), []),
    ("grn-of-another-net", convnext("GlobalResponseNorm()", name="Net"), convnext(name="Net"), []),
    ("padding-same-of-torch", in_order(conv(3, 8).replace("padding=(1, 1)", "padding=same")), in_order(conv(3, 8, dilation=2)), []),
    ("eps-0.01", in_order(norm(8, eps="0.01")), in_order(norm(8)), []),
    ("eps-in-one-of-two", in_order(norm(8, eps="0.001"), norm(8, eps="0.001")), in_order(norm(8, eps="0.001"), norm(8)), []),
    ("momentum-0.02", in_order(norm(8, momentum="0.02")), in_order(norm(8)), []),
    ("momentum-in-one-of-two", in_order(norm(8, momentum="0.01"), norm(8, momentum="0.01")), in_order(norm(8, momentum="0.01"), norm(8)), []),
    ("frozen-in-one-of-two", in_order(frozen(8), frozen(8)), in_order(frozen(8), norm(8)), []),
    ("synchronized-in-one-of-two", in_order(norm(8, "SyncBatchNorm"), norm(8, "SyncBatchNorm")), in_order(norm(8, "SyncBatchNorm"), norm(8)), []),
    ("gqa-in-both", attention(32, 8, 8), attention(32, 16, 16), []),
    ("gqa-only-keys", attention(32, 8, 32), attention(32, 32, 32), []),
    ("narrower-heads", attention(16, 16, 16), attention(32, 32, 32), []),
    ("mqa-of-half-width", fused(64), fused(96), []),
    ("mqa-against-other-sizes", fused(40), fused(80), []),
    ("only-keys-normed", attention(32, 32, 32, k_norm=LN), attention(32, 32, 32), []),
    ("norm-of-another-name", attention(32, 32, 32, x_norm=LN), attention(32, 32, 32, x_norm=ID), []),
    ("all-biases", attention(32, 32, 32, True, True), attention(32, 32, 32), []),
    ("biases-of-another-projection", attention(32, 32, 32, True, False, "dense"), attention(32, 32, 32, False, False, "dense"), []),
    ("other-layers-by-class", layers("MBartEncoderLayer"), layers("PegasusEncoderLayer"), []),
    ("roberta-and-bert-layers", layers("RobertaLayer"), layers("BertLayer"), []),
    ("wav2vec2-and-hubert", layers("Wav2Vec2EncoderLayer"), layers("HubertEncoderLayer"), []),
    ("t5-gated-with-relu", t5("ReLU()", "gate"), t5("ReLU()"), []),
    ("t5-gelu-alone", t5("NewGELUActivation()"), t5("ReLU()"), []),
    ("gate-with-relu", gated("ReLU()", "gate_proj", "up_proj"), gated("GELU(approximate='none')", "up_proj"), []),
    ("no-gate-silu", gated("SiLU()", "up_proj"), gated("ReLU()", "up_proj"), []),
    ("no-gate-gelu", gated("GELU(approximate='none')", "up_proj"), gated("ReLU()", "up_proj"), []),
    ("layer-scale-in-one-of-two", scaled("LayerScale()", "LayerScale()"), scaled("LayerScale()", ID), []),
    ("drop-path-in-one-of-two", scaled("DropPath(drop_prob=0.1)", "DropPath(drop_prob=0.1)"), scaled("DropPath(drop_prob=0.1)", ID), []),
    ("rms-norm-in-one-of-two", in_order(layer_norm(class_name="RMSNorm"), linear(8, 8), layer_norm(class_name="RMSNorm")), in_order(LN, linear(8, 8), layer_norm(class_name="RMSNorm")), []),
    ("clip-with-bias", clip(True, LN), clip(True, ID), []),
    ("clip-bias-alone", clip(False, LN), clip(True, LN), []),
    ("no-norm-at-the-end", pooled(ID, ID), pooled(LN, ID), []),
    ("norms-of-another-net", pooled(ID, LN, "Net"), pooled(LN, ID, "Net"), []),
    ("quick-gelu-in-one-of-two", acts("QuickGELU()", "QuickGELU()"), acts("QuickGELU()", "GELU(approximate='none')"), []),
    ("quick-gelu-for-relu", acts("QuickGELU()"), acts("ReLU()"), []),
    ("gelu-for-relu", acts("GELU(approximate='tanh')"), acts("ReLU()"), []),
    ("linear-for-linear", acts("ReLU()"), acts("ReLU(inplace=True)"), []),
    ("blocks-of-other-classes", two_libraries("Block"), two_libraries("EncoderBlock", name="Net", attention="MultiheadAttention"), []),
    ("vit-eps-alone", two_libraries("Block", "1e-12"), two_libraries("Block"), []),
    ("roberta-words-alone", embeddings(50265, 512), embeddings(30522, 512), []),
    ("two-adapters-alike", adapted("LoRA"), adapted("LoRA"), []),
    # what has a name
    ("resnet-v1.5", strided(1, 2), strided(2, 1), ["ResNet v1.5 (candidate), ResNet v1 (reference)"]),
    ("resnet-d", shortcut("AvgPool2d(kernel_size=2, stride=2, padding=0)", conv(8, 8, 1, 1)), shortcut(conv(8, 8, 1, 2)), ["ResNet-D shortcut (candidate)"]),
    ("cifar", stem(3, 1, ID), stem(7, 2, POOL), ["ResNet for CIFAR (candidate), ResNet for ImageNet (reference)"]),
    ("wide", bottleneck(128), bottleneck(64), ["Wide ResNet (candidate)"]),
    ("resnext", bottleneck(64, groups=32), bottleneck(32), ["ResNeXt 32x4d (candidate), ResNet (reference)"]),
    ("dilated", late(1, 2), late(2, 1), ["dilated ResNet (candidate)"]),
    ("se", bottleneck(32, se="SEModule()"), bottleneck(32), ["SE-ResNet (candidate)"]),
    ("width-0.5", mobile(16, 96, 16), mobile(32, 192, 24), ["width multiplier 0.5 (candidate)"]),
    ("width-1.4", mobile(48, 288, 32), mobile(32, 192, 24), ["width multiplier 1.4 (candidate)"]),
    ("vgg", vgg(True, True), vgg(False, False), ["VGG with batch norm (candidate), VGG (reference)"]),
    ("convnext-v2", convnext("GlobalResponseNorm()"), convnext(), ["ConvNeXt V2 (candidate), ConvNeXt (reference)"]),
    ("same", in_order(SAME), in_order(conv(3, 8, 3, 2)), ["padding of TensorFlow (SAME) (candidate)"]),
    ("eps", in_order(norm(8, eps="0.001")), in_order(norm(8)), [TENSORFLOW]),
    ("momentum", in_order(norm(8, momentum="0.01")), in_order(norm(8)), [TENSORFLOW]),
    ("frozen", in_order(frozen(8)), in_order(norm(8)), ["frozen batch norm (candidate)"]),
    ("synchronized", in_order(norm(8, "SyncBatchNorm")), in_order(norm(8)), ["synchronized batch norm (candidate)"]),
    ("gqa", attention(32, 8, 8), attention(32, 32, 32), [HEADS]),
    ("gqa-of-another-width", attention(64, 8, 8), attention(32, 32, 32), [HEADS]),
    ("mqa", fused(40), fused(96), ["multi-query attention (MQA) (candidate), multi-head attention (reference)"]),
    ("qk-norm-for-identity", attention(32, 32, 32, **QK), attention(32, 32, 32, **NO_QK), ["QK norm (candidate)"]),
    ("qk-norm", attention(32, 32, 32, **QK), attention(32, 32, 32), ["QK norm (candidate)"]),
    ("qkv-biases", attention(32, 32, 32, True), attention(32, 32, 32), [BIASES]),
    ("pre-norm-by-setting", encoder(True), encoder(False), ["pre-norm (candidate), post-norm (reference)"]),
    ("pre-norm-mbart", layers("MBartEncoderLayer"), layers("BartEncoderLayer"), ["pre-norm (candidate), post-norm (reference)"]),
    ("pre-norm-roberta", layers("RobertaPreLayerNormLayer"), layers("RobertaLayer"), ["pre-norm (candidate), post-norm (reference)"]),
    ("pre-norm-wav2vec2", layers("Wav2Vec2EncoderLayerStableLayerNorm"), layers("Wav2Vec2EncoderLayer"), ["pre-norm (candidate), post-norm (reference)"]),
    ("t5-v1.1", t5("NewGELUActivation()", "gate"), t5("ReLU()"), ["T5 v1.1 (candidate), T5 (reference)"]),
    ("swiglu", gated("SiLU()", "gate_proj", "up_proj"), gated("ReLU()", "up_proj"), ["SwiGLU (candidate)"]),
    ("geglu", gated("GELU(approximate='none')", "gate_proj", "up_proj"), gated("ReLU()", "up_proj"), ["GEGLU (candidate)"]),
    ("layer-scale-for-identity", scaled("LayerScale()", "LayerScale()"), scaled(ID, ID), ["LayerScale (candidate)"]),
    ("layer-scale", in_order(linear(8, 8), "LayerScale()"), in_order(linear(8, 8)), ["LayerScale (candidate)"]),
    ("stochastic-depth-for-identity", scaled("DropPath(drop_prob=0.1)"), scaled(ID), ["stochastic depth (candidate)"]),
    ("stochastic-depth", in_order(linear(8, 8), "DropPath(drop_prob=0.1)"), in_order(linear(8, 8)), ["stochastic depth (candidate)"]),
    ("rms-norm", in_order(layer_norm(class_name="RMSNorm"), linear(8, 8)), in_order(LN, linear(8, 8)), ["RMSNorm (candidate), LayerNorm (reference)"]),
    ("clip", clip(False, LN), clip(True, ID), ["ViT of CLIP (candidate), ViT (reference)"]),
    ("average-pool", pooled(ID, LN), pooled(LN, ID), ["average pool of the tokens (candidate), class token (reference)"]),
    ("quick-gelu", acts("QuickGELU()"), acts("GELU(approximate='none')"), ["QuickGELU (candidate), GELU (reference)"]),
    ("gelu-by-tanh", acts("GELU(approximate='tanh')"), acts("GELU(approximate='none')"), ["GELU by tanh (candidate), GELU by erf (reference)"]),
    ("conv1d", in_order("Conv1D(nf=8, nx=16)"), in_order(linear(16, 8)), ["Conv1D of GPT-2 (candidate)"]),
    ("vit-timm", two_libraries("Block"), two_libraries("EncoderBlock", attention="MultiheadAttention"), ["ViT of timm (candidate), ViT of torchvision (reference)"]),
    ("vit-transformers", two_libraries("ViTLayer", "1e-12"), two_libraries("Block"), ["ViT of transformers (candidate), ViT of timm and torchvision (reference)"]),
    ("roberta", embeddings(50265, 514), embeddings(30522, 512), ["RoBERTa (candidate), BERT (reference)"]),
    ("lora", adapted("LoRA"), adapted(), ["LoRA (candidate)"]),
    ("dora", adapted("DoRA"), adapted(), ["DoRA (candidate)"]),
    ("dora-for-lora", adapted("DoRA"), adapted("LoRA"), ["DoRA (candidate), LoRA (reference)"]),
]  # fmt: skip


def names(outcome: Outcome) -> list[str]:
    return [each.name for each in variants.named(outcome.findings, outcome.candidate, outcome.reference)]


def exchanged(name: str) -> str:
    """The same name where the other network is the candidate, which is named first."""
    sides = name.removesuffix(")").split("), ")
    other = {"(candidate": "(reference)", "(reference": "(candidate)"}
    return ", ".join(
        each.replace(side, other[side]) for each in reversed(sides) for side in other if each.endswith(side)
    )


@pytest.mark.parametrize(
    ("candidate", "reference", "known"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
class TestVariants:
    def test_are_named(self, candidate: str, reference: str, known: list[str]) -> None:
        assert names(compared(candidate, reference)) == known

    def test_are_named_the_other_way_round(self, candidate: str, reference: str, known: list[str]) -> None:
        assert names(compared(reference, candidate)) == [exchanged(name) for name in known]


def test_every_row_has_a_case() -> None:
    told = [text for case in CASES for text in _texts(compared(case[1], case[2]))]
    lacking = [
        row.name
        for row in variants.rows()
        if "{factor}" not in row.name and not any(row.sentence in text for text in told)
    ]
    assert lacking == []


def test_several_findings_have_a_note_and_stay_as_they_are() -> None:
    outcome = compared(attention(32, 8, 8), attention(32, 32, 32))
    assert outcome.notes[0] == (
        "known as grouped-query attention (GQA) (candidate), multi-head attention (reference): several query heads share "
        "one head of keys and values (Ainslie et al., 2023); with a single one it is multi-query attention (Shazeer, 2019)"
    )
    assert [(each.rule, each.effect.word, each.hint) for each in outcome.findings if each.is_difference] == [
        ("AD301", "function", ""),
        ("AD301", "function", ""),
    ]


def test_one_finding_has_a_hint() -> None:
    outcome = compared(strided(2, 1), strided(1, 2))
    (finding,) = outcome.findings
    assert (finding.message, finding.hint) == (
        "stride 2x2 on conv1, not on conv2",
        "known as ResNet v1 (candidate), ResNet v1.5 (reference): same shapes and parameters; in a bottleneck block, v1 (He et al., 2015) strides the 1x1 convolution and v1.5 (torchvision, NVIDIA) the 3x3 one",
    )
    assert not [note for note in outcome.notes if note.startswith("known as")]


def test_a_factor_is_in_the_sentence() -> None:
    outcome = compared(mobile(16, 96, 16), mobile(32, 192, 24))
    assert outcome.notes[0] == (
        "known as width multiplier 0.5 (candidate): all channels times 0.5, rounded to multiples of 8 (Howard et al., 2017, MobileNets)"
    )


@pytest.mark.parametrize(
    ("width", "multiple"), [(4.0, 8), (8.0, 8), (11.9, 16), (12.0, 16), (18.0, 24), (33.6, 32), (44.8, 48), (36.0, 40)]
)
def test_widths_are_rounded_as_mobilenets_do(width: float, multiple: int) -> None:
    assert variants.rounded(width) == multiple


def _texts(outcome: Outcome) -> list[str]:
    return [*outcome.notes, *(finding.hint for finding in outcome.findings)]
