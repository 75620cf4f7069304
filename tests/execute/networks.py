"""Modules of torch.nn for the laws of building and writing down.

Every class that can be built from its print, with each of its arguments changed, and random networks of them.
"""

from __future__ import annotations

import warnings
from inspect import signature
from typing import Any

import torch
from hypothesis import strategies as st
from torch import nn

from archdiff import nn as ours
from archdiff.model.facts import Fact, Provenance

DIMS = (1, 2, 3)


def made() -> list[nn.Module]:
    """One of everything whose print holds what its constructor needs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # lazy layers, dropout in a recurrent layer of one
        return [*_shaped(), *_flat(), *_windows(), *_activations(), *_losses(), *_parts(), *_ours()]


def _shaped() -> list[nn.Module]:
    found: list[nn.Module] = []
    for dims in DIMS:
        conv, back, norm, instance = (
            getattr(nn, f"{name}{dims}d") for name in ("Conv", "ConvTranspose", "BatchNorm", "InstanceNorm")
        )
        found += [
            conv(4, 8, 3),
            conv(4, 8, (3,) * dims, stride=2, padding=1, dilation=2, groups=4, bias=False, padding_mode="reflect"),
            conv(4, 8, 3, padding="same"),
            back(4, 8, 3),
            back(4, 8, 3, stride=3, padding=1, output_padding=2, groups=2, bias=False, dilation=3),
            norm(4),
            norm(4, eps=1e-3, momentum=None),
            norm(4, affine=False, track_running_stats=False),
            *_without_bias(norm, 4),
            instance(4),
            instance(4, affine=True, track_running_stats=True, momentum=0.25),
            *_without_bias(instance, 4, affine=True),
            getattr(nn, f"LazyConv{dims}d")(4, 3, bias=False),
            getattr(nn, f"LazyConvTranspose{dims}d")(4, 3, output_padding=0),
            getattr(nn, f"LazyBatchNorm{dims}d")(eps=0.5),
            getattr(nn, f"LazyInstanceNorm{dims}d")(affine=True),
        ]
    return found


def _without_bias(norm: Any, *arguments: Any, **named: Any) -> list[nn.Module]:
    """Norms take `bias` from torch 2.13 on."""
    return [norm(*arguments, **named, bias=False)] if "bias" in signature(norm).parameters else []


def _flat() -> list[nn.Module]:
    return [
        *(nn.Linear(3, 4), nn.Linear(3, 4, bias=False), nn.LazyLinear(4), nn.LazyLinear(4, bias=False)),
        *(nn.Bilinear(2, 3, 4), nn.Bilinear(2, 3, 4, bias=False), nn.Identity(), nn.Flatten(), nn.Flatten(0, 2)),
        *(nn.SyncBatchNorm(4), nn.GroupNorm(2, 4), nn.GroupNorm(2, 4, eps=0.5, affine=False)),
        *_without_bias(nn.GroupNorm, 2, 4),
        *(nn.LayerNorm(4), nn.LayerNorm((2, 4), eps=1e-12), nn.LayerNorm(4, bias=False)),
        *(nn.LayerNorm(4, elementwise_affine=False), nn.RMSNorm(4)),
        nn.RMSNorm((2, 4), eps=1e-6, elementwise_affine=False),
        *(nn.LocalResponseNorm(3), nn.LocalResponseNorm(3, 0.5, 0.25, 2.0)),
        *(nn.CrossMapLRN2d(3), nn.CrossMapLRN2d(3, k=2)),
        *(nn.Embedding(5, 3), nn.Embedding(5, 3, 1, 2.0, 1.0, True, sparse=True), nn.EmbeddingBag(5, 3)),
        nn.EmbeddingBag(5, 3, mode="sum", padding_idx=2, max_norm=1.0),
        *(nn.PixelShuffle(2), nn.PixelUnshuffle(2), nn.ChannelShuffle(2)),
        *(nn.Unflatten(1, (2, 2)), nn.Unflatten(1, (2, -1))),
        *(nn.Fold(4, 2), nn.Fold((4, 5), (2, 3), 2, 1, 3), nn.Unfold(2), nn.Unfold((2, 3), dilation=2, stride=(1, 2))),
        *(nn.Upsample(4), nn.Upsample(scale_factor=1.5, mode="bilinear"), nn.Upsample(size=(2, 3))),
        *(nn.UpsamplingNearest2d(4), nn.UpsamplingNearest2d(scale_factor=2), nn.UpsamplingBilinear2d((4, 5))),
        *(each(3, 4) for each in (nn.RNN, nn.LSTM, nn.GRU, nn.RNNCell, nn.LSTMCell, nn.GRUCell)),
        *(each(3, 4, bias=False) for each in (nn.RNN, nn.LSTM, nn.GRU, nn.RNNCell, nn.LSTMCell, nn.GRUCell)),
        nn.LSTM(3, 4, num_layers=2, batch_first=True, dropout=0.5, bidirectional=True, proj_size=2),
        *(nn.RNNCell(3, 4, nonlinearity="relu"), nn.PairwiseDistance()),
        *(nn.CosineSimilarity(), nn.CosineSimilarity(0, 0.5)),
        *(each() for each in (nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, nn.AlphaDropout)),
        *(nn.FeatureAlphaDropout(), nn.Dropout(0.0), nn.Dropout2d(0.25, inplace=True)),
    ]  # fmt: skip


def _windows() -> list[nn.Module]:
    found: list[nn.Module] = []
    for dims in DIMS:
        by = {f"{word}{dims}d": getattr(nn, f"{word}{dims}d") for word in ("MaxPool", "AvgPool", "LPPool", "MaxUnpool")}
        sides = tuple(range(1, 2 * dims + 1))
        found += [
            *(by[f"MaxPool{dims}d"](2), by[f"MaxPool{dims}d"]((3,) * dims, 2, 1, 2, ceil_mode=True)),
            *(by[f"AvgPool{dims}d"](2), by[f"AvgPool{dims}d"]((3,) * dims, 2, 1)),
            *(by[f"LPPool{dims}d"](2, 3), by[f"LPPool{dims}d"](1.5, 3, stride=2, ceil_mode=True)),
            *(by[f"MaxUnpool{dims}d"](2), by[f"MaxUnpool{dims}d"](3, 2, 1)),
            *(getattr(nn, f"Adaptive{word}Pool{dims}d")(3) for word in ("Max", "Avg")),
            getattr(nn, f"AdaptiveAvgPool{dims}d")((3,) * dims),
            *(getattr(nn, f"{word}Pad{dims}d")(sides) for word in ("Reflection", "Replication", "Circular", "Zero")),
            *(getattr(nn, f"ConstantPad{dims}d")(1, value) for value in (0, 0.5, -1e-7)),
        ]
    return [*found, nn.AdaptiveAvgPool2d((None, 3)), nn.AdaptiveAvgPool2d(None)]


def _activations() -> list[nn.Module]:
    plain = (nn.Sigmoid, nn.LogSigmoid, nn.Softsign, nn.Tanh, nn.Tanhshrink, nn.Softmax2d, nn.Hardsigmoid, nn.Hardswish)
    changed = (nn.ReLU, nn.ReLU6, nn.SELU, nn.SiLU, nn.Mish, nn.LeakyReLU, nn.ELU, nn.CELU, nn.Hardtanh, nn.RReLU)
    return [
        *(each() for each in (*plain, *changed)),
        *(each(inplace=True) for each in changed),
        *(nn.LeakyReLU(), nn.LeakyReLU(-0.5), nn.PReLU(), nn.PReLU(3), nn.RReLU(), nn.RReLU(0.25, 0.5), nn.GELU()),
        *(nn.GELU("tanh"), nn.GLU(), nn.GLU(0), nn.ELU(), nn.ELU(2), nn.CELU(), nn.CELU(0.5)),
        *(nn.Hardtanh(), nn.Hardtanh(-3, 4), nn.Softplus(), nn.Softplus(2, 30)),
        *(nn.Hardshrink(), nn.Hardshrink(0.25), nn.Softshrink(), nn.Softshrink(0.25)),
        *(nn.Threshold(0.5, 20), nn.Threshold(1, 2.5, inplace=True)),
        *(each(dim=dim) for each in (nn.Softmax, nn.LogSoftmax, nn.Softmin) for dim in (None, 1, -1)),
    ]  # fmt: skip


def _losses() -> list[nn.Module]:
    classes = (each for name, each in vars(nn).items() if name.endswith(("Loss", "Loss2d")) and isinstance(each, type))
    needs = {"LinearCrossEntropyLoss": (3, 4), "AdaptiveLogSoftmaxWithLoss": (8, 20, [5])}
    fused: Any = getattr(nn, "LinearCrossEntropyLoss", None)  # from torch 2.13 on
    return [
        *(each(*needs.get(each.__name__, ())) for each in classes),
        *([fused(3, 4, bias=True, out_features=(2,), reduction="sum", ignore_index=1)] if fused else []),
        *([fused(3, 4, label_smoothing=0.5)] if fused else []),
        nn.TripletMarginWithDistanceLoss(distance_function=nn.CosineSimilarity(1, 0.5)),
        nn.AdaptiveLogSoftmaxWithLoss(16, 100, [10, 50]),
        nn.AdaptiveLogSoftmaxWithLoss(16, 100, [10, 50], div_value=2.0, head_bias=True),
        nn.AdaptiveLogSoftmaxWithLoss(100, 100, [10, 50, 60], div_value=3.3),
    ]  # fmt: skip


def _parts() -> list[nn.Module]:
    return [
        *(nn.Sequential(), nn.ModuleList(), nn.ModuleDict(), nn.ParameterList(), nn.ParameterDict()),
        nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2), None, nn.Tanh()),  # type: ignore[call-overload]  # torch takes it
        nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 2), nn.Tanh()]),
        nn.ModuleList([None, nn.Linear(2, 2), None, None]),  # type: ignore[list-item]  # torch takes it
        nn.ModuleDict({"a-b": nn.ReLU(), "c d": nn.Linear(1, 2), "0-3": nn.Tanh(), "(x)": nn.Tanh(), "é": nn.ReLU()}),
        nn.DataParallel(nn.Sequential(nn.Linear(2, 3))),
        nn.ParameterList([nn.Parameter(torch.zeros(2, 3)), nn.Parameter(torch.zeros(()))]),
        nn.ParameterList([nn.Parameter(torch.zeros(4, dtype=torch.float64))]),
        nn.ParameterDict({"w": nn.Parameter(torch.zeros(3, 2)), "h16": nn.Parameter(torch.zeros(1, dtype=torch.half))}),
    ]


def _ours() -> list[nn.Module]:
    boosted: dict[str, Any] = {
        "boost_strength": 1.5,
        "boost_strength_factor": 0.9,
        "k_inference_factor": 1.5,
        "duty_cycle_period": 1000,
    }
    return [
        ours.KWinners(n=20, percent_on=0.1, **boosted),
        ours.KWinners(n=20, k=3, **boosted),
        ours.KWinners2d(channels=4, n=0, percent_on=0.1, **boosted),
        ours.KWinners2d(channels=4, percent_on=0.1, local=True, relu=True, break_ties=True, **boosted),
        ours.SparseWeights(nn.Linear(20, 30), sparsity=0.5),
        ours.SparseWeights(nn.Linear(20, 30), weight_sparsity=0.4),
        ours.SparseWeights2d(nn.Conv2d(4, 8, 5), sparsity=0.8),
        *(ours.DSLinear(4, 5), ours.DSLinear(4, 5, bias=False), ours.DSConv2d(4, 8, 3, padding=1)),
    ]


_BLOCK = {"nhead": 2, "norm_first": False, "activation": "relu"}


def facts(settings: dict[str, dict[str, Any]]) -> tuple[Fact, ...]:
    """What is given, by path or class and by setting."""
    return tuple(
        Fact(name, value, Provenance.GIVEN, path) for path, told in settings.items() for name, value in told.items()
    )


def given() -> list[tuple[nn.Module, dict[str, dict[str, Any]]]]:
    """Classes whose print is not enough, with what must be given."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nested tensors
        return [
            (nn.MultiheadAttention(8, 4), {"": {"num_heads": 4}}),
            (nn.MultiheadAttention(8, 2, bias=False), {"MultiheadAttention": {"num_heads": 2, "dropout": 0.5}}),
            (nn.FractionalMaxPool2d(2, output_size=3), {"": {"kernel_size": 2, "output_size": 3}}),
            (nn.FractionalMaxPool3d(2, output_ratio=0.5), {"": {"kernel_size": 2, "output_ratio": 0.5}}),
            (nn.RNNBase("GRU", 3, 4), {"": {"mode": "GRU"}}),
            (nn.RNNCellBase(3, 4, True, 4), {"": {"num_chunks": 4}}),
            (nn.TransformerEncoderLayer(8, 2), {"": _BLOCK}),
            (
                nn.TransformerEncoderLayer(8, 2, 5, 0.25, nn.GELU(), 1e-3, True, True, False),
                {"": {"nhead": 2, "norm_first": True}},
            ),
            (nn.TransformerDecoderLayer(8, 2, 16), {"": _BLOCK}),
            (
                nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16), 3, nn.LayerNorm(8)),
                {"layers.0-2": _BLOCK},
            ),
            (nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 16), 1), {"TransformerDecoderLayer": _BLOCK}),
            (
                nn.Transformer(8, 2, 2, 1, 16),
                {"TransformerEncoderLayer": _BLOCK, "TransformerDecoderLayer": _BLOCK},
            ),
        ]


GIVEN = [(module, facts(settings)) for module, settings in given()]
MADE = made()

# Random networks

_CLASSES = (
    "Net",
    "lora.Linear",
    "Block",
    "Transformer",
    "Embedding",
    "nn",
    "str",
    "KWinners",
    "Quantized[int8]",
    "InOrder",
)
_NAMES = ("conv", "fc1", "type", "forward", "self", "None", "a-b", "c d", "0", "12", "é", "_x", "import", 'say "no"')
_SETTINGS = ("", "", "dim=4, heads=2", "first=1, second=(2, 3)\nthird='four'", "(1, 2), ((3, 4), [5, (6,)])")


class _Custom(nn.Module):
    """A class of somebody: its own settings, and any children."""

    def __init__(self, children: dict[str, nn.Module | None], settings: str) -> None:
        super().__init__()
        self.settings = settings
        for name, child in children.items():
            self._modules[name] = child

    def extra_repr(self) -> str:
        return self.settings


def _custom(name: str, children: dict[str, nn.Module | None], settings: str) -> nn.Module:
    """With settings, a class of torch's name could be torch's, and is refused for its children."""
    return custom(name, children, "" if name == "Embedding" else settings)


def custom(name: str, children: dict[str, nn.Module | None], settings: str = "") -> nn.Module:
    made: nn.Module = type(name, (_Custom,), {})(children, settings)
    return made


def _holding(children: st.SearchStrategy[nn.Module]) -> st.SearchStrategy[nn.Module]:
    several = st.lists(children, min_size=1, max_size=4)
    named = st.dictionaries(st.sampled_from(_NAMES), children | st.none(), min_size=1, max_size=4)
    repeated = st.tuples(children, st.integers(2, 4)).map(lambda drawn: nn.ModuleList([drawn[0]] * drawn[1]))
    return st.one_of(
        several.map(lambda modules: nn.Sequential(*modules)),
        several.map(nn.ModuleList),
        repeated,
        named.map(lambda modules: custom("Sequential", modules)),
        st.builds(_custom, st.sampled_from(_CLASSES), named, st.sampled_from(_SETTINGS)),
    )


NETWORKS = _holding(st.recursive(st.sampled_from(MADE), _holding, max_leaves=12))
