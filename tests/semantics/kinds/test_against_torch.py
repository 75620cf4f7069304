"""Every shape and parameter rule against the real module on the meta device, over random settings.

The module is printed, the print is read and resolved, and the rule must then say what torch does: the same output
shape, the same number of parameters, and a refusal exactly where torch refuses.
"""

from __future__ import annotations

import warnings
from typing import Any, TypeAlias

import pytest
import torch
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from torch import nn

from archdiff import parse
from archdiff.semantics import kinds, rules
from archdiff.semantics.kinds import Misfit, NotKnown, Settings

BATCH = 13  # a prime above all sizes drawn, so that no layer takes the batch for channels

# What is drawn: (constructor arguments, input shape without the batch)

size = st.integers(1, 9)
flag = st.booleans()
few = st.integers(1, 4)


#: arguments of a constructor of torch, which may be anything, and a shape
Case: TypeAlias = tuple[dict[str, Any], tuple[int, ...]]


def shaped(*lengths: int) -> st.SearchStrategy[tuple[int, ...]]:
    return st.sampled_from(lengths).flatmap(lambda length: st.tuples(*(size,) * length))


def each(number: st.SearchStrategy[Any], dims: int) -> st.SearchStrategy[Any]:
    """One number for all sides, or one for each."""
    return number | st.tuples(*(number,) * dims)


def mostly(value: Any, other: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.sampled_from((value,) * 7 + (None,)).flatmap(lambda drawn: other if drawn is None else st.just(value))


def drawn(shape: st.SearchStrategy[tuple[int, ...]] = shaped(1, 2, 3, 4), **arguments: st.SearchStrategy[Any]) -> Any:
    """Arguments that may each be left out, and any small shape."""
    return st.tuples(st.fixed_dictionaries({}, optional=arguments), shape)


def required(shape: st.SearchStrategy[tuple[int, ...]], **arguments: st.SearchStrategy[Any]) -> Any:
    return st.tuples(st.fixed_dictionaries(arguments), shape)


@st.composite
def conv(draw: st.DrawFn, dims: int) -> Case:
    groups = draw(st.integers(1, 3))
    arguments = {
        "in_channels": groups * draw(few),
        "out_channels": groups * draw(few),
        "kernel_size": draw(each(few, dims)),
        "dilation": draw(each(st.integers(1, 2), dims)),
        "groups": groups,
        "bias": draw(flag),
        "padding_mode": draw(mostly("zeros", st.sampled_from(("reflect", "replicate", "circular")))),
        "padding": draw(each(st.integers(0, 3), dims) | st.sampled_from(("same", "valid"))),
    }
    if arguments["padding"] != "same":
        arguments["stride"] = draw(each(st.integers(1, 3), dims))
    return arguments, draw(channels_first(arguments["in_channels"], dims))


@st.composite
def conv_transpose(draw: st.DrawFn, dims: int) -> Case:
    groups = draw(st.integers(1, 3))
    arguments = {
        "in_channels": groups * draw(few),
        "out_channels": groups * draw(few),
        "kernel_size": draw(each(few, dims)),
        "stride": draw(each(st.integers(1, 3), dims)),
        "padding": draw(each(st.integers(0, 3), dims)),
        "output_padding": draw(each(st.integers(0, 2), dims)),
        "dilation": draw(each(st.integers(1, 2), dims)),
        "groups": groups,
        "bias": draw(flag),
    }
    return arguments, draw(channels_first(arguments["in_channels"], dims))


def channels_first(channels: int, dims: int) -> st.SearchStrategy[tuple[int, ...]]:
    """Mostly the channels and dimensions that are asked for."""
    fitting = st.tuples(mostly(channels, few), *(size,) * dims)
    return st.integers(0, 7).flatmap(lambda pick: fitting if pick else shaped(1, 2, 3, 4))


@st.composite
def linear(draw: st.DrawFn) -> Case:
    arguments = {"in_features": draw(size), "out_features": draw(size), "bias": draw(flag)}
    before = draw(st.sampled_from(((), (3,), (3, 4))))
    return arguments, (*before, draw(mostly(arguments["in_features"], size)))


@st.composite
def per_channel(draw: st.DrawFn, dims: int, *, bare: bool) -> Case:
    arguments: dict[str, Any] = {"num_features": draw(few)} | draw(
        st.fixed_dictionaries(
            {}, optional={"affine": flag, "track_running_stats": flag, "bias": flag, "eps": st.just(0.001)}
        )
    )
    shape = draw(channels_first(arguments["num_features"], dims))
    return arguments, shape[:1] if bare and draw(flag) else shape


@st.composite
def last_dimensions(draw: st.DrawFn, *, bias: bool) -> Case:
    shape = draw(shaped(1, 2, 3))
    normalized = shape[draw(st.integers(0, len(shape) - 1)) :]
    arguments = {
        "normalized_shape": draw(mostly(normalized, st.just((*normalized, 2)) | size)),
        "elementwise_affine": draw(flag),
    }
    if bias:
        arguments["bias"] = draw(flag)
    return arguments, shape


@st.composite
def group_norm(draw: st.DrawFn) -> Case:
    groups, inside = draw(few), draw(few)
    arguments = {"num_groups": groups, "num_channels": groups * inside, "affine": draw(flag), "bias": draw(flag)}
    return arguments, (draw(mostly(groups * inside, few)), *draw(st.just(()) | shaped(1, 2)))


def pooled(dims: int, **more: st.SearchStrategy[Any]) -> Any:
    return st.tuples(
        st.fixed_dictionaries(
            {"kernel_size": each(few, dims)},
            optional={"stride": each(st.integers(1, 4), dims), "ceil_mode": flag} | more,
        ),
        shaped(1, 2, 3, 4),
    )


def max_pool(dims: int) -> Any:
    return pooled(dims, padding=each(st.integers(0, 2), dims), dilation=each(st.integers(1, 2), dims))


def avg_pool(dims: int) -> Any:
    return pooled(dims, padding=each(st.integers(0, 2), dims), count_include_pad=flag)


def lp_pool() -> Any:
    """One number for all sides: LPPool1d multiplies by what it was given."""
    arguments = st.fixed_dictionaries(
        {"norm_type": st.just(2), "kernel_size": few}, optional={"stride": few, "ceil_mode": flag}
    )
    return st.tuples(arguments, shaped(1, 2, 3, 4))


def adaptive(dims: int, *, own: bool) -> Any:
    number = few | st.none() if own else few
    return required(shaped(*range(1, dims + 2)), output_size=few | st.tuples(*(number,) * dims))


@st.composite
def prelu(draw: st.DrawFn) -> Case:
    count = draw(few)
    return {"num_parameters": count}, (draw(mostly(count, few)), *draw(st.just(()) | shaped(1, 2)))


def along(**arguments: st.SearchStrategy[Any]) -> Any:
    return required(shaped(1, 2, 3), **arguments)


@st.composite
def flattened(draw: st.DrawFn) -> Case:
    shape = draw(shaped(1, 2, 3, 4))
    rank = len(shape) + 1
    places = [place for place in range(-rank - 1, rank + 2) if place % rank or abs(place) > rank]
    return {"start_dim": draw(st.sampled_from(places)), "end_dim": draw(st.sampled_from(places))}, shape


@st.composite
def unflattened(draw: st.DrawFn) -> Case:
    parts = draw(shaped(1, 2, 3))
    shape = (*draw(st.just(()) | shaped(1)), int(torch.tensor(parts).prod()), *draw(st.just(()) | shaped(1)))
    place = draw(st.integers(1, len(shape)))
    if draw(flag):
        place -= len(shape) + 1
    hidden = draw(st.integers(-2, len(parts) - 1))
    sizes = tuple(-1 if index == hidden else part for index, part in enumerate(parts))
    return {"dim": place, "unflattened_size": sizes}, shape


@st.composite
def image(draw: st.DrawFn, name: str, *, up: bool) -> Case:
    r = draw(st.integers(1, 3))
    channels, height, width = draw(shaped(3))
    if draw(flag):
        channels, height, width = (channels * r * r, height, width) if up else (channels, height * r, width * r)
    return {name: r}, (*draw(st.just(()) | shaped(1)), channels, height, width)


@st.composite
def channel_shuffle(draw: st.DrawFn) -> Case:
    groups = draw(few)
    return {"groups": groups}, (draw(mostly(groups * draw(few), few)), *draw(st.just(()) | shaped(1, 2)))


def padded(dims: int, number: st.SearchStrategy[int], **more: st.SearchStrategy[Any]) -> Any:
    return required(shaped(*range(dims, 5)), padding=number | st.tuples(*(number,) * (2 * dims)), **more)


@st.composite
def upsampled(
    draw: st.DrawFn,
    modes: tuple[str, ...] = ("nearest", "linear", "bilinear", "bicubic", "trilinear", "nearest-exact"),
) -> Case:
    shape = draw(shaped(2, 3, 4))
    dims = len(shape) - 1
    factor = st.sampled_from((0.5, 1.0, 1.5, 2, 3))
    arguments: dict[str, Any] = {"mode": draw(st.sampled_from(modes))} if modes else {}
    if draw(flag):
        return arguments | {"size": draw(each(size, draw(mostly(dims, few))))}, shape
    return arguments | {"scale_factor": draw(each(factor, draw(mostly(dims, few))))}, shape


@st.composite
def recurrent(draw: st.DrawFn, name: str) -> Case:
    arguments = {
        "input_size": draw(few),
        "hidden_size": draw(st.integers(2, 5)),
        "num_layers": draw(st.integers(1, 3)),
        "bias": draw(flag),
        "bidirectional": draw(flag),
        "batch_first": True,
    }
    if name == "LSTM" and draw(flag):
        arguments["proj_size"] = 1
    return arguments, (draw(size), draw(mostly(arguments["input_size"], few)))


@st.composite
def cell(draw: st.DrawFn) -> Case:
    arguments = {"input_size": draw(few), "hidden_size": draw(few), "bias": draw(flag)}
    return arguments, (draw(mostly(arguments["input_size"], few)),)


def lazy(name: str, case: st.SearchStrategy[Any]) -> Any:
    """The same without what comes in, which a lazy one learns from its first input."""
    return case.map(lambda drawn: ({key: value for key, value in drawn[0].items() if key != name}, drawn[1]))


def unpooled(dims: int) -> Any:
    arguments = st.fixed_dictionaries(
        {"kernel_size": each(few, dims)}, optional={"stride": each(few, dims), "padding": each(st.integers(0, 2), dims)}
    )
    return st.tuples(arguments, shaped(*range(1, dims + 3)))


def windows() -> dict[str, st.SearchStrategy[Any]]:
    return {
        "dilation": each(st.integers(1, 2), 2),
        "padding": each(st.integers(0, 2), 2),
        "stride": each(st.integers(1, 3), 2),
    }


@st.composite
def folded(draw: st.DrawFn) -> Case:
    """Mostly as many columns as there are windows."""
    arguments: dict[str, Any] = {"output_size": draw(each(size, 2)), "kernel_size": draw(each(st.integers(1, 3), 2))}
    arguments |= {name: draw(drawn) for name, drawn in windows().items()}
    sides, kernel = (torch.tensor(arguments[name]).expand(2) for name in ("output_size", "kernel_size"))
    unfold = nn.Unfold(**{name: value for name, value in arguments.items() if name != "output_size"})
    try:
        fitting = unfold(torch.empty(1, 1, *map(int, sides), device="meta")).shape[-1]
    except REFUSED:
        fitting = 1
    return arguments, (draw(few) * int(kernel.prod()) + draw(mostly(0, few)), draw(mostly(fitting, few)))


inplace: dict[str, Any] = {"inplace": flag}
alpha = st.sampled_from((0.5, 1.0, 2.0))

CASES: dict[str, Any] = {
    **{f"Conv{dims}d": conv(dims) for dims in (1, 2, 3)},
    **{f"ConvTranspose{dims}d": conv_transpose(dims) for dims in (1, 2, 3)},
    "Linear": linear(),
    "LazyLinear": lazy("in_features", linear()),
    **{f"LazyConv{dims}d": lazy("in_channels", conv(dims)) for dims in (1, 2, 3)},
    **{f"LazyConvTranspose{dims}d": lazy("in_channels", conv_transpose(dims)) for dims in (1, 2, 3)},
    **{f"LazyBatchNorm{dims}d": lazy("num_features", per_channel(dims, bare=dims == 1)) for dims in (1, 2, 3)},
    **{f"LazyInstanceNorm{dims}d": lazy("num_features", per_channel(dims, bare=False)) for dims in (1, 2, 3)},
    "Bilinear": required(shaped(1), in1_features=few, in2_features=few, out_features=few, bias=flag),
    **{f"BatchNorm{dims}d": per_channel(dims, bare=dims == 1) for dims in (1, 2, 3)},
    **{f"InstanceNorm{dims}d": per_channel(dims, bare=False) for dims in (1, 2, 3)},
    "LayerNorm": last_dimensions(bias=True),
    "RMSNorm": last_dimensions(bias=False),
    "GroupNorm": group_norm(),
    "LocalResponseNorm": required(shaped(1, 2, 3), size=few),
    "CrossMapLRN2d": required(shaped(1, 2, 3, 4), size=few),
    **{f"MaxUnpool{dims}d": unpooled(dims) for dims in (1, 2, 3)},
    "Unfold": required(shaped(1, 3, 4), kernel_size=each(few, 2), **windows()),
    "Fold": folded(),
    **{f"MaxPool{dims}d": max_pool(dims) for dims in (1, 2, 3)},
    **{f"AvgPool{dims}d": avg_pool(dims) for dims in (1, 2, 3)},
    **{f"LPPool{dims}d": lp_pool() for dims in (1, 2, 3)},
    **{f"AdaptiveAvgPool{dims}d": adaptive(dims, own=dims > 1) for dims in (1, 2, 3)},
    **{f"AdaptiveMaxPool{dims}d": adaptive(dims, own=dims > 1) for dims in (1, 2, 3)},
    "ReLU": drawn(**inplace),
    "ReLU6": drawn(**inplace),
    "LeakyReLU": drawn(negative_slope=st.sampled_from((-0.1, 0.0, 0.2)), **inplace),
    "PReLU": prelu(),
    "RReLU": drawn(lower=st.just(0.1), upper=st.just(0.3), **inplace),
    "ELU": drawn(alpha=alpha, **inplace),
    "CELU": drawn(alpha=alpha, **inplace),
    "SELU": drawn(**inplace),
    "GELU": drawn(approximate=st.sampled_from(("none", "tanh"))),
    "GLU": along(dim=st.sampled_from((-4, -2, -1, 1, 2, 3))),
    "SiLU": drawn(**inplace),
    "Mish": drawn(**inplace),
    "Sigmoid": drawn(),
    "LogSigmoid": drawn(),
    "Hardsigmoid": drawn(**inplace),
    "Hardswish": drawn(**inplace),
    "Hardtanh": drawn(min_val=st.just(-2.0), max_val=st.just(2.0), **inplace),
    "Hardshrink": drawn(lambd=alpha),
    "Softshrink": drawn(lambd=alpha),
    "Softplus": drawn(beta=alpha, threshold=st.sampled_from((10, 20))),
    "Softsign": drawn(),
    "Tanh": drawn(),
    "Tanhshrink": drawn(),
    "Threshold": required(shaped(1, 2, 3), threshold=alpha, value=alpha, **inplace),
    "Softmax": along(dim=st.integers(-5, 4)),
    "LogSoftmax": along(dim=st.integers(-5, 4)),
    "Softmin": along(dim=st.integers(-5, 4)),
    "Softmax2d": drawn(shaped(1, 2, 3, 4)),
    **{
        name: drawn(p=st.sampled_from((0.0, 0.3, 1.0)), **inplace)
        for name in ("Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout")
    },
    "Flatten": flattened(),
    "Unflatten": unflattened(),
    "Identity": drawn(),
    "PixelShuffle": image("upscale_factor", up=True),
    "PixelUnshuffle": image("downscale_factor", up=False),
    "ChannelShuffle": channel_shuffle(),
    "Embedding": required(shaped(1, 2), num_embeddings=size, embedding_dim=few, sparse=flag),
    "EmbeddingBag": required(
        shaped(1, 2), num_embeddings=size, embedding_dim=few, mode=st.sampled_from(("sum", "mean", "max"))
    ),
    **{f"ConstantPad{dims}d": padded(dims, st.integers(-2, 3), value=st.sampled_from((0, 1.5))) for dims in (1, 2, 3)},
    **{f"ZeroPad{dims}d": padded(dims, st.integers(-2, 3)) for dims in (1, 2, 3)},
    **{
        f"{word}Pad{dims}d": padded(dims, st.integers(0, 4))
        for word in ("Reflection", "Replication", "Circular")
        for dims in (1, 2, 3)
    },
    "Upsample": upsampled(),
    "UpsamplingNearest2d": upsampled(()),
    "UpsamplingBilinear2d": upsampled(()),
    **{name: recurrent(name) for name in ("RNN", "LSTM", "GRU")},
    **{name: cell() for name in ("RNNCell", "LSTMCell", "GRUCell")},
}

#: classes that torch.nn lacks or that need several processes; they stand in the row of one that is checked
NOT_BUILT = {"DSLinear", "DSConv2d", "SyncBatchNorm", "FrozenBatchNorm2d", "NonDynamicallyQuantizableLinear"}

#: classes that have no shape of their own
PARTS = {"Sequential", "ModuleList", "ModuleDict", "MultiheadAttention"}
PARTS |= {"TransformerEncoderLayer", "TransformerDecoderLayer"}
PARTS |= {"Transformer", "TransformerEncoder", "TransformerDecoder", "Module", "Container"}
PARTS |= {"Parameter", "ParameterList", "ParameterDict", "AdaptiveLogSoftmaxWithLoss", "LinearCrossEntropyLoss"}

#: classes whose print does not tell a shape, or that take two inputs (test_torch_nn.py)
ELSEWHERE = {"FractionalMaxPool2d", "FractionalMaxPool3d", "CosineSimilarity", "PairwiseDistance"}
ELSEWHERE |= {"RNNBase", "RNNCellBase"}

#: arguments that torch does not print; the rules know them all the same, for prints that hold them
NEVER_PRINTED = ("ceil_mode", "count_include_pad")

#: where the meta device lets pass what every other device refuses
LAX_ON_META = {"Softmax", "LogSoftmax", "Softmin", "CrossMapLRN2d"}
LAX_ON_META |= {f"{lazy}ConvTranspose{dims}d" for lazy in ("", "Lazy") for dims in (1, 2, 3)}
LAX_ON_META |= {f"MaxUnpool{dims}d" for dims in (1, 2, 3)}
SLOW_ON_META = {"RNN", "LSTM", "GRU"}

REFUSED = (RuntimeError, ValueError, IndexError, AssertionError, NotImplementedError, TypeError)


def place(class_name: str) -> str:
    return "cpu" if class_name in LAX_ON_META | SLOW_ON_META else "meta"


def built(class_name: str, arguments: dict[str, Any]) -> nn.Module:
    try:
        with torch.device(place(class_name)):
            return getattr(nn, class_name)(**arguments).eval()
    except REFUSED:
        reject()


def torch_says(module: nn.Module, shape: tuple[int, ...]) -> tuple[int, ...] | None:
    whole = isinstance(module, (nn.Embedding, nn.EmbeddingBag))
    name = type(module).__name__
    device = place(name)
    x = torch.empty((BATCH, *shape), device=device, dtype=torch.long if whole else torch.float32)
    try:
        with torch.no_grad():
            y = module(x, torch.zeros_like(x, dtype=torch.long)) if "MaxUnpool" in name else module(x)
    except REFUSED:
        return None
    batch, *found = (y[0] if isinstance(y, tuple) else y).shape
    return tuple(found) if batch == BATCH and 0 not in found else None


def rules_say(view: Settings, shape: tuple[int, ...]) -> tuple[int, ...] | None:
    try:
        return view.kind.shape(view, shape) if view.kind.shape else None
    except (Misfit, NotKnown):
        return None


def count(view: Settings) -> int | None:
    """None where the text does not tell."""
    try:
        return view.kind.parameters(view)
    except NotKnown:
        return None


def lazily(module: nn.Module) -> bool:
    """Whether its weights wait for the first input."""
    return any(isinstance(each, nn.UninitializedParameter) for each in module.parameters())


def read(module: nn.Module, arguments: dict[str, Any]) -> Settings:
    view = kinds.settings_of(rules.normalize(parse.parse(repr(module))[0]).root)
    return Settings(
        view.kind, {name: arguments[name] for name in NEVER_PRINTED if name in arguments} | dict(view.printed)
    )


@pytest.mark.parametrize("class_name", CASES)
def test_says_what_torch_does(class_name: str) -> None:
    @settings(max_examples=30, database=None, derandomize=True)
    @given(CASES[class_name])
    def check(case: Case) -> None:
        arguments, shape = case
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = built(class_name, arguments)
            view = read(module, arguments)  # a lazy one becomes another class in its first forward
            numbers = None if lazily(module) else sum(each.numel() for each in module.parameters())
            expected = torch_says(module, shape)
        assert set(view.printed) <= {field.name for field in view.kind.fields}
        assert count(view) == numbers
        if view.kind.shape:
            assert rules_say(view, shape) == expected, (repr(module), shape)

    check()


def test_no_class_is_left_out() -> None:
    known = {name for name, kind in kinds.table().items() if kind.constructor.startswith("torch.nn.")}
    known = {name for name in known if hasattr(nn, name) and not name.endswith(("Loss", "Loss2d"))}
    assert known - PARTS - NOT_BUILT - ELSEWHERE - CASES.keys() == set()
    assert CASES.keys() <= known
