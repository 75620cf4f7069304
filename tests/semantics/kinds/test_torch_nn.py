"""torch.nn in full: every module class has a kind, and every argument is printed, known to be unknown, or harmless."""

from __future__ import annotations

import inspect
import warnings
from typing import Any

import pytest
import torch
from torch import nn

from archdiff import parse
from archdiff.model.effects import Effect
from archdiff.model.network import UNKNOWN
from archdiff.semantics import kinds, rules
from archdiff.semantics.kinds import REQUIRED, NotKnown, Settings, Trait
from known import known

CLASSES = {
    name: each
    for name, each in vars(nn).items()
    if isinstance(each, type) and issubclass(each, (nn.Module, nn.ParameterList, nn.ParameterDict))
}

#: classes that cannot be built by themselves or whose arguments are their children
OF_CHILDREN = {"Module", "Container", "Sequential", "ModuleList", "ModuleDict", "ParameterList", "ParameterDict"}
OF_CHILDREN |= {"DataParallel", "NLLLoss2d"}

SIZES = {"input_size": 3, "hidden_size": 4}
CHANNELS = {"in_channels": 4, "out_channels": 4, "kernel_size": 3}
LAYER = nn.TransformerEncoderLayer(4, 2), nn.TransformerDecoderLayer(4, 2)

#: required arguments, and those without which others would not matter: no padding is counted where there is none
BASE: dict[str, dict[str, Any]] = {
    **{f"Conv{dims}d": CHANNELS for dims in (1, 2, 3)},
    **{f"ConvTranspose{dims}d": CHANNELS for dims in (1, 2, 3)},
    **{f"LazyConv{dims}d": {"out_channels": 4, "kernel_size": 3} for dims in (1, 2, 3)},
    **{f"LazyConvTranspose{dims}d": {"out_channels": 4, "kernel_size": 3} for dims in (1, 2, 3)},
    "Linear": {"in_features": 3, "out_features": 4},
    "LazyLinear": {"out_features": 4},
    "Bilinear": {"in1_features": 2, "in2_features": 3, "out_features": 4},
    **{f"{word}Norm{dims}d": {"num_features": 4} for word in ("Batch", "Instance") for dims in (1, 2, 3)},
    **{f"InstanceNorm{dims}d": {"num_features": 4, "affine": True} for dims in (1, 2, 3)},
    "SyncBatchNorm": {"num_features": 4},
    "LayerNorm": {"normalized_shape": 4},
    "RMSNorm": {"normalized_shape": 4},
    "GroupNorm": {"num_groups": 2, "num_channels": 4},
    "LocalResponseNorm": {"size": 3},
    "CrossMapLRN2d": {"size": 3},
    **{f"{word}Pool{dims}d": {"kernel_size": 3} for word in ("Max", "Avg") for dims in (1, 2, 3)},
    **{f"AvgPool{dims}d": {"kernel_size": 3, "padding": 1} for dims in (1, 2, 3)},
    **{f"LPPool{dims}d": {"norm_type": 2, "kernel_size": 3} for dims in (1, 2, 3)},
    **{f"Adaptive{word}Pool{dims}d": {"output_size": 3} for word in ("Max", "Avg") for dims in (1, 2, 3)},
    **{f"MaxUnpool{dims}d": {"kernel_size": 3} for dims in (1, 2, 3)},
    **{f"FractionalMaxPool{dims}d": {"kernel_size": 3, "output_size": 2} for dims in (2, 3)},
    **{
        f"{word}Pad{dims}d": {"padding": 1}
        for word in ("Zero", "Constant", "Reflection", "Replication", "Circular")
        for dims in (1, 2, 3)
    },
    **{f"ConstantPad{dims}d": {"padding": 1, "value": 1.0} for dims in (1, 2, 3)},
    "Threshold": {"threshold": 0.5, "value": 0.1},
    "PixelShuffle": {"upscale_factor": 2},
    "PixelUnshuffle": {"downscale_factor": 2},
    "ChannelShuffle": {"groups": 2},
    "Unflatten": {"dim": 1, "unflattened_size": (2, 2)},
    "Unfold": {"kernel_size": 2},
    "Fold": {"output_size": 4, "kernel_size": 2},
    "Embedding": {"num_embeddings": 5, "embedding_dim": 3},
    "EmbeddingBag": {"num_embeddings": 5, "embedding_dim": 3},
    "Upsample": {"scale_factor": 1.5, "mode": "bilinear"},
    "UpsamplingNearest2d": {"scale_factor": 2},
    "UpsamplingBilinear2d": {"scale_factor": 2},
    **{name: SIZES | {"num_layers": 2} for name in ("RNN", "LSTM", "GRU")},
    **dict.fromkeys(("RNNCell", "LSTMCell", "GRUCell"), SIZES),
    "RNNBase": {"mode": "LSTM", "num_layers": 2, **SIZES},
    "RNNCellBase": {"bias": True, "num_chunks": 4, **SIZES},
    "MultiheadAttention": {"embed_dim": 4, "num_heads": 2},
    "TransformerEncoderLayer": {"d_model": 4, "nhead": 2},
    "TransformerDecoderLayer": {"d_model": 4, "nhead": 2},
    "TransformerEncoder": {"encoder_layer": LAYER[0], "num_layers": 2},
    "TransformerDecoder": {"decoder_layer": LAYER[1], "num_layers": 2},
    "Transformer": {"d_model": 4, "nhead": 2, "num_encoder_layers": 2, "num_decoder_layers": 2},
    "AdaptiveLogSoftmaxWithLoss": {"in_features": 16, "n_classes": 50, "cutoffs": [10, 20]},
    "LinearCrossEntropyLoss": {"in_features": 3, "num_classes": 4},
    "Softmax": {"dim": 1},
    "LogSoftmax": {"dim": 1},
    "Softmin": {"dim": 1},
}

#: another value than the one of the base or the default, where counting on does not give one
OTHER: dict[str | tuple[str, str], Any] = {
    "approximate": "tanh",
    "cutoffs": [5, 20],
    "custom_decoder": nn.ReLU(),
    "custom_encoder": nn.ReLU(),
    "decoder_layer": nn.TransformerDecoderLayer(8, 2),
    "encoder_layer": nn.TransformerEncoderLayer(8, 2),
    "d_model": 8,
    "distance_function": nn.CosineSimilarity(),
    "divisor_override": 2,
    "dropout": 0.25,
    "groups": 4,
    "in_channels": 8,
    "kdim": 2,
    "max_norm": 1.0,
    "mode": "sum",
    "nonlinearity": "relu",
    "nhead": 4,
    "num_heads": 4,
    "num_groups": 4,
    "embed_dim": 8,
    "norm": nn.LayerNorm(4),
    "num_channels": 8,
    "out_channels": 8,
    "out_features": 5,
    "output_ratio": 0.5,
    "padding_mode": "reflect",
    "padding_idx": 1,
    "pos_weight": torch.ones(2),
    "reduction": "sum",
    "unflattened_size": (4, 1),
    "upper": 0.4,
    "vdim": 2,
    "weight": torch.ones(4),
    "activation": "gelu",
    "align_corners": True,
    "ignore_index": 1,
    "recompute_scale_factor": True,
    "eps": 0.25,
    "stride": 2,
    ("LinearCrossEntropyLoss", "out_features"): (2,),
    ("RNNBase", "mode"): "GRU",
    ("Upsample", "mode"): "bicubic",
    ("Upsample", "size"): 4,
    ("UpsamplingNearest2d", "size"): 4,
    ("UpsamplingBilinear2d", "size"): 4,
    ("RMSNorm", "eps"): 0.25,
}  # fmt: skip

#: what cannot be given beside an argument
EITHER_OR = {"size": {"scale_factor"}, "output_ratio": {"output_size"}}

#: arguments that make no other network: where numbers are kept, and those that only say another one's default
ANYWHERE = {"device", "dtype", "process_group", "_weight", "_freeze", "_random_samples", "self", "args", "kwargs"}
HARMLESS: dict[str, set[str]] = {
    "PReLU": {"init"},  # the slope at the start
    "Hardtanh": {"min_value", "max_value"},  # older names of min_val and max_val
    "Hardsigmoid": {"inplace"},
    "Hardswish": {"inplace"},
    "TransformerEncoder": {"enable_nested_tensor", "mask_check"},  # how fast, not what
    # told of its layers
    "Transformer": {"nhead", "activation", "batch_first", "norm_first"},
    "LinearCrossEntropyLoss": {"options"},
    **{f"ConvTranspose{dims}d": {"padding_mode"} for dims in (1, 2, 3)},  # torch takes zeros only
    **{f"LazyConvTranspose{dims}d": {"padding_mode"} for dims in (1, 2, 3)},
}
OLD_WORDS = {"size_average", "reduce"}  # for reduction


def built(name: str, **arguments: Any) -> nn.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return CLASSES[name](**BASE.get(name, {}) | arguments)


def view(module: nn.Module) -> Settings:
    return kinds.settings_of(rules.normalize(parse.parse(repr(module))[0]).root)


def another(name: str, argument: inspect.Parameter) -> Any:
    found = OTHER.get((name, argument.name), OTHER.get(argument.name))
    if found is not None:
        return found
    now = BASE.get(name, {}).get(argument.name, argument.default)
    if isinstance(now, bool) or now is None:
        return not now
    return now + 1 if isinstance(now, int) else now * 0.5 + 0.125 if isinstance(now, float) else 2


def arguments() -> list[tuple[str, str]]:
    """(class, argument) of everything that may decide something."""
    found = []
    for name in CLASSES.keys() - OF_CHILDREN:
        skipped = ANYWHERE | HARMLESS.get(name, set()) | (OLD_WORDS if name.endswith("Loss") else set())
        found += [(name, argument) for argument in signature(name) if argument not in skipped]
    return sorted(found)


def signature(name: str) -> dict[str, inspect.Parameter]:
    if name not in ("RNN", "LSTM", "GRU"):
        return dict(inspect.signature(CLASSES[name].__init__).parameters)
    named = dict(inspect.signature(nn.RNNBase.__init__).parameters)
    named.pop("mode")
    if name != "LSTM":
        named.pop("proj_size")
    word = inspect.Parameter("nonlinearity", inspect.Parameter.KEYWORD_ONLY, default="tanh")
    return named | ({"nonlinearity": word} if name == "RNN" else {})


@pytest.mark.parametrize("name", CLASSES)
def test_every_class_has_a_kind(name: str) -> None:
    assert kinds.find(name) is not None


@pytest.mark.parametrize(("name", "argument"), arguments())
def test_every_argument_is_printed_or_known_to_be_unknown(name: str, argument: str) -> None:
    plain = built(name)
    value = another(name, signature(name)[argument])
    instead = dict.fromkeys(EITHER_OR.get(argument, set()) & BASE.get(name, {}).keys())
    other = built(name, **instead, **{argument: value})
    settings = view(plain)
    field = settings.kind.field(argument)
    if repr(plain) == repr(other):
        assert field is not None
        assert settings.known(argument) is UNKNOWN
    elif field is not None:
        assert settings.known(argument) != view(other).known(argument)
    else:  # told by its printed parts
        assert "\n" in repr(other)


#: arguments that torch prints never or not always, that decide what is computed, and that are taken as usual with no
#: finding where both sides leave them out: why
TAKEN_AS_USUAL = {
    ("EmbeddingBag", "sparse"): "matters in training alone",
    ("CosineSimilarity", "eps"): "matters for vectors near zero alone",
    ("PairwiseDistance", "eps"): "the same",
    ("TransformerEncoderLayer", "batch_first"): "its self_attn leaves it open, which is a finding",
    ("TransformerDecoderLayer", "batch_first"): "the same",
    ("MultiheadAttention", "add_bias_kv"): "one line for an attention: num_heads is a finding of it",
    ("MultiheadAttention", "add_zero_attn"): "the same",
    ("MultiheadAttention", "kdim"): "the same; decides the keys of a checkpoint",
    ("MultiheadAttention", "vdim"): "the same; decides the keys of a checkpoint",
}


def test_what_no_print_holds_is_a_finding_or_has_a_reason() -> None:
    """The rule is torch's own text: an argument that does not change it is unprinted, whatever the kind says."""
    taken = set()
    for name, argument in arguments():
        instead = dict.fromkeys(EITHER_OR.get(argument, set()) & BASE.get(name, {}).keys())
        plain, value = built(name), another(name, signature(name)[argument])
        field = known(kinds.find(name)).field(argument)
        if repr(plain) != repr(built(name, **instead, **{argument: value})) or name.endswith(("Loss", "Loss2d")):
            continue
        if field is None or not (field.is_open or field.aspect == "rounding"):
            taken.add((name, argument))
    assert taken == TAKEN_AS_USUAL.keys()


#: a lazy norm has other defaults than its kind, and prints them all
PRINTED_BY_LAZY = {"affine", "track_running_stats"}
#: `None` leaves the choice to the forward
CHOSEN_LATER = {"dim", "align_corners"}


@pytest.mark.parametrize(("name", "argument"), arguments())
def test_what_is_not_printed_is_what_torch_takes(name: str, argument: str) -> None:
    """The default of a field, or what is likely where prints may leave it out, is that of the constructor."""
    kind = known(kinds.find(name))
    field, default = kind.field(argument), signature(name)[argument].default
    if field is None or default is inspect.Parameter.empty:
        return
    if name.startswith("LazyInstanceNorm") and argument in PRINTED_BY_LAZY:
        return
    if field.default is UNKNOWN or field.default is REQUIRED or callable(field.default):
        assert field.likely is UNKNOWN or field.likely == default or argument in CHOSEN_LATER
    elif argument not in kind.classes.get(name, {}):
        assert field.default == default


def test_harmless_ones_are_there() -> None:
    for name, harmless in HARMLESS.items():
        assert harmless <= signature(name).keys() | {"min_value", "max_value"}


@pytest.mark.parametrize("name", [name for name in CLASSES if name.startswith("Lazy")])
class TestLazy:
    """A layer that has seen no input prints 0 for what comes in."""

    def test_what_comes_in_is_unknown(self, name: str) -> None:
        settings = view(built(name))
        first = settings.kind.fields[0]
        assert first.aspect == "input"
        assert settings.known(first.name) is UNKNOWN

    def test_weights_are_not_counted(self, name: str) -> None:
        module = built(name, **({"affine": True} if "InstanceNorm" in name else {}))
        settings = view(module)
        with pytest.raises(NotKnown):
            settings.kind.parameters(settings)

    def test_it_is_the_kind_that_it_becomes(self, name: str) -> None:
        assert kinds.find(name) is kinds.find(name.removeprefix("Lazy"))


LOSSES = [name for name in CLASSES if name.endswith(("Loss", "Loss2d")) and name not in BASE]


@pytest.mark.parametrize("name", [name for name in LOSSES if name != "AdaptiveLogSoftmaxWithLoss"])
class TestLosses:
    def test_they_belong_to_training(self, name: str) -> None:
        kind = kinds.find(name)
        assert kind is not None
        assert kind.has(Trait.LOSS, Settings(kind, {}))
        assert {field.effect for field in kind.fields} == {Effect.TRAINING}
        assert kind.shape is not None
        assert kind.shape(Settings(kind, {}), (3, 4)) == (3, 4)

    def test_likely_settings_are_those_of_torch(self, name: str) -> None:
        for field in known(kinds.find(name)).fields:
            assert field.default is UNKNOWN
            assert field.likely == inspect.signature(CLASSES[name].__init__).parameters[field.name].default


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_the_older_response_norm_is_another_function(size: int) -> None:
    x = torch.randn(2, 9, 3, 3, generator=torch.Generator().manual_seed(0))
    old, new = nn.CrossMapLRN2d(size, 0.5)(x), nn.LocalResponseNorm(size, 0.5)(x)
    assert kinds.find("CrossMapLRN2d") is not kinds.find("LocalResponseNorm")
    assert not torch.allclose(old, new, atol=1e-2)


def test_listed_parameters_are_counted() -> None:
    listed = nn.ParameterList([nn.Parameter(torch.ones(2, 3)), nn.Parameter(torch.ones(4))])
    root = rules.normalize(parse.parse(repr(listed))[0]).root
    views = [kinds.settings_of(child) for child in root.children]
    assert [each.kind.parameters(each) for each in views] == [6, 4]
