"""Every layer of torch.nn that takes one tensor and gives one, with small random arguments.

A row names a class and what each of its arguments may be for an input of some shape; torch alone decides which draws
work. Nothing here may know what a layer means: it must not share an assumption with what it holds to account, so it
imports nothing of archdiff. Left out: arguments that no print shows, layers of several inputs or outputs, fractional
pools, and classes that need a GPU.
"""

from __future__ import annotations

import inspect
import random
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final, TypeAlias

import torch
from torch import nn

Shape: TypeAlias = tuple[int, ...]
#: what one argument may be: values to choose from, or a function of the input's shape that gives them
Choice: TypeAlias = "tuple[Any, ...] | Callable[[Shape], tuple[Any, ...]]"
Arguments: TypeAlias = tuple[tuple[str, Any], ...]

BATCH: Final = 5  # the width of nothing below, so that no layer takes samples for channels
TOKENS: Final = 6  # an embedding is asked for the numbers below this
MOST_NUMBERS: Final = 800  # in one sample, so that a network runs in a millisecond
_WIDTHS: Final = (1, 2, 3, 4, 6, 8)
_FLAGS: Final = (False, True)


@dataclass(frozen=True)
class Row:
    """One class: arguments that every draw gives, and those that most draws leave at their default."""

    cls: type[nn.Module]
    always: tuple[tuple[str, Choice], ...] = ()
    sometimes: tuple[tuple[str, Choice], ...] = ()
    tokens: bool = False  # takes whole numbers, so it stands at the front alone

    def draw(self, rng: random.Random, shape: Shape) -> Arguments:
        """Arguments for an input of this shape (without the batch), which need not work."""
        some = [each for each in self.sometimes if rng.random() < 0.35]
        return tuple((name, rng.choice(_choices(choice, shape))) for name, choice in (*self.always, *some))


def _choices(choice: Choice, shape: Shape) -> tuple[Any, ...]:
    return choice(shape) if callable(choice) else choice


def row(cls: type[nn.Module], *names: str, **choices: Choice) -> Row:
    """A row in which the arguments of these names are always given."""
    always = tuple((name, choices[name]) for name in names)
    return Row(cls, always, tuple(each for each in choices.items() if each[0] not in names))


@cache
def made(cls: type[nn.Module], arguments: Arguments) -> nn.Module:
    """One such module, to look at; whoever runs one makes its own copy."""
    return cls(**dict(arguments))


def prints(cls: type[nn.Module], arguments: Arguments) -> str:
    """What torch prints of it."""
    return repr(made(cls, arguments))  # type: ignore[arg-type]  # the class is hashed, not what it makes


def output_shape(cls: type[nn.Module], arguments: Arguments, shape: Shape, tokens: bool = False) -> Shape | None:
    """What torch makes of an input of this shape, without the batch; None where it refuses, warns or mixes samples."""
    if not takes(cls, shape):
        return None
    x = sample(shape, 0, tokens)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            module = cls(**dict(arguments)).double()
            outputs = [module.train(mode)(x.clone()) for mode in (False, True)]
    except (RuntimeError, ValueError, IndexError, TypeError, NotImplementedError, AssertionError, Warning):
        return None
    shapes = {tuple(output.shape) for output in outputs}
    if len(shapes) > 1 or any(not output.isfinite().all() for output in outputs):
        return None
    batch, *rest = shapes.pop()
    size = outputs[0].numel() // BATCH
    return tuple(rest) if batch == BATCH and rest and 0 < size <= MOST_NUMBERS else None


def takes(cls: type[nn.Module], shape: Shape) -> bool:
    """Whether a sample may have so many dimensions by the documentation; to torch, a batch of less may be a sample."""
    return len(shape) in _ranks(cls.__name__, len(shape))


def _ranks(name: str, rank: int) -> tuple[int, ...]:
    if name.startswith("Pixel"):
        return (rank,) if rank > 2 else ()
    if name in ("Fold", "Unfold"):
        return (2,) if name == "Fold" else (3,)
    if not name.endswith("d") or not name[-2].isdecimal():
        return (rank,)
    dims = int(name[-2])
    return (1, 2) if name == "BatchNorm1d" else (dims + 1,)


def sample(shape: Shape, seed: int, tokens: bool) -> torch.Tensor:
    """A batch of inputs: each sample of its own scale, so that both sides of a kink or a bound are met."""
    draw = torch.Generator().manual_seed(seed)
    if tokens:
        return torch.randint(0, TOKENS, (BATCH, *shape), generator=draw)
    scales = 10.0 ** (torch.rand(BATCH, generator=draw, dtype=torch.float64) * 1.5 - 0.5)
    x = torch.randn(BATCH, *shape, generator=draw, dtype=torch.float64)
    return x * scales.reshape(-1, *[1] * len(shape))


def default(cls: type[nn.Module], name: str) -> Any:
    """What an argument is where it is not given; `inspect.Parameter.empty` where it must be."""
    found = inspect.signature(cls.__init__).parameters.get(name)
    return found.default if found else inspect.Parameter.empty


# What arguments may be


def _channels(shape: Shape) -> tuple[int, ...]:
    return shape[:1]


def _last(shape: Shape) -> tuple[int, ...]:
    return shape[-1:]


def _divisors(shape: Shape) -> tuple[int, ...]:
    return tuple(number for number in range(1, shape[0] + 1) if shape[0] % number == 0)


def _axes(shape: Shape) -> tuple[int, ...]:
    return tuple(range(-len(shape), len(shape) + 1))


def _inner_axes(shape: Shape) -> tuple[int, ...]:
    return tuple(axis for axis in _axes(shape) if axis)


def _endings(shape: Shape) -> tuple[Any, ...]:
    return tuple(shape[at:] for at in range(len(shape)))


def _splits(shape: Shape) -> tuple[Shape, ...]:
    return tuple((number, size // number) for size in shape for number in range(1, size + 1) if size % number == 0)


def _each(dims: int, values: tuple[int, ...]) -> tuple[Any, ...]:
    """One number for all dimensions, the same number in each, or another in the first."""
    tuples = [(value,) * dims for value in values] + [(values[-1], *[values[0]] * (dims - 1))]
    return (*values, *values, *tuples)


def _paddings(dims: int) -> tuple[Any, ...]:
    return (1, 2, (1,) * 2 * dims, (0, 1) * dims, (1, 0) * dims, (0,) * 2 * dims)


# The table


def rows() -> tuple[Row, ...]:
    """The whole table."""
    return _ROWS


@cache
def common_rows() -> tuple[Row, ...]:
    """What most real networks are made of, which is where two orders or spellings compute the same."""
    return tuple(row for row in _ROWS if row.cls.__name__.rstrip("123d") in _COMMON)


_COMMON: Final = frozenset(
    [
        "Linear",
        "Conv",
        "BatchNorm",
        "LayerNorm",
        "MaxPool",
        "AvgPool",
        "AdaptiveAvgPool",
        "ZeroPad",
        "Flatten",
        "Dropout",
        "Identity",
        "ReLU",
        "LeakyReLU",
        "PReLU",
        "ReLU6",
        "Hardtanh",
        "Sigmoid",
        "Tanh",
        "Softmax",
        "LogSoftmax",
    ]
)


def _spatial(dims: int) -> Iterator[Row]:
    def named(name: str) -> type[nn.Module]:
        found: type[nn.Module] = getattr(nn, f"{name}{dims}d")
        return found

    size, step, edge = _each(dims, (1, 2, 3)), _each(dims, (1, 2)), _each(dims, (0, 1))
    conv: dict[str, Choice] = {"stride": step, "padding": edge, "dilation": step, "groups": _divisors, "bias": _FLAGS}
    ends: dict[str, Choice] = {"in_channels": _channels, "out_channels": _WIDTHS, "kernel_size": size}
    yield row(named("Conv"), *ends, **ends, **conv, padding_mode=("zeros", "reflect", "circular", "replicate"))
    yield row(named("ConvTranspose"), *ends, **ends, **conv, output_padding=edge)
    yield row(named("BatchNorm"), "num_features", num_features=_channels, **_NORM, track_running_stats=_FLAGS)
    yield row(named("InstanceNorm"), "num_features", num_features=_channels, **_NORM, track_running_stats=_FLAGS)
    pool: dict[str, Choice] = {"kernel_size": size, "stride": step, "padding": edge}
    yield row(named("MaxPool"), "kernel_size", **pool, dilation=step, ceil_mode=_FLAGS)
    yield row(named("AvgPool"), "kernel_size", **pool)
    norms: dict[str, Choice] = {"norm_type": (1, 2, 2.0, 3), "kernel_size": size}
    yield row(named("LPPool"), *norms, **norms, stride=step, ceil_mode=_FLAGS)
    for pick in ("AdaptiveAvgPool", "AdaptiveMaxPool"):
        yield row(named(pick), "output_size", output_size=size)
    for pad in ("ZeroPad", "ReflectionPad", "ReplicationPad", "CircularPad"):
        yield row(named(pad), "padding", padding=_paddings(dims))
    yield row(named("ConstantPad"), "padding", "value", padding=_paddings(dims), value=(0, 0.0, 1.5, -1))
    yield row(named("Dropout"), p=_P, inplace=_FLAGS)


_P: Final = (0.5, 0.2, 0.0, 0.9)
_NORM: Final = {"eps": (1e-5, 1e-3, 0.1), "momentum": (0.1, 0.5, None), "affine": _FLAGS}

_ACTIVATIONS: Final = (
    *(row(getattr(nn, name), inplace=_FLAGS) for name in ("ReLU", "ReLU6", "SELU", "SiLU", "Mish")),
    *(row(getattr(nn, name)) for name in ("Sigmoid", "Tanh", "Softsign", "Tanhshrink", "LogSigmoid", "Identity")),
    *(row(getattr(nn, name)) for name in ("Hardsigmoid", "Hardswish")),
    row(nn.LeakyReLU, negative_slope=(0.01, 0.2, 1.0, 0.0, -0.5), inplace=_FLAGS),
    row(nn.ELU, alpha=(1.0, 0.5, 2.0), inplace=_FLAGS),
    row(nn.CELU, alpha=(1.0, 0.5, 2.0), inplace=_FLAGS),
    row(nn.RReLU, lower=(0.125, 0.2), upper=(1 / 3, 0.2, 0.5), inplace=_FLAGS),
    row(nn.Hardtanh, min_val=(-1.0, -2, 0.0), max_val=(1.0, 6.0, 2), inplace=_FLAGS),
    row(nn.Threshold, "threshold", "value", threshold=(0, 0.0, 0.5, -1), value=(0, 0.0, 1.0, -1), inplace=_FLAGS),
    row(nn.Hardshrink, lambd=(0.5, 0.1, 0.0)),
    row(nn.Softshrink, lambd=(0.5, 0.1, 0.0)),
    row(nn.Softplus, beta=(1.0, 2, 0.5), threshold=(20.0, 1, 5.0)),
    row(nn.GELU, approximate=("none", "tanh")),
    row(nn.PReLU, num_parameters=lambda shape: (1, shape[0])),
    row(nn.GLU, dim=_inner_axes),
)

_OTHERS: Final = (
    row(nn.Linear, "in_features", "out_features", in_features=_last, out_features=_WIDTHS, bias=_FLAGS),
    row(nn.LayerNorm, "normalized_shape", normalized_shape=_endings, eps=_NORM["eps"], elementwise_affine=_FLAGS),
    row(nn.RMSNorm, "normalized_shape", normalized_shape=_endings, eps=(None, 1e-5, 0.1), elementwise_affine=_FLAGS),
    row(
        *(nn.GroupNorm, "num_groups", "num_channels"),
        num_groups=_divisors,
        num_channels=_channels,
        eps=_NORM["eps"],
        affine=_FLAGS,
    ),
    row(nn.LocalResponseNorm, "size", size=(1, 2, 3), alpha=(1e-4, 0.1), beta=(0.75, 0.5), k=(1.0, 2.0)),
    row(nn.CrossMapLRN2d, "size", size=(1, 2, 3), alpha=(1e-4, 0.1), beta=(0.75, 0.5), k=(1.0, 2.0)),
    row(nn.Dropout, p=_P, inplace=_FLAGS),
    row(nn.AlphaDropout, p=_P, inplace=_FLAGS),
    row(nn.FeatureAlphaDropout, p=_P, inplace=_FLAGS),
    *(row(each, "dim", dim=_axes) for each in (nn.Softmax, nn.LogSoftmax, nn.Softmin)),
    row(nn.Softmax2d),
    row(nn.Flatten, start_dim=_inner_axes, end_dim=_inner_axes),
    row(nn.Unflatten, "dim", "unflattened_size", dim=_inner_axes, unflattened_size=_splits),
    row(nn.PixelShuffle, "upscale_factor", upscale_factor=(1, 2)),
    row(nn.PixelUnshuffle, "downscale_factor", downscale_factor=(1, 2)),
    row(nn.ChannelShuffle, "groups", groups=_divisors),
    row(nn.Upsample, "scale_factor", scale_factor=(1, 2), mode=("nearest", "linear", "bilinear", "trilinear")),
    row(nn.Upsample, "size", size=(2, 4, 6), mode=("nearest", "linear", "bilinear", "trilinear")),
    row(nn.UpsamplingNearest2d, "scale_factor", scale_factor=(1, 2)),
    row(nn.UpsamplingBilinear2d, "scale_factor", scale_factor=(1, 2)),
    row(nn.Unfold, "kernel_size", kernel_size=_each(2, (1, 2, 3)), stride=_each(2, (1, 2)), padding=(0, 1)),
    row(
        *(nn.Fold, "output_size", "kernel_size"),
        output_size=((4, 4), (3, 5), 4),
        kernel_size=_each(2, (1, 2)),
        stride=(1, 2),
        padding=(0, 1),
    ),
)

_FRONTS: Final = tuple(
    replace(each, tokens=True)
    for each in (
        row(
            *(nn.Embedding, "num_embeddings", "embedding_dim"),
            num_embeddings=(TOKENS, TOKENS + 3),
            embedding_dim=_WIDTHS,
            padding_idx=(0, 2),
            max_norm=(1.0, 0.5),
            norm_type=(2.0, 1.0),
            scale_grad_by_freq=_FLAGS,
            sparse=_FLAGS,
        ),
        row(
            *(nn.EmbeddingBag, "num_embeddings", "embedding_dim"),
            num_embeddings=(TOKENS, TOKENS + 3),
            embedding_dim=_WIDTHS,
            mode=("sum", "mean", "max"),
        ),
    )
)

_ROWS: Final = (*(each for dims in (1, 2, 3) for each in _spatial(dims)), *_ACTIVATIONS, *_OTHERS, *_FRONTS)
